"""The one statement of docs/returns.md for ledgers beyond memory: it adds a folder up to the penny, into a return that is accepted."""

import re
from decimal import Decimal

import duckdb
import pytest

from tests import sending
from tests.conftest import ROOT

LEDGERS = {
    "april.csv": """service,economic,supplier,amount
Primary schools,current,A & Sons,"£1,234.50"
Primary schools,current,B,600.01
Primary schools,capital,B,"£2,000,000.99"
Secondary schools,current,C,0.10
Secondary schools,current,C,0.20
""",
    "may.csv": """amount,service,economic,supplier
-34.50,Primary schools,current,A & Sons
"700.005",Secondary schools,current,C
98000000.01,Primary schools,capital,D
""",
    "june.csv": """service,economic,supplier,amount
,current,nobody said what for,12.34
""",
}


def statement():
    """The statement of docs/returns.md."""
    (found,) = re.findall(
        r"```sql\n(.*?)```", (ROOT / "docs" / "returns.md").read_text(encoding="utf-8"), re.DOTALL
    )
    return found


@pytest.fixture
def added(tmp_path, monkeypatch):
    """The return that the statement makes of the ledgers: its rows as dicts."""
    (tmp_path / "spend").mkdir()
    for name, text in LEDGERS.items():
        (tmp_path / "spend" / name).write_text(text, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    duckdb.sql(statement())
    return tmp_path / "spend.csv"


def amounts(path):
    rows = duckdb.sql(f"SELECT * FROM read_csv('{path}', all_varchar = true)").fetchall()
    return {
        (service or "", economic): Decimal(amount)
        for _, service, _, _, economic, _, amount, _, _ in rows
    }


def test_every_line_is_in_one_sum_and_a_blank_key_loses_nothing(added):
    assert amounts(added) == {
        ("", "current"): Decimal("12.34"),
        ("Primary schools", "capital"): Decimal("100000001.00"),
        ("Primary schools", "current"): Decimal("1800.01"),
        ("Secondary schools", "current"): Decimal("700.31"),
    }


def test_the_result_is_a_return_that_is_read_and_its_blank_asked_about(added, inbox):
    (inbox / "spend.csv").write_bytes(added.read_bytes())
    read = sending.read()
    assert sending.folder() == inbox
    assert sorted(read.lines.loc[read.lines["service"] == "Primary schools", "pence"]) == [
        180_001,
        10_000_000_100,
    ]
    assert int(read.sums["total"].sum()) == sum(
        int(100 * amount) for amount in amounts(added).values()
    )
