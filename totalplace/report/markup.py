"""Exhibits as HTML, by the macros of html/exhibits.html.j2, which escape all but our own markup."""

import functools
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup

from totalplace.report.tables import BLANK, PrintedTable
from totalplace.report.words import clean, escape

LONG = 60  # letters of a cell that is prose, and is given room


def render(macro: str, *given: Any) -> str:
    """What a macro makes of what it is given: render("cards", rows)."""
    return str(getattr(_macros(), macro)(*given))


@functools.cache
def _macros():
    """The macros, compiled once."""
    loader = jinja2.FileSystemLoader(Path(__file__).parent / "html")
    made = jinja2.Environment(loader=loader, autoescape=True, undefined=jinja2.StrictUndefined)
    made.filters |= {"words": _words, "cells": _cells, "heads": _heads}
    return made.get_template("exhibits.html.j2").module


def _words(text: str) -> Markup:
    """A sentence with its bold, or text, escaped once."""
    return text if isinstance(text, Markup) else Markup(escape(text))


def _heads(printed: PrintedTable) -> Iterator[tuple[str, str, str, str]]:
    """(scope, class, text, unit) of each head. Money called "pence" is read by its unit alone."""
    for name, unit in printed.heads:
        if unit in (None, "text"):
            yield "col" if name else "", "name" if name else "", _breakable(name), ""
        elif unit in ("fraction", "count", "people"):
            yield "col", "", _breakable(name), ""
        else:
            alone = name == "Pence"
            yield "col", "", unit if alone else _breakable(name), "" if alone else unit


def _cells(row: list[str], printed: PrintedTable) -> Iterator[tuple[str, str, str, str]]:
    """(scope, class, text, unit) of each cell; names are heads of their row, prose has room."""
    for text, (_, unit) in zip(row, printed.heads, strict=True):
        kind = "name" if unit in (None, "text") else ""
        scope = "row" if unit is None and text not in ("", BLANK) else ""
        yield scope, "name long" if len(text) > LONG else kind, _breakable(text), ""


def _breakable(text: str) -> str:
    """Text that may break every 20 letters, so that a long word cannot widen its column."""
    if len(text) <= 20:
        return clean(text)
    pieces = re.sub(r"(\S{20})(?=\S{4})", "\\1\0", clean(text)).split("\0")
    return Markup("<wbr>").join(pieces)
