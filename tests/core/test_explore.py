"""The notebook for analysts runs as it is, with tables and figures to be seen."""

import json
import os
import shutil
import subprocess
import sys

import pytest

from tests.conftest import ROOT


@pytest.fixture(scope="module", params=["croydon", "kent"])
def run(request, tmp_path_factory):
    """(folder, code cells) of the notebook as it was run for a place, in a house of its own."""
    house = tmp_path_factory.mktemp("house")
    shutil.copytree(ROOT / "data" / "raw", house / "data" / "raw")
    (house / "notebooks").mkdir()
    shutil.copy(ROOT / "notebooks" / "explore.ipynb", house / "notebooks")
    words = ["explore.ipynb", "../made.ipynb", "-p", "place", request.param]
    command = [sys.executable, "-m", "papermill", "--no-progress-bar", *words]
    given = os.environ | {"TOTALPLACE_HOME": str(house), "PYTHONPATH": str(ROOT)}
    asked = {"cwd": house / "notebooks", "env": given, "capture_output": True, "text": True}
    done = subprocess.run(command, check=False, **asked)
    assert done.returncode == 0, done.stderr[-2000:]
    cells = json.loads((house / "made.ipynb").read_text(encoding="utf-8"))["cells"]
    return house, [cell for cell in cells if cell["cell_type"] == "code"]


@pytest.fixture
def cells(run):
    return run[1]


def shown(cells, kind):
    return [one for cell in cells for one in cell["outputs"] if kind in one.get("data", {})]


def test_it_runs_to_its_end_and_shows_tables_and_figures(cells):
    assert all(cell["execution_count"] for cell in cells)
    assert not [one for cell in cells for one in cell["outputs"] if one["output_type"] == "error"]
    assert len(shown(cells, "text/html")) >= 8
    assert len(shown(cells, "image/png")) >= 3


def test_it_warns_of_nothing(cells):
    assert [
        one["text"] for cell in cells for one in cell["outputs"] if one["output_type"] == "stream"
    ] == []


def test_it_writes_no_file(run):
    made = [path.relative_to(run[0]).as_posix() for path in run[0].rglob("*") if path.is_file()]
    own = {"made.ipynb", "notebooks/explore.ipynb"}
    assert {path for path in made if not path.startswith("data/raw/")} == own
