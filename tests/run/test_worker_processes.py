"""Tasks in processes of their own: a result or what stopped it, and no process left of it."""

import ctypes
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from tests.small_process import call
from tests.waiting import is_alive, marked, until
from totalplace.errors import InputError, RunError
from totalplace.run import worker_processes
from totalplace.run.job import CAN_FORK

needs_fork = pytest.mark.skipif(not CAN_FORK, reason="no fork here")
FORK_OR_SPAWN = [pytest.param(False, id="fork", marks=needs_fork), pytest.param(True, id="spawn")]


def run_one(work, *given, timeout=None, cold=False):
    """The one task of this work, after its end: result, error, seconds."""
    return call(_run_one, work, given, timeout, cold)


def _run_one(work, given, timeout, cold):
    task = worker_processes.Task("one", work, given, timeout)
    (ended,) = worker_processes.run_tasks([task], 1, cold)
    return ended


def add(one, other, say):
    return one + other


def refuse(say):
    raise InputError("no such place")


def fail(say):
    raise RunError("half of it")


def divide(say):
    return 1 / 0


def open_nothing(say):
    Path("/nowhere/at/all").read_bytes()


def leave(say):
    sys.exit(0)


def leave_at_once(say):
    say("the last word")
    os._exit(7)


def kill_itself(say):
    os.kill(os.getpid(), signal.SIGKILL)


def read_nowhere(say):
    import faulthandler

    faulthandler.disable()
    ctypes.string_at(0)


def sleep(say):
    say("its sleep")
    time.sleep(600)


def much(size, say):
    return b"x" * size


def number(value, say):
    say(f"at {value}")
    return value, os.getpid()


def say_a_thousand_times(value, say):
    for turn in range(1000):
        say(f"{value} {turn}")
    return value


def have_children(folder, detached, then, say):
    """Start a sleeper, which starts another, write their numbers into a folder, and end as `then` says."""
    nested = "import os, subprocess, time; print(os.getpid(), subprocess.Popen(['sleep', '600']).pid, flush=True); time.sleep(600)"
    child = subprocess.Popen(
        [sys.executable, "-c", nested], stdout=subprocess.PIPE, start_new_session=detached
    )
    (Path(folder) / "children").write_bytes(child.stdout.readline())
    if then == "leave":
        return
    if then == "raise":
        raise RunError("after its children")
    time.sleep(600)


@pytest.mark.parametrize("cold", FORK_OR_SPAWN)
def test_a_task_has_its_result(cold):
    task = run_one(add, 2, 3, cold=cold)
    assert (task.result, task.error) == (5, None)
    assert task.seconds > 0


STOPPED = [
    (refuse, InputError, "no such place"),
    (fail, RunError, "half of it"),
    (divide, RunError, r"ZeroDivisionError: division by zero \(test_worker_processes.py, line \d+"),
    (open_nothing, RunError, "No such file or directory: /nowhere/at/all"),
    (leave, RunError, r"its process ended early \(exit 0\)"),
    (leave_at_once, RunError, r"its process ended early \(exit 7\); it was at the last word"),
    (kill_itself, RunError, r"its process ended early \(killed by SIGKILL\)"),
    (read_nowhere, RunError, r"its process ended early \(killed by SIGSEGV\)"),
]


@needs_fork
@pytest.mark.parametrize(("work", "kind", "message"), STOPPED)
def test_what_stops_a_task_is_its_error(work, kind, message):
    task = run_one(work)
    assert task.result is None
    with pytest.raises(kind, match=message):
        raise task.error


@pytest.mark.parametrize("work", [refuse, leave_at_once])
def test_what_stops_a_spawned_task_is_its_error(work):
    (kind, message) = next(row[1:] for row in STOPPED if row[0] is work)
    with pytest.raises(kind, match=message):
        raise run_one(work, cold=True).error


def test_a_task_has_its_timeout_and_no_longer():
    began = time.monotonic()
    task = run_one(sleep, timeout=0.3)
    assert str(task.error) == "not done after 0.3 s; it was at its sleep"
    assert time.monotonic() - began < 30


def test_a_result_larger_than_any_pipe_comes_whole():
    size = 20_000_000
    assert run_one(much, size).result == b"x" * size


def run_many(count, workers):
    """(names in order of their results, how many processes, most at once, what was said) of many tasks."""
    tasks = [worker_processes.Task(str(n), number, (n,)) for n in range(count)]
    said, most = [], 0
    hear = lambda task, text: said.append((task.name, text))  # noqa: E731
    for task in worker_processes.run_tasks(tasks, workers, say=hear):
        assert task.error is None
        most = max(most, len(psutil.Process().children()))
    results = [task.result for task in tasks]
    return [value for value, _ in results], len({pid for _, pid in results}), most, said


def test_each_of_many_tasks_has_a_process_and_only_so_many_run_at_once():
    values, processes, most, said = call(run_many, 60, 3)
    assert most <= 3
    assert values == list(range(60))
    assert processes == 60
    assert sorted(said, key=lambda one: int(one[0])) == [(str(n), f"at {n}") for n in range(60)]


def hear_all():
    said = []
    tasks = [worker_processes.Task("one", say_a_thousand_times, ("turn",))]
    (task,) = worker_processes.run_tasks(tasks, 1, say=lambda task, text: said.append(text))
    return task.result, said


def test_all_that_a_task_says_is_heard_in_order():
    assert call(hear_all) == ("turn", [f"turn {turn}" for turn in range(1000)])


def one_bad():
    good = [worker_processes.Task(str(value), number, (value,)) for value in range(4)]
    tasks = [worker_processes.Task("bad", kill_itself), *good]
    return [(task.name, task.error is None) for task in worker_processes.run_tasks(tasks, 2)]


def test_one_that_fails_stops_no_other():
    ended = call(one_bad)
    assert [name for name, good in ended if not good] == ["bad"]
    assert len(ended) == 5


@pytest.mark.skipif(not CAN_FORK, reason="what is left behind is only adopted on Linux")
@pytest.mark.parametrize("detached", [False, True])
@pytest.mark.parametrize("then", ["leave", "raise", "stay"])
def test_children_of_a_task_and_theirs_end_with_it(tmp_path, detached, then):
    timeout = 1.5 if then == "stay" else None
    run_one(have_children, str(tmp_path), detached, then, timeout=timeout)
    children = [int(pid) for pid in (tmp_path / "children").read_text(encoding="utf-8").split()]
    assert len(children) == 2
    assert [pid for pid in children if is_alive(pid)] == []


@pytest.mark.skipif(not CAN_FORK, reason="a fork that holds its parent's pipe")
def test_a_task_has_ended_though_its_fork_holds_its_pipe(tmp_path):
    task = run_one(fork_and_leave, str(tmp_path), timeout=60)
    os.kill(int((tmp_path / "fork").read_text(encoding="utf-8")), signal.SIGKILL)
    assert "ended early (exit 3)" in str(task.error)
    assert task.seconds < 30


def fork_and_leave(folder, say):
    """Fork a child that outlives this process and holds whatever it held."""
    child = os.fork()
    if child == 0:
        time.sleep(600)
    (Path(folder) / "fork").write_text(str(child), encoding="utf-8")
    os._exit(3)


def leave_early():
    """(name of the first to end, processes then, those alive after the loop was left)."""
    before = psutil.Process().children(recursive=True)
    tasks = [worker_processes.Task("quick", number, (1,)), worker_processes.Task("slow", sleep)]
    running = worker_processes.run_tasks(tasks, 2)
    first = next(running).name
    children = set(psutil.Process().children(recursive=True)) - set(before)
    running.close()
    return first, len(children), [child.pid for child in children if is_alive(child.pid)]


def test_leaving_the_loop_ends_what_still_runs():
    assert call(leave_early) == ("quick", 1, [])


INTERRUPTED = """
import sys, time
from tests.run.test_worker_processes import sleep
from totalplace.run.worker_processes import Task, run_tasks
try:
    list(run_tasks([Task(str(n), sleep) for n in range(3)], 3, say=lambda task, text: print(text, flush=True)))
except KeyboardInterrupt:
    sys.exit(130)
"""


def start_sleepers(mark, **more):
    """A process with three tasks that sleep, once they do; all can be found by the mark."""
    run = subprocess.Popen(
        [sys.executable, "-c", INTERRUPTED],
        stdout=subprocess.PIPE,
        env={**os.environ, "TOTALPLACE_TEST": mark},
        **more,
    )
    for _ in range(3):
        assert run.stdout.readline() == b"its sleep\n"
    return run


@pytest.mark.skipif(os.name != "posix", reason="signals to a group")
def test_ctrl_c_ends_every_process_and_reaches_the_one_that_asked(tmp_path):
    run = start_sleepers(str(tmp_path), process_group=0)
    os.killpg(run.pid, signal.SIGINT)
    assert run.wait(30) == 130
    assert marked("TOTALPLACE_TEST", str(tmp_path)) == []


@pytest.mark.skipif(not CAN_FORK, reason="only Linux ends children with their parent")
def test_when_the_process_that_asked_is_killed_its_tasks_end(tmp_path):
    run = start_sleepers(str(tmp_path))
    run.kill()
    run.wait(30)
    until(lambda: not marked("TOTALPLACE_TEST", str(tmp_path)), "no process left")
