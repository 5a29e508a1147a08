"""The two tables that the analyst keeps beside the returns: decisions.csv and mapping.csv.

A decision answers one question by the name that the question was given: what, choice, decided_by (a
role), date, reason. The name holds a fingerprint of the rows it is about, so that a line that
changes is asked about again. mapping.csv keeps which COFOG code a service was confirmed to be.
Nothing doubtful is decided without a row here.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from totalplace import reference
from totalplace.returns.files import read_own
from totalplace.returns.issues import Issue, Key, Problem, quoted
from totalplace.returns.values import simple

DECISIONS, MAPPING = "decisions.csv", "mapping.csv"
COLUMNS = {
    DECISIONS: ["what", "choice", "decided_by", "date", "reason"],
    MAPPING: ["sector", "service", "cofog", "decided_by", "date", "reason"],
}
WRONG = {DECISIONS: "decision-wrong", MAPPING: "mapping-wrong"}
UNCLASSIFIED = (
    "not classified"  # in mapping.csv, and as the basis of a line: a service with no COFOG code
)
COUNT = ("count", "count both", "not part of the return")
CHANGE_SIGN = "income: change the sign"
LEAVE_OUT = "leave out"
# choices that are a word of a column, whatever column the question is about
COLUMN_OF_CHOICE = (
    dict.fromkeys(("£", "£k", "£m"), "unit")
    | dict.fromkeys(("expenditure", "income"), "flow")
    | dict.fromkeys(("outturn", "budget"), "status")
)


@dataclass
class Answers:
    """What the decisions have settled so far.

    texts: (row, column) -> what to read instead. settled: (row, case) not to be asked again.
    left_out, signs_changed: rows. choices: name of a question -> the choice; answered: -> the
    question itself.
    """

    texts: dict[tuple[Key, str], str] = field(default_factory=dict)
    settled: set[tuple[Key, str]] = field(default_factory=set)
    left_out: set[Key] = field(default_factory=set)
    signs_changed: set[Key] = field(default_factory=set)
    choices: dict[str, str] = field(default_factory=dict)
    answered: dict[str, Issue] = field(default_factory=dict)


def read_decisions(folder: Path) -> tuple[dict[str, dict], list[Problem]]:
    """(decisions by name, problems), of decisions.csv; a row that is not complete is refused."""
    rows, problems = _rows(folder, DECISIONS)
    decisions: dict[str, dict] = {}
    for number, row in rows:
        if row["what"] in decisions:
            twice = f"the question {quoted(row['what'])} is answered twice"
            problems.append(_wrong(DECISIONS, number, twice))
        decisions[row["what"]] = {**row, "row": number}
    return decisions, problems


def read_mapping(folder: Path) -> tuple[dict[tuple[str, str], dict], list[Problem]]:
    """((sector, service) -> row, problems): the services whose code the analyst has confirmed."""
    rows, problems = _rows(folder, MAPPING)
    codes = {*reference.read("cofog")["cofog"], UNCLASSIFIED}
    sectors = set(reference.returning_bodies()["sector"])
    mapping: dict[tuple[str, str], dict] = {}
    for number, row in rows:
        key, wrong = (row["sector"], simple(row["service"])), ""
        if row["cofog"] not in codes:
            wrong = f"{quoted(row['cofog'])} is neither a COFOG code nor '{UNCLASSIFIED}'"
        elif row["sector"] not in sectors:
            wrong = f"{quoted(row['sector'])} is not a sector of bodies.csv"
        elif key in mapping:
            wrong = f"the service {quoted(row['service'])} is mapped twice"
        else:
            mapping[key] = row
        problems += [_wrong(MAPPING, number, wrong)] if wrong else []
    return mapping, problems


def _wrong(table: str, number: int, fault: str) -> Problem:
    return Problem(WRONG[table], table, row=number, given=fault)


def _rows(folder: Path, table: str) -> tuple[list[tuple[int, dict]], list[Problem]]:
    """The numbered rows of one of the analyst's tables, each complete, and problems."""
    columns = COLUMNS[table]
    heading, *body = read_own(folder / table) or [columns]
    if heading != columns:
        return [], [_wrong(table, 1, f"its columns must be {', '.join(columns)}")]
    rows, problems = [], []
    for number, cells in enumerate(body, start=2):
        if not any(cells):
            continue
        if len(cells) != len(columns) or not all(cells):
            problems.append(_wrong(table, number, "a cell is blank, or there is one too many"))
        elif not re.fullmatch(r"\d{4}-\d{2}-\d{2}", cells[columns.index("date")]):
            problems.append(_wrong(table, number, "the date is not written as 2009-10-31"))
        else:
            rows.append((number, dict(zip(columns, cells, strict=True))))
    return rows, problems


def apply(
    issues: Iterable[Issue], decisions: dict, answers: Answers, readable: Callable[[str, str], bool]
) -> tuple[bool, list[Problem]]:
    """Answer these issues by the decisions: (whether any was new, problems of choices).

    readable: (column, text) -> whether a text can be read as that column's.
    """
    new, problems = False, []
    for issue in issues:
        decision = decisions.get(issue.what)
        if issue.action != "ask" or decision is None:
            continue
        choice = decision["choice"]
        if not _offered(issue, choice, readable):
            fault = f"{quoted(choice)} is not a choice for {quoted(issue.what)}: {offers(issue)}"
            problems.append(_wrong(DECISIONS, decision["row"], fault))
            continue
        issue.answer = choice
        if issue.what not in answers.choices:
            answers.choices[issue.what], answers.answered[issue.what] = choice, issue
            _settle(issue, choice, answers)
            new = True
    return new, problems


def idle(decisions: dict, answers: Answers, wrong: Iterable[Problem]) -> list[Problem]:
    """Decisions that answer no question, but for those that are wrong and reported as such."""
    reported = {problem.row for problem in wrong}
    rows = {
        what: row["row"]
        for what, row in decisions.items()
        if what not in answers.choices and row["row"] not in reported
    }
    return [
        Problem("decision-idle", DECISIONS, row=row, given=quoted(what))
        for what, row in rows.items()
    ]


def offers(issue: Issue) -> str:
    """The choices of a question in words: "'count' or 'leave out'", or what to write: "<year>"."""
    columns = _columns()
    return " or ".join(
        f"<{choice}>" if choice in columns else f"'{choice}'" for choice in issue.choices
    )


@reference.cached_until_data_changes("return_columns")
def _columns() -> frozenset[str]:
    return frozenset(reference.read("return_columns")["column"])


def _offered(issue: Issue, choice: str, readable: Callable[[str, str], bool]) -> bool:
    """Whether a choice is one of those offered, or can be read as the column asked for."""
    columns = _columns()
    return choice in set(issue.choices) - columns or any(
        readable(column, choice) for column in issue.choices if column in columns
    )


def _settle(issue: Issue, choice: str, answers: Answers) -> None:
    """What a choice does to the rows of its question."""
    answers.settled |= {(row, issue.case) for row in issue.rows}
    if choice == LEAVE_OUT:
        answers.left_out |= set(issue.rows)
    elif choice.startswith(LEAVE_OUT):
        file = choice.removeprefix(LEAVE_OUT).strip()
        answers.left_out |= {row for row in issue.rows if row[0] == file}
    elif choice == CHANGE_SIGN:
        answers.signs_changed |= set(issue.rows)
    elif choice not in COUNT:
        columns = _columns()
        asked = next((column for column in issue.choices if column in columns), issue.column)
        column = COLUMN_OF_CHOICE.get(choice, asked) if choice in issue.choices else asked
        answers.texts |= {(row, column): choice for row in issue.rows}
