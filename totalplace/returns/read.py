"""The returns of a place, read: good lines, questions, faults, and sums that show nothing lost.

Every row of every file of data/raw/returns/<place>/ ends accepted, warned about, asked about or
refused, and the pence of these add to the sheet's: it is checked as it runs. What is doubtful stays
out until decisions.csv answers it.

The steps, in their order:
1. files: the folder is opened. sheet_tables: the tables on its sheets are found, with their rows as
   text.
2. lines: each row becomes a line, typed, with what decisions have put in place of a cell. It is not
   changed afterwards.
3. plausibility.find_totals: rows that are totals are set aside. The rest are the lines.
4. Checks, each a function that looks and yields problems: of the line by itself (lines), beside
   other lines, our estimate and the control total (plausibility), of its service and code
   (classify).
5. issues.group: problems that say the same are one issue.
6. decisions.apply: issues that the analyst has decided are answered. If any is new, steps 2 to 6
   are done again with it.
7. Each line gets the strongest action on its issues. Lines that are accepted or only warned about
   are classified, become the table of lines, and are added up beside the rest.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from totalplace import places, reference
from totalplace.places import Place
from totalplace.returns import decisions, plausibility
from totalplace.returns.classify import Functions, check_codes, classify, suggested_groups
from totalplace.returns.columns import Columns
from totalplace.returns.decisions import UNCLASSIFIED, Answers
from totalplace.returns.files import File, read_folder
from totalplace.returns.issues import ACTIONS, Issue, Key, Problem, group, plain
from totalplace.returns.lines import Line, check_line, pence_as_sent, read_line
from totalplace.returns.sheet_tables import Table, read_tables
from totalplace.returns.xlsx import letters

COLUMNS = [
    *("file", "sheet", "row", "cell", "body", "body_sent", "service"),
    *("cofog", "cofog_share", "cofog_basis", "year", "status", "economic", "flow", "payee"),
    *("footprint", "driver", "pence", "unit", "ring_fenced", "confidential"),
    *("age_from", "age_to", "children", "source", "note", "supersedes", "action"),
]
WHOLE_NUMBERS = dict.fromkeys(("age_from", "age_to", "children"), "Int64")
NUMBERS = {"row": "int64", "pence": "int64"} | WHOLE_NUMBERS
BUCKETS = dict.fromkeys(("accept", "warn"), "accepted") | {"ask": "asked"}
BUCKETS |= dict.fromkeys(("refuse", "out"), "refused")
STAYS_IN_COUNT = {"unclassified"}  # a question that leaves its line in the count


@dataclass
class Returns:
    """What the returns of a place say.

    Attributes
    ----------
    lines
        Accepted and warned lines, one row a line and COFOG code: COLUMNS, pence int64, income
        negative. A service that no table knows has cofog "" and cofog_basis "not classified".
    sums
        By file and sheet, in pence as sent: total = accepted + asked + refused; left_out, the part
        of refused that a decision left out; changed, what decisions on units and signs add to the
        accepted; counted = accepted + changed; unread, how many lines have an amount that cannot be
        read, and so are in no sum.
    decisions
        What the analyst decided: the row of decisions.csv, and where, problem and pence of its
        question.
    issues, files
        Everything that was found, and the files with their sheets.
    confidential
        Keys (file, sheet, row) of the rows marked so, whatever became of them.
    by_action
        accept, warn, ask, refuse, out (left out by a decision) -> lines, and their pence as sent.
    """

    place: Place
    year: str
    lines: pd.DataFrame
    sums: pd.DataFrame
    decisions: pd.DataFrame
    issues: list[Issue]
    files: list[File] = field(repr=False)
    confidential: frozenset[Key] = frozenset()
    by_action: dict[str, dict[str, int]] = field(default_factory=dict, repr=False)

    @property
    def ready(self) -> bool:
        """True when nothing is refused and no question is unanswered."""
        return not any(issue.open for issue in self.issues)

    @property
    def questions(self) -> pd.DataFrame:
        """The questions that are not answered, as a table."""
        return _table(one for one in self.issues if one.action == "ask" and one.open)

    @property
    def waiting(self) -> dict[str, int]:
        """How many of each wait for an answer: questions, refusals and services not classified."""
        cases = [
            one.case in STAYS_IN_COUNT for one in self.issues if one.action == "ask" and one.open
        ]
        return {
            "question": cases.count(False),
            "refusal": sum(one.action == "refuse" for one in self.issues),
            "service not classified": cases.count(True),
        }

    @property
    def faults(self) -> pd.DataFrame:
        """What is refused, as a table."""
        return _table(one for one in self.issues if one.action == "refuse")

    @property
    def warnings(self) -> pd.DataFrame:
        """What was read with a warning, as a table."""
        return _table(one for one in self.issues if one.action == "warn")

    @property
    def unclassified(self) -> pd.DataFrame:
        """The services that no table knows, largest first: sector, service, pence, suggested."""
        lines = self.lines[self.lines["cofog_basis"] == UNCLASSIFIED]
        sectors = reference.read("bodies").set_index("body")["sector"]
        lines = lines.assign(sector=lines["body"].map(sectors))
        table = lines.groupby(["sector", "service"], as_index=False)["pence"].sum()
        table = table.sort_values("pence", ascending=False, kind="stable", ignore_index=True)
        return table.assign(suggested=table["service"].map(suggested_groups(table["service"])))

    @property
    def doubts(self) -> pd.DataFrame:
        """What was doubtful or wrong: standing, where, what, answer, pence.

        standing: ask (waits for an answer), refuse (out until mended) or decided (by whom, when,
        why).
        """
        waiting = pd.concat([self.faults, self.questions], ignore_index=True)
        where = waiting["file"].str.cat(waiting[["sheet", "cells"]], sep=", ").str.strip(", ")
        waiting = waiting.assign(where=where, answer="to do: " + waiting["remedy"])
        made = self.decisions
        by = made["choice"] + ", by " + made["decided_by"] + ", " + made["date"]
        made = made.assign(action="decided", answer=by + ": " + made["reason"])
        table = pd.concat([waiting, made], ignore_index=True).fillna({"pence": 0})
        table = table.astype({"pence": "int64"})
        table = table[["action", "where", "problem", "answer", "pence"]]
        return table.set_axis(["standing", "where", "what", "answer", "pence"], axis=1)

    def without_issues_of(self, files: Collection[str], rows: Collection[Key]) -> "Returns":
        """The same without what was asked or decided of some files or rows, or names the files."""
        kept = [
            one
            for one in self.issues
            if one.file not in files
            and not any(key in rows for key in one.rows)
            and not any(file in f"{one.what} {one.problem} {one.remedy}" for file in files)
        ]
        shown = self.decisions["what"].isin({one.what for one in kept})
        return replace(self, issues=kept, decisions=self.decisions[shown])


class _Sent(NamedTuple):
    """What was sent, and what it is held against; the same in every round of decisions."""

    tables: list[Table]
    problems: list[Problem]
    digests: dict[Key, str]
    columns: Columns
    functions: Functions
    estimate: plausibility.Estimate


class _Examined(NamedTuple):
    """What a round of decisions made of it: the lines, the rows that are totals, the issues."""

    lines: list[Line]
    totals: list[Line]
    issues: list[Issue]


def folder(place: Place) -> Path:
    """Where the returns of a place are."""
    return reference.home() / "data" / "raw" / "returns" / place.slug


def read_returns(place: Place | str, year: str, estimate: pd.DataFrame) -> Returns:
    """The Returns of a place: everything in its folder, read for the count of a year.

    Parameters
    ----------
    place
        A Place, or a name of one.
    estimate
        The ledger of estimate.first_count for the place and year, to hold the lines against: body,
        cofog, economic, pence.

    Raises
    ------
    InputError
        For an unknown place, and for decisions.csv or mapping.csv that cannot be opened. Whatever
        is wrong with a return is in its faults and questions.
    """
    place = places.place(place) if isinstance(place, str) else place
    files = read_folder(folder(place))
    tables, problems = read_tables(files)
    mapping, in_mapping = decisions.read_mapping(folder(place))
    decided, in_decisions = decisions.read_decisions(folder(place))
    sent = _Sent(
        tables=tables,
        problems=[*problems, *in_mapping, *in_decisions],
        digests={row.key: row.digest for table in tables for row in table.rows},
        columns=Columns(place, year),
        functions=Functions(mapping),
        estimate=plausibility.by_function(estimate).to_dict(),
    )
    answers, new = Answers(), True
    while new:
        examined = _examine(sent, answers)
        new, wrong = decisions.apply(examined.issues, decided, answers, sent.columns.readable)
    examined.issues.extend(group([*wrong, *decisions.idle(decided, answers, wrong)], {}))
    return _returns(place, year, files, sent, examined, answers, decided)


def _examine(sent: _Sent, answers: Answers) -> _Examined:
    """Steps 2 to 5: the lines and the issues about them, as the decisions so far leave them."""
    of_totals: list[Problem] = []
    every, problems = [], [*sent.problems]
    for table in sent.tables:
        read = {row.key: read_line(row, sent.columns, answers) for row in table.rows}
        problems += [Problem("note-row", *key) for key, line in read.items() if line is None]
        lines = [line for line in read.values() if line is not None]
        of_totals += plausibility.find_totals(lines, answers)
        every += lines
    total_rows = {problem.key for problem in of_totals if problem.case == "total-agrees"}
    totals = [line for line in every if line.key in total_rows]
    lines = [line for line in every if line.key not in total_rows]
    versions = list(plausibility.find_versions(lines))
    problems += [*versions, *(one for one in of_totals if one.key in total_rows)]
    problems += _check_sheets(lines, sent, answers)
    of_lines = [one for one in of_totals if one.key not in total_rows]
    of_lines += _check_lines(lines, versions, sent)
    problems += _open_problems(of_lines, answers)
    return _Examined(lines, totals, _with_pence(group(problems, sent.digests), lines, answers))


def _check_lines(lines: list[Line], versions: list[Problem], sent: _Sent) -> Iterator[Problem]:
    """Everything that is wrong with single lines."""
    for line in lines:
        yield from check_line(line, sent.columns)
    yield from plausibility.find_equal(lines, versions)
    yield from plausibility.find_prefilled(lines, sent.estimate)
    yield from check_codes(lines, sent.functions)


def _check_sheets(lines: list[Line], sent: _Sent, answers: Answers) -> Iterator[Problem]:
    """Everything that is wrong with the lines of a sheet together."""
    for problem in plausibility.find_scale(lines, sent.estimate, sent.functions):
        if not all((key, problem.case) in answers.settled for key in problem.about):
            yield problem
    counted = defaultdict(list)
    for line in lines:
        if line.key not in answers.left_out:
            counted[id(line.row.table)].append(line)
    for table in sent.tables:
        yield from plausibility.find_control(table, counted[id(table)], sent.columns)


def _open_problems(problems: Iterable[Problem], answers: Answers) -> Iterator[Problem]:
    """Problems not settled, of lines not left out; where a row may be no line, that doubt alone."""
    by_line = defaultdict(list)
    for one in problems:
        if one.key not in answers.left_out and (one.key, one.case) not in answers.settled:
            by_line[one.key].append(one)
    for found in by_line.values():
        doubts = [one for one in found if one.case in plausibility.MAY_BE_NO_LINE]
        yield from doubts or found


def _with_pence(issues: list[Issue], lines: list[Line], answers: Answers) -> list[Issue]:
    sent = {line.key: line.pence_sent for line in lines if line.pence_sent is not None}
    for issue in issues:
        known = [sent[key] for key in issue.rows if key in sent]
        issue.pence = sum(known) if known else None
        issue.answer = answers.choices.get(issue.what, "")
    return issues


def _returns(
    place, year, files, sent: _Sent, examined: _Examined, answers: Answers, decided
) -> Returns:
    """Step 7: the Returns of what was found, once its sums have been checked."""
    actions = _actions(examined, answers)
    sums = _sums(sent, examined, actions)
    accepted = [line for line in examined.lines if BUCKETS[actions[line.key]] == "accepted"]
    lines = _lines(accepted, sent.functions, actions)
    if sums["counted"].sum() != lines["pence"].sum():
        raise ArithmeticError(
            "the lines do not add to what was accepted; this is a bug, not your returns."
        )
    by_action = {action: {"lines": 0, "pence": 0} for action in BUCKETS}
    for line in examined.lines:
        by_action[actions[line.key]]["lines"] += 1
        by_action[actions[line.key]]["pence"] += line.pence_sent or 0
    decided = _decisions(answers, decided)
    found = (examined.issues, files, _confidential(examined), by_action)
    return Returns(place, year, lines, sums, decided, *found)


def _actions(examined: _Examined, answers: Answers) -> dict[Key, str]:
    """The strongest action on each line; "warn" if it was decided about, "out" if left out."""
    decided = {key for key, _ in answers.settled}
    rank = {line.key: int(line.key in decided) for line in examined.lines}
    for issue in examined.issues:
        settled = issue.answer or issue.case in STAYS_IN_COUNT
        action = ACTIONS.index("warn" if settled else issue.action)
        for key in issue.rows:
            if key in rank:
                rank[key] = max(rank[key], action)
    return {
        key: "out" if key in answers.left_out else ACTIONS[number] for key, number in rank.items()
    }


def _sums(sent: _Sent, examined: _Examined, actions: dict[Key, str]) -> pd.DataFrame:
    """Pence as sent, by file and sheet: accepted, asked and refused add to the sheet's amounts."""
    columns = ["lines", "total", "accepted", "asked", "refused", "left_out", "counted", "unread"]
    sums = {(table.file, table.sheet): dict.fromkeys(columns, 0) for table in sent.tables}
    totals = {line.key for line in examined.totals}
    for table in sent.tables:
        pence = (pence_as_sent(row, sent.columns) for row in table.rows if row.key not in totals)
        sums[table.file, table.sheet]["total"] += sum(filter(None, pence))
    for line in examined.lines:
        its, action, amount = sums[line.key[:2]], actions[line.key], line.pence_sent or 0
        its["lines"] += 1
        its[BUCKETS[action]] += amount
        its["left_out"] += amount if action == "out" else 0
        its["counted"] += (line.pence or 0) if BUCKETS[action] == "accepted" else 0
        its["unread"] += line.pence_sent is None
    rows = [[*where, *its.values()] for where, its in sorted(sums.items())]
    table = pd.DataFrame(rows, columns=["file", "sheet", *columns])
    if not table["total"].equals(table["accepted"] + table["asked"] + table["refused"]):
        raise ArithmeticError(
            "accepted, asked and refused do not add to the sheet; this is a bug, not your returns."
        )
    return table.assign(changed=table["counted"] - table["accepted"])


def _lines(accepted: list[Line], functions: Functions, actions: dict[Key, str]) -> pd.DataFrame:
    """The accepted lines as a table, each shared over its COFOG codes, in order of place."""
    rows = [_row(line, actions[line.key]) for line in sorted(accepted, key=lambda line: line.key)]
    unshared = [column for column in COLUMNS if column not in ("cofog_share", "cofog_basis")]
    types = {name: NUMBERS.get(name, "str") for name in unshared}
    table = pd.DataFrame(rows, columns=unshared).astype(types)
    return classify(table, functions)[COLUMNS]


def _row(line: Line, action: str) -> dict:
    return line.values | {
        **dict(zip(("file", "sheet", "row"), line.key, strict=True)),
        "cell": f"{letters(line.row.table.places['amount'])}{line.row.number}",
        "body_sent": plain(line.row.cells.get("body", "")),
        "pence": line.pence,
        "action": action,
    }


def _confidential(examined: _Examined) -> frozenset[Key]:
    """Keys of the rows that are marked as confidential, or whose mark cannot be read."""
    return frozenset(
        line.key
        for line in (*examined.lines, *examined.totals)
        if line.row.cells.get("confidential", "").strip() and line.values["confidential"] != "no"
    )


def _decisions(answers: Answers, decided: dict) -> pd.DataFrame:
    """What was decided: the row of decisions.csv, what it was about, and how many pence."""
    rows = [
        decided[what] | {"where": issue.where, "problem": issue.problem, "pence": issue.pence}
        for what, issue in sorted(answers.answered.items())
    ]
    columns = [*decisions.COLUMNS[decisions.DECISIONS], "where", "problem", "pence"]
    return pd.DataFrame(rows, columns=columns).astype({"pence": "Int64"})


def _table(issues: Iterable[Issue]) -> pd.DataFrame:
    """Issues as a table."""
    columns = ["what", "action", "file", "sheet", "cells", "problem", "remedy", "choices", "pence"]
    rows = [
        vars(one) | {"cells": ", ".join(one.cells), "choices": decisions.offers(one)}
        for one in issues
    ]
    return pd.DataFrame(rows, columns=columns).astype({"pence": "Int64"})
