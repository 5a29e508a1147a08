"""Children's services and adult social care by authority: control totals, groups, names."""

import pandas as pd
import pytest

from tests.core.conftest import original
from totalplace import reference
from totalplace.errors import InputError
from totalplace.reference_build import care_spend, year_files
from totalplace.reference_build.care_spend import ADULT_YEAR, ADULTS, CHILDREN, by_group

YEARS = list(care_spend.CHILDREN_SOURCES)
OWN_SUMS = {"2009-10": {"E2301", "E5045"}}  # their lines do not add to their own total
LINES = pd.DataFrame({"line": [1, 2, 3], "kind": ["line", "total", "memorandum"]})


@pytest.fixture(scope="module")
def rebuilt(tmp_path_factory):
    """The folder that both tables are built into again, from the originals."""
    folder = tmp_path_factory.mktemp("care")
    sources = [*care_spend.CHILDREN_SOURCES.values(), care_spend.ADULT_SOURCE]
    care_spend.build({source: original(source) for source in sources}, folder)
    return folder


def total(year):
    """Each authority's total without capital charged to revenue, by its own sum."""
    lines = reference.read("children_lines").query("year == @year and group == 'all'")
    without = lines.loc[lines["name"].str.contains("exclud"), "line"]
    table = year_files.read(CHILDREN, year)
    return table[table["line"].isin(without)].set_index("authority")


def test_section_52_of_2008_09_has_the_published_totals():
    table = total("2008-09")
    assert len(table) == 150
    sums = table[["gross", "income", "net"]].sum() / 100
    assert sums.round().tolist() == [5_985_001_323, 694_534_246, 5_290_467_077]
    assert (table.loc["E5035", ["gross", "net"]] / 100).tolist() == [76_171_585, 41_389_768]


@pytest.mark.parametrize("year", YEARS)
def test_lines_add_to_each_authoritys_total(year):
    lines = by_group(CHILDREN, year).groupby("authority")["gross"].sum()
    off = (lines - total(year)["gross"]).abs()
    assert set(off.index[off > 200]) == OWN_SUMS.get(year, set())


@pytest.mark.parametrize("year", YEARS)
def test_net_is_gross_less_income_in_every_line(year):
    table = by_group(CHILDREN, year)
    off = (table["gross"] - table["income"] - table["net"]).abs() > 100
    wrong = {"E1301"} if year == "2010-11" else set()  # Darlington, three of its lines
    assert set(table.loc[off, "authority"]) == wrong


def test_adult_social_care_of_2007_08_has_the_published_totals():
    table = year_files.read(ADULTS, ADULT_YEAR)
    lines = table.groupby("line")["gross"].sum() / 100_000
    assert lines[["H3", "P3"]].round().tolist() == [15_274_794, 5_421_221]
    assert table["authority"].nunique() == 150
    assert lines["B13"].round() == 8_768_985  # older people with Supporting People
    assert table.query("authority == 'E5035' and line == 'B1'")["gross"].item() == 928_000_000


def test_client_groups_add_to_all_adult_social_care():
    adults = reference.read("social_care_lines")["group"].drop_duplicates().tolist()
    adults = adults[: adults.index("all_adults")]
    grand = year_files.read(ADULTS, ADULT_YEAR).query("line == 'H3'").set_index("authority")
    groups = by_group(ADULTS, ADULT_YEAR)
    for column in ("gross", "net", "fees"):
        sums = groups[groups["group"].isin(adults)].groupby("authority")[column].sum()
        off = (sums - grand[column]).abs()
        assert off.max() <= 200_000  # £2,000: councils that print thousands


def test_one_list_of_groups_serves_all_years():
    lines = reference.read("children_lines").query("kind == 'line'")
    every = lines.groupby("group")["year"].nunique()
    assert set(every.index[every == len(YEARS)]) >= {
        "fostering",
        "residential_care",
        "adoption",
        "leaving_care",
        "asylum",
        "social_work",
        "family_support",
        "disabled_children",
        "youth_justice",
    }
    assert lines.groupby("year")["group"].nunique().between(12, 14).all()


def test_the_files_are_what_the_originals_give(rebuilt):
    for path in rebuilt.glob("*/*.csv"):
        kept = reference.folder() / path.relative_to(rebuilt)
        assert path.read_bytes() == kept.read_bytes(), kept.name


def test_a_name_is_an_authority_of_its_own_year():
    names = pd.Series(["Durham", "Bristol, City of", "Bath & North East Somerset"])
    assert care_spend.authority_of(names, "2008-09").tolist() == ["E1321", "E0102", "E0101"]
    assert care_spend.authority_of(names, "2010-11")[0] == "E1302"


def test_a_name_of_no_authority_and_two_of_one_are_named():
    with pytest.raises(InputError, match=r"no 'Atlantis' of 2008-09: add its row"):
        care_spend.authority_of(pd.Series(["Croydon", "Atlantis"]), "2008-09")
    with pytest.raises(InputError, match="Medway, Medway Towns are all E2201 in 2008-09"):
        care_spend.authority_of(pd.Series(["Medway", "Medway Towns"]), "2008-09")


def test_memorandum_lines_and_lines_without_figures_are_left_out(tmp_path):
    path = tmp_path / "outturn.csv"
    path.write_text(
        "LA,LA Name,Line,Total Expenditure (k),Income (l),NET Current Expenditure (m)\n"
        "306,Croydon,1,10,3.25,6.75\n306,Croydon,2,10,3.25,6.75\n306,Croydon,3,5,NULL,NULL\n"
        "301,Barking and Dagenham,1,NULL,NULL,NULL\n301,Barking and Dagenham,2,0,0,0\n"
    )
    table = care_spend.children(path, LINES, "2008-09")
    assert table[["authority", "line", "gross", "income", "net"]].values.tolist() == [
        ["E5035", 1, 1000, 325, 675],
        ["E5035", 2, 1000, 325, 675],
    ]
    with pytest.raises(InputError, match=r"no line 3 of 2008-09"):
        care_spend.children(path, LINES.head(2), "2008-09")
    path.write_text("LA,LA Name,Line\n306,Croydon,1\n")
    with pytest.raises(InputError, match=r"no column of gross, income, net"):
        care_spend.children(path, LINES, "2008-09")
