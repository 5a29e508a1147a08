"""The reference tables as files: written in one form, or copied as they are."""

import shutil
from pathlib import Path

import pandas as pd
from pandas import DataFrame

from totalplace import reference
from totalplace.text_files import write_whole

BUILT = ["cofog", "areas", "places", "members", "predecessors", "drivers", "negative_drivers"]
BUILT += ["national_spend", "programmes", "unused_outturn", "council_financing"]


def write(table: DataFrame, name: str, into: Path) -> Path:
    """Write a reference table in its one form and check it; returns its path.

    The form: the codebook's columns, sorted by key, UTF-8, line feeds. Raises InputError for a
    table that does not hold what the codebook says.
    """
    described = reference.columns(name)
    keys = described["column"][described["key"] == "yes"].tolist()
    tidy = table[described["column"].tolist()].sort_values(keys, kind="stable", key=_in_order)
    path = write_whole(Path(into) / f"{name}.csv", tidy.to_csv(index=False, lineterminator="\n"))
    reference.read_file(path, name)
    return path


def hand_over(into: Path) -> None:
    """Check the tables that are made by hand, by reading them, and copy them to a folder."""
    for name in sorted(set(reference.codebook()["table"]) - set(BUILT)):
        reference.read(name)
        if Path(into) != reference.folder():
            shutil.copyfile(reference.folder() / f"{name}.csv", Path(into) / f"{name}.csv")


def _in_order(column):
    """Numbers written as text sort as numbers, so that row 1000 comes after row 999."""
    numbers = pd.to_numeric(column, errors="coerce")
    return column if numbers.isna().any() else numbers
