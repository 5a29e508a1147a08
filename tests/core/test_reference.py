import os
import re

import numpy as np
import pandas as pd
import pytest

from totalplace import estimate, flows, ledger, places, reference, text_files
from totalplace.errors import InputError
from totalplace.returns.names import Names
from totalplace.returns.template import _lists
from totalplace.text_files import write_whole

TABLES = sorted(reference.codebook()["table"].unique())


@pytest.mark.parametrize("name", TABLES)
def test_every_reference_table_holds_what_the_codebook_says(name):
    assert len(reference.read(name)) > 0


def test_every_file_of_the_folder_is_in_the_codebook():
    assert sorted(path.stem for path in reference.folder().glob("*.csv")) == TABLES


def test_together_the_tables_are_under_forty_megabytes():
    assert sum(path.stat().st_size for path in reference.folder().rglob("*.csv")) < 40e6


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
        (
            "themes",
            ",universal,organisation",
            ",universl,organisation",
            r"themes.csv: row 11: tier is 'universl'; did you mean universal",
        ),
        (
            "scopes",
            ",in,stated",
            ",inn,stated",
            r"scopes.csv: row 2: in_or_out is 'inn'; did you mean in",
        ),
        (
            "themes",
            "0.08,0.04,0.15",
            "0.08,0.09,0.15",
            r"row 11: share is not between low and high",
        ),
        ("themes", "0.08,0.04,0.15", "0.08,0.04,1.15", r"row 11: high is not a share from 0 to 1"),
        (
            "themes",
            "0.5482,0.495,0.5844",
            "0.9999,0.495,1",
            r"themes.csv: rows 14, 15: share adds to more than one for its theme, body",
        ),
        (
            "ages",
            ",0.2,0.1,0.5",
            ",-0.2,-0.3,0.5",
            r"ages.csv: row 3: weight is not a weight of 0 or more",
        ),
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


@pytest.mark.parametrize("name", TABLES)
def test_a_table_edited_in_the_running_process_is_seen(house, name):
    path, before = reference.folder() / f"{name}.csv", reference.read(name)
    path.write_bytes(path.read_bytes() + path.read_bytes().splitlines(keepends=True)[-1])
    with pytest.raises(InputError, match=f"{name}.csv: rows .* twice"):
        reference.read(name)
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:-2]))
    after = reference.codebook() if name == "codebook" else reference.read(name)
    assert len(after) == len(before) - 1


ANSWERS = {
    "places": ("croydon,Croydon,", "croydon,Croyden,", lambda: places.place("croydon").name),
    "areas": ("Croydon,,London", "Croydon,,South East", lambda: places.areas("croydon")),
    "driver_rules": (
        "revenue_education,2010-11",
        "population,2009",
        lambda: estimate.first_count("croydon")["pence"],
    ),
    "scopes": (",,,,,in,", ",,,,,out,", lambda: estimate.national_lines("2008-09")),
    "drivers": (
        "age_0,E09000008,2009,",
        "age_0,E09000008,2009,1",
        lambda: estimate.people("croydon", "age_0"),
    ),
    "bodies": ("fire,Fire", "fire,The fire", lambda: reference.read("bodies")["name"]),
    "ledger_words": ("Not classified", "Unknown", lambda: [*reference.words("division").values()]),
    "age_bands": (
        ",Age 0,",
        ",Age nought,",
        lambda: flows.children_by_age(places.place("croydon")),
    ),
}


@pytest.mark.parametrize("name", ANSWERS)
def test_what_comes_of_a_table_is_worked_out_again_once_it_is_edited(spoil, name):
    old, new, answer = ANSWERS[name]
    before = str(np.asarray(answer()).tolist())
    spoil(name, old, new)
    assert str(np.asarray(answer()).tolist()) != before


def test_the_cache_works_out_once_until_its_tables_change(spoil):
    asked = []

    @reference.cached_until_data_changes("return_words")
    def named(word, times=1):
        asked.append(word)
        return word * times

    @reference.cached_until_data_changes
    def of_all(word):
        asked.append(word)
        return word

    assert [named("a"), named("a", 1), named(word="a"), named("a", times=2)] == [
        "a",
        "a",
        "a",
        "aa",
    ]
    assert [of_all("b"), of_all("b")] == ["b", "b"]
    assert asked == ["a", "a", "b"]
    spoil("cofog", "General", "Generous")
    assert [named("a"), of_all("b")] == ["a", "b"]
    assert asked == ["a", "a", "b", "b"]
    spoil("return_words", "yes", "yea")
    assert [named("a"), of_all("b")] == ["a", "b"]
    assert asked == ["a", "a", "b", "b", "a", "b"]


def test_the_cache_lends_copies_and_does_not_keep_what_cannot_be_hashed(house):
    @reference.cached_until_data_changes
    def frame(_given):
        return pd.DataFrame({"pence": [1]})

    first = frame("a")
    first["pence"] = 2
    assert frame("a")["pence"].tolist() == [1]
    assert frame({"not": "hashable"})["pence"].tolist() == [1]


def test_a_partners_file_is_data_too(house):
    asked = []

    @reference.cached_until_data_changes
    def count():
        asked.append(1)
        return len(asked)

    folder = reference.home() / "data" / "raw" / "returns" / "kent"
    assert count() == count() == 1
    write_whole(folder / "a.csv", "x")
    assert count() == 2
    write_whole(folder / "a.csv", "y")
    assert count() == 3


def test_what_is_withheld_or_not_classified_is_a_row_that_nobody_sends():
    assert reference.words("division") == {"99": "Not classified", "98": "Withheld"}
    assert set(reference.words("division")) == {ledger.NOT_CLASSIFIED, ledger.WITHHELD_CODE}
    sending = set(reference.returning_bodies()["body"])
    assert set(reference.read("bodies")["body"]) - sending == {ledger.WITHHELD}
    assert ledger.WITHHELD in set(reference.read("controls")["body"])
    every_theme = reference.read("themes").query("theme == ''")
    assert every_theme[["body", "tier"]].to_numpy().tolist() == [[ledger.WITHHELD, "out"]]
    grades = reference.read("evidence").sort_values("rank")["evidence"].tolist()
    assert grades[-2:] == [estimate.NATIONAL_ESTIMATE, ledger.WITHHELD]


def test_a_return_has_no_word_for_what_is_withheld():
    names = Names.known(places.place("croydon"))
    assert names.body("withheld").value is None
    assert "Withheld" not in {word for words in _lists("2008-09").values() for word in words}


def test_an_unknown_year_names_the_years_there_are():
    with pytest.raises(InputError, match=r"no figures of the year '2007-08'. Give one of 2008-09"):
        reference.read("national_spend", "2007-08")


def test_an_unknown_table_names_the_tables_there_are():
    with pytest.raises(
        InputError, match=r"is not there. The reference tables are abolished, age_bands"
    ):
        reference.read("rumours")


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("table,column,", "tables,column,", "codebook.csv: its columns are tables"),
        ("cofog,name,,text", "cofog,name,,txt", r"codebook.csv: row \d+: no such kind; known: "),
        ("cofog,name,,text", "cofog,,,text", r"codebook.csv: row \d+: column is blank"),
        ("cofog,name,,text", "cofog,cofog,,text", r"rows .*: the same table, column twice"),
    ],
)
def test_the_codebook_is_checked_as_the_tables_are(spoil, old, new, fault):
    spoil("codebook", old, new)
    with pytest.raises(InputError, match=fault):
        reference.codebook()


def test_a_byte_order_mark_is_no_part_of_a_table(spoil):
    spoil("cofog", "cofog,name", "\ufeffcofog,name")
    spoil("codebook", "table,column", "\ufefftable,column")
    assert list(reference.read("cofog")) == ["cofog", "name"]


@pytest.mark.parametrize("table", ["theme_names", "scopes"])
def test_a_theme_or_scope_that_could_name_another_folder_is_refused(spoil, table):
    first = reference.read(table).iloc[0, 0]
    spoil(table, f"\n{first},", f"\n../{first},")
    with pytest.raises(InputError, match=rf"{table}.csv: rows? 2: \w+ is not a slug"):
        reference.read(table)


def test_a_file_changed_within_one_tick_has_another_stamp(tmp_path):
    path = tmp_path / "x"
    path.write_text("a")
    before = text_files.stamp(path)
    (tmp_path / "y").write_text("b")
    os.replace(tmp_path / "y", path)
    os.utime(path, ns=(before[0], before[0]))
    assert text_files.stamp(path) != before


def test_tables_and_pages_are_in_plain_words():
    texts = [*reference.folder().glob("*.csv"), *(reference.home() / "notebooks").iterdir()]
    old = re.compile(r"below nothing|\bparted\b|\bwhoever\b|to be had|told apart|dearest|a head\b")
    found = {
        path.name: old.findall(path.read_text(encoding="utf-8"))
        for path in texts
        if path.suffix in (".csv", ".ipynb")
    }
    assert {name: words for name, words in found.items() if words} == {}
