"""The header and the foot of a report, from the facts of the run that the notebook carries in its metadata."""

from totalplace.errors import InputError
from totalplace.report.words import clean

_IN_HEADER = ("title", "place", "year", "scope", "status")


def header(facts, contents):
    """Title, place, year and what else the header says. Raises InputError where nothing names the report."""
    place, year = contents.where
    place, year = place or facts.get("place"), year or facts.get("year")
    title = facts.get("title") or contents.title
    if not title:
        raise InputError("the report has no title: begin the notebook with one (# Title)")
    told = {"Year": year, "Scope": facts.get("scope"), "Status": facts.get("status", "indicative"),
            "Evidence": contents.evidence}  # fmt: skip
    return {
        "title": clean(title),
        "place": clean(place) if place else None,
        "year": clean(year) if year else None,
        "told": [
            (name, clean(value)[:1].upper() + clean(value)[1:])
            for name, value in told.items()
            if value
        ],
    }


def how_made(facts):
    """Rows of "How this was made": (name, text, whether it is a command). None without facts: that part is left out."""
    rows = [
        (_label(name), _said(value), name == "command")
        for name, value in facts.items()
        if name not in _IN_HEADER and value
    ]
    return sorted(rows, key=lambda row: row[2]) or None


def _label(name):
    """The name of a fact as a reader expects it: "inputs_date" is "Inputs date"."""
    words = clean(name).replace("_", " ")
    return words[:1].upper() + words[1:]


def _said(value):
    """A fact in words: versions as "pandas 3.0, numpy 2.2", a list with commas."""
    if isinstance(value, dict):
        return ", ".join(f"{clean(name)} {_said(part)}" for name, part in value.items())
    return (
        ", ".join(_said(part) for part in value)
        if isinstance(value, list | tuple)
        else clean(value)
    )
