"""What is behind a figure: report, ledger lines, published row or returned cell, publication.

Its pence add to the figure.

report_columns.csv says for each table which ledger it is of, and by which of its columns a row can
be followed.
"""

import difflib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from totalplace import cofog, control, count, deep_dive, flows, ledger_files, reference
from totalplace.audit.provenance import Origin, Origins
from totalplace.errors import InputError, first_few
from totalplace.ledger import NOT_CLASSIFIED
from totalplace.report.csv_files import OTHER
from totalplace.report.words import clean, money
from totalplace.run import manifest
from totalplace.run.job import Job

LEDGERS = {"count": "count", "deep_dive": "deep_dive", "theme": "deep_dive", "flows": "flows"}
WITHIN = ("cofog", "division", "group")
SAME = {"division_name": "division", "body": "spender", "age": "age_label"}
SOME = 12  # names that a message gives of what there is
PRINTED = 10  # lines, unless all are asked for

Conditions = dict[str, str]  # column of a ledger, or of a table of the report -> value
Cell = tuple[str, int, str, int]  # file, row as a spreadsheet counts, column, pence


@dataclass(frozen=True)
class TracedFigure:
    """A figure and what is behind it.

    asked: the conditions. ledger: the whole ledger. lines: those that hold, the largest first;
    pence: their sum. cells: where the report has it.
    """

    asked: Conditions
    ledger: pd.DataFrame
    lines: pd.DataFrame
    pence: int
    cells: list[Cell]


def trace_figure(job: Job, asked: Conditions, ledger: str = "count") -> TracedFigure:
    """The lines of a kept ledger that meet every condition, and the cells that they add to.

    asked: cofog, division and group go by prefix. Raises InputError for a column or a value that is
    not there, naming the nearest, and for a ledger that is not the report's; ArithmeticError where
    the lines do not add to a cell.
    """
    table = ledger_of_report(job, ledger)
    kept = pd.Series(True, index=table.index)
    for column, value in asked.items():
        kept &= _has_value(table, column, value, ledger)
    lines = table[kept]
    if lines.empty:
        together = _in_words(asked)
        raise InputError(f"no line of the ledger {ledger} has {together} together. Ask for fewer.")
    pence = int(lines["pence"].sum())
    cells = _cells_with(job, asked, ledger, table)
    wrong = [cell for cell in cells if cell[3] != pence]
    if wrong:
        those = first_few(
            f"{file}, row {row}, {of}: {there:,} pence" for file, row, of, there in wrong
        )
        raise ArithmeticError(
            f"the lines add to {pence:,} pence, but {those}; this is a bug, not your data."
        )
    order = lines["pence"].abs().sort_values(ascending=False, kind="stable").index
    return TracedFigure(asked, table, lines.loc[order], pence, cells)


def _cells_with(job, asked, ledger, table):
    """The cells of the report that mean what is asked."""
    plain = _standard_terms(asked, table)
    return [
        cell
        for name in traceable_tables(ledger)
        for cell, conditions in traceable_cells(job, name, table)
        if _standard_terms(conditions, table) == plain
    ]


def _has_value(table, column, value, ledger):
    """True for lines with that value.

    Raises InputError for a column or value that is not there, naming the nearest.
    """
    if column not in table or column == "pence":
        near = difflib.get_close_matches(column, table.columns, n=1)
        hint = f"Did you mean {near[0]}?" if near else f"It has {first_few(table.columns, SOME)}."
        raise InputError(f"the ledger {ledger} has no column {column!r}. {hint}")
    cells = table[column]
    holds = cofog.is_within(cells, value) if column in WITHIN else cells == value
    if not holds.any():
        known = [cell for cell in cells.unique() if cell]
        near = difflib.get_close_matches(value, known, n=3)
        has = f"The nearest: {first_few(near)}." if near else f"It has {first_few(sorted(known))}."
        raise InputError(f"no line of the ledger {ledger} has {column} {value!r}. {has}")
    return holds


def _standard_terms(asked, table):
    """Conditions with one term for what has two: the code or the name of a division."""
    standard = {}
    for column, value in asked.items():
        other = SAME.get(column)
        cells = table.loc[table[column] == value, other] if other else [value]
        standard[other or column] = next(iter(cells))
    return standard


def _in_words(asked):
    return " and ".join(f"{column} {value!r}" for column, value in asked.items())


def ledger_of_report(job: Job, ledger: str = "count") -> pd.DataFrame:
    """A kept ledger with the columns that tables are made by, all text but pence.

    Adds division_name, group, spender, body_sector, control, funder, deliverer, discretion and
    elected; of a theme base and service; of flows age_label, band and when. Raises InputError for
    an unknown ledger, and for one that is not that of the report.
    """
    if ledger not in LEDGERS:
        raise InputError(f"no ledger {ledger!r}. The ledgers are {first_few(LEDGERS)}.")
    table = _read_checked(job, LEDGERS[ledger])
    if ledger == "theme":
        table = deep_dive.in_theme(table)
    names = cofog.DIVISIONS | {NOT_CLASSIFIED: "Not classified"}
    named = {"division_name": table["division"].map(names), "group": cofog.group(table["cofog"])}
    table = control.with_control_flags(count.with_body_names(table.assign(**named)))
    if ledger == "flows":
        table = _with_ages(table)
    if "tier" in table:
        table = control.with_base(table).assign(service=deep_dive.service_names(table))
    return table


def _with_ages(table):
    """The ledger of flows with the age in words, its band, and when it is."""
    ages = reference.read("age_bands").astype({"age": "str"}).set_index("age")
    when = (table["age"].astype("int64") < flows.THREE).map(flows.WHEN)
    words = {name: table["age"].map(ages[name]) for name in ("age_label", "band")}
    return table.assign(**words, when=when)


def _read_checked(job, name):
    """The ledger that the report of a job was made with. Raises InputError for another."""
    folders = job.folders()
    path = folders["ledgers"] / f"{name}.csv"
    table = ledger_files.read(path)
    known = manifest.read(folders["pages"]) or {"outputs": {}}
    if known["outputs"].get(f"ledgers/{name}.csv") != manifest.fingerprint(path):
        again = f"`totalplace run {job.command()} --force`"
        raise InputError(f"{path} is not the ledger of the report in {folders['pages']}. {again}.")
    return table


def traceable_tables(ledger: str) -> list[str]:
    """The names of the tables of reports that can be followed to a ledger."""
    known = reference.read("report_columns")
    return sorted(known.loc[known["ledger"] == ledger, "table"].unique())


def traceable_cells(job: Job, name: str, table: pd.DataFrame) -> Iterator[tuple[Cell, Conditions]]:
    """The cells of a table of the report, each with its conditions on the ledger.

    table: its ledger, of `ledger_of_report`. A row that is for several ("and 60 others") is left
    out. Nothing where the report does not have the table.
    """
    path = _table_path(job, name)
    if not path.is_file():
        return
    shown = pd.read_csv(path, dtype="str", keep_default_na=False)
    ledger_column = _ledger_columns(name)
    across = ledger_column.pop(OTHER, None)
    keys = {column: of for column, of in ledger_column.items() if of != "pence" and column in shown}
    amounts = [column for column, of in ledger_column.items() if of == "pence"] or ["pence"]
    columns = [one for one in shown if (one not in keys if across else one in amounts)]
    values = {of: set(table[of]) for of in [*keys.values(), *([across] if across else [])]}
    for number, row in enumerate(shown.to_dict("records"), start=reference.FIRST_ROW):
        own = {of: row[column].removeprefix("'") for column, of in keys.items()}
        for column in columns:
            asked = own | ({across: column} if across else {})
            if all(value in values[of] for of, value in asked.items()):
                yield (f"data/{name}.csv", number, column, int(row[column])), asked


def _table_path(job, name) -> Path:
    return job.folders()["pages"] / "data" / f"{name}.csv"


def _ledger_columns(name):
    """Column of a table of the report -> column of its ledger, for those that have one."""
    known = reference.read("report_columns")
    rows = known[(known["table"] == name) & (known["ledger"] != "")]
    return rows.set_index("column")["ledger_column"].to_dict()


def conditions_of_row(job: Job, name: str, asked: Conditions) -> tuple[Conditions, str]:
    """(conditions on a ledger, its name) from conditions on the columns of a table of the report.

    name: its name, or that of its file. Raises InputError for a table that cannot be followed, and
    where the conditions do not name one row.
    """
    name = name.rpartition("/")[2].removesuffix(".csv")
    known = reference.read("report_columns")
    rows = known[known["ledger"] != ""]
    if name not in set(rows["table"]):
        near = difflib.get_close_matches(name, rows["table"].unique(), n=1)
        can = first_few(rows["table"].unique(), SOME)
        hint = f"Did you mean {near[0]}?" if near else f"Those that can: {can}."
        raise InputError(f"{name}.csv cannot be followed to lines of a ledger. {hint}")
    path = _table_path(job, name)
    if not path.is_file():
        raise InputError(f"{path} is not there. `totalplace run {job.command()}` makes it.")
    shown = pd.read_csv(path, dtype="str", keep_default_na=False)
    ledger_column = _ledger_columns(name)
    other = ledger_column.get(OTHER)
    across = {other: asked[other]} if other in asked else {}
    row = _only_row(shown, {key: asked[key] for key in asked if key not in across}, name)
    keys = {
        of: row[column] for column, of in ledger_column.items() if column in shown and of != "pence"
    }
    return keys | across, rows.loc[rows["table"] == name, "ledger"].iloc[0]


def _only_row(shown, asked, name):
    """The one row of a table for which every condition holds. Raises InputError."""
    unknown = [column for column in asked if column not in shown]
    if unknown:
        has = first_few(shown.columns, SOME)
        raise InputError(f"{name}.csv has no column {first_few(unknown)}. It has {has}.")
    found = shown[(shown[list(asked)] == pd.Series(asked)).all(axis=1)]
    if len(found) != 1:
        first = f"Its first column has {first_few(shown.iloc[:, 0], 12)}."
        raise InputError(
            f"{name}.csv has {len(found)} rows with {_in_words(asked)}; one is needed. {first}"
        )
    return found.iloc[0]


def trace_lines(job: Job, figure: TracedFigure, every: bool = False) -> Iterator[str]:
    """The text of a trace: the figure, the lines behind it with their origins, the publications.

    every: all lines, and not the largest alone. Text that partners wrote has no control character
    left in it. Raises ArithmeticError where the lines would not add to the figure.
    """
    lines = figure.lines if every else figure.lines.head(PRINTED)
    origins = Origins(job.place, job.year, figure.ledger)
    behind = [origins.origin_of(line) for _, line in lines.iterrows()]
    asked = " and ".join(f"{column} = {clean(value)}" for column, value in figure.asked.items())
    yield f"{origins.place.name}, {job.year}: {asked}"
    also = f"{money(figure.pence)}; a table that adds as printed may show it a tenth off"
    yield f"{figure.pence:,} pence ({also})"
    yield from _report_cells(figure)
    yield f"\nBehind it: {len(figure.lines):,} lines of the ledger, the largest first"
    for (_, line), origin in zip(lines.iterrows(), behind, strict=True):
        what = f"{clean(line['sub_function'])}, {line['economic']}"
        yield f"  {line['pence']:,} pence  {clean(line['spender'])}: {what}"
        yield from (f"    {text}" for text in origin.steps)
    yield from _sum_line(figure, lines)
    yield from _publications(job, behind)


def _sum_line(figure, lines):
    """How the printed lines and the others add to the figure.

    Raises ArithmeticError where they do not.
    """
    shown, others = int(lines["pence"].sum()), figure.lines.iloc[len(lines) :]
    more = int(others["pence"].sum())
    if len(others):
        yield f"  and {len(others):,} more adding to {more:,} pence (--all prints every line)"
    if shown + more != figure.pence:
        raise ArithmeticError(
            f"{shown:,} and {more:,} pence are not {figure.pence:,}; this is a bug, not your data."
        )
    yield f"Sum: {shown:,} + {more:,} = {figure.pence:,} pence, as the figure."


def _report_cells(figure):
    """Where the report has the figure."""
    if figure.cells:
        yield "\nIn the report"
    for file, row, column, pence in figure.cells:
        yield f"  {file}, row {row}, {clean(column)}: {pence:,} pence"


def _publications(job, behind: list[Origin]) -> Iterator[str]:
    """The publications and returned files that the printed lines are from."""
    names = {name for origin in behind for name in origin.sources}
    if names:
        yield "\nPublished in"
    for row in reference.sources(sorted(names)).itertuples():
        yield f"  {row.source}: {row.publisher}, {row.title} ({row.published}), {row.licence}"
        yield f"    {row.file}, sha256 {row.sha256}"
    files = sorted({name for origin in behind for name in origin.files})
    if files:
        yield "\nReturned in"
    for name in files:
        path = reference.home() / "data" / "raw" / "returns" / job.place / name
        state = f"sha256 {manifest.fingerprint(path)}" if path.is_file() else "no longer there"
        yield f"  data/raw/returns/{job.place}/{clean(name)}, {state}"
