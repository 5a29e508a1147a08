"""Best evidence for each line, each pound once: partners' returns take the place of the estimates that they cover.

In this order, and each step a table that the report prints: what would count twice (treatments.csv), the best evidence of
each spending (evidence.csv), payments to bodies that have returned, the estimates that the returns replace.

A return replaces the estimates of its body (bodies.supersedes, or the line's own `supersedes`) in the functions that it
has, current and capital apart. Where an estimate cannot be parted so finely (health; a service that is not classified) it
replaces its own amount of it and no more. Known limit: income is shown and never taken off, for we count gross.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from totalplace import cofog, money, reference, returns
from totalplace.apportion import apportion, with_rule_columns
from totalplace.errors import InputError, first_few
from totalplace.estimate import first_count, scope_rules

NOT_CLASSIFIED, RETURNED_PROGRAMME = "99", "returned"
WITHHELD, WITHHELD_CODE = "withheld", "98"  # the body, and what stands where a COFOG code would
SPENDING = ["body", "service", "cofog", "economic", "payee", "footprint"]
KIND = ["body", "economic", "cofog"]
WHERE = ["file", "sheet", "row", "cofog"]
RETURNED = [
    "file", "sheet", "row", "cell", "service", "payee", "ring_fenced", "confidential", "age_from", "age_to", "children",
    "note", "evidence_year",
]  # fmt: skip
NUMBERS = ["row", "age_from", "age_to", "children"]


@dataclass(frozen=True)
class Consolidated:
    """A count with returns in it, and every step on the way.

    ledger: what counts, estimates and returned lines. left_out: what would count twice, with trap and reason. set_aside:
    where better evidence was returned. intra_public: payments to bodies that have returned. income: shown, never taken off.
    replaced: body by body, estimate against return. transfers: both sides of each payment. sums: the steps, in pence.
    superseded: the estimates that returns replace, with returned_by.
    """

    ledger: pd.DataFrame
    left_out: pd.DataFrame
    set_aside: pd.DataFrame
    intra_public: pd.DataFrame
    income: pd.DataFrame
    replaced: pd.DataFrame
    transfers: pd.DataFrame
    sums: pd.DataFrame
    superseded: pd.DataFrame


@reference.cached_until_data_changes
def consolidated_count(place, year, scope="identifiable"):
    """The count of a place with its partners' returns in it: (Consolidated, returns.Returns).

    place: places.Place. Raises InputError for an unknown year or scope; what is wrong with a return is in the Returns.
    """
    sent = returns.read_returns(place, year)
    lines = returns.localise(sent.lines, place, year)
    return consolidate(first_count(place, year, scope), _in_scope(lines, scope), year), sent


def _in_scope(lines, scope):
    """Returned lines that a scope takes in."""
    told = lines.assign(programme=RETURNED_PROGRAMME, sector=_sectors(lines), cofog=_codes(lines))
    verdict = with_rule_columns(told, scope_rules(scope), ["in_or_out"])["in_or_out"]
    return lines[verdict == "in"].reset_index(drop=True)


def _sectors(lines):
    """The sector in which the national figures have each line's body."""
    sectors = reference.read("national_spend").drop_duplicates("body").set_index("body")["sector"]
    return lines["body"].map(sectors).fillna(RETURNED_PROGRAMME)


def _codes(lines):
    return lines["cofog"].mask(lines["cofog"] == "", NOT_CLASSIFIED)


def consolidate(estimate, lines, year):
    """An estimate and the returned lines of a place as one count, each pound once: a Consolidated.

    estimate: the ledger of estimate.first_count. lines: the accepted lines of returns, localised, in any order.
    Raises InputError for a body that bodies.csv does not have, ArithmeticError if a step loses a penny.
    """
    lines = lines.sort_values(WHERE, kind="stable").reset_index(drop=True)
    income, spending = lines[lines["flow"] == "income"], lines[lines["flow"] != "income"]
    once, left_out = apply_treatments(spending)
    best, set_aside = best_evidence(once, year)
    to_returned = best["payee"].isin(best["body"]) & (best["payee"] != best["body"])
    kept, intra_public = best[~to_returned], best[to_returned]
    rest, superseded = replace_estimates(
        estimate, best
    )  # a payment that is intra_public covers its function none the less
    ledger = pd.concat([_with_blanks(rest), as_ledger(kept, estimate)], ignore_index=True)
    steps = {"national estimate": estimate, "replaced by returns": superseded, "returned spending": spending, "left out": left_out,
             "better evidence": set_aside, "paid to bodies that returned": intra_public}  # fmt: skip
    sums = _sums(steps, int(ledger["pence"].sum()))
    pairs = transfers(spending, income)
    return Consolidated(
        ledger,
        left_out,
        set_aside,
        intra_public,
        income,
        compare_with_estimates(superseded, kept),
        pairs,
        sums,
        superseded,
    )


def apply_treatments(lines):
    """(what is counted, what is left out): each line treated as treatments.csv says of its service.

    A line of another body (police in a council's return) is left out where another return covers that body, and otherwise
    counts as that body's. What is left out has treatment, of_body, trap and reason. Raises InputError for an unknown body.
    """
    bodies = reference.read("bodies").set_index("body")
    unknown = sorted(set(lines["body"]) - set(bodies.index))
    if unknown:
        raise InputError(
            f"bodies.csv has no {first_few(unknown)}, which returned. Add a row for each."
        )
    table = reference.read("treatments").drop(columns="source")
    table = table.assign(service=table["service"].map(_plain)).drop_duplicates(
        ["sector", "service"]
    )
    keys = pd.DataFrame(
        {"sector": lines["body"].map(bodies["sector"]), "service": lines["service"].map(_plain)}
    )
    found = keys.merge(table, on=["sector", "service"], how="left", validate="m:1").fillna(
        {"treatment": "", "of_body": "", "reason": ""}
    )
    told = lines.assign(
        **{name: found[name].to_numpy() for name in ("treatment", "of_body", "trap", "reason")}
    )
    covering = {body: set(bodies.loc[body, "supersedes"].split()) for body in set(lines["body"])}
    twice = [
        any(of in covering[other] for other in covering if other != body)
        for body, of in zip(told["body"], told["of_body"], strict=True)
    ]
    out = (told["treatment"] == "leave out") | pd.Series(twice, index=told.index, dtype="bool")
    counted = told[~out]
    return counted.assign(body=counted["of_body"].mask(counted["of_body"] == "", counted["body"]))[
        list(lines)
    ], told[out]


def _plain(text):
    return " ".join(text.lower().split())


def best_evidence(lines, year):
    """(the best evidence of each spending, what is set aside for it): outturn of the year, else its budget, else another year.

    One spending is one body, service, COFOG code, economic category, payee and footprint. Where lines of one body overlap, a
    function and a part of it, the worse evidence is set aside. Adds evidence (its grade) and evidence_year; `why` aside.
    """
    ranked = _ranked(lines, year)
    best = ranked["rank"] == ranked.groupby(SPENDING)["rank"].transform("min")
    overlapping = best & _overlapped(ranked[best]).reindex(ranked.index, fill_value=False)
    why = pd.Series("better evidence of the same spending was returned", index=ranked.index)
    why = why.mask(overlapping, "better evidence of part of it, or of more than it, was returned")
    set_aside = ranked.assign(why=why)[~best | overlapping]
    return ranked[best & ~overlapping].drop(columns="rank"), set_aside.drop(columns="rank")


def _ranked(lines, year):
    """The lines with rank (smaller is better), evidence and evidence_year."""
    order = reference.read("evidence").sort_values("rank")
    kinds = lines[["status", "year"]].drop_duplicates()
    ranks = [
        _rank(order, kind.status, int(year[:4]) - int(kind.year[:4])) for kind in kinds.itertuples()
    ]
    kinds = kinds.assign(rank=[rank for rank, _ in ranks], evidence=[grade for _, grade in ranks])
    found = (
        lines[["status", "year"]]
        .merge(kinds, on=["status", "year"], how="left", validate="m:1")
        .set_index(lines.index)
    )
    return lines.assign(
        rank=found["rank"].astype("int64"),
        evidence=found["evidence"].astype("str"),
        evidence_year=lines["year"],
    )


def _rank(order, status, before):
    """(rank, grade) of a status so many years before the count; of other years the nearest, and the earlier of two as near."""
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
    codes = zip(pairs["cofog"], pairs["cofog_better"], strict=True)
    overlap = np.array(
        [_holds(one, other) or _holds(other, one) for one, other in codes], dtype="bool"
    )
    worse = pairs[overlap & (pairs["rank_better"] < pairs["rank"])]
    return pd.Series(
        pd.MultiIndex.from_frame(lines[KIND]).isin(pd.MultiIndex.from_frame(worse[KIND])),
        index=lines.index,
    )


def _holds(code, part):
    """True where a function has another as a part of it: '09' holds '09.1', not '09'."""
    return code != "" and part.startswith(code + ".")


def replace_estimates(estimate, lines):
    """(the estimates that stay, the estimates that returns replace): they add to the estimate to the penny.

    lines: body, cofog ("" where not classified), economic, supersedes (blank: the body's own), pence. What is replaced has
    `returned_by`, the body whose return did it.
    """
    bodies = reference.read("bodies").set_index("body")["supersedes"]
    covers = lines.groupby([*KIND, "supersedes"], as_index=False)["pence"].sum()
    covers = covers.assign(
        bodies=[(cover.supersedes or bodies[cover.body]).split() for cover in covers.itertuples()]
    )
    rest, superseded = estimate, []
    narrowest_first = covers.sort_values("cofog", key=lambda codes: -codes.str.len(), kind="stable")
    for cover in narrowest_first.itertuples():
        own = rest["body"].isin(cover.bodies) & (rest["economic"] == cover.economic)
        exact = own & cofog.within(rest["cofog"], cover.cofog or NOT_CLASSIFIED)
        coarse = own & rest["cofog"].map(
            lambda code, part=cover.cofog: part == "" or _holds(code, part)
        ).astype("bool")
        rest, replaced = (
            (rest[~exact], rest[exact]) if exact.any() else _taken_out(rest, coarse, cover.pence)
        )
        superseded.append(replaced.assign(returned_by=cover.body))
    superseded = pd.concat(
        [estimate.iloc[:0].assign(returned_by=""), *superseded], ignore_index=True
    )
    if rest["pence"].sum() + superseded["pence"].sum() != estimate["pence"].sum():
        raise ArithmeticError("superseding lost money; this is a bug, not your returns.")
    return rest.reset_index(drop=True), superseded


def _taken_out(rest, rows, pence):
    """The estimates less an amount taken out of some rows, as far as they have it; and what was taken out."""
    rows = rows & (rest["pence"] > 0)
    there = rest.loc[rows, "pence"]
    amount = min(pence, int(there.sum()))
    if amount <= 0:
        return rest, rest.iloc[:0]
    taken = money.split(np.array([amount]), np.array([0]), (there / there.sum()).to_numpy())
    left = rest.assign(
        pence=rest["pence"] - pd.Series(taken, index=there.index).reindex(rest.index, fill_value=0)
    )
    return left, rest[rows].assign(pence=taken)


def residual(counted):
    """What the steps from estimate to count leave unexplained: nothing, or `consolidate` would have stopped. Pence."""
    return int(counted.sums["pence"].iloc[:-1].sum() - counted.sums["pence"].iloc[-1])


def not_counted(counted):
    """What was returned and is not counted, and why: why, body, service, pence, largest first."""
    left_out = counted.left_out.assign(
        why="trap "
        + counted.left_out["trap"].astype("str").str.removesuffix(".0")
        + ": "
        + counted.left_out["reason"]
    )
    intra_public = counted.intra_public.assign(why="paid to a body that returned: counted there")
    income = counted.income.assign(why="income: shown, and never taken off, for the count is gross")
    parts = pd.concat(
        [
            part[["why", "body", "service", "pence"]]
            for part in (left_out, counted.set_aside, intra_public, income)
        ]
    )
    totals = parts.groupby(["why", "body", "service"], as_index=False)["pence"].sum()
    return totals.sort_values("pence", ascending=False, kind="stable", ignore_index=True)


def doubts(sent):
    """What was doubtful or wrong in the returns: standing, where, what, answer, pence. sent: returns.Returns.

    standing: decided (by whom, when and why), ask (waits for an answer) or refuse (out until it is mended).
    """
    open_ones = pd.concat([sent.faults, sent.questions], ignore_index=True)
    where = open_ones["file"].str.cat(open_ones[["sheet", "cells"]], sep=", ").str.strip(", ")
    answer = "to do: " + open_ones["remedy"]
    told = sent.decisions
    decided = (
        told["choice"] + ", by " + told["decided_by"] + ", " + told["date"] + ": " + told["reason"]
    )
    columns = ["standing", "where", "what", "answer", "pence"]
    parts = [pd.DataFrame(dict(zip(columns, values, strict=True))) for values in (
        (open_ones["verdict"], where, open_ones["problem"], answer, open_ones["pence"]),
        ("decided", told["where"], told["problem"], decided, told["pence"]))]  # fmt: skip
    return pd.concat(parts, ignore_index=True).astype({"pence": "int64"})


def compare_with_estimates(superseded, kept):
    """Returns against the estimates that they replace, body by body: body, estimate, returned, difference, largest first."""
    table = pd.DataFrame(
        {
            "estimate": superseded.groupby("returned_by")["pence"].sum(),
            "returned": kept.groupby("body")["pence"].sum(),
        }
    )
    table = table.fillna(0).astype("int64").rename_axis("body").reset_index()
    table = table.assign(difference=table["returned"] - table["estimate"])
    return table.sort_values(["returned", "body"], ascending=[False, True], ignore_index=True)


def transfers(spending, income):
    """Payments between bodies by both sides: payer, payee, paid, received, difference; only those between counted bodies."""
    bodies = set(reference.read("bodies")["body"])
    paid = spending[spending["payee"].isin(bodies) & (spending["payee"] != spending["body"])]
    received = income[income["payee"].isin(bodies)].rename(
        columns={"body": "payee", "payee": "body"}
    )
    pairs = ["body", "payee"]
    sides = {
        "paid": paid.groupby(pairs)["pence"].sum(),
        "received": -received.groupby(pairs)["pence"].sum(),
    }
    table = (
        pd.DataFrame(sides).fillna(0).astype("int64").rename_axis(["payer", "payee"]).reset_index()
    )
    return table.assign(difference=table["paid"] - table["received"])


def as_ledger(lines, estimate):
    """Returned lines in the columns of a ledger of estimates, with where each is from: file, sheet, row and cell."""
    names = reference.read("bodies").set_index("body")["name"]
    code = _codes(lines)
    first = estimate.iloc[0] if len(estimate) else {"place": "", "year": "", "region": ""}
    return pd.DataFrame({
        "place": first["place"], "year": first["year"], "region": first["region"], "area": "the whole place",
        "line": lines["file"] + ", " + lines["sheet"] + ", row " + lines["row"].astype("str"),
        "sub_function": lines["service"], "body": lines["body"], "department": lines["body"].map(names),
        "programme": RETURNED_PROGRAMME, "function": cofog.division(code).map(cofog.DIVISIONS).fillna("not classified"),
        "economic": lines["economic"], "sector": _sectors(lines), "cofog": code,
        "division": cofog.division(code), "driver": lines["driver"].mask(lines["driver"] == "", "allocated"),
        "area_share": lines["area_share"], "area_basis": lines["area_basis"], "sub_function_share": lines["cofog_share"],
        "sub_function_basis": lines["cofog_basis"], "evidence": lines["evidence"], "source": lines["source"],
        "pence": lines["pence"], **{name: lines[name] for name in RETURNED},
    })  # fmt: skip


def _with_blanks(estimate):
    """Estimates with the columns that only returned lines fill."""
    return estimate.assign(**{name: pd.NA if name in NUMBERS else "" for name in RETURNED})


def _sums(steps, total):
    """The steps from the estimate to the count, in pence; what they leave unexplained is the residual, and must be nothing."""
    signs = [1, -1, 1, -1, -1, -1]
    table = pd.DataFrame(
        {"step": list(steps), "pence": [int(part["pence"].sum()) for part in steps.values()]}
    )
    table["pence"] *= signs
    if table["pence"].sum() != total:
        raise ArithmeticError(
            f"consolidating left {total - table['pence'].sum()} pence unexplained; this is a bug, not your returns."
        )
    return pd.concat(
        [table, pd.DataFrame({"step": ["count with returns"], "pence": [total]})], ignore_index=True
    )


LIKE = ["body", "cofog", "programme", "sub_function", "sector"]


def split_like_estimates(counted, estimate):
    """The count with each returned sum parted like the estimates that it stands for: for themes, which go by programme.

    A return of DWP as one sum has the pattern of DWP's national lines in the same function and economic category, else of all
    its lines. counted: the ledger of `consolidate`. Adds to the penny. Raises InputError for a returned body with no pattern.
    """
    returned = counted["programme"] == RETURNED_PROGRAMME
    lines = counted[returned].reset_index(drop=True)
    if lines.empty:
        return counted
    lines = lines.assign(_line=range(len(lines)))
    of_line = list(lines[["body", "cofog", "economic"]].itertuples(index=False, name=None))
    kinds = {kind: _pattern(kind, estimate) for kind in dict.fromkeys(of_line)}
    missing = sorted({body for (body, _, _), pattern in kinds.items() if pattern.empty})
    if missing:
        raise InputError(
            f"returned by {first_few(missing)}: no national lines to part it like, so no theme can take it in."
        )
    shares = [kinds[kind].assign(_line=line) for line, kind in enumerate(of_line)]
    parts = apportion(
        lines.drop(columns=LIKE), pd.concat(shares)[["_line", "like", "share", "basis"]], "like"
    )
    told = parts["like"].str.split("\t", expand=True).set_axis(LIKE, axis=1)
    parts = pd.concat(
        [parts.drop(columns=["_line", "like", "like_share", "like_basis"]), told], axis=1
    )
    parts = parts.assign(division=cofog.division(parts["cofog"]))
    return pd.concat([counted[~returned], parts[list(counted)]], ignore_index=True)


def _pattern(kind, estimate):
    """Shares of the estimates that a returned body, function and economic category stands for: like, share, basis."""
    body, code, economic = kind
    bodies = reference.read("bodies").set_index("body")["supersedes"].get(body, body).split()
    own = estimate[estimate["body"].isin(bodies) & (estimate["pence"] > 0)]
    for near in (
        own[(own["economic"] == economic) & _related(own["cofog"], code)],
        own[_related(own["cofog"], code)],
        own,
    ):
        if len(near):
            like = near[LIKE[0]].str.cat(near[LIKE[1:]], sep="\t")
            weights = near.groupby(like)["pence"].sum()
            return pd.DataFrame(
                {
                    "like": weights.index,
                    "share": weights.to_numpy() / weights.sum(),
                    "basis": "like the estimate",
                }
            )
    return pd.DataFrame(columns=["like", "share", "basis"])


def _related(codes, code):
    """True where a code is a part of `code`, or has it as a part."""
    return codes.map(
        lambda other: other == code or _holds(code, other) or _holds(other, code)
    ).astype("bool")


def pence_withheld(spent):
    """The pence of a ledger that are withheld from its reader."""
    return int(spent.loc[spent["body"] == WITHHELD, "pence"].sum())


def without_withheld(spent):
    """The rows of a ledger that its reader may see: all but what is withheld."""
    return spent[spent["body"] != WITHHELD]
