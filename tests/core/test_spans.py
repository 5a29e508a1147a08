"""Rules that hold for spans of years, on small tables."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.tables import table
from totalplace.errors import InputError
from totalplace.reference_build import spans

YEARS = [f"{year}-{(year + 1) % 100:02}" for year in range(2008, 2025)]
RULES = """
    from     to       department  segment  body
    2008-09  2012-13  health      -        department
    2013-14  -        health      -        department-and-care
    -        2012-13  health      trusts   nhs
    2009-10  -        -           pensions schemes
"""
LINES = """
    department  segment   pence
    health      trusts    300
    health      research  20
"""


def bodies(year, lines=LINES, rules=RULES):
    lines = table(lines)
    return spans.with_rules_of_year(lines, table(rules), ["body"], year, "body_rules")["body"]


@pytest.mark.parametrize(
    ("year", "expected"),
    [
        ("2008-09", ["nhs", "department"]),
        ("2012-13", ["nhs", "department"]),
        ("2013-14", ["department-and-care", "department-and-care"]),
        ("2030-31", ["department-and-care", "department-and-care"]),
    ],
)
def test_a_rule_holds_from_its_first_year_to_its_last_and_a_blank_is_open(year, expected):
    assert bodies(year).tolist() == expected


@given(st.sampled_from(YEARS), st.sampled_from(["", *YEARS]), st.sampled_from(["", *YEARS]))
def test_a_row_holds_in_a_year_just_when_its_span_has_the_year(year, begin, end):
    row = table(f"from to name\n{begin or '-'} {end or '-'} x")
    assert len(spans.of_year(row, year)) == ((begin or "0") <= year <= (end or "9"))


def test_years_never_count_in_the_rank_so_equal_keys_in_one_year_are_a_tie():
    rules = """
        from     to       department  body
        2008-09  2012-13  health      department
        2010-11  2010-11  health      nhs
    """
    assert bodies("2008-09", rules=rules).tolist() == ["department", "department"]
    with pytest.raises(InputError, match=r"body_rules, 2010-11: two rules are equally specific"):
        bodies("2010-11", rules=rules)


def test_every_tie_of_a_year_is_named_at_once():
    rules = """
        from  to  department  segment  body
        -     -   health      -        department
        -     -   -           trusts   nhs
        -     -   -           research council
    """
    with pytest.raises(InputError) as error:
        bodies("2008-09", rules=rules)
    assert "'segment': 'trusts'" in str(error.value)
    assert "'segment': 'research'" in str(error.value)


def test_every_line_that_no_rule_knows_is_named_at_once_the_largest_first():
    unknown = "\n".join(f"new-{number} x {number}00000000" for number in range(1, 9))
    with pytest.raises(InputError) as error:
        bodies("2024-25", lines=f"{LINES.rstrip()}\n{unknown}\nnew-8 x 300000000")
    faults = str(error.value).splitlines()
    assert len(faults) == 8
    assert "'department': 'new-8', 'segment': 'x'} (£11.0m)" in faults[0]
    assert "'new-1'" in faults[-1]
    assert all(fault.startswith("body_rules, 2024-25: no rule for") for fault in faults)


def test_a_line_with_nothing_in_a_key_meets_only_rules_that_leave_it_blank():
    lines = "department segment pence\nhealth - 5"
    assert bodies("2009-10", lines=lines).tolist() == ["department"]


def test_a_rule_with_all_keys_blank_takes_what_no_other_does():
    rules = "from to department body\n- - - others\n- - health nhs"
    lines = "department pence\nhealth 1\nroads 2"
    assert bodies("2015-16", lines=lines, rules=rules).tolist() == ["nhs", "others"]


def test_rows_of_equal_keys_that_overlap_are_named_met_by_a_line_or_not():
    rules = table("""
        from     to       department  body
        2008-09  -        farms       a
        2010-11  2011-12  farms       b
        2013-14  2014-15  farms       c
        2008-09  2012-13  roads       a
        2013-14  -        roads       b
    """)
    with pytest.raises(InputError) as error:
        spans.check_spans(rules, ["department"], "body_rules")
    assert str(error.value).splitlines() == [
        "body_rules: rows 0 and 1 both hold in 2010-11 for farms.",
        "body_rules: rows 0 and 2 both hold in 2013-14 for farms.",
    ]


def test_a_span_that_ends_before_it_begins_is_an_error():
    rules = table("from to department body\n2012-13 2010-11 farms a")
    with pytest.raises(InputError, match=r"row 0: its span ends before it begins"):
        spans.check_spans(rules, ["department"], "body_rules")


def test_rules_without_a_key_are_an_error():
    with pytest.raises(InputError, match=r"needs a key column"):
        spans.rule_keys(table("from to name\n- - x"))
