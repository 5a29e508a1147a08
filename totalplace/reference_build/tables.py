"""From published rows to the project's own tables: the sums behind data/raw/reference, one function
a table.

Used by notebooks/reference_data.ipynb, which reads the originals, calls these, and shows each
control total. Nothing here touches the disk.
"""

import re

import pandas as pd
from pandas import DataFrame, Series

from totalplace import cofog, money
from totalplace.apportion import apportion
from totalplace.errors import InputError, first_few

CENTRAL_KEY = ["department", "programme", "function", "economic", "sector", "pence"]
COUNCIL_KEY = ["programme", "function", "economic"]
HOUSING_BENEFIT = "99999 housing benefit"


def mark_housing_benefit(lines: DataFrame) -> DataFrame:
    """Give councils' housing benefit a programme of its own.

    Council social protection has two current rows a region; the second, which adds to £15,000m for
    England, is housing benefit (HM Treasury gives both the same dummy programme, 99999).
    """
    councils = lines[
        (lines["sector"] == "LA")
        & (lines["economic"] == "current")
        & lines["function"].str.startswith("10.")
    ]
    second = councils[councils.duplicated("region")]
    if (
        round(money.millions(second["pence"].sum())) != 15_000
        or len(second) != lines["region"].nunique()
    ):
        rows = f"second current rows ({first_few(second['source_row'])})"
        raise InputError(f"council social protection, {rows}: not the £15,000m expected.")
    return lines.assign(
        programme=lines["programme"].mask(lines.index.isin(second.index), HOUSING_BENEFIT)
    )


def central_sub_functions(sub_functions: DataFrame) -> DataFrame:
    """Shares of each central key over sub-functions: chapter 10 has every England row of chapter 9,
    by sub-function.

    The key is department, programme, function, economic, sector and the amount itself. Where a key
    has one sub-function it is published; where it has several, they share by their England amounts,
    and the basis says so.
    """
    central = sub_functions[sub_functions["sector"] != "LA"]
    return _pattern(
        central,
        CENTRAL_KEY,
        one="as published",
        several="England's shares of rows of the same amount",
    )


def council_sub_functions(sub_functions: DataFrame, lines: DataFrame) -> DataFrame:
    """Shares of each council function over sub-functions: England's council pattern, housing
    benefit apart (10.6).
    """
    councils = sub_functions[sub_functions["sector"] == "LA"]
    benefit = lines[lines["programme"] == HOUSING_BENEFIT]
    housing = councils[
        councils["group"].str.startswith("10.6 ") & (councils["economic"] == "current")
    ].iloc[[0]]
    pence, pattern = benefit["pence"].sum(), "England's council pattern"
    taken_out = housing.assign(pence=-pence)
    of_its_own = housing.assign(pence=pence, programme=HOUSING_BENEFIT)
    apart = pd.concat([councils, taken_out, of_its_own])
    return _pattern(apart, COUNCIL_KEY, one=pattern, several=pattern)


def _pattern(rows, key, one, several):
    """Shares of each key over sub-functions, in proportion to the rows' pence."""
    weights = (
        rows.assign(weight=rows["pence"])
        .groupby([*key, "sub_function"], as_index=False)["weight"]
        .sum()
    )
    by_key = weights.groupby(key)["weight"]
    alone = by_key.transform("size") == 1
    shares = weights.assign(
        share=weights["weight"] / by_key.transform("sum"),
        basis=alone.map({True: one, False: several}),
    )
    return shares.drop(columns="weight")


def national_spend(lines: DataFrame, sub_functions: DataFrame, year: str) -> DataFrame:
    """The lines of chapter 9 with sub-function and COFOG: one row a published row (`source_row`)
    and sub-function.
    """
    lines = mark_housing_benefit(lines)
    central = apportion(
        lines[lines["sector"] != "LA"], central_sub_functions(sub_functions), "sub_function"
    )
    council = apportion(
        lines[lines["sector"] == "LA"], council_sub_functions(sub_functions, lines), "sub_function"
    )
    spend = pd.concat([central, council], ignore_index=True)
    groups = sub_functions[["sub_function", "group"]].drop_duplicates()
    codes = groups.assign(cofog=groups["group"].map(cofog_code)).drop(columns="group")
    return spend.merge(codes, on="sub_function", how="left", validate="m:1").assign(year=year)


def cofog_code(label: str) -> str:
    """The COFOG code that an HM Treasury label begins with: '10.2 Old age' -> '10.2'; '7.

    Medical services' -> '07'.
    """
    number = label.split(" ")[0].rstrip(".")
    division, _, group = number.partition(".")
    code = division.zfill(2) + ("." + group if group else "")
    cofog.check([code])
    return code


def programmes(lines: DataFrame) -> DataFrame:
    """Titles of programmes, without HM Treasury's code before some, and not in capitals:
    department, programme, name.
    """
    bare = [
        title.removeprefix(code).strip() or code
        for code, title in zip(lines["programme"], lines["programme_name"], strict=True)
    ]
    titles = lines.assign(name=[title.capitalize() if title.isupper() else title for title in bare])
    return titles.drop_duplicates(["department", "programme"])[["department", "programme", "name"]]


REGION_NAMES = {"East of England": "East", "Yorkshire and The Humber": "Yorkshire and the Humber"}


def slug(name: str) -> str:
    """A name as part of a path or a command: "King's Lynn" -> "kings-lynn"."""
    return re.sub(r"[^a-z0-9]+", "-", name.lower().replace("'", "").replace(".", "")).strip("-")


def plain(names: Series) -> Series:
    """Names without frills that differ between publications: 'Bristol, City of' -> 'bristol'."""
    bare = names.str.lower().str.replace("&", "and").str.replace(r"[.']", "", regex=True)
    return bare.str.replace(r",? (city|county) of$", "", regex=True).str.strip()


def counties(register: DataFrame) -> DataFrame:
    """The 27 counties with districts of April 2009: short_code, upper_tier, county, ecode."""
    rows = register[(register["kind"] == "CTY") & _existed(register)]
    names = rows["name"].str.removesuffix(" County")
    return rows.assign(county=names, upper_tier=names.map(slug))[
        ["short_code", "upper_tier", "county", "ecode"]
    ]


def areas(register: DataFrame, corrections: DataFrame) -> DataFrame:
    """The 326 districts and unitaries of 1 April 2009: area, place (slug), name, place_name,
    upper_tier, region, ecode.

    corrections: register_code, column, value; each changes one cell of the register. Raises
    InputError for one that cannot.
    """
    rows = register[(register["lowest_tier"] == "True") & _existed(register)]
    table = rows.assign(area=rows["register_code"], place_name="").set_index("register_code")
    for row in corrections.itertuples():
        if row.register_code not in table.index or row.column not in table:
            what = f"{row.column} of {row.register_code}"
            raise InputError(f"area_corrections: no {what} in the register to correct.")
        table.loc[row.register_code, row.column] = row.value
    upper = table["county"].map(counties(register).set_index("short_code")["upper_tier"]).fillna("")
    names = table["place_name"].where(table["place_name"] != "", table["name"])
    region = table["region"].replace(REGION_NAMES)
    table = table.assign(upper_tier=upper, region=region, place_name=names, place=names.map(slug))
    return table.sort_values("area")[
        ["area", "place", "name", "place_name", "upper_tier", "region", "ecode"]
    ].reset_index(drop=True)


def _existed(register):
    """True for authorities that existed on 1 April 2009."""
    return (register["start"] <= "2009-04-01") & (
        (register["end"] == "") | (register["end"] > "2009-04-01")
    )


def members(areas: DataFrame, counties: DataFrame, pilots: DataFrame) -> DataFrame:
    """Which areas make up each place: every area, every county, every pilot. Columns place, area.

    A pilot that is one area or one county takes its place, and gives it its slug.
    """
    alone = areas[["place", "area"]]
    within = areas[areas["upper_tier"] != ""][["upper_tier", "area"]].rename(
        columns={"upper_tier": "place"}
    )
    known = pd.concat([alone, within])
    parts = pilots.assign(part=pilots["parts"].str.split()).explode("part")[["place", "part"]]
    made = parts.merge(known.rename(columns={"place": "part"}), on="part", how="left")
    if made["area"].isna().any():
        unknown = first_few(made["part"][made["area"].isna()].unique())
        remedy = "See the slugs of areas and counties."
        raise InputError(f"pilots: no place called {unknown}. {remedy}")
    replaced = pilots["parts"][~pilots["parts"].str.contains(" ")]
    table = pd.concat([known[~known["place"].isin(replaced)], made[["place", "area"]]])
    return table.sort_values(["place", "area"]).reset_index(drop=True)


def places(
    areas: DataFrame, counties: DataFrame, pilots: DataFrame, members: DataFrame
) -> DataFrame:
    """Every place by slug: name, and for pilots theme, lead, source and note."""
    areas = areas[["place", "place_name"]].rename(columns={"place_name": "name"})
    counties = counties[["upper_tier", "county"]].rename(
        columns={"upper_tier": "place", "county": "name"}
    )
    names = pd.concat([areas, counties])
    others = names[names["place"].isin(members["place"]) & ~names["place"].isin(pilots["place"])]
    table = pd.concat([others, pilots.drop(columns="parts")]).fillna("")
    return table.sort_values("place").reset_index(drop=True)


def predecessors(
    areas: DataFrame, abolished: DataFrame, rates: DataFrame, population: DataFrame
) -> DataFrame:
    """From codes before April 2009 to areas: old_code, area, share, basis; shares of a code add to
    one.

    A code whose authority became two (the counties of Bedfordshire and Cheshire) is shared by
    mid-2009 population.
    """
    kept = rates[~rates["old_code"].isin(abolished["old_code"])]
    known = areas.assign(plain=plain(areas["name"]))[["plain", "area"]]
    same = kept.assign(plain=plain(kept["name"]))
    same = same.merge(known, on="plain", how="left", validate="1:1")
    if same["area"].isna().any():
        unknown = first_few(same["name"][same["area"].isna()])
        remedy = "Add its old code to abolished.csv."
        raise InputError(f"deprivation: no area named {unknown}. {remedy}")
    merged = abolished.merge(population[["area", "population"]], on="area", validate="m:1")
    share = merged["population"] / merged.groupby("old_code")["population"].transform("sum")
    basis = (share < 1).map({True: "mid-2009 population", False: "merged into it whole"})
    codes = ["old_code", "area"]
    unchanged = same[codes].assign(share=1.0, basis="unchanged")
    table = pd.concat([unchanged, merged[codes].assign(share=share, basis=basis)])
    return table.sort_values(["old_code", "area"]).reset_index(drop=True)


def population(groups: DataFrame, totals: DataFrame, ages: DataFrame) -> DataFrame:
    """Mid-2009 population of each area: its group's total shared by mid-2017 population.

    Columns area, population.

    groups: area, group. totals: group, population in 2009. ages: area, age, population in 2017.
    """
    weights = groups.merge(
        ages.groupby("area", as_index=False)["population"].sum(), on="area", validate="1:1"
    )
    shares = weights[["group", "area"]].assign(
        share=weights["population"] / weights.groupby("group")["population"].transform("sum"),
        basis="mid-2017 population",
    )
    return (
        share_people(totals[["group", "population"]], shares, "area")
        .sort_values("area")
        .reset_index(drop=True)[["area", "population"]]
    )


def share_people(totals: DataFrame, shares: DataFrame, by: str) -> DataFrame:
    """People shared out as pence are, to the last person. totals: keys, population."""
    return apportion(totals.rename(columns={"population": "pence"}), shares, by).rename(
        columns={"pence": "population"}
    )
