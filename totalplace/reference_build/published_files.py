"""Readers of the published files, one each; for notebooks/reference_data.ipynb alone.

Everything is read as text first and typed on purpose. Each reader returns the published rows it is
named for, with `source_row`, the number of the row in the published sheet, so that a figure can be
looked up. Nothing is worked out here.
"""

import hashlib
from collections.abc import Iterable
from pathlib import Path

import pandas as pd
from pandas import DataFrame
from python_calamine import CalamineWorkbook

from totalplace import money
from totalplace.errors import InputError, first_few, refuse
from totalplace.text_files import read_strict_csv

REGIONS = ["North East", "North West", "Yorkshire and the Humber", "East Midlands", "West Midlands"]
REGIONS += ["East", "London", "South East", "South West"]


def originals(folders: Iterable[Path], sources: DataFrame) -> dict[str, Path]:
    """The file of each source: {source: path}.

    Raises InputError for each file that is absent or not the one described.

    folders: where to look, in turn. sources: the table of sources, of which those with a sha256
    have a file.
    """
    wanted = sources[sources["sha256"] != ""]
    found = {row.source: _find(row.file, folders) for row in wanted.itertuples()}
    refuse(_file_faults(wanted, found, folders))
    return found


def _find(name, folders):
    return next(
        (Path(folder) / name for folder in folders if (Path(folder) / name).is_file()), None
    )


def _file_faults(wanted, found, folders):
    for row in wanted.itertuples():
        path = found[row.source]
        if path is None:
            yield f"{row.file} is not in {' or '.join(map(str, folders))}: get it from {row.url}."
        elif hashlib.sha256(path.read_bytes()).hexdigest() != row.sha256:
            remedy = "get that one, or record the new one"
            yield f"{path} is not the {row.file} of sources.csv (its sha256 differs): {remedy}."


def _sheet(path, sheet):
    """All rows of one sheet, cells as they are, each with its number in the sheet, from 1."""
    book = CalamineWorkbook.from_path(str(path))
    rows = book.get_sheet_by_name(sheet).to_python(skip_empty_area=False)
    return list(enumerate(rows, start=1))


def _table(path, columns):
    """The columns that are wanted of a CSV file, as text and renamed."""
    table = read_strict_csv(path, "utf-8-sig")
    missing = [name for name in columns if name not in table]
    if missing:
        raise InputError(f"{path}: no column {first_few(missing)}. It has {first_few(table, 20)}.")
    return table[list(columns)].rename(columns=columns)


CHAPTER_9 = {
    "Dept Name": "department",
    "HMT Functional Classification": "function",
    "Programme Object Group": "programme",
    "Programme Object Group Alias": "programme_name",
    "CAP or CUR": "economic",
    "CG, LG or PC": "sector",
    "NUTS 1 region": "region",
}
CHAPTER_10 = CHAPTER_9 | {
    "COFOG Level 2": "group",
    "HMT Sub-functional Classification": "sub_function",
}


def cra_regions(path: Path, year: str) -> DataFrame:
    """Country and Regional Analysis 2010, chapter 9: identifiable spending of `year` in the nine
    English regions.

    Columns source_row, department, function, programme, programme_name, economic (current,
    capital), sector (CG, LA, PC), region and pence, each published amount rounded to the penny
    once. Rows with no spending in the year are left out.
    """
    england = _cra(path, "CRA 2010 Chapter 9 DB final ", CHAPTER_9, year)
    names = {region.lower(): region for region in REGIONS}
    region = england["region"].str.removeprefix("ENGLAND_").str.lower().map(names)
    if region.isna().any():
        rows = first_few(england["source_row"][region.isna()])
        raise InputError(f"{path}: rows {rows} are in no known English region.")
    return england.assign(region=region)


def cra_sub_functions(path: Path, year: str) -> DataFrame:
    """Country and Regional Analysis 2010, chapter 10: the same for England as a whole, by group and
    sub-function.
    """
    return _cra(path, "CRA 2010 Chapter 10 DB final ", CHAPTER_10, year).drop(columns="region")


def _cra(path, sheet, columns, year):
    (_, heading), *rows = _sheet(path, sheet)
    place = {str(name).strip(): number for number, name in enumerate(heading)}
    absent = [name for name in [*columns, "ID or non-ID", year] if name not in place]
    if absent:
        raise InputError(f"{path}, sheet {sheet!r}: no column {first_few(absent)}.")
    kept = [
        (number, row)
        for number, row in rows
        if _english(row, place) and row[place[year]] not in ("", 0)
    ]
    table = DataFrame(
        {new: [_text(row[place[old]]) for _, row in kept] for old, new in columns.items()},
        dtype="str",
    )
    amounts = pd.Series([row[place[year]] for _, row in kept], dtype="float64")
    table.insert(0, "source_row", pd.Series([str(number) for number, _ in kept], dtype="str"))
    economic = table["economic"].map({"CUR": "current", "CAP": "capital"})
    return table.assign(
        economic=economic,
        function=table["function"].map(_sentence),
        pence=money.pence(amounts, "£m"),
    )


def _english(row, place):
    identifiable = str(row[place["ID or non-ID"]]).strip().upper() == "ID"
    return identifiable and str(row[place["NUTS 1 region"]]).strip().upper().startswith("ENGLAND")


def _text(cell):
    """A cell as text, its spaces tidied; a whole number without its '.0' (programme 99999)."""
    whole = isinstance(cell, float) and cell.is_integer()
    return " ".join(str(int(cell) if whole else cell).split())


def _sentence(label):
    """A function label in one spelling: HM Treasury's vary in capitals (10. Social Protection)."""
    number, dot, words = label.partition(". ")
    return number + dot + words[:1] + words[1:].lower()


REGISTER = {
    "gss-code": "register_code",
    "former-gss-codes": "former_codes",
    "nice-name": "name",
    "ecode": "ecode",
    "region": "region",
    "county-la": "county",
    "nation": "nation",
    "local-authority-code": "short_code",
    "local-authority-type": "kind",
    "lower-or-unitary": "lowest_tier",
    "start-date": "start",
    "end-date": "end",
}


def register(path: Path) -> DataFrame:
    """mySociety's register of local authorities, England's rows: codes, names, county, region,
    dates, all as text.
    """
    table = _table(path, REGISTER)
    return table[table["nation"] == "England"].drop(columns="nation").reset_index(drop=True)


def population_by_group(path: Path) -> DataFrame:
    """ONS mid-year population of the source's 137 groups of areas.

    Columns group, year, population (people).
    """
    return _by_year(path, "group")


def population_by_region(path: Path) -> DataFrame:
    """The same source's figures for England and its regions.

    Columns region, year, population (people).
    """
    return _by_year(path, "region")


def _by_year(path, what):
    wide = read_strict_csv(path, "utf-8-sig")
    long = wide.melt(id_vars="year", var_name=what, value_name="population")
    return long.assign(population=long["population"].astype("int64"))


def ages_2017(path: Path) -> DataFrame:
    """Mid-2017 population of 326 districts by single year of age (90 is 90 and over).

    Columns name, age, population.
    """
    wide = read_strict_csv(path, "utf-8-sig").drop(columns="total_population")
    long = wide.melt(id_vars="lad", var_name="age", value_name="population")
    age = long["age"].str.removesuffix("+").astype("int64")
    return long.assign(
        age=age, population=long["population"].astype("float64").astype("int64")
    ).rename(columns={"lad": "name"})


DEPRIVATION = {
    "lad07_code": "old_code",
    "lad07_name": "name",
    "lsoa_n": "small_areas",
    "income_score_mean": "income",
    "employment_score_mean": "employment",
}


def deprivation(path: Path) -> DataFrame:
    """Indices of Deprivation 2010 by the 354 districts before April 2009: the mean rate of their
    small areas.

    Columns old_code, name, small_areas (how many), income and employment (share of the people, 0 to
    1).
    """
    table = _table(path, DEPRIVATION)
    return table.astype({"small_areas": "int64", "income": "float64", "employment": "float64"})


REVENUE = {
    "Education services": "revenue_education",
    "Highways and transport services": "revenue_transport",
    "Social care": "revenue_social_care",
    "Housing services (GFRA only)": "revenue_housing",
    "Cultural and related services": "revenue_culture",
    "Environmental and regulatory services": "revenue_environment",
    "Planning and development services": "revenue_planning",
    "Police services": "revenue_police",
    "Fire and rescue services": "revenue_fire",
    "Central services": "revenue_central",
    "Other services": "revenue_other",
    "Housing benefits: rent allowances - mandatory payments": "housing_benefit",
    "Housing benefits: non-HRA rent rebates - mandatory payments": "housing_benefit",
    "Housing benefits: rent rebates to HRA tenants - mandatory payments": "housing_benefit",
    "Local tax collection: Council tax benefit paid to the Collection Fund": "council_tax_benefit",
}


def revenue_financing(path: Path, columns: DataFrame) -> DataFrame:
    """How the revenue spending of 2010-11 was financed, by authority: ecode, name, kind, service
    (the kind of finance), pence.

    columns: the table financing: column, kind, sign. What an authority is given, or takes from its
    reserves, is positive.
    """
    rows = _sheet(path, "RS LA Data 2010-11 (1)")
    heading = [
        " ".join(str(cell).split()) for cell in next(row for _, row in rows if row[0] == "E-code")
    ]
    missing = [name for name in columns["column"] if name not in heading]
    if missing:
        raise InputError(f"{path}: no column {first_few(missing)}.")
    signs = columns.set_index("column")[["kind", "sign"]]
    table = _authorities(rows, [(heading.index(name), name) for name in signs.index], kind=3)
    table = table.assign(
        pence=table["pence"] * table["service"].map(signs["sign"]),
        service=table["service"].map(signs["kind"]),
    )
    return table.groupby(["ecode", "name", "kind", "service"], as_index=False, sort=False)[
        "pence"
    ].sum()


def revenue_outturn(path: Path) -> DataFrame:
    """Revenue outturn summary 2010-11, net current expenditure by authority: ecode, name, kind,
    service, pence.

    The sheet repeats some titles in a later section (with pension costs apart); the first of each
    is the one read.
    """
    rows = _sheet(path, "RS LA Data 2010-11 (1)")
    heading = [
        " ".join(str(cell).split()) for cell in next(row for _, row in rows if row[0] == "E-code")
    ]
    columns = [
        (heading.index(name), service) for name, service in REVENUE.items() if name in heading
    ]
    if len(columns) != len(REVENUE):
        raise InputError(
            f"{path}: {len(columns)} of the {len(REVENUE)} service columns were found."
        )
    return _authorities(rows, columns, kind=3)


CAPITAL = {
    "Education (line 6)": "capital_education",
    "PSS (line 7)": "capital_social_care",
    "Transport (line 15)": "capital_transport",
    "Housing (line 16)": "capital_housing",
    "Libraries & Culture & Heritage (line 20)": "capital_culture",
    "Agriculture & Fisheries (line 24)": "capital_agriculture",
    "Sport & Recreation (line 29)": "capital_sport",
    "Other (lines 25+26+41)": "capital_other",
    "Fire Service and Civil Defence (line 42)": "capital_fire",
    "Home Office: Police (lines 43+44)": "capital_police",
    "LCD: Magistrates (line 45)": "capital_courts",
}


def capital_outturn(path: Path) -> DataFrame:
    """Capital outturn 2008-09 (COR4), total capital expenditure by authority: ecode, name, kind,
    service, pence.
    """
    rows = _sheet(path, "Data_col1")
    block, *words = [row for _, row in rows[1:6]]
    title = [
        " ".join(" ".join(str(row[place]) for row in words).split()) for place in range(len(block))
    ]
    total = "Total Capital Expenditure (cols 1+2)"
    columns = [
        (place, CAPITAL[name])
        for place, name in enumerate(block)
        if name in CAPITAL and title[place] == total
    ]
    if len(columns) != len(CAPITAL):
        raise InputError(
            f"{path}: {len(columns)} of the {len(CAPITAL)} service columns were found."
        )
    return _authorities(rows, columns, kind=3)


def _authorities(rows, columns, kind):
    """Rows of authorities, those with an E-code, in £000: one per service, columns added."""
    kept = [
        (code, " ".join(str(row[1]).split()), str(row[kind]).strip(), service, row[place])
        for code, row in ((str(row[0]).strip(), row) for _, row in rows)
        if code.startswith("E") and code[1:].strip().isdigit()
        for place, service in columns
    ]
    table = DataFrame(kept, columns=["ecode", "name", "kind", "service", "thousands"])
    table["pence"] = money.pence(table.pop("thousands"), "£000")
    return table.groupby(["ecode", "name", "kind", "service"], as_index=False, sort=False)[
        "pence"
    ].sum()


def cofog_names(path: Path) -> DataFrame:
    """The United Nations' COFOG in English: cofog (01, 01.1, 01.1.1), name."""
    return _table(path, {"Code": "cofog", "Description": "name"})
