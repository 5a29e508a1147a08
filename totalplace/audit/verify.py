"""Whether reports are what their inputs give: made again in a scratch folder and compared with the manifest, byte for byte."""

from pathlib import Path

from totalplace.errors import InputError
from totalplace.run import manifest, many_places, one_place, scratch, warm_kernel

WORDS = {"inputs": "input", "versions": "version", "parameters": "parameter"}


def verify(job, way=None, tell=lambda text: None):
    """Make a job's reports again and compare; returns a sentence for each thing that is not as the manifest says.

    job: with the scope and parameters that its manifest has (see `job_of`). tell(text): hears what it is at.
    Raises InputError where there is no report, RunError where a notebook fails now.
    """
    own, way = many_places.folders(job), way or one_place.RunOptions()
    known = _known(own["pages"])
    found = [*_kept(known["outputs"], manifest.outputs(own)), *_inputs(known, job)]
    if not way.cold:
        warm_kernel.load()
    with scratch.folder("verify") as beside:
        processed = Path(beside) / "processed"
        made = {"pages": Path(beside) / "pages", "ledgers": processed / job.year / job.place}
        one_place.make(job, made, processed, way, way.workers, tell)
        return [*found, *_again(known["outputs"], manifest.outputs(made))]


def job_of(job):
    """The job that a report was made by: place, year and audience of `job`, the rest as its manifest says. Raises InputError."""
    known = _known(many_places.folders(job)["pages"])
    given = {
        name: value
        for name, value in known["parameters"].items()
        if name not in ("scope", "audience")
    }
    return manifest.Job(job.place, job.year, known["parameters"]["scope"], job.audience, tuple(known["notebooks"]),
                        tuple(sorted(given.items())))  # fmt: skip


def _known(folder):
    """The manifest of a folder of pages. Raises InputError where there is none, or one that nothing can be compared with."""
    known = manifest.read(folder)
    if known is None:
        raise InputError(
            f"{folder} has no {manifest.NAME} that can be read: nothing to compare with. `totalplace run` makes it."
        )
    parts = {
        "parameters": dict,
        "notebooks": list,
        "versions": dict,
        "inputs": dict,
        "outputs": dict,
    }
    lacking = [name for name, kind in parts.items() if not isinstance(known.get(name), kind)]
    if lacking or not {"scope", "audience"} <= known["parameters"].keys():
        raise InputError(
            f"{folder / manifest.NAME} lacks {', '.join(lacking) or 'parameters'}. Build the report again."
        )
    return known


def _kept(known, there):
    """Files of the report that are gone, changed since it was built, or none of its own."""
    yield from (
        f"missing: {name} is in the manifest and not in the report"
        for name in sorted(known.keys() - there.keys())
    )
    yield from (
        f"extra: {name} is in the report and not in the manifest"
        for name in sorted(there.keys() - known.keys())
    )
    yield from (f"changed: {name} is not as it was built" for name in _unlike(known, there))


def _again(known, made):
    """Files that come out otherwise when the report is made again."""
    yield from (f"not made again: {name}" for name in sorted(known.keys() - made.keys()))
    yield from (f"made now, and not then: {name}" for name in sorted(made.keys() - known.keys()))
    yield from (f"made again, differs: {name}" for name in _unlike(known, made))


def _inputs(known, job):
    """Inputs and versions that have changed since the report was built."""
    now = manifest.made_from(job)
    for part, word in WORDS.items():
        then, here = known[part], now[part]
        yield from (f"{word} gone since: {name}" for name in sorted(then.keys() - here.keys()))
        yield from (f"{word} new since: {name}" for name in sorted(here.keys() - then.keys()))
        yield from (f"{word} changed since: {name}" for name in _unlike(then, here))


def _unlike(one, other):
    """Names that both have, with different values."""
    return sorted(name for name in one.keys() & other.keys() if one[name] != other[name])
