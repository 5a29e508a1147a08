"""What `totalplace check` prints: every fault and question with its place and its remedy, how to answer, and the sums."""

import csv
import io

from totalplace.errors import first_few
from totalplace.money import pounds
from totalplace.returns import decisions
from totalplace.returns.classify import NOT_CLASSIFIED

ROLE, DATE, REASON = "<role>", "<date>", "<reason>"
HEADS = {
    "refuse": "Refused: out until it is mended",
    "ask": "Asked: out until it is answered",
    "warn": "Read, and said",
}
COLUMNS = ("total", "accepted", "asked", "refused", "counted")


def report(read):
    """The lines to print about the Returns of a place."""
    yield f"Returns of {read.place.name}, count of {read.year}: {len(read.files)} files"
    for verdict, head in HEADS.items():
        yield from _findings(
            head,
            [
                one
                for one in read.findings
                if one.verdict == verdict and (verdict != "ask" or one.open)
            ],
        )
    yield from _services(read.unclassified)
    yield from _decided(read.decisions)
    yield from _sums(read)
    yield ""
    yield (
        "Ready: nothing is refused and nothing is unanswered."
        if read.ready
        else "Not ready: see what is refused or asked above."
    )


def _findings(head, found):
    """Findings of one verdict; a question with the row of decisions.csv that would answer it."""
    if found:
        yield from ("", f"{head} ({len(found)})")
    for one in found:
        yield f"  {one}"
        if one.verdict == "ask" and one.choices:
            yield f"      {_pounds(one.pence)}. To decide, add to decisions.csv, with {decisions.offers(one)}:"
            yield f"      {_row(one.what, '<choice>', ROLE, DATE, REASON)}"


def _services(table):
    """The services that no table knows, each with the row for mapping.csv that would settle it."""
    if len(table):
        yield from ("", f"Not classified ({len(table)}): in the count, in no division")
    for row in table.itertuples():
        yield f"  {row.service}: {_pounds(row.pence)}"
        yield f"      To confirm, add to mapping.csv, with a code or '{NOT_CLASSIFIED}':"
        yield f"      {_row(row.sector, row.service, '<cofog>', ROLE, DATE, REASON)}"


def _decided(table):
    if len(table):
        yield from ("", f"Decided ({len(table)})")
    for row in table.itertuples():
        yield f"  {row.where}: {row.problem} ({_pounds(row.pence)})"
        yield f"      {row.choice!r}, by {row.decided_by}, {row.date}: {row.reason}"


def _sums(read):
    """total = accepted + asked + refused, by sheet; and what is in no sum."""
    yield from (
        "",
        "Sums in £, as written: total = accepted + asked + refused. Counted: the accepted, as decisions changed it",
    )
    yield "  " + "".join(f"{name:>20}" for name in COLUMNS)
    for row in read.sums.to_dict("records"):
        where = ", ".join(part for part in (row["file"], row["sheet"]) if part)
        unread = (
            f" ({row['unread']} amounts cannot be read, so are in no sum)" if row["unread"] else ""
        )
        yield f"{_amounts(row)}  {where}{unread}"
    yield f"{_amounts(read.sums[list(COLUMNS)].sum())}  all returns"
    whole = [file.name for file in read.files if not file.sheets]
    if whole:
        yield f"  not read at all, so in no sum: {first_few(whole, 20)}"


def _amounts(row):
    return "  " + "".join(f"{pounds(row[name]):>20,.2f}" for name in COLUMNS)


def _pounds(pence):
    return f"£{pounds(pence):,.2f}"


def _row(*cells):
    """A row of CSV."""
    text = io.StringIO()
    csv.writer(text, lineterminator="").writerow(cells)
    return text.getvalue()
