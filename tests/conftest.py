"""What several tests need: the originals, and a house of their own to spoil."""

import shutil
from pathlib import Path

import pytest

from totalplace import reference

ROOT = Path(__file__).parent.parent
ORIGINALS = [ROOT.parent / "shared" / "official", ROOT.parent / "shared" / "figures"]


@pytest.fixture(scope="session")
def originals():
    """The folders of the published originals. They are not kept in the repository: without them the test says so."""
    if not all(folder.is_dir() for folder in ORIGINALS):
        pytest.skip("the published originals are not here (../shared/official, ../shared/figures): nothing to rebuild from")
    return ORIGINALS


@pytest.fixture
def house(tmp_path, monkeypatch):
    """A copy of the repository's data and notebooks, with no reports, that a test may spoil."""
    for part in ("data/raw", "notebooks"):
        shutil.copytree(ROOT / part, tmp_path / part, ignore=shutil.ignore_patterns(".ipynb_checkpoints"))
    monkeypatch.setenv("TOTALPLACE_HOME", str(tmp_path))
    return tmp_path


@pytest.fixture
def spoil(house):
    """Change the text of one reference table: spoil("cofog", "01,General", ",General")."""

    def change(name, old, new):
        path = reference.folder() / f"{name}.csv"
        text = path.read_text(encoding="utf-8")
        assert old in text, f"{old!r} is not in {name}.csv, so nothing would be spoilt"
        path.write_text(text.replace(old, new, 1), encoding="utf-8")

    return change
