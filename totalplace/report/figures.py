"""The drawings: each function takes settled numbers and their printed words, and returns a matplotlib Figure.

Sizes are CSS pixels: a figure is drawn at 72 dots an inch, so that a point, a pixel and an SVG unit are one. A chart that
can be read on a phone is drawn twice, WIDE and NARROW, and the page shows the one that fits. Text stays text, so that it
can be found, copied and enlarged, and a page stays small; it is laid out in DejaVu Sans, which is wider than the system
faces that will replace it, so nothing collides.
Colours are the Government Analysis Function's: at most five, 3:1 or better on white, and never without a label.
"""

import bisect
import functools
import itertools
import math
import warnings

import matplotlib
import numpy as np
import seaborn
from matplotlib.colors import PowerNorm, to_rgb
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties, findfont, get_font
from matplotlib.ft2font import LoadFlags
from matplotlib.patches import Rectangle
from matplotlib.ticker import MaxNLocator
from matplotlib.transforms import IdentityTransform, ScaledTranslation

WIDE, NARROW = 820, 340
TEXT, SMALL = 14, 12  # sizes of type
BLUE, TURQUOISE, PINK, ORANGE, GREY = PALETTE = (
    "#12436D",
    "#28A197",
    "#801650",
    "#F46A25",
    "#3D3D3D",
)
QUIET, GRID, INK = "#7D8B99", "#DDE3E8", "#1B242C"
STYLE = {
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans"],
    "svg.fonttype": "none",
    "text.parse_math": False,  # a partner's "$" is a dollar
    "text.usetex": False,
    "path.simplify": False,
    "path.sketch": None,
}


def styled(draw):
    """Draw with our settings and leave the reader's own as they were."""

    @functools.wraps(draw)
    def _drawn(*args, **kwargs):
        with matplotlib.rc_context(STYLE), warnings.catch_warnings():
            warnings.filterwarnings(
                "ignore", "Glyph", UserWarning
            )  # the reader's own face will have the letter
            return draw(*args, **kwargs)

    return _drawn


def canvas(width, height, left=0, right=0, top=0, bottom=0):
    """A figure of so many pixels and its bare axes, with margins in pixels -> (Figure, Axes)."""
    figure = Figure(figsize=(width / 72, height / 72), dpi=72)
    box = (
        left / width,
        bottom / height,
        (width - left - right) / width,
        (height - top - bottom) / height,
    )
    axes = figure.add_axes(box)
    axes.set_axis_off()
    figure.patch.set_visible(False)
    return figure, axes


def measure(text, size=TEXT, weight="normal"):
    """Width of a line of text in pixels, in DejaVu Sans, letter by letter."""
    return size * sum(_advance(letter, weight) for letter in text)


@functools.lru_cache(4096)
def _advance(letter, weight):
    """How far a letter of size 1 moves the next one on; one that the face does not have is as wide as it is tall."""
    font = get_font(findfont(FontProperties(family="DejaVu Sans", weight=weight)))
    font.set_size(100, 72)
    glyph = font.get_char_index(ord(letter))
    return (
        font.load_glyph(glyph, LoadFlags.NO_HINTING).linearHoriAdvance / 65536 / 100
        if glyph
        else 1.0
    )


def wrap(text, room, size=TEXT, lines=2, weight="normal"):
    """Text as at most `lines` lines no wider than `room` pixels; what is left over ends in an ellipsis."""
    words, done = [word[: int(room)] for word in text.split()] or [""], []
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
    """As much of the line as fits, and an ellipsis."""
    line = line[: int(room)]  # a name of a million letters costs no more than one of a hundred
    too_long = bisect.bisect(
        range(1, len(line) + 1), room, key=lambda n: measure(line[:n] + "…", size, weight)
    )
    return line[: max(1, too_long)].rstrip() + "…"


def write(
    axes,
    x,
    y,
    text,
    size=TEXT,
    ha="left",
    shift=(0, 0),
    weight="normal",
    color=INK,
    angle=0,
    places=None,
    **box,
):
    """Lines of text at a point of the axes, whose limits are settled, moved by so many pixels to the right and up.

    Lines are set on their own baselines, so that every face keeps its alignment. places: what x and y are, instead of axes.
    """
    lines, turn = [text] if isinstance(text, str) else text, math.radians(angle)
    x, y = (axes.transData if places is None else places).transform((x, y))
    for n, line in enumerate(lines):
        down = 0.36 * size + (n - (len(lines) - 1) / 2) * 1.2 * size
        at = (x + shift[0] + down * math.sin(turn), y + shift[1] - down * math.cos(turn))
        axes.text(
            *at, line, transform=IdentityTransform(), ha=ha, va="baseline", fontsize=size, weight=weight, color=color,
            rotation=angle, rotation_mode="anchor", **box,
        )  # fmt: skip


def ink(fill):
    """Black or white, whichever stands out more on the colour (never under 4.5 to 1)."""
    return "#000000" if contrast("#000000", fill) > contrast("#FFFFFF", fill) else "#FFFFFF"


def contrast(one, other):
    """Contrast of two colours as WCAG counts it, from 1 to 21."""
    darker, lighter = sorted(map(_luminance, (one, other)))
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour):
    """How light a colour is, from 0 to 1."""
    linear = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in to_rgb(colour))
    return sum(weight * c for weight, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


@styled
def bars(labels, values, texts, width=WIDE, strong=None):
    """Horizontal bars in the order given, named at the left (narrow: above), figures at their ends; `strong` of them blue."""
    narrow = width < WIDE
    names = [wrap(label, width if narrow else 250, lines=1 if narrow else 2) for label in labels]
    left = 0 if narrow else max(measure(line) for name in names for line in name) + 12
    pitch, thick = (44, 16) if narrow else (34, 22)
    figure, axes = canvas(
        width, pitch * len(values) + 6, left + 1, max(map(measure, texts)) + 14, 2, 4
    )
    axes.set(xlim=(min(0, *values, 0), max(0, *values, 0) or 1), ylim=(len(values) - 0.5, -0.5))
    colours = [BLUE if strong is None or n < strong else QUIET for n in range(len(values))]
    middles, half = np.arange(len(values)) + 0.22 * narrow, thick / pitch / 2
    for middle, value, colour in zip(middles, values, colours, strict=True):
        _bar(axes, 0, middle, value, 2 * half, facecolor=colour)
    reach = half if narrow else 0.5
    axes.vlines(
        0 * middles, middles - reach, middles + reach, color=INK, linewidth=0.8, clip_on=False
    )
    for n, (name, value, text) in enumerate(zip(names, values, texts, strict=True)):
        _name_row(axes, n - 0.26 * narrow, name, narrow)
        write(axes, max(value, 0), n + 0.22 * narrow, text, shift=(7, 0))
    return figure


def _bar(axes, start, middle, size, thick, **look):
    """A bar as one plain rectangle: matplotlib's own bars also measure the axes, which are settled here."""
    axes.add_artist(Rectangle((start, middle - thick / 2), size, thick, clip_on=False, **look))


def _name_row(axes, y, name, narrow, gap=11):
    """The name of a row: left of it, or above it and flush with it."""
    write(
        axes,
        axes.get_xlim()[0],
        y,
        name,
        ha="left" if narrow else "right",
        shift=(0 if narrow else -gap, 0),
    )


@styled
def heat(rows, columns, values, texts, row_totals, column_totals, total, width=WIDE):
    """Rows by columns, shaded by amount (by its square root, so that small ones are seen); a cell without text is blank."""
    names, heads = (
        [wrap(row, 190) for row in rows],
        [wrap(column, 142, size=SMALL) for column in columns],
    )
    left = (
        max(measure("Total", weight="bold"), *(measure(line) for name in names for line in name))
        + 12
    )
    right, pitch = 72, 36
    top = (
        max(measure(line, SMALL) for head in heads for line in head) * math.sin(math.radians(40))
        + 32
    )
    figure, axes = canvas(width, top + pitch * (len(rows) + 1) + 4, left, right, top, pitch + 4)
    _shade(axes, values, texts)
    cell = (width - left - right) / len(columns)
    small = min(
        SMALL, *(SMALL * (cell - 3) / measure(amount, SMALL, "bold") for amount in column_totals)
    )
    for i, (name, amount) in enumerate(zip([*names, "Total"], [*row_totals, total], strict=True)):
        last = "bold" if i == len(rows) else "normal"
        write(axes, 0, i + 0.5, name, ha="right", shift=(-11, 0), weight=last)
        write(axes, len(columns), i + 0.5, amount, ha="right", shift=(right - 4, 0), weight="bold")
    for j, (head, amount) in enumerate(zip(heads, column_totals, strict=True)):
        write(axes, j + 0.5, 0, head, size=SMALL, angle=40, shift=(0, 14))
        write(axes, j + 0.5, len(rows) + 0.5, amount, size=small, ha="center", weight="bold")
    write(axes, len(columns) + 0.35, 0, "Total", size=SMALL, angle=40, shift=(0, 14), weight="bold")
    return figure


def _shade(axes, values, texts):
    """The cells of a heat map and their figures. Seaborn shades; its ink can fall to 2.3 to 1, so the figures are ours."""
    blank = [[text == "" for text in row] for row in texts]
    shade = {
        "cmap": seaborn.blend_palette(("#E8EFF6", BLUE), as_cmap=True),
        "norm": PowerNorm(0.5, 0, max(1, *itertools.chain(*values)), clip=True),
    }
    cells = {"cbar": False, "linewidths": 2, "linecolor": "white", "clip_on": False}
    bare = {"xticklabels": False, "yticklabels": False}
    seaborn.heatmap(
        np.array(values, dtype=float), ax=axes, mask=np.array(blank), **shade, **cells, **bare
    )
    mesh = axes.collections[0]
    fills = iter(mesh.cmap(mesh.norm(mesh.get_array().ravel())))
    for (i, row), j in itertools.product(enumerate(texts), range(len(texts[0]))):
        fill = next(fills)
        if row[j]:
            write(axes, j + 0.5, i + 0.5, row[j], size=SMALL, ha="center", color=ink(fill))


@styled
def shares(rows, parts, values, texts, width=WIDE):
    """Rows as full bars cut into at most five parts, named above in their order; a part too small for its figure has none."""
    narrow = width < WIDE
    names = [wrap(row, width if narrow else 250, lines=1 if narrow else 2) for row in rows]
    left = 0 if narrow else max(measure(line) for name in names for line in name) + 12
    pitch, thick, key = 46 if narrow else 34, 20 if narrow else 24, _key_places(parts, left, width)
    top = key[-1][1] + 24
    figure, axes = canvas(width, top + pitch * len(rows), left, 1, top, 0)
    axes.set(xlim=(0, 1), ylim=(len(rows) - 0.5, -0.5))
    for part, (x, y), colour in zip(parts, key, PALETTE, strict=False):
        _swatch(figure, x, y, colour, part)
    for n, (name, row, words) in enumerate(zip(names, values, texts, strict=True)):
        _name_row(axes, n - 0.28 * narrow, name, narrow)
        ends = [end / max(sum(row), 1) for end in itertools.accumulate(row)]
        starts = [0, *ends[:-1]]
        at, sizes = n + 0.2 * narrow, [end - start for start, end in zip(starts, ends, strict=True)]
        for start, size, colour in zip(starts, sizes, PALETTE, strict=False):
            _bar(
                axes,
                start,
                at,
                size,
                thick / pitch,
                facecolor=colour,
                edgecolor="white",
                linewidth=1,
            )
        for start, size, word, colour in zip(starts, sizes, words, PALETTE, strict=False):
            if size * (width - left) > measure(word, SMALL) + 10:
                write(axes, start + size / 2, at, word, size=SMALL, ha="center", color=ink(colour))
    return figure


def _key_places(parts, left, width):
    """Where each name of a key stands, in pixels from the left and the top, in as many lines as it takes."""
    x, y, places = left, 8, []
    for part in parts:
        room = measure(part) + 38
        if x > left and x + room > width:
            x, y = left, y + 22
        places.append((x, y))
        x += room
    return places


def _swatch(figure, x, y, colour, name, weight="normal"):
    """A square of the colour with its name beside it, in pixels from the left and the top of the figure."""
    y = figure.get_figheight() * 72 - y
    figure.add_artist(
        Rectangle((x, y - 6), 12, 12, facecolor=colour, transform=IdentityTransform())
    )
    write(figure.axes[0], x + 18, y, name, weight=weight, places=IdentityTransform())


def _key_of_dots(axes, place, at, x):
    """What the marks are, above the chart."""
    name = wrap(place, 170, lines=1)[0]
    for mark, size, fill, edge, text in (
        ("D", 10, ORANGE, INK, name),
        ("o", 7, "white", QUIET, "each other place"),
    ):
        look = {"markersize": size, "color": fill, "markeredgecolor": edge, "clip_on": False}
        axes.plot(*at, mark, transform=_moved(axes, x + 8, 36), **look)
        write(axes, *at, text, size=SMALL, shift=(x + 20, 36))
        x += measure(text, SMALL) + 42


def _moved(axes, x, y):
    """Positions on the axes, moved by pixels."""
    return axes.transData + ScaledTranslation(x / 72, y / 72, axes.figure.dpi_scale_trans)


@styled
def stack(ages, payers, values, totals, width=WIDE):
    """Steps by age, one a payer (at most five) upon another, named at the right edge; an age's total stands on its step."""
    names = [wrap(payer, 96 if width < WIDE else 170, lines=3) for payer in payers]
    right = max(measure(line) for name in names for line in name) + 34
    figure, axes = canvas(width, 404, 50, right, 26, 48)
    heights = [sum(row) for row in values]
    axes.set(xlim=(-0.5, len(ages) - 0.5), ylim=(0, max(1, *heights)))
    _scale(axes)
    floor, sides = [0] * len(ages), np.arange(len(ages) + 1) - 0.5
    for payer, colour in zip(range(len(payers)), PALETTE, strict=False):
        edge = [low + row[payer] for low, row in zip(floor, values, strict=True)]
        axes.stairs(
            edge,
            sides,
            baseline=floor,
            fill=True,
            color=colour,
            linewidth=0,
            clip_on=False,
            zorder=3,
        )
        axes.stairs(
            edge, sides, baseline=None, color="white", linewidth=1.2, clip_on=False, zorder=4
        )
        floor = edge
    _name_ages(axes, ages, heights, totals, (width - 50 - right) / len(ages))
    _name_steps(figure, names, values[-1], width - right + 12)
    return figure


def _name_ages(axes, ages, heights, totals, room):
    """Ages below their steps, in figures where `room` pixels do not hold words; totals above, where they fit."""
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
            write(
                axes,
                axes.get_xlim()[0],
                tick,
                f"£{tick / 1e8:,g}m",
                size=SMALL,
                ha="right",
                shift=(-8, 0),
            )


def _name_steps(figure, names, last, x):
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
        _swatch(figure, x, y, PALETTE[n], name)


@styled
def dots(rows, values, here, place, texts, width=WIDE):
    """Places as dots at their percentage of the median, a line a row; `here` is where `place` stands, told in `texts`."""
    narrow = width < WIDE
    names = [wrap(row, width - 150 if narrow else 250, lines=1 if narrow else 2) for row in rows]
    left = 6 if narrow else max(measure(line) for name in names for line in name) + 18
    right, pitch = (18, 52) if narrow else (max(map(measure, texts)) + 22, 36)
    figure, axes = canvas(width, pitch * len(rows) + 80, left, right, 50, 30)
    spread = [value for row in values for value in row]
    axes.set(xlim=(min(80, *spread) - 3, max(120, *spread) + 3), ylim=(len(rows) - 0.5, -0.5))
    for tick in MaxNLocator(4 if narrow else 7, steps=(1, 2, 5, 10)).tick_values(*axes.get_xlim()):
        if axes.get_xlim()[0] <= tick <= axes.get_xlim()[1]:
            axes.axvline(tick, color=GRID, linewidth=1, clip_on=False, zorder=1)
            write(
                axes, tick, len(rows) - 0.5, f"{tick:g}%", size=SMALL, ha="center", shift=(0, -14)
            )
    axes.axvline(100, color=INK, linewidth=1.2, clip_on=False, zorder=2)
    write(axes, 100, -0.5, "median", size=SMALL, ha="center", shift=(0, 10))
    _key_of_dots(axes, place, (axes.get_xlim()[0], -0.5), -6 if narrow else 0)
    for n, (name, row, text) in enumerate(zip(names, values, texts, strict=True)):
        at, head = n + 0.22 * narrow, n - 0.22 * narrow
        others = [value for i, value in enumerate(row) if i != here]
        axes.plot(
            others,
            [at] * len(others),
            "o",
            markersize=7,
            color="white",
            markeredgecolor=QUIET,
            clip_on=False,
            zorder=3,
        )
        axes.plot(
            row[here],
            at,
            "D",
            markersize=10,
            color=ORANGE,
            markeredgecolor=INK,
            clip_on=False,
            zorder=4,
        )
        _name_row(axes, head, name, narrow, gap=16)
        write(axes, axes.get_xlim()[1], head, text, ha="right", shift=(right - 2, 0), weight="bold")
    return figure
