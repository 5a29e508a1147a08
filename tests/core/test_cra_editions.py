"""HM Treasury's editions are read as they are published: the traps of each, by small workbooks."""

import pytest

from tests.cra_workbooks import HEADINGS_2013, HEADINGS_2025, row_2013, row_2025, workbook
from totalplace.errors import InputError
from totalplace.reference_build import cra_editions


@pytest.fixture
def edition(tmp_path):
    """Write a small edition and read it: edition(headings, row, ...)."""

    def read(headings, *rows, **where):
        return cra_editions.read_edition(workbook(tmp_path / "cra.xlsx", headings, *rows, **where))

    return read


def test_the_edition_of_2013_is_in_capitals_and_has_an_unnamed_column(edition):
    (line,) = edition(HEADINGS_2013, row_2013()).to_dict("records")
    assert line["label"] == "4.5 OF WHICH: LOCAL PUBLIC TRANSPORT"
    assert line["region"] == "East"
    assert line["organisation"] == ""
    assert (line["2008-09"], line["2009-10"]) == (44_218_000, -700_000)
    assert "1055371" not in map(str, line.values())


def test_later_editions_have_organisations_and_names_that_repeat_the_code(edition):
    (line,) = edition(HEADINGS_2025, row_2025()).to_dict("records")
    assert (line["organisation"], line["organisation_code"]) == ("Academies", "ACD022")
    assert (line["segment"], line["segment_name"]) == ("S022A034", "ACADEMIES")
    assert line["sub_code"] == "090200"
    assert line["2024-25"] == 100_000_000


def test_both_spellings_of_yorkshire_are_one_region(edition):
    regions = ["ENGLAND_Yorkshire and The Humber", "ENGLAND_Yorkshire and the Humber"]
    lines = edition(HEADINGS_2025, *(row_2025(region=region) for region in regions))
    assert lines["region"].tolist() == ["Yorkshire and the Humber"] * 2


def test_local_government_is_la_in_every_edition(edition):
    council = {"code": "ELA101-X101A001-E-TES_CUR-ID-LG-SUB090200", "sector": "LG"}
    assert edition(HEADINGS_2025, row_2025(**council))["sector"].tolist() == ["LA"]


@pytest.mark.parametrize("written", ["CUR", "TES_CUR"])
def test_current_is_written_in_two_ways(edition, written):
    lines = edition(HEADINGS_2025, row_2025(economic=written))
    assert lines["economic"].tolist() == ["current"]


def test_spaces_in_names_are_tidied(edition):
    assert edition(HEADINGS_2013, row_2013())["segment_name"].tolist() == ["LONDON UNDERGROUND"]


def test_blank_rows_are_passed_over_and_still_counted(edition):
    lines = edition(HEADINGS_2025, row_2025(), [], row_2025(), before=2)
    assert lines["source_row"].tolist() == [1, 3]


def test_only_identifiable_lines_of_english_regions_are_kept(edition):
    others = [
        row_2025(identifiable="Non-ID", region="NON-REGIONAL", country="NON-REGIONAL"),
        row_2025(region="SCOTLAND", country="SCOTLAND"),
        row_2025(region="OUTSIDE UK", country="OUTSIDE UK"),
        row_2025(),
    ]
    assert edition(HEADINGS_2025, *others)["source_row"].tolist() == [4]


def test_a_year_leaves_out_zeros_and_keeps_negative_amounts(edition):
    rows = edition(HEADINGS_2025, row_2025(second=0), row_2025(second=-3), row_2025())
    lines = cra_editions.year_lines(rows, "2024-25")
    assert lines["pence"].tolist() == [-300_000, 100_000_000]
    assert "2023-24" not in lines


def test_a_year_that_the_edition_lacks_names_those_it_has(edition):
    rows = edition(HEADINGS_2025, row_2025())
    with pytest.raises(InputError, match=r"no year '2019-20'. It has 2023-24, 2024-25"):
        cra_editions.year_lines(rows, "2019-20")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"region": "ENGLAND_Mercia"}, "region is not known: rows 2"),
        ({"economic": "BOTH"}, "economic is not known: rows 2"),
        ({"sector": "BOE"}, "sector is not known: rows 2"),
        ({"sector": "PC"}, "sector is not the segment code's: rows 2"),
        ({"economic": "CAP"}, "economic is not the segment code's: rows 2"),
        ({"code": "S022A034"}, "the segment's code is not of HM Treasury's form: rows 2"),
        ({"department": ""}, "department is blank: rows 2"),
        ({"second": ""}, "the amount of 2024-25 is blank or not a number: rows 2"),
        ({"second": "n/a"}, "the amount of 2024-25 is blank or not a number: rows 2"),
        ({"identifiable": "maybe"}, "neither ID nor non-ID: rows 2"),
    ],
)
def test_a_row_that_cannot_be_read_is_refused_with_its_number(edition, change, message):
    with pytest.raises(InputError, match=message):
        edition(HEADINGS_2025, row_2025(), row_2025(**change))


def test_all_faults_of_an_edition_are_said_at_once(edition):
    with pytest.raises(InputError) as fault:
        edition(HEADINGS_2025, row_2025(region="ENGLAND_Mercia"), row_2025(second="n/a"))
    assert "region is not known: rows 1" in str(fault.value)
    assert "the amount of 2024-25 is blank or not a number: rows 2" in str(fault.value)


def test_a_missing_or_repeated_heading_is_refused(edition):
    changed = ["Country" if name == "ITL Region" else name for name in HEADINGS_2025]
    with pytest.raises(InputError, match="missing: region"):
        edition(changed, row_2025())
    changed = ["CAP or CUR" if name == "Country" else name for name in HEADINGS_2025]
    with pytest.raises(InputError, match="twice: economic"):
        edition(changed, row_2025())


def test_a_workbook_without_a_database_is_refused(edition):
    with pytest.raises(InputError, match="no sheet with the headings Department Name"):
        edition(["Department", "Amount"], ["x", 1])


@pytest.mark.parametrize(
    ("name", "bare"),
    [
        ("S902A001-AFPS RETIRED PAY", "AFPS RETIRED PAY"),
        ("S902A001 - AFPS", "AFPS"),
        ("s902a001-afps", "afps"),
        ("AFPS", "AFPS"),
        ("S902A001", "S902A001"),
    ],
)
def test_a_segments_name_is_bare_of_its_code(name, bare):
    assert cra_editions.bare_name(name, "S902A001") == bare
