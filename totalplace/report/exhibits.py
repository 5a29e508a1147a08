"""What exhibits are called and how they read: notebooks/exhibits.csv, one row an exhibit.

| column | holds |
|---|---|
| notebook, exhibit | the notebook that shows it; its name, which is its file's: unique over all |
| kind | table, bars, heat, shares, stack, sankey, cards, sentence or caution |
| caption | a template of `words`; of cards, one per line: figure => what it is |
| units | pence=£m|%|£ per head; children=people; *=£m for every other column of figures |
| total, across | the names of a table's row and column of totals |
| people | of whom £ per head is: a fact, or a column |
| rows, parts, value | the columns that a chart draws; parts of a flow chart: Funder|Payer |
| value | of a sentence, the fact that it is about: where that is 0, `empty` is said |
| most, strong | how many rows before the rest become one; how many bars stand out |
| fold | yes: opened by who wants it |
| note, empty | templates: what stands below; what is said where there are no rows |
"""

import csv
import difflib
import functools
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields
from pathlib import Path

import pandas as pd
from pandas.api.types import is_numeric_dtype

from totalplace import reference
from totalplace.errors import InputError, refuse
from totalplace.report import charts, words
from totalplace.report.colours import Palette
from totalplace.report.tables import UNITS
from totalplace.text_files import stamp

NAME, ARROW = "exhibits.csv", "=>"
SLUG = r"[a-z0-9]+(-[a-z0-9]+)*"
LONGEST = 60  # letters of a name, which is a file's
_TABLE = {"units", "total", "across", "people", "fold", "note", "empty"}
_CHART = {"rows", "parts", "value", "note", "empty"}
MAY_HAVE = {
    "table": _TABLE,
    "bars": _CHART - {"parts"} | {"units", "most", "strong"},
    "heat": _CHART | {"most"},
    "shares": _CHART,
    "stack": _CHART,
    "sankey": {"parts", "note", "empty"},
    "cards": set(),
    "sentence": {"value", "empty"},
    "caution": set(),
}
MUST_HAVE = {
    "bars": ["rows"],
    "heat": ["rows", "parts"],
    "shares": ["rows", "parts"],
    "stack": ["rows", "parts"],
    "sankey": ["parts"],
}


@dataclass(frozen=True)
class Exhibit:
    """A row of exhibits.csv, its cells as text."""

    notebook: str
    exhibit: str
    kind: str
    caption: str
    units: str = ""
    total: str = ""
    across: str = ""
    people: str = ""
    rows: str = ""
    parts: str = ""
    value: str = ""
    most: str = ""
    strong: str = ""
    fold: str = ""
    note: str = ""
    empty: str = ""

    def units_of(self, frame: pd.DataFrame) -> dict[str, list[str]]:
        """Column -> units of a frame, in the order of the row; * is every other of figures."""
        pairs = parse_units(self.units)
        others = _others(frame, pairs, self.people)
        return {
            column: units
            for named, units in pairs.items()
            for column in (others if named == "*" else [named])
        }

    def fill(
        self, column: str, template: str, facts: dict, specs: dict, quote: Callable | None = None
    ) -> words.Sentence:
        """A template of a column as a Sentence. Raises InputError naming exhibit, column, fact."""
        try:
            return words.write(template, facts, specs, quote)
        except InputError as error:
            where = f"exhibit {self.exhibit!r}, column {column} of {NAME}"
            raise InputError(f"{where}: {error}") from error

    def said(self, facts: dict, specs: dict) -> words.Sentence:
        """The caption of a sentence as words, or `empty` where the fact of `value` is 0."""
        if self.value and self.value not in facts:
            raise InputError(
                f"exhibit {self.exhibit!r}, column value of {NAME}: {self.value!r} is no fact that "
                f"was given; known: {', '.join(facts)}"
            )
        column = "empty" if self.value and not facts[self.value] else "caption"
        return self.fill(column, getattr(self, column), facts, specs)

    def people_of(self, frame: pd.DataFrame, facts: dict) -> int | str | None:
        """Whom £ per head is of: a column, or a fact. Raises InputError for neither."""
        if not self.people or self.people in frame.columns:
            return self.people or None
        if self.people not in facts:
            raise InputError(
                f"exhibit {self.exhibit!r}, column people of {NAME}: {self.people!r} is no column "
                f"of the table, and no fact that was given; known: {', '.join(facts)}"
            )
        return facts[self.people]

    def headlines(self, facts: dict, specs: dict) -> list[tuple[str, str]]:
        """Of cards, (what it is, its figure)."""
        cards = [line.split(ARROW) for line in self.caption.splitlines()]
        return [
            (
                self.fill("caption", what.strip(), facts, specs),
                self.fill("caption", figure.strip(), facts, specs),
            )
            for figure, what in cards
        ]

    def chart(self, frame: pd.DataFrame, palette: Palette | None = None) -> charts.Chart:
        """A frame as the chart of this row, in a page's colours. Raises InputError as `charts`."""
        value, most = self.value or "pence", int(self.most) if self.most else None
        if self.kind == "bars":
            (unit,) = self.units_of(frame).get(value, ["£m"])
            strong = int(self.strong) if self.strong else None
            return charts.bars(frame, self.rows, value, unit=unit, most=most, strong=strong)
        if self.kind == "heat":
            return charts.heat(frame, self.rows, self.parts, value, most=most)
        if self.kind == "sankey":
            return charts.sankey(frame, self.parts.split("|"), palette=palette)
        if self.kind == "stack":
            return charts.stack(frame, self.rows, self.parts, value, palette=palette)
        return charts.shares(frame, self.rows, self.parts, value)


COLUMNS = [column.name for column in fields(Exhibit)]


def _others(frame: pd.DataFrame, named: dict, people: str) -> list[str]:
    """The columns of figures that are not named."""
    return [
        column
        for column in frame.columns
        if column not in named and column != people and is_numeric_dtype(frame[column])
    ]


def parse_units(text: str) -> dict[str, list[str]]:
    """pence=£m|%; children=people -> {"pence": ["£m", "%"], "children": ["people"]}."""
    pairs = (pair.strip().rpartition("=") for pair in text.split(";") if pair.strip())
    return {column.strip(): units.split("|") for column, _, units in pairs}


def is_name(text: object) -> bool:
    """Whether a text can name an exhibit and its file; a sentence never does."""
    if not isinstance(text, str) or isinstance(text, words.Sentence) or len(text) > LONGEST:
        return False
    return re.fullmatch(SLUG, text) is not None


def find(name: str) -> Exhibit:
    """The exhibit of that name. Raises InputError for an unknown one, naming the nearest."""
    known = read(reference.home() / "notebooks" / NAME)
    if name not in known:
        near = difflib.get_close_matches(name, known, n=1, cutoff=0.3)
        hint = f"Did you mean {near[0]!r}?" if near else f"It has {len(known)} exhibits."
        raise InputError(f"{NAME} has no exhibit {name!r}. {hint}")
    return known[name]


def read(path: Path) -> dict[str, Exhibit]:
    """A table of exhibits: name -> Exhibit. Raises InputError with every fault and its row."""
    if not path.is_file():
        raise InputError(f"{path} is not there: it holds the wording of exhibits.")
    return _read(path, stamp(path))


@functools.lru_cache(maxsize=4)
def _read(path: Path, _stamp: tuple) -> dict[str, Exhibit]:
    try:
        with open(path, encoding="utf-8-sig", newline="") as file:
            heading, *rows = csv.reader(file, strict=True)
    except (UnicodeDecodeError, csv.Error, ValueError) as error:
        raise InputError(f"{path.name}: not a UTF-8 CSV file ({error}). Save it again.") from error
    if heading != COLUMNS:
        raise InputError(f"{path.name}: its columns are {heading}; they must be {COLUMNS}.")
    ragged = [n for n, row in enumerate(rows, start=2) if len(row) != len(COLUMNS)]
    refuse(f"{path.name}, row {n}: it does not have {len(COLUMNS)} cells." for n in ragged)
    exhibits = [Exhibit(*row) for row in rows]
    refuse(
        f"{path.name}, row {n}: {fault}"
        for n, exhibit in enumerate(exhibits, start=2)
        for fault in _faults(exhibit, [one.exhibit for one in exhibits[: n - 2]])
    )
    return {exhibit.exhibit: exhibit for exhibit in exhibits}


def _faults(exhibit: Exhibit, before: list[str]) -> Iterator[str]:
    """What is wrong with a row, one sentence a fault."""
    name, kind = exhibit.exhibit, exhibit.kind
    if not is_name(name):
        yield f"{name!r} is no name: use a-z, 0-9 and single hyphens, at most {LONGEST}."
    if name in before:
        yield f"the exhibit {name!r} is there twice."
    for column in ("notebook", "caption"):
        if not getattr(exhibit, column).strip():
            yield f"{column} of {name!r} is blank."
    if kind not in MAY_HAVE:
        yield f"there is no kind {kind!r}; known: {', '.join(MAY_HAVE)}."
        return
    for column in COLUMNS[4:]:
        if getattr(exhibit, column) and column not in MAY_HAVE[kind]:
            yield f"{column} is filled in, which nothing of kind {kind} has."
        if not getattr(exhibit, column) and column in MUST_HAVE.get(kind, ()):
            yield f"{column} is blank: {kind} needs it."
    if kind == "sentence" and bool(exhibit.value) != bool(exhibit.empty):
        yield "value and empty of a sentence go together: one of them is blank."
    yield from _cell_faults(exhibit)


def _cell_faults(exhibit: Exhibit) -> Iterator[str]:
    """What is wrong with the cells that are more than words."""
    named = [pair.rpartition("=")[0].strip() for pair in exhibit.units.split(";")]
    for column in {column for column in named if column and named.count(column) > 1}:
        yield f"units {exhibit.units!r}: the column {column} is there twice."
    for column in ("caption", "note", "empty"):
        for fault in words.template_faults(getattr(exhibit, column)):
            yield f"{column}: {fault}."
    for column, units in parse_units(exhibit.units).items():
        if exhibit.kind == "bars" and units not in (["£m"], ["£"]):
            yield f"units {exhibit.units!r}: bars are in £m or in £, one of them."
        if len(units) > len(set(units)):
            yield f"units {exhibit.units!r}: {column} has a unit twice."
        unknown = ", ".join(unit for unit in units if unit not in UNITS)
        if unknown or not column:
            yield f"units {exhibit.units!r}: no unit {unknown}; known: {', '.join(UNITS)}."
    for column in ("most", "strong"):
        if getattr(exhibit, column) and not re.fullmatch(r"[1-9]\d*", getattr(exhibit, column)):
            yield f"{column} is {getattr(exhibit, column)!r}; it must be a whole number from 1."
    if exhibit.fold not in ("", "yes"):
        yield f"fold is {exhibit.fold!r}; it must be yes, or blank."
    if exhibit.kind == "cards":
        for line in exhibit.caption.splitlines():
            if line.count(ARROW) != 1:
                yield f"the card {line!r} is not `figure => what it is`."
