"""Tables that are published as R data files (.rda, version 2 of the format): read without R."""

import bz2
import gzip
import lzma
import struct
from collections.abc import Callable
from pathlib import Path

from pandas import DataFrame

from totalplace.errors import InputError

OPENERS = {b"BZh": bz2.decompress, b"\x1f\x8b": gzip.decompress, b"\xfd7z": lzma.decompress}
START = b"RDX2\nX\n"
NOTHING, REFERENCE, SYMBOL, PAIRS, TEXT, LIST = 254, 255, 1, 2, 9, 19
NUMBERS = {10: "i", 13: "i", 14: "d"}  # logical, integer and double vectors
TEXTS = 16
HAS_ATTRIBUTES, HAS_TAG = 0x200, 0x400


def read_table(path: Path, name: str) -> DataFrame:
    """The table called `name` in an R data file, factors as text.

    Raises InputError for a file that is not R data of version 2, for what cannot be read in it, and
    for a name that it does not have.
    """
    packed = Path(path).read_bytes()
    opener = next((open_ for start, open_ in OPENERS.items() if packed.startswith(start)), bytes)
    content = opener(packed)
    if not content.startswith(START):
        raise InputError(f"{path}: not an R data file of version 2 (.rda).")
    objects = dict(_Reader(content, len(START) + 12, path).item())
    if name not in objects:
        raise InputError(f"{path}: no table {name!r}. It has {', '.join(objects)}.")
    return DataFrame(objects[name])


class _Reader:
    """The items of a file's content, one after another, from `place` on."""

    def __init__(self, content: bytes, place: int, path: Path) -> None:
        self.content, self.place, self.path = content, place, path
        self.symbols: list[str] = []

    def _take(self, form: str, size: int) -> tuple:
        values = struct.unpack_from(form, self.content, self.place)
        self.place += size
        return values

    def _whole(self) -> int:
        return self._take(">i", 4)[0]

    def item(self):
        """The next item: text, a list of values, a dict of columns, or pairs of name and value."""
        flags = self._whole()
        kind = flags & 0xFF
        if kind == NOTHING:
            return None
        if kind == REFERENCE:
            return self.symbols[(flags >> 8) - 1]
        readers: dict[int, Callable] = {SYMBOL: self._symbol, TEXT: self._text}
        if kind in readers:
            return readers[kind]()
        if kind == PAIRS:
            return self._pairs(flags)
        values = self._values(kind)
        attributes = dict(self.item() or []) if flags & HAS_ATTRIBUTES else {}
        if "levels" in attributes:
            return [attributes["levels"][code - 1] if code > 0 else "" for code in values]
        return dict(zip(attributes["names"], values, strict=True)) if kind == LIST else values

    def _symbol(self) -> str:
        self.symbols.append(self.item())
        return self.symbols[-1]

    def _text(self) -> str:
        size = self._whole()
        return "" if size < 0 else self._take(f"{size}s", size)[0].decode()

    def _pairs(self, flags: int) -> list[tuple]:
        """Names and values until the end of the chain."""
        pairs = []
        while flags & 0xFF == PAIRS:
            if flags & HAS_ATTRIBUTES:
                self.item()
            name = self.item() if flags & HAS_TAG else ""
            pairs.append((name, self.item()))
            flags = self._whole()
        return pairs

    def _values(self, kind: int) -> list:
        size = self._whole()
        if kind in NUMBERS:
            width = 8 if NUMBERS[kind] == "d" else 4
            return list(self._take(f">{size}{NUMBERS[kind]}", width * size))
        if kind in (TEXTS, LIST):
            return [self.item() for _ in range(size)]
        raise InputError(f"{self.path}: R data of type {kind} cannot be read here.")
