import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from totalplace import cofog, count, estimate, places, reference
from totalplace.errors import InputError

YEAR = "2008-09"
REGIONS = {
    "North East": 22_994,
    "North West": 59_172,
    "Yorkshire and the Humber": 41_029,
    "East Midlands": 32_663,
    "West Midlands": 43_350,
    "East": 40_298,
    "London": 72_113,
    "South East": 58_907,
    "South West": 38_989,
}


@pytest.fixture(scope="module")
def national():
    return estimate.national_lines(YEAR)


@pytest.fixture(scope="module")
def everywhere(national):
    return estimate.apportion_to_areas(estimate.with_drivers(YEAR))


def in_millions(pence, places=0):
    return (pence / 1e8).round(places).to_dict()


def test_england_adds_to_what_hm_treasury_published(national):
    assert round(national["pence"].sum() / 1e8, 3) == 409_516.363


def test_the_nine_regions_add_to_what_hm_treasury_published(national):
    assert in_millions(national.groupby("region")["pence"].sum()) == REGIONS


def test_every_line_is_in_one_of_the_ten_divisions(national):
    assert set(national["division"]) == set(cofog.DIVISIONS)
    assert national.groupby("division")["pence"].sum().sum() == national["pence"].sum()


def test_each_published_row_is_rounded_once_and_its_sub_functions_add_to_it():
    spend = reference.read("national_spend", YEAR)
    assert (spend.groupby("source_row")["sub_function_share"].sum() - 1).abs().max() < 1e-9


def test_health_stays_at_division_level_because_hm_treasury_gives_no_group(national):
    assert set(national.loc[national["division"] == "07", "cofog"]) == {"07"}


def test_housing_benefit_is_its_own_line(national):
    benefit = national[national["body"] == "council-housing-benefit"]
    assert set(benefit["cofog"]) == {"10.6"}
    assert round(benefit["pence"].sum() / 1e8) == 15_000


def test_the_areas_add_to_their_regions_to_the_penny_for_every_driver(national, everywhere):
    by = ["region", "driver"]
    lines = everywhere.drop_duplicates(["source_row", "sub_function"])[
        ["source_row", "sub_function", "driver"]
    ]
    regional = (
        national.merge(lines, on=["source_row", "sub_function"], validate="1:1")
        .groupby(by)["pence"]
        .sum()
    )
    assert everywhere.groupby(by)["pence"].sum().equals(regional)
    assert everywhere["area"].nunique() == 326


def test_each_published_line_is_kept_to_the_penny(national, everywhere):
    key = ["source_row", "sub_function"]
    assert everywhere.groupby(key)["pence"].sum().equals(national.groupby(key)["pence"].sum())


def test_the_shares_of_every_driver_add_to_one_in_every_region(national):
    used = reference.read("driver_rules")[["driver", "driver_year"]].drop_duplicates()
    shares = estimate.driver_shares(used)
    assert (shares.groupby(["region", "driver"])["share"].sum() - 1).abs().max() < 1e-9


def test_no_rule_for_drivers_is_unused(national):
    from totalplace.apportion import match

    rules = reference.read("driver_rules")
    used = match(rules.drop(columns=["driver", "driver_year"]), national)
    assert set(used) == set(rules.index)


def test_croydon_by_population_alone():
    croydon = estimate.first_count(places.place("croydon"), YEAR, drivers="population")
    divisions = [50.6, 0.5, 295.6, 290.3, 51.2, 145.8, 673.8, 50.5, 544.4, 1_100.0]
    assert round(croydon["pence"].sum() / 1e8, 1) == 3_202.9
    assert (count.divisions(croydon)["pence"] / 1e8).round(1).tolist() == divisions


def test_every_line_of_a_count_says_how_it_got_here():
    ledger = estimate.first_count(places.place("croydon"), YEAR)
    words = [
        "source_row",
        "body",
        "driver",
        "area_basis",
        "sub_function_basis",
        "evidence",
        "source",
        "cofog",
    ]
    assert (ledger[words] != "").all().all()
    assert not ledger[words].isna().any().any()


AREAS = sorted(reference.read("areas")["area"])


@settings(max_examples=25, deadline=None)
@given(chosen=st.sets(st.sampled_from(AREAS), min_size=1, max_size=12), seed=st.integers(0, 99))
def test_a_place_is_the_sum_of_its_areas_however_they_are_grouped(chosen, seed):
    areas = sorted(chosen)
    cut = seed % len(areas)
    whole, first, rest = (
        places.Place(name, name, tuple(part))
        for name, part in [("whole", areas), ("first", areas[:cut]), ("rest", areas[cut:])]
    )
    by_division = [
        estimate.first_count(part, YEAR).groupby("division")["pence"].sum()
        for part in (first, rest)
        if part.areas
    ]
    together = pd.concat(by_division).groupby(level=0).sum()
    assert together.equals(estimate.first_count(whole, YEAR).groupby("division")["pence"].sum())


def test_population_of_2009_adds_to_england_as_published():
    figures = reference.read("drivers")
    assert figures.loc[figures["driver"] == "population", "value"].sum() == 52_196_381
    assert estimate.people(places.place("croydon")) == 352_763


def test_a_band_of_ages_is_the_sum_of_its_single_years():
    croydon = places.place("croydon")
    assert estimate.people(croydon, "ages_0_to_7") == estimate.people(croydon, "children_0_7")
    assert estimate.people("croydon", "ages_3_to_3") == estimate.people("croydon", "age_3")


@pytest.mark.parametrize("band", ["ages_3_to_12", "ages_5_to_3"])
def test_a_band_with_a_year_that_is_not_there_is_refused(band):
    with pytest.raises(InputError, match=f"{band} is not to be made of the single years"):
        estimate.people("croydon", band)


def test_rules_handed_in_are_used_and_change_no_file(everywhere):
    rules = reference.read("driver_rules")
    schools = rules["driver"] == "revenue_education"
    rules.loc[schools, ["driver", "driver_year"]] = ["ages_3_to_7", "2009"]
    kept = estimate.first_count("croydon", YEAR)
    changed = estimate.first_count("croydon", YEAR, rules={"driver_rules": rules})
    moved = changed["driver"] == "ages_3_to_7"
    assert set(kept.loc[moved, "driver"]) == {"revenue_education"}
    assert kept.loc[~moved, "pence"].equals(changed.loc[~moved, "pence"])
    assert not kept.loc[moved, "pence"].equals(changed.loc[moved, "pence"])
    pd.testing.assert_frame_equal(estimate.first_count("croydon", YEAR), kept)


def test_a_band_of_ages_as_a_driver_adds_to_its_region(national):
    rules = reference.read("driver_rules").assign(driver="ages_0_to_4", driver_year="2009")
    ruled = estimate.with_drivers(YEAR, rules={"driver_rules": rules})
    spread = estimate.apportion_to_areas(ruled[ruled["region"] == "London"])
    london = national.loc[national["region"] == "London", "pence"].sum()
    assert spread["pence"].sum() == london


@pytest.mark.parametrize(
    ("rules", "message"),
    [
        ({"areas": pd.DataFrame()}, "rules: areas cannot be handed in here, only driver_rules"),
        ({"drivers": pd.DataFrame({"driver": ["x"]})}, "drivers.csv: its columns are driver; they"),
        (
            {"driver_rules": reference.read("driver_rules").assign(cofog="9.1")},
            "driver_rules.csv: rows 2, .* cofog is not a prefix",
        ),
    ],
)
def test_tables_handed_in_are_checked_as_the_files_are(rules, message):
    with pytest.raises(InputError, match=message):
        estimate.first_count("croydon", YEAR, rules=rules)


def test_without_a_year_the_count_is_of_the_newest():
    pd.testing.assert_frame_equal(
        estimate.first_count("croydon"), estimate.first_count(places.place("Croydon"), YEAR)
    )


def test_no_driver_is_negative():
    assert (reference.read("drivers")["value"] >= 0).all()


@pytest.mark.parametrize(
    ("year", "scope", "drivers", "message"),
    [
        (
            "2007-08",
            "identifiable",
            "best",
            "no figures of the year '2007-08'. Give one of 2008-09",
        ),
        (
            YEAR,
            "pilot-2010",
            "best",
            "no scope called 'pilot-2010'. The scopes are identifiable, pilot-2009",
        ),
        (YEAR, "identifiable", "guess", "drivers 'guess' are not known. Use best, population"),
    ],
)
def test_an_unknown_year_scope_or_driver_is_refused_with_what_is_known(
    year, scope, drivers, message
):
    with pytest.raises(InputError, match=message):
        estimate.first_count(places.place("croydon"), year, scope, drivers)


def test_a_rule_that_asks_for_a_driver_that_is_not_there_is_refused(spoil):
    spoil("driver_rules", "revenue_education,2010-11", "revenue_education,2011-12")
    with pytest.raises(
        InputError,
        match=r"drivers.csv has no revenue_education of 2011-12, which driver_rules.csv asks for",
    ):
        estimate.first_count(places.place("croydon"), YEAR)


def test_a_line_with_no_rule_stops_the_count(spoil):
    spoil("driver_rules", ",police,,,,current,", ",fire,,03.9,,current,")
    spoil("driver_rules", ",,,,,,population", ",,,,none,,population")
    with pytest.raises(InputError, match=r"no rule for .*'body': 'police'"):
        estimate.first_count(places.place("croydon"), YEAR)


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        (
            "revenue_education,E09000009,",
            "revenue_education,E09000099,",
            "an unknown area E09000099",
        ),
        ("revenue_education,E09000009,", "revenue_educatio,E09000009,", "no area E09000009"),
    ],
)
def test_a_driver_has_a_value_for_every_area_and_no_other(spoil, old, new, fault):
    spoil("drivers", old, new)
    with pytest.raises(InputError, match=f"revenue_education of 2010-11 has {fault}"):
        estimate.first_count("croydon", YEAR)
    figures = reference.read("drivers")
    with pytest.raises(InputError, match=f"revenue_education of 2010-11 has {fault}"):
        estimate.first_count("croydon", YEAR, rules={"drivers": figures})


def test_an_area_that_areas_csv_does_not_have_stops_the_count(spoil):
    with pytest.raises(InputError, match=r"Ours: areas.csv has no area E1"):
        estimate.first_count(places.Place("ours", "Ours", ("E1", "E09000008")))
    spoil("drivers", "age_3,E09000009,", "age_3,E09000099,")
    with pytest.raises(InputError, match="age_3 of 2009 has no area E09000009"):
        estimate.people("croydon", "ages_2_to_4")


def test_a_band_beyond_every_age_is_refused_at_once():
    with pytest.raises(InputError, match="does not count people"):
        estimate.people("croydon", "ages_0_to_99999999999")


@pytest.mark.parametrize("given", [None, [], pd.Series([1])])
def test_a_table_handed_in_must_be_a_table(given):
    with pytest.raises(InputError, match=r"rules\['scopes'\]: a DataFrame is needed, not"):
        estimate.first_count("croydon", YEAR, rules={"scopes": given})
