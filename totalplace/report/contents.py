"""What of a notebook a board reads: its prose and what `show` made, in order, numbered, with the headings for the contents."""

import html
import re
from dataclasses import dataclass, field

from mistune import HTMLRenderer
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath

from totalplace.errors import InputError
from totalplace.report.html_allowlist import guard
from totalplace.report.words import MIME, clean

_NUMBER = re.compile(r'<span class="number" data-kind="(Figure|Table)"></span>')


@dataclass
class Contents:
    """A page in the making: `blocks` of HTML, `headings` as (level, id, text), `shown` facts in order."""

    blocks: list = field(default_factory=list)
    headings: list = field(default_factory=list)
    shown: list = field(default_factory=list)
    counts: dict = field(default_factory=lambda: {"Figure": 0, "Table": 0})

    @property
    def title(self):
        """The notebook's own title, if it has one."""
        return next((text for level, _, text in self.headings if level == 1), None)

    @property
    def where(self):
        """The (place, year) that everything shown is of; (None, None) where nothing says."""
        told = [(facts["place"], facts["year"]) for facts in self.shown if facts["place"]]
        return told[0] if told else (None, None)

    @property
    def evidence(self):
        """How firmly what is shown is known, in words, where a page says so."""
        return next((facts["status"] for facts in self.shown if facts.get("status")), None)


def read(notebook, warn):
    """Notebook -> Contents. Raises InputError, naming the cell, for what a page cannot hold; `warn` hears of stderr left out."""
    contents = Contents()
    prose = _Prose(contents.headings)
    for number, cell in enumerate(notebook.cells, start=1):
        cell_name = _name(number, cell)
        if cell.cell_type == "markdown":
            contents.blocks.append(guard(prose.written(cell.source, cell_name), cell_name))
        elif cell.cell_type == "code":
            for output in cell.outputs:
                _take(output, contents, cell_name, warn)
        elif cell.source.strip():
            raise InputError(
                f"{cell_name} is raw text, which no reader would see: make it Markdown"
            )
    _check_headings(contents.headings)
    _check_shown(contents.shown)
    return contents


def _name(number, cell):
    """The cell as its author can find it."""
    first = next((line for line in cell.source.splitlines() if line.strip()), "")
    return f"cell {number} ({cell.cell_type}, {clean(first)[:60]!r})"


def _take(output, contents, cell_name, warn):
    """One output: what `show` made is numbered and kept, stderr is left out aloud, the rest is refused."""
    if output.output_type == "stream":
        if output.name == "stdout" and output.text.strip():
            raise InputError(
                f"{cell_name} prints {clean(output.text)[:60]!r}: make it a sentence with `say`, or take it out"
            )
        if output.text.strip():
            warn("left out of the report, stderr of %s: %s", cell_name, clean(output.text)[:200])
        return
    if output.output_type == "error":
        raise InputError(
            f"{cell_name} failed: {clean(output.get('ename', ''))}: {clean(output.get('evalue', ''))[:200]}"
        )
    facts = output.data.get(MIME)
    if (
        not isinstance(facts, dict)
        or not {"name", "kind", "place", "year"} <= facts.keys()
        or "text/html" not in output.data
    ):
        kinds = ", ".join(clean(kind) for kind in output.data) or "nothing"
        raise InputError(
            f"{cell_name} shows {kinds}: only what `show` makes has a place, a year and words for everybody; use it"
        )
    contents.shown.append({**facts, "cell": cell_name})
    contents.blocks.append(
        guard(_numbered(_joined(output.data["text/html"]), contents.counts), cell_name)
    )


def _joined(text):
    """Text of a notebook, which may be kept as a list of lines."""
    return text if isinstance(text, str) else "".join(text)


def _numbered(markup, counts):
    """Figures and tables numbered in order."""

    def _next(found):
        counts[found[1]] += 1
        return f'<span class="number">{found[1]} {counts[found[1]]}:</span> '

    return _NUMBER.sub(_next, markup)


def _check_headings(headings):
    """One title, and no level left out on the way down."""
    if sum(level == 1 for level, _, _ in headings) > 1:
        raise InputError(
            f"a report has one title (#); this has: {'; '.join(text for level, _, text in headings if level == 1)}"
        )
    before = 1
    for level, _, text in headings:
        if level > before + 1:
            raise InputError(
                f"heading {text!r} is of level {level} and follows one of level {before}: leave no level out"
            )
        before = level


def _check_shown(shown):
    """One name a table or figure, one place and one year a report."""
    seen = {}
    for facts in shown:
        if facts["name"] and facts["name"] in seen:
            raise InputError(
                f"{facts['cell']} and {seen[facts['name']]} both show {facts['name']!r}: one file would overwrite the other"
            )
        seen[facts["name"]] = facts["cell"]
    wheres = sorted({(facts["place"], facts["year"]) for facts in shown if facts["place"]})
    if len(wheres) > 1:
        raise InputError(
            f"a report is of one place and one year; this has: {'; '.join(f'{place}, {year}' for place, year in wheres)}"
        )


class _Prose(IPythonRenderer):
    """Markdown to HTML, where HTML in the Markdown is text, a picture is refused and headings are noted."""

    def __init__(self, headings):
        super().__init__(escape=True, allow_harmful_protocols=False, exclude_anchor_links=True)
        self.headings, self.tables, self.cell_name = headings, 0, ""

    def written(self, source, cell_name):
        """A cell's Markdown as HTML; its title, which stands in the header, left out."""
        self.cell_name = cell_name
        return MarkdownWithMath(renderer=self).render(
            "\n".join(clean(line) for line in source.splitlines())
        )

    def heading(self, text, level, **attrs):
        """A heading with a link target of its own."""
        plain = html.unescape(re.sub(r"<[^>]*>", "", text))
        slug = re.sub(r"[^a-z0-9]+", "-", plain.lower()).strip("-") or "part"
        same = sum(
            re.fullmatch(rf"section-{slug}(-\d+)?", anchor) is not None
            for _, anchor, _ in self.headings
        )
        anchor = f"section-{slug}-{same + 1}" if same else f"section-{slug}"
        self.headings.append((level, anchor, plain))
        return f'<h{level} id="{anchor}">{text}</h{level}>\n' if level > 1 else ""

    def image(self, text, url, title=None):
        """No picture comes in by prose: it would be fetched, or lack its place, year and figures."""
        raise InputError(
            f"{self.cell_name} has a picture ({clean(url)[:60]!r}): draw it with `show`"
        )

    def block_code(self, code, info=None):
        """Code as plain text."""
        return HTMLRenderer.block_code(self, code, None)

    def table(self, text):
        """A table of the prose, which scrolls by itself where it does not fit."""
        self.tables += 1
        region = f'class="scroll" role="region" aria-label="Table {self.tables} of the text" tabindex="0"'
        return f'<div {region}><table class="prose">{text}</table></div>\n'
