import os

import pytest

from totalplace.errors import InputError
from totalplace.text_files import read_strict_csv, write_whole


def test_a_file_is_written_as_it_is_and_its_folder_made(tmp_path):
    path = write_whole(tmp_path / "new" / "a.csv", "name\n£5\n")
    assert path.read_bytes() == "name\n£5\n".encode()
    assert write_whole(path, b"\x00").read_bytes() == b"\x00"
    assert [other.name for other in path.parent.iterdir()] == ["a.csv"]


def test_a_write_that_fails_leaves_what_was_there(tmp_path, monkeypatch):
    path = write_whole(tmp_path / "a.csv", "before")

    def full(*_):
        raise OSError("no space left on device")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(OSError, match="no space left"):
        write_whole(path, "after")
    assert path.read_text(encoding="utf-8") == "before"
    assert [other.name for other in tmp_path.iterdir()] == ["a.csv"]


def test_every_cell_of_a_csv_file_stays_text(tmp_path):
    path = write_whole(tmp_path / "a.csv", 'cofog,code,note\n09.1,1E05,"NA\nand more"\n07,,\n')
    table = read_strict_csv(path)
    assert table.to_numpy().tolist() == [["09.1", "1E05", "NA\nand more"], ["07", "", ""]]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"a,b\n1,2\n1,2,3\n1\n", "rows 3, 4 do not have the 2 cells of the heading"),
        ("a,b\n1,é\n".encode("cp1252"), r"not a UTF-8 CSV file .* Save it again as CSV UTF-8"),
        (b'a,b\n1,"2\n', "not a UTF-8 CSV file"),
    ],
)
def test_a_csv_file_that_is_broken_is_refused(tmp_path, content, message):
    path = write_whole(tmp_path / "a.csv", content)
    with pytest.raises(InputError, match=message):
        read_strict_csv(path)
