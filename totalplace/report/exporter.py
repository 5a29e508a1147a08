"""The board report: a run notebook as one page of HTML that can be read, printed and trusted.

    jupyter nbconvert --execute --to board high_level_count.ipynb

Only prose and what `page` shows come through. Code, prompts and stderr stay behind, and so does
every cell tagged `explore`, with all that it shows. Any other output is refused, naming its cell
and the remedy: it has no alternative text, no place and no year, and nobody has escaped it. The
page has no script and asks for nothing outside itself.
"""

import html
import itertools
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn

import jinja2
from markupsafe import Markup
from mistune import HTMLRenderer
from nbconvert.exporters import TemplateExporter
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath
from nbformat import NotebookNode
from traitlets import default

from totalplace.errors import InputError, refuse
from totalplace.report.html_allowlist import guard
from totalplace.report.shown import bundle_fault
from totalplace.report.words import MIME, clean

HTML = Path(__file__).parent / "html"
EXPLORE = "explore"  # the tag of cells that run and are no part of the page
STATUS = {"board": "indicative", "working": "working copy, not for circulation"}
REMEDY = (
    f"Tag the cell `{EXPLORE}` and it stays out of the page; "
    "or show it with page.show, page.table, page.figure or page.say."
)
NOTHING_SHOWN = (
    "the notebook shows nothing through a page: end a cell with page.show, page.table, page.figure "
    "or page.say."
)
_IN_HEADER = ("title", "place", "year", "scope", "status")
_NUMBER = re.compile(r'<span class="number" data-kind="(Figure|Table)"></span>')
_PARAMETER = re.compile(r"""^(\w+)\s*(?::\s*\w+\s*)?=\s*(["'])(.*?)\2""", re.MULTILINE)
_BARE = {  # what an output of a type is called, the most telling type first
    "application/vnd.jupyter.widget-view+json": "a widget",
    "image/png": "a bare figure",
    "image/svg+xml": "a bare figure",
    "text/html": "a bare table",
    "text/plain": "a bare value",
}


class BoardExporter(TemplateExporter):
    """Exports a notebook as a board report.

    Notebook metadata `totalplace` fills the header and "How this was made"; without it the header
    comes from the notebook's parameters and from what is shown. `resources["board"]` has the parts
    of the page, among them `title` and `shown`.
    """

    export_from_notebook = "Board report (HTML)"
    output_mimetype = "text/html"

    @default("file_extension")
    def _file_extension_default(self):
        return ".html"

    @default("optimistic_validation")
    def _default_optimistic_validation(self):
        return True  # once, after the last of nbconvert's steps

    @default("template_name")
    def _template_name_default(self):
        return HTML.name

    @default("extra_template_basedirs")
    def _default_extra_template_basedirs(self):
        return [str(HTML.parent)]

    def _create_environment(self):
        """The nbconvert environment, which escapes nothing by itself, made to escape everything."""
        return strict(super()._create_environment())

    def _preprocess(self, nb, resources):
        """The notebook after nbconvert's own steps, and its page.

        The page is made here, from what those steps leave, for one of them runs the notebook where
        --execute is given.
        Raises InputError, naming the cell, for what a board report cannot hold.
        """
        nb, resources = super()._preprocess(nb, resources)
        facts = nb.metadata.get("totalplace") or _facts_of_parameters(nb)
        contents = read_contents(nb, warn=self.log.warning)
        resources["board"] = {
            **header(facts, contents),
            "made": how_made(facts),
            "headings": contents.headings,
            "body": Markup("\n".join(contents.blocks)),
            "css": Markup((HTML / "board.css").read_text(encoding="utf-8")),
            "shown": contents.shown,
        }
        return nb, resources


def strict(environment: jinja2.Environment) -> jinja2.Environment:
    """A Jinja environment made to escape everything and to refuse names that it does not have."""
    environment.autoescape = environment.trim_blocks = environment.lstrip_blocks = True
    environment.undefined = jinja2.StrictUndefined
    return environment


# The header and the foot of a page, from the facts of the run


def _facts_of_parameters(notebook: NotebookNode) -> dict[str, str]:
    """Place, year, scope and status as the notebook's parameters say; those given to it count."""
    given: dict[str, str] = {}
    for tag in ("parameters", "injected-parameters"):
        for cell in notebook.cells:
            if tag in _tags(cell):
                given |= {found[1]: found[3] for found in _PARAMETER.finditer(cell.source)}
    facts = {name: given[name] for name in ("place", "year", "scope") if name in given}
    status = STATUS.get(given.get("audience", ""))
    return facts | ({"status": status} if status else {})


def header(facts: dict[str, Any], contents: "Contents") -> dict[str, Any]:
    """The head of a page: `title`, `place`, `year`, and `header`, its rows of (name, text).

    Raises InputError where the report has no title.
    """
    place, year = contents.where
    place, year = place or facts.get("place"), year or facts.get("year")
    title = facts.get("title") or contents.title
    if not title:
        raise InputError("the report has no title: begin the notebook with one (# Title)")
    rows = {
        "Year": year,
        "Scope": facts.get("scope"),
        "Status": facts.get("status", STATUS["board"]),
        "Evidence": contents.evidence,
    }
    return {
        "title": clean(title),
        "place": clean(place) if place else None,
        "year": clean(year) if year else None,
        "header": [(name, _sentence_case(clean(text))) for name, text in rows.items() if text],
    }


def how_made(facts: dict[str, Any]) -> list[tuple[str, str, bool]] | None:
    """Rows of "How this was made": (name, text, whether it is a command); None without facts."""
    rows = [
        (_sentence_case(clean(name).replace("_", " ")), _in_words(value), name == "command")
        for name, value in facts.items()
        if name not in _IN_HEADER and value
    ]
    return sorted(rows, key=lambda row: row[2]) or None


def _sentence_case(text: str) -> str:
    return text[:1].upper() + text[1:]


def _in_words(value: Any) -> str:
    """A fact in words: versions as "pandas 3.0, numpy 2.2", a list with commas."""
    if isinstance(value, dict):
        return ", ".join(f"{clean(name)} {_in_words(part)}" for name, part in value.items())
    parts = value if isinstance(value, list | tuple) else [value]
    return ", ".join(map(clean, parts))


# The contents of a page, from the cells of the notebook


@dataclass
class Contents:
    """A page in the making: HTML blocks, headings (level, id, text), facts of what is shown."""

    blocks: list[str] = field(default_factory=list)
    headings: list[tuple[int, str, str]] = field(default_factory=list)
    shown: list[dict[str, Any]] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=lambda: {"Figure": 0, "Table": 0})

    @property
    def title(self) -> str | None:
        """The notebook's own title, if it has one."""
        return next((text for level, _, text in self.headings if level == 1), None)

    @property
    def where(self) -> tuple[str | None, str | None]:
        """The (place, year) of everything shown; (None, None) where nothing says."""
        named = ((facts["place"], facts["year"]) for facts in self.shown if facts["place"])
        return next(named, (None, None))

    @property
    def evidence(self) -> str | None:
        """How firmly what is shown is known, in words, where a page says so."""
        return next((facts["status"] for facts in self.shown if facts.get("status")), None)


def read_contents(notebook: NotebookNode, warn: Callable[..., Any]) -> Contents:
    """The contents of a notebook's page. Stderr is left out, and `warn` is called with it.

    Raises InputError for a notebook that has not been run, and with every cell whose output a page
    cannot print.
    """
    contents, faults = Contents(), []
    prose = _Prose(contents.headings)
    cells = _named(notebook.cells)
    _check_run(cells)
    for cell_name, cell in cells:
        if cell.cell_type == "markdown" and EXPLORE not in _tags(cell):
            contents.blocks.append(guard(prose.written(cell.source, cell_name), cell_name))
        elif cell.cell_type == "code":
            faults += _take_outputs(cell, contents, cell_name, warn)
        elif cell.cell_type == "raw" and cell.source.strip() and EXPLORE not in _tags(cell):
            faults.append(f"{cell_name} is raw text, which no reader would see: make it Markdown.")
    refuse(faults)
    if not contents.shown and any(cell.cell_type == "code" for _, cell in cells):
        warn(NOTHING_SHOWN)
    _check_headings(contents.headings)
    _check_shown(contents.shown)
    return contents


def _tags(cell: NotebookNode) -> list[str]:
    return cell.metadata.get("tags", [])


def cell_name(number: int, kind: str, source: str) -> str:
    """A cell as its author can find it: by its number from 1, its kind and its first line."""
    first = next((line for line in source.splitlines() if line.strip()), "")
    return f"cell {number} ({kind}, {clean(first)[:60]!r})"


def _named(cells: list[NotebookNode]) -> list[tuple[str, NotebookNode]]:
    """Each cell with its name; the one in which parameters are given is not of the author's own."""
    own = itertools.accumulate("injected-parameters" not in _tags(cell) for cell in cells)
    return [
        (cell_name(number, cell.cell_type, cell.source), cell)
        for number, cell in zip(own, cells, strict=True)
    ]


def _check_run(cells: list[tuple[str, NotebookNode]]) -> None:
    """Refuse a notebook of which a cell that belongs to the page has not been run."""
    code = [
        (name, cell)
        for name, cell in cells
        if cell.cell_type == "code" and cell.source.strip() and EXPLORE not in _tags(cell)
    ]
    left = [name for name, cell in code if cell.execution_count is None and not cell.outputs]
    if left:
        some = f"{len(left)} of {len(code)} code cells have not been run, the first {left[0]}"
        problem = "the notebook has not been run" if len(left) == len(code) else some
        raise InputError(
            f"{problem}: run all its cells and save it, "
            "or convert it with `jupyter nbconvert --execute --to board`."
        )


def _take_outputs(
    cell: NotebookNode, contents: Contents, cell_name: str, warn: Callable[..., Any]
) -> list[str]:
    """Take what a cell shows into the page; returns its first fault, if it has one."""
    for output in cell.outputs:
        if output.output_type == "error":
            problem = f"{clean(output.get('ename', ''))}: {clean(output.get('evalue', ''))[:200]}"
            return [f"{cell_name} failed: {problem}"]
        if EXPLORE not in _tags(cell):
            fault = _take(output, contents, cell_name, warn)
            if fault:
                return [f"{cell_name} {fault}. {REMEDY}"]
    return []


def _take(
    output: NotebookNode, contents: Contents, cell_name: str, warn: Callable[..., Any]
) -> str | None:
    """Take one output into the page; returns what is wrong with one that a page cannot print."""
    if output.output_type == "stream":
        text = clean(output.text.strip())
        if output.name == "stdout" and text:
            return f"prints {text[:60]!r}, which has no place in a page"
        if text:
            warn("left out of the report, stderr of %s: %s", cell_name, text[:200])
        return None
    if not _is_shown(output.data):
        what = next((words for kind, words in _BARE.items() if kind in output.data), "nothing")
        return f"shows {what}, with no caption, place and year"
    if fault := bundle_fault(output.data[MIME]):
        return fault
    contents.shown.append({**output.data[MIME], "cell": cell_name})
    markup = _numbered("".join(output.data["text/html"]), contents.counts)
    contents.blocks.append(guard(markup, cell_name))
    return None


def _is_shown(data: dict[str, Any]) -> bool:
    """True for what a page has made: it has its facts beside its HTML."""
    facts = data.get(MIME)
    return (
        isinstance(facts, dict)
        and {"name", "kind", "place", "year"} <= facts.keys()
        and "text/html" in data
    )


def _numbered(markup: str, counts: dict[str, int]) -> str:
    """Figures and tables numbered in order."""

    def _next(found):
        counts[found[1]] += 1
        return f'<span class="number">{found[1]} {counts[found[1]]}:</span> '

    return _NUMBER.sub(_next, markup)


def _check_headings(headings: list[tuple[int, str, str]]) -> None:
    """One title, and no level left out on the way down."""
    titles = [text for level, _, text in headings if level == 1]
    if len(titles) > 1:
        raise InputError(f"a report has one title (#); this has: {'; '.join(titles)}")
    before = 1
    for level, _, text in headings:
        if level > before + 1:
            raise InputError(
                f"heading {text!r} is of level {level} and follows one of level {before}: "
                "leave no level out"
            )
        before = level


def _check_shown(shown: list[dict[str, Any]]) -> None:
    """One name for each table or figure; one place and one year in a report."""
    seen: dict[str, str] = {}
    for facts in shown:
        name, cell = facts["name"], facts["cell"]
        if name and name in seen:
            raise InputError(
                f"{cell} and {seen[name]} both show {name!r}: one file would overwrite the other"
            )
        seen[name] = cell
    wheres = sorted({f"{facts['place']}, {facts['year']}" for facts in shown if facts["place"]})
    if len(wheres) > 1:
        raise InputError(f"a report is of one place and one year; this has: {'; '.join(wheres)}")


class _Prose(IPythonRenderer):
    """Markdown to HTML: HTML in it is text, a picture is refused, headings are noted."""

    def __init__(self, headings: list[tuple[int, str, str]]):
        super().__init__(escape=True, allow_harmful_protocols=False, exclude_anchor_links=True)
        self.headings, self.tables, self.cell_name = headings, 0, ""

    def written(self, source: str, cell_name: str) -> str:
        """A cell's Markdown as HTML, without the title, which is in the header."""
        self.cell_name = cell_name
        lines = "\n".join(clean(line) for line in source.splitlines())
        return MarkdownWithMath(renderer=self).render(lines)

    def heading(self, text: str, level: int, **attrs: Any) -> str:
        """A heading with a link target of its own."""
        plain = html.unescape(re.sub(r"<[^>]*>", "", text))
        slug = re.sub(r"[^a-z0-9]+", "-", plain.lower()).strip("-") or "part"
        taken = re.compile(rf"section-{slug}(-\d+)?")
        same = sum(taken.fullmatch(anchor) is not None for _, anchor, _ in self.headings)
        anchor = f"section-{slug}-{same + 1}" if same else f"section-{slug}"
        self.headings.append((level, anchor, plain))
        return f'<h{level} id="{anchor}">{text}</h{level}>\n' if level > 1 else ""

    def image(self, text: str, url: str, title: str | None = None) -> NoReturn:
        """Refuse a picture in prose: it would be fetched, or lack its place, year and figures."""
        raise InputError(
            f"{self.cell_name} has a picture ({clean(url)[:60]!r}): draw it with `page`"
        )

    def block_code(self, code: str, info: str | None = None) -> str:
        """Code as plain text."""
        return HTMLRenderer.block_code(self, code, None)

    def table(self, text: str) -> str:
        """A table of the prose, which scrolls by itself where it does not fit."""
        self.tables += 1
        label = f'role="region" aria-label="Table {self.tables} of the text" tabindex="0"'
        return f'<div class="scroll" {label}><table class="prose">{text}</table></div>\n'
