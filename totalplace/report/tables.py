"""A frame as a printed table: controlled rounding, units and totals.

`units` names the columns of figures and what they are printed in; the other columns are the names
of the rows.

| unit | the column holds | printed |
|---|---|---|
| £m | pence | 3,202.9; rows and total add as printed |
| £ | pence | 3,202,912 |
| £ per head | pence; `people` divides it | 9,357 |
| % | pence or counts | each row's share of the column's sum, adding to 100.0 |
| fraction | shares from 0 to 1 | 34.7% |
| people | counts of people | 342,700 |
| count | counts of things, which the column names | 12 |
| text | text | as it is |

A column may be printed in several units: {"pence": ["£m", "%", "£ per head"]}. A blank figure is a
dash, and so is a total over it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from numbers import Integral
from typing import Any

import pandas as pd
from pandas.api import types

from totalplace.errors import InputError
from totalplace.report.rounding import nearest, rounded, rounded_cross
from totalplace.report.words import MILLION, clean, digits, is_small

BLANK = "–"
UNITS = ("£m", "£", "£ per head", "%", "fraction", "people", "count", "text")
NOT_SHOWN = (
    "Counts of people are not shown, nor amounts per head of them, for one of them is below 5."
)
_BASES = {"£m": (MILLION // 10, 1), "£": (100, 0), "people": (1, 0), "count": (1, 0)}

Units = Mapping[str, str | Sequence[str]]


@dataclass(frozen=True)
class PrintedTable:
    """heads: (name, unit) of each column, no unit for names of rows; cells and foot: text.

    facts: the unrounded figures (columns, units, rows). frame: what it was made of.
    withheld: whether counts of people are left out.
    """

    heads: list[tuple[str, str | None]]
    cells: list[list[str]]
    foot: list[str] | None
    facts: dict[str, Any]
    frame: pd.DataFrame
    withheld: bool = False

    def quote(self, row: object, unit: str | None = None) -> str:
        """A figure as printed, with its unit: quote("Health") is "£544.4m". `row`: its name.

        Raises InputError where there is no such row, more than one, or no column of that unit.
        """
        if self.withheld and unit in ("people", "£ per head"):
            return "an amount that is not shown"
        rows = [cells for cells in self._all_rows() if cells[0] == clean(row)]
        columns = [n for n, (_, given) in enumerate(self.heads) if given and unit in (None, given)]
        if len(rows) != 1 or not columns:
            raise InputError(
                f"{len(rows)} rows are named {clean(row)!r}, {len(columns)} columns are in "
                f"{unit or 'figures'}; one is needed"
            )
        return _with_unit(rows[0][columns[0]], self.heads[columns[0]][1])

    def has_row(self, row: object) -> bool:
        """Whether a row, or the total, has that name."""
        return any(cells[0] == clean(row) for cells in self._all_rows())

    def _all_rows(self) -> list[list[str]]:
        return [*self.cells, *([self.foot] if self.foot else [])]

    def figures(self) -> list[str]:
        """The first column of figures, each with its unit, in the order of the rows."""
        at = next(n for n, (_, unit) in enumerate(self.heads) if unit)
        return [_with_unit(row[at], self.heads[at][1]) for row in self.cells]


def _with_unit(figure: str, unit: str | None) -> str:
    """A printed figure as it reads alone."""
    unit = unit or ""
    if unit.startswith("£") and figure != BLANK:
        figure = f"−£{figure[1:]}" if figure[0] == "−" else f"£{figure}"
    return figure + {"£m": "m", "%": "%"}.get(unit, "")


def lay_out(
    frame: pd.DataFrame,
    units: Units,
    total: str | None = None,
    across: str | None = None,
    people: int | str | None = None,
) -> PrintedTable:
    """A frame made ready for print.

    Parameters
    ----------
    units : column -> unit or units; columns that it does not name are names of rows.
    total, across : the names of a row and a column of totals.
    people : whom £ per head is of: a number, or a column of the frame.

    Raises
    ------
    InputError
        For an unknown unit or column, money that is not whole pence, an amount per head without
        people.
    """
    _check(frame, units, people)
    names = [column for column in frame.columns if column not in units and column != people]
    columns: list[tuple[str, str | None, list[str], str]] = [
        (heading(name), None, [_text(value) for value in frame[name]], "") for name in names
    ]
    columns = columns or [("", None, [""] * len(frame), "")]
    columns[0] = (*columns[0][:3], total or "")
    if across:
        columns += _crossed(frame, units, across)
    else:
        columns += [
            (heading(column), unit, *_column(frame, column, unit, total, people))
            for column, unit in _pairs(units)
        ]
    rows = [list(row) for row in zip(*(cells for _, _, cells, _ in columns), strict=True)]
    return PrintedTable(
        [(head, unit) for head, unit, _, _ in columns],
        rows,
        [foot for *_, foot in columns] if total else None,
        _facts(frame, units),
        frame,
    )


def has_small_count(frame: pd.DataFrame, units: Units, people: int | str | None = None) -> bool:
    """Whether a frame has a count of people so small that it could be somebody (1 to 4)."""
    counts = [frame[column].dropna() for column in _count_columns(frame, units, people)]
    alone = isinstance(people, Integral) and is_small(int(people))
    return alone or any(
        is_small(value) for column in counts for value in column if types.is_number(value)
    )


def _count_columns(frame, units, people) -> list[str]:
    """The columns that count people."""
    named = [column for column, unit in _pairs(units) if unit == "people"]
    wanted = dict.fromkeys([*named, people] if isinstance(people, str) else named)
    return [column for column in wanted if column in frame.columns]


def without_counts(
    frame: pd.DataFrame,
    units: Units,
    total: str | None = None,
    across: str | None = None,
    people: int | str | None = None,
) -> PrintedTable:
    """A frame laid out without its counts of people and amounts per head; its facts say so."""
    counts = _count_columns(frame, units, people)
    bare = frame.assign(
        **{column: pd.array([pd.NA] * len(frame), dtype="Int64") for column in counts}
    )
    kept: dict[str, list[str]] = {}
    for column, unit in _pairs(units):
        if unit != "£ per head":
            kept.setdefault(column, []).append(unit)
    shown = lay_out(bare, kept, total, across, people)
    at = {list(frame.columns).index(column) for column in counts}
    rows = [
        ["not shown" if n in at else cell for n, cell in enumerate(row)]
        for row in shown.facts["rows"]
    ]
    return replace(shown, facts=shown.facts | {"rows": rows}, frame=frame, withheld=True)


def _pairs(units: Units) -> list[tuple[str, str]]:
    """(column, unit) for each printed column."""
    return [
        (column, unit)
        for column, given in units.items()
        for unit in ([given] if isinstance(given, str) else given)
    ]


def _check(frame: pd.DataFrame, units: Units, people: int | str | None) -> None:
    """Refuse what could only be printed wrongly."""
    if not frame.columns.is_unique:
        twice = ", ".join(map(str, frame.columns[frame.columns.duplicated()]))
        raise InputError(f"the table has the column {twice} twice")
    for column, unit in _pairs(units):
        if unit not in UNITS:
            raise InputError(
                f"column {column!r} cannot be printed in {unit!r}; known units: {', '.join(UNITS)}"
            )
        if column not in frame.columns:
            has = ", ".join(map(str, frame.columns))
            raise InputError(f"there is no column {column!r} to print; the table has: {has}")
        whole = types.is_integer_dtype(frame[column]) or frame.empty
        if unit not in ("fraction", "text") and not whole:
            raise InputError(
                f"column {column!r} is to be printed in {unit}: it must hold whole numbers "
                f"(pence), not {frame[column].dtype}"
            )
        if unit == "fraction" and not frame.empty:
            _check_shares(column, frame[column])
        if unit == "£ per head" and people is None:
            raise InputError(f"column {column!r} is to be printed per head: say of how many people")


def _check_shares(column, shares) -> None:
    """Refuse a column of shares that holds anything but numbers from -1 to 1."""
    if not types.is_float_dtype(shares):
        raise InputError(f"column {column!r} is to hold shares (0.25), not {shares.dtype}")
    if (shares.abs() > 1 + 1e-6).any():
        raise InputError(f"column {column!r} has a share beyond 1")


def _column(frame, column, unit, total, people) -> tuple[list[str], str]:
    """A column as text: (cells, foot)."""
    values = [None if pd.isna(value) else value for value in frame[column]]
    if unit == "text":
        return [_text(value) for value in values], ""
    if unit == "fraction":
        return [BLANK if value is None else _as_percent(value) for value in values], ""
    values = [value if value is None else int(value) for value in values]
    if unit == "%":
        base = sum(value for value in values if value is not None)
        if base <= 0:
            return [BLANK] * len(values), BLANK
        return _add_up([None if v is None else 1000 * v for v in values], base, 1, True)
    if unit == "£ per head":
        return _per_head(values, frame, people)
    return _add_up(values, *_BASES[unit], total)


def _as_percent(share) -> str:
    exact = Fraction(share) * 1000
    return digits(nearest(exact.numerator, exact.denominator), 1) + "%"


def _add_up(values, base, places, total) -> tuple[list[str], str]:
    """Cells that add to their foot as printed; where nothing is added, each is the nearest."""
    there = [value for value in values if value is not None]
    cells, foot = rounded(there, base)
    printed = iter(cells if total else [nearest(value, base) for value in there])
    text = [BLANK if value is None else digits(next(printed), places) for value in values]
    return text, digits(foot, places) if len(there) == len(values) else BLANK


def _per_head(values, frame, people) -> tuple[list[str], str]:
    """Pence per head as whole pounds: of the place's people, adding up, or of each row's own."""
    if types.is_integer(people):
        return _add_up(values, 100 * int(people), 0, True)
    counts = [int(count) for count in frame[people]]
    amounts = [
        BLANK if value is None else digits(nearest(value, 100 * count))
        for value, count in zip(values, counts, strict=True)
    ]
    if None in values or sum(counts) <= 0:
        return amounts, BLANK
    return amounts, digits(nearest(sum(values), 100 * sum(counts)))


def _crossed(frame, units, across) -> list[tuple[str, str | None, list[str], str]]:
    """Columns that add along rows and down columns, and the column of their totals."""
    if {unit for _, unit in _pairs(units)} != {"£m"} or frame[list(units)].isna().any(axis=None):
        raise InputError("only columns of £m without blanks can be added across")
    rows = [[int(value) for value in row] for row in frame[list(units)].itertuples(index=False)]
    cells, by_row, by_column, corner = rounded_cross(rows, _BASES["£m"][0])
    columns = [[row[n] for row in cells] for n in range(len(units))]
    listed = zip([*units, across], [*columns, by_row], [*by_column, corner], strict=True)
    return [
        (heading(name), "£m", [digits(cell, 1) for cell in column], digits(foot, 1))
        for name, column, foot in listed
    ]


def _facts(frame, units) -> dict[str, Any]:
    """The unrounded figures, for files: whole pence, counts, text."""
    rows = [[_fact(value) for value in row] for row in frame.astype(object).itertuples(index=False)]
    first = {
        clean(column): given if isinstance(given, str) else given[0]
        for column, given in units.items()
    }
    return {"columns": [clean(column) for column in frame.columns], "units": first, "rows": rows}


def _fact(value):
    """A cell as JSON holds it."""
    if pd.isna(value):
        return None
    if types.is_integer(value):
        return int(value)
    return float(value) if types.is_float(value) else clean(value)


def _text(value) -> str:
    """A name as printed."""
    return BLANK if pd.isna(value) or not clean(value).strip() else clean(value)


def heading(name: object) -> str:
    """A column's name as a reader expects it: "sub_function" is "Sub function", "age_label" "Age".

    A name with capitals is left as it is.
    """
    name = clean("" if name is None else name).removesuffix("_label")
    if name.islower() and name.replace("_", "").replace(" ", "").isalnum():
        return (name[:1].upper() + name[1:]).replace("_", " ")
    return name
