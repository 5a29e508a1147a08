import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from totalplace import money
from totalplace.errors import InputError


@pytest.mark.parametrize(
    ("amount", "unit", "pence"),
    [
        (12.34, "£", 1234),
        (1.5, "£k", 150_000),
        (70_600, "£000", 7_060_000_000),
        (0.082144, "£m", 8_214_400),
        (-27.636, "£m", -2_763_600_000),
        (4461.810859, "£m", 446_181_085_900),
    ],
)
def test_an_amount_is_rounded_to_the_penny_once_where_it_enters(amount, unit, pence):
    assert money.pence(pd.Series([amount]), unit).tolist() == [pence]


def test_a_blank_amount_is_refused_with_its_rows():
    with pytest.raises(InputError, match=r"rows 1, 3: the amount is blank or infinite"):
        money.pence(pd.Series([1.0, None, 2.0, float("inf")]))


def test_an_unknown_unit_is_refused():
    with pytest.raises(InputError, match=r"unit '\$' is not known. Use one of £, £k, £000, £m"):
        money.pence(pd.Series([1.0]), "$")


def test_the_penny_left_over_goes_to_the_largest_remainder():
    assert money.split(np.array([100]), np.array([0]), np.array([0.335, 0.335, 0.33])).tolist() == [
        34,
        33,
        33,
    ]


def test_equal_remainders_go_to_the_lower_category():
    assert money.split(np.array([2, -2]), np.array([0, 3]), np.full(6, 1 / 3)).tolist() == [
        1,
        1,
        0,
        0,
        -1,
        -1,
    ]


@st.composite
def ragged(draw):
    """Amounts, each with its own weights: 1 to 400 categories, up to ten thousand million pounds either way."""
    rows = draw(st.lists(st.integers(1, 400), min_size=1, max_size=12))
    amounts = draw(st.lists(st.integers(-(10**12), 10**12), min_size=len(rows), max_size=len(rows)))
    seed = draw(st.integers(0, 2**32 - 1))
    weights = np.random.default_rng(seed).random(sum(rows)) ** draw(st.sampled_from([1, 8]))
    starts = np.cumsum([0, *rows[:-1]])
    shares = weights / np.repeat(np.add.reduceat(weights, starts), rows)
    return np.array(amounts), starts, shares


@given(ragged())
def test_parts_add_to_their_amount_and_each_is_within_a_penny_of_its_share(case):
    amounts, starts, shares = case
    parts = money.split(amounts, starts, shares)
    assert np.array_equal(np.add.reduceat(parts, starts), amounts)
    sizes = np.diff([*starts, len(shares)])
    assert (np.abs(parts - np.repeat(amounts, sizes) * shares) < 1.001).all()


def test_more_categories_than_the_sort_can_hold_are_refused():
    with pytest.raises(InputError, match="are too many at once"):
        money.split(np.array([1]), np.array([0]), np.full(5000, 1 / 5000))
