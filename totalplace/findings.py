"""Croydon's printed findings put to the test: agrees, differs, cannot tell.

A finding is a share of the children's theme (findings.csv says between which values it would agree). It is worked out three
times: with every assumption at its central value, and with all assumptions leaning one way and then the other, as far as
their ranges allow. It agrees, or differs, where all three do; where they part, our figures cannot tell. Each is worked out
of services alone and of services with benefits, for the publication does not say which base it took.
"""

import pandas as pd

from totalplace import deep_dive, flows, reference
from totalplace.apportion import RULE_KEYS
from totalplace.count import count

BASES = ("services", "services and benefits")
BENEFITS = "demand-led transfer"
EARLY, LATE = [-1, 0, 1, 2], [3, 4, 5, 6, 7]


def of_parts(ledger, table, column, value):
    """The share of a theme that is of one kind, as (base, low, central, high): of_parts(ledger, rules, "tier", "universal").

    ledger: with control flags. table: of deep_dive.rules. column: tier, recipient or stage.
    """
    lines = count(_lines(ledger, table), "rule", "discretion")
    favoured = table[column] == value
    cases = [deep_dive.leaning(table, ~favoured)["lean"], table["share"], deep_dive.leaning(table, favoured)["lean"]]
    dives = [deep_dive.in_scope(deep_dive.shared(lines, table.assign(case=case), "case")) for case in cases]
    return _by_base(dives, lambda dive: dive[column] == value)


def of_payer(ledger, table, place, payer, ages):
    """The share that a payer has of the children's theme at some ages, as (base, low, central, high).

    Leaning towards it, its parts are high and lie at these ages, those of others are low and lie at other ages.
    """
    lines = count(flows.with_payer(flows.profiled(_lines(ledger, table))), "rule", "profile", "payer", "discretion")
    paid = flows.with_payer(table)["payer"] == payer
    others = [age for age in flows.AGES if age not in ages]
    cases = [(deep_dive.leaning(table, ~paid)["lean"], others, ages), (table["share"], None, None),
             (deep_dive.leaning(table, paid)["lean"], ages, others)]  # fmt: skip
    spread = [_spread(lines, table.assign(case=case), place, payer, its, theirs) for case, its, theirs in cases]
    return _by_base([flow[flow["age"].isin(ages)] for flow in spread], lambda flow: flow["payer"] == payer)


def _lines(ledger, table):
    """The lines with a part in the theme, with their rule; those that every rule takes alike added up, for six goes at them."""
    together = count(ledger, *(key for key in RULE_KEYS if key in ledger))
    ruled = deep_dive.ruled(together, table)
    return ruled[ruled["rule"].isin(table.loc[table["tier"] != deep_dive.OUT, "rule"])].reset_index(drop=True)


def _spread(lines, table, place, payer, its, theirs):
    """The theme by age, the payer's lines leaning towards some ages and the others' towards others (None: central weights)."""
    dive = deep_dive.in_scope(deep_dive.shared(lines, table, "case"))
    parts = [(dive[dive["payer"] == payer], its), (dive[dive["payer"] != payer], theirs)]
    return pd.concat([flows.over_ages(part, place, "weight" if ages is None else flows.leaning(ages)) for part, ages in parts])


def _by_base(cases, chosen):
    """The chosen part of each case for each base: base, low, central, high (0 to 1)."""
    rows = []
    for base in BASES:
        kept = [case if base != "services" else case[case["discretion"] != BENEFITS] for case in cases]
        rows.append([base, *(case.loc[chosen(case), "pence"].sum() / case["pence"].sum() for case in kept)])
    table = pd.DataFrame(rows, columns=["base", "one_way", "central", "other_way"])
    ways = table[["one_way", "central", "other_way"]]
    return table.assign(low=ways.min(axis=1), high=ways.max(axis=1))[["base", "low", "central", "high"]]


def verdicts(measured):
    """Printed findings beside ours: printed, base, low, central, high (0 to 1), verdict, agrees_where, what_would_decide.

    measured: name of a finding (findings.csv) -> table of `of_parts` or `of_payer`.
    """
    known = reference.read("findings").set_index("finding")
    table = pd.concat([table.assign(finding=name) for name, table in measured.items()], ignore_index=True)
    told = table.join(known, on="finding")
    told["verdict"] = [_verdict(row) for row in told.itertuples()]
    told = told.rename(columns={"test": "agrees_where", "decide": "what_would_decide"})
    return told[["printed", "base", "low", "central", "high", "verdict", "agrees_where", "what_would_decide"]]


def tally(verdicts):
    """How many tests there are and how many agree."""
    return {"tests": len(verdicts), "agree": int((verdicts["verdict"] == "agrees").sum())}


def _verdict(row):
    """Agrees or differs where it does at every value of the range; else our figures cannot tell."""
    least, most = row.at_least / 100, row.at_most / 100
    if least <= row.low and row.high <= most:
        return "agrees"
    return "differs" if row.high < least or row.low > most else "cannot tell"
