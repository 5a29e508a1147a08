"""The ONS regional accounts set beside the lines: where an edition has been overtaken, and by what."""

import pandas as pd
import pytest
import xlsxwriter

from tests.core.conftest import named_lines, original
from totalplace import reference
from totalplace.errors import InputError
from totalplace.reference_build import regional_accounts

YEARS = reference.read("year_editions")["year"].tolist()
FAR = {
    "2009-10": {"London"},
    "2010-11": {"London", "North East"},
    "2011-12": {"London"},
    "2012-13": {"London"},
}


def _beside(year):
    accounts = reference.read("regional_accounts", year)
    return regional_accounts.beside(named_lines(year), accounts)


@pytest.mark.parametrize("year", YEARS)
def test_differences_over_three_percent_are_where_they_are_known_to_be(year):
    far = regional_accounts.explained(_beside(year))
    assert set(far["region"]) == FAR.get(year, set())


@pytest.mark.parametrize("year", [year for year in YEARS if year >= "2018-19"])
def test_from_2018_19_each_region_agrees_to_the_rounding(year):
    totals = _beside(year).groupby("region")["difference"].sum()
    assert totals.abs().max() < 0.5 * 15


@pytest.mark.parametrize("year", FAR)
def test_londons_difference_is_mostly_health(year):
    """CRA 2013 gives London less health than later editions do: 3.5 to 5.6 per cent of all."""
    london = regional_accounts.explained(_beside(year)).query("region == 'London'")
    assert 3.5 <= -london["region_percent"].iloc[0] <= 5.7
    assert london["function"].iloc[0] == "7. Health"
    assert london["difference"].iloc[0] < 0.6 * london["difference"].sum()


def test_the_accounts_kept_are_those_of_the_original():
    made = regional_accounts.identifiable(original("ons-regional-2025"))
    key = ["year", "region", "function"]
    kept = reference.read("regional_accounts").set_index(key)["millions"]
    assert len(kept) == len(YEARS) * 9 * 15
    assert made.set_index(key)["millions"].reindex(kept.index).tolist() == kept.tolist()


def test_functions_beside_one_another_add_to_the_difference_of_the_region():
    lines = pd.DataFrame(
        {"region": "London", "function": ["7. Health", "2. Defence"], "pence": [9 * 10**8, 10**8]}
    )
    accounts = pd.DataFrame(
        {"region": "London", "function": ["7. Health", "9. Education"], "millions": [6.0, 2.0]}
    )
    table = regional_accounts.beside(lines, accounts)
    assert table["difference"].sum() == 10 - 8
    far = regional_accounts.explained(table)
    assert far["function"].tolist() == ["7. Health", "9. Education", "2. Defence"]
    assert set(far["region_percent"]) == {25.0}


def test_regions_nearer_than_three_percent_are_left_out():
    lines = pd.DataFrame({"region": ["East"], "function": ["7. Health"], "pence": [102 * 10**8]})
    accounts = pd.DataFrame({"region": ["East"], "function": ["7. Health"], "millions": [100.0]})
    assert regional_accounts.explained(regional_accounts.beside(lines, accounts)).empty


def test_accounts_that_do_not_add_up_are_refused(tmp_path):
    path = tmp_path / "accounts.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet("North East")
        sheet.write_row(0, 0, [regional_accounts.START, "2023 to 2024"])
        sheet.write_row(1, 0, ["7. Health", 5])
        sheet.write_row(2, 0, [regional_accounts.END, 9])
    with pytest.raises(InputError, match=r"sheet 'North East': 2023-24 do not add up"):
        regional_accounts.identifiable(path)


def test_accounts_without_the_table_are_refused(tmp_path):
    path = tmp_path / "accounts.xlsx"
    with xlsxwriter.Workbook(path) as book:
        book.add_worksheet("North East").write(0, 0, "Table 9")
    with pytest.raises(InputError, match=r"'Table 2: .*' is there 0 times, not once"):
        regional_accounts.identifiable(path)


@pytest.mark.parametrize(
    ("heading", "year"), [("2009 to 2010", "2009-10"), ("1999 to 2000", "1999-00")]
)
def test_the_accounts_years_are_written_as_ours(heading, year):
    assert regional_accounts.year_name(heading) == year
