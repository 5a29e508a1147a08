"""A matplotlib figure as one SVG element of a page: named, small, the same bytes at each run."""

import io
import re
from typing import Any
from xml.etree import ElementTree

import matplotlib
from matplotlib.figure import Figure
from matplotlib.image import _ImageBase
from matplotlib.text import Text

from totalplace.errors import InputError
from totalplace.report.colours import INK
from totalplace.report.figures import HALO, TEXT, styled
from totalplace.report.words import clean

_FACES = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif"
_EDGE = "paint-order:stroke;stroke:#fff;stroke-width:4px;stroke-linejoin:round"
_SVG, _HREF = "{http://www.w3.org/2000/svg}", "{http://www.w3.org/1999/xlink}href"
ElementTree.register_namespace("", _SVG[1:-1])
ElementTree.register_namespace("xlink", _HREF[1:-5])


def any_figure(drawn: Any, name: str) -> Figure:
    """The matplotlib Figure of what was drawn: a Figure, Axes, or a grid of seaborn.

    Raises InputError for anything else, and for a picture of dots, which no page may hold.
    """
    figure = drawn if isinstance(drawn, Figure) else getattr(drawn, "figure", None)
    if not isinstance(figure, Figure):
        kind = type(drawn).__name__
        raise InputError(f"figure {name!r} is a {kind}: give a matplotlib Figure or seaborn's Axes")
    if figure.findobj(_ImageBase):
        raise InputError(
            f"figure {name!r} holds a picture of dots (imshow): draw it with pcolormesh or "
            "seaborn.heatmap"
        )
    for artist in figure.findobj(lambda artist: bool(artist.get_rasterized())):
        artist.set_rasterized(False)  # a colour bar of many steps would be a picture of dots
    for label in figure.findobj(Text):
        label.set_text("\n".join(map(clean, label.get_text().split("\n"))))
    return figure


def close(figure: Figure) -> None:
    """Close a figure of pyplot or seaborn: else a notebook shows it bare at the end of its cell."""
    from matplotlib import pyplot

    pyplot.close(figure)


def svg(figure: Figure, name: str, alt: str) -> str:
    """The figure as one SVG element named `alt`; `name` keeps its references apart from others'."""
    drawing = ElementTree.fromstring(_saved(figure, name))
    for child in [child for child in drawing if child.tag in (f"{_SVG}defs", f"{_SVG}metadata")]:
        for sheet in child.findall(f"{_SVG}style"):
            child.remove(sheet)  # it would dress the whole page
        if not child.findall(f"{_SVG}clipPath"):
            drawing.remove(child)
    for element in drawing.iter():
        _slim(element, name)
    _unwrap(drawing)
    width, height = (f"{72 * inches:g}" for inches in figure.get_size_inches())
    drawing.attrib = {
        "viewBox": f"0 0 {width} {height}",
        "width": width,
        "height": height,
        "role": "img",
        "aria-label": alt,
    }
    drawing.attrib |= {
        "font-family": _FACES,
        "font-size": f"{TEXT}",
        "fill": INK,
        "style": "max-width:100%;height:auto",
    }
    return ElementTree.tostring(drawing, encoding="unicode", short_empty_elements=True)


@styled
def _saved(figure, salt):
    """What matplotlib writes, without date or maker."""
    matplotlib.rcParams["svg.hashsalt"] = salt
    buffer = io.BytesIO()
    figure.savefig(
        buffer, format="svg", metadata=dict.fromkeys(("Date", "Creator", "Format", "Type"))
    )
    return buffer.getvalue()


def _slim(element: ElementTree.Element, name: str) -> None:
    """Take off what the page gives or does not need: names, faces, a thousandth of a pixel."""
    kept = element.attrib
    if element.tag == f"{_SVG}g" and kept.pop("id", None) == HALO:
        kept["style"] = _EDGE
    if "d" in kept:
        kept["d"] = re.sub(
            r"-?\d+\.\d+", lambda m: f"{float(m[0]):.1f}".removesuffix(".0"), kept["d"]
        ).replace("\n", "")
    if kept.get("transform", "").startswith("rotate(-0 "):
        kept.pop("transform")
    if "style" in kept:
        given = ("font-family", f"font-size: {TEXT}px", f"fill: {INK.lower()}")
        kept["style"] = ";".join(
            part for part in kept["style"].split("; ") if not part.startswith(given)
        )
    for key in ("id", "clip-path", _HREF):
        if key in kept:
            pointed = "#" in kept[key]
            kept[key] = kept[key].replace("#", f"#{name}-") if pointed else f"{name}-{kept[key]}"
    if element.tag not in (f"{_SVG}text", f"{_SVG}tspan"):
        element.text = None
    element.tail = None


def _unwrap(element: ElementTree.Element) -> None:
    """Put the children of groups that say nothing in the place of the group."""
    for child in list(element):
        _unwrap(child)
        if child.tag == f"{_SVG}g" and not child.attrib:
            at = list(element).index(child)
            element.remove(child)
            for inner in reversed(list(child)):
                element.insert(at, inner)
