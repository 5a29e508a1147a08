"""A cell of text as what it is meant to be, typed on purpose: an amount, a year, a code, an age, a word of a list.

A reader takes the text of a cell and its kind (what the spreadsheet stored it as) and returns a Reading: the
value, or none, and the case of return_cases.csv that it raises, if any. Which words mean what are rows of
return_words.csv. Amounts are exact: decimal text to whole pence, half a penny rounded away from nought, as
Excel and accountants do.
"""

import functools
import re
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, NamedTuple

from totalplace import cofog, money, reference
from totalplace.returns.issues import limit, plain

DIGITS = r"(?P<digits>(\d+|\d{1,3}(,\d{3})+|\d{1,3}( \d{3})+)(\.\d*)?|\.\d+)"
# an amount as accountants write it: its sign, and where the sign may stand
FORMS = [
    (1, rf"(\+|dr |gbp )?£? ?{DIGITS}( ?dr)?"),
    (-1, rf"- ?£? ?{DIGITS}"),
    (-1, rf"£ ?- ?{DIGITS}"),
    (-1, rf"£? ?{DIGITS} ?-"),
    (-1, rf"£? ?\( ?£? ?{DIGITS} ?\)"),
    (-1, rf"£? ?{DIGITS} ?cr"),
    (-1, rf"cr ?£? ?{DIGITS}"),
]
FORMS = [(sign, re.compile(form, re.ASCII)) for sign, form in FORMS]
THOUSANDS_OR_DECIMALS = re.compile(r"\d{1,3}\.\d{3}")
# what an amount that is not a plain number may be: the first shape that fits names the case
SHAPES = [
    ("amount-hashes", r"#+"),
    ("error-value", r"#.*"),
    ("amount-suppressed", r"[<>≤≥].*"),
    ("amount-percent", r".*%|.*per ?cent"),
    ("amount-currency", r".*([$€¥]|\b(usd|eur|euros?|dollars?)\b).*"),
    (
        "amount-about",
        r"(c|ca|circa|approx|approximately|about|around|est|say|~|\?)[. ]*-?£?[\d.,]+.*|.*[\d.,]+ ?(approx|est|\?|\+)\.?",
    ),
    (
        "amount-unit",
        r"[-(]?£? ?[\d.,]+ ?(k|m|mn|bn|mill|million|billion|thousand|thou|'?000s?|p|pence)\)?",
    ),
    (
        "amount-date",
        r"\d{1,2}[-/. ]([a-z]{3,9}|\d{1,2})[-/. ]\d{2,4}|\d{1,2}-[a-z]{3}|[a-z]{3}-\d{2}|\d{4}-\d{2}-\d{2}",
    ),
    ("amount-logical", r"true|false"),
    ("amount-scientific", r"-?\d(\.\d+)?e[+-]?\d+"),
    ("amount-decimal-comma", r"-?\d{1,3}(\.\d{3})+,\d{1,2}|-?\d+,\d{1,2}|-?\d{1,3}(\.\d{3}){2,}"),
    ("amount-grouping", r"-?[\d,]*\d,\d[\d,]*(\.\d*)?"),
]
SHAPES = [(case, re.compile(shape, re.ASCII)) for case, shape in SHAPES]
KIND_CASES = {"no value": "formula-no-value", "error": "error-value", "date": "amount-date", "percent": "amount-percent",
              "boolean": "amount-logical", "merged": ""}  # fmt: skip
MONTH = "(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*"
DATE = re.compile(
    rf"\d{{4}}-\d\d-\d\d|\d{{1,2}}[-/ ]{MONTH}([-/ ]\d{{2,4}})?|{MONTH}[-/ ]\d{{2,4}}|\d{{1,2}}[/.]\d{{1,2}}[/.]\d{{2,4}}",
    re.ASCII,
)
YEAR = re.compile(r"(?:fy|f/y|year)? ?(\d{4}|\d{2}) ?(?:[-/_–—]|to) ?(\d{4}|\d{1,2})", re.ASCII)
ONE_YEAR = re.compile(r"(?:fy|f/y|year)? ?(?:\d{4}|'?\d{2})", re.ASCII)


class Reading(NamedTuple):
    """What a cell was read as (None: nothing could be), and the case that it raises (blank: none)."""

    value: Any
    case: str = ""
    known: str = ""


def key(text):
    """Text to look a word up by: lower case, one space between words, straight apostrophes, 'and' for &."""
    tidy = plain(text).lower().replace("’", "'").replace("‘", "'").replace("&", " and ")
    return " ".join(tidy.split())


def simple(text):
    """A heading or a service without its punctuation: 'Ring-fenced ?' -> 'ring fenced'."""
    return " ".join(re.sub(r"[^\w£]+|_", " ", key(text)).split())


def word(column, text):
    """A word of return_words.csv as what it means: word('status', 'Actual') -> 'outturn'. Not known: None."""
    means, case = _words(str(reference.folder()), column).get(key(text), (None, ""))
    return Reading(means or None, case)


def meanings(column):
    """What the words of a column may mean, once each, in the order of return_words.csv."""
    return list(
        dict.fromkeys(
            means for means, _ in _words(str(reference.folder()), column).values() if means
        )
    )


@functools.cache
def _words(_folder, column):
    rows = reference.read("return_words")
    rows = rows[rows["column"] == column]
    return {
        key(said): (means, case)
        for said, means, case in rows[["said", "means", "case"]].itertuples(index=False)
    }


def number(text, kind=""):
    """An amount as it is written, as an exact Decimal, before its unit: '(1,234.50)' -> -1234.50."""
    if kind in KIND_CASES:
        return Reading(None, KIND_CASES[kind])
    said = key(text).replace("−", "-").replace("–", "-")
    if not said:
        return Reading(None, "amount-blank")
    known = word("amount", said)
    if known.case:
        return Reading(None if known.value is None else Decimal(known.value), known.case)
    for sign, form in FORMS:
        if found := form.fullmatch(said):
            digits = found["digits"]
            doubtful = kind in ("", "text") and THOUSANDS_OR_DECIMALS.fullmatch(digits)
            value = sign * Decimal(digits.replace(",", "").replace(" ", ""))
            return Reading(
                value,
                "amount-decimal-comma" if doubtful else "amount-scaled" if kind == "scaled" else "",
            )
    return Reading(
        None, next((case for case, shape in SHAPES if shape.fullmatch(said)), "amount-word")
    )


def pence(value, unit):
    """(whole pence, what was rounded away in parts of a penny) of an amount in £, £k or £m."""
    exact = value * money.PENCE[unit]
    whole = exact.to_integral_value(rounding=ROUND_HALF_UP)
    return int(whole), exact - whole


def year(text, kind=""):
    """A financial year in its usual spellings: '2008/9', 'FY08-09', '2008-2009' -> '2008-09'."""
    said = key(text)
    if kind == "date" or DATE.fullmatch(said):
        return Reading(None, "year-date")
    spelt = YEAR.fullmatch(said)
    if not spelt:
        return Reading(None, "year-single" if ONE_YEAR.fullmatch(said) else "year-unknown")
    first, last = spelt.groups()
    begins = int(first) if len(first) == 4 else int(first) + (2000 if int(first) < 70 else 1900)
    if int(last) != (begins + 1) % 10 ** len(last):
        return Reading(None, "year-span")
    if not limit("year_first") <= begins <= limit("year_last"):
        return Reading(
            None,
            "year-range",
            f"{limit('year_first')}-01 to {limit('year_last')}-{limit('year_last') % 100 + 1:02}",
        )
    return Reading(f"{begins}-{(begins + 1) % 100:02}")


def code(text, kind=""):
    """A COFOG code, alone or before its name: '09.1 Primary' -> '09.1'; a number that lost its nought: 9.1 -> '09.1'."""
    said = key(text)
    if kind == "date" or DATE.fullmatch(said):
        return Reading(None, "cofog-date")
    first = said.split(" ")[0].rstrip(".:")
    if first in _codes(str(reference.folder())):
        return Reading(first)
    whole = f"0{first}"
    if re.fullmatch(r"[0-9](\.[0-9]){0,2}", first) and whole in _codes(str(reference.folder())):
        return Reading(whole, "cofog-number", whole)
    return Reading(None, "cofog-unknown")


@functools.cache
def _codes(_folder):
    codes = reference.read("cofog")["cofog"]
    cofog.check(codes)
    return frozenset(codes)


def age(column, text, kind=""):
    """An age in whole years, -1 for pregnancy; a range or a word that is not known is asked about."""
    known = word(column, text)
    if known.value is not None:
        return Reading(int(known.value))
    said = key(text).removesuffix(" years").removesuffix(" year")
    if kind == "date" or DATE.fullmatch(said):
        return Reading(None, "age-date")
    if re.fullmatch(r"-1|[0-9]{1,3}", said) and int(said) <= limit("age_oldest"):
        return Reading(int(said))
    return Reading(None, "age-unknown")


def children(text, kind=""):
    """A number of children; a hidden small number ('<5') is left blank."""
    said = key(text).replace(",", "")
    if re.fullmatch(r"[<≤*] ?\d*", said):
        return Reading(None, "children-hidden")
    if kind in ("", "text", "number") and re.fullmatch(r"[0-9]{1,9}(\.0*)?", said):
        return Reading(int(said.partition(".")[0]))
    return Reading(None, "children-unknown")
