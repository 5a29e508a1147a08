"""Places of each kind beside areas: pilots, counties, combined authorities, Greater London, police
force areas and integrated care boards, each a set of areas that is counted in any year.

An integrated care board that splits a district is in the table and not offered: its note names the
districts. A place that is the same areas as one before it in KINDS, or as an area, says so.
"""

from pathlib import Path

import pandas as pd
from pandas import DataFrame

from totalplace import reference
from totalplace.errors import InputError, first_few
from totalplace.reference_build import (
    area_changes,
    area_years,
    people_files,
    published_files,
    table_files,
)
from totalplace.reference_build.area_changes import financial_year, year_before
from totalplace.reference_build.tables import slug
from totalplace.text_files import read_strict_csv

KINDS = ["pilot", "county", "combined authority", "region", "police force area"]
KINDS += ["integrated care board"]
LAST_START = 2024  # combined authorities that began later are not of a year held
MEMBERS = ["kind", "place", "code", "name", "area", "from", "to", "source"]
NAMES_SHEET = "ICB Core Allocations 2024-25"


def places_of_kind(kind: str, year: str | None = None) -> DataFrame:
    """The places of a kind that are offered: place, name, code, same_as, note.

    With `year`, those whose body there was then, or whose beginning is not stated (the area of any
    is counted in every year). Raises InputError for an unknown kind.
    """
    table = reference.read("place_kinds")
    if kind not in KINDS:
        raise InputError(f"no kind of place {kind!r}. There are {first_few(KINDS, 10)}.")
    wanted = (table["kind"] == kind) & (table["offered"] == "yes")
    if year is not None:
        wanted &= (table["from"] <= year) & ((table["to"] == "") | (table["to"] >= year))
    columns = ["place", "name", "code", "same_as", "note"]
    return table[wanted][columns].reset_index(drop=True)


def areas_of_place(kind: str, place: str, year: str) -> tuple[str, ...]:
    """The areas of a year of a place of a kind.

    Raises InputError for a place that is not known or not offered, and where it has no such year.
    """
    table = reference.read("place_kinds")
    row = table[(table["kind"] == kind) & (table["place"] == place)]
    if row.empty:
        raise InputError(f"no {kind} called {place!r}. See `totalplace places`.")
    (name,), (offered,), (note,) = row["name"], row["offered"], row["note"]
    if offered == "no":
        raise InputError(f"{name} cannot be counted: it {note}.")
    members = reference.read("kind_members")
    here = (members["kind"] == kind) & (members["place"] == place)
    return area_years.areas_in_year(members["area"][here], year, name)


def counties(ends: DataFrame, codes: DataFrame) -> DataFrame:
    """Counties with districts since April 2009, as MEMBERS.

    ends: ONS's changes (those of type termination). codes: county (a slug), code, name.
    """
    areas = area_years.areas_of(area_years.years()[0])
    stopped = ends[ends["change"] == "termination"].set_index("area")["start"]
    last = stopped.map(lambda start: year_before(financial_year(start)))
    rows = areas[areas["county"] != ""][["area", "county"]].merge(
        codes, on="county", validate="m:1"
    )
    to = rows["code"].map(last).fillna("")
    made = rows.assign(kind="county", place=rows["county"], to=to, source="register")
    return made.assign(**{"from": area_years.years()[0]})[MEMBERS]


def county_codes(register: DataFrame) -> DataFrame:
    """The counties of the register: county (a slug), code, name."""
    rows = register[register["kind"] == "CTY"]
    name = rows["name"].str.removesuffix(" County")
    return DataFrame({"county": name.map(slug), "code": rows["register_code"], "name": name})


def pilots() -> DataFrame:
    """The 13 Total Place pilots, as MEMBERS; they are counted in every year."""
    known = reference.read("pilots")[["place", "name"]]
    rows = reference.read("members").merge(known, on="place")
    return _as_members(rows, "pilot", "pilots", code="")


def combined_authorities(path: Path, changes: DataFrame, districts: DataFrame) -> DataFrame:
    """Combined authorities of 2023, and those that ONS's changes add in 2024, as MEMBERS.

    changes: ONS's list. districts: county_code, area, for an authority that is made of a county.
    """
    columns = ["ltla23_code", "cauth23_code", "cauth23_name"]
    of_2023 = read_strict_csv(path)[columns].set_axis(["area", "code", "name"], axis=1)
    changed = changes[changes["became"].str.startswith("E47") & (changes["start"] <= LAST_START)]
    changed = changed.rename(columns={"became": "code", "new_name": "name"})
    added = changed[~changed["code"].isin(of_2023["code"])]
    parts = added[["area", "code", "name"]].rename(columns={"area": "part"})
    inside = [
        of_2023.rename(columns={"code": "part"})[["part", "area"]],
        districts.rename(columns={"county_code": "part"}),
    ]
    whole = parts.merge(pd.concat(inside), on="part", how="left")
    whole = whole.assign(area=whole["area"].fillna(whole["part"]), source="ons-area-changes")
    table = pd.concat([of_2023.assign(source="ons-combined-2023"), whole])
    return _with_years(table, changed).assign(kind="combined authority")[MEMBERS]


def _with_years(table: DataFrame, changed: DataFrame) -> DataFrame:
    """The authorities with from, to, slug and name; one whose name was taken over has its years."""
    began = changed.drop_duplicates("code").set_index("code")["start"].map(financial_year)
    ended = changed[changed["change"] == "merger"].set_index("area")["start"].map(financial_year)
    start = table["code"].map(began).fillna("")
    to = table["code"].map(ended.map(year_before)).fillna("")
    taken = (to != "") & table["name"].isin(table["name"][to == ""])
    name = table["name"].mask(taken, table["name"] + " of " + start + " to " + to)
    made = table.assign(place=name.map(slug), name=name + " (combined authority)", to=to)
    return made.assign(**{"from": start})


def greater_london() -> DataFrame:
    """Greater London, as MEMBERS: the 32 boroughs and the City."""
    areas = area_years.areas_of(area_years.years()[0])
    rows = areas[areas["region"] == "London"][["area"]]
    rows = rows.assign(place="greater-london", name="Greater London")
    return _as_members(rows, "region", "register", code="E12000007")


def police_force_areas(path: Path) -> DataFrame:
    """England's police force areas of 2024, as MEMBERS."""
    columns = ["ltla24_code", "pfa24_code", "pfa24_name"]
    rows = read_strict_csv(path)[columns].set_axis(["area", "code", "name"], axis=1)
    rows = rows[rows["area"].str.startswith("E")].drop_duplicates()
    name = rows["name"].replace("London, City of", "City of London").str.removesuffix(" Police")
    name = name.str.replace("&", "and")
    rows = rows.assign(place=name.map(slug) + "-police", name=name + " (police force area)")
    return _as_members(rows, "police force area", "ons-police-2024", code=rows["code"])


def icb_names(path: Path) -> dict[str, str]:
    """The names of integrated care boards by NHS code: {"QMJ": "North Central London", ...}."""
    rows = people_files.sheet_rows(path, NAMES_SHEET)
    names = {str(row[2]).strip(): str(row[3]).strip() for row in rows if len(str(row[2])) == 3}
    return {code: name.removeprefix("NHS ").removesuffix(" ICB") for code, name in names.items()}


def care_boards(
    boards: Path, districts: Path, names: dict[str, str]
) -> tuple[DataFrame, DataFrame]:
    """Integrated care boards of 2024, as MEMBERS, and the districts that boards split.

    The split: code, area, small_areas (in the board), of (all of the district's).
    """
    small = read_strict_csv(districts)[["lsoa21_code", "ltla24_code"]].drop_duplicates()
    rows = read_strict_csv(boards).merge(small, on="lsoa21_code", validate="1:1")
    rows = rows[rows["ltla24_code"].str.startswith("E")]
    counts = rows.groupby(["icb24_code", "icb24_code_nhs", "ltla24_code"]).size()
    table = counts.rename("small_areas").reset_index()
    table = table.set_axis(["code", "nhs", "area", "small_areas"], axis=1)
    table["of"] = table.groupby("area")["small_areas"].transform("sum")
    name = table["nhs"].map(names)
    if name.isna().any():
        raise InputError(f"no name of the boards {first_few(table['nhs'][name.isna()].unique())}.")
    made = table.assign(place=name.map(slug) + "-icb", name=name + " (integrated care board)")
    split = table[table["small_areas"] < table["of"]][["code", "area", "small_areas", "of"]]
    members = _as_members(made, "integrated care board", "ons-icb-2024", code=made["code"])
    return members.assign(**{"from": "2022-23"}), split


def _as_members(rows: DataFrame, kind: str, source: str, code: object) -> DataFrame:
    made = rows.assign(kind=kind, code=code, source=source, to="")
    return made.assign(**{"from": area_years.years()[0]})[MEMBERS]


def build(files: dict[str, Path], into: Path) -> None:
    """Write place_kinds and kind_members, from the originals; files: {source: path}."""
    changes = area_changes.published_changes(files["ons-area-changes"])
    of_counties = counties(changes, county_codes(published_files.register(files["register"])))
    districts = of_counties[["code", "area"]].rename(columns={"code": "county_code"})
    names = icb_names(files["nhse-allocations-2023"])
    boards, split = care_boards(files["ons-icb-2024"], files["ons-lsoa21-2024"], names)
    parts = [
        pilots(),
        of_counties,
        combined_authorities(files["ons-combined-2023"], changes, districts),
        greater_london(),
        police_force_areas(files["ons-police-2024"]),
        boards,
    ]
    places, members = as_tables(pd.concat(parts, ignore_index=True), split)
    table_files.write(places, "place_kinds", into)
    table_files.write(members, "kind_members", into)


def as_tables(members: DataFrame, split: DataFrame) -> tuple[DataFrame, DataFrame]:
    """The tables place_kinds and kind_members.

    members: MEMBERS of every kind, one below the other. split: as `care_boards` gives it.
    """
    key = ["kind", "place", "code", "name", "from", "to", "source"]
    places = members[key].drop_duplicates()
    notes = split.groupby("code")[["area", "small_areas", "of"]].apply(_splits)
    note = places["code"].map(notes).fillna("")
    offered = (note == "").map({True: "yes", False: "no"})
    places = places.assign(note=note, offered=offered, same_as=_same_as(places, members))
    return places, members[["kind", "place", "area"]]


def _splits(rows: DataFrame) -> str:
    names = (
        reference.read("area_changes")
        .drop_duplicates("area", keep="last")
        .set_index("area")["name"]
    )
    parts = [
        f"{names[row.area]} ({row.small_areas} of {row.of} small areas)"
        for row in rows.itertuples()
    ]
    return f"splits {'; '.join(parts)}"


def _same_as(places: DataFrame, members: DataFrame) -> list[str]:
    """For each place, the slug of the first known place of the same areas; blank for none."""
    changes = reference.read("area_changes")
    known = {area_years.first_areas(row.area): row.place for row in changes.itertuples()}
    found = []
    for row in places.itertuples():
        here = (members["kind"] == row.kind) & (members["place"] == row.place)
        areas = frozenset().union(*map(area_years.first_areas, members["area"][here]))
        other = known.setdefault(areas, row.place)
        found.append(other if other != row.place else "")
    return found
