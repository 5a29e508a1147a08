"""The reports of a place: its notebooks run, printed as pages, their tables written as CSV, with a manifest of it all.

`make` fills a folder of pages and one of ledgers; `build` does so beside their place and moves them into it whole: a run
that fails leaves what was there as it was.
"""

import csv
import shutil
from importlib.metadata import version

from totalplace import engine, estimate, manifest, places, reference
from totalplace.board import BoardExporter
from totalplace.show import MIME


def folders(job):
    """Where the pages and the ledgers of a job go: {"pages": path, "ledgers": path}."""
    home = reference.home()
    return {"pages": home / "reports" / job.year / job.place, "ledgers": home / "data" / "processed" / job.year / job.place}


def check(job):
    """Refuse a job that asks for what there is not: place, year, scope, notebook parameters. Raises Fault."""
    places.place(job.place)
    estimate.national_lines(job.year, job.scope)
    known = {parameter for name in job.notebooks for parameter in engine.parameters(_notebook(name))}
    engine.check_parameters(known, job.asked, "the notebooks")
    for name in job.notebooks:
        engine.check_parameters(engine.parameters(_notebook(name)), _own(job, name), name)


def _notebook(name):
    return reference.home() / "notebooks" / f"{name}.ipynb"


def _own(job, name):
    """What one notebook is asked: place, year and scope, and of the other parameters those that it has."""
    own = engine.parameters(_notebook(name))
    return {key: value for key, value in job.asked.items() if key in ("place", "year", "scope") or key in own}


def build(job, timeout=None):
    """Build every report of a job; returns the folder of its pages.

    Raises Fault for what is asked wrongly, before anything runs; engine.Failed where a notebook fails. Either way the
    reports that were there stay as they were.
    """
    check(job)
    own = folders(job)
    beside = own["pages"].with_name(f".{job.place}.part")
    shutil.rmtree(beside, ignore_errors=True)
    made = {"pages": beside / "pages", "ledgers": beside / "processed" / job.year / job.place}
    try:
        make(job, made, beside / "processed", timeout)
        move(made["ledgers"], own["ledgers"])
        return move(made["pages"], own["pages"])
    finally:
        shutil.rmtree(beside, ignore_errors=True)


def make(job, made, processed, timeout=None):
    """Make the reports of a job in the folders `made`; the notebooks keep their ledgers under `processed`."""
    for folder in made.values():
        folder.mkdir(parents=True)
    for name in job.notebooks:
        executed = engine.execute(_notebook(name), _own(job, name), processed, timeout)
        executed.metadata["totalplace"] = facts(job)
        print_page(executed, name, made["pages"])
    manifest.write(job, made)


def facts(job):
    """What a page says of itself: what it is of, what it is made from, and the command that makes it again."""
    origins = reference.sources(["cra-2010-9", "ro-2010-11", "ons-2009"])
    return {
        "place": places.place(job.place).name,
        "year": job.year,
        "scope": job.scope,
        "made_from": [f"{row.publisher}, {row.title} ({row.published})" for row in origins.itertuples()],
        "command": f"totalplace run {job.place} --year {job.year} --scope {job.scope}",
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


def move(new, old):
    """Move a folder into its place whole; returns its place."""
    old.parent.mkdir(parents=True, exist_ok=True)
    aside = old.with_name(f".{old.name}.old")
    shutil.rmtree(aside, ignore_errors=True)
    if old.exists():
        old.rename(aside)
    new.rename(old)
    shutil.rmtree(aside, ignore_errors=True)
    return old
