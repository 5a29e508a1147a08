"""make bench: the reports of many places, beside the plain loop and beside the bare computation of the same cells.

Each in turn, in a house of its own, all in one run: medians and ratios. With --all also the cost curve up to all of England.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from statistics import median

import psutil

from tests.benchmarks import bare
from totalplace import places, reference
from totalplace.run import many_places, notebook, one_place, warm_kernel, worker_processes
from totalplace.run.job import Job

YEAR, CORES = "2008-09", 2
CURVE = (1, 13, 100, 326)
ROOT = Path(__file__).resolve().parents[2]


def house():
    """A house to build reports in: a copy of what they are made from. TOTALPLACE_HOME names it from here on."""
    home = Path(tempfile.mkdtemp(prefix="totalplace-bench-"))
    for part in ("data/raw", "notebooks"):
        shutil.copytree(ROOT / part, home / part)
    shutil.copy(ROOT / "requirements.lock", home)
    os.environ |= {
        "TOTALPLACE_HOME": str(home),
        "TOTALPLACE_PROCESSED": str(home / "processed"),
        "PYTHONPATH": str(ROOT),
    }
    return home


def seconds(work, *given):
    """Seconds of wall time that some work takes."""
    start = time.perf_counter()
    work(*given)
    return time.perf_counter() - start


def plain_loop(slugs, home):
    """papermill, then jupyter nbconvert, one notebook after another: what anybody would write first."""
    for slug in slugs:
        for name in bare.NOTEBOOKS:
            out = home / "loop" / slug / f"{name}.ipynb"
            out.parent.mkdir(parents=True, exist_ok=True)
            source = home / "notebooks" / f"{name}.ipynb"
            _call(
                "papermill", str(source), str(out), "-p", "place", slug, "--cwd", str(source.parent)
            )
            _call("jupyter", "nbconvert", "--to", "board", str(out))


def ours(slugs, *options):
    """totalplace run, with all that goes around the pages."""
    _call("totalplace", "run", *slugs, "--force", *options)


def bare_computation(slugs):
    """The cells alone, on as many processes as `totalplace run` has workers."""
    subprocess.run(
        [sys.executable, "-m", "tests.benchmarks.bare", str(CORES), *slugs], check=True, cwd=ROOT
    )


def _call(command, *words):
    script = Path(sys.executable).with_name(command)
    subprocess.run(
        [str(script), *words], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )


def peak_memory(work, *given):
    """(seconds, GB): the wall time of some work, and the most memory that all its processes had at once (shared pages once)."""
    most, over = [0], threading.Event()

    def watch():
        while not over.wait(0.2):
            most[0] = max(
                most[0],
                sum(_share_of_memory(child) for child in psutil.Process().children(recursive=True)),
            )

    watcher = threading.Thread(target=watch)
    watcher.start()
    took = seconds(work, *given)
    over.set()
    watcher.join()
    return took, most[0] / 1e9


def _share_of_memory(process):
    try:
        return process.memory_full_info().pss
    except psutil.NoSuchProcess:
        return 0


def breakdown(slug, home):
    """Seconds of one report in its parts: a table of notebook, part, seconds. In this process: warm, nothing beside it."""
    warm_kernel.import_libraries()
    one_place.board_exporter()
    many_places.read_once([YEAR])
    job = Job(slug, YEAR)
    one_place.count_once(job)
    warm_kernel.freeze_memory()
    for task in worker_processes.run_tasks(
        [worker_processes.Task(name, _parts, (job, name, home)) for name in bare.NOTEBOOKS],
        workers=1,
    ):
        yield from task.result


def _parts(job, name, home, say):
    """The parts of one report, in a process of its own."""
    pages, marks = home / "one", []
    (pages / one_place.TABLES).mkdir(parents=True, exist_ok=True)
    source = reference.home() / "notebooks" / f"{name}.ipynb"
    start = time.perf_counter()
    executed = notebook.execute(
        source,
        {"place": job.place, "year": job.year},
        home / "processed",
        True,
        lambda text: marks.append(time.perf_counter()),
    )
    ended = time.perf_counter()
    executed.metadata["totalplace"] = one_place.run_facts(job)
    page = seconds(one_place.print_page, executed, name, pages)
    with bare.drawing() as drawn:
        plain = seconds(bare.run, name, job.place)
    return [
        (name, "fork and kernel", marks[0] - start),
        (name, "cells", ended - marks[0]),
        (name, "the same cells, bare", plain),
        (name, "of which figures", sum(drawn)),
        (name, "page and tables", page),
    ]


def compare(home, times=3):
    """Rows of (what, seconds, of the plain loop): the 13 pilots by the plain loop (two of them, scaled), by us, and bare."""
    pilots = places.pilots()
    taken = {"the plain loop": [], "totalplace run": [], "the bare computation": []}
    for _ in range(times):
        taken["the plain loop"].append(seconds(plain_loop, pilots[:2], home) * len(pilots) / 2)
        taken["totalplace run"].append(seconds(ours, pilots))
        taken["the bare computation"].append(seconds(bare_computation, pilots))
    medians = {name: median(values) for name, values in taken.items()}
    return [(name, value, value / medians["the plain loop"]) for name, value in medians.items()]


def main():
    """Print it all; nothing else should run on the machine meanwhile."""
    home = house()
    try:
        rows = compare(home)
        print(f"39 reports (13 pilots x 3 notebooks), {CORES} workers, medians of 3 runs in turn")
        for name, value, share in rows:
            print(f"  {name:25} {value:8.1f} s   {share:6.3f} of the plain loop")
        print(f"  totalplace run over the bare computation: {rows[1][1] / rows[2][1]:.2f}")
        print(
            f"  a second run, with nothing changed: {seconds(_call, 'totalplace', 'run', '--pilots'):.1f} s"
        )
        areas = places.all_areas()
        for number in CURVE if "--all" in sys.argv else CURVE[:2]:
            took, memory = peak_memory(ours, areas[:number])
            print(
                f"  {number:4} places x 3 notebooks {took:8.1f} s   {took / number / 3:5.2f} s a report   peak {memory:.2f} GB"
            )
        print("one report, alone and warm")
        for name, part, value in breakdown("croydon", home):
            print(f"  {name:18} {part:22} {value:6.3f} s")
    finally:
        shutil.rmtree(home)


if __name__ == "__main__":
    main()
