"""The ledgers that a run keeps in data/processed/<year>/<place>/: one row per line."""

import os
from pathlib import Path

import pandas as pd

from totalplace import ledger, reference, text_files
from totalplace.errors import InputError
from totalplace.places import Place


def folder(place: Place, year: str) -> Path:
    """Where the ledgers of a place and year are, under data/processed or TOTALPLACE_PROCESSED.

    A run sets it, so that ledgers reach data/processed only when the whole run has come to its end.
    """
    named = os.environ.get("TOTALPLACE_PROCESSED")
    return Path(named or reference.home() / "data" / "processed") / year / place.slug


def keep(name: str, table: pd.DataFrame, place: Place, year: str) -> None:
    """Keep a ledger as <name>.csv where a run asks for it (TOTALPLACE_PROCESSED); else nothing."""
    if os.environ.get("TOTALPLACE_PROCESSED"):
        added = [column for column in (*ledger.RETURNED, *ledger.ADDED) if column in table]
        text = table[[*ledger.LEDGER, *added]].to_csv(index=False, lineterminator="\n")
        text_files.write_whole(folder(place, year) / f"{name}.csv", text)


def read(path: Path) -> pd.DataFrame:
    """A kept ledger as text, with `pence` int64. Raises InputError for a file that is not there."""
    if not Path(path).is_file():
        raise InputError(f"no ledger {path}. `totalplace run` keeps it.")
    return pd.read_csv(path, dtype="str", keep_default_na=False).astype({"pence": "int64"})
