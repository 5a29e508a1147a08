"""What each column of a return holds: one reader a kind of column, giving a value and a case.

The kinds are those of return_columns.csv. Where a word, a name or a number can be read in more than
one way the case says so; a reader never settles a doubt.
"""

import re

from totalplace import reference
from totalplace.errors import first_few
from totalplace.places import Place
from totalplace.returns.issues import plain
from totalplace.returns.names import Names, nearest
from totalplace.returns.values import CellValue, simple, vocabulary

FORMULA_LIKE = re.compile(r"=|[+@-](?=[^\s\d])")
MARKUP = re.compile(r"<[a-z!/?]|javascript:|&#", re.I)
INVISIBLE = re.compile(
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]"
)
NUMBERS = ("age", "count", "amount")


class Columns:
    """The readers of the columns for returns of one place and year."""

    def __init__(self, place: Place, year: str):
        self.place, self.year, self.names = place, year, Names.known(place)
        self.vocabulary = vocabulary()
        self.limits = self.vocabulary.limits
        described, drivers = reference.read("return_columns"), reference.read("driver_names")
        self.kinds = dict(zip(described["column"], described["kind"], strict=True))
        self.needed = set(described["column"][described["needed"] == "yes"])
        self.drivers = {simple(driver): driver for driver in drivers["driver"]}
        self.drivers |= dict(zip(drivers["name"].map(simple), drivers["driver"], strict=True))
        self._read: dict[tuple[str, str, str], CellValue] = {}

    def read(self, column: str, text: str, kind: str = "") -> CellValue:
        """The value of a cell that is not blank; `kind`: what the spreadsheet stored it as."""
        asked = (column, text, kind)
        if asked not in self._read:
            self._read[asked] = getattr(self, f"_{self.kinds[column]}")(column, text, kind)
        return self._read[asked]

    def readable(self, column: str, text: str) -> bool:
        """Whether a text can be read as that column's: what a choice of decisions.csv must be."""
        return self.read(column, text).value is not None

    def blank(self, column: str) -> str | None:
        """The value of a blank cell of a column: no number, or no text."""
        return None if self.kinds[column] in NUMBERS else ""

    def _amount(self, column, text, kind):
        return self.vocabulary.number(text, kind)

    def _text(self, column, text, kind):
        tidy, longest = plain(INVISIBLE.sub("", text)), self.limits["text"]
        if len(tidy) > longest:
            return CellValue(tidy[:longest], "text-long", f"{longest:,}")
        if INVISIBLE.search(text):
            return CellValue(tidy, "text-control")
        if MARKUP.search(tidy):
            return CellValue(tidy, "text-markup")
        return CellValue(tidy, "text-formula" if FORMULA_LIKE.match(tidy) else "")

    def _word(self, column, text, kind):
        word = self.vocabulary.word(column, text)
        if word.value is None and not word.case:
            return CellValue(None, "word", ", ".join(self.vocabulary.meanings(column)))
        return word

    def _year(self, column, text, kind):
        year = self.vocabulary.year(text, kind)
        if year.value and year.value != self.year:
            return CellValue(year.value, "year-other", self.year)
        return year

    def _cofog(self, column, text, kind):
        return self.vocabulary.code(text, kind)

    def _body(self, column, text, kind):
        return self.names.body(text)

    def _bodies(self, column, text, kind):
        bodies = text.split()
        unknown = set(bodies) - set(self.names.bodies.values())
        return CellValue(None, "supersedes-unknown") if unknown else CellValue(" ".join(bodies))

    def _payee(self, column, text, kind):
        """A counted body, a kind of payee of return_words.csv, or somebody else as written."""
        word = self.vocabulary.word(column, text)
        if word.value:
            return word
        body = self.names.body(text)
        if body.value and body.case != "body-elsewhere":
            return CellValue(body.value)
        near = nearest(simple(text), self.names.bodies, cutoff=0.8)
        return CellValue(plain(text), "payee-near" if near else "payee-other", first_few(near))

    def _footprint(self, column, text, kind):
        """The area that a figure covers, by name; blank where it is the place itself."""
        word = self.vocabulary.word(column, text)
        if word.case:
            return word
        name = word.value or plain(text)
        areas = self.names.footprint(name)
        if areas.value is None:
            return CellValue(None, areas.case, areas.known or self.place.name)
        return CellValue("" if areas.value == self.names.own else name)

    def _driver(self, column, text, kind):
        name = self.vocabulary.word(column, text).value or self.drivers.get(simple(text))
        if name is None:
            near = nearest(simple(text), self.drivers)
            return CellValue(None, "driver-unknown", first_few(near))
        return CellValue(name)

    def _yesno(self, column, text, kind):
        word = self.vocabulary.word(column, text)
        return word if word.value else CellValue(None, "yes-no")

    def _age(self, column, text, kind):
        return self.vocabulary.age(column, text, kind)

    def _count(self, column, text, kind):
        return self.vocabulary.children(text, kind)
