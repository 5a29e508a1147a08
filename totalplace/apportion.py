"""The one verb: share an amount out by weights that add to one; and the rules that say by which.

Classifying (service to COFOG), localising (region to place), tiering (service to universal or
targeted) and ageing (service to single years) are the same sum. `apportion` does it on integer
pence by largest remainder within each row, so that the parts add to their whole to the penny.
`match` finds the one rule, the most specific, for each row. Known limit: a share is a float; shares
that nearly add to one (1e-9) are made to add to exactly one.
"""

from collections.abc import Iterable, Iterator

import numpy as np
import pandas as pd
from pandas import DataFrame, Series

from totalplace import cofog, money
from totalplace.errors import InputError, first_few, refuse

RULE_KEYS = ["year", "department", "body", "sector", "cofog", "programme", "economic"]
RULE_KEYS += ["discretion", "elected"]
NEARLY_ONE = 1e-9
_NOT_KEYS = {"share", "basis", "source"}
_MANY = 5  # more kinds of line with no rule than this are summed up in one sentence


def apportion(
    spend: DataFrame, shares: DataFrame, by: str | list[str], name: str | None = None
) -> DataFrame:
    """Share each amount out over the categories of `by`; the parts add to their whole.

    Parameters
    ----------
    spend
        One row per amount: key columns and `pence` (int64).
    shares
        Key columns (also in `spend`), `by`, share (0 to 1), basis and, if wanted, source.
    by
        The column that names a category, or several that do so together.
    name
        What `{name}_share` and `{name}_basis` begin with: needed with several columns, else `by`.

    Returns
    -------
    The rows of `spend`, one per category of each, in the order of `spend` then of the category,
    with `by`, `{name}_share` and `{name}_basis`; `pence` is the part's.

    Raises
    ------
    InputError
        Pence not whole, a blank key, a key with no share, a category twice, shares that do not add
        to one.
    """
    columns = [by] if isinstance(by, str) else list(by)
    if name is None and len(columns) > 1:
        raise InputError(f"shares by {first_few(columns)}: give what they are together a `name`.")
    name = name or columns[0]
    shares = check_shares(shares, columns)
    keys = _keys(shares, columns)
    _check_spend(spend, keys, columns)
    group, starts, sizes = _groups(spend, shares, keys, columns)
    cell = np.repeat(starts[group], sizes[group]) + money.count_up(sizes[group])
    begin = np.cumsum(sizes[group]) - sizes[group]
    parent = spend["pence"].to_numpy()
    pence = money.split(parent, begin, shares["share"].to_numpy()[cell])
    if not np.array_equal(np.add.reduceat(pence, begin) if len(begin) else pence, parent):
        raise ArithmeticError("the parts do not add to their amounts; a bug, not your data.")
    added = shares[[*columns, "share", "basis"]].take(cell)
    added.columns = [*columns, f"{name}_share", f"{name}_basis"]
    children = spend.take(np.repeat(np.arange(len(spend)), sizes[group])).reset_index(drop=True)
    return children.assign(pence=pence, **{column: added[column].array for column in added})


def check_shares(shares: DataFrame, by: str | list[str]) -> DataFrame:
    """A table of shares in order, its shares adding to exactly one for each key; see `apportion`.

    Raises InputError with every key that is blank or has a category twice, a share outside 0 to 1,
    or shares that do not add to one. Of several columns of `by` all but the first may be "".
    """
    columns = [by] if isinstance(by, str) else list(by)
    what = f"shares by {', '.join(columns)}"
    if missing := [column for column in (*columns, "share", "basis") if column not in shares]:
        needed = f"A table of shares has its keys, {', '.join(columns)}, share and basis."
        raise InputError(f"{what}: no column {first_few(missing)}. {needed}")
    keys = _keys(shares, columns)
    if not keys:
        raise InputError(f"{what}: no key column, so nothing says which amounts they are for.")
    shares = shares.sort_values([*keys, *columns], kind="stable", ignore_index=True)
    blank = blank_faults(shares, [*keys, columns[0]], what)
    refuse([*blank, *(f"{what}: {fault}" for fault in _share_faults(shares, keys, columns))])
    total = shares.groupby(keys, sort=False)["share"].transform("sum")
    return shares.assign(share=shares["share"] / total)


def match(rules: DataFrame, rows: DataFrame, table: str = "the table of rules") -> Series:
    """For each row, the label of the one rule that applies: the most specific whose cells agree.

    rules: some of RULE_KEYS as columns, blank = any; `cofog` cells agree by prefix. The most filled
    cells win, then the longest cofog cell. rows: the same columns, filled. table: what to call the
    rules in a message. Raises InputError for rows with no rule, or with two equally specific.
    """
    keys = [key for key in RULE_KEYS if key in rules]
    refuse(blank_faults(rows, keys, "rows to be matched"))
    kinds = rows[keys].drop_duplicates().reset_index(drop=True)
    best, ties = _best(rules, kinds, keys)
    refuse([*_unruled(kinds[best < 0], rows, table), *_ties(rules, kinds, best, ties, table)])
    found = kinds.assign(rule=rules.index.to_numpy()[best] if len(kinds) else [])
    matched = rows[keys].merge(found, on=keys, how="left", validate="m:1")
    return Series(matched["rule"].to_numpy(), index=rows.index, name="rule")


def with_rule_columns(
    rows: DataFrame, rules: DataFrame, columns: list[str], table: str = "the table of rules"
) -> DataFrame:
    """The rows with `columns` of the rule of each, of `match`; InputError where one is there."""
    if already := [column for column in columns if column in rows]:
        raise InputError(f"the rows already have {first_few(already)}: a rule would write over it.")
    found = rules.loc[match(rules.drop(columns=columns), rows, table), columns]
    return rows.assign(**{column: found[column].array for column in columns})


def blank_faults(table: DataFrame, columns: Iterable[str], what: str) -> Iterator[str]:
    """A sentence for each column with a blank in it, for `errors.refuse`."""
    for column in columns:
        values = Series(table[column].unique(), dtype="object")
        blank = values[values.isna() | (values.astype("str").str.strip() == "")]
        if len(blank):
            rows = first_few(table.index[table[column].isin(blank)])
            remedy = "Fill it in; a blank key would lose its money."
            yield f"{what}: {column} is blank in rows {rows}. {remedy}"


def _keys(shares, columns):
    return [column for column in shares if column not in _NOT_KEYS.union(columns)]


def _groups(spend, shares, keys, columns):
    """The number of each row's key; for each key the start and size of its run in `shares`."""
    number = shares.groupby(keys, sort=False).ngroup()
    sizes = np.bincount(number)
    known = shares[keys].assign(_key=number).drop_duplicates(keys)
    group = spend[keys].merge(known, on=keys, how="left", validate="m:1")["_key"]
    if len(lost := spend.index[group.isna()]):
        example = f"no share by {', '.join(columns)} for {dict(spend.loc[lost[0], keys])}"
        remedy = "Add its rows to the table of shares."
        raise InputError(f"rows {first_few(lost)}: {example}. {remedy}")
    return group.to_numpy("int64"), np.cumsum(sizes) - sizes, sizes


def _check_spend(spend, keys, columns):
    if missing := first_few(column for column in [*keys, "pence"] if column not in spend):
        raise InputError(f"spend has no column {missing}, which its shares are for.")
    if already := first_few(column for column in columns if column in spend):
        remedy = "it was shared out by it before. Sum it up, or name another."
        raise InputError(f"spend already has a column {already!r}: {remedy}")
    if spend["pence"].dtype != "int64":
        values = pd.to_numeric(spend["pence"], errors="coerce")
        wrong = first_few(spend.index[values.isna() | (values % 1 != 0)]) or "all"
        remedy = "Use money.pence where money enters."
        raise InputError(f"rows {wrong}: pence must be whole (int64). {remedy}")
    refuse(blank_faults(spend, keys, "spend"))


def _share_faults(shares, keys, columns):
    full = [*keys, *columns]
    if len(outside := shares[~shares["share"].between(0, 1)]):
        yield f"not between 0 and 1 for {_named(outside, full)}."
    if len(twice := shares[shares.duplicated(full)]):
        yield f"the same category twice for {_named(twice, full)}."
    total = shares.groupby(keys, sort=False)["share"].sum()
    if len(off := total[(total - 1).abs() > NEARLY_ONE]):
        sums = first_few(f"{key}: {value:.6g}" for key, value in off.items())
        yield f"they must add to one, but {sums}."


def _named(table, columns):
    return first_few(" / ".join(map(str, row)) for row in table[columns].itertuples(index=False))


def _best(rules, kinds, keys):
    """For each kind of row the position of its best rule (-1: none), and whether another ties."""
    best, rank = np.full(len(kinds), -1), np.full(len(kinds), -1)
    ties = np.zeros(len(kinds), dtype=bool)
    rules = rules[keys].fillna("")
    agrees = {key: _agreeing(kinds[key], rules[key].unique()) for key in keys}
    for position, rule in enumerate(rules.to_dict("records")):
        filled = {key: cell for key, cell in rule.items() if cell != ""}
        fits = np.ones(len(kinds), dtype=bool)
        for key, cell in filled.items():
            fits &= agrees[key][cell]
        score = 100 * len(filled) + len(filled.get("cofog", ""))
        better = fits & (score > rank)
        ties = (ties & ~better) | (fits & (score == rank))
        best[better], rank[better] = position, score
    return best, ties


def _agreeing(values, cells):
    """For each cell of a key of the rules, which of the values agree: cell -> array of bool."""
    number, different = pd.factorize(values.to_numpy(dtype=object))
    agree = cofog.contains if values.name == "cofog" else str.__eq__
    return {
        cell: np.array([agree(cell, value) for value in different], dtype=bool)[number]
        for cell in cells
    }


def _unruled(kinds, rows, table):
    """Kinds of row that no rule is for: each by name; where there are many, the largest two."""
    if len(kinds) <= _MANY:
        yield from (f"{table}: no rule for {kind}. Add a row." for kind in kinds.to_dict("records"))
        return
    keys = list(kinds)
    amounts = rows[keys].assign(pence=rows.get("pence", 1)).merge(kinds, on=keys)
    largest = amounts.groupby(keys)["pence"].sum().sort_values(ascending=False, kind="stable")
    named = "; ".join(map(str, largest.head(2).index.to_frame().to_dict("records")))
    remedy = f"One row with {', '.join(keys)} blank would take all that no other row does."
    yield f"{table}: no rule for {len(kinds)} kinds of line, the largest {named}. {remedy}"


def _ties(rules, kinds, best, ties, table):
    for position in np.flatnonzero(ties):
        kind, rule = kinds.iloc[position].to_dict(), rules.index[best[position]]
        remedy = "Make one more specific, or remove it."
        yield f"{table}: two rules are equally specific for {kind} (one is row {rule}). {remedy}"
