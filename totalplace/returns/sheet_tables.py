"""Where on a sheet the lines are: its headings in any order, case and spacing, its rows, what is around them.

A row of headings is one that names the amount, says whose or what for, and knows three columns or more
(return_columns.csv has their names). Every row under it until the next such row is its table's. Nothing is
typed here: a cell is text and its place.
"""

import hashlib
import re
from dataclasses import dataclass, field

from totalplace import reference
from totalplace.returns.issues import Problem, plain, quoted
from totalplace.returns.values import key, simple
from totalplace.returns.values import number as read_number
from totalplace.returns.xlsx import letters

OWN_SHEETS = ("Read me", "Lists")  # of the template
FIGURE = re.compile(r"[-−(£ ]*(?!(19|20)\d\d$)\d[\d,]*(\.\d+)?\)?", re.ASCII)
CONTROL = "control total"
LONGEST_HEADING = 80
OWN_LABELS = (CONTROL, "lines add to")


@dataclass(slots=True)
class Row:
    """A row of a table: its cells as text by column, what is special about them, and a fingerprint of what was sent."""

    table: "Table"
    number: int
    cells: dict
    kinds: dict
    formulas: frozenset
    digest: str

    @property
    def key(self):
        """(file, sheet, row): where it came from."""
        return (self.table.file, self.table.sheet, self.number)


@dataclass
class Table:
    """A table of a sheet: where each column is, the unit that its heading or title gives, its rows, its control total."""

    file: str
    sheet: str
    heading: int
    places: dict
    names: dict
    unit: str = ""
    hidden: bool = False
    rows: list = field(default_factory=list)
    control: str = ""
    control_cell: str = ""


@dataclass
class Headings:
    """What a cell of a heading row may say: `columns` by every name they go by, `units` by every spelling."""

    columns: dict
    units: dict
    read_before: dict = field(default_factory=dict)

    @classmethod
    def known(cls):
        """As return_columns.csv and return_words.csv have them."""
        described = reference.read("return_columns")
        names = {}
        for row in described.itertuples():
            for name in (row.column, row.heading, *row.also.split("|")):
                names.setdefault(simple(name), row.column)
        words = reference.read("return_words")
        units = words[words["column"] == "unit"]
        return cls(
            names,
            {key(said): means for said, means in zip(units["said"], units["means"], strict=True)},
        )

    def read(self, cell):
        """(column, unit) of one heading cell: 'Amount (£000)' -> ('amount', '£k'); blank where it is not known."""
        if cell not in self.read_before:
            self.read_before[cell] = self._read(cell)
        return self.read_before[cell]

    def _read(self, cell):
        text = key(cell)
        bare, _, inside = text.partition("(")
        for name, unit in ((text, ""), (bare, inside.rstrip(") ")), _last_word(bare)):
            column = self.columns.get(simple(name), "")
            if column and (not unit or unit in self.units or column != "amount"):
                return column, self.units.get(unit, "")
        return "", ""


def _last_word(text):
    name, _, last = text.strip().rpartition(" ")
    return name, last


def tables(file, sheet, headings):
    """The tables of a sheet with their rows, and the problems of how it is laid out."""
    starts = [number for number, row in enumerate(sheet.rows) if _is_heading(row, headings)]
    starts = [
        number
        for place, number in enumerate(starts)
        if place == 0 or sheet.rows[number] != sheet.rows[starts[0]]
    ]
    if not starts:
        return [], _no_table(file, sheet, headings)
    found, problems = [], _above(file, sheet, starts[0])
    for number, end in zip(starts, [*starts[1:], len(sheet.rows)], strict=True):
        table, faults = _table(file, sheet, number, headings)
        problems += faults
        if not any(fault.case == "heading-twice" for fault in faults):
            problems += _fill_rows(table, sheet, range(number + 1, end))
            found.append(table)
        if number != starts[0]:
            problems.append(Problem("second-table", file, sheet.name, number + 1))
    _title(found[:1], sheet, starts[0], headings)
    return found, problems


def _is_heading(row, headings):
    known = _known(row, headings)
    return len(known) >= 3 and "amount" in known and bool(known & {"body", "service", "cofog"})


def _known(row, headings):
    return {headings.read(cell)[0] for cell in row if cell and len(cell) <= LONGEST_HEADING} - {""}


def _no_table(file, sheet, headings):
    """A sheet with figures or half a heading was meant to be read, and cannot be; one with neither is notes."""
    if sheet.name in OWN_SHEETS or not any(any(row) for row in sheet.rows):
        return []
    meant = any(
        len(_known(row, headings)) >= 3 or any(_is_figure(cell) for cell in row)
        for row in sheet.rows
    )
    return [Problem("no-heading" if meant else "no-table", file, sheet.name)]


def _is_figure(cell):
    return bool(cell) and FIGURE.fullmatch(cell.strip()) is not None


def _table(file, sheet, number, headings):
    """The table that begins with this row of headings, without its rows yet."""
    places, names, unit, problems = {}, {}, "", []
    for place, cell in enumerate(sheet.rows[number]):
        column, its_unit = headings.read(cell)
        if column in places:
            problems.append(
                Problem(
                    "heading-twice", file, sheet.name, number + 1, letters(place), said=quoted(cell)
                )
            )
        elif column:
            places[column], names[column] = place, plain(cell)
            unit = its_unit if column == "amount" and its_unit else unit
    return Table(file, sheet.name, number, places, names, unit, sheet.hidden), problems


def _above(file, sheet, first):
    """Figures above the headings that no one reads: said, unless their label is one of the template's own."""
    return [
        Problem("title-figures", file, sheet.name, number + 1, letters(place), said=quoted(cell))
        for number, row in enumerate(sheet.rows[:first])
        for place, cell in enumerate(row)
        if _is_figure(cell) and not any(label in key(" ".join(row[:place])) for label in OWN_LABELS)
    ]


def _title(first, sheet, heading, headings):
    """What the rows above the headings say of the first table: its control total, and its unit where they name just one."""
    for table in first:
        above = sheet.rows[:heading]
        for number, row in enumerate(above):
            for place, cell in enumerate(row):
                if key(cell).startswith(CONTROL):
                    rest = [(at, text) for at, text in enumerate(row) if at > place and text]
                    at, table.control = rest[0] if rest else (place + 1, "")
                    table.control_cell = f"{letters(at)}{number + 1}"
        named = {
            headings.units[word]
            for row in above
            for cell in row
            for word in _units_in(cell)
            if word in headings.units
        }
        if not table.unit and len(named) == 1:
            table.unit = named.pop()


def _units_in(cell):
    """Words of a title that may be a unit: '(£000)', 'in £k', '£ million'; never a bare £ or 'k'."""
    return re.findall(r"£ ?'?(?:000s?|k|mn?|millions?|thousands?)\b", key(cell))


def _fill_rows(table, sheet, numbers):
    """Give the table its rows; returns the problems of their layout."""
    width = max(place for place, cell in enumerate(sheet.rows[table.heading]) if cell) + 1
    heading = sheet.rows[table.heading][:width]
    filled, problems = _merged(table, sheet, numbers)
    for number in numbers:
        cells = sheet.rows[number]
        if not any(cells) and number not in filled:
            continue
        if cells[:width] == heading:
            problems.append(Problem("repeated-heading", table.file, table.sheet, number + 1))
            continue
        table.rows.append(_row(table, sheet, number, filled.get(number, {})))
        beyond = [cell for cell in cells[width:] if cell]
        if beyond and not sheet.name:
            known = f"{width}"
            problems.append(
                Problem(
                    "row-too-long", table.file, "", number + 1, said=f"{len(cells)}", known=known
                )
            )
    return [*problems, *_unknown(table, sheet, numbers, width)]


def _row(table, sheet, number, filled):
    cells = sheet.rows[number]
    text = {
        column: cells[place] if place < len(cells) else "" for column, place in table.places.items()
    }
    text.update(filled)
    at = {column: (number, place) for column, place in table.places.items()}
    kinds = {
        column: sheet.kinds.get(where, sheet.plain)
        for column, where in at.items()
        if text[column] or where in sheet.kinds
    }
    formulas = frozenset(column for column, where in at.items() if where in sheet.formulas)
    if number in sheet.hidden_rows:
        kinds["row"] = "hidden"
    if "amount" in filled:
        kinds["amount"] = "merged"
    return Row(table, number + 1, text, kinds, formulas, _fingerprint(text, cells, table, sheet))


def _fingerprint(text, cells, table, sheet):
    """What tells a row from another: all that was sent in it, by column, whatever the order of the columns."""
    known, headings = set(table.places.values()), sheet.rows[table.heading]
    names = [*headings, *[""] * (len(cells) - len(headings))]
    others = [
        (names[place] or place, cell) for place, cell in enumerate(cells) if place not in known
    ]
    said = sorted(f"{column}\x1f{cell}" for column, cell in [*text.items(), *others] if cell)
    return hashlib.sha256("\x1e".join(said).encode("utf-8", "replace")).hexdigest()[:16]


def _merged(table, sheet, numbers):
    """Cells merged over rows: their value is used for each (row -> column -> text); a merged amount is a problem."""
    filled, problems = {}, []
    by_place = {place: column for column, place in table.places.items()}
    for top, left, bottom, _ in sheet.merged:
        column = by_place.get(left)
        rows = (
            [number for number in numbers if top <= number <= bottom]
            if bottom > top and column
            else []
        )
        case = "merged-amount" if column == "amount" else "merged"
        for number in rows:
            said = quoted(table.names[column])
            problems.append(
                Problem(case, table.file, table.sheet, number + 1, letters(left), said=said)
            )
            if number > top:
                filled.setdefault(number, {})[column] = (
                    "" if column == "amount" else sheet.rows[top][left]
                )
    return filled, problems


def _unknown(table, sheet, numbers, width):
    """Columns that the template does not have, by their heading or their letter: those with figures are money, perhaps."""
    rows, known = sheet.rows, set(table.places.values())
    widest = max((len(rows[number]) for number in numbers), default=0) if sheet.name else width
    for place in sorted(set(range(max(widest, width))) - known):
        cells = [
            rows[number][place]
            for number in numbers
            if place < len(rows[number]) and rows[number][place]
        ]
        heading = rows[table.heading][place] if place < width else ""
        if not cells and not heading:
            continue
        name = quoted(heading) if heading else f"{letters(place)} (no heading)"
        figures = [read_number(cell).value for cell in cells if _is_figure(cell)]
        case = "money-column" if figures else "unknown-column"
        total = f"{sum(value for value in figures if value is not None):,}" if figures else ""
        yield Problem(
            case, table.file, table.sheet, table.heading + 1, letters(place), said=name, known=total
        )
