"""make bench: how long the main sums take here, medians of several runs, beside what they should take."""

import resource
import statistics
import subprocess
import sys
import time

import numpy as np
import pandas as pd

from totalplace import estimate, money, places
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
    fresh = [subprocess.run([sys.executable, "-c", FIRST_COUNT], capture_output=True, text=True, check=True) for _ in range(5)]
    return statistics.median(float(run.stdout) for run in fresh)


def all_areas():
    """Every national line over all 326 areas."""
    spread = estimate.spread_to_areas(estimate.national_lines(YEAR), YEAR)
    assert spread["area"].nunique() == len(places.everywhere())


def million_cells():
    """A million cells to apportion: a ledger of 31,250 rows, and the shares of nine keys over 32 categories."""
    random = np.random.default_rng(1)
    keys = [f"region {number}" for number in range(9)]
    shares = pd.DataFrame(
        {"region": np.repeat(keys, 32), "area": np.tile([f"area {n:02}" for n in range(32)], 9), "share": 1 / 32}
    )
    spend = pd.DataFrame({"line": range(31_250), "region": random.choice(keys, 31_250), "cofog": "09.1", "body": "council"})
    return spend.assign(pence=random.integers(-(10**10), 10**10, 31_250)), shares.assign(basis="equal")


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
    for name, seconds, goal in rows:
        print(f"{name:45} {seconds:7.3f} s   {goal}")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    print(f"{'peak memory of this process':45} {peak:7.3f} GB  under 1 GB")


if __name__ == "__main__":
    main()
