"""Where a line of a ledger is from: a published row and its shares, or the cell of a return.

A line of a national estimate is published pence times shares; that product is worked out again here
and must be the line's pence, but for the pennies that largest remainders give and for what a return
has replaced.
"""

from dataclasses import dataclass, field

import pandas as pd

from totalplace import estimate, places, reference
from totalplace.apportion import match
from totalplace.ledger import RETURNED_PROGRAMME
from totalplace.report.words import clean, in_pounds

PENNIES = 4  # at most one for each of the shares: area, part of a theme, age
SHARES = ["area_share", "theme_share", "age_share"]
UNSAID = {"withheld": "withheld: returned in confidence; the working copy has its lines"}


@dataclass
class Origin:
    """What is behind one line.

    steps: in words, from publication to line. sources: of sources.csv. files: returned ones."""

    steps: list[str] = field(default_factory=list)
    sources: list[str] = field(default_factory=list)
    files: list[str] = field(default_factory=list)


class Origins:
    """The tables that say where the lines of a ledger are from, read once for a place and year."""

    def __init__(self, place: str, year: str, ledger: pd.DataFrame):
        national = reference.read("national_spend", year).reset_index()
        programmes = reference.read("programmes").set_index(["department", "programme"])
        self.national = national.set_index(["source_row", "sub_function"])
        self.programmes = programmes["name"].to_dict()
        self.rules = reference.read("driver_rules")
        self.drivers = _drivers(self.rules["driver"].unique())
        self.areas = reference.read("areas").set_index("area")
        self.place, self.ledger = places.place(place), ledger
        self.bodies = reference.read("bodies").set_index("body")["supersedes"]

    def origin_of(self, line: pd.Series) -> Origin:
        """The Origin of a line, a row of the ledger.

        Raises ArithmeticError where its shares do not make its pence.
        """
        if line["programme"] == RETURNED_PROGRAMME or line.get("file", ""):
            return self._returned(line)
        if (line["source_row"], line["sub_function"]) not in self.national.index:
            grade = line["evidence"]
            return Origin([UNSAID.get(grade, f"no published row: {clean(grade)}")])
        return self._estimated(line)

    def _estimated(self, line):
        """Published row, driver, theme and age."""
        row = self.national.loc[line["source_row"], line["sub_function"]]
        driver = self._driver(line)
        steps = [
            *self._published(line, row),
            f"x {float(line['area_share']):.9f} {driver['words']}",
            f"because {driver['reason']}",
            *_theme_and_age(line),
        ]
        if replaced := self._replaced(line, int(row["pence"])):
            steps.append(replaced)
        return Origin(steps, [row["source"], driver["source"]])

    def _published(self, line, row):
        """The published row in words, and the share of it that is this sub-function."""
        same = self.national.loc[line["source_row"]]
        only_a_name = row["sector"] == "LA"  # councils' lines have a programme in name only
        title = self.programmes.get((row["department"], row["programme"]), "")
        parts = (row["department"], "" if only_a_name else title, row["function"], row["economic"])
        what = f"{row['region']}: {', '.join(part for part in parts if part)}"
        whole = f"{same['pence'].sum():,} pence"
        steps = [f"published: row {line['source_row']} of {row['source']}, {what}: {whole}"]
        if len(same) > 1:
            share = f"x {row['sub_function_share']:.9f} {line['sub_function']}"
            steps.append(f"{share}: {row['sub_function_basis']}, {row['pence']:,} pence")
        steps[-1] += f" (national_spend.csv, row {row['index'] + reference.FIRST_ROW})"
        return steps

    def _driver(self, line):
        """The share of the area in words, the reason of the rule, and the source of the driver."""
        name, _, year = line["area_basis"].rpartition(" ")
        drivers, area = self.drivers.loc[(name, year)], self.areas.loc[line["area"]]
        region = drivers[drivers["region"] == area["region"]]
        own = region[region["area"] == line["area"]].iloc[0]
        keys = self.rules.drop(columns=["driver", "driver_year"])
        rule = self.rules.loc[match(keys, pd.DataFrame([line])).iloc[0]]
        what = own["name"][:1].lower() + own["name"][1:]
        of = f"{own['value']:,} of {region['value'].sum():,} {own['unit']} in {area['region']}"
        return {
            "words": f"for {area['name']}: {what}, {year}, {of} ({own['source']})",
            "reason": rule["reason"],
            "source": own["source"],
        }

    def _replaced(self, line, published):
        """What a return has replaced of a line, in words; "" where its shares make its pence."""
        product = float(published)
        for share in SHARES:
            product *= float(line.get(share) or 1)
        less = product - line["pence"]
        if abs(less) <= PENNIES:
            return ""
        bodies = [body for body in self._returning() if self._supersedes(body, line["body"])]
        sent = reference.home() / "data" / "raw" / "returns" / self.place.slug
        if less * product < 0 or not (bodies or sent.is_dir()):
            makes = f"its shares make {product:,.0f} pence, not {line['pence']:,}"
            where = f"line {line['source_row']}"
            raise ArithmeticError(f"{where}: {makes}; this is a bug, not your data.")
        by = f": that of {', '.join(bodies)}" if bodies else ""
        return f"less {in_pounds(round(less))}, which a return replaces{by}"

    def _returning(self):
        """The bodies that have returned a line of the ledger."""
        if "file" not in self.ledger:
            return []
        return self.ledger.loc[self.ledger["file"] != "", "body"].unique()

    def _supersedes(self, returning, body):
        return body in self.bodies.get(returning, returning).split()

    def _returned(self, line):
        """File, sheet and cell of a return, and what the row was shared by."""
        parts = (line["file"], line["sheet"], f"cell {line['cell']}")
        where = ", ".join(clean(part) for part in parts if part)
        row = ["file", "sheet", "row"]
        same = self.ledger[(self.ledger[row] == line[row]).all(axis=1)]
        by = f"{clean(line['department'])}, {clean(line['evidence'])}"
        steps = [
            f"returned: {where}: {clean(line['service'])}, by {by}",
            f"of that row {int(same['pence'].sum()):,} pence are in this ledger",
        ]
        if float(line["sub_function_share"]) != 1:
            share, basis = float(line["sub_function_share"]), clean(line["sub_function_basis"])
            steps.append(f"x {share:.9f} is {line['cofog']}: {basis}")
        if float(line["area_share"]) != 1:
            share = float(line["area_share"])
            steps.append(f"x {share:.9f} for the place: {clean(line['area_basis'])}")
        steps += _theme_and_age(line)
        notes = {"as its source": line["source"], "note": line["note"]}
        steps += [f"{word}: {clean(text)}" for word, text in notes.items() if text]
        return Origin(steps, [], [line["file"]])


def _drivers(used):
    """Figures of drivers with their name and the region of each area, by driver and year."""
    figures, areas = estimate.driver_figures(used), reference.read("areas")[["area", "region"]]
    figures = figures.assign(name=figures["driver"].map(estimate.driver_names(used)))
    table = figures.merge(areas, on="area", validate="m:1")
    return table.set_index(["driver", "year"]).sort_index()


def _theme_and_age(line):
    """The share of a line that is in a theme and at an age, in words."""
    steps = []
    if line.get("theme_share"):
        share = f"x {float(line['theme_share']):.9f}"
        kind = ", ".join(line[name] for name in ("tier", "recipient", "stage"))
        inside = f"in the theme: {kind} ({line['theme_basis']}; themes.csv)"
        steps.append(f"{share} {'out of the theme' if line['tier'] == 'out' else inside}")
    if line.get("age_share"):
        basis = f"profile {line['profile']}, {line['age_basis']}; ages.csv"
        share = f"x {float(line['age_share']):.9f}"
        steps.append(f"{share} at {line['age_label'].lower()} ({basis})")
    return steps
