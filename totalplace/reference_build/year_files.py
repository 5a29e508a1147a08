"""Tables with a file a year: a folder under data/raw/reference, with a codebook of its own.

A table of many rows is kept so that a run reads the years that it needs and no others. The folder's
codebook.csv says what a file holds: column, key, kind, blank, meaning, as codebook.csv does of the
other tables; a file's year is its name.
"""

import functools
import os
from collections.abc import Iterator
from pathlib import Path

from pandas import DataFrame

from totalplace import reference
from totalplace.errors import InputError, first_few, refuse
from totalplace.text_files import FIRST_ROW, read_strict_csv, write_whole


def read(name: str, year: str, folder: Path | None = None) -> DataFrame:
    """One year of a table, checked and typed as its codebook says.

    Raises InputError for a year that is not there, naming those that are, and for rows that break
    the codebook.
    """
    path = Path(folder or reference.folder()) / name / f"{year}.csv"
    if not path.is_file():
        raise InputError(f"{name}: no year {year!r}. There are {first_few(years(name), 30)}.")
    return _read_typed(path, name, os.stat(path).st_mtime_ns).copy(deep=False)


@functools.lru_cache(maxsize=64)
def _read_typed(path: Path, name: str, _changed: int) -> DataFrame:
    table = read_strict_csv(path)
    refuse(f"{name}/{path.name}: {fault}" for fault in _faults(table, columns(name)))
    kinds = columns(name).set_index("column")["kind"]
    return table.astype({c: reference.TYPES[k] for c, k in kinds.items() if k in reference.TYPES})


def years(name: str, folder: Path | None = None) -> list[str]:
    """The years that a table has, in order."""
    found = (Path(folder or reference.folder()) / name).glob("20*.csv")
    return sorted(path.stem for path in found)


@functools.cache
def columns(name: str) -> DataFrame:
    """What a year's file of a table holds: column, key, kind, blank, meaning."""
    return read_strict_csv(reference.folder() / name / "codebook.csv")


def write(table: DataFrame, name: str, year: str, into: Path) -> DataFrame:
    """Write one year of a table: the codebook's columns, by key. Returns it as it is read."""
    described = columns(name)
    keys = described["column"][described["key"] == "yes"].tolist()
    tidy = table[described["column"].tolist()].sort_values(keys, kind="stable")
    write_whole(into / name / f"{year}.csv", tidy.to_csv(index=False, lineterminator="\n"))
    return read(name, year, into)


def _faults(table: DataFrame, described: DataFrame) -> Iterator[str]:
    """Every way in which a file is not what its codebook says, with the file's rows."""
    if list(table) != described["column"].tolist():
        yield f"its columns are {first_few(table, 20)}, not {first_few(described['column'], 20)}."
        return
    keys = described["column"][described["key"] == "yes"].tolist()
    wrong = {f"the same {', '.join(keys)} twice": table.duplicated(keys, keep=False)}
    for column in described.itertuples():
        cells = table[column.column]
        if column.blank != "yes":
            wrong[f"{column.column} is blank"] = cells == ""
        if column.kind in reference.LIKE:
            like = cells.str.fullmatch(reference.LIKE[column.kind])
            wrong[f"{column.column} is not a {column.kind}"] = ~like & (cells != "")
    for message, rows in wrong.items():
        if rows.any():
            yield f"rows {first_few(table.index[rows] + FIRST_ROW)}: {message}."
