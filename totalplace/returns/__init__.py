"""Partners' returns: workbooks in; good lines, questions and faults out; a sum that shows that nothing was lost.

From a file to a line, each module by those above it: verdicts (what may be wrong, and what is said of it), package and
workbook (an .xlsx file, bounded and never run), cells (text to amounts, years, words), intake (the folder), layout (where the
tables are), naming and columns (what a cell means), checks, decisions, classify, doubles, compare (what is doubtful), reading
(all of it together), localise (a wider body's part), template (the workbook that partners fill in), read (the Returns of a
place), marked and checking (what `totalplace check` writes and prints).
"""

from totalplace.returns.localise import localise
from totalplace.returns.read import COLUMNS, Returns, folder, read_returns
from totalplace.returns.template import template

__all__ = ["COLUMNS", "Returns", "folder", "localise", "read_returns", "template"]
