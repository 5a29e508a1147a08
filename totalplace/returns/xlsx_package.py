"""The inside of an .xlsx file: a zip of XML parts, checked against limits before unpacking.

The sizes that the zip declares are checked first, and it cannot unpack to more than it declares.
XML is read piece by piece by expat, which sees no entities: a declaration of one ends the reading.
What could still grow is counted: marks and endless texts before anything is parsed, depth and
different names as it is. Nothing is written to disk.
"""

import io
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from xml.parsers import expat

from totalplace.returns.issues import Refused, limit

CHUNK = 1 << 20
DEEPEST, MOST_NAMES = 100, 5_000  # a workbook's XML is about 10 deep and has some hundreds of names
DAMAGED = (
    zipfile.BadZipFile,
    expat.ExpatError,
    EOFError,
    OSError,
    LookupError,
    RuntimeError,
    ValueError,
)


@contextmanager
def opened(content: bytes) -> Iterator[zipfile.ZipFile]:
    """The package of a file's bytes, its sizes checked. What is wrong with it raises Refused."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as package:
            _check(package.infolist(), len(content))
            _check_marks(package)
            yield package
    except DAMAGED as error:
        raise Refused("damaged", given=type(error).__name__) from error


def _check(parts, packed):
    """Look at how the parts are packed and at what they say they unpack to."""
    if any(part.flag_bits & 1 for part in parts):
        raise Refused("password")
    if any(part.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) for part in parts):
        raise Refused("damaged", given="packed in a way that no spreadsheet program uses")
    if len(parts) > limit("parts"):
        raise Refused("bomb", given=f"{len(parts):,} files", known=f"{limit('parts'):,} files")
    unpacked = sum(part.file_size for part in parts)
    most = min(limit("unpacked_bytes"), packed * limit("unpacked_times"))
    if unpacked > most:
        raise Refused("bomb", given=f"{unpacked:,} bytes", known=f"{most:,} bytes")


def _check_marks(package):
    """Count the XML marks of all parts, unparsed: too many, or a million letters with none."""
    marks, most = 0, limit("marks")
    for part in package.namelist():
        if part.lower().endswith((".xml", ".rels")):
            with package.open(part) as stream:
                while chunk := stream.read(CHUNK):
                    here = chunk.count(b"<")
                    marks += here
                    if marks > most or (here == 0 and len(chunk) == CHUNK):
                        given = f"{marks:,} XML marks or an endless text"
                        raise Refused("bomb", given=given, known=f"{most:,}")


def parse(
    package: zipfile.ZipFile,
    part: str,
    start: Callable,
    end: Callable | None = None,
    text: Callable | None = None,
) -> None:
    """Read one part, calling start(tag, attributes), end(tag) and text(words); no namespaces."""
    parser, counted = expat.ParserCreate(), _Counted(start, end)
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = _no_doctype
    parser.StartElementHandler, parser.EndElementHandler = counted.start, counted.end
    if text:
        parser.CharacterDataHandler = text
    with package.open(part) as stream:
        while chunk := stream.read(CHUNK):
            parser.Parse(chunk, False)
    parser.Parse(b"", True)


class _Counted:
    """Handlers of tags that keep count of the depth and of how many different names there are."""

    def __init__(self, start, end):
        self.to_start, self.to_end, self.depth, self.names, self.local = start, end, 0, set(), {}

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """A tag opens."""
        self.depth += 1
        self.names.update(attributes)
        if tag not in self.local:
            self.local[tag] = tag.rpartition(":")[2]
        if self.depth > DEEPEST or len(self.names) + len(self.local) > MOST_NAMES:
            known = f"{DEEPEST} levels and {MOST_NAMES:,} names"
            raise Refused("bomb", given="XML of many names or levels", known=known)
        self.to_start(self.local[tag], attributes)

    def end(self, tag: str) -> None:
        """A tag closes."""
        self.depth -= 1
        if self.to_end:
            self.to_end(self.local[tag])


def _no_doctype(*_):
    raise Refused("doctype")
