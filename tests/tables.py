"""Small tables for the tests, written as they are read."""

import io

import pandas as pd

NUMBERS = {
    "pence": "int64",
    "share": "float64",
    "population": "int64",
    "value": "int64",
    "children": "int64",
}


def table(text):
    """A table from aligned text: columns parted by spaces, text cells with no space in them, `-` is a blank."""
    lines = io.StringIO("\n".join(line.strip() for line in text.strip().splitlines()))
    frame = pd.read_csv(lines, sep=r"\s+", dtype="str", keep_default_na=False).replace("-", "")
    return frame.astype({column: kind for column, kind in NUMBERS.items() if column in frame})
