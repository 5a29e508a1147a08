"""The fingerprints of every input and output of a report, in manifest.json.

The same inputs give the same bytes, so a report can be left alone while its inputs are the same,
and can be made again and compared. No time, folder or machine is in it.
"""

import functools
import hashlib
import json
import platform
from importlib.metadata import version
from pathlib import Path

from totalplace import reference
from totalplace.report.summary import LOG
from totalplace.report.summary import MANIFEST as NAME
from totalplace.run.job import BOARD, Job
from totalplace.text_files import stamp

PDF = "pdf"
OF_RETURNS = ("templates", "faults")  # folders beside the ledgers, which are of no report
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


def shared_files(job: Job) -> list[Path]:
    """The files of data/ and notebooks/ that the reports of a job are made from, for any place."""
    home, own = reference.home(), job.notebook_files()
    tables = sorted((home / "data" / "raw" / "reference").glob("*.csv"))
    words = home / "notebooks" / "exhibits.csv"
    return [*tables, home / "requirements.lock", words, *(own[name] for name in job.notebooks)]


def returned_files(job: Job) -> list[Path]:
    """The files that the partners of a job's place have sent."""
    folder = reference.home() / "data" / "raw" / "returns" / job.place
    return [path for path in sorted(folder.glob("*")) if path.is_file()]


def inputs(job: Job) -> dict[str, str]:
    """The fingerprint of every input of the reports of a job: path from the home -> sha256.

    A board's copy does not name the files that partners sent: they have one fingerprint together. A
    notebook of one's own is named without its folder.
    """
    shared = _fingerprints(reference.home(), shared_files(job))
    returned = _fingerprints(reference.home(), returned_files(job))
    if job.audience == BOARD and returned:
        text = json.dumps(returned, sort_keys=True).encode("utf-8")
        returned = {f"data/raw/returns/{job.place}": hashlib.sha256(text).hexdigest()}
    code = [path for path in PACKAGE.rglob("*") if "__pycache__" not in path.parts]
    own = {path.name: fingerprint(path) for path in map(Path, job.own_notebooks) if path.is_file()}
    return dict(sorted((shared | returned | own | _fingerprints(PACKAGE.parent, code)).items()))


def _fingerprints(folder, paths):
    """Path from a folder -> sha256, of the files that are there."""
    return {
        path.relative_to(folder).as_posix(): fingerprint(path) for path in paths if path.is_file()
    }


def fingerprint(path: Path) -> str:
    """The sha256 of a file, read once by a process unless it changes."""
    return _fingerprint(path, stamp(path))


@functools.lru_cache(maxsize=4096)
def _fingerprint(path, _stamp):
    return hashlib.sha256(path.read_bytes()).hexdigest()


def outputs(folders: dict[str, Path]) -> dict[str, str]:
    """The fingerprint of every file under named folders: name/path -> sha256.

    Left out are the manifest itself, the note of a later run that failed, PDFs, which hold their
    time and browser, and what `template` and `check` write beside the ledgers.
    """
    found = {
        f"{name}/{path.relative_to(folder).as_posix()}": path
        for name, folder in folders.items()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name not in (NAME, LOG)
    }
    others = (f"pages/{PDF}/", *(f"ledgers/{name}/" for name in OF_RETURNS))
    kept = sorted(name for name in found if not name.startswith(others))
    return {name: fingerprint(found[name]) for name in kept}


def made_from(job: Job) -> dict:
    """What the reports of a job are made from, as it is now.

    Keys: place, year, notebooks (list), parameters, versions and inputs (dicts).
    """
    chosen = {name: text for name, text in job.asked.items() if name not in ("place", "year")}
    return {
        "place": job.place,
        "year": job.year,
        "notebooks": list(job.notebook_files()),
        "parameters": chosen,
        "versions": {"python": ".".join(platform.python_version_tuple()[:2])} | _versions(),
        "inputs": inputs(job),
    }


@functools.cache
def _versions():
    return {name: version(name) for name in PACKAGES}


def describe(job: Job, folders: dict[str, Path]) -> dict:
    """The whole manifest: what a job is made from, and its outputs in these folders."""
    return made_from(job) | {"outputs": outputs(folders)}


def write(job: Job, folders: dict[str, Path]) -> Path:
    """Write manifest.json into the folder `pages`; returns its path."""
    path = folders["pages"] / NAME
    text = json.dumps(describe(job, folders), indent=1, ensure_ascii=False) + "\n"
    path.write_text(text, encoding="utf-8")
    return path


def read(folder: Path) -> dict | None:
    """The manifest in a folder of pages; None where there is none that can be read."""
    path = folder / NAME
    if not path.is_file():
        return None
    try:
        known = json.loads(path.read_text(encoding="utf-8"))
    except ValueError:
        return None
    return known if isinstance(known, dict) else None


def is_current(job: Job, folders: dict[str, Path]) -> bool:
    """True when the reports in these folders are whole and were made from what is there now."""
    known = read(folders["pages"])
    return known is not None and known == describe(job, folders)
