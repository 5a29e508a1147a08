"""The second lock: a fragment may hold only what our own code writes.

Escaping is the first lock, the page's content security policy the third.
"""

import re
from html.parser import HTMLParser
from typing import NoReturn

from totalplace.errors import InputError

_PROSE = (
    "a b blockquote br caption code dd del details div dl dt em figcaption figure h2 h3 h4 h5 h6 "
    "hr li ol p pre section span"
)
_TABLES = "strong sub summary sup table tbody td tfoot th thead tr ul wbr"
_DRAWINGS = "clippath defs g path rect svg text tspan use"
_TAGS = frozenset(f"{_PROSE} {_TABLES} {_DRAWINGS}".split())
_PLAIN = (
    "aria-label aria-labelledby class colspan href id role rowspan scope start style tabindex title"
)
_DRAWN = (
    "clip-path d fill font-family font-size height transform viewbox width x xlink:href xmlns "
    "xmlns:xlink y"
)
_ATTRIBUTES = frozenset(f"{_PLAIN} {_DRAWN}".split())

_DRESS = (
    "clip-path display fill fill-opacity fill-rule font font-size font-style font-variant "
    "font-weight height max-width opacity paint-order stroke stroke-dasharray stroke-dashoffset "
    "stroke-linecap stroke-linejoin stroke-miterlimit stroke-opacity stroke-width text-align "
    "text-anchor white-space"
)
_STYLES = frozenset(_DRESS.split())
_FUNCTION = re.compile(r"url\(#[\w-]+\)|rgba?\([\d.,%\s]*\)")  # what a style may call


def guard(markup: str, cell_name: str) -> str:
    """The fragment as it came. Raises InputError, naming the cell, for what is not on the lists."""
    parser = _Guard(cell_name)
    parser.feed(markup)
    parser.close()
    return markup


class _Guard(HTMLParser):
    """Reads a fragment and refuses what could run or fetch."""

    def __init__(self, cell_name: str):
        super().__init__(convert_charrefs=True)
        self.cell_name = cell_name

    def _refuse(self, what: str) -> NoReturn:
        raise InputError(f"{self.cell_name} holds {what}, which has no place in a board report")

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Refuse tags and attributes that are not on the list."""
        if tag not in _TAGS:
            self._refuse(f"<{tag}>")
        for name, value in attrs:
            if name not in _ATTRIBUTES:
                self._refuse(f"the attribute {name!r}")
            self._check(tag, name, (value or "").strip().lower())

    def _check(self, tag: str, name: str, value: str) -> None:
        """Refuse addresses that fetch or run."""
        links = ("#", "https://", "http://", "mailto:") if tag == "a" else ("#",)
        if name.endswith("href") and not value.startswith(links):
            self._refuse(f"a link to {value[:60]!r}")
        if name in ("style", "clip-path", "fill") and re.search(
            r"[(@\\]|/\*", _FUNCTION.sub("", value)
        ):
            self._refuse("a style that fetches")
        for part in value.split(";") if name == "style" else ():
            if part.strip() and part.partition(":")[0].strip() not in _STYLES:
                self._refuse(f"the style {part.strip()[:60]!r}")

    def handle_comment(self, data: str) -> None:
        """Refuse comments: nobody sees them."""
        self._refuse("a comment")

    def handle_decl(self, decl: str) -> None:
        """Refuse declarations."""
        self._refuse("a declaration")

    def handle_pi(self, data: str) -> None:
        """Refuse processing instructions."""
        self._refuse("a processing instruction")

    def unknown_decl(self, data: str) -> None:
        """Refuse declarations of any other kind."""
        self._refuse("a declaration")
