"""One notebook run for one place, its parameters checked before and its result after.

papermill only warns of an unknown parameter, and marks a killed run as completed. So names are
compared with the notebook's own before it runs, and every code cell must have run, in order, with
no error, before the result counts. That holds for cells tagged `explore` too: they run, and only
what they show stays out of the page.
"""

import difflib
import functools
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import nbformat

from totalplace.errors import InputError, RunError, first_few, refuse
from totalplace.report.exporter import cell_name
from totalplace.run import warm_kernel
from totalplace.text_files import stamp

import papermill  # isort: skip
from papermill.exceptions import PapermillExecutionError  # isort: skip

TYPES: dict[str, type] = {"str": str, "int": int, "float": float, "bool": bool}
PYTHON = {"name": "python3", "display_name": "Python 3", "language": "python"}
CELL = '''    place: str = "croydon"
    year: str = "2008-09"'''


def execute(
    notebook: Path,
    given: dict[str, Any],
    processed: Path,
    warm: bool = False,
    say: Callable[[str], None] = lambda text: None,
) -> nbformat.NotebookNode:
    """Run a notebook with these parameters; returns it executed.

    processed: the folder its ledgers are kept under. warm: in a kernel forked from this process.
    say(text): receives which cell runs. Raises InputError for a parameter that the notebook does
    not have; RunError where a cell fails, the kernel ends early, or the notebook ends with other
    parameters than it was given.
    """
    check_parameters(parameters_of(notebook), given, notebook.name)
    with (
        warm_kernel.environment(TOTALPLACE_PROCESSED=str(processed)),
        warm_kernel.start_kernel(notebook.parent, warm) as kernel,
    ):
        executed = _run_cells(notebook, given, kernel, say)
        _check_complete(executed, notebook.name)
        _check_same_parameters(kernel, given, notebook.name)
    return executed


def _run_cells(notebook, given, kernel, say):
    """What papermill makes of it in a kernel. Raises RunError naming the cell."""
    name, folder, node = notebook.name, str(notebook.parent), _read(notebook)
    tagged = [
        n for n, cell in enumerate(node.cells) if "parameters" in cell.metadata.get("tags", [])
    ]

    def where(index, source):
        injected = bool(given) and index > tagged[0]  # papermill's own cell is after the tagged one
        return f"{name}, {cell_name(index if injected else index + 1, 'code', source)}"

    def started(cell, cell_index):
        say(where(cell_index, cell.source))

    asked = {"progress_bar": False, "cwd": folder, "km": kernel, "on_cell_start": started}
    try:
        return papermill.execute_notebook(node, None, given, **asked)
    except PapermillExecutionError as error:
        at = where(error.cell_index, error.source)
        raise RunError(f"{at}: {error.ename}: {error.evalue}") from error
    except (RuntimeError, TimeoutError) as error:
        raise RunError(f"{name}: {error}") from error


def check_parameters(own: dict[str, dict], given: dict[str, Any], name: str) -> None:
    """Refuse parameters that are not a notebook's own, or not of its own type.

    own: as `parameters_of` gives them. Raises InputError, naming the nearest.
    """
    refuse(_parameter_faults(own, given, name))


def _parameter_faults(own, given, name) -> Iterator[str]:
    for parameter, value in given.items():
        if parameter not in own:
            near = difflib.get_close_matches(parameter, own, n=1)
            hint = f"Did you mean {near[0]}?" if near else f"It has {first_few(sorted(own), 12)}."
            yield f"{name}: no parameter {parameter!r}. {hint}"
            continue
        kind = own[parameter]["inferred_type_name"]
        if not isinstance(value, TYPES.get(kind, object)):
            yield f"{name}: parameter {parameter} is {value!r}; it must be {kind}."
    for parameter in own.keys() - given.keys():
        if own[parameter]["default"] == "None":
            option = f"--param {parameter}=..."
            yield f"{name}: parameter {parameter} has no value; give it one with {option}"


def parse_parameters(own: dict[str, dict], text: dict[str, str]) -> dict[str, Any]:
    """Parameters given as text in the notebook's own types: {"most": "3"} is {"most": 3}.

    Raises InputError.
    """
    values, wrong = {}, []
    for name, value in text.items():
        kind = own.get(name, {}).get("inferred_type_name", "str")
        try:
            values[name] = _parse(value, kind)
        except (ValueError, KeyError):
            wrong.append(f"parameter {name} is {value!r}; it must be {kind}.")
    refuse(wrong)
    return values


def _parse(value, kind):
    if kind == "bool":
        return {"True": True, "False": False}[value]
    return TYPES.get(kind, str)(value)


def parameters_of(notebook: Path) -> dict[str, dict]:
    """The parameters of a notebook, as papermill reads them: name -> facts.

    Raises InputError for a notebook that has none, saying what to add, and for a file that is no
    notebook.
    """
    if not notebook.is_file():
        raise InputError(f"there is no notebook {notebook}.")
    own = _inspect(notebook, stamp(notebook))
    if not own:
        raise InputError(
            f"{notebook.name} has no cell tagged `parameters`, so it cannot be run for a place. "
            "Add a code cell with what it takes, and tag it in JupyterLab's property inspector:\n"
            f"{CELL}"
        )
    return own


@functools.cache
def _inspect(notebook, _stamp):
    try:
        return papermill.inspect_notebook(_read(notebook))
    except Exception as error:  # nbformat raises many kinds for a file that is no notebook
        reason = " ".join(str(error).split())[:200]
        raise InputError(f"{notebook.name} cannot be read as a notebook: {reason}") from error


def _read(path):
    """A notebook; one that names no kernel is run in Python's."""
    node = nbformat.read(path, as_version=4)
    if not node.metadata.get("kernelspec", {}).get("name"):
        node.metadata["kernelspec"] = PYTHON
    return node


def _check_same_parameters(kernel, given, name):
    """The notebook ended with what was asked: no cell has put another place in its place."""
    client = kernel.blocking_client()
    client.start_channels()
    try:
        asked = {parameter: parameter for parameter in given}
        reply = client.execute("", silent=True, user_expressions=asked, reply=True, timeout=60)
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
    """Every code cell ran, in order, and none with an error. Raises RunError."""
    cells = [cell for cell in executed.cells if cell.cell_type == "code" and cell.source.strip()]
    counts = [cell.execution_count for cell in cells]
    if None in counts or counts != sorted(counts):
        missing = f"{counts.count(None)} of {len(cells)} cells did not run"
        raise RunError(f"{name}: {missing}; the kernel ended early.")
    failed = [
        cell.execution_count
        for cell in cells
        if any(output.output_type == "error" for output in cell.outputs)
    ]
    if failed:
        raise RunError(f"{name}: cells {first_few(failed)} ended with an error.")
