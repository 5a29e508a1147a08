"""The first count: every national line brought down from its region to a place's areas by a driver.

HM Treasury's Country and Regional Analysis gives identifiable spending by region. For each line a
rule (driver_rules) names the driver that follows where such money goes: known local spending of
that kind first, then the people it is for, population last. An area's share of its region is its
share of the driver. Known limits: a driver of another year is used for the year of the count;
spending follows residents, not visitors.
"""

import re
from collections.abc import Iterable, Mapping

import pandas as pd
from pandas import DataFrame

from totalplace import cofog, places, reference
from totalplace.apportion import apportion, with_rule_columns
from totalplace.errors import InputError, first_few, refuse
from totalplace.places import Place

NATIONAL_ESTIMATE = "national estimate"  # the evidence of a line that no partner returned
DRIVERS = ("best", "population")
HANDED_IN = ("driver_rules", "scopes", "drivers")  # the tables that `rules` may have
BAND = r"ages_(-?[0-9]{1,3})_to_([0-9]{1,3})"  # a driver made of single years: ages_3_to_6
Rules = Mapping[str, DataFrame] | None


@reference.cached_until_data_changes
def first_count(
    place: Place | str,
    year: str = "",
    scope: str = "identifiable",
    drivers: str = "best",
    rules: Rules = None,
) -> DataFrame:
    """The public money spent in a place, one row per published line and area.

    Parameters
    ----------
    place
        Its name, slug or GSS code, or a place of `make_place`.
    year
        As "2008-09"; blank: the newest that there are figures of.
    scope
        What is counted: a scope of scopes.csv.
    drivers
        "best": each line by the driver of its rule. "population": every line by population.
    rules
        Tables to use instead of those kept, {"driver_rules": a changed copy of it}; scopes and
        drivers likewise. No file is changed.

    Returns
    -------
    A ledger: `pence` (int64); who spends (body, department, sector), on what (cofog, division,
    programme, function, sub_function, economic), where (place, area, region); and the working:
    source_row, driver, area_share, area_basis, sub_function_share, sub_function_basis, evidence.

    Raises
    ------
    InputError
        For a place, year, scope or drivers not known; where a rule or a share is missing.

    Examples
    --------
    >>> spent = tp.first_count("croydon")
    >>> spent.groupby("body")["pence"].sum() / 1e8  # £m
    """
    place, areas = places.place(place), reference.read("areas")
    if unknown := first_few(sorted(set(place.areas) - set(areas["area"]))):
        raise InputError(f"{place.name}: areas.csv has no area {unknown}.")
    lines = with_drivers(year or reference.newest_year(), scope, rules)
    regions = areas["region"][areas["area"].isin(place.areas)].unique()
    spread = apportion_to_areas(lines[lines["region"].isin(regions)], drivers, rules)
    here = spread[spread["area"].isin(place.areas)].reset_index(drop=True)
    return here.assign(place=place.slug, evidence=NATIONAL_ESTIMATE)


@reference.cached_until_data_changes
def national_lines(year: str, scope: str = "identifiable", rules: Rules = None) -> DataFrame:
    """The national lines of a year that are in the scope, with their division."""
    lines = reference.read("national_spend", year)
    verdict = with_rule_columns(lines, scope_rules(scope, rules), ["in_or_out"], "scopes.csv")
    inside = lines[verdict["in_or_out"] == "in"].reset_index(drop=True)
    return inside.assign(division=cofog.division(inside["cofog"]))


def scope_rules(scope: str, rules: Rules = None) -> DataFrame:
    """The rules of one scope. Raises InputError for an unknown one, naming those there are."""
    scopes = _table("scopes", rules)
    found = scopes[scopes["scope"] == scope]
    if found.empty:
        known = first_few(scopes["scope"].unique())
        raise InputError(f"no scope called {scope!r}. The scopes are {known}.")
    return found


@reference.cached_until_data_changes
def with_drivers(year: str, scope: str = "identifiable", rules: Rules = None) -> DataFrame:
    """The national lines with the driver, and its year, that brings each to its areas."""
    lines, wanted = national_lines(year, scope, rules), ["driver", "driver_year"]
    return with_rule_columns(lines, _table("driver_rules", rules), wanted, "driver_rules.csv")


def apportion_to_areas(lines: DataFrame, drivers: str = "best", rules: Rules = None) -> DataFrame:
    """Lines of `with_drivers` shared out over the areas of their region, each by its driver."""
    if drivers not in DRIVERS:
        raise InputError(f"drivers {drivers!r} are not known. Use {first_few(DRIVERS)}.")
    if drivers == "population":
        figures = _table("drivers", rules)
        years = figures.loc[figures["driver"] == "population", "year"].unique()
        if len(years) != 1:
            had = first_few(years) or "no year"
            raise InputError(f"drivers.csv has population of {had}; one year is needed.")
        lines = lines.assign(driver="population", driver_year=years[0])
    shares = driver_shares(lines[["driver", "driver_year"]].drop_duplicates(), rules)
    return apportion(lines, shares, "area").drop(columns="driver_year")


def driver_shares(used: DataFrame, rules: Rules = None) -> DataFrame:
    """Each area's share of its region: region, driver, driver_year, area, share, basis.

    used: driver, driver_year. Raises InputError for a driver and year that drivers.csv does not
    have, or that adds to zero in a region.
    """
    figures = driver_figures(used["driver"].unique(), rules).rename(columns={"year": "driver_year"})
    figures = used.merge(figures, on=["driver", "driver_year"], how="left", validate="1:m")
    if len(missing := figures[figures["area"].isna()]):
        named = first_few(missing["driver"] + " of " + missing["driver_year"])
        raise InputError(f"drivers.csv has no {named}, which driver_rules.csv asks for.")
    refuse(_area_faults(figures, "driver_year"))
    figures = figures.merge(reference.read("areas")[["area", "region"]], on="area", validate="m:1")
    total = figures.groupby(["region", "driver", "driver_year"])["value"].transform("sum")
    if (total == 0).any():
        named = first_few((figures["driver"] + " in " + figures["region"])[total == 0].unique())
        raise InputError(f"drivers.csv: {named} adds to zero, so it cannot share anything out.")
    basis = figures["driver"] + " " + figures["driver_year"]
    shares = figures.assign(share=figures["value"] / total, basis=basis)
    return shares[["region", "driver", "driver_year", "area", "share", "basis"]]


def _area_faults(figures, year="year"):
    """A sentence for each driver and year that has not every area of areas.csv, and no other."""
    areas = set(reference.read("areas")["area"])
    for (driver, of), rows in figures.groupby(["driver", year])["area"]:
        for what, wrong in {"no": areas - set(rows), "an unknown": set(rows) - areas}.items():
            if wrong:
                named = f"{driver} of {of} has {what} area {first_few(sorted(wrong))}"
                yield f"drivers.csv: {named}. Each area has one row, with 0 where there is nothing."


def driver_figures(drivers: Iterable[str] = (), rules: Rules = None) -> DataFrame:
    """The rows of drivers.csv, and those of each band of ages among `drivers`, area by area.

    A band is made from single years: "ages_3_to_5" is age_3 + age_4 + age_5. Raises InputError for
    a single year that drivers.csv does not have.
    """
    figures = _table("drivers", rules)
    found = [(name, re.fullmatch(BAND, name)) for name in drivers]
    bands = [_band(name, int(age[1]), int(age[2]), figures) for name, age in found if age]
    return pd.concat([figures, *bands], ignore_index=True) if bands else figures


def _band(name, first, last, figures):
    ages = [f"age_{age}" for age in range(first, last + 1)]
    rows = figures[figures["driver"].isin(ages)]
    if not ages or set(ages) - set(rows["driver"]):
        single = figures["driver"][figures["driver"].str.fullmatch(r"age_-?\d+")].unique()
        known = first_few(single, 20)
        raise InputError(f"{name} is not to be made of the single years of drivers.csv: {known}.")
    refuse(_area_faults(rows))
    summed = rows.groupby(["area", "year", "unit", "source"], as_index=False)["value"].sum()
    return summed.assign(driver=name, method="single years added")[list(figures)]


def driver_names(drivers: Iterable[str] = ()) -> dict[str, str]:
    """Drivers as printed: those of driver_names.csv, and the bands of ages among `drivers`."""
    bands = [(name, re.fullmatch(BAND, name)) for name in drivers]
    names = {name: f"People of {age[1]} to {age[2]}" for name, age in bands if age}
    return reference.names_of("driver_names", "driver") | names


def people(place: Place | str, driver: str = "population") -> int:
    """How many people of a kind live in a place: people("kent", "ages_0_to_4").

    driver: one of drivers.csv that counts people, or a band of ages; InputError for another.
    """
    place = places.place(place)
    counted = _people(place, driver if re.fullmatch(BAND, driver) else "")
    if counted["areas"].get(driver) != len(place.areas):
        areas = f"each of the {len(place.areas)} areas of {place.name}"
        raise InputError(f"drivers.csv: {driver!r} does not count people in {areas}.")
    return int(counted["people"][driver])


@reference.cached_until_data_changes
def _people(place, band):
    """What each driver of people has in a place: driver (index), areas (how many), people."""
    figures = driver_figures([band])
    here = figures[(figures["unit"] == "people") & figures["area"].isin(place.areas)]
    return here.groupby("driver").agg(areas=("area", "size"), people=("value", "sum"))


def _table(name, rules):
    """The table handed in, checked as its file would be; else that of data/raw/reference."""
    if rules is not None and not isinstance(rules, Mapping):
        raise InputError(f"rules: a dict of tables is needed, not {type(rules).__name__}.")
    if unknown := [other for other in rules or () if other not in HANDED_IN]:
        known = first_few(HANDED_IN)
        raise InputError(f"rules: {first_few(unknown)} cannot be handed in here, only {known}.")
    if not rules or name not in rules:
        return reference.read(name)
    given = reference.check_frame(rules[name], (), f"rules[{name!r}]")
    text = given.astype("object").fillna("").astype("str")
    return reference.typed(text, name).set_axis(given.index)
