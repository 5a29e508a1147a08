"""Folders for the time of a block, and the removal of those whose process was killed before it could."""

import os
import re
import shutil
import tempfile
from pathlib import Path

import psutil

NAMED = re.compile(r"totalplace-[a-z]+-(\d+)-")
CLOCK = 60  # seconds by which the time of a process and that of a folder may differ


def folder(purpose):
    """A folder in the system's own for such, named for its purpose and this process; it goes at the end of a `with` block."""
    return tempfile.TemporaryDirectory(prefix=f"totalplace-{purpose}-{os.getpid()}-")


def sweep():
    """Remove the folders whose process is no more."""
    for path in Path(tempfile.gettempdir()).glob("totalplace-*"):
        named = NAMED.match(path.name)
        if named and not _is_owned(path, int(named[1])):
            shutil.rmtree(path, ignore_errors=True)


def _is_owned(path, number):
    """True while the process of this number lives that made the folder; a later one of the same number is another."""
    try:
        owner = psutil.Process(number)
        return is_alive(owner) and owner.create_time() < path.stat().st_mtime + CLOCK
    except (psutil.NoSuchProcess, FileNotFoundError):
        return False


def is_alive(process):
    """True for a psutil.Process that runs; one that has ended and that nobody has asked about does not."""
    try:
        return process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
