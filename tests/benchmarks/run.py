"""make bench: how long the main sums take here, medians of several runs, beside what they should take."""

import csv
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pandas as pd
import xlsxwriter

from totalplace import estimate, money, places, reference, returns
from totalplace.apportion import apportion

YEAR = "2008-09"
FIRST_COUNT = """
import time
from totalplace import estimate, places
start = time.perf_counter()
estimate.first_count(places.place("croydon"), "2008-09")
print(time.perf_counter() - start)
"""


def median(work, runs=5):
    """Median seconds of several runs of `work`, after one that is not counted."""
    work()
    return statistics.median(_seconds(work) for _ in range(runs))


def _seconds(work):
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def first_count():
    """Seconds of the first count of one area in a process that has only imported the package."""
    fresh = [
        subprocess.run(
            [sys.executable, "-c", FIRST_COUNT], capture_output=True, text=True, check=True
        )
        for _ in range(5)
    ]
    return statistics.median(float(run.stdout) for run in fresh)


def all_areas():
    """Every national line over all 326 areas."""
    spread = estimate.apportion_to_areas(estimate.with_drivers(YEAR))
    assert spread["area"].nunique() == len(places.all_areas())


def million_cells():
    """A million cells to apportion: a ledger of 31,250 rows, and the shares of nine keys over 32 categories."""
    random = np.random.default_rng(1)
    keys = [f"region {number}" for number in range(9)]
    shares = pd.DataFrame(
        {
            "region": np.repeat(keys, 32),
            "area": np.tile([f"area {n:02}" for n in range(32)], 9),
            "share": 1 / 32,
        }
    )
    spend = pd.DataFrame(
        {
            "line": range(31_250),
            "region": random.choice(keys, 31_250),
            "cofog": "09.1",
            "body": "council",
        }
    )
    return spend.assign(pence=random.integers(-(10**10), 10**10, 31_250)), shares.assign(
        basis="equal"
    )


def thousands_of_lines(lines=50_000):
    """Seconds to read a return of so many lines, every column filled, as .xlsx and as .csv."""
    headings = reference.read("return_columns").query("column != 'supersedes'")["heading"].tolist()
    words = [
        "Councils",
        "Primary schools",
        "09.1",
        YEAR,
        "outturn",
        "current",
        "expenditure",
        "supplier",
        "London",
        "Population",
    ]
    rows = [
        [
            *words,
            1000 + 7919 * n % 99_991,
            "£",
            "no",
            "no",
            0,
            7,
            12,
            f"ledger {n}",
            f"note of line {n}",
        ]
        for n in range(lines)
    ]
    with tempfile.TemporaryDirectory() as home, _home(home) as folder:
        for name, write in (("return.xlsx", _xlsx), ("return.csv", _csv)):
            write(folder / name, [headings, *rows])
            ledger = estimate.first_count(places.place("croydon"), YEAR)
            start = time.perf_counter()
            read = returns.read_returns("croydon", YEAR, ledger)
            yield time.perf_counter() - start
            assert len(read.lines) == lines
            (folder / name).unlink()


@contextmanager
def _home(home):
    """A house of its own, with the reference tables and an empty folder of returns."""
    shutil.copytree(reference.folder(), Path(home) / "data" / "raw" / "reference")
    folder = Path(home) / "data" / "raw" / "returns" / "croydon"
    folder.mkdir(parents=True)
    os.environ["TOTALPLACE_HOME"] = home
    try:
        yield folder
    finally:
        del os.environ["TOTALPLACE_HOME"]


def _xlsx(path, rows):
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet("Return")
        for number, row in enumerate(rows):
            sheet.write_row(number, 0, row)


def _csv(path, rows):
    with open(path, "w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)


def main():
    """Print each benchmark, what it should stay under, and the memory that all of it took."""
    spend, shares = million_cells()
    starts, cells = np.arange(len(spend)) * 32, np.full(len(spend) * 32, 1 / 32)
    core = median(lambda: money.split(spend["pence"].to_numpy(), starts, cells))
    verb = median(lambda: apportion(spend, shares, "area"))
    rows = [
        ("first count of one area, after import", first_count(), "under 0.5 s"),
        ("all 326 areas, all lines", median(all_areas, 3), "under 10 s"),
        ("a million cells, the core of the verb", core, "under 0.1 s"),
        ("a million cells, the whole verb", verb, f"within 10 times the core ({verb / core:.1f})"),
    ]
    xlsx, text = thousands_of_lines()
    rows += [
        ("a return of 50,000 lines, .xlsx", xlsx, "under 20 s"),
        ("a return of 50,000 lines, .csv", text, "under 20 s"),
    ]
    for name, seconds, goal in rows:
        print(f"{name:45} {seconds:7.3f} s   {goal}")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    print(f"{'peak memory of this process':45} {peak:7.3f} GB  under 1 GB")


if __name__ == "__main__":
    main()
