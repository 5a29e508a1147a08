"""Returned lines beside what they should be like: our own estimate of the same functions, the partner's own control total.

Known limit: the estimate of a body is of the whole body in the place; where a return covers a part of a
function, the comparison is rough, and only a difference of hundreds of times is asked about.
"""

import re
from collections import defaultdict

from totalplace import estimate
from totalplace.returns import values
from totalplace.returns.issues import Problem, limit, quoted

PREFILLED = "Total Place estimate"  # how the source of a line prefilled by the template begins


def estimates(place, year):
    """The first count of a place by body, COFOG code and economic: a table of body, cofog, economic, pence."""
    ledger = estimate.first_count(place, year)
    return ledger.groupby(["body", "cofog", "economic"], as_index=False)["pence"].sum()


def find_prefilled(lines, expected):
    """Ask about lines that are our own estimate, untouched. expected: {(body, cofog, economic): pence}."""
    for line in lines:
        values = line.values
        ours = expected.get((values["body"], values["cofog"], values["economic"]))
        if ours and line.pence == ours:
            line.raises("prefilled", "amount")
        elif str(values["source"]).startswith(PREFILLED):
            line.raises("prefilled-source", "source")


def find_scale(lines, expected, functions):
    """Ask about sheets whose lines of a body are hundreds of times our estimate for the same functions, or as much less."""
    ours, groups = _Estimate(expected), defaultdict(list)
    for line in lines:
        if line.pence is not None and line.values["body"]:
            groups[line.row.table.file, line.row.table.sheet, line.values["body"]].append(line)
    for (file, sheet, body), group in groups.items():
        covered = set().union(*(ours.covered(line.values, functions) for line in group))
        counted = [line for line in group if ours.covered(line.values, functions)]
        likely, returned = (
            sum(expected[key] for key in covered),
            sum(abs(line.pence) for line in counted),
        )
        times = max(returned, likely) / min(returned, likely) if returned > 0 and likely > 0 else 0
        if limit("thousand_low") <= times <= limit("thousand_high"):
            known = f"{times:,.0f} times" if returned > likely else f"one {times:,.0f}th of"
            yield Problem(
                "scale",
                file,
                sheet,
                said=body,
                known=known,
                about=tuple(line.key for line in group),
            )


def find_control(table, lines):
    """What the control total of a table says of its lines, as they are read: half a penny a line is rounding."""
    if not table.control_cell:
        return []
    letter, row = re.fullmatch(r"([A-Z]+)(\d+)", table.control_cell).groups()
    place = (table.file, table.sheet, int(row), letter, "")
    if not table.control:
        return [Problem("control-blank", *place)]
    reading = values.number(table.control, "number")
    if reading.value is None:
        return [Problem("control-unreadable", *place, quoted(table.control))]
    stated, _ = values.pence(reading.value, "£")
    amounts = [line.pence for line in lines if line.row.table is table and line.pence is not None]
    if abs(stated - sum(amounts)) * 2 <= len(amounts):
        return []
    return [
        Problem("control-total", *place, f"£{stated / 100:,.2f}", f"£{sum(amounts) / 100:,.2f}")
    ]


class _Estimate:
    """Which of our estimates a line speaks of: its code's own and its parts'; never a whole that it is a part of."""

    def __init__(self, expected):
        self.by_body, self.memo = defaultdict(set), {}
        for body, code, economic in expected:
            self.by_body[body, economic].add(code)

    def covered(self, values, functions):
        """The keys of the estimates for the functions of a line."""
        asked = (values["body"], values["cofog"], values["service"], values["economic"])
        if asked not in self.memo:
            body, given, service, economic = asked
            codes = (
                [given]
                if given
                else [code for code, _, _ in functions.find(body, service, economic)]
            )
            own = self.by_body[body, economic]
            found = {ours for code in codes for ours in own if _speaks_of(code, ours)}
            self.memo[asked] = {(body, code, economic) for code in found}
        return self.memo[asked]


def _speaks_of(code, ours):
    return ours.startswith(code)
