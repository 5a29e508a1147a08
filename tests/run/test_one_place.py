"""The run of a notebook and the reports of a place: whole, or as it was; a notebook of one's own beside the three."""

import json
from pathlib import Path

import nbformat
import pytest

from tests.building import build, files_of, job
from tests.conftest import PARAMETERS
from totalplace.errors import InputError
from totalplace.run.job import Job, make_job

SHOW = 'from totalplace import report\nreport.Page(place, year).cards({"spent": "£1.0m"})'
LOG = Path("2008-09/croydon/failed.log")


def write_notebook(path, *cells, parameters=PARAMETERS, tags=("parameters",)):
    """Write a notebook with a title, a cell of parameters and these cells; returns its path."""
    title = nbformat.v4.new_markdown_cell("# A small count")
    first = nbformat.v4.new_code_cell(parameters, metadata={"tags": list(tags)})
    code = [nbformat.v4.new_code_cell(cell) for cell in cells]
    node = nbformat.v4.new_notebook(cells=[title, first, *code])
    spec = {"name": "python3", "display_name": "Python 3", "language": "python"}
    node.metadata["kernelspec"] = spec
    for number, cell in enumerate(node.cells):
        cell["id"] = f"cell-{number}"
    nbformat.write(node, path)
    return path


def tag(path, cell, *tags):
    """Tag a cell of a notebook, counted from the end."""
    node = nbformat.read(path, 4)
    node.cells[cell].metadata["tags"] = list(tags)
    nbformat.write(node, path)


@pytest.fixture
def notebook(house):
    """Write a notebook in the place of the high level count: notebook("1 / 0")."""
    path = house / "notebooks" / "high_level_count.ipynb"
    return lambda *cells, **more: write_notebook(path, *cells, **more)


def build_one(timeout=None, **more):
    """The outcome of the one notebook for Croydon."""
    asked = job(notebooks=("high_level_count",), **more)
    (outcome,) = build(asked, force=True, timeout=timeout).values()
    return outcome


def page_of(outcome):
    return Path(outcome.message) / "high_level_count.html"


def files(folder):
    """Every file under a folder: path from it -> bytes."""
    return {path.relative_to(folder): content for path, content in files_of(folder).items()}


def test_a_report_is_a_page_and_a_csv_of_each_table(notebook, house):
    notebook(SHOW)
    page = page_of(build_one())
    assert page == house / "reports" / "2008-09" / "croydon" / "high_level_count.html"
    assert "£1.0m" in page.read_text(encoding="utf-8")
    table = page.parent / "data" / "headline-figures.csv"
    assert table.read_text(encoding="utf-8") == "headline,figure\nspent,£1.0m\n"


@pytest.mark.parametrize(
    ("cells", "message"),
    [
        (
            ["1 / 0"],
            "high_level_count.ipynb, cell 4 (code, '1 / 0'): ZeroDivisionError: division by zero",
        ),
        (["import os; os._exit(0)"], "high_level_count.ipynb: Kernel died"),
        (["import sys; sys.exit(0)", SHOW], "high_level_count.ipynb: 1 of 5 cells did not run"),
        (["raise SystemExit(0)", SHOW], "high_level_count.ipynb: 1 of 5 cells did not run"),
        (
            ['place = "kent"'],
            "ended with place 'kent', not 'croydon': a cell has changed what was asked",
        ),
        (
            ["import time; time.sleep(60)"],
            "not done after 4 s; it was at high_level_count.ipynb, cell 4 (code, 'import time; time.sleep",
        ),
    ],
)
def test_a_notebook_that_ends_early_leaves_what_was_there(notebook, house, cells, message):
    notebook(SHOW)
    build_one()
    before = files(house / "reports")
    notebook(SHOW, *cells)
    outcome = build_one(timeout=4)
    assert outcome.state == "failed"
    assert message in outcome.message
    after = files(house / "reports")
    assert after.pop(LOG).decode() == outcome.message + "\n"
    assert after == before


def test_a_notebook_that_fails_leaves_no_new_report_and_says_why(notebook, house):
    notebook("1 / 0")
    assert build_one().state == "failed"
    assert list(files(house / "reports")) == [LOG]


def test_a_report_that_is_made_again_removes_the_note_of_the_failure(notebook, house):
    notebook("1 / 0")
    build_one()
    notebook(SHOW)
    assert build_one().state == "built"
    assert LOG not in files(house / "reports")


def test_a_cell_tagged_explore_must_run_like_others_and_shows_nothing(notebook, house):
    shown = SHOW.replace('"£1.0m"}', '"£2.0m"}, name="tried"')
    tag(notebook(SHOW, shown), -1, "explore")
    built = build_one()
    assert not list(Path(built.message).rglob("tried.csv"))
    tag(notebook(SHOW, "1 / 0"), -1, "explore")
    assert "cell 4 (code, '1 / 0'): ZeroDivisionError" in build_one().message


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"place": "croydn"}, "The nearest known: croydon"),
        ({"year": "2008/09"}, "'2008/09' is no financial year. Write it as 2008-09"),
        ({"scope": "all"}, "no scope called 'all'. The scopes are"),
        ({"theme": "older"}, "no theme called 'older'. .*The themes are children-0-7"),
        ({"parameters": (("plaice", "x"),)}, r"no parameter 'plaice'. Did you mean place\?"),
        ({"parameters": (("scope", "all"),)}, "--param scope=all: use --scope for the scope"),
        ({"parameters": (("theme", "x"),)}, "--param theme=x: use --theme for the theme"),
        ({"parameters": (("place", "kent"),)}, "--param place=kent: use PLACE for the place"),
    ],
)
def test_what_is_asked_wrongly_is_refused_before_anything_runs(notebook, house, asked, message):
    notebook(SHOW)
    wrong = {"place": "croydon", "year": "2008-09", "notebooks": ("high_level_count",)} | asked
    with pytest.raises(InputError, match=message):
        build(Job(**wrong))
    assert not (house / "reports").exists()


def test_a_notebook_without_a_parameters_cell_is_refused_saying_what_to_add(notebook):
    notebook(SHOW, tags=())
    with pytest.raises(InputError, match=r"has no cell tagged `parameters`.*\n    place: str ="):
        build_one()


def test_text_that_a_spreadsheet_would_run_is_written_as_text(notebook):
    notebook(SHOW.replace('"spent"', '"=HYPERLINK(1)"'))
    table = page_of(build_one()).parent / "data" / "headline-figures.csv"
    assert table.read_text(encoding="utf-8").splitlines()[1] == "'=HYPERLINK(1),£1.0m"


OWN = """import pandas
from totalplace import places, report
page = report.Page(places.place(place).name, year)
things = pandas.DataFrame({"thing": ["x", "y"], "pence": [100_000_000, 300_000_000]})
page.bars(things, "thing", caption="Things", name="my-things")"""


@pytest.mark.parametrize("cold", [False, pytest.param(True, marks=pytest.mark.slow)])
def test_a_notebook_of_ones_own_is_a_page_beside_the_three(small, tmp_path, cold):
    small()
    own = write_notebook(tmp_path / "mine.ipynb", OWN, parameters='place = "kent"\nyear = "x"')
    (built,) = build(job(own_notebooks=(str(own),)), cold=cold).values()
    assert built.state == "built", built.message
    pages = Path(built.message)
    assert "Croydon" in (pages / "mine.html").read_text(encoding="utf-8")
    assert (pages / "data" / "my-things.csv").is_file()
    assert 'href="mine.html"' in (pages / "index.html").read_text(encoding="utf-8")
    assert "my-things.csv,thing,as mine.ipynb" in (pages / "data/dictionary.csv").read_text("utf-8")
    text = (pages / "manifest.json").read_text(encoding="utf-8")
    known = json.loads(text)
    assert known["notebooks"][-1] == "mine"
    assert "mine.ipynb" in known["inputs"]
    assert str(tmp_path) not in text


def test_pages_are_the_same_whatever_is_printed_beside_them(small, tmp_path):
    house = small()
    build(job())
    alone = (house / "reports/2008-09/croydon/deep_dive.html").read_bytes()
    own = write_notebook(tmp_path / "mine.ipynb", OWN)
    assert build(job(own_notebooks=(str(own),)))["croydon"].state == "built"
    assert (house / "reports/2008-09/croydon/deep_dive.html").read_bytes() == alone


def test_a_notebook_of_ones_own_is_of_the_place_that_was_asked_for(small, tmp_path):
    small()
    cell = OWN.replace("places.place(place).name", '"Kent"')
    own = write_notebook(tmp_path / "mine.ipynb", cell)
    failed = build(job(own_notebooks=(str(own),)))["croydon"]
    assert "mine.ipynb shows 'my-things' of Kent, 2008-09, and was asked for" in failed.message


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("deep_dive.ipynb", "its page would overwrite that of deep_dive.ipynb"),
        ("Index.ipynb", "its page would overwrite that of index"),
        ("my look.ipynb", "Rename it: a letter, then letters, digits and _"),
        ("1st.ipynb", "Rename it: a letter"),
        ("mine.py", "a notebook's name ends in .ipynb"),
        ("none.ipynb", "there is no notebook"),
        ("broken.ipynb", "broken.ipynb cannot be read as a notebook"),
        ("untagged.ipynb", "untagged.ipynb has no cell tagged `parameters`.*\n    place: str"),
    ],
)
def test_a_notebook_of_ones_own_that_cannot_be_a_page_is_refused(small, tmp_path, name, message):
    house, path = small(), tmp_path / name
    if name == "broken.ipynb":
        path.write_text("{", encoding="utf-8")
    elif name != "none.ipynb":
        write_notebook(path, OWN, tags=() if name == "untagged.ipynb" else ("parameters",))
    with pytest.raises(InputError, match=message):
        build(job(own_notebooks=(str(path),)))
    assert not (house / "reports").exists()


def test_two_tables_of_one_name_are_refused_naming_their_notebooks(small, tmp_path):
    small()
    own = write_notebook(tmp_path / "mine.ipynb", OWN.replace("my-things", "deep-dive"))
    failed = build(job(own_notebooks=(str(own),)))["croydon"]
    assert "deep_dive and mine show a table 'deep-dive'" in failed.message


def test_the_places_own_theme_is_the_default_and_another_is_named():
    assert make_job("Croydon", "2008-09", theme="children-0-7") == job()
    assert make_job("E09000008", "2008-09", theme="older-people").theme == "older-people"
    with pytest.raises(InputError, match="Did you mean older-people"):
        make_job("croydon", "2008-09", theme="older-peple")


DRAWN = """
import pandas as pd
import seaborn as sns
from matplotlib import pyplot as plt
from totalplace import places, report
page = report.Page(places.place(place), year)
frame = pd.DataFrame({"function": ["Health", "Housing"], "pence": [200, 100]})
look = {"caption": "Drawn", "alt": "Bars.", "data": frame, "units": {"pence": "£"}}
""".strip()
BY_SEABORN = 'page.figure(sns.barplot(frame, x="function", y="pence"), name="by-seaborn", **look)'
BY_PYPLOT = """
figure, axes = plt.subplots()
axes.bar(frame["function"], frame["pence"])
page.figure(figure, name="by-pyplot", **look)
""".strip()


def test_a_figure_drawn_in_the_cell_that_shows_it_is_shown_once(small, tmp_path):
    small(of=("high_level_count",))
    own = write_notebook(tmp_path / "mine.ipynb", DRAWN, BY_SEABORN, BY_PYPLOT)
    asked = job(notebooks=("high_level_count",), own_notebooks=(str(own),))
    assert build(asked)["croydon"].state == "built"
    page = (asked.folders()["pages"] / "mine.html").read_text(encoding="utf-8")
    assert page.count("<figure") == 2


def test_a_notebook_that_names_no_kernel_is_run_in_pythons(small, tmp_path):
    small(of=("high_level_count",))
    own = write_notebook(tmp_path / "mine.ipynb", OWN)
    node = nbformat.read(own, as_version=4)
    node.metadata.clear()
    nbformat.write(node, own)
    built = build(job(notebooks=("high_level_count",), own_notebooks=(str(own),)))
    assert built["croydon"].state == "built"


def test_a_notebook_that_shows_nothing_through_a_page_is_refused(small, tmp_path):
    small(of=("high_level_count",))
    own = write_notebook(tmp_path / "mine.ipynb", "spent = 1")
    failed = build(job(notebooks=("high_level_count",), own_notebooks=(str(own),)))["croydon"]
    assert "mine.ipynb: the notebook shows nothing through a page: end a cell" in failed.message


def test_a_bare_value_is_refused_naming_the_cell_as_its_author_counts(small, tmp_path):
    small(of=("high_level_count",))
    own = write_notebook(tmp_path / "mine.ipynb", OWN, "1 + 1")
    failed = build(job(notebooks=("high_level_count",), own_notebooks=(str(own),)))["croydon"]
    assert "mine.ipynb, cell 4 (code, '1 + 1') shows a bare value" in failed.message


def test_a_table_that_does_not_hold_stops_a_run_before_anything_is_made(small, spoil):
    small(of=("high_level_count",))
    spoil("ages", ",0.2,0.1,0.5", ",-0.2,-0.3,0.5")
    with pytest.raises(InputError, match=r"ages.csv: row 3: weight is not a weight of 0 or more"):
        build(job(notebooks=("high_level_count",)))
