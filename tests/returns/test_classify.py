"""Services to COFOG: shares that an accountant can check, and suggestions that decide nothing."""

import functools

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from totalplace import reference
from totalplace.returns.classify import Functions, classify, service_name, suggested_groups

COLUMNS = ["body", "service", "cofog", "economic", "pence"]


def lines(*rows):
    return pd.DataFrame(rows, columns=COLUMNS).astype({"pence": "int64"})


@pytest.mark.parametrize(
    ("body", "service", "economic", "codes"),
    [
        ("council", "Education services", "current", ["09.1", "09.2", "09.6"]),
        ("council", "Education (line 6)", "capital", ["09.1", "09.2", "09.3", "09.6"]),
        ("council", "PSS (line 7)", "capital", ["10.1", "10.2", "10.4"]),
        ("council", "HIGHWAYS & transport services", "current", ["04.5", "06.4"]),
        ("nhs", "Health visiting", "current", ["07.4"]),
        ("nhs", "Cancers and tumours", "current", ["07"]),
        ("police", "Neighbourhood policing", "current", ["03.1"]),
        ("fire", "Community fire safety", "current", ["03.2"]),
        ("dwp", "Disability living allowance", "current", ["10.1"]),
        ("learning-and-skills-council", "Further education", "current", ["09.2"]),
    ],
)
def test_services_are_shared_over_their_groups(body, service, economic, codes):
    parts = classify(lines([body, service, "", economic, 100_000]), Functions({}))
    assert parts["cofog"].tolist() == codes
    assert parts["pence"].sum() == 100_000
    assert parts["cofog_basis"].str.startswith("functions.csv: ").all()


def test_the_code_that_a_return_gives_comes_first_and_then_the_mapping():
    mapping = {("council", "libraries"): {"cofog": "08.3"}}
    parts = classify(
        lines(
            ["council", "Libraries", "09.5", "current", 5],
            ["council", "Libraries", "", "current", 7],
        ),
        Functions(mapping),
    )
    assert parts["cofog"].tolist() == ["09.5", "08.3"]
    assert parts["cofog_basis"].tolist() == ["given in the return", "confirmed in mapping.csv"]


def test_a_service_of_one_sector_is_not_known_to_another():
    parts = classify(lines(["dwp", "Libraries", "", "current", 7]), Functions({}))
    assert parts[["cofog", "cofog_basis", "pence"]].iloc[0].tolist() == ["", "not classified", 7]


SERVICES = [
    "Education services",
    "Social care",
    "Libraries",
    "Nonsense",
    "Other",
    "Central services",
]
ROW = st.tuples(
    st.just("council"),
    st.sampled_from(SERVICES),
    st.sampled_from(["", "09", "10.4"]),
    st.sampled_from(["current", "capital"]),
    st.integers(-(10**12), 10**12),
)


FUNCTIONS = functools.cache(lambda: Functions({}))


@settings(deadline=None)
@given(st.lists(ROW, min_size=1, max_size=20))
def test_no_penny_is_lost_in_classifying(rows):
    table = lines(*rows).assign(line=range(len(rows)))
    parts = classify(table, FUNCTIONS())
    assert parts.groupby("line")["pence"].sum().tolist() == table["pence"].tolist()


def test_shares_like_englands_councils_are_those_of_the_national_figures():
    functions = reference.read("functions")
    follow = functions[functions["basis"].str.startswith("England's councils 2008-09, ")]
    assert len(follow) > 30
    spend = reference.read("national_spend", "2008-09").query("body == 'council'")
    for (_, service, basis), rows in follow.groupby(["sector", "service", "basis"]):
        economic, _, which = basis.removeprefix("England's councils 2008-09, ").partition(": ")
        total = _pattern(spend[spend["economic"] == economic], which)
        assert rows["cofog"].tolist() == total.index.tolist(), service
        assert (rows.set_index("cofog")["share"] - total / total.sum()).abs().max() < 1e-9, service


def _pattern(spend, which):
    """England's councils' pence by group: of the codes named, or of personal social services."""
    if which.startswith("personal social services"):
        spend = spend[spend["sub_function"].str.contains("personal social services")]
        spend = spend[spend["cofog"] != "10.4"] if which.endswith("but 10.4") else spend
    else:
        codes = tuple(which.split())
        spend = spend[[code.startswith(codes) for code in spend["cofog"]]]
    total = spend.groupby("cofog")["pence"].sum()
    return total[total > 0]


def test_every_row_says_that_the_mapping_is_ours_and_what_it_rests_on():
    functions = reference.read("functions")
    assert functions["source"].str.contains("our own mapping: CIPFA's is not published").all()
    assert set(functions["cofog"]) <= set(reference.read("cofog")["cofog"])
    assert (functions["cofog"].str.len() <= 4).all()
    assert set(functions["sector"]) <= set(reference.read("bodies")["sector"])


def test_a_service_is_one_whatever_its_punctuation():
    functions = reference.read("functions")
    names = functions.drop_duplicates(["sector", "service", "economic"])
    assert (
        not names.assign(name=names["service"].map(service_name))
        .duplicated(["sector", "name", "economic"])
        .any()
    )


def test_suggestions_name_the_words_that_suggest_them():
    vans, several = "Mobile library vans", "school health police housing road waste"
    found = suggested_groups([vans, "Zzyzx", several])
    assert found[vans].split("; ")[0] == "08.2 Cultural services (library)"
    assert found["Zzyzx"] == "none that its words suggest"
    assert len(found[several].split("; ")) == 3


def test_what_the_count_leaves_out_needs_no_code():
    parts = classify(lines(["council", "Depreciation", "", "current", 7]), Functions({}))
    assert parts[["cofog", "cofog_basis", "pence"]].iloc[0].tolist() == [
        "",
        "needs none: left out by treatments.csv",
        7,
    ]
