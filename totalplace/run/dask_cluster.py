"""The same reports made by the workers of a Dask cluster, and moved in here whole.

No shared folder is needed: what reports are made from goes to a worker as bytes, and pages and
ledgers come back as bytes. A worker has threads and event loops alive, so nothing may be forked
from it; it makes a batch of places with `many_places` in a clean process and a folder of its own.
What comes back counts only where its manifest is the one that would be written here: a worker with
other code or other versions is named.
"""

import contextlib
import io
import os
import pickle
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path, PureWindowsPath

from totalplace import reference
from totalplace.errors import InputError, RunError, first_few
from totalplace.run import manifest, many_places, warm_kernel
from totalplace.run.atomic_folder import scratch_folder
from totalplace.run.job import CAN_FORK, Job, RunOptions
from totalplace.run.many_places import Outcome

LARGEST_BATCH = (
    16  # places: enough to share the start of a process, few enough to occupy all workers
)
SECONDS = 30  # for a scheduler to answer, and for its first worker
ASKED, MADE = "asked.pickle", "made.pickle"
OWN = "own_notebooks"  # the folder on a worker of notebooks that are not in notebooks/


def build(
    jobs: list[Job],
    scheduler: str,
    options: RunOptions | None = None,
    force: bool = False,
    say: Callable[[Job, str], None] = lambda job, text: None,
) -> Iterator[Outcome]:
    """Make the reports of jobs on a Dask cluster; give an Outcome for each as its batch ends.

    scheduler: its address, as "tcp://10.0.0.5:8786". The others: as in `many_places.build`; how
    many run at once is the cluster's. Raises InputError for what is asked wrongly, and where no
    scheduler with a worker answers.
    """
    many_places.check_jobs(jobs)
    unchanged, todo = many_places.split_unchanged(jobs, force)
    yield from unchanged
    if not todo:
        return
    with _client(scheduler) as client:
        batches = _submit(client, todo, options or RunOptions())
        from distributed import as_completed  # an optional extra

        for future in as_completed(batches):
            yield from _receive_batch(batches[future], future, say)


def _submit(client, jobs, options):
    """Send what reports are made from, and jobs in batches; returns the batch of each future."""
    home = reference.home()
    shared = packed(home, manifest.shared_files(jobs[0]))
    shared = client.scatter(shared, hash=False, broadcast=True)
    batches = {}
    for batch in _batches(jobs, sum(client.nthreads().values())):
        returned = packed(home, [path for job in batch for path in manifest.returned_files(job)])
        own = packed_flat([Path(path) for job in batch for path in job.own_notebooks])
        batches[client.submit(make, shared, returned, own, batch, options, pure=False)] = batch
    return batches


@contextlib.contextmanager
def _client(scheduler):
    """A client of a scheduler that answers and has a worker.

    Raises InputError, saying what to do.
    """
    try:
        from distributed import Client
    except ImportError as error:
        how = "`make setup`, or pip install distributed"
        raise InputError(f"--scheduler needs Dask, here and for each worker: {how}.") from error
    try:
        client = Client(scheduler, timeout=SECONDS)
    except (OSError, ValueError) as error:
        start = "Start one with `dask scheduler`."
        raise InputError(
            f"no Dask scheduler answers at {scheduler!r} ({error}). {start}"
        ) from error
    with client:
        try:
            client.wait_for_workers(1, timeout=SECONDS)
        except TimeoutError as error:
            start = f"Start one with `dask worker {scheduler}`."
            raise InputError(f"the scheduler at {scheduler!r} has no worker. {start}") from error
        yield client


def _batches(jobs, threads):
    """Jobs in batches, two or more for each thread, so that none waits long for another."""
    size = max(1, min(LARGEST_BATCH, len(jobs) // (2 * max(1, threads))))
    return [jobs[start : start + size] for start in range(0, len(jobs), size)]


def packed(folder: Path, paths: list[Path]) -> bytes:
    """Files as the bytes of a zip archive, each by its path from a folder."""
    return _zip({path.relative_to(folder).as_posix(): path for path in paths})


def packed_flat(paths: list[Path]) -> bytes:
    """Files of any folders as the bytes of a zip archive, each by its name."""
    return _zip({path.name: path for path in paths})


def _zip(files):
    content = io.BytesIO()
    how = zipfile.ZIP_DEFLATED
    with zipfile.ZipFile(content, "w", how, compresslevel=1, strict_timestamps=False) as archive:
        for name, path in files.items():
            archive.write(path, name)
    return content.getvalue()


def unpack(content: bytes, folder: Path) -> None:
    """Put the files of `packed` under a folder; none gets out of it."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        archive.extractall(folder)


def make(
    shared: bytes, returned: bytes, own: bytes, jobs: list[Job], options: RunOptions
) -> list[tuple[Outcome, dict[str, bytes] | None]]:
    """What a worker does: make jobs in a clean process; returns outcomes with folders as bytes.

    shared, returned, own: packed files that all places are made from, that partners of these have
    sent, and notebooks of one's own. The folders are {"pages": bytes, "ledgers": bytes}, None where
    the job failed. Raises RunError where the process ends early.
    """
    with scratch_folder("cluster") as home:
        for content, folder in ((shared, home), (returned, home), (own, f"{home}/{OWN}")):
            unpack(content, Path(folder))
        (Path(home) / ASKED).write_bytes(pickle.dumps((jobs, options)))
        ended = subprocess.run(
            [sys.executable, "-m", __name__, str(os.getpid())],
            env=os.environ | {"TOTALPLACE_HOME": home},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
        )
        if ended.returncode:
            last = ended.stderr.decode("utf-8", "replace").strip().splitlines()[-1:]
            why = f"a worker's process ended early (exit {ended.returncode})"
            raise RunError(f"{why}. {' '.join(last)}".strip())
        return pickle.loads((Path(home) / MADE).read_bytes())


def _make_in_clean_process():
    """Make what was asked, and leave the outcomes and folders beside it."""
    home = reference.home()
    jobs, options = pickle.loads((home / ASKED).read_bytes())
    options = replace(options, workers=1, cold=options.cold or not CAN_FORK)
    asked = {_with_notebooks_here(job, home): job for job in jobs}
    made = [
        (replace(outcome, job=asked[outcome.job]), _packed_folders(outcome))
        for outcome in many_places.build(list(asked), options, force=True)
    ]
    (home / MADE).write_bytes(pickle.dumps(made))


def _with_notebooks_here(job, home):
    """The job with its own notebooks where they are on this machine."""
    names = [PureWindowsPath(path).name for path in job.own_notebooks]
    return replace(job, own_notebooks=tuple(str(home / OWN / name) for name in names))


def _packed_folders(outcome):
    """The folders of a job that was built, as bytes."""
    if outcome.state != many_places.BUILT:
        return None
    return {
        name: packed(folder, [path for path in sorted(folder.rglob("*")) if path.is_file()])
        for name, folder in outcome.job.folders().items()
    }


def _receive_batch(batch, future, say):
    """The outcomes of a batch, with what was built moved into its place here."""
    try:
        made = future.result()
    except Exception as error:  # whatever happened to a worker is the outcome of its places
        cause = " ".join(f"on the cluster: {type(error).__name__}: {error}".split())
        yield from (many_places.note_failure(job, cause, 0.0) for job in batch)
        return
    yield from (_move_in(outcome, content, say) for outcome, content in made)


def _move_in(outcome, content, say):
    """The outcome of a job here: its folders unpacked, compared, and moved in whole."""
    job = outcome.job
    if content is None:
        return many_places.note_failure(job, outcome.message, outcome.seconds)

    def fill(made, _):
        _unpack_and_check(job, content, made)

    try:
        folder = many_places.replace_folders(job, fill, lambda text: say(job, text))
    except (RunError, OSError, zipfile.BadZipFile) as error:
        return many_places.note_failure(job, str(error), outcome.seconds)
    return replace(outcome, message=folder)


def _unpack_and_check(job, content, made):
    """Fill the folders of a job with what a worker made.

    Raises RunError where it is not what would be made here.
    """
    for name, folder in made.items():
        folder.mkdir(parents=True)
        unpack(content[name], folder)
    there, here = manifest.read(made["pages"]), manifest.describe(job, made)
    if there == here:
        return
    parts = [
        (there or {}).get(part, {}).items() ^ here[part].items()
        for part in ("versions", "inputs", "outputs")
    ]
    unlike = sorted({name for part in parts for name, _ in part})
    raise RunError(
        f"a worker has other code or versions than are here: {first_few(unlike)}. "
        "Give all the same requirements.lock."
    )


if __name__ == "__main__":
    warm_kernel.end_with_parent(int(sys.argv[1]))
    _make_in_clean_process()
