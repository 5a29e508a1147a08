"""Tidy frames of pence made ready to be drawn: added up, in order, nothing blank."""

from collections.abc import Iterable

import pandas as pd
from pandas.api.types import is_integer_dtype

from totalplace.errors import InputError
from totalplace.report.rounding import rounded
from totalplace.report.words import clean, join_names, with_noun


def check_frame(frame: object) -> None:
    """Refuse what is no DataFrame. Raises InputError."""
    if not isinstance(frame, pd.DataFrame):
        raise InputError(f"a DataFrame is needed, not {type(frame).__name__}: {clean(frame)[:40]}")


def summed(frame: pd.DataFrame, keys: list[str], value: str) -> pd.Series:
    """Whole pence by keys -> int64 Series; keys become clean text, or stay whole numbers.

    Raises InputError for a column that is not there, no rows, a blank, or money that is not whole
    pence.
    """
    check_frame(frame)
    if missing := [column for column in (*keys, value) if column not in frame.columns]:
        raise InputError(
            f"there is no column {join_names(missing)}; the frame has: {join_names(frame.columns)}"
        )
    blank = [column for column in (*keys, value) if frame[column].isna().any()]
    if blank or frame.empty:
        raise InputError(
            f"column {join_names(blank)} has blanks: name them, or leave the rows out"
            if blank
            else "there are no rows to draw"
        )
    if not is_integer_dtype(frame[value]):
        raise InputError(f"column {value!r} must hold whole pence, not {frame[value].dtype}")
    named = {
        key: frame[key] if is_integer_dtype(frame[key]) else _cleaned(frame[key]) for key in keys
    }
    return (
        frame[[value]]
        .astype("int64")
        .assign(**named)
        .groupby(keys if len(keys) > 1 else keys[0], sort=False)[value]
        .sum()
    )


def _cleaned(column):
    """A column as clean text, each different value cleaned once."""
    text = column.astype(object)
    return text.map({value: clean(value) for value in text.unique()})


def folded(sums: pd.Series, most: int | None = None) -> pd.Series:
    """Amounts from the largest down; beyond `most` the rest are one row, last: "Six others"."""
    if most is not None and most < 1:
        raise InputError(f"most is {most}: at least one row must be left before the rest")
    ranked = sums.sort_values(ascending=False, kind="stable")
    if most is None or len(ranked) <= most:
        return ranked
    name = with_noun(len(ranked) - most, "other", "others").capitalize()
    rest = pd.Series({name: ranked.iloc[most:].sum()})
    return pd.concat([ranked.iloc[:most], rest]).rename(sums.name)


def cross(
    frame: pd.DataFrame,
    rows: str,
    columns: str,
    value: str,
    ranked: bool = True,
    most: int | None = None,
) -> pd.DataFrame:
    """Rows by columns -> frame of int64 pence.

    Rows are by size (`ranked`) or as they come, columns sorted or in the order of their categories.
    `most`: rows before the rest become one. Raises InputError as `summed` does.
    """
    table = (
        summed(frame, [rows, columns], value)
        .unstack(fill_value=0)
        .rename_axis(index=None, columns=None)
    )
    table = table[_order(frame[columns]) or sorted(table.columns)]
    if not ranked:
        return table.loc[_order(frame[rows]) or list(table.index)].rename(index=str, columns=str)
    by_size = folded(table.sum(axis=1), most)
    kept = [row for row in by_size.index if row in table.index]
    rest = table.drop(index=kept).sum().to_frame(by_size.index[-1]).T
    table = pd.concat([table.loc[kept], rest]) if len(kept) < len(table) else table.loc[kept]
    return table.rename(index=str, columns=str)


def _order(column):
    """The categories that occur, in their order; nothing where the column has none."""
    if not isinstance(column.dtype, pd.CategoricalDtype):
        return []
    return [clean(category) for category in column.cat.remove_unused_categories().cat.categories]


def wide(table: pd.DataFrame, rows: str) -> pd.DataFrame:
    """A cross table with its row names as a first column, `rows`, spaced apart from another."""
    while rows in table.columns:
        rows += " "
    return table.rename_axis(rows).reset_index()


def percents(amounts: Iterable[int], whole: int | None = None) -> list[str]:
    """Shares of the whole as "36%", adding to 100; a dash where there is no whole."""
    amounts = [int(amount) for amount in amounts]
    whole = sum(amounts) if whole is None else int(whole)
    if whole <= 0:
        return ["–" for _ in amounts]
    cells, _ = rounded([100 * amount for amount in [*amounts, whole - sum(amounts)]], whole)
    return [
        "<1%" if cell == 0 and amount > 0 else f"{cell}%".replace("-", "−")
        for cell, amount in zip(cells, amounts, strict=False)
    ]


def refuse_parts(table: pd.DataFrame, parts: str) -> None:
    """Raise InputError where a whole cannot be drawn as its parts, for they are over five."""
    if len(table.columns) > 5:
        raise InputError(
            f"{len(table.columns)} kinds of {parts!r} are more than five colours: join some"
        )


def nodes(edges: pd.DataFrame, stages: list[str]) -> list[dict[str, int]]:
    """Amount of each node -> one {name: pence} a stage, in order of appearance.

    Raises InputError, naming the node, where what comes in is not what goes out to the penny.
    """
    last = len(stages) - 1
    if sorted(set(edges["step"])) != list(range(last)):
        found = join_names(sorted(set(edges["step"])))
        raise InputError(f"{len(stages)} stages have steps 0 to {last - 1}, not {found}")
    out = [_by(edges, step, "source") for step in range(last)]
    into = [_by(edges, step, "target") for step in range(last)]
    for stage in range(1, last):
        for node in sorted(out[stage].keys() | into[stage - 1].keys()):
            came, left = into[stage - 1].get(node, 0), out[stage].get(node, 0)
            if came != left:
                raise InputError(
                    f"{stages[stage]} {node!r}: {came:,} pence come in and {left:,} go out"
                )
    return [*out, into[-1]]


def _by(edges, step, end):
    """Pence of one step by its source or target."""
    sums = edges[edges["step"] == step].groupby(end, sort=False)["pence"].sum()
    return {name: int(pence) for name, pence in sums.items() if pence}


def links(edges: pd.DataFrame, columns: list[dict[str, int]]) -> list[tuple[int, int, int, int]]:
    """Edges by the positions of their nodes: (stage, from, to, pence)."""
    places = [{name: n for n, name in enumerate(column)} for column in columns]
    rows = edges[["step", "source", "target", "pence"]].itertuples(index=False)
    return [
        (step, places[step][source], places[step + 1][target], int(pence))
        for step, source, target, pence in rows
        if pence
    ]
