"""Folders that appear whole or not at all, and scratch folders that go with their process.

A folder is filled beside its place and then exchanged with what was there, under a lock. Whatever
ends a run, what is in the place is the old folder, whole, or the new one, whole; the next run
removes what a killed one left beside it.
"""

import contextlib
import ctypes
import os
import re
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
from filelock import FileLock, Timeout

WAITING = "another run is building it; waiting for it to end"
NEW, OLD = "part", "old"  # not yet in its place, and no longer
_EXCHANGE, _HERE = 2, -100  # RENAME_EXCHANGE and AT_FDCWD of Linux
_SCRATCH = re.compile(r"totalplace-[a-z]+-(\d+)-")
_CLOCK = 60  # seconds by which the time of a process and that of a folder may differ


@contextlib.contextmanager
def lock_folder(place: Path, say: Callable[[str], None]) -> Iterator[None]:
    """Hold the lock of a folder for a block; where another run has it, say so and wait.

    The lock is the operating system's: it ends with the process that holds it, so none is left
    behind.
    """
    place.parent.mkdir(parents=True, exist_ok=True)
    lock = FileLock(sibling(place, "lock"))
    try:
        lock.acquire(timeout=0)
    except Timeout:
        say(WAITING)
        lock.acquire()
    try:
        yield
    finally:
        if os.name == "posix":  # a lock whose file is gone is free; the next run makes a new one
            Path(lock.lock_file).unlink(missing_ok=True)
        lock.release()


def sibling(place: Path, kind: str) -> Path:
    """The hidden path beside a folder: .croydon.part beside croydon."""
    return place.with_name(f".{place.name}.{kind}")


def has_leftovers(place: Path) -> bool:
    """True where a killed run has left something beside a folder."""
    return any(sibling(place, kind).exists() for kind in (NEW, OLD))


def clean_up(place: Path) -> None:
    """Remove what a killed run left beside a folder, and put back what it had moved aside.

    To be called by the holder of the lock.
    """
    aside = sibling(place, OLD)
    if aside.exists() and not place.exists():
        aside.rename(place)
    for kind in (NEW, OLD):
        shutil.rmtree(sibling(place, kind), ignore_errors=True)


def move_into_place(new: Path, place: Path) -> Path:
    """Move a folder into its place, in one step where the system has one; returns the place.

    What was there is moved out: to the path of the new one, or removed.
    """
    place.parent.mkdir(parents=True, exist_ok=True)
    if not place.exists():
        new.rename(place)
    elif not _exchange(new, place):
        aside = sibling(place, OLD)
        place.rename(aside)
        new.rename(place)
        shutil.rmtree(aside)
    return place


def _exchange(new, place):
    """Exchange two folders in one step; False where the system or its disk cannot."""
    if sys.platform != "linux":
        return False
    library = ctypes.CDLL(None, use_errno=True)
    if not hasattr(library, "renameat2"):
        return False
    return library.renameat2(_HERE, os.fsencode(new), _HERE, os.fsencode(place), _EXCHANGE) == 0


def scratch_folder(purpose: str) -> tempfile.TemporaryDirectory:
    """A temporary folder named for its purpose and this process, removed at the end of a `with`."""
    return tempfile.TemporaryDirectory(prefix=f"totalplace-{purpose}-{os.getpid()}-")


def remove_abandoned() -> None:
    """Remove the scratch folders whose process is gone."""
    for path in Path(tempfile.gettempdir()).glob("totalplace-*"):
        owner = owner_of(path)
        if owner is not None and not _is_owned(path, owner):
            shutil.rmtree(path, ignore_errors=True)


def owner_of(path: Path) -> int | None:
    """The number of the process that made a scratch folder; None for another folder."""
    named = _SCRATCH.match(path.name)
    return int(named[1]) if named else None


def _is_owned(path, number):
    """True while the process that made the folder lives; a later one of its number is another."""
    try:
        owner = psutil.Process(number)
        return is_alive(owner) and owner.create_time() < path.stat().st_mtime + _CLOCK
    except (psutil.NoSuchProcess, FileNotFoundError):
        return False


def is_alive(process: psutil.Process) -> bool:
    """True for a process that runs; false for one that has ended and was not waited for."""
    try:
        return process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
