"""The names that judgements need, and what a new year brings."""

import pandas as pd
import pytest

from tests.cra_workbooks import HEADINGS_2025, row_2025, workbook
from totalplace import reference
from totalplace.reference_build import cra_controls, cra_editions, cra_names, cra_years

YEARS = reference.read("year_editions")["year"].tolist()


@pytest.fixture(scope="module")
def known():
    """What was known when 2021-22 was new."""
    return cra_names.known_names(year for year in YEARS if year < "2021-22")


@pytest.fixture
def new(tmp_path, known):
    """What is new in a small edition: new(row, ...), as a table by kind."""

    def read(*rows):
        edition = cra_editions.read_edition(workbook(tmp_path / "cra.xlsx", HEADINGS_2025, *rows))
        return cra_names.new_names(cra_editions.year_lines(edition, "2024-25"), known)

    return read


def test_a_year_of_known_names_brings_nothing_new(new):
    assert new(row_2025()).empty


def test_a_new_segment_is_listed_with_its_money_and_the_nearest_known(new):
    code = "ACD022-S022ZZ99-E-TES_CUR-ID-CG-SUB090200"
    rows = [
        row_2025(code=code, name="S022ZZ99-ACADEMIES AND FREE SCHOOL", second=amount)
        for amount in (2, 3)
    ]
    (found,) = new(*rows, row_2025()).to_dict("records")
    assert (found["kind"], found["id"], found["pence"]) == ("segment", "S022ZZ99", 500_000)
    assert found["nearest_name"] == "ACADEMIES AND FREE SCHOOLS"


def test_new_departments_organisations_and_labels_are_listed_together(new):
    row = row_2025(
        department="Department for Education and Skills",
        organisation="Academy trusts",
        code="ACT022-S022A034-E-TES_CUR-ID-CG-SUB090300",
        label="9.3 Schools of every kind",
    )
    found = new(row).set_index("kind")
    assert found["id"].to_dict() == {
        "department": "department-for-education-and-skills",
        "organisation": "ACT022",
        "sub_function": "9.3 Schools of every kind",
    }
    assert found["nearest"]["department"] == "department-for-education"


def test_a_name_with_nothing_near_it_says_so(new):
    found = new(row_2025(department="Ministry of Silly Walks", organisation="Zzyzx"))
    department = found[found["kind"] == "department"].iloc[0]
    assert (department["nearest"], department["nearest_name"]) == ("", "")


def test_2021_22_is_built_out_of_cra_2023_as_if_it_were_new(editions, known):
    labels = reference.read("sub_function_labels")
    lines = cra_years.edition_year(editions["cra-2023"], "2021-22", "cra-2023", labels)
    controls = reference.read("control_totals", "2021-22").query("edition == 'cra-2023'")
    assert cra_controls.check_totals(controls, lines)["holds"].all()
    found = cra_names.new_names(lines, known)
    assert found["kind"].value_counts().to_dict() == {"segment": 77, "organisation": 4}
    segments = lines["segment"].map(found.query("kind == 'segment'").set_index("id")["name"])
    assert lines["pence"][segments.notna()].sum() == found.query("kind == 'segment'")["pence"].sum()


def test_money_by_year_adds_to_every_year():
    table = cra_names.money_by_year("department")
    for year in YEARS:
        england = cra_years.read_year(year)["pence"].sum() / 1e8
        assert table[year].sum() == pytest.approx(england, abs=0.1)


def test_a_segment_with_two_names_is_known_by_its_code():
    known = pd.DataFrame(
        [("segment", "S013A010-SUB040800", "Misc")], columns=["kind", "id", "name"]
    )
    assert known["id"].map(cra_names._code).tolist() == ["S013A010"]
