import pytest
from click.testing import CliRunner

from totalplace import cli
from totalplace.report import index_pages
from totalplace.run import many_places


@pytest.fixture
def totalplace(monkeypatch):
    """The command line with nothing built: each job is noted, `kent` fails."""
    asked = []

    def build(jobs, way, force, told):
        for job in jobs:
            asked.append((job.place, job.year, job.scope))
            failed = job.place == "kent"
            state, told = (
                ("failed", "high_level_count.ipynb: no")
                if failed
                else ("built", f"reports/{job.year}/{job.place}")
            )
            yield many_places.Outcome(job, state, told, 1.0)

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


def test_run_pilots_builds_the_thirteen_and_tells_the_failed_first_at_the_end(totalplace):
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
        (["run", "croydn", "Newcastle"], "could be newcastle-under-lyme, newcastle-upon-tyne"),
        (["run", "croydon", "--param", "x"], "'x': --param is NAME=VALUE"),
        (["places", "atlantis"], "no place has 'atlantis'"),
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
        (["--year", "2007-08"], "no year '2007-08'. It has 2008-09"),
        (["--scope", "pilot"], "no scope called 'pilot'"),
        (["--param", "plaice=kent"], "no parameter 'plaice'. Did you mean place?"),
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
    assert result.output.split("\n")[0].split() == ["kent", "Kent:", "12", "areas"]
