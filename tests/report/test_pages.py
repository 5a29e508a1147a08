"""The real pages of two places, as a board gets them: for everybody, at any width and on paper, asking for nothing."""

import csv
import itertools
import re
from decimal import Decimal
from html.parser import HTMLParser

import pytest

pytest_plugins = ["tests.browser"]

NAMES = ("high_level_count", "deep_dive", "funding_flows", "index")
WIDTHS = (1280, 375, 320)
PAGES = [(place, name) for place in ("croydon", "kent") for name in NAMES]


@pytest.fixture(params=PAGES, ids="-".join, scope="module")
def page(request, built):
    place, name = request.param
    return built / "reports" / "2008-09" / place / f"{name}.html"


@pytest.fixture(scope="module")
def visit(opened, page):
    """A page, loaded once for all that is asked of it."""
    with opened(page, bypass_csp=True) as visit:
        yield visit


def test_no_page_of_a_report_is_left_untested(built):
    found = {path.stem for path in (built / "reports" / "2008-09").glob("*/*.html")}
    assert found == set(NAMES)


def test_axe_finds_nothing_in_a_page_at_any_width_and_on_paper(visit, axe):
    for width in WIDTHS:
        visit.resize(width)
        for is_open in (True, False):
            visit.unfold(is_open)
            contrast = (width, is_open) in ((1280, True), (375, False))
            assert visit.violations(axe, contrast) == [], (width, is_open)
    visit.resize(1280)
    visit.page.emulate_media(media="print")
    assert visit.violations(axe) == []
    visit.page.emulate_media(media="screen")


def test_a_page_never_scrolls_sideways_and_asks_for_nothing(visit, page):
    for width in WIDTHS:
        visit.resize(width)
        for is_open in (True, False):
            visit.unfold(is_open)
            assert not visit.is_too_wide(), width
    assert visit.requests == [page.as_uri()]
    assert visit.messages == []


def test_a_page_has_no_script_and_is_small(page):
    text = page.read_text(encoding="utf-8")
    assert "<script" not in text.lower()
    assert len(text.encode()) < 1_500_000


def test_a_page_has_one_title_ordered_headings_and_named_drawings(visit):
    levels = visit.page.evaluate(
        "[...document.querySelectorAll('h1,h2,h3,h4,h5,h6')].map(part => +part.tagName[1])"
    )
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in itertools.pairwise(levels))
    unnamed = "[...document.querySelectorAll('svg,img')].filter(part => !(part.getAttribute('aria-label') || part.alt)).length"
    assert visit.page.evaluate(unnamed) == 0


def test_with_styles_off_a_page_reads_in_its_written_order(page, opened):
    with opened(page) as visit:
        order = visit.page.evaluate(
            "document.querySelectorAll('style').forEach(part => part.remove()), "
            "[...document.querySelectorAll('h1, #report h2, #report h3')].map(part => part.getBoundingClientRect().top)"
        )
    assert order == sorted(order)


class Tables(HTMLParser):
    """The tables of a page by the id of what names them: rows of text."""

    def __init__(self):
        super().__init__()
        self.tables, self.name, self.cell = {}, None, None

    def handle_starttag(self, tag, attrs):
        named = dict(attrs).get("aria-labelledby", "")
        if tag == "div" and named.startswith("caption-"):
            self.name = named.removeprefix("caption-").removesuffix("-figures")
            self.tables.setdefault(self.name, [])
        if tag == "tr":
            self.tables[self.name].append([])
        if tag in ("td", "th"):
            self.cell = []

    def handle_data(self, data):
        if self.cell is not None:
            self.cell.append(data)

    def handle_endtag(self, tag):
        if tag in ("td", "th") and self.cell is not None:
            self.tables[self.name][-1].append("".join(self.cell).strip())
            self.cell = None


def test_the_figures_of_a_page_are_those_of_its_files_rounded(page):
    if page.stem == "index":
        pytest.skip("the index has no table of its own in the files")
    reader = Tables()
    reader.feed(page.read_text(encoding="utf-8"))
    compared = 0
    for name, rows in reader.tables.items():
        with open(page.parent / "data" / f"{name}.csv", encoding="utf-8", newline="") as file:
            heads, *lines = list(csv.reader(file))
        for column in [n for n, head in enumerate(heads) if head == "pence"]:
            at = (
                next((n for n, head in enumerate(rows[0]) if re.search(r"£m$", head)), None)
                if rows
                else None
            )
            if at is None:
                continue
            for line, row in zip(lines, rows[1:], strict=False):
                if not line[column]:
                    assert row[at] == "–", (name, row)
                    continue
                amount = Decimal(row[at].replace(",", "").replace("−", "-"))
                assert abs(amount - Decimal(line[column]) / 10**8) < Decimal("0.1"), (
                    name,
                    line,
                    row,
                )
                compared += 1
    assert compared > 20
