"""Returns read whole: nothing lost, whatever is sent, decided or shuffled."""

import random
import shutil
from decimal import Decimal

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.sending import HEADINGS, decide, line, read, send_csv, send_xlsx, text_of
from totalplace import places, returns
from totalplace.errors import InputError
from totalplace.returns import annotated_copy
from totalplace.returns.columns import Columns
from totalplace.returns.decisions import Answers
from totalplace.returns.lines import check_line, read_line
from totalplace.returns.sheet_tables import Row, Table
from totalplace.returns.xlsx import read_workbook

YEAR = "2008-09"
SERVICES = [
    "Primary schools",
    "Libraries",
    "Education services",
    "Social care",
    "Widget stewardship",
    "Fostering",
]
GENERATED = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def case_of(read_, case):
    return [one for one in read_.issues if one.case == case]


AMOUNTS = [
    ("120,000,000.10", 12_000_000_010),
    ("£1,234", 123_400),
    ("0.1", 10),
    ("0.20", 20),
    ("987654.32", 98_765_432),
]


def test_a_good_return_is_its_total_to_the_penny(inbox):
    send_csv(
        *(line(Amount=text, Note=text) for text, _ in AMOUNTS),
        line(Amount="(12.34)", Expenditure_or_income="income"),
        line(Amount="1.23456", Unit="£m", Service="Libraries"),
        line(Amount="-0.001", Unit="£k", Expenditure_or_income="income"),
    )
    result = read()
    expected = sum(pence for _, pence in AMOUNTS) - 1_234 + 123_456_000 - 100
    assert result.ready, [str(one) for one in result.issues]
    assert result.lines["pence"].sum() == expected
    assert result.sums[["total", "accepted", "counted"]].iloc[0].tolist() == [expected] * 3


def test_each_line_says_where_it_is_from_and_what_it_is(inbox):
    send_xlsx(
        line(
            Amount=1_000_000.5,
            Service="Health visiting",
            Body="NHS Croydon",
            Year="2007/08",
            Age_from="-1",
            Age_to="4",
            Children="1,200",
            Area_covered="London",
            Share_by="children of age 0",
            Payee="Councils",
            Confidential="Y",
        ),
        above=[["Croydon"], []],
    )
    row = read().lines.iloc[0]
    assert row[["file", "sheet", "row", "cell"]].tolist() == ["return.xlsx", "Return", 4, "K4"]
    assert row[["body", "body_sent", "service", "cofog", "year"]].tolist() == [
        "nhs",
        "NHS Croydon",
        "Health visiting",
        "07.4",
        "2007-08",
    ]
    assert row[["status", "economic", "flow", "payee"]].tolist() == [
        "outturn",
        "current",
        "expenditure",
        "council",
    ]
    assert row[["footprint", "driver", "pence", "unit", "confidential"]].tolist() == [
        "London",
        "age_0",
        100_000_050,
        "£",
        "yes",
    ]
    assert row[["age_from", "age_to", "children", "action"]].tolist() == [-1, 4, 1_200, "warn"]


def test_headings_may_be_in_any_order_case_and_spacing_under_titles(inbox):
    order = list(range(len(HEADINGS)))
    random.Random(1).shuffle(order)
    odd = [["  {} ", "{}:", "{} *"][place % 3].format(HEADINGS[place].upper()) for place in order]
    send_csv(
        [line()[place] for place in order],
        headings=odd,
        above=[["Croydon Council"], [], ["Return for the count"]],
    )
    assert read().lines["pence"].tolist() == [12_000_000_000]


def test_trailing_commas_move_no_column(inbox):
    send_csv([*line(), "", ""], [*line(Service="Libraries", Amount="5000000"), ""])
    result = read()
    assert result.ready
    assert result.lines["pence"].tolist() == [12_000_000_000, 500_000_000]


def test_lines_that_differ_in_a_column_of_ones_own_are_not_equal(inbox):
    send_csv([*line(), "A1"], [*line(), "A2"], headings=[*HEADINGS, "Cost centre"])
    assert not case_of(read(), "duplicate")


def test_an_empty_folder_has_no_lines_and_is_ready(inbox):
    result = read()
    assert result.ready
    assert len(result.lines) == 0
    assert list(result.lines) == returns.COLUMNS


def test_an_unknown_place_or_year_is_refused(partners):
    with pytest.raises(InputError, match="no place called 'croydn'"):
        returns.read_returns("croydn", YEAR, None)
    with pytest.raises(InputError, match="no figures of the year '1999-00'"):
        read(year="1999-00")


WILD = st.one_of(
    st.decimals(-(10**9), 10**9, places=2).map(str),
    st.decimals(0, 10**6, places=4).map(str),
    st.sampled_from(
        ["TBC", "", "nil", "1,234", "(5)", "<5", "12%", "£7k", "1.2E+3", "=1+1", "-", "9" * 14]
    ),
    st.text(max_size=8),
)
LINES = st.lists(
    st.builds(
        lambda amount, service, unit, flow, year, body, note: line(
            Amount=amount,
            Service=service,
            Unit=unit,
            Expenditure_or_income=flow,
            Year=year,
            Body=body,
            Note=note,
        ),
        WILD,
        st.one_of(st.sampled_from([*SERVICES, "Total", "of which: x"]), st.text(max_size=10)),
        st.sampled_from(["£", "£k", "£m", "", "$"]),
        st.sampled_from(["expenditure", "income", "net", ""]),
        st.sampled_from([YEAR, "2007/8", "2009", "?"]),
        st.sampled_from(["Councils", "NHS Croydon", "Leeds City Council", "nobody"]),
        st.text(max_size=12),
    ),
    min_size=1,
    max_size=25,
)


@GENERATED
@given(lines=LINES)
def test_whatever_is_sent_accepted_asked_and_refused_add_to_the_sheet(inbox, lines):
    send_csv(*lines)
    result = read()
    sums = result.sums[["total", "accepted", "asked", "refused", "counted"]].sum()
    assert sums["total"] == sums["accepted"] + sums["asked"] + sums["refused"]
    assert sums["counted"] == result.lines["pence"].sum()
    if len(result.lines):
        assert (
            result.lines.groupby(["file", "sheet", "row"])["cofog_share"].sum().sub(1).abs().max()
            < 1e-9
        )


CLEAN = st.lists(
    st.tuples(
        st.integers(10**9 + 1, 10**12),
        st.sampled_from(SERVICES),
        st.sampled_from(["current", "capital"]),
    ),
    min_size=1,
    max_size=30,
    unique_by=lambda row: row[0],
)


@GENERATED
@given(rows=CLEAN, seed=st.integers(0, 99))
def test_every_penny_of_good_lines_is_counted_in_any_order_of_rows_and_files(inbox, rows, seed):
    lines = [
        line(
            Amount=f"{pence / 100:.2f}",
            Service=service,
            Current_or_capital=economic,
            Note=f"{pence}",
        )
        for pence, service, economic in rows
    ]
    results = []
    for shuffle in (None, random.Random(seed)):
        for old in inbox.iterdir():
            old.unlink()
        cut = len(lines) if shuffle is None else shuffle.randrange(len(lines) + 1)
        if shuffle:
            shuffle.shuffle(lines)
        for name, part in (("b.csv", lines[:cut]), ("a.csv", lines[cut:])):
            if part:
                send_csv(*part, name=name)
        results.append(read())
    for result in results:
        if any(case_of(result, case) for case in ("total-silent", "scale", "second-version")):
            return  # a coincidence of sums depends on what is above, a size or a likeness on what is in the file
        assert result.lines["pence"].sum() == sum(pence for pence, *_ in rows)
    key = ["service", "economic", "cofog", "note"]
    first, second = (result.lines.groupby(key)["pence"].sum() for result in results)
    assert first.equals(second)


def test_the_order_of_files_changes_nothing(inbox):
    files = {
        "a.csv": [line(), line(Service="Libraries", Amount="5000000")],
        "b.csv": [line(Amount="120000001")],
        "c.csv": [line()],
    }
    found = []
    for names in (list(files), list(files)[::-1]):
        shutil.rmtree(inbox)
        for name in names:
            send_csv(*files[name], name=name)
        found.append([str(one) for one in read().issues])
    assert found[0] == found[1]


@pytest.mark.parametrize(
    ("case", "changes", "choice", "counted"),
    [
        ("blank", {"Status": ""}, "outturn", 12_000_000_000),
        ("blank", {"Year": ""}, "2008/09", 12_000_000_000),
        ("blank", {"Unit": ""}, "£", 12_000_000_000),
        ("amount-about", {"Amount": "c. 120m"}, "120,000,000", 12_000_000_000),
        ("amount-blank", {"Amount": ""}, "leave out", 0),
        ("amount-decimal-comma", {"Amount": "12.345"}, "12345", 1_234_500),
        (
            "income-positive",
            {"Expenditure or income": "income"},
            "income: change the sign",
            -12_000_000_000,
        ),
        ("income-positive", {"Expenditure or income": "income"}, "expenditure", 12_000_000_000),
        ("expenditure-negative", {"Amount": "-5"}, "count", -500),
        (
            "service-net",
            {"Service": "Primary schools (net)", "COFOG": "09.1"},
            "count",
            12_000_000_000,
        ),
        ("body-unknown", {"Body": "Education Dept"}, "Councils", 12_000_000_000),
        ("body-elsewhere", {"Body": "Leeds City Council"}, "leave out", 0),
        ("year-single", {"Year": "2009"}, "2008-09", 12_000_000_000),
        ("status-forecast", {"Status": "forecast"}, "budget", 12_000_000_000),
        ("driver-blank", {"Area covered": "London"}, "population", 12_000_000_000),
        ("yes-no", {"Ring-fenced": "partly"}, "no", 12_000_000_000),
        ("age-order", {"Age from": "7", "Age to": "0"}, "9", 12_000_000_000),
        ("children-unknown", {"Children": "many"}, "100", 12_000_000_000),
        ("payee-near", {"Payee": "Polise authorities and forces"}, "police", 12_000_000_000),
    ],
)
def test_a_question_is_answered_by_a_row_of_decisions(inbox, case, changes, choice, counted):
    send_csv(line(**changes))
    (question,) = case_of(read(), case)
    assert question.open
    decide((question.what, choice))
    result = read()
    assert result.ready, [str(one) for one in result.issues]
    assert result.lines["pence"].sum() == counted
    (decision,) = result.decisions.to_dict("records")
    assert decision["what"] == question.what
    assert decision["problem"] == question.problem
    assert decision["reason"] == "asked the partner"


def test_what_a_decision_changes_is_shown_between_accepted_and_counted(inbox):
    send_csv(line(Amount="120000", Unit=""))
    (question,) = case_of(read(), "blank")
    decide((question.what, "£k"))
    sums = read().sums.iloc[0]
    assert sums[["total", "accepted", "changed", "counted"]].tolist() == [
        12_000_000,
        12_000_000,
        11_988_000_000,
        12_000_000_000,
    ]


def test_what_a_decision_leaves_out_is_in_refused_and_shown(inbox):
    send_csv(line(), line(), line(Service="Libraries", Amount="17000001"))
    (question,) = case_of(read(), "duplicate")
    decide((question.what, "leave out"))
    sums = read().sums.iloc[0]
    assert sums[["total", "accepted", "asked", "refused", "left_out"]].tolist() == [
        25_700_000_100,
        13_700_000_100,
        0,
        12_000_000_000,
        12_000_000_000,
    ]


def test_a_line_that_changes_is_asked_about_again(inbox):
    send_csv(line(Status=""))
    (question,) = case_of(read(), "blank")
    decide((question.what, "outturn"))
    send_csv(line(Status="", Amount="120000001"))
    result = read()
    assert not result.ready
    assert case_of(result, "decision-idle")


def test_three_hundred_blank_cells_are_one_question(inbox):
    send_csv(
        *(
            line(Status="", Amount=f"{1_000_000 + place * 7919}", Note=f"{place}")
            for place in range(300)
        )
    )
    (question,) = case_of(read(), "blank")
    assert len(question.rows) == 300
    assert "cells E2, E3, E4, E5, E6 and 295 more" in str(question)


def test_a_choice_that_is_not_offered_is_refused(inbox):
    send_csv(line(Status=""))
    (question,) = case_of(read(), "blank")
    decide((question.what, "perhaps"))
    result = read()
    assert not result.ready
    assert "'perhaps' is not a choice for" in result.faults["problem"].iloc[0]


def test_one_of_two_versions_is_left_out_by_its_name(inbox):
    send_csv(line(), line(Service="Libraries", Amount="17000001"), name="draft.csv")
    send_csv(
        line(Amount="125000000"), line(Service="Libraries", Amount="17000002"), name="final.csv"
    )
    (question,) = case_of(read(), "second-version")
    assert question.choices == ("count both", "leave out draft.csv", "leave out final.csv")
    decide((question.what, "leave out draft.csv"))
    result = read()
    assert result.ready
    assert result.lines["file"].unique().tolist() == ["final.csv"]
    assert result.lines["pence"].sum() == 14_200_000_200


def test_a_confirmed_service_is_remembered(inbox):
    send_csv(line(Service="Widget stewardship"))
    first = read()
    assert first.lines[["cofog", "cofog_basis", "pence"]].iloc[0].tolist() == [
        "",
        "not classified",
        12_000_000_000,
    ]
    assert first.unclassified[["sector", "service", "pence"]].iloc[0].tolist() == [
        "council",
        "Widget stewardship",
        12_000_000_000,
    ]
    decide(("council", "widget  Stewardship", "04.7"), name="mapping.csv")
    second = read()
    assert second.ready
    assert second.lines[["cofog", "cofog_basis"]].iloc[0].tolist() == [
        "04.7",
        "confirmed in mapping.csv",
    ]


def test_a_service_may_be_confirmed_to_have_no_code(inbox):
    send_csv(line(Service="Widget stewardship"))
    decide(("council", "Widget stewardship", "not classified"), name="mapping.csv")
    result = read()
    assert result.ready
    assert result.lines["cofog"].tolist() == [""]


@pytest.fixture
def add_words(partners):
    """Add rows to return_words.csv, in a process that has read it; afterwards they are gone."""
    path = partners / "data" / "raw" / "reference" / "return_words.csv"
    before = path.read_text(encoding="utf-8")
    yield lambda rows: path.write_text(before + rows, encoding="utf-8")
    path.write_text(before, encoding="utf-8")


def test_a_word_added_to_the_table_is_known_to_the_next_read(inbox, add_words):
    send_csv(line(Status="as incurred", Body="Croydon Corporation", Unit="quid"))
    send_csv(
        line(Amount="1200001"),
        headings=[*HEADINGS[:10], "Amount (quid)", *HEADINGS[11:]],
        name="b.csv",
    )
    before = read()
    assert {one.case for one in before.issues if one.open} >= {"word", "body-unknown", "no-heading"}
    add_words("status,as incurred,outturn,,\nbody,{place} corporation,council,,\nunit,quid,£,,\n")
    after = read()
    assert after.ready, [str(one) for one in after.issues]
    assert after.lines["pence"].sum() == 12_000_000_000 + 120_000_100


def test_a_body_added_to_the_table_is_known_to_the_next_read(inbox, partners):
    send_csv(line(Body="Tramlink"))
    assert case_of(read(), "body-unknown")
    path = partners / "data" / "raw" / "reference" / "bodies.csv"
    before = path.read_text(encoding="utf-8")
    path.write_text(
        before + "tramlink,Tramlink,public corporation,local,tramlink,\n", encoding="utf-8"
    )
    found = case_of(read(), "body-unknown")
    path.write_text(before, encoding="utf-8")
    assert not found


def test_a_line_is_the_same_after_it_has_been_checked(partners):
    row = Row(Table("a.csv", "", 0, {}, {}), 2, {"amount": "5"}, {}, frozenset(), "")
    columns = Columns(places.place("croydon"), YEAR)
    read_ = read_line(row, columns, Answers())
    before = (read_.pence, dict(read_.values), dict(read_.cells))
    assert {problem.case for problem in check_line(read_, columns)} >= {"blank"}
    assert (read_.pence, read_.values, read_.cells) == before


def test_a_partners_text_stays_text_and_the_marked_copy_runs_nothing(inbox):
    hostile = '=HYPERLINK("http://example.org","x")'
    send_csv(line(Note=hostile, Source="<script>alert(1)</script>", Amount="TBC"), name="=cmd.csv")
    result = read()
    assert result.ready is False
    (copy,) = annotated_copy.write_back(result)
    assert copy.parent == inbox.parents[3] / "data" / "processed" / YEAR / "croydon" / "faults"
    sheets, cases = read_workbook(copy.read_bytes())
    assert cases == []
    assert [sheet.name for sheet in sheets] == ["Faults", "Return"]
    assert not any(sheet.formulas for sheet in sheets)
    assert sheets[1].rows[1][-1] == hostile
    assert "'TBC' is not an amount" in str(sheets[0].rows)


def test_the_marked_copy_has_each_fault_at_its_cell(inbox):
    import openpyxl

    send_xlsx(
        line(Amount="TBC", Year="2009"),
        line(Amount=5_000_000, Service="Libraries"),
        above=[["Title"]],
    )
    (copy,) = annotated_copy.write_back(read())
    sheet = openpyxl.load_workbook(copy)["Return"]
    assert sheet["K3"].comment.text.startswith(
        "REFUSE: 'TBC' is not an amount. Please give the amount"
    )
    assert sheet["D3"].comment.text.startswith("ASK: '2009' may be the year")
    assert sheet["K4"].comment is None
    assert sheet["K4"].value == 5_000_000


def test_old_marked_copies_do_not_stay(inbox):
    send_csv(line(Amount="TBC"))
    (copy,) = annotated_copy.write_back(read())
    send_csv(line())
    assert annotated_copy.write_back(read()) == []
    assert not copy.exists()


def test_a_figure_of_a_wider_body_is_brought_down_by_its_driver(inbox):
    send_csv(
        line(
            Body="police",
            Service="Policing",
            Amount="3000000000",
            Area_covered="London",
            Share_by="Population",
        ),
        line(Service="Libraries", Amount="5000000"),
    )
    result = read()
    local = returns.localise_lines(result.lines, result.place, YEAR)
    police, library = local.sort_values("body", ascending=False).to_dict("records")
    assert police["footprint_pence"] == 300_000_000_000
    assert (
        police["area_basis"]
        == "apportioned: population 2009, 352,763 of 7,942,594 people in London"
    )
    assert police["pence"] == round(Decimal(300_000_000_000) * 352_763 / 7_942_594)
    assert (library["pence"], library["footprint_pence"], library["area_share"]) == (
        500_000_000,
        500_000_000,
        1.0,
    )


@settings(GENERATED, max_examples=4)
@given(
    pence=st.integers(-(10**12), 10**12),
    driver=st.sampled_from(["population", "under_16", "revenue_total"]),
)
def test_the_boroughs_parts_of_a_london_figure_add_to_it(partners, pence, driver):
    from totalplace import reference

    lines = pd.DataFrame({"footprint": ["London"], "driver": [driver], "pence": [pence]})
    areas = reference.read("areas").query("region == 'London'")
    parts = [
        returns.localise_lines(lines, places.Place(area.lower(), area, (area,)), YEAR)[
            "pence"
        ].iloc[0]
        for area in areas["area"]
    ]
    assert sum(parts) == pence


def test_a_part_of_the_place_counts_whole_and_a_place_within_it_too(partners):
    lines = pd.DataFrame({"footprint": ["Dover", "Kent", ""], "driver": "", "pence": [5, 7, 9]})
    assert returns.localise_lines(lines, places.place("kent"), YEAR)["pence"].tolist() == [5, 7, 9]


def test_a_row_of_csv_is_named_by_the_row_of_the_spreadsheet(inbox):
    (inbox / "return.csv").write_text(
        text_of([HEADINGS, line(Note="two\nlines"), line(Amount="TBC")]), encoding="utf-8"
    )
    (fault,) = case_of(read(), "amount-missing")
    assert fault.cells == ["K3"]
