"""An .xlsx file as text: what is stored in it, read in one pass, with nothing run or followed.

A general library would have to read it twice to see both a formula and its stored value, keeps no
hidden rows when it streams, and believes the sizes that the file states. A number is read as the
spreadsheet shows it, to 15 significant digits: what is beyond them is noise of the binary form.
Known limits: rich text loses its formatting; charts, comments and pictures are not looked at.
"""

import functools
import posixpath
import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Context, InvalidOperation

from totalplace.returns.issues import Refused, limit, plain
from totalplace.returns.xlsx_package import opened, parse

EXCEL_DIGITS = Context(prec=15)
DATE_FORMATS = {*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)}
PERCENT_FORMATS = {9, 10}
NUMBER = re.compile(r"-?\d+(\.\d+)?", re.ASCII)


@dataclass
class Sheet:
    """A sheet as text. `rows`: lists of cells; all else is keyed by (row, column), both from 0.

    kinds: text (a number stored as text), date, percent, scaled, boolean, error, no value (a
    formula whose result was not stored), of cells that are not `plain`, as all others are: number
    in a workbook, nothing in a text file. formulas: cells that are worked out. hidden_rows: from 0.
    merged: (first row, column, last row, column).
    """

    name: str
    rows: list[list[str]]
    hidden: bool = False
    kinds: dict[tuple[int, int], str] = field(default_factory=dict)
    formulas: set[tuple[int, int]] = field(default_factory=set)
    hidden_rows: set[int] = field(default_factory=set)
    merged: list[tuple[int, int, int, int]] = field(default_factory=list)
    plain: str = ""


def read_workbook(content: bytes) -> tuple[list[Sheet], list[str]]:
    """The sheets of an .xlsx file, and the cases of what else is in it. Raises Refused."""
    with opened(content) as package:
        names = {name.lower().lstrip("/"): name for name in package.namelist()}
        _check_parts(names)
        return _sheets(package, names), _warnings(names)


def _check_parts(names):
    if any("vbaproject" in name or "macrosheets/" in name for name in names):
        raise Refused("macro")
    if "xl/workbook.xml" not in names:
        raise Refused("not-a-workbook", given="it has no xl/workbook.xml")


def _warnings(names):
    parts = {
        "outside-workbook": "xl/externallinks/",
        "embedded": ("xl/embeddings/", "xl/activex/", "xl/ctrlprops/"),
    }
    return [case for case, where in parts.items() if any(name.startswith(where) for name in names)]


def _sheets(package, names):
    left = {name: limit(name) for name in ("cells", "rows", "columns", "letters")}
    strings, formats = _strings(package, names, left), _formats(package, names)
    parts = list(_parts(package, names))
    alike = [name.lower() for name, *_ in parts], [part for *_, part in parts]
    if any(len(set(found)) < len(found) for found in alike):
        raise Refused("damaged", given="one sheet is listed twice")
    return [
        _sheet(package, part, name, hidden, strings, formats, left) for name, hidden, part in parts
    ]


def _parts(package, names):
    """Name, whether hidden, and part of each sheet, in order; each part is inside the file."""
    relations = _attributes(package, names["xl/_rels/workbook.xml.rels"], "Relationship")
    links = {its.get("Id"): its for its in relations}
    for its in _attributes(package, names["xl/workbook.xml"], "sheet"):
        target = links[next(value for key, value in its.items() if key.endswith(":id"))]
        part = posixpath.normpath(posixpath.join("xl", target["Target"])).lower().lstrip("/")
        if target.get("Type", "").endswith("/worksheet") and target.get("TargetMode") != "External":
            yield plain(its.get("name", "")), its.get("state", "visible") != "visible", names[part]


def _attributes(package, part, wanted):
    """The attributes of each tag of a kind, in order."""
    found = []
    parse(package, part, lambda tag, its: found.append(its) if tag == wanted else None)
    return found


def _keep(words, parts, left):
    """Keep words of a text while there is room: a workbook of endless words is a bomb."""
    left["letters"] -= len(words)
    if left["letters"] < 0:
        most = f"{limit('letters'):,}"
        raise Refused("bomb", given=f"more than {most} letters", known=most)
    parts.append(words)


def _strings(package, names, left):
    """The shared strings: each the text of its <t> parts, without the phonetic ones."""
    texts: list[str] = []
    parts: list[str] = []
    inside = {"t": False, "rPh": False}

    def _start(tag, its):
        if tag in inside:
            inside[tag] = True
        elif tag == "si":
            parts.clear()

    def _end(tag):
        if tag in inside:
            inside[tag] = False
        elif tag == "si":
            texts.append("".join(parts))

    def _text(words):
        if inside["t"] and not inside["rPh"]:
            _keep(words, parts, left)

    if "xl/sharedstrings.xml" in names:
        parse(package, names["xl/sharedstrings.xml"], _start, _end, _text)
    return texts


def _formats(package, names):
    """What each cell style shows a number as: date, percent, scaled, or number."""
    custom, styles, where = {}, [], [""]

    def _start(tag, its):
        if tag in ("cellXfs", "cellStyleXfs"):
            where[0] = tag
        elif tag == "numFmt":
            custom[int(its["numFmtId"])] = its.get("formatCode", "")
        elif tag == "xf" and where[0] == "cellXfs":
            styles.append(int(its.get("numFmtId", 0)))

    if "xl/styles.xml" in names:
        parse(package, names["xl/styles.xml"], _start)
    return [_shown_as(number, custom.get(number, "")) for number in styles]


def _shown_as(number, code):
    bare = re.sub(r'"[^"]*"|\\.|\[[^\]]*\]|_.|\*.', "", code).lower().split(";")[0]
    if number in DATE_FORMATS or (
        bare not in ("general", "standard") and re.search("[dmyh]", bare)
    ):
        return "date"
    if number in PERCENT_FORMATS or "%" in bare:
        return "percent"
    return "scaled" if re.search(r"[0#?],+(\.[0#]+)?\s*$", bare) else "number"


def _sheet(package, part, name, hidden, strings, formats, left):
    grid = _Grid(Sheet(name, [], hidden, plain="number"), strings, formats, left)
    parse(package, part, grid.start, grid.end, grid.text)
    return grid.sheet


class _Grid:
    """Fills a sheet as its XML is read: expat calls start, text and end."""

    def __init__(self, sheet, strings, formats, left):
        self.sheet, self.strings, self.formats, self.left = sheet, strings, formats, left
        self.at, self.kind, self.shown, self.parts, self.open = (-1, -1), "", "number", [], ""

    def start(self, tag: str, its: dict[str, str]) -> None:
        """A tag opens."""
        if tag == "c":
            self._open_cell(its)
        elif tag in ("v", "t", "f"):
            self.open = tag
            if tag == "f":
                self.sheet.formulas.add(self.at)
        elif tag == "row":
            self._open_row(its)
        elif tag == "mergeCell" and len(self.sheet.merged) < self.left["rows"]:
            first, _, last = its.get("ref", "").partition(":")
            self.sheet.merged.append((*position(first), *position(last or first)))

    def text(self, words: str) -> None:
        """Words between tags; those of a formula itself are not kept."""
        if self.open in ("v", "t"):
            _keep(words, self.parts, self.left)

    def end(self, tag: str) -> None:
        """A tag closes."""
        if tag == "c":
            self._close_cell()
        elif tag in ("v", "t", "f"):
            self.open = ""

    def _open_row(self, its):
        row = int(its.get("r", self.at[0] + 2)) - 1
        self.at = (row, -1)
        if its.get("hidden") in ("1", "true") and row < self.left["rows"]:
            self.sheet.hidden_rows.add(row)

    def _open_cell(self, its):
        self.left["cells"] -= 1  # an empty cell counts too: it takes as long to read
        if self.left["cells"] < 0:
            raise Refused("too-large", given="more cells", known=f"{limit('cells'):,} cells")
        self.at = position(its["r"]) if "r" in its else (self.at[0], self.at[1] + 1)
        self.kind = its.get("t", "n")
        style = int(its.get("s", 0))
        self.shown = self.formats[style] if style < len(self.formats) else "number"
        self.parts.clear()

    def _close_cell(self):
        stored = "".join(self.parts)
        if stored == "" and self.at not in self.sheet.formulas:
            return
        text, kind = self._value(stored)
        if kind != "number":
            self.sheet.kinds[self.at] = kind
        self._put(text)

    def _value(self, stored):
        """A stored value as text, and its kind."""
        if self.kind in ("s", "str", "inlineStr"):
            words = self.strings[int(stored)] if self.kind == "s" else stored
            return words, "text" if NUMBER.fullmatch(words) else "number"
        if stored == "":
            return "", "no value"
        if self.kind == "b":
            return ("TRUE" if stored == "1" else "FALSE"), "boolean"
        if self.kind == "e":
            return stored, "error"
        if self.kind == "d" or self.shown == "date":
            return _date(stored, self.kind), "date"
        return number(stored), self.shown

    def _put(self, text):
        row, column = self.at
        if row >= self.left["rows"]:
            most = f"{self.left['rows']:,}"
            raise Refused("too-large", given=f"{row + 1:,} rows or more on a sheet", known=most)
        if column >= self.left["columns"]:
            most = f"{self.left['columns']:,}"
            raise Refused("too-large", given=f"{column + 1:,} columns or more", known=most)
        if row < 0:
            raise ValueError("a row before the first")
        while len(self.sheet.rows) <= row:
            self.sheet.rows.append([])
        cells = self.sheet.rows[row]
        if column < len(cells):
            raise ValueError("a cell that is there already, or out of order")
        cells.extend([""] * (column - len(cells)))
        cells.append(text)


def number(stored: str) -> str:
    """A stored number to 15 digits, as spreadsheets show it: '1.2999999999999999' -> '1.3'."""
    if stored.isascii() and stored.isdigit() and len(stored) < 15:
        return stored
    try:
        value = EXCEL_DIGITS.create_decimal(stored)
    except InvalidOperation:
        raise Refused("damaged", given="a number that is not one") from None
    if not value.is_finite() or abs(value.adjusted()) > 30:
        return stored
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _date(stored, kind):
    """A date as it would be written down: 39845 -> '2009-02-01'. What is no date stays as it is."""
    if kind == "d":
        return stored[:10]
    try:
        return (datetime(1899, 12, 30) + timedelta(days=float(stored))).strftime("%Y-%m-%d")
    except (OverflowError, ValueError):
        return stored


def position(address: str) -> tuple[int, int]:
    """'B14' -> (13, 1): row and column from 0. Raises ValueError for what is not an address."""
    name = address.rstrip("0123456789")
    row = int(address[len(name) :])
    if not (name.isascii() and name.isalpha() and len(name) < 4 and row > 0):
        raise ValueError("a cell address that is not one")
    return row - 1, _column(name)


@functools.cache
def _column(name):
    column = 0
    for letter in name.upper():
        column = column * 26 + ord(letter) - 64
    return column - 1


def letters(column: int) -> str:
    """1 (from 0) -> 'B'."""
    name = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        name = chr(65 + rest) + name
    return name
