"""Waiting for what must come, and looking at processes: no test sleeps and hopes."""

import os
import time

import psutil

SOON = (
    120.0  # seconds in which what must come has come, on a machine that is busy with other things
)


def until(holds, what, soon=SOON):
    """Wait until holds() is true, and give what it gave; fail with `what` where it never is."""
    end = time.monotonic() + soon
    while time.monotonic() < end:
        found = holds()
        if found:
            return found
        time.sleep(0.01)
    raise AssertionError(f"not within {soon:g} s: {what}")


def is_alive(pid):
    """True for a process that runs; one that has ended and that nobody has asked about does not."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def marked(name, value):
    """Every process that runs with this environment variable of this value: what a run has started, and what that has."""
    return [
        process.pid
        for process in psutil.process_iter()
        if process.pid != os.getpid() and _has(process, name, value)
    ]


def _has(process, name, value):
    try:
        return process.status() != psutil.STATUS_ZOMBIE and process.environ().get(name) == value
    except (psutil.NoSuchProcess, psutil.AccessDenied, OSError):
        return False
