"""What several tests need: the originals, and a house of their own to spoil."""

import functools
import gc
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import hypothesis
import nbformat
import pytest
from filelock import FileLock

from totalplace import estimate, reference
from totalplace.run.job import NOTEBOOKS

ROOT = Path(__file__).parent.parent
NAMES = NOTEBOOKS  # of the three notebooks of every place

# The first two cells of a small notebook: what it is asked, and one exhibit.
PARAMETERS = "\n".join(
    [
        'place: str = "croydon"',
        'year: str = "2008-09"',
        'scope: str = "identifiable"',
        'audience: str = "board"',
    ]
)
SHOW = "\n".join(
    [
        "from totalplace import places, report",
        'report.Page(places.place(place).name, year).cards({"spent": "£1.0m"})',
    ]
)

CACHE = type(functools.cache(len))
ORIGINALS = [ROOT.parent / "shared" / "official", ROOT.parent / "shared" / "figures"]


@pytest.fixture(scope="session")
def originals():
    """The folders of the published originals. They are not kept in the repository: without them the test says so."""
    if not all(folder.is_dir() for folder in ORIGINALS):
        pytest.skip(
            "the published originals are not here (../shared/official, ../shared/figures): nothing to rebuild from"
        )
    return ORIGINALS


@pytest.fixture
def house(tmp_path, monkeypatch):
    """A copy of the repository's data and notebooks, with no reports, that a test may spoil."""
    for part in ("data/raw", "notebooks"):
        shutil.copytree(
            ROOT / part, tmp_path / part, ignore=shutil.ignore_patterns(".ipynb_checkpoints")
        )
    monkeypatch.setenv("TOTALPLACE_HOME", str(tmp_path))
    return tmp_path


@pytest.fixture
def small(house):
    """A house whose three notebooks are small; small(cell, ...) writes them again with these cells after the first."""

    def write(*cells, of=NAMES):
        for name in of:
            title = nbformat.v4.new_markdown_cell(f"# The {name}")
            first = nbformat.v4.new_code_cell(PARAMETERS, metadata={"tags": ["parameters"]})
            shown = SHOW.replace('"£1.0m"}', f'"£1.0m"}}, name="{name.replace("_", "-")}"')
            code = [nbformat.v4.new_code_cell(cell) for cell in (shown, *cells)]
            node = nbformat.v4.new_notebook(cells=[title, first, *code])
            node.metadata["kernelspec"] = {
                "name": "python3",
                "display_name": "Python 3",
                "language": "python",
            }
            for number, cell in enumerate(node.cells):
                cell["id"] = str(number)
            nbformat.write(node, house / "notebooks" / f"{name}.ipynb")
        return house

    shutil.copy(ROOT / "requirements.lock", house)
    return write


@pytest.fixture
def spoil(house):
    """Change the text of one reference table: spoil("cofog", "01,General", ",General")."""

    def change(name, old, new):
        path = reference.folder() / f"{name}.csv"
        text = path.read_text(encoding="utf-8")
        assert old in text, f"{old!r} is not in {name}.csv, so nothing would be spoilt"
        path.write_text(text.replace(old, new, 1), encoding="utf-8")

    return change


@pytest.fixture(scope="module")
def partners(tmp_path_factory):
    """A house with its reference tables, for a module of tests of returns; the estimate of the place is worked out once."""
    home = tmp_path_factory.mktemp("partners")
    shutil.copytree(ROOT / "data" / "raw" / "reference", home / "data" / "raw" / "reference")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TOTALPLACE_HOME", str(home))
        patch.setattr(estimate, "first_count", functools.cache(estimate.first_count))
        yield home


@pytest.fixture
def inbox(partners):
    """The empty folder of Croydon's returns."""
    folder = partners / "data" / "raw" / "returns" / "croydon"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


@pytest.fixture(scope="session")
def built(tmp_path_factory):
    """A house with the real reports of Croydon, which has returns, and of Kent, which has none; not to be spoilt.

    Made by the command line in a process of its own, for a browser leaves threads in this one; by one of the processes of
    pytest-xdist for all, of which each takes a copy.
    """
    home = tmp_path_factory.mktemp("built") / "house"
    if not os.environ.get("PYTEST_XDIST_WORKER"):
        return _with_reports(home)
    shared = tmp_path_factory.getbasetemp().parent / "built"
    with FileLock(f"{shared}.lock"):
        if not shared.is_dir():
            _with_reports(shared.with_name("building")).rename(shared)
    return Path(shutil.copytree(shared, home))


def _with_reports(home):
    """The house at this path, with reports of Croydon and Kent."""
    shutil.rmtree(home, ignore_errors=True)
    for part in ("data/raw", "notebooks"):
        shutil.copytree(
            ROOT / part, home / part, ignore=shutil.ignore_patterns(".ipynb_checkpoints")
        )
    run(home, "run", "croydon", "kent")
    return home


def run(home, *words, check=True, **environment):
    """The command line in a house of its own and a process of its own: what subprocess.run returns."""
    given = os.environ | {"TOTALPLACE_HOME": str(home), "PYTHONPATH": str(ROOT)} | environment
    command = [sys.executable, "-m", "totalplace", *words]
    return subprocess.run(
        command, env=given, cwd=home, check=check, capture_output=True, text=True, encoding="utf-8"
    )


@pytest.fixture(scope="module")
def partners_with_notebooks(partners):
    """The house of `partners` with its notebooks and what Croydon's partners returned."""
    shutil.copytree(
        ROOT / "notebooks",
        partners / "notebooks",
        ignore=shutil.ignore_patterns(".ipynb_checkpoints"),
    )
    shutil.copytree(
        ROOT / "data" / "raw" / "returns", partners / "data" / "raw" / "returns", dirs_exist_ok=True
    )
    shutil.copy(ROOT / "requirements.lock", partners)
    return partners


@pytest.fixture(autouse=True, scope="session")
def _scratch_of_our_own(tmp_path_factory):
    """Folders left in the system's scratch are those of these tests, whatever other tests run beside them."""
    tmp_path_factory.getbasetemp()  # pytest keeps its own in the system's
    folder = tempfile.TemporaryDirectory(prefix="tests-", ignore_cleanup_errors=True)
    with folder as path, pytest.MonkeyPatch.context() as patch:
        patch.setenv("TMPDIR", path)
        patch.setattr(tempfile, "tempdir", path)
        yield


@pytest.fixture(autouse=True, scope="module")
def _forget():
    """What the package keeps in memory goes at the end of a file of tests: a process that is forked later would copy it."""
    yield
    gc.unfreeze()
    for kept in filter(_is_cache, gc.get_objects()):
        kept.cache_clear()
    gc.collect()


def _is_cache(thing):
    return isinstance(thing, CACHE) and str(thing.__module__).startswith("totalplace")


def pytest_configure():
    """Ctrl-C is heard by what the tests start, also where a shell started them in the background, with it ignored.

    A machine that is busy with other things is no fault: hypothesis looks at no clock.
    """
    signal.signal(signal.SIGINT, signal.default_int_handler)
    hypothesis.settings.register_profile(
        "house", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
    )
    hypothesis.settings.load_profile("house")


def _is_in_browser(item):
    return "chromium" in item.fixturenames


@pytest.hookimpl(tryfirst=True)  # before -m looks at the markers
def pytest_collection_modifyitems(items):
    """Tests in a browser come last: it leaves a thread in this process, and a kernel is forked only where there is none.

    `make test` gives whole files to its processes (--dist loadfile), in this order: those without such tests first.
    """
    files = {item.path for item in items if _is_in_browser(item)}
    items.sort(key=lambda item: (_is_in_browser(item), item.path in files))
    for item in filter(_is_in_browser, items):
        item.add_marker(pytest.mark.browser)
    for item in items:  # to read every edition and outturn file again takes a minute
        if {"edition_files", "rebuilt"} & set(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.slow)
