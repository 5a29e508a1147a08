"""What is to be made and how: a Job is one place and year, RunOptions say how it is run.

The place's own theme and the scope "identifiable" are the defaults: their reports are in
reports/<year>/<place>/. Another scope or theme has a folder of its own beside it:
<place>--scope-<scope>, <place>--theme-<theme>.
"""

import difflib
import os
import re
import shlex
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from totalplace import deep_dive, estimate, places, reference
from totalplace.errors import InputError, first_few

NOTEBOOKS = ("high_level_count", "deep_dive", "funding_flows")
SCOPE, BOARD = "identifiable", "board"
CHOSEN = ("place", "year", "scope", "audience")  # the parameters that every notebook has
CAN_FORK = sys.platform == "linux"  # macOS has fork, but its system libraries do not survive one


@dataclass(frozen=True)
class Job:
    """One place and year to make reports of.

    place: a slug. theme: blank for the place's own. notebooks: names in notebooks/. own_notebooks:
    paths of notebooks of one's own, printed beside them. parameters: more parameters of the
    notebooks, as (name, text).
    """

    place: str
    year: str
    scope: str = SCOPE
    audience: str = BOARD
    theme: str = ""
    notebooks: tuple[str, ...] = NOTEBOOKS
    own_notebooks: tuple[str, ...] = ()
    parameters: tuple[tuple[str, str], ...] = ()

    def __post_init__(self):
        for name in ("place", "scope", "theme", "audience"):
            text = getattr(self, name)
            if not re.fullmatch(reference.LIKE["slug"], text) and (text or name != "theme"):
                raise InputError(f"{name} {text!r} names no folder: use a-z, 0-9 and hyphens.")
        if not re.fullmatch(reference.LIKE["year"], self.year):
            raise InputError(f"{self.year!r} is no financial year. Write it as 2008-09.")

    @property
    def asked(self) -> dict[str, str]:
        """Every parameter that the notebooks are run with, as text."""
        theme = {"theme": self.theme} if self.theme else {}
        return {**dict(self.parameters), **theme, **{name: getattr(self, name) for name in CHOSEN}}

    @property
    def folder_name(self) -> str:
        """The name of its folders: the slug, and a scope and theme that are not the default."""
        scope = "" if self.scope == SCOPE else f"--scope-{self.scope}"
        return self.place + scope + (f"--theme-{self.theme}" if self.theme else "")

    def command(self, notebooks: Iterable[str] = ()) -> str:
        """The words after `totalplace run` that ask for this, with these of one's own notebooks."""
        words = f"{self.place} --year {self.year} --scope {self.scope} --audience {self.audience}"
        words += f" --theme {self.theme}" if self.theme else ""
        words += "".join(f" --param {shlex.quote('='.join(pair))}" for pair in self.parameters)
        return words + "".join(f" --notebook {Path(path).name}" for path in notebooks)

    def folders(self) -> dict[str, Path]:
        """Where its pages and ledgers are: {"pages": path, "ledgers": path}."""
        working = () if self.audience == BOARD else (self.audience,)
        home, name = reference.home(), self.folder_name
        return {
            "pages": home.joinpath("reports", *working, self.year, name),
            "ledgers": home.joinpath("data", "processed", *working, self.year, name),
        }

    def notebook_files(self) -> dict[str, Path]:
        """The file of each notebook by its name, one's own last."""
        shared = reference.home() / "notebooks"
        own = {Path(path).stem: Path(path) for path in self.own_notebooks}
        return {name: shared / f"{name}.ipynb" for name in self.notebooks} | own


@dataclass(frozen=True)
class RunOptions:
    """How reports are made.

    workers: how many at once. timeout: seconds that a notebook may take, None for any. cold: in
    stock kernels, which papermill starts, and not in kernels forked from this process.
    """

    workers: int = os.cpu_count() or 1
    timeout: float | None = None
    cold: bool = not CAN_FORK


def make_jobs(
    names: Iterable[str],
    year: str,
    scope: str = SCOPE,
    audience: str = BOARD,
    theme: str = "",
) -> list[Job]:
    """A Job for each place, once, from what a user says: places by slug, name or code.

    A place's own theme is the default. Raises one InputError with every unknown place, year, scope
    and theme, naming the nearest.
    """
    checks: list[tuple] = [(reference.read, "national_spend", year), (estimate.scope_rules, scope)]
    checks += [(check_theme, theme)] if theme else []
    faults = find_faults([*checks, *((places.place, name) for name in names)])
    if faults:
        raise InputError("\n".join(faults))
    jobs = {}
    for place in map(places.place, names):
        own = theme and theme == deep_dive.theme(place)["theme"]
        jobs[place.slug] = Job(place.slug, year, scope, audience, "" if own else theme)
    return list(jobs.values())


def make_job(place: str, year: str, **more: str) -> Job:
    """The Job for one place; more: scope, audience and theme. Raises InputError as `make_jobs`."""
    (job,) = make_jobs([place], year, **more)
    return job


def find_faults(checks: Iterable[tuple]) -> list[str]:
    """The messages of InputError, each once, of checks: each a function and what it is given."""
    faults = dict[str, None]()
    for check, *given in checks:
        try:
            check(*given)
        except InputError as fault:
            faults[str(fault)] = None
    return list(faults)


def check_theme(name: str) -> None:
    """Refuse a theme that theme_names.csv does not have, naming the nearest. Raises InputError."""
    known = reference.read("theme_names")["theme"].tolist()
    if name not in known:
        near = difflib.get_close_matches(name, known, n=3, cutoff=0.4)
        hint = f"Did you mean {first_few(near)}? " if near else ""
        raise InputError(f"no theme called {name!r}. {hint}The themes are {first_few(known, 30)}.")
