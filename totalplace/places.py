"""A place is a set of areas: a district, a county, a pilot, or one's own. Pilots have a theme."""

import difflib
import re
from collections.abc import Iterable
from dataclasses import dataclass

from pandas import DataFrame, Series

from totalplace import reference, reference_links
from totalplace.errors import InputError, first_few

SLUG = reference.LIKE["slug"]
NEAR = 0.7  # of 1: how like a name must be to be offered in its place


@dataclass(frozen=True, repr=False)
class Place:
    """A set of areas.

    slug: its name in commands and paths. name: as printed. areas: GSS codes. Of pilots: theme,
    lead, source, note.
    """

    slug: str
    name: str
    areas: tuple[str, ...]
    theme: str = ""
    lead: str = ""
    source: str = ""
    note: str = ""

    def __post_init__(self):
        if not re.fullmatch(SLUG, str(self.slug)):
            remedy = "Give `slug=`: small letters, digits and single hyphens, as in our-place."
            raise InputError(f"{self.name!r}: {self.slug!r} is no name for a folder. {remedy}")

    def __str__(self) -> str:
        return self.name

    def __repr__(self) -> str:
        areas = f"{len(self.areas)} area" + ("s" if len(self.areas) > 1 else "")
        return f"<Place {self.slug!r}: {self.name}, {areas}{', a pilot' if self.theme else ''}>"


def place(name: str | Place) -> Place:
    """The place of that slug, name (in any case) or GSS code; a Place is itself.

    Raises InputError for an unknown name, with the nearest known, and for one that could mean
    several places, with each.
    """
    if isinstance(name, Place):
        return name
    reference_links.check_places()
    known = reference.read("places").set_index("place")
    slug = _slug(str(name).strip(), known)
    members = reference.read("members")
    areas = tuple(members["area"][members["place"] == slug])
    return Place(slug, areas=areas, **known.loc[slug])


def make_place(parts: Iterable[str | Place], name: str, slug: str = "") -> Place:
    """A place of one's own, each area once: make_place(["croydon", "Sutton"], "Two boroughs").

    parts: names, slugs or GSS codes of places and areas. slug: by default made from the name; the
    returns used are those of data/raw/returns/<slug>/, not those of the parts. Raises InputError
    for no part or an unknown one, for no name, and for the slug of a place of other areas.
    """
    if isinstance(parts, str | Place):
        raise InputError(f"parts is {str(parts)!r}: a list is needed, as [{str(parts)!r}].")
    areas = tuple(sorted({area for part in parts for area in place(part).areas}))
    slug = slug or re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")
    if not slug:
        raise InputError(f"{name!r} is no name for a place: give one with a letter or digit.")
    if not areas:
        raise InputError(f"{name} has no areas: name one place or area at least.")
    if slug in set(reference.read("places")["place"]) and set(place(slug).areas) != set(areas):
        raise InputError(f"{slug!r} is already {place(slug)}, of other areas: give another slug.")
    return Place(slug, name, areas)


def pilots() -> list[str]:
    """The slugs of the 13 Total Place pilots, in order."""
    known = reference.read("places")
    return known["place"][known["theme"] != ""].tolist()


def areas(of: Place | str) -> DataFrame:
    """The areas of a place with their county and region, in words: name, county, region."""
    table = reference.read("areas")
    here = table[table["area"].isin(place(of).areas)].reset_index(drop=True)
    county = here["upper_tier"].map({"": "none"} | reference.names_of("places", "place"))
    return here.assign(county=county)[["name", "county", "region"]]


def all_areas() -> list[str]:
    """The slugs of the 326 areas as places, in order: together they are England, once."""
    return sorted(_slugs_of_areas())


def find_places(word: str = "") -> DataFrame:
    """Places whose name or slug (or code, of an area) has the word: place, name, areas, theme."""
    known = reference.read("places")
    members = reference.read("members").groupby("place")["area"]
    areas, codes = known["place"].map(members.size()), known["place"].map(members.agg(" ".join))
    text = known["place"] + " " + known["name"] + " " + codes.where(areas == 1, "")
    found = known.assign(areas=areas)[text.str.lower().str.contains(word.lower(), regex=False)]
    return found[["place", "name", "areas", "theme"]]


def _slug(name, known):
    """The slug that a user's word means."""
    by_name = known.index[known["name"].str.lower() == name.lower()]
    if name in known.index or len(by_name) == 1:
        return name if name in known.index else by_name[0]
    by_code = _slugs_of_areas()
    if name in by_code.index:
        return by_code[name]
    raise InputError(_unknown(name, known))


def _slugs_of_areas():
    """The slug of each area, by its code: a pilot that is one area has its own slug for it."""
    areas, members = reference.read("areas").set_index("area"), reference.read("members")
    alone = members[members.groupby("place")["area"].transform("size") == 1].set_index("area")
    return alone["place"].reindex(areas.index)


def _unknown(name, known):
    """The message for a word that names no place: what it could mean, or the nearest known."""
    names = Series(known.index, index=known["name"].str.lower())
    has = [name.lower() in f"{slug}\n{words}" for words, slug in names.items()]
    candidates = known.index[has]
    if name and 1 < len(candidates) <= 12:
        return f"{name!r} could be {first_few(candidates, 12)}. Give one of these."
    slugs = names.to_dict() | dict(zip(known.index, known.index, strict=True))
    near = difflib.get_close_matches(name.lower(), [*known.index, *names.index], n=3, cutoff=NEAR)
    nearest = list(dict.fromkeys([*candidates[:3], *(slugs[word] for word in near)]))[:3]
    hint = f"The nearest known: {first_few(nearest)}." if nearest else "See `totalplace places`."
    return f"no place called {name!r}. {hint}"
