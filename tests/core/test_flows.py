import pandas as pd
import pytest

from tests.tables import table
from totalplace import control, count, deep_dive, estimate, flows, places, reference
from totalplace.errors import InputError

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


def test_every_profile_has_all_nine_ages_with_bounds_in_order():
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
    assert lead["pence"].tolist() == totals.max(axis=1).tolist()
    assert lead["age_total"].tolist() == totals.sum(axis=1).tolist()


LEAD = table("""
    age  age_label  payer     pence
    0    Age_0      Health    5
    0    Age_0      Councils  3
    1    Age_1      Health    4
    1    Age_1      Councils  4
    2    Age_2      Health    0
    2    Age_2      Councils  0
""")


def test_payers_that_are_equal_lead_together_and_of_nothing_nobody_does():
    lead = flows.leading_payers(LEAD)
    assert lead["payer"].tolist() == ["Health", "Councils and Health", "Nobody"]
    assert lead["age_total"].tolist() == [8, 8, 0]


@pytest.mark.parametrize(
    ("payers", "words"),
    [
        (["A", "B", "B"], "A at first, B from age 1"),
        (["A", "B", "A"], "A at first, B from age 1, A from age 2"),
        (["A", "A", "A"], "A at every age"),
        (["A"], "A at every age"),
        ([], "nobody"),
    ],
)
def test_the_handover_names_who_leads_first_and_each_change(payers, words):
    labels = ["Age 0", "Age 1", "Age 2"][: len(payers)]
    assert flows.handover(pd.DataFrame({"payer": payers, "age_label": labels})) == words


def test_before_and_after_three_add_to_the_flow(flow):
    table = flows.before_and_after_three(flow)
    assert list(table) == ["payer", "before the third birthday", "after it"]
    early = flow.loc[flow["age"] < 3, "pence"].sum()
    assert table["before the third birthday"].sum() == early
    assert table["after it"].sum() == flow["pence"].sum() - early
    assert flows.before_and_after_three(flow[flow["age"] < 3])["after it"].sum() == 0


def test_weights_handed_in_are_merged_by_profile_and_age(dive, here):
    ages = reference.read("ages")
    shuffled = ages[::-1][["weight", "age", "profile"]]
    assert flows.age_shares(here, shuffled).equals(flows.age_shares(here))
    doubled = ages.assign(weight=ages["weight"].where(ages["age"] != 3, 2 * ages["weight"]))
    more = flows.by_age(dive, here, weights=doubled)
    assert more["pence"].sum() == dive["pence"].sum()
    at_three = more["age"] == 3
    assert (
        more.loc[at_three, "pence"].sum()
        > flows.by_age(dive, here).query("age == 3")["pence"].sum()
    )


@pytest.mark.parametrize("spoil", ["a row less", "another profile"])
def test_weights_with_other_rows_than_the_table_are_refused(here, spoil):
    ages = reference.read("ages")
    wrong = ages.tail(-1) if spoil == "a row less" else ages.replace({"profile": {"play": "work"}})
    with pytest.raises(InputError, match=r"weights must have one row for each profile and age"):
        flows.age_shares(here, wrong)


def test_the_facts_of_a_flow_are_those_of_its_tables(flow, here):
    facts = flows.headlines(flow, here)
    total = flow["pence"].sum()
    assert facts["payers"].to_dict() == flow.groupby("payer")["pence"].sum().to_dict()
    three = flows.before_and_after_three(flow)
    assert facts["early_share"] == (three["before the third birthday"].sum(), total)
    assert facts["early_payer_share"][0] == three["before the third birthday"].max()
    assert facts["late_payer_share"] == (three["after it"].max(), three["after it"].sum())
    assert facts["per_child"].idxmax() == "at age 0"
    assert "in pregnancy" in facts["per_child"].index
    assert facts["financing"].sum() == flows.financing(here)["pence"].sum()


def test_what_it_rests_on_is_the_weaker_of_the_two_bases_and_adds(flow):
    resting = flows.by_basis(flow)
    assert resting["pence"].sum() == flow["pence"].sum()
    assumed = (flow["theme_basis"] == "assumption") | (flow["age_basis"] == "assumption")
    assert resting.set_index("basis")["pence"]["assumption"] == flow.loc[assumed, "pence"].sum()


def test_what_finances_the_councils_is_what_they_spend(here):
    financing = flows.financing(here).set_index("financed_by")["pence"]
    assert financing.sum() == 87_040_300_000
    assert financing["council tax"] == 14_552_500_000


@pytest.mark.parametrize(
    ("payers", "fault"),
    [
        ([], "a DataFrame is needed, not list"),
        (pd.DataFrame({"body": ["nsh"], "payer": ["Health"]}), "no body 'nsh'"),
        (pd.DataFrame({"body": ["nhs"], "payer": [""]}), "payer is blank"),
        (pd.DataFrame({"body": ["nhs", "nhs"], "payer": ["A", "B"]}), "'nhs' has two payers"),
        (pd.DataFrame({"body": ["nhs"]}), "no column payer"),
    ],
)
def test_payers_that_cannot_be_used_are_refused(payers, fault):
    with pytest.raises(InputError, match=fault):
        flows.with_payer(pd.DataFrame({"body": ["nhs"], "pence": [1]}), payers)


def test_weights_that_are_no_numbers_are_refused(here):
    words = reference.read("ages").assign(weight="much")
    with pytest.raises(InputError, match="weights: weight is not a number in rows 0, 1"):
        flows.age_shares(here, words)
    with pytest.raises(InputError, match="weights: a DataFrame is needed, not Series"):
        flows.age_shares(here, words["age"])
