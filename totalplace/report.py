"""The reports of a place: its notebooks run, printed as pages, their tables written as CSV, with a manifest of it all.

`make` fills a folder of pages and one of ledgers, wherever they are; `runs` moves them into their place whole.
"""

import csv
import os
from dataclasses import dataclass
from importlib.metadata import version

from totalplace import apart, engine, estimate, kernels, manifest, places, reference
from totalplace.board import BoardExporter
from totalplace.show import MIME


@dataclass(frozen=True)
class Way:
    """How reports are made: `workers` at once; `timeout` in seconds a notebook; `cold`, in stock kernels, not forked ones."""

    workers: int = os.cpu_count() or 1
    timeout: float | None = None
    cold: bool = not kernels.CAN_FORK


def check(job):
    """Refuse a job that asks for what there is not: place, year, scope, notebook parameters. Raises Fault."""
    places.place(job.place)
    estimate.national_lines(job.year, job.scope)
    own = [engine.parameters(_notebook(name)) for name in job.notebooks]
    known = {parameter: facts for one in own for parameter, facts in one.items()}
    engine.check_parameters(known, engine.typed(known, job.asked), "the notebooks")
    for name in job.notebooks:
        engine.check_parameters(engine.parameters(_notebook(name)), _own(job, name), name)


def _notebook(name):
    return reference.home() / "notebooks" / f"{name}.ipynb"


def _own(job, name):
    """What one notebook is asked: place, year and scope, and of the other parameters those that it has."""
    own = engine.parameters(_notebook(name))
    return engine.typed(
        own, {key: value for key, value in job.asked.items() if key in ("place", "year", "scope") or key in own}
    )


def make(job, made, processed, way=None, side_by_side=1, tell=lambda text: None):
    """Make the reports of a job in the folders `made`; the notebooks keep their ledgers under `processed`.

    side_by_side: how many notebooks run at once, each in a process of its own. tell(text): hears what it is at.
    Raises Fault for what is asked wrongly, Failed where a notebook fails.
    """
    way = way or Way()
    for folder in (*made.values(), made["pages"] / "data"):
        folder.mkdir(parents=True)
    tasks = [
        apart.Task(name, make_page, (job, name, made["pages"], processed, not way.cold), way.timeout) for name in job.notebooks
    ]
    for task in apart.each(tasks, side_by_side, way.cold, lambda task, text: tell(text)):
        if task.error:
            raise task.error
    manifest.write(job, made)


def make_page(job, name, folder, processed, warm, tell):
    """Run one notebook of a job and print it into `folder`; returns the facts of what it showed."""
    executed = engine.execute(_notebook(name), _own(job, name), processed, warm, tell)
    executed.metadata["totalplace"] = facts(job)
    print_page(executed, name, folder)
    return _shown(executed)


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
