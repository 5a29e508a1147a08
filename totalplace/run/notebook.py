"""One notebook run for one place: its parameters checked first, its result checked after, whole or not at all.

papermill only warns of an unknown parameter, and marks a killed run as completed; so names are compared with the
notebook's own before it runs, and every code cell must have run, in order, with no error, before the result counts.
"""

import difflib
import functools

from totalplace.errors import InputError, RunError, first_few, refuse
from totalplace.run import warm_kernel

import papermill  # isort: skip
from papermill.exceptions import PapermillExecutionError  # isort: skip

TYPES = {"str": str, "int": int, "float": float, "bool": bool}


def execute(notebook, given, processed, warm=False, tell=lambda text: None):
    """Run a notebook with these parameters; returns it executed (an nbformat node).

    processed: the folder its ledgers are kept under. warm: in a kernel forked from this process. tell: hears which cell runs.
    Raises InputError for a parameter that the notebook does not have, RunError where a cell fails, the kernel ends early, or the
    notebook ends with other parameters than it was given.
    """
    check_parameters(parameters(notebook), given, notebook.name)
    with (
        warm_kernel.environment(TOTALPLACE_PROCESSED=str(processed)),
        warm_kernel.kernel(notebook.parent, warm) as manager,
    ):
        try:
            executed = papermill.execute_notebook(
                str(notebook), None, given, progress_bar=False, cwd=str(notebook.parent), km=manager,
                on_cell_start=lambda cell, cell_index: tell(f"{notebook.name}, {_cell(cell.source)}"),
            )  # fmt: skip
        except PapermillExecutionError as error:
            raise RunError(
                f"{notebook.name}, {_cell(error.source)}: {error.ename}: {error.evalue}"
            ) from error
        except (RuntimeError, TimeoutError) as error:
            raise RunError(f"{notebook.name}: {error}") from error
        _check_complete(executed, notebook.name)
        _check_answered(manager, given, notebook.name)
    return executed


def _cell(source):
    """A cell as its author can find it: by its first line."""
    first = next((line for line in source.splitlines() if line.strip()), "")
    return f"cell {first[:60]!r}"


def check_parameters(own, given, name):
    """Refuse parameters that are not a notebook's own, naming the nearest, or not of its own type. Raises InputError."""
    refuse(_parameter_faults(own, given, name))


def _parameter_faults(own, given, name):
    for parameter, value in given.items():
        if parameter not in own:
            near = difflib.get_close_matches(parameter, own, n=1) or sorted(own)
            yield f"{name}: no parameter {parameter!r}. Did you mean {first_few(near, 20)}?"
        elif not isinstance(value, TYPES.get(own[parameter]["inferred_type_name"], object)):
            yield f"{name}: parameter {parameter} is {value!r}; it must be {own[parameter]['inferred_type_name']}."
    for parameter in own.keys() - given.keys():
        if own[parameter]["default"] == "None":
            yield f"{name}: parameter {parameter} has no value of its own; give it one with --param {parameter}=..."


def typed(own, text):
    """Parameters given as text in the notebook's own types: typed(own, {"most": "3"}) is {"most": 3}. Raises InputError."""
    values, wrong = {}, []
    for name, value in text.items():
        kind = own.get(name, {}).get("inferred_type_name", "str")
        try:
            values[name] = (
                {"True": True, "False": False}[value]
                if kind == "bool"
                else TYPES.get(kind, str)(value)
            )
        except (ValueError, KeyError):
            wrong.append(f"parameter {name} is {value!r}; it must be {kind}.")
    refuse(wrong)
    return values


def parameters(notebook):
    """The parameters of a notebook, as papermill reads them: name -> facts. Raises InputError for a notebook that has none."""
    own = _inspected(notebook, notebook.stat().st_mtime_ns)
    if not own:
        raise InputError(
            f"{notebook.name} has no cell tagged `parameters`, so nothing can be asked of it."
        )
    return own


@functools.cache
def _inspected(notebook, _changed):
    return papermill.inspect_notebook(str(notebook))


def _check_answered(manager, given, name):
    """What the notebook ended with is what was asked: no cell has put another place in its place."""
    client = manager.blocking_client()
    client.start_channels()
    try:
        reply = client.execute(
            "", silent=True, user_expressions={name: name for name in given}, reply=True, timeout=60
        )
    finally:
        client.stop_channels()
    ended = reply["content"]["user_expressions"]
    texts = {parameter: ended[parameter].get("data", {}).get("text/plain") for parameter in given}
    other = [
        f"{parameter} {texts[parameter]}, not {value!r}"
        for parameter, value in given.items()
        if texts[parameter] != repr(value)
    ]
    if other:
        raise RunError(f"{name} ended with {first_few(other)}: a cell has changed what was asked.")


def _check_complete(executed, name):
    """Every code cell ran, in order, and none says otherwise."""
    cells = [cell for cell in executed.cells if cell.cell_type == "code" and cell.source.strip()]
    counts = [cell.execution_count for cell in cells]
    if None in counts or counts != sorted(counts):
        raise RunError(
            f"{name}: {counts.count(None)} of {len(cells)} cells did not run; the kernel ended early."
        )
    failed = [
        cell.execution_count
        for cell in cells
        if any(output.output_type == "error" for output in cell.outputs)
    ]
    if failed:
        raise RunError(f"{name}: cells {first_few(failed)} ended with an error.")
