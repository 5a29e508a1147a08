"""The index pages: made of what folders say, the same for the same folders, hostile names as text."""

import json
import shutil
import time

import pytest

from totalplace.errors import InputError
from totalplace.report import index_pages, summary

pytest_plugins = ["tests.browser"]
HOSTILE = '"><script>alert(1)</script><img src=x onerror=alert(1)>=HYPERLINK(1)'
FACTS = {
    "place": "Croydon",
    "year": "2008-09",
    "command": "totalplace run croydon",
    "versions": {"pandas": "3.0"},
}


def described(place, **changes):
    """What a folder says of itself."""
    facts = {
        "place": place,
        "name": place.title(),
        "year": "2008-09",
        "scope": "identifiable",
        "audience": "board",
        "people": 1000,
        "pence": 800_000_000,
        "evidence": [["outturn", 200_000_000], ["national estimate", 600_000_000]],
        "pages": [
            {
                "name": "high_level_count",
                "title": "High level count",
                "headlines": [["spent", "£8.0m"]],
                "tables": [{"name": "divisions", "caption": "Spending adds to £8.0m"}],
            }
        ],
    }
    return facts | changes


def built(reports, place, **changes):
    """A folder of reports that says this of itself."""
    facts = described(place, **changes)
    folder = reports / facts["year"] / facts.get("folder", place)
    folder.mkdir(parents=True)
    (folder / "high_level_count.html").write_text("", encoding="utf-8")
    (folder / "manifest.json").write_text("{}", encoding="utf-8")
    summary.write(facts, folder)
    return folder


@pytest.fixture
def reports(tmp_path):
    return tmp_path / "reports"


def page(reports):
    return (reports / "index.html").read_text(encoding="utf-8")


def test_places_are_ranked_by_pounds_per_head_with_bar_and_link(reports):
    built(reports, "small", pence=400_000_000, evidence=[["national estimate", 400_000_000]])
    built(reports, "large")
    assert index_pages.write_all(reports) == []
    text = page(reports)
    assert text.index('href="2008-09/large/index.html"') < text.index(
        'href="2008-09/small/index.html"'
    )
    assert "From £8,000 per head in Large to £4,000 in Small" in text
    assert "<td>8,000</td><td>8.0</td><td>25.0%</td>" in text
    assert 'class="bar w100"' in text
    assert 'class="bar w50"' in text
    assert ".w50 { width: 50%; }" in text


def test_of_three_places_or_more_the_median_is_named_so(reports):
    for place, people in (("a", 1000), ("b", 2000), ("c", 4000)):
        built(reports, place, people=people)
    index_pages.write_all(reports)
    assert "<strong>£4,000</strong> per head, the median of all places" in page(reports)


def test_what_is_withheld_is_not_known_from_returns(reports):
    grades = [["outturn", 100], ["budget", 100], ["national estimate", 600], ["withheld", 200]]
    built(reports, "a", pence=1000, evidence=grades)
    index_pages.write_all(reports)
    assert "<td>20.0%</td>" in page(reports)


def test_years_scopes_and_themes_have_tables_of_their_own(reports):
    for place, year, scope in (
        ("a", "2008-09", "identifiable"),
        ("b", "2008-09", "pilot-2009"),
        ("c", "2007-08", "identifiable"),
    ):
        built(reports, place, year=year, scope=scope)
    built(reports, "a", folder="a--theme-older", theme="older")
    assert index_pages.write_all(reports) == []
    assert page(reports).count("<table") == 4
    assert 'href="2008-09/a--theme-older/index.html"' in page(reports)
    assert "2008-09, everything identifiable, theme older" in page(reports)


def test_the_commands_of_a_page_name_what_is_not_the_default(reports):
    other = {"scope": "pilot-2009", "theme": "older", "audience": "working"}
    for changes, options in (
        ({}, "croydon --year 2008-09 "),
        (other, "croydon --year 2008-09 --audience working --scope pilot-2009 --theme older "),
    ):
        folder = built(reports / options.replace(" ", ""), "croydon", **changes)
        index_pages.write_place(described("croydon", **changes), FACTS, [], folder)
        text = (folder / "index.html").read_text(encoding="utf-8")
        assert f"<code>totalplace trace {options}" in text


@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        (lambda folder: (folder / "manifest.json").unlink(), "no manifest.json"),
        (
            lambda folder: (folder / "manifest.json").rename(folder / "failed.log"),
            "its run failed; failed.log in it says why",
        ),
        (lambda folder: (folder / "summary.json").unlink(), "cannot be read"),
        (lambda folder: (folder / "summary.json").write_text('{"place"'), "cannot be read"),
        (lambda folder: (folder / "summary.json").write_text("[]"), "is not a summary"),
        (
            lambda folder: (folder / "summary.json").write_text(
                json.dumps(described("half", people="many"))
            ),
            "lacks people",
        ),
        (
            lambda folder: (folder / "summary.json").write_text(json.dumps(described("kent"))),
            "is of 'kent', '2008-09'",
        ),
        (
            lambda folder: (folder / "summary.json").write_text(
                json.dumps(described("half", evidence=[["x", 1.5]]))
            ),
            "grades and pence",
        ),
        (
            lambda folder: (folder / "high_level_count.html").unlink(),
            "high_level_count are not there",
        ),
        (
            lambda folder: folder.rename(folder.with_name("A <b> folder")),
            "not the folder of a place",
        ),
    ],
)
def test_a_half_or_foreign_folder_is_left_out_and_named(reports, spoil, why):
    built(reports, "whole")
    spoil(built(reports, "half"))
    (fault,) = index_pages.write_all(reports)
    assert why in fault
    assert "whole" in page(reports)
    assert "half" not in page(reports)
    assert "<b>" not in page(reports)


def test_unfinished_folders_and_other_files_are_passed_by(reports):
    built(reports, "whole")
    (reports / "2008-09" / ".kent.part").mkdir()
    (reports / "working" / "2008-09" / "kent").mkdir(parents=True)
    assert index_pages.write_all(reports) == []


def test_the_same_folders_give_the_same_bytes_in_any_order(reports, tmp_path):
    for place in ("a", "b", "c"):
        built(reports, place)
    for place in ("c", "a", "b"):
        built(tmp_path / "again" / "reports", place)
    for folder in (reports, tmp_path / "again" / "reports"):
        index_pages.write_all(folder)
    assert page(reports) == page(tmp_path / "again" / "reports")
    assert [path.name for path in reports.iterdir()] != []
    assert not list(reports.glob(".index*"))


def test_an_index_of_nothing_says_so(reports):
    index_pages.write_all(reports)
    assert "No report has been built yet" in page(reports)


def test_a_place_without_a_count_is_listed_without_figures(reports):
    built(reports, "bare", pence=None, evidence=[])
    index_pages.write_all(reports)
    assert "Reports with no count" in page(reports)
    assert 'href="2008-09/bare/index.html"' in page(reports)


def test_all_of_england_is_listed_in_well_under_a_second(reports):
    for number in range(326):
        built(reports, f"place-{number}", pence=800_000_000 + number)
    start = time.process_time()
    index_pages.write_all(reports)
    assert time.process_time() - start < 1
    assert page(reports).count("<tr>") == 327


def test_working_copies_have_an_index_of_their_own(reports):
    built(reports / "working", "croydon", audience="working")
    index_pages.write_all(reports / "working")
    assert "Working copy, not for circulation" in page(reports / "working")
    index_pages.write_all(reports)
    assert "orking copy" not in page(reports)


def test_a_copy_for_another_audience_is_left_out_and_named(reports):
    built(reports, "croydon", audience="working")
    (fault,) = index_pages.write_all(reports)
    assert "its audience is 'working', not 'board'" in fault


def hostile(folder):
    """Both pages, with hostile text wherever a folder may say something."""
    table = {"name": "divisions", "caption": HOSTILE}
    parts = [
        {
            "name": "high_level_count",
            "title": HOSTILE,
            "headlines": [[HOSTILE, HOSTILE]],
            "tables": [table],
        }
    ]
    facts = {
        "name": HOSTILE,
        "scope": HOSTILE,
        "pages": parts,
        "evidence": [[HOSTILE, 800_000_000]],
    }
    place = built(folder, "croydon", **facts)
    index_pages.write_place(
        described("croydon", **facts), FACTS, [("summary.json", HOSTILE)], place
    )
    index_pages.write_all(folder)
    return [place / "index.html", folder / "index.html"]


def test_what_a_folder_says_is_text_never_html(reports, opened):
    for path in hostile(reports):
        text = path.read_text(encoding="utf-8")
        assert "<script" not in text
        assert "<img" not in text
        with opened(path) as visit:
            assert "<script>alert(1)</script>" in visit.page.inner_text("body")
            assert (visit.dialogs, visit.messages) == ([], [])


def test_both_pages_are_for_everybody_and_ask_for_nothing(reports, opened, axe):
    place = built(reports, "croydon")
    for number in range(12):
        name = f"stratford-on-the-very-long-river-{number}"
        built(reports, name, pence=500_000_000 + 10_000_000 * number)
    files = [("summary.json", "the headline figures")]
    index_pages.write_place(described("croydon"), FACTS, files, place)
    index_pages.write_all(reports)
    for path in (reports / "index.html", place / "index.html"):
        with opened(path, bypass_csp=True) as visit:
            for width in (1280, 375, 320):
                visit.resize(width)
                assert not visit.is_too_wide(), width
                assert visit.violations(axe) == [], width
            visit.resize(1280)
            visit.page.emulate_media(media="print")
            assert visit.violations(axe) == []
            assert visit.requests == [path.as_uri()]


def test_neither_page_has_a_script_or_a_style_attribute(reports):
    for path in hostile(reports):
        text = path.read_text(encoding="utf-8")
        assert "Content-Security-Policy" in text
        assert " style=" not in text.replace("style='x", "")


def test_a_summary_of_a_folder_that_is_gone_is_refused(reports):
    folder = built(reports, "croydon")
    shutil.rmtree(folder)
    with pytest.raises(InputError, match="is not there: `totalplace run` makes it"):
        summary.read(folder)
