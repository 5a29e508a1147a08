"""The ONS regional accounts beside the national lines, by region, function and year.

Country and regional public sector finances (ONS) start from HM Treasury's latest analysis, restate
every year on one basis and print £m by region and function from 1999-00. They are no source of
lines here: they show where an older edition, on which a year stands, has been overtaken.

Limits: £m as printed, so that a function may be £0.5m out; where HM Treasury has moved money
between functions or regions since the edition of the year, the difference is that, not an error.
"""

from pathlib import Path

import pandas as pd

from totalplace.errors import InputError, first_few
from totalplace.reference_build.cra_editions import tidy
from totalplace.reference_build.published_files import REGIONS

SHEETS = {"East": "East of England", "Yorkshire and the Humber": "Yorkshire and The Humber"}
START, END = "Table 2: Total Identifiable Expenditure", "Total identifiable expenditure"
SUMS = ["1. General public services", "4. Economic affairs"]  # printed above their parts
NAMES = {"9. Education (includes training)": "9. Education"}
NOT_ENGLISH = [
    "EU transactions",
    "1. of which: public sector debt interest",
]  # nothing is identifiable


def identifiable(path: Path | str) -> pd.DataFrame:
    """Identifiable spending of the English regions: year, region, function, millions (£m)."""
    book = pd.ExcelFile(path, engine="calamine")
    return pd.concat([_region(book, region) for region in REGIONS], ignore_index=True)


def _region(book: pd.ExcelFile, region: str) -> pd.DataFrame:
    sheet = SHEETS.get(region, region)
    cells = pd.read_excel(book, sheet_name=sheet, header=None, dtype=str, na_filter=False)
    names = tidy(cells[0])
    start, end = _rows_of(names, START, sheet), _rows_of(names, END, sheet)
    years = {
        place: year_name(cell) for place, cell in cells.loc[start].items() if cell.startswith("20")
    }
    rows = (
        cells.loc[start + 1 : end, list(years)]
        .astype("float64")
        .set_axis(list(years.values()), axis=1)
    )
    table = rows.assign(
        function=names.str.replace(r" \[note \d+\]", "", regex=True).replace(NAMES), region=region
    )
    long = table.melt(id_vars=["region", "function"], var_name="year", value_name="millions")
    _check_sums(long, sheet)
    return long[~long["function"].isin([END, *SUMS, *NOT_ENGLISH])]


def _rows_of(names: pd.Series, title: str, sheet: str) -> int:
    found = names.index[names == title]
    if len(found) != 1:
        raise InputError(
            f"regional accounts, sheet {sheet!r}: {title!r} is there {len(found)} times, not once."
        )
    return int(found[0])


def _check_sums(table: pd.DataFrame, sheet: str) -> None:
    """Functions add to the printed total, but for the rounding of each."""
    total = table[table["function"] == END].set_index("year")["millions"]
    parts = table[~table["function"].isin([END, *SUMS])]
    difference = parts.groupby("year")["millions"].sum() - total
    wrong = difference[difference.abs() > 0.5 * parts["function"].nunique()]
    if len(wrong):
        raise InputError(
            f"regional accounts, sheet {sheet!r}: {first_few(wrong.index)} do not add up."
        )


def year_name(heading: str) -> str:
    """'2009 to 2010' -> '2009-10'."""
    first, _, last = heading.partition(" to ")
    return f"{first}-{last[-2:]}"


def beside(lines: pd.DataFrame, accounts: pd.DataFrame) -> pd.DataFrame:
    """One year beside the accounts: region, function, counted, published, difference, percent.

    lines: region, function, pence of one year. accounts: `identifiable` of that year. Amounts are
    £m; percent is of the published.
    """
    ours = lines.groupby(["region", "function"])["pence"].sum() / 1e8
    theirs = accounts.groupby(["region", "function"])["millions"].sum()
    table = pd.DataFrame({"counted": ours, "published": theirs}).fillna(0.0).reset_index()
    difference = table["counted"] - table["published"]
    return table.assign(difference=difference, percent=100 * difference / table["published"])


def explained(table: pd.DataFrame, more_than: float = 3.0) -> pd.DataFrame:
    """The regions that differ by more than `more_than` percent, and in which functions.

    The rows of `beside`, largest difference first, with region_percent (of the region's published
    total). Regions that differ by less are left out, and functions that differ by under £0.5m.
    """
    totals = table.groupby("region")[["difference", "published"]].sum()
    percent = 100 * totals["difference"] / totals["published"]
    far = percent[percent.abs() > more_than]
    rows = table[table["region"].isin(far.index) & (table["difference"].abs() >= 0.5)]
    rows = rows.assign(region_percent=rows["region"].map(percent), size=-rows["difference"].abs())
    return rows.sort_values(["region", "size"]).drop(columns="size").reset_index(drop=True)
