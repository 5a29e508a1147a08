"""Kinds of places: each a set of areas that is counted in any year."""

import pandas as pd
import pytest

from tests.core.conftest import original
from totalplace import reference
from totalplace.errors import InputError
from totalplace.reference_build import area_years, people, place_kinds

YEARS = area_years.years()
KINDS = reference.read("place_kinds")
MEMBERS = reference.read("kind_members")
NUMBER = {
    "pilot": (13, 13),
    "county": (27, 27),
    "combined authority": (13, 13),
    "region": (1, 1),
    "police force area": (39, 39),
    "integrated care board": (42, 27),
}
OFFERED = KINDS[KINDS["offered"] == "yes"]


def areas(kind, place, year):
    return place_kinds.areas_of_place(kind, place, year)


def test_each_kind_has_as_many_places_as_there_are_and_are_offered():
    number = KINDS.groupby("kind")["offered"].agg(["size", lambda cells: (cells == "yes").sum()])
    assert dict(zip(number.index, map(tuple, number.to_numpy()), strict=True)) == NUMBER
    assert list(NUMBER) == place_kinds.KINDS
    assert not KINDS.duplicated("place", keep=False)[~KINDS["kind"].isin(["pilot", "county"])].any()


@pytest.mark.parametrize("year", YEARS)
def test_every_place_that_is_offered_is_whole_in_every_year_but_dorset(year):
    for row in OFFERED.itertuples():
        here = (MEMBERS["kind"] == row.kind) & (MEMBERS["place"] == row.place)
        found = area_years.in_year(MEMBERS["area"][here], year)
        assert found.areas
        christchurch = row.place == "dorset" and year >= "2019-20"
        assert found.lost == ({"E07000048": "E06000058"} if christchurch else {})


@pytest.mark.parametrize("year", YEARS)
def test_police_force_areas_are_england_once(year):
    names = KINDS["place"][KINDS["kind"] == "police force area"]
    all_areas = [area for name in names for area in areas("police force area", name, year)]
    assert sorted(all_areas) == sorted(area_years.areas_of(year)["area"])


def test_the_13_pilots_have_the_same_people_whatever_the_years_areas():
    for place in place_kinds.places_of_kind("pilot")["place"]:
        first = areas("pilot", place, "2008-09")
        for year in YEARS:
            parts = [
                one for area in areas("pilot", place, year) for one in area_years.first_areas(area)
            ]
            assert sorted(parts) == sorted(first)


def test_greater_manchester_has_a_2008_09():
    assert len(areas("combined authority", "greater-manchester", "2008-09")) == 10
    in_2009 = people.people_of(2009).set_index("area")["value"]
    here = list(areas("combined authority", "greater-manchester", "2009-10"))
    assert in_2009[here].sum() == 2_639_833


def test_greater_london_is_32_boroughs_and_the_city():
    for year in YEARS:
        assert len(areas("region", "greater-london", year)) == 33


@pytest.mark.parametrize(
    ("place", "year", "number"),
    [
        ("york-and-north-yorkshire", "2024-25", 2),
        ("york-and-north-yorkshire", "2008-09", 8),
        ("east-midlands", "2024-25", 17),
        ("north-east", "2024-25", 7),
        ("north-east-of-2018-19-to-2023-24", "2020-21", 4),
        ("north-of-tyne", "2008-09", 3),
    ],
)
def test_combined_authorities_of_2024_come_from_the_list_of_changes(place, year, number):
    assert len(areas("combined authority", place, year)) == number


def test_counties_that_ended_are_still_counted_and_not_listed_as_there():
    ended = KINDS[(KINDS["kind"] == "county") & (KINDS["to"] != "")]
    assert dict(zip(ended["place"], ended["to"], strict=True)) == {
        "buckinghamshire": "2019-20",
        "cumbria": "2022-23",
        "dorset": "2018-19",
        "north-yorkshire": "2022-23",
        "northamptonshire": "2020-21",
        "somerset": "2022-23",
    }
    assert areas("county", "cumbria", "2023-24") == ("E06000063", "E06000064")
    assert "cumbria" in set(place_kinds.places_of_kind("county", "2022-23")["place"])
    assert "cumbria" not in set(place_kinds.places_of_kind("county", "2023-24")["place"])
    assert len(place_kinds.places_of_kind("county", "2023-24")) == 21


def test_a_board_that_splits_a_district_is_not_offered_and_says_so():
    message = (
        r"Hertfordshire and West Essex .* it splits North Hertfordshire \(71 of 82 small areas\)"
    )
    with pytest.raises(InputError, match=message):
        areas("integrated care board", "hertfordshire-and-west-essex-icb", "2024-25")
    refused = KINDS[KINDS["offered"] == "no"]
    assert set(refused["kind"]) == {"integrated care board"}
    assert refused["note"].str.startswith("splits ").all()
    assert (OFFERED["note"] == "").all()
    split = refused["note"].str.removeprefix("splits ").str.split("; ").explode()
    assert split.str.replace(r" \(.*", "", regex=True).nunique() == 13


def test_a_place_of_the_same_areas_as_another_names_it():
    same = KINDS.set_index("place")["same_as"]
    assert same["cumbria-police"] == "cumbria"
    assert same["greater-manchester-police"] == "greater-manchester"
    assert same["dorset-police"] == "dorset-poole-bournemouth"
    assert same["kent-police"] == ""


def test_a_slug_means_one_set_of_areas_whichever_table_has_it():
    changes = reference.read("area_changes")
    rows = [(row.place, area_years.first_areas(row.area)) for row in changes.itertuples()]
    for (_, place), group in MEMBERS.groupby(["kind", "place"]):
        rows.append((place, frozenset().union(*map(area_years.first_areas, group["area"]))))
    of_2009 = reference.read("members").groupby("place")["area"]
    rows += [(place, frozenset(areas)) for place, areas in of_2009]
    meanings = pd.DataFrame(rows, columns=["place", "areas"]).drop_duplicates()
    assert meanings["place"].is_unique
    assert set(reference.read("places")["place"]) <= set(meanings["place"])


def test_an_unknown_kind_or_place_is_refused():
    with pytest.raises(InputError, match=r"no kind of place 'parish'. There are pilot, county"):
        place_kinds.places_of_kind("parish")
    with pytest.raises(InputError, match=r"no county called 'rutlandshire'"):
        areas("county", "rutlandshire", "2008-09")


def test_the_tables_are_what_the_originals_give(tmp_path):
    wanted = ["ons-area-changes", "register", "nhse-allocations-2023", "ons-icb-2024"]
    wanted += ["ons-lsoa21-2024", "ons-combined-2023", "ons-police-2024"]
    place_kinds.build({source: original(source) for source in wanted}, tmp_path)
    for name in ("place_kinds.csv", "kind_members.csv"):
        assert (tmp_path / name).read_bytes() == (reference.folder() / name).read_bytes()
