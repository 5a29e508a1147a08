"""The names that judgements need: what money each has had, and what a new year brings that is new.

Rules are written for departments, organisations, segments and sub-functions. `money_by_year` lists
them with their money in each year, so that rules can be written where the money is. `new_names`
lists what a new year has that no year before it had, each beside the nearest name that is known:
a person answers in the tables of judgement; nothing is guessed.

Limit: nearest is by the letters of the name. An organisation that was renamed outright has none.
"""

import difflib
from collections.abc import Iterable

import pandas as pd

from totalplace import reference
from totalplace.reference_build import cra_years

KINDS = ["department", "organisation", "segment", "sub_function"]
NEAR = 0.75  # of difflib: 1 is the same name


def money_by_year(kind: str) -> pd.DataFrame:
    """England's £m by department, organisation, segment or sub-function and year, largest first.

    Columns: the kind, name (the latest), and one for each year, 0 where there was none. For a
    segment its last department too.
    """
    made = [
        cra_years.named_lines(year).assign(year=year)
        for year in reference.read("year_editions")["year"]
    ]
    lines = pd.concat(made, ignore_index=True)
    lines = lines[lines[kind] != ""]
    texts = lines.groupby(kind)[f"{kind}_name"].last().rename("name").to_frame()
    if kind == "segment":
        texts["department"] = lines.groupby(kind)["department"].last()
    money = lines.pivot_table(index=kind, columns="year", values="pence", aggfunc="sum") / 1e8
    order = money.abs().max(axis=1).sort_values(ascending=False, kind="stable").index
    return texts.join(money.fillna(0).round(3)).loc[order].reset_index()


def known_names(years: Iterable[str]) -> pd.DataFrame:
    """The ids of every kind in the lines of `years`, with the last name of each: kind, id, name."""
    found = []
    for year in years:
        lines = cra_years.named_lines(year)
        for kind in KINDS:
            ids = lines[[kind, f"{kind}_name"]].drop_duplicates().set_axis(["id", "name"], axis=1)
            found.append(ids.assign(kind=kind))
    table = pd.concat(found, ignore_index=True)
    table = table[table["id"] != ""].drop_duplicates(["kind", "id"], keep="last")
    return table[["kind", "id", "name"]].reset_index(drop=True)


def new_names(lines: pd.DataFrame, known: pd.DataFrame) -> pd.DataFrame:
    """What `lines` have that is not known, each beside the nearest known name of its kind.

    lines: one year of an edition, as `cra_editions.year_lines` gives it. known: `known_names`.
    Returns kind, id, name, pence, nearest (an id, "" where no name is near), nearest_name; a
    label of a sub-function that sub_function_labels.csv lacks is an id of its own.
    """
    made = []
    for kind, ids in _ids(lines).items():
        names = known[known["kind"] == kind]
        money = lines.assign(id=ids["id"], name=ids["name"]).groupby("id", as_index=False)
        table = money.agg(name=("name", "last"), pence=("pence", "sum")).assign(kind=kind)
        fresh = table[~table["id"].isin([*names["id"].map(_code), ""])]
        made.append(fresh.assign(nearest=[_nearest(name, names) for name in fresh["name"]]))
    table = pd.concat(made, ignore_index=True)
    texts = known.set_index(["kind", "id"])["name"].to_dict()
    near = [texts.get(key, "") for key in zip(table["kind"], table["nearest"], strict=True)]
    table = table.assign(nearest_name=near, size=-table["pence"].abs())
    return table.sort_values(["kind", "size", "id"])[
        ["kind", "id", "name", "pence", "nearest", "nearest_name"]
    ].reset_index(drop=True)


def _ids(lines: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """The id and the name of each kind on each line, before any table of ids is asked."""
    labels = reference.read("sub_function_labels")
    known = {
        (row.label.lower(), row.function.lower()): row.sub_function for row in labels.itertuples()
    }
    keys = zip(lines["label"], lines["function"], strict=True)
    found = [known.get((label.lower(), function.lower()), label) for label, function in keys]
    ids = {
        "department": (cra_years.department_ids(lines["department"]), lines["department"]),
        "organisation": (lines["organisation_code"], lines["organisation"]),
        "segment": (lines["segment"], lines["segment_name"]),
        "sub_function": (pd.Series(found, index=lines.index), lines["label"]),
    }
    return {kind: pd.DataFrame({"id": pair[0], "name": pair[1]}) for kind, pair in ids.items()}


def _code(segment: str) -> str:
    """HM Treasury's code in the id of a segment: 'S013A010-SUB040800' -> 'S013A010'."""
    return segment.partition("-SUB")[0]


def _nearest(name: str, known: pd.DataFrame) -> str:
    """The id of the known name nearest to `name`; "" where none is near."""
    ids = dict(zip(known["name"].str.lower(), known["id"], strict=True))
    near = difflib.get_close_matches(name.lower(), ids, n=1, cutoff=NEAR)
    return ids[near[0]] if near else ""
