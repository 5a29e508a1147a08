"""The frame of pages that no notebook makes: the board's own template and style around a body, everything escaped."""

from pathlib import Path

import jinja2
from markupsafe import Markup

_HERE = Path(__file__).parent / "html"


def framed(body, values, page, style=""):
    """A body template of this folder in the board's frame -> HTML text.

    body: its name. values: what it says. page: title, place, year, told, made and headings, as the board's template reads
    them. style: rules beside the board's own.
    """
    templates = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_HERE),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    css = [(_HERE / name).read_text(encoding="utf-8") for name in ("board.css", "index.css")]
    inside = Markup(templates.get_template(body).render(values))
    frame = jinja2.Environment(loader=jinja2.FileSystemLoader(_HERE), autoescape=True).get_template(
        "index.html.j2"
    )
    return (
        frame.render(
            resources={"board": {**page, "body": inside, "css": Markup("".join([*css, style]))}}
        )
        + "\n"
    )
