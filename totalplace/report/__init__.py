"""Tables, figures, sentences: escaped, with place and year, with words for who cannot see them.

    page = Page(here, year, audience)
    page.show("divisions", count.divisions(spent))

From numbers to the page, each module by those above it: rounding (tables that add as printed),
words (sentences from numbers), tables, pivots (tidy frames as a figure wants them), figures and
sankey (the drawings), svg, charts, exhibits (their wording, notebooks/exhibits.csv), markup, shown,
page (what a notebook calls).
"""

import importlib

from totalplace.report.words import (
    MIME,
    Sentence,
    fraction,
    join_names,
    largest,
    money,
    number,
    per_head,
    percent,
    say,
    with_noun,
)

__all__ = [
    "MIME",
    "Page",
    "Sentence",
    "Shown",
    "fraction",
    "join_names",
    "largest",
    "money",
    "number",
    "per_head",
    "percent",
    "say",
    "with_noun",
]


def __getattr__(name: str):
    """Page and Shown, whose drawing takes a second to import, when they are wanted."""
    if name in ("Page", "Shown"):
        return getattr(importlib.import_module("totalplace.report.page"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
