"""Adding up: the count by whatever is asked, and the count beside what was published.

A reconciliation never forces a difference to nothing: it shows what the cuts of a scope explain, each with its kind
(stated in a text, or inferred from an accounting rule), and leaves the rest as a residual.
"""

import pandas as pd

from totalplace import cofog, estimate, money, places, reference
from totalplace.apportion import by_rule, match
from totalplace.faults import Fault, named
from totalplace.ledger import NOT_CLASSIFIED
from totalplace.withhold import CODE, WITHHELD, shown

MILLIONS = {"£m": 1, "£bn": 1000}
ESTIMATE = "national estimate"
BENEFITS = "demand-led transfer"
BESIDE_COFOG = {NOT_CLASSIFIED: "Not classified", CODE: "Withheld"}


def count(ledger, *by):
    """The pence of a ledger added up by one or more columns: `by` and pence, in the order of `by`.

    Raises Fault for a blank in `by`: a blank key would lose its money.
    """
    for column in by:
        empty = [value for value in ledger[column].unique() if pd.isna(value) or str(value).strip() == ""]
        if empty:
            blank = ledger.index[ledger[column].isin(empty)]
            raise Fault(f"{column} is blank in rows {named(blank)} of the ledger. Fill it in before adding up.")
    totals = ledger.groupby(list(by), as_index=False, observed=True)["pence"].sum()
    if totals["pence"].sum() != ledger["pence"].sum():
        raise ArithmeticError(f"counting by {named(by)} lost money; this is a bug, not your data.")
    return totals


def divisions(ledger):
    """The count by the ten divisions, every one of them, with its name: division, name, pence.

    What a return could not classify stands below them, where there is any, and what is withheld.
    """
    totals = count(ledger, "division").set_index("division")["pence"]
    names = cofog.DIVISIONS | {code: name for code, name in BESIDE_COFOG.items() if code in totals.index}
    pence = pd.Series(names).index.map(totals).fillna(0).astype("int64")
    return pd.DataFrame({"division": list(names), "name": list(names.values()), "pence": pence})


def groups(ledger):
    """The count by COFOG group with its name; lines known by division alone stay together as 'not divided into groups'."""
    totals = count(ledger.assign(group=cofog.group(ledger["cofog"])), "division", "group")
    names = reference.read("cofog").set_index("cofog")["name"]
    named_groups = totals["group"].map(names).fillna(totals["group"].map(BESIDE_COFOG)).fillna("Not classified")
    alone = (totals["group"] == totals["division"]) & ~totals["group"].isin(BESIDE_COFOG)
    return totals.assign(name=named_groups.mask(alone, named_groups + ": not divided into groups"))


def cross(ledger, rows, columns):
    """The count by two columns as a table of pence, `rows` down and `columns` across; nothing is 0."""
    tidy = count(ledger, rows, columns)
    return tidy.pivot(index=rows, columns=columns, values="pence").fillna(0).astype("int64")


def main(ledger, by, how_many):
    """The largest of what its reader may see, with money in them: `by`, pence, largest first."""
    totals = largest(count(shown(ledger), by), how_many)
    return totals[totals["pence"] > 0] if (totals["pence"] > 0).any() else totals.head(1)


def how_many(ledger, by):
    """How many of a kind there are, of what its reader may see."""
    return shown(ledger)[by].nunique()


def part(ledger, column, value):
    """What part of a ledger is of one kind, as (pence of it, pence of all)."""
    return int(ledger.loc[ledger[column] == value, "pence"].sum()), int(ledger["pence"].sum())


def bases(ledger):
    """Two totals: {"services": pence, "benefits": pence of demand-led transfers}; what is withheld is in neither."""
    flagged = controlled(shown(ledger))
    benefits = flagged["discretion"] == BENEFITS
    return {"services": int(flagged.loc[~benefits, "pence"].sum()), "benefits": int(flagged.loc[benefits, "pence"].sum())}


def moved(best, plain):
    """Two estimates by function: function, best_driver, by_population, difference (pence)."""
    one, other = divisions(best), divisions(plain)["pence"]
    table = one.assign(by_population=other, difference=one["pence"] - other)
    return table.rename(columns={"name": "function", "pence": "best_driver"}).drop(columns="division")


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


def reconcile(ledger, cut, figures):
    """Ours beside what was published, line by line: line, name, published, ours, difference, cuts, residual (pence).

    ledger: everything identifiable. cut: of `cuts`, which bridge the difference. figures: published lines "01" to "10" and
    "total", in £m. difference = ours - published; residual = difference - cuts, as it is, never forced to nothing.
    """
    ours = _with_total(divisions(ledger).set_index("division")["pence"])
    bridge = _with_total(count(cut, "division").set_index("division")["pence"])
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
    flags = ["funder", "deliverer", "discretion", "elected"]
    hidden = pd.DataFrame([{"body": WITHHELD} | dict.fromkeys(flags, WITHHELD)])
    return by_rule(ledger, pd.concat([reference.read("controls"), hidden], ignore_index=True).fillna(""), flags)


def control(ledger):
    """What is under local control, by each definition that published shares of it used.

    Columns definition, name, pence and share (missing where our figures allow no test of it), published (per cent, as
    text), published_by, note, source.
    """
    flagged = count(controlled(ledger), "body", "cofog", "discretion", "elected")
    rules = reference.read("control_definitions")
    pence = pd.Series({name: _under(flagged, part) for name, part in rules.groupby("definition", sort=False)}, dtype="Int64")
    table = rules.drop_duplicates("definition").set_index("definition")
    low, high = table["published_low"], table["published_high"]
    span = (low + " to " + high).where((low != "") & (low != high), high.where(low != "", "under " + high)) + "%"
    table = table.assign(pence=pence, share=pence / ledger["pence"].sum(), published=span).reset_index()
    return table[["definition", "name", "pence", "share", "published", "published_by", "note", "source"]]


def _under(flagged, rules):
    """The pence of the lines that a definition takes in; missing where it has no test."""
    if (rules["in_or_out"] == "").any():
        return pd.NA
    verdict = by_rule(flagged, rules[["body", "cofog", "discretion", "elected", "in_or_out"]], ["in_or_out"])["in_or_out"]
    return int(flagged.loc[verdict == "in", "pence"].sum())


def described(ledger):
    """The ledger with who spends in words: spender, kind (council, NHS, central ...) and control, from bodies.csv.

    Raises Fault for a body that bodies.csv does not have.
    """
    bodies = reference.read("bodies").set_index("body")
    bodies.loc[WITHHELD] = WITHHELD
    bodies.loc[WITHHELD, "name"] = "Withheld"
    unknown = sorted(set(ledger["body"]) - set(bodies.index))
    if unknown:
        raise Fault(f"bodies.csv has no {named(unknown)}. Add a row for each.")
    words = {"spender": "name", "kind": "sector", "control": "control"}
    names = ledger["division"].map(cofog.DIVISIONS | BESIDE_COFOG)
    return ledger.assign(division_name=names, **{new: ledger["body"].map(bodies[old]) for new, old in words.items()})


def ways(ledger):
    """How each pound got here, allocated (returned as spent here) or apportioned by which driver: way, pence; largest first."""
    names = reference.read("driver_names").set_index("driver")["name"].to_dict()
    estimated = ledger["evidence"] == ESTIMATE
    driver = ledger["driver"].map(names | {WITHHELD: "Withheld"}).fillna("Allocated: returned as spent here")
    how = ", " + ledger["area_basis"].str.rpartition(" ")[2]
    wider = (~estimated & ledger["driver"].isin(names)).map({True: ", returned for a wider area", False: ""})
    totals = count(ledger.assign(way=driver + how.where(estimated, wider)), "way")
    return largest(totals, len(totals))


def evidence(ledger, *by):
    """The count by how firmly it is known, best first: evidence (a category in that order), pence; within `by` if given."""
    grades = [*dict.fromkeys(reference.read("evidence").sort_values("rank")["evidence"]), ESTIMATE, WITHHELD]
    used = [grade for grade in grades if (ledger["evidence"] == grade).any()]
    graded = ledger.assign(evidence=pd.Categorical(ledger["evidence"], used))
    return count(graded, *by, "evidence")


def estimated(ledger):
    """What rests on national estimates, as (pence, pence of all)."""
    return int(ledger.loc[ledger["evidence"] == ESTIMATE, "pence"].sum()), int(ledger["pence"].sum())


def in_words(table):
    """A table with the names of bodies instead of their short names, in its columns body, payer and payee."""
    names = reference.read("bodies").set_index("body")["name"]
    return table.assign(
        **{name: table[name].map(names).fillna(table[name]) for name in ("body", "payer", "payee") if name in table}
    )


def assumptions(ledger):
    """Every rule that brought money here, with its reason: spending, driver, reason, pence; largest first."""
    rules = reference.read("driver_rules")
    names = reference.read("driver_names").set_index("driver")["name"]
    ledger = ledger[ledger["evidence"] == ESTIMATE]
    brought = count(ledger.assign(rule=match(rules.drop(columns=["driver", "driver_year"]), ledger)), "rule").set_index("rule")
    used = rules.join(brought, how="inner", validate="1:1")
    used = used.assign(spending=_in_words(used), driver=used["driver"].map(names) + ", " + used["driver_year"])
    return largest(used[["spending", "driver", "reason", "pence"]], len(used))


def _in_words(rules):
    """What a rule is for, in words: 'Councils: Education, capital'."""
    body = rules["body"].replace("", "anyone").map({"anyone": "Anyone"} | _names("bodies", "body"))
    function = rules["cofog"].map({"": ""} | _names("cofog", "cofog"))
    titles = reference.read("programmes").drop_duplicates("programme").set_index("programme")["name"].to_dict()
    programme = rules["programme"].map({"": ""} | titles)
    details = pd.DataFrame({"function": function, "programme": programme, "economic": rules["economic"]})
    words = [", ".join(filled for filled in row if filled) or "everything else" for row in details.itertuples(index=False)]
    return body + ": " + pd.Series(words, index=rules.index, dtype="str")


def _names(table, key):
    return reference.read(table).set_index(key)["name"].to_dict()


def beside(place, ledger):
    """Amounts that were published for a place, with ours beside: what, basis, published, ours, difference (pence), source.

    ledger: our count of everything identifiable. A published line is "total", a body, or a function and a body ("10 dwp"):
    of a body is what a return from it would replace. Where nothing was published the table is empty.
    """
    rows = reference.read("published")
    rows = rows[(rows["place"] == place) & rows["unit"].isin(MILLIONS)]
    ours = rows["line"].map({line: _ours(ledger, line) for line in rows["line"].unique()})
    pence = money.pence(rows["value"] * rows["unit"].map(MILLIONS), "£m")
    table = rows.assign(what=rows["table"] + ": " + rows["line"].map(_line_in_words), published=pence, ours=ours)
    table = table[table["ours"].notna()].astype({"ours": "int64"})
    table = table.assign(difference=table["ours"] - table["published"])
    return table[["what", "basis", "published", "ours", "difference", "source"]].reset_index(drop=True)


def beside_pilots(place, ledger, year):
    """Amounts published for a place and for all pilots together, with ours beside: of, and the columns of `beside`."""
    pilots = places.together(places.pilots(), "pilots", "The 13 pilots")
    own = beside(place.slug, ledger).query("what != 'Table 1: total'").assign(of=place.name)
    theirs = beside(pilots.slug, estimate.first_count(pilots, year)).assign(of=pilots.name)
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
    inside = cofog.within(ledger["cofog"], function) if function else covered
    return ledger.loc[covered & inside, "pence"].sum()


def _function_and_body(line):
    """A line of published.csv parted: "10 dwp" -> ("10", "dwp"); "council" -> ("", "council")."""
    function, _, body = line.rpartition(" ")
    return function, body


def _line_in_words(line):
    function, body = _function_and_body(line)
    words = [_names("bodies", "body").get(body, body), _names("cofog", "cofog").get(function, "")]
    return ", ".join(word for word in words if word)


def reasonable(totals):
    """Whether health, education and social protection are the part of a count that they were of published ones.

    totals: the count by division. Returns part (pence), low and high (published per cent) and verdict (within or outside).
    """
    rows = reference.read("published")
    low, high = sorted(rows.loc[rows["table"] == "Reasonableness", "value"])
    part = int(totals.loc[totals["division"].isin(["07", "09", "10"]), "pence"].sum())
    within = low <= 100 * part / totals["pence"].sum() <= high
    return {"part": part, "low": int(low), "high": int(high), "verdict": "within" if within else "outside"}


def widest(ledger):
    """The body that spends on the most divisions (the larger of two as wide): body, functions (how many)."""
    spent = shown(ledger)
    reach = spent[spent["pence"] != 0].groupby("spender").agg(functions=("division", "nunique"), pence=("pence", "sum"))
    best = reach.sort_values(["functions", "pence"]).iloc[-1]
    return {"body": best.name, "functions": int(best["functions"])}


def local_range(definitions, total):
    """The least and the most that is local, as (pence, total), over the definitions that our figures allow."""
    counted = definitions["pence"].dropna()
    return {"low": (int(counted.min()), total), "high": (int(counted.max()), total)}
