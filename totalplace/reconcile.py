"""The count beside what was published. No difference is forced to nothing.

What the cuts of a scope explain is shown, each with its kind (stated in a text, or inferred from an accounting rule); the rest
is left as a residual.
"""

import pandas as pd

from totalplace import cofog, estimate, money, places, reference
from totalplace.apportion import match
from totalplace.count import divisions, names_by_key, total_by

MILLIONS = {"£m": 1, "£bn": 1000}


def published_figures(place, table):
    """What was published for a place in a table: line, value, unit, source, basis; empty where nothing was."""
    rows = reference.read("published")
    return rows[(rows["place"] == place) & (rows["table"] == table)].reset_index(drop=True)


def scope_cuts(ledger, scope):
    """What a scope leaves out of a ledger, cut by cut: kind, reason, source, division, pence. The ledger is of everything."""
    rules = estimate.scope_rules(scope)
    out = rules[rules["in_or_out"] == "out"]
    cut = ledger.assign(rule=match(rules, ledger))
    cut = cut[cut["rule"].isin(out.index)]
    totals = total_by(cut, "rule", "division")
    return totals.merge(
        out[["kind", "reason", "source"]], left_on="rule", right_index=True, validate="m:1"
    )


def beside_published(ledger, cut, figures):
    """Ours beside what was published, line by line: line, name, published, ours, difference, cuts, residual (pence).

    ledger: everything identifiable. cut: of `cuts`, which bridge the difference. figures: published lines "01" to "10" and
    "total", in £m. difference = ours - published; residual = difference - cuts, as it is, never forced to nothing.
    """
    ours = _with_total(divisions(ledger).set_index("division")["pence"])
    bridge = _with_total(total_by(cut, "division").set_index("division")["pence"])
    lines = figures[(figures["unit"] == "£m") & figures["line"].isin(ours.index)].set_index("line")
    table = pd.DataFrame(
        {"line": lines.index, "published": money.pence(lines["value"], "£m").to_numpy()}
    )
    table["name"] = table["line"].map(cofog.DIVISIONS | {"total": "Total"})
    table["ours"] = table["line"].map(ours)
    table["difference"] = table["ours"] - table["published"]
    table["cuts"] = table["line"].map(bridge).fillna(0).astype("int64")
    table["residual"] = table["difference"] - table["cuts"]
    return table[["line", "name", "published", "ours", "difference", "cuts", "residual"]]


def _with_total(pence):
    return pd.concat([pence, pd.Series({"total": pence.sum()})]).astype("int64")


def published_amounts(place, ledger):
    """Amounts that were published for a place, with ours beside: what, basis, published, ours, difference (pence), source.

    ledger: our count of everything identifiable. A published line is "total", a body, or a function and a body ("10 dwp"):
    of a body is what a return from it would replace. Where nothing was published the table is empty.
    """
    rows = reference.read("published")
    rows = rows[(rows["place"] == place) & rows["unit"].isin(MILLIONS)]
    ours = rows["line"].map({line: _ours(ledger, line) for line in rows["line"].unique()})
    pence = money.pence(rows["value"] * rows["unit"].map(MILLIONS), "£m")
    table = rows.assign(
        what=rows["table"] + ": " + rows["line"].map(_line_in_words), published=pence, ours=ours
    )
    table = table[table["ours"].notna()].astype({"ours": "int64"})
    table = table.assign(difference=table["ours"] - table["published"])
    return table[["what", "basis", "published", "ours", "difference", "source"]].reset_index(
        drop=True
    )


def published_amounts_with_pilots(place, ledger, year):
    """Amounts published for a place and for all pilots together, with ours beside: of, and the columns of `beside`."""
    pilots = places.make_place(places.pilots(), "The 13 pilots", "pilots")
    own = (
        published_amounts(place.slug, ledger)
        .query("what != 'Table 1: total'")
        .assign(of=place.name)
    )
    theirs = published_amounts(pilots.slug, estimate.first_count(pilots, year)).assign(
        of=pilots.name
    )
    return pd.concat([own, theirs])[["of", "what", "basis", "published", "ours", "difference"]]


def _ours(ledger, line):
    """Our pence of a published line; missing for a line that our figures cannot tell."""
    if line == "total":
        return ledger["pence"].sum()
    function, body = _function_and_body(line)
    bodies = reference.read("bodies").set_index("body")
    if body not in bodies.index:
        return None
    covered = ledger["body"].isin(bodies.loc[body, "supersedes"].split())
    inside = cofog.is_within(ledger["cofog"], function) if function else covered
    return ledger.loc[covered & inside, "pence"].sum()


def _function_and_body(line):
    """A line of published.csv parted: "10 dwp" -> ("10", "dwp"); "council" -> ("", "council")."""
    function, _, body = line.rpartition(" ")
    return function, body


def _line_in_words(line):
    function, body = _function_and_body(line)
    words = [
        names_by_key("bodies", "body").get(body, body),
        names_by_key("cofog", "cofog").get(function, ""),
    ]
    return ", ".join(word for word in words if word)


def reasonableness(totals):
    """Whether health, education and social protection are the part of a count that they were of published ones.

    totals: the count by division. Returns part (pence), low and high (published per cent) and verdict (within or outside).
    """
    rows = reference.read("published")
    low, high = sorted(rows.loc[rows["table"] == "Reasonableness", "value"])
    part = int(totals.loc[totals["division"].isin(["07", "09", "10"]), "pence"].sum())
    within = low <= 100 * part / totals["pence"].sum() <= high
    return {
        "part": part,
        "low": int(low),
        "high": int(high),
        "verdict": "within" if within else "outside",
    }
