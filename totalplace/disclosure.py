"""What an audience may see: the board's copy of a count, without what is confidential.

The rule. (1) Every line marked as confidential is withheld, with every payment between the same two
parties. (2) One line alone could be had by subtraction; so other returned lines go with it, the
smallest that do, until no confidential line is more than half of what is withheld. (3) What is left
of an estimate that a withheld line has taken a part of goes too. (4) Where returned lines do not
suffice, the estimates of the same bodies and functions go with them. All of it is one row,
"withheld", and the total is that of the working copy.
With them go: the comparison with the estimate of their bodies, the steps, what was not counted or
paid of them, every doubt about their files, and the names of these files and sheets elsewhere.
What it does not protect: that a body returned something confidential, and of what function, where
an estimate is superseded; a confidential line from a reader who knows the lines that are withheld
with it (each partner knows its own), or who makes the first count of the place himself where only
one body has returned.
"""

from dataclasses import replace

import pandas as pd
from pandas import DataFrame, Series

from totalplace import ledger, places, reference
from totalplace.errors import InputError, first_few
from totalplace.ledger import KEY, NUMBERS, RETURNED, WITHHELD, WITHHELD_CODE, Consolidated
from totalplace.places import Place
from totalplace.returns import Returns

AUDIENCES = ("board", "working")
SMALLEST = 5  # a count of people below it could be somebody
PARTLY = ["source_row", "sub_function", "area", "economic"]
RETURNED_STEPS = ("left_out", "set_aside", "intra_public", "income")


def count_with_returns(
    place: Place | str, year: str = "", scope: str = "identifiable", audience: str = "board"
) -> Consolidated:
    """The count of a place with its partners' returns in it: `.ledger` is the count.

    place, year, scope: as in `first_count`. audience: "board" leaves out what partners marked as
    confidential; "working" has it, and is not for circulation. Beside the ledger are the steps to
    it: sums (in pence), replaced (estimate against return, by body), superseded (the estimates),
    left_out (would count twice), set_aside (better evidence was returned), intra_public (paid to
    bodies that returned), transfers (both sides of each payment), income (never taken off).
    """
    year = year or reference.newest_year()
    return count_for_audience(places.place(place), year, scope, audience)[0]


def count_for_audience(
    place: Place, year: str, scope: str = "identifiable", audience: str = "board"
) -> tuple[Consolidated, DataFrame]:
    """The count of a place as an audience may see it, and its doubts (as in `Returns`).

    Raises InputError for an unknown audience, year or scope.
    """
    if audience not in AUDIENCES:
        raise InputError(f"no audience called {audience!r}. Name one of {first_few(AUDIENCES)}.")
    counted, sent = ledger.consolidated_count(place, year, scope)
    return (counted, sent.doubts) if audience == "working" else for_board(counted, sent)


def for_board(counted: Consolidated, sent: Returns) -> tuple[Consolidated, DataFrame]:
    """The board's copy of a count and of its doubts."""
    steps = {name: getattr(counted, name) for name in RETURNED_STEPS}
    shown = [*KEY, "body", "payee", "confidential"]
    lines = pd.concat([table[shown] for table in (counted.ledger, *steps.values())])
    lines = lines.reset_index(drop=True)
    secret = _secret(lines.dropna(subset="row"), sent.confidential)
    if not secret:
        return _without_small(counted), sent.doubts
    hidden = secret | _companions(counted, secret)
    going = lines[_among(lines, hidden)]
    bodies, pairs = set(going["body"]), _pairs(going)
    out = _withheld(counted, hidden, bodies)
    paid = _paired(counted.transfers, "payer", pairs)
    marked = {file for file, _, _ in sent.confidential}
    compared = ~counted.replaced["body"].isin(bodies)
    kept = replace(
        counted,
        ledger=_unnamed(_as_one_row(counted.ledger, out), marked),
        replaced=counted.replaced[compared].reset_index(drop=True),
        transfers=counted.transfers[~paid].reset_index(drop=True),
        superseded=counted.superseded[~counted.superseded["returned_by"].isin(bodies)],
        sums=_summed_up(counted.sums),
        **{name: _unnamed(table[~_among(table, hidden)], marked) for name, table in steps.items()},
    )
    return _without_small(kept), sent.without_issues_of(marked, hidden).doubts


def _secret(lines, marked):
    """Keys of the lines marked as confidential, and of every other between the same two parties."""
    own = set(_keys(lines[lines["confidential"] == "yes"])) | set(marked)
    return own | set(_keys(lines[_paired(lines, "body", _pairs(lines[_among(lines, own)]))]))


def _keys(lines):
    """Where each line came from: (file, sheet, row)."""
    return [(file, sheet, int(row)) for file, sheet, row in lines[KEY].itertuples(index=False)]


def _among(lines, keys):
    """True for the returned lines that are among these."""
    row = lines["row"].fillna(-1).astype("int64")
    found = [key in keys for key in zip(lines["file"], lines["sheet"], row, strict=True)]
    return Series(found, lines.index, dtype="bool")


def _pairs(lines):
    """Who pays whom in these lines, whichever of the two has said so."""
    return {frozenset(pair) for pair in zip(lines["body"], lines["payee"], strict=True) if pair[1]}


def _paired(lines, payer, pairs):
    """True for the lines between any of these pairs of bodies."""
    found = [frozenset(pair) in pairs for pair in zip(lines[payer], lines["payee"], strict=True)]
    return Series(found, lines.index, dtype="bool")


def _companions(counted, secret):
    """Keys of returned lines that go too, so that no confidential one is more than half of it."""
    returned = pd.concat([counted.ledger, counted.intra_public]).dropna(subset="row")
    amounts = returned.assign(pence=returned["pence"].abs()).groupby(KEY)["pence"].sum()
    known = [key for key in amounts.index if key in secret]
    if not known:
        return set()
    short = 2 * amounts[known].max() - amounts[known].sum()
    in_count = counted.ledger[counted.ledger["row"].notna() & (counted.ledger["pence"] != 0)]
    others = amounts[sorted(set(_keys(in_count)) - secret)].sort_values(kind="stable")
    chosen = []
    while short > 0 and len(others):
        enough = others[others >= short]
        key = enough.index[0] if len(enough) else others.index[-1]
        chosen.append(key)
        short, others = short - others[key], others.drop(key)
    return set(chosen)


def _withheld(counted, hidden, bodies):
    """True for the rows of the ledger that go: the lines, and estimates that give them away."""
    spent = counted.ledger
    own = _among(spent, hidden)
    theirs = counted.superseded["returned_by"].isin(bodies)
    touched = pd.MultiIndex.from_frame(counted.superseded.loc[theirs, PARTLY])
    out = own | (spent["row"].isna() & pd.MultiIndex.from_frame(spent[PARTLY]).isin(touched))
    amounts = spent[own].groupby(KEY)["pence"].sum().abs()
    if amounts.empty or 2 * amounts.max() <= amounts.sum():
        return out  # no line is more than half of the returned money that is withheld
    near = spent["body"].isin(bodies) | spent["division"].isin(set(spent.loc[own, "division"]))
    return out | (spent["row"].isna() & near)


def _as_one_row(spent, out):
    """The ledger with the rows that are withheld as one; it adds to the penny."""
    if not out.any():
        return spent
    row = dict.fromkeys(spent, WITHHELD) | dict.fromkeys(RETURNED, "")
    row |= dict.fromkeys(NUMBERS, pd.NA) | {"area_share": 1.0, "sub_function_share": 1.0}
    row |= {name: spent[name].iloc[0] for name in ("place", "year", "region")}
    row |= {"cofog": WITHHELD_CODE, "division": WITHHELD_CODE, "pence": spent["pence"][out].sum()}
    withheld = DataFrame([row])[list(spent)].astype(spent.dtypes)
    shown = pd.concat([spent[~out], withheld], ignore_index=True)
    if shown["pence"].sum() != spent["pence"].sum():
        raise ArithmeticError("withholding lost money; this is a bug, not your returns.")
    return shown


def _unnamed(spent, files):
    """Lines without where they are in these files, which have a confidential line too."""
    rows = spent["file"].isin(files)
    named = [name for name in ("source_row", "file", "sheet", "cell") if name in spent]
    words = {name: spent[name].mask(rows, WITHHELD) for name in named}
    return spent.assign(row=spent["row"].mask(rows, pd.NA), **words)


def _summed_up(sums):
    """The steps from estimate to count as one, for each of them could give a line away."""
    first, last = int(sums["pence"].iloc[0]), int(sums["pence"].iloc[-1])
    steps = [sums["step"].iloc[0], "changed by returns", sums["step"].iloc[-1]]
    return DataFrame({"step": steps, "pence": [first, last - first, last]})


def _without_small(counted):
    """The count without its numbers of children, where one is so small that it is somebody."""
    small = counted.ledger["children"].dropna().between(1, SMALLEST - 1).any()
    return replace(counted, ledger=counted.ledger.assign(children=pd.NA)) if small else counted
