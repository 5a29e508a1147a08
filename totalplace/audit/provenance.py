"""Where a line of a ledger is from: the published row, its shares and their reasons, or the file, sheet and cell of a return.

A line of a national estimate is published pence times shares; that product is worked out again here and must be the line's
pence, but for the pennies that largest remainders give and for what a return has replaced.
"""

from dataclasses import dataclass, field

import pandas as pd

from totalplace import places, reference
from totalplace.apportion import match
from totalplace.ledger import RETURNED_PROGRAMME
from totalplace.report.words import clean, in_pounds

PENNIES = 4  # at most one for each of the shares: area, part of a theme, age
SHARES = ["area_share", "theme_share", "age_share"]
NOT_TOLD = {"withheld": "withheld: returned in confidence; the working copy has its lines"}


@dataclass
class Origin:
    """What is behind one line: sentences, from the figure to the publication; `sources` of sources.csv, `files` returned."""

    told: list = field(default_factory=list)
    sources: list = field(default_factory=list)
    files: list = field(default_factory=list)


class Origins:
    """The tables that say where lines are from, read once for a place."""

    def __init__(self, place, year, ledger):
        self.national = (
            reference.read("national_spend", year)
            .reset_index()
            .set_index(["source_row", "sub_function"])
        )
        self.programmes = (
            reference.read("programmes").set_index(["department", "programme"])["name"].to_dict()
        )
        self.rules = reference.read("driver_rules")
        self.drivers = _drivers()
        self.regions = reference.read("areas").set_index("area")
        self.place, self.ledger = places.place(place), ledger
        self.bodies = reference.read("bodies").set_index("body")["supersedes"]

    def of(self, line):
        """The Origin of a line, a row of the ledger. Raises ArithmeticError where its shares do not make its pence."""
        if line["programme"] == RETURNED_PROGRAMME or line.get("file", ""):
            return self._returned(line)
        if (line["source_row"], line["sub_function"]) not in self.national.index:
            return Origin(
                [NOT_TOLD.get(line["evidence"], f"no published row: {clean(line['evidence'])}")]
            )
        return self._estimated(line)

    def _estimated(self, line):
        """Published row, driver, theme and age."""
        row = self.national.loc[line["source_row"], line["sub_function"]]
        same = self.national.loc[line["source_row"]]
        dummy = row["sector"] == "LA"  # councils' lines have a programme in name only
        title = "" if dummy else self.programmes.get((row["department"], row["programme"]), "")
        what = ", ".join(
            text for text in (row["department"], title, row["function"], row["economic"]) if text
        )
        told = [
            f"published: row {line['source_row']} of {row['source']}, {row['region']}: {what}: {same['pence'].sum():,} pence"
        ]
        if len(same) > 1:
            share = f"x {row['sub_function_share']:.9f} {line['sub_function']}: {row['sub_function_basis']}"
            told += [f"{share}, {row['pence']:,} pence"]
        told[-1] += f" (national_spend.csv, row {row['index'] + reference.FIRST_ROW})"
        driver = self._driver(line)
        told += [
            f"x {float(line['area_share']):.9f} {driver['words']}",
            f"because {driver['reason']}",
            *_parts(line),
        ]
        if replaced := self._replaced(line, int(row["pence"])):
            told.append(replaced)
        return Origin(told, [row["source"], driver["source"]])

    def _driver(self, line):
        """The share of the area in words, the reason of the rule, and the source of the driver."""
        name, _, year = line["area_basis"].rpartition(" ")
        region = self.drivers.loc[(name, year)]
        area = self.regions.loc[line["area"]]
        inside = region[region["region"] == area["region"]]
        own = inside[inside["area"] == line["area"]].iloc[0]
        rule = self.rules.loc[
            match(self.rules.drop(columns=["driver", "driver_year"]), pd.DataFrame([line])).iloc[0]
        ]
        what = own["name"][:1].lower() + own["name"][1:]
        words = f"for {area['name']}: {what}, {year}, {own['value']:,} of {inside['value'].sum():,} {own['unit']}"
        return {
            "words": f"{words} in {area['region']} ({own['source']})",
            "reason": rule["reason"],
            "source": own["source"],
        }

    def _replaced(self, line, published):
        """What a return has taken of a line, in words; nothing where its shares make its pence."""
        product = float(published)
        for share in SHARES:
            product *= float(line.get(share) or 1)
        less = product - line["pence"]
        if abs(less) <= PENNIES:
            return ""
        returned = (
            self.ledger.loc[self.ledger["file"] != "", "body"].unique()
            if "file" in self.ledger
            else []
        )
        by = [body for body in returned if line["body"] in self.bodies.get(body, body).split()]
        sent = reference.home() / "data" / "raw" / "returns" / self.place.slug
        if less * product < 0 or not (by or sent.is_dir()):
            raise ArithmeticError(
                f"line {line['source_row']}: its shares make {product:,.0f} pence, not {line['pence']:,}; a bug."
            )
        return f"less {in_pounds(round(less))}, which a return replaces" + (
            f": that of {', '.join(by)}" if by else ""
        )

    def _returned(self, line):
        """File, sheet and cell of a return, and what the row was shared by."""
        where = ", ".join(
            clean(part) for part in (line["file"], line["sheet"], f"cell {line['cell']}") if part
        )
        same = self.ledger[
            (self.ledger[["file", "sheet", "row"]] == line[["file", "sheet", "row"]]).all(axis=1)
        ]
        told = [f"returned: {where}: {clean(line['service'])}, by {clean(line['department'])}, {clean(line['evidence'])}",
                f"of that row {int(same['pence'].sum()):,} pence are in this ledger"]  # fmt: skip
        if float(line["sub_function_share"]) != 1:
            told.append(
                f"x {float(line['sub_function_share']):.9f} is {line['cofog']}: {clean(line['sub_function_basis'])}"
            )
        if float(line["area_share"]) != 1:
            told.append(
                f"x {float(line['area_share']):.9f} for the place: {clean(line['area_basis'])}"
            )
        told += _parts(line)
        told += [
            f"{word}: {clean(line[column])}"
            for word, column in (("as its source", "source"), ("note", "note"))
            if line[column]
        ]
        return Origin(told, [], [line["file"]])


def _drivers():
    """drivers.csv with the name of each driver and the region of each area, by driver and year."""
    names = reference.read("driver_names")[["driver", "name"]]
    areas = reference.read("areas")[["area", "region"]]
    table = (
        reference.read("drivers")
        .merge(names, on="driver", validate="m:1")
        .merge(areas, on="area", validate="m:1")
    )
    return table.set_index(["driver", "year"]).sort_index()


def _parts(line):
    """The share of a line that is in a theme and at an age, in words."""
    told = []
    if line.get("theme_share") and line["tier"] == "out":
        told.append(f"x {float(line['theme_share']):.9f} out of the theme")
    elif line.get("theme_share"):
        kind = ", ".join(line[name] for name in ("tier", "recipient", "stage"))
        told.append(
            f"x {float(line['theme_share']):.9f} in the theme: {kind} ({line['theme_basis']}; themes.csv)"
        )
    if line.get("age_share"):
        profile = f"profile {line['profile']}, {line['age_basis']}; ages.csv"
        told.append(f"x {float(line['age_share']):.9f} at {line['printed'].lower()} ({profile})")
    return told
