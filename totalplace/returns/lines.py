"""A row of a return as a line: every cell typed, its cells held against one another, every problem told at once.

What a recorded decision has settled is read in place of the cell, or not raised again. A line keeps two
amounts: `written`, the pence as the sheet has them, and `pence`, as they are counted once decisions have
changed a unit or a sign.
"""

import re
from dataclasses import dataclass, field

from totalplace.returns import values
from totalplace.returns.issues import Problem, limit, quoted
from totalplace.returns.xlsx import letters

NET = re.compile(r"\(net\)|\bnet (of|expenditure|cost|spend)\b|\bless income\b", re.I)
OF_WHICH = re.compile(r"\W*(of which|o/w|incl|including|included in|memo|memorandum)\b", re.I)
WORDS_ALONE = {"body", "service", "cofog", "source", "note"}


@dataclass(slots=True)
class Line:
    """A row as it was read: `values` by column, `written` and `pence` (None: unreadable), its problems."""

    row: object
    values: dict = field(default_factory=dict)
    written: int | None = None
    pence: int | None = None
    problems: list = field(default_factory=list)

    @property
    def key(self):
        """(file, sheet, row): where it came from."""
        return self.row.key

    def raises(self, case, column="", said="", known="", other=""):
        """Note a problem, at a cell of the line or at its row."""
        table = self.row.table
        letter = letters(table.places[column]) if column in table.places else ""
        self.problems.append(
            Problem(
                case, table.file, table.sheet, self.row.number, letter, column, said, known, other
            )
        )


def read_line(row, columns, answers):
    """The line of a row of layout; None where the row has words alone and no amount: a heading, or a note."""
    said = {
        column: answers.texts.get((row.key, column), row.cells.get(column, ""))
        for column in columns.kinds
    }
    filled = {column for column, text in said.items() if text}
    if (
        "amount" not in filled
        and len(filled) <= 2
        and filled <= WORDS_ALONE
        and "amount" not in row.kinds
    ):
        return None
    line = Line(row)
    for column, text in said.items():
        kind = row.kinds.get(column, "") if text == row.cells.get(column, "") else ""
        line.values[column] = _value(line, column, text, kind, columns)
    _amount(line, said, columns, answers)
    _together(line, said, columns)
    _place(line)
    line.problems = [one for one in line.problems if (row.key, one.case) not in answers.settled]
    return line


def _value(line, column, text, kind, columns):
    """The value of a cell, its problems noted; the amount's are noted with its unit."""
    if column in line.row.formulas and kind != "no value":
        line.raises("formula", column)
    if column == "amount":
        return None
    if kind in ("no value", "error"):
        line.raises(
            "formula-no-value" if kind == "no value" else "error-value", column, quoted(text)
        )
    elif text:
        reading = columns.read(column, text, kind)
        if reading.case:
            line.raises(reading.case, column, quoted(text), reading.known)
        return reading.value
    elif column in columns.needed and not (column == "unit" and line.row.table.unit):
        line.raises("blank", column)
    return columns.blank(column)


def _amount(line, said, columns, answers):
    """The pence of a line, as written and as counted."""
    row, kept, heading = line.row, line.values, line.row.table.unit
    if heading and not said["unit"]:
        line.raises("unit-in-heading", "amount", quoted(heading))
    elif heading and kept["unit"] and kept["unit"] != heading:
        line.raises("unit-conflict", "unit", quoted(said["unit"]), heading)
    kept["unit"] = kept["unit"] or heading
    text, kind = row.cells.get("amount", ""), row.kinds.get("amount", "")
    reading = columns.read("amount", text, kind)
    line.written = written_pence(row, columns)
    if said["amount"] != text:
        reading = columns.read("amount", said["amount"])
    if reading.case and not (
        reading.case == "amount-decimal-comma" and reading.value is not None and kept["unit"] != "£"
    ):
        line.raises(reading.case, "amount", quoted(said["amount"]), said["amount"])
    if reading.value is not None:
        pence, part = values.pence(reading.value, kept["unit"] or "£")
        if part:
            line.raises("amount-rounded", "amount")
        _signed(line, pence, said["amount"], row.key in answers.turned)
    kept["amount"] = said["amount"]


def written_pence(row, columns):
    """The pence of a row as sent, whatever was decided since; in £ where it gives no unit; None if unreadable."""
    amount = columns.read("amount", row.cells.get("amount", ""), row.kinds.get("amount", "")).value
    text = row.cells.get("unit", "")
    unit = (columns.read("unit", text).value if text else "") or row.table.unit or "£"
    pence = None if amount is None else values.pence(amount, unit)[0]
    return None if pence is None or abs(pence) > limit("amount_most") else pence


def _signed(line, pence, text, turned):
    """Give the line its pence: no more than all public money; income negative and expenditure positive, or it is asked why."""
    if abs(pence) > limit("amount_most"):
        line.raises("amount-impossible", "amount", quoted(text))
        return
    line.pence = -pence if turned else pence
    if line.values["flow"] == "income" and pence > 0:
        line.raises("income-positive", "amount")
    elif line.values["flow"] == "expenditure" and pence < 0:
        line.raises("expenditure-negative", "amount")


def _together(line, said, columns):
    """Cells that must agree with one another: body and year, ages, area and driver, what the service says of its amount."""
    values = line.values
    case = (
        columns.names.years(said["body"], values["year"]) if values["year"] and said["body"] else ""
    )
    if case:
        line.raises(case, "body", quoted(said["body"]), values["year"])
    youngest, oldest = values["age_from"], values["age_to"]
    if youngest is not None and oldest is not None and youngest > oldest:
        line.raises("age-order", "age_from", f"{youngest}", f"{oldest}")
    if columns.names.wider(values["footprint"]) and not values["driver"]:
        line.raises("driver-blank", "driver", quoted(values["footprint"]))
    elif values["driver"] and not columns.names.wider(values["footprint"]):
        line.raises("driver-idle", "driver")
        values["driver"] = ""
    if NET.search(said["service"]):
        line.raises("service-net", "service", quoted(said["service"]))
    if OF_WHICH.match(said["service"]):
        line.raises("of-which", "service", quoted(said["service"]))


def _place(line):
    """Where the line stands on its sheet: on a hidden sheet or row, under a heading that says net."""
    table = line.row.table
    if table.hidden:
        line.raises("hidden-sheet")
    elif line.row.kinds.get("row") == "hidden":
        line.raises("hidden-row")
    if re.search(r"\bnet\b", table.names.get("amount", ""), re.I):
        line.raises("net-heading", "amount", quoted(table.names["amount"]))
