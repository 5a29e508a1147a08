"""What may be wrong with a return, and what is done about it: accept, warn, ask or refuse.

The cases, their verdicts and their words are rows of return_cases.csv; the limits are rows of
return_limits.csv. The code finds problems; a Problem names its case and where it is. Problems of one case that
say the same thing about the same sheet are one Finding, so that 300 blank cells are one question and are
answered once.
"""

import functools
import hashlib
from dataclasses import dataclass, field
from typing import NamedTuple

from totalplace import reference
from totalplace.errors import InputError, first_few

VERDICTS = (
    "accept",
    "warn",
    "ask",
    "refuse",
)  # in order: the worst of a line's findings is its verdict


class Refused(Exception):
    """A file that is not read. `case`: of return_cases.csv; `words`: what its message needs (said, known)."""

    def __init__(self, case, **words):
        super().__init__(case)
        self.case, self.words = case, words


class Problem(NamedTuple):
    """One thing wrong in one place. `row` and `column` (a letter) may be missing: the problem is the sheet's or the file's.

    heading: the column of return_columns.csv. said, known, other: words of the message. about: keys of other
    rows in doubt.
    """

    case: str
    file: str
    sheet: str = ""
    row: int = 0
    column: str = ""
    heading: str = ""
    said: str = ""
    known: str = ""
    other: str = ""
    about: tuple = ()


@dataclass
class Finding:
    """Problems of one case that say the same: its verdict, its words, its cells, the rows it is about, and its answer.

    what: the name by which decisions.csv answers it. rows: keys (file, sheet, row). pence: of those rows, as
    written. answer: the choice that was recorded, blank while there is none.
    """

    case: str
    verdict: str
    file: str
    sheet: str
    cells: list
    problem: str
    remedy: str
    choices: tuple
    column: str
    rows: list = field(default_factory=list)
    pence: int = 0
    what: str = ""
    answer: str = ""

    @property
    def where(self):
        """File, sheet and cells as text, for a message."""
        cells = (
            [f"{'cell' if len(self.cells) == 1 else 'cells'} {first_few(self.cells)}"]
            if self.cells
            else []
        )
        return ", ".join([self.file, *([f"sheet {self.sheet!r}"] if self.sheet else []), *cells])

    @property
    def open(self):
        """True while it stands in the way: refused, or asked and not answered."""
        return self.verdict == "refuse" or (self.verdict == "ask" and not self.answer)

    def __str__(self):
        """The whole message: where, what is wrong, what to do."""
        return f"{self.where}: {self.problem}. {self.remedy}"


def limit(name):
    """A limit of return_limits.csv, as a whole number."""
    return _limits(str(reference.folder()))[name]


@functools.cache
def _limits(_folder):
    return dict(reference.read("return_limits")[["limit", "value"]].itertuples(index=False))


@functools.cache
def _shown(_folder):
    """Column -> the heading that the template gives it."""
    return dict(reference.read("return_columns")[["column", "heading"]].itertuples(index=False))


def findings(problems, digests):
    """Problems as findings: one for each case, file, sheet and thing said, in order of place.

    digests: (file, sheet, row) -> fingerprint of the row as it was sent, so that a question whose rows have
    changed is a new question. Raises InputError for a case that return_cases.csv does not have.
    """
    cases = reference.read("return_cases").set_index("case")
    groups = {}
    for problem in problems:
        groups.setdefault(_sort_of(problem), []).append(problem)
    unknown = {problem.case for problem, *_ in groups.values()} - set(cases.index)
    if unknown:
        raise InputError(f"return_cases.csv has no case {first_few(sorted(unknown))}.")
    found = [_finding(cases.loc[group[0].case], group, digests) for group in groups.values()]
    return sorted(
        found,
        key=lambda finding: (
            finding.file,
            finding.sheet,
            finding.rows[:1],
            finding.case,
            finding.what,
        ),
    )


def _sort_of(problem):
    return (
        problem.case,
        problem.file,
        problem.sheet,
        problem.heading,
        problem.said,
        problem.known,
        problem.other,
    )


def _finding(case, group, digests):
    first = group[0]
    rows = sorted(
        {(one.file, one.sheet, one.row) for one in group if one.row}.union(
            *(one.about for one in group)
        )
    )
    words = {"said": first.said, "known": first.known, "file": first.file, "other": first.other}
    words["column"] = _shown(str(reference.folder())).get(first.heading, first.heading)
    places = sorted({(one.row, one.column) for one in group if one.row})
    return Finding(
        case=case.name, verdict=case["verdict"], file=first.file, sheet=first.sheet,
        cells=[f"{column}{row}" if column else f"row {row}" for row, column in places],
        problem=case["problem"].format(**words), remedy=case["remedy"].format(**words),
        choices=tuple(choice.format(**words | {"column": first.heading}) for choice in case["choices"].split("|") if choice),
        column=first.heading, rows=rows, what=_name(first, rows, digests),
    )  # fmt: skip


def _name(problem, rows, digests):
    """The name of a question: its case, its file, and a fingerprint of what was said and of the rows it is about."""
    about = [problem.sheet, problem.heading, problem.said, problem.known, problem.other]
    text = "\x1f".join([*about, *sorted(digests.get(row, "") for row in rows)])
    return f"{problem.case} {plain(problem.file)} {hashlib.sha256(text.encode()).hexdigest()[:8]}"


def quoted(text):
    """A partner's words for a message: in quotation marks, short, on one line, with nothing that a terminal would obey."""
    tidy = plain(str(text))
    return f"'{tidy[:60]}…'" if len(tidy) > 60 else f"'{tidy}'"


def plain(text):
    """Text without characters that do not print; any run of spaces is one."""
    if not text.isprintable():
        text = "".join(letter if letter.isprintable() else " " for letter in text)
    return " ".join(text.split())
