"""The reports of one place: its notebooks run and printed, tables as CSV, and a manifest.

`make_reports` fills a folder of pages and one of ledgers, wherever they are; `many_places` moves
them into their place.
"""

import functools
import re
import string
from collections.abc import Callable, Iterable
from importlib.metadata import version
from pathlib import Path
from typing import Any

import nbformat
import pandas as pd

from totalplace import estimate, flows, ledger, places, reference, reference_links, report
from totalplace.errors import InputError, RunError
from totalplace.report import csv_files, index_pages, summary, workbook
from totalplace.report.exporter import NOTHING_SHOWN, STATUS, BoardExporter
from totalplace.run import manifest, notebook, warm_kernel, worker_processes
from totalplace.run.atomic_folder import scratch_folder
from totalplace.run.job import CHOSEN, Job, RunOptions, check_theme

TABLES = "data"  # the folder of the files beside the pages
OPTIONS = {"place": "PLACE", **{name: f"--{name}" for name in (*CHOSEN[1:], "theme")}}
PAGE_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")

Printed = dict[str, tuple[str, list[dict]]]  # page -> its title, and the facts of what it shows


@functools.cache
def board_exporter() -> BoardExporter:
    """The exporter of pages, made once: the first page compiles its template and Markdown rules."""
    made = BoardExporter()
    cells = [nbformat.v4.new_markdown_cell("# Nothing yet")]
    made.from_notebook_node(nbformat.v4.new_notebook(cells=cells))
    return made


@functools.cache
def draw_once() -> None:
    """Draw one figure of each kind: the first one drawn looks up fonts and measures letters."""
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


def check_job(job: Job) -> None:
    """Refuse a job whose place, year, scope, theme, notebook or parameter does not exist.

    Raises InputError.
    """
    reference_links.check_links()
    places.place(job.place)
    estimate.national_lines(job.year, job.scope)
    if job.theme:
        check_theme(job.theme)
    _check_options(job)
    _check_own_notebooks(job)
    own = {name: notebook.parameters_of(path) for name, path in job.notebook_files().items()}
    known = {parameter: facts for one in own.values() for parameter, facts in one.items()}
    asked = notebook.parse_parameters(known, job.asked)
    notebook.check_parameters(known, asked, "the notebooks")
    for name in own:
        notebook.check_parameters(own[name], _given(job, name), name)


def _check_options(job):
    """Refuse a parameter that an option sets: the reports would say one thing and be of another."""
    for name, value in job.parameters:
        if name in OPTIONS:
            raise InputError(f"--param {name}={value}: use {OPTIONS[name]} for the {name}.")


def _check_own_notebooks(job):
    """Refuse notebooks of one's own whose names cannot be those of pages. Raises InputError."""
    taken = {name.lower(): f"{name}.ipynb" for name in (*job.notebooks, "index")}
    for path in map(Path, job.own_notebooks):
        if path.suffix != ".ipynb":
            raise InputError(f"{path.name}: a notebook's name ends in .ipynb.")
        if not PAGE_NAME.fullmatch(path.stem):
            raise InputError(
                f"{path.name}: its name becomes that of a page. Rename it: a letter, then letters, "
                "digits and _."
            )
        if other := taken.get(path.stem.lower()):
            raise InputError(f"{path.name}: its page would overwrite that of {other}. Rename it.")
        taken[path.stem.lower()] = path.name


def _given(job: Job, name: str) -> dict[str, Any]:
    """What one notebook is given, in its own types; one's own only what it has."""
    own = notebook.parameters_of(job.notebook_files()[name])
    needed = CHOSEN if name in job.notebooks else ()
    kept = {key: text for key, text in job.asked.items() if key in needed or key in own}
    return notebook.parse_parameters(own, kept)


def make_reports(
    job: Job,
    made: dict[str, Path],
    processed: Path,
    options: RunOptions,
    side_by_side: int = 1,
    say: Callable[[str], None] = lambda text: None,
) -> None:
    """Make the reports of a job in the folders `made`; the notebooks keep ledgers in `processed`.

    side_by_side: how many notebooks run at once, each in a process of its own. say(text): receives
    what it is at. Raises InputError for what is asked wrongly, RunError where a notebook fails.
    """
    for folder in (*made.values(), made["pages"] / TABLES):
        folder.mkdir(parents=True)
    count_once(job)
    warm_kernel.freeze_memory()
    tasks = []
    for name in job.notebook_files():
        given = (job, name, made["pages"], processed, not options.cold)
        tasks.append(worker_processes.Task(name, make_page, given, options.timeout))
    say_of_task = lambda task, text: say(text)  # noqa: E731
    for task in worker_processes.run_tasks(tasks, side_by_side, options.cold, say_of_task):
        if task.error:
            raise task.error
    add_files(job, {task.name: task.result for task in tasks}, made)


def add_files(job: Job, printed: Printed, made: dict[str, Path]) -> None:
    """Add what goes with the pages: workbook, dictionary, summary, index, last the manifest.

    Raises InputError for two tables of one name, and for a column that nothing describes.
    """
    pages, shown = made["pages"], [facts for _, shown in printed.values() for facts in shown]
    csv_files.check_names(printed)
    csv_files.write_dictionary(shown, pages / TABLES)
    here, ledger_file = places.place(job.place), made["ledgers"] / "count.csv"
    described = summary.describe(here, job.year, job.scope, job.audience, printed, ledger_file)
    described |= {"theme": job.theme, "folder": job.folder_name}
    book = f"{TABLES}/{job.place}-{job.year}.xlsx"
    where = f"{described['name']}, {job.year}"
    workbook.write_workbook(pages / book, "Total Place", where, printed)
    summary.write(described, pages)
    files = [
        (book, "every table and figure in one workbook"),
        (f"{TABLES}/dictionary.csv", "what each column of each file is"),
        (summary.NAME, "the headline figures, for programs"),
        (manifest.NAME, "the fingerprint of every input and output, code, parameters and versions"),
    ]
    index_pages.write_place(described, run_facts(job, job.own_notebooks), files, pages)
    manifest.write(job, made)


def count_once(job: Job) -> None:
    """Work out what every notebook of a place begins with, once, for those forked from here."""
    here = places.place(job.place)
    ledger.consolidated_count(here, job.year, job.scope)
    estimate.first_count(here, job.year)
    flows.children_by_age(here)


def make_page(
    job: Job, name: str, folder: Path, processed: Path, warm: bool, say: Callable[[str], None]
) -> tuple[str, list[dict]]:
    """Run one notebook of a job and print it into `folder`; returns what `print_page` does.

    A notebook of one's own keeps no ledger: the ledgers of a report are those of its three
    notebooks.
    """
    path, given, is_own = job.notebook_files()[name], _given(job, name), name not in job.notebooks
    with scratch_folder("own") as unkept:
        kept = Path(unkept) if is_own else processed
        executed = notebook.execute(path, given, kept, warm, say)
    executed.metadata["totalplace"] = run_facts(job, [path.name] if is_own else [])
    title, shown = print_page(executed, name, folder)
    if is_own:
        _check_place(job, path.name, shown)
        shown = [{**facts, "notebook": path.name} for facts in shown]
    return title, shown


def _check_place(job, name, shown):
    """What a notebook of one's own shows is of the place and year that were asked for.

    Raises RunError.
    """
    places_known = (places.place(job.place).name, job.place)
    for facts in shown:
        if facts["place"] not in places_known or facts["year"] != job.year:
            raise RunError(
                f"{name} shows {facts['name']!r} of {facts['place']}, {facts['year']}, and was "
                f"asked for {places_known[0]}, {job.year}: use its parameters `place` and `year`."
            )


def run_facts(job: Job, own_notebooks: Iterable[str] = ()) -> dict[str, Any]:
    """What a page says of itself: of what, made from what, and by which command.

    own_notebooks: those of one's own that it needs; no others, so that a page is the same whichever
    others are made beside it.
    """
    origins = reference.sources(["cra-2010-9", "ro-2010-11", "ons-2009"])
    return {
        "place": places.place(job.place).name,
        "year": job.year,
        "scope": job.scope,
        "status": STATUS[job.audience],
        "made_from": [
            f"{row.publisher}, {row.title} ({row.published})" for row in origins.itertuples()
        ],
        "command": f"totalplace run {job.command(own_notebooks)}",
        "versions": {
            name: version(name)
            for name in ("totalplace", "pandas", "matplotlib", "nbconvert", "papermill")
        },
    }


def print_page(executed: nbformat.NotebookNode, name: str, folder: Path) -> tuple[str, list[dict]]:
    """Print an executed notebook as <name>.html, and what it shows as data/<table>.csv.

    Returns the page's title and the facts of what it shows, in order. Raises InputError for what a
    page cannot print, naming the notebook and the cell.
    """
    try:
        html, resources = board_exporter().from_notebook_node(executed)
    except InputError as fault:
        lines = [f"{name}.ipynb, {line}" for line in str(fault).splitlines()]
        raise InputError("\n".join(lines)) from fault
    (folder / f"{name}.html").write_text(html, encoding="utf-8")
    board = resources["board"]
    if not board["shown"]:
        raise InputError(f"{name}.ipynb: {NOTHING_SHOWN}")
    shown = [facts for facts in board["shown"] if facts["name"]]
    for facts in shown:
        csv_files.write_csv(facts, folder / TABLES)
    return board["title"], shown
