"""Rules that hold for a span of years: those of one year, and the one rule of each line in it.

A table of such rules has from and to (financial years, both included; a blank is an open end), key
columns of `apportion.RULE_KEYS` (blank: any), and what the rule says. from and to only choose the
rules of a year; they never count in the rank, so that two rules with equal keys whose spans overlap
are a tie, and an error.
"""

from collections.abc import Iterator

import pandas as pd
from pandas import DataFrame, Series

from totalplace import apportion
from totalplace.errors import InputError, refuse

NOTHING = "none"  # what a line has in a key that it has nothing in: no organisation before 2013-14
FIRST, LAST = "0000-00", "9999-99"
NO_RULE = -1


def of_year(table: DataFrame, year: str) -> DataFrame:
    """The rows of a table with from and to that hold in a year, with the labels they have."""
    begin, end = _spans(table)
    return table[(begin <= year) & (year <= end)]


def match_year(rules: DataFrame, lines: DataFrame, year: str, table: str) -> Series:
    """For each line of a year, the label of its one rule, as `apportion.match` finds it.

    Raises InputError with every kind of line that no rule knows, the largest first, or with every
    two rules that are equally specific for a line.
    """
    keys = rule_keys(rules)
    known = of_year(rules, year)[keys]
    if not (known == "").all(axis=1).any():
        known = pd.concat([known, DataFrame([dict.fromkeys(keys, "")], index=[NO_RULE])])
    kind = lines.groupby(keys, sort=False).ngroup()
    kinds = lines.loc[~kind.duplicated(), keys].reset_index(drop=True)
    found = apportion.match(known, kinds.mask(kinds == "", NOTHING), f"{table}, {year}")
    pence = lines.groupby(kind)["pence"].sum()
    refuse(_unknown(kinds.assign(pence=pence)[found == NO_RULE], f"{table}, {year}"))
    return Series(found.to_numpy()[kind], index=lines.index, name="rule")


def with_rules_of_year(
    lines: DataFrame, rules: DataFrame, columns: list[str], year: str, table: str
) -> DataFrame:
    """The lines of a year with `columns` of the rule of each; see `match_year`.

    Adds a column named after the table too: the label of the rule, which says why.
    """
    found = match_year(rules.drop(columns=columns), lines, year, table)
    said = rules.loc[found, columns]
    return lines.assign(**{column: said[column].array for column in columns}, **{table: found})


def check_spans(rules: DataFrame, keys: list[str], table: str) -> None:
    """Raise InputError with every span that ends before it begins, and every two rows of equal keys
    whose spans overlap; whether a line of today meets them or not."""
    begin, end = _spans(rules)
    refuse(
        f"{table}: row {row}: its span ends before it begins." for row in rules.index[begin > end]
    )
    refuse(_overlaps(rules.assign(begin=begin, end=end), keys, table))


def rule_keys(rules: DataFrame) -> list[str]:
    """The key columns that a table of rules has. Raises InputError for a table without one."""
    keys = [key for key in apportion.RULE_KEYS if key in rules]
    if not keys:
        raise InputError("a table of rules needs a key column, such as department or sub_function.")
    return keys


def _spans(table: DataFrame) -> tuple[Series, Series]:
    return table["from"].replace("", FIRST), table["to"].replace("", LAST)


def _overlaps(rules: DataFrame, keys: list[str], table: str) -> Iterator[str]:
    for key, rows in rules.sort_values("begin", kind="stable").groupby(keys, sort=False):
        latest, holder = "", None
        for row in rows.itertuples():
            if row.begin <= latest:
                named = " / ".join(cell for cell in key if cell) or "blank keys"
                rows = f"rows {holder} and {row.Index}"
                yield f"{table}: {rows} both hold in {row.begin} for {named}."
            if row.end > latest:
                latest, holder = row.end, row.Index


def _unknown(kinds: DataFrame, table: str) -> Iterator[str]:
    order = kinds["pence"].abs().sort_values(ascending=False, kind="stable").index
    for kind in kinds.loc[order].to_dict("records"):
        millions = kind.pop("pence") / 1e8
        yield f"{table}: no rule for {kind} (£{millions:,.1f}m). Add a row."
