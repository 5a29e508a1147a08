"""Control totals of the national lines, and how two editions differ on a year that both have.

control_totals.csv holds the totals: from the pivot tables that HM Treasury prints beside its
databases of 2023 and later, and, for editions without one, what their rows add to.
edition_differences.csv sets beside the lines of a year what another edition gives for it, by
function, so that a page can say how far HM Treasury has restated the year.
"""

from collections.abc import Iterator
from pathlib import Path

import pandas as pd

from totalplace import money, reference
from totalplace.errors import InputError, first_few
from totalplace.reference_build import cra_editions, cra_years

ENGLAND, COUNCILS = "England", "LA England"
PIVOT_FIRST = "ID"  # the first cell of the pivot table's identifiable rows


def counted(lines: pd.DataFrame, what: str) -> int:
    """The pence of `lines` in England, a region, or LA England (local authorities)."""
    if what == ENGLAND:
        return int(lines["pence"].sum())
    chosen = lines["sector"] == "LA" if what == COUNCILS else lines["region"] == what
    if not chosen.any():
        raise InputError(
            f"control_totals: no lines of {what!r}. Use {ENGLAND}, {COUNCILS} or a region."
        )
    return int(lines.loc[chosen, "pence"].sum())


def check_totals(controls: pd.DataFrame, lines: pd.DataFrame) -> pd.DataFrame:
    """The control totals of money beside the `pence` counted from `lines`.

    Adds `difference` (in the control's unit) and `holds`: right to half a unit, as published.
    """
    table = controls[controls["unit"].isin(money.PENCE)].reset_index(drop=True)
    pence = pd.Series([counted(lines, what) for what in table["what"]], dtype="int64")
    difference = pence / table["unit"].map(money.PENCE) - table["published"]
    return table.assign(pence=pence, difference=difference, holds=difference.abs() <= 0.5)


def pivot_totals(path: Path | str, edition: str) -> pd.DataFrame:
    """The English regions' totals in an edition's pivot table, as rows of control_totals (£000)."""
    book = pd.ExcelFile(path, engine="calamine")
    sheet = next((name for name in book.sheet_names if "pivot" in str(name).lower()), None)
    if sheet is None:
        raise InputError(
            f"{path}: no sheet with a pivot table. It has {first_few(book.sheet_names)}."
        )
    cells = pd.read_excel(book, sheet_name=sheet, header=None, dtype=str, na_filter=False)
    start = cells.index[cells[0] == PIVOT_FIRST][0]
    years = cells.loc[start - 1].str.extract(f"({cra_editions.YEAR})")[0].dropna()
    rows = cells.loc[start:]
    rows = rows[rows[1].str.upper().str.startswith("ENGLAND")]
    wide = rows[years.index].set_axis(years, axis=1)
    wide = wide.assign(what=rows[1].str.lower().map(cra_editions.REGION_NAMES))
    long = wide.melt(id_vars="what", var_name="year", value_name="published")
    source = f"HM Treasury, in the edition's workbook, sheet {sheet!r}"
    return long.assign(
        published=long["published"].astype("float64"), edition=edition, unit="£000", source=source
    )


def edition_differences(lines: pd.DataFrame, other: pd.DataFrame) -> pd.DataFrame:
    """One year in two editions: function, pence, other_pence, difference (the other less ours).

    lines and other: tables of function and pence. The rows add to the totals of both.
    """
    ours, theirs = (table.groupby("function")["pence"].sum() for table in (lines, other))
    table = pd.DataFrame({"pence": ours, "other_pence": theirs}).fillna(0).astype("int64")
    table = table.rename_axis("function").reset_index()
    return table.assign(difference=table["other_pence"] - table["pence"])


def all_differences(editions: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """Every year that another edition has too: edition_differences, with year and the edition.

    editions: {source: rows}, of 2013 and later.
    """
    labels = reference.read("sub_function_labels")
    functions = reference.read("sub_functions").set_index("sub_function")["function"]
    used = reference.read("year_editions").set_index("year")["source"]
    made = []
    for edition, rows in editions.items():
        for year in _restated(rows, used, edition):
            other = cra_years.edition_year(rows, year, edition, labels)
            ours, theirs = (
                table.assign(function=table["sub_function"].map(functions))
                for table in (cra_years.read_year(year), other)
            )
            made.append(edition_differences(ours, theirs).assign(year=year, edition=edition))
    return pd.concat(made, ignore_index=True)


def _restated(rows: pd.DataFrame, used: pd.Series, edition: str) -> Iterator[str]:
    yield from (year for year in cra_editions.years_of(rows) if used.get(year, edition) != edition)
