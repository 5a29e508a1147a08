"""The tables of a report as files: CSV, dictionary and workbook; text is text whatever it begins with."""

import csv
import shutil
import subprocess
import zipfile

import openpyxl
import pandas as pd
import pytest

from tests.report.test_board import VECTORS
from tests.tables import table
from totalplace import reference, report
from totalplace.errors import InputError
from totalplace.report import csv_files, workbook
from totalplace.sheet_names import sheet_names

PAGE = report.Page("Croydon", "2008-09")


def facts(shown):
    """What a notebook keeps of a thing shown."""
    return shown._repr_mimebundle_()[report.MIME]


def divisions(text="Health"):
    """A table of two amounts, the first named by hostile text."""
    frame = table(
        "division function pence\n07 health 12345678901\n09 education 98765432109"
    ).assign(function=[text, "Education"])
    return facts(
        PAGE.table(frame, "Adds up", {"pence": ["£m", "%"]}, total="Total", name="divisions")
    )


def printed(*shown):
    return {"high_level_count": ("High level count", list(shown))}


def written(folder, *shown):
    path = folder / "croydon-2008-09.xlsx"
    workbook.write_workbook(path, "Total Place", "Croydon, 2008-09", printed(*shown))
    return path


def test_a_cell_holds_its_amount_to_the_penny_and_shows_millions(tmp_path):
    sheet = openpyxl.load_workbook(written(tmp_path, divisions()))["divisions"]
    assert [cell.value for cell in sheet[5]] == ["Division", "Function", "£m"]
    amounts = [sheet.cell(row, 3).value for row in (6, 7, 8)]
    assert [round(amount * 100_000_000) for amount in amounts] == [
        12345678901,
        98765432109,
        111111111010,
    ]
    assert {sheet.cell(row, 3).number_format for row in (6, 7, 8)} == {"#,##0.0"}
    assert sheet["A8"].value == "Total"
    assert sheet["A6"].value == "07"


def test_each_kind_of_figure_has_its_unit_and_its_own_format(tmp_path):
    frame = table("age population pence share\na 1000 250 0.5").rename(
        columns={"population": "children"}
    )
    shown = facts(
        PAGE.table(
            frame, "x", {"children": "people", "pence": "£", "share": "fraction"}, name="per-child"
        )
    )
    sheet = openpyxl.load_workbook(written(tmp_path, shown))["per-child"]
    assert [cell.value for cell in sheet[5]] == ["Age", "Children, number", "£", "Share"]
    assert [cell.value for cell in sheet[6]] == ["a", 1000, 2.5, 0.5]
    assert [cell.number_format for cell in sheet[6]][1:] == ["#,##0", "#,##0.00", "0.0%"]


def test_the_contents_come_first_and_lead_to_each_sheet_and_back(tmp_path):
    other = facts(PAGE.cards({"spent": "£1.0m"}))
    book = openpyxl.load_workbook(written(tmp_path, divisions(), other))
    assert book.sheetnames == ["Contents", "divisions", "headline-figures"]
    links = [cell.hyperlink.location for row in book["Contents"] for cell in row if cell.hyperlink]
    assert links == ["'divisions'!A1", "'headline-figures'!A1"]
    assert book["divisions"]["A3"].hyperlink.location == "'Contents'!A1"


def test_long_names_make_short_sheet_names_no_two_alike():
    names = sheet_names(["a" * 40, "a" * 39, "a" * 31, "contents", "[b]/'c'", ""], ["Contents"])
    assert all(1 <= len(name) <= 31 for name in names)
    assert len({name.lower() for name in [*names, "Contents"]}) == 7
    assert names[4:] == ["b   c", "Sheet"]


def test_each_range_is_a_table_with_filters_and_the_total_is_beneath_it(tmp_path):
    sheet = openpyxl.load_workbook(written(tmp_path, divisions()))["divisions"]
    (range_,) = sheet.tables.values()
    assert (range_.name, range_.ref) == ("table_divisions", "A5:C7")
    assert range_.autoFilter.ref == "A5:C7"
    assert [column.name for column in range_.tableColumns] == [cell.value for cell in sheet[5]]
    assert [cell.value for cell in sheet[8]][::2] == ["Total", 1111.1111101]


def test_headings_that_excel_cannot_have_are_mended_and_stay_apart(tmp_path):
    heads = ["x" * 300, "X" * 260, "_x0041_", "two\nlines", "'[a]#", "=1+1", "a", "A"]
    frame = pd.DataFrame([range(len(heads))], columns=heads)
    shown = facts(PAGE.table(frame, "x", dict.fromkeys(heads, "count"), name="heads"))
    sheet = openpyxl.load_workbook(written(tmp_path, shown))["heads"]
    (range_,) = sheet.tables.values()
    names = [column.name for column in range_.tableColumns]
    assert names == [cell.value for cell in sheet[5]]
    assert len({name.lower() for name in names}) == len(heads)
    assert max(map(len, names)) <= 255
    assert not [name for name in names if "_x0041_" in name]


def test_a_table_with_no_rows_is_a_range_all_the_same(tmp_path):
    shown = facts(
        PAGE.table(table("a pence").astype({"pence": "int64"}), "x", {"pence": "£m"}, name="none")
    )
    sheet = openpyxl.load_workbook(written(tmp_path, shown))["none"]
    assert [range_.ref for range_ in sheet.tables.values()] == ["A5:B6"]
    assert sheet["A6"].value == "There are no rows."


def test_what_has_no_rows_is_called_as_on_its_page_in_workbook_and_index(tmp_path):
    none = table("a pence").astype({"pence": "int64"})
    given = {"note": "n", "empty": "No payment is shown.", "name": "none"}
    shown = facts(PAGE.table(none, "The largest payment", {"pence": "£m"}, **given))
    assert (shown["caption"], shown["note"]) == ("No payment is shown.", "")
    book = openpyxl.load_workbook(written(tmp_path, shown))
    assert book["none"]["A1"].value == "No payment is shown."
    assert "No payment is shown." in [cell.value for cell in book["Contents"]["B"]]


def test_the_same_tables_give_the_same_workbook(tmp_path):
    (tmp_path / "b").mkdir()
    assert (
        written(tmp_path, divisions()).read_bytes()
        == written(tmp_path / "b", divisions()).read_bytes()
    )


@pytest.mark.parametrize("text", VECTORS)
def test_hostile_text_is_text_in_the_workbook_never_run(tmp_path, text):
    path = written(tmp_path, divisions(text))
    cell = openpyxl.load_workbook(path)["divisions"]["B6"]
    assert cell.data_type == "s"
    assert cell.value == report.words.clean(text)
    assert cell.hyperlink is None
    with zipfile.ZipFile(path) as parts:
        sheet = parts.read("xl/worksheets/sheet2.xml").decode()
    assert "<f>" not in sheet
    assert "externalLink" not in "".join(parts.namelist())


@pytest.mark.parametrize("text", VECTORS)
def test_hostile_text_is_text_in_a_csv(tmp_path, text):
    path = csv_files.write_csv(divisions(text), tmp_path)
    with open(path, encoding="utf-8", newline="") as file:
        cell = list(csv.reader(file))[1][1]
    assert cell.removeprefix("'") == report.words.clean(text).removeprefix("'")
    assert cell[:1] not in ("=", "+", "-", "@", "\t", "\r")


def test_text_longer_than_a_cell_is_cut_aloud(tmp_path):
    cell = openpyxl.load_workbook(written(tmp_path, divisions("x" * 40_000)))["divisions"][
        "B6"
    ].value
    assert len(cell) < 32_767
    assert "the CSV file has it all" in cell


def test_libreoffice_opens_the_workbook_with_every_sheet(tmp_path):
    if not shutil.which("soffice"):
        pytest.skip("LibreOffice is not installed: the workbook was NOT opened in it")
    path = written(tmp_path, divisions("=1+1"))
    home = f"-env:UserInstallation=file://{tmp_path}/profile"
    into = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,false,false,false,-1"
    subprocess.run(
        ["soffice", home, "--headless", "--convert-to", into, "--outdir", tmp_path, path],
        check=True,
        timeout=120,
        capture_output=True,
    )
    rows = list(
        csv.reader(
            (tmp_path / "croydon-2008-09-divisions.csv").read_text(encoding="utf-8").splitlines()
        )
    )
    assert rows[5] == ["07", "=1+1", "123.45678901"]
    assert rows[7] == ["Total", "", "1111.1111101"]
    assert (tmp_path / "croydon-2008-09-Contents.csv").is_file()


def test_the_dictionary_says_of_every_column_what_it_is_and_its_unit(tmp_path):
    csv_files.write_dictionary([divisions()], tmp_path)
    with open(tmp_path / "dictionary.csv", encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    assert rows[0] == ["file", "column", "meaning", "unit"]
    assert [row[:2] for row in rows[1:]] == [
        ["divisions.csv", column] for column in ("division", "function", "pence")
    ]
    assert rows[3] == [
        "divisions.csv",
        "pence",
        "gross expenditure of the year, current and capital",
        "pence",
    ]


def test_a_column_with_no_description_is_refused():
    shown = facts(PAGE.table(table("plaice pence\na 1"), "x", {"pence": "£m"}, name="fish"))
    with pytest.raises(
        InputError, match=r"report_columns.csv has no column 'plaice' of the table 'fish'"
    ):
        csv_files.dictionary([shown])


def test_columns_named_after_what_is_in_them_are_described_together():
    shown = facts(
        PAGE.table(
            table("payer x\na 1").astype({"x": "int64"}),
            "x",
            {"x": "£m"},
            name="before-and-after-three",
        )
    )
    assert csv_files.dictionary([shown])[1][2].startswith("what is paid before the third birthday")


def test_two_tables_of_one_name_are_refused():
    with pytest.raises(
        InputError, match=r"high_level_count and deep_dive show a table 'divisions'"
    ):
        csv_files.check_names({**printed(divisions()), "deep_dive": ("Deep dive", [divisions()])})


def test_a_table_that_can_be_followed_names_its_ledger():
    rows = reference.read("report_columns")
    assert set(rows["ledger"]) <= {"", "count", "theme", "flows"}
    assert ((rows["ledger"] == "") == (rows["ledger_column"] == "")).all()
    assert (rows.groupby("table")["ledger"].agg(lambda names: len(set(names) - {""})) <= 1).all()
