import pandas as pd
import pytest

from tests.tables import table
from totalplace import cofog, control, count, estimate, places, reconcile
from totalplace.errors import InputError

LEDGER = table("""
    body     division  cofog   pence
    dwp      10        10.5      300
    council  10        10.4      200
    council  09        09.1      100
    nhs      07        07        400
""")


def test_a_count_adds_up_by_what_is_asked():
    expected = table("body pence\ncouncil 300\ndwp 300\nnhs 400")
    pd.testing.assert_frame_equal(count.total_by(LEDGER, "body"), expected)


def test_a_blank_in_what_is_counted_by_is_refused_because_it_would_lose_money():
    with pytest.raises(InputError, match=r"the ledger: body is blank in rows 1"):
        count.total_by(LEDGER.assign(body=["dwp", "", "council", "nhs"]), "body")


def test_all_ten_divisions_are_shown_even_those_with_nothing():
    divisions = count.divisions(LEDGER)
    assert divisions["division"].tolist() == list(cofog.DIVISIONS)
    assert divisions.set_index("division")["pence"]["02"] == 0
    assert divisions["pence"].sum() == LEDGER["pence"].sum()


def test_lines_known_by_division_alone_are_not_given_a_group():
    groups = count.groups(LEDGER).set_index("group")["name"]
    assert groups["07"] == "Health: not divided into groups"
    assert groups["10.5"] == "Unemployment"


def test_a_cross_table_keeps_every_penny():
    crossed = count.cross_table(LEDGER, "body", "division")
    assert crossed.loc["council"].to_dict() == {"07": 0, "09": 100, "10": 200}
    assert crossed.to_numpy().sum() == LEDGER["pence"].sum()


def test_a_body_that_is_not_described_is_refused():
    with pytest.raises(InputError, match=r"bodies.csv has no gossip. Add a row"):
        count.with_body_names(LEDGER.assign(body="gossip"))


@pytest.fixture(scope="module")
def croydon():
    return estimate.first_count(places.place("croydon"), "2008-09")


def test_croydons_table_1_rounds_percents_and_adds_as_printed():
    printed = reconcile.published_figures("croydon", "Table 1")
    money = printed[printed["unit"] == "£m"].set_index("line")["value"]
    percents = printed[printed["unit"] == "%"].set_index("line")["value"]
    assert money.drop("total").sum() == money["total"] == 2_599
    assert (100 * money / 2_599).round().equals(percents)


def test_a_reconciliation_shows_difference_cuts_and_residual_and_forces_nothing(croydon):
    table_1 = reconcile.beside_published(
        croydon,
        reconcile.scope_cuts(croydon, "pilot-2009"),
        reconcile.published_figures("croydon", "Table 1"),
    )
    assert table_1["line"].tolist() == [*cofog.DIVISIONS, "total"]
    assert (table_1["ours"] - table_1["published"] == table_1["difference"]).all()
    assert (table_1["cuts"] + table_1["residual"] == table_1["difference"]).all()
    parts, total = table_1.iloc[:10], table_1.iloc[10]
    money = ["published", "ours", "difference", "cuts", "residual"]
    assert parts[money].sum().tolist() == total[money].tolist()


def test_cuts_are_the_difference_between_the_two_scopes_to_the_penny(croydon):
    narrow = estimate.first_count(places.place("croydon"), "2008-09", scope="pilot-2009")
    assert (
        reconcile.scope_cuts(croydon, "pilot-2009")["pence"].sum()
        == croydon["pence"].sum() - narrow["pence"].sum()
    )


def test_every_cut_says_whether_it_is_stated_or_inferred(croydon):
    assert set(reconcile.scope_cuts(croydon, "pilot-2009")["kind"]) == {"stated", "inferred"}


def test_every_definition_of_local_control_shares_the_whole_count(croydon):
    definitions = control.local_control(croydon)
    counted = definitions[definitions["definition"] != "councillor-discretionary"]
    assert (counted["pence"] > 0).all()
    assert (counted["pence"] < croydon["pence"].sum()).all()
    assert definitions.set_index("definition").loc["councillor-discretionary", "pence"] is pd.NA
