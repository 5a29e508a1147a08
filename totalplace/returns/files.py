"""The folder of returns, opened with care: what is there, what is read, each sheet as text.

Only plain files of the folder itself are opened, and only .xlsx and .csv are read; everything else
is named and refused. A file is looked at (its kind, its size, its first bytes) before it is opened
as what it says it is. Nothing is run, unpacked or followed.
Known limit: a CSV file has no formulas, formats or hidden rows to see; what a spreadsheet lost in
writing it is lost.
"""

import csv
import hashlib
import io
import stat
from dataclasses import dataclass, field
from pathlib import Path

from totalplace.errors import InputError
from totalplace.returns.issues import Problem, Refused, group, limit, plain
from totalplace.returns.xlsx import Sheet, read_workbook

OLD_FORMAT, ZIP = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"PK\x03\x04"
ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
MACROS = {".xlsm", ".xltm", ".xlam", ".xlsb"}
LEFT_BEHIND = ("~$", ".~lock", ".ds_store", "thumbs.db", "desktop.ini", ".gitkeep")
OWN = ("decisions.csv", "mapping.csv")
SEPARATORS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}


@dataclass
class File:
    """A file of the folder: the sha256 of its bytes, its sheets (none if refused), its problems."""

    name: str
    digest: str = ""
    sheets: list[Sheet] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def read_folder(folder: Path) -> list[File]:
    """Every file of the folder, in order of name, but the analyst's own two."""
    entries = sorted(folder.iterdir(), key=lambda path: path.name) if folder.is_dir() else []
    return _each_once([_file(path) for path in entries if path.name not in OWN])


def read_own(path: Path) -> list[list[str]]:
    """The rows of decisions.csv or mapping.csv; none if it is not there. Raises InputError."""
    if not path.exists():
        return []
    try:
        _check_kind(path)
        (sheet,), _ = _read_csv(_bytes(path))
    except Refused as refused:
        problem = Problem(refused.case, path.name, given=refused.given, known=refused.known)
        (issue,) = group([problem], {})
        why = f"{path.name} cannot be read: {issue.problem}"
        raise InputError(f"{why}. Save it as CSV UTF-8.") from refused
    return sheet.rows


def _each_once(files: list[File]) -> list[File]:
    """Of files with the same bytes, the first by name is read."""
    first: dict[str, File] = {}
    for file in files:
        same = first.setdefault(file.digest, file) if file.sheets else file
        if same is not file:
            file.sheets, file.problems = [], [Problem("same-file", file.name, given=same.name)]
    return files


def _file(path: Path) -> File:
    file = File(plain(path.name))
    try:
        if file.name != path.name:
            raise Refused("file-name")
        _check_kind(path)
        content = _bytes(path)
        file.digest = hashlib.sha256(content).hexdigest()
        file.sheets, cases = (_read_xlsx if path.suffix.lower() == ".xlsx" else _read_csv)(content)
        file.problems = [Problem(case, file.name, given=given) for case, given in cases]
        if not any(any(row) for sheet in file.sheets for row in sheet.rows):
            raise Refused("nothing-in-it")
    except Refused as refused:
        file.sheets, file.problems = (
            [],
            [Problem(refused.case, file.name, given=refused.given, known=refused.known)],
        )
    return file


def _check_kind(path: Path) -> None:
    """Refuse, unopened, what is not a plain .xlsx or .csv file."""
    mode, name = path.lstat().st_mode, path.name.lower()
    if stat.S_ISLNK(mode):
        raise Refused("link")
    if stat.S_ISDIR(mode):
        raise Refused("subfolder")
    if not stat.S_ISREG(mode):
        raise Refused("not-a-file")
    if name.startswith(LEFT_BEHIND):
        raise Refused("left-behind", given="a lock file or the system's own")
    if path.suffix.lower() in MACROS:
        raise Refused("macro")
    if path.suffix.lower() not in (".xlsx", ".csv"):
        raise Refused("other-format", given=path.suffix.lower() or "nameless kind of")


def _bytes(path: Path) -> bytes:
    size, most = path.stat().st_size, limit("file_bytes")
    if size > most:
        raise Refused("too-large", given=f"{size:,} bytes", known=f"{most:,} bytes")
    if size == 0:
        raise Refused("empty-file")
    try:
        return path.read_bytes()
    except OSError as error:
        raise Refused("cannot-open", given=error.strerror or type(error).__name__) from error


Cases = list[tuple[str, str]]  # of return_cases.csv, each with what was given


def _read_xlsx(content: bytes) -> tuple[list[Sheet], Cases]:
    if content.startswith(OLD_FORMAT):
        raise Refused("password" if ENCRYPTED in content else "old-workbook")
    if not content.startswith(ZIP):
        raise Refused("not-a-workbook", given="it begins like " + _begins_like(content))
    sheets, cases = read_workbook(content)
    return sheets, [(case, "") for case in cases]


def _begins_like(content: bytes) -> str:
    if content.lstrip()[:1] == b"<":
        return "a web page"
    return "text" if content[:64].isascii() else "something else"


def _read_csv(content: bytes) -> tuple[list[Sheet], Cases]:
    """A CSV file as one sheet without a name."""
    text, cases = _text(content)
    lines = text.splitlines()[:60] or [""]
    separator = max(SEPARATORS, key=lambda mark: max(line.count(mark) for line in lines))
    if separator != ",":
        cases.append(("other-separator", SEPARATORS[separator]))
    return [Sheet("", _rows(text, separator))], cases


def _text(content: bytes) -> tuple[str, Cases]:
    """The text of a CSV file: UTF-8, with or without its mark, or Windows text with a warning."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise Refused("utf-16")
    if content.startswith((ZIP, OLD_FORMAT, b"%PDF")) or b"\x00" in content:
        raise Refused("not-text", given="a workbook, a document or a program")
    try:
        return content.decode("utf-8-sig"), []
    except UnicodeDecodeError:
        return _windows_text(content)


def _windows_text(content: bytes) -> tuple[str, Cases]:
    try:
        return content.decode("cp1252"), [("windows-text", "")]
    except UnicodeDecodeError as error:
        place = f"byte {error.start:,} is not a character"
        raise Refused("not-text", given=place) from error


def _rows(text: str, separator: str) -> list[list[str]]:
    """The rows of cells as a spreadsheet would number them: a line break in a cell makes no row."""
    rows: list[list[str]] = []
    cells, most, before = limit("cells"), limit("rows"), 0
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    try:
        for row in reader:
            _check_quotes(row, separator, before + 1)
            before = reader.line_num
            cells -= len(row)
            if cells < 0 or len(rows) >= most:
                raise Refused(
                    "too-large", given=f"more than {len(rows):,} rows", known=f"{most:,} rows"
                )
            rows.append([cell.strip() for cell in row])
    except csv.Error as error:
        raise Refused("unbalanced-quote", given=f"{before + 1:,}") from error
    return rows


def _check_quotes(row: list[str], separator: str, line: int) -> None:
    """A cell with a line break and the separators of a row is a quotation that was not closed."""
    for cell in row:
        if "\n" in cell and any(part.count(separator) >= 3 for part in cell.split("\n")):
            raise Refused("unbalanced-quote", given=f"{line:,}")
