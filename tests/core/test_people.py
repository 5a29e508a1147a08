"""People of every mid-year by the areas of the time: published, or an assumption that says so."""

import pandas as pd
import pytest

from tests.core.conftest import OFFICIAL, original
from totalplace import reference
from totalplace.errors import InputError
from totalplace.reference_build import area_years, people, people_ages, people_files

TABLE = reference.read("people")
MID_YEARS = range(2008, 2025)
HELD = people.editions("single years")
ENGLAND = {2008: 51_815_853, 2009: 52_196_381, 2011: 53_107_169, 2018: 55_924_528}
ENGLAND |= {2019: 56_230_056, 2023: 57_932_470, 2024: 58_620_101}
BIRTHS = {2008: 670_612, 2009: 667_020, 2023: 570_747, 2024: 568_537}
REGION = reference.read("area_changes").drop_duplicates("area").set_index("area")["region"]


def value(mid_year, area, what="population"):
    return people.people_of(mid_year, what).set_index("area")["value"][area]


@pytest.mark.parametrize("mid_year", MID_YEARS)
def test_areas_of_the_year_add_to_england_in_every_mid_year(mid_year):
    table = people.people_of(mid_year)
    assert sorted(table["area"]) == sorted(area_years.areas_of(people.areas_at(mid_year))["area"])
    (source,) = table["source"].unique()
    assert table["value"].sum() == people.england(source)[mid_year]
    assert table["value"].sum() == ENGLAND.get(mid_year, table["value"].sum())
    assert (table["value"] > 0).all()


@pytest.mark.parametrize("mid_year", MID_YEARS)
def test_areas_add_to_each_region_of_the_publication(mid_year):
    table = people.people_of(mid_year)
    theirs = reference.read("population_estimates")
    theirs = theirs[
        (theirs["mid_year"] == mid_year) & (theirs["source"] == table["source"].iloc[0])
    ]
    ours = table["value"].groupby(table["area"].map(REGION)).sum()
    assert len(ours) == 9
    assert theirs.set_index("area")["value"][ours.index].tolist() == ours.tolist()


@pytest.mark.parametrize("mid_year", BIRTHS)
def test_births_add_to_england(mid_year):
    assert people.people_of(mid_year, "births")["value"].sum() == BIRTHS[mid_year]


def test_mid_2023_is_held_as_first_published_and_as_revised():
    assert people.england("mye-2023")[2023] == 57_690_323
    assert people.england("mye-2024")[2023] == 57_932_470
    spent = {"cra-2024": 728_359e6, "cra-2025": 730_134e6}
    assert round(spent["cra-2024"] / people.england("mye-2023")[2023]) == 12_625
    assert round(spent["cra-2025"] / people.england("mye-2023")[2023]) == 12_656
    assert round(spent["cra-2025"] / people.england("mye-2024")[2023]) == 12_603


@pytest.mark.parametrize("mid_year", MID_YEARS)
def test_each_mid_year_takes_the_latest_estimate_that_is_held(mid_year):
    held = reference.read("population_estimates")
    held = held[held["mid_year"] == mid_year]["source"]
    latest = max(held, key=["myeb3-2019", "mye-2023", "mye-2024"].index)
    assert set(people.people_of(mid_year)["source"]) == {latest}


def test_every_source_has_its_publisher_and_date():
    used = {*TABLE["source"], *reference.read("population_estimates")["source"]}
    used |= set(HELD.values()) | set(reference.read("children_2009")["source"])
    sources = reference.sources(used)
    assert (sources["published"] != "").all()
    assert sources["sha256"].str.fullmatch(r"[0-9a-f]{64}").all()


def test_what_is_held_is_what_the_table_of_editions_says():
    for what in ("population", "births"):
        rows = TABLE[TABLE["what"] == what].drop_duplicates(["mid_year", "source"])
        assert dict(zip(rows["mid_year"], rows["source"], strict=True)) == people.editions(what)
    files = (reference.folder() / people.FOLDER).glob("*.csv")
    assert sorted(int(path.stem) for path in files) == sorted(HELD)


def test_croydons_people_and_the_mid_year_of_2008_09():
    assert people.mid_year("2008-09") == 2008
    assert value(2008, "E09000008") == 349_308
    assert value(2009, "E09000008") == 352_763


def test_only_areas_that_were_merged_later_rest_on_an_assumption():
    shared = TABLE[TABLE["method"] != people.AS_PUBLISHED]
    merged = reference.read("area_changes").query("change == 'merged'")
    assert set(shared["area"]) == set(merged["area"])
    assert shared["method"].str.startswith("an assumption: the total of ").all()
    number = shared.groupby(["what", "mid_year"]).size()
    assert number["population"].to_dict() == {
        **dict.fromkeys(range(2008, 2011), 18),
        **dict.fromkeys(range(2011, 2019), 41),
        **{2019: 28, 2020: 24, 2021: 17, 2022: 17},
    }
    assert number["births"].to_dict() == dict.fromkeys(range(2002, 2019), 18) | {2019: 4}


def test_parts_of_a_larger_district_add_to_it():
    latest = people_files.estimates(original("mye-2024"))
    of_2012 = latest[latest["mid_year"] == 2012].set_index("area")["value"]
    ours = people.people_of(2012).set_index("area")["value"]
    for whole in ("E06000063", "E06000066", "E06000058"):
        parts = area_years.areas_in_year([whole], "2012-13")
        assert ours[list(parts)].sum() == of_2012[whole]


@pytest.mark.parametrize("mid_year", [2020, 2021, 2022])
def test_births_that_are_not_held_are_not_invented(mid_year):
    with pytest.raises(InputError, match=rf"no births of mid-{mid_year} by area. Held are 2002,"):
        people.people_of(mid_year, "births")


def test_single_years_that_are_not_held_name_those_that_are():
    with pytest.raises(InputError, match=r"of mid-2008 by area. Held are 2017, 2019, 2020, 2023"):
        people.single_years(2008)


@pytest.mark.parametrize(
    ("mid_year", "total"), [(2019, 56_286_961), (2020, 56_550_138), (2023, 57_690_323)]
)
def test_single_years_add_to_england_as_first_published(mid_year, total):
    table = people.single_years(mid_year)
    assert table["people"].sum() == total
    assert set(table["age"]) == set(range(91))
    areas = area_years.areas_of(people.areas_at(mid_year))["area"]
    assert sorted(table["area"].unique()) == sorted(areas)


@pytest.mark.parametrize("mid_year", MID_YEARS)
def test_ages_of_every_mid_year_have_every_area_and_say_how_they_are_known(mid_year):
    ages = people_ages.ages_of(mid_year)
    assert sorted(ages.index) == sorted(area_years.areas_of(people.areas_at(mid_year))["area"])
    assert (ages >= 0).all(axis=None)
    assert list(ages) == list(range(91))
    children = people_ages.of_ages(mid_year, 0, 15)
    held = mid_year in HELD
    assert set(children["method"]) == {people_ages.method_of(mid_year)}
    assert people_ages.method_of(mid_year).startswith("as published" if held else "an assumption: ")


@pytest.mark.parametrize("mid_year", [2018, 2021, 2022])
def test_ages_between_two_held_mid_years_add_to_the_population(mid_year):
    ages = people_ages.ages_of(mid_year).sum(axis=1)
    assert (ages - people.people_of(mid_year).set_index("area")["value"]).abs().max() < 1e-6


def test_infants_before_2017_are_the_births_of_the_year():
    infants = people_ages.of_ages(2009, 0, 0).set_index("area")["people"]
    born = people.people_of(2009, "births").set_index("area")["value"]
    assert infants.sum() == 667_020
    assert (infants == born.reindex(infants.index)).all()


@pytest.mark.parametrize(
    ("mid_year", "sex", "born_by", "age"),
    [
        (2008, "women", "1948-06-30", 60.00),
        (2008, "men", "1943-06-30", 65.00),
        (2010, "women", "1950-05-05", 60.15),
        (2016, "women", "1953-04-05", 63.24),
        (2019, "men", "1954-02-05", 65.40),
        (2024, "women", "1958-06-30", 66.00),
    ],
)
def test_pension_ages_are_those_of_the_law(mid_year, sex, born_by, age):
    table = reference.read("pension_ages").set_index(["mid_year", "sex"])
    assert table.loc[(mid_year, sex), ["born_by", "age"]].tolist() == [born_by, age]
    assert (table["share"].groupby("mid_year").sum() == 1).all()


def test_pension_ages_follow_from_the_last_birthday():
    table = reference.read("pension_ages")
    end = pd.to_datetime(table["mid_year"].astype("str") + "-06-30")
    years = (end - pd.to_datetime(table["born_by"])).dt.days / 365.25
    assert (years - table["age"]).abs().max() < 0.01


def test_people_of_pension_age_in_mid_2024_are_those_of_66_and_over():
    found = people_ages.of_pension_age(2024)
    older = people_ages.of_ages(2024, 66)
    assert found["people"].tolist() == older["people"].tolist()
    assert found["people"].sum() == 10_341_949


def test_people_of_pension_age_in_mid_2019_are_part_of_those_of_65():
    found = people_ages.of_pension_age(2019)["people"].sum()
    assert people_ages.of_ages(2019, 66)["people"].sum() < found
    assert found < people_ages.of_ages(2019, 65)["people"].sum()


def _mean_difference(ours, theirs, region):
    """How far parts of a region differ from the truth on average, in per cent."""
    ours, theirs = (table / table.groupby(region).transform("sum") for table in (ours, theirs))
    return 100 * (ours / theirs - 1).abs().mean()


def test_children_estimated_for_2009_are_nearer_the_published_than_people():
    """152 authorities, mid-2009 as estimated before the 2011 Census: not used to estimate."""
    upper = area_years.upper_tier("2008-09")
    region = pd.Series({upper[area]: REGION[area] for area in upper})
    published = reference.read("children_2009").set_index("upper")["children"]
    assert (len(published), published.sum()) == (152, 11_011_910)

    def mean_difference(table, column):
        by_upper = table[column].groupby(table["area"].map(upper)).sum()
        return _mean_difference(by_upper, published.reindex(by_upper.index), region)

    children = mean_difference(people_ages.of_ages(2009, 0, 17), "people")
    residents = mean_difference(people.people_of(2009), "value")
    assert children < 4.3 < 6.9 < residents


@pytest.mark.parametrize(
    ("youngest", "oldest", "most", "residents"), [(0, 4, 2.3, 10), (0, 15, 3, 7), (66, 90, 3.2, 16)]
)
def test_ages_of_2017_estimated_from_2024_are_near_the_published(
    monkeypatch, youngest, oldest, most, residents
):
    holder = area_years.holders("2024-25")

    def on_areas_of_2024(table):
        first = table.index.map(lambda area: min(area_years.first_areas(area)))
        return table.groupby(first.map(holder)).sum()

    truth = people_ages.ages_of(2017).loc[:, youngest:oldest].sum(axis=1)
    everybody = people.people_of(2017).set_index("area")["value"]
    monkeypatch.setattr(people_ages, "editions", lambda what: {2024: "mye-2024"})
    found = people_ages.ages_of.__wrapped__(2017).loc[:, youngest:oldest].sum(axis=1)
    truth, everybody, found = map(on_areas_of_2024, (truth, everybody, found))
    assert _mean_difference(found, truth, REGION.reindex(truth.index)) < most
    assert _mean_difference(everybody, truth, REGION.reindex(truth.index)) > residents


@pytest.mark.slow
def test_the_tables_are_what_the_originals_give(tmp_path):
    sources = {*HELD.values(), "myeb3-2019"} - {"ons-2017"}
    files = {source: original(source) for source in sources}
    (name,) = reference.sources(["ons-2017"])["file"]
    files["ons-2017"] = OFFICIAL.parent / "figures" / name
    people.build(files, tmp_path)
    names = ["people", "population_estimates", *(f"{people.FOLDER}/{year}" for year in HELD)]
    for name in names:
        ours = (reference.folder() / f"{name}.csv").read_bytes()
        assert (tmp_path / f"{name}.csv").read_bytes() == ours


def test_englands_births_and_ages_are_those_of_its_own_row():
    for year in (2023, 2024):
        ages = people_files.ages(original(f"mye-{year}"))
        areas = ages[ages["area"].str.fullmatch(people_files.AREA)].groupby("age")["people"].sum()
        england = ages[ages["area"] == people_files.ENGLAND].set_index("age")["people"]
        assert areas.tolist() == england.reindex(areas.index).tolist()


def test_children_of_2009_are_those_of_the_original():
    rows = people_files.children_of_2009(original("sfr27-2010"))
    assert rows[rows["level"] == "National"]["children"].tolist() == [11_012_300]
    made = people_ages.children_of_2009(rows).sort_values("upper").reset_index(drop=True)
    pd.testing.assert_frame_equal(made, reference.read("children_2009"))


def test_a_total_that_does_not_cover_an_area_is_refused():
    totals = pd.DataFrame({"area": ["E09000008"], "value": [10]})
    weights = pd.DataFrame({"area": ["E09000008"], "weight": [1.0], "basis": ["x"]})
    with pytest.raises(InputError, match=r"E06000001 has no total in 2008-09"):
        people.spread(totals, weights, "2008-09")
