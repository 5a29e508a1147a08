"""The first count: every national line brought down from its region to the areas of a place by a named driver.

Method: HM Treasury's Country and Regional Analysis gives identifiable spending by region. For each line a rule
(driver_rules) names the driver that follows where such money goes: known local spending of that kind first, then the
people it is for, population last. An area's share of its region is its share of the driver; `apportion` does the sum.
Known limits: a driver of another year stands for the year of the count; spending follows residents, not users.
"""

from totalplace import cofog, reference
from totalplace.apportion import apportion, with_rule_columns
from totalplace.errors import InputError, first_few

DRIVERS = ("best", "population")


@reference.cached_until_data_changes
def first_count(place, year, scope="identifiable", drivers="best"):
    """The national estimate for a place: one row a published line, sub-function and area, `pence` int64.

    place: places.Place. year: "2008-09". scope: a scope of scopes.csv. drivers: "best" (by rule) or "population".
    Columns place, year, line, area, region, body, department, programme, function, sub_function, cofog, division,
    economic, sector, driver, area_share, area_basis, evidence, source, pence.
    Raises InputError for an unknown year, scope or drivers, and where a rule or a share is missing.
    """
    areas = reference.read("areas")
    regions = areas["region"][areas["area"].isin(place.areas)].unique()
    lines = with_drivers(year, scope)
    spread = apportion_to_areas(lines[lines["region"].isin(regions)], drivers)
    here = spread[spread["area"].isin(place.areas)].reset_index(drop=True)
    return here.assign(place=place.slug, evidence="national estimate")


@reference.cached_until_data_changes
def national_lines(year, scope="identifiable"):
    """The national lines of a year that are in the scope, with their division. Raises InputError for an unknown year or scope."""
    lines = reference.read("national_spend", year)
    verdict = with_rule_columns(lines, scope_rules(scope), ["in_or_out"])["in_or_out"]
    return (
        lines[verdict == "in"]
        .assign(division=cofog.division(lines["cofog"]))
        .reset_index(drop=True)
    )


def scope_rules(scope):
    """The rules of one scope. Raises InputError for an unknown one, naming those there are."""
    scopes = reference.read("scopes")
    rules = scopes[scopes["scope"] == scope]
    if rules.empty:
        raise InputError(
            f"no scope called {scope!r}. The scopes are {first_few(scopes['scope'].unique())}."
        )
    return rules


@reference.cached_until_data_changes
def with_drivers(year, scope="identifiable"):
    """The national lines with the driver, and the year of it, that brings each to its areas. Raises InputError as `match` does."""
    lines = national_lines(year, scope)
    ruled = with_rule_columns(
        lines.drop(columns="source"), reference.read("driver_rules"), ["driver", "driver_year"]
    )
    return ruled.assign(source=lines["source"].array)


def apportion_to_areas(lines, drivers="best"):
    """Regional lines, of `driven_lines`, shared out over the areas of their region, each by its driver. Raises InputError."""
    if drivers not in DRIVERS:
        raise InputError(f"drivers {drivers!r} are not known. Use {first_few(DRIVERS)}.")
    if drivers == "population":
        lines = lines.assign(driver="population", driver_year=_vintage("population"))
    used = lines[["driver", "driver_year"]].drop_duplicates()
    return apportion(lines, driver_shares(used), "area").drop(columns="driver_year")


def driver_shares(used):
    """Each area's share of its region by each driver: region, driver, driver_year, area, share, basis.

    used: driver, driver_year. Raises InputError for a driver and year that drivers.csv does not have, or with no value at all.
    """
    figures = reference.read("drivers").rename(columns={"year": "driver_year"})
    figures = used.merge(figures, on=["driver", "driver_year"], how="left", validate="1:m")
    missing = figures[figures["area"].isna()]
    if len(missing):
        raise InputError(
            f"drivers.csv has no {first_few(missing['driver'] + ' of ' + missing['driver_year'])}, which driver_rules.csv asks for."
        )
    figures = figures.merge(reference.read("areas")[["area", "region"]], on="area", validate="m:1")
    total = figures.groupby(["region", "driver", "driver_year"])["value"].transform("sum")
    nothing = figures[total == 0].drop_duplicates(["region", "driver"])
    if len(nothing):
        raise InputError(
            f"drivers.csv: {first_few(nothing['driver'] + ' in ' + nothing['region'])} adds to nothing, so shares nothing."
        )
    basis = figures["driver"] + " " + figures["driver_year"]
    shares = figures.assign(share=figures["value"] / total, basis=basis)
    return shares[["region", "driver", "driver_year", "area", "share", "basis"]]


def people(place, driver="population"):
    """How many people of a kind live in a place, by a driver counted in people. Raises InputError for another driver."""
    counted = _people(place)
    if counted["areas"].get(driver) != len(place.areas):
        raise InputError(
            f"drivers.csv: {driver!r} does not count people in each of the {len(place.areas)} areas of {place.name}."
        )
    return int(counted["people"][driver])


@reference.cached_until_data_changes
def _people(place):
    """What each driver that is counted in people has in a place: driver (index), areas (how many), people."""
    figures = reference.read("drivers")
    here = figures[(figures["unit"] == "people") & figures["area"].isin(place.areas)]
    return here.groupby("driver").agg(areas=("area", "size"), people=("value", "sum"))


def _vintage(driver):
    """The one year that drivers.csv has of a driver."""
    figures = reference.read("drivers")
    years = figures["year"][figures["driver"] == driver].unique()
    if len(years) != 1:
        raise InputError(
            f"drivers.csv has {driver} of {first_few(years) or 'no year'}; one is needed."
        )
    return years[0]
