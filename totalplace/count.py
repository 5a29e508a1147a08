"""Adding up: the count by whatever is asked. A blank key or a lost penny stops it."""

import pandas as pd
from pandas import DataFrame, Series

from totalplace import cofog, estimate, reference
from totalplace.apportion import blank_faults, match
from totalplace.errors import InputError, first_few, refuse
from totalplace.ledger import without_withheld

IN_WORDS = {"spender": "name", "body_sector": "sector", "control": "control"}  # of bodies
UNDIVIDED = ": not divided into groups"


def total_by(ledger: DataFrame, *by: str) -> DataFrame:
    """The pence of a ledger added up by one or more columns: `by` and pence, in the order of `by`.

    Raises InputError for a column that is not there, and for a blank in `by`, which would lose its
    money.
    """
    _check_ledger(ledger, by)
    refuse(blank_faults(ledger, by, "the ledger"))
    totals = ledger.groupby(list(by), as_index=False, observed=True)["pence"].sum()
    if totals["pence"].sum() != ledger["pence"].sum():
        raise ArithmeticError(f"counting by {first_few(by)} lost money: a bug, not your data.")
    return totals


def _check_ledger(ledger, by):
    """Refuse what is no ledger, or lacks a column."""
    if not isinstance(ledger, DataFrame):
        raise InputError(f"a ledger is needed, as tp.first_count gives; this is {ledger!r:.40}.")
    if missing := [column for column in (*by, "pence") if column not in ledger]:
        hint = "tp.with_body_names(ledger) adds it. " if set(missing) & {*IN_WORDS} else ""
        has = f"{hint}It has {first_few(ledger, 60)}"
        raise InputError(f"the ledger has no column {first_few(missing)}. {has}.")


def ranked(totals: DataFrame) -> DataFrame:
    """The rows of a count, largest first."""
    return totals.sort_values("pence", ascending=False, kind="stable", ignore_index=True)


def ranked_by(ledger: DataFrame, *by: str) -> DataFrame:
    """The pence of a ledger added up by one or more columns, largest first."""
    return ranked(total_by(ledger, *by))


def divisions(ledger: DataFrame) -> DataFrame:
    """The count by the ten divisions, every one of them: division, function (its name), pence.

    Below them, if there is any: what a return could not classify, and what is withheld.
    """
    totals = total_by(ledger, "division").set_index("division")["pence"]
    beside = reference.words("division").items()
    names = cofog.DIVISIONS | {code: name for code, name in beside if code in totals.index}
    pence = Series(names).index.map(totals).fillna(0).astype("int64")
    return DataFrame({"division": list(names), "function": list(names.values()), "pence": pence})


def groups(ledger: DataFrame) -> DataFrame:
    """The count by COFOG group: group, function (its name), pence.

    Lines known by division alone are together as "not divided into groups".
    """
    totals = total_by(ledger.assign(group=cofog.group(ledger["cofog"])), "division", "group")
    beside = reference.words("division")
    function = totals["group"].map(reference.names_of("cofog", "cofog") | beside)
    alone = (totals["group"] == totals["division"]) & ~totals["group"].isin(beside)
    totals = totals.assign(function=function.mask(alone, function + UNDIVIDED))
    return totals[["group", "function", "pence"]]


def cross_table(ledger: DataFrame, rows: str, columns: str) -> DataFrame:
    """The count by two columns: `rows` in the first, then the pence of each of `columns`, or 0."""
    tidy = total_by(ledger, rows, columns)
    wide = tidy.pivot(index=rows, columns=columns, values="pence").fillna(0).astype("int64")
    return wide.rename_axis(columns=None).reset_index()


def pence_of(ledger: DataFrame) -> int:
    """All the pence of a ledger, or of a count."""
    return int(ledger["pence"].sum())


def share_of(ledger: DataFrame, column: str, value: object) -> tuple[int, int]:
    """What part of a ledger, or of a count, is of one kind: (pence of it, pence of all)."""
    return pence_of(ledger[ledger[column] == value]), pence_of(ledger)


def pence_by(ledger: DataFrame, column: str) -> Series:
    """The pence of a ledger, or of a count, by name: a Series, largest first."""
    return ranked_by(ledger, column).set_index(column)["pence"]


def largest_by(ledger: DataFrame, column: str, how_many: int) -> Series:
    """The largest of what the reader may see, with money in them: pence by name, largest first."""
    pence = pence_by(without_withheld(ledger), column).head(how_many)
    return pence[pence > 0] if (pence > 0).any() else pence.head(1)


def headlines(spent: DataFrame, people: int) -> dict:
    """Facts of a count for captions, with those of `widest_spenders`.

    spent: of `with_body_names`. people: residents. A share is (pence, pence of all), per_head
    (pence, people); functions and spenders are the pence of the largest three, by name.
    """
    total = pence_of(spent)
    functions, spenders = (largest_by(spent, by, 3) for by in ("division_name", "spender"))
    return {
        "total": total,
        "people": people,
        "per_head": (total, people),
        "functions": functions.rename(str.lower),
        "function_pence": int(functions.max()),
        "function_share": (int(functions.max()), total),
        "three_share": (int(functions.sum()), total),
        "bodies": int(without_withheld(spent)["spender"].nunique()),
        "spenders": spenders,
        "spender_share": (int(spenders.max()), total),
        "capital_share": share_of(spent, "economic", "capital"),
        "estimated_share": share_of(spent, "evidence", estimate.NATIONAL_ESTIMATE),
        "population_share": share_of(spent, "driver", "population"),
    } | widest_spenders(spent)


def widest_spenders(ledger: DataFrame) -> dict:
    """Who spends on most divisions: widest (names, several where equal), reach (how many)."""
    spent = without_withheld(ledger)
    spent = spent[(spent["pence"] != 0) & spent["division"].isin(cofog.DIVISIONS)]
    reach = spent.groupby("spender")["division"].nunique()
    most = int(reach.max()) if len(reach) else 0
    return {"widest": reach.index[reach == most].tolist(), "reach": most}


def driver_sensitivity(best: DataFrame, plain: DataFrame) -> DataFrame:
    """Two estimates by function: function, best_driver, by_population, difference (pence)."""
    table = divisions(best).rename(columns={"pence": "best_driver"}).drop(columns="division")
    table["by_population"] = divisions(plain)["pence"]
    return table.assign(difference=table["best_driver"] - table["by_population"])


def sensitivity_facts(sensitivity: DataFrame) -> dict:
    """What the best drivers do to an estimate, for captions: direction (lower, raise), moved."""
    moved = int(sensitivity["difference"].sum())
    return {"direction": "lower" if moved < 0 else "raise", "moved": abs(moved)}


def with_body_names(ledger: DataFrame) -> DataFrame:
    """The ledger in words: division_name; spender, body_sector (council, NHS ...) and control.

    Raises InputError for a body that bodies.csv does not have.
    """
    _check_ledger(ledger, ["body", "division"])
    bodies = reference.read("bodies").set_index("body")
    if unknown := first_few(sorted(set(ledger["body"]) - set(bodies.index))):
        raise InputError(f"bodies.csv has no {unknown}. Add a row for each.")
    return ledger.assign(
        division_name=ledger["division"].map(cofog.DIVISIONS | reference.words("division")),
        **{new: ledger["body"].map(bodies[old]) for new, old in IN_WORDS.items()},
    )


def bodies(spent: DataFrame) -> DataFrame:
    """Every body that spends, largest first: spender, body_sector, control, pence."""
    return ranked_by(spent, "spender", "body_sector", "control")


def by_driver(ledger: DataFrame) -> DataFrame:
    """How each pound got here: driver (with its year, or "Allocated"), pence, largest first."""
    names = estimate.driver_names(ledger["driver"].unique())
    estimated = ledger["evidence"] == estimate.NATIONAL_ESTIMATE
    driver = ledger["driver"].map(names | reference.words("driver"))
    vintage = ", " + ledger["area_basis"].str.rpartition(" ")[2]
    wider = (~estimated & ledger["driver"].isin(names)).map(
        {True: ", returned for a wider area", False: ""}
    )
    return ranked_by(ledger.assign(driver=driver + vintage.where(estimated, wider)), "driver")


def by_evidence(ledger: DataFrame, *by: str) -> DataFrame:
    """The count by how firmly it is known, best first: `by`, evidence (a category), pence."""
    grades = reference.read("evidence").sort_values("rank")["evidence"].unique()
    used = [grade for grade in grades if (ledger["evidence"] == grade).any()]
    graded = ledger.assign(evidence=pd.Categorical(ledger["evidence"], used))
    return total_by(graded, *by, "evidence")


def with_full_names(table: DataFrame) -> DataFrame:
    """A table with the full names of bodies in its columns body, payer and payee."""
    names = reference.names_of("bodies", "body")
    columns = [column for column in ("body", "payer", "payee") if column in table]
    return table.assign(**{name: table[name].map(names).fillna(table[name]) for name in columns})


def sources() -> DataFrame:
    """The published figures that a count is made of: title, publisher, published, licence, note."""
    return reference.sources()[["title", "publisher", "published", "licence", "note"]]


def driver_rules_used(ledger: DataFrame, rules: DataFrame | None = None) -> DataFrame:
    """Every rule that brought estimates here, largest first: spending, driver, reason, pence.

    rules: in place of driver_rules.csv.
    """
    rules = reference.read("driver_rules") if rules is None else rules
    estimates = ledger[ledger["evidence"] == estimate.NATIONAL_ESTIMATE]
    rule = match(rules.drop(columns=["driver", "driver_year"]), estimates, "driver_rules.csv")
    brought = total_by(estimates.assign(rule=rule), "rule").set_index("rule")
    used = rules.join(brought, how="inner", validate="1:1")
    driver = used["driver"].map(estimate.driver_names(used["driver"])) + ", " + used["driver_year"]
    used = used.assign(spending=_spending_in_words(used), driver=driver)
    return ranked(used[["spending", "driver", "reason", "pence"]])


def _spending_in_words(rules: DataFrame) -> Series:
    """What a rule is for, in words: 'Councils: Education, capital'."""
    body = rules["body"].map({"": "Anyone"} | reference.names_of("bodies", "body"))
    function = rules["cofog"].map({"": ""} | reference.names_of("cofog", "cofog"))
    programme = rules["programme"].map({"": ""} | reference.names_of("programmes", "programme"))
    details = zip(function, programme, rules["economic"], strict=True)
    words = [", ".join(filter(None, row)) or "everything else" for row in details]
    return body + ": " + Series(words, index=rules.index, dtype="str")
