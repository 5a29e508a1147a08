"""Adding up: the count by whatever is asked. Nothing is lost on the way: a blank key or a lost penny stops it."""

import pandas as pd

from totalplace import cofog, estimate, reference
from totalplace.apportion import blank_faults, match
from totalplace.errors import InputError, first_few, refuse
from totalplace.ledger import without_withheld

ESTIMATE = "national estimate"


def total_by(ledger, *by):
    """The pence of a ledger added up by one or more columns: `by` and pence, in the order of `by`.

    Raises InputError for a blank in `by`: a blank key would lose its money.
    """
    refuse(blank_faults(ledger, list(by), "the ledger"))
    totals = ledger.groupby(list(by), as_index=False, observed=True)["pence"].sum()
    if totals["pence"].sum() != ledger["pence"].sum():
        raise ArithmeticError(
            f"counting by {first_few(by)} lost money; this is a bug, not your data."
        )
    return totals


def divisions(ledger):
    """The count by the ten divisions, every one of them, with its name: division, name, pence.

    What a return could not classify stands below them, where there is any, and what is withheld.
    """
    totals = total_by(ledger, "division").set_index("division")["pence"]
    beside = reference.words("division").items()
    names = cofog.DIVISIONS | {code: name for code, name in beside if code in totals.index}
    pence = pd.Series(names).index.map(totals).fillna(0).astype("int64")
    return pd.DataFrame({"division": list(names), "name": list(names.values()), "pence": pence})


def groups(ledger):
    """The count by COFOG group with its name; lines known by division alone stay together as 'not divided into groups'."""
    totals = total_by(ledger.assign(group=cofog.group(ledger["cofog"])), "division", "group")
    beside = reference.words("division")
    named_groups = totals["group"].map(names_by_key("cofog", "cofog") | beside)
    alone = (totals["group"] == totals["division"]) & ~totals["group"].isin(beside)
    return totals.assign(name=named_groups.mask(alone, named_groups + ": not divided into groups"))


def cross_table(ledger, rows, columns):
    """The count by two columns as a table of pence, `rows` down and `columns` across; nothing is 0."""
    tidy = total_by(ledger, rows, columns)
    return tidy.pivot(index=rows, columns=columns, values="pence").fillna(0).astype("int64")


def largest_by(ledger, by, how_many):
    """The largest of what its reader may see, with money in them: `by`, pence, largest first."""
    totals = ranked(total_by(without_withheld(ledger), by), how_many)
    return totals[totals["pence"] > 0] if (totals["pence"] > 0).any() else totals.head(1)


def number_of(ledger, by):
    """How many of a kind there are, of what its reader may see."""
    return without_withheld(ledger)[by].nunique()


def share_of(ledger, column, value):
    """What part of a ledger is of one kind, as (pence of it, pence of all)."""
    return int(ledger.loc[ledger[column] == value, "pence"].sum()), int(ledger["pence"].sum())


def driver_sensitivity(best, plain):
    """Two estimates by function: function, best_driver, by_population, difference (pence)."""
    one, other = divisions(best), divisions(plain)["pence"]
    table = one.assign(by_population=other, difference=one["pence"] - other)
    return table.rename(columns={"name": "function", "pence": "best_driver"}).drop(
        columns="division"
    )


def ranked(totals, how_many):
    """The `how_many` largest rows of a count, largest first."""
    return (
        totals.sort_values("pence", ascending=False, kind="stable")
        .head(how_many)
        .reset_index(drop=True)
    )


def with_body_names(ledger):
    """The ledger with who spends in words: spender, kind (council, NHS, central ...) and control, from bodies.csv.

    Raises InputError for a body that bodies.csv does not have.
    """
    bodies = reference.read("bodies").set_index("body")
    unknown = sorted(set(ledger["body"]) - set(bodies.index))
    if unknown:
        raise InputError(f"bodies.csv has no {first_few(unknown)}. Add a row for each.")
    words = {"spender": "name", "kind": "sector", "control": "control"}
    names = ledger["division"].map(cofog.DIVISIONS | reference.words("division"))
    return ledger.assign(
        division_name=names, **{new: ledger["body"].map(bodies[old]) for new, old in words.items()}
    )


def by_driver(ledger):
    """How each pound got here, allocated (returned as spent here) or apportioned by which driver: way, pence; largest first."""
    names = estimate.driver_names(ledger["driver"].unique())
    estimated = ledger["evidence"] == ESTIMATE
    driver = ledger["driver"].map(names | reference.words("driver"))
    how = ", " + ledger["area_basis"].str.rpartition(" ")[2]
    wider = (~estimated & ledger["driver"].isin(names)).map(
        {True: ", returned for a wider area", False: ""}
    )
    totals = total_by(ledger.assign(way=driver + how.where(estimated, wider)), "way")
    return ranked(totals, len(totals))


def by_evidence(ledger, *by):
    """The count by how firmly it is known, best first: evidence (a category in that order), pence; within `by` if given."""
    grades = reference.read("evidence").sort_values("rank")["evidence"].unique()
    used = [grade for grade in grades if (ledger["evidence"] == grade).any()]
    graded = ledger.assign(evidence=pd.Categorical(ledger["evidence"], used))
    return total_by(graded, *by, "evidence")


def share_estimated(ledger):
    """What rests on national estimates, as (pence, pence of all)."""
    return int(ledger.loc[ledger["evidence"] == ESTIMATE, "pence"].sum()), int(
        ledger["pence"].sum()
    )


def with_names(table):
    """A table with the names of bodies instead of their short names, in its columns body, payer and payee."""
    names = reference.read("bodies").set_index("body")["name"]
    return table.assign(
        **{
            name: table[name].map(names).fillna(table[name])
            for name in ("body", "payer", "payee")
            if name in table
        }
    )


def driver_rules_used(ledger):
    """Every rule that brought money here, with its reason: spending, driver, reason, pence; largest first."""
    rules = reference.read("driver_rules")
    names = estimate.driver_names(rules["driver"].unique())
    ledger = ledger[ledger["evidence"] == ESTIMATE]
    brought = total_by(
        ledger.assign(rule=match(rules.drop(columns=["driver", "driver_year"]), ledger)), "rule"
    ).set_index("rule")
    used = rules.join(brought, how="inner", validate="1:1")
    used = used.assign(
        spending=_spending_in_words(used),
        driver=used["driver"].map(names) + ", " + used["driver_year"],
    )
    return ranked(used[["spending", "driver", "reason", "pence"]], len(used))


def _spending_in_words(rules):
    """What a rule is for, in words: 'Councils: Education, capital'."""
    body = (
        rules["body"]
        .replace("", "anyone")
        .map({"anyone": "Anyone"} | names_by_key("bodies", "body"))
    )
    function = rules["cofog"].map({"": ""} | names_by_key("cofog", "cofog"))
    titles = (
        reference.read("programmes")
        .drop_duplicates("programme")
        .set_index("programme")["name"]
        .to_dict()
    )
    programme = rules["programme"].map({"": ""} | titles)
    details = pd.DataFrame(
        {"function": function, "programme": programme, "economic": rules["economic"]}
    )
    words = [
        ", ".join(filled for filled in row if filled) or "everything else"
        for row in details.itertuples(index=False)
    ]
    return body + ": " + pd.Series(words, index=rules.index, dtype="str")


def names_by_key(table, key):
    return reference.read(table).set_index(key)["name"].to_dict()


def widest_spender(ledger):
    """The body that spends on the most divisions (the larger of two as wide): body, functions (how many)."""
    spent = without_withheld(ledger)
    reach = (
        spent[spent["pence"] != 0]
        .groupby("spender")
        .agg(functions=("division", "nunique"), pence=("pence", "sum"))
    )
    best = reach.sort_values(["functions", "pence"]).iloc[-1]
    return {"body": best.name, "functions": int(best["functions"])}
