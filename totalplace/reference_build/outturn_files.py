"""Readers of councils' revenue and capital outturn by authority (RS and COR4), 2007-08 to 2023-24.

DCLG and its successors print one sheet a year, in £000, with other headings each year. Which sheet
is a row of outturn_files.csv; what a heading means is a row of outturn_labels.csv, compared by its
letters alone: "NET CURRENT EXPENDITURE (TOTAL OF LINES 699to748)" is "net current expenditure".
RS repeats its services in a later section on another basis: the first of each heading is read.

What was not given (an ellipsis, "[x]", "n/a", a blank) is kept as not given, never as nothing. The
Greater London Authority is there twice from 2021-22, again as a row of totals: the first is read.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pandas import DataFrame
from python_calamine import CalamineWorkbook

from totalplace import money
from totalplace.errors import InputError, first_few, refuse

CODE, GSS = r"E\d{4}", r"E\d{8}"
CLASSES = {"L", "LB", "MD", "UA", "SC", "SD", "O"}
NET = "net_current"  # the last of the headings that must all be known
NOTE = re.compile(r"\(?\btotal of line.*|\[[^]]*\]|\((line|col|note)s? [^)]*\)", re.IGNORECASE)
MARK = re.compile(r"\s*(\([a-z]\)|\[note \d+\])$", re.IGNORECASE)
CAPITAL = re.compile(r"Total Capital Expenditure( \(cols .*\))?", re.IGNORECASE)
BLANK = "blank"  # the mark of an empty cell
ABSENT = rf"…|\.\.\.|n/a|\[.*\]|{BLANK}"
LEADING = 10  # columns in which codes, names and classes are looked for
Row = list[Any]


def read_return(path: Path, sheet: str, account: str, labels: DataFrame) -> DataFrame:
    """One year's return: a row an authority and service, and England's row as published.

    Parameters
    ----------
    account: "revenue" (RS) or "capital" (COR4). labels: outturn_labels, label and service.

    Returns
    -------
    DataFrame with code ("" for England), gss ("" where the sheet has none), name, class, service,
    mark (what is printed where there is no figure; "" where there is one) and pence.

    Raises
    ------
    InputError for a heading that labels do not know, a service twice or without a column, and a
    cell that is neither a figure nor a mark of absence.
    """
    rows = _sheet(path, sheet)
    known = labels[labels["account"] == account].set_index("label")["service"].to_dict()
    first = next(i for i, row in enumerate(rows) if _codes(row, CODE))
    columns = _capital(rows[:first], known) if account == "capital" else _revenue(rows, known)
    where = f"{path}, sheet {sheet!r}"
    refuse(f"{where}: {fault}" for fault in columns.pop("faults"))
    table = DataFrame(list(_cells(rows[first:], columns, _places(rows, first))))
    return _typed(table, where)


def plain(heading: str) -> str:
    """A heading by its words alone: 'Parish  Precepts (+/-)' -> 'parish precepts'."""
    return " ".join(re.findall("[a-z]+", NOTE.sub(" ", heading).lower()))


def _sheet(path: Path, sheet: str) -> list[Row]:
    book = CalamineWorkbook.from_path(str(path))
    if sheet not in book.sheet_names:
        raise InputError(f"{path}: no sheet {sheet!r}. It has {first_few(book.sheet_names, 10)}.")
    return book.get_sheet_by_name(sheet).to_python(skip_empty_area=False)


def _codes(row: Row, pattern: str) -> list[int]:
    """The columns of a row, of its first few, that hold such a code."""
    cells = enumerate(row[:LEADING])
    return [place for place, cell in cells if re.fullmatch(pattern, str(cell).strip())]


def _revenue(rows: list[Row], known: dict[str, str]) -> dict[str, Any]:
    """{service: its column} by the row that begins with E-code."""
    heading = next(row for row in rows if str(row[0]).strip() == "E-code")
    words = [plain(str(cell)) for cell in heading]
    start = words.index("education services")
    end = next(i for i, word in enumerate(words) if known.get(word) == NET)
    unknown = [word for word in words[start : end + 1] if word and word not in known]
    found: dict[str, Any] = {}
    for place, word in enumerate(words):
        if place >= start and word in known:
            found.setdefault(known[word], place)
    return found | {"faults": [f"no label {word!r}: add its row." for word in unknown]}


def _capital(heading: list[Row], known: dict[str, str]) -> dict[str, Any]:
    """{service: its column of total capital expenditure}, by blocks of columns a service."""
    top = next(i for i, row in enumerate(heading) if any(plain(str(c)) == "education" for c in row))
    found: dict[str, Any] = {}
    block, faults = "", []
    for place, cell in enumerate(heading[top]):
        block = plain(str(cell)) if place and str(cell).strip() else block
        words = [row[place] for row in heading[top + 1 :] if isinstance(row[place], str)]
        if not CAPITAL.fullmatch(" ".join(" ".join(words).split())):
            continue
        if block not in known or known[block] in found:
            faults.append(f"column {place + 1}: {block!r} is not known, or is there twice.")
        else:
            found[known[block]] = place
    return found | {"faults": faults}


def _places(rows: list[Row], first: int) -> dict[str, int]:
    """The columns of code, gss, name and class; -1 for one that the sheet does not have."""
    code = _codes(rows[first], CODE)[0]
    gss = [place for row in rows[first:] for place in _codes(row, GSS)][:1] or [-1]
    bodies = [row for row in rows[first:] if re.fullmatch(CODE, str(row[code]).strip())]
    kind = next(
        place for place in range(LEADING) if {str(row[place]).strip() for row in bodies} <= CLASSES
    )
    name = max(code, gss[0]) + 1
    return {"code": code, "gss": gss[0], "name": name, "class": kind}


def _cells(
    rows: list[Row], columns: dict[str, Any], places: dict[str, int]
) -> Iterator[dict[str, Any]]:
    """A record a figure, of England's row and of each authority's first row."""
    seen = set()
    for row in rows:
        texts = {
            what: " ".join(str(row[place]).split()) if place >= 0 else ""
            for what, place in places.items()
        }
        england = texts["name"].upper() == "ENGLAND"
        code = "" if england else texts["code"]
        if code in seen or not (england or re.fullmatch(CODE, code)):
            continue
        seen.add(code)
        texts |= {"code": code, "name": MARK.sub("", texts["name"])}
        yield from (texts | {"service": s, "cell": row[place]} for s, place in columns.items())


def _typed(table: DataFrame, where: str) -> DataFrame:
    """The cells as mark and pence. Raises InputError for what is neither a figure nor a mark."""
    given = table["cell"].map(lambda cell: isinstance(cell, (int, float)))
    mark = table["cell"].astype("str").str.strip().replace("", BLANK).mask(given, "")
    odd = table[~given & ~mark.str.fullmatch(ABSENT)]
    refuse(
        f"{where}: {row.name}, {row.service}: {row.cell!r} is not a figure."
        for row in odd.itertuples(index=False)
    )
    pence = money.pence(table["cell"].where(given, 0), "£000")
    return table.drop(columns="cell").assign(mark=mark, pence=pence)
