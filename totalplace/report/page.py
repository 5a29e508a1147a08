"""The page that a notebook writes on: each exhibit has place and year, its figures, words for all.

    page = Page(here, year, audience)
    page.know(total=total, people=people)
    page.show("divisions", count.divisions(spent))

`show`, `say`, `cards` and `caution` take their wording from notebooks/exhibits.csv (see
`exhibits`). The methods `table`, `bars`, `heat`, `shares`, `stack`, `sankey` and `figure` are given
theirs: they are for a notebook of one's own.

Frames are tidy, money is whole pence (int64). What is shown keeps its unrounded figures beside it,
under our own type, so that a report can write them to files; `name` is the file's name. A caption
states the finding. A column of categories keeps their order; blank names, fractional pence and
unknown units are refused.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from totalplace.errors import InputError
from totalplace.report import charts, exhibits, markup, tables
from totalplace.report.charts import Chart
from totalplace.report.colours import Palette
from totalplace.report.exhibits import Exhibit
from totalplace.report.shown import Shown, Words, file_name, filled, quoting
from totalplace.report.svg import any_figure, close, svg
from totalplace.report.tables import PrintedTable, Units
from totalplace.report.words import BOARD_SPECS, SPECS, Sentence, clean, write

NEGATIVE = (
    "An amount is negative, so it cannot be drawn as a part of a whole: here are the figures."
)
AUDIENCES = ("board", "working")


@dataclass(frozen=True)
class Page:
    """What the exhibits of a report have in common: place and year, printed with each, and readers.

    place : a Place, or its name as text.
    audience : "board", whose copy has no table with a count of people under 5, or "working".
    facts : what the page knows (see `know`), for the words of every exhibit.
    palette : who pays -> the colour that they have in its figures: the first come, first served.
    """

    place: Any
    year: str
    audience: str = "board"
    facts: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)
    palette: Palette = field(default_factory=dict, repr=False, compare=False)

    def __post_init__(self):
        if not clean(self.place).strip() or not clean(self.year).strip():
            raise InputError("a page has a place and a year")
        if self.audience not in AUDIENCES:
            raise InputError(
                f"no audience called {self.audience!r}. Name one of {', '.join(AUDIENCES)}."
            )
        self.know(place=str(self.place), year=str(self.year))

    @property
    def where(self) -> str:
        """Place and year as printed."""
        return f"{clean(self.place)}, {clean(self.year)}"

    # By their rows of exhibits.csv

    def know(self, /, **facts: Any) -> None:
        """Remember facts for the words of exhibits: pence, (part, whole), counts, names, text."""
        self.facts.update(facts)

    def show(self, name: str, frame: pd.DataFrame, /, **facts: Any) -> Shown:
        """Show a frame as the exhibit `name`: its row of exhibits.csv gives its kind and wording.

        facts : for this exhibit alone, beside those that the page knows.

        Raises InputError, naming the exhibit, for an unknown one, for words that ask for a fact
        which nobody gave, and for a frame that could only be shown wrongly.
        """
        exhibit, known = exhibits.find(name), self.facts | facts
        if not isinstance(frame, pd.DataFrame):
            raise InputError(f"exhibit {name!r} shows a DataFrame, not a {type(frame).__name__}")
        if exhibit.kind == "cards":
            return self.cards(name, frame, **facts)
        if exhibit.kind in ("sentence", "caution"):
            raise InputError(f"exhibit {name!r} is a {exhibit.kind}, which shows no frame: say it")
        words = {
            column: self._wording(exhibit, column, known) if getattr(exhibit, column) else ""
            for column in ("caption", "note", "empty")
        }
        try:
            return self._show(exhibit, frame, known, words)
        except InputError as error:
            if str(error).startswith("exhibit "):
                raise
            raise InputError(f"exhibit {name!r}: {error}") from error

    def _show(self, exhibit: Exhibit, frame: pd.DataFrame, known: dict, words: dict) -> Shown:
        """Show a frame by its row."""
        name = exhibit.exhibit
        if exhibit.kind == "table" or (frame.empty and exhibit.empty):
            return self.table(
                frame,
                units=exhibit.units_of(frame) if exhibit.kind == "table" else {},
                total=exhibit.total or None,
                across=exhibit.across or None,
                people=exhibit.people_of(frame, known),
                fold=exhibit.fold == "yes",
                name=name,
                **words,
            )
        return self._chart(
            exhibit.kind, exhibit.chart(frame, self.palette), words["caption"], name, words["note"]
        )

    def _wording(self, exhibit: Exhibit, column: str, known: dict) -> Words:
        """What fills in a column of a row, once its table is laid out."""
        return lambda printed: exhibit.fill(
            column, getattr(exhibit, column), known, self._specs, quoting(printed)
        )

    @property
    def _specs(self) -> dict:
        """How facts are written for these readers."""
        return BOARD_SPECS if self.audience == "board" else SPECS

    def say(self, words: str, /, **facts: Any) -> Sentence:
        """A sentence: the name of one in exhibits.csv, or its template.

        To a board, counts of people under 5 are not given. Raises InputError for a fact that is
        asked for and missing, that cannot be written so, or given and not used by a template.
        """
        if exhibits.is_name(words):
            return self._sentence(words, "sentence", facts)
        return write(words, self.facts | facts, self._specs, given=facts)

    def _sentence(self, name: str, kind: str, facts: dict) -> Sentence:
        """The words of a row of that kind."""
        exhibit = exhibits.find(name)
        if exhibit.kind != kind:
            raise InputError(f"exhibit {name!r} is of kind {exhibit.kind}, not {kind}")
        return exhibit.said(self.facts | facts, self._specs)

    def caution(self, words: str, /, **facts: Any) -> Shown:
        """A warning in a box: the name of one in exhibits.csv, a sentence, or text."""
        if exhibits.is_name(words):
            words = self._sentence(words, "caution", facts)
        return Shown("caution", markup.render("caution", words), self._head(None, words))

    def cards(
        self,
        headlines: str | dict[str, str],
        evidence: pd.DataFrame | None = None,
        name: str = "headline-figures",
        **facts: Any,
    ) -> Shown:
        """Headline figures: the name of an exhibit, or what each is -> its figure as text.

        evidence : of `count.by_evidence` (evidence, pence); its shares are in the head of the page.
        """
        if isinstance(headlines, str):
            name, exhibit = headlines, exhibits.find(headlines)
            if exhibit.kind != "cards":
                raise InputError(f"exhibit {name!r} is of kind {exhibit.kind}, not cards")
            pairs = exhibit.headlines(self.facts | facts, self._specs)
        else:
            pairs = list(headlines.items())
        rows = [[clean(what), clean(figure)] for what, figure in pairs]
        shown = self._head(file_name(name), None)
        shown |= {"columns": ["headline", "figure"], "rows": rows, "units": {"figure": "text"}}
        if evidence is not None:
            needed = {"evidence", "pence"}
            if not isinstance(evidence, pd.DataFrame) or needed - set(evidence.columns):
                raise InputError(f"evidence of {name!r} must have the columns evidence and pence")
            graded = tables.lay_out(evidence[["evidence", "pence"]], {"pence": "%"}).cells
            shown["status"] = ", ".join(f"{share}% {grade}" for grade, share in graded)
        return Shown("cards", markup.render("cards", rows), shown)

    # With words of one's own

    def table(
        self,
        frame: pd.DataFrame,
        caption: Words,
        units: Units,
        total: str | None = None,
        across: str | None = None,
        people: int | str | None = None,
        note: Words = "",
        empty: Words = "",
        fold: bool = False,
        *,
        name: str,
    ) -> Shown:
        """A table of a frame.

        Parameters
        ----------
        units : column -> unit or units (see `tables`).
        total, across : names for a row and a column of totals.
        people : whom £ per head is of: a number, or the column of each row's.
        empty : the sentence in its place where it has no rows, and then its caption elsewhere.
        fold : opened by who wants it.

        Raises
        ------
        InputError
            As `tables.lay_out` does.
        """
        hidden = self.audience == "board" and tables.has_small_count(frame, units, people)
        lay_out = tables.without_counts if hidden else tables.lay_out
        printed = lay_out(frame, units, total, across, people)
        caption, note, empty = (filled(words, printed) for words in (caption, note, empty))
        note = f"{note} {tables.NOT_SHOWN}".strip() if hidden else note
        given = (printed, caption, file_name(name), self.where, note, fold)
        nothing = empty and not printed.cells
        if nothing:
            caption, note = empty, ""
        html = markup.render("nothing", empty) if nothing else markup.render("shown_table", *given)
        return Shown("table", html, self._facts(name, caption, note, printed), printed)

    def bars(
        self,
        frame: pd.DataFrame,
        label: str,
        value: str = "pence",
        *,
        caption: Words,
        name: str,
        unit: str = "£m",
        whole: int | None = None,
        strong: int | None = None,
        most: int | None = None,
        note: Words = "",
    ) -> Shown:
        """Ranked bars, "£928.0m (36%)" at their ends.

        Parameters
        ----------
        unit : £m, or £ for pence per head and the like, which have no shares.
        whole : pence of which the shares are, where that is more than the bars.
        strong : how many bars stand out.
        most : how many are drawn before the rest become one.

        Raises
        ------
        InputError
            For blanks, no rows, or money that is not whole pence.
        """
        chart = charts.bars(frame, label, value, unit=unit, whole=whole, strong=strong, most=most)
        return self._chart("bars", chart, caption, name, note)

    def heat(
        self,
        frame: pd.DataFrame,
        rows: str,
        columns: str,
        value: str = "pence",
        *,
        caption: Words,
        name: str,
        most: int | None = None,
        note: Words = "",
    ) -> Shown:
        """A heat map of pence in £m with totals: rows by size, columns sorted.

        Figures add along rows and down columns as printed; `most`: how many rows before the rest
        become one. Raises InputError as `bars` does.
        """
        chart = charts.heat(frame, rows, columns, value, most=most)
        return self._chart("heat", chart, caption, name, note)

    def shares(
        self,
        frame: pd.DataFrame,
        rows: str,
        parts: str,
        value: str = "pence",
        *,
        caption: Words,
        name: str,
        note: Words = "",
    ) -> Shown:
        """Full bars, one per row, cut into parts (at most five) in percentages that add to 100.

        Rows are as they come, parts sorted. With a negative amount it is a table of the same
        figures. Raises InputError for a sixth part, or as `bars` does.
        """
        chart = charts.shares(frame, rows, parts, value)
        return self._chart("shares", chart, caption, name, note)

    def stack(
        self,
        frame: pd.DataFrame,
        age: str = "age",
        payer: str = "body",
        value: str = "pence",
        *,
        caption: Words,
        name: str,
        note: Words = "",
    ) -> Shown:
        """Steps by single year of age (-1 is pregnancy), one payer upon another, largest lowest.

        Beyond five payers all but four are one; with a negative amount it is a table of the same
        figures. Raises InputError for an age that is not a whole number, or as `bars` does.
        """
        chart = charts.stack(frame, age, payer, value, palette=self.palette)
        return self._chart("stack", chart, caption, name, note)

    def sankey(
        self,
        edges: pd.DataFrame,
        stages: Sequence[str],
        *,
        caption: Words,
        name: str,
        note: Words = "",
    ) -> Shown:
        """A flow chart of `edges`: step (0 is from the first of `stages`), source, target, pence.

        Every node has its £m, and those of each stage add to one total as printed; with a negative
        amount it is a table of the same figures. Raises InputError, naming the node, where what
        comes in is not what goes out to the penny; or as `bars` does.
        """
        chart = charts.sankey(edges, stages, palette=self.palette)
        return self._chart("sankey", chart, caption, name, note)

    def figure(
        self,
        figure: Any,
        *,
        caption: Words,
        alt: str,
        data: pd.DataFrame,
        name: str,
        units: Units | None = None,
        note: Words = "",
    ) -> Shown:
        """A figure of one's own: a matplotlib Figure, or Axes or a grid of seaborn.

        alt : what it shows, for those who cannot see it.
        data : the figures drawn, shown as a table and kept as a file; `units` as of `table`.

        The figure is closed, so that the cell does not show it a second time, bare.
        Raises InputError where alt or data is missing, or the figure holds a picture of dots.
        """
        if not clean(alt or "").strip():
            raise InputError(f"figure {name!r} has no alternative text: say in `alt` what it shows")
        if not isinstance(data, pd.DataFrame) or data.empty:
            raise InputError(
                f"figure {name!r} has no data: give the frame that was drawn as `data`"
            )
        drawn = any_figure(figure, name)
        chart = Chart(tables.lay_out(data, units or {}), clean(alt), "", [drawn])
        shown = self._chart("figure", chart, caption, name, note)
        close(drawn)
        return shown

    # What all have

    def _chart(self, kind: str, chart: Chart, caption: Words, name: str, note: Words) -> Shown:
        """A figure with its caption, its drawings and, folded, its figures as a table."""
        printed, name = chart.printed, file_name(name)
        caption, note = filled(caption, printed), filled(note, printed)
        if not chart.drawn:
            note = f"{note} {NEGATIVE}".strip()
            html = markup.render("shown_table", printed, caption, name, self.where, note, False)
            return Shown("table", html, self._facts(name, caption, note, printed), printed)
        alt = f"{clean(caption).rstrip('.')}. {self.where}. {chart.alt}"
        drawings = [svg(figure, f"{name}-{n}", alt) for n, figure in enumerate(chart.drawn)]
        given = (drawings, printed, caption, name, self.where, chart.unit, note)
        html = markup.render("figure", *given)
        facts = self._facts(name, caption, note, printed)
        return Shown(kind, html, facts, printed, chart.drawn[0])

    def _facts(self, name: str, caption: str, note: str, printed: PrintedTable) -> dict[str, Any]:
        """What goes beside the HTML: raw figures, and the same as printed."""
        as_printed = {
            "heads": [list(head) for head in printed.heads],
            "rows": printed.cells,
            "foot": printed.foot,
        }
        head = self._head(file_name(name), caption) | {"note": clean(note)}
        return {**head, **printed.facts, "printed": as_printed}

    def _head(self, name: str | None, caption: str | None) -> dict[str, Any]:
        """Name, caption, place and year of an exhibit."""
        caption = None if caption is None else clean(caption)
        return {
            "name": name,
            "caption": caption,
            "place": clean(self.place),
            "year": clean(self.year),
        }
