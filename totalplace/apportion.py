"""The one verb: share an amount out by weights that add to one. And the rules that say which weights apply.

Classifying (service to COFOG), localising (region to place), tiering (service to universal or targeted) and ageing
(service to single years) are the same sum. `apportion` does it on integer pence by largest remainder within each
row, so that children add to their parent to the penny. `match` finds the one rule, the most specific, for each row.

Known limit: a share is a float; shares are made to add to exactly one after the check that they nearly do (1e-9),
so a published share rounded to nine places or more is used as it was meant.
"""

from collections.abc import Iterator

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
_MANY = 5  # with more faults of one kind than this, they are summed up


def apportion(
    spend: pd.DataFrame, shares: pd.DataFrame, by: str | list[str], name: str | None = None
) -> pd.DataFrame:
    """Share each amount out over the categories of `by`; children add to their parent to the penny.

    Parameters
    ----------
    spend
        One row an amount: key columns and `pence` (int64).
    shares
        Key columns (also in `spend`), `by`, share (0 to 1), basis and, if wanted, source.
    by
        The column that names a category, or several columns that do so together.
    name
        What `{name}_share` and `{name}_basis` begin with: needed with several columns; else `by` itself.

    Returns
    -------
    The rows of `spend`, one a category, in the order of `spend` then of the category, with `by`, `{name}_share`
    and `{name}_basis` added; `pence` is the child's.

    Raises
    ------
    InputError
        Pence not whole, a blank key, a key with no share, a category twice, shares that do not add to one.
    """
    columns = [by] if isinstance(by, str) else list(by)
    if name is None and len(columns) > 1:
        raise InputError(f"shares by {first_few(columns)}: say what they are together with `name`.")
    name = name or columns[0]
    shares = check_shares(shares, columns)
    keys = _keys(shares, columns)
    _check_spend(spend, keys, columns)
    group, starts, sizes = _groups(spend, shares, keys, columns)
    row = np.repeat(np.arange(len(spend)), sizes[group])
    cell = np.repeat(starts[group], sizes[group]) + money.count_up(sizes[group])
    begin = np.cumsum(sizes[group]) - sizes[group]
    parent = spend["pence"].to_numpy()
    pence = money.split(parent, begin, shares["share"].to_numpy()[cell])
    _check_conserved(parent, pence, begin)
    added = {column: shares[column].take(cell).array for column in columns}
    added[f"{name}_share"] = shares["share"].take(cell).array
    added[f"{name}_basis"] = shares["basis"].take(cell).array
    return spend.take(row).reset_index(drop=True).assign(pence=pence, **added)


def check_shares(shares: pd.DataFrame, by: str | list[str]) -> pd.DataFrame:
    """A table of shares in order, its shares adding to exactly one for each key; see `apportion`.

    Raises InputError with every key that is blank or has a category twice, a share outside 0 to 1, or shares that
    do not add to one. Of several columns of `by` the first must be filled; the others may be "".
    """
    columns = [by] if isinstance(by, str) else list(by)
    what = _what(columns)
    missing = [column for column in (*columns, "share", "basis") if column not in shares]
    if missing:
        raise InputError(
            f"{what}: no column {first_few(missing)}. "
            f"A table of shares has its keys, {', '.join(columns)}, share and basis."
        )
    keys = _keys(shares, columns)
    if not keys:
        raise InputError(f"{what}: no key column, so nothing says which amounts they are for.")
    shares = shares.sort_values([*keys, *columns], kind="stable").reset_index(drop=True)
    blanks = blank_faults(shares, [*keys, columns[0]], what)
    refuse([*blanks, *_share_faults(shares, keys, columns)])
    total = shares.groupby(keys, sort=False)["share"].transform("sum")
    return shares.assign(share=shares["share"] / total)


def match(rules: pd.DataFrame, rows: pd.DataFrame, table: str = "the table of rules") -> pd.Series:
    """For each row, the label of the one rule that applies: the most specific whose filled cells all agree.

    Parameters
    ----------
    rules
        Some of RULE_KEYS as key columns, blank = any; `cofog` cells agree by prefix. The most filled cells win,
        then the longest cofog cell.
    rows
        The same key columns, filled.
    table
        What to call the rules in a message: "themes.csv".

    Raises
    ------
    InputError
        For rows with no rule, or with two that are equally specific, naming them.
    """
    keys = [key for key in RULE_KEYS if key in rules]
    refuse(blank_faults(rows, keys, "rows to be matched"))
    kinds = rows[keys].drop_duplicates().reset_index(drop=True)
    best, ties = _best(rules, kinds, keys)
    refuse([*_unruled_faults(kinds[best < 0], rows, table), *_tie_faults(rules, kinds, best, ties)])
    found = kinds.assign(rule=rules.index.to_numpy()[best] if len(kinds) else [])
    matched = rows[keys].merge(found, on=keys, how="left", validate="m:1")
    return pd.Series(matched["rule"].to_numpy(), index=rows.index, name="rule")


def with_rule_columns(
    rows: pd.DataFrame, rules: pd.DataFrame, columns: list[str], table: str = "the table of rules"
) -> pd.DataFrame:
    """The rows with `columns` of the rule that applies to each; see `match`.

    Raises InputError as `match` does, and for a column that is there already.
    """
    already = [column for column in columns if column in rows]
    if already:
        raise InputError(f"the rows already have {first_few(already)}: a rule would write over it.")
    found = rules.loc[match(rules.drop(columns=columns), rows, table), columns]
    return rows.assign(**{column: found[column].array for column in columns})


def blank_faults(table: pd.DataFrame, columns: list[str], what: str) -> Iterator[str]:
    """A sentence for each column with a blank in it, for `errors.refuse`: a blank key would lose its money."""
    for column in columns:
        values = pd.Series(table[column].unique(), dtype="object")
        blank = values[values.isna() | (values.astype("str").str.strip() == "")]
        if len(blank):
            rows = first_few(table.index[table[column].isin(blank)])
            yield (
                f"{what}: {column} is blank in rows {rows}. "
                "Fill it in; a blank key would lose its money."
            )


def _what(columns):
    return f"shares by {', '.join(columns)}"


def _keys(shares, columns):
    return [column for column in shares if column not in _NOT_KEYS.union(columns)]


def _groups(spend, shares, keys, columns):
    """For each row of spend the number of its key; for each key the start and size of its run in `shares`."""
    number = shares.groupby(keys, sort=False).ngroup()
    sizes = np.bincount(number, minlength=0)
    starts = np.cumsum(sizes) - sizes
    known = shares[keys].assign(_key=number).drop_duplicates(keys)
    group = spend[keys].merge(known, on=keys, how="left", validate="m:1")["_key"]
    lost = spend.index[group.isna()]
    if len(lost):
        example = dict(spend.loc[lost[0], keys])
        raise InputError(
            f"rows {first_few(lost)}: no share by {', '.join(columns)} for {example}. "
            "Add its rows to the table of shares."
        )
    return group.to_numpy("int64"), starts, sizes


def _check_spend(spend, keys, columns):
    missing = [column for column in [*keys, "pence"] if column not in spend]
    if missing:
        raise InputError(
            f"spend has no column {first_few(missing)}, which the {_what(columns)} are for."
        )
    already = [column for column in columns if column in spend]
    if already:
        raise InputError(
            f"spend already has a column {first_few(already)!r}: it was shared out by it before. "
            "Sum it up, or name another."
        )
    if spend["pence"].dtype != "int64":
        values = pd.to_numeric(spend["pence"], errors="coerce")
        wrong = spend.index[values.isna() | (values % 1 != 0)]
        raise InputError(
            f"rows {first_few(wrong) or 'all'}: pence must be whole (int64). "
            "Use money.pence where money enters."
        )
    refuse(blank_faults(spend, keys, "spend"))


def _check_conserved(parent, children, begin):
    total = np.add.reduceat(children, begin) if len(begin) else children
    if not np.array_equal(total, parent):
        wrong = first_few(np.flatnonzero(total != parent))
        raise ArithmeticError(
            f"rows {wrong}: the parts do not add to their amount; this is a bug, not your data."
        )


def _share_faults(shares, keys, columns):
    what, full = _what(columns), [*keys, *columns]
    outside = ~shares["share"].between(0, 1)
    if outside.any():
        yield f"{what}: not between 0 and 1 for {_key_names(shares[outside], full)}."
    twice = shares.duplicated(full)
    if twice.any():
        yield f"{what}: the same category twice for {_key_names(shares[twice], full)}."
    total = shares.groupby(keys, sort=False)["share"].sum()
    off = total[(total - 1).abs() > NEARLY_ONE]
    if len(off):
        sums = [f"{key}: {value:.6g}" for key, value in off.items()]
        yield f"{what}: they must add to one, but {first_few(sums)}."


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
        fits = np.ones(len(kinds), dtype=bool)
        for key, cell in filled.items():
            fits = fits & agrees[key][cell]
        score = 100 * len(filled) + len(filled.get("cofog", ""))
        better = fits & (score > rank)
        ties = (ties & ~better) | (fits & (score == rank))
        best[better], rank[better] = position, score
    return best, ties


def _agreeing(values, cells, by_prefix):
    """For each filled cell of a key of the rules, which of the values agree with it: cell -> array of bool."""
    number, different = pd.factorize(values.to_numpy(dtype=object))
    agree = cofog.contains if by_prefix else str.__eq__
    return {
        cell: np.array([agree(cell, value) for value in different], dtype=bool)[number]
        for cell in cells
        if cell != ""
    }


def _unruled_faults(kinds, rows, table):
    """Kinds of row that no rule is for: each by name where they are few, else how many and the largest."""
    if len(kinds) <= _MANY:
        for kind in kinds.to_dict("records"):
            yield f"{table}: no rule for {kind}. Add a row for it."
        return
    keys = list(kinds)
    amounts = rows[keys].assign(pence=rows["pence"] if "pence" in rows else 1)
    unruled = amounts.merge(kinds, on=keys).groupby(keys)["pence"].sum()
    largest = unruled.sort_values(ascending=False, kind="stable").head(2).index.to_frame()
    named = "; ".join(map(str, largest.to_dict("records")))
    yield (
        f"{table}: no rule for {len(kinds)} kinds of line, the largest {named}. "
        f"Add a row for each, or one row with {', '.join(keys)} blank: it takes all that no other does."
    )


def _tie_faults(rules, kinds, best, ties):
    for position in np.flatnonzero(ties):
        kind = kinds.iloc[position].to_dict()
        rule = rules.index[best[position]]
        yield (
            f"two rules are equally specific for {kind} (one is row {rule}). "
            "Make one more specific, or remove it."
        )
