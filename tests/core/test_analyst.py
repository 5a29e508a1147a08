"""What an analyst has: import totalplace as tp."""

import importlib
import pkgutil
import subprocess
import sys

import pandas as pd
import pytest

import totalplace as tp
from tests.conftest import ROOT
from totalplace import estimate
from totalplace.errors import InputError


def test_every_name_is_there_says_what_it_is_and_is_completed():
    for name in tp.__all__:
        assert getattr(tp, name).__doc__, name
        assert name in dir(tp)


def test_no_name_is_that_of_a_module():
    modules = {module.name for module in pkgutil.iter_modules(tp.__path__)}
    for name in modules - {"__main__"}:
        importlib.import_module(f"totalplace.{name}")
    assert modules.isdisjoint(tp.__all__)
    assert all(callable(getattr(tp, name)) for name in tp.__all__)


def test_a_name_that_is_not_there_is_an_error():
    with pytest.raises(AttributeError, match="has no attribute 'second_count'"):
        tp.second_count  # noqa: B018


def test_to_import_the_package_loads_no_pandas():
    look = "import sys, totalplace; sys.exit(bool({'pandas', 'numpy', 'click'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", look], cwd=ROOT, check=False).returncode == 0


def test_a_place_is_asked_for_by_name_slug_code_or_as_it_is():
    slug, name, code, made = (
        "croydon",
        "Croydon",
        "E09000008",
        tp.make_place(["croydon"], "Croydon"),
    )
    assert type(tp.first_count(slug)) is pd.DataFrame
    for one in (name, code, made):
        pd.testing.assert_frame_equal(tp.first_count(one), tp.first_count(slug))
    with pytest.raises(InputError, match="no place called 'croydn'"):
        tp.first_count("croydn")


def test_the_count_with_returns_is_the_boards_unless_asked_otherwise():
    board, working = (
        tp.count_with_returns("croydon"),
        tp.count_with_returns("croydon", audience="working"),
    )
    assert board.ledger["pence"].sum() == working.ledger["pence"].sum()
    assert repr(board).startswith("<Consolidated: £2,968.1m; rows: ledger ")


def test_what_is_written_on_a_count_is_not_there_when_it_is_asked_for_again():
    first = tp.first_count("croydon")
    first.loc[:, "pence"] = 0
    first["mine"] = 1
    again = tp.first_count("croydon")
    assert again["pence"].sum() > 0
    assert "mine" not in again


def test_the_example_of_the_first_count_is_what_it_says():
    spent = tp.first_count("croydon")
    assert "spent = tp.first_count" in estimate.first_count.__doc__
    assert (spent.groupby("body")["pence"].sum() / 1e8).sum() == pytest.approx(3060.1, abs=0.1)


def test_what_is_no_ledger_or_lacks_a_column_is_refused_saying_what_to_do():
    spent = tp.first_count("croydon")
    with pytest.raises(
        InputError, match=r"a ledger is needed, as tp.first_count gives; this is 'cr"
    ):
        tp.divisions("croydon")
    with pytest.raises(
        InputError, match=r"no column spender. tp.with_body_names\(ledger\) adds it"
    ):
        tp.total_by(spent, "spender")
    with pytest.raises(InputError, match=r"no column colour\. It has year, source_row"):
        tp.total_by(spent, "colour")


def test_only_the_public_names_are_completed():
    assert dir(tp) == tp.__all__
