"""Who controls the money: who finances, who provides, what they may decide, and whether an elected local body answers for it.

Published shares of "local" money differ by a factor of ten because their definitions do; each is tried here on one count.
"""

import pandas as pd

from totalplace import reference
from totalplace.apportion import with_rule_columns
from totalplace.count import total_by
from totalplace.ledger import without_withheld

BENEFITS = "demand-led transfer"


def services_and_benefits(ledger):
    """Two totals: {"services": pence, "benefits": pence of demand-led transfers}; what is withheld is in neither."""
    flagged = with_control_flags(without_withheld(ledger))
    benefits = flagged["discretion"] == BENEFITS
    return {
        "services": int(flagged.loc[~benefits, "pence"].sum()),
        "benefits": int(flagged.loc[benefits, "pence"].sum()),
    }


def with_control_flags(ledger):
    """The count with the flags of controls.csv on each line: funder, deliverer, discretion, elected."""
    flags = ["funder", "deliverer", "discretion", "elected"]
    return with_rule_columns(ledger, reference.read("controls"), flags, "controls.csv")


def local_control(ledger):
    """What is under local control, by each definition that published shares of it used.

    Columns definition, name, pence and share (missing where our figures allow no test of it), published (per cent, as
    text), published_by, note, source.
    """
    flagged = total_by(with_control_flags(ledger), "body", "cofog", "discretion", "elected")
    rules = reference.read("control_definitions")
    pence = pd.Series(
        {name: _under(flagged, part) for name, part in rules.groupby("definition", sort=False)},
        dtype="Int64",
    )
    table = rules.drop_duplicates("definition").set_index("definition")
    low, high = table["published_low"], table["published_high"]
    span = (low + " to " + high).where(
        (low != "") & (low != high), high.where(low != "", "under " + high)
    ) + "%"
    table = table.assign(
        pence=pence, share=pence / ledger["pence"].sum(), published=span
    ).reset_index()
    return table[
        ["definition", "name", "pence", "share", "published", "published_by", "note", "source"]
    ]


def _under(flagged, rules):
    """The pence of the lines that a definition takes in; missing where it has no test."""
    if (rules["in_or_out"] == "").any():
        return pd.NA
    verdict = with_rule_columns(
        flagged, rules[["body", "cofog", "discretion", "elected", "in_or_out"]], ["in_or_out"]
    )["in_or_out"]
    return int(flagged.loc[verdict == "in", "pence"].sum())


def range_of_local(definitions, total):
    """The least and the most that is local, as (pence, total), over the definitions that our figures allow."""
    counted = definitions["pence"].dropna()
    return {"low": (int(counted.min()), total), "high": (int(counted.max()), total)}
