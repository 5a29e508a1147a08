"""Words that follow the figures, whatever the place: one body, ties, nothing returned, all returned; one amount printed alike."""

import json
import re
import shutil

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.conftest import ROOT
from totalplace import estimate, places, reference, report
from totalplace.errors import InputError
from totalplace.report import rounding
from totalplace.report.words import MIME
from totalplace.returns import plausibility
from totalplace.returns.template import prefilled

NOTEBOOKS = ("high_level_count", "deep_dive", "funding_flows")
PLACES = ("isles-of-scilly", "city-of-london", "birmingham", "kent")
ALL_RETURNED = "isles-of-scilly, where every body has returned"


HEADINGS = {"body": "Body", "service": "Service", "cofog": "COFOG", "year": "Year", "status": "Status",
            "economic": "Current or capital", "flow": "Expenditure or income", "amount": "Amount", "unit": "Unit",
            "source": "Source"}  # fmt: skip


def shown_by(notebook, place, folder):
    """What a notebook shows for a place, in order: the facts of every table and figure."""
    noted = []
    cells = json.loads((ROOT / "notebooks" / f"{notebook}.ipynb").read_text(encoding="utf-8"))[
        "cells"
    ]
    code = "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TOTALPLACE_PROCESSED", str(folder))
        patch.setattr(report.Page, "_facts", _noting(report.Page._facts, noted))
        exec(code.replace('place: str = "croydon"', f'place: str = "{place}"'), {})
    return noted


def _noting(made, noted):
    def facts(self, name, caption, note, grid):
        told = made(self, name, caption, note, grid)
        noted.append(told)
        return told

    return facts


@pytest.fixture(scope="module", params=[*PLACES, ALL_RETURNED])
def pages(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp("processed")
    with pytest.MonkeyPatch.context() as patch:
        if request.param == ALL_RETURNED:
            patch.setenv(
                "TOTALPLACE_HOME",
                str(all_returned(tmp_path_factory.mktemp("house"), "isles-of-scilly")),
            )
        return {
            notebook: shown_by(notebook, request.param.partition(",")[0], folder)
            for notebook in NOTEBOOKS
        }


def all_returned(home, place):
    """A house in which each body of a place has returned each of its lines, a hundredth above our estimate."""
    shutil.copytree(ROOT / "data" / "raw", home / "data" / "raw")
    names = reference.read("bodies").set_index("body")["name"]
    folder = home / "data" / "raw" / "returns" / place
    folder.mkdir()
    ledger = estimate.first_count(places.place(place), "2008-09")
    for body, estimates in plausibility.by_function(ledger).reset_index().groupby("body"):
        lines = prefilled(estimates).assign(
            body=names[body], year="2008-09", status="outturn", unit="£", source="for a test"
        )
        lines = lines.assign(amount=(1.01 * lines["amount"]).map("{:.2f}".format))
        lines.rename(columns=HEADINGS)[list(HEADINGS.values())].to_csv(
            folder / f"{body}.csv", index=False
        )
    return home


def test_where_every_body_has_returned_hardly_a_pound_is_an_estimate_and_the_rest_is_told(
    tmp_path, monkeypatch
):
    monkeypatch.setenv("TOTALPLACE_HOME", str(all_returned(tmp_path / "house", "isles-of-scilly")))
    told = {
        facts["name"]: facts for facts in shown_by("high_level_count", "isles-of-scilly", tmp_path)
    }
    evidence = dict(told["evidence"]["rows"])
    assert abs(evidence["national estimate"]) < evidence["outturn"] / 100
    assert (
        told["evidence"]["caption"]
        == f"{report.percent(evidence['national estimate'], sum(evidence.values()))} of the count rests on national estimates"
    )
    assert sum(pence for _, pence in told["divisions-chart"]["rows"]) == sum(evidence.values())
    assert len(told["returns-against-estimates"]["rows"]) > 70


def test_no_caption_counts_one_as_many_or_names_nothing(pages):
    for captions in ([told["caption"] for told in page] for page in pages.values()):
        for caption in captions:
            assert not re.search(r"\b(of )?(1|one) (bodies|services|groups|areas)\b", caption), (
                caption
            )
            assert not re.search(r"\bnan\b|<NA>|None|\{|\}| {2}", caption), caption


def test_what_is_called_the_largest_has_the_largest_amount_of_its_table(pages):
    for name, page in (
        ("bodies-chart", "high_level_count"),
        ("theme-bodies", "deep_dive"),
        ("services", "deep_dive"),
    ):
        (told,) = [told for told in pages[page] if told["name"] == name]
        named, amounts = (
            told["columns"].index("service" if name == "services" else "spender"),
            told["columns"].index("pence"),
        )
        most = max(row[amounts] for row in told["rows"])
        first = [row[named] for row in told["rows"] if row[amounts] == most]
        assert any(f": {one}" in told["caption"] for one in first), told["caption"]


def test_capital_is_as_large_as_its_sentence_says(pages):
    (told,) = [told for told in pages["high_level_count"] if told["name"] == "sectors"]
    capital = sum(row[told["columns"].index("capital")] for row in told["rows"])
    total = sum(cell for row in told["rows"] for cell in row[1:])
    assert told["caption"] == f"Capital is {report.fraction(capital, total)} of the count"


def test_one_amount_is_printed_alike_in_all_tables_of_a_page(pages):
    for page in pages.values():
        printed = {}
        for told in page:
            heads = [
                (head.lower().replace(" ", "_"), unit) for head, unit in told["printed"]["heads"]
            ]
            for row, cells in zip(told["rows"], told["printed"]["rows"], strict=True):
                for (head, unit), cell in zip(heads, cells, strict=True):
                    if (
                        unit == "£m"
                        and head in told["columns"]
                        and row[told["columns"].index(head)]
                    ):
                        printed.setdefault(row[told["columns"].index(head)], set()).add(cell)
        differing = {pence: cells for pence, cells in printed.items() if len(cells) > 1}
        assert len(differing) <= len(printed) / 50, differing


@given(st.lists(st.integers(-(10**13), 10**13), min_size=1, max_size=30), st.data())
def test_cells_printed_before_are_printed_so_again_and_the_column_still_adds(values, data):
    known = {
        value: value // 10**7 + data.draw(st.integers(0, 1)) * (value % 10**7 > 0)
        for value in values
    }
    cells, total = rounding.rounded(values, 10**7, known)
    assert sum(cells) == total == rounding.nearest(sum(values), 10**7)
    assert all(
        cell in (value // 10**7, -(-value // 10**7))
        for cell, value in zip(cells, values, strict=True)
    )
    if sum(known[value] for value in values) == total:
        assert cells == [known[value] for value in values]


@pytest.mark.parametrize(
    ("names", "amounts", "words"),
    [
        (["A"], [5], "A"),
        (["A", "B"], [5, 4], "A"),
        (["A", "B", "C"], [5, 4, 5], "A and C, equally"),
        (list("ABCDE"), [0] * 5, "five of them, equally"),
    ],
)
def test_the_largest_is_told_with_its_equals(names, amounts, words):
    assert report.leading(names, amounts) == words


def test_nothing_is_the_largest_of_none():
    with pytest.raises(InputError, match="nothing is the largest of none"):
        report.leading([], [])


def test_a_table_without_rows_is_a_sentence_and_a_folded_one_keeps_its_caption_and_number():
    page = report.Page("Croydon", "2008-09")
    none = pd.DataFrame({"body": [], "pence": []}).astype({"pence": "int64"})
    empty = page.table(
        none, "Returned", {"pence": "£m"}, empty="Nobody has returned.", name="none"
    )._repr_mimebundle_()
    assert "Nobody has returned." in empty["text/html"]
    assert "<table" not in empty["text/html"]
    assert empty[MIME]["rows"] == []
    one = pd.DataFrame({"body": ["A & B"], "pence": [10**8]})
    folded = page.table(
        one, "Who & what", {"pence": "£m"}, fold=True, name="one"
    )._repr_mimebundle_()["text/html"]
    assert (
        '<summary><span class="held" id="caption-one"><span class="number" data-kind="Table"></span>Who &amp; what'
        in folded
    )
    assert "data/one.csv" in folded
