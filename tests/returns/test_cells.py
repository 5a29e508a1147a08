"""Cells as what they are meant to be."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from totalplace.returns import values


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("1234", "1234"),
        ("1,234", "1234"),
        ("1,234.5", "1234.5"),
        ("£1,234.56", "1234.56"),
        ("£ 12", "12"),
        (".5", "0.5"),
        ("5.", "5"),
        ("1 234 567", "1234567"),
        ("1\xa0234", "1234"),
        ("+7", "7"),
        ("GBP 3", "3"),
        ("-5", "-5"),
        ("−5", "-5"),
        ("–5", "-5"),
        ("- 5", "-5"),
        ("-£5", "-5"),
        ("£-5", "-5"),
        ("5-", "-5"),
        ("(5)", "-5"),
        ("( 1,234.50 )", "-1234.50"),
        ("£(5)", "-5"),
        ("(£5)", "-5"),
        ("5 CR", "-5"),
        ("5cr", "-5"),
        ("CR 5", "-5"),
        ("5 DR", "5"),
    ],
)
def test_amounts_are_read_in_every_way_that_accountants_write_them(text, amount):
    assert values.vocabulary().number(text) == (Decimal(amount), "", "")


@pytest.mark.parametrize(
    "text",
    [
        "1,23",
        "12,34",
        "1,2345",
        "--5",
        "(-5)",
        "5)",
        "1.2.3",
        "1_000",
        "٣",
        "½",
        "0x10",
        "inf",
        "nan",
        "1/2",
    ],
)
def test_what_is_not_plainly_an_amount_is_never_guessed(text):
    reading = values.vocabulary().number(text)
    assert reading.value is None
    assert reading.case.startswith("amount-")


@given(st.text(max_size=12))
def test_no_text_becomes_another_amount_than_its_digits(text):
    reading = values.vocabulary().number(text)
    if reading.value:
        digits = "".join(letter for letter in text if letter.isdigit())
        assert digits.strip("0") == "".join(map(str, reading.value.as_tuple().digits)).strip("0")


@given(st.decimals(-(10**12), 10**12, places=2), st.sampled_from(["{:,}", "{}", "£{:,}"]))
def test_an_amount_with_two_decimals_is_its_pence_exactly(amount, how):
    text = how.format(abs(amount))
    assert values.pence(values.vocabulary().number(f"({text})").value, "£") == (
        -int(abs(amount) * 100),
        0,
    )


@pytest.mark.parametrize(
    ("amount", "unit", "pence"),
    [
        ("0.005", "£", 1),
        ("-0.005", "£", -1),
        ("0.0049", "£", 0),
        ("1.2345678", "£k", 123_457),
        ("0.000000005", "£m", 1),
        ("2.5", "£", 250),
    ],
)
def test_half_a_penny_is_rounded_away_from_zero(amount, unit, pence):
    assert values.pence(Decimal(amount), unit)[0] == pence


@pytest.mark.parametrize(
    "text",
    [
        "2008-09",
        "2008/09",
        "2008/9",
        "2008-9",
        "08/09",
        "08-09",
        "2008-2009",
        "2008/2009",
        "2008 - 09",
        "FY 2008/09",
        "fy08/09",
        "2008 to 2009",
        "Year 2008-09",
        "2008–09",
        "2008_09",
    ],
)
def test_a_financial_year_is_read_in_its_usual_spellings(text):
    assert values.vocabulary().year(text).value == "2008-09"


def test_the_turn_of_a_century_is_a_year_like_any_other():
    assert values.vocabulary().year("2009/10").value == "2009-10"
    assert values.vocabulary().year("99/00").case == "year-range"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("09.1", "09.1"),
        ("10", "10"),
        ("10.1", "10.1"),
        ("07", "07"),
        ("09.1.2", "09.1.2"),
        ("9.1", "09.1"),
        ("7", "07"),
        ("09.1 Pre-primary", "09.1"),
        ("04.5: roads", "04.5"),
    ],
)
def test_a_code_is_text_alone_or_before_its_name(text, code):
    assert values.vocabulary().code(text).value == code


@pytest.mark.parametrize("text", ["0", "11", "9.10", "09.7.9.1", "40187", "nine"])
def test_a_code_that_is_not_in_the_table_is_none(text):
    assert values.vocabulary().code(text).case == "cofog-unknown"


def test_a_word_of_the_tables_is_read_and_another_is_not():
    assert values.vocabulary().word("status", "  ACTUALS ").value == "outturn"
    assert values.vocabulary().word("unit", "£'000").value == "£k"
    assert values.vocabulary().word("status", "maybe").value is None
