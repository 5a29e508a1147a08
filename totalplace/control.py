"""Who controls the money: who finances, who provides, what they may decide, who answers for it.

Published shares of "local" money differ by a factor of ten because their definitions do; each is
tried here on one count.
"""

import pandas as pd
from pandas import DataFrame, Series

from totalplace import disclosure, estimate, reference
from totalplace.apportion import with_rule_columns
from totalplace.count import pence_of, total_by, with_body_names
from totalplace.ledger import without_withheld
from totalplace.places import Place
from totalplace.returns.programmes import split_like_estimates

BENEFITS = "demand-led transfer"
FLAGS = ["funder", "deliverer", "discretion", "elected"]


def with_control_flags(lines: DataFrame, rules: DataFrame | None = None) -> DataFrame:
    """The lines with funder, deliverer, discretion and elected on each line.

    rules: in place of controls.csv. Raises InputError for a line with no rule, or with two.
    """
    rules = reference.read("controls") if rules is None else rules
    return with_rule_columns(lines, rules, FLAGS, "controls.csv")


def count_by_programme(place: Place, year: str, scope: str, audience: str) -> DataFrame:
    """The count as an audience may see it, for themes, with the names of bodies and control flags.

    Themes go by programme: what was returned as one sum is split like the estimates it replaces.
    """
    counted, _ = disclosure.count_for_audience(place, year, scope, audience)
    alike = split_like_estimates(counted.ledger, estimate.first_count(place, year))
    return with_control_flags(with_body_names(alike))


def with_base(flagged: DataFrame) -> DataFrame:
    """A ledger of `with_control_flags` with base: Benefits (demand-led transfers) or Services."""
    names = {True: "Benefits", False: "Services"}
    return flagged.assign(base=flagged["discretion"].eq(BENEFITS).map(names))


def headlines(flagged: DataFrame, definitions: DataFrame) -> dict:
    """Facts of who controls a count, for captions. definitions: of `local_control`.

    services, benefits and withheld in pence; local_low and local_high, the least and the most that
    is local by one of the definitions, each as (pence, pence of all).
    """
    shown = with_base(without_withheld(flagged))
    counted = definitions["pence"].dropna()
    return {
        "services": pence_of(shown[shown["base"] == "Services"]),
        "benefits": pence_of(shown[shown["base"] == "Benefits"]),
        "withheld": pence_of(flagged) - pence_of(shown),
        "local_low": (int(counted.min()), pence_of(flagged)),
        "local_high": (int(counted.max()), pence_of(flagged)),
    }


def local_control(flagged: DataFrame) -> DataFrame:
    """What is under local control, by each definition that published shares of it used.

    flagged: a ledger of `with_control_flags`. Columns definition, published (per cent, as text),
    published_by, pence and share (missing where our figures allow no test of the definition).
    """
    summed = total_by(flagged, "body", "cofog", "discretion", "elected")
    rules = reference.read("control_definitions")
    parts = {name: _pence_under(summed, part) for name, part in rules.groupby("definition")}
    table = rules.drop_duplicates("definition", ignore_index=True)
    pence = table["definition"].map(Series(parts, dtype="Int64"))
    published = _published_span(table["published_low"], table["published_high"])
    table = table.assign(definition=table["name"], published=published, pence=pence)
    table["share"] = pence / pence_of(flagged)
    return table[["definition", "published", "published_by", "pence", "share"]]


def readings() -> DataFrame:
    """How we read each definition of local control, and where it was published."""
    table = reference.read("control_definitions").drop_duplicates("definition", ignore_index=True)
    table = table.assign(definition=table["name"], our_reading=table["note"])
    return table[["definition", "published_by", "our_reading", "source"]]


def _published_span(low: Series, high: Series) -> Series:
    """Published shares in words: "37 to 49%", "15%", "under 25%"."""
    one = high.where(low != "", "under " + high)
    return (low + " to " + high).where((low != "") & (low != high), one) + "%"


def _pence_under(summed: DataFrame, rules: DataFrame):
    """The pence of the lines that a definition takes in; missing where it has no test."""
    if (rules["in_or_out"] == "").any():
        return pd.NA
    keys = ["body", "cofog", "discretion", "elected"]
    verdict = with_rule_columns(summed, rules[[*keys, "in_or_out"]], ["in_or_out"])["in_or_out"]
    return pence_of(summed[verdict == "in"])
