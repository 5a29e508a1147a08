"""Colours of figures: the palette, one colour an entity through a page, ink that can be read."""

from collections.abc import Sequence

from matplotlib.colors import to_rgb

PALETTE = ("#12436D", "#28A197", "#801650", "#F46A25", "#3D3D3D")
BLUE, GREY = PALETTE[0], PALETTE[-1]
Palette = dict[str, str]  # who is drawn -> the colour that they keep through a page
QUIET, GRID, INK = "#7D8B99", "#DDE3E8", "#1B242C"


def colours_of(names: Sequence[str], palette: Palette, drawn: Sequence[str] = PALETTE) -> list[str]:
    """A colour for each name, no two alike: the one it has in the palette, else a free one.

    A new name is put in the palette with its colour. names: no more than the colours of `drawn`.
    """
    held = {name: palette[name] for name in names if palette.get(name) in drawn}
    own: Palette = {}
    for name in names:
        if name in held and held[name] not in own.values():
            own[name] = held[name]
    used = set(palette.values())
    free = sorted((one for one in drawn if one not in own.values()), key=lambda one: one in used)
    for name in names:
        if name not in own:
            own[name] = free.pop(0)
            palette.setdefault(name, own[name])
    return [own[name] for name in names]


def ink(fill: str | tuple) -> str:
    """Black or white, whichever stands out more on the colour (never under 4.5 to 1)."""
    return "#000000" if contrast("#000000", fill) > contrast("#FFFFFF", fill) else "#FFFFFF"


def contrast(one: str | tuple, other: str | tuple) -> float:
    """Contrast of two colours as WCAG counts it, from 1 to 21."""
    darker, lighter = sorted(map(_luminance, (one, other)))
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour):
    """How light a colour is, from 0 to 1."""
    linear = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in to_rgb(colour))
    return sum(weight * c for weight, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))
