"""Readers of HM Treasury's Country and Regional Analysis (CRA), the databases of 2013 and later.

Each edition gives five years by department, organisation (from 2018), segment, sub-function,
economic category, sector and region, in £000. Its headings and spellings differ from the next
one's: all cells are read as text, put into one spelling here, and typed on purpose. Kept are the
identifiable lines of the nine English regions; `source_row` is the number of the row in the
published sheet (the first below the heading is 1), so that a figure can be looked up.

Limits: the geography that HM Treasury gives a segment (England, Great Britain, UK), and whether
the region was allocated by the department or by HM Treasury, stay in the original.
"""

import re
from collections.abc import Iterator
from pathlib import Path

import pandas as pd

from totalplace import money
from totalplace.errors import InputError, first_few, refuse
from totalplace.reference_build.published_files import REGIONS

HEADINGS = {
    "department": r"department name",
    "organisation": r"organisation name",
    "code": r"cra segment( code)?",
    "segment_name": r"cra segment (name|description)",
    "function": r"hmt function(al classification)?",
    "label": r"hmt sub-?function(al classification)?",
    "identifiable": r"id ?(/|or) ?non-id",
    "economic": r"cap or cur",
    "sector": r"cg, lg.*",
    "region": r"(nuts|nuts 1|itl|itl1) region",
}
OPTIONAL = {"organisation"}  # the edition of 2013 has none
YEAR = r"20\d\d-\d\d"
CODE = re.compile(r"(?:([^-]+)-)?([^-]+)-[^-]+-TES_(CUR|CAP)-ID-(CG|LG|LA|PC)-SUB(\w{6})")
ECONOMIC = {"CUR": "current", "CAP": "capital", "TES_CUR": "current", "TES_CAP": "capital"}
SECTORS = {"CG": "CG", "LG": "LA", "LA": "LA", "PC": "PC"}
REGION_NAMES = {f"england_{name}".lower(): name for name in REGIONS}
AMOUNT = r"-?\d+(\.\d+)?([eE][-+]?\d+)?"


def read_edition(path: Path | str) -> pd.DataFrame:
    """Every identifiable line of the English regions in one edition, with all its years.

    Returns
    -------
    DataFrame with source_row, department, organisation ("" where the edition has none),
    organisation_code, segment (HM Treasury's short code), segment_name, function, label
    (sub-function as published), sub_code (the sub-function in the segment's code), economic,
    sector (CG, LA, PC), region, and one column of pence for each year.

    Raises
    ------
    InputError for a heading that is not found, and for all rows that cannot be read.
    """
    cells = _database(path)
    rows = _english(cells, path)
    parts = rows["code"].str.extract(CODE)
    refuse(f"{path}: {fault}" for fault in _faults(rows, parts))
    lines = rows.assign(
        organisation_code=parts[0].fillna(""),
        segment=parts[1],
        sub_code=parts[4],
        region=rows["region"].str.lower().map(REGION_NAMES),
        economic=rows["economic"].str.upper().map(ECONOMIC),
        sector=rows["sector"].str.upper().map(SECTORS),
        segment_name=[
            bare_name(name, code) for name, code in zip(rows["segment_name"], parts[1], strict=True)
        ],
    )
    amounts = {year: money.pence(lines[year], "£000") for year in years_of(lines)}
    return lines.assign(**amounts).drop(columns=["code", "identifiable"]).reset_index(drop=True)


def year_lines(edition: pd.DataFrame, year: str) -> pd.DataFrame:
    """The lines of one year of an edition that are not zero, with `pence` in place of the years.

    Raises InputError for a year that the edition does not have.
    """
    years = years_of(edition)
    if year not in years:
        raise InputError(f"the edition has no year {year!r}. It has {first_few(years, 20)}.")
    lines = edition.drop(columns=years).assign(pence=edition[year])
    return lines[lines["pence"] != 0].reset_index(drop=True)


def years_of(table: pd.DataFrame) -> list[str]:
    """The columns of a table that are financial years."""
    return [column for column in table if re.fullmatch(YEAR, column)]


def bare_name(name: str, code: str) -> str:
    """A segment's name without its code: 'S902A001-AFPS RETIRED PAY' -> 'AFPS RETIRED PAY'."""
    return re.sub(rf"^{re.escape(code)}\s*-?\s*", "", name, flags=re.IGNORECASE) or code


def tidy(cells: pd.Series) -> pd.Series:
    """Text with its spaces put right: none around, one between words."""
    return cells.map({cell: " ".join(cell.split()) for cell in cells.unique()})


def _database(path: Path | str) -> pd.DataFrame:
    """The database's sheet as text, its columns by our names, its rows numbered from 1."""
    book = pd.ExcelFile(path, engine="calamine")
    for sheet in book.sheet_names:
        cells = pd.read_excel(book, sheet_name=sheet, header=None, dtype=str, na_filter=False)
        for row in range(min(10, len(cells))):
            names = [_heading(cell) for cell in cells.iloc[row]]
            if {"department", "economic"} <= set(names):
                return _named(cells.iloc[row + 1 :], names, f"{path}, sheet {sheet!r}")
    raise InputError(f"{path}: no sheet with the headings Department Name and CAP or CUR.")


def _heading(cell: str) -> str:
    """Our name of a published heading: 'NUTS 1 region' -> 'region'; '' for one not used."""
    words = " ".join(cell.split()).lower()
    found = (name for name, pattern in HEADINGS.items() if re.fullmatch(pattern, words))
    return words if re.fullmatch(YEAR, words) else next(found, "")


def _named(body: pd.DataFrame, names: list[str], where: str) -> pd.DataFrame:
    used = [name for name in names if name]
    missing = [name for name in HEADINGS if name not in used and name not in OPTIONAL]
    twice = sorted({name for name in used if used.count(name) > 1})
    if missing or twice or not any(re.fullmatch(YEAR, name) for name in used):
        raise InputError(
            f"{where}: the heading must have {first_few(HEADINGS, 20)} and the years once each; "
            f"missing: {first_few(missing) or 'a year'}; twice: {first_few(twice) or 'none'}."
        )
    table = body.loc[:, [name != "" for name in names]].set_axis(used, axis=1)
    table = table.apply(tidy)
    table.insert(0, "source_row", range(1, len(table) + 1))
    return table if "organisation" in table else table.assign(organisation="")


def _english(cells: pd.DataFrame, path: Path | str) -> pd.DataFrame:
    """The identifiable rows of England; blank rows are passed over, others must say."""
    filled = cells[(cells.drop(columns="source_row") != "").any(axis=1)]
    says = filled["identifiable"].str.upper()
    refuse(_fault(filled, ~says.isin(["ID", "NON-ID"]), f"{path}: neither ID nor non-ID"))
    return filled[(says == "ID") & filled["region"].str.upper().str.startswith("ENGLAND")]


def _faults(rows: pd.DataFrame, parts: pd.DataFrame) -> Iterator[str]:
    for column in HEADINGS:
        if column not in OPTIONAL:
            yield from _fault(rows, rows[column] == "", f"{column} is blank")
    known = {
        "region": rows["region"].str.lower().isin(REGION_NAMES),
        "economic": rows["economic"].str.upper().isin(ECONOMIC),
        "sector": rows["sector"].str.upper().isin(SECTORS),
    }
    for column, right in known.items():
        yield from _fault(rows, ~right, f"{column} is not known")
    yield from _fault(rows, parts[1].isna(), "the segment's code is not of HM Treasury's form")
    for part, column, names in ((2, "economic", ECONOMIC), (3, "sector", SECTORS)):
        differs = parts[part].map(names) != rows[column].str.upper().map(names)
        yield from _fault(rows, differs & parts[1].notna(), f"{column} is not the segment code's")
    for year in years_of(rows):
        wrong = ~rows[year].str.fullmatch(AMOUNT)
        yield from _fault(rows, wrong, f"the amount of {year} is blank or not a number")


def _fault(rows: pd.DataFrame, wrong: pd.Series, message: str) -> Iterator[str]:
    if wrong.any():
        yield f"{message}: rows {first_few(rows['source_row'][wrong])}."
