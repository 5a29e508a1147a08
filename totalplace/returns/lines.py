"""A row of a return as a line: every cell typed, and its cells checked against one another.

`read_line` makes the line, once, from what was sent and what decisions have changed; nothing
changes it afterwards. The checks take the line as it is and yield Problems. A line keeps two
amounts: `pence_sent`, as the sheet has it, and `pence`, as it is counted once decisions have
changed a unit or a sign.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from totalplace.returns import values
from totalplace.returns.columns import Columns
from totalplace.returns.decisions import Answers
from totalplace.returns.issues import Key, Problem, quoted
from totalplace.returns.sheet_tables import Row
from totalplace.returns.values import CellValue
from totalplace.returns.xlsx import letters

NET_SERVICE = re.compile(r"\(net\)|\bnet (of|expenditure|cost|spend)\b|\bless income\b", re.I)
NET_HEADING = re.compile(r"\bnet\b", re.I)
OF_WHICH = re.compile(r"\W*(of which|o/w|incl|including|included in|memo|memorandum)\b", re.I)
WORDS_ALONE = {"body", "service", "cofog", "source", "note"}
UNREAD_KINDS = {"no value": "formula-no-value", "error": "error-value"}


@dataclass(frozen=True, slots=True)
class Line:
    """A row as it was read.

    texts: what was read, by column: the cells, or what a decision put in their place. cells: what
    each cell means. values: what is counted, by column (None: unreadable). pence_sent, pence: None
    where the amount is unreadable.
    """

    row: Row
    texts: dict[str, str]
    cells: dict[str, CellValue]
    values: dict[str, Any]
    pence_sent: int | None
    pence: int | None

    @property
    def key(self) -> Key:
        """(file, sheet, row): where it came from."""
        return self.row.key

    def problem(self, case: str, column: str = "", given: str = "", known: str = "") -> Problem:
        """A problem at a cell of the line, or at its row."""
        places = self.row.table.places
        letter = letters(places[column]) if column in places else ""
        return Problem(case, *self.key, letter, column, given, known)


def read_line(row: Row, columns: Columns, answers: Answers) -> Line | None:
    """The line of a row; None where it has words alone and no amount: a heading, or a note."""
    texts = {
        column: answers.texts.get((row.key, column), row.cells.get(column, ""))
        for column in columns.kinds
    }
    filled = {column for column, text in texts.items() if text}
    if len(filled) <= 2 and filled <= WORDS_ALONE and "amount" not in row.kinds:
        return None
    cells = {column: _cell(row, column, text, columns) for column, text in texts.items()}
    kept = {column: cell.value for column, cell in cells.items()}
    kept["amount"], kept["unit"] = texts["amount"], kept["unit"] or row.table.unit
    if kept["driver"] and not columns.names.is_wider(kept["footprint"]):
        kept["driver"] = ""
    pence = _pence(cells["amount"].value, kept["unit"], columns)
    counted = -pence if pence is not None and row.key in answers.signs_changed else pence
    return Line(row, texts, cells, kept, pence_as_sent(row, columns), counted)


def _cell(row: Row, column: str, text: str, columns: Columns) -> CellValue:
    kind = _kind(row, column, text)
    if column == "amount":
        return columns.read(column, text, kind)
    if kind in UNREAD_KINDS:
        return CellValue(columns.blank(column), UNREAD_KINDS[kind])
    if text:
        return columns.read(column, text, kind)
    missing = column in columns.needed and not (column == "unit" and row.table.unit)
    return CellValue(columns.blank(column), "blank" if missing else "")


def _kind(row: Row, column: str, text: str) -> str:
    """What the spreadsheet stored a cell as; nothing where a decision has replaced it."""
    return row.kinds.get(column, "") if text == row.cells.get(column, "") else ""


def pence_as_sent(row: Row, columns: Columns) -> int | None:
    """The pence of a row as sent; in £ if it gives no unit; None if unreadable."""
    amount = columns.read("amount", row.cells.get("amount", ""), row.kinds.get("amount", "")).value
    text = row.cells.get("unit", "")
    unit = columns.read("unit", text).value if text else ""
    return _pence(amount, unit or row.table.unit, columns)


def _pence(amount, unit, columns: Columns) -> int | None:
    pence = None if amount is None else values.pence(amount, unit or "£")[0]
    return None if pence is None or abs(pence) > columns.limits["amount_most"] else pence


def check_line(line: Line, columns: Columns) -> Iterator[Problem]:
    """Everything that a line shows to be wrong by itself."""
    yield from check_cells(line)
    yield from check_unit(line)
    yield from check_amount(line)
    yield from check_sign(line)
    yield from check_body(line, columns)
    yield from check_area(line, columns)
    yield from check_ages(line)
    yield from check_words(line)
    yield from check_position(line)


def check_cells(line: Line) -> Iterator[Problem]:
    """Each cell by itself, but for the amount: unreadable, blank, or worked out by a formula."""
    for column, cell in line.cells.items():
        text = line.texts[column]
        if column in line.row.formulas and _kind(line.row, column, text) != "no value":
            yield line.problem("formula", column)
        if cell.case and column != "amount":
            yield line.problem(
                cell.case, column, "" if cell.case == "blank" else quoted(text), cell.known
            )


def check_unit(line: Line) -> Iterator[Problem]:
    """The unit of the line against the unit in the heading."""
    heading, unit = line.row.table.unit, line.cells["unit"].value
    if heading and not line.texts["unit"]:
        yield line.problem("unit-in-heading", "amount", quoted(heading))
    elif heading and unit and unit != heading:
        yield line.problem("unit-conflict", "unit", quoted(line.texts["unit"]), heading)


def check_amount(line: Line) -> Iterator[Problem]:
    """The amount: readable, whole pence, no more than all public money."""
    text, cell = line.texts["amount"], line.cells["amount"]
    in_other_unit = (
        cell.value is not None and line.values["unit"] != "£"
    )  # 12.345 in £m has a point
    if cell.case and not (cell.case == "amount-decimal-comma" and in_other_unit):
        yield line.problem(cell.case, "amount", quoted(text), text)
    if cell.value is not None:
        if values.pence(cell.value, line.values["unit"] or "£")[1]:
            yield line.problem("amount-rounded", "amount")
        if line.pence is None:
            yield line.problem("amount-impossible", "amount", quoted(text))


def check_sign(line: Line) -> Iterator[Problem]:
    """Income is negative and expenditure positive, or it is asked why."""
    amount = line.cells["amount"].value
    if line.pence and line.values["flow"] == "income" and amount > 0:
        yield line.problem("income-positive", "amount")
    elif line.pence and line.values["flow"] == "expenditure" and amount < 0:
        yield line.problem("expenditure-negative", "amount")


def check_body(line: Line, columns: Columns) -> Iterator[Problem]:
    """Whether the body existed in the year."""
    text, year = line.texts["body"], line.values["year"]
    case = columns.names.reorganised(text, year) if text and year else ""
    if case:
        yield line.problem(case, "body", quoted(text), year)


def check_area(line: Line, columns: Columns) -> Iterator[Problem]:
    """A figure of a wider area needs a driver; a figure of the place needs none."""
    footprint, driver = line.values["footprint"], line.cells["driver"].value
    wider = columns.names.is_wider(footprint)
    if wider and not driver:
        yield line.problem("driver-blank", "driver", quoted(footprint))
    elif driver and not wider:
        yield line.problem("driver-idle", "driver")


def check_ages(line: Line) -> Iterator[Problem]:
    """The youngest age is not above the oldest."""
    youngest, oldest = line.values["age_from"], line.values["age_to"]
    if youngest is not None and oldest is not None and youngest > oldest:
        yield line.problem("age-order", "age_from", f"{youngest}", f"{oldest}")


def check_words(line: Line) -> Iterator[Problem]:
    """What the service says of its amount: that it is net, or part of another."""
    service = line.texts["service"]
    if NET_SERVICE.search(service):
        yield line.problem("service-net", "service", quoted(service))
    if OF_WHICH.match(service):
        yield line.problem("of-which", "service", quoted(service))


def check_position(line: Line) -> Iterator[Problem]:
    """Where the line is: on a hidden sheet or row, under a heading that says net."""
    table = line.row.table
    if table.hidden:
        yield line.problem("hidden-sheet")
    elif line.row.kinds.get("row") == "hidden":
        yield line.problem("hidden-row")
    if NET_HEADING.search(table.names.get("amount", "")):
        yield line.problem("net-heading", "amount", quoted(table.names["amount"]))
