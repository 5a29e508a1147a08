import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.tables import table
from totalplace.apportion import apportion, check_shares, match, with_rule_columns
from totalplace.errors import InputError

SPEND = table("""
    line  region  pence
    1     North     100
    2     South      50
    3     North     -10
""")
SHARES = table("""
    region  area  share  basis
    North   b     0.25   population
    North   a     0.75   population
    South   c     1      population
""")


def test_each_row_becomes_its_children_in_order_with_their_working():
    expected = table("""
        line  region  pence  area  area_basis
        1     North      75  a     population
        1     North      25  b     population
        2     South      50  c     population
        3     North      -7  a     population
        3     North      -3  b     population
    """)
    children = apportion(SPEND, SHARES, "area")
    pd.testing.assert_frame_equal(
        children.drop(columns="area_share"), expected[list(children.drop(columns="area_share"))]
    )
    assert children["area_share"].tolist() == [0.75, 0.25, 1.0, 0.75, 0.25]


PARTS = table("""
    region  tier       stage       share  basis
    North   universal  prevention  0.25   published
    North   universal  crisis      0.25   published
    North   out        -           0.5    rest
    South   out        -           1      rest
""")


def test_several_columns_name_a_category_together():
    children = apportion(SPEND, PARTS, ["tier", "stage"], name="theme")
    assert children[["region", "tier", "stage", "pence"]].to_numpy().tolist() == [
        ["North", "out", "", 50],
        ["North", "universal", "crisis", 25],
        ["North", "universal", "prevention", 25],
        ["South", "out", "", 50],
        ["North", "out", "", -5],
        ["North", "universal", "crisis", -2],
        ["North", "universal", "prevention", -3],
    ]
    assert children["theme_share"].tolist() == [0.5, 0.25, 0.25, 1.0, 0.5, 0.25, 0.25]
    assert children["theme_basis"].tolist()[:2] == ["rest", "published"]


def test_several_columns_need_a_name_for_what_they_are_together():
    with pytest.raises(InputError, match="shares by tier, stage: give what they are together"):
        apportion(SPEND, PARTS, ["tier", "stage"])


def test_a_category_of_several_columns_twice_is_refused():
    twice = PARTS.assign(stage=["crisis", "crisis", "", ""])
    with pytest.raises(InputError, match="same category twice for North / universal / crisis"):
        apportion(SPEND, twice, ["tier", "stage"], name="theme")


def test_the_first_of_several_columns_is_never_blank():
    with pytest.raises(InputError, match="shares by tier, stage: tier is blank in rows"):
        apportion(SPEND, PARTS.assign(tier=["", "x", "y", "z"]), ["tier", "stage"], name="theme")


@st.composite
def ledgers(draw):
    """A ledger and its shares: several keys, each with 1 to 400 categories; amounts of either sign."""
    sizes = draw(st.lists(st.integers(1, 400), min_size=1, max_size=6))
    seed = draw(st.integers(0, 2**32 - 1))
    random = np.random.default_rng(seed)
    shares = pd.concat(
        pd.DataFrame(
            {
                "key": f"k{number}",
                "area": [f"a{place:03}" for place in range(size)],
                "share": _shares(random, size),
            }
        )
        for number, size in enumerate(sizes)
    ).assign(basis="made")
    amounts = draw(st.lists(st.integers(-(10**11), 10**11), min_size=1, max_size=20))
    keys = [f"k{random.integers(len(sizes))}" for _ in amounts]
    return pd.DataFrame({"line": range(len(amounts)), "key": keys, "pence": amounts}), shares


def _shares(random, size):
    weights = random.random(size) + 1e-6
    return weights / weights.sum()


@settings(deadline=None)
@given(ledgers())
def test_children_add_to_their_parent_whatever_amounts_and_order(case):
    spend, shares = case
    children = apportion(spend, shares, "area")
    assert children.groupby("line")["pence"].sum().tolist() == spend["pence"].tolist()
    shuffled = apportion(
        spend.sample(frac=1, random_state=1), shares.sample(frac=1, random_state=2), "area"
    )
    order = ["line", "area"]
    assert (
        shuffled.sort_values(order)["pence"].tolist()
        == children.sort_values(order)["pence"].tolist()
    )


@settings(deadline=None)
@given(ledgers())
def test_a_category_in_two_columns_gets_what_it_gets_in_one(case):
    spend, shares = case
    in_two = shares.assign(first=shares["area"].str[:2], second=shares["area"].str[2:])
    in_one = apportion(spend, shares, "area", name="part")
    split = apportion(spend, in_two.drop(columns="area"), ["first", "second"], name="part")
    assert (split["first"] + split["second"]).tolist() == in_one["area"].tolist()
    columns = ["line", "pence", "part_share", "part_basis"]
    pd.testing.assert_frame_equal(split[columns], in_one[columns])


def test_a_key_with_no_share_is_refused_with_its_rows():
    lost = pd.concat([SPEND, table("line region pence\n4 West 7\n5 West 8")], ignore_index=True)
    with pytest.raises(InputError, match=r"rows 3, 4: no share by area for {'region': 'West'}"):
        apportion(lost, SHARES, "area")


def test_shares_that_do_not_add_to_one_are_refused_with_their_keys():
    wrong = SHARES.assign(share=[0.25, 0.74, 1.0])
    with pytest.raises(InputError, match=r"they must add to one, but North: 0\.99"):
        apportion(SPEND, wrong, "area")


def test_a_category_twice_is_refused():
    twice = table("region area share basis\nNorth a 0.5 x\nNorth a 0.5 x\nSouth c 1 x")
    with pytest.raises(InputError, match="the same category twice for North / a"):
        apportion(SPEND, twice, "area")


def test_a_share_below_nothing_or_above_one_is_refused():
    with pytest.raises(InputError, match=r"not between 0 and 1 for North / a, North / b"):
        apportion(SPEND, SHARES.assign(share=[-0.25, 1.25, 1.0]), "area")


def test_a_blank_key_is_refused_because_it_would_lose_its_money():
    with pytest.raises(
        InputError,
        match=r"spend: region is blank in rows 1. Fill it in; a blank key would lose its money",
    ):
        apportion(SPEND.assign(region=["North", " ", "North"]), SHARES, "area")


def test_a_fractional_penny_is_refused_with_its_rows():
    with pytest.raises(InputError, match=r"rows 1: pence must be whole \(int64\)"):
        apportion(SPEND.assign(pence=[100.0, 50.5, -10.0]), SHARES, "area")


def test_all_faults_of_a_table_of_shares_are_told_at_once():
    wrong = table("region area share basis\nNorth a 0.5 x\nNorth a 0.4 x\nSouth c 2 x")
    with pytest.raises(InputError) as fault:
        check_shares(wrong, "area")
    assert str(fault.value).count("\n") == 2


def test_spend_is_not_shared_twice_by_the_same_thing():
    with pytest.raises(InputError, match="it was shared out by it before"):
        apportion(apportion(SPEND, SHARES, "area"), SHARES, "area")


ROWS = table("""
    body     sector  cofog  programme  economic
    council  LA      09.1   99999      current
    council  LA      10.6   99999      capital
    dwp      CG      10.6   P37        current
""")
RULES = table("""
    body     sector  cofog  programme  economic  driver
    -        -       -      -          -         population
    council  -       -      -          -         revenue_total
    council  -       09     -          -         revenue_education
    council  -       09.1   -          -         revenue_schools
    -        -       10.6   P37        -         rents
""")


def test_the_most_specific_rule_wins_and_a_longer_cofog_is_more_specific():
    assert with_rule_columns(ROWS, RULES, ["driver"])["driver"].tolist() == [
        "revenue_schools",
        "revenue_total",
        "rents",
    ]


def test_two_rules_equally_specific_are_an_error_that_names_the_line():
    tie = pd.concat(
        [RULES, table("body sector cofog programme economic driver\n- LA - - - other")],
        ignore_index=True,
    )
    with pytest.raises(InputError, match=r"two rules are equally specific for .*'cofog': '10.6'"):
        match(tie.drop(columns="driver"), ROWS)


def test_a_line_with_no_rule_is_an_error_that_names_it():
    with pytest.raises(InputError, match=r"no rule for .*'body': 'dwp'"):
        match(RULES.drop(columns="driver").iloc[1:4], ROWS)


def test_many_kinds_with_no_rule_are_one_line_that_names_the_largest():
    rows = pd.DataFrame({"body": [f"b{number}" for number in range(843)], "cofog": "09"})
    rules = table("body cofog driver\nb0 - population")
    with pytest.raises(InputError) as fault:
        with_rule_columns(rows.assign(pence=range(843)), rules, ["driver"], "driver_rules.csv")
    assert str(fault.value).count("\n") == 0
    assert str(fault.value).startswith(
        "driver_rules.csv: no rule for 842 kinds of line, the largest"
    )
    assert "'b842'" in str(fault.value)
    assert "One row with body, cofog blank would take all" in str(fault.value)


def test_with_no_rules_at_all_the_message_is_one_line():
    with pytest.raises(InputError, match=r"no rule for .*\'dwp\'"):
        match(RULES.drop(columns="driver").iloc[:0], ROWS.iloc[2:])


def test_a_cofog_cell_agrees_by_parts_not_by_letters():
    rows = table("cofog\n10\n10.1\n01.1")
    rules = table("cofog driver\n10.1 a\n10 b\n01 c")
    assert with_rule_columns(rows, rules, ["driver"])["driver"].tolist() == ["b", "a", "c"]


def test_an_empty_ledger_stays_empty():
    assert apportion(SPEND.iloc[:0], SHARES, "area").empty
