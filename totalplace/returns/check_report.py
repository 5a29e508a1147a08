"""What `totalplace check` says: every fault and question, where, the remedy, and the sums.

`report` gives it as lines to read, `as_dict` as one structure for a program.
"""

import csv
import io
import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pandas as pd

from totalplace.errors import first_few
from totalplace.money import pounds
from totalplace.returns import decisions
from totalplace.returns.decisions import UNCLASSIFIED
from totalplace.returns.issues import Issue
from totalplace.returns.read import STAYS_IN_COUNT, Returns

ROLE, DATE, REASON = "<role>", "<date>", "<reason>"
HEADS = {
    "refuse": "Refused: left out until it is corrected",
    "ask": "Questions: left out until they are answered",
    "warn": "Read, with a warning",
}
READY = "Ready: nothing is refused and nothing is unanswered."
NOT_READY = "Not ready: see what is refused, asked or not classified above."
COLUMNS = ("total", "accepted", "asked", "refused", "counted")


def report(read: Returns) -> Iterator[str]:
    """The lines to print about the Returns of a place."""
    yield f"Returns of {read.place.name}, count of {read.year}: {_number(len(read.files), 'file')}"
    for action, head in HEADS.items():
        found = [one for one in read.issues if one.action == action]
        open_now = [one for one in found if action != "ask" or one.open]
        yield from _issues(head, [one for one in open_now if one.case not in STAYS_IN_COUNT])
    yield from _services(read)
    yield from _decided(read.decisions)
    yield from _sums(read)
    yield ""
    yield READY if read.ready else NOT_READY


def as_dict(read: Returns, copies: Iterable[Path] = ()) -> dict[str, Any]:
    """The same as plain values, for JSON; amounts in pence, null where not known.

    copies: of `write_back`.

    Returns
    -------
    dict
        place, year, ready; files (file, read); lines (accepted, one row a line and code); refused,
        asked and warned (what, by which decisions.csv answers it; file, sheet, cells, problem,
        remedy, choices, pence); by_action (how many lines, and their pence as sent); unclassified;
        decided; sums (by file and sheet); marked_copies (paths).
    """
    return {
        "place": read.place.slug,
        "year": read.year,
        "ready": read.ready,
        "files": [{"file": file.name, "read": bool(file.sheets)} for file in read.files],
        "lines": _records(read.lines),
        "refused": _records(read.faults),
        "asked": _records(read.questions),
        "warned": _records(read.warnings),
        "by_action": read.by_action,
        "unclassified": _records(read.unclassified),
        "decided": _records(read.decisions),
        "sums": _records(read.sums),
        "marked_copies": [str(path) for path in copies],
    }


def _records(table: pd.DataFrame) -> list[dict[str, Any]]:
    """The rows of a table as dicts of plain values; a blank number is null."""
    return json.loads(table.to_json(orient="records"))


def _issues(head: str, issues: list[Issue]) -> Iterator[str]:
    """Issues of one action; a question with the row of decisions.csv that would answer it."""
    if issues:
        yield from ("", f"{head} ({len(issues)})")
    for one in issues:
        yield f"  {one}"
        if one.action == "ask" and one.choices:
            choices = decisions.offers(one)
            amount = _pounds(one.pence)
            decide = f"To decide, add to decisions.csv, with {choices}:"
            yield f"      {amount[:1].upper()}{amount[1:]}. {decide}"
            yield f"      {_row(one.what, '<choice>', ROLE, DATE, REASON)}"


def _services(read: Returns) -> Iterator[str]:
    """The services that no table knows, each with the row for mapping.csv that would settle it.

    Below them those of lines that are in no count, for they are refused or asked about as well.
    """
    table, counted = (
        read.unclassified,
        set(read.lines[["file", "sheet", "row"]].itertuples(index=False, name=None)),
    )
    found = [one for one in read.issues if one.case in STAYS_IN_COUNT and one.open]
    others = [one for one in found if not counted.intersection(one.rows)]
    if len(table) or others:
        yield from ("", f"Not classified ({len(table) + len(others)}): in no division")
    for row in table.itertuples():
        yield f"  {row.service}: {_pounds(row.pence)}. Suggested groups: {row.suggested}."
        yield f"      To confirm, add to mapping.csv, with a code or '{UNCLASSIFIED}':"
        yield f"      {_row(row.sector, row.service, '<cofog>', ROLE, DATE, REASON)}"
    yield from (f"  {one}" for one in others)


def _decided(table: pd.DataFrame) -> Iterator[str]:
    if len(table):
        yield from ("", f"Decided ({len(table)})")
    for row in table.itertuples():
        yield f"  {row.where}: {row.problem} ({_pounds(row.pence)})"
        yield f"      {row.choice!r}, by {row.decided_by}, {row.date}: {row.reason}"


def _sums(read: Returns) -> Iterator[str]:
    """total = accepted + asked + refused, by sheet; and what is in no sum."""
    yield from ("", "Sums in £, as sent: total = accepted + asked + refused.")
    yield "Counted: what is accepted, as changed by decisions."
    yield "  " + "".join(f"{name:>20}" for name in COLUMNS)
    for row in read.sums.to_dict("records"):
        where = ", ".join(part for part in (row["file"], row["sheet"]) if part)
        amounts, verb = _number(row["unread"], "amount"), "is" if row["unread"] == 1 else "are"
        unread = f" ({amounts} could not be read and {verb} in no sum)" if row["unread"] else ""
        yield f"{_amounts(row)}  {where}{unread}"
    yield f"{_amounts(read.sums[list(COLUMNS)].sum())}  all returns"
    unopened = [file.name for file in read.files if not file.sheets]
    if unopened:
        yield f"  not read at all, so in no sum: {first_few(unopened, 20)}"


def _number(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _amounts(row) -> str:
    return "  " + "".join(f"{pounds(row[name]):>20,.2f}" for name in COLUMNS)


def _pounds(pence: int | None) -> str:
    return "amount not known" if pd.isna(pence) else f"£{pounds(pence):,.2f}"


def _row(*cells: str) -> str:
    """A row of CSV."""
    text = io.StringIO()
    csv.writer(text, lineterminator="").writerow(cells)
    return text.getvalue()
