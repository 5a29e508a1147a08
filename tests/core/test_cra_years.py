"""The lines of every year: built from the editions, and as they are kept."""

import pandas as pd
import pytest

from tests.core.conftest import named_lines
from tests.cra_workbooks import HEADINGS_2013, HEADINGS_2025, row_2013, row_2025, workbook
from totalplace import reference
from totalplace.errors import InputError
from totalplace.reference_build import cra_editions, cra_years
from totalplace.text_files import write_whole

YEARS = reference.read("year_editions")["year"].tolist()
LABELS = pd.DataFrame(
    [
        ("4.5 of which: local public transport", "4. of which: transport", "SUB040503"),
        ("9.2 Secondary education", "9. Education", "SUB090200"),
        ("9.8 Education n.e.c.", "9. Education", "SUB090800"),
    ],
    columns=["label", "function", "sub_function"],
)


@pytest.fixture
def small_year(tmp_path):
    """One year's lines of a small edition: small_year(row, ...)."""

    def read(*rows, headings=HEADINGS_2025, year="2024-25", source="cra-2025"):
        edition = cra_editions.read_edition(workbook(tmp_path / "cra.xlsx", headings, *rows))
        return cra_years.edition_year(edition, year, source, LABELS)

    return read


@pytest.fixture(scope="module")
def rebuilt(editions, tmp_path_factory):
    """The folder that every year's file and the tables of ids are built into, from the originals."""
    folder = tmp_path_factory.mktemp("years")
    cra_years.build(editions, folder)
    return folder


def test_every_year_from_the_pilots_to_the_newest_has_its_file():
    files = (reference.folder() / cra_years.FOLDER).glob("20*.csv")
    assert sorted(path.stem for path in files) == YEARS
    assert [f"{year}-{(year + 1) % 100:02}" for year in range(2008, 2025)] == YEARS


@pytest.mark.parametrize("year", YEARS)
def test_a_years_lines_hold_and_each_id_has_its_text(year):
    lines = named_lines(year)
    texts = ["department_name", "segment_name", "sub_function_name", "function", "cofog"]
    assert not lines[texts].isna().any().any()
    assert (lines["organisation"] == "").eq(lines["organisation_name"] == "").all()
    assert (lines["pence"] != 0).all()
    assert (lines["pence"] < 0).any()
    assert set(lines["economic"]) == {"current", "capital"}
    assert set(lines["sector"]) == {"CG", "LA", "PC"}
    assert lines["region"].nunique() == 9


@pytest.mark.parametrize("year", YEARS)
def test_nine_regions_and_ten_divisions_add_to_england_to_the_penny(year):
    lines = named_lines(year)
    england = lines["pence"].sum()
    assert lines.groupby("region")["pence"].sum().sum() == england
    divisions = lines.groupby(lines["cofog"].str[:2])["pence"].sum()
    assert len(divisions) == 10
    assert divisions.sum() == england


def test_a_year_that_is_not_there_names_those_that_are():
    with pytest.raises(InputError, match=r"no lines of the year '2007-08'. There are 2008-09,"):
        cra_years.read_year("2007-08")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (",current,", ",,", r"2024-25.csv: rows 2: economic is blank"),
        ("4601100000", "46.5", r"2024-25.csv: rows 2: pence is not a pence"),
        ("\n5,", "\n4,", r"2024-25.csv: rows 2, 3: the same source_row and sub_function twice"),
        ("region", "place", r"2024-25.csv: its columns are source_row, sub_function, place"),
    ],
)
def test_a_years_file_that_does_not_hold_is_refused_with_its_rows(tmp_path, old, new, message):
    name = "national_spend/2024-25.csv"
    text = "".join((reference.folder() / name).open(encoding="utf-8").readlines()[:9])
    assert old in text
    write_whole(tmp_path / name, text.replace(old, new, 1))
    with pytest.raises(InputError, match=message):
        cra_years.read_year("2024-25", tmp_path)


def test_the_files_are_small():
    sizes = [path.stat().st_size for path in reference.folder().rglob("*.csv")]
    assert max(sizes) < 5e6
    assert sum(sizes) < 40e6


def test_every_edition_and_label_names_a_source_that_is_described():
    for name in ("year_editions", "sub_functions", "sub_function_labels", "regional_accounts"):
        reference.sources(reference.read(name)["source"].unique())
    reference.sources(reference.read("control_totals")["edition"].unique())


def test_a_row_of_a_file_can_be_read_with_the_originals_beside_it(editions):
    line = cra_years.read_year("2024-25").set_index("source_row").loc[4]
    row = editions["cra-2025"].set_index("source_row").loc[4]
    assert row["segment"] == line["segment"] == "S902A001"
    assert row["2024-25"] == line["pence"]


def test_labels_are_found_in_any_capitals(small_year):
    lines = small_year(row_2013(), headings=HEADINGS_2013, year="2008-09", source="cra-2013")
    assert lines["sub_function"].tolist() == ["SUB040503"]


def test_a_label_that_is_not_known_is_refused_with_its_function(small_year):
    with pytest.raises(InputError, match=r"has no '9.9 Magic' of '9. Education': add its row"):
        small_year(row_2025(label="9.9 Magic"))


def test_a_label_must_agree_with_the_segments_code(small_year):
    with pytest.raises(InputError, match=r"row 1: '9.8 Education n.e.c.' is not the 090200"):
        small_year(row_2025(label="9.8 Education n.e.c."))


def test_a_code_with_two_names_in_one_edition_takes_the_sub_function_too(small_year):
    other = {
        "code": "ACD022-S022A034-E-TES_CUR-ID-CG-SUB090800",
        "name": "S022A034-GRANTS",
        "label": "9.8 Education n.e.c.",
    }
    lines = small_year(row_2025(), row_2025(**other))
    ids = cra_years.segment_ids(lines)
    assert ids.tolist() == ["S022A034-SUB090200", "S022A034-SUB090800"]
    names = cra_years.segments(lines.assign(segment=ids))
    assert names["name"].tolist() == ["ACADEMIES", "GRANTS"]


def test_two_names_that_one_id_would_hide_are_refused(small_year):
    lines = small_year(row_2025(), row_2025(name="S022A034-GRANTS"))
    with pytest.raises(InputError, match=r"two names in one edition of \('cra-2025', 'S022A034"):
        cra_years.segment_ids(lines)


def test_names_that_differ_in_capitals_only_are_one(small_year):
    lines = small_year(row_2025(), row_2025(name="S022A034-Academies"))
    assert cra_years.segment_ids(lines).tolist() == ["S022A034", "S022A034"]


def test_an_organisations_two_names_are_both_given(small_year):
    lines = small_year(row_2025(), row_2025(organisation="Free schools"))
    assert cra_years.organisations(lines)["name"].tolist() == ["Academies / Free schools"]


def test_a_departments_spellings_are_one_id_with_the_last_name():
    lines = pd.DataFrame({"department": ["HM Revenue & Customs", "HM Revenue and Customs"]})
    table = cra_years.departments(lines)
    assert table.to_dict("records") == [
        {"department": "hm-revenue-and-customs", "name": "HM Revenue and Customs"}
    ]


def test_every_year_is_rebuilt_byte_for_byte(rebuilt):
    made = {path.relative_to(rebuilt): path.read_bytes() for path in rebuilt.rglob("*.csv")}
    kept = {name: (reference.folder() / name).read_bytes() for name in made}
    assert len(made) == len(YEARS) + 3
    assert [name for name in made if made[name] != kept[name]] == []


def test_every_edition_is_read_with_all_its_rows(editions):
    rows = {source: len(edition) for source, edition in editions.items()}
    assert rows == {
        "cra-2013": 13_086,
        "cra-2018": 14_184,
        "cra-2023": 15_255,
        "cra-2024": 15_507,
        "cra-2025": 13_707,
    }


def test_a_published_row_is_found_by_its_number(editions):
    """Row 4 of each edition is the armed forces' pensions in the first English region."""
    for source in ("cra-2018", "cra-2023", "cra-2024", "cra-2025"):
        row = editions[source].set_index("source_row").loc[4]
        assert row["segment"] == "S902A001"


@pytest.fixture(scope="module")
def before():
    """The lines of 2008-09 as CRA 2010 has them, councils split by England's pattern."""
    spend = reference.read("national_spend", "2008-09")
    labels = reference.read("sub_function_labels").set_index(["label", "function"])["sub_function"]
    keys = pd.MultiIndex.from_frame(spend[["sub_function", "function"]])
    functions = reference.read("sub_functions").set_index("sub_function")["function"]
    spend = spend.assign(sub_function=labels.reindex(keys).array)
    return spend.assign(function=spend["sub_function"].map(functions))


def _total(lines, *keys):
    return lines.groupby(list(keys))["pence"].sum()


def test_the_pilots_year_keeps_every_published_row_of_2010(before):
    after = cra_years.read_year("2008-09")
    rows = after.groupby("source_row")["pence"].sum()
    published = before.groupby(before["source_row"].astype("int64") - 1)["pence"].sum()
    assert rows.to_dict() == published.to_dict()


def test_the_pilots_year_moves_councils_between_sub_functions_only(before):
    after = named_lines("2008-09")
    keys = ["region", "sector", "economic", "function"]
    assert _total(after, *keys).equals(_total(before, *keys))
    central = [table[table["sector"] != "LA"] for table in (after, before)]
    keys = ["region", "sub_function", "economic"]
    assert _total(central[0], *keys).equals(_total(central[1], *keys))


def test_housing_benefit_of_the_pilots_year_is_a_row_of_its_own():
    lines = cra_years.read_year("2008-09")
    benefit = lines[lines["segment"] == "99999 housing benefit"]
    assert set(benefit["sub_function"]) == {"SUB100600"}
    assert len(benefit) == 9
    assert round(benefit["pence"].sum() / 1e8) == 15_000


def test_only_councils_employment_capital_keeps_englands_pattern():
    councils = named_lines("2008-09").query("sector == 'LA'")
    others = councils[~councils["basis"].isin(["", cra_years.PATTERN_BASIS])]
    benefit = councils["segment"] == "99999 housing benefit"
    rest = others[~benefit.reindex(others.index)]
    assert set(rest["function"]) == {"4. of which: employment policies"}
    assert set(rest["economic"]) == {"capital"}


def test_councils_of_the_pilots_year_have_the_pattern_of_their_region_in_2013(editions):
    """But for social protection, where housing benefit is apart, and where 2013 has negatives."""
    labels = reference.read("sub_function_labels")
    lines = cra_editions.year_lines(editions["cra-2013"], "2008-09").query("sector == 'LA'")
    functions = reference.read("sub_functions").set_index("sub_function")["function"]
    pattern = cra_years.with_sub_function(lines, labels)
    pattern = pattern.assign(function=pattern["sub_function"].map(functions))
    ours = named_lines("2008-09").query("sector == 'LA'")
    keys = cra_years.PATTERN_KEY
    shares = [
        _total(table, *keys, "sub_function") / _total(table, *keys) for table in (ours, pattern)
    ]
    table = pd.concat(shares, axis=1, keys=["ours", "theirs"]).fillna(0.0).reset_index()
    odd = table["function"].isin(["10. Social protection", "4. of which: employment policies"])
    negative = table.groupby(keys)["theirs"].transform("min") < 0
    table = table[~odd & ~negative]
    assert len(table) > 300
    assert (table["ours"] - table["theirs"]).abs().max() < 1e-6


def test_a_councils_pattern_is_that_of_its_region_without_housing_benefit():
    pattern = pd.DataFrame(
        [
            ("North", "10. Social protection", "current", "SUB100600", 700),
            ("North", "10. Social protection", "current", "SUB100201", 300),
            ("South", "10. Social protection", "current", "SUB100201", 50),
            ("South", "10. Social protection", "current", "SUB100401", -9),
            ("South", "10. Social protection", "capital", "SUB100401", -9),
        ],
        columns=["region", "function", "economic", "sub_function", "pence"],
    ).assign(sector="LA")
    spend = pd.DataFrame(
        {"region": ["North"], "programme": ["99999 housing benefit"], "pence": [600]}
    )
    shares = cra_years.council_shares(pattern, spend).set_index(
        ["region", "economic", "sub_function"]
    )
    assert shares["share"].to_dict() == {
        ("North", "current", "SUB100201"): 0.75,
        ("North", "current", "SUB100600"): 0.25,
        ("South", "capital", "SUB100401"): 1.0,
        ("South", "current", "SUB100201"): 1.0,
    }
