"""The page that a notebook writes on: each thing shown has its place and year, its figures beside it, and words for all.

Frames are tidy, money is whole pence (int64). What is shown keeps its unrounded figures beside it, under our own type, so
that a report can write them to files; `name` is the file's name. A caption states the finding, and is best made with `say`.
A column of categories keeps their order; blank names, fractional pence and unknown units are refused.
"""

import re
from dataclasses import dataclass, field
from statistics import median

from pandas.api.types import is_integer_dtype

from totalplace.errors import InputError
from totalplace.report import figures, tables
from totalplace.report.figures import NARROW, WIDE
from totalplace.report.pivots import (
    cross,
    folded,
    links,
    nodes,
    percents,
    refuse_parts,
    summed,
    wide,
)
from totalplace.report.rounding import rounded
from totalplace.report.sankey import sankey
from totalplace.report.svg import svg
from totalplace.report.words import (
    MILLION,
    a_head,
    bundle,
    clean,
    digits,
    escape,
    in_millions,
    listing,
    money,
    number,
    percent,
    say_on,
)

BELOW = "An amount is below nothing, so it is no part of a whole that could be drawn: here are the figures."


class Shown:
    """A thing to be displayed: `name`, `kind`, `caption`, and for figures `figure`, the matplotlib Figure as drawn."""

    def __init__(self, kind, markup, facts, grid=None, figure=None):
        self.kind, self.name, self.caption = kind, facts.get("name"), facts.get("caption")
        self.figure, self._grid, self._markup, self._facts = figure, grid, markup, facts

    def quote(self, row, unit=None):
        """A figure as it is printed here: quote("Health") is "£544.4m", quote("Health", "%") is "17.0%".

        One amount in two tables can differ by a tenth, for each adds as printed; a sentence that quotes its table cannot.
        Raises InputError where there is no such row.
        """
        return self._grid.quote(row, unit)

    def __repr__(self):
        return f"{self.kind}: {self.caption or self.name} ({len(self._facts.get('rows', []))} rows)"

    def _repr_mimebundle_(self, include=None, exclude=None):
        return bundle(self.kind, self._markup, repr(self), **self._facts)


@dataclass(frozen=True)
class Page:
    """What every table and figure of a report has in common: place and year, printed with each, and who it is for.

    audience: "board", whose copy has no table with a count of people under 5, or "working". An amount that was printed once
    is printed so again, wherever what it stands in still adds.
    """

    place: str
    year: str
    audience: str = "board"
    printed: dict = field(default_factory=dict, repr=False, compare=False)  # pence -> tenths of £m

    def __post_init__(self):
        if not clean(self.place).strip() or not clean(self.year).strip():
            raise InputError("a page has a place and a year")
        if self.audience not in ("board", "working"):
            raise InputError(f"no audience called {self.audience!r}. Name one of board, working.")

    def say(self, template, **values):
        """A sentence as `show.say` makes it; to a board, without counts of people under 5."""
        return say_on(self.printed, self.audience == "board", template, values)

    def money(self, pence):
        """Pence at the size that reads best, as this page prints it."""
        return money(pence, self.printed)

    @property
    def where(self):
        """Place and year as printed."""
        return f"{clean(self.place)}, {clean(self.year)}"

    def table(
        self,
        frame,
        caption,
        units,
        total=None,
        across=None,
        people=None,
        note="",
        empty="",
        fold=False,
        *,
        name,
    ):
        """A table of a frame. `units`: column -> unit or units (see `tables`).

        `total`, `across`: names for a row and a column of totals; `people`: a number, or the column of each row's; `empty`:
        the sentence in its place where it has no rows; `fold`: opened by who wants it. Raises InputError as `tables.grid` does.
        """
        hidden = self.audience == "board" and tables.has_small_count(frame, units, people)
        make = tables.without_counts if hidden else tables.grid
        grid = make(frame, units, total, across, people, self.printed)
        note = f"{note} {tables.NOT_SHOWN}".strip() if hidden else note
        facts = self._facts(name, caption, note, grid)
        numbered = f'<span class="number" data-kind="Table"></span>{escape(caption)}'
        if empty and not grid.cells:
            markup = f'<p class="nothing">{escape(empty)}</p>'
        elif fold:
            markup = _folded(
                numbered,
                tables.table(grid, "", _slug(name), escape(self.where), escape(note)),
                name,
            )
        else:
            markup = tables.table(grid, numbered, _slug(name), escape(self.where), escape(note))
        return Shown("table", f'<div class="shown">{markup}</div>', facts, grid)

    def bars(
        self,
        frame,
        label,
        value="pence",
        *,
        caption,
        name,
        unit="£m",
        whole=None,
        strong=None,
        most=None,
        note="",
    ):
        """Ranked bars, "£928.0m (36%)" at their ends. `unit`: £m, or £ for pence a head and the like, which have no shares.

        `whole`: pence of which the shares are, where that is more than the bars; `strong`: how many bars stand out; `most`: how
        many are drawn before the rest become one. Raises InputError for blanks, no rows, or money that is not whole pence.
        """
        sums = folded(summed(frame, [label], value), most)
        units, total = (["£m", "%"], "Total") if unit == "£m" else (unit, None)
        grid = tables.grid(
            sums.rename_axis(label).reset_index(), {value: units}, total, known=self.printed
        )
        names, texts = [str(name) for name in sums.index], grid.figures()
        if total:
            texts = [
                f"{text} ({share})"
                for text, share in zip(texts, percents(sums, whole), strict=True)
            ]
        alt = f"Bar chart, {number(len(names))} bars: from {names[0]}, {texts[0]}, down to {names[-1]}, {texts[-1]}."
        drawn = _twice(figures.bars, names, sums.tolist(), texts, strong=strong)
        return self._figure("bars", name, caption, note, alt, grid, drawn)

    def heat(self, frame, rows, columns, value="pence", *, caption, name, most=None, note=""):
        """A heat map of pence in £m with totals: rows by size, columns sorted.

        Figures add along rows and down columns as printed; `most`: how many rows before the rest become one.
        Raises InputError as `bars` does.
        """
        table = cross(frame, rows, columns, value, most=most)
        grid = self._totalled(table, rows)
        texts = [
            [text if pence else "" for text, pence in zip(printed[1:-1], row, strict=True)]
            for printed, row in zip(grid.cells, table.values.tolist(), strict=True)
        ]
        edge, foot = [row[-1] for row in grid.cells], grid.foot[1:]
        row, column = table.stack().idxmax()
        largest = texts[list(table.index).index(row)][list(table).index(column)] or "0.0"
        alt = f"Heat map of {len(table)} rows and {len(table.columns)} columns. "
        alt += f"The largest row is {table.index[0]}, £{edge[0]}m; "
        alt += f"the largest figure is {column} of {row}, £{largest}m."
        drawn = figures.heat(
            list(table.index), list(table), table.values.tolist(), texts, edge, foot[:-1], foot[-1]
        )
        return self._figure("heat", name, caption, note, alt, grid, [drawn], "£m")

    def shares(self, frame, rows, parts, value="pence", *, caption, name, note=""):
        """Full bars, one a row, cut into parts (at most five) in percentages that add to 100. Rows as they come, parts sorted.

        With an amount below nothing it is a table of the same figures. Raises InputError for a sixth part, or as `bars` does.
        """
        table = cross(frame, rows, parts, value, ranked=False)
        refuse_parts(table, parts)
        if (table < 0).any(axis=None):
            return self._undrawn(
                wide(table, rows), dict.fromkeys(table, "£m"), "Total", caption, name, note
            )
        texts = [percents(row) for row in table.values]
        whole = [
            f"{part} {share}" for part, share in zip(table, percents(table.sum()), strict=True)
        ]
        alt = f"{number(len(table)).capitalize()} bars, each cut into shares. Taken together: {listing(whole)}."
        drawn = _twice(figures.shares, list(table.index), list(table), table.values.tolist(), texts)
        return self._figure(
            "shares",
            name,
            caption,
            note,
            alt,
            self._totalled(table, rows),
            drawn,
            "Shares of each row",
        )

    def stack(self, frame, age="age", payer="body", value="pence", *, caption, name, note=""):
        """Steps by single year of age (-1 is pregnancy), one a payer upon another, the largest lowest.

        Beyond five payers all but four are one; with an amount below nothing it is a table of the same figures. Raises InputError
        for an age that is not a whole number, or as `bars` does.
        """
        if age in frame.columns and not is_integer_dtype(frame[age]):
            raise InputError(
                f"column {age!r} must hold single years of age: whole numbers, -1 for pregnancy"
            )
        table = cross(
            frame,
            payer,
            age,
            value,
            most=4 if payer in frame.columns and frame[payer].nunique() > 5 else None,
        ).T
        table.index = ["Pregnancy" if years == "-1" else f"Age {years}" for years in table.index]
        refuse_parts(table, payer)
        if (table < 0).any(axis=None):
            return self._undrawn(
                wide(table, age), dict.fromkeys(table, "£m"), "Total", caption, name, note
            )
        grid = self._totalled(table, age)
        totals, sums = (
            [f"£{row[-1]}m" for row in grid.cells],
            table.sum(axis=1).reset_index(drop=True),
        )
        high, low = sums.idxmax(), sums.idxmin()
        alt = f"Steps by single year of age. Highest: {table.index[high]}, {totals[high]}; "
        alt += f"lowest: {table.index[low]}, {totals[low]}. Over all ages {table.columns[0]} pays most, {grid.quote('Total')}."
        drawn = _twice(figures.stack, list(table.index), list(table), table.values.tolist(), totals)
        return self._figure("stack", name, caption, note, alt, grid, drawn)

    def sankey(self, edges, stages, *, caption, name, note=""):
        """A flow chart of `edges`: step (0 leads from the first of `stages` to the second), source, target, pence.

        £m stand on every node, and the nodes of each stage add to one total as printed; with an amount below nothing it is a
        table of the same figures. Raises InputError, naming the node, where what comes in is not what goes out to the penny; or as
        `bars` does.
        """
        stages = [clean(stage) for stage in stages]
        edges = summed(edges, ["step", "source", "target"], "pence").reset_index()
        columns = nodes(edges, stages)
        named = edges.assign(
            step=[f"{stages[step]} to {stages[step + 1]}" for step in edges["step"]]
        )
        if (edges["pence"] < 0).any():
            return self._undrawn(named, {"pence": "£m"}, None, caption, name, note)
        printed = [_printed(column, self.printed) for column in columns]
        largest = [max(column, key=lambda node: node[1]) for column in printed]
        alt = f"Flow chart of {in_millions(sum(columns[0].values()))} from {' to '.join(stages)}. The largest of each: "
        alt += listing(f"{node} {words}" for node, _, words in largest) + "."
        drawn = sankey(stages, printed, links(edges, columns))
        return self._figure(
            "sankey",
            name,
            caption,
            note,
            alt,
            tables.grid(named, {"pence": "£m"}, known=self.printed),
            [drawn],
        )

    def dots(self, frame, rows, places, value="pence", *, caption, name, place=None, note=""):
        """Places as dots at their percentage of the median of each row (of pence a head); `place`, the page's own, is marked.

        Raises InputError where the place is not among `places`, one of them lacks a row, a median is not above nothing, or as
        `bars` does.
        """
        place = clean(self.place if place is None else place)
        table = cross(frame, rows, places, value, ranked=False)
        middles = [median(row) for row in table.values.tolist()]
        _refuse_dots(table, len(summed(frame, [rows, places], value)), middles, place)
        spread = [
            [100 * pence / middle for pence in row]
            for row, middle in zip(table.values.tolist(), middles, strict=True)
        ]
        here = [int(pence) for pence in table[place]]
        texts = [
            f"{a_head(pence, 1)} ({percent(pence, middle, 0)})"
            for pence, middle in zip(here, middles, strict=True)
        ]
        above = [
            row
            for row, pence, middle in zip(table.index, here, middles, strict=True)
            if pence > middle
        ]
        alt = f"Dot chart of {len(table.columns)} places. {place} is above the median in "
        alt += f"{number(len(above))} of {number(len(table))} rows"
        alt += f": {listing(above)}." if above else "."
        drawn = _twice(
            figures.dots, list(table.index), spread, list(table).index(place), place, texts
        )
        return self._figure(
            "dots",
            name,
            caption,
            note,
            alt,
            tables.grid(wide(table, rows), dict.fromkeys(table, "£")),
            drawn,
            "£ a head, and as a percentage of the median",
        )

    def cards(self, headlines, name="headline-figures", evidence=None):
        """Headline figures. `headlines`: what it is -> the figure as text, made by `money`, `a_head` and the like.

        evidence: of `count.evidence`; its shares stand in the head of the page.
        """
        rows = [[clean(what), clean(figure)] for what, figure in headlines.items()]
        cards = "".join(
            f"<li><strong>{escape(figure)}</strong> {escape(what)}</li>" for what, figure in rows
        )
        facts = {
            "name": _slug(name),
            "place": clean(self.place),
            "year": clean(self.year),
            "columns": ["headline", "figure"],
            "rows": rows,
        }
        if evidence is not None:
            graded = tables.grid(evidence[["evidence", "pence"]], {"pence": "%"}).cells
            facts["status"] = ", ".join(f"{share}% {grade}" for grade, share in graded)
        return Shown(
            "cards", f'<ul class="cards">{cards}</ul>', facts | {"units": {"figure": "text"}}
        )

    def note(self, text):
        """A remark in a box: a sentence, or text that is escaped."""
        return self._callout("note", text)

    def caution(self, text):
        """A warning in a box: a sentence, or text that is escaped."""
        return self._callout("caution", text)

    def _callout(self, kind, text):
        words = {"note": "Note", "caution": "Caution"}[kind]
        markup = f'<div class="callout {kind}" role="note"><p><strong class="kind">{words}:</strong> {escape(text)}</p></div>'
        return Shown(
            kind,
            markup,
            {"caption": clean(text), "place": clean(self.place), "year": clean(self.year)},
        )

    def _totalled(self, table, rows):
        """A cross table as a grid of £m that adds along and down."""
        return tables.grid(
            wide(table, rows), dict.fromkeys(table, "£m"), "Total", "Total", known=self.printed
        )

    def _undrawn(self, frame, units, total, caption, name, note):
        """The table in the place of a drawing that has no room for an amount below nothing."""
        return self.table(
            frame, caption, units, total, total, note=f"{note} {BELOW}".strip(), name=name
        )

    def _facts(self, name, caption, note, grid):
        """What goes beside the HTML: raw figures, and the same as printed."""
        printed = {
            "heads": [[head, unit] for head, unit in grid.heads],
            "rows": grid.cells,
            "foot": grid.foot,
        }
        told = {
            "name": _slug(name),
            "caption": clean(caption),
            "note": clean(note),
            "place": clean(self.place),
            "year": clean(self.year),
        }
        return {**told, **grid.facts, "printed": printed}

    def _figure(self, kind, name, caption, note, alt, grid, drawn, unit=""):
        """A figure with its caption, its drawings (the second for phones) and, folded, its figures as a table."""
        facts = self._facts(name, caption, note, grid)
        alt = f"{clean(caption).rstrip('.')}. {self.where}. {alt}"
        pictures = [svg(figure, f"{name}-{n}", alt) for n, figure in enumerate(drawn)]
        held = tables.table(
            grid, f"{escape(caption)}: the figures", f"{name}-figures", escape(self.where)
        )
        markup = (
            f'<figure class="shown"><figcaption id="caption-{name}">'
            f'<span class="number" data-kind="Figure"></span>{escape(caption)} '
            f'<span class="where">{escape(self.where)}{unit and f". {unit}."}</span></figcaption>{_drawings(pictures, name)}'
            + (f'<p class="under">{escape(note)}</p>' if note else "")
            + f"<details><summary>The figures as a table</summary>{held}</details></figure>"
        )
        return Shown(kind, markup, facts, grid, drawn[0])


def _folded(caption, table, name):
    """A table that is opened by who wants it; on paper, where it is instead."""
    return (
        f'<details class="folded"><summary><span class="held" id="caption-{name}">{caption}</span></summary>{table}</details>'
        f'<p class="on-paper">Not printed here: data/{name}.csv, and a sheet of the workbook.</p>'
    )


def _drawings(pictures, name):
    """Two drawings, of which the page shows one; a single one scrolls where it does not fit."""
    if len(pictures) == 2:
        return f'<div class="wide">{pictures[0]}</div><div class="narrow" style="display:none">{pictures[1]}</div>'
    return f'<div class="scroll drawing" role="region" aria-labelledby="caption-{name}" tabindex="0">{pictures[0]}</div>'


def _twice(draw, *args, **kwargs):
    """The drawing for a wide page and the one for a phone."""
    return [draw(*args, width=width, **kwargs) for width in (WIDE, NARROW)]


def _slug(name):
    """The name as given, fit for a file. Raises InputError for anything but a-z, 0-9 and hyphens between."""
    if (
        not isinstance(name, str)
        or not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", name)
        or len(name) > 60
    ):
        raise InputError(
            f"{name!r} cannot name a file: use a-z, 0-9 and single hyphens, at most 60"
        )
    return name


def _printed(column, known):
    """Nodes of one stage with their £m, which add to the nearest of the stage's total: [(name, pence, words)]."""
    cells, _ = rounded(list(column.values()), MILLION // 10, known)
    tables.remember(known, column.values(), cells)
    return [
        (node, pence, f"£{digits(cell, 1)}m")
        for (node, pence), cell in zip(column.items(), cells, strict=True)
    ]


def _refuse_dots(table, known, middles, place):
    """Raise InputError for a comparison that cannot be drawn truly."""
    if place not in table.columns:
        raise InputError(f"{place!r} is not among the places compared: {listing(table.columns)}")
    if known < table.size:
        raise InputError(
            "a place without a figure for a row cannot be compared: give every place every row"
        )
    if low := [row for row, middle in zip(table.index, middles, strict=True) if middle <= 0]:
        raise InputError(
            f"the median of {listing(low)} is not above nothing, so nothing is a percentage of it: leave the row out"
        )
