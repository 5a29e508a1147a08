"""The flow chart: who pays, who provides, for whom; £m on every node, to the rules of `figures`."""

import itertools
from collections import Counter

from matplotlib.figure import Figure
from matplotlib.patches import PathPatch, Rectangle
from matplotlib.path import Path

from totalplace.report.colours import GREY, PALETTE, Palette, colours_of
from totalplace.report.figures import HALO, WIDE, canvas, measure, styled, wrap, write


@styled
def sankey(
    stages: list[str],
    nodes: list[list[tuple[str, int, str]]],
    links: list[tuple[int, int, int, int]],
    width: int = WIDE,
    palette: Palette | None = None,
) -> Figure:
    """A flow chart.

    nodes : of each stage, (name, amount, words). links : (stage, from, to, amount), by position.

    A ribbon has the colour of the node that it leaves; a node has its own of the palette, or that
    of its main payer.
    """
    left, right = (min(190, _widest(column)) + 12 for column in (nodes[0], nodes[-1]))
    height, last = max(440, 48 * max(map(len, nodes))), len(stages) - 1
    figure, axes = canvas(width, height + 40, left, right + 10, 34, 6)
    step = (width - left - right - 10) / last
    axes.set(xlim=(0, step * last), ylim=(height, 0))
    places, scale = _node_places(nodes, height)
    colours = _node_colours(nodes, links, {} if palette is None else palette)
    for n, (stage, column) in enumerate(zip(stages, nodes, strict=True)):
        side = {"ha": "right", "shift": (-7, 0)} if n == 0 else {"shift": (17, 0)}
        room = left - 12 if n == 0 else right - 12 if n == last else step - 34
        write(axes, n * step, -20, wrap(stage, room, lines=1, weight="bold"), weight="bold", **side)
        for node, y, colour in zip(column, places[n], colours[n], strict=True):
            tall, look = node[1] * scale, {"color": colour, "linewidth": 0, "zorder": 3}
            axes.add_artist(Rectangle((n * step, y), 10, tall, clip_on=False, **look))
            _name_node(axes, n * step, y + tall / 2, node, room, side, boxed=0 < n < last)
    _ribbons(axes, links, places, scale, step, colours)
    return figure


def _widest(column):
    """The length of the longest name or amount of a stage."""
    return max(measure(text) for name, _, words in column for text in (name, words))


def _name_node(axes, x, y, node, room, side, boxed):
    """Name and amount of a node, one above the other; with a white edge where ribbons pass."""
    look = side | {"zorder": 5} | ({"gid": HALO} if boxed else {})
    name, (along, _) = wrap(node[0], room, lines=1)[0], side["shift"]
    write(axes, x, y, name, **look | {"shift": (along, 7.5)})
    write(axes, x, y, node[2], weight="bold", **look | {"shift": (along, -8)})


def _node_places(nodes, height, least=36, gap=8):
    """The top of each node, and pixels a penny: the most that leave each node room for its text."""

    def _taken(column, scale):
        return sum(max(least, amount * scale) + gap for _, amount, _ in column)

    low, scale = 0, height / max(1, *(sum(amount for _, amount, _ in column) for column in nodes))
    for _ in range(50):
        middle = (low + scale) / 2
        fits = all(_taken(column, middle) <= height for column in nodes)
        low, scale = (middle, scale) if fits else (low, middle)
    places = []
    for column in nodes:
        slots = [max(least, amount * low) + gap for _, amount, _ in column]
        tops = itertools.accumulate([(height - sum(slots)) / 2, *slots[:-1]])
        places.append(
            [
                top + (slot - amount * low) / 2
                for top, slot, (_, amount, _) in zip(tops, slots, column, strict=True)
            ]
        )
    return places, low


def _node_colours(nodes, links, palette):
    """The colour of each node: its own in the palette, else that of what it mainly pays or is paid.

    Of the first stage the four largest that have none get a free one.
    """
    known = dict(palette)
    colours = [[known.get(name, "") for name, *_ in column] for column in nodes]
    for i, colour in enumerate(colours[0]):
        colours[0][i] = colour or _main_colour(links, 0, i, colours, there=1)
    free = [colour for colour in PALETTE[:4] if colour not in colours[0]]
    bare = [i for i, colour in enumerate(colours[0]) if not colour]
    bare = sorted(bare, key=lambda i: (-nodes[0][i][1], i))[: len(free)]
    chosen = colours_of([nodes[0][i][0] for i in bare], palette, free)
    for i, colour in zip(bare, chosen, strict=True):
        colours[0][i] = colour
    colours[0] = [colour or GREY for colour in colours[0]]
    for stage in range(1, len(nodes)):
        for i, colour in enumerate(colours[stage]):
            colours[stage][i] = colour or _main_colour(links, stage, i, colours, there=0) or GREY
    return colours


def _main_colour(links, stage, i, colours, there):
    """The colour of more than half of what a node pays (there: 1) or is paid (0), or ""."""
    paid: Counter[str] = Counter()
    for at, *ends, part in links:
        if at + 1 - there == stage and ends[1 - there] == i:
            paid[colours[at + there][ends[there]]] += part
    main = max(paid, key=lambda colour: paid[colour], default="")
    return main if 2 * paid[main] > paid.total() else ""


def _ribbons(axes, links, places, scale, step, colours):
    """Bands from node to node, each beginning and ending where the one before it did."""
    out, into = [list(column) for column in places], [list(column) for column in places]
    for at, source, target, amount in sorted(links):
        tall, x, middle = amount * scale, at * step + 10, (at + 0.5) * step + 5
        a, b, end = out[at][source], into[at + 1][target], (at + 1) * step
        out[at][source], into[at + 1][target] = a + tall, b + tall
        there = [(x, a), (middle, a), (middle, b), (end, b)]
        back = [(at_x, y + tall) for at_x, y in reversed(there)]
        curve = [Path.MOVETO, *[Path.CURVE4] * 3, Path.LINETO, *[Path.CURVE4] * 3, Path.CLOSEPOLY]
        ribbon = PathPatch(Path([*there, *back, there[0]], curve), linewidth=0, clip_on=False)
        ribbon.set(facecolor=colours[at][source], alpha=0.33, zorder=2)
        axes.add_artist(ribbon)
