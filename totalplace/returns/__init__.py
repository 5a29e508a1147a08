"""Partners' returns: workbooks in; good lines, questions and faults out; and nothing lost.

From a file to a line, each module by those above it: issues (what may be wrong, and what is done
about it), xlsx_package and xlsx (an .xlsx file, bounded and never run), values (text to amounts,
years, words), names and columns (what a cell means), files (the folder), sheet_tables (where the
tables are), evidence and programmes (what counts, and of which programme), decisions, lines,
classify, plausibility (what is doubtful), localise (a wider body's share), read (the Returns of a
place, and the order of the steps), template (the workbook that partners fill in), annotated_copy
and check_report (what `totalplace check` writes and prints).

The names below are loaded when they are first used, so that a command which reads no return waits
for none of it.
"""

import importlib

_WHERE = {
    "COLUMNS": "read",
    "Returns": "read",
    "folder": "read",
    "localise_lines": "localise",
    "read_returns": "read",
    "write_templates": "template",
}
__all__ = ["COLUMNS", "Returns", "folder", "localise_lines", "read_returns", "write_templates"]


def __getattr__(name: str):
    if name not in _WHERE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_WHERE[name]}"), name)
