"""The command line: what each command asks, says and ends with."""

import json
import os
import subprocess
import sys

import pytest
from click.testing import CliRunner

from tests.conftest import ROOT
from tests.sending import line, send_csv
from totalplace import __version__, cli, places, reference
from totalplace.audit import trace
from totalplace.errors import InputError, RunError
from totalplace.report import index_pages
from totalplace.run import command_line, many_places


@pytest.fixture
def totalplace(monkeypatch):
    """The command line with nothing built: each job is noted, `kent` fails."""
    asked = []

    def build(jobs, options, force, say):
        for job in jobs:
            asked.append((job.place, job.year, job.scope))
            failed = job.place == "kent"
            built = ("built", f"reports/{job.year}/{job.place}")
            state, message = ("failed", "high_level_count.ipynb: no") if failed else built
            yield many_places.Outcome(job, state, message, 1.0)

    monkeypatch.setattr(many_places, "build", build)
    monkeypatch.setattr(
        index_pages, "write_all", lambda reports: [f"{reports}/half: no manifest.json"]
    )
    runner = CliRunner()
    return lambda *words: (runner.invoke(cli.main, words), asked)


def test_run_builds_each_place_once_and_says_where(totalplace):
    result, built = totalplace("run", "Croydon", "croydon", "E09000023")
    assert result.exit_code == 0
    assert built == [
        ("croydon", "2008-09", "identifiable"),
        ("lewisham", "2008-09", "identifiable"),
    ]
    assert "croydon: built in 1.0 s: reports/2008-09/croydon" in result.output
    assert "left out of the index: " in result.stderr


def test_run_says_of_each_place_how_much_of_its_returns_waits(totalplace, inbox):
    send_csv(line(Status="", Note="SECRET"), line(Amount="TBC"), name="hidden.csv")
    result, _ = totalplace("run", "croydon", "kent")
    waits = "croydon: 1 question and 1 refusal in its returns wait for an answer"
    assert f"{waits}: see `totalplace check croydon`\n" in result.stderr
    assert "SECRET" not in result.stderr
    assert "hidden.csv" not in result.stderr
    assert totalplace("run", "croydon")[0].exit_code == 0


def test_run_pilots_builds_the_thirteen_and_names_the_failed_first(totalplace):
    result, asked = totalplace("run", "--pilots")
    assert result.exit_code == 1
    assert len(asked) == 13
    end = result.stdout.splitlines()[-14:]
    assert end[0].split() == ["kent", "failed", "1.0", "s", "high_level_count.ipynb:", "no"]
    assert all(" built " in row for row in end[1:13])
    assert end[13] == "13 places: 1 failed, 12 built"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["run"], "no place was given"),
        (["run", "croydn", "Newcastle"], "nearest known: croydon"),
        (["run", "nowhere"], "no place called 'nowhere'. See `totalplace places`."),
        (["run", "croydn", "Newcastle"], "could be newcastle-under-lyme, newcastle-upon-tyne"),
        (["run", "croydon", "--param", "x"], "'x': --param is NAME=VALUE"),
        (
            ["run", "croydon", "--theme", "older"],
            "no theme called 'older'. Did you mean older-people",
        ),
        (["verify", "croydn"], "nearest known: croydon"),
        (["pdf", "croydon", "--theme", "x"], "no theme called 'x'"),
        (["trace", "croydon", "division=09", "--scope", "x"], "no scope called 'x'"),
        (["check", "croydn"], "nearest known: croydon"),
        (["template", "croydn"], "nearest known: croydon"),
        (["places", "atlantis"], "no place has 'atlantis'"),
        (["run", "--year", "croydon"], "'croydon' is not a year. Give one of 2008-09"),
        (["run", "croydon", "--year", "2008/09"], "'2008/09' is not a year"),
        (["trace", "division=09", "croydon"], "'division=09' is no place: the place comes first"),
    ],
)
def test_what_is_asked_wrongly_ends_with_2_and_every_fault_at_once(totalplace, words, message):
    result, built = totalplace(*words)
    assert result.exit_code == 2
    assert message in result.output
    assert built == []


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--year", "2007-08"], "no figures of the year '2007-08'. Give one of 2008-09"),
        (["--scope", "pilot"], "no scope called 'pilot'"),
        (["--param", "plaice=kent"], "no parameter 'plaice'. Did you mean place?"),
        (["--param", "scope=pilot-2009"], "use --scope for the scope"),
        (["--param", "place=kent"], "use PLACE for the place"),
    ],
)
def test_an_unknown_year_scope_or_parameter_ends_with_2_and_no_report(house, words, message):
    result = CliRunner().invoke(cli.main, ["run", "croydon", *words])
    assert result.exit_code == 2
    assert message in result.output
    assert not (house / "reports").exists()


def test_places_lists_what_is_known():
    result = CliRunner().invoke(cli.main, ["places", "kent"])
    assert result.exit_code == 0
    assert result.output == f"{'kent':40} Kent: 12 areas, a pilot\n"
    words = CliRunner().invoke(cli.main, ["places", "Isles", "of", "Scilly"]).output
    assert words.split()[0] == "isles-of-scilly"
    areas = CliRunner().invoke(cli.main, ["places", "kent", "--areas"]).output.splitlines()
    assert len(areas) == 12
    assert "county: Kent; region: South East" in areas[0]


def test_a_place_that_is_up_to_date_is_named_with_where_it_is(totalplace, monkeypatch):
    def build(jobs, options, force, say):
        yield many_places.Outcome(jobs[0], "unchanged", "reports/2008-09/croydon", 0.0)

    monkeypatch.setattr(many_places, "build", build)
    result, _ = totalplace("run", "croydon")
    assert "croydon: unchanged: reports/2008-09/croydon\n1 place: 1 unchanged\n" in result.stdout


@pytest.mark.parametrize(
    ("command", "table", "name"),
    [("themes", "theme_names", "theme"), ("scopes", "scopes", "scope")],
)
def test_themes_and_scopes_are_listed_as_a_command_names_them(command, table, name):
    listed = CliRunner().invoke(cli.main, [command]).output.splitlines()
    assert [row.split()[0] for row in listed] == [*reference.read(table)[name].unique()]


@pytest.mark.parametrize("words", [["--help"], ["run", "--help"], ["--version"]])
def test_help_and_version_import_nothing_that_is_slow(words):
    look = (
        "import sys; from totalplace import cli; cli.main(sys.argv[1:], standalone_mode=False); "
        "sys.exit(bool({'pandas', 'matplotlib', 'nbconvert'} & set(sys.modules)))"
    )
    ended = subprocess.run([sys.executable, "-c", look, *words], capture_output=True, check=False)
    assert ended.returncode == 0


def test_version_is_that_of_the_package():
    said = CliRunner().invoke(cli.main, ["--version"])
    assert said.output == f"totalplace {__version__}\n"


def test_the_shell_completes_places_scopes_and_themes():
    def completed(*words):
        variables = {"COMP_WORDS": " ".join(words), "COMP_CWORD": str(len(words) - 1)}
        asked = {"_TOTALPLACE_COMPLETE": "bash_complete", **variables}
        said = CliRunner().invoke(cli.main, env=asked, prog_name="totalplace").output
        return [line.partition(",")[2] for line in said.splitlines()]

    assert completed("totalplace", "run", "croy") == ["croydon"]
    two = {"newcastle-under-lyme", "newcastle-upon-tyne"}
    assert set(completed("totalplace", "verify", "newc")) == two
    assert completed("totalplace", "run", "croydon", "--theme", "old") == ["older-people"]
    assert completed("totalplace", "run", "croydon", "--scope", "p") == ["pilot-2009"]
    assert "eval" in CliRunner().invoke(cli.main, ["--help"]).output


@pytest.mark.parametrize(
    ("raised", "status", "message"),
    [
        (InputError("asked wrongly"), 2, "asked wrongly"),
        (RunError("half of it"), 1, "half of it"),
        (ArithmeticError("does not add up"), 1, "does not add up"),
        (KeyboardInterrupt(), 130, command_line.INTERRUPTED),
        (PermissionError(13, "Permission denied", "reports"), 1, "reports: Permission denied"),
    ],
)
@pytest.mark.parametrize("words", [["places"], ["run", "croydon"], ["check", "croydon"]])
def test_every_command_ends_alike(monkeypatch, words, raised, status, message):
    def fail(*given, **named):
        raise raised

    monkeypatch.setattr(places, "place", fail)
    monkeypatch.setattr(places, "find_places", fail)
    ended = CliRunner().invoke(cli.main, words)
    assert ended.exit_code == status
    assert ended.stderr == f"{message}\n"


def test_the_ledgers_that_trace_offers_are_those_there_are():
    (option,) = (one for one in cli.trace.params if one.name == "ledger")
    assert list(option.type.choices) == list(trace.LEDGERS)


def test_check_as_json_says_what_check_says(inbox):
    send_csv(line(), line(Amount="TBC"), line(Service="Secondary schools", Unit="£q"))
    asked = ["check", "croydon"]
    said, text = (
        CliRunner().invoke(cli.main, [*asked, *more]) for more in (["--format", "json"], [])
    )
    assert said.exit_code == text.exit_code == 1
    found = json.loads(said.stdout)
    assert (found["place"], found["year"], found["ready"]) == ("croydon", "2008-09", False)
    assert found["files"] == [{"file": "return.csv", "read": True}]
    assert found["lines"][0]["pence"] == 12_000_000_000
    for verdict in ("refused", "asked", "warned"):
        for one in found[verdict]:
            assert one["problem"] in text.stdout
            assert one["remedy"] in text.stdout
    assert found["refused"]
    (sums,) = found["sums"]
    assert sums["total"] == sums["accepted"] + sums["asked"] + sums["refused"]


def test_a_console_without_a_character_gets_a_question_mark(partners, inbox):
    send_csv(line(Service="\u4e2d\u6587", Amount="TBC \u2713"))
    here = {"TOTALPLACE_HOME": str(partners), "PYTHONPATH": str(ROOT), "PYTHONUTF8": "0"}
    ended = subprocess.run(
        [sys.executable, "-m", "totalplace", "check", "croydon"],
        env=os.environ | here | {"PYTHONIOENCODING": "cp1252"},
        capture_output=True,
        check=False,
    )
    assert ended.returncode == 1, ended.stderr
    said = ended.stdout.decode("cp1252")
    assert "TBC ?" in said
    assert "Sums in £" in said


def test_check_for_programs_prints_json_of_what_it_cannot_read_too(totalplace):
    result, _ = totalplace("check", "nowhere", "--format", "json")
    assert result.exit_code == 2
    assert json.loads(result.stdout)["ready"] is False
    assert "no place called 'nowhere'" in json.loads(result.stdout)["error"]


def test_a_blank_notebook_and_a_home_that_is_not_there_are_refused(totalplace, monkeypatch):
    assert "--notebook is blank" in totalplace("run", "croydon", "--notebook", "")[0].stderr
    monkeypatch.setenv("TOTALPLACE_HOME", "nowhere")
    result, _ = totalplace("places", "croydon")
    assert result.exit_code == 2
    assert "TOTALPLACE_HOME is nowhere, which is no folder" in result.stderr


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="a system without /dev/full")
def test_no_space_for_what_is_printed_ends_with_one_line():
    with open("/dev/full", "w") as full:
        command = [sys.executable, "-m", "totalplace", "places", "croydon"]
        ended = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, cwd=ROOT)
    assert ended.returncode == 1
    assert ended.stderr == "No space left on device\n"
