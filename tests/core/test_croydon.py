"""The worked example: Croydon's count with the published figures that stand in data/raw/returns/croydon."""

import pytest

from totalplace import estimate, ledger, places, reconcile, returns
from totalplace.returns.programmes import split_like_estimates

YEAR = "2008-09"


@pytest.fixture(scope="module")
def here():
    return places.place("croydon")


@pytest.fixture(scope="module")
def counted(here):
    return ledger.consolidated_count(here, YEAR)[0]


def test_the_returns_are_ready_and_add_to_what_was_published(here):
    sent = returns.read_returns(here, YEAR, estimate.first_count(here, YEAR))
    assert sent.ready
    sums = sent.sums.set_index("file")["accepted"]
    assert sums.to_dict() == {
        "cabinet-report-2009.csv": 85_600_000_000,
        "capital-outturn-2008-09.csv": 7_060_000_000,
    }


def test_what_was_doubtful_was_decided_and_is_printed(here):
    sent = returns.read_returns(here, YEAR, estimate.first_count(here, YEAR))
    doubts = sent.doubts
    assert doubts[["standing", "pence"]].to_numpy().tolist() == [["decided", 85_600_000_000]]
    assert "analyst of the partnership" in doubts["answer"][0]


def test_dwp_as_published_replaces_its_estimate_and_housing_benefit(here, counted):
    spent = counted.ledger
    social = spent[spent["division"] == "10"]
    assert (
        social.loc[(social["body"] == "dwp") & (social["economic"] == "current"), "pence"].sum()
        == 64_200_000_000
    )
    assert (spent["body"] == "council-housing-benefit").sum() == 0


def test_the_councils_capital_is_its_outturn_to_the_penny(counted):
    capital = counted.ledger.query(
        "body in ['council', 'council-housing'] and economic == 'capital' and evidence == 'outturn'"
    )
    assert capital["pence"].sum() == 7_060_000_000


def test_returns_stand_beside_the_estimates_that_they_replace(counted):
    replaced = counted.replaced.set_index("body")
    assert replaced.loc["dwp", "returned"] == 64_200_000_000
    assert (replaced["difference"] == replaced["returned"] - replaced["estimate"]).all()


def test_the_net_outturn_of_another_year_is_never_in_the_count(here, counted):
    beside = reconcile.published_amounts("croydon", estimate.first_count(here, YEAR))
    assert beside["what"].str.startswith("Revenue outturn 2010-11").sum() == 7
    assert not counted.ledger["source"].str.contains("Revenue Outturn").any()
    assert set(counted.ledger["evidence"]) == {"outturn", "national estimate"}


def test_the_reconciliation_with_table_1_uses_the_count_without_returns(here):
    national = estimate.first_count(here, YEAR)
    table_1 = reconcile.beside_published(
        national,
        reconcile.scope_cuts(national, "pilot-2009"),
        reconcile.published_figures("croydon", "Table 1"),
    )
    assert table_1.set_index("line")["ours"]["total"] == national["pence"].sum()


def test_a_returned_total_has_the_pattern_of_its_estimate_in_the_deep_dive(here, counted):
    alike = split_like_estimates(counted.ledger, estimate.first_count(here, YEAR))
    assert alike["pence"].sum() == counted.ledger["pence"].sum()
    of_dwp = alike[alike["file"] == "cabinet-report-2009.csv"]
    assert {"dwp", "council-housing-benefit", "council"} == set(of_dwp["body"])
