"""All tables and figures of a report in one workbook: contents first, then a sheet for each.

Each sheet has a table of Excel's own, with filters. Money is in £m and shown to one decimal; the
cell holds it to the penny. The total is a row of values beneath the table, so that every reader
shows it and a filter does not hide it. No cell is a formula and no text is a link, whatever a
partner wrote. The same tables give the same bytes.
"""

import re
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from totalplace.money import PENCE
from totalplace.report.tables import heading
from totalplace.sheet_names import sheet_names

CONTENTS = "Contents"
REMARK = (
    "Money is in £m and shown to one decimal; each cell holds it to the penny. "
    "The CSV files hold whole pence."
)
INK, PAPER, LINK, SOFT, RULE = "#12436D", "#FFFFFF", "#1A5690", "#54606B", "#D5DCE2"
FONT = {"font_name": "Arial", "font_size": 10, "valign": "top"}
MILLIONS, POUNDS, SHARE, WHOLE = "#,##0.0", "#,##0.00", "0.0%", "#,##0"
HEAD_ROW = 4  # from 0: title, where and the way back are above
NO_ROWS = "There are no rows."  # as the page says, where an exhibit has no sentence for it
LONGEST = 32_000  # letters; a cell holds 32,767
LONGEST_HEAD = 250  # letters; the name of a table's column holds 255
SETTINGS = {
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}
Styles = dict[str, Format]


def write_workbook(
    path: Path, title: str, where: str, printed: dict[str, tuple[str, list[dict]]]
) -> None:
    """Write the workbook.

    Parameters
    ----------
    title, where
        As printed at its head.
    printed
        Page -> its title and the facts of what it shows.
    """
    with xlsxwriter.Workbook(str(path), SETTINGS) as book:
        book.set_properties({"title": f"{title}: {where}", "created": datetime(2009, 4, 1)})
        styles = {name: book.add_format(FONT | look) for name, look in _looks().items()}
        contents = book.add_worksheet(CONTENTS)
        shown = [facts for _, page in printed.values() for facts in page]
        found = [facts["name"] for facts in shown]
        names = dict(zip(found, sheet_names(found, [CONTENTS]), strict=True))
        _write_contents(contents, styles, [title, where, REMARK], printed, names)
        for facts in shown:
            _write_sheet(book.add_worksheet(names[facts["name"]]), styles, facts)


def _looks() -> dict[str, dict[str, Any]]:
    """The formats of the workbook by name; those of figures by their number format."""
    head = {"bold": True, "font_color": PAPER, "bg_color": INK, "text_wrap": True}
    total = {"bold": True, "top": 1, "bottom": 1}
    looks: dict[str, dict[str, Any]] = {
        "title": {"bold": True, "font_size": 15, "font_color": INK},
        "caption": {"bold": True, "font_size": 12, "font_color": INK},
        "soft": {"font_color": SOFT},
        "head": head,
        "figure head": {**head, "align": "right"},
        "text": {"text_wrap": True, "bottom": 1, "bottom_color": RULE},
        "link": {"font_color": LINK, "underline": 1},
        "total": total,
    }
    for form in (MILLIONS, POUNDS, SHARE, WHOLE):
        looks[form] = {"num_format": form, "bottom": 1, "bottom_color": RULE}
        looks[f"total {form}"] = {"num_format": form, **total}
    return looks


def _write_contents(
    sheet: Worksheet,
    styles: Styles,
    head: list[str],
    printed: dict[str, tuple[str, list[dict]]],
    names: dict[str, str],
) -> None:
    """The first sheet: what there is, with a link to each."""
    _set_page(sheet)
    sheet.set_column(0, 0, 32)
    sheet.set_column(1, 1, 96)
    for row, (text, style) in enumerate(zip(head, ("title", "soft", "soft"), strict=True)):
        sheet.write_string(row, 0, text, styles[style])
    row = HEAD_ROW
    for page, shown in printed.values():
        sheet.write_string(row, 0, page, styles["caption"])
        for facts in shown:
            row += 1
            name = names[facts["name"]]
            sheet.write_url(row, 0, f"internal:'{name}'!A1", styles["link"], name)
            sheet.write_string(row, 1, _caption(facts), styles["text"])
        row += 2


def _caption(facts: dict[str, Any]) -> str:
    return _cut(facts["caption"] or "Headline figures")


@dataclass(frozen=True)
class Column:
    """A column of a sheet."""

    head: str
    form: str | None  # number format; None for text
    one: int  # of what is kept, to one of what is shown: 100,000,000 pence to £1m
    width: int  # in letters


def _write_sheet(sheet: Worksheet, styles: Styles, facts: dict[str, Any]) -> None:
    """One table: caption, where, the way back, a range with filters, and the page's total."""
    _set_page(sheet)
    sheet.set_landscape()
    where = f"{facts['place']}, {facts['year']}. {facts.get('note', '')}".strip()
    sheet.write_string(0, 0, _caption(facts), styles["caption"])
    sheet.write_string(1, 0, _cut(where), styles["soft"])
    sheet.write_url(2, 0, f"internal:'{CONTENTS}'!A1", styles["link"], CONTENTS)
    columns = _columns(facts)
    _add_table(sheet, styles, facts, columns)
    if not facts["rows"]:
        sheet.write_string(HEAD_ROW + 1, 0, NO_ROWS, styles["text"])
    for number, column in enumerate(columns):
        sheet.set_column(number, number, column.width)
        for row, cells in enumerate(facts["rows"], start=HEAD_ROW + 1):
            _write_cell(sheet, row, number, cells[number], column, styles)
    _write_total(sheet, styles, facts, columns)
    sheet.freeze_panes(HEAD_ROW + 1, 0)
    sheet.repeat_rows(HEAD_ROW)


def _add_table(
    sheet: Worksheet, styles: Styles, facts: dict[str, Any], columns: list[Column]
) -> None:
    """The range as a table of Excel's own, with headings and filters, and at least one row."""
    heads = [
        {"header": column.head, "header_format": styles["figure head" if column.form else "head"]}
        for column in columns
    ]
    name = f"table_{facts['name'].replace('-', '_')}"
    last = HEAD_ROW + max(1, len(facts["rows"]))
    options = {"name": name, "style": None, "columns": heads}
    if sheet.add_table(HEAD_ROW, 0, last, len(columns) - 1, options) != 0:
        raise ArithmeticError(f"the table {facts['name']!r} cannot be a range of the workbook")


def _columns(facts: dict[str, Any]) -> list[Column]:
    """The columns of a table, no two headings alike and none longer than Excel allows."""
    columns: list[Column] = []
    taken: set[str] = set()
    for number, name in enumerate(facts["columns"]):
        cells = [row[number] for row in facts["rows"] if row[number] is not None]
        column = _column(heading(name), facts["units"].get(name, "text"), cells)
        # Excel reads _x0041_ in the name of a column as a letter
        words = re.sub(r"_(?=x[0-9A-Fa-f]{4}_)", "-", column.head)[:LONGEST_HEAD]
        base = head = words or f"Column {number + 1}"
        again = 1
        while head.lower() in taken:
            again += 1
            head = f"{base} ({again})"
        taken.add(head.lower())
        columns.append(Column(head, column.form, column.one, column.width))
    return columns


def _column(words: str, unit: str, cells: list) -> Column:
    """A column of text, or of figures whose unit its heading names."""
    if not cells or any(isinstance(cell, str) for cell in cells):
        longest = max((len(cell) for cell in cells if isinstance(cell, str)), default=0)
        return Column(words, None, 1, min(max(12, len(words) + 2, longest + 2), 60))
    money = "£m" if unit == "£m" else "£" if unit.startswith("£") else ""
    form = {"£m": MILLIONS, "£": POUNDS}.get(money, SHARE if unit == "fraction" else WHOLE)
    named = money or ("number" if unit == "people" else "")
    head = f"{words}, {named}" if named else words
    return Column(money if money and words == "Pence" else head, form, PENCE.get(money, 1), 16)


def _write_cell(
    sheet: Worksheet, row: int, number: int, cell: Any, column: Column, styles: Styles
) -> None:
    """Text as text, whatever it begins with; a figure in its unit; a blank as a blank."""
    if cell is None:
        sheet.write_blank(row, number, None, styles["text"])
    elif isinstance(cell, str):
        sheet.write_string(row, number, _cut(cell), styles["text"])
    else:
        figure = cell / column.one if column.one > 1 else cell
        sheet.write_number(row, number, figure, styles[column.form or "text"])


def _write_total(
    sheet: Worksheet, styles: Styles, facts: dict[str, Any], columns: list[Column]
) -> None:
    """The total of each column of £m as a value, where the page prints a total."""
    foot = (facts.get("printed") or {}).get("foot")
    if not foot or not facts["rows"]:
        return
    row = HEAD_ROW + 1 + len(facts["rows"])
    for number, (name, column) in enumerate(zip(facts["columns"], columns, strict=True)):
        cells = [cells[number] for cells in facts["rows"]]
        if column.form and facts["units"].get(name) == "£m" and None not in cells:
            style = styles[f"total {column.form}"]
            sheet.write_number(row, number, sum(cells) / column.one, style)
        else:
            sheet.write_string(row, number, foot[0] if number == 0 else "", styles["total"])


def _set_page(sheet: Worksheet) -> None:
    """A4, as wide as one page."""
    sheet.hide_gridlines(2)
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)


def _cut(text: str) -> str:
    """Text that fits in a cell; what is cut says so."""
    if len(text) <= LONGEST:
        return text
    return f"{text[:LONGEST]} ... (cut here; the CSV file has it all)"
