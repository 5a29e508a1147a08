"""Opening what partners send: what a workbook holds is read as it is stored, and what would stop a computer is refused."""

import io
import subprocess
import sys
import zipfile

import pytest

from tests.sending import line, send_bytes, send_csv, send_xlsx
from totalplace.returns import files, xlsx
from totalplace.returns.issues import Refused

CONTENT_TYPES = '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>'
RELATIONS = (
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" '
    'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/>'
    "</Relationships>"
)
BOOK = (
    '<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" '
    'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets>'
    '<sheet name="Return" sheetId="1" r:id="r1"/></sheets></workbook>'
)
NOISE = "(b'x%06d' % i for i in range(200_000))"
BOMBS = {
    "a sheet of nothing": "write('xl/worksheets/sheet1.xml', b'<worksheet>' + b' ' * 150_000_000)",
    "a million rows": (
        "write('xl/worksheets/sheet1.xml', b'<worksheet><sheetData>' + b''.join("
        'b\'<row r="%d"><c r="A%d"><v>%d</v></c></row>\' % (i, i, i * 7919 % 1000003) for i in range(1, 1_000_001))'
        " + b'</sheetData></worksheet>')"
    ),
    "empty cells without end": (
        "write('noise.bin', os.urandom(800_000)); "
        "write('xl/worksheets/sheet1.xml', b'<worksheet><sheetData><row>' + b'<c/>' * 45_000_000)"
    ),
    "marks without end": (
        "write('noise.bin', os.urandom(800_000)); "
        "write('xl/worksheets/sheet1.xml', b'<worksheet><sheetData>' + b'<x a=\"\"/>' * 18_000_000)"
    ),
    "a text without end": (
        "write('noise.bin', os.urandom(800_000)); write('xl/sharedStrings.xml', b'<sst><si><t>' + b'a' * 180_000_000)"
    ),
    "texts without end": (
        "write('noise.bin', os.urandom(800_000)); "
        "write('xl/sharedStrings.xml', b'<sst>' + (b'<si><t>' + b'a' * 90_000 + b'</t></si>') * 2_000)"
    ),
    "an attribute without end": (
        "write('noise.bin', os.urandom(800_000)); write('xl/worksheets/sheet1.xml', b'<worksheet a=\"' + b'a' * 180_000_000)"
    ),
    "a nest without end": (
        "write('noise.bin', os.urandom(800_000)); write('xl/worksheets/sheet1.xml', b'<worksheet>' + b'<a>' * 50_000_000)"
    ),
    "names without end": (
        "write('xl/worksheets/sheet1.xml', b'<worksheet>' + b''.join(b'<a%d/>' % i for i in range(5_000_000)))"
    ),
    "many files": "[write(f'xl/media/{i}.png', b'x') for i in range(3_000)]",
    "entities in entities": (
        "write('xl/worksheets/sheet1.xml', b'<!DOCTYPE a [<!ENTITY a \"aaaaaaaaaa\">' + b''.join("
        "b'<!ENTITY a%d \"&a%s;&a%s;&a%s;\">' % (i, *[str(i - 1).encode() if i else b''] * 3) for i in range(30)) + b']><a>&a29;</a>')"
    ),
}
WRITE = """
import os, zipfile
package = zipfile.ZipFile({path!r}, "w", zipfile.ZIP_DEFLATED, compresslevel=6)
write = package.writestr
write("[Content_Types].xml", {types!r}); write("xl/_rels/workbook.xml.rels", {relations!r}); write("xl/workbook.xml", {book!r})
{bomb}
package.close()
"""
READ = """
import pathlib, re, resource, sys, time
from totalplace.returns import files
resource.setrlimit(resource.RLIMIT_AS, (4 << 30, 4 << 30))
start = time.perf_counter()
(file,) = files.read_folder(pathlib.Path(sys.argv[1]))
took, status = time.perf_counter() - start, pathlib.Path("/proc/self/status")
# ru_maxrss of a child begins with its parent's: where the system tells this process's own peak, that is taken
own = re.search(r"VmHWM:\\s+(\\d+)", status.read_text()) if status.exists() else None
peak = int(own[1]) if own else resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(file.problems[0].case, round(took, 2), peak // 1024, len(file.sheets))
"""


@pytest.mark.parametrize("bomb", BOMBS.values(), ids=BOMBS)
def test_a_bomb_is_refused_before_it_fills_the_memory(tmp_path, bomb):
    path = str(tmp_path / "return.xlsx")
    write = WRITE.format(path=path, types=CONTENT_TYPES, relations=RELATIONS, book=BOOK, bomb=bomb)
    subprocess.run([sys.executable, "-c", write], check=True)
    seen = subprocess.run(
        [sys.executable, "-c", READ, str(tmp_path)], capture_output=True, text=True, check=True
    ).stdout.split()
    case, seconds, megabytes, sheets = seen[0], float(seen[1]), int(seen[2]), int(seen[3])
    print(bomb[:40], seen)
    assert case in ("bomb", "doctype", "too-large")
    assert sheets == 0
    assert megabytes < 500
    assert seconds < 30, "5 s is what is meant; a busy machine is allowed more"


def test_a_zip_that_lies_about_its_sizes_is_damaged(inbox):
    path = send_xlsx(line(Amount=1))
    content = bytearray(path.read_bytes())
    with zipfile.ZipFile(path) as package:
        size = package.getinfo("xl/worksheets/sheet1.xml").file_size
    at = content.rindex(size.to_bytes(4, "little"))
    content[at : at + 4] = (10).to_bytes(4, "little")
    send_bytes(bytes(content), "return.xlsx")
    assert files.read_folder(inbox)[0].problems[0].case == "damaged"


def test_a_file_over_the_limit_is_not_opened(inbox):
    with open(inbox / "return.csv", "wb") as file:
        file.truncate(31_000_000)
    (file,) = files.read_folder(inbox)
    assert file.problems[0].case == "too-large"
    assert file.problems[0].given == "31,000,000 bytes"


def test_a_file_that_cannot_be_opened_is_a_problem(inbox, monkeypatch):
    path = send_csv(line())

    def locked(self):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(type(path), "read_bytes", locked)
    (problem,) = files.read_folder(inbox)[0].problems
    assert (problem.case, problem.given) == ("cannot-open", "Permission denied")


def test_more_rows_than_the_limit_are_refused_in_text_too(inbox):
    send_bytes(b"a\n" * 60_002, "return.csv")
    assert files.read_folder(inbox)[0].problems[0].case == "too-large"


def test_a_workbook_is_read_as_it_is_stored(inbox):
    def shape(book, sheet, first):
        sheet.write_formula("A4", "=1+1", None, 2)
        sheet.write_formula("B4", "=1+1", None, "")
        sheet.write("C4", 39_845, book.add_format({"num_format": "dd/mm/yyyy"}))
        sheet.write("D4", 0.5, book.add_format({"num_format": "0%"}))
        sheet.write("E4", 1_234.56 + 2e-13)
        sheet.write_string("F4", "0123")
        sheet.write_boolean("G4", True)
        sheet.write("H4", 5, book.add_format({"num_format": "#,##0,"}))
        sheet.write_rich_string("I4", "so", book.add_format({"bold": True}), "me")
        sheet.merge_range("A6:A7", "both")
        sheet.set_row(7, None, None, {"hidden": True})

    sheets, cases = xlsx.read_workbook(send_xlsx(line(Amount=0.1 + 0.2), shape=shape).read_bytes())
    (sheet,) = sheets
    assert (cases, sheet.name, sheet.hidden) == ([], "Return", False)
    assert sheet.rows[1][10] == "0.3"
    assert sheet.rows[3] == ["2", "", "2009-02-01", "0.5", "1234.56", "0123", "TRUE", "5", "some"]
    kinds = [
        "number",
        "no value",
        "date",
        "percent",
        "number",
        "text",
        "boolean",
        "scaled",
        "number",
    ]
    assert [sheet.kinds.get((3, place), sheet.plain) for place in range(9)] == kinds
    assert sheet.formulas == {(3, 0), (3, 1)}
    assert sheet.merged == [(5, 0, 6, 0)]
    assert sheet.hidden_rows == {7}


@pytest.mark.parametrize(
    ("stored", "read"),
    [
        ("1234.5599999999999", "1234.56"),
        ("1E+6", "1000000"),
        ("-0.10000000000000001", "-0.1"),
        ("12345678901234", "12345678901234"),
        ("1e400", "1e400"),
        ("5", "5"),
        ("2.5E-3", "0.0025"),
    ],
)
def test_a_stored_number_is_what_the_spreadsheet_shows(stored, read):
    assert xlsx.number(stored) == read


@pytest.mark.parametrize("address", ["A0", "1A", "", "AAAA1", "A-1", "É1"])
def test_what_is_no_address_is_refused(address):
    with pytest.raises(ValueError, match=r".*"):
        xlsx.position(address)


@pytest.mark.parametrize(
    ("column", "name"), [(0, "A"), (25, "Z"), (26, "AA"), (701, "ZZ"), (702, "AAA")]
)
def test_columns_have_the_letters_of_a_spreadsheet(column, name):
    assert xlsx.letters(column) == name
    assert xlsx.position(f"{name}1") == (0, column)


def test_a_cell_written_twice_is_damage_and_not_a_choice():
    with pytest.raises(Refused) as refused:
        xlsx.read_workbook(_book('<row r="1"><c r="A1"><v>1</v></c><c r="A1"><v>2</v></c></row>'))
    assert refused.value.case == "damaged"


def _book(rows):
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as package:
        package.writestr("xl/_rels/workbook.xml.rels", RELATIONS)
        package.writestr("xl/workbook.xml", BOOK)
        package.writestr(
            "xl/worksheets/sheet1.xml", f"<worksheet><sheetData>{rows}</sheetData></worksheet>"
        )
    return content.getvalue()


@pytest.mark.parametrize("prefix", ["", "x:"])
def test_a_workbook_with_prefixed_names_or_none_is_read_alike(prefix):
    cell = f'<{prefix}c r="B1" t="inlineStr"><{prefix}is><{prefix}t>x</{prefix}t></{prefix}is></{prefix}c>'
    (sheet,), _ = xlsx.read_workbook(_book(f'<{prefix}row r="1">{cell}</{prefix}row>'))
    assert sheet.rows == [["", "x"]]


@pytest.mark.parametrize(
    ("content", "text", "cases"),
    [
        ("a,é\n".encode(), [["a", "é"]], []),
        ("a,é\n".encode("utf-8-sig"), [["a", "é"]], []),
        ("a,é£\n".encode("cp1252"), [["a", "é£"]], ["windows-text"]),
        (b"a;b\n1;2\n", [["a", "b"], ["1", "2"]], ["other-separator"]),
        (b'a,"b ""c"", d"\r\n\r\n x ,\n', [["a", 'b "c", d'], [], ["x", ""]], []),
    ],
)
def test_a_text_file_is_read_and_an_odd_encoding_or_separator_warned_of(
    inbox, content, text, cases
):
    send_bytes(content, "return.csv")
    (file,) = files.read_folder(inbox)
    assert file.sheets[0].rows == text
    assert [problem.case for problem in file.problems] == cases


def test_files_are_read_in_order_of_name_and_the_analysts_own_apart(inbox):
    for name in ("b.csv", "a.csv", "decisions.csv", "mapping.csv"):
        send_csv(line(Note=name), name=name)
    assert [file.name for file in files.read_folder(inbox)] == ["a.csv", "b.csv"]


def test_nothing_is_written_by_reading(inbox):
    send_xlsx(line(Amount=1))
    before = {path: path.stat().st_mtime_ns for path in inbox.parent.parent.parent.rglob("*")}
    files.read_folder(inbox)
    assert {
        path: path.stat().st_mtime_ns for path in inbox.parent.parent.parent.rglob("*")
    } == before
