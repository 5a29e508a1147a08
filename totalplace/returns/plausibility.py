"""Lines beside what they should be like: totals, one another, our estimate, control totals.

A row that says it is a total and is the sum of the lines above it, to the penny, is a total: it is
left out, and the partner is shown so. Every other likeness is a question, for two equal payments
may both be true.
Known limit: the estimate of a body is of the whole body in the place. Where a return covers a part
of a function the comparison is rough, and only a difference of hundreds of times is asked about.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import combinations

import pandas as pd

from totalplace.returns import values
from totalplace.returns.classify import Functions
from totalplace.returns.columns import Columns
from totalplace.returns.decisions import Answers
from totalplace.returns.issues import Problem, limit, quoted
from totalplace.returns.lines import Line
from totalplace.returns.sheet_tables import Table

PREFILLED = "Total Place estimate"  # how the source of a line prefilled by the template begins
TOTAL = re.compile(r"\b(sub-?\s?)?totals?\b|\bsum of\b", re.I)
FREE_TEXT = {"note", "source"}  # where the word total says nothing of the row
VERSION_KEY = (
    *("body", "service", "cofog", "year", "status", "economic", "flow", "payee", "footprint"),
)
# while it is open whether a row is a line at all, its other problems wait
MAY_BE_NO_LINE = {"total-differs", "total-silent", "prefilled"}
Estimate = dict[tuple[str, str, str], int]  # (body, cofog, economic) -> pence


def by_function(estimate: pd.DataFrame) -> pd.Series:
    """The pence of the ledger of estimate.first_count by body, cofog and economic."""
    return estimate.groupby(["body", "cofog", "economic"])["pence"].sum()


def find_totals(lines: Iterable[Line], answers: Answers) -> Iterator[Problem]:
    """The rows of one table that are totals (case total-agrees), and those that may be.

    lines: in the order of the rows. The sums are of the amounts as sent; a total row is in no later
    sum.
    """
    counted, parts, since, grand = 0, 0, 0, 0  # lines above; those since the last total; their sums
    for line in lines:
        texts = (text for column, text in line.row.cells.items() if column not in FREE_TEXT)
        named = any(TOTAL.search(text) for text in texts)
        settled = any((line.key, case) in answers.settled for case in MAY_BE_NO_LINE)
        amount = line.pence_sent or 0
        subtotal, total = parts > 0 and amount == since, parts < counted and amount == grand
        agrees = amount != 0 and not settled and (subtotal or total)
        summed = parts if amount == since else counted
        if named and agrees:
            yield line.problem("total-agrees", "amount", f"{summed} lines")
            parts, since = 0, 0
            continue
        counted += 1
        if named and not settled and line.pence_sent is not None:
            yield line.problem("total-differs", "amount", f"£{grand / 100:,.2f}")
        elif agrees and parts > 1:
            yield line.problem("total-silent", "amount", f"{summed}")
        elif not (settled and line.key in answers.left_out):
            parts, since, grand = parts + 1, since + amount, grand + amount


def find_versions(lines: Iterable[Line]) -> Iterator[Problem]:
    """The pairs of files with so many common lines that they may be versions of one return."""
    keys, rows = defaultdict(set), defaultdict(list)
    for line in lines:
        keys[line.key[0]].add(tuple(str(line.values[column]) for column in VERSION_KEY))
        rows[line.key[0]].append(line.key)
    least = limit("same_lines")
    for one, other in combinations(sorted(keys), 2):
        shared, smaller = len(keys[one] & keys[other]), min(len(keys[one]), len(keys[other]))
        if shared > 1 and shared * 100 >= smaller * least:
            about, words = (*rows[one], *rows[other]), (f"{shared}", f"{smaller}", other)
            yield Problem("second-version", one, "", 0, "", "", *words, about)


def find_equal(lines: Iterable[Line], versions: Iterable[Problem]) -> Iterator[Problem]:
    """Lines equal to another in every column: all but the first of them by file, sheet and row.

    versions: the pairs of files that are asked about as a whole, and so not line by line.
    """
    groups, asked = defaultdict(list), {(one.file, one.other) for one in versions}
    for line in sorted(lines, key=lambda line: line.key):
        if line.pence_sent is not None:
            groups[line.row.digest].append(line)
    for first, *others in groups.values():
        file, sheet, row = first.key
        where = f"{file}, {f'sheet {sheet!r}, ' if sheet else ''}row {row}"
        for line in others:
            if (file, line.key[0]) not in asked:
                yield line.problem("duplicate", "", where)


def find_prefilled(lines: Iterable[Line], estimate: Estimate) -> Iterator[Problem]:
    """Lines that are our own estimate, untouched."""
    for line in lines:
        ours = estimate.get((line.values["body"], line.values["cofog"], line.values["economic"]))
        if ours and line.pence == ours:
            yield line.problem("prefilled", "amount")
        elif str(line.values["source"]).startswith(PREFILLED):
            yield line.problem("prefilled-source", "source")


def find_scale(
    lines: Iterable[Line], estimate: Estimate, functions: Functions
) -> Iterator[Problem]:
    """Sheets whose lines of a body are hundreds of times our estimate, or as much less."""
    covers, groups = _Coverage(estimate, functions), defaultdict(list)
    for line in lines:
        if line.pence is not None and line.values["body"]:
            groups[*line.key[:2], line.values["body"]].append(line)
    least, most = limit("thousand_low"), limit("thousand_high")
    for (file, sheet, body), group in groups.items():
        covered = [(line, covers.of(line)) for line in group]
        expected = sum(estimate[key] for key in set().union(*(keys for _, keys in covered)))
        returned = sum(abs(line.pence or 0) for line, keys in covered if keys)
        smaller, larger = sorted([returned, expected])
        times = larger / smaller if smaller > 0 else 0
        if least <= times <= most:
            known = f"{times:,.0f} times" if returned > expected else f"one {times:,.0f}th of"
            about = tuple(line.key for line in group)
            yield Problem("scale", file, sheet, given=body, known=known, about=about)


class _Coverage:
    """Which of our estimates a line is about: its code's and its parts'; never a wider code's."""

    def __init__(self, estimate: Estimate, functions: Functions):
        self.functions = functions
        self.found: dict[tuple, set[tuple[str, str, str]]] = {}
        self.codes = defaultdict(set)
        for body, code, economic in estimate:
            self.codes[body, economic].add(code)

    def of(self, line: Line) -> set[tuple[str, str, str]]:
        """The keys of the estimates for the functions of a line."""
        asked = body, given, service, economic = tuple(
            line.values[column] for column in ("body", "cofog", "service", "economic")
        )
        if asked not in self.found:
            shares = self.functions.find(body, service, economic)
            codes = (given,) if given else tuple(code for code, *_ in shares)
            ours = {code for code in self.codes[body, economic] if code.startswith(codes)}
            self.found[asked] = {(body, code, economic) for code in ours}
        return self.found[asked]


def find_control(table: Table, lines: Iterable[Line], columns: Columns) -> Iterator[Problem]:
    """The control total of a table beside its counted lines: half a penny a line is rounding."""
    if not table.control_at:
        return
    where = (table.file, table.sheet, *table.control_at, "")
    total = columns.read("amount", table.control, "number") if table.control else None
    if total is None:
        yield Problem("control-blank", *where)
    elif total.value is None:
        yield Problem("control-unreadable", *where, quoted(table.control))
    else:
        stated, _ = values.pence(total.value, "£")
        amounts = [line.pence for line in lines if line.pence is not None]
        if abs(stated - sum(amounts)) * 2 > len(amounts):
            given, known = f"£{stated / 100:,.2f}", f"£{sum(amounts) / 100:,.2f}"
            yield Problem("control-total", *where, given, known)
