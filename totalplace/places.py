"""A place is a set of areas: a district, a county, a pilot. Pilots are places with a theme."""

import difflib
from dataclasses import dataclass

from totalplace import reference
from totalplace.errors import InputError, first_few


@dataclass(frozen=True)
class Place:
    """A set of areas: `slug` (its name in commands and paths), `name` (as printed), `areas` (GSS codes), facts of a pilot."""

    slug: str
    name: str
    areas: tuple
    theme: str = ""
    lead: str = ""
    source: str = ""
    note: str = ""

    def __str__(self):
        """The name as printed."""
        return self.name


def place(name):
    """The place of that slug, name (in any case) or GSS code.

    Raises InputError for a name that is unknown, with the nearest known ones, or that could mean several, with each of them.
    """
    known = reference.read("places").set_index("place")
    slug = _slug(str(name).strip(), known)
    members = reference.read("members")
    row = known.loc[slug]
    areas = tuple(members["area"][members["place"] == slug])
    return Place(slug, row["name"], areas, row["theme"], row["lead"], row["source"], row["note"])


def pilots():
    """The slugs of the 13 Total Place pilots, in order."""
    known = reference.read("places")
    return known["place"][known["theme"] != ""].tolist()


def areas(place):
    """The areas of a place with their county and region, in words: name, county, region."""
    table = reference.read("areas")
    counties = {"": "none (one tier)"} | reference.read("places").set_index("place")[
        "name"
    ].to_dict()
    here = table[table["area"].isin(place.areas)]
    return here.assign(county=here["upper_tier"].map(counties))[
        ["name", "county", "region"]
    ].reset_index(drop=True)


def together(slugs, slug, name):
    """Several places as one, each area once: together(pilots(), "pilots", "The 13 pilots")."""
    areas = sorted({area for known in slugs for area in place(known).areas})
    return Place(slug, name, tuple(areas))


def all_areas():
    """The slugs of the 326 areas as places, in order: together they are England, once."""
    return sorted(reference.read("areas")["place"].map(_same_place()))


def find_places(word=""):
    """The places and areas whose name, slug or code has the word in it: a table of place, name, areas, theme."""
    known = reference.read("places")
    members = reference.read("members").groupby("place")["area"]
    table = known.assign(
        areas=known["place"].map(members.size()), codes=known["place"].map(members.agg(" ".join))
    )
    text = (
        table["place"] + " " + table["name"] + " " + table["codes"].where(table["areas"] == 1, "")
    )
    return table[text.str.lower().str.contains(word.lower(), regex=False)][
        ["place", "name", "areas", "theme"]
    ]


def _slug(name, known):
    """The slug that a user's word means."""
    if name in known.index:
        return name
    by_name = known.index[known["name"].str.lower() == name.lower()]
    areas = reference.read("areas").set_index("area")["place"].map(_same_place())
    if len(by_name) == 1 or name in areas.index:
        return by_name[0] if len(by_name) == 1 else areas[name]
    raise InputError(_unknown(name, known))


def _same_place():
    """A pilot that is one area has its own slug: from the slug of the area to that of the place it is."""
    areas, members = reference.read("areas"), reference.read("members")
    alone = members[members.groupby("place")["area"].transform("size") == 1]
    slugs = areas.merge(alone.rename(columns={"place": "slug"}), on="area", validate="1:1")
    return dict(zip(slugs["place"], slugs["slug"], strict=True))


def _unknown(name, known):
    words = known["name"].str.lower()
    candidates = known.index[
        words.str.contains(name.lower(), regex=False)
        | known.index.str.contains(name.lower(), regex=False)
    ]
    if name and 1 < len(candidates) <= 12:
        return f"{name!r} could be {first_few(candidates, 12)}. Give one of these."
    near = difflib.get_close_matches(name.lower(), [*known.index, *words], n=3, cutoff=0.5)
    slugs = list(
        dict.fromkeys(
            slug if slug in known.index else known.index[words == slug][0] for slug in near
        )
    )
    nearest = list(dict.fromkeys([*candidates[:3], *slugs]))[:3]
    hint = f"The nearest known: {first_few(nearest)}." if nearest else "See `totalplace places`."
    return f"no place called {name!r}. {hint}"
