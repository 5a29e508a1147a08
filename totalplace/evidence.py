"""What counts of returned spending: nothing that would count twice (treatments.csv), the best evidence (evidence.csv).

One spending is one body, service, COFOG code, economic category, payee and footprint. An outturn of the year is better
evidence than its budget, and any of the year than one of another year; evidence.csv has the order.
"""

import numpy as np
import pandas as pd

from totalplace import cofog, reference
from totalplace.errors import InputError, first_few

SPENDING = ["body", "service", "cofog", "economic", "payee", "footprint"]
KIND = ["body", "economic", "cofog"]
BETTER = "better evidence of the same spending was returned"
OVERLAPPING = "better evidence of part of it, or of more than it, was returned"


def apply_treatments(lines: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """(what is counted, what is left out): each line treated as treatments.csv says of its service.

    A line of another body (police in a council's return) is left out where another return covers that body, and
    otherwise counts as that body's. What is left out has treatment, of_body, trap and reason besides. Raises InputError
    for a body that bodies.csv does not have.
    """
    bodies = reference.read("bodies").set_index("body")
    unknown = sorted(set(lines["body"]) - set(bodies.index))
    if unknown:
        raise InputError(
            f"bodies.csv has no {first_few(unknown)}, which returned. Add a row for each."
        )
    sent = lines.assign(**_treatments(lines, lines["body"].map(bodies["sector"])))
    covers = {body: set(bodies.loc[body, "supersedes"].split()) for body in set(lines["body"])}
    twice = [
        any(owner in covers[other] for other in covers if other != body)
        for body, owner in zip(sent["body"], sent["of_body"], strict=True)
    ]
    out = (sent["treatment"] == "leave out") | pd.Series(twice, index=sent.index, dtype="bool")
    body = sent["of_body"].where(sent["of_body"] != "", sent["body"])
    return sent.assign(body=body)[list(lines)][~out], sent[out]


def _treatments(lines, sectors):
    """What treatments.csv says of each line's service, in its sector: treatment, of_body, trap, reason."""
    table = reference.read("treatments").drop(columns="source")
    table = table.assign(service=table["service"].map(_plain))
    keys = pd.DataFrame({"sector": sectors, "service": lines["service"].map(_plain)})
    first = table.drop_duplicates(["sector", "service"])
    found = keys.merge(first, on=["sector", "service"], how="left", validate="m:1")
    found = found.fillna({"treatment": "", "of_body": "", "reason": ""})
    return {name: found[name].to_numpy() for name in ("treatment", "of_body", "trap", "reason")}


def _plain(text):
    return " ".join(text.lower().split())


def best_evidence(lines: pd.DataFrame, year: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """(the best evidence of each spending, what is set aside for it): outturn, else budget, else another year.

    Where lines of one body overlap, a function and a part of it, the worse evidence is set aside. Adds evidence (its
    grade) and evidence_year; and `why` to what is set aside.
    """
    ranked = _ranked(lines, year)
    best = ranked["rank"] == ranked.groupby(SPENDING)["rank"].transform("min")
    overlapping = best & _overlapped(ranked[best]).reindex(ranked.index, fill_value=False)
    kept = best & ~overlapping
    why = overlapping.map({True: OVERLAPPING, False: BETTER})
    ranked = ranked.drop(columns="rank")
    return ranked[kept], ranked.assign(why=why)[~kept]


def _ranked(lines, year):
    """The lines with rank (smaller is better), evidence and evidence_year."""
    order = reference.read("evidence").sort_values("rank")
    kinds = lines[["status", "year"]].drop_duplicates()
    ranks = {
        (status, sent): _rank(order, status, int(year[:4]) - int(sent[:4]))
        for status, sent in kinds.itertuples(index=False)
    }
    found = [ranks[kind] for kind in zip(lines["status"], lines["year"], strict=True)]
    rank = pd.Series([rank for rank, _ in found], index=lines.index, dtype="int64")
    grade = pd.Series([grade for _, grade in found], index=lines.index, dtype="str")
    return lines.assign(rank=rank, evidence=grade, evidence_year=lines["year"])


def _rank(order, status, before):
    """(rank, grade) of a status so many years before the count; of other years the nearest, then the earlier."""
    for row in order[order["status"] == status].itertuples():
        if row.years_before == str(before):
            return 1000 * row.rank, row.evidence
        if row.years_before == "any":
            return 1000 * row.rank + 2 * abs(before) + (before < 0), row.evidence
    raise InputError(
        f"evidence.csv has no row for {status!r}, {before} years before the count. Add one."
    )


def _overlapped(lines):
    """True for lines that overlap with better evidence: of the same body and category, a function and a part of it."""
    kinds = lines.groupby(KIND, as_index=False)["rank"].min()
    pairs = kinds.merge(kinds, on=KIND[:2], suffixes=("", "_better"))
    pairs = pairs[pairs["rank_better"] < pairs["rank"]]
    codes = zip(pairs["cofog"], pairs["cofog_better"], strict=True)
    worse = pairs[np.array([cofog.overlaps(one, other) for one, other in codes], dtype="bool")]
    worse_kinds = pd.MultiIndex.from_frame(worse[KIND])
    return pd.Series(pd.MultiIndex.from_frame(lines[KIND]).isin(worse_kinds), index=lines.index)
