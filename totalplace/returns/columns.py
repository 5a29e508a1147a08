"""What each column of a return holds: one reader a kind of column, each giving a value and the case that it raises.

The kinds are those of return_columns.csv. Where a word, a name or a number can be read in more than one way the
case says so; a reader never settles a doubt.
"""

import re

from totalplace import reference
from totalplace.errors import first_few
from totalplace.returns import values
from totalplace.returns.issues import limit, plain
from totalplace.returns.names import Names
from totalplace.returns.values import Reading, simple

FORMULA_LIKE = re.compile(r"=|[+@-](?=[^\s\d])")
MARKUP = re.compile(r"<[a-z!/?]|javascript:|&#", re.I)
INVISIBLE = re.compile(
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]"
)


class Columns:
    """The readers of the columns for returns of one place and year."""

    def __init__(self, place, year):
        self.place, self.year, self.names = place, year, Names.known(place)
        described = reference.read("return_columns")
        self.kinds = dict(zip(described["column"], described["kind"], strict=True))
        self.needed = set(described["column"][described["needed"] == "yes"])
        drivers = reference.read("driver_names")
        self.drivers = {
            simple(name): row.driver
            for row in drivers.itertuples()
            for name in (row.driver, row.name)
        }
        self.known = {}

    def read(self, column, text, kind=""):
        """The Reading of a cell that is not blank; `kind`: what the spreadsheet stored it as."""
        asked = (column, text, kind)
        if asked not in self.known:
            self.known[asked] = getattr(self, f"_{self.kinds[column]}")(column, text, kind)
        return self.known[asked]

    def readable(self, column, text):
        """Whether a text can be read as that column's: what a choice of decisions.csv must be."""
        return self.read(column, text).value is not None

    def blank(self, column):
        """What a blank cell of a column is: no number, or no text."""
        return None if self.kinds[column] in ("age", "count", "amount") else ""

    def _amount(self, column, text, kind):
        return values.number(text, kind)

    def _text(self, column, text, kind):
        tidy = plain(INVISIBLE.sub("", text))
        if len(tidy) > limit("text"):
            return Reading(tidy[: limit("text")], "text-long", f"{limit('text'):,}")
        shapes = {
            "text-control": INVISIBLE.search(text),
            "text-markup": MARKUP.search(tidy),
            "text-formula": FORMULA_LIKE.match(tidy),
        }
        return Reading(tidy, next((case for case, found in shapes.items() if found), ""))

    def _word(self, column, text, kind):
        reading = values.word(column, text)
        if reading.value is None and not reading.case:
            return Reading(None, "word", ", ".join(values.meanings(column)))
        return reading

    def _year(self, column, text, kind):
        reading = values.year(text, kind)
        if reading.value and reading.value != self.year:
            return Reading(reading.value, "year-other", self.year)
        return reading

    def _cofog(self, column, text, kind):
        return values.code(text, kind)

    def _body(self, column, text, kind):
        return self.names.body(text)

    def _bodies(self, column, text, kind):
        bodies = text.split()
        unknown = set(bodies) - set(self.names.bodies.values())
        return Reading(None, "supersedes-unknown") if unknown else Reading(" ".join(bodies))

    def _payee(self, column, text, kind):
        """A counted body, a kind of payee that return_words.csv has, or somebody else, kept in their own words."""
        reading = values.word(column, text)
        if reading.value:
            return reading
        body = self.names.body(text)
        if body.value and body.case != "body-elsewhere":
            return Reading(body.value)
        near = self.names.nearest(simple(text), self.names.bodies, cutoff=0.8)
        return Reading(plain(text), "payee-near" if near else "payee-other", first_few(near))

    def _footprint(self, column, text, kind):
        """The area that a figure covers, by name; blank where it is the place itself."""
        word = values.word(column, text)
        if word.case:
            return word
        name = word.value or plain(text)
        reading = self.names.footprint(name)
        if reading.value is None:
            return Reading(None, reading.case, reading.known or self.place.name)
        return Reading("" if reading.value == self.names.own else name)

    def _driver(self, column, text, kind):
        name = values.word(column, text).value or self.drivers.get(simple(text))
        if name is None:
            return Reading(
                None, "driver-unknown", first_few(self.names.nearest(simple(text), self.drivers))
            )
        return Reading(name)

    def _yesno(self, column, text, kind):
        reading = values.word(column, text)
        return reading if reading.value else Reading(None, "yes-no")

    def _age(self, column, text, kind):
        return values.age(column, text, kind)

    def _count(self, column, text, kind):
        return values.children(text, kind)
