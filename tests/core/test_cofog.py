import pandas as pd
import pytest

from totalplace import cofog
from totalplace.errors import InputError

CODES = pd.Series(["09.1.2", "09.1", "07", "10.6"])


def test_codes_roll_up_by_prefix():
    assert cofog.division(CODES).tolist() == ["09", "09", "07", "10"]
    assert cofog.group(CODES).tolist() == ["09.1", "09.1", "07", "10.6"]


def test_a_code_is_within_its_division_and_itself_only():
    assert cofog.is_within(CODES, "09").tolist() == [True, True, False, False]
    assert cofog.is_within(CODES, "09.1").tolist() == [True, True, False, False]
    assert cofog.is_within(CODES, "10").tolist() == [False, False, False, True]


def test_what_is_not_a_code_is_refused_with_how_to_write_it():
    with pytest.raises(InputError, match=r"not a COFOG code: , 11, 9\.1\. Write two digits"):
        cofog.check(["09.1", "9.1", "11", ""])
