"""Partners' returns: workbooks in; good lines, questions and faults out, and a sum that shows that nothing was lost.

Every file of data/raw/returns/<place>/ is read. Each row of it ends accepted, warned about, asked about or
refused, and the pence of these add to the sheet's, always: it is checked as it runs. What is doubtful stays out
until decisions.csv answers it.
"""

from dataclasses import dataclass, field

import pandas as pd

from totalplace import places, reference
from totalplace.returns import decisions, plausibility
from totalplace.returns.classify import NOT_CLASSIFIED, classify, likely
from totalplace.returns.columns import Columns
from totalplace.returns.files import read_folder
from totalplace.returns.issues import VERDICTS, Problem, findings, plain, quoted
from totalplace.returns.reading import Reading
from totalplace.returns.xlsx import letters

COLUMNS = [
    "file", "sheet", "row", "cell", "body", "body_sent", "service", "cofog", "cofog_share", "cofog_basis", "year", "status",
    "economic", "flow", "payee", "footprint", "driver", "pence", "unit", "ring_fenced", "confidential", "age_from", "age_to",
    "children", "source", "note", "supersedes", "verdict",
]  # fmt: skip
BUCKETS = ("accepted", "asked", "refused")
NOT_MOVED = {"unclassified"}  # a question that leaves its line in the count


@dataclass
class Returns:
    """What the returns of a place say.

    lines: accepted and warned lines, typed, one row a line and COFOG code; pence int64, income negative; an
    unknown service has cofog "" and cofog_basis "not classified". questions: what is asked and not answered.
    faults: what is refused. warnings: what was read and said. decisions: what the analyst decided. sums: per
    file and sheet total = accepted + asked + refused, in pence as written; left_out is the part of refused that
    a decision left out; changed is what decisions on units and signs add to the accepted; counted = accepted +
    changed. unread: lines whose amount cannot be read, so in no sum. findings, files: all of it. confidential:
    keys (file, sheet, row) of the rows marked so, whatever became of them.
    """

    place: places.Place
    year: str
    lines: pd.DataFrame
    sums: pd.DataFrame
    decisions: pd.DataFrame
    findings: list
    files: list = field(repr=False)
    confidential: frozenset = frozenset()

    @property
    def ready(self):
        """True when nothing is refused and no question is unanswered."""
        return not any(finding.open for finding in self.findings)

    @property
    def questions(self):
        """The questions that are not answered, as a table."""
        return _table([one for one in self.findings if one.verdict == "ask" and one.open])

    @property
    def faults(self):
        """What is refused, as a table."""
        return _table([one for one in self.findings if one.verdict == "refuse"])

    @property
    def warnings(self):
        """What was read, and is said, as a table."""
        return _table([one for one in self.findings if one.verdict == "warn"])

    @property
    def unclassified(self):
        """The services that no table knows, largest first: sector, service, pence, likely (groups suggested)."""
        lines = self.lines[self.lines["cofog_basis"] == NOT_CLASSIFIED]
        sectors = reference.read("bodies").set_index("body")["sector"]
        table = (
            lines.assign(sector=lines["body"].map(sectors))
            .groupby(["sector", "service"], as_index=False)["pence"]
            .sum()
        )
        table = table.sort_values("pence", ascending=False, kind="stable", ignore_index=True)
        return table.assign(likely=table["service"].map(likely))


def folder(place):
    """Where the returns of a place are."""
    return reference.home() / "data" / "raw" / "returns" / place.slug


def read_returns(place, year, estimate=None):
    """The Returns of a place: everything in its folder, read with the year of the count in mind.

    place: places.Place, or a name of one. Raises InputError for an unknown place or year, and for decisions.csv or
    mapping.csv that cannot be opened; whatever is wrong with a return is in its faults and questions.
    """
    place = places.place(place) if isinstance(place, str) else place
    files = read_folder(folder(place))
    reading = Reading(
        files, Columns(place, year), _expected(place, year), *decisions.read_mapping(folder(place))
    )
    decided, problems = decisions.read_decisions(folder(place))
    while True:
        found = reading.examine(problems)
        new, wrong = decisions.apply(found, decided, reading.answers, reading.columns.readable)
        if not new:
            break
    found += findings([*wrong, *_idle(decided, reading.answers, wrong)], {})
    return _returns(place, year, files, reading, found, decided)


def _expected(place, year):
    table = plausibility.estimates(place, year)
    return dict(
        zip(
            table[["body", "cofog", "economic"]].itertuples(index=False, name=None),
            table["pence"],
            strict=True,
        )
    )


def _idle(decided, answers, wrong):
    """Decisions that answer no question, apart from those that were wrong and are told as such."""
    told = {problem.row for problem in wrong}
    for what, decision in decided.items():
        if what not in answers.given and decision["row"] not in told:
            yield Problem(
                "decision-idle", decisions.DECISIONS[0], row=decision["row"], said=quoted(what)
            )


def _returns(place, year, files, reading, found, decided):
    """The Returns of what was found, once its sums have been checked."""
    verdicts = _verdicts(reading, found)
    sums = _sums(reading, verdicts)
    accepted = [line for line in reading.lines if verdicts[line.key] in ("accept", "warn")]
    lines = _lines(accepted, reading.functions, verdicts)
    if sums["counted"].sum() != lines["pence"].sum():
        raise ArithmeticError(
            "the lines do not add to what was accepted; this is a bug, not your returns."
        )
    return Returns(
        place,
        year,
        lines,
        sums,
        _decisions(reading.answers, decided),
        found,
        files,
        _confidential(reading),
    )


def _confidential(reading):
    """Keys of the rows that are marked as confidential, or whose mark cannot be read."""
    marked = (
        line
        for line in [*reading.lines, *reading.totals]
        if line.row.cells.get("confidential", "").strip()
    )
    return frozenset(line.key for line in marked if line.values.get("confidential") != "no")


def _verdicts(reading, found):
    """The verdict of each line by its key: the worst of what stands against it; "out" where a decision left it out."""
    rank = {line.key: 0 for line in reading.lines}
    for finding in found:
        standing = "warn" if finding.answer or finding.case in NOT_MOVED else finding.verdict
        for key in finding.rows:
            if key in rank:
                rank[key] = max(rank[key], VERDICTS.index(standing))
    decided = {key for key, _ in reading.answers.settled}
    rank = {
        key: max(worst, VERDICTS.index("warn")) if key in decided else worst
        for key, worst in rank.items()
    }
    return {
        key: "out" if key in reading.answers.out else VERDICTS[worst] for key, worst in rank.items()
    }


def _sums(reading, verdicts):
    """Pence as written by file and sheet; accepted, asked and refused add to the total of the sheet's own amounts."""
    rows = []
    for table in reading.tables:
        lines = [line for line in reading.lines if line.row.table is table]
        by = {
            bucket: sum(
                line.written or 0 for line in lines if _bucket(verdicts[line.key]) == bucket
            )
            for bucket in BUCKETS
        }
        left_out = sum(line.written or 0 for line in lines if verdicts[line.key] == "out")
        counted = sum(line.pence for line in lines if _bucket(verdicts[line.key]) == "accepted")
        unread = sum(line.written is None for line in lines)
        rows.append(
            [
                table.file,
                table.sheet,
                len(lines),
                reading.total(table),
                *by.values(),
                left_out,
                counted,
                unread,
            ]
        )
    heading = ["file", "sheet", "lines", "total", *BUCKETS, "left_out", "counted", "unread"]
    sums = pd.DataFrame(rows, columns=heading).groupby(["file", "sheet"], as_index=False).sum()
    if not sums["total"].equals(sums[list(BUCKETS)].sum(axis=1)):
        raise ArithmeticError(
            "accepted, asked and refused do not add to the sheet; this is a bug, not your returns."
        )
    return sums.assign(changed=sums["counted"] - sums["accepted"])


def _bucket(verdict):
    return {"ask": "asked", "refuse": "refused", "out": "refused"}.get(verdict, "accepted")


def _lines(accepted, functions, verdicts):
    """The accepted lines as a table, each shared over its COFOG codes; in order of file, sheet and row."""
    rows = [_row(line, verdicts[line.key]) for line in sorted(accepted, key=lambda line: line.key)]
    table = pd.DataFrame(
        rows, columns=[column for column in COLUMNS if column not in ("cofog_share", "cofog_basis")]
    )
    numbers = {
        "row": "int64",
        "pence": "int64",
        "age_from": "Int64",
        "age_to": "Int64",
        "children": "Int64",
    }
    table = table.astype({column: numbers.get(column, "str") for column in table})
    return classify(table, functions)[COLUMNS]


def _row(line, verdict):
    file, sheet, row = line.key
    cell = f"{letters(line.row.table.places['amount'])}{row}"
    sent = plain(line.row.cells.get("body", ""))
    return {**line.values, "file": file, "sheet": sheet, "row": row, "cell": cell, "body_sent": sent, "pence": line.pence,
            "verdict": verdict}  # fmt: skip


def _decisions(answers, decided):
    """What was decided, question by question: the row of decisions.csv, what it was about, and how many pence."""
    columns = ["what", "choice", "decided_by", "date", "reason", "where", "problem", "pence"]
    rows = [[*(decided[what][column] for column in columns[:5]), finding.where, finding.problem, finding.pence]
            for what, finding in sorted(answers.answered.items())]  # fmt: skip
    return pd.DataFrame(rows, columns=columns)


def _table(found):
    """Findings as a table: what, verdict, file, sheet, cells, problem, remedy, choices, pence."""
    columns = ["what", "verdict", "file", "sheet", "cells", "problem", "remedy", "choices", "pence"]
    rows = [[one.what, one.verdict, one.file, one.sheet, ", ".join(one.cells), one.problem, one.remedy,
             decisions.offers(one), one.pence] for one in found]  # fmt: skip
    return pd.DataFrame(rows, columns=columns)
