"""What may be wrong with a return, and what is done about it: accept, warn, ask or refuse.

The cases, the action on each and the words of its message are rows of return_cases.csv; the limits
are rows of return_limits.csv. The code finds problems: a Problem names its case and its place.
Problems of one case that say the same thing about the same sheet are one Issue, so that 300 blank
cells are one question, answered once.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

import pandas as pd

from totalplace import reference
from totalplace.errors import InputError, first_few

ACTIONS = ("accept", "warn", "ask", "refuse")  # from mild to strong: a line gets the strongest
Key = tuple[str, str, int]  # file, sheet and row: where a line came from


class Refused(Exception):
    """A file that is not read: its case of return_cases.csv, and words for the message."""

    def __init__(self, case: str, given: str = "", known: str = ""):
        super().__init__(case)
        self.case, self.given, self.known = case, given, known


class Problem(NamedTuple):
    """One thing wrong in one place; without a row it is a problem of the sheet or of the file.

    letter: of the spreadsheet's column. column: of return_columns.csv. given (what was sent),
    known, other: words of the message. about: keys of other rows in doubt.
    """

    case: str
    file: str
    sheet: str = ""
    row: int = 0
    letter: str = ""
    column: str = ""
    given: str = ""
    known: str = ""
    other: str = ""
    about: tuple[Key, ...] = ()

    @property
    def key(self) -> Key:
        """The row that it is in."""
        return self.file, self.sheet, self.row


@dataclass
class Issue:
    """Problems of one case that say the same: what is wrong, where, what to do, and the answer.

    what: the name by which decisions.csv answers it. pence: of its rows, as sent; None where no
    amount can be read. answer: the choice recorded for it, blank while there is none.
    """

    case: str
    action: str
    file: str
    sheet: str
    cells: list[str]
    problem: str
    remedy: str
    choices: tuple[str, ...]
    column: str
    rows: list[Key] = field(default_factory=list)
    pence: int | None = None
    what: str = ""
    answer: str = ""

    @property
    def where(self) -> str:
        """File, sheet and cells in words, for a message."""
        sheet = f"sheet {self.sheet!r}" if self.sheet else ""
        cells = f"{'cell' if len(self.cells) == 1 else 'cells'} {first_few(self.cells)}"
        return ", ".join(filter(None, [self.file, sheet, cells if self.cells else ""]))

    @property
    def open(self) -> bool:
        """True while something is to be done: it is refused, or asked and not answered."""
        return self.action == "refuse" or (self.action == "ask" and not self.answer)

    def __str__(self) -> str:
        return f"{self.where}: {self.problem}. {self.remedy}"


def limit(name: str) -> int:
    """A limit of return_limits.csv. To be asked once for a file, not once for a cell."""
    return limits()[name]


@reference.cached_until_data_changes("return_limits")
def limits() -> dict[str, int]:
    """Every limit of return_limits.csv by its name."""
    return dict(reference.read("return_limits")[["limit", "value"]].itertuples(index=False))


def group(problems: Iterable[Problem], digests: dict[Key, str]) -> list[Issue]:
    """Problems as issues: one for each case, file, sheet and message, in order of place.

    Parameters
    ----------
    digests
        The fingerprint of each row as it was sent: a question whose rows have changed is a new
        question.

    Raises
    ------
    InputError
        For a case that return_cases.csv does not have.
    """
    cases, columns = (
        reference.read("return_cases").set_index("case"),
        reference.read("return_columns"),
    )
    headings = dict(zip(columns["column"], columns["heading"], strict=True))
    groups: dict[tuple, list[Problem]] = {}
    for one in problems:
        alike = (one.case, one.file, one.sheet, one.column, one.given, one.known, one.other)
        groups.setdefault(alike, []).append(one)
    unknown = {case for case, *_ in groups} - set(cases.index)
    if unknown:
        raise InputError(f"return_cases.csv has no case {first_few(sorted(unknown))}.")
    issues = [
        _issue(cases.loc[alike[0]], found, headings, digests) for alike, found in groups.items()
    ]
    return sorted(issues, key=lambda one: (one.file, one.sheet, one.rows[:1], one.case, one.what))


def _issue(case: pd.Series, found: list[Problem], headings: dict, digests: dict) -> Issue:
    first = found[0]
    rows = sorted({one.key for one in found if one.row}.union(*(one.about for one in found)))
    words = {"given": first.given, "known": first.known, "file": first.file, "other": first.other}
    named = words | {"column": headings.get(first.column, first.column)}
    choices = case["choices"].split("|") if case["choices"] else []
    return Issue(
        case=str(case.name),
        action=case["action"],
        file=first.file,
        sheet=first.sheet,
        cells=[
            f"{letter or 'row '}{row}"
            for row, letter in sorted({(one.row, one.letter) for one in found if one.row})
        ],
        problem=case["problem"].format(**named),
        remedy=case["remedy"].format(**named),
        choices=tuple(choice.format(**words, column=first.column) for choice in choices),
        column=first.column,
        rows=rows,
        what=_name(first, rows, digests),
    )


def _name(problem: Problem, rows: list[Key], digests: dict[Key, str]) -> str:
    """The name of a question: its case, its file, and a fingerprint of its words and rows."""
    words = [problem.sheet, problem.column, problem.given, problem.known, problem.other]
    text = "\x1f".join([*words, *sorted(digests.get(row, "") for row in rows)])
    return f"{problem.case} {plain(problem.file)} {hashlib.sha256(text.encode()).hexdigest()[:8]}"


def quoted(text: object) -> str:
    """A partner's words for a message: quoted, short, on one line, with no control characters."""
    tidy = plain(str(text))
    return f"'{tidy[:60]}…'" if len(tidy) > 60 else f"'{tidy}'"


def plain(text: str) -> str:
    """Text without characters that do not print; any run of spaces is one."""
    if not text.isprintable():
        text = "".join(letter if letter.isprintable() else " " for letter in text)
    return " ".join(text.split())
