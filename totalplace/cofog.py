"""The Classification of the Functions of Government (COFOG): divisions, groups and classes.

Codes are text: "09.1" is a group, not 9.1. A code contains another where it is its prefix, part by
part; every test of that is here. Source: United Nations, Classifications of Expenditure According
to Purpose (2000).
"""

import re
from collections.abc import Iterable

import pandas as pd

from totalplace.errors import InputError, first_few

DIVISIONS = {
    "01": "General public services",
    "02": "Defence",
    "03": "Public order and safety",
    "04": "Economic affairs",
    "05": "Environmental protection",
    "06": "Housing and community amenities",
    "07": "Health",
    "08": "Recreation, culture and religion",
    "09": "Education",
    "10": "Social protection",
}
CODE = r"(0[1-9]|10)(\.\d(\.\d)?)?"


def check(codes: Iterable) -> None:
    """Refuse codes that are not COFOG, '9.1' (for '09.1'), '11' or '', with an InputError."""
    wrong = sorted({str(code) for code in codes if not re.fullmatch(CODE, str(code))})
    if wrong:
        remedy = "Write two digits and parts of one digit, as text: 09, 09.1 or 09.1.2."
        raise InputError(f"not a COFOG code: {first_few(wrong)}. {remedy}")


def division(codes: pd.Series) -> pd.Series:
    """The division of each code: '09.1' -> '09'."""
    return codes.str[:2]


def group(codes: pd.Series) -> pd.Series:
    """The group of each code: '09.1.2' -> '09.1'; a code known by division alone stays '07'."""
    return codes.str[:4]


def contains(code: str, part: str) -> bool:
    """Whether a code is `part` or has it as a part: '09' contains '09' and '09.1', not '10'."""
    return part == code or part.startswith(code + ".")


def overlaps(one: str, other: str) -> bool:
    """Whether two codes have anything in common: one of them contains the other."""
    return contains(one, other) or contains(other, one)


def is_within(codes: pd.Series, prefix: str) -> pd.Series:
    """True where a code is `prefix` or a part of it: '10.4' is within '10', not '10.40'."""
    return (codes == prefix) | codes.str.startswith(prefix + ".")
