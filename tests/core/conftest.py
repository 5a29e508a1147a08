"""HM Treasury's editions, read once for all tests of them; without the originals these tests say so."""

import functools

import pytest

from tests.conftest import ROOT
from totalplace import reference
from totalplace.reference_build import cra_editions, cra_years

OFFICIAL = ROOT.parent / "shared" / "official"
named_lines = functools.cache(cra_years.named_lines)  # read once for all tests: not to be changed


def original(source):
    """The published original of a source, where it is present; else the test is skipped, and says why."""
    (name,) = reference.sources([source])["file"]
    path = OFFICIAL / name
    if not path.is_file():
        pytest.skip(f"the published original {name} is not here (../shared/official)")
    return path


@pytest.fixture(scope="session")
def edition_files():
    """The path of each edition's original: {source: path}."""
    years = reference.read("year_editions")
    return {source: original(source) for source in years["source"].unique()}


@pytest.fixture(scope="session")
def editions(edition_files):
    """Every edition of 2013 and later as it is read: {source: rows}."""
    return {
        source: cra_editions.read_edition(path)
        for source, path in edition_files.items()
        if source != "cra-2010-9"
    }
