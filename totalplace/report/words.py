"""Numbers as a board reads them, and sentences made from the numbers so that they cannot contradict them.

Money is integer pence. Nothing here goes through binary fractions: £0.05m is rounded the same way everywhere.
"""

import html
import re
from fractions import Fraction
from operator import index
from string import Formatter

from totalplace.errors import InputError
from totalplace.report.rounding import nearest

MIME = "application/vnd.totalplace.shown+json"
MINUS = "\N{MINUS SIGN}"
MILLION, BILLION = 10**8, 10**11  # in pence

_ANCHORS = {
    Fraction(1, 10): "a tenth",
    Fraction(1, 5): "a fifth",
    Fraction(1, 4): "a quarter",
    Fraction(1, 3): "a third",
    Fraction(1, 2): "half",
    Fraction(2, 3): "two thirds",
    Fraction(3, 4): "three quarters",
    Fraction(9, 10): "nine tenths",
}
_NUMBERS = ["none", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"]
_RANKS = [
    "first",
    "second",
    "third",
    "fourth",
    "fifth",
    "sixth",
    "seventh",
    "eighth",
    "ninth",
    "tenth",
]

# Characters that break XML and spreadsheets, or that let a name be written backwards over its neighbours.
_UNSAFE = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufeff\ufff9-\ufffb\ufffe\uffff]"
)
_SPACE = re.compile("[\t\n\r\x0b\x0c\x1c-\x1f\x85\u2028\u2029]+")


def clean(text):
    """Text on one line, with the characters that no page or sheet may hold replaced by pictures of them."""
    text = _SPACE.sub(" ", str(text))
    return _UNSAFE.sub(
        lambda m: chr(0x2400 + ord(m[0])) if m[0] < " " else "\N{REPLACEMENT CHARACTER}", text
    )


def escape(text):
    """Clean text with every character that means something to HTML or SVG written as an entity; a sentence keeps its bold."""
    return text.html if isinstance(text, Said) else html.escape(clean(text))


def digits(units, places=0):
    """Whole units as figures: digits(32029, places=1) is "3,202.9"; a true minus sign, and never a negative nothing."""
    whole, rest = divmod(abs(units), 10**places)
    return (MINUS if units < 0 else "") + f"{whole:,}" + (f".{rest:0{places}}" if places else "")


def _pounds(amount):
    """ "£5" from "5" and "−£5" from "−5"."""
    return f"{MINUS}£{amount[1:]}" if amount.startswith(MINUS) else f"£{amount}"


def in_millions(pence, known=None):
    """Pence as "£3,202.9m"; known: pence -> tenths of £m in which it was printed before, added to."""
    tenths = (known if known is not None else {}).setdefault(
        index(pence), nearest(index(pence), MILLION // 10)
    )
    return _pounds(digits(tenths, places=1)) + "m"


def in_billions(pence):
    """Pence as "£82.0bn"."""
    return _pounds(digits(nearest(index(pence), BILLION // 10), places=1)) + "bn"


def in_pounds(pence):
    """Pence as whole pounds, "£7,644"."""
    return _pounds(digits(nearest(index(pence), 100)))


def money(pence, known=None):
    """Pence at the size that reads best: "£82.0bn", "£3,202.9m" below ten billion, "£41,250" where £m would print nothing."""
    size = abs(index(pence))
    if size >= 10 * BILLION:
        return in_billions(pence)
    return in_millions(pence, known) if size >= MILLION // 20 else in_pounds(pence)


def percent(part, whole, places=1):
    """Part of whole as "34.7%". Raises InputError for a share of nothing."""
    share = _share(part, whole) * 100 * 10**places
    return digits(nearest(share.numerator, share.denominator), places) + "%"


def a_head(pence, people):
    """Pence for each of `people` as whole pounds, "£7,644". Raises InputError where there are no people."""
    if people <= 0:
        raise InputError(f"no amount a head can be given for {people} people")
    return _pounds(digits(nearest(index(pence), 100 * index(people))))


def fraction(part, whole=1):
    """Part of whole in words that are always true of it: "more than a third", "about half", "less than a tenth".

    "about" is within a fortieth of the fraction named, "nearly" within a twelfth below it. Raises InputError for a share of nothing.
    """
    share = _share(part, whole)
    if share <= 0 or share >= 1:
        return {0: "none", 1: "all"}.get(
            share, "less than nothing" if share < 0 else "more than all"
        )
    for anchor, name in _ANCHORS.items():
        if abs(share - anchor) <= anchor / 40:
            return name if share == anchor else f"about {name}"
        if 0 < anchor - share <= anchor / 12:
            return f"nearly {name}"
    if share >= Fraction(99, 100):
        return "nearly all"
    below = [name for anchor, name in _ANCHORS.items() if anchor < share]
    if below:
        return f"more than {below[-1]}"
    return "less than a hundredth" if share < Fraction(1, 100) else "less than a tenth"


def _share(part, whole):
    """Part over whole, exactly. Raises InputError for a share of nothing."""
    if whole <= 0:
        raise InputError(f"there is no share of {whole}")
    return Fraction(part) / Fraction(whole)


def number(count):
    """A count in words up to ten, in figures above: "three", "1,024"."""
    count = index(count)
    return _NUMBERS[count] if 0 <= count <= 10 else digits(count)


def rank(place, of="largest"):
    """The place in a ranking in words: rank(1) is "largest", rank(2) is "second largest". Raises InputError below 1."""
    if index(place) < 1:
        raise InputError(f"a rank is 1 or more, not {place}")
    if place <= 10:
        return of if place == 1 else f"{_RANKS[place - 1]} {of}"
    ending = "th" if 10 < place % 100 < 14 else {1: "st", 2: "nd", 3: "rd"}.get(place % 10, "th")
    return f"{place:,}{ending} {of}"


def counted(count, one, more):
    """A count with its noun: counted(1, "body", "bodies") is "one body", counted(77, ...) is "77 bodies"."""
    return f"{number(count)} {one if count == 1 else more}"


def leading(names, amounts, most=3):
    """Which of some names has the largest amount; where several have, they are told as equal. Raises InputError for no name.

    Beyond `most` equals they are only counted: "five of them, equally".
    """
    pairs = [(clean(name), amount) for name, amount in zip(names, amounts, strict=True)]
    if not pairs:
        raise InputError("nothing is the largest of none")
    top = max(amount for _, amount in pairs)
    first = [name for name, amount in pairs if amount == top]
    if len(first) > most:
        return f"{number(len(first))} of them, equally"
    return listing(first) + (", equally" if len(first) > 1 else "")


def listing(names):
    """Names in a row as prose: "a, b and c"."""
    names = [clean(name) for name in names]
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


SMALLEST = 5  # a count of people below it could be somebody

_SPECS = {
    "money": money,
    "£m": in_millions,
    "£bn": in_billions,
    "£": in_pounds,
    "£ a head": lambda pair: a_head(*pair),
    "%": lambda share: percent(*_pair(share)),
    "fraction": lambda share: fraction(*_pair(share)),
    "people": lambda count: digits(index(count)),
    "count": lambda count: digits(index(count)),
    "number": number,
    "rank": rank,
    "list": listing,
}


def is_small(people):
    """True of a count of people that is so small that it could be somebody: 1 to 4."""
    return 0 < people < SMALLEST


# What a sentence says in their place where a count of people is small.
_UNNAMED = {
    "people": lambda count: (
        f"fewer than {SMALLEST}" if is_small(count) else _SPECS["people"](count)
    ),
    "£ a head": lambda pair: (
        "an amount that is not shown" if is_small(pair[1]) else _SPECS["£ a head"](pair)
    ),
}


def _pair(share):
    """A share given as (part, whole) or as one number."""
    return share if isinstance(share, tuple) else (share, 1)


class _Wording(Formatter):
    """Formats named values by our own specs, each value through `finish` (escaping, or nothing)."""

    def __init__(self, finish, specs):
        self.finish, self.specs, self.asked = finish, specs, set()

    def get_value(self, key, args, kwargs):
        """The value named in the template. Raises InputError where the sentence has none of that name."""
        if key not in kwargs:
            raise InputError(
                f"the sentence names {{{key}}}, but was given only: {', '.join(kwargs) or 'nothing'}"
            )
        self.asked.add(key)
        return kwargs[key]

    def format_field(self, value, spec):
        """The value in words. Raises InputError for an unknown spec, or a bare number without one."""
        if spec in self.specs:
            return self.finish(self.specs[spec](value))
        if spec or not isinstance(value, str):
            raise InputError(
                f"{value!r} cannot be said as {spec!r}; known: {', '.join(_SPECS)}, and text as it is"
            )
        return self.finish(clean(value))


class Said(str):
    """A sentence: plain text as a string, a paragraph when displayed, a caption where one is wanted."""

    html: str

    def _repr_mimebundle_(self, include=None, exclude=None):
        return bundle("sentence", f'<p class="said">{self.html}</p>', str(self))


def say(template, **values):
    """A sentence made from numbers: say("{top} is {share:fraction} of {total:£m}", top=..., share=(part, whole), total=pence).

    `**words**` of the template are bold. Specs: money, £m, £bn, £ (of pence); £ a head (of (pence, people)); % and fraction (of
    (part, whole) or of one number); people; count (of things), number, rank (of a count); list (of names); text needs none
    and is escaped. Raises InputError for a value that is named and missing, given and not used, or that cannot be said so.
    """
    return _said(template, values, _SPECS)


def say_on(page_known, to_board, template, values):
    """A sentence as `say` makes it, with amounts as the page printed them (pence -> tenths of £m, added to).

    To a board a count of people under 5, and what would give it away, are not told.
    """
    printed = {
        "£m": lambda pence: in_millions(pence, page_known),
        "money": lambda pence: money(pence, page_known),
    }
    return _said(template, values, _SPECS | printed | (_UNNAMED if to_board else {}))


def _said(template, values, specs):
    plain, marked = (
        _Wording(str, specs),
        _Wording(lambda text: html.escape(text).replace("*", "&#42;"), specs),
    )
    sentence = Said(plain.vformat(re.sub(r"\*\*(.+?)\*\*", r"\1", template), (), values))
    bold = re.sub(r"\*\*(.+?)\*\*", r"<strong>\1</strong>", html.escape(template, quote=False))
    sentence.html = marked.vformat(bold, (), values)
    if unused := set(values) - plain.asked:
        raise InputError(f"the sentence does not use: {', '.join(sorted(unused))}")
    return sentence


def bundle(kind, markup, plain, **facts):
    """What a notebook keeps of a shown thing: HTML, short plain text, and the facts under our own type."""
    empty = {
        "name": None,
        "kind": kind,
        "caption": None,
        "place": None,
        "year": None,
        "columns": [],
        "units": {},
        "rows": [],
    }
    return {"text/html": markup, "text/plain": plain, MIME: {**empty, **facts, "kind": kind}}
