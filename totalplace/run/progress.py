"""What a run says: a line for each place as it ends, a bar for many, and at the end all of them, the failed ones first."""

import sys

from tqdm import tqdm

from totalplace.run import atomic_folder, many_places

MANY = 4  # places, from which a bar helps

tqdm.monitor_interval = 0  # no thread may be alive where reports are forked


def shown(jobs, outcomes):
    """Say a line for each outcome as it comes, with a bar for many places where somebody watches; returns them all."""
    bar = tqdm(
        total=len(jobs),
        unit="place",
        leave=False,
        disable=len(jobs) < MANY or not sys.stderr.isatty(),
    )
    came = []
    with bar:
        for outcome in outcomes:
            came.append(outcome)
            bar.update()
            if outcome.state != many_places.CURRENT:
                tqdm.write(line(outcome))
    return came


def told(job, text):
    """Say what a place waits for; what else it is at is not for a reader."""
    if text == atomic_folder.WAITING:
        tqdm.write(f"{job.place}: {text}")


def line(outcome):
    """One place in a line: its state, how long it took, and where it is or why it is not."""
    return f"{outcome.job.place}: {outcome.state} in {outcome.seconds:.1f} s: {outcome.told}"


def summary(outcomes):
    """All places in a table, the failed first, each with its cause; then how many of each."""
    order = [many_places.FAILED, many_places.BUILT, many_places.CURRENT]
    told = sorted(
        (one for one in outcomes if one.state != many_places.CURRENT),
        key=lambda one: (order.index(one.state), one.job.place),
    )
    wide = max((len(one.job.place) for one in told), default=0)
    rows = [
        f"{one.job.place:{wide}}  {one.state:9}  {one.seconds:5.1f} s  {one.told}"
        for one in told
        if len(outcomes) > 1
    ]
    counts = [f"{sum(one.state == state for one in outcomes)} {state}" for state in order]
    return "\n".join(
        [
            *rows,
            f"{len(outcomes)} places: {', '.join(count for count in counts if not count.startswith('0 '))}",
        ]
    )
