"""Authorities as bodies: what kind each is, its names and codes, and the areas that it covers.

An authority is known by DCLG's code; its years are those of its returns. What kind a class and a
code are is a row of authority_kinds.csv (the longest code that fits, then the latest year). The
areas are those of 1 April 2009: every authority since covers some of them whole; those that ended
on 31 March 2009 and lay in one with others cover a part.

An authority's areas come, in turn, from: itself as an area; its county; its successor of 2009;
footprints.csv; joint_footprints.csv; the authorities that it took over from. A national park
crosses districts and has none.
"""

from pathlib import Path

import pandas as pd
from pandas import DataFrame

from totalplace import reference
from totalplace.errors import InputError, first_few
from totalplace.reference_build import outturn_tables, table_files, year_files
from totalplace.reference_build.tables import slug

COLUMNS = ["authority", "area", "part", "basis"]
SUFFIX = r" (UA|CC|DC|BC|MBC|\(new\)|\(post Nov 2018\))$"
GSS = r"E\d{8}"


def build(into: Path) -> dict[str, DataFrame]:
    """Write authorities and authority_areas from the returns as they are kept; returns both."""
    known = authorities(all_standings(), reference.read("authority_kinds"))
    made = {"authorities": known, "authority_areas": covered(known)}
    for name, table in made.items():
        table_files.write(table, name, into)
    return made


def all_standings() -> DataFrame:
    """Every return of every year: authority_returns, with the year."""
    name = outturn_tables.RETURNS
    return pd.concat(
        [year_files.read(name, year).assign(year=year) for year in year_files.years(name)],
        ignore_index=True,
    )


def kind_of(standings: DataFrame, kinds: DataFrame) -> pd.Series:
    """The kind of each standing by class, code and year. Raises InputError for one without."""
    found = pd.Series("", index=standings.index, dtype="str")
    by_rank = kinds.assign(length=kinds["codes"].str.len()).sort_values(["length", "from"])
    for row in by_rank.to_dict("records"):
        fits = (standings["class"] == row["class"]) & (standings["year"] >= row["from"])
        fits &= standings["authority"].str.startswith(row["codes"])
        found = found.mask(fits, row["kind"])
    if unknown := first_few(standings.loc[found == "", "authority"].unique()):
        raise InputError(f"authority_kinds.csv has no kind of {unknown}: add its row.")
    return found


def authorities(standings: DataFrame, kinds: DataFrame) -> DataFrame:
    """One row an authority and kind: authority, first and last (year), kind, name, gss.

    name and gss are the latest published; first and last are years of returns.
    """
    table = standings.assign(kind=kind_of(standings, kinds)).sort_values("year", kind="stable")
    coded = table["gss"].where(table["gss"].str.fullmatch(GSS))
    plain = table["name"].str.replace(SUFFIX, "", regex=True)
    rows = table.assign(gss=coded, name=plain).groupby(["authority", "kind"], as_index=False)
    made = rows.agg(
        first=("year", "first"), last=("year", "last"), name=("name", "last"), gss=("gss", "last")
    )
    return _area_names(made.fillna({"gss": ""}))


def _area_names(table: DataFrame) -> DataFrame:
    """Authorities that are areas take the area's code where none is published, and its name."""
    areas = reference.read("areas").set_index("ecode")
    code, name = (table["authority"].map(areas[column]) for column in ("area", "name"))
    gss = table["gss"].mask(table["gss"] == "", code.fillna(""))
    return table.assign(gss=gss, name=name.fillna(table["name"]))


def covered(known: DataFrame) -> DataFrame:
    """The areas of 2009 that each authority covers: authority, area, part (whole, part), basis."""
    rows = _direct(known)
    wanted = set(known.loc[known["kind"] != "park", "authority"])
    successors = reference.read("authority_successors").sort_values("year", kind="stable")
    counties = set(known.loc[known["kind"] == "county", "authority"])
    joined = set(known.loc[known["kind"] == "fire", "authority"])
    inherits = (successors["service"] == "") & ~successors["authority"].isin(counties)
    inherits |= (successors["service"] == "fire") & successors["successor"].isin(joined)
    for year, step in successors[inherits].groupby("year"):
        heirs = step[~step["successor"].isin(rows["authority"])]
        taken = heirs[["authority", "successor"]].merge(rows, on="authority")
        basis = f"authorities that it took over from in {year}"
        taken = taken.drop(columns="authority").rename(columns={"successor": "authority"})
        rows = pd.concat([rows, taken.assign(basis=basis)], ignore_index=True)
    table = rows.drop_duplicates(["authority", "area"])
    if lost := first_few(sorted(wanted - set(table["authority"])), 20):
        raise InputError(f"no areas of {lost}: add rows to joint_footprints or successors.")
    return table[COLUMNS]


def _direct(known: DataFrame) -> DataFrame:
    """The areas of authorities that need no other authority's."""
    areas = reference.read("areas")
    own = areas.rename(columns={"ecode": "authority"}).assign(part="whole", basis="is the area")
    counties = known[known["kind"] == "county"].assign(upper_tier=known["name"].map(slug))
    county = areas.drop(columns="ecode").merge(
        counties[["authority", "upper_tier"]], on="upper_tier"
    )
    foot = reference.read("footprints").rename(columns={"body": "authority", "source": "basis"})
    joint = reference.read("joint_footprints").rename(columns={"source": "basis"})
    parts = [own, county.assign(part="whole", basis="its county"), _ended(known)]
    parts += [foot.assign(part="whole"), joint.assign(part="whole")]
    rows = pd.concat(parts)[COLUMNS].drop_duplicates(["authority", "area"])
    return rows[rows["authority"].isin(known["authority"])]


def _ended(known: DataFrame) -> DataFrame:
    """The authorities of before April 2009 in the areas that they became."""
    old = reference.read("predecessors").rename(columns={"old_code": "authority"})
    old = old.merge(known[["authority", "kind"]], on="authority")
    district = old["kind"] != "county"
    several = old[district].groupby("area")["authority"].transform("size") > 1
    part = several.reindex(old.index, fill_value=False).map({True: "part", False: "whole"})
    return old.assign(part=part, basis="ended on 31 March 2009")


def regions() -> pd.Series:
    """The region of each authority all of whose areas are in one: {authority: region}."""
    areas = reference.read("areas").set_index("area")["region"]
    table = reference.read("authority_areas")
    table = table.assign(region=table["area"].map(areas))
    found = table.drop_duplicates(["authority", "region"])
    return found[~found.duplicated("authority", keep=False)].set_index("authority")["region"]


def by_kind(year: str, service: str) -> DataFrame:
    """What each kind of body spent on a service in each region: region, kind, pence.

    An authority that covers areas of several regions has a blank region.
    """
    known = reference.read("authorities")
    there = known[(known["first"] <= year) & (year <= known["last"])]
    table = outturn_tables.figures(year, service)
    kind = table["authority"].map(there.set_index("authority")["kind"])
    region = table["authority"].map(regions()).fillna("")
    rows = table.assign(region=region, kind=kind)
    return rows.groupby(["region", "kind"], as_index=False)["pence"].sum()
