"""Money: integer pence inside, pounds outside, and the one way to split a penny amount.

A split gives every category the whole pence of its share, then the pence left over, one each, to
the largest remainders; equal remainders go to the lower category. So the parts add to the whole,
always. Known limit: remainders are compared to 2**-28 of a penny, far below what money can show.
"""

from typing import Any

import numpy as np
import pandas as pd
from numpy import ndarray

from totalplace.errors import InputError, first_few

PENCE = {"£": 100, "£k": 100_000, "£000": 100_000, "£m": 100_000_000}
_REMAINDER_BITS, _PLACE_BITS = 28, 12


def pence(amounts: pd.Series, unit: str = "£") -> pd.Series:
    """Whole pence (int64) of amounts in £, £k, £000 or £m, rounded once.

    Raises InputError for an unknown unit, and for a blank or infinite amount, with its rows.
    """
    if unit not in PENCE:
        raise InputError(f"unit {unit!r} is not known. Use one of {', '.join(PENCE)}.")
    amounts = pd.to_numeric(amounts).astype("float64")
    if wrong := first_few(amounts.index[~np.isfinite(amounts)]):
        remedy = "Give a number, or leave the row out."
        raise InputError(f"rows {wrong}: the amount is blank or infinite. {remedy}")
    return (amounts * PENCE[unit]).round().astype("int64")


def pounds(amounts: Any) -> Any:
    """Pounds from pence, as float: for showing, never for adding up."""
    return amounts / 100


def millions(amounts: Any) -> Any:
    """Millions of pounds from pence, as float: for showing, never for adding up."""
    return amounts / 100_000_000


def split(amounts: ndarray, starts: ndarray, shares: ndarray) -> ndarray:
    """Split each amount (int64) over its run of cells by largest remainder; int64, one per cell.

    starts: where each row's run begins; runs are not empty and follow one another. shares: float64,
    one per cell, adding to one over each run.
    """
    sizes = np.diff(np.append(starts, len(shares)))
    if sizes.size == 0:
        return np.empty(0, dtype="int64")
    _check_sizes(len(sizes), sizes.max())
    exact = np.repeat(amounts.astype("float64"), sizes)
    exact *= shares
    whole = np.floor(exact)
    exact -= whole
    parts = whole.astype("int64")
    left_over = amounts - np.add.reduceat(parts, starts)
    parts[_largest(exact, starts, sizes, left_over)] += 1
    return parts


def _largest(remainders, starts, sizes, left_over):
    """The cells that get a penny more: in each row the `left_over` largest, lower cell first."""
    # one integer a cell: a plain sort orders rows, then remainders (largest first), then cells
    row = np.arange(1, len(sizes) + 1, dtype="int64") << (_REMAINDER_BITS + _PLACE_BITS)
    order = np.repeat(row - starts, sizes)
    order += np.arange(len(remainders), dtype="int64")
    remainders *= 1 << _REMAINDER_BITS
    most = (1 << _REMAINDER_BITS) - 1  # a remainder can round to a whole penny
    np.minimum(remainders, most, out=remainders)
    order -= remainders.astype("int64") << _PLACE_BITS
    order.sort()
    chosen = np.repeat(starts, left_over) + count_up(left_over)
    return np.repeat(starts, left_over) + (order[chosen] & ((1 << _PLACE_BITS) - 1))


def count_up(sizes: ndarray) -> ndarray:
    """0, 1, 2 ... for each size, end to end: [2, 3] -> 0, 1, 0, 1, 2."""
    return np.arange(sizes.sum()) - np.repeat(np.cumsum(sizes) - sizes, sizes)


def _check_sizes(rows, widest):
    """Refuse what does not fit in the sorting integer: 8 million rows, 4,096 categories a row."""
    if rows >= 1 << (63 - _REMAINDER_BITS - _PLACE_BITS) or widest > 1 << _PLACE_BITS:
        size = f"{rows:,} rows of up to {widest:,} categories"
        raise InputError(f"{size} are too many at once. Split the ledger by region or place.")
