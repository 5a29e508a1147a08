import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from totalplace import cofog, reference
from totalplace.errors import InputError

CODES = pd.Series(["09.1.2", "09.1", "07", "10.6"])
KNOWN = st.sampled_from(sorted(reference.read("cofog")["cofog"]))


def test_codes_roll_up_by_prefix():
    assert cofog.division(CODES).tolist() == ["09", "09", "07", "10"]
    assert cofog.group(CODES).tolist() == ["09.1", "09.1", "07", "10.6"]


def test_a_code_is_within_its_division_and_itself_only():
    assert cofog.is_within(CODES, "09").tolist() == [True, True, False, False]
    assert cofog.is_within(CODES, "09.1").tolist() == [True, True, False, False]
    assert cofog.is_within(CODES, "10").tolist() == [False, False, False, True]


@pytest.mark.parametrize(
    ("code", "part", "contains", "overlaps"),
    [
        ("09", "09.1", True, True),
        ("09.1", "09", False, True),
        ("09", "09", True, True),
        ("10.4", "10.40", False, False),
        ("01", "10", False, False),
        ("", "09", False, False),
    ],
)
def test_a_code_contains_its_parts_and_overlaps_both_ways(code, part, contains, overlaps):
    assert cofog.contains(code, part) == contains
    assert cofog.overlaps(code, part) == cofog.overlaps(part, code) == overlaps


@settings(deadline=None)
@given(KNOWN, KNOWN)
def test_the_prefix_tests_agree_with_one_another(one, other):
    assert cofog.is_within(pd.Series([other]), one)[0] == cofog.contains(one, other)
    assert cofog.contains(one, other) == (one == other or other[: len(one) + 1] == one + ".")


def test_what_is_not_a_code_is_refused_with_how_to_write_it():
    with pytest.raises(InputError, match=r"not a COFOG code: , 11, 9\.1\. Write two digits"):
        cofog.check(["09.1", "9.1", "11", ""])
