"""What a killed process left in the system's folder for scratch goes with the next run; what is somebody's stays."""

import os
import subprocess
import sys
import tempfile

import psutil
import pytest

from tests.waiting import until
from totalplace.run import scratch


@pytest.fixture
def system(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def test_a_folder_is_there_for_a_block_and_named_for_its_purpose_and_process(system):
    with scratch.folder("verify") as made:
        assert f"totalplace-verify-{os.getpid()}-" in made
        scratch.sweep()
        assert os.path.isdir(made)
    assert list(system.iterdir()) == []


@pytest.mark.skipif(os.name != "posix", reason="no zombies here")
def test_folders_of_a_process_that_is_gone_a_zombie_or_another_of_its_number_are_swept_away_and_others_stay(
    system,
):
    gone, dead = (subprocess.Popen([sys.executable, "-c", ""]) for _ in range(2))
    gone.wait()
    until(
        lambda: psutil.Process(dead.pid).status() == psutil.STATUS_ZOMBIE,
        "a process that nobody has asked about",
    )
    here = os.getpid()
    kept = [
        f"totalplace-kernels-{here}-living",
        "totalplace-kernels-nobody-knows",
        "another-1-program",
    ]
    lost = [
        f"totalplace-kernels-{gone.pid}-gone",
        f"totalplace-cluster-{dead.pid}-zombie",
        f"totalplace-verify-{here}-reused",
    ]
    for name in [*kept, *lost]:
        (system / name).mkdir()
    os.utime(system / lost[-1], (0, 0))
    scratch.sweep()
    dead.wait()
    assert sorted(path.name for path in system.iterdir()) == sorted(kept)
