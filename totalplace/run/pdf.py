"""Reports printed as PDF by an installed Chromium or Edge.

Tagged, with cover, contents, bookmarks and page numbers, in pdf/ beside the pages. They have the
time and the browser in them, so they are not in the manifest, and a new run of the place removes
them with the pages that they were printed from.
"""

import html
import os
import re
import shutil
import subprocess
from pathlib import Path

from pypdf import PdfReader
from pypdf.errors import PyPdfError

from totalplace.errors import InputError, RunError
from totalplace.report import summary
from totalplace.report.exporter import HTML
from totalplace.run import manifest
from totalplace.run.atomic_folder import scratch_folder
from totalplace.run.job import Job
from totalplace.text_files import write_whole

NAMED = "TOTALPLACE_BROWSER_PATH"
ON_PATH = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "chrome",
    "microsoft-edge",
    "microsoft-edge-stable",
    "msedge",
)
WINDOWS = (
    r"Google\Chrome\Application\chrome.exe",
    r"Chromium\Application\chrome.exe",
    r"Microsoft\Edge\Application\msedge.exe",
)
MACOS = ("Google Chrome", "Chromium", "Microsoft Edge")
FLAGS = (
    "--headless",
    "--disable-gpu",
    "--no-first-run",
    "--disable-extensions",
    "--disable-background-networking",
    "--no-pdf-header-footer",
    "--generate-pdf-document-outline",
    "--export-tagged-pdf",
)
SECONDS = 120  # that one page may take


def browser() -> str:
    """The program that prints: the one that TOTALPLACE_BROWSER_PATH names, or a usual one.

    Raises InputError where the one named is not there, RunError where none is found.
    """
    named = os.environ.get(NAMED)
    if named:
        found = shutil.which(named)
        if not found:
            raise InputError(
                f"{NAMED} is {named!r}, which is no program here. "
                "Name Chromium, Chrome or Edge, or leave it unset."
            )
        return found
    found = next((path for path in map(shutil.which, [*ON_PATH, *_usual_places()]) if path), None)
    if not found:
        raise RunError(
            "no Chromium, Chrome or Edge was found to print with. "
            f"Install one, or name its program in {NAMED}."
        )
    return found


def _usual_places() -> list[str]:
    """Where Windows and macOS have their browsers, which are not on the PATH there."""
    names = ("PROGRAMFILES", "PROGRAMFILES(X86)", "LOCALAPPDATA")
    folders = [folder for folder in map(os.environ.get, names) if folder]
    windows = [f"{folder}\\{place}" for folder in folders for place in WINDOWS]
    return [*windows, *(f"/Applications/{name}.app/Contents/MacOS/{name}" for name in MACOS)]


def print_pages(job: Job, program: str | None = None) -> list[Path]:
    """Print every report of a job into pdf/ beside its pages; returns their paths.

    Where it fails, the PDFs that were there stay.

    Raises
    ------
    InputError
        Where there is no whole report, or no browser of the name given.
    RunError
        Where no browser is found, or it does not print.
    """
    folder = job.folders()["pages"]
    pages = [page["name"] for page in summary.read(folder)["pages"]]
    program = program or browser()
    with scratch_folder("pdf") as beside:
        made = [_print_page(program, folder / f"{page}.html", Path(beside)) for page in pages]
        return [write_whole(folder / manifest.PDF / path.name, path.read_bytes()) for path in made]


def _print_page(program: str, page: Path, beside: Path) -> Path:
    """One page printed in a scratch folder; returns the path of its PDF. Raises RunError.

    It is printed twice, the second time with the page numbers of its parts in its contents.
    """
    style = (HTML / "pdf.css").read_text(encoding="utf-8")
    text = page.read_text(encoding="utf-8")
    style += titles(text)
    text = text.replace("</style>", f"{style}</style>", 1)
    made = _print(program, text, beside / page.name)
    numbers = page_numbers(made)
    links = re.compile(r'<a href="#([a-z0-9-]+)">(.*?)</a>(?=</li>)')
    numbered = links.sub(lambda link: _with_page(link, numbers), text)
    made = _print(program, numbered, beside / page.name)
    if page_numbers(made) != numbers:
        raise RunError(
            f"{page.name}: its contents moved when their page numbers were put in; "
            "this is a bug, not your browser."
        )
    return made


def titles(text: str) -> str:
    """The rules that print a page's title above its first part, and in the foot what it is of."""
    title = _quoted(_inside(text, "h1"))
    foot = _quoted(f"Total Place · {_inside(text, 'title')}")
    return (
        f"@media print {{ main::before {{ content: {title}; }} }}\n"
        f"@page {{ @bottom-left {{ content: {foot}; }} }}\n"
    )


def _inside(text: str, tag: str) -> str:
    """The words of the first element of that name, or nothing."""
    found = re.search(f"<{tag}>(.*?)</{tag}>", text, re.DOTALL)
    return html.unescape(found[1]).strip() if found else ""


def _quoted(words: str) -> str:
    """Words as a string of CSS, in which no letter can end it."""
    letters = (one if one.isalnum() or one in " .,-" else f"\\{ord(one):x} " for one in words)
    return f'"{"".join(letters)}"'


def _with_page(link: re.Match[str], numbers: dict[str, int]) -> str:
    """A link of the contents with the number of the page that it leads to, where that is known."""
    if link[1] not in numbers:
        return link[0]
    return f'<a href="#{link[1]}">{link[2]}<span class="page">{numbers[link[1]]}</span></a>'


def page_numbers(path: Path) -> dict[str, int]:
    """Part of a PDF that is linked to -> its page, from 1. Raises RunError for a broken PDF."""
    try:
        reader = PdfReader(path)
        pages = {
            name.removeprefix("/"): reader.get_destination_page_number(part)
            for name, part in reader.named_destinations.items()
        }
    except PyPdfError as error:
        raise RunError(
            f"{path.name}: the browser printed a PDF that cannot be read ({error})."
        ) from error
    return {name: page + 1 for name, page in pages.items() if page is not None and page >= 0}


def _print(program: str, text: str, copy: Path) -> Path:
    """HTML written as `copy` and printed beside it; returns the PDF's path. Raises RunError."""
    made = copy.with_suffix(".pdf")
    copy.write_text(text, encoding="utf-8")
    made.unlink(missing_ok=True)
    is_root = hasattr(os, "geteuid") and os.geteuid() == 0  # for whom a browser has no sandbox
    profile = f"--user-data-dir={copy.parent / 'profile'}"
    options = [*FLAGS, *(["--no-sandbox"] if is_root else []), profile]
    command = [program, *options, f"--print-to-pdf={made}", copy.as_uri()]
    try:
        done = subprocess.run(command, capture_output=True, timeout=SECONDS, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise RunError(f"{copy.name}: {program} did not print it: {error}") from error
    if done.returncode or not _is_whole(made):
        last = done.stderr.decode("utf-8", "replace").strip().splitlines()[-1:]
        problem = f"{program} did not print it (status {done.returncode})"
        raise RunError(f"{copy.name}: {problem}. {' '.join(last)}".strip())
    return made


def _is_whole(path: Path) -> bool:
    """True for a PDF with its beginning and its end."""
    content = path.read_bytes() if path.is_file() else b""
    return content.startswith(b"%PDF-") and content.rstrip().endswith(b"%%EOF")
