"""What each edition adds to, in the originals and in the tables that are kept."""

import pandas as pd
import pytest

from tests.core.conftest import named_lines
from totalplace import reference
from totalplace.errors import InputError
from totalplace.reference_build import cra_controls, cra_editions

EDITIONS = reference.read("year_editions").set_index("year")["source"]
CONTROLS = reference.read("control_totals")
MONEY = CONTROLS[CONTROLS["unit"].isin(["£m", "£000"])]
KEPT = MONEY[MONEY["edition"] == MONEY["year"].map(EDITIONS)]


@pytest.mark.parametrize("year", EDITIONS.index)
def test_the_lines_of_a_year_add_to_its_control_totals(year):
    controls = KEPT[KEPT["year"] == year]
    assert "England" in set(controls["what"])
    checked = cra_controls.check_totals(controls, named_lines(year))
    assert checked["holds"].all(), checked[~checked["holds"]].to_string()


def test_every_edition_adds_to_its_control_totals_in_every_year(editions):
    for (edition, year), controls in MONEY.groupby(["edition", "year"]):
        if edition in editions:
            lines = cra_editions.year_lines(editions[edition], year)
            checked = cra_controls.check_totals(controls, lines)
            assert checked["holds"].all(), checked[~checked["holds"]].to_string()


@pytest.mark.parametrize("edition", ["cra-2023", "cra-2024", "cra-2025"])
def test_regions_are_as_hm_treasurys_own_pivot_tables(edition, edition_files):
    pivot = cra_controls.pivot_totals(edition_files[edition], edition)
    assert len(pivot) == 9 * 5
    key = ["year", "edition", "what"]
    kept = CONTROLS.merge(pivot[key], on=key).sort_values(key)["published"]
    assert kept.tolist() == pivot.sort_values(key)["published"].tolist()


@pytest.mark.parametrize("year", [year for year in EDITIONS.index if year >= "2020-21"])
def test_the_nine_regions_published_add_to_england_to_the_thousand(year):
    regions = KEPT[(KEPT["year"] == year) & (KEPT["unit"] == "£000")]
    assert regions["published"].sum() == named_lines(year)["pence"].sum() / 100_000


@pytest.mark.parametrize("edition", ["cra-2024", "cra-2025"])
def test_england_per_head_is_by_the_mid_year_of_the_years_start(edition):
    rows = CONTROLS[(CONTROLS["edition"] == edition) & (CONTROLS["year"] == "2023-24")]
    total = rows.set_index("what")["published"]
    assert round(total["England"] * 1_000_000 / total["people"]) == total["England per head"]


def test_a_total_that_does_not_hold_is_seen():
    controls = KEPT[(KEPT["year"] == "2008-09") & (KEPT["what"] == "England")]
    lines = named_lines("2008-09").iloc[1000:]
    assert not cra_controls.check_totals(controls, lines)["holds"].any()


def test_a_total_of_nothing_known_is_refused():
    with pytest.raises(InputError, match=r"no lines of 'Mercia'. Use England, LA England or a"):
        cra_controls.counted(named_lines("2008-09"), "Mercia")


def test_two_editions_differ_by_function_and_the_rows_add_to_both():
    ours = pd.DataFrame({"function": ["a", "b", "b"], "pence": [5, 1, 2]})
    other = pd.DataFrame({"function": ["b", "c"], "pence": [4, -1]})
    table = cra_controls.edition_differences(ours, other).set_index("function")
    assert table["difference"].to_dict() == {"a": -5, "b": 1, "c": -1}
    assert (table["pence"].sum(), table["other_pence"].sum()) == (8, 3)


def test_the_differences_kept_add_to_both_editions():
    kept = reference.read("edition_differences")
    assert (kept["difference"] == kept["other_pence"] - kept["pence"]).all()
    totals = CONTROLS[(CONTROLS["what"] == "England")].set_index(["year", "edition"])["published"]
    for (year, edition), rows in kept.groupby(["year", "edition"]):
        assert rows["pence"].sum() == named_lines(year)["pence"].sum()
        assert abs(rows["other_pence"].sum() / 1e8 - totals[year, edition]) <= 0.5


def test_the_differences_kept_are_those_of_the_originals(editions):
    made = cra_controls.all_differences(editions)
    key = ["year", "edition", "function"]
    kept = reference.read("edition_differences").sort_values(key).reset_index(drop=True)
    made = made[kept.columns].sort_values(key).reset_index(drop=True)
    pd.testing.assert_frame_equal(made, kept, check_dtype=False)


def test_every_year_of_another_edition_is_set_beside_ours(editions):
    wanted = {
        (year, source)
        for source, rows in editions.items()
        for year in cra_editions.years_of(rows)
        if EDITIONS[year] != source
    }
    kept = reference.read("edition_differences")
    assert set(zip(kept["year"], kept["edition"], strict=True)) == wanted


def test_councils_have_a_sub_function_on_every_published_row(editions):
    """39 sub-functions x 9 regions in 2013, in capital and current; none is left out of the lines."""
    councils = {source: rows[(rows["sector"] == "LA")] for source, rows in editions.items()}
    assert {source: len(rows) for source, rows in councils.items()} == {
        "cra-2013": 567,
        "cra-2018": 576,
        "cra-2023": 576,
        "cra-2024": 576,
        "cra-2025": 576,
    }
    for rows in councils.values():
        assert rows.groupby("region")["sub_code"].nunique().nunique() == 1
    first = councils["cra-2013"]
    assert first["sub_code"].nunique() == 39
    assert round(first["2008-09"].sum() / 1e8) == 126_490
