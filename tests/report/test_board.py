"""The board's page in a real browser: for everybody, asking for nothing, hostile text as text."""

import copy
import hashlib
import re

import nbformat
import pandas as pd
import pytest
from nbclient import NotebookClient
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output, new_raw_cell

from tests.report.test_figures import AGES, CROSS, DIVISIONS, EDGES
from totalplace import report
from totalplace.errors import InputError
from totalplace.report.exporter import BoardExporter
from totalplace.report.html_allowlist import guard
from totalplace.report.words import MIME, clean
from totalplace.run import worker_processes

pytest_plugins = ["tests.browser"]
WIDTHS = (1280, 375, 320)
FACTS = {
    "title": "High level count",
    "place": "Croydon",
    "year": "2008-09",
    "scope": "all identifiable",
    "command": "totalplace run croydon",
    "inputs date": "2010",
    "versions": {"pandas": "3.0", "python": "3.11"},
}

RUN = ["window.ran=1", "alert(1)", "fetch('https://x.example/')"]
VECTORS = [
    *(f"<script>{code}</script>" for code in RUN),
    *(f"<img src=x onerror={code}>" for code in RUN),
    *(f"<svg onload={code}></svg>" for code in RUN),
    *(f"</title></style></textarea></script><script>{code}</script>" for code in RUN),
    *(f'" onmouseover="{code}" autofocus onfocus="{code}' for code in RUN),
    *(f"' onclick='{code}' style='x:expression({code})" for code in RUN),
    *(f"]]><script>{code}</script>" for code in RUN),
    *(f"--><script>{code}</script><!--" for code in RUN),
    *(f"</text></svg><script>{code}</script>" for code in RUN),
    *(f"</caption></table><iframe srcdoc='<script>{code}</script>'></iframe>" for code in RUN),
    *(f"javascript:{code}" for code in RUN),
    *(f"<details open ontoggle={code}>x</details>" for code in RUN),
    "<iframe src=https://x.example/></iframe>",
    "<object data=https://x.example/></object>",
    "<embed src=https://x.example/>",
    "<link rel=stylesheet href=https://x.example/a.css>",
    "<style>@import 'https://x.example/a.css';*{display:none}</style>",
    "<meta http-equiv=refresh content='0;url=https://x.example/'>",
    "<base href=https://x.example/>",
    "<form action=https://x.example/><input>",
    "<img src=https://x.example/a.png>",
    "<video src=https://x.example/a.mp4 autoplay></video>",
    "<body onload=alert(1)>",
    "<a href='javascript:alert(1)'>x</a>",
    "<math><mtext><script>alert(1)</script></mtext></math>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "&#60;script&#62;alert(1)&#60;/script&#62;",
    "\\u003cscript\\u003ealert(1)",
    "%3Cscript%3Ealert(1)%3C/script%3E",
    "{{ 7*7 }}{% include '/etc/passwd' %}",
    "${alert(1)}",
    "{page.__class__}",
    "{0!r}",
    "$x^2$",
    "$\\frac{",
    "\\begin{x}",
    "`code` **bold** _x_",
    "# heading",
    "| a | b |",
    "=1+1",
    '=HYPERLINK("https://x.example/";"x")',
    "+cmd|' /C calc'!A0",
    "-2+3",
    "@SUM(A1:A9)",
    "\t=1",
    "=cmd|'/C calc'!A0",
    "../../etc/passwd",
    "..\\..\\windows\\system32",
    "C:\\CON",
    "/etc/passwd\x00.csv",
    "file:///etc/passwd",
    "~root/.ssh",
    "a\x00b\x01c\x08d\x1be",
    "\x1b[31mred\x1b[0m",
    "bell\x07 del\x7f c1\x9b",
    "line\r\nfeed\u2028and\u2029more",
    "\u202eevil\u202c rtl",
    "\u2066x\u2069",
    "lone \ud800 surrogate",
    "non \ufffe \uffff character",
    "\ufeffbom",
    "zalgo " + "e\u0301\u0300\u0302" * 40,
    "👩‍👩‍👧 家族 العربية",
    "x" * 3000,
    "a " * 900,
    "<" * 50,
    "&" * 50,
    "\"'`<>&",
    "&nbsp;&amp;&#x0;",
    "</figure></main></body></html>",
]


def code(*shown, source="page.table(lines)"):
    """A code cell that showed these."""
    outputs = [new_output("display_data", data=thing._repr_mimebundle_()) for thing in shown]
    return new_code_cell(source, execution_count=7, outputs=outputs)


def notebook(*cells, **metadata):
    return new_notebook(cells=list(cells), metadata=metadata)


def board(made):
    """The page of a notebook."""
    return BoardExporter().from_notebook_node(made)[0]


def board_report():
    """A notebook with one of everything."""
    page = report.Page(place="Croydon", year="2008-09")
    people, spent = 342_700, int(DIVISIONS["pence"].sum())
    units = {"pence": ["£m", "%", "£ per head"]}
    return notebook(
        new_markdown_cell("# The count\n\nWhat is spent here."),
        new_code_cell("import totalplace", execution_count=1),
        new_markdown_cell("## Summary"),
        code(report.say("Public bodies spent **{spent:money}**.", spent=spent)),
        code(
            page.cards(
                {"spent": report.money(spent), "for each resident": report.per_head(spent, people)}
            ),
            page.caution("Indicative."),
        ),
        new_markdown_cell(
            "## By function\n\n1. One\n2. Two\n\n| Driver | Source |\n|---|---|\n| Population | ONS |\n\n[Treasury](https://www.gov.uk/)"
        ),
        code(
            page.bars(
                DIVISIONS,
                "division",
                caption="Three of ten take most",
                name="divisions-bars",
                strong=3,
                note="Gross.",
            )
        ),
        code(
            page.table(
                DIVISIONS,
                "Three of ten take most",
                units,
                total="Total",
                people=people,
                name="divisions",
            )
        ),
        new_markdown_cell("### By body"),
        code(page.heat(CROSS, "body", "division", caption="All spend", name="bodies")),
        code(
            page.shares(CROSS, "body", "division", caption="Some is known", name="evidence"),
        ),
        new_markdown_cell("## By age"),
        code(page.stack(AGES, caption="Older costs more", name="ages")),
        code(
            page.sankey(
                EDGES, ["Funder", "Provider", "Access"], caption="Half is for all", name="flows"
            )
        ),
        totalplace=FACTS,
    )


@pytest.fixture(scope="module")
def page_file(tmp_path_factory):
    path = tmp_path_factory.mktemp("board") / "report.html"
    path.write_text(board(board_report()), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def visit(opened, page_file):
    """The page, opened once for the tests that leave it as it was."""
    with opened(page_file) as visit:
        yield visit


# For everybody


def test_axe_finds_nothing_at_any_width_and_on_paper(visit, axe):
    for width in WIDTHS:
        visit.resize(width)
        for is_open in (True, False):
            visit.unfold(is_open)
            assert visit.violations(axe, contrast=width != 320) == [], (width, is_open)
    visit.resize(1280)
    visit.page.emulate_media(media="print")
    assert visit.violations(axe) == []
    visit.page.emulate_media(media="screen")


def test_the_page_never_scrolls_sideways_and_asks_for_nothing(visit, page_file):
    visit.unfold()
    for width in WIDTHS:
        visit.resize(width)
        assert not visit.is_too_wide(), width
    assert visit.requests == [page_file.as_uri()]
    assert visit.messages == []


def test_wide_tables_scroll_by_themselves_and_by_keyboard(visit):
    visit.resize(320)
    widest = "region => region.scrollWidth > region.clientWidth && region.tabIndex === 0 && region.role === 'region'"
    assert visit.page.evaluate(f"[...document.querySelectorAll('.scroll')].some({widest})")


def test_a_phone_sees_the_drawings_made_for_it(visit):
    seen = (
        "name => [...document.querySelectorAll(name)].filter(part => part.checkVisibility()).length"
    )
    for width, wide, narrow in ((1280, 3, 0), (375, 0, 3)):
        visit.resize(width)
        assert visit.page.evaluate(seen, ".wide svg") == wide
        assert visit.page.evaluate(seen, ".narrow svg") == narrow


def test_contents_are_beside_the_report_where_there_is_room(visit):
    for width, beside in ((1280, True), (375, False)):
        visit.resize(width)
        nav, main = (visit.page.locator(name).bounding_box() for name in ("nav", "main"))
        assert (nav["x"] + nav["width"] <= main["x"]) is beside


def test_the_keyboard_finds_the_report_first(opened, page_file):
    with opened(page_file) as visit:
        visit.page.keyboard.press("Tab")
        assert visit.page.evaluate("document.activeElement.textContent") == "Skip to the report"
        visit.page.keyboard.press("Enter")
        assert visit.page.evaluate("document.activeElement.id") == "report"


def test_every_link_in_the_page_leads_somewhere_and_ids_are_single(visit):
    ids = visit.page.evaluate("[...document.querySelectorAll('[id]')].map(part => part.id)")
    inside = visit.page.evaluate(
        "[...document.querySelectorAll('a[href^=\"#\"]')].map(part => part.hash.slice(1))"
    )
    named = visit.page.evaluate(
        "[...document.querySelectorAll('[aria-labelledby]')].map(part => part.getAttribute('aria-labelledby'))"
    )
    assert len(ids) == len(set(ids))
    assert set(inside) | set(named) <= set(ids)


def test_on_paper_it_is_a4_with_page_numbers_and_folded_tables_closed(opened, page_file):
    with opened(page_file) as visit:
        visit.unfold()
        visit.page.emulate_media(media="print")
        assert not visit.page.evaluate(
            "[...document.querySelectorAll('details *')].some(part => part.checkVisibility())"
        )
        printed = visit.page.pdf(prefer_css_page_size=True, tagged=True, outline=True)
    assert re.search(rb"/MediaBox \[0 0 59[45][.\d]* 84[12][.\d]*\]", printed)
    assert b"/StructTreeRoot" in printed
    assert b"/Outlines" in printed
    assert "counter(page)" in page_file.read_text(encoding="utf-8")


# One file


def test_the_page_is_one_small_file_with_a_policy_and_no_script(page_file):
    html = page_file.read_text(encoding="utf-8")
    assert len(html.encode()) < 1_500_000
    assert "default-src 'none'; style-src 'unsafe-inline'; img-src data:" in html
    assert "<script" not in html.lower()
    assert re.findall(r"(?:src|data|action)=", html) == []
    assert set(re.findall(r'href="(?!#)([^"]*)"', html)) <= {"https://www.gov.uk/"}


def test_figures_and_tables_are_numbered_in_order(page_file):
    html = page_file.read_text(encoding="utf-8")
    numbers = re.findall(r'<span class="number">(.*?):</span>', html)
    assert numbers == [
        "Figure 1",
        "Table 1",
        "Figure 2",
        "Figure 3",
        "Figure 4",
        "Figure 5",
    ]


def test_header_contents_and_foot_say_what_it_is(page_file):
    html = page_file.read_text(encoding="utf-8")
    assert "<title>High level count · Croydon, 2008-09</title>" in html
    assert re.findall(r"<h1>(.*?)</h1>", html) == ["High level count"]
    assert "<dt>Status</dt><dd>Indicative</dd>" in html
    nav = html[html.index("<nav") : html.index("</nav>")]
    assert re.findall(r'level-(\d)"><a href="#[^"]*">(.*?)</a>', nav) == [
        ("2", "Summary"),
        ("2", "By function"),
        ("3", "By body"),
        ("2", "By age"),
        ("2", "How this was made"),
    ]
    assert "<dt>Versions</dt><dd>pandas 3.0, python 3.11</dd>" in html
    assert "<code>totalplace run croydon</code>" in html


def test_without_facts_the_parameters_fill_the_header():
    made = board_report()
    del made.metadata["totalplace"]
    for tag, audience in (("parameters", "board"), ("injected-parameters", "working")):
        source = (
            f'place: str = "kent"  # the place\nscope = \'pilot-2009\'\naudience = "{audience}"'
        )
        cell = new_code_cell(source, execution_count=1, metadata={"tags": [tag]})
        made.cells.insert(len(made.cells), cell)
    html = board(made)
    assert "<title>The count · Croydon, 2008-09</title>" in html
    assert "<dt>Scope</dt><dd>Pilot-2009</dd>" in html
    assert "<dt>Status</dt><dd>Working copy, not for circulation</dd>" in html


def test_without_facts_the_notebook_names_itself_and_has_no_foot():
    made = board_report()
    del made.metadata["totalplace"]
    html = board(made)
    assert "<title>The count · Croydon, 2008-09</title>" in html
    assert "How this was made" not in html


def test_code_prompts_and_stderr_stay_behind():
    made = board_report()
    made.cells[1].outputs.append(
        new_output("stream", name="stderr", text="FutureWarning: at 0x7f00")
    )
    html = board(made)
    assert "import totalplace" not in html
    assert "FutureWarning" not in html
    assert "[7]" not in html


def test_the_same_notebook_is_the_same_bytes():
    first, second = board(board_report()), board(board_report())
    assert hashlib.sha256(first.encode()).hexdigest() == hashlib.sha256(second.encode()).hexdigest()


def test_a_notebook_run_by_a_kernel_comes_through(tmp_path):
    source = (
        "import pandas as pd\nfrom totalplace import report\npage = report.Page(place='Croydon', year='2008-09')\n"
        "lines = pd.DataFrame({'division': ['Health'], 'pence': [10**10]})"
    )
    shows = "page.table(lines, 'Found', {'pence': '£m'}, name='found')"
    made = notebook(
        new_markdown_cell("# Run"),
        new_code_cell(source),
        new_code_cell(shows),
        new_code_cell("report.say('So {a}.', a='it is')"),
    )
    (task,) = worker_processes.run_tasks(
        [worker_processes.Task("run", _run, (made, tmp_path))], 1
    )  # a kernel's client leaves threads in its process
    html = board(nbformat.from_dict(task.result))
    assert "100.0" in html
    assert '<p class="said">So it is.</p>' in html


def _run(made, folder, tell):
    return NotebookClient(
        made, kernel_name="python3", resources={"metadata": {"path": str(folder)}}
    ).execute()


# What is refused, and what the analyst may keep


def result(**mime):
    """A code cell that ends with something bare."""
    data = {key.replace("_", "/"): text for key, text in mime.items()}
    return new_code_cell("lines", outputs=[new_output("execute_result", data=data)])


def explore(cell):
    """A cell as its analyst has tagged it."""
    cell.metadata["tags"] = ["explore"]
    return cell


ERROR = new_code_cell(
    "1/0", outputs=[new_output("error", ename="ZeroDivisionError", evalue="by zero")]
)
PRINT = new_code_cell("print(1)", outputs=[new_output("stream", name="stdout", text="1\n")])
BARE = {
    "cell 2 (code, 'lines') shows a bare value, with no caption": result(text_plain="1"),
    "shows a bare table": result(text_html="<table></table>", text_plain="x"),
    "shows a bare figure": result(image_png="aGk=", text_plain="<Figure>"),
    "shows a widget": result(**{"application_vnd.jupyter.widget-view+json": {}}),
    "shows nothing, with": result(application_x="1"),
    "shows a bare table, with": result(
        **{MIME.replace("/", "_"): {"name": None}, "text_html": "x"}
    ),
    "cell 2 (code, 'print(1)') prints '1', which has no place in a page": PRINT,
}


@pytest.mark.parametrize(("message", "cell"), BARE.items(), ids=BARE)
def test_an_output_that_no_page_prints_is_refused_with_its_remedy(message, cell):
    with pytest.raises(InputError, match=re.escape(message)) as refused:
        board(notebook(new_markdown_cell("# First"), cell))
    assert "Tag the cell `explore`" in str(refused.value)
    assert "page.show, page.table, page.figure" in str(refused.value)


def test_every_cell_that_cannot_be_printed_is_named_at_once():
    with pytest.raises(InputError) as refused:
        board(notebook(new_markdown_cell("# First"), PRINT, result(text_plain="1")))
    assert [line[:6] for line in str(refused.value).splitlines()] == ["cell 2", "cell 3"]


def test_cells_tagged_explore_are_left_out_whatever_they_show():
    page = report.Page(place="Kent", year="1999-00")
    shown = code(page.table(DIVISIONS, "Elsewhere", {"pence": "£m"}, name="divisions"))
    cells = [*copy.deepcopy(list(BARE.values())), shown, new_raw_cell("raw"), code()]
    cells += [new_markdown_cell("### ![x](y)"), new_code_cell("not_run()")]
    made = board_report()
    made.cells[4:4] = map(explore, cells)
    assert board(made) == board(board_report())


def test_a_cell_tagged_explore_that_failed_is_refused():
    with pytest.raises(InputError, match="failed: ZeroDivisionError: by zero"):
        board(notebook(new_markdown_cell("# First"), explore(copy.deepcopy(ERROR))))


def test_a_notebook_that_has_not_been_run_is_refused_with_what_to_do():
    title, left = new_markdown_cell("# First"), new_code_cell("left")
    with pytest.raises(InputError, match=r"the notebook has not been run: run all .*--execute"):
        board(notebook(title, left))
    with pytest.raises(InputError, match=r"1 of 2 code cells .* the first cell 3 \(code, 'left'\)"):
        board(notebook(title, code(), left))


@pytest.mark.parametrize(
    ("cell", "message"),
    [
        (ERROR, "failed: ZeroDivisionError: by zero"),
        (new_raw_cell("text"), "cell 2 (raw, 'text') is raw text"),
        (
            new_markdown_cell("![chart](https://x.example/a.png)"),
            "has a picture ('https://x.example/a.png')",
        ),
        (new_markdown_cell("![chart](attachment:a.png)"), "has a picture"),
        (
            new_markdown_cell("# Second title"),
            "a report has one title (#); this has: First; Second title",
        ),
        (
            new_markdown_cell("### Too deep"),
            "heading 'Too deep' is of level 3 and follows one of level 1",
        ),
    ],
)
def test_what_a_page_cannot_hold_is_refused_by_its_cell(cell, message):
    with pytest.raises(InputError, match=re.escape(message)):
        board(notebook(new_markdown_cell("# First"), cell))


def test_one_name_is_one_file_and_one_report_one_place():
    croydon, kent = (report.Page(place=place, year="2008-09") for place in ("Croydon", "Kent"))
    one, same, other = (
        page.table(DIVISIONS, "c", {"pence": "£m"}, name=name)
        for page, name in ((croydon, "a"), (croydon, "a"), (kent, "b"))
    )
    with pytest.raises(ValueError, match="both show 'a': one file would overwrite the other"):
        board(notebook(new_markdown_cell("# T"), code(one), code(same)))
    with pytest.raises(
        ValueError, match="one place and one year; this has: Croydon, 2008-09; Kent, 2008-09"
    ):
        board(notebook(new_markdown_cell("# T"), code(one), code(other)))
    with pytest.raises(ValueError, match="the report has no title"):
        board(notebook(code(one)))


@pytest.mark.parametrize(
    "markup",
    [
        "<script>1</script>",
        "<img src=x>",
        "<p onclick=x>",
        "<a href='javascript:x'>",
        "<a href=' data:text/html,x'>",
        "<iframe>",
        "<!-- x -->",
        "<svg><use xlink:href='https://x/'/></svg>",
        "<p style='background:url(https://x)'>",
        "<svg><style>*{}</style></svg>",
        "<!DOCTYPE x>",
        "<?x ?>",
        "<svg><foreignObject>",
        "<svg><animate>",
        "<p style='background:\\75rl(x)'>",
        "<meta>",
        "<input>",
        "<form>",
    ],
)
def test_the_second_lock_refuses_what_only_a_forged_output_holds(markup):
    forged = new_output(
        "display_data",
        data={
            "text/html": f"<p>{markup}</p>",
            MIME: dict.fromkeys(("name", "kind", "place", "year")),
        },
    )
    with pytest.raises(ValueError, match="has no place in a board report"):
        board(notebook(new_markdown_cell("# T"), new_code_cell("x", outputs=[forged])))


def test_the_second_lock_lets_our_own_work_through():
    assert guard('<p class="said">x</p>', "cell 1") == '<p class="said">x</p>'


# Hostile text


def hostile():
    """Every vector in every field: names of rows, columns, bodies, places, nodes; captions, notes, cards, sentences, prose, facts."""
    place, year = " ".join(VECTORS[:70]), " ".join(VECTORS[70:])
    page, n = report.Page(place=place, year=year), len(VECTORS)
    named = pd.DataFrame(
        {"name": VECTORS, "note": VECTORS, "pence": range(10**8, 10**8 * (n + 1), 10**8)}
    )
    columns = pd.DataFrame([range(n)], columns=VECTORS)
    pairs = pd.DataFrame(
        [
            (one, other, 10**8 * (i % 5))
            for i, one in enumerate(VECTORS)
            for other in VECTORS[i % 7 :: 40]
        ],
        columns=["a", "b", "pence"],
    )
    five = [
        pd.DataFrame(
            [(age, v, 10**8) for age in (-1, 0, 1) for v in VECTORS[at : at + 5]],
            columns=["age", "body", "pence"],
        )
        for at in range(0, n, 5)
    ]
    edges = pd.DataFrame(
        [(0, v, w, 10**8) for v, w in zip(VECTORS[:50], VECTORS[40:90], strict=True)],
        columns=["step", "source", "target", "pence"],
    )
    cells = [
        code(
            page.table(
                named, "Rows", {"note": "text", "pence": ["£m", "%"]}, total=VECTORS[1], name="rows"
            )
        ),
        code(page.table(columns, "Columns", dict.fromkeys(VECTORS, "people"), name="columns")),
        code(page.bars(named, "name", caption=VECTORS[0], note=VECTORS[1], name="bars")),
        code(page.heat(pairs, "a", "b", caption=VECTORS[2], note=VECTORS[3], name="heat")),
        *(
            code(page.shares(ages, "age", "body", caption=VECTORS[k], name=f"shares-{k}"))
            for k, ages in enumerate(five)
        ),
        *(
            code(page.stack(ages, caption=VECTORS[k], note=VECTORS[-k], name=f"stack-{k}"))
            for k, ages in enumerate(five)
        ),
        code(page.sankey(edges, VECTORS[3:5], caption=VECTORS[6], name="sankey")),
        code(page.cards(dict(zip(VECTORS, VECTORS[::-1], strict=True)))),
    ]
    for k, vector in enumerate(VECTORS):
        one = page.table(pd.DataFrame({"x": ["y"]}), vector, {}, note=vector, name=f"one-{k}")
        cells.append(
            code(
                one,
                page.caution(f"{vector} "),
                report.say("{v} **{v}**", v=vector),
                source=clean(vector),
            )
        )
        if "![" not in vector and not vector.startswith("#"):
            cells.append(
                new_markdown_cell(
                    f"{vector}\n\n* {vector}\n\n> {vector}\n\n| {vector} | b |\n|---|---|\n| {vector} | c |\n"
                )
            )
        cells.append(new_markdown_cell(f"## {clean(vector)}"))
    facts = {
        "title": " ".join(VECTORS),
        "scope": VECTORS[4],
        "status": VECTORS[5],
        **{clean(v): v for v in VECTORS},
        "versions": {v: v for v in VECTORS},
    }
    return notebook(*cells, totalplace=facts)


@pytest.fixture(scope="module")
def hostile_file(tmp_path_factory):
    path = tmp_path_factory.mktemp("hostile") / "report.html"
    path.write_text(board(hostile()), encoding="utf-8")
    return path


@pytest.mark.parametrize("unlocked", [False, True], ids=["with its policy", "without its policy"])
def test_hostile_text_runs_nothing_fetches_nothing_and_is_shown(opened, hostile_file, unlocked):
    assert len(set(VECTORS)) >= 60
    with opened(hostile_file, bypass_csp=unlocked) as visit:
        visit.unfold()
        visit.page.wait_for_timeout(300)
        assert visit.page.evaluate("window.ran") is None
        assert visit.dialogs == []
        assert visit.requests == [hostile_file.as_uri()]
        assert visit.messages == []
        acting = "script, iframe, object, embed, img, video, form, input, link, base, math, main style, [srcdoc], a[href^='javascript']"
        assert visit.page.evaluate(f"document.querySelectorAll({acting!r}).length") == 0
        handlers = "[...document.querySelectorAll('*')].filter(e => [...e.attributes].some(a => a.name.startsWith('on'))).length"
        assert visit.page.evaluate(handlers) == 0
        for field in (
            "tbody th",
            "tbody td.name",
            "thead th",
            ".held, figcaption",
            ".under",
            ".cards",
            ".callout",
            ".said",
            "h2",
            "footer dd",
        ):
            _assert_shown(visit, field)
        for field in ("h1", ".where", "title"):
            assert _plain(
                " ".join(VECTORS[:70]) if field == ".where" else " ".join(VECTORS)
            ) in _texts(visit, field)


def _assert_shown(visit, field):
    """Every vector is in the field as text."""
    texts = _texts(visit, field)
    missing = [vector for vector in VECTORS if _plain(vector) not in texts]
    if field == "thead th":
        missing = [
            vector for vector in missing if not clean(vector).islower()
        ]  # the name of a column may gain a capital
    if field in ("h2",):
        missing = [
            vector for vector in missing if re.search(r"[*_`|#\\&$<{\[]|://", vector) is None
        ]  # Markdown reads these its own way
    assert missing == [], field


def _texts(visit, field):
    return _plain(
        " ⁂ ".join(
            visit.page.evaluate(
                "field => [...document.querySelectorAll(field)].map(part => part.textContent)",
                field,
            )
        )
    )


def _plain(text):
    return " ".join(clean(text).split())


def test_hostile_text_breaks_no_rule_and_no_page(opened, axe, hostile_file):
    with opened(hostile_file, 320) as visit:
        assert not visit.is_too_wide()
        assert visit.violations(axe, contrast=False) == []  # no text can bring a style


@pytest.mark.parametrize(
    "style",
    ["background:image-set('x' 1x)", "width:expression(1)", "fill: image(x)", "position: fixed"],
)
def test_a_style_that_our_makers_do_not_write_is_refused(style):
    with pytest.raises(InputError, match="has no place in a board report"):
        guard(f'<p style="{style}">a</p>', "cell 1")
    guard('<p style="fill: rgb(1, 2, 3);clip-path: url(#a-b)">a</p>', "cell 1")


@pytest.mark.parametrize(
    ("facts", "fault"),
    [
        ({"name": "../x"}, "a name that no file can have"),
        ({"name": "x"}, "whose facts lack caption, columns, rows, units"),
        (
            {"name": "x", "caption": "", "units": {}, "columns": ["a"], "rows": [[1, 2]]},
            "do not have a cell for each column",
        ),
    ],
)
def test_a_forged_output_whose_facts_no_file_could_hold_is_refused(facts, fault):
    data = {"text/html": "<p>a</p>", MIME: {"kind": "table", "place": "A", "year": "B"} | facts}
    cell = new_code_cell("x", outputs=[new_output("display_data", data=data)])
    with pytest.raises(InputError, match=rf"cell 2 .*{fault}"):
        board(notebook(new_markdown_cell("# T"), cell))
