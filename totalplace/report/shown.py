"""An exhibit as it is displayed, and the words that quote its table."""

from collections.abc import Callable
from typing import Any

from totalplace.errors import InputError
from totalplace.report.exhibits import LONGEST, is_name
from totalplace.report.tables import PrintedTable
from totalplace.report.words import Sentence, bundle, clean

# Words, or what makes them of the table as it is printed.
Words = str | Callable[[PrintedTable], Sentence]


class Shown:
    """An exhibit, to be displayed.

    name, kind, caption : as in exhibits.csv.
    frame : the frame that was shown.
    figure : of a figure, the matplotlib Figure as drawn.
    """

    def __init__(
        self,
        kind: str,
        html: str,
        facts: dict[str, Any],
        printed: PrintedTable | None = None,
        figure: Any = None,
    ):
        self.kind, self.name, self.caption = kind, facts.get("name"), facts.get("caption")
        self.figure, self.frame = figure, None if printed is None else printed.frame
        self._printed, self._html, self._facts = printed, html, facts

    def quote(self, row: object, unit: str | None = None) -> str:
        """A figure as it is printed here: quote("Health") is "£544.4m", or "17.0%" by unit %.

        One amount can differ by a tenth between two tables, for each adds as printed; a sentence
        that quotes its table cannot. Raises InputError where there is no such row.
        """
        if self._printed is None:
            raise InputError(f"{self.kind} {self.name!r} has no table to quote")
        return self._printed.quote(row, unit)

    def __repr__(self) -> str:
        return f"{self.kind}: {self.caption or self.name} ({len(self._facts.get('rows', []))} rows)"

    def _repr_mimebundle_(self, include=None, exclude=None):
        return bundle(self.kind, self._html, repr(self), **self._facts)


def filled(words: Words, printed: PrintedTable) -> str:
    """Words that may still want the table as it is printed."""
    return words(printed) if callable(words) else words


def quoting(printed: PrintedTable) -> Callable[[str, str | None, dict], str]:
    """What quotes a row by its name, or by the fact of that name."""
    return lambda row, unit, facts: printed.quote(
        row if printed.has_row(row) else facts.get(row, row), unit
    )


def file_name(name: str) -> str:
    """The name as given, fit for a file. Raises InputError for any but a-z, 0-9 and hyphens."""
    if not is_name(name):
        raise InputError(
            f"{name!r} cannot name a file: use a-z, 0-9 and single hyphens, at most {LONGEST}"
        )
    return name


def bundle_fault(facts: dict[str, Any]) -> str | None:
    """What is wrong with the facts of something shown, which a notebook may have made itself."""
    if facts["name"] is None:
        return None  # no file is made of it
    if not is_name(facts["name"]):
        return f"shows {clean(facts['name'])[:60]!r}, a name that no file can have"
    if missing := sorted({"caption", "columns", "units", "rows"} - facts.keys()):
        return f"shows {facts['name']!r}, whose facts lack {', '.join(missing)}"
    columns, rows = facts["columns"], facts["rows"]
    lists = isinstance(columns, list) and isinstance(rows, list)
    if not lists or not all(isinstance(row, list) and len(row) == len(columns) for row in rows):
        return f"shows {facts['name']!r}, whose rows do not have a cell for each column"
    return None if isinstance(facts["units"], dict) else "shows units that are no dict"
