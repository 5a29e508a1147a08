"""Exhibits as HTML, by the macros of html/exhibits.html.j2, which escape all but our own markup."""

import functools
import re
from pathlib import Path
from types import SimpleNamespace

import jinja2
from markupsafe import Markup, escape

from totalplace.report.tables import BLANK, PrintedTable
from totalplace.report.words import Sentence, clean

LONG = 60  # letters of a cell that is prose, and is given room


@functools.cache
def _macros():
    """The macros, compiled once."""
    loader = jinja2.FileSystemLoader(Path(__file__).parent / "html")
    environment = jinja2.Environment(
        loader=loader, autoescape=True, undefined=jinja2.StrictUndefined
    )
    return environment.get_template("exhibits.html.j2").module


def written(text: str) -> Markup:
    """Words as markup: a sentence keeps its bold, text is escaped."""
    return Markup(text.html) if isinstance(text, Sentence) else escape(clean(text))


def table(printed: PrintedTable, caption: str, name: str, where: str, note: str = "") -> str:
    """A table: caption, scoped heads, a region that scrolls by keyboard."""
    return str(_macros().table(_cells(printed), written(caption), name, where, written(note)))


def shown_table(
    printed: PrintedTable, caption: str, name: str, where: str, note: str, fold: bool
) -> str:
    """A table of a page, with its number; folded, it is opened by who wants it."""
    given = _cells(printed), written(caption), name, where, written(note), fold
    return str(_macros().shown_table(*given))


def nothing(words: str) -> str:
    """What is said in the place of a table that has no rows."""
    return str(_macros().nothing(written(words)))


def figure(
    drawings: list[str],
    printed: PrintedTable,
    caption: str,
    name: str,
    where: str,
    unit: str,
    note: str,
) -> str:
    """A figure: caption, its drawings as SVG (the second for phones) and, folded, its table."""
    marked, cells = [Markup(drawing) for drawing in drawings], _cells(printed)
    given = marked, cells, written(caption), name, where, unit, written(note)
    return str(_macros().figure(*given))


def cards(rows: list[list[str]]) -> str:
    """Headline figures: [what it is, figure]."""
    return str(_macros().cards(rows))


def caution(text: str) -> str:
    """A warning in a box."""
    return str(_macros().caution(written(text)))


def _cells(printed: PrintedTable) -> SimpleNamespace:
    """The heads, rows and foot of a table as (scope, class, text, unit) of each cell."""
    units = [unit for _, unit in printed.heads]
    return SimpleNamespace(
        heads=[_head(name, unit) for name, unit in printed.heads],
        rows=[list(map(_cell, units, row)) for row in printed.cells],
        foot=printed.foot and list(map(_cell, units, printed.foot)),
    )


def _head(name: str, unit: str | None) -> tuple[str, str, str, str]:
    """The head of a column. Money called "pence" in a ledger is read by its unit alone."""
    if unit in (None, "text"):
        return "col" if name else "", "name" if name else "", _breakable(name), ""
    if unit in ("fraction", "count") or (unit == "people" and name == "People"):
        return "col", "", _breakable(name), ""
    return (
        ("col", "", unit or "", "")
        if name == "Pence"
        else ("col", "", _breakable(name), unit or "")
    )


def _cell(unit: str | None, text: str) -> tuple[str, str, str, str]:
    """A cell; names are heads of their row, and prose is given room."""
    kind = "name" if unit in (None, "text") else ""
    kind = "name long" if len(text) > LONG else kind
    return "row" if unit is None and text not in ("", BLANK) else "", kind, _breakable(text), ""


def _breakable(text: str) -> str:
    """Text that may break every 20 letters, so that a long word cannot widen its column."""
    if len(text) <= 20:
        return clean(text)
    pieces = re.sub(r"(\S{20})(?=\S{4})", "\\1\0", clean(text)).split("\0")
    return Markup("<wbr>").join(pieces)
