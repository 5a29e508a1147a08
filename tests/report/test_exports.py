"""A page made by other hands than a run's: nbconvert, JupyterLab's export, and an analyst's cells."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat

from tests.conftest import ROOT
from totalplace.run import many_places
from totalplace.run.job import Job, RunOptions

BARE = "import pandas\npandas.DataFrame({'a': [1]})"
REFUSED = re.compile(
    r"high_level_count\.ipynb, cell 4 \(code, 'import pandas'\) shows a bare table, .*"
    r"Tag the cell `explore` .* page\.show, page\.table, page\.figure"
)


def convert(home, folder, notebook, *options, to="board"):
    """What `jupyter nbconvert` does, as its user sees it."""
    given = os.environ | {"TOTALPLACE_HOME": str(home), "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "nbconvert", "--to", to, *options, notebook]
    return subprocess.run(
        command,
        env=given,
        cwd=folder,
        check=False,
        capture_output=True,
        text=True,
        encoding="utf-8",
    )


def build(*, allowed=True):
    """The outcome of a run of one notebook for Croydon."""
    job = Job("croydon", "2008-09", notebooks=("high_level_count",))
    (outcome,) = many_places.build([job], RunOptions(), force=True)
    assert (outcome.state == many_places.BUILT) is allowed, outcome.message
    return outcome.message


def tag_last_cell(house, *tags):
    path = house / "notebooks" / "high_level_count.ipynb"
    node = nbformat.read(path, as_version=4)
    node.cells[-1].metadata["tags"] = list(tags)
    nbformat.write(node, path)


def test_a_bare_table_fails_the_run_with_its_cell_and_the_remedy(small):
    small(BARE)
    assert REFUSED.search(build(allowed=False))


def test_a_cell_tagged_explore_is_run_and_leaves_no_trace(small):
    house = small()
    plain = Path(build(), "high_level_count.html").read_bytes()
    small("from pathlib import Path\nPath('ran').write_text('')\nprint(1)\n" + BARE)
    tag_last_cell(house, "explore")
    assert Path(build(), "high_level_count.html").read_bytes() == plain
    assert (house / "notebooks" / "ran").is_file()


def test_a_table_shown_in_an_explore_cell_is_no_file_of_the_report(small):
    page = "page = report.Page(places.place(place).name, year)\n"
    shown = "page.cards({'seen by none': '£1.0m'}, name='seen-by-none')"
    house = small(page + shown)
    tag_last_cell(house, "explore")
    folder = Path(build())
    assert not (folder / "data" / "seen-by-none.csv").exists()
    assert "seen by none" not in (folder / "high_level_count.html").read_text(encoding="utf-8")


def test_a_cell_tagged_explore_that_fails_still_fails_the_run(small):
    tag_last_cell(small("1 / 0"), "explore")
    assert "ZeroDivisionError" in build(allowed=False)


def test_nbconvert_execute_makes_the_page_that_a_run_makes(built, tmp_path):
    shutil.copytree(built / "data" / "raw", tmp_path / "data" / "raw")
    shutil.copytree(ROOT / "notebooks", tmp_path / "notebooks")
    folder = tmp_path / "notebooks"
    done = convert(tmp_path, folder, "high_level_count.ipynb", "--execute")
    assert done.returncode == 0, done.stderr
    page, whole = (
        (path / "high_level_count.html").read_text(encoding="utf-8")
        for path in (folder, built / "reports" / "2008-09" / "croydon")
    )
    for part in (r"<body>.*</header>", r"<main.*</main>"):
        assert re.search(part, page, re.S)[0] == re.search(part, whole, re.S)[0]


def test_a_notebook_that_was_run_and_saved_is_exported_whole(small):
    house = small()
    run = convert(
        house, house, "notebooks/deep_dive.ipynb", "--execute", "--inplace", to="notebook"
    )
    done = convert(house, house, "notebooks/deep_dive.ipynb")
    assert (run.returncode, done.returncode) == (0, 0), run.stderr + done.stderr
    page = (house / "notebooks" / "deep_dive.html").read_text(encoding="utf-8")
    assert "<title>The deep_dive · Croydon, 2008-09</title>" in page
    assert "<strong>£1.0m</strong>" in page


def test_a_notebook_that_was_never_run_is_not_exported(small):
    house = small()
    done = convert(house, house / "notebooks", "deep_dive.ipynb")
    assert done.returncode != 0
    assert "the notebook has not been run: run all its cells and save it, or" in done.stderr
    assert not (house / "notebooks" / "deep_dive.html").exists()
