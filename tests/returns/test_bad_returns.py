"""What finance departments send, each as a small real file: what is done about it, and the words."""

import os
import zipfile

import pytest

from tests import sending
from tests.sending import (
    HEADINGS,
    change_part,
    folder,
    line,
    send_bytes,
    send_csv,
    send_xlsx,
    text_of,
)
from totalplace import reference

AMOUNT = HEADINGS.index("Amount")


def cells(**changes):
    """A return in CSV whose second line is wrong in these cells."""
    return lambda: send_csv(line(Service="Libraries", Amount="17000001"), line(**changes))


def headed(headings, *rows):
    return lambda: send_csv(*rows, headings=headings)


def without(column):
    keep = [place for place, heading in enumerate(HEADINGS) if heading != column]
    return lambda: send_csv(
        [line()[place] for place in keep], headings=[HEADINGS[place] for place in keep]
    )


def shaped(change, *rows):
    """A workbook whose sheet is changed after its lines are written."""
    return lambda: send_xlsx(
        *(rows or (line(Amount=120_000_000), line(Service="Libraries", Amount=17_000_001))),
        shape=change,
    )


def amount(write):
    """A workbook whose first amount is written by `write(sheet, row, column, book)`."""
    return shaped(lambda book, sheet, first: write(sheet, first, AMOUNT, book))


def formatted(value, code):
    return amount(
        lambda sheet, row, column, book: sheet.write(
            row, column, value, book.add_format({"num_format": code})
        )
    )


def workbook_with(part, content):
    return lambda: change_part(send_xlsx(line(Amount=120_000_000)), part, lambda old: content)


def replaced(part, old, new):
    def spoil(content):
        assert old in content
        return content.replace(old, new)

    return lambda: change_part(send_xlsx(line(Amount=120_000_000)), part, spoil)


def zipped(**parts):
    def send():
        with zipfile.ZipFile(folder() / "return.xlsx", "w", zipfile.ZIP_DEFLATED) as package:
            for name, content in parts.items():
                package.writestr(name.replace("__", "/"), content)

    return send


def twice():
    path = send_csv(line())
    send_bytes(path.read_bytes(), "return copy.csv")


def second_version():
    send_csv(line(), line(Service="Libraries", Amount="17000001"))
    send_csv(
        line(Amount="125000000"), line(Service="Libraries", Amount="17000002"), name="return v2.csv"
    )


def hidden_sheet(book, sheet, first):
    book.add_worksheet("Front").activate()
    sheet.hide()
    book.worksheets_objs[1].set_first_sheet()


def link():
    target = folder().parent / "elsewhere.csv"
    target.write_text(text_of([HEADINGS, line()]), encoding="utf-8")
    (folder() / "return.csv").symlink_to(target)


def rows_of(*services):
    return [line(Service=service, Amount=money) for service, money in services]


def decided(text):
    return lambda: (send_csv(line()), send_bytes(text.encode(), "decisions.csv"))


def mapped(text):
    return lambda: (send_csv(line()), send_bytes(text.encode(), "mapping.csv"))


def wrong_cells(row):
    """A case from a row of CELLS."""
    name, cells_, action, words = row.split(" | ")
    changes = dict(cell.split("=", 1) for cell in cells_.split("; "))
    return name, cells(**changes), action, words


SCHOOLS = [("Primary schools", "60000000"), ("Secondary schools", "50000000")]
DOCTYPE = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><x>&b;</x>'


# what is wrong, the cells of the second line, what is done about it, words of the message
CELLS = """
an 'of which' row | Service=of which: nurseries; Amount=900000 | ask | described as part of another ('of which: nurseries')
our source left in place | Source=Total Place estimate: put your source here | warn | the source still says
TBC | Amount=TBC | refuse | 'TBC' is not an amount
n/a | Amount=n/a | refuse | 'n/a' is not an amount
a word | Amount=lots | refuse | the amount 'lots' is not a number
nil | Amount=nil | warn | 'nil' was read as zero
a dash | Amount=- | warn | '-' was read as zero
a blank amount | Amount= | ask | the amount is blank
a small number hidden | Amount=<5 | refuse | '<5' is a suppressed small number
about | Amount=c. 120,000,000 | ask | 'c. 120,000,000' is a rough figure
euros | Amount=€1,200 | refuse | '€1,200' is not in pounds
per cent | Amount=12% | refuse | '12%' is a percentage
a unit in the cell | Amount=120m | refuse | '120m' includes its unit
thousands in the cell | Amount=£120k | refuse | '£120k' includes its unit
a decimal comma | Amount=1.234,56 | ask | may have a decimal comma
a point for thousands | Amount=12.345 | ask | '12.345' may have a decimal comma
commas out of place | Amount=12,34,567 | ask | the commas in '12,34,567' do not mark thousands
a number shortened | Amount=1.2E+08 | ask | '1.2E+08' was shortened by the spreadsheet
a narrow column | Amount=##### | refuse | a column too narrow to show its number
#N/A in a CSV file | Amount=#N/A | refuse | the cell shows an error ('#N/A')
a date for an amount | Amount=31/03/2009 | refuse | the amount is formatted as a date
a part of a penny | Amount=120000000.3333 | warn | a fraction of a penny was rounded to the nearest penny
more than there is | Amount=999999999999 | refuse | more than all public money in England
twice negative | Amount=-(500) | refuse | the amount '-(500)' is not a number
income written positive | Expenditure or income=income | ask | income is entered as a positive amount
expenditure in brackets | Amount=(120,000,000) | ask | expenditure is negative
net | Expenditure or income=net | refuse | the amount is net ('net'): income has been taken off
net in the service | Service=Primary schools (net) | ask | the service is described as net
no unit | Unit= | ask | Unit is blank
an unknown unit | Unit=$ | refuse | '$' is not one of the choices for Unit
a code that lost its zero | COFOG=9.1 | warn | '9.1' was a number, and was read as the code 09.1
a code turned into a date | COFOG=09-Jan-01 | refuse | the code has been turned into a date ('09-Jan-01')
a code that is none | COFOG=11.2 | refuse | '11.2' is not a COFOG code
a code against the table | COFOG=07.2 | warn | the code given is 07.2, but our table of functions has 09.1
a service that no table has | Service=Widget stewardship | ask | the service 'Widget stewardship' is not in our table
no service | Service= | ask | Service is blank
one year only | Year=2009 | ask | '2009' may be the year in which it begins
FY09 | Year=FY09 | ask | 'FY09' may be the year
a year turned into a date | Year=08-Sep | ask | the year has been turned into a date ('08-Sep')
two years at once | Year=2007-09 | refuse | '2007-09' is not one financial year
a year out of range | Year=1974-75 | refuse | '1974-75' is out of range
a year that is none | Year=last year | refuse | 'last year' is not a financial year
another year | Year=2007/08 | warn | '2007/08' is not the year of the count (2008-09)
a forecast | Status=Forecast | ask | 'Forecast' is neither outturn nor budget
a provisional outturn | Status=provisional | warn | 'provisional' was read as outturn
no status | Status= | ask | Status is blank
an unknown word | Current or capital=mixed | refuse | 'mixed' is not one of the choices for Current or capital
partly ring-fenced | Ring-fenced=partly | ask | 'partly' is neither yes nor no
an age that is a range | Age from=5 to 7 | ask | '5 to 7' is not an age
an age turned into a date | Age from=05-Jul | ask | the age has been turned into a date
ages the wrong way round | Age from=7; Age to=0 | ask | the age from (7) is higher than the age to (0)
children hidden | Children=<5 | warn | so the number of children was left blank
children in words | Children=many | ask | 'many' is not a number of children
an unknown body | Body=Ministry of Silly Walks | ask | the body 'Ministry of Silly Walks' is not known
a body spelt another way | Body=LB Croydon | warn | 'LB Croydon' was read as council
a body of another place | Body=Leeds City Council | ask | 'Leeds City Council' belongs to another place
an authority that had ended | Body=Bedfordshire County Council; Year=2009-10 | ask | abolished on 31 March 2009
an authority not yet begun | Body=Cheshire East Council | ask | did not exist before 1 April 2009
a misspelt payee | Payee=Polise authorities and forces | ask | the payee 'Polise authorities and forces' is close to
a payee of another place | Payee=Leeds City Council | warn | 'Leeds City Council' is not a body that is counted
a payee outside | Payee=Acme Catering Ltd | warn | the payee 'Acme Catering Ltd' is not a body that is counted
an unknown area | Area covered=Narnia; Share by=Population | refuse | the area 'Narnia' is not known
wider than England | Area covered=UK; Share by=Population | refuse | 'UK' is wider than England
an area elsewhere | Area covered=Leeds; Share by=Population | refuse | no part of Croydon is in the area 'Leeds'
no driver | Area covered=London | ask | nothing says what its share should follow
an unknown driver | Area covered=London; Share by=luck | refuse | the driver 'luck' is not known
a driver for nothing | Share by=Population | warn | a driver is given although the figure is for the place alone
a formula in a text | Note==HYPERLINK("http://x") | warn | the text begins like a formula
a command in a text | Service=@SUM(1); COFOG=09.1 | warn | the text begins like a formula
a web page in a text | Note=<script>alert(1)</script> | warn | web page code
"""

CASES = [
    (
        "an old workbook",
        lambda: send_bytes(b"\xd0\xcf\x11\xe0", "return.xls"),
        "refuse",
        "a .xls file cannot be read",
    ),
    (
        "an OpenDocument sheet",
        lambda: send_bytes(b"PK", "return.ods"),
        "refuse",
        "a .ods file cannot be read",
    ),
    (
        "a PDF",
        lambda: send_bytes(b"%PDF-1.4", "return.pdf"),
        "refuse",
        "Please save it as .xlsx or CSV UTF-8",
    ),
    (
        "a letter",
        lambda: send_bytes(b"Dear Sir", "covering letter.docx"),
        "refuse",
        "a .docx file cannot be read",
    ),
    (
        "a zip",
        lambda: send_bytes(b"PK\x03\x04", "returns.zip"),
        "refuse",
        "a .zip file cannot be read",
    ),
    (
        "no ending to the name",
        lambda: send_bytes(b"a,b", "return"),
        "refuse",
        "only .xlsx and .csv can",
    ),
    (
        "a workbook with macros",
        lambda: send_bytes(b"PK", "return.xlsm"),
        "refuse",
        "contains macros, which are programs",
    ),
    (
        "macros under another name",
        workbook_with("xl/vbaProject.bin", b"x"),
        "refuse",
        "contains macros, which are programs",
    ),
    (
        "a password",
        lambda: send_bytes(
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"),
            "return.xlsx",
        ),
        "refuse",
        "protected by a password",
    ),
    (
        "an old workbook renamed",
        lambda: send_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(512), "return.xlsx"),
        "refuse",
        "a workbook in the old format (.xls) under another name",
    ),
    (
        "a web page renamed",
        lambda: send_bytes(b"<html><table>", "return.xlsx"),
        "refuse",
        "it begins like a web page",
    ),
    (
        "text renamed",
        lambda: send_bytes(b"Body,Amount", "return.xlsx"),
        "refuse",
        "it begins like text",
    ),
    (
        "a workbook renamed",
        lambda: send_bytes(b"PK\x03\x04xx", "return.csv"),
        "refuse",
        "it is not text: a workbook, a document or a program",
    ),
    (
        "a program renamed",
        lambda: send_bytes(b"MZ\x00\x01", "return.csv"),
        "refuse",
        "it is not text: a workbook, a document or a program",
    ),
    ("a document zipped", zipped(word__document="x"), "refuse", "it has no xl/workbook.xml"),
    (
        "a broken workbook",
        lambda: send_bytes(send_xlsx(line()).read_bytes()[:900], "return.xlsx"),
        "refuse",
        "the file is damaged",
    ),
    (
        "broken XML",
        replaced("xl/workbook.xml", b"</sheets>", b"<sheets>"),
        "refuse",
        "the file is damaged: ExpatError",
    ),
    (
        "a sheet that is not there",
        replaced("xl/_rels/workbook.xml.rels", b"sheet1.xml", b"../../../etc/passwd"),
        "refuse",
        "the file is damaged: KeyError",
    ),
    ("an empty file", lambda: send_bytes(b"", "return.csv"), "refuse", "the file is empty"),
    (
        "nothing but commas",
        lambda: send_bytes(b",,,\r\n,,,\r\n", "return.csv"),
        "refuse",
        "there is nothing on any sheet",
    ),
    ("XML entities", workbook_with("xl/workbook.xml", DOCTYPE), "refuse", "declares XML entities"),
    ("a link out of the folder", link, "refuse", "links are not followed"),
    (
        "a folder in the folder",
        lambda: (folder() / "March").mkdir(),
        "refuse",
        "folders inside the returns folder are not read",
    ),
    (
        "a pipe",
        lambda: os.mkfifo(folder() / "return.csv"),
        "refuse",
        "it is a device or a pipe, not a file",
    ),
    (
        "Unicode text",
        lambda: send_csv(line(), encoding="utf-16"),
        "refuse",
        "saved as Unicode text (UTF-16)",
    ),
    (
        "a name that does not print",
        lambda: send_csv(line(), name="re\x1bturn.csv"),
        "refuse",
        "Please give it a plain name",
    ),
    (
        "a lock left behind",
        lambda: (send_csv(line()), send_bytes(b"x", "~$return.xlsx")),
        "warn",
        "it was left behind by another program",
    ),
    (
        "the same file twice",
        twice,
        "warn",
        "it is identical to return copy.csv, and was read only once",
    ),
    ("a second version", second_version, "ask", "2 of its 2 lines are also in return.csv"),
    (
        "Windows text",
        lambda: send_csv(line(Note="café £5"), encoding="cp1252"),
        "warn",
        "it is Windows text (cp1252)",
    ),
    (
        "semicolons",
        lambda: send_bytes(text_of([HEADINGS, line()]).replace(",", ";").encode(), "return.csv"),
        "warn",
        "separated by semicolons rather than commas",
    ),
    (
        "tabs",
        lambda: send_bytes(text_of([HEADINGS, line()]).replace(",", "\t").encode(), "return.csv"),
        "warn",
        "separated by tabs rather than commas",
    ),
    (
        "a quotation not closed",
        lambda: send_bytes(
            text_of([HEADINGS, line(), line(Service="Libraries")])
            .replace("Primary schools", '"Primary schools')
            .encode(),
            "return.csv",
        ),
        "refuse",
        "a quotation mark opens at line 2",
    ),
    (
        "a quotation that closes too late",
        lambda: send_bytes(
            text_of([HEADINGS, line(), line(Service="Libraries")])
            .replace("Primary schools", '"Primary schools')
            .replace("Libraries", 'Libraries"')
            .encode(),
            "return.csv",
        ),
        "refuse",
        "a quotation mark opens at line 2",
    ),
    (
        "another workbook referred to",
        workbook_with("xl/externalLinks/externalLink1.xml", b"<x/>"),
        "warn",
        "the other workbook was not opened",
    ),
    (
        "embedded objects",
        workbook_with("xl/embeddings/oleObject1.bin", b"x"),
        "warn",
        "embedded objects",
    ),
    (
        "no headings",
        lambda: send_csv(line(), headings=line(Service="Libraries")),
        "refuse",
        "no row of headings",
    ),
    (
        "a heading missing",
        without("Amount"),
        "refuse",
        "no row of headings with an amount, and a body or a service",
    ),
    (
        "notes only",
        lambda: send_xlsx(
            line(Amount=120_000_000),
            shape=lambda book, sheet, first: book.add_worksheet("Notes").write(
                0, 0, "See our accounts"
            ),
        ),
        "warn",
        "there are no figures on this sheet",
    ),
    (
        "workings on another sheet",
        lambda: send_xlsx(
            line(Amount=120_000_000),
            shape=lambda book, sheet, first: book.add_worksheet("Workings").write_row(
                0, 0, ["Schools", 45]
            ),
        ),
        "refuse",
        "sheet 'Workings': there are figures, but no row of headings",
    ),
    (
        "two columns of amounts",
        headed([*HEADINGS, "Outturn"], [*line(), "5"]),
        "refuse",
        "two columns are both headed 'Outturn'",
    ),
    (
        "two tables side by side",
        headed([*HEADINGS, "", *HEADINGS], [*line(), "", *line(Service="Libraries")]),
        "refuse",
        "two columns are both headed 'Body'",
    ),
    ("a hidden sheet", shaped(hidden_sheet), "ask", "the sheet is hidden"),
    (
        "two tables on a sheet",
        lambda: send_csv(
            line(),
            [],
            [
                "Service",
                "Body",
                "Amount",
                "Unit",
                "Year",
                "Status",
                "Current or capital",
                "Expenditure or income",
            ],
            [
                "Libraries",
                "Councils",
                "17000001",
                "£",
                "2008-09",
                "outturn",
                "current",
                "expenditure",
            ],
        ),
        "warn",
        "there is a second row of headings",
    ),
    (
        "an unknown column",
        headed([*HEADINGS, "Cost centre"], [*line(), "AB"]),
        "warn",
        "the column 'Cost centre'",
    ),
    (
        "an unknown column of money",
        headed([*HEADINGS, "Late items"], [*line(), "1,234.50"]),
        "ask",
        "the column 'Late items' is not in the template but contains figures adding to 1,234.50",
    ),
    (
        "money beside the table",
        lambda: send_xlsx([*line(Amount=120_000_000), "", 77]),
        "ask",
        "the column U (no heading)",
    ),
    (
        "the unit in the heading",
        headed(
            [h if h != "Amount" else "Amount (£000)" for h in HEADINGS],
            line(Unit="", Amount="120000"),
        ),
        "warn",
        "the unit '£k' was taken from the heading or title",
    ),
    (
        "the unit in the title",
        lambda: send_csv(line(Unit="", Amount="120000"), above=[["All figures in £000"]]),
        "warn",
        "the unit '£k' was taken from the heading",
    ),
    (
        "a unit against its heading",
        headed([h if h != "Amount" else "Amount (£k)" for h in HEADINGS], line()),
        "ask",
        "the heading says £k but the unit on the line is '£'",
    ),
    (
        "thousands called pounds",
        lambda: send_csv(line(Amount="120000")),
        "ask",
        "the lines of council add to",
    ),
    (
        "pounds called thousands",
        lambda: send_csv(line(Unit="£k")),
        "ask",
        "times our estimate for the same functions",
    ),
    (
        "a control total that differs",
        lambda: send_csv(line(), above=[["Control total (£)", "120,000,001"]]),
        "ask",
        "the control total is £120,000,001.00 but the lines add to £120,000,000.00",
    ),
    (
        "a control total of words",
        lambda: send_csv(line(), above=[["Control total (£)", "see ledger"]]),
        "ask",
        "the control total 'see ledger' is not an amount",
    ),
    (
        "a blank control total",
        lambda: send_csv(line(), above=[["Control total (£)"]]),
        "warn",
        "the control total is blank",
    ),
    (
        "figures above the headings",
        lambda: send_csv(line(), above=[["Reserves", "5,000"]]),
        "warn",
        "figures above the headings",
    ),
    (
        "net amounts",
        headed([h if h != "Amount" else "Net expenditure" for h in HEADINGS], line()),
        "refuse",
        "the heading of the amounts says net ('Net expenditure')",
    ),
    (
        "an amount with a bare comma",
        lambda: send_bytes(
            text_of([HEADINGS, line(Amount="@")]).replace("@", "120,000,000").encode(), "return.csv"
        ),
        "refuse",
        "the row has 21 cells but the heading has 19",
    ),
    (
        "a heading among the lines",
        lambda: send_csv([""] * 1 + ["Education"] + [""] * 17, line()),
        "warn",
        "there are words but no amount",
    ),
    (
        "the headings are repeated",
        lambda: send_csv(line(), HEADINGS, line(Service="Libraries", Amount="17000001")),
        "warn",
        "the headings are repeated",
    ),
    (
        "a total row",
        lambda: send_csv(*rows_of(*SCHOOLS, ("Total", "110000000"))),
        "warn",
        "it is a total: it agrees with the lines",
    ),
    (
        "a total with nothing else",
        lambda: send_csv(*rows_of(*SCHOOLS), ["", "TOTAL", *[""] * 8, "110000000"]),
        "warn",
        "it is a total: it agrees",
    ),
    (
        "a subtotal and a total",
        lambda: send_csv(
            *rows_of(
                *SCHOOLS,
                ("Sub-total", "110000000"),
                ("Libraries", "17000001"),
                ("Grand total", "127000001"),
            )
        ),
        "warn",
        "it agrees with the lines above it (3 lines)",
    ),
    (
        "a total that is wrong",
        lambda: send_csv(*rows_of(*SCHOOLS, ("Total education", "110000001"))),
        "ask",
        "the row is called a total, but the lines above add to £110,000,000.00",
    ),
    (
        "a total without the word",
        lambda: send_csv(*rows_of(*SCHOOLS, ("Education", "110000000"))),
        "ask",
        "the amount is exactly the sum of the 2 lines above it",
    ),
    (
        "a hidden row",
        shaped(lambda book, sheet, first: sheet.set_row(first, None, None, {"hidden": True})),
        "ask",
        "the row is hidden",
    ),
    (
        "merged cells",
        shaped(lambda book, sheet, first: sheet.merge_range(first, 0, first + 1, 0, "Councils")),
        "warn",
        "cells of 'Body' are merged",
    ),
    (
        "a merged amount",
        shaped(
            lambda book, sheet, first: sheet.merge_range(
                first, AMOUNT, first + 1, AMOUNT, 120_000_000
            )
        ),
        "refuse",
        "one amount is merged across several rows",
    ),
    (
        "the same line twice",
        lambda: send_csv(line(), line()),
        "ask",
        "the same as another in every column (return.csv, row 2)",
    ),
    (
        "our estimate untouched",
        lambda: sending.templates("police", folder()),
        "ask",
        "this is our own estimate, unchanged",
    ),
    (
        "a percentage by its format",
        formatted(0.12, "0%"),
        "refuse",
        "is a percentage, not an amount",
    ),
    (
        "#REF!",
        amount(
            lambda sheet, row, column, book: sheet.write_formula(row, column, "=A1", None, "#REF!")
        ),
        "refuse",
        "the cell shows an error ('#REF!')",
    ),
    (
        "a formula with no value",
        amount(lambda sheet, row, column, book: sheet.write_formula(row, column, "=1+1", None, "")),
        "refuse",
        "a formula whose result was not saved",
    ),
    (
        "a formula",
        amount(
            lambda sheet, row, column, book: sheet.write_formula(
                row, column, "=6*20000000", None, 120_000_000
            )
        ),
        "warn",
        "the cell has a formula; the result saved with it was used",
    ),
    (
        "an amount turned into a date",
        formatted(39_814, "dd/mm/yyyy"),
        "refuse",
        "the amount is formatted as a date ('2009-01-01')",
    ),
    (
        "TRUE",
        amount(lambda sheet, row, column, book: sheet.write_boolean(row, column, True)),
        "refuse",
        "true or false, not a number",
    ),
    ("shown in thousands", formatted(120_000_000, "#,##0,"), "ask", "formatted to show thousands"),
    ("no year", without("Year"), "ask", "Year is blank"),
    ("text turned round", cells(Note="abc\u202edef"), "warn", "invisible characters were removed"),
    ("a novel", cells(Note="x" * 6000), "warn", "the text has more than 5,000 characters"),
    (
        "an estimate of nobody's replaced",
        headed([*HEADINGS, "Replaces"], [*line(), "circus"]),
        "refuse",
        "'circus' is not a body",
    ),
    (
        "a decision without a reason",
        decided("what,choice,decided_by,date,reason\nx,count,analyst,2009-10-01,\n"),
        "refuse",
        "a cell is blank, or there is one too many",
    ),
    (
        "a decision without a date",
        decided("what,choice,decided_by,date,reason\nx,count,analyst,soon,why\n"),
        "refuse",
        "the date is not written as 2009-10-31",
    ),
    (
        "decisions with other headings",
        decided("question,answer\n"),
        "refuse",
        "its columns must be what, choice, decided_by",
    ),
    (
        "a decision about nothing",
        decided("what,choice,decided_by,date,reason\nx,count,analyst,2009-10-01,why\n"),
        "warn",
        "the decision 'x' does not answer any current question",
    ),
    (
        "a mapping to no code",
        mapped(
            "sector,service,cofog,decided_by,date,reason\ncouncil,x,9.1,analyst,2009-10-01,why\n"
        ),
        "refuse",
        "'9.1' is neither a COFOG code nor 'not classified'",
    ),
    (
        "a mapping of no sector",
        mapped(
            "sector,service,cofog,decided_by,date,reason\ncircus,x,09.1,analyst,2009-10-01,why\n"
        ),
        "refuse",
        "'circus' is not a sector",
    ),
    *(wrong_cells(row) for row in CELLS.strip().split("\n")),
]

SEEN = set()
ELSEWHERE = {"bomb", "too-large", "cannot-open"}  # test_intake


@pytest.mark.parametrize(
    ("send", "action", "words"), [case[1:] for case in CASES], ids=[case[0] for case in CASES]
)
def test_a_fault_gets_its_action_in_these_words(inbox, send, action, words):
    send()
    read = sending.read()
    found = [(one.action, str(one)) for one in read.issues]
    SEEN.update(one.case for one in read.issues)
    assert any(action == its and words in message for its, message in found), found
    assert read.ready == (action == "warn" and not any(one.open for one in read.issues))
    assert (
        read.sums["total"] == read.sums["accepted"] + read.sums["asked"] + read.sums["refused"]
    ).all()


def test_every_case_of_the_table_has_an_example(partners, request):
    if request.session.testscollected < len(CASES):
        pytest.skip("only with all the examples")
    assert set(reference.read("return_cases")["case"]) - SEEN == ELSEWHERE
