"""What a folder of reports says of itself, in summary.json, so that an index can list it."""

import json
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from totalplace import count, ledger_files
from totalplace.errors import InputError
from totalplace.estimate import people
from totalplace.places import Place

NAME = "summary.json"
LOG = "failed.log"  # why the last run failed
MANIFEST = "manifest.json"  # written last into a folder, so that one without it is not whole
SLUG = r"[a-z0-9]+(-{1,2}[a-z0-9]+)*"  # of a folder: a place, and its scope and theme
_KINDS = {
    "place": str,
    "name": str,
    "year": str,
    "scope": str,
    "audience": str,
    "people": int,
    "pence": int | None,
    "evidence": list,
    "pages": list,
}


def describe(
    here: Place,
    year: str,
    scope: str,
    audience: str,
    printed: dict[str, tuple[str, list[dict]]],
    ledger: Path,
) -> dict[str, Any]:
    """The summary of a place's reports.

    Parameters
    ----------
    printed
        Page -> its title and the facts of what it shows.
    ledger
        The file of the kept count; where it is not there, `pence` is None and `evidence` empty.

    Returns
    -------
    dict
        place (slug), name, year, scope, audience, people, pence, evidence (rows of grade and
        pence), and pages, each with name, title, headlines (rows of what it is and figure) and
        tables (name and caption). A run adds `folder`, its name, and `theme`.
    """
    graded = count.by_evidence(ledger_files.read(ledger)) if ledger.is_file() else None
    rows = [] if graded is None else [[str(r.evidence), int(r.pence)] for r in graded.itertuples()]
    return {
        "place": here.slug,
        "name": here.name,
        "year": year,
        "scope": scope,
        "audience": audience,
        "people": people(here),
        "pence": None if graded is None else int(graded["pence"].sum()),
        "evidence": rows,
        "pages": [
            {"name": name, "title": title, **_contents(shown)}
            for name, (title, shown) in printed.items()
        ],
    }


def _contents(shown: Iterable[dict]) -> dict[str, list]:
    """The headline figures of a page, and the name and caption of each table and figure."""
    return {
        "headlines": [row for facts in shown if facts["kind"] == "cards" for row in facts["rows"]],
        "tables": [
            {"name": facts["name"], "caption": facts["caption"] or "Headline figures"}
            for facts in shown
        ],
    }


def write(summary: dict[str, Any], folder: Path) -> None:
    """Write summary.json into a folder of pages."""
    text = json.dumps(summary, indent=1, ensure_ascii=False) + "\n"
    (folder / NAME).write_text(text, encoding="utf-8", newline="\n")


def read(folder: Path) -> dict[str, Any]:
    """The summary of a folder of reports.

    Raises InputError, saying why, where the report is not whole, or the summary not of that folder.
    """
    if not folder.is_dir():
        raise InputError(f"{folder} is not there: `totalplace run` makes it.")
    if not (folder / MANIFEST).is_file() and (folder / LOG).is_file():
        raise InputError(f"{folder}: its run failed; {LOG} in it says why. Mend it and run again.")
    if not (folder / MANIFEST).is_file():
        raise InputError(
            f"{folder}: it is incomplete, for it has no {MANIFEST}. Build it again, or remove it."
        )
    try:
        summary = json.loads((folder / NAME).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(
            f"{folder}: its {NAME} cannot be read ({type(error).__name__}). Build it again."
        ) from error
    wrong = _fault(summary, folder)
    if wrong:
        raise InputError(f"{folder}: {wrong}. Build it again, or remove it.")
    return summary


def _fault(summary: Any, folder: Path) -> str:
    """What of a summary is not as `describe` makes it, or ""."""
    if not isinstance(summary, dict):
        return f"its {NAME} is not a summary"
    odd = [key for key, kind in _KINDS.items() if not isinstance(summary.get(key, ...), kind)]
    if odd or summary["people"] < 0:
        return f"its {NAME} lacks {', '.join(odd) or 'people'}"
    name = summary.get("folder", summary["place"])
    if [summary["year"], name] != [folder.parent.name, folder.name]:
        return f"its {NAME} is of {summary['place']!r}, {summary['year']!r}"
    rows = summary["evidence"]
    if not all(isinstance(row, list) and [*map(type, row)] == [str, int] for row in rows):
        return "its evidence is not grades and pence"
    names = [str(page.get("name")) if isinstance(page, dict) else "" for page in summary["pages"]]
    missing = [
        name
        for name in names
        if not (re.fullmatch(r"\w+", name) and (folder / f"{name}.html").is_file())
    ]
    return f"its pages {', '.join(missing)} are not there" if missing else ""
