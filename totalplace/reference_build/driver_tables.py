"""What spending is shared by: people and local spending of each area, one function a kind.

Used by notebooks/reference_data.ipynb, as `tables` is. Nothing here touches the disk.
"""

import pandas as pd
from pandas import DataFrame

from totalplace.apportion import apportion
from totalplace.reference_build.tables import share_people

BANDS = {
    "under_16": (0, 15),
    "age_16_17": (16, 17),
    "age_18_24": (18, 24),
    "age_25_64": (25, 64),
    "age_65_over": (65, 90),
}
YEARS_TO_2017 = 8
ORIGINS = {  # year, method and source of each kind of driver
    "population": ("2009", "group by 2017 population", "ons-2009"),
    "bands": ("2009", "2017 age share x 2009", "ons-2017"),
    "children": ("2009", "8 years older, 2017", "ons-2017"),
    "under 8": ("2009", "ages 0 to 7", "ons-2017"),
    "income": ("2010", "rate x population", "imd-2010"),
    "employment": ("2010", "rate x population", "imd-2010"),
    "revenue": ("2010-11", "own + county + footprint", "ro-2010-11"),
    "capital": ("2008-09", "own + county + footprint", "cor4-2008-09"),
}


def age_bands(population: DataFrame, ages: DataFrame) -> DataFrame:
    """Mid-2009 people by age band: each area's people shared by the ages' share in 2017.

    Columns area, band, population.
    """
    banded = pd.concat(
        [ages[ages["age"].between(*span)].assign(band=band) for band, span in BANDS.items()]
    )
    weights = banded.groupby(["area", "band"], as_index=False)["population"].sum()
    share = weights["population"] / weights.groupby("area")["population"].transform("sum")
    shares = weights[["area", "band"]].assign(share=share, basis="share of the ages in mid-2017")
    return share_people(population, shares, "band")[["area", "band", "population"]]


def children(ages: DataFrame) -> DataFrame:
    """Children in 2009 by single year: those eight years older in 2017.

    Columns area, age (-1 is pregnancy), population.
    """
    then = ages.assign(age=ages["age"] - YEARS_TO_2017)
    born = then[then["age"].between(0, 7)][["area", "age", "population"]]
    return pd.concat([born[born["age"] == 0].assign(age=-1), born])


def deprived(
    rates: DataFrame, predecessors: DataFrame, population: DataFrame, kind: str
) -> DataFrame:
    """People in income or employment deprivation by area: the mean rate of its small areas x
    mid-2009 population.
    """
    rows = rates.merge(predecessors[["old_code", "area"]], on="old_code", validate="1:m")
    weighted = (
        rows.assign(weight=rows[kind] * rows["small_areas"])
        .groupby("area")[["weight", "small_areas"]]
        .sum()
    )
    rate = weighted["weight"] / weighted["small_areas"]
    people = population.set_index("area")["population"] * rate
    return people.round().astype("int64").rename("population").reset_index()


def local_spending(
    outturn: DataFrame,
    areas: DataFrame,
    counties: DataFrame,
    predecessors: DataFrame,
    footprints: DataFrame,
    population: DataFrame,
) -> tuple[DataFrame, DataFrame]:
    """Local authorities' outturn by area: own, the county's share, police and fire by footprint.

    Where an authority covers several areas, its spending is shared among them by mid-2009
    population. Returns a pair: area, service, pence; and the rows of `outturn` that are of no area
    (levying bodies: waste, parks), not used.
    """
    keys = ["ecode", "service"]
    whole = outturn[keys].merge(_authorities(areas, counties, predecessors), on="ecode")
    bodies = footprints.rename(columns={"body": "ecode", "service": "kind"})
    kinds = outturn[keys].assign(kind=outturn["service"].str.partition("_")[2])
    part = kinds.merge(bodies[["ecode", "kind", "area"]], on=["ecode", "kind"])
    people = population[["area", "population"]]
    shares = pd.concat([whole, part.drop(columns="kind")]).merge(people, on="area", validate="m:1")
    total = shares.groupby(keys)["population"].transform("sum")
    share = shares.pop("population") / total
    shares = shares.assign(share=share, basis="mid-2009 population")
    used = outturn.merge(shares[keys].drop_duplicates(), on=keys, how="left", indicator=True)
    has_area = (used.pop("_merge") == "both").to_numpy()
    spread = apportion(used[has_area], shares, "area")
    unused = used[~has_area & (used["pence"] != 0)].reset_index(drop=True)
    return spread.groupby(["area", "service"], as_index=False)["pence"].sum(), unused


def _authorities(areas, counties, predecessors):
    """Which areas an authority covers whole, now or before April 2009: ecode, area."""
    codes = counties[["upper_tier", "ecode"]]
    county = areas.drop(columns="ecode").merge(codes, on="upper_tier")
    before = predecessors.rename(columns={"old_code": "ecode"})
    return pd.concat([table[["ecode", "area"]] for table in (areas, county, before)])


def not_negative(spending: DataFrame) -> tuple[DataFrame, DataFrame]:
    """(spending with 0 where it is negative, which a driver cannot be; the rows that were)."""
    negative = spending[spending["pence"] < 0].reset_index(drop=True)
    return spending.assign(pence=spending["pence"].clip(lower=0)), negative


def with_total(spending: DataFrame, prefix: str) -> DataFrame:
    """The services, and `{prefix}_total` of those whose names begin with `prefix`."""
    chosen = spending[spending["service"].str.startswith(f"{prefix}_")]
    total = chosen.groupby("area", as_index=False)["pence"].sum().assign(service=f"{prefix}_total")
    return pd.concat([spending, total])


def drivers(people: dict[str, DataFrame], spending: dict[str, DataFrame]) -> DataFrame:
    """One table of drivers: driver, area, year, value, unit, method, source.

    people: population, bands, children, income, employment, each with area and population.
    spending: revenue and capital, each with area, service and pence.
    """
    children = people["children"]
    under_8 = children[children["age"] >= 0].groupby("area", as_index=False)["population"].sum()
    named = {
        "population": people["population"].assign(driver="population"),
        "bands": people["bands"].rename(columns={"band": "driver"}),
        "children": children.assign(driver="age_" + children["age"].astype("str")),
        "under 8": under_8.assign(driver="children_0_7"),
        "income": people["income"].assign(driver="income_deprived"),
        "employment": people["employment"].assign(driver="employment_deprived"),
    }
    counted = _with_origin(named).rename(columns={"population": "value"}).assign(unit="people")
    totals = {kind: with_total(table, kind) for kind, table in spending.items()}
    spent = _with_origin(totals).rename(columns={"service": "driver", "pence": "value"})
    both = pd.concat([counted, spent.assign(unit="pence")])
    return both.sort_values(["driver", "year", "area"], ignore_index=True)


def _with_origin(tables):
    """The tables as one, with the year of each, how it was worked out and from which source."""
    columns = ["year", "method", "source"]
    return pd.concat(
        table.assign(**dict(zip(columns, ORIGINS[name], strict=True)))
        for name, table in tables.items()
    )
