"""Every number can be followed: from a cell of the report to ledger lines, and from each to its publication."""

import re
import shutil

import pytest
from click.testing import CliRunner

from tests.conftest import ROOT, run
from tests.sending import HEADINGS, line, text_of
from totalplace import cli, estimate, ledger_files, reference
from totalplace.audit import trace
from totalplace.audit.provenance import Origins
from totalplace.errors import InputError
from totalplace.run import manifest
from totalplace.run.job import Job

CROYDON = Job("croydon", "2008-09")
PLACES = ["croydon", "kent"]
MAIN = {
    "divisions": "count",
    "groups": "count",
    "bodies": "count",
    "evidence": "count",
    "sectors": "count",
    "services": "theme",
    "stages": "theme",
    "recipients": "theme",
    "ages-by-payer": "flows",
    "per-child": "flows",
}


@pytest.fixture
def at(built, monkeypatch):
    """The house with the real reports."""
    monkeypatch.setenv("TOTALPLACE_HOME", str(built))
    return built


@pytest.fixture
def spoilt(built, house, monkeypatch):
    """A house with Croydon's real reports that may be spoilt: spoilt(path, old, new)."""
    for part in ("reports", "data/processed"):
        shutil.copytree(built / part, house / part)

    def change(path, old, new):
        text = (house / path).read_text(encoding="utf-8")
        assert old in text
        (house / path).write_text(text.replace(old, new, 1), encoding="utf-8")

    return change


def lines_of(table, asked):
    for column, value in asked.items():
        table = table[table[column] == value]
    return table


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("ledger", ["count", "theme", "flows"])
def test_every_cell_that_can_be_followed_is_the_sum_of_its_lines(at, place, ledger):
    job = Job(place, "2008-09")
    table = trace.ledger_of_report(job, ledger)
    names = [name for name, of in MAIN.items() if of == ledger]
    assert set(names) <= set(trace.traceable_tables(ledger))
    for name in trace.traceable_tables(ledger):
        cells = list(trace.traceable_cells(job, name, table))
        for (file, row, column, pence), asked in cells:
            assert lines_of(table, asked)["pence"].sum() == pence, (file, row, column)
        if name in names:
            assert sum(cell[3] for cell, _ in cells) == table["pence"].sum(), name


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("ledger", ["count", "deep_dive", "flows"])
def test_every_line_is_a_published_row_times_its_shares_or_a_returned_cell(at, place, ledger):
    table = trace.ledger_of_report(Job(place, "2008-09"), ledger)
    origins = Origins(place, "2008-09", table)
    for _, one in table[:: max(1, len(table) // 250)].iterrows():
        origin = origins.origin_of(one)  # raises ArithmeticError where shares do not make the pence
        assert origin.steps[0].startswith(("published: row ", "returned: "))
        assert origin.files if origin.steps[0].startswith("returned") else len(origin.sources) == 2


def printed(*words):
    said = CliRunner().invoke(cli.main, ["trace", *words])
    return said.exit_code, said.output


def test_a_trace_goes_from_the_report_to_the_publication_and_adds_up(at):
    code, text = printed("croydon", "division=09")
    assert code == 0
    figure = next(
        line
        for line in (at / "reports/2008-09/croydon/data/divisions.csv")
        .read_text(encoding="utf-8")
        .splitlines()
        if line.startswith("09,")
    ).rpartition(",")[2]
    assert f"data/divisions.csv, row 10, pence: {int(figure):,} pence" in text
    assert "published: row " in text
    assert "local net spending on education, 2010-11" in text
    assert "pesa_2010_database_tables_chapter9.xlsx, sha256 86d0b7f12b14613a437c" in text
    total = next(line for line in text.splitlines() if line.startswith("Sum: "))
    shown, more, whole = (
        int(part.replace(",", "").split()[0])
        for part in total.removeprefix("Sum: ").replace("=", "+").split("+")
    )
    assert shown + more == whole == int(figure)


def test_a_returned_figure_is_followed_to_file_and_cell_and_its_fingerprint(at):
    code, text = printed("croydon", "body=council", "division=09", "economic=capital", "--all")
    assert code == 0
    assert (
        "returned: capital-outturn-2008-09.csv, cell K3: Education (line 6), by Councils, outturn"
        in text
    )
    path = at / "data/raw/returns/croydon/capital-outturn-2008-09.csv"
    assert (
        f"data/raw/returns/croydon/capital-outturn-2008-09.csv, sha256 {manifest.fingerprint(path)}"
        in text
    )


def test_all_prints_every_line_and_otherwise_the_sum_of_the_rest(at):
    _, some = printed("croydon", "division=09")
    _, every = printed("croydon", "division=09", "--all")
    lines = ledger_files.read(CROYDON.folders()["ledgers"] / "count.csv")
    assert f"and {(lines['division'] == '09').sum() - trace.PRINTED} more adding to" in some
    assert "more adding to" not in every
    assert (
        every.count("    published: row ") + every.count("    returned: ")
        == (lines["division"] == "09").sum()
    )


def test_a_code_is_followed_with_its_parts(at):
    table = trace.ledger_of_report(CROYDON)
    found = trace.trace_figure(CROYDON, {"cofog": "09.1"})
    assert found.pence == table.loc[table["cofog"].str.startswith("09.1"), "pence"].sum()


@pytest.mark.parametrize(
    ("words", "figure"),
    [
        (["--file", "divisions.csv", "function=Education"], ("divisions.csv", "09,Education,")),
        (
            ["--file", "data/stages.csv", "stage=prevention", "tier=universal"],
            ("stages.csv", "prevention,"),
        ),
        (["--file", "leading-payer", "age_label=Age 5"], ("leading-payer.csv", "Age 5,")),
    ],
)
def test_a_row_of_a_file_is_followed_by_the_columns_of_that_file(at, words, figure):
    code, text = printed("croydon", *words)
    assert code == 0
    file, begins = figure
    row = next(
        line
        for line in (at / f"reports/2008-09/croydon/data/{file}")
        .read_text(encoding="utf-8")
        .splitlines()
        if line.startswith(begins)
    ).split(",")
    assert any(
        f"{int(cell):,} pence\n" in text.split("Behind")[0] for cell in row if cell.isdecimal()
    )
    assert f"data/{file}, row" in text


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["divison=09"], r"no column 'divison'. Did you mean division?"),
        (
            ["spender=Council"],
            r"no line of the ledger count has spender 'Council'. The nearest: Councils",
        ),
        (["division=9"], r"no line of the ledger count has division '9'. The nearest: 09"),
        (["division=09", "spender=Ministry of Defence"], r"no line|together. Ask for fewer"),
        (["division"], r"'division': a condition is COLUMN=VALUE"),
        (["--file", "sources.csv", "title=x"], r"sources.csv cannot be followed"),
        (
            ["--file", "divisions.csv", "plaice=x"],
            r"divisions.csv has no column plaice. It has division, function, pence",
        ),
        (
            ["--file", "divisions.csv", "function=Eduction"],
            r"has 0 rows with function 'Eduction'; one is needed",
        ),
        (["division=09", "--audience", "working"], r"no ledger .*working"),
    ],
)
def test_what_is_asked_wrongly_is_said_with_the_nearest(at, words, message):
    code, text = printed("croydon", *words)
    assert code == 2
    assert re.search(message, text), text


def test_a_ledger_that_is_not_the_reports_is_refused(spoilt):
    spoilt("data/processed/2008-09/croydon/count.csv", ",pence,", ",pence,")
    trace.ledger_of_report(CROYDON)
    spoilt("data/processed/2008-09/croydon/count.csv", "Fuel and energy", "Fuel")
    with pytest.raises(InputError, match="is not the ledger of the report"):
        trace.ledger_of_report(CROYDON)


def test_a_figure_that_its_lines_do_not_add_to_is_an_error(spoilt):
    path = "reports/2008-09/croydon/data/divisions.csv"
    spoilt(path, "09,Education,", "09,Education,1")
    with pytest.raises(
        ArithmeticError, match=r"the lines add to [\d,]+ pence, but data/divisions.csv, row 10"
    ):
        trace.trace_figure(CROYDON, {"division": "09"})


def test_a_share_that_does_not_make_its_line_is_an_error(at):
    table = trace.ledger_of_report(CROYDON)
    origins = Origins("croydon", "2008-09", table)
    one = table[(table["file"] == "") & (table["pence"] > 1000)].iloc[0]
    with pytest.raises(ArithmeticError, match="its shares make"):
        origins.origin_of(one.replace({one["pence"]: one["pence"] + 100}))


def test_text_of_partners_has_no_control_character_in_print(at, monkeypatch):
    found = trace.trace_figure(
        CROYDON, {"body": "council", "division": "09", "economic": "capital"}
    )
    hostile = "\x1b[2J\x1b]0;title\x07\r\nrm -rf /\u202e"
    text = dict.fromkeys(
        ("file", "service", "source", "note", "spender", "sub_function", "cell"), hostile
    )
    spoilt = trace.TracedFigure(
        found.asked,
        found.ledger.assign(**text),
        found.lines.assign(**text),
        found.pence,
        found.cells,
    )
    for said in trace.trace_lines(CROYDON, spoilt):
        assert not any(character in said for character in "\x1b\x07\r\u202e"), said
        assert "\n" not in said.lstrip("\n")


def test_a_theme_and_an_age_are_followed_with_their_shares(at):
    code, text = printed("croydon", "--ledger", "flows", "age=3", "payer=Councils")
    assert code == 0
    assert "data/ages-by-payer.csv" in text
    assert " in the theme: " in text
    assert " at age 3 (profile " in text


def test_every_table_that_can_be_followed_has_keys_that_its_ledger_has(at):
    known = reference.read("report_columns")
    for ledger in ("count", "theme", "flows"):
        columns = set(trace.ledger_of_report(CROYDON, ledger))
        assert set(known.loc[known["ledger"] == ledger, "ledger_column"]) <= columns


@pytest.fixture(scope="module")
def confidential(tmp_path_factory):
    """A house where Croydon's partners returned a line in confidence, with reports for both audiences."""
    home = tmp_path_factory.mktemp("confidential")
    for part in ("data/raw/reference", "notebooks"):
        shutil.copytree(
            ROOT / part, home / part, ignore=shutil.ignore_patterns(".ipynb_checkpoints")
        )
    folder = home / "data" / "raw" / "returns" / "croydon"
    folder.mkdir(parents=True)
    own = line(Amount="61300000", Confidential="yes", Source="canaryword")
    (folder / "return.csv").write_text(
        text_of([HEADINGS, own, line(Service="Secondary schools", Amount="70100000")]), "utf-8"
    )
    for audience in ("board", "working"):
        run(home, "run", "croydon", "--audience", audience)
    return home


def test_a_board_copy_leads_to_what_is_withheld_a_working_copy_to_cells(confidential, monkeypatch):
    monkeypatch.setenv("TOTALPLACE_HOME", str(confidential))
    code, text = printed("croydon", "evidence=withheld", "--all")
    assert code == 0
    assert "withheld: returned in confidence; the working copy has its lines" in text
    assert "canaryword" not in text
    assert "6,130,000,000" not in text
    code, text = printed(
        "croydon", "--audience", "working", "body=council", "evidence=outturn", "--all"
    )
    assert code == 0
    assert "canaryword" in text
    assert "6,130,000,000 pence are in this ledger" in text


@pytest.mark.parametrize("audience", ["board", "working"])
def test_every_cell_adds_up_in_both_copies_with_something_withheld(
    confidential, monkeypatch, audience
):
    monkeypatch.setenv("TOTALPLACE_HOME", str(confidential))
    job = Job("croydon", "2008-09", audience=audience)
    for ledger in ("count", "theme", "flows"):
        table = trace.ledger_of_report(job, ledger)
        for name in trace.traceable_tables(ledger):
            cells = list(trace.traceable_cells(job, name, table))
            assert all(lines_of(table, asked)["pence"].sum() == cell[3] for cell, asked in cells), (
                name
            )
            if name in MAIN:
                assert sum(cell[3] for cell, _ in cells) == table["pence"].sum(), name
        origins = Origins("croydon", "2008-09", table)
        for _, one in table[:: max(1, len(table) // 100)].iterrows():
            assert origins.origin_of(one).steps


def test_a_line_driven_by_a_band_of_ages_is_followed_to_its_figures(spoil):
    spoil("driver_rules", "revenue_education,2010-11", "ages_3_to_7,2009")
    ledger = estimate.first_count("croydon")
    banded = ledger[ledger["driver"] == "ages_3_to_7"].nlargest(1, "pence").iloc[0]
    steps = "\n".join(Origins("croydon", "2008-09", ledger).origin_of(banded).steps)
    assert "for Croydon: people of 3 to 7, 2009, 23,780 of" in steps
