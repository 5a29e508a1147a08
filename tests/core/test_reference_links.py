"""What one reference table says of another must be there."""

import time

import pytest

from totalplace import reference, reference_links
from totalplace.errors import InputError
from totalplace.run import one_place
from totalplace.run.job import Job


def test_every_link_is_of_columns_that_the_codebook_has():
    book = {(row.table, row.column) for row in reference.codebook().itertuples()}
    for link in reference.read("links").itertuples():
        assert {(link.table, link.column), (link.in_table, link.in_column)} <= book


def test_the_tables_hold_together_and_the_check_is_quick():
    reference_links.check_links.__wrapped__()  # reads the tables
    began = time.perf_counter()
    reference_links.check_links.__wrapped__()
    assert time.perf_counter() - began < 1


@pytest.mark.parametrize(
    ("table", "old", "new", "fault"),
    [
        ("payers", "Health,nhs,", "Health,nsh,", "payers.csv: body has nsh, which body of bodies"),
        ("scopes", "identifiable,,", "identifiable,nsh,", "scopes.csv: body has nsh"),
        ("themes", "children-0-7,council", "childen-0-7,council", "themes.csv: theme has childen"),
        ("bodies", "council council-housing", "council council-house", "supersedes has council-ho"),
        ("areas", ",Hartlepool,,", ",Hartlepool,durhm,", "areas.csv: upper_tier has durhm"),
    ],
)
def test_a_value_that_points_nowhere_stops_the_run_before_it_starts(spoil, table, old, new, fault):
    spoil(table, old, new)
    with pytest.raises(InputError, match=fault):
        reference_links.check_links()
    with pytest.raises(InputError, match=fault):
        one_place.check_job(Job("croydon", "2008-09"))
