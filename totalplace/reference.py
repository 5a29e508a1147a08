"""Typed readers of data/raw/reference, where every official figure and every judgement is a row of a table.

codebook.csv says for each table its columns, keys and kinds; a table is read as text, checked against it, and typed on
purpose. A table that does not hold stops the run with its file and rows: a blank or repeated key, a code that is not
COFOG, an amount that is not whole pence, shares that do not add to one.
"""

import csv
import dataclasses
import functools
import inspect
import os
import shutil
from pathlib import Path

import pandas as pd

from totalplace import cofog
from totalplace.apportion import NEARLY_ONE
from totalplace.errors import InputError, first_few, refuse

CODEBOOK = "codebook"
FIRST_ROW = 2  # row of a file, counted as a spreadsheet does: the heading is row 1
TYPES = {"pence": "int64", "integer": "int64", "number": "float64", "share": "float64"}
WHOLE, DECIMAL = r"-?\d+", r"-?\d+(\.\d+)?(e-?\d+)?"
LIKE = {"pence": WHOLE, "integer": WHOLE, "number": DECIMAL, "share": DECIMAL, "cofog": cofog.CODE, "prefix": cofog.CODE,
        "year": r"\d{4}-\d{2}"}  # fmt: skip
SHARED = {"predecessors": ["old_code"], "national_spend": ["year", "line"],
          "functions": ["sector", "service", "economic"]}  # tables whose shares add to one, by these keys  # fmt: skip


def home():
    """The folder that holds data/, notebooks/ and reports/: TOTALPLACE_HOME, or where the package was installed from."""
    return _home(os.environ.get("TOTALPLACE_HOME"))


def folder():
    """Where the reference tables are."""
    return _folder(home())


@functools.cache
def _home(named):
    return Path(named or Path(__file__).resolve().parent.parent)


@functools.cache
def _folder(house):
    return house / "data" / "raw" / "reference"


def read(name, year=None):
    """A reference table, typed as codebook.csv says; with `year`, the rows of that year.

    Raises InputError for an unknown table or year, and for every row that breaks the codebook, with file and row.
    """
    table = read_file(folder() / f"{name}.csv", name)
    if year is None:
        return table
    kept = table[table["year"] == year]
    if kept.empty:
        raise InputError(
            f"{name}: no year {year!r}. It has {first_few(sorted(table['year'].unique()), 20)}."
        )
    return kept.reset_index(drop=True)


def read_file(path, name):
    """A file as the reference table `name`: checked against the codebook, typed. Raises InputError."""
    if not Path(path).is_file():
        known = sorted(codebook()["table"].unique())
        raise InputError(f"{path} is not there. The reference tables are {first_few(known, 40)}.")
    return _typed(Path(path), name, Path(path).stat().st_mtime_ns).copy(deep=False)


def columns(name):
    """The codebook's rows for one table. Raises InputError for a table that it does not have."""
    rows = codebook()[codebook()["table"] == name]
    if rows.empty:
        raise InputError(
            f"no table called {name!r} in {CODEBOOK}.csv. It has {first_few(codebook()['table'].unique(), 40)}."
        )
    return rows


def codebook():
    """What every table holds: table, column, key, kind, blank, meaning."""
    path = folder() / f"{CODEBOOK}.csv"
    return _text(path, path.stat().st_mtime_ns)


def cached_until_data_changes(work):
    """Work something out once for the same arguments, until a file of data/raw changes: for functions of those files alone.

    What is given back is lent: frames are copies that share their data until somebody writes on them.
    """
    parameters = inspect.signature(work)
    kept = functools.lru_cache(maxsize=8)(lambda _state, given: work(*given))

    @functools.wraps(work)
    def _remembering(*given, **named):
        asked = parameters.bind(*given, **named)
        asked.apply_defaults()
        return _lent(kept(_state(), asked.args))

    return _remembering


def _state():
    """The files of data/raw as they are now: a change of any of them is a change of this."""
    found = [
        entry
        for part in ("reference", "returns", "returns/*")
        for entry in sorted(folder().parent.glob(f"{part}/*"))
    ]
    return tuple((str(path), path.stat().st_mtime_ns, path.stat().st_size) for path in found)


def _lent(value):
    if isinstance(value, pd.DataFrame):
        return value.copy(deep=False)
    if isinstance(value, tuple):
        return tuple(_lent(part) for part in value)
    if dataclasses.is_dataclass(value):
        held = {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
        return dataclasses.replace(
            value,
            **{name: _lent(part) for name, part in held.items() if isinstance(part, pd.DataFrame)},
        )
    return value


def sources(names=None):
    """The table of sources; with `names`, those only, and a InputError for a name that it does not have."""
    table = read("sources")
    if names is None:
        return table
    unknown = sorted(set(names) - set(table["source"]))
    if unknown:
        raise InputError(
            f"sources.csv has no source called {first_few(unknown)}. Add its row: title, publisher, date, licence."
        )
    return table[table["source"].isin(names)].reset_index(drop=True)


def write(table, name, into=None):
    """Write a reference table in its one form: codebook's columns, sorted by key, UTF-8, line feeds. Returns its path."""
    described = columns(name)
    keys = described["column"][described["key"] == "yes"].tolist()
    tidy = table[described["column"].tolist()].sort_values(keys, kind="stable", key=_in_order)
    path = Path(into or folder()) / f"{name}.csv"
    path.parent.mkdir(parents=True, exist_ok=True)
    tidy.to_csv(path, index=False, lineterminator="\n", encoding="utf-8")
    read_file(path, name)
    return path


def hand_over(names, into):
    """Check tables that are made by hand, by reading them, and copy them as they are to another folder."""
    for name in names:
        read(name)
        if Path(into) != folder():
            shutil.copyfile(folder() / f"{name}.csv", Path(into) / f"{name}.csv")


def _in_order(column):
    """Numbers written as text sort as numbers, so that line 1000 comes after line 999."""
    numbers = pd.to_numeric(column, errors="coerce")
    return column if numbers.isna().any() else numbers


@functools.cache
def _text(path, _changed):
    """All cells of a CSV file as text. Refuses a file with rows longer or shorter than its heading."""
    try:
        with open(path, encoding="utf-8", newline="") as file:
            heading, *rows = list(csv.reader(file, strict=True))
    except (UnicodeDecodeError, csv.Error) as error:
        raise InputError(
            f"{path.name}: not a UTF-8 CSV file ({error}). Save it again as CSV UTF-8."
        ) from error
    ragged = [
        number for number, row in enumerate(rows, start=FIRST_ROW) if len(row) != len(heading)
    ]
    if ragged:
        raise InputError(
            f"{path.name}: rows {first_few(ragged)} do not have the {len(heading)} cells of the heading."
        )
    return pd.DataFrame(rows, columns=heading, dtype="str")


@functools.cache
def _typed(path, name, changed):
    table = _text(path, changed)
    described = columns(name)
    wanted = described["column"].tolist()
    if list(table) != wanted:
        raise InputError(
            f"{path.name}: its columns are {first_few(table, 40)}; they must be {first_few(wanted, 40)}."
        )
    refuse(f"{path.name}: {fault}" for fault in _cell_faults(table, described))
    kinds = described.set_index("column")["kind"]
    table = table.astype({column: TYPES[kind] for column, kind in kinds.items() if kind in TYPES})
    refuse(f"{path.name}: {fault}" for fault in _table_faults(table, described, name))
    return table


def _cell_faults(table, described):
    for column in described.itertuples():
        cells = table[column.column]
        values = cells.drop_duplicates()
        if column.blank != "yes":
            yield from _fault(
                cells.isin(values[values.str.strip() == ""]), f"{column.column} is blank", table
            )
        if column.kind in LIKE:
            unlike = values[(values != "") & ~values.str.fullmatch(LIKE[column.kind])]
            yield from _fault(cells.isin(unlike), f"{column.column} is not a {column.kind}", table)


def _table_faults(table, described, name):
    keys = described["column"][described["key"] == "yes"].tolist()
    yield from _fault(
        table.duplicated(keys, keep=False), f"the same {', '.join(keys)} twice", table
    )
    if name in SHARED:
        share = (
            "share"
            if "share" in table
            else next(column for column in table if column.endswith("_share"))
        )
        total = table.groupby(SHARED[name])[share].transform("sum")
        yield from _fault(
            (total - 1).abs() > NEARLY_ONE,
            f"{share} does not add to one for its {', '.join(SHARED[name])}",
            table,
        )


def _fault(wrong, message, table):
    if wrong.any():
        rows = table.index[wrong] + FIRST_ROW
        yield (
            f"row {first_few(rows)}: {message}."
            if len(rows) == 1
            else f"rows {first_few(rows)}: {message}."
        )
