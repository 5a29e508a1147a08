"""Funding flows: the children's theme by single year of age, who pays at each age, and when the lead changes hands.

Each line of the theme has an age profile (age_rules.csv): spending on one child of each age beside the others, from
pregnancy (-1) to 7 (ages.csv). Times the place's own children of each age it gives the line's shares, and the one verb
does the sum: a place with no child of an age gets nothing at that age.
Known limits: children by single year are those eight years older in 2017; a profile is the same for every place.
"""

import pandas as pd

from totalplace import estimate, reference
from totalplace.apportion import apportion, with_rule_columns
from totalplace.count import ranked, total_by
from totalplace.errors import InputError, first_few

AGES = range(-1, 8)


@reference.cached_until_data_changes
def children_by_age(place):
    """The children of a place by single year: age (-1 is pregnancy), printed, band, children (people)."""
    bands = (
        reference.read("age_bands").astype({"age": "int64"}).sort_values("age", ignore_index=True)
    )
    return bands.assign(children=[estimate.people(place, f"age_{age}") for age in bands["age"]])


def by_age(dive, place, weights=None):
    """The lines of the children's theme over single years of age; they add to the theme to the penny.

    dive: of deep_dive.in_scope. weights: the column of ages.csv to use, or a Series made by `leaning`.
    Adds profile, age, age_share, age_basis (published, worked out or assumption), printed and band.
    Raises InputError for a line with no profile, and for a profile with no weight at all in this place.
    """
    return apportion_to_ages(with_age_profile(dive), place, age_shares(place, weights))


def with_age_profile(dive):
    """The lines with the `profile` of age that each has, of age_rules. Raises InputError for a line with none."""
    return with_rule_columns(
        dive, reference.read("age_rules").drop(columns=["reason", "source"]), ["profile"]
    )


def apportion_to_ages(ruled, place, shares):
    """Lines with their profile over single years of age; see `by_age`. shares: of `age_shares`."""
    unknown = sorted(set(ruled["profile"]) - set(shares["profile"]))
    if unknown:
        raise InputError(
            f"ages.csv has no profile {first_few(unknown)} with a weight in {place.name}, which age_rules.csv asks for."
        )
    spread = apportion(ruled, shares, "age")
    return spread.merge(
        children_by_age(place).drop(columns="children"), on="age", how="left", validate="m:1"
    )


def age_shares(place, weights=None):
    """Shares of each profile over the ages in a place, weight x its children of that age: profile, age, share, basis."""
    table = reference.read("ages").astype({"age": "int64"})
    weights = table if weights is None else weights
    weight = table[weights] if isinstance(weights, str) else weights
    weight = weight["weight"] if isinstance(weight, pd.DataFrame) else weight
    table = table.merge(
        children_by_age(place)[["age", "children"]], on="age", how="left", validate="m:1"
    )
    table = table.assign(part=weight.to_numpy() * table["children"])
    total = table.groupby("profile")["part"].transform("sum")
    return table.assign(share=table["part"] / total)[total > 0][
        ["profile", "age", "share", "basis"]
    ]


def weights_at_bounds(favoured):
    """Weights that lean towards some ages as far as the ranges allow: `favoured` ages high, the others low."""
    table = reference.read("ages").astype({"age": "int64"})
    return table["high"].where(table["age"].isin(favoured), table["low"])


def with_payer(flows):
    """The flows with who pays, from payers.csv; bodies that are not there are Others."""
    payers = reference.read("payers").set_index("body")["payer"]
    return flows.assign(payer=flows["body"].map(payers).fillna("Others"))


def leading_payers(flows):
    """Who pays most at each age: age, printed, payer, pence, whole (of the age), changed (the lead changes hands here)."""
    totals = total_by(flows, "age", "printed", "payer").sort_values(
        ["age", "pence"], ascending=[True, False], kind="stable"
    )
    first = totals.drop_duplicates("age").assign(
        whole=totals.groupby("age")["pence"].transform("sum")
    )
    before = first["payer"].shift()
    return first.assign(changed=before.notna() & (first["payer"] != before)).reset_index(drop=True)


def largest_payer(flows):
    """Who pays most, and how much: (payer, pence)."""
    first = ranked(total_by(flows, "payer"), 1)
    return first["payer"][0], int(first["pence"][0])


def main_payer(flows):
    """Who pays most over all ages, for a sentence: {"payer": name, "share": (pence of it, pence of all)}."""
    payer, pence = largest_payer(flows)
    return {"payer": payer, "share": (pence, int(flows["pence"].sum()))}


def per_child(flows, place):
    """£ a child at each age: age, printed, children, pence. Pregnancy is a head of the children of age 0."""
    totals = total_by(flows, "age")
    table = children_by_age(place).merge(totals, on="age", how="left", validate="1:1")
    return table.assign(pence=table["pence"].fillna(0).astype("int64"))[
        ["age", "printed", "children", "pence"]
    ]


def flow_edges(flows, most=5):
    """The flow chart's edges: funder to payer to age band to tier. step, source, target, pence; every node balances.

    The largest `most` funders stand by name, the rest together.
    """
    funders = ranked(total_by(flows, "funder"), most)["funder"]
    flows = flows.assign(
        funder=flows["funder"].where(flows["funder"].isin(funders), "other funders")
    )
    steps = [("funder", "payer"), ("payer", "band"), ("band", "tier")]
    tables = [total_by(flows, source, target).set_axis(["source", "target", "pence"], axis=1).assign(step=step)
              for step, (source, target) in enumerate(steps)]  # fmt: skip
    edges = pd.concat(tables, ignore_index=True)[["step", "source", "target", "pence"]]
    return edges[edges["pence"] != 0].reset_index(drop=True)


def by_basis(flows):
    """What the money rests on: basis (of the share in the theme, or of the ages, whichever is weaker), pence."""
    weaker = pd.Categorical(
        ["published", "worked out", "assumption"],
        ["published", "worked out", "assumption"],
        ordered=True,
    )
    part = pd.Categorical(flows["theme_basis"], weaker.categories, ordered=True)
    age = pd.Categorical(flows["age_basis"], weaker.categories, ordered=True)
    codes = pd.Series(part.codes, index=flows.index).combine(
        pd.Series(age.codes, index=flows.index), max
    )
    return total_by(flows.assign(basis=codes.map(dict(enumerate(weaker.categories)))), "basis")


def handover(lead):
    """The finding of a table of `leading` in words: who leads first, and at which ages the lead changes hands."""
    changes = lead[lead["changed"]]
    told = [f"{row.payer} from {row.printed.lower()}" for row in changes.itertuples()]
    return f"{lead['payer'][0]} pays most at first" + (
        f", then {', then '.join(told)}" if told else " and at every age"
    )


def costliest_age(table):
    """The age at which most is spent on each child, as printed."""
    return table.loc[
        (table["pence"] / table["children"].where(table["children"] > 0)).idxmax(), "printed"
    ]


def share_of(flows, column, value):
    """What part of the flows is of one kind, for a sentence: {"share": (pence of it, pence of all)}."""
    return {
        "share": (int(flows.loc[flows[column] == value, "pence"].sum()), int(flows["pence"].sum()))
    }


def financing(place):
    """How the councils of a place were financed in 2010-11: kind, pence; a county's by population."""
    table = reference.read("council_financing")
    return total_by(table[table["area"].isin(place.areas)], "kind")


def profiles_used(flows):
    """The age profiles that money went by: profile, basis, spending, pence, source, largest first."""
    sources = reference.read("ages").drop_duplicates("profile").set_index("profile")["source"]
    totals = total_by(flows.rename(columns={"age_basis": "basis"}), "profile", "basis")
    spenders = flows.groupby("profile")["spender"].agg(lambda names: ", ".join(sorted(set(names))))
    told = totals.assign(
        spending=totals["profile"].map(spenders), source=totals["profile"].map(sources)
    )
    return ranked(
        told.assign(profile=told["profile"].str.replace("_", " "))[
            ["profile", "spending", "basis", "source", "pence"]
        ],
        len(told),
    )
