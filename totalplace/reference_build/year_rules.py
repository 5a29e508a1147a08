"""What the rules of the years say of a year's lines: who spends, who decides, and the driver.

year_body_rules gives each line of each year its body, and year_body_names the body's name in that
year; year_controls who finances, provides and decides it; year_not_local_rules whether the money is
for the people of a place at all; year_driver_rules what shares it out. All hold for spans of years
and are matched as `spans` says.

Limits: police, fire, schools and housing benefit are told from other council lines by sub-function
alone, and no line of a council says which authority it is (council_split): revenue outturn splits
them. A driver is chosen by what the money is for; that its figures are there is not looked at here.
"""

from collections.abc import Iterable

import pandas as pd
from pandas import DataFrame, Series

from totalplace import reference
from totalplace.errors import InputError, first_few
from totalplace.reference_build import cra_years, spans

ADDED = {  # table of rules: the columns that it adds to a line, in this order
    "year_body_rules": ["body", "council_split"],
    "year_controls": ["funder", "deliverer", "discretion", "elected"],
    "year_not_local_rules": ["verdict"],
    "year_driver_rules": ["driver"],
}
LOCAL, NOT_LOCAL = "local", "not local"


def ruled_lines(year: str) -> DataFrame:
    """The lines of a year with who spends them, who decides, if they are local, and the driver.

    Columns of `cra_years.read_year`, those of ADDED, body_name, and for each table of rules the row
    that applies, by its label. Raises InputError with every kind of line that a table does not
    know, or knows twice.
    """
    lines = cra_years.read_year(year)
    for table, columns in ADDED.items():
        rules = reference.read(table)
        lines = spans.with_rules_of_year(lines, rules, columns, year, table)
    return lines.assign(body_name=lines["body"].map(body_names(year)))


def body_names(year: str) -> Series:
    """The names of bodies in a year, by body. Raises InputError where a body has two."""
    names = spans.of_year(reference.read("year_body_names"), year)
    if (twice := names["body"].duplicated()).any():
        bodies = first_few(names.loc[twice, "body"], 20)
        raise InputError(f"year_body_names, {year}: two names of {bodies}. Mend their spans.")
    return names.set_index("body")["name"]


def money_by_driver(years: Iterable[str]) -> DataFrame:
    """How much each driver shares out: driver, year, millions (£m), percent of that year.

    What is not for a place is a row of its own, "not local"; each year's rows add to England.
    """
    return _money({year: _sharing(ruled_lines(year)) for year in years}, "driver")


def money_not_local(years: Iterable[str]) -> DataFrame:
    """How much each rule takes out as not local: reason, year, millions (£m) and percent."""
    rules = reference.read("year_not_local_rules")
    lines = {year: ruled_lines(year) for year in years}
    reasons = {
        year: rows.assign(reason=rules.loc[rows["year_not_local_rules"], "reason"].array)
        for year, rows in lines.items()
    }
    table = _money(reasons, "reason")
    local = rules.loc[rules["verdict"] == LOCAL, "reason"]
    return table[~table["reason"].isin(local)].reset_index(drop=True)


def money_by_default(years: Iterable[str]) -> DataFrame:
    """How much rests on a department's default body, as no rule says more.

    Columns: department, year, millions (£m), percent of that year.
    """
    rules = reference.read("year_body_rules")
    keys = ["organisation", "segment", "sub_function", "sector", "economic"]
    default = rules.index[(rules[keys] == "").all(axis=1)]
    resting = {}
    for year in years:
        lines = ruled_lines(year)
        named = ~lines["year_body_rules"].isin(default)
        resting[year] = lines.assign(department=lines["department"].mask(named, ""))
    table = _money(resting, "department")
    return table[table["department"] != ""].reset_index(drop=True)


def _sharing(lines: DataFrame) -> DataFrame:
    return lines.assign(driver=lines["driver"].mask(lines["verdict"] == NOT_LOCAL, NOT_LOCAL))


def _money(lines: dict[str, DataFrame], by: str) -> DataFrame:
    """{year: lines} as a table of by, year, millions and percent, each year's largest first."""
    made = []
    for year, rows in lines.items():
        pence = rows.groupby(by)["pence"].sum().sort_values(ascending=False, kind="stable")
        percent = 100 * pence / pence.sum()
        made.append(DataFrame({"year": year, "millions": pence / 1e8, "percent": percent}))
    return pd.concat(made).rename_axis(by).reset_index()
