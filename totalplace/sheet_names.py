"""Names of the sheets of a workbook, as Excel allows them."""

import re
from collections.abc import Iterable

LONGEST = 31  # letters


def sheet_names(names: Iterable[str], reserved: Iterable[str] = ()) -> list[str]:
    """A name for each sheet, in order: at most 31 letters, none of []:*?/\\', no two alike.

    `reserved` are names that other sheets have. Large and small letters are the same to Excel.
    """
    taken, allowed = {name.lower() for name in reserved}, []
    for name in names:
        base = re.sub(r"[\[\]:*?/\\']", " ", name)[:LONGEST].strip() or "Sheet"
        free, number = base, 1
        while free.lower() in taken:
            number += 1
            free = f"{base[: LONGEST - 1 - len(str(number))]} {number}"
        taken.add(free.lower())
        allowed.append(free)
    return allowed
