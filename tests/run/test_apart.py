"""Work in processes of its own: its result or what stopped it, and no process left of it."""

import ctypes
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from tests.waiting import is_alive, marked, until
from totalplace.errors import InputError, RunError
from totalplace.run import warm_kernel, worker_processes

WAYS = [pytest.param(False, id="fork", marks=pytest.mark.skipif(not warm_kernel.CAN_FORK, reason="no fork here")),
        pytest.param(True, id="spawn")]  # fmt: skip


def outcome(work, *given, timeout=None, cold=False):
    """The one task of this work, after its end."""
    (task,) = worker_processes.each([worker_processes.Task("one", work, given, timeout)], 1, cold)
    return task


def add(one, other, tell):
    return one + other


def refuse(tell):
    raise InputError("no such place")


def fail(tell):
    raise RunError("half of it")


def divide(tell):
    return 1 / 0


def open_nothing(tell):
    Path("/nowhere/at/all").read_bytes()


def leave(tell):
    sys.exit(0)


def leave_at_once(tell):
    tell("the last word")
    os._exit(7)


def kill_itself(tell):
    os.kill(os.getpid(), signal.SIGKILL)


def read_nowhere(tell):
    ctypes.string_at(0)


def sleep(tell):
    tell("its sleep")
    time.sleep(600)


def much(size, tell):
    return b"x" * size


def number(value, tell):
    tell(f"at {value}")
    return value, os.getpid()


def ask_back(value, tell):
    for turn in range(1000):
        tell(f"{value} {turn}")
    return value


def have_children(folder, detached, then, tell):
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


@pytest.mark.parametrize("cold", WAYS)
def test_a_task_has_its_result(cold):
    task = outcome(add, 2, 3, cold=cold)
    assert (task.result, task.error) == (5, None)
    assert task.seconds > 0


@pytest.mark.parametrize("cold", WAYS)
@pytest.mark.parametrize(
    ("work", "kind", "message"),
    [
        (refuse, InputError, "no such place"),
        (fail, RunError, "half of it"),
        (divide, RunError, r"ZeroDivisionError: division by zero \(test_apart.py, line \d+\)"),
        (open_nothing, RunError, "No such file or directory: /nowhere/at/all"),
        (leave, RunError, r"its process ended early \(exit 0\)"),
        (leave_at_once, RunError, r"its process ended early \(exit 7\); it was at the last word"),
        (kill_itself, RunError, r"its process ended early \(killed by SIGKILL\)"),
        (read_nowhere, RunError, r"its process ended early \(killed by SIGSEGV\)"),
    ],
)
def test_what_stops_a_task_is_its_error(work, kind, message, cold):
    if cold and work not in (refuse, leave_at_once):
        pytest.skip("the same code as in a fork; two are enough for the way there")
    task = outcome(work, cold=cold)
    assert task.result is None
    with pytest.raises(kind, match=message):
        raise task.error


def test_a_task_has_so_long_and_no_longer():
    began = time.monotonic()
    task = outcome(sleep, timeout=0.3)
    assert str(task.error) == "not done after 0.3 s; it was at its sleep"
    assert time.monotonic() - began < 30


def test_a_result_larger_than_any_pipe_comes_whole():
    size = 20_000_000
    assert outcome(much, size).result == b"x" * size


def test_many_tasks_come_each_once_from_a_process_of_its_own_and_no_more_than_so_many_at_once():
    tasks = [worker_processes.Task(str(value), number, (value,)) for value in range(60)]
    heard, most = [], 0
    for task in worker_processes.each(
        tasks, 3, told=lambda task, text: heard.append((task.name, text))
    ):
        assert task.error is None
        most = max(most, len(psutil.Process().children()))
    assert most <= 3
    assert [task.result[0] for task in tasks] == list(range(60))
    assert len({task.result[1] for task in tasks}) == 60
    assert sorted(heard, key=lambda said: int(said[0])) == [
        (str(value), f"at {value}") for value in range(60)
    ]


def test_all_that_a_task_says_is_heard_in_order():
    heard = []
    (task,) = worker_processes.each(
        [worker_processes.Task("one", ask_back, ("turn",))],
        1,
        told=lambda task, text: heard.append(text),
    )
    assert heard == [f"turn {turn}" for turn in range(1000)]
    assert task.result == "turn"


def test_one_that_fails_stops_no_other():
    tasks = [
        worker_processes.Task("bad", kill_itself),
        *(worker_processes.Task(str(value), number, (value,)) for value in range(4)),
    ]
    ended = list(worker_processes.each(tasks, 2))
    assert [task.name for task in ended if task.error] == ["bad"]
    assert len(ended) == 5


@pytest.mark.skipif(not warm_kernel.CAN_FORK, reason="what is left behind is only adopted on Linux")
@pytest.mark.parametrize("detached", [False, True])
@pytest.mark.parametrize("then", ["leave", "raise", "stay"])
def test_children_of_a_task_and_theirs_end_with_it(tmp_path, detached, then):
    outcome(have_children, str(tmp_path), detached, then, timeout=1.5 if then == "stay" else None)
    children = [int(pid) for pid in (tmp_path / "children").read_text(encoding="utf-8").split()]
    assert len(children) == 2
    assert [pid for pid in children if is_alive(pid)] == []


@pytest.mark.skipif(not warm_kernel.CAN_FORK, reason="a fork that holds its parent's pipe")
def test_a_task_that_ends_while_its_fork_holds_its_pipe_is_known_to_have_ended(tmp_path):
    task = outcome(fork_and_leave, str(tmp_path), timeout=60)
    os.kill(int((tmp_path / "fork").read_text(encoding="utf-8")), signal.SIGKILL)
    assert "ended early (exit 3)" in str(task.error)
    assert task.seconds < 30


def fork_and_leave(folder, tell):
    """Fork a child that outlives this process and holds whatever it held."""
    child = os.fork()
    if child == 0:
        time.sleep(600)
    (Path(folder) / "fork").write_text(str(child), encoding="utf-8")
    os._exit(3)


def test_leaving_the_loop_ends_what_still_runs():
    before = psutil.Process().children(recursive=True)
    going = worker_processes.each(
        [worker_processes.Task("quick", number, (1,)), worker_processes.Task("slow", sleep)], 2
    )
    assert next(going).name == "quick"
    children = set(psutil.Process().children(recursive=True)) - set(before)
    assert len(children) == 1
    going.close()
    assert [child for child in children if is_alive(child.pid)] == []


INTERRUPTED = """
import sys, time
from tests.run.test_apart import sleep
from totalplace.run import worker_processes
try:
    list(worker_processes.each([worker_processes.Task(str(n), sleep) for n in range(3)], 3, told=lambda task, text: print(text, flush=True)))
except KeyboardInterrupt:
    sys.exit(130)
"""


@pytest.mark.skipif(os.name != "posix", reason="signals to a group")
def test_ctrl_c_ends_every_process_of_the_group_and_is_heard_by_the_one_who_asked(tmp_path):
    mark = str(tmp_path)
    run = subprocess.Popen([sys.executable, "-c", INTERRUPTED], stdout=subprocess.PIPE, process_group=0,
                           env={**os.environ, "TOTALPLACE_TEST": mark})  # fmt: skip
    for _ in range(3):
        assert run.stdout.readline() == b"its sleep\n"
    os.killpg(run.pid, signal.SIGINT)
    assert run.wait(30) == 130
    assert marked("TOTALPLACE_TEST", mark) == []


@pytest.mark.skipif(not warm_kernel.CAN_FORK, reason="only Linux ends children with their parent")
def test_when_the_one_who_asked_is_killed_its_processes_end(tmp_path):
    mark = str(tmp_path)
    run = subprocess.Popen([sys.executable, "-c", INTERRUPTED], stdout=subprocess.PIPE,
                           env={**os.environ, "TOTALPLACE_TEST": mark})  # fmt: skip
    for _ in range(3):
        assert run.stdout.readline() == b"its sleep\n"
    run.kill()
    run.wait(30)
    until(lambda: not marked("TOTALPLACE_TEST", mark), "no process left")
