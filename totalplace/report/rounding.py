"""Controlled rounding: what is printed is the floor or the ceiling of its value, and still adds.

A column is settled by largest remainder. A cross table, whose rows and columns must both add, is
settled by the moves of Cox (1987): wherever two cells of a row are fractional there is a closed
walk of fractional cells along rows and columns; adding to every second cell and taking from the
others leaves all sums as they were, and settles at least one cell a walk.

All sums are of whole numbers; `base` is the value of one printed unit (10,000,000 pence where £0.1m
is printed). Nothing is remembered: the same figures are rounded the same way, wherever they are.
"""

from collections.abc import Sequence

from totalplace.errors import InputError


def nearest(value: int, base: int) -> int:
    """Value in whole units of `base`, halves away from zero: nearest(-15, 10) is -2."""
    units = (2 * abs(value) + base) // (2 * base)
    return units if value >= 0 else -units


def rounded(values: Sequence[int], base: int) -> tuple[list[int], int]:
    """Whole units for a column of integers: (cells, total), the total the nearest to theirs.

    Those that lie highest above a whole unit are rounded up; of equals, the first.
    Raises InputError where `base` is not positive.
    """
    if base <= 0:
        raise InputError(f"nothing can be printed in units of {base}")
    total = nearest(sum(values), base)
    cells = [value // base for value in values]
    highest_first = sorted(range(len(values)), key=lambda i: (-(values[i] % base), i))
    for i in highest_first[: total - sum(cells)]:
        cells[i] += 1
    return cells, total


def rounded_cross(
    rows: Sequence[Sequence[int]], base: int
) -> tuple[list[list[int]], list[int], list[int], int]:
    """Whole units for a table of integers (equal rows): (cells, row totals, column totals, total).

    Rows and columns add as printed, and the total is the nearest. The totals of rows and columns
    are those of `rounded` where the table allows it, so that two tables of the same figures seldom
    differ.
    """
    table = _with_totals(rows)
    aims = _aims(table, base)
    lines = _fractional_lines(table, base)
    while lines:
        walk = _closed_walk(lines)
        _settle(table, walk, aims, base)
        _leave_out(lines, [(i, j) for i, j in walk if table[i][j] % base == 0])
    units = [[value // base for value in row] for row in table]
    cells = [row[:-1] for row in units[:-1]]
    by_row, by_column = [-row[-1] for row in units[:-1]], [-value for value in units[-1][:-1]]
    return cells, by_row, by_column, units[-1][-1]


def _with_totals(rows):
    """The table with its totals taken off, so that every row and every column adds to nothing."""
    wide = [[*row, -sum(row)] for row in rows]
    return [*wide, [-sum(column) for column in zip(*wide, strict=True)]]


def _aims(table, base):
    """Where the totals should end: cell -> value, those of a rounded column."""
    bottom, right = len(table) - 1, len(table[0]) - 1
    by_row, corner = rounded([-row[-1] for row in table[:-1]], base)
    by_column, _ = rounded([-value for value in table[-1][:-1]], base)
    aims = {(i, right): -units * base for i, units in enumerate(by_row)}
    aims |= {(bottom, j): -units * base for j, units in enumerate(by_column)}
    return aims | {(bottom, right): corner * base}


def _fractional_lines(table, base):
    """Row or column -> its fractional cells and the line that each crosses.

    Totals come first: they move while all can.
    """
    lines: dict[tuple, dict] = {}
    for i in reversed(range(len(table))):
        for j in reversed(range(len(table[i]))):
            if table[i][j] % base:
                lines.setdefault(("row", i), {})[i, j] = ("column", j)
                lines.setdefault(("column", j), {})[i, j] = ("row", i)
    return lines


def _closed_walk(lines):
    """Fractional cells that join rows and columns in a ring.

    No line holds only one, so the walk can always go on.
    """
    here = next(iter(lines))
    been = [here]
    walk: list[tuple[int, int]] = []
    while True:
        cell = next(cell for cell in lines[here] if not walk or cell != walk[-1])
        here = lines[here][cell]
        walk.append(cell)
        if here in been:
            return walk[been.index(here) :]
        been.append(here)


def _settle(table, walk, aims, base):
    """Move every second cell up and the others down, or the reverse, until one is whole."""
    ways = [(walk[0::2], walk[1::2]), (walk[1::2], walk[0::2])]
    ups, downs = min(
        ways,
        key=lambda way: (*_away(table, way[0], way[1], aims), _room(table, way[0], way[1], base)),
    )
    room = _room(table, ups, downs, base)
    for i, j in ups:
        table[i][j] += room
    for i, j in downs:
        table[i][j] -= room


def _away(table, ups, downs, aims):
    """How far the move leads the grand total, then the others, away from where they should end."""
    corner = max(aims)
    steps = [(cell, 1) for cell in ups] + [(cell, -1) for cell in downs]
    away = [
        (cell == corner, -sign if aims[cell] > table[cell[0]][cell[1]] else sign)
        for cell, sign in steps
        if cell in aims
    ]
    of_corner = sum(step for is_corner, step in away if is_corner)
    return of_corner, sum(step for _, step in away) - of_corner


def _room(table, ups, downs, base):
    """The smallest move that makes a cell whole."""
    return min([base - table[i][j] % base for i, j in ups] + [table[i][j] % base for i, j in downs])


def _leave_out(lines, settled):
    """Take cells that are whole now out of their lines, and lines that are empty out of all."""
    for i, j in settled:
        for line in (("row", i), ("column", j)):
            lines[line].pop((i, j))
            if not lines[line]:
                lines.pop(line)
