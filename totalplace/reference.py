"""Typed readers of data/raw/reference, where every official figure and every judgement is a row of a table.

codebook.csv says for each table its columns, keys and kinds; a table is read as text, checked against it, and typed on
purpose. A table that does not hold stops the run with its file and rows: a blank or repeated key, a code that is not
COFOG, an amount that is not whole pence, shares that do not add to one.

Here too is the one cache: what was worked out from these tables is kept until one of them changes on disk.
"""

import dataclasses
import functools
import inspect
import os
import shutil
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import pandas as pd

from totalplace import cofog
from totalplace.apportion import NEARLY_ONE
from totalplace.errors import InputError, first_few, refuse
from totalplace.text_files import FIRST_ROW, read_strict_csv, write_whole

CODEBOOK = "codebook"
KEPT = 32  # answers that one cached function keeps
TYPES = {"pence": "int64", "integer": "int64", "number": "float64", "share": "float64"}
WHOLE, DECIMAL = r"-?\d+", r"-?\d+(\.\d+)?(e-?\d+)?"
LIKE = {
    "pence": WHOLE,
    "integer": WHOLE,
    "number": DECIMAL,
    "share": DECIMAL,
    "cofog": cofog.CODE,
    "prefix": cofog.CODE,
    "year": r"\d{4}-\d{2}",
}
SHARED = {  # tables whose shares add to one, by these keys
    "predecessors": ["old_code"],
    "national_spend": ["year", "source_row"],
    "functions": ["sector", "service", "economic"],
}


def home() -> Path:
    """The folder that holds data/, notebooks/ and reports/: TOTALPLACE_HOME, or where the package was installed from."""
    return _home(os.environ.get("TOTALPLACE_HOME"))


def folder() -> Path:
    """Where the reference tables are."""
    return _folder(home())


@functools.cache
def _home(named):
    return Path(named or Path(__file__).resolve().parent.parent)


@functools.cache
def _folder(house):
    return house / "data" / "raw" / "reference"


def cached_until_data_changes(*tables: str | Callable) -> Callable:
    """Keep what a function of the data answers for the same arguments, until a file of the data changes.

    `@cached_until_data_changes` looks at every file of data/raw, returns too, on each call (about 0.3 ms);
    `@cached_until_data_changes("return_words")` at the named reference tables alone (about 5 µs each), for functions
    that are called for every cell. An answer to arguments that cannot be hashed (tables handed in) is not kept. A
    DataFrame that is given back is a copy, which shares its data until somebody writes on it; lists and dicts are
    lent: do not write on them.
    """
    if len(tables) == 1 and callable(tables[0]):
        return _cached(tables[0], _state_of_all)
    return lambda work: _cached(work, functools.partial(_state_of, tables))


def _cached(work, state):
    signature = inspect.signature(work)
    defaults = tuple(parameter.default for parameter in signature.parameters.values())
    kept = functools.lru_cache(maxsize=KEPT)(lambda _state, given: work(*given))

    @functools.wraps(work)
    def _remembering(*given, **named):
        if named or inspect.Parameter.empty in defaults[len(given) :]:
            given = signature.bind(*given, **named)
            given.apply_defaults()
            given = given.args
        try:
            hash(given)
        except TypeError:
            return work(*given)
        return _lent(kept(state(), given + defaults[len(given) :]))

    return _remembering


def _state_of_all():
    """The files of data/raw as they are now: a change of any of them is a change of this."""
    raw = folder().parent
    returned = raw / "returns"
    folders = [folder(), returned]
    if returned.is_dir():
        folders += [Path(entry.path) for entry in os.scandir(returned) if entry.is_dir()]
    return tuple(sorted(stamp for place in folders for stamp in _stamps(place)))


def _stamps(place):
    if place.is_dir():
        for entry in os.scandir(place):
            yield entry.path, _stamp(entry.path)


def _state_of(tables):
    place = folder()
    return str(place), *(_stamp(f"{place}/{name}.csv") for name in tables)


def _stamp(path):
    """What changes when a file does, even within one tick of the clock or where its time is set back; None for no file."""
    try:
        found = os.stat(path)
    except FileNotFoundError:
        return None
    return found.st_mtime_ns, found.st_ctime_ns, found.st_size, found.st_ino


def _lent(value):
    if isinstance(value, pd.DataFrame):
        return value.copy(deep=False)
    if isinstance(value, tuple):
        return tuple(_lent(part) for part in value)
    if dataclasses.is_dataclass(value):
        held = {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
        frames = {name: one for name, one in held.items() if isinstance(one, pd.DataFrame)}
        return dataclasses.replace(value, **{name: _lent(one) for name, one in frames.items()})
    return value


def read(name: str, year: str | None = None) -> pd.DataFrame:
    """A reference table, typed as codebook.csv says; with `year`, the rows of that year.

    Raises InputError for an unknown table or year, and for every row that breaks the codebook, with file and row.
    """
    table = read_file(folder() / f"{name}.csv", name)
    if year is None:
        return table
    kept = table[table["year"] == year]
    if kept.empty:
        years = first_few(sorted(table["year"].unique()), 20)
        raise InputError(f"{name}: no year {year!r}. It has {years}.")
    return kept.reset_index(drop=True)


def newest_year() -> str:
    """The newest year that there are national figures of: "2008-09"."""
    return read("national_spend")["year"].max()


def read_file(path: Path, name: str) -> pd.DataFrame:
    """A file as the reference table `name`: checked against the codebook, typed. Raises InputError."""
    stamps = _stamp(path), _stamp(f"{folder()}/{CODEBOOK}.csv")
    if stamps[0] is None:
        known = first_few(sorted(codebook()["table"].unique()), 40)
        raise InputError(f"{path} is not there. The reference tables are {known}.")
    return _read_typed(Path(path), name, stamps).copy(deep=False)


@functools.lru_cache(maxsize=128)
def _read_typed(path, name, _stamps):
    return typed(read_strict_csv(path), name)


def typed(table: pd.DataFrame, name: str) -> pd.DataFrame:
    """A table of text as the reference table `name`, typed, once it holds what the codebook says. Raises InputError."""
    described = columns(name)
    wanted = described["column"].tolist()
    if list(table) != wanted:
        raise InputError(
            f"{name}.csv: its columns are {first_few(table, 40)}; they must be {first_few(wanted, 40)}."
        )
    refuse(f"{name}.csv: {fault}" for fault in _cell_faults(table, described))
    kinds = described.set_index("column")["kind"]
    table = table.astype({column: TYPES[kind] for column, kind in kinds.items() if kind in TYPES})
    refuse(f"{name}.csv: {fault}" for fault in _table_faults(table, described, name))
    return table


def columns(name: str) -> pd.DataFrame:
    """The codebook's rows for one table. Raises InputError for a table that it does not have."""
    book = codebook()
    rows = book[book["table"] == name]
    if rows.empty:
        known = first_few(book["table"].unique(), 40)
        raise InputError(f"no table called {name!r} in {CODEBOOK}.csv. It has {known}.")
    return rows


@cached_until_data_changes(CODEBOOK)
def codebook() -> pd.DataFrame:
    """What every table holds: table, column, key, kind, blank, meaning."""
    return read_strict_csv(folder() / f"{CODEBOOK}.csv")


def sources(names: Iterable[str] | None = None) -> pd.DataFrame:
    """The table of sources; with `names`, those only. Raises InputError for a name that it does not have."""
    table = read("sources")
    if names is None:
        return table
    unknown = sorted(set(names) - set(table["source"]))
    if unknown:
        raise InputError(
            f"sources.csv has no source called {first_few(unknown)}. "
            "Add its row: title, publisher, date, licence."
        )
    return table[table["source"].isin(names)].reset_index(drop=True)


def returning_bodies() -> pd.DataFrame:
    """The rows of bodies.csv that can send a return: all but the one for what is withheld, which replaces nothing."""
    bodies = read("bodies")
    return bodies[bodies["supersedes"] != ""].reset_index(drop=True)


def words(column: str) -> dict[str, str]:
    """What stands in a column of a ledger beside the codes of its table, and its name: {"99": "Not classified", ...}."""
    table = read("ledger_words")
    table = table[table["column"] == column]
    return dict(zip(table["value"], table["name"], strict=True))


def write(table: pd.DataFrame, name: str, into: Path | None = None) -> Path:
    """Write a reference table in its one form: codebook's columns, sorted by key, UTF-8, line feeds. Returns its path."""
    described = columns(name)
    keys = described["column"][described["key"] == "yes"].tolist()
    tidy = table[described["column"].tolist()].sort_values(keys, kind="stable", key=_in_order)
    path = Path(into or folder()) / f"{name}.csv"
    write_whole(path, tidy.to_csv(index=False, lineterminator="\n"))
    read_file(path, name)
    return path


def hand_over(names: Iterable[str], into: Path) -> None:
    """Check tables that are made by hand, by reading them, and copy them as they are to another folder."""
    for name in names:
        read(name)
        if Path(into) != folder():
            shutil.copyfile(folder() / f"{name}.csv", Path(into) / f"{name}.csv")


def _in_order(column):
    """Numbers written as text sort as numbers, so that row 1000 comes after row 999."""
    numbers = pd.to_numeric(column, errors="coerce")
    return column if numbers.isna().any() else numbers


def _cell_faults(table, described) -> Iterator[str]:
    for column in described.itertuples():
        cells = table[column.column]
        values = cells.drop_duplicates()
        if column.blank != "yes":
            blank = cells.isin(values[values.str.strip() == ""])
            yield from _fault(blank, f"{column.column} is blank", table)
        if column.kind in LIKE:
            unlike = values[(values != "") & ~values.str.fullmatch(LIKE[column.kind])]
            yield from _fault(cells.isin(unlike), f"{column.column} is not a {column.kind}", table)


def _table_faults(table, described, name) -> Iterator[str]:
    keys = described["column"][described["key"] == "yes"].tolist()
    twice = table.duplicated(keys, keep=False)
    yield from _fault(twice, f"the same {', '.join(keys)} twice", table)
    if name in SHARED:
        share = next(column for column in table if column.endswith("share"))
        off = (table.groupby(SHARED[name])[share].transform("sum") - 1).abs() > NEARLY_ONE
        message = f"{share} does not add to one for its {', '.join(SHARED[name])}"
        yield from _fault(off, message, table)


def _fault(wrong, message, table) -> Iterator[str]:
    rows: Any = table.index[wrong] + FIRST_ROW
    if len(rows):
        yield f"row{'s' if len(rows) > 1 else ''} {first_few(rows)}: {message}."
