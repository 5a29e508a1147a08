"""Pages of what there is: one for each place's reports, and one of all places built, from what their folders say.

Nothing is run or counted for them: each folder's summary.json is read. A folder that is half or foreign is left out, aloud.
"""

import os
import re
from statistics import median

import pandas as pd
from markupsafe import Markup

from totalplace import report
from totalplace.errors import InputError
from totalplace.report import markup, tables
from totalplace.report.frame import framed
from totalplace.report.made import how_made
from totalplace.report.summary import NAME as SUMMARY
from totalplace.report.summary import SLUG, read

PAGE = "index.html"
YEAR = r"\d{4}-\d{2}"
WORKING, BOARD = "working", "board"
ESTIMATE = "national estimate"
SCOPES = {"identifiable": "everything identifiable"}


def write_place(summary, facts, files, folder):
    """Write index.html into a folder of pages.

    summary: of `summary.describe`. facts: of the run, for "How this was made". files: (path, what it is) of the files beside
    the tables. It says nothing of other places, so that a place alone is the same as among others.
    """
    evidence = summary["evidence"] and _evidence(summary)
    named = f"{summary['place']} --year {summary['year']}" + (
        "" if summary["audience"] == BOARD else " --audience working"
    )
    values = {"pages": summary["pages"], "evidence": evidence, "beside": files,
              "trace": f'totalplace trace {named} "division=09"', "verify": f"totalplace verify {named}"}  # fmt: skip
    page = {
        "title": "What there is",
        "place": summary["name"],
        "year": summary["year"],
        "told": [
            ("Year", summary["year"]),
            ("Scope", _scope(summary["scope"])),
            ("Status", _status(summary["audience"])),
        ],
        "headings": _headings(summary),
        "made": how_made(facts),
    }
    (folder / PAGE).write_text(framed("place.html.j2", values, page), encoding="utf-8")


def _headings(summary):
    """What the page of a place is parted into, for its contents: level, anchor, text."""
    parts = [("section-reports", "The reports"), ("section-evidence", "How firmly is it known?"),
             ("section-files", "The figures as files"), ("section-followed", "How to follow a figure")]  # fmt: skip
    return [
        (2, anchor, text)
        for anchor, text in parts
        if anchor != "section-evidence" or summary["evidence"]
    ]


def _evidence(summary):
    """The count by how firmly it is known, as an HTML table."""
    frame = pd.DataFrame(summary["evidence"], columns=["evidence", "pence"]).astype(
        {"pence": "int64"}
    )
    grid = tables.lay_out(frame, {"pence": ["£m", "%"]}, "Total")
    caption = report.say(
        "{share:%} of the count rests on national estimates",
        share=(_estimated(summary), summary["pence"]),
    )
    where = f"{summary['name']}, {summary['year']}"
    return Markup(
        f'<div class="shown">{markup.table(grid, caption, "evidence", where)}</div>'
    )


def _estimated(summary):
    return sum(pence for grade, pence in summary["evidence"] if grade == ESTIMATE)


def _status(audience):
    """Indicative, and for a working copy that it is not to go round."""
    return "Indicative" if audience == BOARD else "Indicative; working copy, not for circulation"


def _scope(scope):
    words = SCOPES.get(scope, scope)
    return words[:1].upper() + words[1:]


def write_all(reports):
    """Write index.html of every place built into the folder `reports`, whole; returns what was left out, and why, in sentences.

    reports: reports/ (board copies) or reports/working/. The same folders give the same bytes, whatever built them or when.
    """
    audience = WORKING if reports.name == WORKING else BOARD
    found, left_out = _gathered(reports, audience)
    groups = [_group(year, scope, here) for (year, scope), here in sorted(found.items())]
    page = {
        "title": "All public money, place by place",
        "told": [
            ("Places", str(sum(len(here) for here in found.values()))),
            ("Status", _status(audience)),
        ],
        "headings": [(2, group["anchor"], group["title"]) for group in groups],
        "made": how_made(
            {
                "made_from": f"the {SUMMARY} of each place's folder",
                "command": "totalplace run PLACE...",
            }
        ),
    }
    widths = sorted({row["width"] for group in groups for row in group["rows"]})
    style = "".join(f".w{width} {{ width: {width}%; }}\n" for width in widths)
    _replace(reports / PAGE, framed("places.html.j2", {"groups": groups}, page, style))
    return left_out


def _gathered(reports, audience):
    """Summaries by year and scope, and a sentence for each folder that is no whole report of a place."""
    found, left_out = {}, []
    years = [
        year
        for year in sorted(reports.glob("*"))
        if year.is_dir() and re.fullmatch(YEAR, year.name)
    ]
    for folder in [
        folder
        for year in years
        for folder in sorted(year.iterdir())
        if not folder.name.startswith(".")
    ]:
        try:
            if not folder.is_dir() or not re.fullmatch(SLUG, folder.name):
                raise InputError(f"{folder}: no folder of a place. Take it away.")
            told = _of(audience, read(folder), folder)
        except InputError as fault:
            left_out.append(str(fault))
        else:
            found.setdefault((told["year"], told["scope"]), []).append(told)
    return found, left_out


def _of(audience, told, folder):
    """What a folder says, where it is for this audience. Raises InputError where it is not: a working copy may not go round."""
    if told["audience"] != audience:
        raise InputError(
            f"{folder}: a copy for the audience {told['audience']!r} has no place here. Take it away."
        )
    return told


def _group(year, scope, here):
    """The places of one year and scope, ranked by £ per head, as the template wants them."""
    counted = [told for told in here if told["pence"] is not None and told["people"]]
    ranked = sorted(counted, key=lambda told: (-_per_head(told), told["place"]))
    most = max((_per_head(told) for told in ranked), default=0)
    return {
        "anchor": f"section-{year}-{re.sub(r'[^a-z0-9]+', '-', scope.lower())}",
        "title": f"{year}, {_scope(scope).lower()}",
        "where": f"{year}. {_scope(scope)}, current and capital.",
        "caption": _caption(ranked),
        "cards": _cards(ranked),
        "rows": [_row(told, most) for told in ranked],
        "without": [
            {"name": told["name"], "link": _link(told)} for told in here if told not in counted
        ],
        "note": "£ per head of the people who lived there in mid-2009. Places may hold one another (a county and its "
        "districts), so they are not added up. The rest of each count is national estimates.",
    }


def _per_head(told):
    return told["pence"] / told["people"]


def _caption(ranked):
    """The finding of a ranking in words."""
    if len(ranked) < 2:
        return (
            report.say("{name} is the only place with a count", name=ranked[0]["name"])
            if ranked
            else "No place has a count"
        )
    first, last = ranked[0], ranked[-1]
    return report.say(
        "From {most:£ per head} per head in {first} to {least:£ per head} in {last}",
        first=first["name"],
        last=last["name"],
        most=(first["pence"], first["people"]),
        least=(last["pence"], last["people"]),
    )


def _cards(ranked):
    """Headline figures of a ranking of three places or more."""
    if len(ranked) < 3:
        return []
    middle = int(median(_per_head(told) for told in ranked))
    ends = [(f"per head in {told['name']}, the {which}", report.per_head(told["pence"], told["people"]))
            for which, told in (("highest", ranked[0]), ("lowest", ranked[-1]))]  # fmt: skip
    return [
        ("places with a count", str(len(ranked))),
        ends[0],
        ("per head in the middle of them", report.per_head(middle, 1)),
        ends[1],
    ]


def _row(told, most):
    """A place as a row: its link, its bar in per cent of the longest, its figures as printed."""
    grid = tables.lay_out(
        pd.DataFrame({"place": [told["name"]], "pence": [told["pence"]]}), {"pence": "£m"}
    )
    known = told["pence"] - _estimated(told)
    return {
        "name": told["name"],
        "link": _link(told),
        "width": max(0, round(100 * _per_head(told) / most)) if most > 0 else 0,
        "head": report.per_head(told["pence"], told["people"]).removeprefix("£"),
        "spent": grid.cells[0][1],
        "known": report.percent(known, told["pence"]) if told["pence"] > 0 else tables.BLANK,
    }


def _link(told):
    return f"{told['year']}/{told['place']}/{PAGE}"


def _replace(path, text):
    """Write a file whole: beside its place, then into it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        beside.write_text(text, encoding="utf-8")
        os.replace(beside, path)
    finally:
        beside.unlink(missing_ok=True)
