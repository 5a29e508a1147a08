"""What counts of returned spending: nothing that would count twice, and the best evidence of each.

treatments.csv says what would count twice. One spending is one body, service, COFOG code, economic
category, payee and footprint; evidence.csv says which evidence of it is best: the outturn of the
year, else its budget, else another year's.
"""

import numpy as np
import pandas as pd
from pandas import DataFrame

from totalplace import cofog, reference
from totalplace.errors import InputError, first_few

SPENDING = ["body", "service", "cofog", "economic", "payee", "footprint"]
KIND = ["body", "economic", "cofog"]
TREATED = ["treatment", "of_body", "trap", "reason"]
BETTER = "better evidence of the same spending was returned"
OVERLAPPING = "better evidence of part of it, or of more than it, was returned"


def apply_treatments(lines: DataFrame) -> tuple[DataFrame, DataFrame]:
    """(what is counted, what is left out): each line treated as treatments.csv says of its service.

    A line of another body (police in a council's return) is left out where another return covers
    that body, and otherwise counts as that body's. What is left out has treatment, of_body, trap,
    reason and, of the last two, `why`. Raises InputError for a body that bodies.csv does not have.
    """
    bodies = reference.read("bodies").set_index("body")
    if unknown := first_few(sorted(set(lines["body"]) - set(bodies.index))):
        raise InputError(f"bodies.csv has no {unknown}, which returned. Add a row for each.")
    treated = _with_treatment(lines, lines["body"].map(bodies["sector"]))
    covers = {body: set(bodies.loc[body, "supersedes"].split()) for body in set(lines["body"])}
    pairs = zip(treated["body"], treated["of_body"], strict=True)
    twice = [any(of in covers[other] for other in covers if other != body) for body, of in pairs]
    out = (treated["treatment"] == "leave out") | np.array(twice, dtype="bool")
    body = treated["of_body"].where(treated["of_body"] != "", treated["body"])
    left_out = treated[out]
    trap = left_out["trap"].astype("str").str.removesuffix(".0")
    why = "trap " + trap + ": " + left_out["reason"]
    return treated.assign(body=body)[list(lines)][~out], left_out.assign(why=why)


def _with_treatment(lines, sectors):
    """The lines with what treatments.csv says of their service, in their sector; else blank."""
    table = reference.read("treatments")
    table = table.assign(service=table["service"].map(_plain))
    keys = DataFrame({"sector": sectors, "service": lines["service"].map(_plain)})
    first = table.drop_duplicates(list(keys))
    found = keys.merge(first, on=list(keys), how="left", validate="m:1").set_index(lines.index)
    found = found.fillna({"treatment": "", "of_body": "", "reason": ""})
    return lines.assign(**{name: found[name] for name in TREATED})


def _plain(text):
    return " ".join(text.lower().split())


def best_evidence(lines: DataFrame, year: str) -> tuple[DataFrame, DataFrame]:
    """(the best evidence of each spending, what is set aside for it, with `why`).

    Where lines of one body overlap, a function and a part of it, the worse evidence is set aside.
    Adds evidence (its grade) and evidence_year.
    """
    ranked = _ranked(lines, year)
    best = ranked["rank"] == ranked.groupby(SPENDING)["rank"].transform("min")
    overlapping = best & _overlapped(ranked[best]).reindex(ranked.index, fill_value=False)
    kept = best & ~overlapping
    graded = ranked.drop(columns="rank")
    why = overlapping.map({True: OVERLAPPING, False: BETTER})
    return graded[kept], graded.assign(why=why)[~kept]


def _ranked(lines, year):
    """The lines with rank (smaller is better), evidence and evidence_year."""
    order = reference.read("evidence").sort_values("rank")
    sent = list(zip(lines["status"], lines["year"], strict=True))
    ranks = {kind: _rank(order, kind[0], int(year[:4]) - int(kind[1][:4])) for kind in set(sent)}
    found = DataFrame([ranks[kind] for kind in sent], lines.index, ["rank", "evidence"])
    found = found.astype({"rank": "int64", "evidence": "str"})
    return lines.assign(**found, evidence_year=lines["year"])


def _rank(order, status, before):
    """(rank, grade) so many years before the count: of others the nearest, then the earlier."""
    for row in order[order["status"] == status].itertuples():
        if row.years_before == str(before):
            return 1000 * row.rank, row.evidence
        if row.years_before == "any":
            return 1000 * row.rank + 2 * abs(before) + (before < 0), row.evidence
    years = f"{status!r}, {before} years before the count"
    raise InputError(f"evidence.csv has no row for {years}. Add one.")


def _overlapped(lines):
    """True for lines that overlap with better evidence of the same body and economic category."""
    kinds = lines.groupby(KIND, as_index=False)["rank"].min()
    pairs = kinds.merge(kinds, on=KIND[:2], suffixes=("", "_better"))
    pairs = pairs[pairs["rank_better"] < pairs["rank"]]
    codes = zip(pairs["cofog"], pairs["cofog_better"], strict=True)
    worse = pairs[np.array([cofog.overlaps(one, other) for one, other in codes], dtype="bool")]
    worse_kinds = pd.MultiIndex.from_frame(worse[KIND])
    return pd.Series(pd.MultiIndex.from_frame(lines[KIND]).isin(worse_kinds), index=lines.index)


def transfers(spending: DataFrame, income: DataFrame) -> DataFrame:
    """Payments between counted bodies by both sides: payer, payee, paid, received, difference."""
    bodies, pair = set(reference.read("bodies")["body"]), ["payer", "payee"]
    paid = spending[spending["payee"].isin(bodies) & (spending["payee"] != spending["body"])]
    paid = paid.rename(columns={"body": "payer"}).groupby(pair)["pence"].sum()
    received = income[income["payee"].isin(bodies)]
    received = received.rename(columns={"body": "payee", "payee": "payer"})
    table = DataFrame({"paid": paid, "received": -received.groupby(pair)["pence"].sum()})
    table = table.fillna(0).astype("int64").rename_axis(pair).reset_index()
    return table.assign(difference=table["paid"] - table["received"])
