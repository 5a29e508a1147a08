"""What points from one reference table to another: links.csv says which column to which.

A misspelt area, body or programme would send its money elsewhere without a word, so that every
value of such a column must be one of the column that it points to.
"""

from collections.abc import Iterator

from totalplace import reference
from totalplace.errors import first_few, refuse


@reference.cached_until_data_changes
def check_links() -> None:
    """Refuse reference tables with a value that the table it points to does not have.

    Blank cells point to nothing. Raises InputError with every table, column and value at fault.
    """
    refuse(fault for link in reference.read("links").itertuples() for fault in _faults(link))


@reference.cached_until_data_changes("links", "areas", "places", "members")
def check_places() -> None:
    """Refuse places and areas that do not go together, as `check_links` does."""
    links, own = reference.read("links"), ["areas", "places", "members"]
    links = links[links["table"].isin(own) & links["in_table"].isin(own)]
    refuse(fault for link in links.itertuples() for fault in _faults(link))


def _faults(link) -> Iterator[str]:
    cells = _cells(link.table, link.column)
    values = {value for cell in cells for value in (cell.split() if link.several else [cell])}
    if unknown := first_few(sorted(values - _cells(link.in_table, link.in_column) - {""})):
        where = f"which {link.in_column} of {link.in_table}.csv does not have"
        yield f"{link.table}.csv: {link.column} has {unknown}, {where}."


def _cells(table, column):
    return {str(cell) for cell in reference.read(table)[column].unique()}
