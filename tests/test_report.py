"""The run of a notebook and the reports of a place: whole, or as it was."""

import nbformat
import pytest

from totalplace import engine, manifest, report
from totalplace.faults import Fault

PARAMETERS = 'place: str = "croydon"\nyear: str = "2008-09"\nscope: str = "identifiable"'


@pytest.fixture
def notebook(house):
    """Put a notebook of these cells in the place of the high level count: notebook("1 / 0")."""
    path = house / "notebooks" / "high_level_count.ipynb"

    def write(*cells, parameters=PARAMETERS):
        title = nbformat.v4.new_markdown_cell("# A small count")
        first = nbformat.v4.new_code_cell(parameters, metadata={"tags": ["parameters"]})
        code = [nbformat.v4.new_code_cell(cell) for cell in cells]
        node = nbformat.v4.new_notebook(cells=[title, first, *code])
        node.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
        nbformat.write(node, path)
        return path

    return write


SHOW = 'from totalplace import show\nshow.Page(place, year).cards({"spent": "£1.0m"})'


NOTEBOOK = ("high_level_count",)


def build(timeout=None):
    """The page that the one notebook makes for Croydon."""
    folder = report.build(manifest.Job("croydon", "2008-09", notebooks=NOTEBOOK), timeout)
    return folder / "high_level_count.html"


def bytes_of(folder):
    return {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_report_is_a_page_and_a_csv_of_each_table(notebook, house):
    notebook(SHOW)
    page = build()
    assert page == house / "reports" / "2008-09" / "croydon" / "high_level_count.html"
    assert "£1.0m" in page.read_text(encoding="utf-8")
    assert (page.parent / "data" / "headline-figures.csv").read_text(encoding="utf-8") == "headline,figure\nspent,£1.0m\n"


@pytest.mark.parametrize(
    ("cells", "message"),
    [
        (["1 / 0"], r"high_level_count.ipynb, cell \d: ZeroDivisionError: division by zero"),
        (["import os; os._exit(0)"], r"high_level_count.ipynb"),
        (["import sys; sys.exit(0)", SHOW], r"high_level_count.ipynb"),
        (["raise SystemExit(0)", SHOW], r"high_level_count.ipynb"),
    ],
)
def test_a_notebook_that_ends_early_leaves_the_report_that_was_there(notebook, house, cells, message):
    notebook(SHOW)
    build()
    before = bytes_of(house / "reports")
    notebook(SHOW, *cells)
    with pytest.raises(engine.Failed, match=message):
        build()
    assert bytes_of(house / "reports") == before


def test_a_notebook_that_fails_leaves_no_new_report(notebook, house):
    notebook("1 / 0")
    with pytest.raises(engine.Failed):
        build()
    assert bytes_of(house / "reports") == {}


@pytest.mark.parametrize(
    ("name", "year", "scope", "parameters", "message"),
    [
        ("croydn", "2008-09", "identifiable", {}, "The nearest known: croydon"),
        ("croydon", "2008/09", "identifiable", {}, r"no year '2008/09'. It has 2008-09"),
        ("croydon", "2008-09", "all", {}, "no scope called 'all'. The scopes are"),
        ("croydon", "2008-09", "identifiable", {"plaice": "x"}, r"no parameter 'plaice'. Did you mean place\?"),
    ],
)
def test_what_is_asked_wrongly_is_refused_before_anything_runs(notebook, house, name, year, scope, parameters, message):
    notebook(SHOW)
    with pytest.raises(Fault, match=message):
        report.build(manifest.Job(name, year, scope, notebooks=NOTEBOOK, parameters=tuple(parameters.items())))
    assert not (house / "reports").exists()


def test_a_notebook_without_a_parameters_cell_is_refused(notebook, house):
    path = notebook(SHOW)
    node = nbformat.read(path, 4)
    node.cells[1].metadata.clear()
    nbformat.write(node, path)
    with pytest.raises(Fault, match="has no cell tagged `parameters`"):
        build()


def test_text_that_a_spreadsheet_would_run_is_written_as_text(notebook, house):
    notebook(SHOW.replace('"spent"', '"=HYPERLINK(1)"'))
    page = build()
    assert (page.parent / "data" / "headline-figures.csv").read_text(encoding="utf-8").splitlines()[1] == "'=HYPERLINK(1),£1.0m"


def test_a_timeout_is_a_failure(notebook, house):
    notebook("import time; time.sleep(60)")
    with pytest.raises(engine.Failed, match=r"high_level_count\.ipynb"):
        build(timeout=2)
