"""Verifying: a report is made again and compared byte for byte, and each difference is told by its file."""

import json

import nbformat
import pytest
from click.testing import CliRunner

from totalplace import cli
from totalplace.audit import verify
from totalplace.errors import InputError
from totalplace.run import manifest, many_places, one_place

COLD = one_place.RunOptions(
    workers=1, cold=True
)  # other tests leave threads alive, which a fork would not survive
JOB = manifest.Job("croydon", "2008-09", notebooks=("high_level_count",))
PARAMETERS = 'place: str = "croydon"\nyear: str = "2008-09"\nscope: str = "identifiable"\naudience: str = "board"'
SHOW = 'from totalplace import report\nreport.Page(place, year).cards({"spent": "£1.0m"})'


def notebook(house, *cells):
    """A small notebook in the place of the high level count."""
    title, first = (
        nbformat.v4.new_markdown_cell("# A small count"),
        nbformat.v4.new_code_cell(PARAMETERS),
    )
    first.metadata["tags"] = ["parameters"]
    node = nbformat.v4.new_notebook(cells=[title, first, *map(nbformat.v4.new_code_cell, cells)])
    node.metadata["kernelspec"] = {
        "name": "python3",
        "display_name": "Python 3",
        "language": "python",
    }
    for number, cell in enumerate(node.cells):
        cell["id"] = f"cell-{number}"
    nbformat.write(node, house / "notebooks" / "high_level_count.ipynb")


@pytest.fixture
def pages(house):
    """A small report of Croydon, built."""
    notebook(house, SHOW)
    (outcome,) = many_places.build([JOB], COLD)
    assert outcome.state == many_places.BUILT, outcome.told
    return house / "reports" / "2008-09" / "croydon"


def differences():
    return verify.verify(verify.job_of(manifest.Job("croydon", "2008-09")), COLD)


def test_a_report_that_is_as_its_inputs_give_has_no_difference_whatever_was_printed_from_it(pages):
    (pages / "pdf").mkdir()
    (pages / "pdf" / "high_level_count.pdf").write_bytes(b"%PDF")
    assert differences() == []
    assert manifest.is_current(JOB, many_places.folders(JOB))


def test_every_file_that_is_changed_missing_or_extra_is_told(pages):
    (pages / "high_level_count.html").write_text("<p>£2.0m", encoding="utf-8")
    (pages / "data" / "headline-figures.csv").unlink()
    (pages / "data" / "more.csv").write_text("x", encoding="utf-8")
    assert differences() == [
        "missing: pages/data/headline-figures.csv is in the manifest and not in the report",
        "extra: pages/data/more.csv is in the report and not in the manifest",
        "changed: pages/high_level_count.html is not as it was built",
    ]


def test_an_input_that_has_changed_since_is_told_with_the_files_that_it_changes(pages, house):
    notebook(house, SHOW.replace("£1.0m", "£2.0m"))
    found = differences()
    assert "input changed since: notebooks/high_level_count.ipynb" in found
    assert "made again, differs: pages/data/headline-figures.csv" in found
    assert "made again, differs: pages/high_level_count.html" in found
    assert not any(line.startswith("changed:") for line in found)


def test_a_return_that_came_since_is_told_to_a_board_without_its_name(pages, house):
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
        (None, "has no manifest.json that can be read"),
        ("{", "has no manifest.json"),
        ("{}", "lacks parameters, notebooks, versions"),
    ],
)
def test_a_report_without_a_manifest_cannot_be_compared(house, text, message):
    folder = house / "reports" / "2008-09" / "croydon"
    folder.mkdir(parents=True)
    if text:
        (folder / "manifest.json").write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=message):
        verify.job_of(manifest.Job("croydon", "2008-09"))


def test_the_command_ends_with_0_only_where_all_is_equal(pages, monkeypatch):
    said = CliRunner().invoke(cli.main, ["verify", "croydon", "--audience", "working"])
    assert said.exit_code == 2
    for found, code in (([], 0), (["changed: x"], 1)):
        monkeypatch.setattr(verify, "verify", lambda job, found=found: found)
        assert CliRunner().invoke(cli.main, ["verify", "croydon"]).exit_code == code
    assert (
        CliRunner().invoke(cli.main, ["verify", "croydon", "--scope", "pilot-2009"]).exit_code == 1
    )


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
    working = manifest.Job("croydon", "2008-09", audience="working")
    assert any("raw/returns/croydon/" in name for name in manifest.inputs(working))
    assert [name for name in manifest.inputs(JOB) if "raw/returns" in name] == [
        "data/raw/returns/croydon"
    ]
    assert not any(
        "raw/returns" in name for name in manifest.inputs(manifest.Job("kent", "2008-09"))
    )


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
