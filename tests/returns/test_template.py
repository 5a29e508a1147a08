"""The workbook that partners fill in."""

import shutil
import subprocess
import zipfile

import openpyxl
import pytest

from tests.sending import folder, national_estimate, read, templates
from totalplace import estimate, places, reference
from totalplace.errors import InputError
from totalplace.returns import plausibility, template


def fill(path, **control):
    """Fill in a template as a partner would: every amount a penny more, outturn, a source of its own."""
    book = openpyxl.load_workbook(path)
    sheet = book["Return"]
    total = 0
    for row in range(7, sheet.max_row + 1):
        if sheet.cell(row, 2).value:
            sheet.cell(row, 5).value = "outturn"
            amount = round(sheet.cell(row, 11).value + 0.01, 2)
            sheet.cell(row, 11).value = amount
            sheet.cell(row, 18).value = "general ledger"
            total += round(amount * 100)
    sheet["B3"] = total / 100
    book.save(path)
    return total


def through_libreoffice(path, into):
    """The workbook as LibreOffice opens it and writes it again."""
    into.mkdir()
    profile = f"-env:UserInstallation=file://{into}/profile"
    command = [
        "soffice",
        profile,
        "--headless",
        "--convert-to",
        "xlsx",
        "--outdir",
        str(into),
        str(path),
    ]
    subprocess.run(command, check=True, capture_output=True, timeout=180)
    return into / path.name


def test_one_workbook_a_body_prefilled_with_our_estimate(partners, tmp_path):
    (path,) = templates("council", tmp_path)
    book = openpyxl.load_workbook(path, data_only=True)
    assert book.sheetnames == ["Read me", "Return", "Lists"]
    assert book["Lists"].sheet_state == "hidden"
    sheet = book["Return"]
    columns = reference.read("return_columns").query("column != 'supersedes'")
    headings = [cell.value.removesuffix(" *") for cell in sheet[6] if cell.value]
    assert headings == columns["heading"].tolist()
    ours = plausibility.by_function(national_estimate())["council"]
    amounts = [
        sheet.cell(row, 11).value
        for row in range(7, sheet.max_row + 1)
        if sheet.cell(row, 11).value is not None
    ]
    assert sum(round(amount * 100) for amount in amounts) == ours.sum()
    assert sheet["B4"].value == pytest.approx(ours.sum() / 100)
    assert {sheet.cell(row, 5).value for row in range(7, 7 + len(amounts))} == {None}


def test_headings_are_protected_and_cells_may_be_chosen_from_lists(partners, tmp_path):
    (path,) = templates("nhs", tmp_path)
    sheet = openpyxl.load_workbook(path)["Return"]
    assert sheet.protection.sheet
    assert sheet["A6"].protection.locked
    assert not sheet["A7"].protection.locked
    listed = {
        str(rule.sqref).split(":")[0].rstrip("0123456789")
        for rule in sheet.data_validations.dataValidation
        if rule.type == "list"
    }
    assert listed == set("ACDEFGHIJLMN")


def test_without_a_body_each_body_with_money_in_the_place_gets_one(partners, tmp_path, monkeypatch):
    monkeypatch.setattr(template, "limit", lambda name: 1)  # empty rows are not the point here
    paths = templates(None, tmp_path)
    bodies = national_estimate()["body"].nunique()
    assert len(paths) == bodies > 50
    assert all(zipfile.is_zipfile(path) for path in paths)


def test_the_same_template_is_the_same_bytes(partners, tmp_path):
    (first,) = templates("fire", tmp_path / "a")
    (second,) = templates("fire", tmp_path / "b")
    assert first.read_bytes() == second.read_bytes()


def test_an_unknown_body_is_refused_with_the_nearest(partners, tmp_path):
    with pytest.raises(InputError, match=r"no body called 'polise'. The nearest known: police"):
        templates("polise", tmp_path)


def test_a_template_that_was_filled_in_is_ready(inbox):
    (path,) = templates("council", folder())
    total = fill(path)
    result = read()
    assert result.ready, [str(one) for one in result.issues if one.open]
    assert result.lines["pence"].sum() == total


@pytest.mark.skipif(
    shutil.which("soffice") is None, reason="LibreOffice is not here: nothing to go through"
)
def test_a_template_goes_through_libreoffice_and_is_read_the_same(inbox, tmp_path):
    (path,) = templates("council", tmp_path)
    total = fill(path)
    shutil.copy(through_libreoffice(path, tmp_path / "office"), inbox)
    result = read()
    assert result.ready, [str(one) for one in result.issues if one.open]
    assert result.lines["pence"].sum() == total
    sheet = openpyxl.load_workbook(inbox / path.name)["Return"]
    assert sheet.protection.sheet
    assert len(sheet.data_validations.dataValidation) >= 12


@pytest.mark.skipif(
    shutil.which("soffice") is None, reason="LibreOffice is not here: nothing to go through"
)
def test_an_untouched_template_is_noticed_after_libreoffice_too(inbox, tmp_path):
    (path,) = templates("police", tmp_path)
    shutil.copy(through_libreoffice(path, tmp_path / "office"), inbox)
    result = read()
    assert result.questions["problem"].tolist() == ["this is our own estimate, unchanged"]
    assert len(result.lines) == 0


def test_a_body_is_asked_for_by_its_name_as_pages_print_it_too(partners, tmp_path):
    here = places.place("croydon")
    estimated = estimate.first_count(here, "2008-09")
    paths = [
        template.write_templates(here, "2008-09", body, estimated, tmp_path / body)
        for body in ("council", "Councils")
    ]
    assert [path.name for (path,) in paths] == ["croydon_2008-09_council.xlsx"] * 2
