"""Where the lines are on a sheet: headings in any order, case and spacing, rows, titles.

A row of headings is one that names the amount, says whose or what for, and has three known columns
or more (return_columns.csv has their names). Every row under it, until the next such row, is in its
table. Nothing is typed here: a cell is text and its place.
"""

import hashlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from totalplace import reference
from totalplace.returns.files import File
from totalplace.returns.issues import Key, Problem, plain, quoted
from totalplace.returns.values import Vocabulary, key, simple, vocabulary
from totalplace.returns.xlsx import Sheet, letters

OWN_SHEETS = ("Read me", "Lists")  # of the template
FIGURE = re.compile(r"[-−(£ ]*(?!(19|20)\d\d$)\d[\d,]*(\.\d+)?\)?", re.ASCII)
# units in a title: '(£000)', 'in £k', '£ million'; never a bare £ or 'k'
UNIT_IN_TITLE = re.compile(r"£ ?'?(?:000s?|k|mn?|millions?|thousands?)\b")
CONTROL = "control total"
OWN_LABELS = (CONTROL, "lines add to")
LONGEST_HEADING = 80


@dataclass(slots=True)
class Row:
    """A row of a table: its cells as text by column, their kinds, a fingerprint."""

    table: "Table"
    number: int
    cells: dict[str, str]
    kinds: dict[str, str]
    formulas: frozenset[str]
    digest: str

    @property
    def key(self) -> Key:
        """(file, sheet, row): where it came from."""
        return (self.table.file, self.table.sheet, self.number)


@dataclass
class Table:
    """A table of a sheet: where each column is (from 0), its heading, unit, rows, control total."""

    file: str
    sheet: str
    heading: int
    places: dict[str, int]
    names: dict[str, str]
    unit: str = ""
    hidden: bool = False
    rows: list[Row] = field(default_factory=list)
    control: str = ""
    control_at: tuple[int, str] | None = None  # row and letter


@dataclass
class Headings:
    """What a cell of a heading row may say: columns by every name, units by every spelling."""

    columns: dict[str, str]
    vocabulary: Vocabulary
    known_cells: dict[str, tuple[str, str]] = field(default_factory=dict)

    @classmethod
    def known(cls) -> "Headings":
        """As return_columns.csv and return_words.csv have them."""
        names: dict[str, str] = {}
        for row in reference.read("return_columns").itertuples():
            for name in (row.column, row.heading, *row.also.split("|")):
                names.setdefault(simple(name), row.column)
        return cls(names, vocabulary())

    def unit(self, text: str) -> str:
        """The unit of a spelling; nothing where it is none."""
        return self.vocabulary.word("unit", text).value or ""

    def read(self, cell: str) -> tuple[str, str]:
        """(column, unit) of a heading: 'Amount (£000)' -> ('amount', '£k'); blank if unknown."""
        if cell not in self.known_cells:
            self.known_cells[cell] = self._read(cell)
        return self.known_cells[cell]

    def _read(self, cell: str) -> tuple[str, str]:
        text = key(cell)
        bare, _, inside = text.partition("(")
        name, _, last = bare.strip().rpartition(" ")
        for heading, unit in ((text, ""), (bare, inside.rstrip(") ")), (name, last)):
            column = self.columns.get(simple(heading), "")
            if column and (not unit or self.unit(unit) or column != "amount"):
                return column, self.unit(unit)
        return "", ""


def read_tables(files: Iterable[File]) -> tuple[list[Table], list[Problem]]:
    """Every table of these files with its rows, and the problems of files and their layout."""
    headings, found, problems = Headings.known(), [], []
    for file in files:
        read = [sheet_tables(file.name, sheet, headings) for sheet in file.sheets]
        tables = [table for of_sheet, _ in read for table in of_sheet]
        faults = [fault for _, of_sheet in read for fault in of_sheet]
        if (
            file.sheets
            and not tables
            and not {fault.case for fault in faults} & {"no-heading", "heading-twice"}
        ):
            faults.append(Problem("no-heading", file.name))
        found += tables
        problems += [*file.problems, *faults]
    return found, problems


def sheet_tables(file: str, sheet: Sheet, headings: Headings) -> tuple[list[Table], list[Problem]]:
    """The tables of a sheet with their rows, and the problems of its layout."""
    starts = [number for number, row in enumerate(sheet.rows) if _is_heading(row, headings)]
    starts = [
        number
        for number in starts
        if number == starts[0] or sheet.rows[number] != sheet.rows[starts[0]]
    ]
    if not starts:
        return [], _no_table(file, sheet, headings)
    found, problems = [], _figures_above(file, sheet, starts[0])
    for number, end in zip(starts, [*starts[1:], len(sheet.rows)], strict=True):
        table, faults = _table(file, sheet, number, headings)
        problems += faults
        if not faults:
            problems += _fill_rows(table, sheet, range(number + 1, end), headings)
            found.append(table)
        if number != starts[0]:
            problems.append(Problem("second-table", file, sheet.name, number + 1))
    if found:
        _read_title(found[0], sheet.rows[: starts[0]], headings)
    return found, problems


def _is_heading(row: list[str], headings: Headings) -> bool:
    known = _known(row, headings)
    return len(known) >= 3 and "amount" in known and bool(known & {"body", "service", "cofog"})


def _known(row: list[str], headings: Headings) -> set[str]:
    return {headings.read(cell)[0] for cell in row if cell and len(cell) <= LONGEST_HEADING} - {""}


def _no_table(file: str, sheet: Sheet, headings: Headings) -> list[Problem]:
    """A sheet with figures or half a heading was meant to be read; one with neither is notes."""
    if sheet.name in OWN_SHEETS or not any(any(row) for row in sheet.rows):
        return []
    meant = any(len(_known(row, headings)) >= 3 or any(map(_is_figure, row)) for row in sheet.rows)
    return [Problem("no-heading" if meant else "no-table", file, sheet.name)]


def _is_figure(cell: str) -> bool:
    return bool(cell) and FIGURE.fullmatch(cell.strip()) is not None


def _table(file: str, sheet: Sheet, number: int, headings: Headings) -> tuple[Table, list[Problem]]:
    """The table under this row of headings, without its rows; problems if a heading is repeated."""
    places: dict[str, int] = {}
    names: dict[str, str] = {}
    unit, problems = "", []
    for place, cell in enumerate(sheet.rows[number]):
        column, its_unit = headings.read(cell)
        if column in places:
            where = (file, sheet.name, number + 1, letters(place))
            problems.append(Problem("heading-twice", *where, given=quoted(cell)))
        elif column:
            places[column], names[column] = place, plain(cell)
            unit = its_unit if column == "amount" and its_unit else unit
    return Table(file, sheet.name, number, places, names, unit, sheet.hidden), problems


def _figures_above(file: str, sheet: Sheet, first: int) -> list[Problem]:
    """Figures above the headings that are not read, but for those with the template's labels."""
    return [
        Problem("title-figures", file, sheet.name, number + 1, letters(place), given=quoted(cell))
        for number, row in enumerate(sheet.rows[:first])
        for place, cell in enumerate(row)
        if _is_figure(cell) and not any(label in key(" ".join(row[:place])) for label in OWN_LABELS)
    ]


def _read_title(table: Table, above: list[list[str]], headings: Headings) -> None:
    """Give a table what the rows above it say: its control total, and its unit if they name one."""
    for number, row in enumerate(above):
        for place, cell in enumerate(row):
            if key(cell).startswith(CONTROL):
                filled = ((at, text) for at, text in enumerate(row) if at > place and text)
                at, table.control = next(filled, (place + 1, ""))
                table.control_at = (number + 1, letters(at))
    words = (word for row in above for cell in row for word in UNIT_IN_TITLE.findall(key(cell)))
    units = {headings.unit(word) for word in words} - {""}
    if not table.unit and len(units) == 1:
        table.unit = units.pop()


def _fill_rows(table: Table, sheet: Sheet, numbers: range, headings: Headings) -> list[Problem]:
    """Give the table its rows; returns the problems of their layout."""
    width = max(place for place, cell in enumerate(sheet.rows[table.heading]) if cell) + 1
    heading = sheet.rows[table.heading][:width]
    filled, problems = _merged(table, sheet, numbers)
    for number in numbers:
        cells, where = sheet.rows[number], (table.file, table.sheet, number + 1)
        if not any(cells) and number not in filled:
            continue
        if cells[:width] == heading:
            problems.append(Problem("repeated-heading", *where))
            continue
        table.rows.append(_row(table, sheet, number, filled.get(number, {})))
        if any(cells[width:]) and not sheet.name:
            problems.append(
                Problem("row-too-long", *where, given=f"{len(cells)}", known=f"{width}")
            )
    return [*problems, *_unknown_columns(table, sheet, numbers, width, headings)]


def _row(table: Table, sheet: Sheet, number: int, filled: dict[str, str]) -> Row:
    """One row; `filled`: the texts of cells that are merged over it."""
    cells = sheet.rows[number]
    text = {
        column: cells[place] if place < len(cells) else "" for column, place in table.places.items()
    }
    text |= filled
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


def _fingerprint(text: dict[str, str], cells: list[str], table: Table, sheet: Sheet) -> str:
    """What tells a row from another: all that was sent in it, in any order of columns."""
    known, headings = set(table.places.values()), sheet.rows[table.heading]
    names = [*headings, *[""] * (len(cells) - len(headings))]
    others = [
        (names[place] or place, cell) for place, cell in enumerate(cells) if place not in known
    ]
    parts = sorted(f"{column}\x1f{cell}" for column, cell in [*text.items(), *others] if cell)
    return hashlib.sha256("\x1e".join(parts).encode("utf-8", "replace")).hexdigest()[:16]


def _merged(
    table: Table, sheet: Sheet, numbers: range
) -> tuple[dict[int, dict[str, str]], list[Problem]]:
    """Cells merged over rows: the text for each row (row -> column -> text), and problems."""
    filled: dict[int, dict[str, str]] = {}
    problems = []
    columns = {place: column for column, place in table.places.items()}
    for top, left, bottom, _ in sheet.merged:
        column = columns.get(left)
        if column is None or bottom == top:
            continue
        case, given = (
            "merged-amount" if column == "amount" else "merged",
            quoted(table.names[column]),
        )
        for number in range(max(top, numbers.start), min(bottom + 1, numbers.stop)):
            problems.append(
                Problem(case, table.file, table.sheet, number + 1, letters(left), given=given)
            )
            if number > top:
                text = "" if column == "amount" else sheet.rows[top][left]
                filled.setdefault(number, {})[column] = text
    return filled, problems


def _unknown_columns(
    table: Table, sheet: Sheet, numbers: range, width: int, headings: Headings
) -> Iterator[Problem]:
    """Columns that the template does not have; those with figures may be money."""
    rows = sheet.rows
    widest = max((len(rows[number]) for number in numbers), default=0) if sheet.name else width
    for place in sorted(set(range(max(widest, width))) - set(table.places.values())):
        cells = [
            rows[number][place]
            for number in numbers
            if place < len(rows[number]) and rows[number][place]
        ]
        heading = rows[table.heading][place] if place < width else ""
        if not cells and not heading:
            continue
        name = quoted(heading) if heading else f"{letters(place)} (no heading)"
        figures = [headings.vocabulary.number(cell).value for cell in cells if _is_figure(cell)]
        case = "money-column" if figures else "unknown-column"
        total = f"{sum(value for value in figures if value is not None):,}" if figures else ""
        where = (table.file, table.sheet, table.heading + 1, letters(place))
        yield Problem(case, *where, given=name, known=total)
