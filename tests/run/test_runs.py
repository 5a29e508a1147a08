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

from tests.conftest import NAMES, ROOT
from tests.waiting import marked, until
from totalplace import places
from totalplace.run import atomic_folder, manifest, many_places, one_place, scratch, warm_kernel

SLOW = "import time; time.sleep(0.4)"


def job(place="croydon", **more):
    return manifest.Job(place, "2008-09", **more)


def build(*jobs, **way):
    """What came of each: place -> state."""
    return {
        one.job.place: one for one in many_places.build(list(jobs), one_place.RunOptions(**way))
    }


def started(house, *words):
    """`totalplace run` as its user starts it, in a process group of its own; it can be found by its house."""
    here = {**os.environ, "TOTALPLACE_HOME": str(house), "PYTHONPATH": str(ROOT)}
    return subprocess.Popen([sys.executable, "-m", "totalplace", "run", *words], cwd=house, env=here, process_group=0,
                            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)  # fmt: skip


def bytes_of(house):
    """Every file of the reports and ledgers: path -> bytes; what is not yet in its place (names with a dot) left out."""
    folders = [
        house / "reports" / "2008-09" / "croydon",
        house / "data" / "processed" / "2008-09" / "croydon",
    ]
    return {
        path.relative_to(house): path.read_bytes()
        for folder in folders
        for path in folder.rglob("*")
        if path.is_file()
    }


def strays(house):
    """What should not be there once a run is over."""
    hidden = [path for part in ("reports", "data/processed") for path in (house / part).rglob(".*")]
    named = [
        (path, scratch.NAMED.match(path.name)) for path in Path(tempfile.gettempdir()).iterdir()
    ]
    return hidden + [
        path for path, made_by in named if made_by and not psutil.pid_exists(int(made_by[1]))
    ]


@pytest.mark.skipif(
    not warm_kernel.CAN_FORK, reason="a killed run takes its processes with it on Linux alone"
)
def test_a_run_killed_at_any_moment_leaves_old_and_whole_or_new_and_whole_and_the_next_leaves_nothing_else(
    small,
):
    house = small()
    build(job())
    old = bytes_of(house)
    small(SLOW)
    began = time.monotonic()
    assert started(house, "croydon").wait() == 0
    whole_time, new = time.monotonic() - began, bytes_of(house)
    assert new != old
    ended = set()
    for moment in range(20):
        small()
        build(job())
        assert bytes_of(house) == old
        small(SLOW)
        run = started(house, "croydon")
        try:
            run.wait(whole_time * (moment + 1) / 20)
        except subprocess.TimeoutExpired:
            run.kill()
            run.wait()
        until(lambda: not marked("TOTALPLACE_HOME", str(house)), "no process left of a killed run")
        now = bytes_of(house)
        ledgers = {path for path in now if path.parts[0] == "data"}
        assert {path: now[path] for path in now if path not in ledgers} in (
            _pages(old),
            _pages(new),
        )
        ended.add(_pages(now) == _pages(new))
    assert False in ended, "no moment was early enough to show anything"
    build(job())
    assert bytes_of(house) == new
    assert strays(house) == []


def _pages(files):
    return {path: content for path, content in files.items() if path.parts[0] == "reports"}


@pytest.mark.skipif(not warm_kernel.CAN_FORK, reason="signals to a group")
@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, -signal.SIGTERM)]
)
def test_an_interrupted_run_leaves_what_was_there_and_no_process(small, number, code):
    house = small()
    build(job())
    old = bytes_of(house)
    small("import time; time.sleep(600)")
    run = started(house, "croydon")
    until(lambda: len(marked("TOTALPLACE_HOME", str(house))) >= 3, "the kernel of the run")
    os.killpg(run.pid, number)
    assert run.wait(30) == code
    until(
        lambda: not marked("TOTALPLACE_HOME", str(house)), "no process left of an interrupted run"
    )
    assert bytes_of(house) == old
    small()
    build(job(), workers=1)
    assert strays(house) == []


def test_of_thirty_places_with_three_bad_ones_twenty_seven_are_built_and_three_are_named_first(
    small,
):
    bad = places.all_areas()[3:30:10]
    house = small(f"assert place not in {bad!r}, 'the bad place ' + place")
    run = started(house, *places.all_areas()[:30])
    told = run.communicate()[0].splitlines()
    assert run.returncode == 1
    end = told.index("30 places: 3 failed, 27 built")
    table = told[end - 30 : end]
    assert [row.split()[:2] for row in table[:3]] == [[place, "failed"] for place in sorted(bad)]
    assert all(
        f"the bad place {place}" in row for place, row in zip(sorted(bad), table, strict=False)
    )
    assert sum(" built " in row for row in table) == 27
    assert not any("\r" in row or "%|" in row for row in told), "a bar, and nobody is watching"
    for place in bad:
        assert f"the bad place {place}" in (
            house / "reports/2008-09" / place / "failed.log"
        ).read_text(encoding="utf-8")


def test_two_runs_of_one_place_at_once_mix_no_file(small):
    house = small()
    build(job())
    right, mixed = bytes_of(house), []
    over = threading.Event()

    def look():
        while not over.is_set():
            mixed.extend(
                path for path, content in bytes_of(house).items() if content != right.get(path)
            )

    watcher = threading.Thread(target=look)
    watcher.start()
    try:
        for _ in range(20):
            tasks = [
                many_places.worker_processes.Task(
                    str(n), many_places.build_place, (job(), one_place.RunOptions(), 1)
                )
                for n in range(2)
            ]
            assert [task.error for task in many_places.worker_processes.each(tasks, 2)] == [None, None]
    finally:
        over.set()
        watcher.join()
    assert mixed == []
    assert bytes_of(house) == right
    assert strays(house) == []


def test_a_second_run_waits_for_the_first_and_says_so(tmp_path):
    said, place = [], tmp_path / "croydon"
    with atomic_folder.held(place, said.append):
        waiting = threading.Thread(target=_hold, args=(place, said))
        waiting.start()
        until(lambda: said, "the second run has said that it waits")
        said.append("the first is done")
    waiting.join()
    assert said == [
        "another run is building it; waiting for its end",
        "the first is done",
        "the second has it",
    ]
    assert list(tmp_path.iterdir()) == []


def _hold(place, said):
    with atomic_folder.held(place, said.append):
        said.append("the second has it")


@pytest.mark.parametrize("at_once", [True, False])
def test_a_folder_is_moved_into_its_place_whole_and_the_old_one_goes(
    tmp_path, monkeypatch, at_once
):
    monkeypatch.setattr(
        atomic_folder,
        "_exchanged",
        atomic_folder._exchanged if at_once else lambda new, place: False,
    )
    place, new = tmp_path / "croydon", tmp_path / ".croydon.part"
    for folder, text in ((place, "old"), (new, "new")):
        folder.mkdir()
        (folder / "page").write_text(text)
    atomic_folder.move(new, place)
    atomic_folder.tidy(place)
    assert (place / "page").read_text() == "new"
    assert list(tmp_path.iterdir()) == [place]


def test_what_a_killed_run_had_moved_aside_is_put_back(tmp_path):
    aside = tmp_path / ".croydon.old"
    aside.mkdir()
    (aside / "page").write_text("old")
    atomic_folder.tidy(tmp_path / "croydon")
    assert (tmp_path / "croydon" / "page").read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["croydon"]


def _write_a_file(house, path, text="\n"):
    path = house / path
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(
        (path.read_text(encoding="utf-8") if path.exists() else "") + text, encoding="utf-8"
    )


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
def test_a_changed_input_rebuilds_what_depends_on_it_and_nothing_else(small, changed, rebuilt):
    house = small()
    build(job("croydon"), job("kent"))
    if changed.endswith(".csv"):
        path = house / changed
        path.write_text(
            path.read_text(encoding="utf-8").replace("Mid", "mid").replace("Revenue", "revenue"),
            encoding="utf-8",
        )
    else:
        _write_a_file(house, changed)
    came = {place: one.state for place, one in build(job("croydon"), job("kent")).items()}
    assert [place for place in sorted(came) if came[place] != "unchanged"] == rebuilt


def test_another_parameter_is_another_report_and_force_builds_all(small):
    small()
    build(job())
    assert build(job())["croydon"].state == "unchanged"
    assert build(job(scope="pilot-2009"))["croydon"].state == "built"
    (forced,) = many_places.build([job(scope="pilot-2009")], force=True)
    assert forced.state == "built"


def test_a_report_that_somebody_has_changed_is_built_again(small):
    house = small()
    build(job())
    right = bytes_of(house)
    _write_a_file(house, "reports/2008-09/croydon/deep_dive.html", "<p>more</p>")
    assert build(job())["croydon"].state == "built"
    assert bytes_of(house) == right


def test_a_full_disk_leaves_what_was_there_and_says_so(small, tmp_path):
    house = small()
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=800k", "tmpfs", str(disk)], capture_output=True
    )
    if mounted.returncode:
        pytest.skip("no small disk can be mounted here, so a full one was NOT tested")
    try:
        (house / "reports").symlink_to(disk)
        assert build(job())["croydon"].state == "built"
        old = bytes_of(house)
        small("report.Page(places.place(place).name, year).note('x' * 2_000_000)", of=NAMES[:1])
        failed = build(job())["croydon"]
        assert failed.state == "failed"
        assert "No space left on device" in failed.told
        now = {
            path: content for path, content in bytes_of(house).items() if path.name != "failed.log"
        }
        assert now == old
        small()
        assert build(job())["croydon"].state == "unchanged"
        assert strays(house) == []
    finally:
        (house / "reports").unlink()
        subprocess.run(["umount", str(disk)], check=True)


def test_a_folder_that_cannot_be_written_is_told_and_nothing_is_built(small):
    house = small()
    (house / "reports").write_text("a file where the folder should be")
    failed = build(job())["croydon"]
    assert failed.state == "failed"
    assert "reports" in failed.told
    assert (house / "reports").read_text() == "a file where the folder should be"


def test_memory_stays_flat_over_a_hundred_reports(small):
    small()
    process, seen = psutil.Process(), []
    for _ in range(34):
        list(many_places.build([job()], one_place.RunOptions(workers=3), force=True))
        seen.append(process.memory_info().rss)
    assert len(seen) * len(NAMES) > 100
    assert max(seen[10:]) - seen[9] < 20_000_000
