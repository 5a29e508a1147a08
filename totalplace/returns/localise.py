"""A figure of a wider body, brought down to the place: a police force's, a region's, England's.

Method: the line names the area that its figure covers (footprint) and what the place's share should
follow (driver); the place's share is its part of the driver over that area, and the sum is done by
the one verb, area by area. The published amount is kept.
Known limits: a driver has one year, which is used for the year of the line; a figure that covers
part of the place counts in full.
"""

import pandas as pd

from totalplace import reference
from totalplace.apportion import apportion
from totalplace.errors import InputError, first_few
from totalplace.places import Place
from totalplace.returns.names import Names

ALL_OF_IT = "allocated: all of it is in the place"
ADDED = ["pence", "area_share", "area_basis"]


def localise_lines(lines: pd.DataFrame, place: Place, year: str) -> pd.DataFrame:
    """The lines of a return with the place's share of their pence, beside the amount as returned.

    Parameters
    ----------
    lines
        footprint (blank: the place), driver, pence int64.
    year
        Of the count.

    Returns
    -------
    DataFrame
        The lines in their order: pence is the place's share; footprint_pence the amount as
        returned; area_share; area_basis, the driver, its year, the place's figure and the area's.

    Raises
    ------
    InputError
        For a footprint or a driver that is not known, with its rows.
    """
    names = Names.known(place)
    areas = {
        text: names.footprint(text).value if text else frozenset()
        for text in lines["footprint"].unique()
    }
    unknown = [text for text, covered in areas.items() if covered is None]
    if unknown:
        rows, names_of = (
            first_few(lines.index[lines["footprint"].isin(unknown)]),
            first_few(unknown),
        )
        raise InputError(
            f"rows {rows}: the area {names_of} is not known, or has nothing of {place.name} in it."
        )
    wider = lines["footprint"].map(lambda text: bool(areas[text] - names.own)).astype("bool")
    local = lines.assign(footprint_pence=lines["pence"], area_share=1.0, area_basis=ALL_OF_IT)
    if wider.any():
        shares = _shares(lines[wider], areas, place, year)
        local.loc[wider, ADDED] = _local_shares(lines[wider], shares, names.own)
    return local.astype({"pence": "int64"})


def _shares(lines, areas, place, year):
    """Each area's share of each footprint by each driver; its basis names the place's figure."""
    drivers, used = reference.read("drivers"), lines[["footprint", "driver"]].drop_duplicates()
    tables = [
        _share(_figures(drivers, driver, year), footprint, driver, areas[footprint], place)
        for footprint, driver in used.itertuples(index=False)
    ]
    return pd.concat(tables, ignore_index=True)[["footprint", "driver", "area", "share", "basis"]]


def _figures(drivers, driver, year):
    """The figures of a driver: of its one year, or of the year in which the count begins."""
    figures = drivers[drivers["driver"] == driver]
    several = figures["year"].nunique() > 1
    figures = figures[figures["year"].str[:4] == year[:4]] if several else figures
    if figures.empty:
        which = f"{driver!r}{' of ' + year if several else ''}"
        raise InputError(f"drivers.csv has no {which}. Name another driver.")
    return figures


def _share(figures, footprint, driver, covered, place):
    figures = figures[figures["area"].isin(covered)]
    total, here = figures["value"].sum(), figures["value"][figures["area"].isin(place.areas)].sum()
    if total == 0:
        raise InputError(
            f"drivers.csv has no {driver!r} in {footprint}: it shares nothing. Name another driver."
        )
    year, unit = figures["year"].iloc[0], figures["unit"].iloc[0]
    basis = f"apportioned: {driver} {year}, {here:,} of {total:,} {unit} in {footprint}"
    return figures.assign(
        footprint=footprint, driver=driver, share=figures["value"] / total, basis=basis
    )


def _local_shares(lines, shares, own):
    """The place's share of each line, in the lines' order: pence, area_share, area_basis."""
    spend = lines[["footprint", "driver", "pence"]].assign(line=lines.index)
    spread = apportion(spend, shares, "area")
    if spread["pence"].sum() != lines["pence"].sum():
        raise ArithmeticError("localising lost money; this is a bug, not your data.")
    here = spread[spread["area"].isin(own)].groupby("line")
    found = here.agg({"pence": "sum", "area_share": "sum", "area_basis": "first"})
    return found.reindex(lines.index)
