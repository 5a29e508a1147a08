import pytest

from totalplace import control, count, deep_dive, estimate, findings, flows, places, reference

YEAR = "2008-09"


@pytest.fixture(scope="module")
def here():
    return places.place("croydon")


@pytest.fixture(scope="module")
def dive(here):
    ledger = control.with_control_flags(count.with_body_names(estimate.first_count(here, YEAR)))
    return deep_dive.in_theme(
        deep_dive.apportion_to_theme(ledger, deep_dive.theme_rules("children-0-7"))
    )


@pytest.fixture(scope="module")
def flow(dive, here):
    return flows.with_payer(flows.by_age(dive, here))


LINE = ["source_row", "sub_function", "area", "tier", "recipient", "stage"]


def test_the_ages_add_to_the_childrens_theme_line_by_line(dive, flow):
    assert flow.groupby(LINE)["pence"].sum().equals(dive.groupby(LINE)["pence"].sum())


def test_each_row_is_its_amount_times_its_shares_within_a_penny(dive, flow):
    amount = flow[LINE].merge(dive[[*LINE, "pence"]], on=LINE, validate="m:1")["pence"]
    assert ((flow["pence"] - amount * flow["age_share"]).abs() < 1.001).all()


def test_every_profile_has_all_nine_ages_each_with_low_central_and_high_in_order():
    ages = reference.read("ages")
    assert (ages.groupby("profile").size() == 9).all()
    assert ((ages["low"] <= ages["weight"]) & (ages["weight"] <= ages["high"])).all()
    assert set(ages["basis"]) <= {"published", "worked out", "assumption"}


def test_every_profile_is_used_and_every_rule_has_one():
    assert set(reference.read("age_rules")["profile"]) == set(reference.read("ages")["profile"])


def test_a_place_with_no_child_of_an_age_gets_no_spending_at_that_age(dive, here, monkeypatch):
    nobody = flows.children_by_age(here).assign(
        children=lambda ages: ages["children"].where(ages["age"] != 3, 0)
    )
    monkeypatch.setattr(flows, "children_by_age", lambda place: nobody)
    spread = flows.by_age(dive, here)
    assert (spread.loc[spread["age"] == 3, "pence"] == 0).all()
    assert spread["pence"].sum() == dive["pence"].sum()


def test_a_place_gets_spending_by_its_own_children(dive, here, monkeypatch):
    shares = flows.age_shares(here).query("profile == 'equal_0_7'").set_index("age")["share"]
    children = flows.children_by_age(here).set_index("age")["children"]
    assert shares[5] / shares[1] == pytest.approx(children[5] / children[1])


def test_the_flow_chart_balances_at_every_node(flow):
    edges = flows.flow_edges(flow)
    for step in (0, 1):
        into = edges[edges["step"] == step].groupby("target")["pence"].sum()
        out = edges[edges["step"] == step + 1].groupby("source")["pence"].sum()
        assert into.to_dict() == out.to_dict()
    assert (edges.groupby("step")["pence"].sum() == flow["pence"].sum()).all()


def test_the_leading_payer_is_the_largest_at_each_age(flow):
    lead = flows.leading_payers(flow)
    totals = flow.groupby(["age", "payer"])["pence"].sum().unstack()
    assert lead["payer"].tolist() == totals.idxmax(axis=1).tolist()
    assert lead["whole"].tolist() == totals.sum(axis=1).tolist()
    assert not lead["changed"].iloc[0]


def test_what_it_rests_on_is_the_weaker_of_the_two_bases_and_adds(flow):
    resting = flows.by_basis(flow)
    assert resting["pence"].sum() == flow["pence"].sum()
    assumed = (flow["theme_basis"] == "assumption") | (flow["age_basis"] == "assumption")
    assert resting.set_index("basis")["pence"]["assumption"] == flow.loc[assumed, "pence"].sum()


def test_what_finances_the_councils_is_what_they_spend(here):
    financing = flows.financing(here).set_index("kind")["pence"]
    assert financing.sum() == 87_040_300_000
    assert financing["council tax"] == 14_552_500_000


def test_a_finding_agrees_only_where_it_does_at_every_value_of_the_range():
    finding = {"printed": "p", "at_least": 50.0, "at_most": 100.0, "test": "t", "decide": "d"}
    row = lambda low, high: type("Row", (), {**finding, "low": low, "high": high})  # noqa: E731
    assert findings._verdict(row(0.5, 0.9)) == "agrees"
    assert findings._verdict(row(0.2, 0.4)) == "differs"
    assert findings._verdict(row(0.4, 0.9)) == "cannot tell"


def test_leaning_one_way_and_the_other_holds_the_central_value_between(here, dive):
    ledger = control.with_control_flags(count.with_body_names(estimate.first_count(here, YEAR)))
    rules = deep_dive.theme_rules("children-0-7")
    lines = findings.lines(ledger, rules)
    tests = [
        findings.of_parts(lines, rules, "tier", "universal"),
        findings.of_payer(lines, rules, here, "Health", findings.EARLY),
    ]
    for measured in tests:
        assert (
            (measured["low"] <= measured["central"]) & (measured["central"] <= measured["high"])
        ).all()
        assert measured["base"].tolist() == ["services", "services and benefits"]
