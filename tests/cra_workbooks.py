"""Small workbooks in the form of HM Treasury's editions, written cell by cell for the tests."""

from pathlib import Path

import xlsxwriter

HEADINGS_2013 = [
    "Department Name",
    "COFOG Level 1",
    "HMT Functional Classification",
    "COFOG Level 2",
    "HMT Sub-functional Classification",
    "CRA Segment",
    "CRA Segment Description",
    "ID or non-ID",
    "CAP or CUR",
    "CG, LG or PC",
    "NUTS 1 region",
    "Country",
    "2008-09",
    "2009-10",
    "",
]
HEADINGS_2025 = [
    "Department Name",
    "Organisation Name",
    "CRA Segment Code",
    "CRA Segment Name",
    "COFOG Level 0",
    "HMT Function",
    "COFOG Level 1",
    "HMT Subfunction",
    "ID/non-ID",
    "CAP or CUR",
    "CG, LG, PC, BOE, PSP",
    "Allocated by HMT or DEPT",
    "ITL Region",
    "Country",
    "2023-24",
    "2024-25",
]


def row_2013(**changes: object) -> list:
    """One row as the edition of 2013 has it, in capitals: the Tube in the East, £442.18 thousand."""
    cells = {
        "department": "London Underground",
        "division": "4. ECONOMIC AFFAIRS",
        "function": "4. OF WHICH: TRANSPORT",
        "group": "4.5 TRANSPORT",
        "label": "4.5 OF WHICH: LOCAL PUBLIC TRANSPORT",
        "code": "S101A006-E-TES_CAP-ID-PC-SUB040503",
        "name": "LONDON  UNDERGROUND ",
        "identifiable": "ID",
        "economic": "CAP",
        "sector": "PC",
        "region": "ENGLAND_East",
        "country": "ENGLAND",
        "first": 442.18,
        "second": -7,
        "unnamed": 1055371,
    }
    return list((cells | changes).values())


def row_2025(**changes: object) -> list:
    """One row as the edition of 2025 has it: academies in Yorkshire, £1,000 thousand."""
    cells = {
        "department": "Department for Education",
        "organisation": "Academies",
        "code": "ACD022-S022A034-E-TES_CUR-ID-CG-SUB090200",
        "name": "S022A034-ACADEMIES",
        "division": "9. Education",
        "function": "9. Education",
        "group": "9.2 Secondary education",
        "label": "9.2 Secondary education",
        "identifiable": "ID",
        "economic": "CUR",
        "sector": "CG",
        "allocated": "DEPT",
        "region": "ENGLAND_Yorkshire and The Humber",
        "country": "ENGLAND",
        "first": 900,
        "second": 1000,
    }
    return list((cells | changes).values())


def workbook(
    path: Path, headings: list[str], *rows: list, sheet: str = "CRA database", before: int = 0
) -> Path:
    """Write an edition: a sheet of words, then the database, `before` blank rows above its heading."""
    with xlsxwriter.Workbook(path) as book:
        book.add_worksheet("Metadata").write(0, 0, "Department Name means the department")
        body = book.add_worksheet(sheet)
        for number, cells in enumerate([headings, *rows], start=before):
            for place, cell in enumerate(cells):
                if cell not in ("", None):
                    body.write(number, place, cell)
    return path
