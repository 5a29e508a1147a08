"""What `totalplace check --format json` prints: the same as the text, for programs.

Amounts are in pence.
"""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pandas as pd

from totalplace.returns.read import Returns


def as_json(read: Returns, copies: Iterable[Path] = ()) -> dict[str, Any]:
    """The Returns of a place as what JSON can hold.

    Keys: place, year, ready; files (file, read); lines (accepted, one row a line and code);
    refused, asked and warned (file, sheet, cells, problem, remedy, choices, pence, and `what`, by
    which decisions.csv answers it); unclassified; decided; sums (by file and sheet, in pence as
    written); marked_copies (paths). `copies`: of `write_back`.
    """
    return {
        "place": read.place.slug,
        "year": read.year,
        "ready": read.ready,
        "files": [{"file": file.name, "read": bool(file.sheets)} for file in read.files],
        "lines": _records(read.lines),
        "refused": _records(read.faults),
        "asked": _records(read.questions),
        "warned": _records(read.warnings),
        "unclassified": _records(read.unclassified),
        "decided": _records(read.decisions),
        "sums": _records(read.sums),
        "marked_copies": [str(path) for path in copies],
    }


def _records(table: pd.DataFrame) -> list[dict[str, Any]]:
    """The rows of a table as dicts of plain values; a blank number is null."""
    return json.loads(table.to_json(orient="records"))
