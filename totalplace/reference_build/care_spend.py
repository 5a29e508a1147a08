"""What each authority spent on children's services and on adult social care, line by line.

children_spend/<year>.csv has the outturn statements of section 52 and section 251, 2008-09 to
2013-14: the lines of each year are rows of children_lines.csv, with one list of groups for all
years. adult_spend/2007-08.csv has PSS EX1, the last year of which every line is held, with the
client groups of social_care_lines.csv. Authorities are found by name, else by
authority_aliases.csv.

Memorandum lines, which are inside other lines, are left out. Limits: each year's lines are the
department's own, so a group can change where its lines do (children_lines has them side by side);
two authorities of 2008-09 are counties that ended with it.
"""

import csv
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pandas as pd
from pandas import DataFrame, Series
from python_calamine import CalamineWorkbook

from totalplace import money, reference
from totalplace.errors import InputError, first_few, refuse
from totalplace.reference_build import year_files

CHILDREN, ADULTS = "children_spend", "adult_spend"  # the tables with a file a year
CHILDREN_SOURCES = {"2008-09": "s52-2008-09", "2009-10": "s52-2009-10", "2010-11": "s52-2010-11"}
CHILDREN_SOURCES |= {year: f"s251-{year}" for year in ("2011-12", "2012-13", "2013-14")}
ADULT_YEAR, ADULT_SOURCE = "2007-08", "pss-ex1-2007-08"
HEADINGS = {  # of the six statements, by their letters alone
    "name": ["laname", "leaname"],
    "line": ["line", "linenumber", "slinereference"],
    "gross": ["totalexpenditurek", "totalexpenditure"],
    "income": ["incomel", "income"],
    "net": ["netcurrentexpenditurem", "netcurrentexpenditure"],
}
SHEETS = {
    "gross": "Gross Current Expenditure",
    "net": "Net Current Expenditure",
    "fees": "Sales, Fees and Charges",
}
NAMES_ROW, LINE, FIRST = 2, 0, 3  # of the sheets of PSS EX1: row of the names, columns
WITH_CARE = ["london-borough", "metropolitan", "unitary", "county"]
FRILLS = r"\b(the|city of|royal borough of|county of)\b|,"


def build(files: dict[str, Path], into: Path) -> dict[str, DataFrame]:
    """Write the files of both; files: {source: path}. Returns them by table and year."""
    made = {}
    lines = reference.read("children_lines")
    for year, source in CHILDREN_SOURCES.items():
        rows = children(files[source], lines[lines["year"] == year], year)
        made[f"{CHILDREN} {year}"] = year_files.write(rows, CHILDREN, year, into)
    rows = adults(files[ADULT_SOURCE])
    made[f"{ADULTS} {ADULT_YEAR}"] = year_files.write(rows, ADULTS, ADULT_YEAR, into)
    return made


def children(path: Path, lines: DataFrame, year: str) -> DataFrame:
    """One year's statement: authority, line, gross, income, net (pence).

    Lines where all three are nothing are left out, memorandum lines too. Raises InputError for a
    line that is not in `lines` and for a name of no authority.
    """
    table = _statement(path)
    known = lines.set_index("line")["kind"]
    if unknown := first_few(sorted(set(table["line"]) - set(known.index))):
        raise InputError(f"{path}: children_lines.csv has no line {unknown} of {year}.")
    table = table[table["line"].map(known) != "memorandum"]
    blank = (table[["gross", "income", "net"]] == "").any(axis=1)
    table = table[~blank]
    amounts = {column: money.pence(table[column], "£") for column in ("gross", "income", "net")}
    table = table.assign(**amounts, authority=authority_of(table["name"], year))
    return table[(table[["gross", "income", "net"]] != 0).any(axis=1)]


def _statement(path: Path) -> DataFrame:
    """The columns that are wanted, as text; the line is the number that its cell begins with."""
    with open(path, encoding="cp1252", newline="") as file:
        heading, *rows = [row for row in csv.reader(file) if any(row)]
    words = [re.sub("[^a-z]", "", cell.lower()) for cell in heading]
    places = {
        name: next((words.index(word) for word in spelt if word in words), -1)
        for name, spelt in HEADINGS.items()
    }
    if missing := first_few(name for name, place in places.items() if place < 0):
        raise InputError(f"{path}: no column of {missing}. It has {first_few(heading, 20)}.")
    table = DataFrame(
        {name: [row[place].strip() for row in rows] for name, place in places.items()}, dtype="str"
    )
    table["line"] = table["line"].str.extract(r"^(\d+)")[0].astype("int64")
    return table.replace({"NULL": ""})


def adults(path: Path) -> DataFrame:
    """PSS EX1 2007-08: authority, line, gross, net, fees (pence), children's lines too."""
    book = CalamineWorkbook.from_path(str(path))
    parts = [
        _sheet(book.get_sheet_by_name(sheet).to_python(skip_empty_area=False)).rename(what)
        for what, sheet in SHEETS.items()
    ]
    table = pd.concat(parts, axis=1).reset_index()
    known = reference.read("social_care_lines")["line"]
    refuse(f"{path}: no line {line!r}." for line in sorted(set(known) - set(table["line"])))
    table = table[table["line"].isin(known)].fillna(0)
    amounts = {column: table[column].astype("int64") for column in SHEETS}
    table = table.assign(**amounts, authority=authority_of(table["name"], ADULT_YEAR))
    return table[(table[list(SHEETS)] != 0).any(axis=1)]


def _sheet(rows: list[list[Any]]) -> Series:
    """The figures of a sheet of PSS EX1, lines down and councils across: pence by name and line."""
    names = {place: str(cell).strip() for place, cell in enumerate(rows[NAMES_ROW])}
    cells = {
        (names[place], str(row[LINE]).strip()): cell
        for row in rows
        if re.fullmatch(r"[A-Z]{1,2}\d{1,2}", str(row[LINE]).strip())
        for place, cell in enumerate(row)
        if place >= FIRST and names[place] and isinstance(cell, (int, float))
    }
    figures = Series(cells, dtype="float64").rename_axis(["name", "line"])
    return money.pence(figures, "£000")


def authority_of(names: Series, year: str) -> Series:
    """The authority of each name in a year, of those with social care and education.

    Raises InputError for a name that is none, with what to do.
    """
    table = reference.read("authorities")
    there = table["kind"].isin(WITH_CARE) & (table["first"] <= year) & (year <= table["last"])
    aliases = reference.read("authority_aliases")
    known = dict(zip(_plain(aliases["name"]), aliases["authority"], strict=True))
    known |= dict(zip(_plain(table.loc[there, "name"]), table.loc[there, "authority"], strict=True))
    distinct = names.drop_duplicates()
    found = {
        name: known.get(bare, "") for name, bare in zip(distinct, _plain(distinct), strict=True)
    }
    refuse(_unknown(found, year))
    return names.map(found)


def _unknown(found: dict[str, str], year: str) -> Iterator[str]:
    yield from (
        f"authority_aliases.csv has no {name!r} of {year}: add its row."
        for name, authority in found.items()
        if not authority
    )
    codes = [code for code in found.values() if code]
    for code in sorted({code for code in codes if codes.count(code) > 1}):
        names = [name for name, authority in found.items() if authority == code]
        yield f"{first_few(names)} are all {code} in {year}."


def _plain(names: Iterable[str]) -> list[str]:
    """Names without what differs between publications: 'Bristol City of' -> 'bristol'."""
    plain = Series(list(names), dtype="str").str.lower().str.replace("&", "and")
    plain = plain.str.replace(FRILLS, " ", regex=True).str.replace("[^a-z]+", " ", regex=True)
    return plain.str.strip().tolist()


def by_group(name: str, year: str) -> DataFrame:
    """A year's spending by the groups of its lines, each line once: authority, group and pence.

    name: CHILDREN or ADULTS; the pence are those of its columns (gross, net and income or fees).
    Totals and capital charged to revenue are left out.
    """
    lines = reference.read("children_lines" if name == CHILDREN else "social_care_lines")
    if name == CHILDREN:
        lines = lines[lines["year"] == year]
    counted = lines[lines["kind"] == "line"][["line", "group"]]
    table = year_files.read(name, year).merge(counted, on="line", validate="m:1")
    return table.drop(columns="line").groupby(["authority", "group"], as_index=False).sum()
