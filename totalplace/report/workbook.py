"""All tables and figures of a report in one workbook: contents first, a sheet for each, figures as figures.

Money is in £m and shown to one decimal; the cell holds it to the penny. No cell is a formula and no text is a link, whatever
a partner wrote. The same tables give the same bytes.
"""

from datetime import datetime

import xlsxwriter

from totalplace.money import PENCE
from totalplace.report.tables import heading

CONTENTS = "Contents"
INK, PAPER, LINK, SOFT, RULE = "#12436D", "#FFFFFF", "#1A5690", "#54606B", "#D5DCE2"
FONT = {"font_name": "Arial", "font_size": 10, "valign": "top"}
KINDS = {"£m": ("#,##0.0", PENCE["£m"]), "£": ("#,##0.00", PENCE["£"]), "£ per head": ("#,##0.00", PENCE["£"]),
         "fraction": ("0.0%", 1)}  # unit -> number format, and what of the figure kept is one of it  # fmt: skip
WHOLE = ("#,##0", 1)
HEAD_ROW = 4  # from 0: title, where and the way back are above
LONGEST = 32_000  # letters; a cell holds 32,767
SETTINGS = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}


def write_workbook(path, title, where, printed):
    """Write the workbook. printed: page -> (its title, the facts of what it shows). title, where: as printed at its head."""
    with xlsxwriter.Workbook(str(path), SETTINGS) as book:
        book.set_properties({"title": f"{title}: {where}", "created": datetime(2009, 4, 1)})
        styles = {name: book.add_format(FONT | look) for name, look in _looks().items()}
        contents = book.add_worksheet(CONTENTS)
        names = _sheet_names([facts["name"] for _, shown in printed.values() for facts in shown])
        _contents(contents, styles, title, where, printed, names)
        for _, shown in printed.values():
            for facts in shown:
                _sheet(book.add_worksheet(names[facts["name"]]), styles, facts)


def _looks():
    """The formats of the workbook by name; those of figures by their number format."""
    looks = {
        "title": {"bold": True, "font_size": 15, "font_color": INK},
        "caption": {"bold": True, "font_size": 12, "font_color": INK},
        "soft": {"font_color": SOFT},
        "head": {"bold": True, "font_color": PAPER, "bg_color": INK, "text_wrap": True},
        "figure head": {
            "bold": True,
            "font_color": PAPER,
            "bg_color": INK,
            "text_wrap": True,
            "align": "right",
        },
        "text": {"text_wrap": True, "bottom": 1, "bottom_color": RULE},
        "link": {"font_color": LINK, "underline": 1},
        "total": {"bold": True, "top": 1, "bottom": 1},
    }
    for form in {form for form, _ in [*KINDS.values(), WHOLE]}:
        looks[form] = {"num_format": form, "bottom": 1, "bottom_color": RULE}
        looks[f"total {form}"] = {"num_format": form, "bold": True, "top": 1, "bottom": 1}
    return looks


def _sheet_names(names):
    """A name for each sheet: at most 31 letters, no two alike, none the contents'."""
    taken, found = {CONTENTS.lower()}, {}
    for name in names:
        short, number = name[:31], 1
        while short.lower() in taken:
            number += 1
            short = f"{name[: 30 - len(str(number))]}~{number}"
        taken.add(short.lower())
        found[name] = short
    return found


def _contents(sheet, styles, title, where, printed, names):
    """The first sheet: what there is, with a link to each."""
    _page_setup(sheet, landscape=False)
    sheet.set_column(0, 0, 32)
    sheet.set_column(1, 1, 96)
    sheet.write_string(0, 0, title, styles["title"])
    sheet.write_string(1, 0, where, styles["soft"])
    remark = "Money is in £m and shown to one decimal; each cell holds it to the penny. The CSV files hold whole pence."
    sheet.write_string(2, 0, remark, styles["soft"])
    row = 4
    for page, shown in printed.values():
        sheet.write_string(row, 0, page, styles["caption"])
        for facts in shown:
            row += 1
            name = names[facts["name"]]
            sheet.write_url(row, 0, f"internal:'{name}'!A1", styles["link"], name)
            sheet.write_string(row, 1, _cut(facts["caption"] or "Headline figures"), styles["text"])
        row += 2


def _sheet(sheet, styles, facts):
    """One table: caption, where, the way back, heads, rows, and the total where the page has one."""
    _page_setup(sheet, landscape=True)
    sheet.write_string(0, 0, _cut(facts["caption"] or "Headline figures"), styles["caption"])
    sheet.write_string(
        1, 0, f"{facts['place']}, {facts['year']}. {facts.get('note', '')}".strip(), styles["soft"]
    )
    sheet.write_url(2, 0, f"internal:'{CONTENTS}'!A1", styles["link"], CONTENTS)
    columns = [_column(facts, number, column) for number, column in enumerate(facts["columns"])]
    for number, (head, form, _, width) in enumerate(columns):
        sheet.set_column(number, number, width)
        sheet.write_string(HEAD_ROW, number, head, styles["figure head" if form else "head"])
    for down, row in enumerate(facts["rows"], start=HEAD_ROW + 1):
        for number, (cell, (_, form, unit, _)) in enumerate(zip(row, columns, strict=True)):
            _cell(sheet, down, number, cell, form, unit, styles)
    _total(sheet, styles, facts, columns)
    sheet.freeze_panes(HEAD_ROW + 1, 0)
    sheet.repeat_rows(HEAD_ROW)


def _column(facts, number, column):
    """(heading with unit, number format or nothing, what of the figure kept is one of it, width) of a column."""
    cells = [row[number] for row in facts["rows"] if row[number] is not None]
    words, unit = heading(column), facts["units"].get(column, "text")
    if not cells or any(isinstance(cell, str) for cell in cells):
        longest = max((len(cell) for cell in cells if isinstance(cell, str)), default=0)
        return words, None, 1, min(max(12, len(words) + 2, longest + 2), 60)
    form, one = KINDS.get(unit, WHOLE)
    told = {"£m": "£m", "£": "£", "£ per head": "£", "people": "number"}.get(unit)
    return (
        (told if words == "Pence" and told else f"{words}, {told}" if told else words),
        form,
        one,
        16,
    )


def _cell(sheet, row, column, cell, form, one, styles):
    """Text as text, whatever it begins with; a figure in its unit; nothing as nothing."""
    if cell is None:
        sheet.write_blank(row, column, None, styles["text"])
    elif isinstance(cell, str):
        sheet.write_string(row, column, _cut(cell), styles["text"])
    else:
        sheet.write_number(row, column, cell / one if one > 1 else cell, styles[form or "text"])


def _total(sheet, styles, facts, columns):
    """The total of each column of money, where the page prints one."""
    foot = (facts.get("printed") or {}).get("foot")
    if not foot or not facts["rows"]:
        return
    row = HEAD_ROW + 1 + len(facts["rows"])
    for number, (column, (_, form, one, _)) in enumerate(
        zip(facts["columns"], columns, strict=True)
    ):
        cells = [cells[number] for cells in facts["rows"]]
        if form and facts["units"].get(column) == "£m" and None not in cells:
            sheet.write_number(row, number, sum(cells) / one, styles[f"total {form}"])
        else:
            sheet.write_string(row, number, foot[0] if number == 0 else "", styles["total"])


def _page_setup(sheet, landscape):
    """A4, as wide as one page."""
    sheet.hide_gridlines(2)
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    if landscape:
        sheet.set_landscape()


def _cut(text):
    """Text that fits in a cell; what is cut says so."""
    return (
        text
        if len(text) <= LONGEST
        else f"{text[:LONGEST]} ... (cut here; the CSV file has it all)"
    )
