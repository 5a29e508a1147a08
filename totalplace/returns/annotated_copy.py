"""A partner's file, marked as a teacher marks it: a copy whose cells carry what is wrong with them and what to do.

The copy is written anew from the text that was read: the same sheets, cells at the same addresses, a first
sheet that lists every fault. Formulas are in it as the values that were stored, so nothing that a partner wrote
can run when it is opened.
"""

import re
from collections import defaultdict
from datetime import datetime

import xlsxwriter

from totalplace import reference
from totalplace.returns.decisions import offers
from totalplace.returns.xlsx import position

LIST = "Faults"
COLOURS = {"refuse": "#F6C6BE", "ask": "#FBE3A8", "warn": "#FFF8D6"}
MOST_CELLS = (
    200  # of one finding that get a comment: the list on the first sheet names it once for all
)
NUMBERS = {"number", "percent", "scaled"}


def write_back(returns):
    """Write the marked copy of each file that has a finding; returns their paths. Old copies of the place are removed."""
    folder = reference.home() / "data" / "processed" / returns.year / returns.place.slug / "faults"
    for old in folder.glob("*.faults.xlsx"):
        old.unlink()
    found = defaultdict(list)
    for finding in returns.findings:
        found[finding.file].append(finding)
    marked = [file for file in returns.files if found[file.name]]
    if marked:
        folder.mkdir(parents=True, exist_ok=True)
    return [_write(folder / f"{file.name}.faults.xlsx", file, found[file.name]) for file in marked]


def _write(path, file, found):
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(str(path), options) as book:
        book.set_properties({"title": f"Faults of {file.name}", "created": datetime(2009, 4, 1)})
        styles = {
            verdict: book.add_format({"bg_color": colour, "border": 1})
            for verdict, colour in COLOURS.items()
        }
        _list(book, found, styles)
        names = _names([sheet.name for sheet in file.sheets])
        for sheet, name in zip(file.sheets, names, strict=True):
            _copy(
                book.add_worksheet(name),
                sheet,
                [one for one in found if one.sheet == sheet.name],
                styles,
            )
    return path


def _list(book, found, styles):
    """The first sheet: every finding once."""
    sheet, bold = book.add_worksheet(LIST), book.add_format({"bold": True})
    wrap = book.add_format({"text_wrap": True, "valign": "top"})
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    headings = {
        "Verdict": 9,
        "Sheet": 14,
        "Cells": 24,
        "What is wrong": 60,
        "What to do": 60,
        "Choices": 30,
    }
    for place, (heading, width) in enumerate(headings.items()):
        sheet.set_column(place, place, width)
        sheet.write_string(0, place, heading, bold)
    for number, one in enumerate(found, start=1):
        cells = ", ".join(one.cells[:20]) + (
            f" and {len(one.cells) - 20} more" if len(one.cells) > 20 else ""
        )
        sheet.write_string(number, 0, one.verdict, styles[one.verdict])
        for place, text in enumerate(
            (one.sheet, cells, one.problem, one.remedy, offers(one)), start=1
        ):
            sheet.write_string(number, place, text, wrap)


def _names(names):
    """Names that a workbook allows, in order: no brackets or slashes, at most 31 letters, none twice."""
    taken, allowed = {LIST.lower()}, []
    for name in names:
        base = re.sub(r"[\[\]:*?/\\']", " ", name)[:27].strip() or "Return"
        free = next(
            f"{base} {n}".removesuffix(" 1")
            for n in range(1, 1000)
            if f"{base} {n}".removesuffix(" 1").lower() not in taken
        )
        taken.add(free.lower())
        allowed.append(free)
    return allowed


def _copy(sheet, original, found, styles):
    """A sheet's cells as they were read; those with a finding in its colour, with its words as a comment."""
    marks = defaultdict(lambda: defaultdict(list))
    for one in found:
        for cell in one.cells[:MOST_CELLS]:
            row, place = (
                position(cell)
                if not cell.startswith("row ")
                else (int(cell.removeprefix("row ")) - 1, 0)
            )
            marks[row][place].append(one)
    for row in range(max([len(original.rows), *(row + 1 for row in marks)])):
        cells = original.rows[row] if row < len(original.rows) else []
        for place in range(max([len(cells), *(place + 1 for place in marks.get(row, ()))])):
            here = marks[row][place] if row in marks and place in marks[row] else []
            style = (
                styles[min((one.verdict for one in here), key=list(COLOURS).index)]
                if here
                else None
            )
            _write_cell(
                sheet,
                row,
                place,
                cells[place] if place < len(cells) else "",
                original.kinds.get((row, place), original.plain),
                style,
            )
            if here:
                text = "\n\n".join(
                    f"{one.verdict.upper()}: {one.problem}. {one.remedy}" for one in here
                )
                sheet.write_comment(
                    row, place, text[:8000], {"author": "Total Place", "x_scale": 2, "y_scale": 1.5}
                )


def _write_cell(sheet, row, place, text, kind, style):
    if kind in NUMBERS and re.fullmatch(r"-?\d+(\.\d+)?", text):
        sheet.write_number(row, place, float(text), style)
    elif text:
        sheet.write_string(row, place, text[:32_000], style)
    elif style:
        sheet.write_blank(row, place, None, style)
