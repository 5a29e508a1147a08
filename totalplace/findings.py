"""Croydon's printed findings put to the test: agrees, differs, cannot tell.

A finding is a share of the children's theme (findings.csv says between which values it would agree). It is worked out three
times: with every assumption at its central value, and with all assumptions leaning one way and then the other, as far as
their ranges allow. It agrees, or differs, where all three do; where they part, our figures cannot tell. Each is worked out
of services alone and of services with benefits, for the publication does not say which base it took.
"""

import pandas as pd

from totalplace import deep_dive, flows, reference
from totalplace.apportion import RULE_KEYS
from totalplace.count import total_by

BASES = ("services", "services and benefits")
BENEFITS = "demand-led transfer"
EARLY, LATE = [-1, 0, 1, 2], [3, 4, 5, 6, 7]
AWAY, CENTRAL, TOWARDS = CASES = ["away", "central", "towards"]


def lines(ledger, table):
    """The lines with a part in the theme, with their rule; those that every rule takes alike added up, for all goes at them.

    ledger: with control flags. table: of deep_dive.rules.
    """
    together = total_by(ledger, *(key for key in RULE_KEYS if key in ledger))
    ruled = deep_dive.with_theme_rule(together, table)
    return ruled[ruled["rule"].isin(table.loc[table["tier"] != deep_dive.OUT, "rule"])].reset_index(
        drop=True
    )


def of_parts(lines, table, column, value):
    """The share of a theme that is of one kind, as (base, low, central, high): of_parts(lines, rules, "tier", "universal").

    lines: of `lines`. table: of deep_dive.rules. column: tier, recipient or stage.
    """
    dive = _in_each_case(total_by(lines, "rule", "discretion"), table, table[column] == value)
    return _by_base(dive, dive[column] == value)


def of_payer(lines, table, place, payer, ages):
    """The share that a payer has of the children's theme at some ages, as (base, low, central, high).

    Leaning towards it, its parts are high and lie at these ages, those of others are low and lie at other ages.
    """
    paid = total_by(
        flows.with_payer(flows.with_age_profile(lines)), "rule", "profile", "payer", "discretion"
    )
    dive = _in_each_case(paid, table, flows.with_payer(table)["payer"] == payer)
    there = (dive["payer"] == payer) == (dive["case"] == TOWARDS)
    dive = dive.assign(
        lean=there.map({True: "these ages", False: "others"}).where(
            dive["case"] != CENTRAL, CENTRAL
        )
    )
    weights = {CENTRAL: "weight", "these ages": flows.weights_at_bounds(ages),
               "others": flows.weights_at_bounds([age for age in flows.AGES if age not in ages])}  # fmt: skip
    shares = pd.concat(
        [flows.age_shares(place, weight).assign(lean=lean) for lean, weight in weights.items()]
    )
    flow = flows.apportion_to_ages(dive, place, shares)
    flow = flow[flow["age"].isin(ages)]
    return _by_base(flow, flow["payer"] == payer)


def _in_each_case(lines, table, favoured):
    """What of the lines is in the theme in each case: assumptions leaning away from the favoured rows, central, and to them."""
    leans = {
        AWAY: deep_dive.shares_at_bounds(table, ~favoured),
        CENTRAL: table["share"],
        TOWARDS: deep_dive.shares_at_bounds(table, favoured),
    }
    cases = pd.concat(
        [table.assign(case=case, share=lean) for case, lean in leans.items()], ignore_index=True
    )
    each = lines.merge(pd.DataFrame({"case": CASES}), how="cross")
    return deep_dive.in_theme(deep_dive.apportion_by_rule(each, cases, ["case", "rule"]))


def _by_base(spread, chosen):
    """The chosen part of what is there in each case, for each base: base, low, central, high (0 to 1)."""
    rows = []
    for base in BASES:
        kept = (spread["discretion"] != BENEFITS) | (base != "services")
        part, whole = (_by_case(spread[which]) for which in (kept & chosen, kept))
        share = part / whole
        rows.append([base, share.min(), share[CENTRAL], share.max()])
    return pd.DataFrame(rows, columns=["base", "low", "central", "high"])


def _by_case(spread):
    """Pence of each case, in their order."""
    return spread.groupby("case")["pence"].sum().reindex(CASES, fill_value=0)


def verdicts(measured):
    """Printed findings beside ours: printed, base, low, central, high (0 to 1), verdict, agrees_where, what_would_decide.

    measured: name of a finding (findings.csv) -> table of `of_parts` or `of_payer`.
    """
    known = reference.read("findings").set_index("finding")
    table = pd.concat(
        [table.assign(finding=name) for name, table in measured.items()], ignore_index=True
    )
    told = table.join(known, on="finding")
    told["verdict"] = [_verdict(row) for row in told.itertuples()]
    told = told.rename(columns={"test": "agrees_where", "decide": "what_would_decide"})
    return told[
        [
            "printed",
            "base",
            "low",
            "central",
            "high",
            "verdict",
            "agrees_where",
            "what_would_decide",
        ]
    ]


def tally(verdicts):
    """How many tests there are and how many agree."""
    return {"tests": len(verdicts), "agree": int((verdicts["verdict"] == "agrees").sum())}


def _verdict(row):
    """Agrees or differs where it does at every value of the range; else our figures cannot tell."""
    least, most = row.at_least / 100, row.at_most / 100
    if least <= row.low and row.high <= most:
        return "agrees"
    return "differs" if row.high < least or row.low > most else "cannot tell"
