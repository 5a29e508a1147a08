"""Whether reports are what their inputs give: made again and compared, byte for byte."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from totalplace import reference
from totalplace.errors import InputError, first_few
from totalplace.run import manifest, one_place, warm_kernel
from totalplace.run.atomic_folder import scratch_folder
from totalplace.run.job import NOTEBOOKS, Job, RunOptions

WORDS = {"inputs": "input", "versions": "version", "parameters": "parameter"}
PARTS = {
    "parameters": dict,
    "notebooks": list,
    "versions": dict,
    "inputs": dict,
    "outputs": dict,
}
CHOSEN_BY_OPTION = ("scope", "audience", "theme")


def verify(
    job: Job, options: RunOptions | None = None, say: Callable[[str], None] = lambda text: None
) -> list[str]:
    """Make a job's reports again; returns a sentence for each difference from the manifest.

    job: of `job_of_report`. say(text): receives what it is at. Raises InputError where there is no
    report, RunError where a notebook fails now.
    """
    folders, options = job.folders(), options or RunOptions()
    known = _known_manifest(folders["pages"])
    found = [*_missing_notebooks(known, job)]
    found += _changed_files(known["outputs"], manifest.outputs(folders))
    found += _changed_inputs(known, job)
    if not options.cold:
        warm_kernel.import_libraries()
    with scratch_folder("verify") as beside:
        processed = Path(beside) / "processed"
        made = {"pages": Path(beside) / "pages", "ledgers": processed / job.year / job.place}
        one_place.make_reports(job, made, processed, options, options.workers, say)
        return [*found, *_made_differently(known["outputs"], manifest.outputs(made))]


def job_of_report(job: Job, own_notebooks: Iterable[str] = ()) -> Job:
    """The job that a report was made by: its notebooks and parameters are those of its manifest.

    own_notebooks: paths where notebooks of one's own are; the others are looked for in the folder
    one is in, in the home folder and in notebooks/. One that is not found is left out. Raises
    InputError where there is no report, and for a notebook that it was not made with.
    """
    known = _known_manifest(job.folders()["pages"])
    given = {
        name: value for name, value in known["parameters"].items() if name not in CHOSEN_BY_OPTION
    }
    given_files = {Path(path).stem: str(path) for path in own_notebooks}
    names = [name for name in known["notebooks"] if name not in NOTEBOOKS]
    if others := given_files.keys() - set(names):
        printed = first_few(names) or "no notebook of your own"
        raise InputError(f"{first_few(sorted(others))}: the report was made with {printed}.")
    own = [_find_notebook(name, given_files) for name in names]
    return replace(
        job,
        notebooks=tuple(name for name in known["notebooks"] if name in NOTEBOOKS),
        own_notebooks=tuple(path for path in own if path),
        parameters=tuple(sorted(given.items())),
    )


def _find_notebook(name, given):
    """The path of a notebook of one's own: as given, or where notebooks usually are; else ""."""
    usual = [Path(), reference.home(), reference.home() / "notebooks"]
    paths = [Path(given[name])] if name in given else [folder / f"{name}.ipynb" for folder in usual]
    return next((str(path.resolve()) for path in paths if path.is_file()), "")


def _known_manifest(folder):
    """The manifest of a folder of pages.

    Raises InputError where nothing can be compared with it.
    """
    known = manifest.read(folder)
    if known is None:
        fault = "cannot be read" if (folder / manifest.NAME).is_file() else "is missing"
        raise InputError(
            f"{folder} cannot be verified: {manifest.NAME} {fault}. `totalplace run` makes it."
        )
    lacking = [name for name, kind in PARTS.items() if not isinstance(known.get(name), kind)]
    if lacking or not {"scope", "audience"} <= known["parameters"].keys():
        words = ", ".join(lacking) or "parameters"
        raise InputError(f"{folder / manifest.NAME} lacks {words}. Build the report again.")
    return known


def _missing_notebooks(known, job):
    """Notebooks of one's own that are no longer where they were."""
    for name in known["notebooks"]:
        if name not in job.notebook_files():
            where = f"say where it is with --notebook PATH/{name}.ipynb"
            yield f"notebook not found, so its page is not made again: {name}.ipynb; {where}"


def _changed_files(known: dict, there: dict) -> Iterator[str]:
    """Files of the report that are gone, changed since it was built, or none of its own."""
    for name in sorted(known.keys() - there.keys()):
        yield f"missing: {name} is in the manifest and not in the report"
    for name in sorted(there.keys() - known.keys()):
        yield f"extra: {name} is in the report and not in the manifest"
    yield from (f"changed: {name} is not as it was built" for name in _unlike(known, there))


def _made_differently(known: dict, made: dict) -> Iterator[str]:
    """Files that are different when the report is made again."""
    yield from (f"not made again: {name}" for name in sorted(known.keys() - made.keys()))
    yield from (f"made now, and not then: {name}" for name in sorted(made.keys() - known.keys()))
    yield from (f"made again, differs: {name}" for name in _unlike(known, made))


def _changed_inputs(known, job):
    """Inputs, versions and parameters that have changed since the report was built."""
    now = manifest.made_from(job)
    for part, word in WORDS.items():
        then, here = known[part], now[part]
        yield from (f"{word} gone since: {name}" for name in sorted(then.keys() - here.keys()))
        yield from (f"{word} new since: {name}" for name in sorted(here.keys() - then.keys()))
        yield from (f"{word} changed since: {name}" for name in _unlike(then, here))


def _unlike(one, other):
    """Names that both have, with different values."""
    return sorted(name for name in one.keys() & other.keys() if one[name] != other[name])
