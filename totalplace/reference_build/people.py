"""The people of each area of each year: population, births, and single years of age where held.

HM Treasury uses the mid-year of the year's start (2008-09: mid-2008). Each year takes the latest
estimate of that mid-year that is held, as people_editions.csv says: to mid-2010 by district of 2020
(MYEB3), from mid-2011 by district of 2023 (the edition of mid-2024, which revised mid-2012 to
mid-2023). A district that was several areas at the time is shared among them, to the last person,
by the nearest estimate of those areas; the row's method says so, and that it is an assumption.

Births are of the years to mid-2002 to mid-2019, mid-2023 and mid-2024; single years of age are of
mid-2017, 2019, 2020, 2023 and 2024, as first published. No others are held by area.
"""

from pathlib import Path

import pandas as pd
from pandas import DataFrame, Series

from totalplace import reference
from totalplace.errors import InputError, first_few, refuse
from totalplace.reference_build import (
    area_years,
    people_files,
    published_files,
    table_files,
    tables,
)
from totalplace.reference_build.area_changes import financial_year
from totalplace.text_files import read_strict_csv, write_whole

FOLDER = "single_years"  # of the files of single years of age, by mid-year
FIRST = 2008
BY_DISTRICT_OF_2020 = "myeb3-2019"
AS_PUBLISHED = "as published"
PEOPLE, BIRTHS, SINGLE_YEARS = "population", "births", "single years"


def mid_year(year: str) -> int:
    """The mid-year that a financial year is counted per head with: '2008-09' -> 2008."""
    return int(year[:4])


def areas_at(mid_year: int) -> str:
    """The financial year whose areas a mid-year's figures are on: its own, or 2008-09."""
    return financial_year(max(mid_year, FIRST))


@reference.cached_until_data_changes("people_editions")
def editions(what: str) -> dict[int, str]:
    """Where population, births or single years of a mid-year are from: {mid_year: source}."""
    table = reference.read("people_editions")
    table = table[table["what"] == what]
    return dict(zip(table["mid_year"].tolist(), table["source"], strict=True))


def people_of(mid_year: int, what: str = PEOPLE) -> DataFrame:
    """The population of a mid-year, or births to it, by area then: area, value, method, source.

    Raises InputError for a mid-year that is not held by area, naming those that are.
    """
    table = reference.read("people")
    found = table[(table["what"] == what) & (table["mid_year"] == mid_year)]
    if found.empty:
        held = first_few(editions(what), 40)
        raise InputError(f"no {what} of mid-{mid_year} by area. Held are {held}.")
    return found[["area", "value", "method", "source"]].reset_index(drop=True)


def single_years(mid_year: int, folder: Path | None = None) -> DataFrame:
    """People by single year of age (90 is 90 and over): area, age, people.

    Raises InputError for a mid-year that is not held by area, naming those that are.
    """
    path = Path(folder or reference.folder()) / FOLDER / f"{mid_year}.csv"
    if not path.is_file():
        held = first_few(editions(SINGLE_YEARS), 20)
        raise InputError(f"no single years of age of mid-{mid_year} by area. Held are {held}.")
    return read_strict_csv(path).astype({"age": "int64", "people": "int64"})


def england(source: str) -> Series:
    """England's people of every mid-year in one publication, by mid_year."""
    table = reference.read("population_estimates")
    rows = table[(table["source"] == source) & (table["area"] == "England")]
    return rows.set_index("mid_year")["value"]


def spread(totals: DataFrame, weights: DataFrame, year: str) -> DataFrame:
    """Totals of larger areas shared among the areas of a year: area, value, method.

    totals: area, value. weights: area, weight, basis, of areas of any year that are as fine as
    those of `year`, or finer. Raises InputError for an area of the year that no total covers.
    """
    holder = area_years.holders(year)
    of_total = {first: area for area in totals["area"] for first in area_years.first_areas(area)}
    refuse(f"{area} has no total in {year}." for area in sorted(set(holder) - set(of_total)))
    first = [min(area_years.first_areas(area)) for area in weights["area"]]
    parts = weights.assign(
        whole=[of_total[one] for one in first], area=[holder[one] for one in first]
    )
    keys = ["whole", "area"]
    parts = parts.groupby(keys, as_index=False).agg(
        weight=("weight", "sum"), basis=("basis", "first")
    )
    by_whole = parts.groupby("whole")["weight"]
    alone = by_whole.transform("size") == 1
    share = (parts["weight"] / by_whole.transform("sum")).mask(alone, 1.0)
    shares = parts.drop(columns="weight").assign(share=share)
    shares = shares.rename(columns={"whole": "total", "area": "part"})
    whole = totals.rename(columns={"area": "total", "value": "population"})
    made = tables.share_people(whole[["total", "population"]], shares, "part")
    method = _method(made["total"], made["part_basis"], made["part_share"] == 1)
    return DataFrame({"area": made["part"], "value": made["population"], "method": method})


def _method(total: Series, basis: Series, alone: Series) -> Series:
    table = reference.read("area_changes").drop_duplicates("area", keep="last")
    name = total.map(table.set_index("area")["name"])
    shared = "an assumption: the total of " + name + ", shared by " + basis
    return shared.mask(alone, AS_PUBLISHED)


def population(estimates: dict[str, DataFrame], singles: dict[int, DataFrame]) -> DataFrame:
    """The population of every mid-year by area then: mid_year, area, what, value, method, source.

    estimates: {source: area, mid_year, value}. singles: {mid_year: area, age, people}.
    """
    made = []
    for year, source in editions(PEOPLE).items():
        weights = _weights(year, estimates[BY_DISTRICT_OF_2020], singles)
        rows = spread(_of_areas(estimates[source], year), weights, areas_at(year))
        made.append(rows.assign(mid_year=year, what=PEOPLE, source=source))
    return pd.concat(made, ignore_index=True)


def _of_areas(estimates: DataFrame, year: int) -> DataFrame:
    """One mid-year's rows of districts, without regions and England: area, value."""
    here = (estimates["mid_year"] == year) & estimates["area"].str.fullmatch(people_files.AREA)
    return estimates[here][["area", "value"]].reset_index(drop=True)


def _weights(year: int, of_2020: DataFrame, singles: dict[int, DataFrame]) -> DataFrame:
    """What a larger total of a mid-year is shared by: area, weight, basis.

    To mid-2018: MYEB3's estimate of the year, and mid-2017's people within its larger districts.
    Mid-2019: the estimates of that year; mid-2020 to mid-2022: those of mid-2020; then none needed.
    """
    if year > 2022:
        return _undivided(year)
    if year > 2018:
        base = min(year, 2020)
        people = singles[base].groupby("area", as_index=False)["people"].sum()
        basis = f"estimates of mid-{base} before their revision"
        return people.rename(columns={"people": "weight"}).assign(basis=basis)
    people = singles[2017].groupby("area", as_index=False)["people"].sum()
    people = people.rename(columns={"people": "weight"}).assign(basis="people of mid-2017")
    made = spread(_of_areas(of_2020, year), people, areas_at(year))
    whole = made["method"] == AS_PUBLISHED
    basis = f"estimates of mid-{year} before their revision"
    made = made.assign(basis=whole.map({True: basis, False: "people of mid-2017"}))
    return made.rename(columns={"value": "weight"})[["area", "weight", "basis"]]


def _undivided(year: int) -> DataFrame:
    areas = area_years.areas_of(areas_at(year))["area"]
    return DataFrame({"area": areas, "weight": 1.0, "basis": AS_PUBLISHED})


def births(published: dict[str, DataFrame], singles: dict[int, DataFrame]) -> DataFrame:
    """Births to every mid-year that is held, by area then, in the columns of `population`.

    published: {source: area, mid_year, value}. A district that was several areas is shared by
    children of age 0 in mid-2017 (births to mid-2019: in mid-2019).
    """
    made = []
    for year, source in editions(BIRTHS).items():
        weights = (
            _undivided(year) if year > 2022 else _infants(2019 if year == 2019 else 2017, singles)
        )
        rows = spread(_of_areas(published[source], year), weights, areas_at(year))
        made.append(rows.assign(mid_year=year, what=BIRTHS, source=source))
    return pd.concat(made, ignore_index=True)


def _infants(base: int, singles: dict[int, DataFrame]) -> DataFrame:
    infants = singles[base][singles[base]["age"] == 0]
    basis = f"children of age 0 in mid-{base}"
    return infants.rename(columns={"people": "weight"}).assign(basis=basis)


def by_region(estimates: dict[str, DataFrame]) -> DataFrame:
    """England and its regions in each publication: mid_year, source, area, value.

    estimates: {source: area, mid_year, value}. `area` becomes England or the name of a region.
    """
    regions = reference.read("area_changes").drop_duplicates("area").set_index("area")["region"]
    table = pd.concat([rows.assign(source=source) for source, rows in estimates.items()])
    table = table[table["area"].str.fullmatch(people_files.AREA) & (table["mid_year"] >= FIRST)]
    keys = ["mid_year", "source"]
    regional = table.assign(area=table["area"].map(regions)).groupby([*keys, "area"])["value"].sum()
    total = table.groupby(keys)["value"].sum().reset_index().assign(area="England")
    return pd.concat([regional.reset_index(), total], ignore_index=True)


def read_singles(files: dict[str, Path]) -> dict[int, DataFrame]:
    """Single years of age of every mid-year that is held: {mid_year: area, age, people}.

    files: {source: path}: ONS's workbooks, R data files, and mid-2017's CSV, which is by name.
    """
    made = {}
    for year, source in editions(SINGLE_YEARS).items():
        path = files[source]
        if path.suffix == ".csv":
            made[year] = _singles_by_name(path, year)
        elif path.suffix == ".rda":
            made[year] = people_files.ages_of_r_file(path, path.stem)
        else:
            table = people_files.ages(path)
            made[year] = table[table["area"].str.fullmatch(people_files.AREA)]
    return made


def _singles_by_name(path: Path, year: int) -> DataFrame:
    named = published_files.ages_2017(path)
    first = area_years.areas_of(areas_at(FIRST)).set_index("name")["area"]
    unknown = sorted(set(named["name"]) - set(first.index))
    refuse(f"{path.name}: no area is called {name}." for name in unknown)
    area = named["name"].map(first).map(area_years.holders(areas_at(year)))
    return DataFrame({"area": area, "age": named["age"], "people": named["population"]})


def build(files: dict[str, Path], into: Path) -> None:
    """Write people, population_estimates and the files of single years, from the originals.

    files: {source: path} of every source in people_editions, and of workbooks held beside them.
    """
    singles = read_singles(files)
    both = people_files.components(files[BY_DISTRICT_OF_2020])
    of_people, of_births = (
        {BY_DISTRICT_OF_2020: both[both["what"] == what]} for what in (PEOPLE, BIRTHS)
    )
    books = {source: path for source, path in files.items() if path.suffix == ".xlsx"}
    of_people |= {source: people_files.estimates(path) for source, path in books.items()}
    later = {source: year for year, source in editions(BIRTHS).items() if source in books}
    of_births |= {
        source: people_files.births(books[source], year) for source, year in later.items()
    }
    table = pd.concat([population(of_people, singles), births(of_births, singles)])
    table_files.write(table, "people", into)
    table_files.write(by_region(of_people), "population_estimates", into)
    write_single_years(singles, into)


def write_single_years(singles: dict[int, DataFrame], into: Path) -> None:
    """Write a file a mid-year: area, age, people."""
    for year, table in singles.items():
        tidy = table[["area", "age", "people"]].sort_values(["area", "age"])
        text = tidy.to_csv(index=False, lineterminator="\n")
        write_whole(Path(into) / FOLDER / f"{year}.csv", text)
