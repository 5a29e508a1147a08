"""The reports of a place: its notebooks run, printed as pages, their tables written as CSV, with a manifest of it all.

`make` fills a folder of pages and one of ledgers, wherever they are; `runs` moves them into their place whole.
"""

import functools
import os
import string
from dataclasses import dataclass
from importlib.metadata import version

import nbformat
import pandas as pd

from totalplace import estimate, flows, ledger, places, reference, report
from totalplace.report import csv_files, index_pages, summary, workbook
from totalplace.report.exporter import STATUS, BoardExporter
from totalplace.run import manifest, notebook, warm_kernel, worker_processes

TABLES = "data"  # the folder of the files beside the pages


@dataclass(frozen=True)
class RunOptions:
    """How reports are made: `workers` at once; `timeout` in seconds a notebook; `cold`, in stock kernels, not forked ones."""

    workers: int = os.cpu_count() or 1
    timeout: float | None = None
    cold: bool = not warm_kernel.CAN_FORK


@functools.cache
def exporter():
    """The exporter of pages, made once: its template and the rules of notebooks are compiled by the first page it prints."""
    made = BoardExporter()
    made.from_notebook_node(
        nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell("# Nothing yet")])
    )
    return made


@functools.cache
def draw_once():
    """Draw one figure of each kind, for no page: faces are looked up and letters measured by the first that is drawn."""
    frame = pd.DataFrame(
        {
            "row": ["A", string.printable],
            "part": ["a", "b"],
            "age": [0, 1],
            "step": [0, 0],
            "pence": [1, 2],
        }
    )
    page = report.Page("Nowhere", "Never")
    look = {"caption": "Nothing", "name": "nothing"}
    page.bars(frame, "row", **look)
    page.heat(frame, "row", "part", **look)
    page.shares(frame, "row", "part", **look)
    page.stack(frame, "age", "part", **look)
    page.sankey(frame.rename(columns={"row": "source", "part": "target"}), ["From", "To"], **look)


def check(job):
    """Refuse a job that asks for what there is not: place, year, scope, notebook parameters. Raises InputError."""
    places.place(job.place)
    estimate.national_lines(job.year, job.scope)
    own = [notebook.parameters(_notebook(name)) for name in job.notebooks]
    known = {parameter: facts for one in own for parameter, facts in one.items()}
    notebook.check_parameters(known, notebook.typed(known, job.asked), "the notebooks")
    for name in job.notebooks:
        notebook.check_parameters(notebook.parameters(_notebook(name)), _own(job, name), name)


def _notebook(name):
    return reference.home() / "notebooks" / f"{name}.ipynb"


def _own(job, name):
    """What one notebook is asked: what all are, and of the other parameters those that it has."""
    own = notebook.parameters(_notebook(name))
    return notebook.typed(
        own, {key: value for key, value in job.asked.items() if key in manifest.OWN or key in own}
    )


def make(job, made, processed, way=None, side_by_side=1, tell=lambda text: None):
    """Make the reports of a job in the folders `made`; the notebooks keep their ledgers under `processed`.

    side_by_side: how many notebooks run at once, each in a process of its own. tell(text): hears what it is at.
    Raises InputError for what is asked wrongly, RunError where a notebook fails.
    """
    way = way or RunOptions()
    for folder in (*made.values(), made["pages"] / TABLES):
        folder.mkdir(parents=True)
    read_ahead(job)
    warm_kernel.freeze()
    tasks = [
        worker_processes.Task(
            name, make_page, (job, name, made["pages"], processed, not way.cold), way.timeout
        )
        for name in job.notebooks
    ]
    for task in worker_processes.each(tasks, side_by_side, way.cold, lambda task, text: tell(text)):
        if task.error:
            raise task.error
    surround(job, {task.name: task.result for task in tasks}, made)


def surround(job, printed, made):
    """What goes around the pages: workbook, dictionary, summary, the page of what there is, and last the manifest.

    printed: page -> (title, shown), as `print_page` returns them. Raises InputError for two tables of one name, and for a column
    that nothing describes.
    """
    pages, shown = made["pages"], [facts for _, shown in printed.values() for facts in shown]
    csv_files.check_names(printed)
    csv_files.write_dictionary(shown, pages / TABLES)
    here, ledger_file = places.place(job.place), made["ledgers"] / "count.csv"
    told = summary.describe(here, job.year, job.scope, job.audience, printed, ledger_file)
    book = f"{TABLES}/{job.place}-{job.year}.xlsx"
    workbook.write_workbook(pages / book, "Total Place", f"{told['name']}, {job.year}", printed)
    summary.write(told, pages)
    files = [(book, "every table and figure in one workbook"), (f"{TABLES}/dictionary.csv", "what each column of each file is"),
             (summary.NAME, "the headline figures, for programs"),
             (manifest.NAME, "the fingerprint of every input and output, code, parameters and versions")]  # fmt: skip
    index_pages.write_place(told, facts(job), files, pages)
    manifest.write(job, made)


def read_ahead(job):
    """Work out what every notebook of a place begins with, once, for those that are forked from here."""
    here = places.place(job.place)
    ledger.consolidated_count(here, job.year, job.scope)
    estimate.first_count(here, job.year)
    flows.children_by_age(here)


def make_page(job, name, folder, processed, warm, tell):
    """Run one notebook of a job and print it into `folder`; returns what `print_page` does."""
    executed = notebook.execute(_notebook(name), _own(job, name), processed, warm, tell)
    executed.metadata["totalplace"] = facts(job)
    return print_page(executed, name, folder)


def facts(job):
    """What a page says of itself: what it is of, what it is made from, and the command that makes it again."""
    origins = reference.sources(["cra-2010-9", "ro-2010-11", "ons-2009"])
    return {
        "place": places.place(job.place).name,
        "year": job.year,
        "scope": job.scope,
        "status": STATUS[job.audience],
        "made_from": [
            f"{row.publisher}, {row.title} ({row.published})" for row in origins.itertuples()
        ],
        "command": f"totalplace run {job.place} --year {job.year} --scope {job.scope} --audience {job.audience}",
        "versions": {
            name: version(name)
            for name in ("totalplace", "pandas", "matplotlib", "nbconvert", "papermill")
        },
    }


def print_page(executed, name, folder):
    """Print an executed notebook as `<name>.html`, and each table and figure it shows as data/<table>.csv.

    Returns the page's title and the facts of what it shows, in order.
    """
    html, resources = exporter().from_notebook_node(executed)
    (folder / f"{name}.html").write_text(html, encoding="utf-8")
    board = resources["board"]
    shown = [facts for facts in board["shown"] if facts["name"]]
    for facts in shown:
        csv_files.write_csv(facts, folder / TABLES)
    return board["title"], shown
