"""Readers of data/raw/reference: every official figure and every judgement is a row of a table.

codebook.csv says for each table its columns, keys and kinds; a table is read as text, checked
against it, and typed on purpose. A table that does not hold stops the run with its file and rows: a
blank or repeated key, a code that is not COFOG, an amount that is not whole pence, shares that do
not add to one. Here too is the one cache of what is worked out from these tables.
"""

import dataclasses
import difflib
import functools
import inspect
import os
import re
from collections.abc import Callable, Iterable
from pathlib import Path

from pandas import DataFrame, to_numeric

from totalplace import cofog
from totalplace.apportion import NEARLY_ONE
from totalplace.errors import InputError, first_few, refuse
from totalplace.text_files import FIRST_ROW, read_strict_csv, stamp

CODEBOOK = "codebook"
KEPT = 32  # answers that one cached function keeps
TYPES = {"pence": "int64", "integer": "int64"}
TYPES |= dict.fromkeys(("number", "share", "weight"), "float64")
WHOLE, DECIMAL = r"-?\d+", r"-?\d+(\.\d+)?(e-?\d+)?"
LIKE = {"pence": WHOLE, "integer": WHOLE, "number": DECIMAL, "weight": DECIMAL.lstrip("-?")}
LIKE |= {"share": r"0(\.\d+)?|1(\.0+)?|\d(\.\d+)?e-\d+"}
LIKE |= {"slug": r"[a-z0-9]+(-[a-z0-9]+)*"}  # what may name a folder
LIKE |= {"cofog": cofog.CODE, "prefix": cofog.CODE, "year": r"\d{4}-\d{2}"}
IN_WORDS = {"share": "share from 0 to 1", "weight": "weight of 0 or more"}
SHARED = {  # tables whose shares add to one, by these keys
    "predecessors": ["old_code"],
    "national_spend": ["year", "source_row"],
    "functions": ["sector", "service", "economic"],
    "themes": ["theme", "body", "sector", "cofog", "programme", "economic"],
}
IN_PART = "themes"  # of them, the one whose shares may add to less


def home() -> Path:
    """The folder with data/, notebooks/ and reports/: TOTALPLACE_HOME, or where the package is."""
    return folder().parents[2]


def folder() -> Path:
    """Where the reference tables are."""
    return _folder(os.environ.get("TOTALPLACE_HOME"))


@functools.cache
def _folder(named):
    house = Path(named or Path(__file__).parent.parent).resolve()
    if not house.is_dir():
        raise InputError(f"TOTALPLACE_HOME is {named}, which is no folder.")
    return house / "data/raw/reference"


def cached_until_data_changes(*tables: str | Callable) -> Callable:
    """Keep what a function answers for the same arguments, until a file of data/raw changes.

    `@cached_until_data_changes` looks at every file of data/raw, returns too, at each call (0.5
    ms); `@cached_until_data_changes("return_words")` at the named reference tables alone (10 µs),
    for what is called for each cell. An answer to arguments that cannot be hashed is not kept. A
    DataFrame that is given back is a copy that shares its data until somebody writes on it; lists
    and dicts are lent: do not write on them.
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
            bound = signature.bind(*given, **named)
            bound.apply_defaults()
            given = bound.args
        given += defaults[len(given) :]
        try:
            hash(given)
        except TypeError:
            return work(*given)
        return _lent(kept(state(), given))

    return _remembering


def _state_of_all():
    """The files of data/raw as they are now: a change of any of them is a change of this."""
    raw = folder().parent
    places = [folder(), raw / "returns", *raw.glob("returns/*/")]
    entries = [entry.path for place in places if place.is_dir() for entry in os.scandir(place)]
    return tuple((path, stamp(path)) for path in sorted(entries))


def _state_of(tables):
    place = str(folder())
    return place, *(stamp(f"{place}/{name}.csv") for name in tables)


def _lent(value):
    if isinstance(value, DataFrame):
        return value.copy(deep=False)
    if isinstance(value, tuple):
        return tuple(_lent(part) for part in value)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        frames = {name: one for name, one in vars(value).items() if isinstance(one, DataFrame)}
        return dataclasses.replace(value, **{name: _lent(one) for name, one in frames.items()})
    return value


def read(name: str, year: str | None = None) -> DataFrame:
    """A reference table, typed as codebook.csv says; with `year`, the rows of that year.

    Raises InputError for an unknown table or year, and with every row that breaks the codebook.
    """
    table = read_file(folder() / f"{name}.csv", name)
    if year is None:
        return table
    found = table[table["year"] == year].reset_index(drop=True)
    if found.empty:
        years = first_few(sorted(table["year"].unique()), 20)
        formed = re.fullmatch(LIKE["year"], str(year))
        fault = f"no figures of the year {year!r}" if formed else f"{year!r} is not a year"
        raise InputError(f"{fault}. Give one of {years}.")
    return found


def read_file(path: Path, name: str) -> DataFrame:
    """A file as the reference table `name`: checked against the codebook, typed."""
    stamps = stamp(path), stamp(f"{folder()}/{CODEBOOK}.csv")
    if stamps[0] is None:
        known = first_few(sorted(codebook()["table"].unique()), 40)
        raise InputError(f"{path} is not there. The reference tables are {known}.")
    return _read_typed(Path(path), name, stamps).copy(deep=False)


@functools.lru_cache(maxsize=128)
def _read_typed(path, name, _stamps):
    return typed(read_strict_csv(path), name)


def typed(table: DataFrame, name: str) -> DataFrame:
    """A table of text as the reference table `name`, typed, if it holds what the codebook says."""
    described = columns(name)
    wanted = described["column"].tolist()
    if list(table) != wanted:
        has, must = first_few(table, 40), first_few(wanted, 40)
        raise InputError(f"{name}.csv: its columns are {has}; they must be {must}.")
    refuse(f"{name}.csv: {fault}" for fault in _cell_faults(table, described))
    kinds = dict(zip(wanted, described["kind"], strict=True))
    table = table.astype({column: TYPES[kind] for column, kind in kinds.items() if kind in TYPES})
    refuse(f"{name}.csv: {fault}" for fault in _table_faults(table, described, name))
    return table


def _cell_faults(table, described):
    for column in described.itertuples():
        cells = table[column.column]
        values = cells.drop_duplicates()
        if column.blank != "yes":
            blank = values[values.str.strip() == ""]
            yield from _fault(cells.isin(blank), f"{column.column} is blank", table)
        if column.kind in LIKE:
            unlike = values[(values != "") & ~values.str.fullmatch(LIKE[column.kind])]
            kind = IN_WORDS.get(column.kind, column.kind)
            yield from _fault(cells.isin(unlike), f"{column.column} is not a {kind}", table)
        elif "|" in column.kind:  # one of these words
            words = column.kind.split("|")
            for value in values[(values != "") & ~values.isin(words)]:
                near = difflib.get_close_matches(value.lower(), words, n=1)
                could = f"did you mean {near[0]}" if near else f"it can be {', '.join(words)}"
                yield from _fault(cells == value, f"{column.column} is {value!r}; {could}", table)


def _table_faults(table, described, name):
    keys = described["column"][described["key"] == "yes"].tolist()
    twice = table.duplicated(keys, keep=False)
    yield from _fault(twice, f"the same {', '.join(keys)} twice", table)
    if "low" in table:
        central = table.columns[table.columns.get_loc("low") - 1]
        off = (table["low"] > table[central]) | (table[central] > table["high"])
        yield from _fault(off, f"{central} is not between low and high", table)
    if name in SHARED:
        share = next(column for column in table if column.endswith("share"))
        over = table.groupby(SHARED[name])[share].transform("sum") - 1
        how = "adds to more than" if name == IN_PART else "does not add to"
        off = (over if name == IN_PART else over.abs()) > NEARLY_ONE
        yield from _fault(off, f"{share} {how} one for its {', '.join(SHARED[name])}", table)


def _fault(wrong, message, table):
    rows = table.index[wrong] + FIRST_ROW
    if len(rows):
        yield f"row{'s' if len(rows) > 1 else ''} {first_few(rows)}: {message}."


def columns(name: str) -> DataFrame:
    """The codebook's rows for one table. Raises InputError for a table that it does not have."""
    book = codebook()
    found = book[book["table"] == name]
    if found.empty:
        known = first_few(book["table"].unique(), 40)
        raise InputError(f"no table called {name!r} in {CODEBOOK}.csv. It has {known}.")
    return found


@cached_until_data_changes(CODEBOOK)
def codebook() -> DataFrame:
    """What every table holds: table, column, key, kind, blank, meaning.

    Raises InputError, with every row, for other columns, an unknown kind, or a flag but yes.
    """
    path = folder() / f"{CODEBOOK}.csv"
    if not path.is_file():
        raise InputError(f"{path} is not there: it says what every reference table holds.")
    book, wanted = read_strict_csv(path), ["table", "column", "key", "kind", "blank", "meaning"]
    if list(book) != wanted:
        has, must = first_few(book, 20), first_few(wanted, 20)
        raise InputError(f"{CODEBOOK}.csv: its columns are {has}; they must be {must}.")
    refuse(f"{CODEBOOK}.csv: {fault}" for fault in _codebook_faults(book))
    return book


def _codebook_faults(book):
    for column in ("table", "column", "kind"):
        yield from _fault(book[column].str.strip() == "", f"{column} is blank", book)
    twice = book.duplicated(["table", "column"], keep=False)
    yield from _fault(twice, "the same table, column twice", book)
    unknown = ~book["kind"].isin([*LIKE, "text", ""]) & ~book["kind"].str.contains("|", regex=False)
    yield from _fault(unknown, f"no such kind; known: {first_few([*LIKE, 'text'], 20)}", book)
    for column in ("key", "blank"):
        yield from _fault(~book[column].isin(["", "yes"]), f"{column} is not yes or blank", book)


def newest_year() -> str:
    """The newest year that there are national figures of: "2008-09"."""
    return read("national_spend")["year"].max()


def sources(names: Iterable[str] | None = None) -> DataFrame:
    """The table of sources; with `names`, those only, or InputError for one it does not have."""
    table = read("sources")
    if names is None:
        return table
    if unknown := first_few(sorted(set(names) - set(table["source"]))):
        remedy = "Add its row: title, publisher, date, licence."
        raise InputError(f"sources.csv has no source called {unknown}. {remedy}")
    return table[table["source"].isin(names)].reset_index(drop=True)


def returning_bodies() -> DataFrame:
    """The bodies that can send a return: those that it would replace something of."""
    bodies = read("bodies")
    return bodies[bodies["supersedes"] != ""].reset_index(drop=True)


def names_of(table: str, key: str) -> dict[str, str]:
    """The names in a table: its key -> name; the first where a key is there twice."""
    return read(table).drop_duplicates(key).set_index(key)["name"].to_dict()


def words(column: str) -> dict[str, str]:
    """What a column of a ledger has beside its table's codes: {"99": "Not classified", ...}."""
    table = read("ledger_words")
    table = table[table["column"] == column]
    return dict(zip(table["value"], table["name"], strict=True))


def check_frame(table: DataFrame, columns: Iterable[str], what: str) -> DataFrame:
    """A table that was handed in; its rows are numbered anew where two have one label.

    columns: those that it must have. Raises InputError, naming `what`, for anything but a
    DataFrame with them, each once.
    """
    if not isinstance(table, DataFrame):
        raise InputError(f"{what}: a DataFrame is needed, not {type(table).__name__}.")
    if missing := first_few(column for column in columns if column not in table):
        raise InputError(f"{what}: no column {missing}. It has {first_few(table, 20)}.")
    if twice := first_few(table.columns[table.columns.duplicated()]):
        raise InputError(f"{what}: the column {twice} is there twice.")
    return table if table.index.is_unique else table.reset_index(drop=True)


def check_numbers(table: DataFrame, columns: Iterable[str], what: str) -> DataFrame:
    """A table that was handed in, with numbers in some columns; InputError where there are none."""
    numbers = {column: to_numeric(table[column], errors="coerce") for column in columns}
    for column, values in numbers.items():
        if values.isna().any():
            rows = first_few(values.index[values.isna()])
            raise InputError(f"{what}: {column} is not a number in rows {rows}.")
    return table.assign(**numbers)
