"""Areas through time: what became of each of the 326 of April 2009, to the 296 of April 2023.

No English district was split in these years: areas were merged whole, took a new code for a small
change of boundary, or took a new name. So each area of any year is some of the 326 of 2009.

ONS's list of changes gives the mergers; area_decisions.csv the new codes and names before it.
"""

from pathlib import Path

import pandas as pd
from pandas import DataFrame

from totalplace.errors import first_few, refuse
from totalplace.reference_build.tables import slug
from totalplace.text_files import read_strict_csv

FIRST, LAST_START = "2008-09", 2023  # areas of 2009 count for 2008-09; the last mergers held
DECIDED = "area_decisions"
CHANGES = {
    "oldcd": "area",
    "newcd": "became",
    "newnm": "new_name",
    "type": "change",
    "start": "start",
}
SOURCE_2009, SOURCE = "register", "ons-area-changes"


def financial_year(start: int) -> str:
    """The financial year that begins in a year: 2008 -> '2008-09'."""
    return f"{start}-{(start + 1) % 100:02}"


def year_before(year: str) -> str:
    """The financial year before: '2019-20' -> '2018-19'."""
    return financial_year(int(year[:4]) - 1)


def published_changes(path: Path) -> DataFrame:
    """ONS's list of changes of areas: area, became, new_name, change, start (a calendar year)."""
    table = read_strict_csv(path, "utf-8-sig")[list(CHANGES)].rename(columns=CHANGES)
    return table.astype({"start": "int64"})


def mergers(changes: DataFrame) -> DataFrame:
    """The mergers of English districts: area, from (of what became), what, value, new_name."""
    districts = changes["area"].str.match("E0[6-9]") & changes["became"].str.match("E0[6-9]")
    rows = changes[districts & (changes["change"] == "merger") & (changes["start"] <= LAST_START)]
    start = rows["start"].map(financial_year)
    return rows.assign(what="merged", value=rows["became"], **{"from": start, "source": SOURCE})


def build(areas: DataFrame, changes: DataFrame, decisions: DataFrame) -> DataFrame:
    """Every code and name of an area, with the years it held: the table area_changes.

    areas: the 326 of 2009. changes: `published_changes`. decisions: area_decisions. The columns
    are area, from, to, name, place, county, region, change, became, source. Raises InputError for
    a change of an area that is not there at the time.
    """
    rows = areas.rename(columns={"upper_tier": "county"}).assign(source=SOURCE_2009)
    living = {row.area: _area(row._asdict(), FIRST) for row in rows.itertuples(index=False)}
    ended: list[dict] = []
    changed = decisions[decisions["what"] != "place"]
    events = pd.concat([changed, mergers(changes)]).sort_values(["from", "what", "value", "area"])
    for (year, what, value), group in events.groupby(["from", "what", "value"], sort=False):
        absent = [area for area in group["area"] if area not in living]
        refuse([f"{value} in {year}: no area {first_few(absent)} then."] if absent else [])
        before = [living.pop(area) for area in group["area"]]
        after = _after(before, what, value, group.iloc[0])
        ended += [row | _ending(year, what, after["area"]) for row in before]
        living[after["area"]] = after
    return _with_slugs(DataFrame([*ended, *living.values()]), decisions)


def _area(row: dict, start: str) -> dict:
    kept = {key: row[key] for key in ("area", "name", "place", "county", "region", "source")}
    return kept | {"from": start, "to": "", "change": "", "became": ""}


def _ending(year: str, change: str, became: str) -> dict:
    return {"to": year_before(year), "change": change, "became": became}


def _after(before: list[dict], what: str, value: str, event: pd.Series) -> dict:
    """The area that one or more became: of their region, and a district of their county."""
    first = before[0]
    if what == "recoded":
        return _area(first | {"area": value, "source": DECIDED}, event["from"])
    if what == "renamed":
        named = {"name": value, "place": slug(value), "source": DECIDED}
        return _area(first | named, event["from"])
    county = first["county"] if value.startswith("E07") else ""
    name = event["new_name"]
    made = {"area": value, "name": name, "place": slug(name), "county": county, "source": SOURCE}
    return _area(first | made, event["from"])


def _with_slugs(table: DataFrame, decisions: DataFrame) -> DataFrame:
    decided = decisions[decisions["what"] == "place"].set_index("area")["value"]
    table = table.assign(place=table["area"].map(decided).fillna(table["place"]))
    return table.sort_values(["area", "from"]).reset_index(drop=True)
