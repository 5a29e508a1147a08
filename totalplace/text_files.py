"""Text files: CSV read strictly, and files that are written whole or not at all."""

import csv
import os
from pathlib import Path

import pandas as pd

from totalplace.errors import InputError, first_few

FIRST_ROW = 2  # row of a file, counted as a spreadsheet does: the heading is row 1


def write_whole(path: Path, content: str | bytes) -> Path:
    """Write a file beside its place and move it there, so that nobody ever sees half of it; returns its path.

    Text is written as UTF-8 with the line feeds it has. The folder is made where it is not there.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        beside.write_bytes(content.encode() if isinstance(content, str) else content)
        os.replace(beside, path)
    finally:
        beside.unlink(missing_ok=True)
    return path


def read_strict_csv(path: Path, encoding: str = "utf-8") -> pd.DataFrame:
    """Every cell of a CSV file as text: '09.1' stays '09.1', 'NA' stays 'NA', a blank is ''.

    Raises
    ------
    InputError
        For a file that is not UTF-8 or not CSV, and for rows longer or shorter than the heading.
    """
    try:
        with open(path, encoding=encoding, newline="") as file:
            heading, *rows = list(csv.reader(file, strict=True)) or [[]]
    except (UnicodeDecodeError, csv.Error) as error:
        raise InputError(
            f"{path.name}: not a UTF-8 CSV file ({error}). Save it again as CSV UTF-8."
        ) from error
    width = len(heading)
    ragged = [number for number, row in enumerate(rows, FIRST_ROW) if len(row) != width]
    if ragged:
        raise InputError(
            f"{path.name}: rows {first_few(ragged)} do not have the {width} cells of the heading."
        )
    return pd.DataFrame(rows, columns=heading, dtype="str")
