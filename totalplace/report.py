"""The reports of a place: its notebooks run, printed as pages, their tables written as CSV, moved into place whole.

reports/<year>/<place>/ gets a page a notebook and data/<table>.csv; data/processed/<year>/<place>/ the ledgers. All are
written beside their place first: a run that fails leaves what was there as it was.
"""

import csv
import shutil
from importlib.metadata import version

from totalplace import engine, estimate, places, reference
from totalplace.board import BoardExporter
from totalplace.show import MIME

NOTEBOOKS = ("high_level_count",)


def build(name, year, scope="identifiable", parameters=None, timeout=None):
    """Build every report of one place; returns the paths of its pages.

    Raises Fault for an unknown place, year, scope or parameter, before anything runs; engine.Failed where a notebook
    fails. Either way the reports that were there stay as they were.
    """
    place = places.place(name)
    estimate.national_lines(year, scope)
    asked = {**(parameters or {}), "place": place.slug, "year": year, "scope": scope}
    notebooks = [reference.home() / "notebooks" / f"{notebook}.ipynb" for notebook in NOTEBOOKS]
    for notebook in notebooks:
        engine.check_parameters(notebook, asked)
    beside = reference.home() / "reports" / year / f".{place.slug}.part"
    shutil.rmtree(beside, ignore_errors=True)
    pages, processed = beside / "pages", beside / "processed"
    pages.mkdir(parents=True)
    (processed / year / place.slug).mkdir(parents=True)
    try:
        for notebook in notebooks:
            executed = engine.execute(notebook, asked, processed, timeout)
            executed.metadata["totalplace"] = facts(place, year, scope)
            print_page(executed, notebook.stem, pages)
        _move(processed / year / place.slug, reference.home() / "data" / "processed" / year / place.slug)
        return sorted(_move(pages, reference.home() / "reports" / year / place.slug).glob("*.html"))
    finally:
        shutil.rmtree(beside, ignore_errors=True)


def facts(place, year, scope):
    """What a page says of itself: what it is of, what it is made from, and the command that makes it again."""
    data = reference.sources(["cra-2010-9", "ro-2010-11", "ons-2009"])
    return {
        "place": place.name,
        "year": year,
        "scope": scope,
        "made_from": [f"{row.publisher}, {row.title} ({row.published})" for row in data.itertuples()],
        "command": f"totalplace run {place.slug} --year {year} --scope {scope}",
        "versions": {name: version(name) for name in ("totalplace", "pandas", "matplotlib", "nbconvert", "papermill")},
    }


def print_page(executed, name, folder):
    """Print an executed notebook as `<name>.html`, and each table and figure it shows as data/<table>.csv."""
    html, _ = BoardExporter().from_notebook_node(executed)
    (folder / f"{name}.html").write_text(html, encoding="utf-8")
    (folder / "data").mkdir(exist_ok=True)
    for shown in _shown(executed):
        _write_csv(folder / "data" / f"{shown['name']}.csv", shown)


def _shown(executed):
    """What the notebook's cells showed, in order: the facts of every table and figure with a name."""
    outputs = [output for cell in executed.cells for output in cell.get("outputs", [])]
    facts = [output["data"][MIME] for output in outputs if MIME in output.get("data", {})]
    return [shown for shown in facts if shown["name"]]


def _write_csv(path, shown):
    with open(path, "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(_safe(column) for column in shown["columns"])
        writer.writerows([_safe(cell) for cell in row] for row in shown["rows"])


def _safe(cell):
    """Text that a spreadsheet would run as a formula gets an apostrophe before it; a number is a number."""
    return f"'{cell}" if isinstance(cell, str) and cell[:1] in ("=", "+", "-", "@", "\t", "\r") else cell


def _move(new, old):
    """Move a folder into its place whole; returns its place."""
    old.parent.mkdir(parents=True, exist_ok=True)
    aside = old.with_name(f".{old.name}.old")
    shutil.rmtree(aside, ignore_errors=True)
    if old.exists():
        old.rename(aside)
    new.rename(old)
    shutil.rmtree(aside, ignore_errors=True)
    return old
