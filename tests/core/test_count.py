import pandas as pd
import pytest

from tests.tables import table
from totalplace import cofog, count, estimate, ledger, places, reference
from totalplace.errors import InputError

LEDGER = table("""
    body     division  cofog   pence
    dwp      10        10.5      300
    council  10        10.4      200
    council  09        09.1      100
    nhs      07        07        400
""")
SPENT = table("""
    spender  division  pence
    Councils 01        1
    Councils 09        3
    NHS      07        9
    DWP      10        2
    DWP      09        2
""").assign(body="any")


def test_a_count_adds_up_by_what_is_asked():
    expected = table("body pence\ncouncil 300\ndwp 300\nnhs 400")
    pd.testing.assert_frame_equal(count.total_by(LEDGER, "body"), expected)


def test_a_count_ranked_is_the_count_largest_first():
    expected = table("body pence\nnhs 400\ncouncil 300\ndwp 300")
    pd.testing.assert_frame_equal(count.ranked_by(LEDGER, "body"), expected)


def test_a_blank_in_what_is_counted_by_is_refused_for_it_would_lose_money():
    with pytest.raises(InputError, match=r"the ledger: body is blank in rows 1"):
        count.total_by(LEDGER.assign(body=["dwp", "", "council", "nhs"]), "body")


def test_all_ten_divisions_are_shown_even_those_with_nothing():
    divisions = count.divisions(LEDGER)
    assert divisions["division"].tolist() == list(cofog.DIVISIONS)
    assert divisions["function"].tolist() == list(cofog.DIVISIONS.values())
    assert divisions.set_index("division")["pence"]["02"] == 0
    assert divisions["pence"].sum() == LEDGER["pence"].sum()


def test_lines_known_by_division_alone_are_not_given_a_group():
    groups = count.groups(LEDGER).set_index("group")["function"]
    assert groups["07"] == "Health: not divided into groups"
    assert groups["10.5"] == "Unemployment"


def test_a_cross_table_keeps_every_penny():
    crossed = count.cross_table(LEDGER, "body", "division")
    assert crossed.set_index("body").loc["council"].to_dict() == {"07": 0, "09": 100, "10": 200}
    assert crossed[["07", "09", "10"]].to_numpy().sum() == LEDGER["pence"].sum()


def test_a_body_that_is_not_described_is_refused():
    with pytest.raises(InputError, match=r"bodies.csv has no gossip. Add a row"):
        count.with_body_names(LEDGER.assign(body="gossip"))


def test_who_spends_on_most_functions_is_named_with_its_equals():
    assert count.widest_spenders(SPENT) == {
        "widest": ["Councils", "DWP"],
        "reach": 2,
    }
    every = pd.DataFrame({"spender": "Councils", "division": list(cofog.DIVISIONS), "pence": 1})
    one = count.widest_spenders(pd.concat([SPENT, every.assign(body="any")]))
    assert one == {"widest": ["Councils"], "reach": 10}


def test_what_is_not_classified_or_withheld_is_not_one_of_the_functions():
    beside = SPENT.assign(division=["01", ledger.NOT_CLASSIFIED, "07", "10", "10"])
    assert count.widest_spenders(beside)["reach"] == 1
    assert count.widest_spenders(SPENT.assign(body=ledger.WITHHELD))["widest"] == []


@pytest.mark.parametrize(
    ("differences", "facts"),
    [
        ([-5, 2], {"direction": "lower", "moved": 3}),
        ([5, -2], {"direction": "raise", "moved": 3}),
        ([], {"direction": "raise", "moved": 0}),
    ],
)
def test_drivers_raise_or_lower_the_estimate_by_an_amount_without_a_sign(differences, facts):
    assert count.sensitivity_facts(pd.DataFrame({"difference": differences})) == facts


def test_the_facts_of_a_count_are_those_of_its_tables():
    spent = count.with_body_names(estimate.first_count(places.place("kent"), "2008-09"))
    facts = count.headlines(spent, 1_000)
    total = spent["pence"].sum()
    divisions = count.divisions(spent).sort_values("pence", ascending=False)
    assert facts["total"] == total
    assert list(facts["functions"].index) == divisions["function"].head(3).str.lower().tolist()
    assert facts["function_share"] == (divisions["pence"].max(), total)
    assert facts["three_share"] == (divisions["pence"].head(3).sum(), total)
    assert facts["bodies"] == spent["spender"].nunique()
    assert facts["spenders"].equals(count.pence_by(spent, "spender").head(3))
    assert facts["estimated_share"] == (total, total)
    assert facts["per_head"] == (total, 1_000)


def test_driver_rules_handed_in_are_those_that_are_told():
    national = estimate.first_count(places.place("croydon"), "2008-09")
    rules = reference.read("driver_rules").tail(1).assign(reason="ours")
    blank = dict.fromkeys(set(rules) - {"driver", "driver_year", "reason"}, "")
    used = count.driver_rules_used(national, rules.assign(**blank))
    assert used["pence"].tolist() == [national["pence"].sum()]
    assert used["reason"].tolist() == ["ours"]
    assert used["spending"].tolist() == ["Anyone: everything else"]
