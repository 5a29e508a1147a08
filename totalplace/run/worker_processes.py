"""Tasks in processes of their own, a few at a time: none can spoil another.

A forked child has all that its parent has read and imported; where there is no fork, a new process
is spawned.
"""

import contextlib
import multiprocessing
import signal
import time
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from multiprocessing.connection import wait
from pathlib import Path
from typing import Any

import psutil

from totalplace.errors import InputError, RunError
from totalplace.run import warm_kernel

NO_LIMIT = 7 * 24 * 3600  # seconds, for a task without a timeout
CHECK_EVERY = 1.0  # seconds: a process may be gone while one that it started holds its pipe
TO_END = 5.0  # seconds for a process to end after its result
STOP_SIGNALS = [
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)
]


@dataclass
class Task:
    """Work for a process of its own: `work(*arguments, say)`; say(text) tells its progress.

    timeout: in seconds. result, error and seconds are there once it has ended.
    """

    name: str
    work: Callable[..., Any]
    arguments: tuple = ()
    timeout: float | None = None
    result: Any = field(default=None, init=False)
    error: Exception | None = field(default=None, init=False)
    seconds: float = field(default=0.0, init=False)


def run_tasks(
    tasks: list[Task],
    workers: int,
    cold: bool = False,
    say: Callable[[Task, str], None] = lambda task, text: None,
) -> Iterator[Task]:
    """Run the tasks, at most so many at once, and give each as it ends.

    say(task, text): receives what a task says meanwhile. Leaving the loop early, or Ctrl-C, ends
    what still runs.
    """
    context = multiprocessing.get_context("spawn" if cold else "fork")
    waiting, running = list(reversed(tasks)), list[_Running]()
    try:
        while waiting or running:
            while waiting and len(running) < workers:
                with _signals_blocked():  # else a process could start that is not in the list
                    running.append(_Running(waiting.pop(), context))
            next_look = min(CHECK_EVERY, *(one.seconds_left() for one in running))
            wait([one.pipe for one in running], next_look)
            for one in [one for one in running if one.has_ended(say)]:
                running.remove(one)
                yield one.task
    finally:
        with _signals_blocked():
            for one in running:
                one.end()


@contextlib.contextmanager
def _signals_blocked():
    """Put off Ctrl-C and requests to end until a block is done, where the system can."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, STOP_SIGNALS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


class _Running:
    """A task and the process that runs it."""

    def __init__(self, task, context):
        self.task, self.last_message, self.over = task, "", False
        self.began = time.monotonic()
        self.pipe, theirs = context.Pipe(duplex=False)
        given = (theirs, task.work, task.arguments)
        self.process = context.Process(target=_run_task, args=given, name=task.name)
        self.process.start()
        theirs.close()

    def seconds_left(self) -> float:
        """Seconds until its timeout."""
        return max(0.0, self.began + (self.task.timeout or NO_LIMIT) - time.monotonic())

    def has_ended(self, say: Callable[[Task, str], None]) -> bool:
        """True once the task has a result or an error; its process is gone then."""
        gone = self.process.exitcode is not None  # before reading: its last words are in the pipe
        while not self.over and self.pipe.poll():
            self._receive(say)
        if not self.over and gone:
            self._ended_early()
        if not self.over and not self.seconds_left():
            self._fail(f"not done after {self.task.timeout:g} s")
        if self.over:
            self.end()
            self.task.seconds = time.monotonic() - self.began
        return self.over

    def _receive(self, say):
        """Take one thing from the pipe: a message, the result, the error, or its end."""
        try:
            kind, content = self.pipe.recv()
        except EOFError:
            self.process.join()
            self._ended_early()
            return
        if kind == "message":
            self.last_message = content
            say(self.task, content)
        else:
            setattr(self.task, kind, content)
            self.over = True

    def _ended_early(self):
        self._fail(f"its process ended early ({_exit_in_words(self.process.exitcode)})")

    def _fail(self, what):
        at = f"; it was at {self.last_message}" if self.last_message else ""
        self.task.error, self.over = RunError(what + at), True

    def end(self) -> None:
        """End the process with all that it started, if it does not end by itself."""
        if self.over and not self.task.error:
            self.process.join(TO_END)
        if self.process.exitcode is None:
            _kill(self.process.pid)
        self.process.join()
        self.process.close()
        self.pipe.close()


def _kill(pid):
    """Kill a process and all that it started: held still first, so that it starts no more."""
    with contextlib.suppress(psutil.NoSuchProcess):
        process = psutil.Process(pid)
        process.suspend()
        warm_kernel.end_children(process)
        process.kill()


def _exit_in_words(code):
    return f"killed by {signal.Signals(-code).name}" if code and code < 0 else f"exit {code}"


def _run_task(pipe, work, arguments):
    """Do the work, and send its result or error; nothing that it started outlives it."""
    parent = multiprocessing.parent_process()
    warm_kernel.end_with_parent((parent and parent.pid) or 0)
    warm_kernel.adopt_orphans()
    for number in STOP_SIGNALS:  # Ctrl-C is for the process that asked, which ends the others
        signal.signal(number, signal.SIG_IGN if number == signal.SIGINT else signal.SIG_DFL)
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_UNBLOCK, STOP_SIGNALS)
    try:
        ended = _result_or_error(work, arguments, pipe)
    finally:
        warm_kernel.end_children(psutil.Process())
    pipe.send(ended)


def _result_or_error(work, arguments, pipe):
    """("result", what the work returns), or ("error", its error as a sentence)."""
    try:
        return "result", work(*arguments, lambda text: pipe.send(("message", text)))
    except (InputError, RunError) as error:
        return "error", error
    except OSError as error:
        parts = [error.strerror or error, error.filename]
        return "error", RunError(": ".join(str(part) for part in parts if part))
    except Exception as error:
        last = traceback.extract_tb(error.__traceback__)[-1]
        where = f"{Path(last.filename).name}, line {last.lineno}"
        return "error", RunError(f"{type(error).__name__}: {error} ({where})")
