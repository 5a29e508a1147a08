"""Tables, figures, sentences: always escaped, always with their place and year, always with words for who cannot see them.

    page = show.Page(place="Croydon", year="2008-09")
    page.bars(divisions, "division", caption="Three of ten functions take most of it", name="divisions")

From numbers to the page, each module by those above it: rounding (tables that add as printed), words (sentences from numbers),
tables, arrange (tidy frames as a figure wants them), figures and flowchart (the drawings), svg, page (what a notebook calls).
"""

from totalplace.report.page import Page, Shown
from totalplace.report.words import (
    MIME,
    Said,
    a_head,
    counted,
    fraction,
    leading,
    listing,
    money,
    number,
    percent,
    rank,
    say,
)

__all__ = ["MIME", "Page", "Said", "Shown", "a_head", "counted", "fraction", "leading", "listing", "money", "number", "percent",
           "rank", "say"]  # fmt: skip
