"""Text files: CSV read strictly, and files that are written whole or not at all."""

import csv
import os
from pathlib import Path

from pandas import DataFrame

from totalplace.errors import InputError, first_few

FIRST_ROW = 2  # row of a file, counted as a spreadsheet does: the heading is row 1


def write_whole(path: Path, content: str | bytes) -> Path:
    """Write a file beside its place and move it there, so that nobody sees half of it.

    Text is written as UTF-8 with the line feeds it has. The folder is made where it is not there.
    Returns the path.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        beside.write_bytes(content.encode() if isinstance(content, str) else content)
        os.replace(beside, path)
    finally:
        beside.unlink(missing_ok=True)
    return path


def stamp(path: Path | str) -> tuple[int, ...] | None:
    """What changes when a file does, within one tick of the clock too; None for no file."""
    try:
        found = os.stat(path)
    except FileNotFoundError:
        return None
    return found.st_mtime_ns, found.st_ctime_ns, found.st_size, found.st_ino


def read_strict_csv(path: Path, encoding: str = "utf-8-sig") -> DataFrame:
    """Every cell of a CSV file as text: '09.1' stays '09.1', 'NA' stays 'NA', a blank is ''.

    A byte order mark, which spreadsheets write, is no part of the text.
    Raises InputError for a file that is not UTF-8 or not CSV, and for rows longer or shorter than
    the heading.
    """
    try:
        with open(path, encoding=encoding, newline="") as file:
            heading, *rows = list(csv.reader(file, strict=True)) or [[]]
    except (UnicodeDecodeError, csv.Error) as error:
        remedy = "Save it again as CSV UTF-8."
        raise InputError(f"{path.name}: not a UTF-8 CSV file ({error}). {remedy}") from error
    wrong = [number for number, row in enumerate(rows, FIRST_ROW) if len(row) != len(heading)]
    if wrong:
        fault = f"do not have the {len(heading)} cells of the heading"
        raise InputError(f"{path.name}: rows {first_few(wrong)} {fault}.")
    return DataFrame(rows, columns=heading, dtype="str")
