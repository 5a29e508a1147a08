"""Areas through time: what became of each, and a place in any year as the areas it was then."""

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.core.conftest import OFFICIAL, original
from totalplace import reference
from totalplace.errors import InputError
from totalplace.reference_build import area_changes, area_years
from totalplace.text_files import read_strict_csv

YEARS = area_years.years()
CHANGES = reference.read("area_changes")
CHANGED = CHANGES[CHANGES["change"] != ""]
NUMBER = dict.fromkeys(YEARS, 326) | {"2019-20": 317, "2020-21": 314, "2021-22": 309}
NUMBER |= {"2022-23": 309, "2023-24": 296, "2024-25": 296}
FIRST = sorted(area_years.areas_of("2008-09")["area"])
CODES = sorted(CHANGES["area"].unique())

# What an area of one year is in another, by name: old, its last year, new, the first year of that.
BECAME = """
Bournemouth 2018-19 E06000058 2019-20 | Poole 2018-19 E06000058 2019-20
Christchurch 2018-19 E06000058 2019-20 | East Dorset 2018-19 E06000059 2019-20
North Dorset 2018-19 E06000059 2019-20 | Purbeck 2018-19 E06000059 2019-20
West Dorset 2018-19 E06000059 2019-20 | Weymouth and Portland 2018-19 E06000059 2019-20
Forest Heath 2018-19 E07000245 2019-20 | St Edmundsbury 2018-19 E07000245 2019-20
Suffolk Coastal 2018-19 E07000244 2019-20 | Waveney 2018-19 E07000244 2019-20
Taunton Deane 2018-19 E07000246 2019-20 | West Somerset 2018-19 E07000246 2019-20
Aylesbury Vale 2019-20 E06000060 2020-21 | Chiltern 2019-20 E06000060 2020-21
South Bucks 2019-20 E06000060 2020-21 | Wycombe 2019-20 E06000060 2020-21
Corby 2020-21 E06000061 2021-22 | East Northamptonshire 2020-21 E06000061 2021-22
Kettering 2020-21 E06000061 2021-22 | Wellingborough 2020-21 E06000061 2021-22
Daventry 2020-21 E06000062 2021-22 | Northampton 2020-21 E06000062 2021-22
South Northamptonshire 2020-21 E06000062 2021-22 | Allerdale 2022-23 E06000063 2023-24
Carlisle 2022-23 E06000063 2023-24 | Copeland 2022-23 E06000063 2023-24
Barrow-in-Furness 2022-23 E06000064 2023-24 | Eden 2022-23 E06000064 2023-24
South Lakeland 2022-23 E06000064 2023-24 | Craven 2022-23 E06000065 2023-24
Hambleton 2022-23 E06000065 2023-24 | Harrogate 2022-23 E06000065 2023-24
Richmondshire 2022-23 E06000065 2023-24 | Ryedale 2022-23 E06000065 2023-24
Scarborough 2022-23 E06000065 2023-24 | Selby 2022-23 E06000065 2023-24
Mendip 2022-23 E06000066 2023-24 | Sedgemoor 2022-23 E06000066 2023-24
South Somerset 2022-23 E06000066 2023-24 | Somerset West and Taunton 2022-23 E06000066 2023-24
"""
MERGED = [tuple(part.strip().rsplit(" ", 3)) for part in BECAME.replace("\n", "|").split("|")]
MERGED = [part for part in MERGED if len(part) == 4]
RECODED = [
    ("Northumberland", "E06000048", "E06000057", "2013-14"),
    ("East Hertfordshire", "E07000097", "E07000242", "2013-14"),
    ("St Albans", "E07000100", "E07000240", "2012-13"),
    ("Stevenage", "E07000101", "E07000243", "2013-14"),
    ("Welwyn Hatfield", "E07000104", "E07000241", "2012-13"),
    ("Gateshead", "E08000020", "E08000037", "2013-14"),
]


def code(name, year):
    table = area_years.areas_of(year)
    (found,) = table["area"][table["name"] == name]
    return found


@pytest.mark.parametrize("year", YEARS)
def test_each_year_has_its_areas_without_gaps_from_326_to_296(year):
    areas = area_years.areas_of(year)
    assert len(areas) == NUMBER[year]
    assert areas["area"].is_unique
    assert areas["place"].is_unique
    parts = [first for area in areas["area"] for first in area_years.first_areas(area)]
    assert sorted(parts) == FIRST
    assert set(areas["kind"]) == set(area_years.KINDS.values())
    assert areas["region"].nunique() == 9


def test_each_span_of_years_follows_the_one_before():
    for row in CHANGED.itertuples():
        after = CHANGES[CHANGES["area"] == row.became]
        assert area_changes.year_before(after["from"].max()) >= row.to or row.change == "merged"
        assert row.to in {area_changes.year_before(start) for start in after["from"]}


def test_what_changed_is_what_is_named_here():
    merged = CHANGED[CHANGED["change"] == "merged"]
    assert sorted(merged["name"]) == sorted(name for name, *_ in MERGED)
    assert len(MERGED) == 42
    recoded = CHANGED[CHANGED["change"] == "recoded"]
    assert sorted(recoded["area"]) == sorted(old for _, old, *_ in RECODED)
    assert CHANGED["name"][CHANGED["change"] == "renamed"].tolist() == ["Shepway"]


@pytest.mark.parametrize(("name", "last", "new", "since"), MERGED)
def test_a_merged_area_resolves_forward_and_back(name, last, new, since):
    old = code(name, last)
    within = area_years.in_year([old], since)
    assert (within.relation, within.areas) == ("within", ())
    assert set(within.lost.values()) == {new}
    before = area_years.in_year([new], last)
    assert before.relation == "made of"
    assert old in before.areas
    assert before.lost == {}
    assert area_years.in_year([old], last).areas == (old,)


@pytest.mark.parametrize(("name", "old", "new", "since"), RECODED)
def test_a_recoded_area_is_the_same_area_in_every_year(name, old, new, since):
    for year in YEARS:
        there = new if year >= since else old
        assert code(name, year) == there
        for area in (old, new):
            found = area_years.in_year([area], year)
            assert (found.relation, found.areas) == ("same", (there,))


def test_a_renamed_area_keeps_its_code():
    assert code("Shepway", "2017-18") == code("Folkestone and Hythe", "2018-19") == "E07000112"
    assert area_years.first_areas("E07000112") == {"E07000112"}


def test_an_area_that_merged_twice_is_found_in_each_year():
    taunton = ["E07000190"]
    assert area_years.in_year(taunton, "2021-22").lost == {"E07000190": "E07000246"}
    assert area_years.in_year(taunton, "2024-25").lost == {"E07000190": "E06000066"}
    assert len(area_years.in_year(["E06000066"], "2008-09").areas) == 5
    assert len(area_years.in_year(["E06000066"], "2020-21").areas) == 4


def test_cumberland_has_a_2008_09():
    areas = area_years.areas_in_year(["E06000063"], "2008-09")
    assert areas == ("E07000026", "E07000028", "E07000029")


def test_craven_has_none_after_2022_23_and_the_error_names_north_yorkshire():
    assert area_years.areas_in_year(["E07000163"], "2022-23") == ("E07000163",)
    message = r"Craven has no 2023-24: it is part of North Yorkshire \(from 2023-24\)"
    with pytest.raises(InputError, match=message):
        area_years.areas_in_year(["E07000163"], "2023-24")


def test_a_place_of_which_a_part_was_merged_away_says_what_is_lost():
    county = ["E07000048", "E07000049", "E07000050", "E07000051", "E07000052", "E07000053"]
    found = area_years.in_year(county, "2019-20")
    assert (found.relation, found.areas) == ("neither", ("E06000059",))
    assert found.lost == {"E07000048": "E06000058"}


def test_an_unknown_area_or_year_is_refused():
    with pytest.raises(InputError, match=r"no area 'E06000099' in any year"):
        area_years.in_year(["E06000099"], "2008-09")
    with pytest.raises(InputError, match=r"no areas of the year '2025-26'. There are 2008-09,"):
        area_years.in_year(["E06000001"], "2025-26")


@given(st.sets(st.sampled_from(CODES), min_size=1, max_size=12), st.sampled_from(YEARS))
def test_areas_found_and_lost_are_the_whole_set_once(areas, year):
    found = area_years.in_year(areas, year)
    parts = [first for area in found.areas for first in area_years.first_areas(area)]
    wanted = frozenset().union(*map(area_years.first_areas, areas))
    assert sorted([*parts, *found.lost]) == sorted(wanted)


@given(st.sampled_from(YEARS), st.sampled_from(YEARS), st.data())
def test_one_area_made_of_others_is_what_each_is_within(one, other, data):
    area = data.draw(st.sampled_from(area_years.areas_of(one)["area"].tolist()))
    found = area_years.in_year([area], other)
    assert found.relation != "neither"
    for part in found.areas:
        back = area_years.in_year([part], one)
        assert back.areas == (area,) or set(back.lost.values()) == {area}


@pytest.mark.parametrize("year", range(2016, 2025))
def test_codes_and_names_are_those_of_the_lookup_of_the_year(year):
    table = read_strict_csv(original("ons-areas-2016-2024"))
    columns = [f"ltla{year % 100}_code", f"ltla{year % 100}_name"]
    theirs = table[columns].drop_duplicates().set_axis(["area", "name"], axis=1)
    theirs = theirs[theirs["area"].str.startswith("E")].set_index("area")["name"]
    ours = area_years.areas_of(area_changes.financial_year(year)).set_index("area")["name"]
    assert set(ours.index) == set(theirs.index)
    short = theirs.str.replace(r", (City|County) of$", "", regex=True)
    assert short.reindex(ours.index).tolist() == ours.tolist()


@pytest.mark.parametrize(("year", "file"), [(2019, "ltla19_utla19"), (2023, "ltla23_utla23")])
def test_upper_tiers_are_those_of_the_lookup_of_the_year(year, file):
    path = OFFICIAL / "lookups" / f"lookup_{file}.csv"
    if not path.is_file():
        pytest.skip(f"{path.name} is not here (../shared/official)")
    short = year % 100
    table = read_strict_csv(path)
    table = table[table[f"ltla{short}_code"].str.startswith("E")].drop_duplicates()
    theirs = table.groupby(f"utla{short}_code")[f"ltla{short}_code"].agg(set)
    ours = pd.Series(area_years.upper_tier(area_changes.financial_year(year)))
    by_upper = ours.groupby(ours).agg(lambda group: set(group.index))
    assert sorted(map(sorted, by_upper)) == sorted(map(sorted, theirs))


def test_the_table_is_what_the_originals_give():
    changes = area_changes.published_changes(original("ons-area-changes"))
    decisions = reference.read("area_decisions")
    made = area_changes.build(reference.read("areas"), changes, decisions)
    pd.testing.assert_frame_equal(made[list(CHANGES)], CHANGES)


def test_changes_of_2025_are_not_applied():
    changes = area_changes.published_changes(original("ons-area-changes"))
    assert {"E08000038", "E08000039"} <= set(changes["became"])
    assert not {"E08000038", "E08000039"} & set(CODES)


def test_a_change_of_an_area_that_is_not_there_is_refused():
    row = {"area": "E07000999", "became": "E06000058", "new_name": "X", "change": "merger"}
    changes = pd.DataFrame([row | {"start": 2019}])
    with pytest.raises(InputError, match=r"E06000058 in 2019-20: no area E07000999 then"):
        area_changes.build(reference.read("areas"), changes, reference.read("area_decisions"))
