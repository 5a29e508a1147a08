"""Many reports, several at once: each place is moved in whole, or left as it was.

A place is made by a process of its own, which reads the place's inputs once; each of its notebooks
by a process forked from that one. Nothing that one report does can reach another, or the process
that asked.
"""

import shutil
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from totalplace import estimate, ledger, places, reference
from totalplace.errors import InputError
from totalplace.run import atomic_folder, manifest, one_place, warm_kernel, worker_processes
from totalplace.run.atomic_folder import sibling
from totalplace.run.job import Job, RunOptions, find_faults

BUILT, UNCHANGED, FAILED = "built", "unchanged", "failed"


@dataclass(frozen=True)
class Outcome:
    """What became of one job.

    state: built, unchanged or failed. message: the folder of its pages, or why it failed. seconds:
    how long it took.
    """

    job: Job
    state: str
    message: str
    seconds: float


def check_jobs(jobs: Iterable[Job]) -> None:
    """Refuse jobs that ask for what does not exist. Raises one InputError with every fault."""
    jobs = list(jobs)
    alike = {(job.parameters, job.own_notebooks, job.theme, job.audience): job for job in jobs}
    years = dict.fromkeys((job.year, job.scope) for job in jobs)
    faults = find_faults(
        [
            *((places.place, job.place) for job in jobs),
            *((estimate.national_lines, year, scope) for year, scope in years),
            *((reference.read, name) for name in reference.codebook()["table"].unique()),
            *((one_place.check_job, job) for job in alike.values()),
        ]
    )
    if faults:
        raise InputError("\n".join(faults))


def build(
    jobs: list[Job],
    options: RunOptions | None = None,
    force: bool = False,
    say: Callable[[Job, str], None] = lambda job, text: None,
) -> Iterator[Outcome]:
    """Make the reports of jobs, and give an Outcome for each as it ends.

    force: also those that are up to date. say(job, text): receives what a place is at.
    Raises InputError for what is asked wrongly, before anything is made.
    """
    options = options or RunOptions()
    check_jobs(jobs)
    atomic_folder.remove_abandoned()
    unchanged, todo = split_unchanged(jobs, force)
    yield from unchanged
    if todo and not options.cold:
        with warm_kernel.prepare_for_forks():
            warm_kernel.import_libraries()
            one_place.board_exporter()
            one_place.draw_once()
            read_once({job.year for job in jobs})
    yield from _build_each(todo, options, say)
    atomic_folder.remove_abandoned()  # a process that was ending at the beginning is gone by now


def _build_each(jobs, options, say):
    """An Outcome for each job as its process ends; the last ones run notebooks side by side."""
    last = len(jobs) - options.workers
    side_by_side = [options.workers if n > last else 1 for n in range(len(jobs))]
    tasks = [
        worker_processes.Task(str(n), build_place, (job, options, side_by_side[n]))
        for n, job in enumerate(jobs)
    ]

    def say_of_task(task, text):
        say(jobs[int(task.name)], text)

    for task in worker_processes.run_tasks(tasks, options.workers, options.cold, say_of_task):
        job = jobs[int(task.name)]
        if task.error:
            yield note_failure(job, str(task.error), task.seconds)
        else:
            yield Outcome(job, BUILT, task.result, task.seconds)


def split_unchanged(jobs: list[Job], force: bool = False) -> tuple[list[Outcome], list[Job]]:
    """(outcomes of jobs that are up to date, jobs to be made); with force, all are to be made."""
    current = [] if force else [job for job in jobs if _is_current(job)]
    outcomes = [Outcome(job, UNCHANGED, str(job.folders()["pages"]), 0.0) for job in current]
    return outcomes, [job for job in jobs if job not in current]


def _is_current(job):
    """True for reports that are up to date, with nothing beside them that a killed run left."""
    folders = job.folders()
    current = manifest.is_current(job, folders)
    if current:
        (folders["pages"] / manifest.LOG).unlink(missing_ok=True)
    return current and not any(map(atomic_folder.has_leftovers, folders.values()))


def read_once(years: Iterable[str]) -> None:
    """Read the reference tables and count the pilots, once, for all that is forked from here."""
    for name in reference.codebook()["table"].unique():
        reference.read(name)
    pilots = places.make_place(places.pilots(), "The 13 pilots", "pilots")
    for year in years:
        estimate.first_count(pilots, year)
        ledger.consolidated_count(pilots, year)


def note_failure(job: Job, message: str, seconds: float) -> Outcome:
    """The outcome of a job that failed, noted in its folder too; its reports stay as they were."""
    log = job.folders()["pages"] / manifest.LOG
    try:
        log.parent.mkdir(parents=True, exist_ok=True)
        log.write_text(message + "\n", encoding="utf-8")
    except OSError as error:
        message += f" ({log} cannot be written: {error.strerror})"
    return Outcome(job, FAILED, message, seconds)


def build_place(
    job: Job,
    options: RunOptions,
    side_by_side: int,
    say: Callable[[str], None] = lambda text: None,
) -> str:
    """Make the reports of a job and move them in whole; returns the folder of its pages.

    side_by_side: how many of its notebooks run at once. Raises RunError; then what was there stays
    as it was.
    """

    def fill(made, processed):
        one_place.make_reports(job, made, processed, options, side_by_side, say)

    return replace_folders(job, fill, say)


def replace_folders(
    job: Job,
    fill: Callable[[dict[str, Path], Path], None],
    say: Callable[[str], None] = lambda text: None,
) -> str:
    """Have folders filled beside those of a job and move them in whole; returns that of its pages.

    fill(made, processed): fills made["pages"] and made["ledgers"], which is in `processed`; where
    it fails, what was there stays as it was. Templates and marked copies of returns stay.
    """
    folders = job.folders()
    with atomic_folder.lock_folder(folders["pages"], say):
        for folder in folders.values():
            atomic_folder.clean_up(folder)
        new = {name: sibling(folder, atomic_folder.NEW) for name, folder in folders.items()}
        processed = new["ledgers"]
        made = {"pages": new["pages"], "ledgers": processed / job.year / job.place}
        try:
            fill(made, processed)
            for name in manifest.OF_RETURNS:
                if (folders["ledgers"] / name).is_dir():
                    shutil.copytree(folders["ledgers"] / name, made["ledgers"] / name)
            atomic_folder.move_into_place(made["ledgers"], folders["ledgers"])
            atomic_folder.move_into_place(made["pages"], folders["pages"])
        finally:
            for folder in new.values():
                shutil.rmtree(folder, ignore_errors=True)
    return str(folders["pages"])
