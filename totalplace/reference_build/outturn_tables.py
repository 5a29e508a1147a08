"""Revenue and capital outturn of every year by authority, as the project's own tables.

authority_outturn/<year>.csv has what each authority spent on each service; authority_returns/
<year>.csv how each is published: its code, ONS code, name and class. Authorities are
known by DCLG's code, which lasts as long as the authority does; three codes of single years are put
right by authority_corrections.csv.

Nothing is filled in. A service that is not in authority_outturn is nothing where the authority
returned, and not known where outturn_not_given or the return's mark says so; outturn_missing lists
the authorities without any figures. outturn_totals sets what the authorities add to beside
England's row: the two are the same to a thousand pounds or so where nobody is missing; from 2022-23
England is grossed up.
"""

from collections.abc import Iterable
from pathlib import Path

import pandas as pd
from pandas import DataFrame

from totalplace import reference
from totalplace.errors import InputError, first_few
from totalplace.reference_build import outturn_files, table_files, year_files

OUTTURN, RETURNS = "authority_outturn", "authority_returns"  # the tables with a file a year
TOTAL = {"revenue": "net_current", "capital": "capital_total"}
NO_ROW = "no row"
SECTIONS = ["year", "account"]
TABLES = ["outturn_totals", "outturn_not_given", "outturn_missing"]


def read_returns(files: dict[str, Path]) -> DataFrame:
    """Every return of outturn_files.csv as one table; files: {source: path}.

    Adds year, account and authority to the columns of `outturn_files.read_return`.
    """
    labels = reference.read("outturn_labels")
    table = pd.concat(
        [
            outturn_files.read_return(files[row.source], row.sheet, row.account, labels).assign(
                year=row.year, account=row.account
            )
            for row in reference.read("outturn_files").itertuples()
        ],
        ignore_index=True,
    )
    return with_authority(table, reference.read("authority_corrections"))


def with_authority(returns: DataFrame, corrections: DataFrame) -> DataFrame:
    """The returns with `authority`: the published code, or what a correction makes of it.

    Raises InputError for a correction of a code that the year does not have.
    """
    keys = [*SECTIONS, "code"]
    table = returns.merge(corrections[[*keys, "authority"]], on=keys, how="left", validate="m:1")
    found = table.dropna(subset="authority")[keys].drop_duplicates()
    if len(found) != len(corrections):
        raise InputError("authority_corrections.csv: a code that is not in the return of its year.")
    return table.assign(authority=table["authority"].fillna(table["code"]))


def build(files: dict[str, Path], into: Path) -> dict[str, DataFrame]:
    """Write the files of every year and the tables of totals, gaps and authorities missing.

    Returns the tables that are not by year, and "returns", all that was read.
    """
    returns = read_returns(files)
    english, own = returns["code"] == "", returns[returns["code"] != ""]
    for year, rows in own.groupby("year"):
        year_files.write(services(rows), OUTTURN, str(year), into)
        year_files.write(standings(rows), RETURNS, str(year), into)
    made = {
        "outturn_totals": totals(own, returns[english]),
        "outturn_not_given": not_given(own),
        "outturn_missing": missing(own),
    }
    for name, table in made.items():
        table_files.write(table, name, into)
    return made | {"returns": returns}


def services(returns: DataFrame) -> DataFrame:
    """What was given and is not nothing: authority, service, pence."""
    given = returns[(returns["mark"] == "") & (returns["pence"] != 0)]
    return given[["authority", "service", "pence"]]


def standings(returns: DataFrame) -> DataFrame:
    """Each authority as returned: authority, account, code, gss, name, class, mark."""
    whole = returns[returns["service"] == returns["account"].map(TOTAL)]
    return whole[["authority", "account", "code", "gss", "name", "class", "mark"]]


def not_given(returns: DataFrame) -> DataFrame:
    """The services without a figure of authorities that gave others: with what is printed."""
    key = [*SECTIONS, "authority"]
    silent = returns.loc[_silent(returns), key].drop_duplicates()
    blank = returns[returns["mark"] != ""].merge(silent, on=key, how="left", indicator=True)
    return blank.loc[blank["_merge"] == "left_only", [*key, "service", "mark"]]


def missing(returns: DataFrame) -> DataFrame:
    """The authorities of a year of which nothing is known: year, account, authority, mark, reason.

    Those whose total has a mark in place of a figure, and those without a row in a year between
    two others of the same account.
    """
    key = [*SECTIONS, "authority"]
    marked = returns.loc[_silent(returns), [*key, "mark"]]
    marks = reference.read("outturn_marks")
    both = pd.concat([marked, _without_row(returns)], ignore_index=True)
    return both.merge(marks, on="mark", how="left", validate="m:1")


def _silent(returns):
    return (returns["mark"] != "") & (returns["service"] == returns["account"].map(TOTAL))


def _without_row(returns: DataFrame) -> DataFrame:
    """The years between the first and the last return of an authority in which it has no row."""
    rows: list[tuple[str, str, str, str]] = []
    for account, part in returns.groupby("account"):
        years = sorted(part["year"].unique())
        for authority, own in part.groupby("authority")["year"].unique().items():
            between = {year for year in years if min(own) < year < max(own)}
            absent = sorted(between - set(own))
            rows += [(year, str(account), str(authority), NO_ROW) for year in absent]
    return DataFrame(rows, columns=[*SECTIONS, "authority", "mark"])


def totals(returns: DataFrame, england: DataFrame) -> DataFrame:
    """What the authorities add to, beside England's row as published, by service.

    Columns year, account, service, authorities (how many gave a figure), pence (their sum),
    published (blank where England has a note instead) and difference.
    """
    key = [*SECTIONS, "service"]
    given = returns[returns["mark"] == ""].groupby(key)["pence"].agg(["size", "sum"])
    stated = england[england["mark"] == ""].set_index(key)["pence"]
    table = given.rename(columns={"size": "authorities", "sum": "pence"})
    table = table.assign(published=stated.reindex(table.index)).reset_index()
    if unknown := first_few(table.loc[table["published"].isna(), "service"]):
        raise InputError(f"England's row has no figure of {unknown}.")
    table = table.astype({"published": "int64"})
    return table.assign(difference=table["pence"] - table["published"])


def figures(year: str, service: str, folder: Path | None = None) -> DataFrame:
    """What each authority of a year spent on a service: authority, class, pence.

    Has a row for every authority that gave a figure, nothing spent too (0); those that gave none
    are not in it. Raises InputError for a service that the year does not have.
    """
    table = year_files.read(OUTTURN, year, folder)
    chosen = table[table["service"] == service]
    if chosen.empty:
        known = first_few(table["service"].unique(), 80)
        raise InputError(f"{year}: no outturn of {service!r}. It has {known}.")
    rows = _standing(year, service, folder)
    pence = rows["authority"].map(chosen.set_index("authority")["pence"])
    return rows[["authority", "class"]].assign(pence=pence.fillna(0).astype("int64"))


def _standing(year: str, service: str, folder: Path | None) -> DataFrame:
    """The authorities that gave a figure of a service, from their returns."""
    accounts = reference.read("outturn_services").set_index("service")["account"]
    table = year_files.read(RETURNS, year, folder)
    table = table[(table["account"] == accounts[service]) & (table["mark"] == "")]
    silent = reference.read("outturn_not_given")
    silent = silent[(silent["year"] == year) & (silent["service"] == service)]
    return table[~table["authority"].isin(silent["authority"])].reset_index(drop=True)


def added(year: str, services: Iterable[str], folder: Path | None = None) -> DataFrame:
    """Several services of a year as one, for those that gave all of them: authority, pence."""
    parts = [figures(year, name, folder).set_index("authority")["pence"] for name in services]
    total = pd.concat(parts, axis=1, join="inner").sum(axis=1)
    return total.rename("pence").rename_axis("authority").reset_index()
