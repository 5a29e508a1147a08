"""The run of a notebook and the reports of a place: whole, or as it was."""

from pathlib import Path

import nbformat
import pytest

from totalplace.errors import InputError
from totalplace.run import manifest, many_places, one_place

PARAMETERS = 'place: str = "croydon"\nyear: str = "2008-09"\nscope: str = "identifiable"\naudience: str = "board"'


@pytest.fixture
def notebook(house):
    """Put a notebook of these cells in the place of the high level count: notebook("1 / 0")."""
    path = house / "notebooks" / "high_level_count.ipynb"

    def write(*cells, parameters=PARAMETERS):
        title = nbformat.v4.new_markdown_cell("# A small count")
        first = nbformat.v4.new_code_cell(parameters, metadata={"tags": ["parameters"]})
        code = [nbformat.v4.new_code_cell(cell) for cell in cells]
        node = nbformat.v4.new_notebook(cells=[title, first, *code])
        node.metadata["kernelspec"] = {
            "name": "python3",
            "display_name": "Python 3",
            "language": "python",
        }
        nbformat.write(node, path)
        return path

    return write


SHOW = 'from totalplace import report\nreport.Page(place, year).cards({"spent": "£1.0m"})'


NOTEBOOK = ("high_level_count",)
LOG = Path("2008-09/croydon/failed.log")


def build(timeout=None):
    """The outcome of the one notebook for Croydon."""
    (outcome,) = many_places.build(
        [manifest.Job("croydon", "2008-09", notebooks=NOTEBOOK)],
        one_place.RunOptions(timeout=timeout),
        force=True,
    )
    return outcome


def page_of(outcome):
    return Path(outcome.told) / "high_level_count.html"


def bytes_of(folder):
    return {
        path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()
    }


def test_a_report_is_a_page_and_a_csv_of_each_table(notebook, house):
    notebook(SHOW)
    page = page_of(build())
    assert page == house / "reports" / "2008-09" / "croydon" / "high_level_count.html"
    assert "£1.0m" in page.read_text(encoding="utf-8")
    assert (page.parent / "data" / "headline-figures.csv").read_text(
        encoding="utf-8"
    ) == "headline,figure\nspent,£1.0m\n"


@pytest.mark.parametrize(
    ("cells", "message"),
    [
        (["1 / 0"], "high_level_count.ipynb, cell '1 / 0': ZeroDivisionError: division by zero"),
        (["import os; os._exit(0)"], "high_level_count.ipynb: Kernel died"),
        (["import sys; sys.exit(0)", SHOW], "high_level_count.ipynb: 1 of 5 cells did not run"),
        (["raise SystemExit(0)", SHOW], "high_level_count.ipynb: 1 of 5 cells did not run"),
        (
            ['place = "kent"'],
            "ended with place 'kent', not 'croydon': a cell has changed what was asked",
        ),
        (
            ["import time; time.sleep(60)"],
            "not done after 4 s; it was at high_level_count.ipynb, cell 'import time; time.sleep",
        ),
    ],
)
def test_a_notebook_that_ends_early_leaves_the_report_that_was_there(
    notebook, house, cells, message
):
    notebook(SHOW)
    build()
    before = bytes_of(house / "reports")
    notebook(SHOW, *cells)
    outcome = build(timeout=4)
    assert outcome.state == "failed"
    assert message in outcome.told
    after = bytes_of(house / "reports")
    assert after.pop(LOG).decode() == outcome.told + "\n"
    assert after == before


def test_a_notebook_that_fails_leaves_no_new_report_and_says_why(notebook, house):
    notebook("1 / 0")
    assert build().state == "failed"
    assert list(bytes_of(house / "reports")) == [LOG]


def test_a_report_that_is_made_again_takes_away_the_note_of_the_failure(notebook, house):
    notebook("1 / 0")
    build()
    notebook(SHOW)
    assert build().state == "built"
    assert LOG not in bytes_of(house / "reports")


@pytest.mark.parametrize(
    ("name", "year", "scope", "parameters", "message"),
    [
        ("croydn", "2008-09", "identifiable", {}, "The nearest known: croydon"),
        ("croydon", "2008/09", "identifiable", {}, r"no year '2008/09'. It has 2008-09"),
        ("croydon", "2008-09", "all", {}, "no scope called 'all'. The scopes are"),
        (
            "croydon",
            "2008-09",
            "identifiable",
            {"plaice": "x"},
            r"no parameter 'plaice'. Did you mean place\?",
        ),
    ],
)
def test_what_is_asked_wrongly_is_refused_before_anything_runs(
    notebook, house, name, year, scope, parameters, message
):
    notebook(SHOW)
    with pytest.raises(InputError, match=message):
        list(
            many_places.build(
                [
                    manifest.Job(
                        name, year, scope, notebooks=NOTEBOOK, parameters=tuple(parameters.items())
                    )
                ]
            )
        )
    assert not (house / "reports").exists()


def test_a_notebook_without_a_parameters_cell_is_refused(notebook, house):
    path = notebook(SHOW)
    node = nbformat.read(path, 4)
    node.cells[1].metadata.clear()
    nbformat.write(node, path)
    with pytest.raises(InputError, match="has no cell tagged `parameters`"):
        build()


def test_text_that_a_spreadsheet_would_run_is_written_as_text(notebook, house):
    notebook(SHOW.replace('"spent"', '"=HYPERLINK(1)"'))
    page = page_of(build())
    assert (page.parent / "data" / "headline-figures.csv").read_text(encoding="utf-8").splitlines()[
        1
    ] == "'=HYPERLINK(1),£1.0m"
