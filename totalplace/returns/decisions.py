"""The two tables that the analyst keeps beside the returns: decisions.csv and mapping.csv.

A decision answers one question by the name that the question was given: what, choice, decided_by (a role),
date, reason. The name holds a fingerprint of the rows it is about, so that a line that changes is asked about
again. mapping.csv keeps which COFOG code a service was confirmed to be. Nothing doubtful is decided without a
row here.
"""

import re
from dataclasses import dataclass, field

from totalplace import reference
from totalplace.returns.files import read_own
from totalplace.returns.issues import Problem, quoted
from totalplace.returns.values import simple

DECISIONS = ("decisions.csv", ["what", "choice", "decided_by", "date", "reason"])
MAPPING = ("mapping.csv", ["sector", "service", "cofog", "decided_by", "date", "reason"])
NOT_CLASSIFIED = "not classified"
COUNT = ("count", "count both", "not part of the return")
TURN = "income: turn the sign"
LEAVE_OUT = "leave out"
SETS = {"£": "unit", "£k": "unit", "£m": "unit", "expenditure": "flow", "income": "flow", "outturn": "status",
        "budget": "status"}  # fmt: skip


@dataclass
class Answers:
    """What the decisions have settled so far, by row key (file, sheet, row).

    texts: (row, column) -> what to read instead. settled: (row, case) not to be asked again. out: rows left out.
    turned: rows whose sign is turned. given: name of a question -> the choice; answered: -> the question itself.
    """

    texts: dict = field(default_factory=dict)
    settled: set = field(default_factory=set)
    out: set = field(default_factory=set)
    turned: set = field(default_factory=set)
    given: dict = field(default_factory=dict)
    answered: dict = field(default_factory=dict)


def read_decisions(folder):
    """(decisions by name, problems): the rows of decisions.csv; a row that is not whole is refused."""
    rows, problems = _rows(folder, DECISIONS)
    decisions = {}
    for number, row in rows:
        if row["what"] in decisions:
            problems.append(
                _wrong(DECISIONS, number, f"the question {quoted(row['what'])} is answered twice")
            )
        decisions[row["what"]] = {**row, "row": number}
    return decisions, problems


def read_mapping(folder):
    """((sector, service) -> row, problems): the services whose code the analyst has confirmed."""
    rows, problems = _rows(folder, MAPPING)
    codes, sectors = (
        {*reference.read("cofog")["cofog"], NOT_CLASSIFIED},
        set(reference.returning_bodies()["sector"]),
    )
    mapping = {}
    for number, row in rows:
        key = (row["sector"], simple(row["service"]))
        if row["cofog"] not in codes:
            problems.append(
                _wrong(
                    MAPPING,
                    number,
                    f"{quoted(row['cofog'])} is neither a COFOG code nor 'not classified'",
                )
            )
        elif row["sector"] not in sectors:
            problems.append(
                _wrong(MAPPING, number, f"{quoted(row['sector'])} is not a sector of bodies.csv")
            )
        elif key in mapping:
            problems.append(
                _wrong(MAPPING, number, f"the service {quoted(row['service'])} is mapped twice")
            )
        else:
            mapping[key] = row
    return mapping, problems


def _wrong(table, number, said):
    return Problem(
        "decision-wrong" if table is DECISIONS else "mapping-wrong", table[0], row=number, said=said
    )


def _rows(folder, table):
    """The numbered rows of one of the analyst's tables, as dicts; every cell must be filled and the date a date."""
    name, columns = table
    heading, *body = read_own(folder / name) or [columns]
    if heading != columns:
        return [], [_wrong(table, 1, f"its columns must be {', '.join(columns)}")]
    rows, problems = [], []
    for number, cells in enumerate(body, start=2):
        if len(cells) != len(columns) or not all(cells):
            problems += (
                [_wrong(table, number, "a cell is blank, or there is one too many")]
                if any(cells)
                else []
            )
        elif not re.fullmatch(r"\d{4}-\d{2}-\d{2}", cells[columns.index("date")]):
            problems.append(_wrong(table, number, "the date is not written as 2009-10-31"))
        else:
            rows.append((number, dict(zip(columns, cells, strict=True))))
    return rows, problems


def apply(findings, decisions, answers, readable):
    """Apply the decisions on these findings; returns (whether any was new, problems of choices not offered).

    readable: (column, text) -> whether a text can be read as that column's.
    """
    new, problems = False, []
    for finding in findings:
        decision = decisions.get(finding.what)
        if finding.verdict != "ask" or decision is None:
            continue
        if not _offered(finding, decision["choice"], readable):
            said = f"{quoted(decision['choice'])} is not a choice for {quoted(finding.what)}: {offers(finding)}"
            problems.append(_wrong(DECISIONS, decision["row"], said))
            continue
        finding.answer = decision["choice"]
        if finding.what not in answers.given:
            answers.given[finding.what], answers.answered[finding.what] = (
                decision["choice"],
                finding,
            )
            _settle(finding, decision["choice"], answers)
            new = True
    return new, problems


def offers(finding):
    """The choices of a question in words: "'count' or 'leave out'"; of an open one, what to write: "a year"."""
    return " or ".join(
        f"<{choice}>" if choice in _columns() else f"'{choice}'" for choice in finding.choices
    )


def _columns():
    return set(reference.read("return_columns")["column"])


def _offered(finding, choice, readable):
    """Whether a choice is one of those offered, or can be read as the column that an open question asks for."""
    closed = set(finding.choices) - _columns()
    return choice in closed or any(
        readable(column, choice) for column in finding.choices if column in _columns()
    )


def _settle(finding, choice, answers):
    """What a choice does to the rows of its question."""
    answers.settled |= {(row, finding.case) for row in finding.rows}
    if choice == LEAVE_OUT:
        answers.out |= set(finding.rows)
    elif choice.startswith(LEAVE_OUT):
        answers.out |= {
            row for row in finding.rows if row[0] == choice.removeprefix(LEAVE_OUT).strip()
        }
    elif choice == TURN:
        answers.turned |= set(finding.rows)
    elif choice not in COUNT:
        asked = next((column for column in finding.choices if column in _columns()), finding.column)
        column = SETS.get(choice, asked) if choice in finding.choices else asked
        answers.texts |= {(row, column): choice for row in finding.rows}
