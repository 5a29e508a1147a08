"""The one verb: share an amount out by weights that add to one. And the rules that say which weights apply.

Classifying (service to COFOG), localising (region to place), tiering (service to universal or targeted) and ageing
(service to single years) are the same sum. `apportion` does it on integer pence by largest remainder within each
row, so that children add to their parent to the penny. `match` finds the one rule, the most specific, for each row.

Known limit: a share is a float; shares are made to add to exactly one after the check that they nearly do (1e-9),
so a published share rounded to nine places or more is used as it was meant.
"""

import numpy as np
import pandas as pd

from totalplace import cofog, money
from totalplace.errors import InputError, first_few, refuse

RULE_KEYS = (
    "year",
    "department",
    "body",
    "sector",
    "cofog",
    "programme",
    "economic",
    "discretion",
    "elected",
)
NEARLY_ONE = 1e-9
_NOT_KEYS = {"share", "basis", "source"}


def apportion(spend, shares, by):
    """Share each amount of `spend` out over the categories of `by`; children add to their parent to the penny.

    spend: DataFrame, one row an amount, `pence` int64. shares: DataFrame of key columns (also in `spend`), `{by}`,
    share, basis and, if wanted, source. Returns the rows of `spend`, one a category, in the order of `spend` then
    of the category, with `{by}`, `{by}_share` and `{by}_basis` added and `pence` the child's.
    Raises InputError: pence not whole, a blank key, a key with no share, a category twice, shares not adding to one.
    """
    shares = check_shares(shares, by)
    keys = _keys(shares, by)
    _check_spend(spend, keys, by)
    group, starts, sizes = _groups(spend, shares, keys, by)
    row = np.repeat(np.arange(len(spend)), sizes[group])
    cell = _runs(starts[group], sizes[group])
    share = shares["share"].to_numpy()[cell]
    parent = spend["pence"].to_numpy()
    begin = np.cumsum(sizes[group]) - sizes[group]
    pence = money.split(parent, begin, share)
    _check_conserved(parent, pence, begin)
    children = spend.take(row).reset_index(drop=True)
    added = {
        by: shares[by].take(cell).array,
        f"{by}_share": share,
        f"{by}_basis": shares["basis"].take(cell).array,
    }
    return children.assign(pence=pence, **added)


def check_shares(shares, by):
    """Check a table of shares and return it in order, its shares adding to exactly one for each key.

    shares: key columns, `{by}`, share (0 to 1), basis. Raises InputError with every key that is blank, has a category
    twice, a share outside 0 to 1, or shares that do not add to one.
    """
    missing = [column for column in (by, "share", "basis") if column not in shares]
    if missing:
        raise InputError(
            f"shares by {by}: no column {first_few(missing)}. A table of shares has its keys, {by}, share and basis."
        )
    keys = _keys(shares, by)
    if not keys:
        raise InputError(
            f"shares by {by}: no key column, so nothing says which amounts they are for."
        )
    shares = shares.sort_values([*keys, by], kind="stable").reset_index(drop=True)
    refuse(
        [*_blank_faults(shares, [*keys, by], f"shares by {by}"), *_share_faults(shares, keys, by)]
    )
    total = shares.groupby(keys, sort=False)["share"].transform("sum")
    return shares.assign(share=shares["share"] / total)


def match(rules, rows):
    """For each row, the index of the one rule that applies: the most specific whose filled cells all agree.

    rules: DataFrame with some of RULE_KEYS as key columns, blank = any; `cofog` cells agree by prefix. rows: DataFrame
    with those columns. Rank: number of filled cells, then length of the cofog cell. Returns a Series of rule labels,
    aligned with `rows`. Raises InputError for rows with no rule, or with two equally specific, naming them.
    """
    keys = [key for key in RULE_KEYS if key in rules]
    refuse(_blank_faults(rows, keys, "rows to be matched"))
    kinds = rows[keys].drop_duplicates().reset_index(drop=True)
    best, ties = _best(rules, kinds, keys)
    refuse(_match_faults(rules, kinds, best, ties))
    found = kinds.assign(rule=rules.index.to_numpy()[best])
    matched = rows[keys].merge(found, on=keys, how="left", validate="m:1")
    return pd.Series(matched["rule"].to_numpy(), index=rows.index, name="rule")


def with_rule_columns(rows, rules, columns):
    """The rows with `columns` of the rule that applies to each. Raises InputError as `match` does, or for a column there already."""
    already = [column for column in columns if column in rows]
    if already:
        raise InputError(f"the rows already have {first_few(already)}: a rule would write over it.")
    found = rules.loc[match(rules.drop(columns=columns), rows), columns]
    return rows.assign(**{column: found[column].array for column in columns})


def _keys(shares, by):
    return [column for column in shares if column not in _NOT_KEYS | {by}]


def _runs(starts, sizes):
    """The numbers start, start+1 ... for each run, end to end."""
    return (
        np.arange(sizes.sum())
        - np.repeat(np.cumsum(sizes) - sizes, sizes)
        + np.repeat(starts, sizes)
    )


def _groups(spend, shares, keys, by):
    """For each row of spend the number of its key; for each key the start and size of its run in `shares`."""
    number = shares.groupby(keys, sort=False).ngroup()
    sizes = np.bincount(number, minlength=0)
    starts = np.cumsum(sizes) - sizes
    known = shares[keys].assign(_key=number).drop_duplicates(keys)
    group = spend[keys].merge(known, on=keys, how="left", validate="m:1")["_key"].to_numpy()
    lost = spend.index[np.isnan(group)] if group.dtype.kind == "f" else []
    if len(lost):
        example = dict(spend.loc[lost[0], keys])
        raise InputError(
            f"rows {first_few(lost)}: no share by {by} for {example}. Add its rows to the table of shares."
        )
    return group.astype("int64"), starts, sizes


def _check_spend(spend, keys, by):
    missing = [column for column in [*keys, "pence"] if column not in spend]
    if missing:
        raise InputError(
            f"spend has no column {first_few(missing)}, which the shares by {by} are for."
        )
    if by in spend:
        raise InputError(
            f"spend already has a column {by!r}: it was shared out by it before. Sum it up, or name another."
        )
    if spend["pence"].dtype != "int64":
        values = pd.to_numeric(spend["pence"], errors="coerce")
        wrong = spend.index[values.isna() | (values % 1 != 0)]
        raise InputError(
            f"rows {first_few(wrong) or 'all'}: pence must be whole (int64). Use money.pence where money enters."
        )
    refuse(_blank_faults(spend, keys, "spend"))


def _check_conserved(parent, children, begin):
    total = np.add.reduceat(children, begin) if len(begin) else children
    if not np.array_equal(total, parent):
        wrong = np.flatnonzero(total != parent)
        raise ArithmeticError(
            f"rows {first_few(wrong)}: the parts do not add to their amount; this is a bug, not your data."
        )


def _blank_faults(table, columns, what):
    for column in columns:
        text = table[column]
        empty = [value for value in text.unique() if pd.isna(value) or str(value).strip() == ""]
        if empty:
            rows = first_few(table.index[text.isin(empty)])
            yield f"{what}: {column} is blank in rows {rows}. Fill it in; a blank key would lose its money."


def _share_faults(shares, keys, by):
    outside = ~shares["share"].between(0, 1)
    if outside.any():
        yield f"shares by {by}: not between 0 and 1 for {_key_names(shares[outside], [*keys, by])}."
    twice = shares.duplicated([*keys, by])
    if twice.any():
        yield f"shares by {by}: the same category twice for {_key_names(shares[twice], [*keys, by])}."
    total = shares.groupby(keys, sort=False)["share"].sum()
    off = total[(total - 1).abs() > NEARLY_ONE]
    if len(off):
        sums = [f"{key}: {value:.6g}" for key, value in off.items()]
        yield f"shares by {by}: they must add to one, but {first_few(sums)}."


def _key_names(table, columns):
    return first_few(" / ".join(map(str, row)) for row in table[columns].itertuples(index=False))


def _best(rules, kinds, keys):
    """For each kind of row the position of its best rule (-1: none), and whether another is as good."""
    best = np.full(len(kinds), -1)
    rank = np.full(len(kinds), -1)
    ties = np.zeros(len(kinds), dtype=bool)
    rules = rules[keys].fillna("")
    agrees = {
        key: _agreeing(kinds[key], rules[key].unique(), by_prefix=key == "cofog") for key in keys
    }
    for position, rule in enumerate(rules.to_dict("records")):
        filled = {key: cell for key, cell in rule.items() if cell != ""}
        fits = np.logical_and.reduce(
            [agrees[key][cell] for key, cell in filled.items()] or [np.ones(len(kinds), dtype=bool)]
        )
        score = 100 * len(filled) + len(filled.get("cofog", ""))
        better = fits & (score > rank)
        ties = (ties & ~better) | (fits & (score == rank))
        best[better], rank[better] = position, score
    return best, ties


def _agreeing(values, cells, by_prefix):
    """For each filled cell of a key of the rules, which of the values agree with it: cell -> array of bool."""
    number, different = pd.factorize(values.to_numpy(dtype=object))
    agree = cofog.holds if by_prefix else str.__eq__
    return {
        cell: np.array([agree(cell, value) for value in different])[number]
        for cell in cells
        if cell != ""
    }


def _match_faults(rules, kinds, best, ties):
    for kind in kinds[best < 0].to_dict("records"):
        yield f"no rule for {kind}. Add a row to the table of rules."
    for position in np.flatnonzero(ties):
        kind = kinds.iloc[position].to_dict()
        rule = rules.index[best[position]]
        yield f"two rules are equally specific for {kind} (one is row {rule}). Make one more specific, or remove it."
