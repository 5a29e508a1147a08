"""The tables and figures of a report as files: a CSV of each, in whole pence, and a dictionary.

The dictionary says what every column is, from report_columns.csv; a column that is not in it stops
the run, for nobody could read it.
"""

import csv
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from totalplace import reference
from totalplace.errors import refuse

DICTIONARY = "dictionary"
OTHER = "*"  # every other column of a table, named after what is in it
RUNS = ("=", "+", "-", "@", "\t", "\r")  # text that begins so, a spreadsheet would run


def check_names(printed: dict[str, tuple[str, list[dict]]]) -> None:
    """Refuse two tables of one name, and the dictionary's own name.

    printed: page -> its title and the facts of what it shows. Raises InputError with every fault.
    """
    pages: dict[str, list[str]] = {}
    for page, (_, shown) in printed.items():
        for facts in shown:
            pages.setdefault(facts["name"], []).append(page)
    refuse(
        f"{' and '.join(found)} show a table {name!r}: one file would overwrite the other. "
        "Give it another name."
        for name, found in pages.items()
        if len(found) > 1 or name == DICTIONARY
    )


def write_csv(facts: dict[str, Any], folder: Path) -> Path:
    """Write what was shown as <name>.csv, unrounded, its text safe to open; returns its path."""
    return _write(folder / f"{facts['name']}.csv", [facts["columns"], *facts["rows"]])


def write_dictionary(shown: Iterable[dict], folder: Path) -> Path:
    """Write dictionary.csv beside the tables; returns its path. Raises as `dictionary` does."""
    heads = ["file", "column", "meaning", "unit"]
    return _write(folder / f"{DICTIONARY}.csv", [heads, *dictionary(shown)])


def dictionary(shown: Iterable[dict]) -> list[list]:
    """What every column of the CSV files is: rows of file, column, meaning, unit.

    Parameters
    ----------
    shown
        Facts of tables and figures; `notebook` names a notebook of one's own, whose columns
        report_columns.csv need not have.

    Raises
    ------
    InputError
        With each column that report_columns.csv does not have.
    """
    columns = reference.read("report_columns")
    known = {(row.table, row.column): row.meaning for row in columns.itertuples()}
    rows, faults = [], []
    for facts in shown:
        name = facts["name"]
        for column in facts["columns"]:
            keys = [(name, column), (name, OTHER), ("", column)]  # the nearest first
            meaning = next((known[key] for key in keys if key in known), None)
            if "notebook" in facts:  # of one's own, whose columns are its own
                meaning = f"as {facts['notebook']} names it"
            if meaning is None:
                faults.append(
                    f"report_columns.csv has no column {column!r} of the table {name!r}. "
                    "Add a row that says what it means."
                )
            rows.append([f"{name}.csv", column, meaning, _unit(facts["units"].get(column, "text"))])
    refuse(faults)
    return rows


def _unit(unit: str) -> str:
    """What the file holds in a column that is printed in this unit."""
    if unit.startswith("£"):
        return "pence"
    return {"fraction": "share from 0 to 1", "text": ""}.get(unit, unit)


def _write(path: Path, rows: list[list]) -> Path:
    with open(path, "w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([*map(_safe, row)] for row in rows)
    return path


def _safe(cell: Any) -> Any:
    """A cell with an apostrophe before text that a spreadsheet would run; a number is a number."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(RUNS) else cell
