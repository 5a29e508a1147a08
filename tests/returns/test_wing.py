"""The wing itself: what reading a return brings in."""

import subprocess
import sys

import pytest

HEAVY = "{'xlsxwriter', 'openpyxl'} & {name.partition('.')[0] for name in sys.modules}"


@pytest.mark.parametrize(
    "work",
    [
        "import totalplace.returns",
        "from totalplace import returns; returns.read_returns, returns.localise_lines",
        "import totalplace.ledger",
    ],
)
def test_reading_returns_loads_no_writer_of_workbooks(work):
    ask = [sys.executable, "-c", f"import sys; {work}; print({HEAVY})"]
    assert subprocess.run(ask, capture_output=True, text=True, check=True).stdout == "set()\n"


def test_the_wing_alone_does_not_load_pandas():
    ask = [sys.executable, "-c", "import sys, totalplace.returns; print('pandas' in sys.modules)"]
    assert subprocess.run(ask, capture_output=True, text=True, check=True).stdout == "False\n"
