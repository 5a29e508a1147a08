"""A cell of text as what it means, typed on purpose: an amount, a year, a code, an age, a word.

A reader takes the text of a cell and its kind (what the spreadsheet stored it as) and returns a
CellValue: the value, or None, and the case of return_cases.csv that applies, if any. Which words
mean what are rows of return_words.csv. Amounts are exact: decimal text to whole pence, half a penny
rounded away from zero, as Excel and accountants do.
"""

import re
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, NamedTuple

from totalplace import cofog, money, reference
from totalplace.returns.issues import limits, plain

DIGITS = r"(?P<digits>(\d+|\d{1,3}(,\d{3})+|\d{1,3}( \d{3})+)(\.\d*)?|\.\d+)"
# an amount as accountants write it: its sign, and where the sign may be
FORMS = [
    (1, rf"(\+|dr |gbp )?£? ?{DIGITS}( ?dr)?"),
    (-1, rf"- ?£? ?{DIGITS}"),
    (-1, rf"£ ?- ?{DIGITS}"),
    (-1, rf"£? ?{DIGITS} ?-"),
    (-1, rf"£? ?\( ?£? ?{DIGITS} ?\)"),
    (-1, rf"£? ?{DIGITS} ?cr"),
    (-1, rf"cr ?£? ?{DIGITS}"),
]
SIGNED_FORMS = [(sign, re.compile(form, re.ASCII)) for sign, form in FORMS]
THOUSANDS_OR_DECIMALS = re.compile(r"\d{1,3}\.\d{3}")
MONTH = "(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*"
ABOUT = r"c|ca|circa|approx|approximately|about|around|est|say|~|\?"
UNIT = "k|m|mn|bn|mill|million|billion|thousand|thou|'?000s?|p|pence"
# what an amount that is not a plain number may be: the first shape that fits names the case
SHAPES = {
    "amount-hashes": r"#+",
    "error-value": r"#.*",
    "amount-suppressed": r"[<>≤≥].*",
    "amount-percent": r".*%|.*per ?cent",
    "amount-currency": r".*([$€¥]|\b(usd|eur|euros?|dollars?)\b).*",
    "amount-about": rf"({ABOUT})[. ]*-?£?[\d.,]+.*|.*[\d.,]+ ?(approx|est|\?|\+)\.?",
    "amount-unit": rf"[-(]?£? ?[\d.,]+ ?({UNIT})\)?",
    "amount-date": r"\d{1,2}[-/. ]([a-z]{3,9}|\d{1,2})[-/. ]\d{2,4}"
    r"|\d{1,2}-[a-z]{3}|[a-z]{3}-\d{2}|\d{4}-\d{2}-\d{2}",
    "amount-logical": r"true|false",
    "amount-scientific": r"-?\d(\.\d+)?e[+-]?\d+",
    "amount-decimal-comma": r"-?\d{1,3}(\.\d{3})+,\d{1,2}|-?\d+,\d{1,2}|-?\d{1,3}(\.\d{3}){2,}",
    "amount-grouping": r"-?[\d,]*\d,\d[\d,]*(\.\d*)?",
}
CASE_SHAPES = {case: re.compile(shape, re.ASCII) for case, shape in SHAPES.items()}
KIND_CASES = {
    "no value": "formula-no-value",
    "error": "error-value",
    "date": "amount-date",
    "percent": "amount-percent",
    "boolean": "amount-logical",
    "merged": "",
}
DATE = re.compile(
    rf"\d{{4}}-\d\d-\d\d|\d{{1,2}}[-/ ]{MONTH}([-/ ]\d{{2,4}})?|{MONTH}[-/ ]\d{{2,4}}"
    r"|\d{1,2}[/.]\d{1,2}[/.]\d{2,4}",
    re.ASCII,
)
YEAR = re.compile(r"(?:fy|f/y|year)? ?(\d{4}|\d{2}) ?(?:[-/_–—]|to) ?(\d{4}|\d{1,2})", re.ASCII)
ONE_YEAR = re.compile(r"(?:fy|f/y|year)? ?(?:\d{4}|'?\d{2})", re.ASCII)


class CellValue(NamedTuple):
    """What a cell means (None: unreadable), the case that applies or none, words for a message."""

    value: Any
    case: str = ""
    known: str = ""


def key(text: str) -> str:
    """Text to look a word up by: lower case, single spaces, straight apostrophes, 'and' for &."""
    tidy = plain(text).lower().replace("’", "'").replace("‘", "'").replace("&", " and ")
    return " ".join(tidy.split())


def simple(text: str) -> str:
    """A heading or a service without its punctuation: 'Ring-fenced ?' -> 'ring fenced'."""
    return " ".join(re.sub(r"[^\w£]+|_", " ", key(text)).split())


def pence(value: Decimal, unit: str) -> tuple[int, Decimal]:
    """(whole pence, what was rounded away in parts of a penny) of an amount in £, £k or £m."""
    exact = value * money.PENCE[unit]
    whole = exact.to_integral_value(rounding=ROUND_HALF_UP)
    return int(whole), exact - whole


def is_date(text: str, kind: str) -> bool:
    """Whether a spreadsheet has turned a code, a year or an age into a date."""
    return kind == "date" or DATE.fullmatch(text) is not None


@dataclass(frozen=True)
class Vocabulary:
    """What cells are read by: the words of return_words.csv, codes of cofog.csv, and limits."""

    words: dict[str, dict[str, CellValue]]
    codes: frozenset[str]
    limits: dict[str, int]

    def word(self, column: str, text: str) -> CellValue:
        """A word as what it means: word('status', 'Actual') -> 'outturn'; None if it is unknown."""
        return self.words.get(column, {}).get(key(text), CellValue(None))

    def meanings(self, column: str) -> list[str]:
        """What the words of a column may mean, once each, in the order of return_words.csv."""
        values = (word.value for word in self.words.get(column, {}).values())
        return list(dict.fromkeys(filter(None, values)))

    def number(self, text: str, kind: str = "") -> CellValue:
        """An amount as written, as an exact Decimal, before its unit: '(1,234.50)' -> -1234.50."""
        if kind in KIND_CASES:
            return CellValue(None, KIND_CASES[kind])
        tidy = key(text).replace("−", "-").replace("–", "-")
        if not tidy:
            return CellValue(None, "amount-blank")
        word = self.word("amount", tidy)
        if word.case:
            return CellValue(None if word.value is None else Decimal(word.value), word.case)
        for sign, form in SIGNED_FORMS:
            if found := form.fullmatch(tidy):
                return self._signed(sign, found["digits"], kind)
        cases = (case for case, shape in CASE_SHAPES.items() if shape.fullmatch(tidy))
        return CellValue(None, next(cases, "amount-word"))

    def _signed(self, sign: int, digits: str, kind: str) -> CellValue:
        value = sign * Decimal(digits.replace(",", "").replace(" ", ""))
        if kind in ("", "text") and THOUSANDS_OR_DECIMALS.fullmatch(digits):
            return CellValue(value, "amount-decimal-comma")
        return CellValue(value, "amount-scaled" if kind == "scaled" else "")

    def year(self, text: str, kind: str = "") -> CellValue:
        """A financial year in its usual spellings: '2008/9', 'FY08-09' -> '2008-09'."""
        tidy = key(text)
        if is_date(tidy, kind):
            return CellValue(None, "year-date")
        spelt = YEAR.fullmatch(tidy)
        if not spelt:
            return CellValue(None, "year-single" if ONE_YEAR.fullmatch(tidy) else "year-unknown")
        first, last = spelt.groups()
        begins = int(first) if len(first) == 4 else int(first) + (2000 if int(first) < 70 else 1900)
        if int(last) != (begins + 1) % 10 ** len(last):
            return CellValue(None, "year-span")
        earliest, latest = self.limits["year_first"], self.limits["year_last"]
        if not earliest <= begins <= latest:
            return CellValue(None, "year-range", f"{earliest}-01 to {latest}-{latest % 100 + 1:02}")
        return CellValue(f"{begins}-{(begins + 1) % 100:02}")

    def code(self, text: str, kind: str = "") -> CellValue:
        """A COFOG code, alone, before its name, or as a number without its zero: 9.1 -> '09.1'."""
        tidy = key(text)
        if is_date(tidy, kind):
            return CellValue(None, "cofog-date")
        first = tidy.split(" ")[0].rstrip(".:")
        if first in self.codes:
            return CellValue(first)
        whole = f"0{first}"
        if re.fullmatch(r"[0-9](\.[0-9]){0,2}", first) and whole in self.codes:
            return CellValue(whole, "cofog-number", whole)
        return CellValue(None, "cofog-unknown")

    def age(self, column: str, text: str, kind: str = "") -> CellValue:
        """An age in whole years, -1 for pregnancy; a range or an unknown word is asked about."""
        word = self.word(column, text)
        if word.value is not None:
            return CellValue(int(word.value))
        tidy = key(text).removesuffix(" years").removesuffix(" year")
        if is_date(tidy, kind):
            return CellValue(None, "age-date")
        if re.fullmatch(r"-1|[0-9]{1,3}", tidy) and int(tidy) <= self.limits["age_oldest"]:
            return CellValue(int(tidy))
        return CellValue(None, "age-unknown")

    def children(self, text: str, kind: str = "") -> CellValue:
        """A number of children; a hidden small number ('<5') is left blank."""
        tidy = key(text).replace(",", "")
        if re.fullmatch(r"[<≤*] ?\d*", tidy):
            return CellValue(None, "children-hidden")
        if kind in ("", "text", "number") and re.fullmatch(r"[0-9]{1,9}(\.0*)?", tidy):
            return CellValue(int(tidy.partition(".")[0]))
        return CellValue(None, "children-unknown")


@reference.cached_until_data_changes("return_words", "cofog", "return_limits")
def vocabulary() -> Vocabulary:
    """The Vocabulary of the reference tables as they are now."""
    words: dict[str, dict[str, CellValue]] = {}
    for row in reference.read("return_words").itertuples():
        words.setdefault(row.column, {})[key(row.word)] = CellValue(row.means or None, row.case)
    codes = reference.read("cofog")["cofog"]
    cofog.check(codes)
    return Vocabulary(words, frozenset(codes), limits())
