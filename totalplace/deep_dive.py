"""The theme: what of the count is for its people, how, through whom, and where bodies overlap.

themes.csv splits each line by tier, recipient and stage, by shares with a source, or assumptions
with a low and a high value; the rest of the line is out of the theme. Both add to the penny.
Known limits: a share of a national line is the same for every place; what is returned as one sum is
split like the estimates that it replaces.
"""

import pandas as pd
from pandas import DataFrame, Series

from totalplace import cofog, estimate, reference
from totalplace.apportion import NEARLY_ONE, RULE_KEYS, apportion, match
from totalplace.count import pence_by, pence_of, ranked, ranked_by, share_of, total_by
from totalplace.errors import InputError, first_few
from totalplace.places import Place

CHILDREN = "children-0-7"
OUT = "out"
SHARES = {  # of a theme, for captions: the column and value that each is of
    "universal": ("tier", "universal"),
    "targeted": ("tier", "targeted"),
    "organisation": ("recipient", "organisation"),
    "ring_fenced": ("discretion", "ring-fenced"),
    "assumed": ("theme_basis", "assumption"),
}
THEME = ["tier", "recipient", "stage"]  # what themes.csv says of a share of a line
FIRST_RULE = "{name},,,,,,out,,,0,0,0,assumption,not for these people,our assumption"


def theme(place: Place, name: str = "") -> Series:
    """The theme of a deep dive: the one named, else the pilot's own, else children from 0 to 7.

    Returns its row of theme_names. Raises InputError for a name that is not known.
    """
    themes = reference.read("theme_names").set_index("theme", drop=False)
    own = [theme for theme, pilots in themes["pilots"].items() if place.slug in pilots.split()]
    chosen = name or next(iter(own), CHILDREN)
    if chosen not in themes.index:
        raise InputError(f"no theme called {chosen!r}. Name one of {first_few(themes.index, 20)}.")
    return themes.loc[chosen]


def people_served(place: Place, theme: Series) -> int:
    """How many people of a place the theme is for, by the drivers that count them."""
    return sum(estimate.people(place, driver) for driver in theme["driver"].split())


def theme_rules(name: str, rules: DataFrame | None = None) -> DataFrame:
    """The rules of one theme, with `rule`: rows of the same number split one kind of line.

    rules: in place of themes.csv; its rows for every theme (what is withheld) are added. Raises
    InputError for a theme with no row, naming one that would do, and for shares that add to more
    than one.
    """
    themes = reference.read("themes")
    own = themes if rules is None else rules
    own = reference.check_frame(own, ["theme", "tier", "share", "basis"], "rules of the theme")
    own = reference.check_numbers(own, ["share"], "rules of the theme")
    own, every = own[own["theme"] == name], themes[themes["theme"] == ""]
    if own.empty:
        raise InputError(
            f"themes.csv has no row for the theme {name!r}. One row, which leaves every line out of"
            f" it, is enough to begin with: {FIRST_RULE.format(name=name)}"
        )
    keys, labels = [key for key in RULE_KEYS if key in themes], own.index
    own = pd.concat([own, every], ignore_index=True).fillna(dict.fromkeys(keys, ""))
    own = own.assign(rule=own.groupby(keys, sort=False).ngroup())
    total = own.groupby("rule")["share"].transform("sum")
    if wrong := first_few(labels[total.iloc[: len(labels)] > 1 + NEARLY_ONE]):
        raise InputError(f"theme {name}: the shares of rows {wrong} add to more than one.")
    return own


def apportion_to_theme(ledger: DataFrame, rules: DataFrame) -> DataFrame:
    """The ledger split by a theme, to the penny: each line's parts in it, the rest with tier "out".

    rules: of `theme_rules`. Adds tier, recipient, stage, theme_share and theme_basis. Raises
    InputError for a line with no rule, or with two.
    """
    return apportion_by_rule(with_theme_rule(ledger, rules), rules)


def with_theme_rule(ledger: DataFrame, rules: DataFrame) -> DataFrame:
    """The ledger with the `rule` of each line. Raises InputError where there is none, or two."""
    keys = [key for key in RULE_KEYS if key in rules]
    first = rules.drop_duplicates("rule").set_index("rule")
    return ledger.assign(rule=match(first[keys], ledger, "themes.csv"))


def apportion_by_rule(
    ruled: DataFrame, rules: DataFrame, keys: tuple[str, ...] = ("rule",)
) -> DataFrame:
    """Lines with their rule split by its shares, as `apportion_to_theme` does.

    keys: columns of both by which shares are found, where there are more than the rule.
    """
    split = apportion(ruled, _theme_shares(rules, list(keys)), THEME, name="theme")
    return split[(split["pence"] != 0) | (split["tier"] == OUT)].reset_index(drop=True)


def _theme_shares(rules: DataFrame, keys: list[str]) -> DataFrame:
    """Shares of each rule in the theme and out of it; where they exceed the line, scaled to it."""
    inside = rules[rules["tier"] != OUT]
    together = inside.groupby(keys)["share"].transform("sum").clip(lower=1)
    inside = inside.assign(share=inside["share"] / together)
    taken = inside.groupby(keys, as_index=False)["share"].sum()
    out = rules[keys].drop_duplicates().merge(taken, on=keys, how="left", validate="1:1")
    rest = (1 - out["share"].fillna(0)).clip(lower=0)
    beyond = {"tier": OUT, "recipient": "", "stage": "", "basis": "the rest of the line"}
    out = out.assign(share=rest, **beyond)
    return pd.concat([inside[[*keys, *THEME, "share", "basis"]], out], ignore_index=True)


def in_theme(split: DataFrame) -> DataFrame:
    """The lines in the theme, of a ledger of `apportion_to_theme`."""
    return split[split["tier"] != OUT].reset_index(drop=True)


def headlines(dive: DataFrame, spent: DataFrame, theme: Series, place: Place) -> dict:
    """Facts of a deep dive for captions. dive: of `in_theme`. spent: the count that it is part of.

    A share is (pence, pence of all), an `each_` (pence, people); bodies, services and stages are
    pence by name.
    """
    pence, total, served = pence_of(dive), pence_of(spent), people_served(place, theme)
    bodies, stages = pence_by(dive, "spender"), pence_by(dive, "stage")
    facts = {
        "theme": theme["name"],
        "people_of_theme": theme["people"],
        "counted": theme["counted"],
        "carried": theme["carried"],
        "limits": theme["note"][:1].upper() + theme["note"][1:],
        "total": total,
        "in_theme": pence,
        "out_of_theme": total - pence,
        "theme_share": (pence, total),
        "served": served,
        "each_served": (pence, served),
        "each_resident": (pence, estimate.people(place)),
        "bodies": bodies,
        "body_count": len(bodies),
        "body_share": (int(bodies.max()), pence),
        "services": services(dive).set_index("service")["pence"],
        "service_count": len(services(dive)),
        "stages": stages,
        "stage_share": (int(stages.max()), pence),
    }
    return facts | {f"{name}_share": share_of(dive, *kind) for name, kind in SHARES.items()}


def service_names(lines: DataFrame) -> Series:
    """What each line is spent on: the title of its programme; of councils the function."""
    titles = lines["programme"].map(reference.names_of("programmes", "programme"))
    functions = lines["sub_function"].str.replace(r"^[\d.]+ ", "", regex=True)
    return titles.where(lines["sector"] != "LA", functions).fillna(functions)


def services(dive: DataFrame) -> DataFrame:
    """The services of the theme: spender, service, pence, largest first."""
    return ranked_by(dive.assign(service=service_names(dive)), "spender", "service")


def by_basis(dive: DataFrame) -> DataFrame:
    """What the theme rests on: basis (published, worked out or assumption), pence."""
    return total_by(dive.rename(columns={"theme_basis": "basis"}), "basis")


def shares_used(dive: DataFrame, rules: DataFrame) -> DataFrame:
    """The shares that brought money into the theme, with ranges and reasons, largest first."""
    used = rules.merge(total_by(dive, "rule", *THEME), on=["rule", *THEME], validate="1:1")
    body = used["body"].map(reference.names_of("bodies", "body")).fillna("Anyone")
    programme = used["programme"].map(reference.names_of("programmes", "programme"))
    function = used["cofog"].map(reference.names_of("cofog", "cofog"))
    spending = body + ": " + programme.fillna(function).fillna("everything else")
    columns = ["tier", "recipient", "share", "low", "high", "basis", "reason", "pence"]
    return ranked(used.assign(spending=spending)[["spending", *columns]])


def left_out(split: DataFrame, rules: DataFrame) -> DataFrame:
    """What is out of the theme and why: spender, reason, pence, largest first."""
    out = split[split["tier"] == OUT]
    reasons = rules.drop_duplicates("rule").set_index("rule")["reason"]
    partly = out["rule"].isin(rules.loc[rules["tier"] != OUT, "rule"])
    reason = out["rule"].map(reasons).mask(partly, "the part that is for other people")
    totals = ranked_by(out.assign(reason=reason), "spender", "reason")
    return totals[totals["pence"] != 0].reset_index(drop=True)


def overlap(dive: DataFrame) -> DataFrame:
    """Functions that several bodies pay for the same people, largest first.

    Columns function, tier, bodies and programmes (how many), who, pence. The same people: the same
    theme and tier. The function is the COFOG group, or the division where there is no group.
    """
    names = reference.names_of("cofog", "cofog")
    function = cofog.group(dive["cofog"]).map(names).fillna("Not classified")
    table = dive.assign(function=function).groupby(["function", "tier"], as_index=False)
    table = table.agg(
        bodies=("spender", "nunique"),
        programmes=("programme", "nunique"),
        who=("spender", lambda names: ", ".join(sorted(set(names)))),
        pence=("pence", "sum"),
    )
    return ranked(table[table["bodies"] > 1])
