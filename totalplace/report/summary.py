"""What a folder of reports says of itself in summary.json: enough for the pages that list it, with nothing run for them."""

import json
import re

from totalplace import count, ledger_files, places
from totalplace.errors import InputError
from totalplace.estimate import people
from totalplace.run.manifest import NAME as MANIFEST

NAME = "summary.json"
SLUG = r"[a-z0-9]+(-{1,2}[a-z0-9]+)*"
_KINDS = {"place": str, "name": str, "year": str, "scope": str, "audience": str, "people": int, "pence": int | None,
          "evidence": list, "pages": list}  # fmt: skip


def describe(job, printed, ledgers):
    """The summary of a job, as a dict: place, year, scope, people, pence by evidence, and each page with headlines and tables.

    printed: page -> its title and what it shows, as `report.print_page` returns them. ledgers: the folder of the kept
    ledgers; pence is nothing where no count was kept.
    """
    here = places.place(job.place)
    path = ledgers / "count.csv"
    graded = count.by_evidence(ledger_files.read(path)) if path.is_file() else None
    return {
        "place": here.slug,
        "name": here.name,
        "year": job.year,
        "scope": job.scope,
        "audience": job.audience,
        "people": people(here),
        "pence": None if graded is None else int(graded["pence"].sum()),
        "evidence": []
        if graded is None
        else [[str(row.evidence), int(row.pence)] for row in graded.itertuples()],
        "pages": [
            {"name": name, "title": title, **_contents(shown)}
            for name, (title, shown) in printed.items()
        ],
    }


def _contents(shown):
    """The headline figures of a page, and the name and caption of each table and figure."""
    cards = [row for facts in shown if facts["kind"] == "cards" for row in facts["rows"]]
    tables = [
        {"name": facts["name"], "caption": facts["caption"] or "Headline figures"}
        for facts in shown
    ]
    return {"headlines": cards, "tables": tables}


def write(summary, folder):
    """Write summary.json into a folder of pages."""
    text = json.dumps(summary, indent=1, ensure_ascii=False) + "\n"
    (folder / NAME).write_text(text, encoding="utf-8")


def read(folder):
    """The summary of a folder of reports. Raises InputError, saying why, for a folder that is not a whole report of its name."""
    if not (folder / MANIFEST).is_file():
        raise InputError(
            f"{folder}: it has no {MANIFEST}, so it is no whole report. Build it again, or take it away."
        )
    try:
        summary = json.loads((folder / NAME).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(
            f"{folder}: its {NAME} cannot be read ({type(error).__name__}). Build it again."
        ) from error
    wrong = _wrong(summary, folder)
    if wrong:
        raise InputError(f"{folder}: {wrong}. Build it again, or take it away.")
    return summary


def _wrong(summary, folder):
    """What of a summary is not as `describe` makes it, or nothing."""
    if not isinstance(summary, dict):
        return f"its {NAME} is not a summary"
    odd = [key for key, kind in _KINDS.items() if not isinstance(summary.get(key, ...), kind)]
    if odd or summary["people"] < 0:
        return f"its {NAME} lacks {', '.join(odd) or 'people'}"
    own_folder = summary.get("folder", summary["place"])
    if [summary["year"], own_folder] != [folder.parent.name, folder.name]:
        return f"its {NAME} is of {summary['place']!r}, {summary['year']!r}"
    if not all(
        isinstance(row, list) and [type(cell) for cell in row] == [str, int]
        for row in summary["evidence"]
    ):
        return "its evidence is not grades and pence"
    names = [page.get("name") if isinstance(page, dict) else None for page in summary["pages"]]
    gone = [
        str(name)
        for name in names
        if not (re.fullmatch(r"\w+", str(name)) and (folder / f"{name}.html").is_file())
    ]
    return f"its pages {', '.join(gone)} are not there" if gone else ""
