"""Funding flows: the children's theme by single year of age, and who pays at each age.

Each line of the theme has an age profile (age_rules.csv): spending on one child of each age beside
the others, from pregnancy (-1) to 7 (ages.csv). Times the place's own children of each age it gives
the line's shares: a place with no child of an age gets nothing at that age.
Known limits: children by single year are those eight years older in 2017; a profile is the same for
every place.
"""

import pandas as pd
from pandas import DataFrame

from totalplace import estimate, reference
from totalplace.apportion import apportion, blank_faults, with_rule_columns
from totalplace.count import cross_table, pence_by, pence_of, ranked_by, share_of, total_by
from totalplace.errors import InputError, first_few, refuse
from totalplace.places import Place

THREE = 3  # the birthday at which Croydon found that the lead changes
WHEN = {True: "before the third birthday", False: "after it"}
FIRMNESS = ["published", "worked out", "assumption"]  # firmest first


@reference.cached_until_data_changes
def children_by_age(place: Place) -> DataFrame:
    """The children of a place: age (-1 is pregnancy), band, age_label, children (people)."""
    bands = reference.read("age_bands").drop(columns="reason")
    bands = bands.sort_values("age", ignore_index=True)
    return bands.assign(children=[estimate.people(place, f"age_{age}") for age in bands["age"]])


def by_age(dive: DataFrame, place: Place, weights: DataFrame | None = None) -> DataFrame:
    """The lines of the children's theme over single years of age, to the penny.

    dive: of deep_dive.in_theme. weights: profile, age, weight, in place of those of ages.csv.
    Adds profile, age, age_share, age_basis, band and age_label. Raises InputError for a line with
    no profile, and for a profile with no weight at all in this place.
    """
    return apportion_to_ages(with_age_profile(dive), place, age_shares(place, weights))


def with_age_profile(dive: DataFrame, rules: DataFrame | None = None) -> DataFrame:
    """The lines with the `profile` of each. Raises InputError for a line with none, or with two.

    rules: in place of age_rules.csv.
    """
    rules = reference.read("age_rules") if rules is None else rules
    rules = reference.check_frame(rules, ["profile"], "rules of ages")
    return with_rule_columns(dive, rules, ["profile"], "age_rules.csv")


def apportion_to_ages(ruled: DataFrame, place: Place, shares: DataFrame) -> DataFrame:
    """Lines with a profile over single years of age, as `by_age` does. shares: of `age_shares`."""
    if unknown := first_few(sorted(set(ruled["profile"]) - set(shares["profile"]))):
        raise InputError(
            f"ages.csv has no profile {unknown} with a weight in {place.name},"
            " which age_rules.csv asks for."
        )
    spread = apportion(ruled, shares, "age")
    labels = children_by_age(place).drop(columns="children")
    return spread.merge(labels, on="age", how="left", validate="m:1")


def age_shares(place: Place, weights: DataFrame | None = None) -> DataFrame:
    """Shares of each profile over ages, weight x children of a place: profile, age, share, basis.

    weights: as in `by_age`. Raises InputError where their rows are not those of ages.csv.
    """
    keys = ["profile", "age"]
    ages = reference.read("ages").set_index(keys)
    given = ages
    if weights is not None:
        given = reference.check_frame(weights, [*keys, "weight"], "weights")
        given = reference.check_numbers(given, ["age", "weight"], "weights").set_index(keys)
        twice = given.index[given.index.duplicated()]
        refuse(f"weights: {profile}, age {age} is there twice." for profile, age in twice)
        if (given["weight"] < 0).any():
            raise InputError("weights: a weight is negative.")
    differing = ages.index.symmetric_difference(given.index)
    if len(differing):
        raise InputError(
            "weights must have one row for each profile and age of ages.csv; they differ at"
            f" {first_few(f'{profile}, age {age}' for profile, age in differing)}."
        )
    table = ages.assign(weight=given["weight"]).reset_index()
    children = children_by_age(place)[["age", "children"]]
    table = table.merge(children, on="age", how="left", validate="m:1")
    table = table.assign(part=table["weight"] * table["children"])
    total = table.groupby("profile")["part"].transform("sum")
    shares = table.assign(share=table["part"] / total)[total > 0]
    return shares[["profile", "age", "share", "basis"]]


def with_payer(lines: DataFrame, payers: DataFrame | None = None) -> DataFrame:
    """The lines with who pays; bodies that payers.csv does not have are Others.

    payers: body, payer; in place of payers.csv.
    """
    payers = reference.read("payers") if payers is None else payers
    payers = reference.check_frame(payers, ["body", "payer"], "payers")
    unknown = set(payers["body"]) - set(reference.read("bodies")["body"])
    blank = blank_faults(payers, ["body", "payer"], "payers")
    twice = payers["body"][payers["body"].duplicated()]
    refuse([*blank, *(f"payers: bodies.csv has no body {body!r}." for body in map(str, unknown))])
    refuse(f"payers: {body!r} has two payers." for body in twice)
    known = payers.set_index("body")["payer"]
    return lines.assign(payer=lines["body"].map(known).fillna("Others"))


def headlines(flow: DataFrame, place: Place) -> dict:
    """Facts of a flow for captions. flow: of `by_age` and `with_payer`.

    A share is (pence, pence of all); payers, financing and per_child are pence by name. Early and
    late are before the third birthday and after it.
    """
    early, late = flow[flow["age"] < THREE], flow[flow["age"] >= THREE]
    facts: dict = {"total": pence_of(flow), "early_share": (pence_of(early), pence_of(flow))}
    for name, part in {"": flow, "early_": early, "late_": late}.items():
        payers = pence_by(part, "payer")
        facts |= {
            f"{name}payers": payers,
            f"{name}payer_share": (int(payers.max()), pence_of(part)),
        }
    ages = per_child(flow, place).query("children > 0")
    ages.index = ("at " + ages["age_label"].str.lower()).replace("at pregnancy", "in pregnancy")
    return facts | {
        "per_child": ages["pence"] / ages["children"],
        "universal_share": share_of(flow, "tier", "universal"),
        "organisation_share": share_of(flow, "recipient", "organisation"),
        "assumed_share": share_of(by_basis(flow), "basis", "assumption"),
        "handover": handover(leading_payers(flow)),
        "financing": pence_by(financing(place), "financed_by"),
    }


def leading_payers(flow: DataFrame) -> DataFrame:
    """Who pays most at each age: age_label, payer, pence, age_total (of all payers), in order."""
    totals = total_by(flow, "age", "age_label", "payer")
    of_age = totals.groupby("age")["pence"]
    totals = totals.assign(age_total=of_age.transform("sum"))
    lead = totals[totals["pence"] == of_age.transform("max")]
    lead = lead.groupby(["age", "age_label", "pence", "age_total"], as_index=False)
    lead = lead["payer"].agg(" and ".join)
    payer = lead["payer"].mask(lead["age_total"] == 0, "Nobody")
    return lead.assign(payer=payer)[["age_label", "payer", "pence", "age_total"]]


def handover(lead: DataFrame) -> str:
    """Who leads first, and at which ages the lead changes, in words. lead: of `leading_payers`."""
    if lead.empty:
        return "nobody"
    payer = lead["payer"]
    changes = lead[(payer != payer.shift()) & (lead.index > 0)]
    turns = [f", {row.payer} from {row.age_label.lower()}" for row in changes.itertuples()]
    return f"{payer[0]} {'at first' if turns else 'at every age'}{''.join(turns)}"


def before_and_after_three(flow: DataFrame) -> DataFrame:
    """Who pays before the third birthday and after it: payer, and a column of pence for each."""
    flow = flow.assign(when=(flow["age"] < THREE).map(WHEN))
    table = cross_table(flow, "payer", "when")
    return table.reindex(columns=["payer", *WHEN.values()], fill_value=0)


def per_child(flow: DataFrame, place: Place) -> DataFrame:
    """What is spent at each age: age_label, children (in pregnancy those of age 0), pence."""
    pence = total_by(flow, "age")
    table = children_by_age(place).merge(pence, on="age", how="left", validate="1:1")
    table = table.assign(pence=table["pence"].fillna(0).astype("int64"))
    return table[["age_label", "children", "pence"]]


def flow_edges(flow: DataFrame, most: int = 5) -> DataFrame:
    """The flow chart, funder to payer to age band to tier: step, source, target, pence.

    Every node balances. The largest `most` funders are named, the rest are together.
    """
    funders = ranked_by(flow, "funder")["funder"].head(most)
    named = flow["funder"].where(flow["funder"].isin(funders), "other funders")
    flow = flow.assign(funder=named)
    steps = [("funder", "payer"), ("payer", "band"), ("band", "tier")]
    tables = [
        total_by(flow, *ends).set_axis(["source", "target", "pence"], axis=1).assign(step=step)
        for step, ends in enumerate(steps)
    ]
    edges = pd.concat(tables, ignore_index=True)[["step", "source", "target", "pence"]]
    return edges[edges["pence"] != 0].reset_index(drop=True)


def by_basis(flow: DataFrame) -> DataFrame:
    """What the money rests on: basis (the weaker of the theme's and the ages'), pence."""
    rank = {basis: number for number, basis in enumerate(FIRMNESS)}
    weaker = flow[["theme_basis", "age_basis"]].apply(lambda basis: basis.map(rank)).max(axis=1)
    return total_by(flow.assign(basis=weaker.map(dict(enumerate(FIRMNESS)))), "basis")


def financing(place: Place) -> DataFrame:
    """How the councils of a place were financed in 2010-11: financed_by, pence."""
    table = reference.read("council_financing").rename(columns={"kind": "financed_by"})
    return total_by(table[table["area"].isin(place.areas)], "financed_by")


def profiles_used(flow: DataFrame) -> DataFrame:
    """The age profiles used, largest first: profile, spending (whose), basis, source, pence."""
    ages = reference.read("ages").drop_duplicates("profile").set_index("profile")
    spenders = flow.groupby("profile")["spender"].agg(lambda names: ", ".join(sorted(set(names))))
    used = ranked_by(flow.rename(columns={"age_basis": "basis"}), "profile", "basis")
    profile = used["profile"]
    used = used.assign(spending=profile.map(spenders), source=profile.map(ages["source"]))
    used = used.assign(profile=profile.map(ages["name"]))
    return used[["profile", "spending", "basis", "source", "pence"]]
