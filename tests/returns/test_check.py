"""totalplace template and totalplace check: what they print, and how they end."""

import json

import pytest
from click.testing import CliRunner

from tests.sending import decide, line, read, send_bytes, send_csv
from totalplace import cli
from totalplace.returns import check_report


def run(*words):
    return CliRunner().invoke(cli.main, words)


def test_check_ends_with_0_when_nothing_is_refused_or_unanswered(inbox):
    send_csv(line())
    result = run("check", "croydon")
    assert result.exit_code == 0, result.output
    assert "Ready: nothing is refused and nothing is unanswered." in result.output


def test_check_reports_every_fault_at_once_with_its_remedy_and_the_sums(inbox):
    send_csv(
        line(Amount="TBC"),
        line(Status="", Service="Libraries", Amount="5,000,000"),
        line(Service="Fostering", Amount="9000000"),
    )
    send_bytes(b"x", "accounts.pdf")
    result = run("check", "croydon")
    assert result.exit_code == 1
    assert (
        "return.csv, cell K2: 'TBC' is not an amount. Please give the amount, or delete the line."
        in result.output
    )
    assert "return.csv, cell E3: Status is blank. Please fill it in." in result.output
    assert "£5,000,000.00. To decide, add to decisions.csv, with <status>:" in result.output
    assert "accounts.pdf: a .pdf file cannot be read" in result.output
    sums = [
        word
        for row in result.output.splitlines()
        if row.endswith("all returns")
        for word in row.split()[:5]
    ]
    assert sums == ["14,000,000.00", "9,000,000.00", "5,000,000.00", "0.00", "9,000,000.00"]
    assert "(1 amount could not be read and is in no sum)" in result.output
    assert "not read at all, so in no sum: accounts.pdf" in result.output
    assert "return.csv.faults.xlsx" in result.output


def test_check_for_programs_adds_up_what_became_of_the_lines(inbox):
    send_csv(line(), line(Amount="TBC"), line(Status="", Service="Libraries", Amount="5000000"))
    found = check_report.as_dict(read())
    assert found == json.loads(json.dumps(found))
    assert found["by_action"]["accept"] == {"lines": 1, "pence": 12_000_000_000}
    assert found["by_action"]["ask"] == {"lines": 1, "pence": 500_000_000}
    assert found["by_action"]["refuse"] == {"lines": 1, "pence": 0}
    (question,) = found["asked"]
    assert (question["cells"], question["choices"]) == ("E4", "<status>")
    assert question["what"].startswith("blank return.csv ")


def test_the_row_that_check_prints_answers_the_question(inbox):
    send_csv(line(Status=""))
    printed = next(
        row.strip() for row in run("check", "croydon").output.splitlines() if "<choice>" in row
    )
    what = printed.split(",")[0]
    decide((what, "outturn"))
    result = run("check", "croydon")
    assert result.exit_code == 0
    assert "'outturn', by finance analyst, 2009-10-31: asked the partner" in result.output


def test_a_service_not_classified_is_listed_once_and_is_no_question(inbox):
    send_csv(line(Service="Widgets, large"), line(Service="Gadgets", Status=""))
    result = run("check", "croydon").output
    assert "Questions: left out until they are answered (1)" in result
    assert "Not classified (2): in no division" in result
    assert result.count("Widgets, large: £120,000,000.00. Suggested groups: ") == 1
    assert result.count("'Gadgets' is not in our table") == 1
    assert read().waiting == {"question": 1, "refusal": 0, "service not classified": 2}


def test_an_amount_not_known_is_not_printed_as_nil(inbox):
    send_csv(line(Amount=""), line(Service="Libraries"))
    assert "Amount not known. To decide, add to decisions.csv" in run("check", "croydon").output
    (question,) = check_report.as_dict(read())["asked"]
    assert question["pence"] is None


def test_check_prints_the_row_that_would_confirm_a_service(inbox):
    send_csv(line(Service="Widgets, large"))
    result = run("check", "croydon")
    assert result.exit_code == 1
    assert 'council,"Widgets, large",<cofog>,<role>,<date>,<reason>' in result.output


def test_what_a_partner_writes_cannot_steer_the_terminal(inbox):
    send_csv(line(Amount="\x1b[31mred\x1b]0;owned\x07", Body="\u202ebody"))
    assert "\x1b" not in run("check", "croydon").output
    assert "\u202e" not in run("check", "croydon").output


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["check", "croydn"], "nearest known: croydon"),
        (
            ["check", "croydon", "--year", "1066-67"],
            "no figures of the year '1066-67'. Give one of 2008-09",
        ),
        (["check", "lewisham"], "no files in"),
        (["template", "croydn"], "nearest known: croydon"),
        (
            ["template", "croydon", "--body", "kouncil"],
            "no body called 'kouncil'. The nearest known: council",
        ),
        (["template", "croydon", "--year", "1066-67"], "no figures of the year '1066-67'"),
    ],
)
def test_what_is_asked_wrongly_ends_with_2(inbox, words, message):
    result = run(*words)
    assert result.exit_code == 2
    assert message in result.output


def test_template_says_where_it_wrote(partners):
    result = run("template", "croydon", "--body", "police")
    assert result.exit_code == 0
    assert result.output.strip() == str(
        partners / "data/processed/2008-09/croydon/templates/croydon_2008-09_police.xlsx"
    )
