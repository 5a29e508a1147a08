import pytest
from hypothesis import given
from hypothesis import strategies as st

from totalplace import places, reference
from totalplace.errors import InputError

PILOTS = [
    "birmingham",
    "bradford",
    "coventry-solihull-warwickshire",
    "croydon",
    "dorset-poole-bournemouth",
    "durham",
    "kent",
    "leicestershire-leicester",
    "lewisham",
    "luton-central-bedfordshire",
    "manchester-warrington",
    "south-tyneside-gateshead-sunderland",
    "worcestershire",
]


def test_there_are_thirteen_pilots_each_with_its_theme_and_source():
    assert places.pilots() == PILOTS
    assert all(places.place(slug).theme and places.place(slug).source for slug in PILOTS)


def test_every_area_and_every_county_is_a_place():
    areas = reference.read("areas")
    assert len(areas) == 326
    assert len(places.all_areas()) == 326
    counties = set(areas["upper_tier"]) - {""}
    assert len(counties) == 27
    assert all(len(places.place(county).areas) > 3 for county in counties)


def test_the_areas_as_places_are_england_once():
    areas = [area for slug in places.all_areas() for area in places.place(slug).areas]
    assert sorted(areas) == sorted(reference.read("areas")["area"])


@pytest.mark.parametrize(
    ("slug", "areas"),
    [
        ("croydon", 1),
        ("kent", 12),
        ("manchester-warrington", 11),
        ("coventry-solihull-warwickshire", 7),
        ("durham", 1),
        ("dorset-poole-bournemouth", 8),
        ("leicestershire-leicester", 8),
    ],
)
def test_two_tier_places_are_sets_of_districts(slug, areas):
    assert len(places.place(slug).areas) == areas


def test_kent_is_the_county_without_medway_and_says_that_it_is_our_reading():
    kent = places.place("kent")
    assert "E06000035" not in kent.areas
    assert "our reading" in kent.note


@pytest.mark.parametrize("name", ["croydon", "Croydon", "CROYDON", " croydon ", "E09000008"])
def test_a_place_is_known_by_slug_by_name_in_any_case_and_by_code(name):
    assert places.place(name).slug == "croydon"


@pytest.mark.parametrize(
    ("name", "slug"),
    [("County Durham", "durham"), ("St Albans", "st-albans"), ("E06000047", "durham")],
)
def test_a_pilot_that_is_one_area_is_the_same_place(name, slug):
    assert places.place(name).slug == slug


@pytest.mark.parametrize(
    ("name", "candidates"),
    [
        ("Bedford", "bedford-borough, central-bedfordshire, luton-central-bedfordshire"),
        ("Newcastle", "newcastle-under-lyme, newcastle-upon-tyne"),
    ],
)
def test_a_name_that_could_mean_several_lists_them(name, candidates):
    with pytest.raises(InputError, match=f"'{name}' could be {candidates}. Give one of these"):
        places.place(name)


@pytest.mark.parametrize(
    ("name", "nearest"),
    [("croydn", "croydon"), ("Lewisam", "lewisham"), ("Manchestr", "manchester")],
)
def test_an_unknown_name_is_an_error_that_names_the_nearest(name, nearest):
    with pytest.raises(
        InputError, match=rf"no place called '{name}'. The nearest known: .*{nearest}"
    ):
        places.place(name)


def test_a_place_of_ones_own_has_each_area_once():
    made = places.make_place(["croydon", "Sutton", "E09000008", places.place("kent")], "Our place")
    assert made.slug == "our-place"
    assert len(made.areas) == len(set(made.areas)) == 14
    assert repr(made) == "<Place 'our-place': Our place, 14 areas>"
    assert repr(places.place("croydon")) == "<Place 'croydon': Croydon, 1 area, a pilot>"


def test_a_place_with_an_unknown_part_or_none_is_refused():
    with pytest.raises(InputError, match="no place called 'croydn'"):
        places.make_place(["croydn"], "Ours")
    with pytest.raises(InputError, match="Ours has no areas: name one"):
        places.make_place([], "Ours")


@pytest.mark.parametrize(
    ("parts", "name", "message"),
    [
        ("croydon", "Ours", r"parts is 'croydon': a list is needed, as \['croydon'\]"),
        (["croydon"], " ", "no name for a place"),
        (["croydon", "sutton"], "Croydon", "'croydon' is already Croydon, of other areas"),
    ],
)
def test_a_place_of_ones_own_has_a_list_of_parts_and_a_name_of_its_own(parts, name, message):
    with pytest.raises(InputError, match=message):
        places.make_place(parts, name)


@given(st.text(max_size=30))
def test_no_text_becomes_a_place_by_default(text):
    known = reference.read("places")
    exact = {*known["place"], *known["name"].str.lower()}
    if text.strip().lower() not in exact and text.strip() not in set(
        reference.read("areas")["area"]
    ):
        with pytest.raises(InputError):
            places.place(text)


@pytest.mark.parametrize("slug", ["../croydon", "a/b", "a--b", "-a", "A", "a b", "..", "a\n"])
def test_a_slug_that_could_name_another_folder_is_refused(slug):
    with pytest.raises(InputError, match=r"is no name for a folder. Give `slug=`"):
        places.make_place(["croydon"], "Ours", slug)
    with pytest.raises(InputError, match="is no name for a folder"):
        places.Place(slug, "Ours", ("E09000008",))


def test_a_name_without_latin_letters_needs_a_slug():
    with pytest.raises(InputError, match="is no name for a place"):
        places.make_place(["croydon"], "\u6771\u4eac")
    assert places.make_place(["croydon"], "\u6771\u4eac", "ours").name == "\u6771\u4eac"


def test_a_known_slug_is_of_the_areas_of_that_place_only():
    with pytest.raises(InputError, match="'kent' is already Kent, of other areas"):
        places.make_place(["croydon"], "Kent")
    assert places.make_place(["E09000008"], "Croydon").areas == places.place("croydon").areas


@pytest.mark.parametrize(
    ("table", "old", "new", "fault"),
    [
        ("members", "croydon,E09000008", "croydon,E09000080", "members.csv: area has E09000080"),
        ("members", "croydon,E09000008\n", "", "places.csv: place has croydon, which place of mem"),
        ("areas", "E09000008,", "E09000080,", "members.csv: area has E09000008, which area of ar"),
    ],
)
def test_places_and_areas_that_do_not_go_together_are_refused(spoil, table, old, new, fault):
    spoil(table, old, new)
    with pytest.raises(InputError, match=fault):
        places.place("croydon")
