"""The ledger, one row per line, and the count in it: each pound once, from the best evidence of it.

In this order, and each step a table that the report prints: what would count twice, the best
evidence of each spending, payments to bodies that have returned, the estimates that the returns
replace. A return replaces the estimates of its body (bodies.supersedes, or the line's own
`supersedes`) in the functions that it has, current and capital apart. Where an estimate cannot be
split so finely (health; a service that is not classified) it replaces its own amount of it and no
more. Known limit: income is shown and never taken off, for we count gross.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from pandas import DataFrame, Series

from totalplace import cofog, money, reference, returns
from totalplace.apportion import with_rule_columns
from totalplace.estimate import first_count, scope_rules
from totalplace.places import Place
from totalplace.returns.evidence import KIND, apply_treatments, best_evidence, transfers
from totalplace.returns.programmes import RETURNED_PROGRAMME

# The one schema of a ledger. Every ledger has LEDGER; where returns are in it, RETURNED (blank for
# estimates); shared out by theme, payer or age, those of ADDED. `source_row` is the number of the
# published row, or where a returned line came from.
_WHOSE = ["place", "year", "source_row", "sub_function", "area", "region", "body", "department"]
_WHAT = ["programme", "function", "cofog", "division", "economic", "sector"]
_WORKING = ["sub_function_share", "sub_function_basis", "area_share", "area_basis", "pence"]
LEDGER = [*_WHOSE, *_WHAT, "driver", "evidence", "source", *_WORKING]
KEY = ["file", "sheet", "row"]  # what a returned line is known by
_SENT = ["cell", "service", "payee", "ring_fenced", "confidential", "age_from", "age_to"]
RETURNED = [*KEY, *_SENT, "children", "note", "evidence_year"]
NUMBERS = ["row", "age_from", "age_to", "children"]  # of RETURNED: missing where they are blank
_THEME = ["tier", "recipient", "stage", "theme_share", "theme_basis"]
ADDED = [*_THEME, "payer", "profile", "age", "age_share", "age_basis"]

# Beside the codes of COFOG and the bodies: rows of ledger_words.csv and bodies.csv.
NOT_CLASSIFIED, WITHHELD_CODE = "99", "98"
WITHHELD = "withheld"
STEPS = {  # from estimate to count, each with its sign
    "national estimate": 1,
    "replaced by returns": -1,
    "returned spending": 1,
    "excluded (would count twice)": -1,
    "superseded by better evidence": -1,
    "payments to bodies that sent returns": -1,
}


@dataclass(frozen=True, repr=False)
class Consolidated:
    """A count with returns in it, and every step on the way, each a DataFrame.

    ledger: what counts, estimates and returned lines. Returned and not counted, with `why`:
    left_out, what would count twice; set_aside, where better evidence was returned; intra_public,
    payments to bodies that have returned; income, never taken off. replaced: body by body, estimate
    against return. transfers: both sides of each payment. sums: the steps, in pence. superseded:
    the estimates that returns replace, with returned_by.
    """

    ledger: DataFrame
    left_out: DataFrame
    set_aside: DataFrame
    intra_public: DataFrame
    income: DataFrame
    replaced: DataFrame
    transfers: DataFrame
    sums: DataFrame
    superseded: DataFrame

    def __repr__(self) -> str:
        rows = ", ".join(f"{name} {len(table):,}" for name, table in vars(self).items())
        return f"<Consolidated: £{money.millions(self.ledger['pence'].sum()):,.1f}m; rows: {rows}>"


@reference.cached_until_data_changes
def consolidated_count(
    place: Place, year: str, scope: str = "identifiable"
) -> tuple[Consolidated, returns.Returns]:
    """The count of a place with its partners' returns in it, and the returns.

    What is wrong with a return is in the Returns; InputError for an unknown year or scope.
    """
    sent = returns.read_returns(place, year, first_count(place, year))
    lines = _in_scope(returns.localise_lines(sent.lines, place, year), scope)
    return consolidate(first_count(place, year, scope), lines, year), sent


def _in_scope(lines, scope):
    ruled = lines.assign(programme=RETURNED_PROGRAMME, sector=_sectors(lines), cofog=_codes(lines))
    verdict = with_rule_columns(ruled, scope_rules(scope), ["in_or_out"], "scopes.csv")["in_or_out"]
    return lines[verdict == "in"].reset_index(drop=True)


def _sectors(lines):
    """The sector in which the national figures have each line's body."""
    sectors = reference.read("national_spend").drop_duplicates("body").set_index("body")["sector"]
    return lines["body"].map(sectors).fillna(RETURNED_PROGRAMME)


def _codes(lines):
    return lines["cofog"].mask(lines["cofog"] == "", NOT_CLASSIFIED)


def consolidate(estimate: DataFrame, lines: DataFrame, year: str) -> Consolidated:
    """An estimate and the returned lines of a place as one count, each pound once.

    estimate: of estimate.first_count. lines: the accepted lines of returns, localised, in any
    order. Raises InputError for an unknown body, ArithmeticError if a step loses a penny.
    """
    lines = lines.sort_values([*KEY, "cofog"], kind="stable", ignore_index=True)
    income, spending = lines[lines["flow"] == "income"], lines[lines["flow"] != "income"]
    once, left_out = apply_treatments(spending)
    best, set_aside = best_evidence(once, year)
    to_returned = best["payee"].isin(best["body"]) & (best["payee"] != best["body"])
    kept, intra_public = best[~to_returned], best[to_returned]
    # a payment to a body that returned is not counted, but it covers its function none the less
    rest, superseded = replace_estimates(estimate, best)
    blank = {name: pd.NA if name in NUMBERS else "" for name in RETURNED}
    ledger = pd.concat([rest.assign(**blank), as_ledger(kept, estimate)], ignore_index=True)
    steps = [estimate, superseded, spending, left_out, set_aside, intra_public]
    return Consolidated(
        ledger=ledger,
        left_out=left_out,
        set_aside=set_aside,
        intra_public=intra_public.assign(why="paid to a body that returned: counted there"),
        income=income.assign(why="income: shown, and never taken off, for the count is gross"),
        replaced=compare_with_estimates(superseded, kept),
        transfers=transfers(spending, income),
        sums=_sums(steps, int(ledger["pence"].sum())),
        superseded=superseded,
    )


def replace_estimates(estimate: DataFrame, lines: DataFrame) -> tuple[DataFrame, DataFrame]:
    """(the estimates that stay, those that returns replace): they add to the estimate.

    lines: body, cofog ("" where not classified), economic, supersedes (blank: the body's own),
    pence. What is replaced has `returned_by`, the body whose return did it.
    """
    owned = reference.read("bodies").set_index("body")["supersedes"]
    covers = lines.groupby([*KIND, "supersedes"], as_index=False)["pence"].sum()
    rest, replaced = estimate, [estimate.iloc[:0].assign(returned_by="")]
    narrowest_first = covers.sort_values("cofog", key=lambda codes: -codes.str.len(), kind="stable")
    for cover in narrowest_first.itertuples():
        bodies = (cover.supersedes or owned[cover.body]).split()
        own = rest["body"].isin(bodies) & (rest["economic"] == cover.economic)
        exact = own & cofog.is_within(rest["cofog"], cover.cofog or NOT_CLASSIFIED)
        if exact.any():
            rest, out = rest[~exact], rest[exact]
        else:
            rest, out = _taken_out(rest, own & _wider(rest["cofog"], cover.cofog), cover.pence)
        replaced.append(out.assign(returned_by=cover.body))
    superseded = pd.concat(replaced, ignore_index=True)
    if rest["pence"].sum() + superseded["pence"].sum() != estimate["pence"].sum():
        raise ArithmeticError("superseding lost money; this is a bug, not your returns.")
    return rest.reset_index(drop=True), superseded


def _wider(codes, part):
    """True for the codes that contain a part; every code contains what is not classified."""
    return codes.map(lambda code: part == "" or cofog.contains(code, part)).astype("bool")


def _taken_out(rest, rows, pence):
    """The estimates less an amount, taken out of some rows as far as they have it; and that."""
    rows = rows & (rest["pence"] > 0)
    there = rest.loc[rows, "pence"]
    amount = min(pence, int(there.sum()))
    if amount <= 0:
        return rest, rest.iloc[:0]
    taken = money.split(np.array([amount]), np.array([0]), (there / there.sum()).to_numpy())
    everywhere = Series(taken, index=there.index).reindex(rest.index, fill_value=0)
    return rest.assign(pence=rest["pence"] - everywhere), rest[rows].assign(pence=taken)


def as_ledger(lines: DataFrame, estimate: DataFrame) -> DataFrame:
    """Returned lines as LEDGER and RETURNED; place, year and region are those of the estimate."""
    where = ["place", "year", "region"]
    of = estimate.iloc[0] if len(estimate) else dict.fromkeys(where, "")
    code = _codes(lines)
    division = cofog.division(code)
    return lines.assign(
        **{name: of[name] for name in where},
        source_row=lines["file"] + ", " + lines["sheet"] + ", row " + lines["row"].astype("str"),
        area="the whole place",
        sub_function=lines["service"],
        department=lines["body"].map(reference.names_of("bodies", "body")),
        programme=RETURNED_PROGRAMME,
        function=division.map(cofog.DIVISIONS | reference.words("division")),
        sector=_sectors(lines),
        cofog=code,
        division=division,
        driver=lines["driver"].mask(lines["driver"] == "", "allocated"),
        sub_function_share=lines["cofog_share"],
        sub_function_basis=lines["cofog_basis"],
    )[[*LEDGER, *RETURNED]]


def _sums(steps, total):
    """The steps from the estimate to the count, in pence; they must leave nothing unexplained."""
    signed = [sign * int(of["pence"].sum()) for sign, of in zip(STEPS.values(), steps, strict=True)]
    if left := total - sum(signed):
        unexplained = f"consolidating left {left} pence unexplained"
        raise ArithmeticError(f"{unexplained}; this is a bug, not your returns.")
    return DataFrame({"step": [*STEPS, "count with returns"], "pence": [*signed, total]})


def residual(counted: Consolidated) -> int:
    """What the steps leave unexplained, in pence: 0, or `consolidate` would have stopped."""
    return int(counted.sums["pence"].iloc[:-1].sum() - counted.sums["pence"].iloc[-1])


def compare_with_estimates(superseded: DataFrame, kept: DataFrame) -> DataFrame:
    """Returns beside what they replace, largest first: body, estimate, returned, difference."""
    estimate = superseded.groupby("returned_by")["pence"].sum()
    table = DataFrame({"estimate": estimate, "returned": kept.groupby("body")["pence"].sum()})
    table = table.fillna(0).astype("int64").rename_axis("body").reset_index()
    table = table.assign(difference=table["returned"] - table["estimate"])
    return table.sort_values(["returned", "body"], ascending=[False, True], ignore_index=True)


def not_counted(counted: Consolidated) -> DataFrame:
    """What was returned and is not counted: why, body, service, pence, largest first."""
    steps = [counted.left_out, counted.set_aside, counted.intra_public, counted.income]
    totals = pd.concat(steps).groupby(["why", "body", "service"], as_index=False)["pence"].sum()
    return totals.sort_values("pence", ascending=False, kind="stable", ignore_index=True)


def without_withheld(spent: DataFrame) -> DataFrame:
    """The rows of a ledger that its reader may see: all but what is withheld."""
    return spent[spent["body"] != WITHHELD]
