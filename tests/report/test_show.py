"""What is printed: words that are true of the numbers, figures that add, text that stays text."""

import json
import re
from fractions import Fraction
from itertools import chain

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from totalplace import report
from totalplace.report.rounding import nearest, rounded, rounded_cross
from totalplace.report.tables import lay_out
from totalplace.report.words import MIME, clean, escape, in_millions

PAGE = report.Page(place="Croydon", year="2008-09")
DIVISIONS = pd.DataFrame(
    {
        "division": ["07 Health", "09 Education", "02 Defence"],
        "pence": [67_384_999_999, 54_444_999_999, 4_999_999],
    }
)
amounts = st.integers(-(10**12), 10**13)
bases = st.sampled_from([1, 7, 100, 10**7])


# Rounding


@given(st.lists(amounts), bases)
def test_a_column_adds_as_printed(values, base):
    cells, total = rounded(values, base)
    assert sum(cells) == total == nearest(sum(values), base)
    assert all(
        cell in (value // base, -(-value // base))
        for cell, value in zip(cells, values, strict=True)
    )


@st.composite
def crosses(draw):
    wide = draw(st.integers(1, 7))
    cell = st.one_of(st.just(0), amounts, st.integers(-30, 300))
    return draw(st.lists(st.lists(cell, min_size=wide, max_size=wide), min_size=1, max_size=9))


@given(crosses(), bases)
def test_a_cross_table_adds_along_and_down_as_printed(rows, base):
    cells, by_row, by_column, total = rounded_cross(rows, base)
    assert [sum(row) for row in cells] == by_row
    assert [sum(column) for column in zip(*cells, strict=True)] == by_column
    assert sum(by_row) == sum(by_column) == total == nearest(sum(map(sum, rows)), base)
    values = [*chain(*rows), *map(sum, rows), *map(sum, zip(*rows, strict=True))]
    for printed, value in zip([*chain(*cells), *by_row, *by_column], values, strict=True):
        assert printed in (value // base, -(-value // base))


@given(st.lists(st.integers(0, 10**13), min_size=1).filter(any))
def test_percentages_add_to_100(values):
    printed = lay_out(
        pd.DataFrame({"row": range(len(values)), "pence": values}).astype({"row": str}),
        {"pence": "%"},
        "Total",
    )
    assert sum(Fraction(row[1]) for row in printed.cells) == 100
    assert printed.foot == ["Total", "100.0"]


def test_nearest_takes_halves_away_from_zero():
    assert [nearest(value, 10) for value in (-15, -14, -5, 4, 5, 15)] == [-2, -1, -1, 0, 1, 2]


# Words


@pytest.mark.parametrize(
    ("pence", "printed"),
    [
        (320_290_000_000, "£3,202.9m"),
        (8_200_000_000_000, "£82.0bn"),
        (-8_200_000_000_000, "−£82.0bn"),
        (4_125_000, "£41,250"),
        (5_000_000, "£0.1m"),
        (-4_999, "−£50"),
        (0, "£0"),
    ],
)
def test_money_at_the_size_that_reads_best(pence, printed):
    assert report.money(pence) == printed


def test_never_a_negative_nothing():
    assert in_millions(-4_999_999) == "£0.0m"
    assert report.percent(-1, 10_000) == "0.0%"


@given(st.integers(-(10**14), 10**14))
def test_money_is_within_half_of_what_it_prints(pence):
    sign, digits, size = re.fullmatch("(−?)£([0-9,.]+)(m|bn|)", report.money(pence)).groups()
    printed = (
        Fraction(digits.replace(",", ""))
        * {"": 100, "m": 10**8, "bn": 10**11}[size]
        * (-1 if sign else 1)
    )
    assert abs(printed - pence) <= {"": 50, "m": 5 * 10**6, "bn": 5 * 10**9}[size]


NAMED = {
    "a tenth": (1, 10),
    "a fifth": (1, 5),
    "a quarter": (1, 4),
    "a third": (1, 3),
    "half": (1, 2),
    "two thirds": (2, 3),
    "three quarters": (3, 4),
    "nine tenths": (9, 10),
    "a hundredth": (1, 100),
}


def is_true(words, share):
    """Whether the words hold of the share, read as a person would read them."""
    whole = {
        "none": share == 0,
        "all": share == 1,
        "negative": share < 0,
        "more than all": share > 1,
    }
    if words in whole:
        return whole[words]
    if words == "nearly all":
        return Fraction(9, 10) < share < 1
    how, name = re.fullmatch("(about |nearly |more than |less than |)(.+)", words).groups()
    named = Fraction(*NAMED[name])
    return {
        "": share == named,
        "about ": abs(share - named) <= Fraction(1, 40),
        "nearly ": 0 < named - share <= named / 16,
        "more than ": share > named,
        "less than ": share < named,
    }[how]


@given(st.integers(-(10**12), 10**12), st.integers(1, 10**12))
def test_a_fraction_in_words_is_true(part, whole):
    assert is_true(report.fraction(part, whole), Fraction(part, whole))


@given(st.integers(0, 10_000))
def test_a_fraction_in_words_is_true_everywhere_from_none_to_all(ten_thousandths):
    assert is_true(report.fraction(ten_thousandths, 10_000), Fraction(ten_thousandths, 10_000))


@pytest.mark.parametrize(
    ("part", "words"),
    [
        (36, "more than a third"),
        (50, "half"),
        (49, "about half"),
        (47, "nearly half"),
        (69, "more than two thirds"),
        (7, "less than a tenth"),
    ],
)
def test_fractions_that_boards_read(part, words):
    assert report.fraction(part, 100) == words


def test_a_share_of_nothing_is_refused():
    with pytest.raises(ValueError, match="there is no share of 0"):
        report.fraction(0, 0)


def test_numbers_and_lists():
    assert [report.number(n) for n in (0, 3, 10, 1024)] == ["none", "three", "ten", "1,024"]
    assert [report.join_names(names) for names in ([], ["a"], ["a", "b"], ["a", "b", "c"])] == [
        "",
        "a",
        "a and b",
        "a, b and c",
    ]
    lists = ["health", "culture and religion", "roads, parks"]
    assert report.join_names(lists) == "health; culture and religion; and roads, parks"
    assert report.join_names(lists[:2]) == "health; and culture and religion"
    assert report.join_names(lists[2:]) == "roads, parks"
    assert report.join_names(["England", "Wales"]) == "England and Wales"
    assert report.words.with_noun(0, "body", "bodies") == "no bodies"


def test_amounts_by_name_are_listed_by_their_names():
    assert report.say("{payers:list}", payers=pd.Series({"NHS": 5, "DWP": 3})) == "NHS and DWP"


# Sentences


def test_a_sentence_is_made_from_its_numbers():
    sentence = report.say(
        "**{top}** is {share:fraction} of {total:money}, {head:£ per head} for each of {people:people} people.",
        top="Social protection",
        share=(1100, 3203),
        total=320_290_000_000,
        head=(320_290_000_000, 342_700),
        people=342_700,
    )
    assert (
        sentence
        == "Social protection is more than a third of £3,202.9m, £9,346 for each of 342,700 people."
    )
    assert sentence.html.startswith("<strong>Social protection</strong> is more")


def test_text_in_a_sentence_is_escaped_and_cannot_be_bold():
    sentence = report.say("{body} spends **{pence:£m}**", body="<b>**x**</b>", pence=10**8)
    assert sentence == "<b>**x**</b> spends £1.0m"
    assert sentence.html == "&lt;b&gt;&#42;&#42;x&#42;&#42;&lt;/b&gt; spends <strong>£1.0m</strong>"
    assert sentence._repr_mimebundle_()["text/html"] == f'<p class="said">{sentence.html}</p>'


@pytest.mark.parametrize(
    ("template", "values", "message"),
    [
        ("{a} and {b}", {"a": "x"}, "asks for {b}, which nobody gave; known: a"),
        ("{a}", {"a": "x", "b": 1}, "does not use: b"),
        ("{a:£k}", {"a": 1}, "cannot be written as '£k'; known: money"),
        ("{a}", {"a": 0.36}, "0.36 cannot be written as ''"),
    ],
)
def test_a_sentence_that_does_not_fit_its_numbers_is_refused(template, values, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        report.say(template, **values)


def test_unsafe_characters_become_pictures_of_themselves():
    assert clean("a\x00b\x1bc\x7fd\u202ee\ud800f\r\ng\th") == "a␀b␛c�d�e�f g h"
    assert escape("<a href='x'>&\"") == "&lt;a href=&#x27;x&#x27;&gt;&amp;&quot;"


# Tables


def test_one_column_in_three_units():
    shown = PAGE.table(
        DIVISIONS,
        "Found",
        {"pence": ["£m", "%", "£ per head"]},
        total="Total",
        people=np.int64(342_700),
        name="divisions",
    )
    facts = shown._repr_mimebundle_()[MIME]
    assert facts["printed"]["heads"] == [
        ["Division", None],
        ["Pence", "£m"],
        ["Pence", "%"],
        ["Pence", "£ per head"],
    ]
    assert facts["printed"]["rows"] == [
        ["07 Health", "673.9", "55.3", "1,966"],
        ["09 Education", "544.4", "44.7", "1,589"],
        ["02 Defence", "0.0", "0.0", "0"],
    ]
    assert facts["printed"]["foot"] == ["Total", "1,218.3", "100.0", "3,555"]


def test_what_goes_beside_the_page_is_not_rounded():
    facts = PAGE.table(
        DIVISIONS, "Found", {"pence": "£m"}, name="divisions", note="Gross."
    )._repr_mimebundle_()[MIME]
    assert {
        key: facts[key]
        for key in ("name", "kind", "caption", "place", "year", "columns", "units", "note")
    } == {
        "name": "divisions",
        "kind": "table",
        "caption": "Found",
        "place": "Croydon",
        "year": "2008-09",
        "columns": ["division", "pence"],
        "units": {"pence": "£m"},
        "note": "Gross.",
    }
    assert facts["rows"][0] == ["07 Health", 67_384_999_999]
    assert json.loads(json.dumps(facts)) == facts


def test_a_table_is_heard_as_well_as_seen():
    html = PAGE.table(
        DIVISIONS, "Found", {"pence": "£m"}, total="Total", name="divisions"
    )._repr_mimebundle_()["text/html"]
    assert '<caption id="caption-divisions">' in html
    assert 'role="region" aria-labelledby="caption-divisions" tabindex="0"' in html
    assert html.count('<th scope="col"') == 2
    assert html.count('<th scope="row"') == 4
    assert "Croydon, 2008-09" in html


def test_a_cross_table_adds_as_printed():
    cross = pd.DataFrame(
        {
            "body": list("abc"),
            "current": [4_000_000, 14_000_000, -26_000_000],
            "capital": [4_000_000, 4_000_000, 9],
        }
    )
    printed = lay_out(cross, {"current": "£m", "capital": "£m"}, "Total", "Total")
    cells = [
        [Fraction(cell.replace("−", "-")) for cell in row[1:]]
        for row in [*printed.cells, printed.foot]
    ]
    assert all(row[0] + row[1] == row[2] for row in cells)
    assert [sum(column) for column in zip(*cells[:-1], strict=True)] == cells[-1]


def test_a_blank_figure_is_a_dash_and_so_is_a_total_over_it():
    published = pd.DataFrame(
        {"line": ["Health", "Defence"], "pence": pd.array([10**8, None], dtype="Int64")}
    )
    printed = lay_out(published, {"pence": "£m"}, "Total")
    assert (printed.cells, printed.foot) == ([["Health", "1.0"], ["Defence", "–"]], ["Total", "–"])
    assert printed.facts["rows"][1] == ["Defence", None]


def test_places_of_their_own_size_have_their_own_pounds_per_head():
    places = pd.DataFrame({"place": ["a", "b"], "people": [100, 300], "pence": [100_000, 900_000]})
    printed = lay_out(places, {"pence": "£ per head"}, "Total", people="people")
    assert (printed.cells, printed.foot) == ([["a", "10"], ["b", "30"]], ["Total", "25"])


def test_a_sentence_quotes_a_table_as_printed():
    shown = PAGE.table(DIVISIONS, "Found", {"pence": ["£m", "%"]}, total="Total", name="divisions")
    assert (shown.quote("07 Health"), report.money(67_384_999_999)) == ("£673.9m", "£673.8m")
    assert (shown.quote("Total"), shown.quote("07 Health", "%")) == ("£1,218.3m", "55.3%")
    with pytest.raises(ValueError, match="0 rows are named '08 Culture'"):
        shown.quote("08 Culture")


def test_a_table_without_rows_says_so():
    html = PAGE.table(DIVISIONS[:0], "Found", {"pence": "£m"}, name="none")._repr_mimebundle_()[
        "text/html"
    ]
    assert "There are no rows." in html


@pytest.mark.parametrize(
    ("frame", "units", "message"),
    [
        (DIVISIONS, {"pence": "£bn"}, "cannot be printed in '£bn'; known units: £m"),
        (
            DIVISIONS,
            {"pounds": "£m"},
            "there is no column 'pounds' to print; the table has: division, pence",
        ),
        (
            DIVISIONS.astype({"pence": float}),
            {"pence": "£m"},
            "must hold whole numbers (pence), not float64",
        ),
        (DIVISIONS, {"pence": "£ per head"}, "say of how many people"),
    ],
)
def test_a_table_that_would_be_wrong_is_refused(frame, units, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        PAGE.table(frame, "Found", units, name="t")


@pytest.mark.parametrize(
    "name", ["", "A", "a b", "../a", "a/b", "a.csv", "-a", "a--b", "é", "con\n", None, "a" * 61]
)
def test_a_name_that_cannot_name_a_file_is_refused(name):
    with pytest.raises(ValueError, match="cannot name a file"):
        PAGE.table(DIVISIONS, "Found", {"pence": "£m"}, name=name)


def test_a_page_without_place_or_year_is_refused():
    with pytest.raises(ValueError, match="a place and a year"):
        report.Page(place=" ", year="2008-09")


def test_cards_and_callouts_are_escaped():
    html = PAGE.cards({"<b>spent</b>": report.money(10**10)})._repr_mimebundle_()["text/html"]
    assert (
        html == '<ul class="cards"><li><strong>£100.0m</strong> &lt;b&gt;spent&lt;/b&gt;</li></ul>'
    )
    caution = PAGE.caution("<script>alert(1)</script>")._repr_mimebundle_()
    assert "<script>" not in caution["text/html"]
    assert caution[MIME]["kind"] == "caution"


def test_a_formula_stays_text_beside_the_page():
    frame = pd.DataFrame({"body": ['=HYPERLINK("http://x")', "+1", "@SUM(A1)"], "pence": [1, 2, 3]})
    facts = PAGE.table(frame, "=1+1", {"pence": "£m"}, name="formulas")._repr_mimebundle_()[MIME]
    assert [row[0] for row in facts["rows"]] == list(frame["body"])
    assert facts["caption"] == "=1+1"
