"""The chain behind a figure: report, ledger lines, published row or returned cell, publication. Its pence add to the figure.

report_columns.csv says for each table which ledger it is of, and by which of its columns a row can be followed.
"""

import difflib
from dataclasses import dataclass

import pandas as pd

from totalplace import cofog, control, count, deep_dive, ledger_files, reference
from totalplace.errors import InputError, first_few
from totalplace.ledger import NOT_CLASSIFIED
from totalplace.report.csv_files import OTHER
from totalplace.run import manifest, many_places

LEDGERS = {
    "count": "count",
    "deep_dive": "deep_dive",
    "theme": "deep_dive",
    "flows": "flows",
}  # name -> file
WITHIN = ("cofog", "division", "group")
BENEFITS = {True: "Benefits", False: "Services"}
WHEN = {False: "before the third birthday", True: "after it"}


@dataclass(frozen=True)
class Traced:
    """What is behind a figure: `lines` of the ledger, largest first, their sum in `pence`, and `cells` of the report with it.

    cells: (file, row as a spreadsheet counts, column, pence).
    """

    asked: dict
    ledger: pd.DataFrame
    lines: pd.DataFrame
    pence: int
    cells: list


def trace(job, asked, ledger="count"):
    """The lines of a kept ledger for which every condition holds, and the cells of the report that they add to: a Traced.

    asked: column -> value; cofog, division and group by prefix. Raises InputError for a column or a value that is not there, naming
    the nearest, and for a ledger that is not the report's; ArithmeticError where the lines do not add to a cell.
    """
    table = followed(job, ledger)
    kept = pd.Series(True, index=table.index)
    for column, value in asked.items():
        kept &= _holds(table, column, value, ledger)
    lines = table[kept]
    if lines.empty:
        raise InputError(
            f"no line of the ledger {ledger} has {_said(asked)} together. Ask for fewer."
        )
    pence = int(lines["pence"].sum())
    cells = [cell for name in tables(ledger) for cell in followable(job, name, table)
             if _plain(cell[1], table) == _plain(asked, table)]  # fmt: skip
    found = [(file, row, column, there) for (file, row, column, there), _ in cells]
    wrong = [
        f"{file}, row {row}, {column}: {there:,} pence"
        for file, row, column, there in found
        if there != pence
    ]
    if wrong:
        raise ArithmeticError(
            f"the lines add to {pence:,} pence, but {first_few(wrong)}; this is a bug, not your data."
        )
    order = lines["pence"].abs().sort_values(ascending=False, kind="stable").index
    return Traced(asked, table, lines.loc[order], pence, found)


def _holds(table, column, value, ledger):
    """True for lines with that value. Raises InputError for a column or value that is not there, naming the nearest."""
    if column not in table or column == "pence":
        near = difflib.get_close_matches(column, table.columns, n=1) or ["division"]
        raise InputError(
            f"the ledger {ledger} has no column {column!r}. Did you mean {near[0]}? It has {first_few(table.columns, 60)}."
        )
    cells = table[column]
    holds = cofog.is_within(cells, value) if column in WITHIN else cells == value
    if not holds.any():
        known = [cell for cell in cells.unique() if cell]
        near = difflib.get_close_matches(value, known, n=3, cutoff=0.3) or sorted(known)[:3]
        raise InputError(
            f"no line of the ledger {ledger} has {column} {value!r}. The nearest: {first_few(near)}."
        )
    return holds


def _plain(asked, table):
    """Conditions that mean the same, said alike: a division by its code, a body by its long name, an age in words."""
    same = {"division_name": "division", "body": "spender", "age": "printed"}
    plain = {}
    for column, value in asked.items():
        other = same.get(column)
        plain[other or column] = (
            table.loc[table[column] == value, other].iloc[0] if other else value
        )
    return plain


def _said(asked):
    return " and ".join(f"{column} {value!r}" for column, value in asked.items())


def followed(job, ledger="count"):
    """A kept ledger with the columns that tables are made by, all text but pence. Raises InputError for an unknown ledger.

    Adds division_name, group, spender, kind, control, funder, deliverer, discretion, elected; of a theme base and service; of
    flows printed, band and when.
    """
    if ledger not in LEDGERS:
        raise InputError(f"no ledger {ledger!r}. The ledgers are {first_few(LEDGERS)}.")
    table = _own(job, LEDGERS[ledger])
    if ledger == "theme":
        table = deep_dive.in_theme(table)
    names = cofog.DIVISIONS | {NOT_CLASSIFIED: "Not classified"}
    table = table.assign(
        division_name=table["division"].map(names), group=cofog.group(table["cofog"])
    )
    table = control.with_control_flags(count.with_body_names(table))
    if ledger == "flows":
        ages = reference.read("age_bands").set_index("age")
        table = table.assign(
            printed=table["age"].map(ages["printed"]), band=table["age"].map(ages["band"])
        )
        table = table.assign(when=(table["age"].astype("int64") > 2).map(WHEN))
    if "tier" in table:
        table = table.assign(
            base=(table["discretion"] == "demand-led transfer").map(BENEFITS),
            service=deep_dive.service_names(table),
        )
    return table


def _own(job, name):
    """The ledger that the report of a job was made with. Raises InputError for one that is not."""
    folders = many_places.folders(job)
    path = folders["ledgers"] / f"{name}.csv"
    table = ledger_files.read(path)
    known = manifest.read(folders["pages"]) or {"outputs": {}}
    if known["outputs"].get(f"ledgers/{name}.csv") != manifest.fingerprint(path):
        raise InputError(
            f"{path} is not the ledger of the report in {folders['pages']}. `totalplace run {job.place} --force`."
        )
    return table


def tables(ledger):
    """The names of the tables of reports that can be followed to a ledger."""
    known = reference.read("report_columns")
    return sorted(known.loc[known["ledger"] == ledger, "table"].unique())


def followable(job, name, table):
    """The cells of a table that can be followed: ((file, row, column, pence), {column of the ledger: value}) for each.

    table: its ledger, of `followed`. A row that stands for several ("and 60 others") is left out. None where the report does
    not have the table.
    """
    path = many_places.folders(job)["pages"] / "data" / f"{name}.csv"
    if not path.is_file():
        return
    shown = pd.read_csv(path, dtype="str", keep_default_na=False)
    known = reference.read("report_columns")
    by = (
        known[(known["table"] == name) & (known["ledger"] != "")]
        .set_index("column")["ledger_column"]
        .to_dict()
    )
    across, amounts = (
        by.pop(OTHER, None),
        [column for column, of in by.items() if of == "pence"] or ["pence"],
    )
    keys = {column: of for column, of in by.items() if of != "pence" and column in shown}
    columns = (
        [column for column in shown if column not in keys]
        if across
        else [one for one in amounts if one in shown]
    )
    values = {of: set(table[of]) for of in [*keys.values(), *([across] if across else [])]}
    for number, row in enumerate(shown.to_dict("records"), start=reference.FIRST_ROW):
        own = {of: row[column].removeprefix("'") for column, of in keys.items()}
        for column in columns:
            asked = own | ({across: column} if across else {})
            if all(value in values[of] for of, value in asked.items()):
                yield (f"data/{name}.csv", number, column, int(row[column])), asked


def translated(job, name, asked):
    """(conditions on a ledger, its name) from conditions on the columns of a table of the report: its file name or name.

    Raises InputError for a table that cannot be followed, and where the conditions do not name one row.
    """
    name = name.rpartition("/")[2].removesuffix(".csv")
    known = reference.read("report_columns")
    rows = known[(known["table"] == name) & (known["ledger"] != "")]
    if rows.empty:
        can = known.loc[known["ledger"] != "", "table"].unique()
        near = difflib.get_close_matches(name, can, n=1) or list(can)
        raise InputError(
            f"{name}.csv cannot be followed to lines of a ledger. Did you mean {first_few(near, 30)}?"
        )
    by = rows.set_index("column")["ledger_column"].to_dict()
    path = many_places.folders(job)["pages"] / "data" / f"{name}.csv"
    if not path.is_file():
        raise InputError(f"{path} is not there. `totalplace run {job.place}` makes it.")
    shown = pd.read_csv(path, dtype="str", keep_default_na=False)
    across = {by[OTHER]: asked[by[OTHER]]} if OTHER in by and by[OTHER] in asked else {}
    row = _row(
        shown, {column: value for column, value in asked.items() if column not in across}, name
    )
    keys = {of: row[column] for column, of in by.items() if column in shown and of != "pence"}
    return keys | across, rows["ledger"].iloc[0]


def _row(shown, asked, name):
    """The one row of a table for which every condition holds. Raises InputError."""
    unknown = [column for column in asked if column not in shown]
    if unknown:
        raise InputError(
            f"{name}.csv has no column {first_few(unknown)}. It has {first_few(shown.columns, 30)}."
        )
    found = shown[(shown[list(asked)] == pd.Series(asked)).all(axis=1)]
    if len(found) != 1:
        raise InputError(f"{name}.csv has {len(found)} rows with {_said(asked)}; one is needed. Its first column has "
                    f"{first_few(shown.iloc[:, 0], 12)}.")  # fmt: skip
    return found.iloc[0]
