"""Work in processes of its own, a few at a time: each with its own end, and none able to spoil another or the one that asked.

A forked child has all that its parent has read and imported; where fork is not to be had, a new process is spawned.
"""

import contextlib
import multiprocessing
import signal
import time
import traceback
from dataclasses import dataclass, field
from multiprocessing.connection import wait
from pathlib import Path

import psutil

from totalplace.errors import InputError, RunError
from totalplace.run import warm_kernel

LONG = 7 * 24 * 3600  # seconds, for what has no limit of its own
LOOK = 1.0  # seconds between looks at a process that may be gone while one that it started holds its pipe
ENDING = 5.0  # seconds for a process to end after its result
STOPPED_BY = [
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)
]


@dataclass
class Task:
    """Work to be done apart: `work(*given, tell)`, where tell(text) says how far it has come. `timeout` in seconds."""

    name: str
    work: object
    given: tuple = ()
    timeout: float | None = None
    result: object = field(default=None, init=False)
    error: Exception | None = field(default=None, init=False)
    seconds: float = field(default=0.0, init=False)


def each(tasks, workers, cold=False, told=lambda task, text: None):
    """Do the tasks, at most so many at once, and give each as it ends, with its result or its error, and seconds.

    told(task, text): hears what a task says meanwhile. Leaving the loop early, or Ctrl-C, ends what still runs.
    """
    context = multiprocessing.get_context("spawn" if cold else "fork")
    waiting, running = list(reversed(tasks)), []
    try:
        while waiting or running:
            while waiting and len(running) < workers:
                with (
                    _uninterrupted()
                ):  # a process that nobody knows of would be waited for at the end
                    running.append(_Running(waiting.pop(), context))
            wait([one.pipe for one in running], min(LOOK, *(one.left() for one in running)))
            for one in [one for one in running if one.has_ended(told)]:
                running.remove(one)
                yield one.task
    finally:
        with _uninterrupted():
            for one in running:
                one.end()


@contextlib.contextmanager
def _uninterrupted():
    """Put Ctrl-C and requests to end off until a block is done, where the system can."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, STOPPED_BY)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


class _Running:
    """A task and the process that does it."""

    def __init__(self, task, context):
        self.task, self.last, self.over, self.began = task, "", False, time.monotonic()
        self.pipe, theirs = context.Pipe(duplex=False)
        self.process = context.Process(
            target=_do, args=(theirs, task.work, task.given), name=task.name
        )
        self.process.start()
        theirs.close()

    def left(self):
        """Seconds until the task has had its time."""
        return max(0.0, self.began + (self.task.timeout or LONG) - time.monotonic())

    def has_ended(self, told):
        """True once the task has a result or an error; its process is gone then."""
        gone = (
            self.process.exitcode is not None
        )  # looked at first: what it said before its end is still in the pipe
        while not self.over and self.pipe.poll():
            self._hear(told)
        if not self.over and gone:
            self._ended_early()
        if not self.over and not self.left():
            self._stop(RunError(f"not done after {self.task.timeout:g} s{self._at()}"))
        if self.over:
            self.end()
            self.task.seconds = time.monotonic() - self.began
        return self.over

    def _hear(self, told):
        """Take one message: what is told, the result, the error, or nothing more because the process has gone."""
        try:
            kind, content = self.pipe.recv()
        except EOFError:
            self.process.join()
            self._ended_early()
            return
        if kind == "told":
            self.last = content
            told(self.task, content)
        else:
            setattr(self.task, kind, content)
            self.over = True

    def _ended_early(self):
        self._stop(RunError(f"its process ended early ({_how(self.process.exitcode)}){self._at()}"))

    def _stop(self, error):
        self.task.error, self.over = error, True

    def _at(self):
        return f"; it was at {self.last}" if self.last else ""

    def end(self):
        """End the process with all that it started, if it does not end by itself."""
        if self.over and not self.task.error:
            self.process.join(ENDING)
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


def _how(code):
    return f"killed by {signal.Signals(-code).name}" if code and code < 0 else f"exit {code}"


def _do(pipe, work, given):
    """What the process does: the work, then its result or its error into the pipe; nothing that it started outlives it."""
    warm_kernel.die_with(multiprocessing.parent_process().pid)
    warm_kernel.adopt()
    for number in STOPPED_BY:  # Ctrl-C is for the one who asked, who ends the rest
        signal.signal(number, signal.SIG_IGN if number == signal.SIGINT else signal.SIG_DFL)
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_UNBLOCK, STOPPED_BY)
    try:
        said = _done(work, given, pipe)
    finally:
        warm_kernel.end_children(psutil.Process())
    pipe.send(said)


def _done(work, given, pipe):
    """The result of the work, or its error as a sentence."""
    try:
        return "result", work(*given, lambda text: pipe.send(("told", text)))
    except (InputError, RunError) as error:
        return "error", error
    except OSError as error:
        return "error", RunError(
            ": ".join(str(part) for part in (error.strerror or error, error.filename) if part)
        )
    except Exception as error:
        last = traceback.extract_tb(error.__traceback__)[-1]
        return "error", RunError(
            f"{type(error).__name__}: {error} ({Path(last.filename).name}, line {last.lineno})"
        )
