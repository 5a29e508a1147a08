"""Adding up: the count by whatever is asked, and the count beside what was published.

A reconciliation never forces a difference to nothing: it shows what the cuts of a scope explain, each with its kind
(stated in a text, or inferred from an accounting rule), and leaves the rest as a residual.
"""

import pandas as pd

from totalplace import cofog, estimate, money, reference
from totalplace.apportion import by_rule, match
from totalplace.faults import Fault, named


def count(ledger, *by):
    """The pence of a ledger added up by one or more columns: `by` and pence, in the order of `by`.

    Raises Fault for a blank in `by`: a blank key would lose its money.
    """
    for column in by:
        blank = ledger.index[ledger[column].isna() | (ledger[column].astype(str).str.strip() == "")]
        if len(blank):
            raise Fault(f"{column} is blank in rows {named(blank)} of the ledger. Fill it in before adding up.")
    totals = ledger.groupby(list(by), as_index=False, observed=True)["pence"].sum()
    if totals["pence"].sum() != ledger["pence"].sum():
        raise ArithmeticError(f"counting by {named(by)} lost money; this is a bug, not your data.")
    return totals


def divisions(ledger):
    """The count by the ten divisions, every one of them, with its name: division, name, pence."""
    totals = count(ledger, "division").set_index("division")["pence"]
    pence = pd.Series(cofog.DIVISIONS).index.map(totals).fillna(0).astype("int64")
    return pd.DataFrame({"division": list(cofog.DIVISIONS), "name": list(cofog.DIVISIONS.values()), "pence": pence})


def groups(ledger):
    """The count by COFOG group with its name; lines known by division alone stay together as 'not divided into groups'."""
    totals = count(ledger.assign(group=cofog.group(ledger["cofog"])), "division", "group")
    names = reference.read("cofog").set_index("cofog")["name"]
    named_groups = totals["group"].map(names)
    alone = totals["group"] == totals["division"]
    return totals.assign(name=named_groups.mask(alone, named_groups + ": not divided into groups"))


def cross(ledger, rows, columns):
    """The count by two columns as a table of pence, `rows` down and `columns` across; nothing is 0."""
    tidy = count(ledger, rows, columns)
    return tidy.pivot(index=rows, columns=columns, values="pence").fillna(0).astype("int64")


def by_body(ledger):
    """The count by spending body, largest first: body, name, control, pence."""
    bodies = reference.read("bodies")
    unknown = sorted(set(ledger["body"]) - set(bodies["body"]))
    if unknown:
        raise Fault(f"bodies.csv has no {named(unknown)}. Add a row for each.")
    totals = count(ledger, "body").merge(bodies, on="body", validate="1:1")
    return totals.sort_values("pence", ascending=False, kind="stable").reset_index(drop=True)


def largest(totals, how_many):
    """The `how_many` largest rows of a count, largest first."""
    return totals.sort_values("pence", ascending=False, kind="stable").head(how_many).reset_index(drop=True)


def published(place, table):
    """What was published for a place in a table: line, value, unit, source, basis; empty where nothing was."""
    rows = reference.read("published")
    return rows[(rows["place"] == place) & (rows["table"] == table)].reset_index(drop=True)


def cuts(ledger, scope):
    """What a scope leaves out of a ledger, cut by cut: kind, reason, source, division, pence. The ledger is of everything."""
    rules = estimate.scope_rules(scope)
    out = rules[rules["in_or_out"] == "out"]
    cut = ledger.assign(rule=match(rules, ledger))
    cut = cut[cut["rule"].isin(out.index)]
    totals = count(cut, "rule", "division")
    return totals.merge(out[["kind", "reason", "source"]], left_on="rule", right_index=True, validate="m:1")


def reconcile(ledger, scope, figures):
    """Ours beside what was published, line by line: line, name, published, ours, difference, cuts, residual (pence).

    ledger: everything identifiable. scope: whose cuts bridge the difference. figures: published lines "01" to "10" and
    "total", in £m. difference = ours - published; residual = difference - cuts, as it is, never forced to nothing.
    """
    ours = _with_total(divisions(ledger).set_index("division")["pence"])
    bridge = _with_total(count(cuts(ledger, scope), "division").set_index("division")["pence"])
    lines = figures[(figures["unit"] == "£m") & figures["line"].isin(ours.index)].set_index("line")
    table = pd.DataFrame({"line": lines.index, "published": money.pence(lines["value"], "£m").to_numpy()})
    table["name"] = table["line"].map(cofog.DIVISIONS | {"total": "Total"})
    table["ours"] = table["line"].map(ours)
    table["difference"] = table["ours"] - table["published"]
    table["cuts"] = table["line"].map(bridge).fillna(0).astype("int64")
    table["residual"] = table["difference"] - table["cuts"]
    return table[["line", "name", "published", "ours", "difference", "cuts", "residual"]]


def _with_total(pence):
    return pd.concat([pence, pd.Series({"total": pence.sum()})]).astype("int64")


def controlled(ledger):
    """The count with the flags of controls.csv on each line: funder, deliverer, discretion, elected."""
    return by_rule(ledger, reference.read("controls"), ["funder", "deliverer", "discretion", "elected"])


def control(ledger):
    """What is under local control, by each definition that published shares of it used.

    Columns definition, name, published_low, published_high, published_by, note, source, and pence, which is missing where
    our figures allow no test of a definition.
    """
    flagged = controlled(ledger)
    rules = reference.read("control_definitions")
    first = rules.drop_duplicates("definition").set_index("definition", drop=False)
    pence = {name: _under(flagged, part) for name, part in rules.groupby("definition", sort=False)}
    described = first[["definition", "name", "published_low", "published_high", "published_by", "note", "source"]]
    return described.assign(pence=pd.Series(pence, dtype="Int64")).reset_index(drop=True)


def _under(flagged, rules):
    """The pence of the lines that a definition takes in; missing where it has no test."""
    if (rules["in_or_out"] == "").any():
        return pd.NA
    verdict = by_rule(flagged, rules[["body", "cofog", "discretion", "elected", "in_or_out"]], ["in_or_out"])["in_or_out"]
    return int(flagged.loc[verdict == "in", "pence"].sum())
