"""Bodies and areas by the names that partners give them.

A body is known by its short name, its full name, or a spelling of return_words.csv, in which {place} stands for
the name of any area, county or place: 'London Borough of Croydon' and 'Croydon Council' are the council. Which
place was named is kept: a council of another place, or one that did not exist in the year, is asked about.
"""

import difflib
from dataclasses import dataclass, replace

from totalplace import reference
from totalplace.errors import first_few
from totalplace.returns.values import Reading, simple

REORGANISED = "2008-09"  # the last year of the authorities in abolished.csv; the new ones began on 1 April 2009
ENGLAND = "England"


@dataclass
class Names:
    """Every name known: bodies (name -> slug), spellings with {place}, names of places, and the years of some."""

    bodies: dict
    spellings: dict
    places: dict
    ended: set
    later: set
    own: frozenset

    @classmethod
    def known(cls, place):
        """As the reference tables have them, for returns of `place` (places.Place)."""
        return replace(_known(), own=frozenset(place.areas))

    def body(self, text):
        """The body of a name, and the case that it raises: read otherwise than it was written, another place's, unknown."""
        said = simple(text)
        if said in self.bodies:
            return Reading(self.bodies[said])
        for spelling, where in [(said, ""), *self._without_place(said)]:
            if spelling in self.spellings:
                body = self.spellings[spelling]
                here = not where or self.areas(where) & self.own
                return Reading(body, "body-read" if here else "body-elsewhere", body)
        return Reading(None, "body-unknown", first_few(self.nearest(said, self.bodies)))

    def _without_place(self, said):
        """('place council', 'croydon') for 'croydon council': each name of a place in it taken out, longest first."""
        words = said.split()
        for length in range(len(words), 0, -1):
            for start in range(len(words) - length + 1):
                name = " ".join(words[start : start + length])
                if name in self.places or name in self.ended:
                    yield " ".join([*words[:start], "place", *words[start + length :]]), name

    def years(self, text, year):
        """The case of a body that did not exist in a year, or nothing."""
        named_places = {name for _, name in self._without_place(simple(text))}
        if named_places & self.ended and year > REORGANISED:
            return "authority-ended"
        return "authority-later" if named_places & self.later and year <= REORGANISED else ""

    def areas(self, name):
        """The areas of a place, county or region by name, of an abolished authority those it went into; none if unknown."""
        return self.places.get(simple(name)) or self._successors(simple(name))

    def footprint(self, text):
        """The areas that a figure covers, as a frozenset, or the case it raises."""
        said = simple(text)
        areas = (
            frozenset(reference.read("areas")["area"])
            if said == simple(ENGLAND)
            else self.areas(said)
        )
        if not areas:
            return Reading(
                None,
                "footprint-unknown",
                first_few(self.nearest(said, [*self.places, simple(ENGLAND)])),
            )
        return Reading(areas) if areas & self.own else Reading(None, "footprint-elsewhere")

    def nearest(self, said, names, cutoff=0.3):
        """The three known names nearest to what was said, best first; none nearer than `cutoff`, none."""
        return difflib.get_close_matches(said, list(names), n=3, cutoff=cutoff)

    def wider(self, name):
        """Whether a footprint reaches beyond the place."""
        return bool(name) and bool(self.footprint(name).value - self.own)

    def _successors(self, name):
        abolished = reference.read("abolished")
        return frozenset(abolished["area"][abolished["name"].map(simple) == name])


@reference.cached_until_data_changes
def _known():
    """The Names of the reference tables, for returns of nowhere."""
    bodies, words, areas = (
        reference.returning_bodies(),
        reference.read("return_words"),
        reference.read("areas"),
    )
    names = {simple(name): row.body for row in bodies.itertuples() for name in (row.body, row.name)}
    spelt = words[words["column"] == "body"]
    members = reference.read("members").groupby("place")["area"].agg(frozenset)
    known = reference.read("places")
    where = {
        simple(name): members[slug]
        for slug, name in zip(known["place"], known["name"], strict=True)
    }
    where |= {simple(slug): members[slug] for slug in known["place"]} | {
        area: frozenset([area]) for area in areas["area"]
    }
    where |= {simple(region): frozenset(rows) for region, rows in areas.groupby("region")["area"]}
    abolished = reference.read("abolished")
    old = {simple(name.removesuffix(" County Council")) for name in abolished["name"]}
    new = set(areas.loc[areas["area"].isin(abolished["area"]), "name"].map(simple))
    spellings = {
        simple(said): means for said, means in zip(spelt["said"], spelt["means"], strict=True)
    }
    return Names(names, spellings, where, old - set(where), new - old, frozenset())
