"""What would be counted twice: total rows, lines that are equal, two versions of one return, our own estimate sent back.

A row that says it is a total and is the sum of the lines above it, to the penny, is a total: it is left out,
and said. Every other likeness is a question, for two equal payments may both be true.
"""

import re
from collections import defaultdict
from itertools import combinations

from totalplace.returns.issues import Problem, limit

TOTAL = re.compile(r"\b(sub-?\s?)?totals?\b|\bsum of\b", re.I)
VERSION_KEY = (
    "body",
    "service",
    "cofog",
    "year",
    "status",
    "economic",
    "flow",
    "payee",
    "footprint",
)
FREE = {"note", "source"}  # where the word total says nothing of the row
DOUBTED = {
    "total-differs",
    "total-silent",
    "prefilled",
}  # what else is wrong with such a row waits for the answer


def find_totals(lines, answers):
    """Mark the total rows of one table; returns (its other lines, the rows shown to be totals), each in order.

    lines: of one table, in the order of its rows. The sums are of the amounts as they were written.
    """
    kept, totals, parts, since, grand = [], [], 0, 0, 0
    for line in lines:
        words = any(
            TOTAL.search(text) for column, text in line.row.cells.items() if column not in FREE
        )
        amount, settled = (
            line.written or 0,
            any((line.key, case) in answers.settled for case in DOUBTED),
        )
        agrees = (
            amount != 0
            and not settled
            and ((parts > 0 and amount == since) or (parts < len(kept) and amount == grand))
        )
        if words and agrees:
            line.problems.clear()
            line.raises(
                "total-agrees", "amount", f"{parts if amount == since else len(kept)} lines"
            )
            totals.append(line)
            parts, since = 0, 0
            continue
        kept.append(line)
        if words and not settled and line.written is not None:
            line.raises("total-differs", "amount", f"£{grand / 100:,.2f}")
        elif agrees and parts > 1:
            line.raises("total-silent", "amount", f"{parts if amount == since else len(kept) - 1}")
        elif not (settled and line.key in answers.out):
            parts, since, grand = parts + 1, since + amount, grand + amount
    return kept, totals


def find_versions(lines):
    """The pairs of files with so many lines in common that they may be two versions of one return, as Problems."""
    keys, rows = defaultdict(set), defaultdict(list)
    for line in lines:
        file = line.row.table.file
        keys[file].add(tuple(str(line.values[column]) for column in VERSION_KEY))
        rows[file].append(line.key)
    for one, other in combinations(sorted(keys), 2):
        shared, smaller = len(keys[one] & keys[other]), min(len(keys[one]), len(keys[other]))
        if shared > 1 and shared * 100 >= smaller * limit("same_lines"):
            about = (*rows[one], *rows[other])
            yield Problem(
                "second-version",
                one,
                said=f"{shared}",
                known=f"{smaller}",
                other=other,
                about=about,
            )


def find_equal(lines, versions):
    """Ask about lines equal to another in every column: all but the first of them by file, sheet and row.

    versions: pairs of files that are asked about as a whole, and so not line by line.
    """
    groups = defaultdict(list)
    for line in sorted(lines, key=lambda line: line.key):
        if line.written is not None:
            groups[line.row.digest].append(line)
    for first, *others in groups.values():
        for line in others:
            if (first.row.table.file, line.row.table.file) not in versions:
                file, sheet, row = first.key
                line.raises(
                    "duplicate", "", f"{file}, {f'sheet {sheet!r}, ' if sheet else ''}row {row}"
                )
