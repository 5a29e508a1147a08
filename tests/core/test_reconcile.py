import pytest

from totalplace import cofog, count, estimate, places, reconcile

MONEY = ["published", "ours", "difference", "scope_cuts", "residual"]


@pytest.fixture(scope="module")
def croydon():
    return estimate.first_count(places.place("croydon"), "2008-09")


@pytest.fixture(scope="module")
def cuts(croydon):
    return reconcile.scope_cuts(croydon, "pilot-2009")


def test_croydons_table_1_rounds_percents_and_adds_as_printed():
    printed = reconcile.published_figures("croydon", "Table 1")
    money = printed[printed["unit"] == "£m"].set_index("line")["value"]
    percents = printed[printed["unit"] == "%"].set_index("line")["value"]
    assert money.drop("total").sum() == money["total"] == 2_599
    assert (100 * money / 2_599).round().equals(percents)


def test_a_reconciliation_shows_its_residual_and_forces_nothing(croydon, cuts):
    figures = reconcile.published_figures("croydon", "Table 1")
    table_1 = reconcile.beside_published(croydon, cuts, figures)
    assert table_1["line"].tolist() == [*cofog.DIVISIONS, "total"]
    assert (table_1["ours"] - table_1["published"] == table_1["difference"]).all()
    assert (table_1["scope_cuts"] + table_1["residual"] == table_1["difference"]).all()
    parts, total = table_1.iloc[:10], table_1.iloc[10]
    assert parts[MONEY].sum().tolist() == total[MONEY].tolist()


def test_where_nothing_was_published_the_reconciliation_is_empty(croydon, cuts):
    figures = reconcile.published_figures("kent", "Table 1")
    assert list(reconcile.beside_published(croydon, cuts, figures)) == ["line", "function", *MONEY]
    assert reconcile.beside_published(croydon, cuts, figures).empty
    assert reconcile.published_amounts("isles-of-scilly", croydon).empty


def test_cuts_are_the_difference_between_the_two_scopes_to_the_penny(croydon, cuts):
    narrow = estimate.first_count(places.place("croydon"), "2008-09", scope="pilot-2009")
    assert cuts["pence"].sum() == croydon["pence"].sum() - narrow["pence"].sum()


def test_every_cut_says_whether_it_is_stated_or_inferred(cuts):
    assert set(cuts["stated_or_inferred"]) == {"stated", "inferred"}


def test_a_count_outside_the_published_range_is_said_to_be(croydon):
    divisions = count.divisions(croydon)
    facts = reconcile.reasonableness(divisions)
    core = divisions["division"].isin(["07", "09", "10"])
    assert facts["core_share"] == (divisions.loc[core, "pence"].sum(), divisions["pence"].sum())
    assert facts["verdict"] == "within"
    nothing_else = divisions.assign(pence=divisions["pence"].where(core, 0))
    assert reconcile.reasonableness(nothing_else)["verdict"] == "outside"


def test_amounts_of_the_pilots_together_are_beside_those_of_the_place(croydon):
    both = reconcile.published_amounts_with_pilots(places.place("croydon"), croydon, "2008-09")
    assert set(both["of"]) == {"Croydon", "The 13 pilots"}
    assert (both["ours"] - both["published"] == both["difference"]).all()
    assert "Table 1: total" not in set(both["what"])
