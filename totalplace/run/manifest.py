"""What a report was made from, and what it is: the fingerprints of every input and output, in manifest.json.

The same inputs give the same bytes, so that a report can be left alone while its inputs are the same, and can be made again
and compared. No time, folder or machine is in it.
"""

import functools
import hashlib
import json
import platform
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path

from totalplace import reference
from totalplace.report.summary import MANIFEST as NAME

PDF, LOG = "pdf", "failed.log"
OWN = ("place", "year", "scope", "audience")  # the parameters that every notebook has
PACKAGES = (
    "totalplace",
    "pandas",
    "numpy",
    "matplotlib",
    "seaborn",
    "nbconvert",
    "papermill",
    "ipykernel",
)
PACKAGE = Path(__file__).parent.parent


@dataclass(frozen=True)
class Job:
    """One place and year to make reports of: `place` is a slug, `parameters` are more of the notebooks' own."""

    place: str
    year: str
    scope: str = "identifiable"
    audience: str = "board"
    notebooks: tuple = ("high_level_count", "deep_dive", "funding_flows")
    parameters: tuple = field(default=())

    @property
    def asked(self):
        """Every parameter that the notebooks are run with."""
        return {**dict(self.parameters), **{name: getattr(self, name) for name in OWN}}


def shared(job):
    """The files of data/ and notebooks/ that the reports of a job are made from, whatever the place."""
    home = reference.home()
    return [*sorted((home / "data" / "raw" / "reference").glob("*.csv")), home / "requirements.lock",
            *(home / "notebooks" / f"{name}.ipynb" for name in job.notebooks)]  # fmt: skip


def sent(job):
    """The files that the partners of a job's place have sent."""
    folder = reference.home() / "data" / "raw" / "returns" / job.place
    return [path for path in sorted(folder.glob("*")) if path.is_file()]


def inputs(job):
    """The fingerprint of everything that the reports of a job are made from: path from the home folder -> sha256.

    A board's copy does not name the files that partners sent: they have one fingerprint together.
    """
    made, returned = (_fingerprints(reference.home(), paths) for paths in (shared(job), sent(job)))
    if job.audience == "board" and returned:
        told = json.dumps(returned, sort_keys=True).encode("utf-8")
        returned = {f"data/raw/returns/{job.place}": hashlib.sha256(told).hexdigest()}
    code = [
        path for path in PACKAGE.rglob("*") if path.is_file() and "__pycache__" not in path.parts
    ]
    return dict(sorted((made | returned | _fingerprints(PACKAGE.parent, code)).items()))


def _fingerprints(folder, paths):
    """Path from a folder -> sha256, of the files that are there."""
    return {
        path.relative_to(folder).as_posix(): fingerprint(path) for path in paths if path.is_file()
    }


def fingerprint(path):
    """The sha256 of a file, read once by a process unless it changes."""
    there = path.stat()
    return _fingerprint(path, there.st_mtime_ns, there.st_size)


@functools.lru_cache(maxsize=4096)
def _fingerprint(path, _changed, _size):
    return hashlib.sha256(path.read_bytes()).hexdigest()


def outputs(folders):
    """The fingerprint of every file under named folders: name/path -> sha256.

    Left out are the manifest itself, the note of a later run that failed, and what is printed from the pages: each PDF has
    its time and its browser in it.
    """
    found = {f"{name}/{path.relative_to(folder).as_posix()}": fingerprint(path) for name, folder in folders.items()
             for path in sorted(folder.rglob("*")) if path.is_file() and path.name not in (NAME, LOG)}  # fmt: skip
    return {name: found[name] for name in sorted(found) if not name.startswith(f"pages/{PDF}/")}


def made_from(job):
    """What the reports of a job are made from, as it is now: notebooks, parameters, versions and inputs."""
    return {
        "place": job.place,
        "year": job.year,
        "notebooks": list(job.notebooks),
        "parameters": {"scope": job.scope, "audience": job.audience, **dict(job.parameters)},
        "versions": {"python": ".".join(platform.python_version_tuple()[:2])} | _versions(),
        "inputs": inputs(job),
    }


@functools.cache
def _versions():
    return {name: version(name) for name in PACKAGES}


def describe(job, folders):
    """The manifest of a job whose outputs are in these folders (pages, ledgers), as a dict."""
    return made_from(job) | {"outputs": outputs(folders)}


def write(job, folders):
    """Write manifest.json into the folder `pages`; returns its path."""
    path = folders["pages"] / NAME
    path.write_text(
        json.dumps(describe(job, folders), indent=1, ensure_ascii=False) + "\n", encoding="utf-8"
    )
    return path


def read(folder):
    """The manifest in a folder of pages, or nothing where there is none that can be read."""
    path = folder / NAME
    if not path.is_file():
        return None
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except ValueError:
        return None


def is_current(job, folders):
    """True when the reports in these folders are whole and were made from what is there now."""
    known = read(folders["pages"])
    return known is not None and known == describe(job, folders)
