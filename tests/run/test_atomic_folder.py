"""Folders moved into their place whole, under a lock; scratch folders that go with their process."""

import os
import subprocess
import sys
import tempfile
import threading

import psutil
import pytest

from tests.waiting import until
from totalplace.run import atomic_folder


@pytest.fixture
def system(tmp_path, monkeypatch):
    """The system's folder for temporary files, a small one of the test's own."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def test_a_scratch_folder_is_there_for_a_block_and_named_for_its_process(system):
    with atomic_folder.scratch_folder("verify") as made:
        assert f"totalplace-verify-{os.getpid()}-" in made
        atomic_folder.remove_abandoned()
        assert os.path.isdir(made)
    assert list(system.iterdir()) == []


@pytest.mark.skipif(os.name != "posix", reason="no zombies here")
def test_scratch_folders_of_processes_that_are_gone_are_removed_alone(system):
    gone, dead = (subprocess.Popen([sys.executable, "-c", ""]) for _ in range(2))
    gone.wait()
    zombie = lambda: psutil.Process(dead.pid).status() == psutil.STATUS_ZOMBIE  # noqa: E731
    until(zombie, "a process that was not waited for")
    here = os.getpid()
    kept = [f"totalplace-kernels-{here}-living", "totalplace-kernels-unknown", "another-1-program"]
    lost = [
        f"totalplace-kernels-{gone.pid}-gone",
        f"totalplace-cluster-{dead.pid}-zombie",
        f"totalplace-verify-{here}-reused",
    ]
    for name in [*kept, *lost]:
        (system / name).mkdir()
    os.utime(system / lost[-1], (0, 0))  # made before the process of this number began
    atomic_folder.remove_abandoned()
    dead.wait()
    assert sorted(path.name for path in system.iterdir()) == sorted(kept)


def test_a_second_run_waits_for_the_first_and_says_so(tmp_path):
    said, place = [], tmp_path / "croydon"
    with atomic_folder.lock_folder(place, said.append):
        waiting = threading.Thread(target=hold, args=(place, said))
        waiting.start()
        until(lambda: said, "the second run has said that it waits")
        said.append("the first is done")
    waiting.join()
    assert said == [atomic_folder.WAITING, "the first is done", "the second has it"]
    assert list(tmp_path.iterdir()) == []


def hold(place, said):
    with atomic_folder.lock_folder(place, said.append):
        said.append("the second has it")


@pytest.mark.parametrize("can_exchange", [True, False])
def test_a_folder_is_moved_into_its_place_and_the_old_one_goes(tmp_path, monkeypatch, can_exchange):
    if not can_exchange:
        monkeypatch.setattr(atomic_folder, "_exchange", lambda new, place: False)
    place, new = tmp_path / "croydon", tmp_path / ".croydon.part"
    for folder, text in ((place, "old"), (new, "new")):
        folder.mkdir()
        (folder / "page").write_text(text)
    atomic_folder.move_into_place(new, place)
    atomic_folder.clean_up(place)
    assert (place / "page").read_text() == "new"
    assert list(tmp_path.iterdir()) == [place]


def test_what_a_killed_run_had_moved_aside_is_put_back(tmp_path):
    aside = tmp_path / ".croydon.old"
    aside.mkdir()
    (aside / "page").write_text("old")
    assert atomic_folder.has_leftovers(tmp_path / "croydon")
    atomic_folder.clean_up(tmp_path / "croydon")
    assert (tmp_path / "croydon" / "page").read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["croydon"]
