"""The count beside what was published. No difference is forced to nothing.

What the cuts of a scope explain is shown, each cut either stated in a text or inferred from an
accounting rule; the rest is left as a residual.
"""

import pandas as pd
from pandas import DataFrame, Series

from totalplace import cofog, estimate, money, places, reference
from totalplace.apportion import match
from totalplace.count import divisions, pence_of, total_by
from totalplace.places import Place

MILLIONS = {"£m": 1, "£bn": 1000}
CORE = ["07", "09", "10"]  # health, education and social protection
AMOUNTS = ["what", "basis", "published", "ours", "difference", "source"]


def published_figures(place: str, table: str) -> DataFrame:
    """What was published for a place in a table: line, value, unit, source, basis; maybe no row."""
    rows = reference.read("published")
    return rows[(rows["place"] == place) & (rows["table"] == table)].reset_index(drop=True)


def scope_cuts(ledger: DataFrame, scope: str) -> DataFrame:
    """What a scope leaves out of a ledger of everything: a row each cut and division.

    Columns stated_or_inferred, reason, source, division, pence.
    """
    rules = estimate.scope_rules(scope).rename(columns={"kind": "stated_or_inferred"})
    out = rules[rules["in_or_out"] == "out"]
    cut = ledger.assign(rule=match(rules, ledger, "scopes.csv"))
    totals = total_by(cut[cut["rule"].isin(out.index)], "rule", "division")
    reasons = out[["stated_or_inferred", "reason", "source"]]
    return totals.merge(reasons, left_on="rule", right_index=True, validate="m:1")


def beside_published(ledger: DataFrame, cuts: DataFrame, figures: DataFrame) -> DataFrame:
    """Ours beside what was published, line by line, with a residual that is left as it is.

    ledger: everything identifiable. cuts: of `scope_cuts`, which bridge the difference. figures:
    published lines "01" to "10" and "total", in £m. Columns line, function; in pence published,
    ours, difference (ours - published), scope_cuts and residual (difference - scope_cuts).
    """
    ours = _with_total(divisions(ledger))
    lines = figures[(figures["unit"] == "£m") & figures["line"].isin(ours.index)]
    line = lines["line"].reset_index(drop=True)
    table = DataFrame(
        {
            "line": line,
            "function": line.map(cofog.DIVISIONS | {"total": "Total"}),
            "published": money.pence(lines["value"], "£m").to_numpy(),
            "ours": line.map(ours),
        }
    )
    table["difference"] = table["ours"] - table["published"]
    bridge = _with_total(total_by(cuts, "division"))
    table["scope_cuts"] = line.map(bridge).fillna(0).astype("int64")
    return table.assign(residual=table["difference"] - table["scope_cuts"])


def _with_total(totals: DataFrame) -> Series:
    """The pence of each division, and of all as "total"."""
    pence = totals.set_index("division")["pence"]
    return pd.concat([pence, Series({"total": pence.sum()})]).astype("int64")


def published_amounts(place: str, ledger: DataFrame) -> DataFrame:
    """Amounts that were published for a place (a slug), with ours beside; there may be none.

    ledger: our count of everything identifiable. A published line is "total", a body, or a function
    and a body ("10 dwp"): of a body is what a return from it would replace.
    """
    rows = reference.read("published")
    rows = rows[(rows["place"] == place) & rows["unit"].isin(MILLIONS)]
    ours = rows["line"].map({line: _our_pence(ledger, line) for line in rows["line"].unique()})
    pence = money.pence(rows["value"] * rows["unit"].map(MILLIONS), "£m")
    what = rows["table"] + ": " + rows["line"].map(_line_in_words)
    table = rows.assign(what=what, published=pence, ours=ours).dropna(subset="ours")
    table = table.astype({"ours": "int64"})
    table = table.assign(difference=table["ours"] - table["published"])
    return table[AMOUNTS].reset_index(drop=True)


def published_amounts_with_pilots(place: Place, ledger: DataFrame, year: str) -> DataFrame:
    """`published_amounts` of a place and of all pilots together, but not the total of Table 1."""
    pilots = places.make_place(places.pilots(), "The 13 pilots", "pilots")
    own = published_amounts(place.slug, ledger).query("what != 'Table 1: total'")
    theirs = published_amounts(pilots.slug, estimate.first_count(pilots, year))
    both = pd.concat([own.assign(of=place.name), theirs.assign(of=pilots.name)])
    return both[["of", "what", "basis", "published", "ours", "difference"]].reset_index(drop=True)


def _our_pence(ledger: DataFrame, line: str) -> int | None:
    """Our pence of a published line; missing for a line that our figures cannot tell."""
    if line == "total":
        return pence_of(ledger)
    function, _, body = line.rpartition(" ")  # "10 dwp", or "council" alone
    bodies = reference.read("bodies").set_index("body")
    if body not in bodies.index:
        return None
    covered = ledger["body"].isin(bodies.loc[body, "supersedes"].split())
    inside = cofog.is_within(ledger["cofog"], function) if function else covered
    return pence_of(ledger[covered & inside])


def _line_in_words(line: str) -> str:
    """A line of published.csv by the names of its body and its function."""
    function, _, body = line.rpartition(" ")  # "10 dwp", or "council" alone
    body = reference.names_of("bodies", "body").get(body, body)
    return ", ".join(filter(None, [body, reference.names_of("cofog", "cofog").get(function, "")]))


def reasonableness(totals: DataFrame) -> dict:
    """Whether health, education and social protection are as large a part as in published counts.

    totals: of `divisions`. core_share is (pence, pence of all), published_low and published_high
    are per cent, verdict is within or outside.
    """
    rows = reference.read("published")
    low, high = sorted(rows.loc[rows["table"] == "Reasonableness", "value"])
    core, whole = pence_of(totals[totals["division"].isin(CORE)]), pence_of(totals)
    return {
        "core_share": (core, whole),
        "published_low": int(low),
        "published_high": int(high),
        "verdict": "within" if low <= 100 * core / whole <= high else "outside",
    }
