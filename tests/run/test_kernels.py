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
from totalplace.run import warm_kernel, worker_processes
from totalplace.run.manifest import Job

pytestmark = pytest.mark.skipif(
    not warm_kernel.CAN_FORK, reason="warm kernels are forked, and there is no fork here"
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


def run(path, warm):
    """The cells of a notebook executed from a fresh process, as `totalplace run` is one; an error does not stop it."""
    code = "import sys; from tests.run.test_kernels import execute; execute(sys.argv[1], sys.argv[2] == 'True')"
    command = [sys.executable, "-c", code, str(path), str(warm)]
    subprocess.run(
        command, check=True, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL
    )
    return nbformat.read(path.with_suffix(".out"), 4).cells


def execute(path, warm):
    """Run a notebook in a warm or a cold kernel, and write it executed beside itself."""
    warm_kernel.load()
    path, executed = Path(path), nbformat.read(path, 4)
    with (
        warm_kernel.environment(TOTALPLACE_PROCESSED=str(path.parent / "processed")),
        warm_kernel.kernel(path.parent, warm) as kernel,
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
        (cell.source, cell.get("execution_count"), _told(cell.get("outputs"))) for cell in cells
    ]


def _told(shown):
    return re.sub(r"0x[0-9a-f]+|ipykernel_\d+(/\d+)?", "...", repr(shown))


def test_a_torture_notebook_is_the_same_warm_and_cold_cell_by_cell(tmp_path):
    path = notebook(tmp_path / "torture.ipynb", TORTURE.split("---"))
    warm, cold = outputs(run(path, True)), outputs(run(path, False))
    assert len(warm) == len(TORTURE.split("---"))
    assert [pair for pair in zip(warm, cold, strict=True) if pair[0] != pair[1]] == []


@pytest.mark.parametrize("name", Job("", "").notebooks)
def test_a_real_notebook_is_the_same_warm_and_cold_cell_by_cell(name, tmp_path):
    path = tmp_path / f"{name}.ipynb"
    shutil.copy(ROOT / "notebooks" / path.name, path)
    warm, cold = run(path, True), run(path, False)
    assert any(cell.get("outputs") for cell in warm)
    assert outputs(warm) == outputs(cold)


def test_two_warm_kernels_draw_different_random_numbers(tmp_path):
    path = notebook(
        tmp_path / "random.ipynb", ["import numpy, random; numpy.random.random(), random.random()"]
    )
    first, second = outputs(run(path, True)), outputs(run(path, True))
    assert first != second


def test_what_one_notebook_does_to_its_process_reaches_no_other(tmp_path):
    spoil = """import os, random, signal, sys, matplotlib, numpy, pandas, totalplace.report
os.environ["SPOILT"] = "yes"; os.chdir("/"); matplotlib.rcParams["font.size"] = 99; pandas.options.display.max_rows = 1
sys.modules["json"] = None; totalplace.report.MIME = "spoilt"; signal.signal(signal.SIGTERM, signal.SIG_IGN); spoilt = 1"""
    look = """import json, os, signal, matplotlib, pandas, totalplace.report
(os.environ.get("SPOILT"), os.getcwd(), matplotlib.rcParams["font.size"], pandas.options.display.max_rows,
 totalplace.report.MIME, signal.getsignal(signal.SIGTERM), "spoilt" in globals())"""
    looking = notebook(tmp_path / "look.ipynb", [look])
    before = outputs(run(looking, True))
    run(notebook(tmp_path / "spoil.ipynb", [spoil]), True)
    assert outputs(run(looking, True)) == before


def test_no_thread_is_alive_where_kernels_are_forked():
    (task,) = worker_processes.each([worker_processes.Task("threads", _threads)], 1)
    assert task.result == (1, False)


def _threads(tell):
    import asyncio
    import threading

    warm_kernel.load()
    return threading.active_count(), asyncio._get_running_loop() is not None


def test_what_kernels_lean_on_of_others_is_there():
    """Private to jupyter_client and matplotlib: a provisioner set before the start counts as a kernel; rcParams can be set unasked."""
    import matplotlib
    from jupyter_client.manager import AsyncKernelManager

    manager = AsyncKernelManager()
    assert not manager.has_kernel
    manager.provisioner = warm_kernel._provisioner(manager, warm_kernel._Forked(1))
    assert manager.has_kernel
    assert callable(matplotlib.rcParams._set)
