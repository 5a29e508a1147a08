"""Returned sums split over programmes, which themes go by: each like the estimates it replaces."""

import pandas as pd
from pandas import DataFrame

from totalplace import cofog, reference
from totalplace.apportion import apportion
from totalplace.errors import InputError, first_few

RETURNED_PROGRAMME = "returned"  # the programme of a returned line in the ledger
LIKE = ["body", "cofog", "programme", "sub_function", "sector"]


def split_like_estimates(counted: DataFrame, estimate: DataFrame) -> DataFrame:
    """The count with each returned sum split like the estimates it replaces, for themes.

    A return of DWP as one sum has the pattern of DWP's national lines in the same function and
    economic category, else in the function, else of all its lines. Adds to the penny. counted: the
    ledger of ledger.consolidate. Raises InputError for a returned body with no pattern.
    """
    returned = counted["programme"] == RETURNED_PROGRAMME
    lines = counted[returned].reset_index(drop=True)
    if lines.empty:
        return counted
    own = ["body", "cofog", "economic"]
    kinds = lines[own].drop_duplicates().itertuples(index=False, name=None)
    patterns = [_pattern(kind, estimate).assign(_kind=place) for place, kind in enumerate(kinds)]
    shares = pd.concat(patterns, ignore_index=True)
    kind = lines.groupby(own, sort=False).ngroup()
    if missing := first_few(sorted(set(lines.loc[~kind.isin(shares["_kind"]), "body"]))):
        fault = "no national lines to split it like, so no theme can take it in"
        raise InputError(f"returned by {missing}: {fault}.")
    parts = apportion(lines.drop(columns=LIKE).assign(_kind=kind), shares, LIKE, "like")
    parts = parts.assign(division=cofog.division(parts["cofog"]))
    return pd.concat([counted[~returned], parts[list(counted)]], ignore_index=True)


def _pattern(kind, estimate):
    """Shares of the estimates like a returned body, function and category: LIKE, share, basis."""
    body, code, economic = kind
    bodies = reference.read("bodies").set_index("body")["supersedes"].get(body, body).split()
    own = estimate[estimate["body"].isin(bodies) & (estimate["pence"] > 0)]
    near = own[own["cofog"].map(lambda other: cofog.overlaps(other, code)).astype("bool")]
    nearest = near[near["economic"] == economic]
    like = next((lines for lines in (nearest, near) if len(lines)), own)
    weights = like.groupby(LIKE, as_index=False)["pence"].sum()
    share = weights.pop("pence") / like["pence"].sum()
    return weights.assign(share=share, basis="like the estimate")
