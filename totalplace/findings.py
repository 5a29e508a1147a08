"""Croydon's published findings put to the test: agrees, differs, cannot tell.

A finding is a share of the children's theme; findings.csv says which, and between which values it
would agree. It is worked out three times: with every assumption at its central value, and with all
of them as far one way and then the other as their ranges allow. It agrees, or differs, where all
three do; else our figures cannot tell. Each is of services alone and of services with benefits, for
the publication does not say which base it took.
"""

import pandas as pd
from pandas import DataFrame, Series

from totalplace import deep_dive, flows, reference
from totalplace.apportion import RULE_KEYS
from totalplace.control import BENEFITS
from totalplace.count import total_by
from totalplace.places import Place

BASES = ("services", "services and benefits")
AGAINST, CENTRAL, FOR = CASES = ["against", "central", "for"]


def verdicts(flagged: DataFrame, rules: DataFrame, place: Place, findings: list[str]) -> DataFrame:
    """Findings, as findings.csv names them, beside our own shares, each on two bases.

    flagged: of control.with_control_flags. rules: of the children's theme. Columns
    published_finding, base, low, central, high (0 to 1), verdict.
    """
    known = reference.read("findings").set_index("finding").loc[findings]
    lines = theme_lines(flagged, rules)
    tables = []
    for finding in known.itertuples():
        if finding.column == "payer":
            ages = [int(age) for age in finding.ages.split()]
            measured = payer_share_range(lines, rules, place, finding.value, ages)
        else:
            measured = share_range(lines, rules, finding.column, finding.value)
        bounds = finding.at_least / 100, finding.at_most / 100
        verdict = [_verdict(row.low, row.high, *bounds) for row in measured.itertuples()]
        measured.insert(0, "published_finding", finding.published_finding)
        tables.append(measured.assign(verdict=verdict))
    return pd.concat(tables, ignore_index=True)


def tests(findings: list[str]) -> DataFrame:
    """How findings are tested: published_finding, agrees_where, what_would_decide."""
    known = reference.read("findings").set_index("finding").loc[findings]
    return known[["published_finding", "agrees_where", "what_would_decide"]].reset_index(drop=True)


def tally(verdicts: DataFrame) -> dict:
    """How many tests there are and how many agree: {"tests": 4, "agree": 1}."""
    return {"tests": len(verdicts), "agree": int((verdicts["verdict"] == "agrees").sum())}


def theme_lines(flagged: DataFrame, rules: DataFrame) -> DataFrame:
    """The lines in the theme with their rule; those that every rule treats alike are added up."""
    alike = total_by(flagged, *(key for key in RULE_KEYS if key in flagged))
    ruled = deep_dive.with_theme_rule(alike, rules)
    inside = rules.loc[rules["tier"] != deep_dive.OUT, "rule"]
    return ruled[ruled["rule"].isin(inside)].reset_index(drop=True)


def share_range(lines: DataFrame, rules: DataFrame, column: str, value: str) -> DataFrame:
    """The share of a theme that is of one kind: base, low, central, high (0 to 1).

    lines: of `theme_lines`. column and value: as "tier" and "universal", or of recipient or stage.
    """
    dive = _in_each_case(total_by(lines, "rule", "discretion"), rules, rules[column] == value)
    return _by_base(dive, dive[column] == value)


def payer_share_range(
    lines: DataFrame, rules: DataFrame, place: Place, payer: str, ages: list[int]
) -> DataFrame:
    """The share of a payer in the children's theme at some ages: base, low, central, high (0 to 1).

    In its favour, its own parts are high and weigh most at these ages, those of others are low and
    weigh most at other ages; and the reverse.
    """
    profiled = flows.with_payer(flows.with_age_profile(lines))
    paid = total_by(profiled, "rule", "profile", "payer", "discretion")
    dive = _in_each_case(paid, rules, flows.with_payer(rules)["payer"] == payer)
    here = (dive["payer"] == payer) == (dive["case"] == FOR)
    weighted = here.map({True: "these ages", False: "other ages"})
    dive = dive.assign(weighted=weighted.where(dive["case"] != CENTRAL, CENTRAL))
    table = reference.read("ages")
    these = table["age"].isin(ages)
    weights = {
        CENTRAL: table["weight"],
        "these ages": at_bounds(table, these),
        "other ages": at_bounds(table, ~these),
    }
    shares = [
        flows.age_shares(place, table.assign(weight=weight)).assign(weighted=name)
        for name, weight in weights.items()
    ]
    flow = flows.apportion_to_ages(dive, place, pd.concat(shares))
    flow = flow[flow["age"].isin(ages)]
    return _by_base(flow, flow["payer"] == payer)


def at_bounds(table: DataFrame, favoured: Series) -> Series:
    """Values at the ends of their ranges: of `favoured` rows the high ones, of others the low."""
    return table["high"].where(favoured, table["low"])


def _in_each_case(lines: DataFrame, rules: DataFrame, favoured: Series) -> DataFrame:
    """What is in the theme with assumptions against the favoured rows, central, and for them."""
    shares = {
        AGAINST: at_bounds(rules, ~favoured),
        CENTRAL: rules["share"],
        FOR: at_bounds(rules, favoured),
    }
    cases = pd.concat([rules.assign(case=case, share=share) for case, share in shares.items()])
    each = lines.merge(DataFrame({"case": CASES}), how="cross")
    split = deep_dive.apportion_by_rule(each, cases.reset_index(drop=True), ("case", "rule"))
    return deep_dive.in_theme(split)


def _by_base(lines: DataFrame, chosen: Series) -> DataFrame:
    """The chosen part of the lines in all cases, by base: base, low, central, high (0 to 1)."""
    lines, rows = lines.assign(chosen=lines["pence"].where(chosen, 0)), []
    for base in BASES:
        kept = lines[(lines["discretion"] != BENEFITS) | (base != "services")]
        sums = kept.groupby("case")[["chosen", "pence"]].sum().reindex(CASES, fill_value=0)
        share = sums["chosen"] / sums["pence"]
        rows.append([base, share.min(), share[CENTRAL], share.max()])
    return DataFrame(rows, columns=["base", "low", "central", "high"])


def _verdict(low: float, high: float, at_least: float, at_most: float) -> str:
    """Agrees or differs where it does at every value of the range; else our figures cannot tell."""
    if at_least <= low and high <= at_most:
        return "agrees"
    return "differs" if high < at_least or low > at_most else "cannot tell"
