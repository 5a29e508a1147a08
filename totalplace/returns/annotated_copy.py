"""A partner's file as a teacher marks it: a copy whose cells say what is wrong and what to do.

The copy is written anew from the text that was read: the same sheets, cells at the same addresses,
and a first sheet that lists every fault. Formulas are in it as the values that were stored, so
nothing that a partner wrote can run when it is opened.
"""

from collections import defaultdict
from datetime import datetime
from pathlib import Path

import xlsxwriter

from totalplace import reference
from totalplace.returns.decisions import offers
from totalplace.returns.files import File
from totalplace.returns.issues import Issue
from totalplace.returns.read import Returns
from totalplace.returns.xlsx import NUMBER, Sheet, position
from totalplace.sheet_names import sheet_names

LIST = "Faults"
COLOURS = {"refuse": "#F6C6BE", "ask": "#FBE3A8", "warn": "#FFF8D6"}  # the strongest first
MOST_CELLS = (
    200  # of one issue that get a comment; the list on the first sheet names it once for all
)
MOST_NAMED = 20  # cells that the list names
NUMBERS = {"number", "percent", "scaled"}
WIDTHS = {
    "Action": 9,
    "Sheet": 14,
    "Cells": 24,
    "What is wrong": 60,
    "What to do": 60,
    "Choices": 30,
}


def write_back(returns: Returns) -> list[Path]:
    """Write a marked copy of each file with an issue, in place of old ones; returns the paths."""
    folder = reference.home() / "data" / "processed" / returns.year / returns.place.slug / "faults"
    for old in folder.glob("*.faults.xlsx"):
        old.unlink()
    issues = defaultdict(list)
    for issue in returns.issues:
        issues[issue.file].append(issue)
    marked = {
        folder / f"{file.name}.faults.xlsx": file for file in returns.files if file.name in issues
    }
    if marked:
        folder.mkdir(parents=True, exist_ok=True)
    for path, file in marked.items():
        _write(path, file, issues[file.name])
    return list(marked)


def _write(path: Path, file: File, issues: list[Issue]) -> None:
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(str(path), options) as book:
        book.set_properties({"title": f"Faults of {file.name}", "created": datetime(2009, 4, 1)})
        styles = {
            action: book.add_format({"bg_color": colour, "border": 1})
            for action, colour in COLOURS.items()
        }
        _list(book, issues, styles)
        names = sheet_names((sheet.name or "Return" for sheet in file.sheets), [LIST])
        for sheet, name in zip(file.sheets, names, strict=True):
            here = [one for one in issues if one.sheet == sheet.name]
            _copy(book.add_worksheet(name), sheet, here, styles)


def _list(book, issues: list[Issue], styles) -> None:
    """The first sheet: every issue once."""
    sheet, bold = book.add_worksheet(LIST), book.add_format({"bold": True})
    wrap = book.add_format({"text_wrap": True, "valign": "top"})
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    for place, (heading, width) in enumerate(WIDTHS.items()):
        sheet.set_column(place, place, width)
        sheet.write_string(0, place, heading, bold)
    for number, one in enumerate(issues, start=1):
        more = f" and {len(one.cells) - MOST_NAMED} more" if len(one.cells) > MOST_NAMED else ""
        cells = ", ".join(one.cells[:MOST_NAMED]) + more
        sheet.write_string(number, 0, one.action, styles[one.action])
        for place, text in enumerate(
            (one.sheet, cells, one.problem, one.remedy, offers(one)), start=1
        ):
            sheet.write_string(number, place, text, wrap)


def _copy(sheet, original: Sheet, issues: list[Issue], styles) -> None:
    """A sheet's cells as they were read; those with an issue in its colour, with a comment."""
    marks = defaultdict(list)
    for one in issues:
        for cell in one.cells[:MOST_CELLS]:
            marks[position(cell.replace("row ", "A"))].append(one)
    last = {row: len(cells) for row, cells in enumerate(original.rows)}
    for row, place in marks:
        last[row] = max(last.get(row, 0), place + 1)
    for row in sorted(last):
        cells = original.rows[row] if row < len(original.rows) else []
        for place in range(last[row]):
            here = sorted(
                marks.get((row, place), ()), key=lambda one: list(COLOURS).index(one.action)
            )
            text = cells[place] if place < len(cells) else ""
            kind = original.kinds.get((row, place), original.plain)
            _write_cell(sheet, row, place, text, kind, styles[here[0].action] if here else None)
            if here:
                _write_comment(sheet, row, place, here)


def _write_comment(sheet, row: int, place: int, issues: list[Issue]) -> None:
    text = "\n\n".join(f"{one.action.upper()}: {one.problem}. {one.remedy}" for one in issues)
    size = {"author": "Total Place", "x_scale": 2, "y_scale": 1.5}
    sheet.write_comment(row, place, text[:8000], size)


def _write_cell(sheet, row: int, place: int, text: str, kind: str, style) -> None:
    if kind in NUMBERS and NUMBER.fullmatch(text):
        sheet.write_number(row, place, float(text), style)
    elif text:
        sheet.write_string(row, place, text[:32_000], style)
    elif style:
        sheet.write_blank(row, place, None, style)
