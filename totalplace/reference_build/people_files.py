"""Readers of ONS's mid-year population estimates, England's areas, regions and total: nothing is
worked out here. Codes are those of the publication."""

from pathlib import Path

import pandas as pd
from pandas import DataFrame
from python_calamine import CalamineWorkbook

from totalplace.errors import InputError, first_few
from totalplace.reference_build import r_data
from totalplace.text_files import read_strict_csv

ENGLAND, AREA, REGION = "E92000001", r"E0[6-9]\d{6}", r"E12\d{6}"
OLDEST = 90  # 90 is 90 and over
TOTAL = "total_population"


def sheet_rows(path: Path, sheet: str) -> list[list]:
    """The rows of a sheet as they are; InputError for a sheet that is not there."""
    book = CalamineWorkbook.from_path(str(path))
    if sheet not in book.sheet_names:
        raise InputError(f"{path}: no sheet {sheet!r}. It has {first_few(book.sheet_names, 20)}.")
    return book.get_sheet_by_name(sheet).to_python(skip_empty_area=False)


def _sheet_table(path: Path, sheet: str) -> DataFrame:
    """The table of a sheet of estimates: its heading is the row that begins with Code."""
    rows = sheet_rows(path, sheet)
    place = next((at for at, row in enumerate(rows) if row[0] == "Code"), None)
    if place is None:
        raise InputError(f"{path}, sheet {sheet!r}: no row begins with Code.")
    heading = [" ".join(str(cell).removesuffix(".0").split()) for cell in rows[place]]
    table = DataFrame(rows[place + 1 :], columns=heading)
    wanted = table["Code"].astype("str").str.fullmatch(f"{AREA}|{REGION}|{ENGLAND}")
    return table[wanted].rename(columns={"Code": "area"}).reset_index(drop=True)


def estimates(path: Path) -> DataFrame:
    """All mid-years of an edition (sheet MYE4): area (region, England too), mid_year, value."""
    table = _sheet_table(path, "MYE4")
    table.columns = table.columns.str.removeprefix("Mid-")
    years = [column for column in table if column.isdigit()]
    long = table.melt("area", years, var_name="mid_year", value_name="value")
    return long.astype({"mid_year": "int64", "value": "int64"})


def births(path: Path, mid_year: int) -> DataFrame:
    """Births in the year to an edition's own mid-year (sheet MYE3): area, mid_year, value."""
    table = _sheet_table(path, "MYE3")
    if f"Estimated Population mid-{mid_year}" not in table:
        raise InputError(f"{path}: its births are not those to mid-{mid_year}.")
    made = table[["area"]].assign(mid_year=mid_year, value=table["Births"])
    return made.astype({"value": "int64"})


def ages(path: Path) -> DataFrame:
    """People by single year of age (sheet MYE2): area (region, England too), age, people."""
    table = _sheet_table(path, "MYE2 - Persons")
    return _long_ages(table, path, table["All ages"])


def ages_of_r_file(path: Path, name: str) -> DataFrame:
    """The same of an R data file: area, age, people of English areas."""
    table = r_data.read_table(path, name)
    table = table.rename(columns={table.columns[0]: "area"})
    table = table[table["area"].str.fullmatch(AREA)].reset_index(drop=True)
    return _long_ages(table, path, table[TOTAL])


def _long_ages(table: DataFrame, path: Path, total: pd.Series) -> DataFrame:
    singles = [*map(str, range(OLDEST)), f"{OLDEST}+"]
    counts = table[singles].astype("int64")
    wrong = table["area"][counts.sum(axis=1) != total]
    if len(wrong):
        raise InputError(f"{path}: ages do not add to all ages in {first_few(wrong)}.")
    long = counts.assign(area=table["area"]).melt("area", var_name="age", value_name="people")
    return long.assign(age=long["age"].str.removesuffix("+").astype("int64"))


def components(path: Path) -> DataFrame:
    """Population and births of each mid-year, by district of 2020 (MYEB3): area, mid_year, what,
    value; what is population or births.
    """
    table = read_strict_csv(path)
    table = table[table["ladcode20"].str.fullmatch(AREA)].rename(columns={"ladcode20": "area"})
    wanted = [name for name in table if name.startswith(("population_", "births_"))]
    long = table.melt("area", wanted, var_name="name", value_name="value")
    named = long["name"].str.split("_", expand=True).set_axis(["what", "mid_year"], axis=1)
    long = long.assign(what=named["what"], mid_year=named["mid_year"])
    return long.drop(columns="name").astype({"mid_year": "int64", "value": "int64"})


CHILDREN = "Mid2009Pop0-17"


def children_of_2009(path: Path) -> DataFrame:
    """Children of 0 to 17 of mid-2009, to the nearest 100: level, name, children.

    level: National, GOR (region) or LA (152 authorities). A suppressed figure is left out.
    """
    table = read_strict_csv(path, "cp1252")
    named = table.rename(columns={"geog_l": "level", "geog_n": "name", CHILDREN: "children"})
    known = named[named["children"].str.fullmatch(r"\d+")]
    rows = known.assign(name=known["name"].str.strip())[["level", "name", "children"]]
    return rows.astype({"children": "int64"}).reset_index(drop=True)
