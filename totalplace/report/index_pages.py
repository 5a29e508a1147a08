"""Index pages: one for each place's reports, and one of all places built.

They are made from each folder's summary.json; nothing is run or counted. A folder that is not a
whole report is left out, and the user is shown which and why.
"""

import re
from pathlib import Path
from statistics import median
from typing import Any

import jinja2
import pandas as pd
from markupsafe import Markup

from totalplace.errors import InputError
from totalplace.ledger import WITHHELD
from totalplace.report import markup, tables
from totalplace.report.exporter import HTML, STATUS, how_made, strict
from totalplace.report.summary import NAME as SUMMARY
from totalplace.report.summary import SLUG, read
from totalplace.report.words import clean, per_head, percent
from totalplace.text_files import write_whole

PAGE = "index.html"
YEAR = r"\d{4}-\d{2}"
WORKING, BOARD = "working", "board"
ESTIMATE = "national estimate"
NOT_RETURNED = (ESTIMATE, WITHHELD)  # grades of what nobody can be seen to have returned
IDENTIFIABLE = "identifiable"
SCOPES = {IDENTIFIABLE: "everything identifiable"}
PARTS = (
    (2, "section-reports", "The reports"),
    (2, "section-evidence", "How firmly is it known?"),
    (2, "section-files", "The figures as files"),
    (2, "section-followed", "How to follow a figure"),
)


def write_place(
    summary: dict[str, Any], facts: dict[str, Any], files: list[tuple[str, str]], folder: Path
) -> None:
    """Write index.html into a folder of pages.

    It says nothing of other places, so that a place built alone reads the same.

    Parameters
    ----------
    summary
        Of `summary.describe`.
    facts
        Of the run, for "How this was made".
    files
        (path, what it is) of the files beside the tables.
    """
    options = _options(summary)
    values = {
        "pages": summary["pages"],
        "evidence": _evidence(summary) if summary["evidence"] else "",
        "beside": files,
        "trace": f'totalplace trace {options} "division=09"',
        "verify": f"totalplace verify {options}",
    }
    write_whole(folder / PAGE, _render("place.html.j2", values, _frame(summary, facts)))


def _frame(summary: dict[str, Any], facts: dict[str, Any]) -> dict[str, Any]:
    """What the frame of a place's index says: title, header, contents, how it was made."""
    rows = [
        ("Year", summary["year"]),
        ("Scope", _scope(summary["scope"])),
        ("Status", _status(summary["audience"])),
    ]
    return {
        "title": "Reports and figures",
        "place": summary["name"],
        "year": summary["year"],
        "header": rows,
        "headings": [part for part in PARTS if summary["evidence"] or part[1] != PARTS[1][1]],
        "made": how_made(facts),
    }


def _options(summary: dict[str, Any]) -> str:
    """The place, and the options that are not the default, as a command names them."""
    given = {
        "year": summary["year"],
        "audience": summary["audience"] if summary["audience"] != BOARD else "",
        "scope": summary["scope"] if summary["scope"] != IDENTIFIABLE else "",
        "theme": summary.get("theme"),
    }
    options = [f"--{name} {value}" for name, value in given.items() if value]
    return " ".join([summary["place"], *options])


def _render(body: str, values: dict[str, Any], page: dict[str, Any], style: str = "") -> str:
    """A body template in the board's own frame, as HTML; `style`: rules beside the board's own."""
    templates = strict(jinja2.Environment(loader=jinja2.FileSystemLoader(HTML)))
    css = [(HTML / name).read_text(encoding="utf-8") for name in ("board.css", "index.css")]
    inside = Markup(templates.get_template(body).render(values))
    parts = (
        {"place": None, "year": None}
        | page
        | {"body": inside, "css": Markup("".join([*css, style]))}
    )
    return templates.get_template("index.html.j2").render(resources={"board": parts}) + "\n"


def _evidence(summary: dict[str, Any]) -> Markup:
    """The count by how firmly it is known, as an HTML table."""
    frame = pd.DataFrame(summary["evidence"], columns=["evidence", "pence"])
    printed = tables.lay_out(frame.astype({"pence": "int64"}), {"pence": ["£m", "%"]}, "Total")
    share = percent(_estimated(summary), summary["pence"])
    caption = f"{share} of the count rests on national estimates"
    where = f"{summary['name']}, {summary['year']}"
    return Markup(markup.render("table", printed, caption, "evidence", where))


def _estimated(summary: dict[str, Any]) -> int:
    return sum(pence for grade, pence in summary["evidence"] if grade == ESTIMATE)


def _status(audience: str) -> str:
    """Indicative; of a working copy, that it is not for circulation."""
    status = STATUS[audience]
    return status[:1].upper() + status[1:]


def _scope(scope: str) -> str:
    words = SCOPES.get(scope, scope)
    return words[:1].upper() + words[1:]


def write_all(reports: Path) -> list[str]:
    """Write index.html of every place built into `reports`: reports/ or reports/working/.

    The same folders give the same bytes, whatever built them or when. Returns a sentence for each
    folder that was left out.
    """
    audience = WORKING if reports.name == WORKING else BOARD
    found, left_out = _gather(reports, audience)
    groups = [_group(*key, summaries) for key, summaries in sorted(found.items())]
    made = {
        "made_from": f"the {SUMMARY} of each place's folder",
        "command": "totalplace run PLACE...",
    }
    page = {
        "title": "All public money, place by place",
        "header": [
            ("Places", str(sum(len(here) for here in found.values()))),
            ("Status", _status(audience)),
        ],
        "headings": [(2, group["anchor"], group["title"]) for group in groups],
        "made": how_made(made),
    }
    widths = sorted({row["width"] for group in groups for row in group["rows"]})
    style = "".join(f".w{width} {{ width: {width}%; }}\n" for width in widths)
    write_whole(reports / PAGE, _render("places.html.j2", {"groups": groups}, page, style))
    return left_out


def _gather(reports: Path, audience: str) -> tuple[dict[tuple[str, str, str], list], list[str]]:
    """Summaries by (year, scope, theme), and a sentence for each folder that is not whole."""
    years = [year for year in sorted(reports.glob("*")) if re.fullmatch(YEAR, year.name)]
    folders = [folder for year in years if year.is_dir() for folder in sorted(year.iterdir())]
    found: dict[tuple[str, str, str], list] = {}
    left_out = []
    for folder in (folder for folder in folders if not folder.name.startswith(".")):
        try:
            summary = _read_for(audience, folder)
        except InputError as fault:
            left_out.append(str(fault))
        else:
            key = (summary["year"], summary["scope"], summary.get("theme", ""))
            found.setdefault(key, []).append(summary)
    return found, left_out


def _read_for(audience: str, folder: Path) -> dict[str, Any]:
    """A folder's summary. Raises InputError for what is no report, or is for another audience."""
    if not folder.is_dir() or not re.fullmatch(SLUG, folder.name):
        raise InputError(f"{folder}: it is not the folder of a place. Remove it.")
    summary = read(folder)
    if summary["audience"] != audience:
        raise InputError(
            f"{folder}: its audience is {summary['audience']!r}, not {audience!r}. Remove it."
        )
    return summary


def _group(year: str, scope: str, theme: str, here: list[dict]) -> dict[str, Any]:
    """The places of one year, scope and theme, ranked by £ per head, as the template wants them."""
    counted = [one for one in here if one["pence"] is not None and one["people"]]
    ranked = sorted(counted, key=lambda one: (-_ratio(one), one["place"]))
    return {
        "anchor": "-".join(["section", year, *re.findall("[a-z0-9]+", f"{scope} {theme}".lower())]),
        "title": f"{year}, {_scope(scope).lower()}" + (f", theme {theme}" if theme else ""),
        "where": f"{year}. {_scope(scope)}, current and capital.",
        "caption": _caption(ranked),
        "cards": _cards(ranked),
        "rows": _rows(ranked),
        "without": [
            {"name": one["name"], "link": _link(one)} for one in here if one not in counted
        ],
    }


def _ratio(summary: dict[str, Any]) -> float:
    """Pence per head, for ranking and for the lengths of bars."""
    return summary["pence"] / summary["people"]


def _per_head(summary: dict[str, Any]) -> str:
    return per_head(summary["pence"], summary["people"])


def _caption(ranked: list[dict]) -> str:
    """The finding of a ranking in words."""
    if not ranked:
        return "No place has a count"
    first, last = ranked[0], ranked[-1]
    if first is last:
        return f"{clean(first['name'])} is the only place with a count"
    lowest = f"{_per_head(last)} in {clean(last['name'])}"
    return f"From {_per_head(first)} per head in {clean(first['name'])} to {lowest}"


def _cards(ranked: list[dict]) -> list[tuple[str, str]]:
    """Headline figures of a ranking of three places or more: (what it is, figure)."""
    if len(ranked) < 3:
        return []
    first, last = ranked[0], ranked[-1]
    return [
        ("places with a count", str(len(ranked))),
        (f"per head in {first['name']}, the highest", _per_head(first)),
        ("per head, the median of all places", per_head(int(median(map(_ratio, ranked))), 1)),
        (f"per head in {last['name']}, the lowest", _per_head(last)),
    ]


def _rows(ranked: list[dict]) -> list[dict[str, Any]]:
    """Each place as a row: its link, its bar in per cent of the longest, its figures as printed."""
    frame = pd.DataFrame({"place": range(len(ranked)), "pence": [one["pence"] for one in ranked]})
    spent = tables.lay_out(frame, {"pence": "£m"}).cells
    most = max(map(_ratio, ranked), default=0.0)
    return [
        {
            "name": one["name"],
            "link": _link(one),
            "width": max(0, round(100 * _ratio(one) / most)) if most > 0 else 0,
            "per_head": _per_head(one).replace("£", ""),
            "spent": cells[1],
            "known": _share_known(one),
        }
        for one, cells in zip(ranked, spent, strict=True)
    ]


def _share_known(summary: dict[str, Any]) -> str:
    """The share of a count that is known from returns, and is not withheld."""
    whole = summary["pence"]
    known = sum(pence for grade, pence in summary["evidence"] if grade not in NOT_RETURNED)
    return percent(known, whole) if whole > 0 else tables.BLANK


def _link(summary: dict[str, Any]) -> str:
    return f"{summary['year']}/{summary.get('folder', summary['place'])}/{PAGE}"
