"""The areas of each financial year, and a place in any year as the areas that it was then.

Every area of every year is some of the 326 of April 2009 (`first_areas`): whether one area is
another, is made of others or is within a larger one is read from these sets.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from pandas import DataFrame

from totalplace import reference
from totalplace.errors import InputError, first_few

SAME, MADE_OF, WITHIN, NEITHER = "same", "made of", "within", "neither"
KINDS = {"E06": "unitary authority", "E07": "district", "E08": "metropolitan district"}
KINDS |= {"E09": "London borough"}


@dataclass(frozen=True)
class InYear:
    """What a set of areas is in a year.

    year: the financial year. relation: same, made of, within or neither. areas: the areas of that
    year that are wholly in the set. lost: the first areas (2009) of the set that no such area
    covers, each with the larger area that it is within: {"E07000163": "E06000065"}.
    """

    year: str
    relation: str
    areas: tuple[str, ...]
    lost: dict[str, str]


def years() -> list[str]:
    """The financial years that areas are known for, in order."""
    return reference.read("year_editions")["year"].tolist()


def areas_of(year: str) -> DataFrame:
    """The areas of a financial year: area, name, place, kind, county (a slug), region.

    Areas are those of the year's 1 April; 2008-09 is counted on those of 1 April 2009. Raises
    InputError for a year that there are no lines of.
    """
    return _areas_of(year).copy(deep=False)


@reference.cached_until_data_changes("area_changes", "year_editions")
def _areas_of(year: str) -> DataFrame:
    if year not in years():
        raise InputError(f"no areas of the year {year!r}. There are {first_few(years(), 30)}.")
    table = reference.read("area_changes")
    there = (table["from"] <= year) & ((table["to"] == "") | (table["to"] >= year))
    found = table[there].reset_index(drop=True)
    kind = found["area"].str[:3].map(KINDS)
    return found.assign(kind=kind)[["area", "name", "place", "kind", "county", "region"]]


def upper_tier(year: str) -> dict[str, str]:
    """The upper tier of each area of a year: its county's slug, or the area itself."""
    areas = _areas_of(year)
    upper = areas["county"].mask(areas["county"] == "", areas["area"])
    return dict(zip(areas["area"], upper, strict=True))


def first_areas(area: str) -> frozenset[str]:
    """The areas of April 2009 that an area of any year is made of.

    Raises InputError for a code that no English district has had since 2009.
    """
    known = _first_areas_of_all()
    if area not in known:
        raise InputError(f"no area {area!r} in any year since April 2009 (area_changes.csv).")
    return known[area]


@reference.cached_until_data_changes("area_changes")
def _first_areas_of_all() -> dict[str, frozenset[str]]:
    table = reference.read("area_changes").sort_values("from")
    first = table["from"].min()
    known = {area: frozenset([area]) for area in table["area"][table["from"] == first]}
    for row in table[table["became"] != ""].sort_values("to").itertuples():
        known[row.became] = known.get(row.became, frozenset()) | known[row.area]
    return known


@reference.cached_until_data_changes("area_changes", "year_editions")
def holders(year: str) -> dict[str, str]:
    """The area of a year that each area of 2009 is, or is within: {first area: area}."""
    return {first: area for area in _areas_of(year)["area"] for first in first_areas(area)}


def in_year(areas: Iterable[str], year: str) -> InYear:
    """What a set of areas, each of any year, is in a year: the areas then that are wholly in it.

    Raises InputError for a code or year that is not known.
    """
    wanted = frozenset().union(*map(first_areas, areas))
    holder = holders(year)
    touched = {holder[first] for first in wanted}
    whole = tuple(sorted(area for area in touched if first_areas(area) <= wanted))
    lost = {first: holder[first] for first in sorted(wanted) if holder[first] not in whole}
    if not lost:
        relation = SAME if len(whole) == 1 else MADE_OF
    else:
        relation = WITHIN if len(touched) == 1 else NEITHER
    return InYear(year, relation, whole, lost)


def areas_in_year(areas: Iterable[str], year: str, name: str = "") -> tuple[str, ...]:
    """The areas that a place of these areas is in a year.

    name: the place's, for the message. Raises InputError where no area of that year is wholly in
    the place: it names the larger area that the place is now part of, and since when.
    """
    areas = list(areas)
    found = in_year(areas, year)
    if found.areas:
        return found.areas
    holders = sorted(set(found.lost.values()))
    words = first_few([_since(holder) for holder in holders])
    called = name or first_few([_name(area) for area in areas])
    raise InputError(f"{called} has no {year}: it is part of {words}. Count that, or another year.")


def _name(area: str) -> str:
    table = reference.read("area_changes")
    return table["name"][table["area"] == area].iloc[-1]


def _since(area: str) -> str:
    table = reference.read("area_changes")
    return f"{_name(area)} (from {table['from'][table['area'] == area].min()})"
