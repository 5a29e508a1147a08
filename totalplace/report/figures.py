"""The drawings: each takes settled numbers and their printed words, and returns a Figure.

Sizes are CSS pixels: a figure is drawn at 72 dots an inch, so that a point, a pixel and an SVG unit
are one. A chart that can be read on a phone is drawn twice, WIDE and NARROW, and the page shows the
one that fits. Text stays text, so that it can be found, copied and enlarged, and a page stays
small; it is laid out in DejaVu Sans, which is wider than the system faces that replace it, so that
nothing collides. Colours are the Government Analysis Function's: at most five, 3:1 or better on
white, and never without a label.
"""

import bisect
import functools
import itertools
import math
import warnings
from collections.abc import Callable, Sequence
from typing import Any

import matplotlib
import numpy as np
import seaborn
from matplotlib.axes import Axes
from matplotlib.colors import PowerNorm
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties, findfont, get_font
from matplotlib.ft2font import LoadFlags
from matplotlib.patches import Rectangle
from matplotlib.ticker import MaxNLocator
from matplotlib.transforms import IdentityTransform, Transform

from totalplace.report.colours import BLUE, GRID, INK, PALETTE, QUIET, Palette, colours_of, ink

WIDE, NARROW = 820, 340
TEXT, SMALL = 14, 12  # sizes of type
HALO = "halo"  # the gid of text that a page prints with a white edge
STYLE: Any = {
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans"],
    "svg.fonttype": "none",
    "text.parse_math": False,  # a partner's "$" is a dollar
    "text.usetex": False,
    "path.simplify": False,
    "path.sketch": None,
}


def styled(draw: Callable) -> Callable:
    """Draw with our settings and leave the reader's own as they were."""

    @functools.wraps(draw)
    def _drawn(*args, **kwargs):
        with matplotlib.rc_context(STYLE), warnings.catch_warnings():
            # a letter that our face lacks: the reader's own will have it
            warnings.filterwarnings("ignore", "Glyph", UserWarning)
            return draw(*args, **kwargs)

    return _drawn


def canvas(
    width: float,
    height: float,
    left: float = 0,
    right: float = 0,
    top: float = 0,
    bottom: float = 0,
) -> tuple[Figure, Axes]:
    """A figure of so many pixels and its bare axes, with margins in pixels."""
    figure = Figure(figsize=(width / 72, height / 72), dpi=72)
    across, down = (width - left - right) / width, (height - top - bottom) / height
    axes = figure.add_axes((left / width, bottom / height, across, down))
    axes.set_axis_off()
    figure.patch.set_visible(False)
    return figure, axes


def measure(text: str, size: float = TEXT, weight: str = "normal") -> float:
    """Width of a line of text in pixels, in DejaVu Sans, letter by letter."""
    return size * sum(_advance(letter, weight) for letter in text)


@functools.lru_cache(4096)
def _advance(letter, weight):
    """How far a letter of size 1 moves the next one on; one that the face lacks is a square."""
    font = get_font(findfont(FontProperties(family="DejaVu Sans", weight=weight)))
    font.set_size(100, 72)
    glyph = font.get_char_index(ord(letter))
    if not glyph:
        return 1.0
    return font.load_glyph(glyph, LoadFlags.NO_HINTING).linearHoriAdvance / 65536 / 100


def wrap(
    text: str, room: float, size: float = TEXT, lines: int = 2, weight: str = "normal"
) -> list[str]:
    """Text as at most `lines` lines no wider than `room`; the last may end in an ellipsis."""
    words = [word[: int(room)] for word in text.split()] or [""]
    done: list[str] = []
    while words and len(done) < lines:
        last = len(done) == lines - 1
        line = words.pop(0)
        while words and measure(f"{line} {words[0]}", size, weight) <= room:
            line = f"{line} {words.pop(0)}"
        if measure(line, size, weight) > room or (last and words):
            line = _shorten(line, room, size, weight)
        done.append(line)
    return done


def _shorten(line, room, size, weight):
    """As much of the line as fits, cut between words where there are two, and an ellipsis."""
    line = line[: int(room)]  # a name of a million letters costs no more than one of a hundred
    lengths = range(1, len(line) + 1)
    fits = bisect.bisect(lengths, room, key=lambda n: measure(line[:n] + "…", size, weight))
    kept = line[: max(1, fits)]
    at_a_word = line[len(kept) :][:1] in ("", " ")
    whole = kept if at_a_word else kept.rpartition(" ")[0]
    return (whole or kept).rstrip(" ,;:(") + "…"


def write(
    axes: Axes,
    x: float,
    y: float,
    text: str | Sequence[str],
    size: float = TEXT,
    shift: tuple[float, float] = (0, 0),
    angle: float = 0,
    places: Transform | None = None,
    **look: Any,
) -> None:
    """Lines of text at a point of the axes, whose limits are settled.

    Lines are set on their own baselines, so that every face keeps its alignment.

    Parameters
    ----------
    shift : so many pixels to the right and up.
    angle : degrees that the text is turned.
    places : what x and y are, instead of places on the axes.
    look : ha, weight, color and the like, as matplotlib has them.
    """
    lines, turn = [text] if isinstance(text, str) else text, math.radians(angle)
    x, y = (axes.transData if places is None else places).transform((x, y))
    own: dict[str, Any] = {"ha": "left", "color": INK, "transform": IdentityTransform()}
    look = own | look | {"va": "baseline", "rotation": angle, "rotation_mode": "anchor"}
    for n, line in enumerate(lines):
        down = 0.36 * size + (n - (len(lines) - 1) / 2) * 1.2 * size
        at = (x + shift[0] + down * math.sin(turn), y + shift[1] - down * math.cos(turn))
        axes.text(*at, line, fontsize=size, **look)


@styled
def bars(
    labels: list[str],
    values: list[int],
    texts: list[str],
    width: int = WIDE,
    strong: int | None = None,
) -> Figure:
    """Horizontal bars in the order given, named at the left (narrow: above), figures at their ends.

    The first `strong` of them are blue, the others grey.
    """
    narrow, (pitch, thick) = width < WIDE, (44, 16) if width < WIDE else (34, 22)
    names, left = _row_names(labels, width)
    right = max(map(measure, texts)) + 14
    figure, axes = canvas(width, pitch * len(values) + 6, left + 1, right, 2, 4)
    axes.set(xlim=(min(0, *values, 0), max(0, *values, 0) or 1), ylim=(len(values) - 0.5, -0.5))
    middles, half = np.arange(len(values)) + 0.22 * narrow, thick / pitch / 2
    for n, (middle, value) in enumerate(zip(middles, values, strict=True)):
        colour = BLUE if strong is None or n < strong else QUIET
        _bar(axes, 0, middle, value, 2 * half, facecolor=colour)
    reach = half if narrow else 0.5
    edge = axes.vlines(0 * middles, middles - reach, middles + reach, color=INK, linewidth=0.8)
    edge.set_clip_on(False)
    for n, (name, value, text) in enumerate(zip(names, values, texts, strict=True)):
        _name_row(axes, n - 0.26 * narrow, name, narrow)
        write(axes, max(value, 0), n + 0.22 * narrow, text, shift=(7, 0))
    return figure


def _row_names(labels: list[str], width: int) -> tuple[list[list[str]], float]:
    """The names of rows as lines, and the room that they take at the left; narrow: above."""
    if width < WIDE:
        return [wrap(label, width, lines=1) for label in labels], 0
    names = [wrap(label, 250) for label in labels]
    return names, _widest(names) + 12


def _widest(names: list[list[str]], size: float = TEXT) -> float:
    """The length of the longest line of several names."""
    return max(measure(line, size) for name in names for line in name)


def _bar(axes, start, middle, size, thick, **look):
    """A bar as one plain rectangle: matplotlib's own would measure the axes again."""
    axes.add_artist(Rectangle((start, middle - thick / 2), size, thick, clip_on=False, **look))


def _name_row(axes, y, name, narrow):
    """The name of a row: left of it, or above it and flush with it."""
    side = {"ha": "left"} if narrow else {"ha": "right", "shift": (-11, 0)}
    write(axes, axes.get_xlim()[0], y, name, **side)


@styled
def heat(
    rows: list[str],
    columns: list[str],
    values: list[list[int]],
    texts: list[list[str]],
    row_totals: list[str],
    column_totals: list[str],
    total: str,
    width: int = WIDE,
) -> Figure:
    """Rows by columns, shaded by amount (by its square root, so that small ones are seen).

    A cell without text is blank.
    """
    names, heads = [wrap(row, 190) for row in rows], [wrap(head, 142, SMALL) for head in columns]
    left = max(measure("Total", weight="bold"), _widest(names)) + 12
    right, pitch, top = 72, 36, _widest(heads, SMALL) * math.sin(math.radians(40)) + 32
    figure, axes = canvas(width, top + pitch * (len(rows) + 1) + 4, left, right, top, pitch + 4)
    _shade(axes, values, texts)
    for i, (name, amount) in enumerate(zip([*names, "Total"], [*row_totals, total], strict=True)):
        last = "bold" if i == len(rows) else "normal"
        write(axes, 0, i + 0.5, name, ha="right", shift=(-11, 0), weight=last)
        write(axes, len(columns), i + 0.5, amount, ha="right", shift=(right - 4, 0), weight="bold")
    room = (width - left - right) / len(columns) - 3
    fits = (SMALL * room / measure(amount, SMALL, "bold") for amount in column_totals)
    small, tilted = min(SMALL, *fits), functools.partial(write, size=SMALL, angle=40, shift=(0, 14))
    for j, (head, amount) in enumerate(zip(heads, column_totals, strict=True)):
        tilted(axes, j + 0.5, 0, head)
        write(axes, j + 0.5, len(rows) + 0.5, amount, size=small, ha="center", weight="bold")
    tilted(axes, len(columns) + 0.35, 0, "Total", weight="bold")
    return figure


def _shade(axes, values, texts):
    """The cells of a heat map by seaborn; its ink can fall to 2.3 to 1, so the figures are ours."""
    blank = np.array([[text == "" for text in row] for row in texts])
    shade = {
        "cmap": seaborn.blend_palette(("#E8EFF6", BLUE), as_cmap=True),
        "norm": PowerNorm(0.5, 0, max(1, *itertools.chain(*values)), clip=True),
        "cbar": False,
    }
    cells = {"linewidths": 2, "linecolor": "white", "clip_on": False}
    bare = {"xticklabels": False, "yticklabels": False}
    seaborn.heatmap(np.array(values, dtype=float), ax=axes, mask=blank, **shade, **cells, **bare)
    mesh = axes.collections[0]
    fills = iter(mesh.cmap(mesh.norm(mesh.get_array().ravel())))
    for (i, row), j in itertools.product(enumerate(texts), range(len(texts[0]))):
        fill = next(fills)
        if row[j]:
            write(axes, j + 0.5, i + 0.5, row[j], size=SMALL, ha="center", color=ink(fill))


@styled
def shares(
    rows: list[str],
    parts: list[str],
    values: list[list[int]],
    texts: list[list[str]],
    width: int = WIDE,
) -> Figure:
    """Rows as full bars cut into at most five parts, which are named above in their order.

    A part too small for its figure has none.
    """
    narrow, (pitch, thick) = width < WIDE, (46, 20) if width < WIDE else (34, 24)
    names, left = _row_names(rows, width)
    key = _key_places(parts, left, width)
    top = key[-1][1] + 24
    figure, axes = canvas(width, top + pitch * len(rows), left, 1, top, 0)
    axes.set(xlim=(0, 1), ylim=(len(rows) - 0.5, -0.5))
    for part, (x, y), colour in zip(parts, key, PALETTE, strict=False):
        _swatch(figure, x, y, colour, part)
    for n, (name, row, words) in enumerate(zip(names, values, texts, strict=True)):
        _name_row(axes, n - 0.28 * narrow, name, narrow)
        _cut_bar(axes, n + 0.2 * narrow, row, words, thick / pitch, width - left)
    return figure


def _cut_bar(axes, at, row, words, thick, room):
    """One full bar of `room` pixels cut into its parts, each with its figure where it fits."""
    start = 0.0
    for part, word, colour in zip(row, words, PALETTE, strict=False):
        size = part / max(sum(row), 1)
        _bar(axes, start, at, size, thick, facecolor=colour, edgecolor="white", linewidth=1)
        if size * room > measure(word, SMALL) + 10:
            write(axes, start + size / 2, at, word, SMALL, ha="center", color=ink(colour))
        start += size


def _key_places(parts, left, width):
    """Where each name of a key is, in pixels from left and top, in as many lines as it takes."""
    x, y, places = left, 8, []
    for part in parts:
        room = measure(part) + 38
        if x > left and x + room > width:
            x, y = left, y + 22
        places.append((x, y))
        x += room
    return places


def _swatch(figure, x, y, colour, name):
    """A square of the colour with its name beside it, in pixels from left and top."""
    y = figure.get_figheight() * 72 - y
    square = Rectangle((x, y - 6), 12, 12, facecolor=colour, transform=IdentityTransform())
    figure.add_artist(square)
    write(figure.axes[0], x + 18, y, name, places=IdentityTransform())


@styled
def stack(
    ages: list[str],
    payers: list[str],
    values: list[list[int]],
    totals: list[str],
    width: int = WIDE,
    palette: Palette | None = None,
) -> Figure:
    """Steps by age, one payer (at most five) upon another, named at the right edge.

    An age's total is above its step. A payer keeps the colour that it has in the palette.
    """
    colours = colours_of(payers, {} if palette is None else palette)
    names = [wrap(payer, 96 if width < WIDE else 170, lines=3) for payer in payers]
    right = _widest(names) + 34
    figure, axes = canvas(width, 404, 50, right, 26, 48)
    heights = [sum(row) for row in values]
    axes.set(xlim=(-0.5, len(ages) - 0.5), ylim=(0, max(1, *heights)))
    _scale(axes)
    floor, sides = [0] * len(ages), np.arange(len(ages) + 1) - 0.5
    for payer, colour in enumerate(colours):
        edge = [low + row[payer] for low, row in zip(floor, values, strict=True)]
        step = axes.stairs(edge, sides, baseline=floor, fill=True, color=colour, zorder=3)
        line = axes.stairs(edge, sides, baseline=None, color="white", linewidth=1.2, zorder=4)
        step.set(linewidth=0, clip_on=False)
        line.set_clip_on(False)
        floor = edge
    _name_ages(axes, ages, heights, totals, (width - 50 - right) / len(ages))
    _name_steps(figure, names, values[-1], width - right + 12, colours)
    return figure


def _name_ages(axes, ages, heights, totals, room):
    """Ages below their steps, in figures where words do not fit; totals above, where they fit."""
    every = 1
    if max(measure(age, SMALL) for age in ages) > room:
        ages = [age.removeprefix("Age ").replace("Pregnancy", "P") for age in ages]
        meaning = "Age in years; P is pregnancy" if "P" in ages else "Age in years"
        write(axes, (len(ages) - 1) / 2, 0, meaning, size=SMALL, ha="center", shift=(0, -36))
        every = math.ceil((max(measure(age, SMALL) for age in ages) + 4) / room)
    fits = room > max(measure(words, SMALL, "bold") for words in totals)
    for n, (age, height, total) in enumerate(zip(ages, heights, totals, strict=True)):
        if n % every == 0:
            write(axes, n, 0, age, size=SMALL, ha="center", shift=(0, -16))
        if fits:
            write(axes, n, height, total, size=SMALL, ha="center", shift=(0, 9), weight="bold")


def _scale(axes):
    """Grid lines and round amounts in £m at the left."""
    for tick in MaxNLocator(5, steps=(1, 2, 5, 10)).tick_values(0, axes.get_ylim()[1]):
        if tick <= axes.get_ylim()[1]:
            axes.axhline(tick, color=GRID, linewidth=1, clip_on=False, zorder=1)
            words = f"£{tick / 1e8:,g}m"
            write(axes, axes.get_xlim()[0], tick, words, SMALL, ha="right", shift=(-8, 0))


def _name_steps(figure, names, last, x, colours):
    """Payers named beside their last step, moved apart where they would touch."""
    box, top = figure.axes[0].get_position(), figure.get_figheight() * 72
    tall, base, high = box.height * top, top * (1 - box.y0), figure.axes[0].get_ylim()[1]
    ends = itertools.accumulate(last)
    wanted = [base - tall * (end - step / 2) / high for end, step in zip(ends, last, strict=True)]
    floor = base + 8
    for n, (name, y) in enumerate(zip(names, wanted, strict=True)):
        half = 8 * len(name) + 1
        y = min(y, floor - half)
        floor = y - half
        _swatch(figure, x, y, colours[n], name)
