"""The same reports made by a Dask cluster: its workers make places, and what they make is moved in here, whole.

No shared folder is needed: what reports are made from goes to a worker as bytes, and pages and ledgers come back as bytes. A
worker has threads and event loops alive, from where nothing may be forked; so it makes a batch of places with `runs`, in a
clean process and a folder of its own, as a machine of its own would. What comes back counts only where its manifest is the
one that would be written here: a worker with other code or other versions is told by name.
"""

import contextlib
import io
import os
import pickle
import subprocess
import sys
import zipfile
from dataclasses import replace
from pathlib import Path

from totalplace import reference
from totalplace.errors import InputError, RunError, first_few
from totalplace.run import manifest, many_places, one_place, scratch, warm_kernel

MOST = 16  # places a batch: enough to share the start of a process, few enough to keep every worker at work
SECONDS = 30  # for a scheduler to answer, and for its first worker
ASKED, CAME = "asked.pickle", "came.pickle"


def build(jobs, scheduler, way=None, force=False, told=lambda job, text: None):
    """Make the reports of jobs on the cluster of a Dask scheduler; give an Outcome for each as its batch ends.

    scheduler: its address, as "tcp://10.0.0.5:8786". way, force, told: as in `runs.build`; how many at once is the cluster's.
    Raises InputError for what is asked wrongly, and where no scheduler with a worker answers, before anything is made.
    """
    many_places.check(jobs)
    current, todo = many_places.split_current(jobs, force)
    yield from current
    if not todo:
        return
    with _client(scheduler) as client:
        house = client.scatter(
            packed(reference.home(), manifest.shared(todo[0])), hash=False, broadcast=True
        )
        asked = {}
        for batch in _batches(todo, sum(client.nthreads().values())):
            returned = packed(
                reference.home(), [path for job in batch for path in manifest.sent(job)]
            )
            asked[
                client.submit(
                    make, house, returned, batch, way or one_place.RunOptions(), pure=False
                )
            ] = batch
        from distributed import as_completed  # an optional extra

        for future in as_completed(asked):
            yield from _brought_home(asked[future], future, told)


@contextlib.contextmanager
def _client(scheduler):
    """A client of a scheduler that answers and has a worker. Raises InputError, saying what to do, where there is none."""
    try:
        from distributed import Client
    except ImportError as error:
        raise InputError(
            "--scheduler needs Dask, here and for each worker: `make setup`, or pip install distributed."
        ) from error
    try:
        client = Client(scheduler, timeout=SECONDS)
    except (OSError, ValueError) as error:
        raise InputError(
            f"no Dask scheduler answers at {scheduler!r} ({error}). Start one with `dask scheduler`."
        ) from error
    with client:
        try:
            client.wait_for_workers(1, timeout=SECONDS)
        except TimeoutError as error:
            raise InputError(
                f"the scheduler at {scheduler!r} has no worker. Start one with `dask worker {scheduler}`."
            ) from error
        yield client


def _batches(jobs, threads):
    """Jobs in batches, two or more for each thread of the cluster, so that none waits long for another."""
    size = max(1, min(MOST, len(jobs) // (2 * max(1, threads))))
    return [jobs[start : start + size] for start in range(0, len(jobs), size)]


def packed(folder, paths):
    """Files as the bytes of a zip archive, each by its path from a folder."""
    held = io.BytesIO()
    with zipfile.ZipFile(
        held, "w", zipfile.ZIP_DEFLATED, compresslevel=1, strict_timestamps=False
    ) as archive:
        for path in paths:
            archive.write(path, path.relative_to(folder).as_posix())
    return held.getvalue()


def unpack(content, folder):
    """Put the files of `packed` under a folder; none gets out of it."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        archive.extractall(folder)


def make(house, returned, jobs, way):
    """What a worker does: make jobs in a folder of its own, in a clean process; returns [(Outcome, folders as bytes)].

    house, returned: of `packed`: what all places are made from, and what partners of these have sent. The folders are
    {"pages": bytes, "ledgers": bytes}, nothing where the job failed. Raises RunError where the process ends early.
    """
    with scratch.folder("cluster") as home:
        unpack(house, home)
        unpack(returned, home)
        (Path(home) / ASKED).write_bytes(pickle.dumps((jobs, way)))
        done = subprocess.run(
            [sys.executable, "-m", __name__, str(os.getpid())],
            env=os.environ | {"TOTALPLACE_HOME": home},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
        )
        if done.returncode:
            last = done.stderr.decode("utf-8", "replace").strip().splitlines()[-1:]
            raise RunError(
                f"a worker's process ended early (exit {done.returncode}). {' '.join(last)}".strip()
            )
        return pickle.loads((Path(home) / CAME).read_bytes())


def _made_here():
    """What the clean process does: make what was asked, and leave what came of it beside it."""
    home = reference.home()
    jobs, way = pickle.loads((home / ASKED).read_bytes())
    way = replace(way, workers=1, cold=way.cold or not warm_kernel.CAN_FORK)
    came = [(outcome, _packed_up(outcome)) for outcome in many_places.build(jobs, way, force=True)]
    (home / CAME).write_bytes(pickle.dumps(came))


def _packed_up(outcome):
    """The folders of a job that was built, as bytes."""
    if outcome.state != many_places.BUILT:
        return None
    made = many_places.folders(outcome.job)
    return {
        name: packed(folder, [path for path in sorted(folder.rglob("*")) if path.is_file()])
        for name, folder in made.items()
    }


def _brought_home(batch, future, told):
    """The outcomes of a batch, with what was built moved into its place here."""
    try:
        came = future.result()
    except Exception as error:  # whatever befell a worker is the outcome of its places
        cause = " ".join(f"on the cluster: {type(error).__name__}: {error}".split())
        yield from (many_places.failed(job, cause, 0.0) for job in batch)
        return
    yield from (_moved_in(outcome, content, told) for outcome, content in came)


def _moved_in(outcome, content, told):
    """The outcome of a job here: its folders unpacked, compared with what would be made here, and moved in whole."""
    job = outcome.job
    if content is None:
        return many_places.failed(job, outcome.told, outcome.seconds)
    try:
        place = many_places.moved_in(
            job, lambda made, _: _unpacked(job, content, made), lambda text: told(job, text)
        )
    except (RunError, OSError, zipfile.BadZipFile) as error:
        return many_places.failed(job, str(error), outcome.seconds)
    return replace(outcome, told=place)


def _unpacked(job, content, made):
    """Fill the folders of a job with what a worker made. Raises RunError where it is not what would be made here."""
    for name, folder in made.items():
        folder.mkdir(parents=True)
        unpack(content[name], folder)
    _check_same(manifest.read(made["pages"]), manifest.describe(job, made))


def _check_same(there, here):
    """Raises RunError where what a worker made is not what would be made here, naming what differs."""
    if there == here:
        return
    parts = [
        (there or {}).get(part, {}).items() ^ here[part].items()
        for part in ("versions", "inputs", "outputs")
    ]
    unlike = sorted({name for part in parts for name, _ in part})
    raise RunError(
        f"a worker has other code or versions than are here: {first_few(unlike)}. Give all the same requirements.lock."
    )


if __name__ == "__main__":
    warm_kernel.die_with(int(sys.argv[1]))
    _made_here()
