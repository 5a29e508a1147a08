"""Bodies and areas by the names that partners give them.

A body is known by its short name, its full name, or a spelling of return_words.csv, in which
{place} means the name of any area, county or place: 'London Borough of Croydon' and 'Croydon
Council' are the council. Which place was named matters: a council of another place, or one that did
not exist in the year, is asked about.
"""

import difflib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from totalplace import reference
from totalplace.errors import first_few
from totalplace.places import Place
from totalplace.returns.values import CellValue, simple

REORGANISED = "2008-09"  # the last year of the authorities in abolished.csv
ENGLAND = "England"


@dataclass(frozen=True)
class Names:
    """Every known name: of bodies (-> slug), their spellings with {place}, of places (-> areas).

    abolished: names of authorities -> the areas that they went into. ended, begun: names of places
    whose authorities ended or began on 1 April 2009. own: the areas of the place whose returns are
    read.
    """

    bodies: dict[str, str]
    spellings: dict[str, str]
    places: dict[str, frozenset[str]]
    abolished: dict[str, frozenset[str]]
    england: frozenset[str]
    ended: set[str]
    begun: set[str]
    own: frozenset[str] = frozenset()

    @classmethod
    def known(cls, place: Place) -> "Names":
        """As the reference tables have them, for returns of a place."""
        return replace(_known(), own=frozenset(place.areas))

    def body(self, text: str) -> CellValue:
        """The body of a name, and the case: a spelling, a body of another place, an unknown one."""
        name = simple(text)
        if name in self.bodies:
            return CellValue(self.bodies[name])
        for spelling, where in [(name, ""), *self._without_place(name)]:
            if spelling in self.spellings:
                body = self.spellings[spelling]
                here = not where or self.areas(where) & self.own
                return CellValue(body, "body-read" if here else "body-elsewhere", body)
        return CellValue(None, "body-unknown", first_few(nearest(name, self.bodies)))

    def _without_place(self, name: str) -> Iterator[tuple[str, str]]:
        """('place council', 'croydon') for 'croydon council': each place in it, longest first."""
        words = name.split()
        for length in range(len(words), 0, -1):
            for start in range(len(words) - length + 1):
                where = " ".join(words[start : start + length])
                if where in self.places or where in self.ended:
                    yield " ".join([*words[:start], "place", *words[start + length :]]), where

    def reorganised(self, text: str, year: str) -> str:
        """The case of a body that did not exist in a year, or nothing."""
        named = {where for _, where in self._without_place(simple(text))}
        if named & self.ended and year > REORGANISED:
            return "authority-ended"
        return "authority-later" if named & self.begun and year <= REORGANISED else ""

    def areas(self, name: str) -> frozenset[str]:
        """The areas of a place, county, region or abolished authority; none if unknown."""
        name = simple(name)
        return self.places.get(name) or self.abolished.get(name, frozenset())

    def footprint(self, text: str) -> CellValue:
        """The areas that a figure covers, as a frozenset, or the case that applies."""
        name = simple(text)
        areas = self.england if name == simple(ENGLAND) else self.areas(name)
        if not areas:
            near = nearest(name, [*self.places, simple(ENGLAND)])
            return CellValue(None, "footprint-unknown", first_few(near))
        return CellValue(areas) if areas & self.own else CellValue(None, "footprint-elsewhere")

    def is_wider(self, footprint: str | None) -> bool:
        """Whether a footprint reaches beyond the place."""
        return bool(footprint) and bool(self.footprint(str(footprint)).value - self.own)


def nearest(name: str, known: Iterable[str], cutoff: float = 0.3) -> list[str]:
    """The three known names nearest to a name, best first, if they are nearer than `cutoff`."""
    return difflib.get_close_matches(name, list(known), n=3, cutoff=cutoff)


@reference.cached_until_data_changes
def _known() -> Names:
    """The Names of the reference tables, for returns of nowhere."""
    bodies, words = (
        reference.returning_bodies(),
        reference.read("return_words").query("column == 'body'"),
    )
    names = {simple(name): row.body for row in bodies.itertuples() for name in (row.body, row.name)}
    areas, gone, where = reference.read("areas"), reference.read("abolished"), _places()
    old = {simple(name.removesuffix(" County Council")) for name in gone["name"]}
    new = set(areas.loc[areas["area"].isin(gone["area"]), "name"].map(simple))
    return Names(
        bodies=names,
        spellings=dict(zip(words["word"].map(simple), words["means"], strict=True)),
        places=where,
        abolished=gone.groupby(gone["name"].map(simple))["area"].agg(frozenset).to_dict(),
        england=frozenset(areas["area"]),
        ended=old - set(where),
        begun=new - old,
    )


def _places() -> dict[str, frozenset[str]]:
    """Places by name and by slug, areas by code, regions by name -> their areas."""
    members = reference.read("members").groupby("place")["area"].agg(frozenset)
    known, areas = reference.read("places"), reference.read("areas")
    by_name = {simple(row.name): members[row.place] for row in known.itertuples(index=False)}
    by_slug = {simple(slug): members[slug] for slug in known["place"]}
    by_code = {area: frozenset([area]) for area in areas["area"]}
    regions = areas.groupby(areas["region"].map(simple))["area"].agg(frozenset).to_dict()
    return by_name | by_slug | by_code | regions
