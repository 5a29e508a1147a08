"""People by age in any mid-year: as published where held, else an assumption that says what it is.

Between two held mid-years, the parts of the population of each age move in a straight line; before
the first (mid-2017) they are its parts, and young children are those born (age_estimates.csv). The
parts are taken of the population of the mid-year itself.

They are made to be shares within a region. Tested on mid-2017 from mid-2024, children of 0 to 15
differ by 2.9% on average and people of 66 and over by 3.1% (residents alone: 7.6% and 18%); moved
along by cohort they differ by 9.3% and 3.9%, so that is not done. England's number of older people
before 2017 is too high: the country was younger then.
"""

import pandas as pd
from pandas import DataFrame, Series

from totalplace import reference
from totalplace.errors import refuse
from totalplace.reference_build import area_years, people
from totalplace.reference_build.people import AS_PUBLISHED, BIRTHS, SINGLE_YEARS, editions
from totalplace.reference_build.people_files import OLDEST
from totalplace.reference_build.tables import plain, slug


@reference.cached_until_data_changes
def ages_of(mid_year: int) -> DataFrame:
    """People of each age by area: a row an area of that mid-year, a column an age (0 to 90).

    Whole people where single years are held, else an estimate: `method_of` says which.
    """
    if mid_year in editions(SINGLE_YEARS):
        return _wide(mid_year)
    before, after = _neighbours(mid_year)
    year = people.areas_at(mid_year)
    parts = _parts(after, year)
    if before is not None:
        weight = (mid_year - before) / (after - before)
        parts = parts * weight + _parts(before, year) * (1 - weight)
    all_ages = people.people_of(mid_year).set_index("area")["value"]
    table = parts.mul(all_ages, axis=0)
    return table if before is not None else _with_births(table, mid_year)


def method_of(mid_year: int) -> str:
    """How the ages of a mid-year are known: as published, or which assumption."""
    if mid_year in editions(SINGLE_YEARS):
        return AS_PUBLISHED
    before, after = _neighbours(mid_year)
    if before is not None:
        return f"an assumption: parts of the population between mid-{before} and mid-{after}"
    return f"an assumption: mid-{after}'s parts of the population; under fives with births"


def of_ages(mid_year: int, youngest: int, oldest: int = OLDEST) -> DataFrame:
    """People of these ages, both included, by area: area, people, method.

    Children are of_ages(year, 0, 15), or 17; 90 is 90 and over.
    """
    return _counted(ages_of(mid_year).loc[:, youngest:oldest].sum(axis=1), mid_year)


def of_pension_age(mid_year: int) -> DataFrame:
    """People who have reached pension age by 30 June of a year: area, people, method.

    Of those within a year of it, the part whose birthday has come, births being even over the year.
    While women's age was lower (to mid-2018), they are the part of the people that
    pension_ages.csv says.
    """
    ages = ages_of(mid_year)
    rows = reference.read("pension_ages")
    rows = rows[rows["mid_year"] == mid_year]
    return _counted(
        sum(row.share * _at_least(ages, row.age) for row in rows.itertuples()), mid_year
    )


def _at_least(ages: DataFrame, age: float) -> Series:
    """People of at least an age in years and parts of a year, by area."""
    whole, part = divmod(age, 1)
    return ages.loc[:, int(whole) + 1 :].sum(axis=1) + (1 - part) * ages[int(whole)]


def _counted(found: Series, mid_year: int) -> DataFrame:
    table = found.round().astype("int64").rename("people").rename_axis("area").reset_index()
    return table.assign(method=method_of(mid_year))


def _neighbours(mid_year: int) -> tuple[int | None, int]:
    """The held mid-years before and after; None for none before."""
    held = editions(SINGLE_YEARS)
    before = max((year for year in held if year < mid_year), default=None)
    return before, min(year for year in held if year > mid_year)


@reference.cached_until_data_changes
def _wide(mid_year: int) -> DataFrame:
    return people.single_years(mid_year).pivot(index="area", columns="age", values="people")


def _parts(held: int, year: str) -> DataFrame:
    """Each age's part of the population of a held mid-year, for the areas of another year.

    An area that is part of a larger one in the held year has the larger one's.
    """
    then, now = area_years.holders(people.areas_at(held)), area_years.holders(year)
    pairs = pd.DataFrame({"held": [then[first] for first in now], "area": list(now.values())})
    table = pairs.drop_duplicates().merge(_wide(held), left_on="held", right_index=True)
    counts = table.drop(columns="held").groupby("area").sum()
    return counts.div(counts.sum(axis=1), axis=0)


def _with_births(table: DataFrame, mid_year: int) -> DataFrame:
    """The estimate with young children as age_estimates.csv says; births give their number."""
    table = table.copy()
    for row in reference.read("age_estimates").itertuples():
        born = people.people_of(mid_year - row.age, BIRTHS)
        here = born["area"].map(lambda area: min(area_years.first_areas(area)))
        holder = area_years.holders(people.areas_at(mid_year))
        births = born["value"].groupby(here.map(holder)).sum()
        others = table[row.age] * (births.sum() / table[row.age].sum())
        table[row.age] = row.births_share * births + (1 - row.births_share) * others
    return table


def children_of_2009(rows: DataFrame) -> DataFrame:
    """Children of 0 to 17 of mid-2009 by county or one-tier authority: the table children_2009.

    rows: `people_files.children_of_2009`. Raises InputError for an authority that is not known.
    """
    authorities = rows[rows["level"] == "LA"]
    upper = area_years.upper_tier(area_years.years()[0])
    members = reference.read("members").drop_duplicates("place").set_index("place")["area"]
    slugs = plain(authorities["name"]).map(slug)
    refuse(f"children of 2009: no authority {name!r}." for name in set(slugs) - set(members.index))
    found = slugs.map(members).map(upper)
    return authorities.assign(upper=found, source="sfr27-2010")[["upper", "children", "source"]]
