"""The bare computation: the code cells of the notebooks for some places, on so many processes, with nothing around them."""

import io
import json
import multiprocessing
import sys
from contextlib import contextmanager, redirect_stdout
from time import perf_counter

from totalplace import reference, report
from totalplace.report import exhibits
from totalplace.run import warm_kernel
from totalplace.run.job import NOTEBOOKS

DRAWN = ((exhibits.Exhibit, "chart"), (report.Page, "_chart"))  # laid out and drawn; on the page


def cells(name):
    """The code of a notebook, cell by cell, ready to run."""
    notebook = json.loads(
        (reference.home() / "notebooks" / f"{name}.ipynb").read_text(encoding="utf-8")
    )
    code = ["".join(cell["source"]) for cell in notebook["cells"] if cell["cell_type"] == "code"]
    return [compile(cell, f"{name}, cell {number}", "exec") for number, cell in enumerate(code)]


def compute(slugs):
    """Run every notebook for each place."""
    for slug in slugs:
        for name in NOTEBOOKS:
            run(name, slug)


def run(name, slug):
    """Run the cells of a notebook; its parameters are those of its first cell but for the place."""
    parameters, *code = cells(name)
    variables = {}
    exec(parameters, variables)
    variables["place"] = slug
    with redirect_stdout(io.StringIO()):  # what `display` prints where there is no notebook
        for cell in code:
            exec(cell, variables)


@contextmanager
def drawing():
    """How many seconds of a block went into figures: a list of them."""
    seconds, kept = [], {(owner, name): getattr(owner, name) for owner, name in DRAWN}

    def timed(draw):
        def drawn(*given, **named):
            start = perf_counter()
            try:
                return draw(*given, **named)
            finally:
                seconds.append(perf_counter() - start)

        return drawn

    for (owner, name), draw in kept.items():
        setattr(owner, name, timed(draw))
    try:
        yield seconds
    finally:
        for (owner, name), draw in kept.items():
            setattr(owner, name, draw)


def main():
    """python -m tests.benchmarks.bare PROCESSES PLACE..."""
    warm_kernel.import_libraries()
    processes, slugs = int(sys.argv[1]), sys.argv[2:]
    parts = [slugs[number::processes] for number in range(processes)]
    running = [
        multiprocessing.get_context("fork").Process(target=compute, args=(part,)) for part in parts
    ]
    for process in running:
        process.start()
    for process in running:
        process.join()
    sys.exit(any(process.exitcode for process in running))


if __name__ == "__main__":
    main()
