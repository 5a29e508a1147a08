"""Verifying: a report is made again and compared byte for byte, and each difference is told by its file."""

import json
from dataclasses import replace

import pytest
from click.testing import CliRunner

from tests.building import build
from tests.run.test_one_place import OWN, SHOW, write_notebook
from tests.small_process import call
from totalplace import cli
from totalplace.audit import verify
from totalplace.errors import InputError
from totalplace.run import manifest
from totalplace.run.job import Job

JOB = Job("croydon", "2008-09", notebooks=("high_level_count",))


def notebook(house, *cells):
    """A small notebook in the place of the high level count."""
    return write_notebook(house / "notebooks" / "high_level_count.ipynb", *cells)


@pytest.fixture
def pages(house):
    """A small report of Croydon, built."""
    notebook(house, SHOW)
    (outcome,) = build(JOB).values()
    assert outcome.state == "built", outcome.message
    return house / "reports" / "2008-09" / "croydon"


def differences(own_notebooks=(), **asked):
    """What `verify` says of a report of Croydon, made again in a small process."""
    asked = verify.job_of_report(Job("croydon", "2008-09", **asked), own_notebooks)
    return call(verify.verify, asked)


def test_a_report_as_its_inputs_give_has_no_difference_printed_or_not(pages):
    (pages / "pdf").mkdir()
    (pages / "pdf" / "high_level_count.pdf").write_bytes(b"%PDF")
    assert differences() == []
    assert manifest.is_current(JOB, JOB.folders())


def test_what_is_kept_for_returns_is_no_part_of_a_report_and_a_run_keeps_it(pages, house):
    kept = [
        house / "data/processed/2008-09/croydon/templates/croydon_2008-09_police.xlsx",
        house / "data/processed/2008-09/croydon/faults/return.csv.faults.xlsx",
    ]
    for path in kept:
        path.parent.mkdir()
        path.write_bytes(b"PK")
    assert differences() == []
    assert manifest.is_current(JOB, JOB.folders())
    build(JOB, force=True)
    assert [path.read_bytes() for path in kept] == [b"PK", b"PK"]


def test_every_file_that_is_changed_missing_or_extra_is_named(pages):
    (pages / "high_level_count.html").write_text("<p>£2.0m", encoding="utf-8")
    (pages / "data" / "headline-figures.csv").unlink()
    (pages / "data" / "more.csv").write_text("x", encoding="utf-8")
    assert differences() == [
        "missing: pages/data/headline-figures.csv is in the manifest and not in the report",
        "extra: pages/data/more.csv is in the report and not in the manifest",
        "changed: pages/high_level_count.html is not as it was built",
    ]


def test_an_input_changed_since_is_named_with_the_files_it_changes(pages, house):
    notebook(house, SHOW.replace("£1.0m", "£2.0m"))
    found = differences()
    assert "input changed since: notebooks/high_level_count.ipynb" in found
    assert "made again, differs: pages/data/headline-figures.csv" in found
    assert "made again, differs: pages/high_level_count.html" in found
    assert not any(line.startswith("changed:") for line in found)


def test_a_return_that_came_since_is_named_to_a_board_without_its_name(pages, house):
    folder = house / "data" / "raw" / "returns" / "croydon"
    (folder / "more.csv").write_text("Body\n", encoding="utf-8")
    (folder / "decisions.csv").unlink()
    found = differences()
    assert "input changed since: data/raw/returns/croydon" in found


def test_a_manifest_that_was_written_over_is_not_believed(pages):
    path = pages / "manifest.json"
    known = json.loads(path.read_text(encoding="utf-8"))
    known["outputs"]["pages/summary.json"] = "0" * 64
    path.write_text(json.dumps(known), encoding="utf-8")
    assert differences() == [
        "changed: pages/summary.json is not as it was built",
        "made again, differs: pages/summary.json",
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (None, "cannot be verified: manifest.json is missing"),
        ("{", "cannot be verified: manifest.json cannot be read"),
        ("{}", "lacks parameters, notebooks, versions"),
    ],
)
def test_a_report_without_a_manifest_cannot_be_compared(house, text, message):
    folder = house / "reports" / "2008-09" / "croydon"
    folder.mkdir(parents=True)
    if text:
        (folder / "manifest.json").write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=message):
        verify.job_of_report(Job("croydon", "2008-09"))


def test_the_command_ends_with_0_only_where_all_is_equal(pages, monkeypatch):
    said = CliRunner().invoke(cli.main, ["verify", "croydon", "--audience", "working"])
    assert said.exit_code == 2
    for found, code in (([], 0), (["changed: x"], 1)):
        monkeypatch.setattr(verify, "verify", lambda job, found=found: found)
        result = CliRunner().invoke(cli.main, ["verify", "croydon"])
        assert result.exit_code == code
        assert ("croydon, 2008-09: 1 difference." in result.output) == bool(code)
    other = CliRunner().invoke(cli.main, ["verify", "croydon", "--scope", "pilot-2009"])
    assert other.exit_code == 2
    assert "croydon--scope-pilot-2009 cannot be verified: manifest.json is missing" in other.output


def test_a_fingerprint_is_read_once_and_again_when_the_file_changes(tmp_path, monkeypatch):
    path = tmp_path / "x.csv"
    path.write_text("1", encoding="utf-8")
    first = manifest.fingerprint(path)
    with monkeypatch.context() as patch:
        patch.setattr(type(path), "read_bytes", None)
        assert manifest.fingerprint(path) == first
    path.write_text("22", encoding="utf-8")
    assert manifest.fingerprint(path) != first


def test_the_inputs_of_a_place_are_its_own_returns_and_no_others():
    working = Job("croydon", "2008-09", audience="working")
    assert any("raw/returns/croydon/" in name for name in manifest.inputs(working))
    assert [name for name in manifest.inputs(JOB) if "raw/returns" in name] == [
        "data/raw/returns/croydon"
    ]
    assert not any("raw/returns" in name for name in manifest.inputs(Job("kent", "2008-09")))


def test_no_time_and_no_folder_is_in_a_manifest(pages, house):
    text = (pages / "manifest.json").read_text(encoding="utf-8")
    assert str(house) not in text
    assert set(json.loads(text)) == {
        "place",
        "year",
        "notebooks",
        "parameters",
        "versions",
        "inputs",
        "outputs",
    }


def test_a_report_of_another_scope_is_verified_where_it_is(house):
    notebook(house, SHOW)
    build(Job("croydon", "2008-09", "pilot-2009", notebooks=("high_level_count",)))
    assert differences(scope="pilot-2009") == []


def test_a_report_in_the_folder_of_another_scope_is_not_the_same(pages):
    pages.rename(pages.with_name("croydon--scope-pilot-2009"))
    ledgers = JOB.folders()["ledgers"]
    ledgers.rename(ledgers.with_name("croydon--scope-pilot-2009"))
    assert "parameter changed since: scope" in differences(scope="pilot-2009")


def test_a_notebook_of_ones_own_is_made_again_where_it_is_still_there(house, tmp_path):
    notebook(house, SHOW)
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    own = write_notebook(folder / "mine.ipynb", OWN)
    build(replace(JOB, own_notebooks=(str(own),)))
    assert differences([own]) == []
    lost = differences()
    assert lost[0].startswith("notebook not found, so its page is not made again: mine.ipynb")
    assert "not made again: pages/mine.html" in lost
    with pytest.raises(InputError, match=r"other: the report was made with mine\."):
        differences([folder / "other.ipynb"])
    own.rename(house / "notebooks" / "mine.ipynb")
    assert differences() == []
    own = write_notebook(house / "notebooks" / "mine.ipynb", OWN, "changed = 1")
    assert "input changed since: mine.ipynb" in differences()
