"""Hostile text in every text field of a return, all the way to pages, tables, workbook and trace."""

import csv
import shutil
import zipfile

import pytest

from tests import sending
from tests.conftest import ROOT, run
from tests.report.test_board import VECTORS

pytest_plugins = ["tests.browser"]

FIELDS = [
    "Body",
    "Service",
    "Payee",
    "Area covered",
    "Share by",
    "Source",
    "Note",
    "Unit",
    "Year",
    "Status",
]
SENDABLE = [
    vector
    for vector in VECTORS
    if not any(0xD800 <= ord(letter) < 0xE000 or letter == "\0" for letter in vector)
]
PAGES = ["high_level_count", "deep_dive", "funding_flows", "index"]
FORMULA = ("=", "+", "-", "@", "\t", "\r")


@pytest.fixture(scope="module")
def sent(tmp_path_factory):
    """A house whose Croydon has been sent every vector in every text field, and as names of files and of a sheet."""
    home = tmp_path_factory.mktemp("hostile")
    for part in ("data/raw/reference", "notebooks"):
        shutil.copytree(ROOT / part, home / part)
    shutil.copy(ROOT / "requirements.lock", home)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TOTALPLACE_HOME", str(home))
        for number, field in enumerate(FIELDS):
            rows = [_line(field, vector, 1000 * number + n) for n, vector in enumerate(SENDABLE)]
            sending.send_csv(*rows, name=f"<img src=x onerror=alert(1)> {number} =cmd.csv")
        sending.send_xlsx(
            _line("Note", "a note", 99_999),
            name="'\"><svg onload=alert(1)>.xlsx",
            sheet="<script>alert(1)",
        )
    for audience in ("board", "working"):
        run(home, "run", "croydon", "--audience", audience)
    return home


def _line(field, vector, number):
    """A good line but for one field, which holds hostile text; no two alike."""
    cells = dict(
        zip(sending.HEADINGS, sending.line(COFOG="09.1", Amount=str(100_000 + number)), strict=True)
    )
    return list({**cells, field: vector}.values())


@pytest.fixture(params=["2008-09", "working/2008-09"], ids=["board", "working"])
def folder(request, sent):
    return sent / "reports" / request.param / "croydon"


def test_vectors_reach_the_reports_as_text(sent):
    page = (sent / "reports/2008-09/croydon/high_level_count.html").read_text(encoding="utf-8")
    assert len(set(SENDABLE)) >= 60
    assert page.count("&lt;script&gt;") + page.count("&lt;img") > 20


@pytest.mark.parametrize("name", PAGES)
def test_nothing_runs_in_a_page_and_nothing_is_asked_for(folder, opened, name):
    path = folder / f"{name}.html"
    with opened(path, bypass_csp=True) as visit:
        visit.unfold()
        visit.page.wait_for_timeout(200)
        assert visit.page.evaluate("window.ran") is None
        assert visit.dialogs == []
        assert visit.requests == [path.as_uri()]
        acting = "script, iframe, object, embed, img, video, form, input, base, math, [srcdoc], a[href^='javascript']"
        assert visit.page.evaluate(f"document.querySelectorAll({acting!r}).length") == 0


def test_no_table_has_a_cell_that_a_spreadsheet_would_run(folder):
    tables = list((folder / "data").glob("*.csv"))
    assert len(tables) > 30
    for path in tables:
        with open(path, encoding="utf-8", newline="") as file:
            cells = [cell for row in csv.reader(file) for cell in row]
        risky = [cell for cell in cells if cell.startswith(FORMULA) and not _is_number(cell)]
        assert risky == [], path.name


def _is_number(cell):
    try:
        float(cell)
    except ValueError:
        return False
    return True


def test_the_workbook_has_no_formula_and_no_link_out(folder):
    (path,) = (folder / "data").glob("*.xlsx")
    with zipfile.ZipFile(path) as book:
        parts = {name: book.read(name).decode("utf-8") for name in book.namelist()}
    assert not [name for name, text in parts.items() if "<f>" in text or "<f " in text]
    assert not [name for name, text in parts.items() if 'TargetMode="External"' in text]


def test_every_file_of_a_report_has_a_name_of_our_own(folder):
    names = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    assert [
        name
        for name in names
        if not name.replace("/", "").replace("-", "").replace("_", "").replace(".", "").isalnum()
    ] == []


def test_a_printed_chain_has_no_control_character(sent):
    chain = run(sent, "trace", "croydon", "division=09", "--all").stdout
    assert [letter for letter in chain if ord(letter) < 32 and letter != "\n"] == []
