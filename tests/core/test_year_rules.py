"""Who spends each line of every year, who decides on it, and what shares it out."""

import functools

import pandas as pd
import pytest

from tests.tables import table
from totalplace import apportion, reference
from totalplace.errors import InputError
from totalplace.reference_build import cra_years, spans, year_rules

YEARS = reference.read("year_editions")["year"].tolist()
FIRST, NEWEST = YEARS[0], YEARS[-1]
KEYS = {
    name: spans.rule_keys(reference.read(name).drop(columns=columns))
    for name, columns in year_rules.ADDED.items()
}
NHS = [
    "S0331007",
    "S0333001",
    "S0333002",
    "S0334001",
    "S0334002",
    "S0334003",
]  # trusts and who pays them
MOVED = {  # programmes of 2008-09 with the body that they are of in later years too
    "P07 S500008": "network-rail",
    "P25 S102034": "construction-industry-training-board",
}
LARGE = 0.95  # of a year's money, so far as its segments have driver rules of their own

lines_of = functools.cache(
    year_rules.ruled_lines
)  # worked out once for all tests: not to be changed


def rules_met(name):
    """The rules of a table that the lines of each year meet: year, rule."""
    met = [pd.DataFrame({"rule": lines_of(year)[name].unique(), "year": year}) for year in YEARS]
    return pd.concat(met, ignore_index=True)


def pence_by(column, year):
    return lines_of(year).groupby(column)["pence"].sum()


@pytest.mark.parametrize("year", YEARS)
def test_every_line_has_one_body_control_verdict_and_driver(year):
    lines, before = lines_of(year), cra_years.read_year(year)
    added = [column for columns in year_rules.ADDED.values() for column in columns]
    filled = [column for column in added if column != "council_split"]
    pd.testing.assert_frame_equal(lines[list(before)], before)
    assert not (lines[[*filled, "body_name"]].isna() | (lines[filled] == "")).any().any()
    assert set(lines["body"]) <= set(reference.read("year_bodies")["body"])
    assert set(lines["driver"]) <= set(reference.read("year_drivers")["driver"])
    assert set(lines["verdict"]) <= {year_rules.LOCAL, year_rules.NOT_LOCAL}


@pytest.mark.parametrize("name", [*year_rules.ADDED, "year_body_names"])
def test_no_two_rows_of_equal_keys_hold_in_one_year(name):
    keys = KEYS.get(name, ["body"])
    spans.check_spans(reference.read(name), keys, name)


@pytest.mark.parametrize("name", year_rules.ADDED)
def test_every_rule_is_met_in_its_first_year_and_in_its_last(name):
    met = rules_met(name).groupby("rule")["year"].agg(["min", "max"])
    rules = reference.read(name)
    assert sorted(met.index) == rules.index.tolist()
    assert rules["from"].tolist() == met["min"].tolist()
    assert rules["to"].replace("", NEWEST).tolist() == met["max"].tolist()


def test_bodies_and_drivers_are_those_that_rules_name():
    assert set(reference.read("year_bodies")["body"]) == set(
        reference.read("year_body_rules")["body"]
    )
    assert set(reference.read("year_bodies")["body"]) == set(
        reference.read("year_body_names")["body"]
    )
    named = set(reference.read("year_driver_rules")["driver"])
    assert set(reference.read("year_drivers")["driver"]) == named


@pytest.mark.parametrize("name", [*year_rules.ADDED, "year_drivers"])
def test_rules_say_why_in_words(name):
    rules = reference.read(name)
    column = "reason" if "reason" in rules else "weakness"
    assert rules[column].str.len().min() > 5
    assert rules["source"].str.len().min() > 4


def test_a_driver_is_held_where_its_figures_are_in_the_project():
    drivers = reference.read("year_drivers").set_index("driver")["held"]
    held = set(reference.read("drivers")["driver"])
    assert drivers.to_dict() == {name: "yes" if name in held else "no" for name in drivers.index}


@pytest.mark.parametrize(
    ("body", "year", "name"),
    [
        ("dfe", "2009-10", "Department for Children, Schools and Families"),
        ("dfe", "2010-11", "Department for Education"),
        (
            "nhs",
            "2012-13",
            "NHS: primary care trusts and strategic health authorities, with the trusts they pay",
        ),
        (
            "nhs",
            "2013-14",
            "NHS: clinical commissioning groups and NHS England, with the trusts they pay",
        ),
        ("nhs", "2022-23", "NHS: integrated care boards and NHS England, with the trusts they pay"),
        ("police", "2012-13", "Police authorities and forces"),
        ("police", "2013-14", "Police and crime commissioners and forces"),
        ("decc", "2015-16", "Department of Energy and Climate Change"),
        ("beis", "2022-23", "Department for Business, Energy and Industrial Strategy"),
        ("desnz", "2023-24", "Department for Energy Security and Net Zero"),
        ("dclg", "2021-22", "Department for Levelling Up, Housing and Communities"),
        ("highways-agency", "2024-25", "National Highways"),
    ],
)
def test_a_body_is_named_as_it_was_in_the_year(body, year, name):
    lines = lines_of(year)
    assert set(lines.loc[lines["body"] == body, "body_name"]) == {name}


@pytest.mark.parametrize("year", YEARS[1:])
def test_trusts_and_those_who_pay_them_are_one_body(year):
    lines = lines_of(year)
    paid = lines["segment"].isin(NHS) & lines["sub_function"].eq("SUB070A00")
    assert set(lines.loc[paid, "body"]) == {"nhs"}
    assert lines.loc[paid, "pence"].sum() > 8e12


@pytest.mark.parametrize("year", YEARS)
def test_what_the_treasury_cannot_split_among_authorities_is_marked(year):
    lines = lines_of(year)
    councils = lines["sector"] == "LA"
    assert (lines["council_split"] == "yes").equals(councils)
    bodies = {"council", "council-housing-benefit", "fire", "police", "schools"}
    assert set(lines.loc[councils, "body"]) == bodies
    apart = pence_by("body", year)[["academies", "council-housing", "london-underground"]]
    assert (apart > 0).all()


def test_marked_rules_say_what_splits_them():
    rules = reference.read("year_body_rules")
    assert (rules["council_split"] == "yes").equals(rules["split_by"] != "")


def test_bodies_of_2008_09_are_those_of_the_running_count_councils_apart():
    spend = reference.read("national_spend", FIRST)
    rules = reference.read("body_rules")
    found = apportion.match(rules.drop(columns="body"), spend, "body_rules")
    body = spend["programme"].map(MOVED).fillna(pd.Series(rules.loc[found, "body"].array))
    before = spend.groupby(body)["pence"].sum()
    now = pence_by("body", FIRST)
    split = ["council", "fire", "police"]  # the edition of 2013 splits them by region since
    assert now[[*split, "schools"]].sum() == before[split].sum()
    kept = before.drop(split)
    assert now.drop([*split, "schools"]).sort_index().to_dict() == kept.sort_index().to_dict()


@pytest.mark.parametrize("year", YEARS)
def test_the_money_of_all_drivers_and_what_is_not_local_adds_to_england(year):
    lines = lines_of(year)
    shared = lines["driver"].mask(lines["verdict"] == year_rules.NOT_LOCAL, year_rules.NOT_LOCAL)
    by_driver = lines.groupby(shared)["pence"].sum()
    assert by_driver.sum() == cra_years.read_year(year)["pence"].sum()
    assert 0 < by_driver[year_rules.NOT_LOCAL] < 0.06 * by_driver.sum()


def test_money_is_printed_by_driver_by_rule_and_by_default():
    by_driver = year_rules.money_by_driver([FIRST])
    assert by_driver.groupby("year")["percent"].sum().round(6).tolist() == [100]
    assert year_rules.NOT_LOCAL in set(by_driver["driver"])
    taken = year_rules.money_not_local([FIRST])
    row = by_driver[by_driver["driver"] == year_rules.NOT_LOCAL]
    assert taken["millions"].sum() == pytest.approx(row["millions"].item())
    resting = year_rules.money_by_default([FIRST])
    assert "department-for-work-and-pensions" in set(resting["department"])
    assert resting["percent"].between(-5, 50).all()


def test_segments_of_95_per_cent_of_the_money_have_their_own_driver_rules():
    lines = lines_of(NEWEST)
    gross = lines["pence"].abs().groupby(lines["segment"]).sum().sort_values(ascending=False)
    large = gross.index[: (gross.cumsum() < LARGE * gross.sum()).sum() + 1]
    central = lines[lines["segment"].isin(large) & (lines["sector"] == "CG")]
    rules = reference.read("year_driver_rules")
    known = spans.of_year(rules, NEWEST).merge(central[["body", "segment", "sub_function"]])
    assert len(large) == 63
    assert set(central["segment"]) == set(known["segment"])


@pytest.mark.parametrize("year", YEARS)
def test_nuclear_sites_and_research_are_not_local_and_pensions_are(year):
    lines = lines_of(year)
    verdict = lines.groupby("body")["verdict"].agg(set)
    assert verdict["nuclear-decommissioning-authority"] == {year_rules.NOT_LOCAL}
    assert verdict[["schools", "police", "council"]].map(len).eq(1).all()
    pensions = lines["sub_function"].eq("SUB100202")
    assert set(lines.loc[pensions, "verdict"]) == {year_rules.LOCAL}


@pytest.mark.parametrize(
    ("year", "body", "discretion", "elected"),
    [
        ("2008-09", "police", "full", "no"),
        ("2013-14", "police", "full", "yes"),
        ("2024-25", "schools", "ring-fenced", "yes"),
        ("2024-25", "academies", "none", "no"),
        ("2016-17", "council-housing-benefit", "demand-led transfer", "no"),
    ],
)
def test_control_is_that_of_the_year(year, body, discretion, elected):
    lines = lines_of(year)
    flags = lines.loc[lines["body"] == body, ["discretion", "elected"]].drop_duplicates()
    assert flags.to_numpy().tolist() == [[discretion, elected]]


def test_a_new_department_is_an_error_that_names_it():
    rules = reference.read("year_body_rules")
    lines = cra_years.read_year(NEWEST).head(3).assign(department="department-of-the-future")
    lines = lines.assign(segment=["a", "b", "c"])
    with pytest.raises(InputError) as error:
        spans.with_rules_of_year(lines, rules, ["body"], NEWEST, "year_body_rules")
    assert str(error.value).count("department-of-the-future") == 3


def test_two_names_of_a_body_in_one_year_are_an_error(monkeypatch):
    names = table("body from to name\ndfe 2008-09 - DfE\ndfe 2010-11 2011-12 DCSF")
    monkeypatch.setattr(year_rules.reference, "read", lambda name: names)
    with pytest.raises(InputError, match=r"year_body_names, 2010-11: two names of dfe"):
        year_rules.body_names("2010-11")
