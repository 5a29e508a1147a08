"""A Dask cluster of two real worker processes: the same bytes as here, its failures said, nothing of another code let in."""

import io
import os
import shutil
import signal
import subprocess
import sys
import zipfile
from contextlib import contextmanager

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.conftest import ROOT, run
from tests.run.test_one_place import OWN, write_notebook
from tests.waiting import until
from totalplace.run import dask_cluster

LOCAL = """
import sys, time
from distributed import LocalCluster

if __name__ == "__main__":
    workers = int(sys.argv[1])
    with LocalCluster(1, threads_per_worker=1, processes=True, dashboard_address=None, host="127.0.0.1") as local:
        local.scale(workers)
        while len(local.scheduler.workers) != workers:
            time.sleep(0.05)
        print(local.scheduler_address, flush=True)
        sys.stdin.read()
"""
HASTY = "import sys; from totalplace import cli; from totalplace.run import dask_cluster; dask_cluster.SECONDS = 2; cli.main(sys.argv[1:])"


@contextmanager
def local(folder, workers=2, code=ROOT):
    """A cluster in a process of its own, for Dask leaves threads in whatever it is used in; gives its address."""
    script = folder / "local_cluster.py"
    script.write_text(LOCAL)
    environment = os.environ | {"PYTHONPATH": str(code)}
    command = [sys.executable, str(script), str(workers)]
    pipes = {
        "stdin": subprocess.PIPE,
        "stdout": subprocess.PIPE,
        "stderr": subprocess.DEVNULL,
        "text": True,
    }
    with subprocess.Popen(command, env=environment, cwd=folder, **pipes) as process:
        try:
            yield process.stdout.readline().strip()
        finally:
            process.stdin.close()


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    """The scheduler of a cluster of two workers."""
    with local(tmp_path_factory.mktemp("cluster")) as scheduler:
        yield scheduler


def files(house):
    """Every report and ledger: path -> bytes."""
    folders = [house / "reports", house / "data" / "processed"]
    return {
        path.relative_to(house): path.read_bytes()
        for folder in folders
        for path in folder.rglob("*")
        if path.is_file()
    }


def noting(folder):
    """A cell that notes, as a file in a folder, the worker whose house it runs in."""
    folder.mkdir()
    name = "pathlib.Path(os.environ['TOTALPLACE_HOME']).name"
    return f"import os, pathlib; (pathlib.Path({str(folder)!r}) / {name}).touch()"


def workers_of(folder):
    """The numbers of the worker processes that ran a cell of `noting`."""
    return {int(path.name.split("-")[2]) for path in folder.iterdir()}


@pytest.mark.slow
def test_two_workers_make_the_same_bytes_as_are_made_here(small, address, tmp_path):
    house = small(noting(tmp_path / "seen"))
    places = ["croydon", "kent", "leeds", "durham"]
    run(house, "run", *places)
    here = files(house)
    shutil.rmtree(house / "reports")
    shutil.rmtree(house / "data" / "processed")
    for note in (tmp_path / "seen").iterdir():
        note.unlink()
    said = run(house, "run", *places, "--scheduler", address).stdout
    assert "4 places: 4 built" in said
    assert files(house) == here
    assert len(workers_of(tmp_path / "seen")) == 2
    assert "4 places: 4 unchanged" in run(house, "run", *places, "--scheduler", address).stdout


@pytest.mark.slow
def test_a_place_that_fails_on_the_cluster_is_named_and_others_built(small, address):
    house = small()
    run(house, "run", "croydon")
    before = {path: content for path, content in files(house).items() if "croydon" in path.parts}
    small("assert place != 'croydon', 'the bad place'")
    failed = run(house, "run", "croydon", "kent", "--scheduler", address, check=False)
    assert failed.returncode == 1
    assert "2 places: 1 failed, 1 built" in failed.stdout
    assert "the bad place" in (house / "reports/2008-09/croydon/failed.log").read_text(
        encoding="utf-8"
    )
    after = files(house)
    assert {path: after[path] for path in before} == before
    assert (house / "reports/2008-09/kent/manifest.json").is_file()


@pytest.mark.slow
def test_the_real_reports_of_a_place_with_returns_are_the_same_from_a_worker(house, address):
    shutil.copy(ROOT / "requirements.lock", house)
    run(house, "run", "croydon")
    here = files(house)
    run(house, "run", "croydon", "--force", "--scheduler", address)
    assert files(house) == here
    assert any(
        "data/raw/returns/croydon" in content.decode("utf-8")
        for path, content in here.items()
        if path.name == "manifest.json"
    )


@pytest.mark.slow
def test_a_worker_that_is_killed_is_replaced_and_its_places_are_made_again(
    small, address, tmp_path
):
    house = small(noting(tmp_path / "seen"), "import time; time.sleep(1.5)")
    command = [sys.executable, "-m", "totalplace", "run", "croydon", "kent", "--scheduler", address]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    with subprocess.Popen(
        command, env=environment, cwd=house, stdout=subprocess.PIPE, text=True
    ) as running:
        until(lambda: list((tmp_path / "seen").iterdir()), "a worker at work")
        os.kill(workers_of(tmp_path / "seen").pop(), signal.SIGKILL)
        said = running.communicate()[0]
    assert running.returncode == 0
    assert "2 places: 2 built" in said


@pytest.mark.slow
def test_a_cluster_that_goes_away_fails_every_place_and_changes_nothing(small, tmp_path):
    house = small(noting(tmp_path / "seen"), "import time; time.sleep(60)")
    with local(tmp_path) as scheduler:
        command = [
            sys.executable,
            "-m",
            "totalplace",
            "run",
            "croydon",
            "kent",
            "--scheduler",
            scheduler,
        ]
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL, "text": True}
        running = subprocess.Popen(
            command, env=os.environ | {"PYTHONPATH": str(ROOT)}, cwd=house, **pipes
        )
        until(lambda: list((tmp_path / "seen").iterdir()), "a worker at work")
    said = running.communicate()[0]
    assert running.returncode == 1
    assert "2 places: 2 failed" in said
    assert "on the cluster: " in said
    assert {path.name for path in files(house)} == {"failed.log", "index.html"}


@pytest.mark.slow
def test_what_a_worker_with_other_code_made_is_not_let_in(small, tmp_path):
    house, other = small(), tmp_path / "other"
    shutil.copytree(ROOT / "totalplace", other / "totalplace")
    with open(other / "totalplace" / "money.py", "a", encoding="utf-8") as file:
        file.write("# changed\n")
    with local(tmp_path, workers=1, code=other) as scheduler:
        failed = run(house, "run", "croydon", "--scheduler", scheduler, check=False)
    assert failed.returncode == 1
    assert "a worker has other code or versions than are here: totalplace/money.py" in failed.stdout
    assert {path.name for path in files(house)} == {"failed.log", "index.html"}


def hasty(house, *words):
    """The command line with little patience for a scheduler."""
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    return subprocess.run(
        [sys.executable, "-c", HASTY, "run", "croydon", *words],
        env=environment,
        cwd=house,
        check=False,
        capture_output=True,
        text=True,
    )


@pytest.mark.slow
def test_a_scheduler_missing_or_without_workers_is_said_with_the_remedy(small, tmp_path):
    house = small()
    silent = hasty(house, "--scheduler", "tcp://127.0.0.1:9")
    assert silent.returncode == 2
    assert "no Dask scheduler answers at 'tcp://127.0.0.1:9'" in silent.stderr
    wrong = hasty(house, "--scheduler", "somewhere://else")
    assert wrong.returncode == 2
    assert "no Dask scheduler answers at 'somewhere://else'" in wrong.stderr
    with local(tmp_path, workers=0) as scheduler:
        idle = hasty(house, "--scheduler", scheduler)
    assert idle.returncode == 2
    assert f"has no worker. Start one with `dask worker {scheduler}`" in idle.stderr
    assert files(house) == {}


def test_without_dask_the_scheduler_is_refused_with_what_to_install(small):
    without = "import sys; sys.modules['distributed'] = None; from totalplace import cli; cli.main(sys.argv[1:])"
    command = [sys.executable, "-c", without, "run", "croydon", "--scheduler", "tcp://127.0.0.1:9"]
    done = subprocess.run(
        command,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        cwd=small(),
        capture_output=True,
        text=True,
    )
    assert done.returncode == 2
    assert (
        "--scheduler needs Dask, here and for each worker: `make setup`, or pip install distributed"
        in done.stderr
    )


@pytest.mark.slow
def test_a_notebook_of_ones_own_goes_to_the_worker(small, address, tmp_path):
    house, own = small(), write_notebook(tmp_path / "mine.ipynb", OWN)
    run(house, "run", "croydon", "--notebook", str(own))
    here = files(house)
    run(house, "run", "croydon", "--notebook", str(own), "--force", "--scheduler", address)
    assert files(house) == here
    assert (house / "reports/2008-09/croydon/mine.html").is_file()


@given(st.integers(1, 400), st.integers(0, 100))
def test_every_place_is_in_one_batch_and_no_batch_is_too_large(places, threads):
    batches = dask_cluster._batches(list(range(places)), threads)
    assert [place for batch in batches for place in batch] == list(range(places))
    assert all(1 <= len(batch) <= dask_cluster.LARGEST_BATCH for batch in batches)
    assert len(batches) >= min(places, 2 * threads)


def test_what_is_packed_is_unpacked_the_same_and_stays_under_its_folder(tmp_path):
    for name in ("one", "part/two"):
        (tmp_path / "from" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "from" / name).write_text(name)
        os.utime(
            tmp_path / "from" / name, (0, 0)
        )  # before 1980, where the time of a zip archive begins
    dask_cluster.unpack(
        dask_cluster.packed(tmp_path, [tmp_path / "from/one", tmp_path / "from/part/two"]),
        tmp_path / "to",
    )
    assert (tmp_path / "to/from/part/two").read_text() == "part/two"
    inner = tmp_path / "a" / "b"
    inner.mkdir(parents=True)
    dask_cluster.unpack(_climbing(), inner)
    assert not (tmp_path / "out").exists()
    assert (inner / "out").read_text() == "climbed"


def _climbing():
    """An archive whose one file would go two folders up."""
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        archive.writestr("../../out", "climbed")
    return held.getvalue()
