"""Numbers as a board reads them, and sentences made from them so that they cannot contradict them.

Money is integer pence. Nothing here goes through binary fractions: £0.05m is rounded the same way
everywhere.

A template names facts in braces, each with the way it is to be written:

| spec | of | reads |
|---|---|---|
| £m, £bn, £ | pence | £3,202.9m, £82.0bn, £7,644 |
| money | pence | at the size that reads best |
| £ per head | (pence, people) | £9,346 |
| % | (part, whole), or one number | 34.7% |
| fraction | (part, whole), or one number | more than a third |
| people, count | a count of people, of things | 342,700 |
| number | a count | three |
| body|bodies | a count | one body, 77 bodies |
| list | names | a, b and c; where one holds a comma or "and": a; b, c; and d |
| largest | amounts by name (a Series, or names and amounts) | the name or names of the largest |
| lower, lower list, capital | text, names, text | in small letters; with a capital |
| no spec | text | as it is |

`{three[share]:%}` is a part of a fact; `**words**` are bold; `{=Health}` and `{=Health|%}`, in the
words of a table or a figure, are that row as it is printed there (`Shown.quote`); where no row is
called so, the row that the fact of that name names.
"""

import html
import re
from collections.abc import Callable, Iterable, Iterator
from fractions import Fraction
from operator import index
from string import Formatter
from typing import Any

from totalplace.errors import InputError, refuse
from totalplace.report.rounding import nearest

MIME = "application/vnd.totalplace.shown+json"
MINUS = "\N{MINUS SIGN}"
MILLION, BILLION = 10**8, 10**11  # in pence
SMALLEST = 5  # a count of people below it could be somebody

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

# Characters that break XML and spreadsheets, or that write a name backwards over its neighbours.
_UNSAFE = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff"
    "\ufeff\ufff9-\ufffb\ufffe\uffff]"
)
_LISTED = re.compile(r",|\band\b")  # in a name that is a list itself
_SPACE = re.compile("[\t\n\r\x0b\x0c\x1c-\x1f\x85\u2028\u2029]+")


def clean(text: object) -> str:
    """Text on one line; characters that no page or sheet may hold become pictures of themselves."""
    text = _SPACE.sub(" ", str(text))
    return _UNSAFE.sub(
        lambda m: chr(0x2400 + ord(m[0])) if m[0] < " " else "\N{REPLACEMENT CHARACTER}", text
    )


def escape(text: object) -> str:
    """Clean text in which nothing means anything to HTML or SVG; a sentence keeps its bold."""
    return text.html if isinstance(text, Sentence) else html.escape(clean(text))


def digits(units: int, places: int = 0) -> str:
    """Whole units as figures: digits(32029, places=1) is "3,202.9"; never a negative zero."""
    whole, rest = divmod(abs(units), 10**places)
    return (MINUS if units < 0 else "") + f"{whole:,}" + (f".{rest:0{places}}" if places else "")


def _with_pound(figures: str) -> str:
    """ "£5" from "5" and "−£5" from "−5"."""
    return f"{MINUS}£{figures[1:]}" if figures.startswith(MINUS) else f"£{figures}"


def in_millions(pence: int) -> str:
    """Pence as "£3,202.9m"."""
    return _with_pound(digits(nearest(index(pence), MILLION // 10), places=1)) + "m"


def in_billions(pence: int) -> str:
    """Pence as "£82.0bn"."""
    return _with_pound(digits(nearest(index(pence), BILLION // 10), places=1)) + "bn"


def in_pounds(pence: int) -> str:
    """Pence as whole pounds, "£7,644"."""
    return _with_pound(digits(nearest(index(pence), 100)))


def money(pence: int) -> str:
    """Pence at the size that reads best: "£82.0bn", "£3,202.9m", "£41,250"."""
    size = abs(index(pence))
    if size >= 10 * BILLION:
        return in_billions(pence)
    return in_millions(pence) if size >= MILLION // 20 else in_pounds(pence)


def percent(part: Any, whole: Any, places: int = 1) -> str:
    """Part of whole as "34.7%". Raises InputError for a share of nothing."""
    share = _share(part, whole) * 100 * 10**places
    return digits(nearest(share.numerator, share.denominator), places) + "%"


def per_head(pence: int, people: int) -> str:
    """Pence for each of `people`, "£7,644". Raises InputError where there are no people."""
    if people <= 0:
        raise InputError(f"no amount per head can be given for {people} people")
    return _with_pound(digits(nearest(index(pence), 100 * index(people))))


def fraction(part: Any, whole: Any = 1) -> str:
    """Part of whole in words that are always true of it: "more than a third", "about half".

    "about" is within a fortieth of the fraction named, "nearly" within a sixteenth below it.
    Raises InputError for a share of nothing.
    """
    share = _share(part, whole)
    if share <= 0 or share >= 1:
        beyond = "negative" if share < 0 else "more than all"
        return {Fraction(0): "none", Fraction(1): "all"}.get(share, beyond)
    for anchor, name in _ANCHORS.items():
        if abs(share - anchor) <= anchor / 40:
            return name if share == anchor else f"about {name}"
        if 0 < anchor - share <= anchor / 16:
            return f"nearly {name}"
    if share >= Fraction(99, 100):
        return "nearly all"
    below = [name for anchor, name in _ANCHORS.items() if anchor < share]
    if below:
        return f"more than {below[-1]}"
    return "less than a hundredth" if share < Fraction(1, 100) else "less than a tenth"


def _share(part: Any, whole: Any) -> Fraction:
    """Part over whole, exactly. Raises InputError for a share of nothing."""
    if whole <= 0:
        raise InputError(f"there is no share of {whole}")
    return Fraction(part) / Fraction(whole)


def number(count: int) -> str:
    """A count in words up to ten, in figures above: "three", "1,024"."""
    count = index(count)
    return _NUMBERS[count] if 0 <= count <= 10 else digits(count)


def with_noun(count: int, one: str, more: str) -> str:
    """A count with its noun: with_noun(1, "body", "bodies") is "one body", of 0 "no bodies"."""
    return f"{number(count) if count else 'no'} {one if count == 1 else more}"


def largest(names: Iterable, amounts: Iterable, most: int = 3) -> str:
    """The name with the largest amount; several with the same are named as equal.

    Beyond `most` equals they are only counted: "five of them, equally". Raises InputError for no
    name.
    """
    pairs = [(clean(name), amount) for name, amount in zip(names, amounts, strict=True)]
    if not pairs:
        raise InputError("nothing is the largest of none")
    top = max(amount for _, amount in pairs)
    first = [name for name, amount in pairs if amount == top]
    if len(first) > most:
        return f"{number(len(first))} of them, equally"
    return join_names(first) + (", equally" if len(first) > 1 else "")


def join_names(names: Iterable) -> str:
    """Names in a row as prose: "a, b and c"; where one holds a comma or "and", "a; b, c; and d".

    Of amounts by name, the names.
    """
    if isinstance(names, str):
        raise InputError(f"{names!r} is one text: a list of names is needed")
    words = [clean(name) for name in (names.keys() if hasattr(names, "keys") else names)]
    if len(words) < 2:
        return "".join(words)
    comma, last = ("; ", "; and ") if any(map(_LISTED.search, words)) else (", ", " and ")
    return last.join([comma.join(words[:-1]), words[-1]])


def is_small(people: int) -> bool:
    """True of a count of people that is so small that it could be somebody: 1 to 4."""
    return 0 < people < SMALLEST


def _pair(share: Any) -> tuple:
    """A share given as (part, whole) or as one number. Raises InputError for one beyond 1."""
    if isinstance(share, tuple):
        return share
    if abs(share) > 1 + 1e-6:
        raise InputError(f"{share!r} is no share: give (part, whole), or a number from 0 to 1")
    return share, 1


def _largest(amounts: Any) -> str:
    """The largest of a Series of amounts by name, or of (names, amounts)."""
    pair = amounts if isinstance(amounts, tuple) else (amounts.index, amounts)
    return largest(*pair)


def _count(count: int) -> str:
    return digits(index(count))


SPECS: dict[str, Callable[[Any], str]] = {
    "money": money,
    "£m": in_millions,
    "£bn": in_billions,
    "£": in_pounds,
    "£ per head": lambda pair: per_head(*pair),
    "%": lambda share: percent(*_pair(share)),
    "fraction": lambda share: fraction(*_pair(share)),
    "people": _count,
    "count": _count,
    "number": number,
    "list": join_names,
    "largest": _largest,
    "lower": lambda text: clean(text).lower(),
    "lower list": lambda names: join_names(names).lower(),
    "capital": lambda text: clean(text)[:1].upper() + clean(text)[1:],
}
# What a board's copy says in their place where a count of people is small.
BOARD_SPECS = SPECS | {
    "people": lambda count: f"fewer than {SMALLEST}" if is_small(count) else _count(count),
    "£ per head": lambda pair: (
        "an amount that is not shown" if is_small(pair[1]) else per_head(*pair)
    ),
}


_PLAIN, _BOLD = {2: "", 3: ""}, {2: "<strong>", 3: "</strong>"}


def _marked(text: str) -> str:
    """Text as HTML in which no star is left that could make anything bold."""
    return html.escape(text).replace("*", "&#42;")


_FIELD = re.compile(r"[^\W\d]\w*(\[[^\[\]]+\])?")  # a fact, or a part of one


def _field_faults(name: str) -> Iterator[str]:
    if not _FIELD.fullmatch(name):
        yield f"{{{name}}} is no fact: write {{fact}}, {{fact:spec}} or {{fact[part]:spec}}"


def _is_noun(spec: str) -> bool:
    """Whether a spec is a noun for one and for more: "body|bodies", but not "£m|%"."""
    parts = spec.split("|")
    units = any(part.startswith(("£", "%")) or not part.strip() for part in parts)
    return len(parts) == 2 and not units


def template_faults(template: str, specs: Iterable[str] = SPECS) -> Iterator[str]:
    """What is wrong with a template before it has any facts: braces, names of facts, specs."""
    try:
        parsed = list(Formatter().parse(template))
    except ValueError as error:
        yield f"its braces: {error}"
        return
    for _, name, given, conversion in parsed:
        if name is None:
            continue
        spec = given or ""
        if not name.startswith("="):
            yield from _field_faults(name)
        if conversion or not (spec in specs or spec == "" or _is_noun(spec)):
            yield f"{{{name}:{spec}}}: no such spec; known: {', '.join(specs)}, one|more"


class _Writer(Formatter):
    """Writes facts by our own specs; each goes through `finish` (escaping, or nothing)."""

    def __init__(self, finish, specs, quote):
        self.finish, self.specs, self.quote = finish, specs, quote
        self.asked: set[str] = set()
        self.inside = False  # a template, at the spec of one of its facts

    def parse(self, template):
        """The pieces of a template, its own words finished as the facts are, bold as tags."""
        if self.inside:
            yield from super().parse(template)
            return
        for words, *field in super().parse(template):
            self.inside = True
            yield self.finish(words).translate(_BOLD if self.finish is _marked else _PLAIN), *field

    def get_field(self, field_name, args, kwargs):
        """A fact or a part of one; `=row|unit` is a row as its own table prints it."""
        if not field_name.startswith("="):
            refuse(_field_faults(field_name))
            return super().get_field(field_name, args, kwargs)
        if self.quote is None:
            raise InputError(f"{{{field_name}}} quotes a table, and there is none here")
        row, _, unit = field_name[1:].partition("|")
        self.asked.add(row)
        return self.quote(row, unit or None, kwargs), field_name

    def get_value(self, key, args, kwargs):
        """The fact of that name. Raises InputError where nobody gave it."""
        if key not in kwargs:
            known = ", ".join(kwargs) or "nothing"
            raise InputError(f"it asks for {{{key}}}, which nobody gave; known: {known}")
        self.asked.add(key)
        return kwargs[key]

    def convert_field(self, value, conversion):
        """A fact as it is. Raises InputError for !r and the like, which are for programs."""
        if conversion:
            raise InputError(f"!{conversion} is not known: write a fact with a spec, or as it is")
        return value

    def format_field(self, value, spec):
        """The fact in words. Raises InputError for an unknown spec, or a number without one."""
        try:
            return self.finish(self._words(value, spec))
        except InputError:
            raise
        except (TypeError, ValueError, AttributeError, LookupError, OverflowError) as error:
            raise InputError(f"{value!r} cannot be written as {spec!r}: {error}") from error

    def _words(self, value, spec):
        if spec in self.specs:
            return self.specs[spec](value)
        if _is_noun(spec):
            return with_noun(value, *spec.split("|"))
        if spec or not isinstance(value, str):
            known = f"{', '.join(self.specs)}, one|more, and text as it is"
            raise InputError(f"{value!r} cannot be written as {spec!r}; known: {known}")
        return clean(value)


class Sentence(str):
    """Plain text as a string, a paragraph when displayed, a caption where one is wanted."""

    html: str

    def _repr_mimebundle_(self, include=None, exclude=None):
        return bundle("sentence", f'<p class="said">{self.html}</p>', str(self))


def say(template: str, **facts: Any) -> Sentence:
    """A sentence made from numbers: say("{top} is {share:fraction} of {total:£m}", top=..., ...).

    Raises InputError for a fact that is named and missing, given and not used, or that cannot be
    written so.
    """
    return write(template, facts, given=facts)


def write(
    template: str,
    facts: dict,
    specs: dict = SPECS,
    quote: Callable | None = None,
    given: Iterable[str] = (),
) -> Sentence:
    """A template filled in from facts. `quote(row, unit, facts)`: a row as its table prints it.

    given: the facts that were given for this template alone, each of which it must use.
    Raises InputError as `say` does.
    """
    plain, marked = _Writer(str, specs, quote), _Writer(_marked, specs, quote)
    template = re.sub(r"\*\*(.+?)\*\*", "\2\\1\3", template)
    try:
        sentence = Sentence(plain.vformat(template, (), facts))
        sentence.html = marked.vformat(template, (), facts)
    except InputError:
        raise
    except (TypeError, ValueError, AttributeError, LookupError, OverflowError) as error:
        raise InputError(f"the words cannot be filled in: {error}") from error
    if unused := set(given) - plain.asked:
        raise InputError(f"the sentence does not use: {', '.join(sorted(unused))}")
    return sentence


def bundle(kind: str, markup: str, plain: str, **facts: Any) -> dict:
    """What a notebook keeps of a shown thing: HTML, short plain text, the facts under our type."""
    empty: dict[str, Any] = dict.fromkeys(("name", "kind", "caption", "place", "year"))
    empty |= {"columns": [], "units": {}, "rows": []}
    return {"text/html": markup, "text/plain": plain, MIME: {**empty, **facts, "kind": kind}}
