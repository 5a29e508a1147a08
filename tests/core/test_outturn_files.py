"""Readers of revenue and capital outturn: small sheets with every trap of the published ones."""

import pandas as pd
import pytest

from totalplace.errors import InputError
from totalplace.reference_build import outturn_files, outturn_tables

LABELS = pd.DataFrame(
    [
        ("revenue", "education services", "education"),
        ("revenue", "parish precepts", "parish_precepts"),
        ("revenue", "net current expenditure", "net_current"),
        ("revenue", "police grant", "police_grant"),
        ("capital", "education", "capital_education"),
        ("capital", "housing", "capital_housing"),
        ("capital", "total expenditure income accruals", "capital_total"),
    ],
    columns=["account", "label", "service"],
)
HEADING = ["E-code", "ONS Code", "Local authority", "Class", "Education services"]
HEADING += ["Parish  Precepts (+/-)", "NET CURRENT EXPENDITURE(TOTAL OF LINES 699to748)"]
HEADING += ["Police grant", "Education services"]


@pytest.fixture
def read(tmp_path):
    """A sheet of cells as the reader reads it: read(account, row, ...)."""

    def read_sheet(account, *rows):
        path = tmp_path / "return.xlsx"
        wide = max(map(len, rows))
        cells = [[*row, *[""] * (wide - len(row))] for row in rows]
        pd.DataFrame(cells).to_excel(path, sheet_name="RS", header=False, index=False)
        return outturn_files.read_return(path, "RS", account, LABELS)

    return read_sheet


def revenue(read, *rows, heading=HEADING):
    england = ["", "", "ENGLAND", "", 30, 3, 33, "[n]", 99]
    return read("revenue", ["Title"], heading, [""], *rows, england)


def test_a_figure_is_pence_of_its_authority_and_a_mark_is_not_given(read):
    adur = ["E3831", "E07000223", "Adur (e)", "SD", 10.5, "…", 10.5, 0, 77]
    table = revenue(read, adur)
    assert table[table["code"] == "E3831"]["name"].unique().tolist() == ["Adur"]
    rows = table[table["code"] == "E3831"].set_index("service")
    assert rows["pence"].to_dict() == {
        "education": 1_050_000,
        "parish_precepts": 0,
        "net_current": 1_050_000,
        "police_grant": 0,
    }
    assert rows["mark"].to_dict() == {
        "education": "",
        "parish_precepts": "…",
        "net_current": "",
        "police_grant": "",
    }


def test_england_has_its_own_rows_and_a_note_there_is_a_mark(read):
    table = revenue(read, ["E3831", "E07000223", "Adur", "SD", 1, 1, 1, 1, 1])
    england = table[table["code"] == ""].set_index("service")
    assert england["pence"]["net_current"] == 3_300_000
    assert england["mark"]["police_grant"] == "[n]"


def test_an_authority_that_stands_twice_is_read_once(read):
    rows = [["E5100", "E12000007", "Greater London Authority", "O", n, 0, n, 0, 0] for n in (5, 6)]
    table = revenue(read, *rows)
    assert table[(table["code"] == "E5100") & (table["service"] == "education")][
        "pence"
    ].tolist() == [500_000]


def test_a_heading_that_no_label_knows_is_named(read):
    heading = [*HEADING[:5], "Court services", *HEADING[6:]]
    with pytest.raises(InputError, match="no label 'court services': add its row"):
        revenue(read, ["E3831", "E07000223", "Adur", "SD", 1, 1, 1, 1, 1], heading=heading)


def test_a_cell_that_is_neither_figure_nor_mark_is_named(read):
    with pytest.raises(InputError, match="Adur, education: 'ten' is not a figure"):
        revenue(read, ["E3831", "E07000223", "Adur", "SD", "ten", 1, 1, 1, 1])


def test_a_sheet_that_is_not_there_names_those_that_are(tmp_path):
    path = tmp_path / "return.xlsx"
    pd.DataFrame([["x"]]).to_excel(path, sheet_name="RS", index=False)
    with pytest.raises(InputError, match=r"no sheet 'COR4'. It has RS"):
        outturn_files.read_return(path, "COR4", "capital", LABELS)


def test_capital_is_the_total_column_of_each_services_block(read):
    top = ["", "", "Education (line 6)", "", "", "Housing (5)", "", ""]
    top += ["TOTAL EXPENDITURE/INCOME (ACCRUALS) (lines 1 to 11)", "", ""]
    block = ["Spending", "Total Capital Expenditure (cols 1+2)", "Total Capital Receipts"]
    rows = [["E3831", "Adur", *range(1, 10)], ["", "England", *range(9)]]
    rows = [[*row[:2], "SD", *row[2:]] for row in rows]
    heads = [[*row[:2], "", *row[2:]] for row in (top, ["Ecode", "LA Name", *block * 3])]
    table = read("capital", *heads, *rows)
    adur = table[table["code"] == "E3831"].set_index("service")["pence"]
    assert adur.to_dict() == {
        "capital_education": 200_000,
        "capital_housing": 500_000,
        "capital_total": 800_000,
    }


@pytest.mark.parametrize(
    ("heading", "words"),
    [
        ("TOTAL SERVICE EXPENDITURE (TOTAL OF LINES 190 to 698)", "total service expenditure"),
        ("Housing benefits: rent rebates to HRA tenants-mandatory pay", "rent rebates to hra"),
        ("Retained income from Rate Retention Scheme [Note 11]", "rate retention scheme"),
        ("Fire Service and Civil Defence (line 42)", "fire service and civil defence"),
    ],
)
def test_a_heading_is_compared_by_its_words_alone(heading, words):
    assert words in outturn_files.plain(heading)
    assert "line" not in outturn_files.plain(heading)


def test_a_correction_of_a_code_that_is_not_there_is_refused():
    returns = pd.DataFrame({"year": ["2016-17"], "account": ["revenue"], "code": ["E6354"]})
    correction = pd.DataFrame(
        [("2016-17", "revenue", "E6354", "E6355")], columns=["year", "account", "code", "authority"]
    )
    assert outturn_tables.with_authority(returns, correction)["authority"].tolist() == ["E6355"]
    with pytest.raises(InputError, match="not in the return of its year"):
        outturn_tables.with_authority(returns, correction.assign(year="2015-16"))


def test_a_year_between_two_returns_without_a_row_is_missing():
    returns = pd.DataFrame(
        [("2008-09", "E1"), ("2010-11", "E1"), ("2009-10", "E2"), ("2010-11", "E2")],
        columns=["year", "authority"],
    ).assign(account="revenue", mark="", service="net_current")
    table = outturn_tables.missing(returns)
    assert table[["year", "authority", "mark"]].values.tolist() == [["2009-10", "E1", "no row"]]
    assert "not in the publication" in table["reason"][0]
