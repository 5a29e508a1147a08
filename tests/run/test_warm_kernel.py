"""Warm and cold kernels: the same cells from a fork of this process as from a kernel of its own."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from tests.conftest import ROOT
from tests.small_process import call
from totalplace.run import warm_kernel, worker_processes
from totalplace.run.job import CAN_FORK, NOTEBOOKS

pytestmark = pytest.mark.skipif(
    not CAN_FORK, reason="warm kernels are forked, and there is no fork here"
)

TORTURE = """
import sys; print("out"); print("err", file=sys.stderr); print("out again", flush=True); sys.stderr.write("and err")
---
from IPython.display import display, HTML; shown = display("first", display_id="one"); display(HTML("<b>bold</b>"), {"a": 1})
---
shown.update("second"); 7 * 6
---
import matplotlib.pyplot as plt; plt.plot([1, 3, 2]); plt.title("shown by itself");
---
figure, axes = plt.subplots(); axes.bar(["a", "b"], [1, 2]); plt.show(); print("after the figure")
---
figure
---
import warnings; warnings.warn("careful"); warnings.warn("old", DeprecationWarning)
---
import numpy, random; numpy.random.seed(3); random.seed(3); numpy.random.random(3), random.random(), numpy.random.default_rng(3).random()
---
import matplotlib; sorted((name, str(value)) for name, value in matplotlib.rcParams.items())
---
import pandas; pandas.options.display.max_columns, pandas.options.display.width, pandas.options.display.max_colwidth
---
print(pandas.DataFrame({f"a rather long heading {n}": range(3) for n in range(30)}))
---
pandas.DataFrame({f"column {n}": range(70) for n in range(30)})
---
import os; sorted(os.environ)
---
{name: os.environ.get(name) for name in ("MPLBACKEND", "TERM", "PAGER", "LANG", "PYTHONPATH", "TOTALPLACE_PROCESSED")}
---
os.getcwd(), [os.path.basename(word) for word in sys.argv[:2]], sys.path
---
__name__, sys.modules["__main__"].__dict__ is globals(), sorted(name for name in globals() if not name.startswith("_"))
---
import asyncio; await asyncio.sleep(0.01); asyncio.get_running_loop().is_running()
---
import threading; worker = threading.Thread(target=print, args=("from a thread",)); worker.start(); worker.join()
---
import subprocess; subprocess.run([sys.executable, "-c", "print('a child')"], capture_output=True, text=True).stdout
---
!echo from the shell
---
%matplotlib inline
---
import locale, signal; locale.getpreferredencoding(), sys.stdout.encoding, oct(os.umask(0o022)), signal.getsignal(signal.SIGTERM)
---
import logging; logging.getLogger().level, logging.getLogger().handlers, logging.warning("logged")
---
sys.stdin.read(), sys.flags.safe_path, sys.getrecursionlimit(), __builtins__ is sys.modules["builtins"]
---
get_ipython().user_ns["In"][-1], type(get_ipython()).__name__, get_ipython().history_manager.hist_file
---
raise ValueError("at the end")
"""


def run_in_new_process(path, warm):
    """The cells of a notebook executed by a process that has run nothing else; an error does not stop it."""
    code = "import sys; from tests.run.test_warm_kernel import execute; execute(sys.argv[1], sys.argv[2] == 'True')"
    command = [sys.executable, "-c", code, str(path), str(warm)]
    quiet = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL}
    subprocess.run(command, check=True, cwd=ROOT, **quiet)
    return nbformat.read(path.with_suffix(".out"), 4).cells


def run_warm(path):
    """The cells of a notebook executed in a warm kernel, as `totalplace run` does it: from a fork."""
    call(execute_in_task, path)
    return nbformat.read(path.with_suffix(".out"), 4).cells


def execute_in_task(path):
    warm_kernel.import_libraries()
    task = worker_processes.Task("one", execute, (str(path), True))
    (ended,) = worker_processes.run_tasks([task], 1)
    assert ended.error is None, ended.error


def execute(path, warm, say=None):
    """Run a notebook in a warm or a cold kernel, and write it executed beside itself."""
    warm_kernel.import_libraries()
    path, executed = Path(path), nbformat.read(path, 4)
    with (
        warm_kernel.environment(TOTALPLACE_PROCESSED=str(path.parent / "processed")),
        warm_kernel.start_kernel(path.parent, warm) as kernel,
    ):
        where = {"metadata": {"path": str(path.parent)}}
        NotebookClient(executed, km=kernel, allow_errors=True, resources=where).execute()
    nbformat.write(executed, path.with_suffix(".out"))


def notebook(path, cells):
    """Write a notebook of these cells and give its path."""
    code = [nbformat.v4.new_code_cell(cell.strip()) for cell in cells]
    node = nbformat.v4.new_notebook(cells=code)
    node.metadata["kernelspec"] = {
        "name": "python3",
        "display_name": "Python 3",
        "language": "python",
    }
    nbformat.write(node, path)
    return path


def outputs(cells):
    """The outputs of every cell, but for addresses in memory and numbers of processes."""
    return [
        (cell.source, cell.get("execution_count"), _without_numbers(cell.get("outputs")))
        for cell in cells
    ]


def _without_numbers(shown):
    return re.sub(r"0x[0-9a-f]+|ipykernel_\d+(/\d+)?", "...", repr(shown))


def test_a_torture_notebook_is_the_same_warm_and_cold_cell_by_cell(tmp_path):
    path = notebook(tmp_path / "torture.ipynb", TORTURE.split("---"))
    warm, cold = (outputs(run_in_new_process(path, warm)) for warm in (True, False))
    assert len(warm) == len(TORTURE.split("---"))
    assert [pair for pair in zip(warm, cold, strict=True) if pair[0] != pair[1]] == []


SLOW = [pytest.param(name, marks=pytest.mark.slow) for name in NOTEBOOKS[1:]]


@pytest.mark.parametrize("name", [NOTEBOOKS[0], *SLOW])
def test_a_real_notebook_is_the_same_warm_and_cold_cell_by_cell(name, tmp_path):
    path = tmp_path / f"{name}.ipynb"
    shutil.copy(ROOT / "notebooks" / path.name, path)
    warm, cold = run_warm(path), run_in_new_process(path, False)
    assert any(cell.get("outputs") for cell in warm)
    assert outputs(warm) == outputs(cold)


def test_two_warm_kernels_draw_different_random_numbers(tmp_path):
    path = notebook(
        tmp_path / "random.ipynb", ["import numpy, random; numpy.random.random(), random.random()"]
    )
    first, second = outputs(run_warm(path)), outputs(run_warm(path))
    assert first != second


def test_what_one_notebook_does_to_its_process_reaches_no_other(tmp_path):
    spoil = """import os, random, signal, sys, matplotlib, numpy, pandas, totalplace.report
os.environ["SPOILT"] = "yes"; os.chdir("/"); matplotlib.rcParams["font.size"] = 99; pandas.options.display.max_rows = 1
sys.modules["json"] = None; totalplace.report.MIME = "spoilt"; signal.signal(signal.SIGTERM, signal.SIG_IGN); spoilt = 1"""
    look = """import json, os, signal, matplotlib, pandas, totalplace.report
(os.environ.get("SPOILT"), os.getcwd(), matplotlib.rcParams["font.size"], pandas.options.display.max_rows,
 totalplace.report.MIME, signal.getsignal(signal.SIGTERM), "spoilt" in globals())"""
    looking = notebook(tmp_path / "look.ipynb", [look])
    before = outputs(run_warm(looking))
    run_warm(notebook(tmp_path / "spoil.ipynb", [spoil]))
    assert outputs(run_warm(looking)) == before


def test_no_thread_is_alive_where_kernels_are_forked():
    assert call(threads) == (1, False)


def threads():
    import asyncio
    import threading

    warm_kernel.import_libraries()
    return threading.active_count(), asyncio._get_running_loop() is not None


def test_the_private_parts_that_kernels_use_are_there():
    """Private to jupyter_client and matplotlib: a provisioner set before the start counts as a kernel; rcParams can be set unasked."""
    import matplotlib
    from jupyter_client.manager import AsyncKernelManager

    manager = AsyncKernelManager()
    assert not manager.has_kernel
    manager.provisioner = warm_kernel._provisioner(manager, warm_kernel._ForkedProcess(1))
    assert manager.has_kernel
    assert callable(matplotlib.rcParams._set)
