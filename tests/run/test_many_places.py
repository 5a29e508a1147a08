"""Many reports: whole or as they were, whatever ends the run; only what changed; no file and no process left behind."""

import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import psutil
import pytest

from tests.building import build, files_of, job
from tests.conftest import NAMES, ROOT
from tests.small_process import call
from tests.waiting import marked, until
from totalplace import places
from totalplace.run import atomic_folder, many_places, worker_processes
from totalplace.run.job import CAN_FORK, Job, RunOptions

SLOW = "import time; time.sleep(0.4)"


def start(house, *words):
    """`totalplace run` as its user starts it, in a process group of its own; it can be found by its house."""
    here = {**os.environ, "TOTALPLACE_HOME": str(house), "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "totalplace", "run", *words]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
    return subprocess.Popen(command, cwd=house, env=here, process_group=0, **pipes)


def files(house):
    """Every file of Croydon's reports and ledgers that is in its place: path -> bytes."""
    parts = (house / "reports", house / "data" / "processed")
    return files_of(*(part / "2008-09" / "croydon" for part in parts))


def pages(found):
    return {path: content for path, content in found.items() if "reports" in path.parts}


def strays(house):
    """What should not be there once a run is over."""
    hidden = [path for part in ("reports", "data/processed") for path in (house / part).rglob(".*")]
    scratch = Path(tempfile.gettempdir()).iterdir()
    owners = [(path, atomic_folder.owner_of(path)) for path in scratch]
    return hidden + [path for path, pid in owners if pid and not psutil.pid_exists(pid)]


@pytest.mark.skipif(not CAN_FORK, reason="a killed run takes its processes with it on Linux alone")
@pytest.mark.parametrize("moments", [2, pytest.param(20, marks=pytest.mark.slow)])
def test_a_run_killed_at_any_moment_leaves_the_old_or_the_new_whole(small, moments):
    house = small()
    build(job())
    old = files(house)
    small(SLOW)
    began = time.monotonic()
    assert start(house, "croydon").wait() == 0
    whole_time, new = time.monotonic() - began, files(house)
    assert new != old
    ended = set()
    for moment in range(moments):
        small()
        build(job())
        assert files(house) == old
        small(SLOW)
        run = start(house, "croydon")
        try:
            run.wait(whole_time * (moment + 1) / moments)
        except subprocess.TimeoutExpired:
            run.kill()
            run.wait()
        until(lambda: not marked("TOTALPLACE_HOME", str(house)), "no process left")
        now = pages(files(house))
        assert now in (pages(old), pages(new))
        ended.add(now == pages(new))
    assert False in ended, "no moment was early enough to show anything"
    build(job())
    assert files(house) == new
    assert strays(house) == []


@pytest.mark.skipif(not CAN_FORK, reason="signals to a group")
@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, -signal.SIGTERM)]
)
def test_an_interrupted_run_leaves_what_was_there_and_no_process(small, number, code):
    house = small()
    build(job())
    old = files(house)
    small("import time; time.sleep(600)")
    run = start(house, "croydon")
    until(lambda: len(marked("TOTALPLACE_HOME", str(house))) >= 3, "the kernel of the run")
    os.killpg(run.pid, number)
    assert run.wait(30) == code
    until(lambda: not marked("TOTALPLACE_HOME", str(house)), "no process left")
    assert files(house) == old
    small()
    build(job(), workers=1)
    assert strays(house) == []


@pytest.mark.parametrize("count", [4, pytest.param(30, marks=pytest.mark.slow)])
def test_the_bad_ones_of_many_places_are_named_first_and_others_built(small, count):
    names = places.all_areas()[:count]
    bad = names[3::10]
    house = small(f"assert place not in {bad!r}, 'the bad place ' + place")
    run = start(house, *names)
    said = run.communicate()[0].splitlines()
    assert run.returncode == 1
    end = said.index(f"{count} places: {len(bad)} failed, {count - len(bad)} built")
    table = said[end - count : end]
    assert [row.split()[:2] for row in table[: len(bad)]] == [[p, "failed"] for p in sorted(bad)]
    assert sum(" built " in row for row in table) == count - len(bad)
    assert not any("\r" in row or "%|" in row for row in said), "a bar, and nobody is watching"
    for place, row in zip(sorted(bad), table, strict=False):
        log = (house / "reports/2008-09" / place / "failed.log").read_text(encoding="utf-8")
        assert f"the bad place {place}" in row
        assert f"the bad place {place}" in log


def build_twice_at_once(asked):
    """The errors of two processes that build the same place at the same time."""
    given = (asked, RunOptions(), 1)
    tasks = [worker_processes.Task(str(n), many_places.build_place, given) for n in range(2)]
    return [task.error for task in worker_processes.run_tasks(tasks, 2)]


@pytest.mark.parametrize("times", [2, pytest.param(20, marks=pytest.mark.slow)])
def test_two_runs_of_one_place_at_once_mix_no_file(small, times):
    house = small()
    build(job())
    right, mixed, over = files(house), [], threading.Event()

    def look():
        while not over.wait(0.002):
            now = files(house)
            mixed.extend(path for path in now if now[path] != right.get(path))

    watcher = threading.Thread(target=look)
    watcher.start()
    try:
        for _ in range(times):
            assert call(build_twice_at_once, job()) == [None, None]
    finally:
        over.set()
        watcher.join()
    assert mixed == []
    assert files(house) == right
    assert strays(house) == []


def append(house, path):
    """Add an empty line to a file of a house, which is made where it is not there."""
    path = house / path
    path.parent.mkdir(parents=True, exist_ok=True)
    old = path.read_text(encoding="utf-8") if path.exists() else ""
    path.write_text(old + "\n", encoding="utf-8")


@pytest.mark.parametrize(
    ("changed", "rebuilt"),
    [
        ("data/raw/returns/kent/note.txt", ["kent"]),
        ("data/raw/returns/leeds/note.txt", []),
        ("notebooks/deep_dive.ipynb", ["croydon", "kent"]),
        ("data/raw/reference/sources.csv", ["croydon", "kent"]),
        ("requirements.lock", ["croydon", "kent"]),
        ("README.md", []),
    ],
)
def test_a_changed_input_rebuilds_what_depends_on_it_alone(small, changed, rebuilt):
    house = small()
    build(job("croydon"), job("kent"))
    if changed.endswith(".csv"):
        text = (house / changed).read_text(encoding="utf-8").replace("Mid", "mid")
        (house / changed).write_text(text, encoding="utf-8")
    else:
        append(house, changed)
    again = build(job("croydon"), job("kent"))
    assert [name for name in sorted(again) if again[name].state != "unchanged"] == rebuilt


def test_another_parameter_is_another_report_and_force_builds_all(small):
    add_parameter(small(), 'most: str = "3"')
    build(job())
    assert build(job())["croydon"].state == "unchanged"
    more = job(parameters=(("most", "5"),))
    assert build(more)["croydon"].state == "built"
    assert build(more)["croydon"].state == "unchanged"
    assert build(more, force=True)["croydon"].state == "built"


def add_parameter(house, line):
    """Add a line to the parameters of the first notebook."""
    path = house / "notebooks" / f"{NAMES[0]}.ipynb"
    text = path.read_text(encoding="utf-8")
    escaped = line.replace('"', '\\"')
    known = 'audience: str = \\"board\\"'
    assert known in text
    path.write_text(text.replace(known, f"{known}\\n{escaped}"), encoding="utf-8")


def test_another_scope_has_a_folder_of_its_own_beside_the_default(small):
    house = small()
    outcomes = build(job(), job(scope="pilot-2009"))
    assert [one.state for one in outcomes.values()] == ["built", "built"]
    folders = {path.name for path in (house / "reports" / "2008-09").iterdir()}
    assert folders == {"croydon", "croydon--scope-pilot-2009"}
    again = build(job(), job(scope="pilot-2009"))
    assert {one.state for one in again.values()} == {"unchanged"}


def test_scope_and_theme_name_the_folder_of_pages_and_of_ledgers():
    other = job(scope="pilot-2009", theme="older-people")
    for folder in other.folders().values():
        assert folder.name == "croydon--scope-pilot-2009--theme-older-people"
    assert {folder.name for folder in job().folders().values()} == {"croydon"}
    assert len({*job().folders().values(), *other.folders().values()}) == 4


def test_a_report_that_somebody_has_changed_is_built_again(small):
    house = small()
    build(job())
    right = files(house)
    page = house / "reports/2008-09/croydon/deep_dive.html"
    page.write_text(page.read_text(encoding="utf-8") + "<p>more</p>", encoding="utf-8")
    assert build(job())["croydon"].state == "built"
    assert files(house) == right


def test_a_full_disk_leaves_what_was_there_and_says_so(small, tmp_path):
    house, disk = small(), tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=800k", "tmpfs", str(disk)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("no small disk can be mounted here, so a full one was NOT tested")
    try:
        (house / "reports").symlink_to(disk)
        assert build(job())["croydon"].state == "built"
        old = files(house)
        here = "report.Page(places.place(place).name, year)"
        small(f"{here}.cards({{'spent': 'x' * 2_000_000}}, name='large')", of=NAMES[:1])
        failed = build(job())["croydon"]
        assert failed.state == "failed"
        assert "No space left on device" in failed.message
        now = files(house)
        assert {path: now[path] for path in now if path.name != "failed.log"} == old
        small()
        assert build(job())["croydon"].state == "unchanged"
        assert strays(house) == []
    finally:
        (house / "reports").unlink()
        subprocess.run(["umount", str(disk)], check=True)


def test_a_folder_that_cannot_be_written_is_named_and_nothing_is_built(small):
    house = small()
    (house / "reports").write_text("a file where the folder should be")
    failed = build(job())["croydon"]
    assert failed.state == "failed"
    assert "reports" in failed.message
    assert (house / "reports").read_text() == "a file where the folder should be"


def memory_over(asked, runs):
    """The memory of this process after each of so many runs, in bytes."""
    process, seen = psutil.Process(), []
    for _ in range(runs):
        list(many_places.build([asked], RunOptions(workers=3), force=True))
        seen.append(process.memory_info().rss)
    return seen


@pytest.mark.parametrize("runs", [8, pytest.param(34, marks=pytest.mark.slow)])
def test_memory_stays_flat_over_many_reports(small, runs):
    small()
    seen = call(memory_over, job(), runs)
    warm = min(10, runs // 2)
    assert max(seen[warm:]) - seen[warm - 1] < 20_000_000


def test_a_job_names_the_command_that_makes_it():
    other = Job("croydon", "2008-09", theme="older-people", parameters=(("most", "a b"),))
    asked = "croydon --year 2008-09 --scope identifiable --audience board"
    assert other.command() == f"{asked} --theme older-people --param 'most=a b'"
    assert other.command(["x/mine.ipynb"]).endswith(" --notebook mine.ipynb")
