"""Reports as PDF: tagged, titled, with cover, contents and page numbers; hostile text is text."""

import html
import os
import re
import shutil
import stat
import subprocess

import pytest
from click.testing import CliRunner

from tests.report.test_index import FACTS, HOSTILE, described
from tests.report.test_index import built as build_folder
from totalplace import cli
from totalplace.errors import InputError, RunError
from totalplace.report import index_pages
from totalplace.run import manifest, pdf
from totalplace.run.job import Job

PAGES = ["high_level_count", "deep_dive", "funding_flows"]
KENT = Job("kent", "2008-09")


def needed(*programs):
    missing = [program for program in programs if not shutil.which(program)]
    if missing and (os.environ.get("CI") or os.environ.get("TOTALPLACE_BROWSER") == "required"):
        pytest.fail(f"{missing} are not installed, and the PDFs must be tested here")
    if missing:
        pytest.skip(f"{missing} are not installed: the PDFs were NOT tested")


@pytest.fixture(scope="module")
def printed(built):
    """The PDFs of Kent, by page."""
    needed("chromium", "pdfinfo", "pdftotext")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TOTALPLACE_HOME", str(built))
        paths = pdf.print_pages(KENT)
    yield {path.stem: path for path in paths}
    shutil.rmtree(paths[0].parent)


def output_of(path, *words):
    return subprocess.run(
        [*words, str(path)], check=True, capture_output=True, encoding="utf-8"
    ).stdout


def text_of(path, first=1, last=999):
    return subprocess.run(
        ["pdftotext", "-f", str(first), "-l", str(last), str(path), "-"],
        check=True,
        capture_output=True,
        encoding="utf-8",
    ).stdout


def test_every_report_is_printed_tagged_and_titled_on_a4(printed):
    assert list(printed) == PAGES
    for path in printed.values():
        facts = output_of(path, "pdfinfo")
        assert re.search(r"Tagged: +yes", facts)
        assert re.search(r"Title: +.* · Kent, 2008-09", facts)
        assert "(A4)" in facts


def test_the_cover_has_title_place_and_year_and_no_page_number(printed):
    cover = text_of(printed["high_level_count"], 1, 1)
    assert "High level count" in cover
    assert "Kent" in cover
    assert "2008-09" in cover
    assert " of " not in cover


def test_every_page_after_the_cover_has_its_number(printed):
    for path in printed.values():
        pages = int(re.search(r"Pages: +(\d+)", output_of(path, "pdfinfo"))[1])
        for number in range(2, pages + 1):
            assert f"{number} of {pages}" in text_of(path, number, number)
            assert re.search(r"Total Place · .+ · Kent, 2008-09", text_of(path, number, number))


def test_the_report_begins_with_its_title_above_the_first_words(printed):
    (line, *_) = text_of(printed["high_level_count"], 3, 3).splitlines()
    assert line == "High level count"


def test_words_in_rules_of_print_cannot_end_them():
    made = pdf.titles("<title>A&quot;}&lt;/style&gt;</title><h1>B\\&amp;</h1>")
    assert r'content: "Total Place \b7  A\22 \7d \3c \2f style\3e ";' in made
    assert r'content: "B\5c \26 ";' in made


def test_long_tables_are_not_printed_and_that_is_said_once(printed):
    text = " ".join(text_of(printed["high_level_count"]).split())
    assert (
        text.count("The long tables are not printed: they are in the workbook and in data/.") == 1
    )
    assert "opened one by one" not in text


def test_the_contents_name_each_part_with_the_page_it_is_on(printed):
    for path in printed.values():
        lines = [line.strip() for line in text_of(path, 2, 2).splitlines() if line.strip()]
        assert lines[0] == "Contents"
        numbers = [int(line) for line in lines if line.isdecimal()]
        parts = [
            line
            for line in lines[1:]
            if not line.isdecimal() and " of " not in line and not line.startswith("Total Place")
        ]
        assert numbers == sorted(numbers)
        assert len(numbers) == len(parts)
        for part, number in zip(parts, numbers, strict=True):
            assert part in " ".join(text_of(path, number, number).split()), (
                path.stem,
                part,
                number,
            )


def test_a_heading_is_on_the_page_of_the_exhibit_beneath_it(printed, built):
    for name, path in printed.items():
        page = (built / "reports" / "2008-09" / "kent" / f"{name}.html").read_text(encoding="utf-8")
        over = re.findall(
            r'<h2 id="[^"]*">([^<]*)</h2>(?:\s*<p>[^<]*</p>)?\s*<(?:div|figure) class="shown">'
            r'(?:(?!</h2>|class="folded").)*?<span class="number">((?:Figure|Table) \d+:)',
            page,
            re.S,
        )
        assert len(over) > 3
        pages = [" ".join(text.split()) for text in text_of(path, 3).split("\f")]
        for heading, number in over:
            assert any(html.unescape(heading) in text and number in text for text in pages), (
                name,
                heading,
                number,
            )


def test_pictures_keep_their_words_and_figures_are_text(printed, built):
    folder = built / "reports" / "2008-09" / "kent"
    content = printed["high_level_count"].read_bytes()
    kept = {
        bytes.fromhex(code.decode()).decode("utf-16")
        for code in re.findall(rb"/Alt <([0-9A-F]+)>", content)
    }
    kept |= {words.decode("latin-1") for words in re.findall(rb"/Alt \((.*?)\)\n", content)}
    page = (folder / "high_level_count.html").read_text(encoding="utf-8")
    charts = set(re.findall(r'<figcaption id="caption-([a-z-]+)"', page))
    assert len(kept) >= len(charts) > 2
    assert any("Kent, 2008-09. Bar chart" in words for words in kept)
    headline = re.search(r"<strong>(£[\d,.]+(?:m|bn))</strong>", page)[1]
    assert headline in text_of(printed["high_level_count"])


def test_a_printed_report_is_still_current_and_whole(printed, built, monkeypatch):
    monkeypatch.setenv("TOTALPLACE_HOME", str(built))
    assert manifest.is_current(KENT, KENT.folders())


def test_hostile_text_is_text_in_a_pdf(tmp_path, monkeypatch):
    needed("chromium", "pdftotext")
    monkeypatch.setenv("TOTALPLACE_HOME", str(tmp_path))
    folder = build_folder(tmp_path / "reports", "croydon")
    parts = [
        {
            "name": "high_level_count",
            "title": HOSTILE,
            "headlines": [[HOSTILE, HOSTILE]],
            "tables": [],
        }
    ]
    index_pages.write_place(described("croydon", pages=parts), FACTS, [], folder)
    (folder / "index.html").replace(folder / "high_level_count.html")
    (path,) = pdf.print_pages(Job("croydon", "2008-09"))
    assert "<script>alert(1)</script>" in text_of(path).replace("\n", "")


def program(folder, script):
    """A program in the place of a browser."""
    path = folder / "browser"
    path.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return str(path)


@pytest.mark.parametrize(
    ("script", "message"),
    [
        ("echo it broke >&2; exit 3", r"did not print it \(status 3\). it broke"),
        ("exit 0", r"did not print it \(status 0\)"),
        (
            'for a; do case $a in --print-to-pdf=*) printf %%PDF-1.4 > "${a#*=}";; esac; done',
            r"did not print it \(status 0\)",
        ),
        ("kill -9 $$", r"did not print it \(status -9\)"),
    ],
)
@pytest.mark.skipif(
    os.name != "posix", reason="shell scripts take the place of the browser: not on Windows"
)
def test_a_browser_that_does_not_print_leaves_the_old_pdfs(tmp_path, monkeypatch, script, message):
    monkeypatch.setenv("TOTALPLACE_HOME", str(tmp_path))
    folder = build_folder(tmp_path / "reports", "croydon")
    (folder / "high_level_count.html").write_text("<style></style>", encoding="utf-8")
    (folder / "pdf").mkdir()
    (folder / "pdf" / "high_level_count.pdf").write_bytes(b"old")
    with pytest.raises(RunError, match=message):
        pdf.print_pages(Job("croydon", "2008-09"), program(tmp_path, script))
    assert [path.read_bytes() for path in (folder / "pdf").iterdir()] == [b"old"]


def test_without_a_browser_the_command_says_so_and_ends_with_1(tmp_path, monkeypatch):
    monkeypatch.setenv("TOTALPLACE_HOME", str(tmp_path))
    (tmp_path / "data").symlink_to(manifest.PACKAGE.parent / "data")
    build_folder(tmp_path / "reports", "croydon")
    monkeypatch.setattr(shutil, "which", lambda name: None)
    monkeypatch.delenv(pdf.NAMED, raising=False)
    result = CliRunner().invoke(cli.main, ["pdf", "croydon"])
    assert result.exit_code == 1
    assert "no Chromium, Chrome or Edge was found to print with" in result.output
    monkeypatch.setenv(pdf.NAMED, "/nowhere/chrome")
    with pytest.raises(
        InputError, match="TOTALPLACE_BROWSER_PATH is '/nowhere/chrome', which is no program here"
    ):
        pdf.browser()


def test_page_numbers_are_those_of_the_parts_that_links_lead_to(printed):
    for path in printed.values():
        found = pdf.page_numbers(path)
        pages = [found[name] for name in found if name.startswith("section-")]
        assert len(pages) > 3
        assert min(pages) >= 3
        assert max(pages) <= int(re.search(r"Pages: +(\d+)", output_of(path, "pdfinfo"))[1])


def test_a_pdf_that_cannot_be_read_is_an_error_that_says_so(tmp_path):
    path = tmp_path / "broken.pdf"
    path.write_bytes(b"%PDF-1.4\n%%EOF")
    with pytest.raises(RunError, match="printed a PDF that cannot be read"):
        pdf.page_numbers(path)


def test_the_browser_named_is_taken_before_those_found(tmp_path, monkeypatch):
    path = program(tmp_path, "exit 0")
    monkeypatch.setenv(pdf.NAMED, path)
    assert pdf.browser() == path


def test_browsers_of_windows_and_macos_are_found_where_they_are(monkeypatch):
    monkeypatch.setenv("PROGRAMFILES(X86)", r"C:\Program Files (x86)")
    places = pdf._usual_places()
    assert r"C:\Program Files (x86)\Microsoft\Edge\Application\msedge.exe" in places
    assert "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome" in places


def test_a_report_that_is_not_there_is_an_input_error(tmp_path, monkeypatch):
    monkeypatch.setenv("TOTALPLACE_HOME", str(tmp_path))
    with pytest.raises(InputError, match=r"is not there: `totalplace run` makes it"):
        pdf.print_pages(KENT)
