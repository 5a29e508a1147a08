"""What a run prints: a line for each place as it ends, and at the end all of them."""

import sys
from collections.abc import Iterable, Iterator

from tqdm import tqdm

from totalplace import estimate, places, returns
from totalplace.report.words import join_names
from totalplace.run import atomic_folder
from totalplace.run.job import Job
from totalplace.run.many_places import BUILT, FAILED, UNCHANGED, Outcome

MANY = 4  # places, from which a bar helps
PLURALS = {
    "question": "questions",
    "refusal": "refusals",
    "service not classified": "services not classified",
}

tqdm.monitor_interval = 0  # no thread may be alive where reports are forked


def show_outcomes(jobs: list[Job], outcomes: Iterable[Outcome]) -> list[Outcome]:
    """Print a line for each outcome as it comes, and a bar on a terminal; returns them all."""
    quiet = len(jobs) < MANY or not sys.stderr.isatty()
    ended = []
    with tqdm(total=len(jobs), unit="place", leave=False, disable=quiet) as bar:
        for outcome in outcomes:
            ended.append(outcome)
            bar.update()
            if outcome.state != UNCHANGED or len(jobs) == 1:
                tqdm.write(outcome_line(outcome))
    return ended


def say_waiting(job: Job, text: str) -> None:
    """Print that a place waits for another run; what else it is at is not for a reader."""
    if text == atomic_folder.WAITING:
        tqdm.write(f"{job.folder_name}: {text}")


def outcome_line(outcome: Outcome) -> str:
    """One place in a line: its state, how long it took, and where it is or why it failed."""
    took = "" if outcome.state == UNCHANGED else f" in {outcome.seconds:.1f} s"
    how_long = f"{outcome.state}{took}"
    return f"{outcome.job.folder_name}: {how_long}: {outcome.message}"


def notes(left_out: Iterable[str], outcomes: Iterable[Outcome]) -> Iterator[str]:
    """What is said at the end of a run: folders left out of the index, returns that wait."""
    yield from (f"left out of the index: {one}" for one in left_out)
    yield from returns_waiting(outcomes)


def returns_waiting(outcomes: Iterable[Outcome]) -> Iterator[str]:
    """A sentence for each place made of returns that are not ready; it quotes nothing of them."""
    jobs = {one.job.place: one.job for one in outcomes if one.state != FAILED}
    for job in jobs.values():
        here = places.place(job.place)
        if not any(returns.folder(here).glob("*")):
            continue
        sent = returns.read_returns(here, job.year, estimate.first_count(here, job.year))
        found = [
            f"{count} {noun if count == 1 else PLURALS[noun]}"
            for noun, count in sent.waiting.items()
            if count
        ]
        if found:
            waits = "waits" if sum(sent.waiting.values()) == 1 else "wait"
            see = f"see `totalplace check {job.place}`"
            yield f"{job.place}: {join_names(found)} in its returns {waits} for an answer: {see}"


def summary(outcomes: list[Outcome]) -> str:
    """All places that changed in a table, the failed first; then how many of each."""
    order = [FAILED, BUILT, UNCHANGED]
    changed = sorted(
        (one for one in outcomes if one.state != UNCHANGED),
        key=lambda one: (order.index(one.state), one.job.folder_name),
    )
    width = max((len(one.job.folder_name) for one in changed), default=0)
    rows = [
        f"{one.job.folder_name:{width}}  {one.state:9}  {one.seconds:5.1f} s  {one.message}"
        for one in changed
        if len(outcomes) > 1
    ]
    counts = {state: sum(one.state == state for one in outcomes) for state in order}
    said = ", ".join(f"{number} {state}" for state, number in counts.items() if number)
    places = "1 place" if len(outcomes) == 1 else f"{len(outcomes)} places"
    return "\n".join([*rows, f"{places}: {said}"])
