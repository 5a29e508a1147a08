"""Tables published as R data files, read without R."""

import bz2
import gzip
import struct

import pytest

from tests.core.conftest import original
from totalplace.errors import InputError
from totalplace.reference_build import r_data

NOTHING = struct.pack(">i", 254)


def text(word):
    return struct.pack(">ii", 0x40009, len(word)) + word.encode()


def symbol(word):
    return struct.pack(">i", 1) + text(word)


def texts(*words, flags=16):
    return struct.pack(">ii", flags, len(words)) + b"".join(map(text, words))


def numbers(kind, form, *values):
    return struct.pack(f">ii{len(values)}{form}", kind, len(values), *values)


def table(columns, names, name="people"):
    """An R data file's content: one data frame."""
    head = b"RDX2\nX\n" + struct.pack(">iii", 2, 0x30500, 0x20300)
    frame = struct.pack(">ii", 0x313, len(columns)) + b"".join(columns)
    attributes = struct.pack(">i", 0x402) + symbol("names") + texts(*names) + NOTHING
    return head + struct.pack(">i", 0x402) + symbol(name) + frame + attributes + NOTHING


CONTENT = table(
    [texts("Croydon", "Kent"), numbers(13, "i", 1, 2), numbers(14, "d", 0.5, 2.0)],
    ["area", "age", "people"],
)


@pytest.mark.parametrize("pack", [bytes, gzip.compress, bz2.compress])
def test_a_table_is_read_however_it_is_packed(tmp_path, pack):
    path = tmp_path / "people.rda"
    path.write_bytes(pack(CONTENT))
    found = r_data.read_table(path, "people")
    assert found.to_dict("list") == {
        "area": ["Croydon", "Kent"],
        "age": [1, 2],
        "people": [0.5, 2.0],
    }


def test_factors_are_read_as_text(tmp_path):
    levels = struct.pack(">i", 0x402) + symbol("levels") + texts("North", "South") + NOTHING
    factor = numbers(13 | 0x200, "i", 2, 1, 2) + levels
    path = tmp_path / "people.rda"
    path.write_bytes(table([factor], ["region"]))
    assert r_data.read_table(path, "people")["region"].tolist() == ["South", "North", "South"]


def test_a_file_that_is_not_r_data_is_refused(tmp_path):
    path = tmp_path / "people.rda"
    path.write_bytes(b"RDX3\nX\n")
    with pytest.raises(InputError, match=r"not an R data file of version 2"):
        r_data.read_table(path, "people")


def test_a_table_that_is_not_there_names_those_that_are(tmp_path):
    path = tmp_path / "people.rda"
    path.write_bytes(CONTENT)
    with pytest.raises(InputError, match=r"no table 'births'. It has people."):
        r_data.read_table(path, "births")


def test_a_type_that_is_not_known_is_refused(tmp_path):
    path = tmp_path / "people.rda"
    path.write_bytes(table([struct.pack(">ii", 15, 0)], ["complex"]))
    with pytest.raises(InputError, match=r"R data of type 15 cannot be read here"):
        r_data.read_table(path, "people")


def test_the_published_table_of_mid_2019_has_317_districts_of_england():
    found = r_data.read_table(original("mye-2019"), "population19_ltla19")
    england = found[found["ltla19_code"].str.startswith("E")]
    assert (len(england), england["total_population"].sum()) == (317, 56_286_961)
