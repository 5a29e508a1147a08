"""What is drawn is what the numbers say: lengths, heights, places, labels, colours; the same bytes each time."""

import itertools
import math
import re
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import matplotlib
import pandas as pd
import pytest

from totalplace import report
from totalplace.report.colours import BLUE, PALETTE, QUIET, colours_of, contrast, ink
from totalplace.report.figures import NARROW, WIDE, measure, wrap
from totalplace.report.words import MIME

PAGE = report.Page(place="Croydon", year="2008-09")
# Croydon by population, £m, from the national figures
SPENT = {
    "Social protection": 1100.0,
    "Health": 673.8,
    "Education": 544.4,
    "Public order and safety": 295.6,
    "Economic affairs": 290.3,
    "Housing and community amenities": 145.8,
    "Environmental protection": 51.2,
    "General public services": 50.6,
    "Recreation, culture and religion": 50.5,
    "Defence": 0.5,
}
DIVISIONS = pd.DataFrame(
    {"division": list(SPENT)[::-1], "pence": [round(m * 10) * 10**7 for m in SPENT.values()][::-1]}
)
CROSS = pd.DataFrame(
    [
        (body, code, (7919 * (n + 1) ** 3) % 9001 * 10**6)
        for n, (body, code) in enumerate(itertools.product("ABCDE", ["01", "02", "03"]))
        if n % 4
    ],
    columns=["body", "division", "pence"],
)
AGES = pd.DataFrame(
    [(age, f"Payer {p}", (age + 3) * p * 10**8) for age in range(-1, 8) for p in (1, 2, 3)],
    columns=["age", "body", "pence"],
)
EDGES = pd.DataFrame(
    [
        (0, "Health", "NHS", 60),
        (0, "Schools", "NHS", 10),
        (0, "Schools", "Council", 30),
        (1, "NHS", "All", 50),
        (1, "NHS", "Some", 20),
        (1, "Council", "Some", 30),
    ],
    columns=["step", "source", "target", "pence"],
).assign(pence=lambda edges: edges["pence"] * 10**8)
PER_HEAD = pd.DataFrame({"place": ["Kent", "Croydon", "Durham"], "pence": [1000, 2000, 4000]})


def make(kind, place="Croydon", caption="What was found"):
    """One figure of each kind."""
    page = report.Page(place=place, year="2008-09")
    look = {"caption": caption, "name": kind}
    return {
        "bars": lambda: page.bars(DIVISIONS, "division", **look),
        "heat": lambda: page.heat(CROSS, "body", "division", **look),
        "shares": lambda: page.shares(CROSS, "body", "division", **look),
        "stack": lambda: page.stack(AGES, **look),
        "sankey": lambda: page.sankey(EDGES, ["Funder", "Provider", "Access"], **look),
    }[kind]()


KINDS = ("bars", "heat", "shares", "stack", "sankey")


def words(shown):
    """Every text drawn, in order."""
    return [text.get_text() for text in shown.figure.axes[0].texts]


def drawings(shown):
    """The SVG elements of a figure, read back."""
    html = shown._repr_mimebundle_()["text/html"]
    return [
        ElementTree.fromstring(found) for found in re.findall(r"<svg .*?</svg>", html, re.DOTALL)
    ]


# What is drawn


def test_bars_are_ranked_and_as_long_as_the_money():
    shown = make("bars")
    lengths = [bar.get_width() for bar in shown.figure.axes[0].patches]
    assert lengths == [round(m * 10) * 10**7 for m in SPENT.values()]
    assert [text for text in words(shown) if text.startswith("£")][:2] == [
        "£1,100.0m (34%)",
        "£673.8m (21%)",
    ]
    assert words(shown)[-1] == "£0.5m (<1%)"


def test_bars_fold_the_rest_and_lose_nothing():
    shown = PAGE.bars(DIVISIONS, "division", caption="c", name="n", most=3, strong=1)
    bars = shown.figure.axes[0].patches
    assert [bar.get_width() for bar in bars][-1] == sum(
        round(m * 10) * 10**7 for m in list(SPENT.values())[3:]
    )
    assert words(shown)[-2] == "Seven others"
    assert [matplotlib.colors.to_hex(bar.get_facecolor()).upper() for bar in bars] == [
        BLUE,
        QUIET,
        QUIET,
        QUIET,
    ]


def test_negative_bars_go_left():
    ledger = pd.DataFrame({"body": ["a", "b"], "pence": [10**9, -5 * 10**8]})
    shown = PAGE.bars(ledger, "body", caption="c", name="n")
    assert [bar.get_width() for bar in shown.figure.axes[0].patches] == [10**9, -5 * 10**8]
    assert words(shown)[-1] == "−£5.0m (−100%)"


def test_bars_can_be_pounds_per_head():
    shown = PAGE.bars(PER_HEAD, "place", unit="£", caption="c", name="n")
    assert [text for text in words(shown) if "£" in text] == ["£40", "£20", "£10"]


def test_shares_of_a_wider_whole_leave_room_for_the_rest():
    shown = PAGE.bars(PER_HEAD, "place", whole=14_000, caption="c", name="n")
    assert [text[-5:] for text in words(shown) if "£" in text] == ["(29%)", "(14%)", "m (7%)"[-5:]]


def test_a_heat_map_is_shaded_by_the_money_and_blank_where_there_is_none():
    shown = make("heat")
    wide = CROSS.pivot(index="body", columns="division", values="pence").fillna(0)
    wide = wide.loc[wide.sum(axis=1).sort_values(ascending=False, kind="stable").index]
    mesh = shown.figure.axes[0].collections[0].get_array()
    assert mesh.filled(0).tolist() == wide.values.tolist()
    assert mesh.mask.tolist() == (wide.values == 0).tolist()
    assert f"{CROSS['pence'].sum() / 1e8:,.1f}" in words(shown)


def test_a_heat_map_prints_no_nil_for_a_small_amount():
    few = pd.DataFrame(
        {"body": ["A", "A", "B", "B"], "division": ["1", "2"] * 2, "pence": [10**9, 4, -4, 0]}
    )
    shown = PAGE.heat(few, "body", "division", caption="c", name="n")
    cells = words(shown)
    assert cells.count("<0.1") == 2
    assert cells.count("0.0") == 2  # totals alone


def test_who_pays_has_one_colour_through_a_page():
    page = report.Page("Croydon", "2008-09")
    paid = pd.DataFrame(
        {"age": [0] * 3, "body": ["Council", "NHS", "Others"], "pence": [50, 70, 1]}
    )
    page.stack(paid, caption="c", name="n")
    before = dict(page.palette)
    assert len(set(before.values())) == 3
    shown = page.sankey(EDGES, ["Funder", "Provider", "Access"], caption="c", name="f")
    nodes = [
        one for one in shown.figure.axes[0].patches if isinstance(one, matplotlib.patches.Rectangle)
    ]
    drawn = [matplotlib.colors.to_hex(one.get_facecolor()).upper() for one in nodes]
    funders = [before["NHS"], before["Council"]]  # Health pays the NHS; Schools mostly the council
    providers = [before["NHS"], before["Council"]]
    assert drawn[:4] == [*funders, *providers]
    assert page.palette.items() >= before.items()


def test_a_name_of_the_page_keeps_its_colour_and_no_two_share_one():
    palette = {"A": PALETTE[0], "B": PALETTE[0]}
    found = colours_of(["B", "A", "C"], palette)
    assert len(set(found)) == 3
    assert colours_of(["C"], palette) == found[2:]


def test_a_heat_map_adds_as_printed_and_folds_the_rest():
    printed = PAGE.heat(
        CROSS, "body", "division", caption="c", name="n", most=2
    )._repr_mimebundle_()[MIME]["printed"]
    rows = [[float(cell) for cell in row[1:]] for row in [*printed["rows"], printed["foot"]]]
    assert printed["rows"][-1][0] == "Three others"
    assert all(round(sum(row[:-1]), 1) == row[-1] for row in rows)
    assert [round(sum(column), 1) for column in zip(*rows[:-1], strict=True)] == rows[-1]


def test_shares_fill_the_bar_and_add_to_100():
    shown = make("shares")
    table = CROSS.pivot_table(
        index="body", columns="division", values="pence", fill_value=0, sort=False
    )
    widths = [bar.get_width() for bar in shown.figure.axes[0].patches]
    expected = table.sort_index(axis=1).div(table.sum(axis=1), axis=0).values.ravel()
    assert widths == pytest.approx(expected.tolist())


def test_steps_are_as_high_as_the_money_of_their_age():
    shown = make("stack")
    steps = [patch.get_data() for patch in shown.figure.axes[0].patches if patch.get_fill()]
    for step, payer in zip(steps, ("Payer 3", "Payer 2", "Payer 1"), strict=True):
        expected = AGES[AGES["body"] == payer].sort_values("age")["pence"].tolist()
        assert (step.values - step.baseline).tolist() == expected
    assert steps[-1].values.tolist() == AGES.groupby("age")["pence"].sum().tolist()
    assert {"Pregnancy", "Age 0", "Age 7", "£12.0m", "£60.0m"} <= set(words(shown))


def test_a_sixth_payer_and_those_below_are_one():
    many = pd.DataFrame(
        [(0, f"Payer {p}", p * 10**8) for p in range(1, 8)], columns=["age", "body", "pence"]
    )
    shown = PAGE.stack(many, caption="c", name="n")
    assert shown._repr_mimebundle_()[MIME]["columns"] == [
        "age",
        "Payer 7",
        "Payer 6",
        "Payer 5",
        "Payer 4",
        "Three others",
    ]


def test_nodes_are_as_high_as_their_money_and_ribbons_meet_them():
    shown = make("sankey")
    nodes = [
        patch
        for patch in shown.figure.axes[0].patches
        if isinstance(patch, matplotlib.patches.Rectangle)
    ]
    unit = nodes[0].get_height() / 60
    assert [node.get_height() / unit for node in nodes] == pytest.approx([60, 40, 70, 30, 50, 50])
    ribbons = [
        patch
        for patch in shown.figure.axes[0].patches
        if not isinstance(patch, matplotlib.patches.Rectangle)
    ]
    ends = [patch.get_path().vertices for patch in ribbons]
    assert [(path[7][1] - path[0][1]) / unit for path in ends] == pytest.approx(
        [60, 10, 30, 50, 20, 30]
    )
    assert {"£60.0m", "£40.0m", "£70.0m", "£30.0m", "£50.0m"} <= set(words(shown))


# What is refused


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: PAGE.bars(DIVISIONS, "body", caption="c", name="n"),
            "there is no column body; the frame has: division and pence",
        ),
        (
            lambda: PAGE.bars(DIVISIONS[:0], "division", caption="c", name="n"),
            "there are no rows to draw",
        ),
        (
            lambda: PAGE.bars(
                DIVISIONS.replace("Defence", None), "division", caption="c", name="n"
            ),
            "column division has blanks",
        ),
        (
            lambda: PAGE.bars(
                DIVISIONS.astype({"pence": float}), "division", caption="c", name="n"
            ),
            "must hold whole pence",
        ),
        (
            lambda: PAGE.shares(DIVISIONS.assign(x="y"), "x", "division", caption="c", name="n"),
            "10 kinds of 'division'",
        ),
        (
            lambda: PAGE.stack(AGES.astype({"age": str}), caption="c", name="n"),
            "single years of age",
        ),
        (
            lambda: PAGE.sankey(EDGES[:-1], ["a", "Provider", "c"], caption="c", name="n"),
            "Provider 'Council': 3,000,000,000 pence come in and 0 go out",
        ),
        (
            lambda: PAGE.sankey(EDGES, ["a", "b"], caption="c", name="n"),
            "2 stages have steps 0 to 0, not 0 and 1",
        ),
    ],
)
def test_what_would_be_drawn_wrongly_is_refused(call, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        call()


# For whoever looks, and whoever cannot


def test_every_colour_can_be_seen_on_white():
    assert len(PALETTE) == 5
    assert all(contrast(colour, "white") >= 3 for colour in (*PALETTE, QUIET))


@pytest.mark.parametrize(
    "fill", [*PALETTE, *(f"#{grey:02X}{grey:02X}{grey:02X}" for grey in range(0, 256, 5))]
)
def test_figures_can_be_read_on_every_fill(fill):
    assert contrast(ink(fill), fill) >= 4.5


def test_with_a_negative_amount_a_whole_is_a_table_of_the_same_figures():
    look = {"caption": "What was found", "name": "n"}
    less = CROSS.assign(pence=[-1_000_000_000, *CROSS["pence"][1:]])
    ages = pd.DataFrame({"age": [0, 1], "body": ["A", "A"], "pence": [-1, 2]})
    taken = EDGES.assign(pence=-EDGES["pence"])
    for shown in (
        PAGE.shares(less, "body", "division", **look),
        PAGE.stack(ages, **look),
        PAGE.sankey(taken, ["a", "b", "c"], **look),
    ):
        facts = shown._repr_mimebundle_()[MIME]
        assert shown.kind == "table"
        assert "An amount is negative" in facts["note"]
        assert min(cell for row in facts["rows"] for cell in row if isinstance(cell, int)) < 0


def test_figures_of_a_heat_map_can_be_read():
    shown = make("heat")
    axes = shown.figure.axes[0]
    mesh = axes.collections[0]
    fills = dict(zip(itertools.product(range(5), range(3)), mesh.get_facecolors(), strict=False))
    spots = [axes.transData.inverted().transform(text.get_position()) for text in axes.texts]
    written = [
        ((math.floor(y), math.floor(x)), text.get_color())
        for (x, y), text in zip(spots, axes.texts, strict=True)
    ]
    inside = [(cell, color) for cell, color in written if cell in fills and mesh.get_array()[cell]]
    assert len(inside) == len(CROSS)
    assert all(contrast(color, fills[cell]) >= 4.5 for cell, color in inside)


@pytest.mark.parametrize("kind", KINDS)
def test_every_drawing_says_what_it_shows(kind):
    shown = make(kind)
    for drawing in drawings(shown):
        assert drawing.get("role") == "img"
        assert drawing.get("aria-label").startswith("What was found. Croydon, 2008-09. ")
        assert len(drawing.get("aria-label")) > 80
    html = shown._repr_mimebundle_()["text/html"]
    assert "<details><summary>The figures as a table</summary>" in html
    assert html.count("<caption ") == 1


@pytest.mark.parametrize("kind", KINDS)
def test_a_drawing_holds_nothing_that_acts_and_is_small(kind):
    shown = make(kind)
    assert len(shown._repr_mimebundle_()["text/html"]) < 60_000
    for drawing in drawings(shown):
        tags = {element.tag.rsplit("}")[-1] for element in drawing.iter()}
        assert tags <= {"svg", "path", "text", "g", "use", "defs"}


@pytest.mark.parametrize("kind", KINDS)
def test_no_text_runs_off_the_drawing(kind):
    for drawing in drawings(make(kind)):
        width = float(drawing.get("width"))
        for text in drawing.iter("{http://www.w3.org/2000/svg}text"):
            style = text.get("style", "")
            size = 12 if "12px" in style else 14
            long = measure(text.text, size, "bold" if "font-weight" in style else "normal")
            left = float(text.get("x")) - long * (
                1 if "end" in style else 0.5 if "middle" in style else 0
            )
            if "rotate" not in text.get("transform", ""):
                assert left > -2, text.text
                assert left + long < width + 2, text.text


def test_long_names_are_cut_to_their_room():
    assert wrap("Department for Communities and Local Government", 190) == [
        "Department for",
        "Communities and Local…",
    ]
    assert wrap("Children of the borough", 130, lines=1) == ["Children of the…"]
    assert all(measure(line) <= 100 for line in wrap("x" * 4000, 100))


def test_phones_get_a_drawing_of_their_own():
    assert [float(drawing.get("width")) for drawing in drawings(make("bars"))] == [WIDE, NARROW]


@pytest.mark.parametrize("kind", KINDS)
def test_a_caption_is_escaped_once_wherever_it_is(kind):
    shown = make(kind, caption="<b>A</b> & **B**")
    html = shown._repr_mimebundle_()["text/html"]
    assert html.count("&lt;b&gt;A&lt;/b&gt; &amp; **B**") == len(drawings(shown)) + 2
    assert "<b>" not in html
    assert "&amp;amp;" not in html


# The same, always


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_figure_is_the_same_bytes(kind):
    assert make(kind)._repr_mimebundle_() == make(kind)._repr_mimebundle_()


def test_another_run_of_python_makes_the_same_bytes(tmp_path):
    code = (
        "import hashlib; from tests.report.test_figures import KINDS, make; "
        "print(hashlib.sha256(repr([make(kind)._repr_mimebundle_() for kind in KINDS]).encode()).hexdigest())"
    )
    seen = set()
    for seed in ("1", "2"):
        env = {
            "PYTHONHASHSEED": seed,
            "MPLCONFIGDIR": str(tmp_path),
            "PYTHONPATH": str(Path(__file__).parents[2]),
            "TZ": f"UTC-{seed}",
        }
        seen.add(
            subprocess.run(
                [sys.executable, "-c", code],
                capture_output=True,
                text=True,
                check=True,
                env=env,
                cwd=tmp_path,
            ).stdout
        )
    assert len(seen) == 1


def test_the_readers_own_settings_are_left_alone():
    before = dict(matplotlib.rcParams)
    make("heat")
    assert dict(matplotlib.rcParams) == before
    assert (
        "matplotlib.pyplot" not in sys.modules or not sys.modules["matplotlib.pyplot"].get_fignums()
    )


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_can_be_drawn_of_one_row(kind):
    page, look = PAGE, {"caption": "c", "name": "n"}
    one = {
        "bars": lambda: page.bars(DIVISIONS[:1], "division", **look),
        "heat": lambda: page.heat(CROSS[:1], "body", "division", **look),
        "shares": lambda: page.shares(CROSS[:1], "body", "division", **look),
        "stack": lambda: page.stack(AGES[:1], **look),
        "sankey": lambda: page.sankey(EDGES[:1], ["a", "b"], **look),
    }
    assert drawings(one[kind]())
