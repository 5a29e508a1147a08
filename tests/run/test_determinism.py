"""The same inputs give the same bytes: at another time, in another folder, with another hash seed, locale, time zone and company."""

import shutil
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.conftest import ROOT, run

PLACE = "isles-of-scilly"
ONE = {"PYTHONHASHSEED": "1", "LC_ALL": "C", "LANG": "C", "TZ": "UTC", "COLUMNS": "80"}
OTHER = {
    "PYTHONHASHSEED": "4242",
    "LC_ALL": "tr_TR.UTF-8",
    "LANG": "tr_TR.UTF-8",
    "TZ": "Pacific/Kiritimati",
    "COLUMNS": "211",
}


def house(folder):
    """A house of its own in a folder."""
    for part in ("data/raw", "notebooks"):
        shutil.copytree(
            ROOT / part, folder / part, ignore=shutil.ignore_patterns(".ipynb_checkpoints")
        )
    shutil.copy(ROOT / "requirements.lock", folder)
    return folder


@pytest.fixture(scope="module")
def homes(tmp_path_factory):
    """Two houses with reports of one place: alone, and in another folder and environment among others."""
    alone = house(tmp_path_factory.mktemp("a"))
    among = house(tmp_path_factory.mktemp("a folder with a long name, spaces and ümlauts"))
    with ThreadPoolExecutor(2) as pool:
        asked = [
            pool.submit(run, alone, "run", PLACE, "--workers", "1", **ONE),
            pool.submit(run, among, "run", "city-of-london", PLACE, "--workers", "2", **OTHER),
        ]
    assert [one.result().returncode for one in asked] == [0, 0]
    return alone, among


def content(home, *places):
    """Every file of the reports and ledgers of places: path -> bytes."""
    folders = [
        home / part / "2008-09" / place
        for part in ("reports", "data/processed")
        for place in places
    ]
    return {
        path.relative_to(home): path.read_bytes()
        for folder in folders
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_a_place_alone_is_the_same_bytes_as_among_others_elsewhere(homes):
    alone, among = (content(home, PLACE) for home in homes)
    assert alone.keys() == among.keys()
    assert [str(path) for path in alone if alone[path] != among[path]] == []
    kinds = {path.suffix for path in alone}
    assert kinds == {".html", ".csv", ".xlsx", ".json"}


def test_the_index_is_that_of_the_folders_there(homes):
    alone, among = ((home / "reports" / "index.html").read_text(encoding="utf-8") for home in homes)
    assert "City of London" in among
    assert "City of London" not in alone
    shutil.rmtree(homes[1] / "reports" / "2008-09" / "city-of-london")
    run(homes[1], "run", PLACE, **OTHER)
    assert (homes[1] / "reports" / "index.html").read_text(encoding="utf-8") == alone


def test_no_time_folder_or_machine_is_in_a_report(homes):
    words = [
        str(homes[0]),
        str(ROOT),
        str(Path.home()),
        time.strftime("%Y-%m-%d"),
        time.strftime("%d %B %Y"),
    ]
    for path, found in content(homes[0], PLACE).items():
        assert [word for word in words if len(word) > 5 and word.encode() in found] == [], path


def test_verify_says_so_in_yet_another_world(homes):
    done = run(
        homes[0],
        "verify",
        PLACE,
        check=False,
        PYTHONHASHSEED="77",
        TZ="America/St_Johns",
        LC_ALL="C.UTF-8",
    )
    assert done.returncode == 0, done.stderr
    assert "every one the same byte for byte" in done.stdout
