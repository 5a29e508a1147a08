"""Words follow the figures, whatever the place: one body, ties, nothing returned, all returned."""

import json
import re
import shutil
from itertools import chain

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.conftest import ROOT
from totalplace import estimate, places, reference, report
from totalplace.errors import InputError
from totalplace.report import rounding, tables
from totalplace.report.words import MIME, in_millions, write
from totalplace.returns import plausibility
from totalplace.returns.template import prefilled

NOTEBOOKS = ("high_level_count", "deep_dive", "funding_flows")
PLACES = ("isles-of-scilly", "city-of-london", "birmingham", "kent")
ALL_RETURNED = "isles-of-scilly, where every body has returned"


HEADINGS = {
    "body": "Body",
    "service": "Service",
    "cofog": "COFOG",
    "year": "Year",
    "status": "Status",
    "economic": "Current or capital",
    "flow": "Expenditure or income",
    "amount": "Amount",
    "unit": "Unit",
    "source": "Source",
}


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
    def facts(self, *args):
        noted.append(made(self, *args))
        return noted[-1]

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
    """A house in which each body of a place has returned all its lines, a hundredth above ours."""
    for part in ("data/raw", "notebooks"):
        shutil.copytree(ROOT / part, home / part)
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


def test_where_every_body_has_returned_hardly_a_pound_is_an_estimate(tmp_path, monkeypatch):
    monkeypatch.setenv("TOTALPLACE_HOME", str(all_returned(tmp_path / "house", "isles-of-scilly")))
    shown = {
        facts["name"]: facts for facts in shown_by("high_level_count", "isles-of-scilly", tmp_path)
    }
    evidence = dict(shown["evidence"]["rows"])
    assert abs(evidence["national estimate"]) < evidence["outturn"] / 100
    share = report.percent(evidence["national estimate"], sum(evidence.values()))
    assert shown["evidence"]["caption"] == f"{share} of the count rests on national estimates"
    assert sum(pence for _, pence in shown["divisions-chart"]["rows"]) == sum(evidence.values())
    assert len(shown["returns-against-estimates"]["rows"]) > 70


def test_no_caption_counts_one_as_many_or_names_nothing(pages):
    for captions in ([shown["caption"] for shown in page] for page in pages.values()):
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
        (shown,) = [facts for facts in pages[page] if facts["name"] == name]
        body = "service" if name == "services" else "spender"
        named, amounts = map(shown["columns"].index, (body, "pence"))
        most = max(row[amounts] for row in shown["rows"])
        first = [row[named] for row in shown["rows"] if row[amounts] == most]
        assert any(f": {one}" in shown["caption"] for one in first), shown["caption"]


def test_capital_is_as_large_as_its_sentence_says(pages):
    (shown,) = [facts for facts in pages["high_level_count"] if facts["name"] == "sectors"]
    capital = sum(row[shown["columns"].index("capital")] for row in shown["rows"])
    total = sum(cell for row in shown["rows"] for cell in row[1:])
    assert shown["caption"] == f"Capital is {report.fraction(capital, total)} of the count"


def in_millions_of(shown):
    """Each amount of a table in £m with its printed cell."""
    heads = [(head.lower().replace(" ", "_"), unit) for head, unit in shown["printed"]["heads"]]
    at = [
        (n, shown["columns"].index(head))
        for n, (head, unit) in enumerate(heads)
        if unit == "£m" and head in shown["columns"]
    ]
    for row, cells in zip(shown["rows"], shown["printed"]["rows"], strict=True):
        yield from ((row[column], cells[n]) for n, column in at if row[column])


def test_one_amount_is_printed_alike_in_nearly_all_tables_of_a_page(pages):
    for page in pages.values():
        printed = {}
        for pence, cell in chain.from_iterable(map(in_millions_of, page)):
            printed.setdefault(pence, set()).add(cell)
        differing = {pence: cells for pence, cells in printed.items() if len(cells) > 1}
        assert len(differing) <= len(printed) / 50, differing


@given(st.lists(st.integers(-(10**13), 10**13), min_size=1, max_size=30))
def test_a_sentence_prints_the_total_of_a_table_and_quotes_its_rows_alike(values):
    names = [f"row {n}" for n in range(len(values))]
    printed = tables.lay_out(pd.DataFrame({"row": names, "pence": values}), {"pence": "£m"}, "All")
    assert printed.quote("All") == in_millions(sum(values))
    amounts = write("{=row 0} of {=All}", {}, quote=lambda row, unit, _: printed.quote(row, unit))
    assert amounts == f"{printed.figures()[0]} of {in_millions(sum(values))}"


@given(st.lists(st.integers(-(10**13), 10**13), min_size=1, max_size=30))
def test_as_few_cells_as_can_be_differ_from_what_a_sentence_prints(values):
    base = 10**7 + 1  # odd, so that nothing is in the middle
    cells, total = rounding.rounded(values, base)
    nearest = [rounding.nearest(value, base) for value in values]
    differing = sum(cell != near for cell, near in zip(cells, nearest, strict=True))
    assert differing == abs(total - sum(nearest))


@pytest.mark.parametrize(
    ("names", "amounts", "words"),
    [
        (["A"], [5], "A"),
        (["A", "B"], [5, 4], "A"),
        (["A", "B", "C"], [5, 4, 5], "A and C, equally"),
        (list("ABCDE"), [0] * 5, "five of them, equally"),
    ],
)
def test_the_largest_is_named_with_its_equals(names, amounts, words):
    assert report.largest(names, amounts) == words


def test_nothing_is_the_largest_of_none():
    with pytest.raises(InputError, match="nothing is the largest of none"):
        report.largest([], [])


def test_a_table_without_rows_is_a_sentence_and_a_folded_one_keeps_its_caption():
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
    assert "they are in the workbook and in data/" in folded
