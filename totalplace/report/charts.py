"""Charts of tidy frames: what is drawn, its figures as a printed table, what it shows in words."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import pandas as pd
from matplotlib.figure import Figure
from pandas.api.types import is_integer_dtype

from totalplace.errors import InputError
from totalplace.report import figures
from totalplace.report.colours import Palette
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
from totalplace.report.sankey import sankey as draw_flows
from totalplace.report.tables import PrintedTable, lay_out
from totalplace.report.words import MILLION, clean, digits, in_millions, join_names, number

KINDS = ("bars", "heat", "shares", "stack", "sankey")


@dataclass(frozen=True)
class Chart:
    """printed: its figures as a table; alt: what it shows in words; unit: said beside its place.

    drawn: the matplotlib Figures, the second for phones; none where an amount is negative and so no
    part of a whole that could be drawn.
    """

    printed: PrintedTable
    alt: str = ""
    unit: str = ""
    drawn: list[Figure] = field(default_factory=list)


def bars(
    frame: pd.DataFrame,
    label: str,
    value: str = "pence",
    *,
    unit: str = "£m",
    whole: int | None = None,
    strong: int | None = None,
    most: int | None = None,
) -> Chart:
    """Ranked bars, "£928.0m (36%)" at their ends; see `Page.bars`."""
    if unit not in ("£m", "£"):
        raise InputError(f"bars of {value!r} are in £m or in £, not in {unit!r}")
    sums = folded(summed(frame, [label], value), most)
    units, total = (["£m", "%"], "Total") if unit == "£m" else (unit, None)
    printed = lay_out(sums.rename_axis(label).reset_index(), {value: units}, total)
    names, texts = [str(name) for name in sums.index], printed.figures()
    if total:
        shares = percents(sums, whole)
        texts = [f"{text} ({share})" for text, share in zip(texts, shares, strict=True)]
    alt = f"Bar chart, {number(len(names))} bars: from {names[0]}, {texts[0]}, "
    alt += f"down to {names[-1]}, {texts[-1]}."
    return Chart(printed, alt, "", _twice(figures.bars, names, sums.tolist(), texts, strong=strong))


def heat(
    frame: pd.DataFrame, rows: str, columns: str, value: str = "pence", *, most: int | None = None
) -> Chart:
    """A heat map of pence in £m with totals; see `Page.heat`."""
    table = cross(frame, rows, columns, value, most=most)
    printed = _with_totals(table, rows)
    texts = [
        [_cell(text, pence) for text, pence in zip(cells[1:-1], row, strict=True)]
        for cells, row in zip(printed.cells, table.values.tolist(), strict=True)
    ]
    edge, foot = [cells[-1] for cells in printed.cells], (printed.foot or [])[1:]
    row, column = table.stack().idxmax()
    largest = texts[list(table.index).index(row)][list(table).index(column)] or "0.0"
    alt = f"Heat map of {len(table)} rows and {len(table.columns)} columns. "
    alt += f"The largest row is {table.index[0]}, £{edge[0]}m; "
    alt += f"the largest figure is {column} of {row}, £{largest}m."
    drawn = figures.heat(
        list(table.index), list(table), table.values.tolist(), texts, edge, foot[:-1], foot[-1]
    )
    return Chart(printed, alt, "£m", [drawn])


def shares(frame: pd.DataFrame, rows: str, parts: str, value: str = "pence") -> Chart:
    """Full bars, one per row, cut into parts; see `Page.shares`."""
    table = cross(frame, rows, parts, value, ranked=False)
    refuse_parts(table, parts)
    printed = _with_totals(table, rows)
    if (table < 0).any(axis=None):
        return Chart(printed)
    texts = [percents(row) for row in table.values]
    together = zip(table, percents(table.sum()), strict=True)
    alt = f"{number(len(table)).capitalize()} bars, each cut into shares. Taken together: "
    alt += join_names(f"{part} {share}" for part, share in together) + "."
    drawn = _twice(figures.shares, list(table.index), list(table), table.values.tolist(), texts)
    return Chart(printed, alt, "Shares of each row", drawn)


def stack(
    frame: pd.DataFrame,
    age: str = "age",
    payer: str = "body",
    value: str = "pence",
    *,
    palette: Palette | None = None,
) -> Chart:
    """Steps by single year of age, one payer upon another; see `Page.stack`."""
    if age in frame.columns and not is_integer_dtype(frame[age]):
        raise InputError(
            f"column {age!r} must hold single years of age: whole numbers, -1 for pregnancy"
        )
    many = payer in frame.columns and frame[payer].nunique() > 5
    table = cross(frame, payer, age, value, most=4 if many else None).T
    table.index = ["Pregnancy" if years == "-1" else f"Age {years}" for years in table.index]
    refuse_parts(table, payer)
    printed = _with_totals(table, age)
    if (table < 0).any(axis=None):
        return Chart(printed)
    totals = [f"£{row[-1]}m" for row in printed.cells]
    sums = table.sum(axis=1).tolist()
    high, low = sums.index(max(sums)), sums.index(min(sums))
    alt = f"Steps by single year of age. Highest: {table.index[high]}, {totals[high]}; "
    alt += f"lowest: {table.index[low]}, {totals[low]}. "
    alt += f"Over all ages {table.columns[0]} pays most, {printed.quote('Total')}."
    given = (list(table.index), list(table), table.values.tolist(), totals)
    drawn = _twice(figures.stack, *given, palette={} if palette is None else palette)
    return Chart(printed, alt, "", drawn)


def sankey(edges: pd.DataFrame, stages: Sequence[str], *, palette: Palette | None = None) -> Chart:
    """A flow chart, £m on every node; see `Page.sankey`."""
    stages = [clean(stage) for stage in stages]
    edges = summed(edges, ["step", "source", "target"], "pence").reset_index()
    columns = nodes(edges, stages)
    steps = [f"{stages[step]} to {stages[step + 1]}" for step in edges["step"]]
    printed = lay_out(edges.assign(step=steps), {"pence": "£m"})
    if (edges["pence"] < 0).any():
        return Chart(printed)
    stacked = [_printed_nodes(column) for column in columns]
    largest = [max(column, key=lambda node: node[1]) for column in stacked]
    whole = in_millions(sum(columns[0].values()))
    alt = f"Flow chart of {whole} from {' to '.join(stages)}. The largest of each: "
    alt += join_names(f"{node} {text}" for node, _, text in largest) + "."
    drawn = draw_flows(stages, stacked, links(edges, columns), palette=palette)
    return Chart(printed, alt, "", [drawn])


def _cell(text: str, pence: int) -> str:
    """A cell of a heat map: nothing for nothing, and no nil for what is too small for a digit."""
    if not pence:
        return ""
    return text if text.strip("−0.,") else f"<{digits(1, 1)}"


def _with_totals(table: pd.DataFrame, rows: str) -> PrintedTable:
    """A cross table laid out in £m that add along and down."""
    return lay_out(wide(table, rows), dict.fromkeys(table, "£m"), "Total", "Total")


def _printed_nodes(column: dict[str, int]) -> list[tuple[str, int, str]]:
    """Nodes of one stage with their £m, which add to the nearest of the stage's total."""
    cells, _ = rounded(list(column.values()), MILLION // 10)
    return [
        (node, pence, f"£{digits(cell, 1)}m")
        for (node, pence), cell in zip(column.items(), cells, strict=True)
    ]


def _twice(draw: Callable[..., Figure], *args, **kwargs) -> list[Figure]:
    """The drawing for a wide page and the one for a phone."""
    return [draw(*args, width=width, **kwargs) for width in (WIDE, NARROW)]
