"""The first count: every national line brought down from its region to the areas of a place by a named driver.

Method: HM Treasury's Country and Regional Analysis gives identifiable spending by region. For each line a rule
(driver_rules) names the driver that follows where such money goes: known local spending of that kind first, then the
people it is for, population last. An area's share of its region is its share of the driver; `apportion` does the sum.
Known limits: a driver of another year is used for the year of the count; spending follows residents, not visitors.
"""

import re
from collections.abc import Iterable, Mapping

import pandas as pd

from totalplace import cofog, reference
from totalplace.apportion import apportion, with_rule_columns
from totalplace.errors import InputError, first_few
from totalplace.places import Place

DRIVERS = ("best", "population")
NATIONAL_ESTIMATE = "national estimate"  # the evidence of a line that no partner returned
RULES = ("driver_rules", "scopes", "drivers")  # the tables that can be handed in
BAND = r"ages_(-?\d+)_to_(\d+)"  # a driver made of single years: ages_3_to_6

Rules = Mapping[str, pd.DataFrame]


@reference.cached_until_data_changes
def first_count(
    place: Place,
    year: str,
    scope: str = "identifiable",
    drivers: str = "best",
    rules: Rules | None = None,
) -> pd.DataFrame:
    """The national estimate for a place: one row a published line, sub-function and area.

    Parameters
    ----------
    place
        A places.Place.
    year
        As "2008-09".
    scope
        A scope of scopes.csv: what is counted.
    drivers
        "best" (by rule) or "population".
    rules
        Tables to use instead of those of data/raw/reference: driver_rules, scopes or drivers -> DataFrame.

    Returns
    -------
    Columns place, year, source_row, sub_function, area, region, body, department, programme, function, cofog,
    division, economic, sector, driver, area_share, area_basis, sub_function_share, sub_function_basis, evidence,
    source and pence (int64).

    Raises
    ------
    InputError
        For an unknown year, scope or drivers, a table handed in that does not hold, and where a rule or a share is
        missing.
    """
    areas = reference.read("areas")
    regions = areas["region"][areas["area"].isin(place.areas)].unique()
    lines = with_drivers(year, scope, rules)
    spread = apportion_to_areas(lines[lines["region"].isin(regions)], drivers, rules)
    here = spread[spread["area"].isin(place.areas)].reset_index(drop=True)
    return here.assign(place=place.slug, evidence=NATIONAL_ESTIMATE)


@reference.cached_until_data_changes
def national_lines(
    year: str, scope: str = "identifiable", rules: Rules | None = None
) -> pd.DataFrame:
    """The national lines of a year that are in the scope, with their division. Raises InputError as `first_count`."""
    lines = reference.read("national_spend", year)
    verdict = with_rule_columns(lines, scope_rules(scope, rules), ["in_or_out"], "scopes.csv")
    inside = lines[verdict["in_or_out"] == "in"].reset_index(drop=True)
    return inside.assign(division=cofog.division(inside["cofog"]))


def scope_rules(scope: str, rules: Rules | None = None) -> pd.DataFrame:
    """The rules of one scope. Raises InputError for an unknown one, naming those there are."""
    scopes = _table("scopes", rules)
    found = scopes[scopes["scope"] == scope]
    if found.empty:
        known = first_few(scopes["scope"].unique())
        raise InputError(f"no scope called {scope!r}. The scopes are {known}.")
    return found


@reference.cached_until_data_changes
def with_drivers(
    year: str, scope: str = "identifiable", rules: Rules | None = None
) -> pd.DataFrame:
    """The national lines with the driver, and the year of it, that brings each to its areas. Raises InputError."""
    lines, wanted = national_lines(year, scope, rules), ["driver", "driver_year"]
    return with_rule_columns(lines, _table("driver_rules", rules), wanted, "driver_rules.csv")


def apportion_to_areas(
    lines: pd.DataFrame, drivers: str = "best", rules: Rules | None = None
) -> pd.DataFrame:
    """Regional lines, of `with_drivers`, shared out over the areas of their region, each by its driver."""
    if drivers not in DRIVERS:
        raise InputError(f"drivers {drivers!r} are not known. Use {first_few(DRIVERS)}.")
    if drivers == "population":
        year = driver_figures(["population"], rules)["year"].iloc[0]
        lines = lines.assign(driver="population", driver_year=year)
    shares = driver_shares(lines[["driver", "driver_year"]].drop_duplicates(), rules)
    return apportion(lines, shares, "area").drop(columns="driver_year")


def driver_shares(used: pd.DataFrame, rules: Rules | None = None) -> pd.DataFrame:
    """Each area's share of its region by each driver: region, driver, driver_year, area, share, basis.

    used: driver and driver_year, one row each. Raises InputError for a driver and year that drivers.csv does not
    have, or that adds to zero in a region.
    """
    figures = driver_figures(used["driver"].unique(), rules).rename(columns={"year": "driver_year"})
    figures = used.merge(figures, on=["driver", "driver_year"], how="left", validate="1:m")
    missing = figures[figures["area"].isna()]
    if len(missing):
        named = first_few(missing["driver"] + " of " + missing["driver_year"])
        raise InputError(f"drivers.csv has no {named}, which driver_rules.csv asks for.")
    figures = figures.merge(reference.read("areas")[["area", "region"]], on="area", validate="m:1")
    total = figures.groupby(["region", "driver", "driver_year"])["value"].transform("sum")
    nothing = figures[total == 0].drop_duplicates(["region", "driver"])
    if len(nothing):
        named = first_few(nothing["driver"] + " in " + nothing["region"])
        raise InputError(f"drivers.csv: {named} adds to zero, so it cannot share anything out.")
    basis = figures["driver"] + " " + figures["driver_year"]
    shares = figures.assign(share=figures["value"] / total, basis=basis)
    return shares[["region", "driver", "driver_year", "area", "share", "basis"]]


def driver_figures(drivers: Iterable[str] = (), rules: Rules | None = None) -> pd.DataFrame:
    """The rows of drivers.csv, and those of each band of ages among `drivers`, made from its single years.

    A band is named by its first and last year: "ages_3_to_6" is age_3 + age_4 + age_5 + age_6. Columns driver, area,
    year, value, unit, method, source. Raises InputError for a band with a single year that drivers.csv does not have.
    """
    figures = _table("drivers", rules)
    bands = [name for name in drivers if re.fullmatch(BAND, name)]
    return pd.concat([figures, *(_band(name, figures) for name in bands)], ignore_index=True)


def _band(name, figures):
    """The figures of a band of ages, area by area."""
    first, last = map(int, re.fullmatch(BAND, name).groups())
    ages = [f"age_{age}" for age in range(first, last + 1)]
    rows = figures[figures["driver"].isin(ages)]
    missing = [age for age in ages if age not in set(rows["driver"])]
    if missing or not ages:
        known = figures["driver"][figures["driver"].str.fullmatch(r"age_-?\d+")].unique()
        raise InputError(
            f"{name}: drivers.csv has no {first_few(missing) or 'such band'}. "
            f"Its single years are {first_few(known, 20)}."
        )
    keys = ["area", "year", "unit", "source"]
    summed = rows.groupby(keys, as_index=False)["value"].sum()
    return summed.assign(driver=name, method="single years added")[list(figures)]


def driver_names(drivers: Iterable[str] = ()) -> dict[str, str]:
    """The drivers as printed, those of driver_names.csv and bands of ages among `drivers`: {driver: name}."""
    table = reference.read("driver_names")
    found = ((name, re.fullmatch(BAND, name)) for name in drivers)
    bands = {name: f"People of {age[1]} to {age[2]}" for name, age in found if age}
    return dict(zip(table["driver"], table["name"], strict=True)) | bands


def people(place: Place, driver: str = "population") -> int:
    """How many people of a kind live in a place: people(kent, "ages_3_to_6").

    driver: one of drivers.csv that is counted in people, or a band of ages. Raises InputError for another.
    """
    counted = _people(place, driver if re.fullmatch(BAND, driver) else "")
    if counted["areas"].get(driver) != len(place.areas):
        raise InputError(
            f"drivers.csv: {driver!r} does not count people in each of the {len(place.areas)} areas of {place.name}."
        )
    return int(counted["people"][driver])


@reference.cached_until_data_changes
def _people(place, band):
    """What each driver that is counted in people has in a place: driver (index), areas (how many), people."""
    figures = driver_figures([band])
    here = figures[(figures["unit"] == "people") & figures["area"].isin(place.areas)]
    return here.groupby("driver").agg(areas=("area", "size"), people=("value", "sum"))


def _table(name, rules):
    """A table of rules or figures: the one handed in, checked as the file is, else that of data/raw/reference."""
    unknown = [other for other in rules or () if other not in RULES]
    if unknown:
        raise InputError(
            f"rules: no table {first_few(unknown)} can be handed in here, only {first_few(RULES)}."
        )
    if not rules or name not in rules:
        return reference.read(name)
    return reference.typed(rules[name].fillna("").astype("str"), name).set_axis(rules[name].index)
