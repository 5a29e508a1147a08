"""Exhibits by name: what a page shows and says is worded by notebooks/exhibits.csv, and a mistake in it is named."""

import csv
import re
import subprocess
import sys

import matplotlib
import numpy as np
import pandas as pd
import pytest
import seaborn
from matplotlib.figure import Figure

from tests.conftest import ROOT
from totalplace import reference, report
from totalplace.errors import InputError
from totalplace.report import exhibits, words
from totalplace.report.html_allowlist import guard
from totalplace.report.words import MIME

DIVISIONS = pd.DataFrame(
    {
        "division": ["Health", "Education", "Defence"],
        "pence": [67_384_999_999, 54_444_999_999, 4_999_999],
    }
)
FLOWS = pd.DataFrame(
    {
        "age": [-1, 0, 0],
        "payer": ["Health", "Health", "Council"],
        "tier": ["universal", "targeted", "universal"],
        "pence": [10**9, 2 * 10**9, 3 * 10**9],
    }
)
EDGES = pd.DataFrame({"step": [0], "source": ["Health"], "target": ["NHS"], "pence": [10**9]})


@pytest.fixture
def wording(tmp_path, monkeypatch):
    """Writes exhibits.csv of a house of its own: wording(exhibit=..., kind=..., ...), a row each."""
    monkeypatch.setenv("TOTALPLACE_HOME", str(tmp_path))
    path = tmp_path / "notebooks" / exhibits.NAME
    path.parent.mkdir()

    def write(*rows):
        with open(path, "w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, exhibits.COLUMNS)
            writer.writeheader()
            writer.writerows({"notebook": "one", "kind": "table", **row} for row in rows)

    return write


@pytest.fixture
def page():
    return report.Page("Croydon", "2008-09")


def facts(shown):
    return shown._repr_mimebundle_()[MIME]


def markup(shown):
    return shown._repr_mimebundle_()["text/html"]


# By name


def test_a_table_has_the_wording_of_its_row_and_the_facts_of_its_page(wording, page):
    wording(
        {
            "exhibit": "divisions",
            "caption": "**{total:£m}** in {place}, {year}",
            "units": "pence=£m|%|£ per head",
            "total": "All",
            "people": "people",
            "note": "Of {people:people} people; {functions:function|functions}.",
        }
    )
    page.know(total=int(DIVISIONS["pence"].sum()), people=342_700)
    shown = page.show("divisions", DIVISIONS, functions=len(DIVISIONS))
    assert shown.caption == "£1,218.3m in Croydon, 2008-09"
    assert facts(shown)["note"] == "Of 342,700 people; three functions."
    assert facts(shown)["printed"]["foot"] == ["All", "1,218.3", "100.0", "3,555"]
    assert "<strong>£1,218.3m</strong>" in markup(shown)
    pd.testing.assert_frame_equal(shown.frame, DIVISIONS)


@pytest.mark.parametrize(
    ("row", "frame"),
    [
        ({"kind": "bars", "rows": "division", "most": "2", "strong": "1"}, DIVISIONS),
        ({"kind": "heat", "rows": "payer", "parts": "tier"}, FLOWS),
        ({"kind": "shares", "rows": "payer", "parts": "tier"}, FLOWS),
        ({"kind": "stack", "rows": "age", "parts": "payer"}, FLOWS),
        ({"kind": "sankey", "parts": "Funder|Payer"}, EDGES),
    ],
    ids=lambda row: row.get("kind") if isinstance(row, dict) else "",
)
def test_a_chart_of_each_kind_is_drawn_by_its_row(wording, page, row, frame):
    wording({"exhibit": "chart", "caption": "Found in {place}", "note": "Of {year}.", **row})
    shown = page.show("chart", frame)
    assert (shown.kind, shown.caption) == (row["kind"], "Found in Croydon")
    assert facts(shown)["note"] == "Of 2008-09."
    assert shown.figure is not None
    assert shown.frame["pence" if "pence" in shown.frame else shown.frame.columns[-1]].sum() > 0


def test_every_other_column_of_figures_has_the_unit_of_the_star(wording, page):
    wording({"exhibit": "cross", "caption": "c", "units": "*=£m; people=people", "total": "Total"})
    cross = pd.DataFrame({"body": ["a"], "x": [10**8], "people": [12], "y": [10**9]})
    printed = facts(page.show("cross", cross))["printed"]
    assert printed["heads"] == [["Body", None], ["X", "£m"], ["Y", "£m"], ["People", "people"]]


def test_a_caption_quotes_the_rows_of_its_own_table_as_printed(wording, page):
    words = "{=Health} of {=Total} is health; {=top} and {=top|%} is {top:lower}"
    wording({"exhibit": "d", "caption": words, "units": "pence=£m|%", "total": "Total"})
    shown = page.show("d", DIVISIONS, top="Education")
    assert shown.caption == "£673.9m of £1,218.3m is health; £544.4m and 44.7% is education"
    assert shown.caption.startswith(shown.quote("Health"))


def test_headline_figures_are_the_lines_of_their_caption(wording, page):
    lines = "{total:money} => is spent in {place}\n{head:£ per head} => for each of its people"
    wording({"exhibit": "headlines", "kind": "cards", "caption": lines})
    evidence = pd.DataFrame({"evidence": ["outturn", "estimate"], "pence": [1, 3]})
    for shown in (
        page.cards("headlines", evidence, total=10**10, head=(10**10, 1000)),
        page.show("headlines", evidence, total=10**10, head=(10**10, 1000)),
    ):
        assert facts(shown)["rows"] == [
            ["is spent in Croydon", "£100.0m"],
            ["for each of its people", "£100,000"],
        ]
        assert facts(shown)["status"] == "25.0% outturn, 75.0% estimate"
        assert shown.name == "headlines"


def test_a_sentence_and_a_caution_are_said_by_name_or_as_given(wording, page):
    wording(
        {"exhibit": "summary", "kind": "sentence", "caption": "**{total:money}** in {place}."},
        {"exhibit": "careful", "kind": "caution", "caption": "Of {year} alone."},
    )
    page.know(total=10**10)
    assert page.say("summary").html == "<strong>£100.0m</strong> in Croydon."
    assert page.say("{total:money} in all") == "£100.0m in all"
    assert page.caution("careful").caption == "Of 2008-09 alone."
    assert page.caution("As it is.").caption == "As it is."
    assert page.caution("x" * 61).caption == "x" * 61
    assert page.caution(page.say("{word}", word="careful")).caption == "careful"


def test_where_there_are_no_rows_the_row_says_so(wording, page):
    wording(
        {"exhibit": "t", "caption": "c", "units": "pence=£m", "empty": "Nothing in {place}."},
        {"exhibit": "b", "kind": "bars", "caption": "c", "rows": "division", "empty": "None."},
    )
    assert "Nothing in Croydon." in markup(page.show("t", DIVISIONS[:0]))
    assert "None." in markup(page.show("b", DIVISIONS[:0]))


def test_a_board_is_not_given_a_small_count_of_people(wording, page):
    units = "children=people;pence=£m|£ per head"
    words = "{n:people} children, {=0|£ per head}"
    wording({"exhibit": "few", "caption": words, "units": units, "people": "children"})
    few = pd.DataFrame({"age": ["0"], "children": [3], "pence": [10**8]})
    assert page.show("few", few, n=3).caption == (
        "fewer than 5 children, an amount that is not shown"
    )
    assert "not shown" in facts(page.show("few", few, n=3))["rows"][0]
    working = report.Page("Croydon", "2008-09", "working").show("few", few, n=3)
    assert working.caption == "3 children, £333,333"
    assert facts(working)["rows"] == [["0", 3, 10**8]]


def test_a_changed_wording_is_read_again(wording, page, tmp_path):
    wording({"exhibit": "t", "caption": "Before", "units": "pence=£m"})
    assert page.show("t", DIVISIONS).caption == "Before"
    path = tmp_path / "notebooks" / exhibits.NAME
    path.write_text(path.read_text(encoding="utf-8").replace("Before", "After"), encoding="utf-8")
    assert page.show("t", DIVISIONS).caption == "After"


def test_what_facts_hold_stays_text(wording, page):
    wording({"exhibit": "t", "caption": "By {body} & **{body}**", "units": "pence=£m"})
    shown = page.show("t", DIVISIONS, body="<i>{x}</i> **b** {=Health}")
    assert shown.caption == "By <i>{x}</i> **b** {=Health} & <i>{x}</i> **b** {=Health}"
    assert (
        "By &lt;i&gt;{x}&lt;/i&gt; &#42;&#42;b&#42;&#42; {=Health} &amp; <strong>&lt;i"
        in markup(shown)
    )


# What is refused


TABLE = {"exhibit": "divisions", "caption": "c", "units": "pence=£m"}


@pytest.mark.parametrize(
    ("row", "message"),
    [
        (
            {"caption": "{share:%} of all"},
            "exhibit 'divisions', column caption of exhibits.csv: it asks for {share}, which nobody "
            "gave; known: place, year, n",
        ),
        ({"note": "{n:£k}"}, "exhibits.csv, row 2: note: {n:£k}: no such spec; known: money"),
        ({"caption": "{n}"}, "column caption of exhibits.csv: 12 cannot be written as ''"),
        ({"caption": "{place:%}"}, "'Croydon' cannot be written as '%'"),
        ({"caption": "{=Helth}"}, "column caption of exhibits.csv: 0 rows are named 'Helth'"),
        ({"people": "residents"}, "'residents' is no column of the table, and no fact"),
        ({"units": "pounds=£m"}, "exhibit 'divisions': there is no column 'pounds' to print"),
        ({"units": "pence=£ per head"}, "exhibit 'divisions': column 'pence' is to be printed per"),
    ],
)
def test_what_cannot_be_worded_or_shown_names_exhibit_column_and_fact(wording, page, row, message):
    wording(TABLE | row)
    with pytest.raises(ValueError, match=re.escape(message)):
        page.show("divisions", DIVISIONS, n=12)


def test_an_unknown_exhibit_names_the_nearest(wording, page):
    wording(TABLE)
    with pytest.raises(ValueError, match=r"no exhibit 'division'\. Did you mean 'divisions'\?"):
        page.show("division", DIVISIONS)
    with pytest.raises(ValueError, match="exhibit 'divisions' is of kind table, not sentence"):
        page.say("divisions")


def test_every_fault_of_the_wording_is_told_at_once_with_its_row(wording, page):
    wording(
        TABLE | {"caption": " "},
        TABLE | {"units": "pence=£k", "fold": "no"},
        {"exhibit": "A b", "kind": "pie", "caption": "c"},
        {"exhibit": "chart", "kind": "bars", "caption": "c", "total": "Total", "most": "0"},
        {"exhibit": "cards", "kind": "cards", "caption": "no arrow", "notebook": ""},
    )
    with pytest.raises(InputError, match="row 2") as fault:
        page.show("divisions", DIVISIONS)
    assert str(fault.value).splitlines() == [
        "exhibits.csv, row 2: caption of 'divisions' is blank.",
        "exhibits.csv, row 3: the exhibit 'divisions' is there twice.",
        "exhibits.csv, row 3: units 'pence=£k': no unit £k; known: £m, £, £ per head, %, fraction, "
        "people, count, text.",
        "exhibits.csv, row 3: fold is 'no'; it must be yes, or blank.",
        "exhibits.csv, row 4: 'A b' is no name: use a-z, 0-9 and single hyphens, at most 60.",
        "exhibits.csv, row 4: there is no kind 'pie'; known: table, bars, heat, shares, stack, "
        "sankey, cards, sentence, caution.",
        "exhibits.csv, row 5: total is filled in, which nothing of kind bars has.",
        "exhibits.csv, row 5: rows is blank: bars needs it.",
        "exhibits.csv, row 5: most is '0'; it must be a whole number from 1.",
        "exhibits.csv, row 6: notebook of 'cards' is blank.",
        "exhibits.csv, row 6: the card 'no arrow' is not `figure => what it is`.",
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("exhibit,kind\na,table\n", "its columns are ['exhibit', 'kind']; they must be ['noteboo"),
        (",".join(exhibits.COLUMNS) + "\none,t\n", "row 2: it does not have 16 cells"),
        ('"', "not a UTF-8 CSV file"),
        ("", "not a UTF-8 CSV file"),
    ],
)
def test_a_file_that_is_no_table_of_exhibits_is_refused(wording, page, tmp_path, text, message):
    (tmp_path / "notebooks" / exhibits.NAME).write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match=re.escape(message)):
        page.show("divisions", DIVISIONS)


def test_each_exhibit_of_the_table_is_shown_by_its_notebook_and_no_other_is():
    known = exhibits.read(reference.home() / "notebooks" / exhibits.NAME)
    call = re.compile(r"page\.(?:show|say|cards|caution)\(\s*\\?[\"']([a-z0-9-]+)\\?[\"']")
    shown = {
        (path.stem, name)
        for path in (reference.home() / "notebooks").glob("*.ipynb")
        for name in call.findall(path.read_text(encoding="utf-8").replace("\\", ""))
    }
    themes = reference.read("theme_names")["sentence"]  # each theme names the sentence it has
    assert 'page.say(chosen[\\"sentence\\"])' in (
        reference.home() / "notebooks" / "deep_dive.ipynb"
    ).read_text(encoding="utf-8")
    shown |= {("deep_dive", name) for name in themes}
    assert shown == {(exhibit.notebook, name) for name, exhibit in known.items()}


def test_a_sentence_about_nothing_says_so(wording, page):
    about = {"exhibit": "held", "kind": "sentence", "value": "held"}
    wording({**about, "caption": "{held:money} is withheld.", "empty": "Nothing is withheld."})
    assert page.say("held", held=10**10) == "£100.0m is withheld."
    assert page.say("held", held=0) == "Nothing is withheld."
    with pytest.raises(InputError, match=r"value of exhibits\.csv: 'held' is no fact"):
        page.say("held")
    wording({**about, "caption": "{held:money} is withheld."})
    with pytest.raises(InputError, match="value and empty of a sentence go together"):
        page.say("held", held=0)


# Figures of one's own


def drawn(kind):
    """A figure as an analyst draws it."""
    if kind == "figure":
        figure = Figure()
        figure.add_subplot().plot([1, 2], [3, 4], marker="o", label="$m$ & <b>")
        return figure
    if kind == "axes":
        axes = Figure().add_subplot()
        return seaborn.barplot(DIVISIONS, x="pence", y="division", ax=axes)
    if kind == "log":
        axes = Figure().add_subplot()
        axes.set_yscale("log")
        return seaborn.scatterplot(DIVISIONS, x="division", y="pence", ax=axes)
    if kind == "shaded":
        axes = Figure().add_subplot()
        return seaborn.heatmap(np.arange(9).reshape(3, 3), ax=axes)
    return seaborn.relplot(FLOWS, x="age", y="pence", hue="payer", col="tier")


@pytest.mark.parametrize("kind", ["figure", "axes", "log", "shaded", "grid"])
def test_a_figure_of_ones_own_is_an_exhibit_like_any_other(page, kind):
    shown = page.figure(
        drawn(kind), caption="Drawn", alt="Bars.", data=DIVISIONS, units={"pence": "£m"}, name="own"
    )
    matplotlib.pyplot.close("all")
    html = guard(markup(shown).replace(' data-kind="Figure"', ""), "a cell")
    assert 'aria-label="Drawn. Croydon, 2008-09. Bars."' in html
    assert "<details><summary>The figures as a table</summary>" in html
    assert facts(shown)["rows"][0] == ["Health", 67_384_999_999]
    assert (shown.kind, shown.name) == ("figure", "own")
    ids, used = re.findall(r'\bid="([^"]+)"', html), re.findall(r'(?:url\(|href=")#([^)"]+)', html)
    assert set(used) <= set(ids)
    assert all(name.startswith(("own-", "caption-own")) for name in ids)


def test_what_is_cut_off_by_the_axes_is_cut_off_on_the_page(page):
    look = {"caption": "c", "alt": "a", "data": DIVISIONS, "name": "own"}
    axes = Figure().add_subplot()
    axes.plot([0, 100], [0, 100])
    axes.set(xlim=(0, 10))
    html = markup(page.figure(axes, **look))
    assert re.search(r'clip-path="url\(#(own-0-\w+)\)"', html)[1] in re.findall(
        r'<clipPath id="([^"]+)"', html
    )


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"alt": " "}, "figure 'own' has no alternative text: say in `alt` what it shows"),
        ({"data": None}, "figure 'own' has no data: give the frame that was drawn"),
        ({"data": DIVISIONS[:0]}, "figure 'own' has no data"),
        ({"figure": "a picture"}, "figure 'own' is a str: give a matplotlib Figure"),
        ({"name": "Own"}, "cannot name a file"),
    ],
)
def test_a_figure_without_words_or_data_is_refused(page, given, message):
    whole = {"figure": drawn("figure"), "alt": "Lines.", "data": DIVISIONS, "name": "own"} | given
    with pytest.raises(ValueError, match=re.escape(message)):
        page.figure(whole.pop("figure"), caption="Drawn", **whole)


def test_a_picture_of_dots_is_refused(page):
    axes = Figure().add_subplot()
    axes.imshow([[1, 2], [3, 4]])
    with pytest.raises(ValueError, match="figure 'own' holds a picture of dots"):
        page.figure(axes, caption="Drawn", alt="Dots.", data=DIVISIONS, name="own")


# Quick


def test_words_alone_import_nothing_that_draws():
    code = "import sys, totalplace.report; print('matplotlib' in sys.modules)"
    said = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert said.stdout.strip() == "False"


@pytest.mark.parametrize(
    ("row", "fault"),
    [
        ({"caption": "{n"}, "caption: its braces"),
        ({"caption": "{place.__class__}"}, "is no fact: write {fact}"),
        ({"caption": "{n!r}"}, "no such spec"),
        ({"caption": "{n:£m|%}"}, "no such spec"),
        ({"units": "pence=£m; pence=%"}, "the column pence is there twice"),
        ({"units": "pence=£m|£m"}, "pence has a unit twice"),
        ({"kind": "bars", "rows": "function", "units": "pence=%"}, "bars are in £m or in £"),
    ],
)
def test_wording_that_can_never_be_filled_in_is_refused_when_it_is_read(wording, page, row, fault):
    wording(TABLE | row)
    with pytest.raises(InputError, match=f"exhibits.csv, row 2: .*{re.escape(fault)}"):
        page.show("divisions", DIVISIONS, n=12)


def test_a_noun_is_escaped_once_and_a_fact_has_no_attributes():
    assert words.say("{n:R&D body|R&D bodies}", n=2).html == "two R&amp;D bodies"
    with pytest.raises(InputError, match="is no fact"):
        words.say("{n.real}", n=2)


@pytest.mark.parametrize(
    ("template", "fact"),
    [("{x:%}", 34.7), ("{x:fraction}", 2), ("{x:list}", "Health"), ("{x:£m}", 1.5), ("{x[9]}", [])],
)
def test_a_fact_of_the_wrong_kind_is_refused(template, fact):
    with pytest.raises(InputError):
        words.say(template, x=fact)


def test_only_a_frame_is_shown_and_shares_are_no_whole_numbers(wording, page):
    wording(TABLE)
    with pytest.raises(InputError, match="exhibit 'divisions' shows a DataFrame, not a list"):
        page.show("divisions", [1])
    with pytest.raises(InputError, match="column 'pence' is to hold shares"):
        page.table(DIVISIONS, "c", {"pence": "fraction"}, name="x")
    with pytest.raises(InputError, match="evidence and pence"):
        page.cards({"a": "b"}, DIVISIONS[["pence"]])
