"""A frame as a printed grid: controlled rounding, units, totals, and an HTML table that can be heard as well as seen.

`units` names the columns of figures and what they are printed in; the other columns are the names of the rows.

| unit | the column holds | printed |
|---|---|---|
| £m | pence | 3,202.9; rows and total add as printed |
| £ | pence | 3,202,912 |
| £ a head | pence; `people` divides it | 9,357 |
| % | pence or counts | each row's share of the column's sum, adding to 100.0 |
| fraction | shares from 0 to 1 | 34.7% |
| people | counts of people | 342,700 |
| count | counts of things, which the column names | 12 |
| text | text | as it is |

A column may be printed in several units: {"pence": ["£m", "%", "£ a head"]}. A blank figure is a dash, and so is a total
over it.
"""

import re
from dataclasses import dataclass, replace
from fractions import Fraction

import pandas as pd
from pandas.api import types

from totalplace.errors import InputError
from totalplace.report.rounding import nearest, rounded, rounded_cross
from totalplace.report.words import MILLION, clean, digits, escape, is_small

BLANK = "–"
UNITS = ("£m", "£", "£ a head", "%", "fraction", "people", "count", "text")
_BASES = {
    "£m": (MILLION // 10, 1),
    "£": (100, 0),
    "people": (1, 0),
    "count": (1, 0),
}


@dataclass(frozen=True)
class Grid:
    """A printed table: heads are (name, unit) of each column, unit None for the names of rows; cells and foot are text."""

    heads: list
    cells: list
    foot: list | None
    facts: dict

    def quote(self, row, unit=None):
        """A figure as printed, with its unit: quote("Health") is "£544.4m". `row`: its name, or the total's.

        Raises InputError where there is no such row, more than one, or no column of that unit.
        """
        rows = [
            cells
            for cells in [*self.cells, *([self.foot] if self.foot else [])]
            if cells[0] == clean(row)
        ]
        columns = [n for n, (_, given) in enumerate(self.heads) if given and unit in (None, given)]
        if len(rows) != 1 or not columns:
            raise InputError(
                f"{len(rows)} rows are named {clean(row)!r}, {len(columns)} columns are in {unit or 'figures'}; one is needed"
            )
        return _with_unit(rows[0][columns[0]], self.heads[columns[0]][1])

    def figures(self):
        """The first column of figures, each with its unit, in the order of the rows."""
        at = next(n for n, (_, unit) in enumerate(self.heads) if unit)
        return [_with_unit(row[at], self.heads[at][1]) for row in self.cells]


def _with_unit(figure, unit):
    """A printed figure as it reads alone."""
    if unit[0] == "£" and figure != BLANK:
        figure = f"−£{figure[1:]}" if figure[0] == "−" else f"£{figure}"
    return figure + {"£m": "m", "%": "%"}.get(unit, "")


def grid(frame, units, total=None, across=None, people=None, known=None):
    """A frame made ready for print -> Grid. `total`, `across`: names for totals; `people`: a number or a column.

    known: pence -> how it was printed before, in tenths of £m; used where the table still adds, and added to.
    Raises InputError for an unknown unit or column, money that is not whole pence, or an amount a head without people.
    """
    _check(frame, units, people)
    known = {} if known is None else known
    names = [column for column in frame.columns if column not in units and column != people] or [
        None
    ]
    texts = [
        [_text(value) for value in frame[name]] if name is not None else [""] * len(frame)
        for name in names
    ]
    heads = [(heading(name), None) for name in names]
    columns = [
        (cells, [total, *[""] * len(names)][n] if n == 0 else "") for n, cells in enumerate(texts)
    ]
    if across:
        printed = _crossed(frame, units, across, known)
    else:
        printed = [
            (column, unit, *_column(frame, column, unit, total, people, known))
            for column, unit in _pairs(units)
        ]
    heads += [(heading(column), unit) for column, unit, _, _ in printed]
    columns += [(cells, foot) for _, _, cells, foot in printed]
    rows = [list(row) for row in zip(*(cells for cells, _ in columns), strict=True)]
    return Grid(heads, rows, [foot for _, foot in columns] if total else None, _facts(frame, units))


NOT_SHOWN = (
    "Counts of people are not shown, nor amounts a head of them, for one of them is below 5."
)


def has_small_count(frame, units, people=None):
    """Whether a frame has a count of people so small that it could be somebody (1 to 4)."""
    counted = [frame[column].dropna() for column in _counts(frame, units, people)]
    alone = types.is_integer(people) and is_small(people)
    return alone or any(
        is_small(value) for column in counted for value in column if types.is_number(value)
    )


def _counts(frame, units, people):
    """The columns that count people."""
    named = [
        column for column, unit in _pairs(units) if unit == "people" and column in frame.columns
    ]
    return named + (
        [people]
        if isinstance(people, str) and people in frame.columns and people not in named
        else []
    )


def without_counts(frame, units, total=None, across=None, people=None, known=None):
    """A Grid without its counts of people, and without amounts a head of them; its facts say so in their place."""
    counts = _counts(frame, units, people)
    bare = frame.assign(
        **{column: pd.array([pd.NA] * len(frame), dtype="Int64") for column in counts}
    )
    by_head = {column: [unit for unit in ([given] if isinstance(given, str) else given) if unit != "£ a head"]
               for column, given in units.items()}  # fmt: skip
    shown = grid(
        bare,
        {column: kept for column, kept in by_head.items() if kept},
        total,
        across,
        people,
        known,
    )
    at = {list(frame.columns).index(column) for column in counts}
    rows = [
        ["not shown" if n in at else cell for n, cell in enumerate(row)]
        for row in shown.facts["rows"]
    ]
    return replace(shown, facts=shown.facts | {"rows": rows})


def _pairs(units):
    """(column, unit) for each printed column."""
    return [
        (column, unit)
        for column, given in units.items()
        for unit in ([given] if isinstance(given, str) else given)
    ]


def _check(frame, units, people):
    """Refuse what could only be printed wrongly."""
    for column, unit in _pairs(units):
        if unit not in UNITS:
            raise InputError(
                f"column {column!r} cannot be printed in {unit!r}; known units: {', '.join(UNITS)}"
            )
        if column not in frame.columns:
            raise InputError(
                f"there is no column {column!r} to print; the table has: {', '.join(map(str, frame.columns))}"
            )
        whole = types.is_integer_dtype(frame[column]) or frame.empty
        if unit not in ("fraction", "text") and not whole:
            raise InputError(
                f"column {column!r} is to be printed in {unit}: it must hold whole numbers (pence), not {frame[column].dtype}"
            )
        if unit == "£ a head" and people is None:
            raise InputError(f"column {column!r} is to be printed a head: say of how many people")


def _column(frame, column, unit, total, people, known):
    """A column as text: (cells, foot)."""
    values = [None if pd.isna(value) else value for value in frame[column]]
    if unit == "text":
        return [_text(value) for value in frame[column]], ""
    if unit == "fraction":
        shares = [value if value is None else Fraction(value) * 1000 for value in values]
        return [
            BLANK if s is None else digits(nearest(s.numerator, s.denominator), 1) + "%"
            for s in shares
        ], ""
    values = [value if value is None else int(value) for value in values]
    if unit == "%":
        base = sum(value for value in values if value is not None)
        if base <= 0:
            return [BLANK] * len(values), BLANK
        return _add_up(
            [value if value is None else 1000 * value for value in values], base, 1, True
        )
    if unit == "£ a head":
        return _a_head(values, frame, people)
    return _add_up(values, *_BASES[unit], total, known if unit == "£m" else None)


def _add_up(values, base, places, total, known=None):
    """Cells that add to their foot as printed; where nothing is added, each is as it was printed before, or the nearest."""
    there = [value for value in values if value is not None]
    known = {} if known is None else known
    cells, foot = rounded(there, base, known)
    cells = cells if total else [known.get(value, nearest(value, base)) for value in there]
    remember(known, [*there, sum(there)], [*cells, foot])
    printed = iter(cells)
    text = [BLANK if value is None else digits(next(printed), places) for value in values]
    return text, digits(foot, places) if len(there) == len(values) else BLANK


def remember(known, values, cells):
    """Note how amounts were printed, each as it was first."""
    for value, cell in zip(values, cells, strict=True):
        known.setdefault(value, cell)


def _a_head(values, frame, people):
    """Pence a head as whole pounds: of the place's people, adding up, or of each row's own."""
    if types.is_integer(people):
        return _add_up(values, 100 * int(people), 0, True)
    rows = list(zip(values, frame[people], strict=True))
    amounts = [
        BLANK if value is None else digits(nearest(value, 100 * int(count)))
        for value, count in rows
    ]
    whole = all(value is not None for value in values) and sum(frame[people]) > 0
    return amounts, digits(nearest(sum(values), 100 * int(sum(frame[people])))) if whole else BLANK


def _crossed(frame, units, across, known):
    """Columns that add along rows and down columns, and the column of their totals."""
    if set(units.values()) != {"£m"} or frame[list(units)].isna().any(axis=None):
        raise InputError("only columns of £m without blanks can be added across")
    rows = [[int(value) for value in row] for row in frame[list(units)].itertuples(index=False)]
    cells, by_row, by_column, corner = rounded_cross(rows, _BASES["£m"][0], known)
    sums = [
        [*row, sum(row)] for row in [*rows, [sum(column) for column in zip(*rows, strict=True)]]
    ]
    for row, printed in zip(
        sums,
        [*([*c, r] for c, r in zip(cells, by_row, strict=True)), [*by_column, corner]],
        strict=True,
    ):
        remember(known, row, printed)
    columns = [[row[n] for row in cells] for n in range(len(units))]
    listed = zip([*units, across], [*columns, by_row], [*by_column, corner], strict=True)
    return [
        (name, "£m", [digits(cell, 1) for cell in column], digits(foot, 1))
        for name, column, foot in listed
    ]


def _facts(frame, units):
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


def _text(value):
    """A name as printed."""
    return BLANK if pd.isna(value) or not clean(value).strip() else clean(value)


def heading(name):
    """A column's name as a reader expects it: "sub_function" is "Sub function"; a name with capitals is left as it is."""
    name = clean("" if name is None else name)
    return (
        (name[:1].upper() + name[1:]).replace("_", " ")
        if name.islower() and name.replace("_", "").isalnum()
        else name
    )


def table(grid, caption, name, where, note=""):
    """A Grid as an HTML table: caption, scoped heads, a region that scrolls by keyboard. The other arguments are HTML.

    Without a caption it is named by what has the id caption-<name> before it.
    """
    head = "".join(_head(column, unit) for column, unit in grid.heads)
    body = (
        "".join(_row(grid, row) for row in grid.cells)
        or f'<tr><td colspan="{len(grid.heads)}">There are no rows.</td></tr>'
    )
    foot = f"<tfoot>{_row(grid, grid.foot)}</tfoot>" if grid.foot else ""
    held = f' id="caption-{name}"' if caption else ""
    return (
        f'<div class="scroll" role="region" aria-labelledby="caption-{name}" tabindex="0"><table>'
        f'<caption{held}><span class="held">{caption} <span class="where">{where}</span></span></caption>'
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody>{foot}</table></div>"
        + (f'<p class="under">{note}</p>' if note else "")
    )


def _breakable(text):
    """Escaped text whose words may break every 20 letters, so that a name without a space cannot widen its column."""
    pieces = re.sub(r"(\S{20})(?=\S{4})", "\\1\0", clean(text)).split("\0")
    return "<wbr>".join(map(escape, pieces))


def _head(column, unit):
    """The head of a column. Money called "pence" in a ledger is read by its unit alone."""
    if unit in (None, "text", "fraction", "count") or (unit == "people" and column == "People"):
        kind = ' class="name"' if unit in (None, "text") else ""
        return f'<th scope="col"{kind}>{_breakable(column)}</th>' if column else "<td></td>"
    if column == "Pence":
        return f'<th scope="col">{unit}</th>'
    return f'<th scope="col">{_breakable(column)} <span class="unit">{unit}</span></th>'


def _row(grid, cells):
    """A row; its names are heads of it, and prose is given room."""
    out = []
    for (_, unit), cell in zip(grid.heads, cells, strict=True):
        kind = (
            ' class="name long"'
            if len(cell) > 60
            else ' class="name"'
            if unit in (None, "text")
            else ""
        )
        if unit is None and cell not in ("", BLANK):
            out.append(f'<th scope="row"{kind}>{_breakable(cell)}</th>')
        else:
            out.append(f"<td{kind}>{_breakable(cell)}</td>")
    return f"<tr>{''.join(out)}</tr>"
