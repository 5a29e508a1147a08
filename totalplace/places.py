"""A place is a set of areas: a district, a county, a pilot, or any that somebody names. Pilots are places with a theme."""

import difflib
import re
from collections.abc import Iterable
from dataclasses import dataclass

import pandas as pd

from totalplace import reference
from totalplace.errors import InputError, first_few


@dataclass(frozen=True, repr=False)
class Place:
    """A set of areas: `slug` (its name in commands and paths), `name` (as printed), `areas` (GSS codes), facts of a pilot."""

    slug: str
    name: str
    areas: tuple[str, ...]
    theme: str = ""
    lead: str = ""
    source: str = ""
    note: str = ""

    def __str__(self) -> str:
        """The name as printed."""
        return self.name

    def __repr__(self) -> str:
        """The name and the size: <Place 'kent': Kent, 12 areas, a pilot>."""
        areas = "1 area" if len(self.areas) == 1 else f"{len(self.areas)} areas"
        return f"<Place {self.slug!r}: {self.name}, {areas}{', a pilot' if self.theme else ''}>"


def place(name: str) -> Place:
    """The place of that slug, name (in any case) or GSS code.

    Raises InputError for a name that is unknown, with the nearest known ones, or that could mean several, with each.
    """
    known = reference.read("places").set_index("place")
    slug = _slug(str(name).strip(), known)
    members = reference.read("members")
    row = known.loc[slug]
    areas = tuple(members["area"][members["place"] == slug])
    return Place(slug, row["name"], areas, row["theme"], row["lead"], row["source"], row["note"])


def make_place(parts: Iterable[str], name: str, slug: str = "") -> Place:
    """A place of one's own, each area in it once: make_place(["croydon", "Sutton", "E09000024"], "South London").

    parts: slugs, names or GSS codes of places and areas. slug: by default the name in lower case with dashes.
    Raises InputError for a part that is not known, and for no part at all.
    """
    areas = sorted({area for part in parts for area in place(part).areas})
    if not areas:
        raise InputError(f"{name} has no areas: name one place or area at least.")
    return Place(slug or re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-"), name, tuple(areas))


def pilots() -> list[str]:
    """The slugs of the 13 Total Place pilots, in order."""
    known = reference.read("places")
    return known["place"][known["theme"] != ""].tolist()


def areas(place: Place) -> pd.DataFrame:
    """The areas of a place with their county and region, in words: name, county, region."""
    table = reference.read("areas")
    names = reference.read("places").set_index("place")["name"]
    here = table[table["area"].isin(place.areas)].reset_index(drop=True)
    county = here["upper_tier"].map({"": "none (one tier)"} | names.to_dict())
    return here.assign(county=county)[["name", "county", "region"]]


def all_areas() -> list[str]:
    """The slugs of the 326 areas as places, in order: together they are England, once."""
    return sorted(reference.read("areas")["place"].map(_same_place()))


def find_places(word: str = "") -> pd.DataFrame:
    """The places and areas whose name, slug or code has the word in it: place, name, areas (how many), theme."""
    known = reference.read("places")
    members = reference.read("members").groupby("place")["area"]
    areas, codes = known["place"].map(members.size()), known["place"].map(members.agg(" ".join))
    text = known["place"] + " " + known["name"] + " " + codes.where(areas == 1, "")
    found = known.assign(areas=areas)[text.str.lower().str.contains(word.lower(), regex=False)]
    return found[["place", "name", "areas", "theme"]]


def _slug(name, known):
    """The slug that a user's word means."""
    if name in known.index:
        return name
    by_name = known.index[known["name"].str.lower() == name.lower()]
    if len(by_name) == 1:
        return by_name[0]
    areas = reference.read("areas").set_index("area")["place"].map(_same_place())
    if name in areas.index:
        return areas[name]
    raise InputError(_unknown(name, known))


def _same_place():
    """A pilot that is one area has its own slug: from the slug of the area to that of the place it is."""
    areas, members = reference.read("areas"), reference.read("members")
    alone = members[members.groupby("place")["area"].transform("size") == 1]
    slugs = areas.merge(alone.rename(columns={"place": "slug"}), on="area", validate="1:1")
    return dict(zip(slugs["place"], slugs["slug"], strict=True))


def _unknown(name, known):
    """The message for a word that names no place: what it could mean, or the nearest known."""
    names = pd.Series(known.index, index=known["name"].str.lower())
    has = [name.lower() in f"{slug}\n{words}" for words, slug in names.items()]
    candidates = known.index[has]
    if name and 1 < len(candidates) <= 12:
        return f"{name!r} could be {first_few(candidates, 12)}. Give one of these."
    slugs = dict(zip(known.index, known.index, strict=True)) | names.to_dict()
    near = difflib.get_close_matches(name.lower(), [*known.index, *names.index], n=3, cutoff=0.5)
    nearest = list(dict.fromkeys([*candidates[:3], *(slugs[word] for word in near)]))[:3]
    hint = f"The nearest known: {first_few(nearest)}." if nearest else "See `totalplace places`."
    return f"no place called {name!r}. {hint}"
