"""The ledgers that the notebooks keep in data/processed/<year>/<place>/: one row a line, with pence and working."""

import os
from pathlib import Path

import pandas as pd

from totalplace import reference
from totalplace.errors import InputError

LEDGER = [
    "place", "year", "line", "sub_function", "area", "region", "body", "department", "programme", "function", "cofog",
    "division", "economic", "sector", "driver", "evidence", "source", "sub_function_share", "sub_function_basis",
    "area_share", "area_basis", "pence",
]  # fmt: skip

ADDED = [
    "file", "sheet", "row", "cell", "service", "payee", "ring_fenced", "confidential", "age_from", "age_to", "children",
    "note", "evidence_year", "tier", "recipient", "stage", "theme_share", "theme_basis", "payer", "profile", "age", "age_share",
    "age_basis",
]  # fmt: skip


def folder(place, year):
    """Where the ledgers of a place and year are: TOTALPLACE_PROCESSED names another folder than data/processed.

    A run sets it, so that ledgers reach data/processed only when the whole run has come to its end.
    """
    processed = Path(
        os.environ.get("TOTALPLACE_PROCESSED") or reference.home() / "data" / "processed"
    )
    return processed / year / place.slug


def keep(name, table, place, year):
    """Keep a ledger as <name>.csv where a run asks for it (TOTALPLACE_PROCESSED); else write nothing."""
    if os.environ.get("TOTALPLACE_PROCESSED"):
        write(table, place, year, name)


def write(table, place, year, name="count"):
    """Keep a ledger as <name>.csv in the folder of its place and year; returns its path."""
    path = folder(place, year) / f"{name}.csv"
    path.parent.mkdir(parents=True, exist_ok=True)
    added = [column for column in ADDED if column in table]
    table[[*LEDGER, *added]].to_csv(path, index=False, lineterminator="\n", encoding="utf-8")
    return path


def read(path):
    """A kept ledger as a table of text, with `pence` int64. Raises InputError for a file that is not there."""
    if not Path(path).is_file():
        raise InputError(f"no ledger {path}. `totalplace run` keeps it.")
    return pd.read_csv(path, dtype="str", keep_default_na=False).astype({"pence": "int64"})
