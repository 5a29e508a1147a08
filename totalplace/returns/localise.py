"""A figure of a wider body, brought down to the place: a police force's, a region's, England's.

Method: the line names the area that its figure covers (footprint) and what the place's share should follow
(driver); the place's share is its part of the driver over that area, and the sum is done by the one verb, area
by area. The published amount is kept.
Known limits: a driver has one year, which stands for the year of the line; a figure that covers part of the
place counts whole.
"""

import pandas as pd

from totalplace import reference
from totalplace.apportion import apportion
from totalplace.errors import InputError, first_few
from totalplace.returns.names import Names

WHOLE = "allocated: all of it is in the place"


def localise(lines, place, year):
    """The lines with the place's pence: `pence` is the place's part, `footprint_pence` the amount as it was returned.

    lines: of a return (footprint, driver, pence int64; footprint blank = the place). place: places.Place. year:
    of the count. Adds footprint_pence, area_share and area_basis (the driver, its year, the place's figure and
    the area's). Raises InputError for a footprint or a driver that is not known, with their rows.
    """
    names = Names.known(place)
    areas = {
        text: frozenset() if text == "" else names.footprint(text).value
        for text in lines["footprint"].unique()
    }
    unknown = [text for text, covered in areas.items() if covered is None]
    if unknown:
        rows = first_few(lines.index[lines["footprint"].isin(unknown)])
        raise InputError(
            f"rows {rows}: the area {first_few(unknown)} is not known, or has nothing of {place.name} in it."
        )
    wider = lines["footprint"].map(lambda text: bool(areas[text] - names.own)).astype("bool")
    shares = _shares(lines[wider], areas, place, year)
    parts = _parts(lines[wider], shares, names.own)
    local = lines.assign(footprint_pence=lines["pence"], area_share=1.0, area_basis=WHOLE)
    if wider.any():
        local.loc[wider, ["pence", "area_share", "area_basis"]] = parts[
            ["pence", "area_share", "area_basis"]
        ]
    return local.astype({"pence": "int64"})


def _shares(lines, areas, place, year):
    """Each area's share of each footprint by each driver, with the place's figure beside the whole one in its basis."""
    used = lines[["footprint", "driver"]].drop_duplicates()
    drivers = reference.read("drivers")
    tables = [_share(_vintage(drivers, driver, year), footprint, driver, areas[footprint], place)
              for footprint, driver in used.itertuples(index=False)]  # fmt: skip
    columns = ["footprint", "driver", "area", "share", "basis"]
    return (
        pd.concat(tables, ignore_index=True)[columns] if tables else pd.DataFrame(columns=columns)
    )


def _vintage(drivers, driver, year):
    """The figures of a driver: it has one year, or that in which the year of the count begins."""
    figures = drivers[drivers["driver"] == driver]
    several = figures["year"].nunique() > 1
    figures = figures[figures["year"].str[:4] == year[:4]] if several else figures
    if figures.empty:
        raise InputError(
            f"drivers.csv has no {driver!r}{' of ' + year if several else ''}. Name another driver."
        )
    return figures


def _share(figures, footprint, driver, covered, place):
    figures = figures[figures["area"].isin(covered)]
    total, here = figures["value"].sum(), figures["value"][figures["area"].isin(place.areas)].sum()
    if total == 0:
        raise InputError(
            f"drivers.csv has no {driver!r} in {footprint}, so it shares nothing. Name another driver."
        )
    year, unit = figures["year"].iloc[0], figures["unit"].iloc[0]
    basis = f"apportioned: {driver} {year}, {here:,} of {total:,} {unit} in {footprint}"
    return figures.assign(
        footprint=footprint, driver=driver, share=figures["value"] / total, basis=basis
    )


def _parts(lines, shares, own):
    """The place's part of each line, in the lines' order: pence, area_share, area_basis."""
    if lines.empty:
        return lines
    spread = apportion(
        lines[["footprint", "driver", "pence"]].assign(line=lines.index), shares, "area"
    )
    if spread.groupby("line")["pence"].sum().sum() != lines["pence"].sum():
        raise ArithmeticError("localising lost money; this is a bug, not your data.")
    here = spread[spread["area"].isin(own)].groupby("line").agg(
        pence=("pence", "sum"), area_share=("area_share", "sum"), area_basis=("area_basis", "first")
    )  # fmt: skip
    return here.reindex(lines.index)
