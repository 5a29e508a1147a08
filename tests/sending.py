"""Returns as partners send them, made small for the tests: a line that is right, and files of many kinds."""

import csv
import io
import zipfile
from pathlib import Path

import xlsxwriter

from totalplace import estimate, places, reference, returns

GOOD = {
    "Body": "Councils",
    "Service": "Primary schools",
    "COFOG": "",
    "Year": "2008-09",
    "Status": "outturn",
    "Current or capital": "current",
    "Expenditure or income": "expenditure",
    "Payee": "",
    "Area covered": "",
    "Share by": "",
    "Amount": "120000000",
    "Unit": "£",
    "Ring-fenced": "",
    "Confidential": "",
    "Age from": "",
    "Age to": "",
    "Children": "",
    "Source": "ledger",
    "Note": "",
}
HEADINGS = list(GOOD)


def folder(place="croydon"):
    """The folder of returns of a place in the house that the test has made."""
    path = reference.home() / "data" / "raw" / "returns" / place
    path.mkdir(parents=True, exist_ok=True)
    return path


def line(**changes):
    """The cells of a line that is right but for these: line(Amount='TBC'); underscores stand for spaces."""
    named = {heading.replace("_", " "): cell for heading, cell in changes.items()}
    assert set(named) <= set(GOOD), named
    return list({**GOOD, **named}.values())


def text_of(rows):
    """Rows as the text of a CSV file."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerows(rows)
    return text.getvalue()


def send_csv(*rows, name="return.csv", headings=HEADINGS, encoding="utf-8", above=()):
    """A CSV return with these lines."""
    path = folder() / name
    path.write_bytes(text_of([*above, headings, *rows]).encode(encoding))
    return path


def send_xlsx(*rows, name="return.xlsx", headings=HEADINGS, sheet="Return", above=(), shape=None):
    """An .xlsx return with these lines; `shape(book, sheet, first)` may change it, `first` being the row of the first line."""
    path = folder() / name
    with xlsxwriter.Workbook(
        str(path), {"strings_to_numbers": False, "strings_to_formulas": False}
    ) as book:
        page = book.add_worksheet(sheet)
        for number, row in enumerate([*above, headings, *rows]):
            page.write_row(number, 0, row)
        if shape:
            shape(book, page, len(above) + 1)
    return path


def send_bytes(content, name):
    """A file of these bytes."""
    path = folder() / name
    path.write_bytes(content)
    return path


def change_part(path, part, change):
    """Write an .xlsx file again with one of its parts changed, or added: change(old bytes) -> new bytes."""
    with zipfile.ZipFile(path) as package:
        parts = {name: package.read(name) for name in package.namelist()}
    parts[part] = change(parts.get(part, b""))
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as package:
        for name, content in parts.items():
            package.writestr(name, content)
    return path


def decide(*rows, name="decisions.csv"):
    """Write decisions.csv, or mapping.csv: rows of what and choice (or sector, service and cofog)."""
    headings = {"decisions.csv": ["what", "choice"], "mapping.csv": ["sector", "service", "cofog"]}[
        name
    ]
    rows = [[*row, "finance analyst", "2009-10-31", "asked the partner"] for row in rows]
    path = Path(folder() / name)
    path.write_text(text_of([[*headings, "decided_by", "date", "reason"], *rows]), encoding="utf-8")
    return path


def read(place="croydon", year="2008-09"):
    """The Returns of a place, as sent so far."""
    return returns.read_returns(place, year, national_estimate(place, year))


def templates(body, into, place="croydon", year="2008-09"):
    """The workbooks that a body is sent, or every body."""
    return returns.write_templates(place, year, body, national_estimate(place, year), into)


def national_estimate(place="croydon", year="2008-09"):
    """The first count of a place, which `partners` works out once."""
    return estimate.first_count(places.place(place), year)
