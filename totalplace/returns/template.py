"""The workbook that a partner fills in: a Read me, and a Return that our estimate begins.

The guidance is return_guidance.csv; the columns, their words and their help are rows of
return_columns.csv and return_words.csv. The
lines are prefilled with the national estimate of the body, in £ and shaded, with no status: a
partner corrects rather than starts, and a line that comes back untouched is noticed. The same call
gives the same bytes.
"""

from datetime import datetime
from pathlib import Path

import pandas as pd
import xlsxwriter

from totalplace import places, reference
from totalplace.errors import InputError, first_few
from totalplace.places import Place
from totalplace.returns import plausibility
from totalplace.returns.issues import limit
from totalplace.returns.names import nearest
from totalplace.returns.values import vocabulary
from totalplace.returns.xlsx import letters

HEADING_ROW = 5  # from 0: titles and the control total are above
CONTROL_ROW, SUM_ROW = 2, 3
INK, PAPER, GREY, RULE = "#12436D", "#FFFFFF", "#444444", "#D0D5DA"
ESTIMATE, MISSING = "#FFF6DB", "#FBE0DA"
ALLOWED = ("insert_rows", "delete_rows", "format_columns", "format_rows", "sort")
A3, A4, LETTERS_A_LINE = 8, 9, 118
FONT = {"font_name": "Arial", "font_size": 10, "valign": "top"}
COLUMN_RULES: dict[str, dict] = {
    "amount": {
        "validate": "decimal",
        "criteria": "between",
        "minimum": -1e13,
        "maximum": 1e13,
        "error_message": "Please enter a number, with its unit in the next column.",
    },
    "age": {
        "validate": "integer",
        "criteria": "between",
        "minimum": -1,
        "error_message": "Please enter whole years; -1 means pregnancy.",
    },
}
MAY_BE_OTHERS = ("payee", "footprint", "year")  # columns whose list is a suggestion


def write_templates(
    place: Place | str,
    year: str,
    body: str | None,
    estimate: pd.DataFrame,
    folder: Path | None = None,
) -> list[Path]:
    """Write the workbook of a body, or of each with money in the place; returns their paths.

    Parameters
    ----------
    body
        A body of bodies.csv, or its name; None: all of them.
    estimate
        The ledger of estimate.first_count for the place and year: body, cofog, economic, pence.
    folder
        Where to; by default data/processed/<year>/<place>/templates/.

    Raises
    ------
    InputError
        For an unknown place or body.
    """
    place = places.place(place) if isinstance(place, str) else place
    bodies = reference.returning_bodies().set_index("body")["name"].to_dict()
    by_name = {name.lower(): one for one, name in bodies.items()}
    body = by_name.get(body.lower(), body) if body else None
    if body is not None and body not in bodies:
        near = first_few(nearest(body, bodies) or bodies)
        raise InputError(f"no body called {body!r}. The nearest known: {near}.")
    functions, lists = plausibility.by_function(estimate).reset_index(), _lists(year)
    wanted = [body] if body else [one for one in bodies if one in set(functions["body"])]
    folder = folder or reference.home() / "data" / "processed" / year / place.slug / "templates"
    folder.mkdir(parents=True, exist_ok=True)
    paths = {one: folder / f"{place.slug}_{year}_{one}.xlsx" for one in wanted}
    for one, path in paths.items():
        lines = prefilled(functions[functions["body"] == one])
        _write(path, place, year, bodies[one], lines, lists)
    return list(paths.values())


def prefilled(functions: pd.DataFrame) -> pd.DataFrame:
    """The lines that a template begins with, largest first: columns of a return; amount in £.

    functions: of one body: cofog, economic, pence.
    """
    names = reference.read("cofog").set_index("cofog")["name"]
    rows = functions[functions["pence"] != 0].sort_values("pence", ascending=False, kind="stable")
    service = rows["cofog"].map(names)
    return pd.DataFrame(
        {
            "service": service,
            "cofog": rows["cofog"] + " " + service,
            "economic": rows["economic"],
            "flow": (rows["pence"] > 0).map({True: "expenditure", False: "income"}),
            "amount": rows["pence"] / 100,
        }
    )


def _lists(year: str) -> dict[str, list[str]]:
    """The drop-down lists by column: what a cell may be chosen from."""
    codes, first, words = reference.read("cofog"), int(year[:4]), vocabulary()
    groups = codes[codes["cofog"].str.len() <= 4]
    bodies = reference.returning_bodies()["name"].tolist()
    areas = ["England", *sorted(reference.read("areas")["region"].unique())]
    lists = {column: words.meanings(column) for column in ("status", "economic", "flow", "unit")}
    return lists | {
        "body": bodies,
        "cofog": (groups["cofog"] + " " + groups["name"]).tolist(),
        "year": [f"{start}-{(start + 1) % 100:02}" for start in range(first - 2, first + 3)],
        "payee": [*bodies, *words.meanings("payee")],
        "footprint": areas,
        "driver": reference.read("driver_names")["name"].tolist(),
        "ring_fenced": ["yes", "no"],
        "confidential": ["yes", "no"],
    }


def _write(path, place, year, body, lines, lists):
    """One workbook."""
    title = f"Total Place return: {body}, {place.name}, {year}"
    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(str(path), options) as book:
        book.set_properties({"title": title, "created": datetime(2009, 4, 1)})
        styles = _styles(book)
        _read_me(book, styles, place, year, body)
        _return(book, styles, place, year, body, lines, lists)
        _write_lists(book, lists)


def _styles(book):
    box, money = {"border": 1, "border_color": RULE}, {"num_format": "#,##0.00;[Red]-#,##0.00"}
    head = {"bold": True, "text_wrap": True, "valign": "vcenter", "border": 1}
    kinds: dict[str, dict] = {
        "title": {"bold": True, "font_size": 16, "font_color": INK},
        "subtitle": {"font_color": GREY},
        "heading": head | {"font_color": PAPER, "bg_color": INK, "border_color": PAPER},
        "label": {"bold": True},
        "prose": {"text_wrap": True},
        "cell": {"locked": False} | box,
        "amount": {"locked": False} | box | money,
        "control": {"locked": False, "border": 2, "border_color": INK, "bold": True} | money,
        "sum": money | {"font_color": GREY},
    }
    styles = {name: book.add_format(FONT | style) for name, style in kinds.items()}
    shades = {"estimate": {"bg_color": ESTIMATE, "italic": True}, "missing": {"bg_color": MISSING}}
    return styles | {name: book.add_format(style) for name, style in shades.items()}


def _read_me(book, styles, place, year, body):
    sheet = book.add_worksheet("Read me")
    sheet.hide_gridlines(2)
    sheet.set_column(0, 0, 30)
    sheet.set_column(1, 1, 95)
    sheet.set_row(0, 24)
    sheet.write_string(0, 0, "Total Place return", styles["title"])
    sheet.write_string(1, 0, f"{body}: {place.name}, {year}", styles["subtitle"])
    words = {"place": place.name, "year": year, "body": body}
    guidance = reference.read("return_guidance")
    rows = [(row.heading, row.text.format(**words)) for row in guidance.itertuples()]
    rows += [(row.heading, row.meaning) for row in _columns().itertuples()]
    for number, (title, text) in enumerate(rows, start=3):
        sheet.write_string(number, 0, title, styles["label"])
        sheet.write_string(number, 1, text[:1].upper() + text[1:], styles["prose"])
        height = sum(1 + len(line) // LETTERS_A_LINE for line in text.split("\n"))
        sheet.set_row(number, 13 * height + 5)
    sheet.protect()
    sheet.set_paper(A4)
    sheet.fit_to_pages(1, 1)


def _columns():
    """The columns that a partner fills in, in order."""
    return reference.read("return_columns").query("column != 'supersedes'").reset_index(drop=True)


def _return(book, styles, place, year, body, lines, lists):
    """The sheet to fill in: headings that stay, lists to choose from, our estimate to correct."""
    sheet = book.add_worksheet("Return")
    columns = _columns()
    place_of = {column: number for number, column in enumerate(columns["column"])}
    first, last = HEADING_ROW + 1, HEADING_ROW + max(limit("prefilled_rows"), len(lines) + 100)
    sheet.write_string(0, 0, f"Total Place return: {body}", styles["title"])
    advice = "One line a service, no totals. Please replace the shaded lines, our own estimate."
    sheet.write_string(1, 0, f"{place.name}, {year}. {advice}", styles["subtitle"])
    sheet.set_row(0, 24)
    _headings(sheet, styles, columns)
    _lines(sheet, styles, columns["column"], first, last, lines.assign(body=body, year=year))
    _sums(sheet, styles, place_of, first, last, lines)
    _choices(sheet, columns, first, last, lists)
    _shades(sheet, styles, columns, place_of, first, last)
    sheet.freeze_panes(first, 2)
    sheet.repeat_rows(HEADING_ROW)
    sheet.set_landscape()
    sheet.set_paper(A3)
    sheet.fit_to_pages(1, 0)
    sheet.protect("", dict.fromkeys(ALLOWED, True))
    sheet.activate()


def _headings(sheet, styles, columns):
    sheet.set_row(HEADING_ROW, 34)
    for number, row in enumerate(columns.itertuples()):
        sheet.set_column(number, number, row.width)
        mark = " *" if row.needed == "yes" else ""
        sheet.write_string(HEADING_ROW, number, row.heading + mark, styles["heading"])


def _lines(sheet, styles, columns, first, last, lines):
    """The prefilled lines, and the empty cells under them; status is left blank for the partner."""
    source = f"{plausibility.PREFILLED}: put your source here"
    rows = lines.assign(unit="£", source=source).to_dict("records")
    for number in range(first, last + 1):
        row = rows[number - first] if number - first < len(rows) else {}
        for place, column in enumerate(columns):
            value, style = row.get(column, ""), styles["amount" if column == "amount" else "cell"]
            if value == "":
                sheet.write_blank(number, place, None, style)
            elif column == "amount":
                sheet.write_number(number, place, value, style)
            else:
                sheet.write_string(number, place, value, style)


def _sums(sheet, styles, place_of, first, last, lines):
    """The control total, to be typed, above what the lines add to, in £ whatever their units."""
    at = {name: letters(place_of[name]) for name in ("amount", "unit")}
    amount, unit = (f"{at[name]}{first + 1}:{at[name]}{last + 1}" for name in ("amount", "unit"))
    times = {"£": 1, "£k": 1000, "£m": 1000000}
    parts = (f'{number}*SUMIF({unit},"{word}",{amount})' for word, number in times.items())
    total = round(float(lines["amount"].sum()), 2)
    sheet.write_string(CONTROL_ROW, 0, "Control total (£), own ledger", styles["label"])
    sheet.write_blank(CONTROL_ROW, 1, None, styles["control"])
    sheet.write_string(SUM_ROW, 0, "Lines add to (£)", styles["label"])
    sheet.write_formula(SUM_ROW, 1, "=" + "+".join(parts), styles["sum"], total)


def _choices(sheet, columns, first, last, lists):
    """What may be chosen or typed in each column, with its help."""
    rules = COLUMN_RULES | {"age": COLUMN_RULES["age"] | {"maximum": limit("age_oldest")}}
    for number, row in enumerate(columns.itertuples()):
        rule = rules.get(row.kind, {"validate": "any"})
        if row.column in lists:
            letter, length = letters(list(lists).index(row.column)), len(lists[row.column])
            rule = {
                "validate": "list",
                "source": f"=Lists!${letter}$2:${letter}${length + 1}",
                "error_type": "information" if row.column in MAY_BE_OTHERS else "stop",
                "error_message": "Please choose from the list.",
            }
        words = {"input_title": row.heading[:32], "input_message": row.meaning[:255]}
        sheet.data_validation(first, number, last, number, rule | words)


def _shades(sheet, styles, columns, place_of, first, last):
    """Estimates are shaded while Source says that they are ours; a blank needed cell is red."""
    service, source, row = letters(place_of["service"]), letters(place_of["source"]), first + 1
    for number in columns.index[columns["needed"] == "yes"]:
        blank = f'=AND(${service}{row}<>"",{letters(number)}{row}="")'
        rule = {"type": "formula", "criteria": blank, "format": styles["missing"]}
        sheet.conditional_format(first, number, last, number, rule | {"stop_if_true": True})
    ours = f'=LEFT(${source}{row},{len(plausibility.PREFILLED)})="{plausibility.PREFILLED}"'
    rule = {"type": "formula", "criteria": ours, "format": styles["estimate"]}
    sheet.conditional_format(first, 0, last, len(columns) - 1, rule)


def _write_lists(book, lists):
    sheet = book.add_worksheet("Lists")
    for number, (column, words) in enumerate(lists.items()):
        sheet.write_string(0, number, f"list of {column}")
        for row, word in enumerate(words, start=1):
            sheet.write_string(row, number, word)
    sheet.protect()
    sheet.hide()
