"""Reports printed as PDF by an installed Chromium or Edge: tagged, with cover, contents, bookmarks and page numbers.

The PDFs stand in pdf/ beside the pages. They have the time and the browser in them, so they are no part of the manifest, and
a new run of the place takes them away with the pages that they were printed from.
"""

import os
import re
import shutil
import subprocess
from pathlib import Path

from totalplace.errors import InputError, RunError
from totalplace.report import summary
from totalplace.run import manifest
from totalplace.run.atomic_folder import scratch_folder

NAMED = "TOTALPLACE_BROWSER_PATH"
ON_PATH = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "microsoft-edge",
           "microsoft-edge-stable", "msedge")  # fmt: skip
WINDOWS = (
    r"Google\Chrome\Application\chrome.exe",
    r"Chromium\Application\chrome.exe",
    r"Microsoft\Edge\Application\msedge.exe",
)
MACOS = ("Google Chrome", "Chromium", "Microsoft Edge")
FLAGS = ("--headless", "--disable-gpu", "--no-first-run", "--disable-extensions", "--disable-background-networking",
         "--no-pdf-header-footer", "--generate-pdf-document-outline", "--export-tagged-pdf")  # fmt: skip
SECONDS = 120
STYLE = Path(__file__).parent.parent / "report" / "html" / "pdf.css"


def browser():
    """The program that prints: the one named by TOTALPLACE_BROWSER_PATH, else one of the usual names and places.

    Raises InputError where the one named is not there, or none is found.
    """
    named = os.environ.get(NAMED)
    if named:
        found = shutil.which(named)
        if not found:
            raise InputError(
                f"{NAMED} is {named!r}, which is no program here. Name Chromium, Chrome or Edge, or take it out."
            )
        return found
    found = next((path for path in map(shutil.which, [*ON_PATH, *_usual_places()]) if path), None)
    if not found:
        raise InputError(
            f"no Chromium, Chrome or Edge was found to print with. Install one, or name its program in {NAMED}."
        )
    return found


def _usual_places():
    """Where Windows and macOS have their browsers, which are not on the PATH there."""
    folders = [
        os.environ.get(name) for name in ("PROGRAMFILES", "PROGRAMFILES(X86)", "LOCALAPPDATA")
    ]
    windows = [f"{folder}\\{place}" for folder in folders if folder for place in WINDOWS]
    return [*windows, *(f"/Applications/{name}.app/Contents/MacOS/{name}" for name in MACOS)]


def print_pages(job, program=None):
    """Print every report of a job into pdf/ beside its pages; returns their paths.

    Raises InputError where there is no whole report or no browser, RunError where the browser does not print; the PDFs that were
    there then stay.
    """
    folder = job.folders()["pages"]
    pages = [page["name"] for page in summary.read(folder)["pages"]]
    program = program or browser()
    with scratch_folder("pdf") as beside:
        made = [_printed(program, folder / f"{page}.html", Path(beside)) for page in pages]
        return [_moved(path, folder / manifest.PDF / path.name) for path in made]


def _printed(program, page, beside):
    """One page printed in a scratch folder: once to learn where its parts come to stand, and again with that in its contents.

    Returns the path of its PDF. Raises RunError.
    """
    text = page.read_text(encoding="utf-8").replace(
        "</style>", STYLE.read_text(encoding="utf-8") + "</style>", 1
    )
    made = _print(program, text, beside / page.name)
    where = page_numbers(made.read_bytes())
    numbered = re.sub(
        r'<a href="#([a-z0-9-]+)">(.*?)</a>(?=</li>)', lambda link: _with_page(link, where), text
    )
    made = _print(program, numbered, beside / page.name)
    if page_numbers(made.read_bytes()) != where:
        raise RunError(
            f"{page.name}: its contents moved when their page numbers were put in; this is a bug, not your browser."
        )
    return made


def _with_page(link, where):
    """A link of the contents with the number of the page that it leads to, where that is known."""
    number = where.get(link[1])
    return (
        link[0]
        if number is None
        else f'<a href="#{link[1]}">{link[2]}<span class="page">{number}</span></a>'
    )


def page_numbers(content):
    """The page on which each part stands that a PDF of Chromium has links to: name -> number, from 1. content: its bytes."""
    nodes = re.findall(rb"\n(\d+) 0 obj\n<</Type /Pages\b.*?/Kids \[([^\]]*)\]", content, re.S)
    kids = {node: re.findall(rb"(\d+) 0 R", refs) for node, refs in nodes}
    roots = kids.keys() - {ref for refs in kids.values() for ref in refs}
    order = {ref: number for number, ref in enumerate(_leaves(kids, sorted(roots)), start=1)}
    parts = re.findall(rb"/([a-z0-9-]+) \[(\d+) 0 R /XYZ", content)
    return {name.decode("ascii"): order[ref] for name, ref in parts if ref in order}


def _leaves(kids, refs):
    """The pages under nodes of the tree of pages, in order."""
    return [leaf for ref in refs for leaf in (_leaves(kids, kids[ref]) if ref in kids else [ref])]


def _print(program, text, copy):
    """HTML text written as `copy` and printed beside it; returns the path of the PDF. Raises RunError."""
    made = copy.with_suffix(".pdf")
    copy.write_text(text, encoding="utf-8")
    made.unlink(missing_ok=True)
    as_root = (
        ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
    )  # it has no sandbox for root
    profile = f"--user-data-dir={copy.parent / 'profile'}"
    command = [program, *FLAGS, *as_root, profile, f"--print-to-pdf={made}", copy.as_uri()]
    try:
        done = subprocess.run(command, capture_output=True, timeout=SECONDS, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise RunError(f"{copy.name}: {program} did not print it: {error}") from error
    if done.returncode or not _is_whole(made):
        said = done.stderr.decode("utf-8", "replace").strip().splitlines()[-1:]
        raise RunError(
            f"{copy.name}: {program} did not print it (status {done.returncode}). {' '.join(said)}".strip()
        )
    return made


def _is_whole(path):
    """True for a PDF with its beginning and its end."""
    content = path.read_bytes() if path.is_file() else b""
    return content.startswith(b"%PDF-") and content.rstrip().endswith(b"%%EOF")


def _moved(path, place):
    """A file copied into its place whole; returns the place."""
    place.parent.mkdir(exist_ok=True)
    beside = place.with_name(f".{place.name}.{os.getpid()}")
    try:
        shutil.copyfile(path, beside)
        os.replace(beside, place)
    finally:
        beside.unlink(missing_ok=True)
    return place
