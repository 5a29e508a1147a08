"""Many reports: which are to be made, several at once, each place moved in whole or left as it was, and what came of each.

A place is made by a process of its own, which reads the place's inputs once; each of its notebooks by a process forked from
that one. Nothing that one report does can reach another, or the process that asked.
"""

import shutil
from dataclasses import dataclass

from totalplace import estimate, ledger, places, reference
from totalplace.errors import InputError
from totalplace.run import (
    atomic_folder,
    manifest,
    one_place,
    scratch,
    warm_kernel,
    worker_processes,
)
from totalplace.run.atomic_folder import beside

BUILT, CURRENT, FAILED = "built", "unchanged", "failed"


@dataclass(frozen=True)
class Outcome:
    """What came of one place: built, unchanged or failed; the folder of its pages, or the message; seconds."""

    job: manifest.Job
    state: str
    told: str
    seconds: float


def folders(job):
    """Where the pages and the ledgers of a job go: {"pages": path, "ledgers": path}; working copies stand apart."""
    apart_from_board = () if job.audience == "board" else (job.audience,)
    reports, processed = (
        reference.home().joinpath(*parts, *apart_from_board)
        for parts in (["reports"], ["data", "processed"])
    )
    return {"pages": reports / job.year / job.place, "ledgers": processed / job.year / job.place}


def check(jobs):
    """Refuse jobs that ask for what there is not: place, year, scope, notebook parameters. Raises InputError with all faults."""
    faults = {}
    for job in jobs:
        try:
            places.place(job.place)
        except InputError as fault:
            faults[str(fault)] = None
    for year, scope in dict.fromkeys((job.year, job.scope) for job in jobs):
        try:
            estimate.national_lines(year, scope)
        except InputError as fault:
            faults[str(fault)] = None
    for job in {(job.parameters, job.audience): job for job in jobs}.values():
        try:
            one_place.check(job)
        except InputError as fault:
            faults[str(fault)] = None
    if faults:
        raise InputError("\n".join(faults))


def build(jobs, way=None, force=False, told=lambda job, text: None):
    """Make the reports of jobs, and give an Outcome for each as it ends.

    force: also those that are made from what is there now. told(job, text): hears what a place is at.
    Raises InputError for what is asked wrongly, before anything is made.
    """
    way = way or one_place.RunOptions()
    check(jobs)
    scratch.sweep()
    current, todo = split_current(jobs, force)
    yield from current
    if todo and not way.cold:
        with warm_kernel.uncollected():
            warm_kernel.load()
            one_place.exporter()
            one_place.draw_once()
            read_once({job.year for job in jobs})
    last = len(todo) - way.workers
    tasks = [
        worker_processes.Task(
            str(number), build_place, (job, way, way.workers if number > last else 1)
        )
        for number, job in enumerate(todo)
    ]
    hear = lambda task, text: told(todo[int(task.name)], text)  # noqa: E731
    for task in worker_processes.each(tasks, way.workers, way.cold, hear):
        job = todo[int(task.name)]
        yield (
            failed(job, str(task.error), task.seconds)
            if task.error
            else Outcome(job, BUILT, task.result, task.seconds)
        )
    scratch.sweep()  # again: a process that was on its way out at the beginning is gone by now


def split_current(jobs, force=False):
    """Jobs as (outcomes of those that are made from what is there now, those that are to be made); force: all are."""
    current = [] if force else [job for job in jobs if _is_current(job)]
    unchanged = [Outcome(job, CURRENT, str(folders(job)["pages"]), 0.0) for job in current]
    return unchanged, [job for job in jobs if job not in current]


def _is_current(job):
    """True for reports that are whole and made from what is there now; what a failed or killed run left beside them goes."""
    own = folders(job)
    current = manifest.is_current(job, own)
    if current:
        (own["pages"] / manifest.LOG).unlink(missing_ok=True)
    return current and not any(
        beside(place, kind).exists() for place in own.values() for kind in atomic_folder.KINDS
    )


def read_once(years):
    """Read the reference tables, and work out what every place is set beside, once, for all that are forked from here."""
    for name in reference.codebook()["table"].unique():
        reference.read(name)
    pilots = places.make_place(places.pilots(), "The 13 pilots", "pilots")
    for year in years:
        estimate.first_count(pilots, year)
        ledger.consolidated_count(pilots, year)


def failed(job, told, seconds):
    """The outcome of a job that failed; it is told in the folder of the place too, and the reports there stay as they were."""
    log = folders(job)["pages"] / manifest.LOG
    try:
        log.parent.mkdir(parents=True, exist_ok=True)
        log.write_text(told + "\n", encoding="utf-8")
    except OSError as error:
        told += f" ({log} cannot be written: {error.strerror})"
    return Outcome(job, FAILED, told, seconds)


def build_place(job, way, side_by_side, tell=lambda text: None):
    """Make every report of one job beside its place and move them in whole; returns the folder of its pages.

    side_by_side: how many of its notebooks run at once. Raises RunError; then what was there stays as it was.
    """
    return moved_in(
        job,
        lambda made, processed: one_place.make(job, made, processed, way, side_by_side, tell),
        tell,
    )


def moved_in(job, fill, tell=lambda text: None):
    """Have folders filled beside those of a job, and move them in whole, under its lock; returns the folder of its pages.

    fill(made, processed): fills made["pages"] and made["ledgers"], which is in `processed`; where it fails, what was there
    stays as it was.
    """
    own = folders(job)
    with atomic_folder.held(own["pages"], tell):
        for place in own.values():
            atomic_folder.tidy(place)
        part = {name: beside(place, "part") for name, place in own.items()}
        processed = part["ledgers"]
        made = {"pages": part["pages"], "ledgers": processed / job.year / job.place}
        try:
            fill(made, processed)
            atomic_folder.move(made["ledgers"], own["ledgers"])
            atomic_folder.move(made["pages"], own["pages"])
        finally:
            for folder in part.values():
                shutil.rmtree(folder, ignore_errors=True)
    return str(own["pages"])
