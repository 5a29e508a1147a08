import pytest

from totalplace import reference
from totalplace.errors import InputError

TABLES = sorted(reference.codebook()["table"].unique())


@pytest.mark.parametrize("name", TABLES)
def test_every_reference_table_holds_what_the_codebook_says(name):
    assert len(reference.read(name)) > 0


def test_every_file_of_the_folder_is_in_the_codebook():
    assert sorted(path.stem for path in reference.folder().glob("*.csv")) == TABLES


def test_together_the_tables_are_under_four_megabytes():
    assert sum(path.stat().st_size for path in reference.folder().glob("*.csv")) < 4e6


def test_codes_stay_text():
    assert "09.1" in set(reference.read("national_spend")["cofog"])
    assert reference.read("areas")["area"].str.fullmatch(r"E0\d{7}").all()


def test_every_official_figure_names_a_source_that_is_described():
    for name in ("national_spend", "drivers"):
        reference.sources(reference.read(name)["source"].unique())
    described = reference.sources()
    assert described["sha256"].str.fullmatch(r"[0-9a-f]{64}").all()


def test_a_source_that_is_not_described_is_refused():
    with pytest.raises(InputError, match=r"sources.csv has no source called gossip"):
        reference.sources(["cofog", "gossip"])


@pytest.mark.parametrize(
    ("table", "old", "new", "message"),
    [
        ("cofog", "01.1,", ",", r"cofog.csv: row 3: cofog is blank"),
        ("cofog", "01.1,", "1.1,", r"cofog.csv: row 3: cofog is not a cofog"),
        ("cofog", "01.2,", "01.1,", r"cofog.csv: rows 3, 7: the same cofog twice"),
        (
            "predecessors",
            "E0221,E06000055,0.",
            "E0221,E06000055,0.9",
            r"predecessors.csv: rows .*: share does not add to one",
        ),
        (
            "drivers",
            ",people,",
            "1.5,people,",
            r"drivers.csv: row 2: value is not a integer|columns",
        ),
        (
            "areas",
            "E06000001,",
            "E06000001,x,",
            r"areas.csv: rows 2 do not have the 6 cells of the heading",
        ),
        ("bodies", "body,name", "who,name", r"bodies.csv: its columns are who, name"),
        (
            "national_spend",
            "2008-09,5,",
            "2008,5,",
            r"national_spend.csv: row 2: year is not a year",
        ),
        ("members", "adur,", " ,", r"members.csv: row 2: place is blank"),
    ],
)
def test_a_table_that_does_not_hold_stops_the_run_with_its_file_and_rows(
    spoil, table, old, new, message
):
    spoil(table, old, new)
    with pytest.raises(InputError, match=message):
        reference.read(table)


def test_a_file_that_is_not_utf_8_is_refused_with_what_to_do(house):
    (reference.folder() / "cofog.csv").write_bytes("cofog,name\n01,Café\n".encode("cp1252"))
    with pytest.raises(
        InputError, match=r"cofog.csv: not a UTF-8 CSV file .* Save it again as CSV UTF-8"
    ):
        reference.read("cofog")


def test_all_faults_of_a_table_are_told_at_once(spoil):
    spoil("cofog", "01.1,", ",")
    spoil("cofog", "01.2,", "1.2,")
    with pytest.raises(InputError) as fault:
        reference.read("cofog")
    assert str(fault.value).count("cofog.csv") == 2


def test_an_unknown_year_names_the_years_there_are():
    with pytest.raises(InputError, match=r"national_spend: no year '2007-08'. It has 2008-09"):
        reference.read("national_spend", "2007-08")


def test_an_unknown_table_names_the_tables_there_are():
    with pytest.raises(
        InputError, match=r"is not there. The reference tables are abolished, age_bands"
    ):
        reference.read("rumours")
