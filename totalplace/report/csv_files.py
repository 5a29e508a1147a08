"""The tables and figures of a report as files: a CSV of each, in whole pence, and a dictionary of every column.

report_columns.csv says what each column is; one that it does not have stops the run, for nobody could read it.
"""

import csv

from totalplace import reference
from totalplace.errors import refuse

DICTIONARY = "dictionary"
OTHER = "*"  # every other column of a table, named after what is in it
STORED = {
    "£m": "pence",
    "£": "pence",
    "£ per head": "pence",
    "fraction": "share from 0 to 1",
    "text": "",
}


def check_names(printed):
    """Refuse two tables of one name, and the name of the dictionary. printed: page -> (title, shown). Raises InputError."""
    pages = {}
    for page, (_, shown) in printed.items():
        for facts in shown:
            pages.setdefault(facts["name"], []).append(page)
    refuse(f"{' and '.join(found)} show a table {name!r}: one file would overwrite the other. Name one anew."
           for name, found in pages.items() if len(found) > 1 or name == DICTIONARY)  # fmt: skip


def write_csv(facts, folder):
    """Write what was shown as <name>.csv: its unrounded figures, text that no spreadsheet will run. Returns its path."""
    path = folder / f"{facts['name']}.csv"
    rows = [facts["columns"], *facts["rows"]]
    _write(path, [[_safe(cell) for cell in row] for row in rows])
    return path


def _safe(cell):
    """Text that a spreadsheet would run as a formula gets an apostrophe before it; a number is a number."""
    return (
        f"'{cell}"
        if isinstance(cell, str) and cell[:1] in ("=", "+", "-", "@", "\t", "\r")
        else cell
    )


def dictionary(shown):
    """What every column of the CSV files is: file, column, meaning, unit. shown: facts of tables and figures.

    Raises InputError with each column that report_columns.csv does not have.
    """
    known = {
        (row.table, row.column): row.meaning
        for row in reference.read("report_columns").itertuples()
    }
    rows, faults = [], []
    for facts in shown:
        for column in facts["columns"]:
            meaning = next(
                (known[key] for key in _keys(facts["name"], column) if key in known), None
            )
            if meaning is None:
                faults.append(
                    f"report_columns.csv has no column {column!r} of the table {facts['name']!r}. Add what it means."
                )
            rows.append([f"{facts['name']}.csv", column, meaning, _unit(facts, column)])
    refuse(faults)
    return rows


def _keys(table, column):
    """Where the meaning of a column may be, the nearest first."""
    return [(table, column), (table, OTHER), ("", column)]


def _unit(facts, column):
    """What the file holds in a column."""
    unit = facts["units"].get(column, "text")
    return STORED.get(unit, unit)


def write_dictionary(shown, folder):
    """Write dictionary.csv beside the tables; returns its path. Raises InputError as `dictionary` does."""
    path = folder / f"{DICTIONARY}.csv"
    _write(
        path,
        [
            ["file", "column", "meaning", "unit"],
            *([_safe(cell) for cell in row] for row in dictionary(shown)),
        ],
    )
    return path


def _write(path, rows):
    with open(path, "w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows(rows)
