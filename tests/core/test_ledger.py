"""Best evidence, each pound once: small returns against a small estimate."""

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.tables import table
from totalplace import estimate, ledger, places, reference
from totalplace.errors import InputError
from totalplace.returns.programmes import split_like_estimates

YEAR = "2008-09"
ESTIMATE = table("""
    source_row  body                     cofog  economic  area  pence
    1           council                  09.1   current   a       600
    2           council                  09.2   current   a       400
    3           council                  09.1   capital   a       100
    4           council                  10.4   current   a       300
    5           council-housing-benefit  10.6   current   a       200
    6           dwp                      10.5   current   a       900
    7           nhs                      07     current   a      1000
    8           police                   03.1   current   a       500
    9           fire                     03.2   current   a        80
    10          council-housing          06.1   capital   a        50
""").assign(
    place="x",
    year=YEAR,
    region="London",
    sub_function="s",
    department="d",
    programme="p",
    function="f",
    sector="LA",
    division="",
    driver="population",
    area_share=1.0,
    area_basis="b",
    sub_function_share=1.0,
    sub_function_basis="b",
    evidence="national estimate",
    source="cra-2010-9",
)
BLANK = dict.fromkeys(
    [
        "service",
        "payee",
        "footprint",
        "driver",
        "supersedes",
        "ring_fenced",
        "confidential",
        "note",
        "source",
        "cell",
    ],
    "",
)


def returns(text):
    """Returned lines: what is not given is a current outturn of the year, expenditure, of the place itself."""
    lines = table(text)
    usual = {
        "file": "f.csv",
        "sheet": "Return",
        "row": range(2, len(lines) + 2),
        "year": YEAR,
        "status": "outturn",
        "economic": "current",
        "flow": "expenditure",
        "cofog_share": 1.0,
        "cofog_basis": "given",
        "area_share": 1.0,
        "area_basis": "allocated",
        "age_from": pd.NA,
        "age_to": pd.NA,
        "children": pd.NA,
        **BLANK,
    }
    return lines.assign(**{name: value for name, value in usual.items() if name not in lines})


def consolidated(text):
    return ledger.consolidate(ESTIMATE, returns(text), YEAR)


def by_body(count):
    return count.ledger.groupby("body")["pence"].sum().to_dict()


def test_without_returns_the_count_is_the_estimate():
    count = ledger.consolidate(ESTIMATE, returns("body cofog pence").iloc[:0], YEAR)
    assert count.ledger["pence"].tolist() == ESTIMATE["pence"].tolist()
    assert set(count.ledger["evidence"]) == {"national estimate"}


def test_a_return_replaces_the_estimate_of_its_function_and_no_other():
    count = consolidated("body cofog pence\ncouncil 09.1 650")
    assert by_body(count) == {
        **ESTIMATE.groupby("body")["pence"].sum().to_dict(),
        "council": 650 + 400 + 100 + 300,
    }
    assert count.replaced.to_dict("records") == [
        {"body": "council", "estimate": 600, "returned": 650, "difference": 50}
    ]


def test_a_return_of_a_division_replaces_all_its_groups_and_keeps_capital_apart():
    count = consolidated("body cofog pence\ncouncil 09 900")
    assert by_body(count)["council"] == 900 + 100 + 300


def test_dwp_replaces_the_housing_benefit_that_councils_pay_for_it():
    count = consolidated("body cofog pence\ndwp 10 1000")
    assert "council-housing-benefit" not in by_body(count)
    assert by_body(count)["dwp"] == 1000


def test_a_line_can_say_itself_which_bodies_it_replaces():
    count = consolidated("body cofog pence supersedes\ndwp 10 1000 dwp")
    assert by_body(count)["council-housing-benefit"] == 200


def test_an_estimate_that_cannot_be_split_loses_what_was_returned():
    count = consolidated("body cofog pence\nnhs 07.3 700")
    assert count.ledger.query("body == 'nhs'").set_index("evidence")["pence"].to_dict() == {
        "national estimate": 300,
        "outturn": 700,
    }


def test_a_return_of_more_than_such_an_estimate_leaves_nothing_of_it():
    count = consolidated("body cofog pence\nnhs 07.3 1200")
    assert by_body(count)["nhs"] == 1200
    assert (count.ledger["pence"] >= 0).all()


def test_a_service_not_classified_counts_and_replaces_its_own_amount():
    count = consolidated("body cofog pence service\ncouncil - 150 mystery\ncouncil 09 900 schools")
    assert count.ledger.query("division == '99'")["pence"].tolist() == [150]
    assert by_body(count)["council"] == 900 + 150 + 100 + (300 - 150)


@pytest.mark.parametrize(
    ("lines", "kept", "grade"),
    [
        ("outturn 2008-09 10\nbudget 2008-09 20\noutturn 2007-08 30", 10, "outturn"),
        ("budget 2008-09 20\noutturn 2007-08 30", 20, "budget"),
        ("outturn 2007-08 30\nbudget 2007-08 40\noutturn 2009-10 50", 30, "other year"),
        ("outturn 2005-06 1\noutturn 2006-07 2\noutturn 2010-11 3", 2, "other year"),
    ],
)
def test_the_best_evidence_is_outturn_budget_year_before_then_nearest(lines, kept, grade):
    rows = "\n".join(f"fire 03.2 {line}" for line in lines.split("\n"))
    count = consolidated(f"body cofog status year pence\n{rows}")
    fire = count.ledger[count.ledger["body"] == "fire"]
    assert fire["pence"].tolist() == [kept]
    assert fire["evidence"].tolist() == [grade]
    assert (
        count.set_aside["pence"].sum()
        == returns(f"body cofog status year pence\n{rows}")["pence"].sum() - kept
    )


def test_worse_evidence_that_overlaps_with_better_is_set_aside_either_way():
    wide = consolidated(
        "body cofog status pence service\ncouncil 09 budget 900 all\ncouncil 09.1 outturn 650 primary"
    )
    narrow = consolidated(
        "body cofog status pence service\ncouncil 09 outturn 900 all\ncouncil 09.1 budget 650 primary"
    )
    assert wide.set_aside["pence"].tolist() == [900]
    assert narrow.set_aside["pence"].tolist() == [650]


def test_a_payment_to_a_body_that_returned_is_left_out_once():
    count = consolidated(
        "body cofog payee pence\ncouncil 10.4 nhs 120\ncouncil 10.4 - 200\nnhs 07 - 1100"
    )
    assert count.intra_public["pence"].tolist() == [120]
    assert by_body(count)["council"] == 200 + 600 + 400 + 100
    assert by_body(count)["nhs"] == 1100


def test_a_payment_to_a_silent_body_stays():
    count = consolidated("body cofog payee pence\ncouncil 10.4 nhs 120\ncouncil 10.4 - 200")
    assert count.intra_public.empty
    assert by_body(count)["council"] == 320 + 600 + 400 + 100


def test_both_sides_of_a_payment_are_matched_and_a_mismatch_is_listed():
    count = consolidated("""
        body     cofog  flow         payee    pence
        council  10.4   expenditure  nhs        120
        nhs      07     expenditure  -         1100
        nhs      07     income       council   -110
    """)
    assert count.transfers.to_dict("records") == [
        {"payer": "council", "payee": "nhs", "paid": 120, "received": 110, "difference": 10}
    ]
    assert count.income["pence"].tolist() == [-110]


TRAPS = [
    (1, "Revenue Support Grant", "leave out"),
    (2, "Housing benefits: rent allowances - mandatory payments", "council-housing-benefit"),
    (3, "Police services", "police"),
    (3, "Fire and rescue services", "fire"),
    (4, "Parish precepts", "leave out"),
    (5, "Internal recharges", "leave out"),
    (6, "Housing Revenue Account", "council-housing"),
    (7, "Depreciation", "leave out"),
    (8, "Contribution to reserves", "leave out"),
]


@pytest.mark.parametrize(
    ("trap", "service", "treatment"), [case for case in TRAPS if case[2] == "leave out"]
)
def test_what_is_no_spending_of_the_year_is_left_out_with_its_trap(trap, service, treatment):
    lines = returns("body cofog pence\ncouncil 01.1 70").assign(service=service)
    count = ledger.consolidate(ESTIMATE, lines, YEAR)
    assert count.left_out[["trap", "pence", "treatment"]].to_numpy().tolist() == [
        [trap, 70, treatment]
    ]
    assert count.ledger["pence"].sum() == ESTIMATE["pence"].sum()


@pytest.mark.parametrize(
    ("trap", "service", "body"), [case for case in TRAPS if case[2] != "leave out"]
)
def test_another_bodys_spending_counts_as_its_own_while_it_is_silent(trap, service, body):
    estimate_of = ESTIMATE.set_index("body").loc[body]
    lines = returns("body pence\ncouncil 70").assign(
        service=service, cofog=estimate_of["cofog"], economic=estimate_of["economic"]
    )
    count = ledger.consolidate(ESTIMATE, lines, YEAR)
    assert by_body(count)[body] == 70
    assert by_body(count)["council"] == ESTIMATE.query("body == 'council'")["pence"].sum()


@pytest.mark.parametrize(
    ("trap", "service", "body", "cofog"),
    [
        (2, "Housing benefit", "dwp", "10"),
        (3, "Police services", "police", "03.1"),
        (3, "Fire and rescue services", "fire", "03.2"),
    ],
)
def test_spending_of_another_body_is_left_out_where_that_body_has_returned(
    trap, service, body, cofog
):
    lines = returns(f"body cofog pence\ncouncil {cofog} 70\n{body} {cofog} 90")
    lines = lines.assign(service=[service, "all of it"])
    count = ledger.consolidate(ESTIMATE, lines, YEAR)
    assert count.left_out[["trap", "pence"]].to_numpy().tolist() == [[trap, 70]]


def test_trap_9_commissioning_is_counted_and_the_providers_cost_is_not():
    lines = returns("body cofog pence\nnhs 07.3 800\nnhs 07.3 790").assign(
        service=["Acute services", "NHS trust costs"]
    )
    count = ledger.consolidate(ESTIMATE, lines, YEAR)
    assert count.left_out["trap"].tolist() == [9]
    assert by_body(count)["nhs"] == 800 + (1000 - 800)


def test_trap_10_a_pooled_fund_is_counted_at_its_host_less_what_partners_pay_in():
    count = consolidated(
        "body cofog payee pence\ncouncil 10.4 - 500\nnhs 07 council 200\nnhs 07 - 900"
    )
    assert count.intra_public["pence"].tolist() == [200]
    assert by_body(count)["council"] + by_body(count)["nhs"] == 500 + 600 + 400 + 100 + 900


def test_trap_14_income_is_shown_and_never_taken_off():
    count = consolidated(
        "body cofog flow pence\ncouncil 10.4 expenditure 320\ncouncil 10.4 income -40"
    )
    assert count.income["pence"].tolist() == [-40]
    assert by_body(count)["council"] == 320 + 600 + 400 + 100


def test_a_body_that_is_not_described_is_refused():
    with pytest.raises(InputError, match=r"bodies.csv has no gossip, which returned"):
        consolidated("body cofog pence\ngossip 01 5")


def test_the_steps_from_estimate_to_count_leave_no_residual():
    count = consolidated(
        "body cofog payee pence\ncouncil 10.4 nhs 120\nnhs 07.1 - 400\ncouncil 09 - 950"
    )
    assert count.sums["step"].tolist()[0] == "national estimate"
    assert (
        count.sums["pence"].iloc[:-1].sum()
        == count.sums["pence"].iloc[-1]
        == count.ledger["pence"].sum()
    )


BODIES = ["council", "nhs", "police", "dwp", "fire"]
LINE = st.fixed_dictionaries(
    {
        "body": st.sampled_from(BODIES),
        "cofog": st.sampled_from(["09", "09.1", "10.4", "10.6", "07", "07.3", "03.1", ""]),
        "economic": st.sampled_from(["current", "capital"]),
        "status": st.sampled_from(["outturn", "budget"]),
        "year": st.sampled_from([YEAR, "2007-08", "2009-10"]),
        "flow": st.sampled_from(["expenditure", "expenditure", "expenditure", "income"]),
        "payee": st.sampled_from(["", "", "nhs", "council", "somebody else"]),
        "service": st.sampled_from(
            ["schools", "Parish precepts", "Police services", "Housing benefit", "care"]
        ),
        "pence": st.integers(0, 10**12),
    }
)


@settings(max_examples=60, deadline=None)
@given(st.lists(LINE, min_size=1, max_size=12), st.randoms())
def test_nothing_is_lost_and_the_order_of_files_and_rows_never_matters(lines, random):
    rows = pd.DataFrame(
        [
            {**line, "row": number, "file": f"{number % 3}.csv"}
            for number, line in enumerate(lines, start=2)
        ]
    )
    usual = returns("body cofog pence\n" + "x 01 1\n" * len(lines))
    frame = usual.assign(**{column: rows[column] for column in rows})
    frame["pence"] = frame["pence"].where(frame["flow"] != "income", -frame["pence"])
    count = ledger.consolidate(ESTIMATE, frame, YEAR)
    spending = frame.loc[frame["flow"] != "income", "pence"].sum()
    out = sum(part["pence"].sum() for part in (count.left_out, count.set_aside, count.intra_public))
    superseded = -count.sums.set_index("step")["pence"]["replaced by returns"]
    assert count.ledger["pence"].sum() == ESTIMATE["pence"].sum() - superseded + spending - out
    shuffled = frame.sample(frac=1, random_state=random.randrange(2**32))
    again = ledger.consolidate(ESTIMATE, shuffled, YEAR)
    pd.testing.assert_frame_equal(again.ledger, count.ledger)
    pd.testing.assert_frame_equal(again.sums, count.sums)


def test_an_unclassified_return_adds_only_what_it_exceeds_its_estimate_by():
    croydon = estimate.first_count(places.place("croydon"), YEAR)
    lines = returns("body cofog pence service\ncouncil - 100000000 mystery")
    count = ledger.consolidate(croydon, lines, YEAR)
    assert count.ledger["pence"].sum() == croydon["pence"].sum()


def test_every_treatment_of_another_body_names_a_body():
    treatments, bodies = reference.read("treatments"), set(reference.read("bodies")["body"])
    of_another = treatments["treatment"] == "of another body"
    assert set(treatments.loc[of_another, "of_body"]) <= bodies
    assert set(treatments["treatment"]) == {"leave out", "of another body"}


def test_a_returned_sum_is_split_like_its_estimates_to_the_penny():
    count = consolidated("body cofog pence service\ndwp 10 1001 benefits")
    parted = split_like_estimates(count.ledger, ESTIMATE)
    dwp = parted[parted["file"] == "f.csv"].set_index("body")["pence"]
    assert dwp.to_dict() == {"council-housing-benefit": 182, "dwp": 819}
    assert parted["pence"].sum() == count.ledger["pence"].sum()
    assert "returned" not in set(parted["programme"])


def test_a_returned_body_that_no_national_line_is_like_is_refused():
    count = consolidated("body cofog pence\ndwp 10 1001")
    with pytest.raises(InputError, match=r"returned by dwp: no national lines to split it like"):
        split_like_estimates(
            count.ledger, ESTIMATE.query("body not in ['dwp', 'council-housing-benefit']")
        )
