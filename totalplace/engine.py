"""One notebook run for one place: its parameters checked first, its result checked after, whole or not at all.

papermill only warns of an unknown parameter, and marks a killed run as completed; so names are compared with the
notebook's own before it runs, and every code cell must have run, in order, with no error, before the result counts.
"""

import difflib
import os
from contextlib import contextmanager

import papermill
from papermill.exceptions import PapermillExecutionError

from totalplace.faults import Fault, named, refuse


class Failed(RuntimeError):
    """A notebook that did not come to its end: the message names the notebook, the cell and the cause."""


def execute(notebook, given, processed, timeout=None):
    """Run a notebook with these parameters; returns it executed (an nbformat node).

    processed: the folder its ledgers are kept under. timeout: seconds a cell may take.
    Raises Fault for a parameter that the notebook does not have, Failed where a cell fails or the kernel ends early.
    """
    check_parameters(parameters(notebook), given, notebook.name)
    with _environment(TOTALPLACE_PROCESSED=str(processed)):
        try:
            executed = papermill.execute_notebook(
                str(notebook), None, given, progress_bar=False, cwd=str(notebook.parent), execution_timeout=timeout
            )
        except PapermillExecutionError as error:
            raise Failed(f"{notebook.name}, cell {error.exec_count}: {error.ename}: {error.evalue}") from error
        except (RuntimeError, TimeoutError) as error:
            raise Failed(f"{notebook.name}: {error}") from error
    _check_complete(executed, notebook.name)
    return executed


def check_parameters(own, given, name):
    """Refuse parameters that are not among a notebook's own, naming the nearest. Raises Fault."""
    unknown = [parameter for parameter in given if parameter not in own]
    near = {parameter: difflib.get_close_matches(parameter, own, n=1) or sorted(own) for parameter in unknown}
    refuse(f"{name}: no parameter {parameter!r}. Did you mean {named(near[parameter], 20)}?" for parameter in unknown)


def parameters(notebook):
    """The parameters of a notebook, as papermill reads them: name -> facts. Raises Fault for a notebook that has none."""
    own = papermill.inspect_notebook(str(notebook))
    if not own:
        raise Fault(f"{notebook.name} has no cell tagged `parameters`, so nothing can be asked of it.")
    return own


def _check_complete(executed, name):
    """Every code cell ran, in order, and none says otherwise."""
    cells = [cell for cell in executed.cells if cell.cell_type == "code" and cell.source.strip()]
    counts = [cell.execution_count for cell in cells]
    if None in counts or counts != sorted(counts):
        raise Failed(f"{name}: {counts.count(None)} of {len(cells)} cells did not run; the kernel ended early.")
    failed = [cell.execution_count for cell in cells if any(output.output_type == "error" for output in cell.outputs)]
    if failed:
        raise Failed(f"{name}: cells {named(failed)} ended with an error.")


@contextmanager
def _environment(**values):
    """Environment variables for the time of a block; the kernel inherits them."""
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name) if value is None else os.environ.__setitem__(name, value)
