"""The theme: what of the count is for its people, how, through whom, and where bodies overlap.

themes.csv gives each line its parts in a theme by tier, recipient and stage, each a share with a source or an assumption
with a low and a high value; the rest of the line is out of the theme. Theme and out add to the count to the penny.
Known limits: a share of a national line is the same for every place; what is returned as one sum is parted like the
estimates that it replaces.
"""

import pandas as pd

from totalplace import estimate, reference
from totalplace.apportion import NEARLY_ONE, RULE_KEYS, apportion, match
from totalplace.count import ranked, total_by
from totalplace.errors import InputError, first_few

CHILDREN = "children-0-7"
OUT = "out"
PART = ["tier", "recipient", "stage"]


def theme(place, name=""):
    """The theme of a deep dive, a row of theme_names: the one named, else the pilot's own, else children from 0 to 7.

    Raises InputError for a name that is not known.
    """
    themes = reference.read("theme_names").set_index("theme", drop=False)
    own = [theme for theme, pilots in themes["pilots"].items() if place.slug in pilots.split()]
    chosen = name or next(iter(own), CHILDREN)
    if chosen not in themes.index:
        raise InputError(f"no theme called {chosen!r}. Name one of {first_few(themes.index, 20)}.")
    return themes.loc[chosen]


def people_served(place, theme):
    """How many people of a place the theme is for, by the drivers that count them."""
    return sum(estimate.people(place, driver) for driver in theme["driver"].split())


def theme_rules(name, rules=None):
    """The rows of themes.csv for one theme, with `rule`: rows of one rule part one kind of line. Raises InputError.

    What is withheld has no function that could tell: it is out of every theme.
    """
    themes = reference.read("themes")
    own = themes if rules is None else rules
    every = themes[themes["theme"] == ""]
    table = pd.concat([own[own["theme"] == name], every], ignore_index=True)
    table = table.fillna(dict.fromkeys(RULE_KEYS, ""))
    keys = [key for key in RULE_KEYS if key in table]
    table = table.assign(rule=table.groupby(keys, sort=False).ngroup())
    for value in ("low", "share", "high"):
        over = table.groupby("rule")[value].sum()
        if value == "share" and (over > 1 + NEARLY_ONE).any():
            raise InputError(
                f"themes.csv: shares of {name} add to more than one in rules {first_few(over.index[over > 1 + NEARLY_ONE])}."
            )
    return table


def apportion_to_theme(ledger, table):
    """The ledger parted by a theme: each line's parts in it, and the rest with tier "out"; they add to it to the penny.

    table: of `rules`. Adds tier, recipient, stage, theme_share and theme_basis. Raises InputError for a line with no rule, or two.
    """
    return apportion_by_rule(with_theme_rule(ledger, table), table)


def with_theme_rule(ledger, table):
    """The ledger with the `rule` of the theme that each line has. Raises InputError for a line with no rule, or with two."""
    keys = [key for key in RULE_KEYS if key in table]
    first = table.drop_duplicates("rule").set_index("rule")
    return ledger.assign(rule=match(first[keys], ledger, "themes.csv"))


def apportion_by_rule(ruled, table, keys=("rule",)):
    """Lines with their rule parted by its shares; see `parted`. keys: of the shares, where there are more than the rule."""
    return _told(apportion(ruled, _shares(table, list(keys)), "part"))


def _shares(table, keys):
    """Shares of each rule over its parts and the rest; parts that together exceed the line are scaled to it."""
    inside = table[table["tier"] != OUT].assign(
        part=table["tier"].str.cat(table[PART[1:]], sep="|")
    )
    whole = inside.groupby(keys)["share"].transform("sum").clip(lower=1)
    inside = inside.assign(share=inside["share"] / whole)
    taken = inside.groupby(keys, as_index=False)["share"].sum()
    rest = (
        table[keys]
        .drop_duplicates()
        .merge(taken, on=keys, how="left", validate="1:1")
        .fillna({"share": 0})
    )
    out = rest.assign(
        share=(1 - rest["share"]).clip(lower=0), part=OUT, basis="the rest of the line"
    )
    return pd.concat([inside[[*keys, "part", "share", "basis"]], out], ignore_index=True)


def _told(children):
    """Parts as tier, recipient and stage; parts of nothing are left away."""
    parts = children["part"].str.split("|", expand=True).reindex(columns=range(3))
    parts = parts.set_axis(PART, axis=1).fillna("")
    named = {"part_share": "theme_share", "part_basis": "theme_basis"}
    told = pd.concat([children.drop(columns="part").rename(columns=named), parts], axis=1)
    return told[(told["pence"] != 0) | (told["tier"] == OUT)].reset_index(drop=True)


def in_theme(children):
    """What is in the theme."""
    return children[children["tier"] != OUT].reset_index(drop=True)


def service_names(lines):
    """What each line is spent on in words: the title of its programme, or for councils and others without one its function."""
    titles = (
        reference.read("programmes").drop_duplicates("programme").set_index("programme")["name"]
    )
    functions = lines["sub_function"].str.replace(r"^[\d.]+ ", "", regex=True)
    return (
        lines["programme"].map(titles).where(lines["sector"] != "LA", functions).fillna(functions)
    )


def services(dive):
    """The services of the theme: spender, service (the title of the programme, or the function), pence, largest first."""
    totals = total_by(dive.assign(service=service_names(dive)), "spender", "service")
    return ranked(totals, len(totals))


def pence_assumed(basis):
    """The pence of a count by basis that rest on assumptions."""
    return int(basis.loc[basis["basis"] == "assumption", "pence"].sum())


def shares_used(dive, table):
    """The shares that brought money into the theme, the largest first.

    Columns spending, tier, recipient, share, low, high, basis, reason, pence.
    """
    money = total_by(dive, "rule", *PART)
    names = reference.read("bodies").set_index("body")["name"]
    told = table.merge(money, on=["rule", *PART], validate="1:1").assign(
        spending=lambda row: row["body"].map(names).fillna("Anyone")
    )
    functions = reference.read("cofog").set_index("cofog")["name"]
    titles = (
        reference.read("programmes").drop_duplicates("programme").set_index("programme")["name"]
    )
    what = (
        told["programme"].map(titles).fillna(told["cofog"].map(functions)).fillna("everything else")
    )
    told = told.assign(spending=told["spending"] + ": " + what)
    return ranked(
        told[["spending", "tier", "recipient", "share", "low", "high", "basis", "reason", "pence"]],
        len(told),
    )


def left_out(children, table):
    """What is out of the theme and why: body, reason, pence, largest first; with the rest of lines that are partly in."""
    out = children[children["tier"] == OUT]
    reasons = table.drop_duplicates("rule").set_index("rule")
    wholly = table.groupby("rule")["tier"].agg(lambda tiers: set(tiers) == {OUT})
    reason = (
        out["rule"]
        .map(reasons["reason"])
        .where(out["rule"].map(wholly), "the part that is for other people")
    )
    totals = total_by(out.assign(reason=reason), "spender", "reason")
    return ranked(totals[totals["pence"] != 0], len(totals))


def overlap(dive):
    """Functions that several bodies pay for the same people: function, tier, bodies, programmes (how many), who, pence; ranked.

    The same people: the same theme and tier. The function is the COFOG group, or the division where there is no group.
    """
    names = reference.read("cofog").set_index("cofog")["name"]
    grouped = dive.assign(
        function=dive["cofog"].str[:4].map(names).fillna("Not classified")
    ).groupby(["function", "tier"])
    table = grouped.agg(bodies=("spender", "nunique"), programmes=("programme", "nunique"),
                        who=("spender", lambda names: ", ".join(sorted(set(names)))), pence=("pence", "sum"))  # fmt: skip
    return (
        table[table["bodies"] > 1]
        .sort_values("pence", ascending=False, kind="stable")
        .reset_index()
    )


def shares_at_bounds(table, favoured):
    """Shares that lean one way as far as the ranges allow: `favoured` rows at their high value, the others at their low."""
    return table["high"].where(favoured, table["low"])


def main_stage(dive):
    """The largest stage of a theme, for a sentence: {"stage": name, "share": (pence of it, pence of all)}."""
    first = ranked(total_by(dive, "stage"), 1)
    return {"stage": first["stage"][0], "share": (int(first["pence"][0]), int(dive["pence"].sum()))}
