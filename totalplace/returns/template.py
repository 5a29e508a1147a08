"""The workbook that a partner fills in: a Read me, a Return sheet with drop-down lists, our own estimate as its start.

The columns, their words and their help are rows of return_columns.csv and return_words.csv. The lines are
prefilled with the national estimate of the body, in £ and shaded, with no status: a partner corrects rather
than starts, and a line that comes back untouched is noticed. The same call gives the same bytes.
"""

import difflib
from datetime import datetime

import pandas as pd
import xlsxwriter

from totalplace import places, reference
from totalplace.errors import InputError, first_few
from totalplace.returns import plausibility, values
from totalplace.returns.issues import limit
from totalplace.returns.xlsx import letters

HEADING_ROW = 5  # from 0: titles and the control total are above
CONTROL_ROW, SUM_ROW = 2, 3
INK, PAPER, ESTIMATE, MISSING, RULE = "#12436D", "#FFFFFF", "#FFF6DB", "#FBE0DA", "#D0D5DA"
A3, A4, LETTERS_A_LINE = 8, 9, 118
FONT = {"font_name": "Arial", "font_size": 10, "valign": "top"}
READ_ME = [
    ("What this is",
     "A partnership in {place} is counting all public money spent there in {year}: on what, by whom, and for whom. "
     "This workbook asks {body} for its part. The lines on the sheet Return are our own estimate from national "
     "figures. Please put your figures in their place."),
    ("What to do",
     "1. Go down the Return sheet. For each shaded line write your own amount, say whether it is outturn or budget, "
     "and say in Source where it comes from.\n2. Delete lines that you do not have, and add those that are missing: "
     "one line for each service.\n3. Write your control total at the top, in £, from your own ledger.\n4. Send the "
     "workbook back. It need not be perfect: what is doubtful is asked, and nothing is decided in silence."),
    ("Gross, not net",
     "Give gross expenditure. Give income (fees, charges, grants received) in lines of its own, as a negative amount "
     "with 'income' in the column Expenditure or income. Do not take one off the other."),
    ("Leave out",
     "Total and 'of which' rows, recharges between your own departments, depreciation and other notional charges, "
     "movements in reserves."),
    ("Payments to other public bodies",
     "Name the body that is paid under Payee, so that its pound is counted once."),
    ("A wider area",
     "If a figure covers more than {place}, name the area under Area covered, and under Share by what its share "
     "should follow. Do not share it out yourself."),
    ("Codes",
     "COFOG is the classification of the functions of government. If you do not know the code, leave it blank."),
    ("Confidential",
     "Write yes where a figure must not be shown by itself. Send nothing about a person."),
]  # fmt: skip


def template(place, year, body=None, folder=None):
    """Write the workbook of a body, or of each body that has money in the place; returns their paths.

    place: places.Place, or a name of one. body: of bodies.csv. folder: where to; by default
    data/processed/<year>/<place>/templates/. Raises InputError for an unknown place, year or body.
    """
    place = places.place(place) if isinstance(place, str) else place
    estimates, bodies = plausibility.estimates(place, year), reference.returning_bodies()
    known = bodies["body"].tolist()
    if body is not None and body not in known:
        near = difflib.get_close_matches(body, known, n=3, cutoff=0.3) or known
        raise InputError(f"no body called {body!r}. The nearest known: {first_few(near)}.")
    wanted = [body] if body else [one for one in known if one in set(estimates["body"])]
    folder = folder or reference.home() / "data" / "processed" / year / place.slug / "templates"
    folder.mkdir(parents=True, exist_ok=True)
    names = dict(zip(bodies["body"], bodies["name"], strict=True))
    lists = _lists(year)
    return [_write(folder / f"{place.slug}_{year}_{one}.xlsx", place, year, names[one],
                   prefilled(estimates[estimates["body"] == one]), lists) for one in wanted]  # fmt: skip


def prefilled(estimates):
    """The lines that a template begins with: our estimate of a body by COFOG code and economic, largest first, in £."""
    names = dict(reference.read("cofog")[["cofog", "name"]].itertuples(index=False))
    rows = estimates[estimates["pence"] != 0].sort_values("pence", ascending=False, kind="stable")
    label = rows["cofog"] + " " + rows["cofog"].map(names)
    flow = (rows["pence"] > 0).map({True: "expenditure", False: "income"})
    return pd.DataFrame({"service": rows["cofog"].map(names), "cofog": label, "economic": rows["economic"], "flow": flow,
                         "amount": rows["pence"] / 100})  # fmt: skip


def _lists(year):
    """The drop-down lists by column: what a cell may be chosen from."""
    codes, first = reference.read("cofog"), int(year[:4])
    groups = codes[codes["cofog"].str.len() <= 4]
    bodies = reference.returning_bodies()["name"].tolist()
    areas = ["England", *sorted(reference.read("areas")["region"].unique())]
    words = {column: values.meanings(column) for column in ("status", "economic", "flow", "unit")}
    return words | {
        "body": bodies,
        "cofog": (groups["cofog"] + " " + groups["name"]).tolist(),
        "year": [f"{start}-{(start + 1) % 100:02}" for start in range(first - 2, first + 3)],
        "payee": [*bodies, *values.meanings("payee")],
        "footprint": areas,
        "driver": reference.read("driver_names")["name"].tolist(),
        "ring_fenced": ["yes", "no"],
        "confidential": ["yes", "no"],
    }


def _write(path, place, year, body, lines, lists):
    """One workbook."""
    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(str(path), options) as book:
        book.set_properties(
            {
                "title": f"Total Place return: {body}, {place.name}, {year}",
                "created": datetime(2009, 4, 1),
            }
        )
        styles = _styles(book)
        _read_me(book, styles, place, year, body)
        _return(book, styles, place, year, body, lines, lists)
        _write_lists(book, lists)
    return path


def _styles(book):
    kinds = {
        "title": {"bold": True, "font_size": 16, "font_color": INK},
        "subtitle": {"font_color": "#444444"},
        "heading": {"bold": True, "font_color": PAPER, "bg_color": INK, "text_wrap": True, "valign": "vcenter", "border": 1,
                    "border_color": PAPER},
        "label": {"bold": True},
        "prose": {"text_wrap": True},
        "cell": {"locked": False, "border": 1, "border_color": RULE},
        "amount": {"locked": False, "border": 1, "border_color": RULE, "num_format": "#,##0.00;[Red]-#,##0.00"},
        "control": {"locked": False, "border": 2, "border_color": INK, "num_format": "#,##0.00", "bold": True},
        "sum": {"num_format": "#,##0.00;[Red]-#,##0.00", "font_color": "#444444"},
        "estimate": {"bg_color": ESTIMATE, "italic": True},
        "missing": {"bg_color": MISSING},
    }  # fmt: skip
    conditional = ("estimate", "missing")
    return {
        name: book.add_format(style if name in conditional else FONT | style)
        for name, style in kinds.items()
    }


def _read_me(book, styles, place, year, body):
    sheet = book.add_worksheet("Read me")
    sheet.hide_gridlines(2)
    sheet.set_column(0, 0, 30)
    sheet.set_column(1, 1, 95)
    sheet.set_row(0, 24)
    sheet.write_string(0, 0, "Total Place return", styles["title"])
    sheet.write_string(1, 0, f"{body}: {place.name}, {year}", styles["subtitle"])
    words = {"place": place.name, "year": year, "body": body}
    columns = reference.read("return_columns")
    asked = columns[columns["column"] != "supersedes"]
    rows = [(title, text.format(**words)) for title, text in READ_ME] + [
        ("The columns", "Those with a * are needed.")
    ]
    rows += list(asked[["heading", "meaning"]].itertuples(index=False))
    for number, (title, text) in enumerate(rows, start=3):
        sheet.write_string(number, 0, title, styles["label"])
        sheet.write_string(number, 1, text[:1].upper() + text[1:], styles["prose"])
        sheet.set_row(
            number, 13 * sum(1 + len(line) // LETTERS_A_LINE for line in text.split("\n")) + 5
        )
    sheet.protect()
    sheet.set_paper(A4)
    sheet.fit_to_pages(1, 1)


def _return(book, styles, place, year, body, lines, lists):
    """The sheet to fill in: headings that stay, cells to write in, lists to choose from, our estimate to correct."""
    sheet = book.add_worksheet("Return")
    columns = (
        reference.read("return_columns").query("column != 'supersedes'").reset_index(drop=True)
    )
    place_of = {column: number for number, column in enumerate(columns["column"])}
    first, last = HEADING_ROW + 1, HEADING_ROW + max(limit("prefilled_rows"), len(lines) + 100)
    sheet.write_string(0, 0, f"Total Place return: {body}", styles["title"])
    advice = "One line for each service, no total rows. The shaded lines are our own estimate: put your figures in their place."
    sheet.write_string(1, 0, f"{place.name}, {year}. {advice}", styles["subtitle"])
    sheet.set_row(0, 24)
    _headings(sheet, styles, columns)
    _lines(
        sheet, styles, columns["column"].tolist(), first, last, lines.assign(body=body, year=year)
    )
    _sums(sheet, styles, place_of, first, last, lines)
    _choices(sheet, columns, first, last, lists)
    _shades(sheet, styles, columns, place_of, first, last)
    sheet.freeze_panes(first, 2)
    sheet.repeat_rows(HEADING_ROW)
    sheet.set_landscape()
    sheet.set_paper(A3)
    sheet.fit_to_pages(1, 0)
    sheet.protect(
        "",
        {
            "insert_rows": True,
            "delete_rows": True,
            "format_columns": True,
            "format_rows": True,
            "sort": True,
        },
    )
    sheet.activate()


def _headings(sheet, styles, columns):
    sheet.set_row(HEADING_ROW, 34)
    for number, row in enumerate(columns.itertuples()):
        sheet.set_column(number, number, row.width)
        mark = " *" if row.needed == "yes" else ""
        sheet.write_string(HEADING_ROW, number, row.heading + mark, styles["heading"])


def _lines(sheet, styles, columns, first, last, lines):
    """The prefilled lines, and the empty cells under them; status is left blank for the partner."""
    rows = lines.assign(unit="£", source=f"{plausibility.PREFILLED}: put your source here").to_dict(
        "records"
    )
    for number in range(first, last + 1):
        row = rows[number - first] if number - first < len(rows) else {}
        for place, column in enumerate(columns):
            style = styles["amount" if column == "amount" else "cell"]
            value = row.get(column, "")
            if value == "":
                sheet.write_blank(number, place, None, style)
            elif column == "amount":
                sheet.write_number(number, place, value, style)
            else:
                sheet.write_string(number, place, value, style)


def _sums(sheet, styles, place_of, first, last, lines):
    """The control total, to be typed, above what the lines add to, in £ whatever their units."""
    amount, unit = (
        f"{letters(place_of[name])}{first + 1}:{letters(place_of[name])}{last + 1}"
        for name in ("amount", "unit")
    )
    parts = (
        f'{times}*SUMIF({unit},"{word}",{amount})'
        for word, times in (("£", 1), ("£k", 1000), ("£m", 1000000))
    )
    sheet.write_string(CONTROL_ROW, 0, "Control total (£), own ledger", styles["label"])
    sheet.write_blank(CONTROL_ROW, 1, None, styles["control"])
    sheet.write_string(SUM_ROW, 0, "Lines add to (£)", styles["label"])
    sheet.write_formula(
        SUM_ROW, 1, "=" + "+".join(parts), styles["sum"], round(float(lines["amount"].sum()), 2)
    )


def _choices(sheet, columns, first, last, lists):
    """What may be chosen or typed in each column, with its help."""
    for number, row in enumerate(columns.itertuples()):
        rule = {"validate": "any"}
        if row.column in lists:
            letter, length = letters(list(lists).index(row.column)), len(lists[row.column])
            open_list = row.column in ("payee", "footprint", "year")
            rule = {"validate": "list", "source": f"=Lists!${letter}$2:${letter}${length + 1}",
                    "error_type": "information" if open_list else "stop", "error_message": "Choose from the list."}  # fmt: skip
        elif row.kind == "amount":
            rule = {"validate": "decimal", "criteria": "between", "minimum": -1e13, "maximum": 1e13,
                    "error_message": "Write a number, and the unit in the next column."}  # fmt: skip
        elif row.kind == "age":
            rule = {"validate": "integer", "criteria": "between", "minimum": -1, "maximum": limit("age_oldest"),
                    "error_message": "Write whole years; -1 is pregnancy."}  # fmt: skip
        help_text = {"input_title": row.heading[:32], "input_message": row.meaning[:255]}
        sheet.data_validation(first, number, last, number, rule | help_text)


def _shades(sheet, styles, columns, place_of, first, last):
    """Our own estimates are shaded while Source says that they are; a needed cell that is blank is shaded red."""
    service, source = letters(place_of["service"]), letters(place_of["source"])
    for number, row in enumerate(columns.itertuples()):
        if row.needed == "yes":
            blank = f'=AND(${service}{first + 1}<>"",{letters(number)}{first + 1}="")'
            rule = {
                "type": "formula",
                "criteria": blank,
                "format": styles["missing"],
                "stop_if_true": True,
            }
            sheet.conditional_format(first, number, last, number, rule)
    ours = f'=LEFT(${source}{first + 1},{len(plausibility.PREFILLED)})="{plausibility.PREFILLED}"'
    sheet.conditional_format(
        first,
        0,
        last,
        len(columns) - 1,
        {"type": "formula", "criteria": ours, "format": styles["estimate"]},
    )


def _write_lists(book, lists):
    sheet = book.add_worksheet("Lists")
    for number, (column, words) in enumerate(lists.items()):
        sheet.write_string(0, number, f"list of {column}")
        for row, word in enumerate(words, start=1):
            sheet.write_string(row, number, word)
    sheet.protect()
    sheet.hide()
