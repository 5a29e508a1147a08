"""Folders that are moved into their place whole, under a lock: old and whole, or new and whole, whatever happens between."""

import contextlib
import ctypes
import os
import shutil
import sys
from pathlib import Path

from filelock import FileLock, Timeout

WAITING = "another run is building it; waiting for its end"
KINDS = ("part", "old")
_EXCHANGE, _HERE = 2, -100  # RENAME_EXCHANGE and AT_FDCWD of Linux


@contextlib.contextmanager
def held(place, say):
    """Hold the lock of a folder for the time of a block; where another run has it, `say` so and wait.

    The lock is the operating system's: it goes with the process that holds it, so no stale one can stand in the way.
    """
    place.parent.mkdir(parents=True, exist_ok=True)
    lock = FileLock(beside(place, "lock"))
    try:
        lock.acquire(timeout=0)
    except Timeout:
        say(WAITING)
        lock.acquire()
    try:
        yield
    finally:
        if (
            os.name == "posix"
        ):  # a lock without a name is nobody's; who waits for it makes a new one
            Path(lock.lock_file).unlink(missing_ok=True)
        lock.release()


def beside(place, kind):
    """The path beside a folder for what is not yet, or no longer, in its place: .croydon.part beside croydon."""
    return place.with_name(f".{place.name}.{kind}")


def tidy(place):
    """Remove what a killed run left beside a folder, and put back what it had moved aside. For the holder of the lock."""
    aside = beside(place, "old")
    if aside.exists() and not place.exists():
        aside.rename(place)
    for kind in KINDS:
        shutil.rmtree(beside(place, kind), ignore_errors=True)


def move(new, place):
    """Move a folder into its place, and what was there out of it, in one step where the system has one; returns the place."""
    place.parent.mkdir(parents=True, exist_ok=True)
    if not place.exists():
        new.rename(place)
    elif not _exchanged(new, place):
        aside = beside(place, "old")
        place.rename(aside)
        new.rename(place)
        shutil.rmtree(aside)
    return place


def _exchanged(new, place):
    """Exchange two folders at once; False where the system or its disk cannot."""
    if sys.platform != "linux":
        return False
    library = ctypes.CDLL(None, use_errno=True)
    if not hasattr(library, "renameat2"):
        return False
    return library.renameat2(_HERE, os.fsencode(new), _HERE, os.fsencode(place), _EXCHANGE) == 0
