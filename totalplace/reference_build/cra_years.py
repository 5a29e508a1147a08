"""The national lines of every year: which edition gives a year, and its lines in a small file.

year_editions.csv names the edition of each year. A year's file, national_spend/<year>.csv under
data/raw/reference, has one row a published row (`source_row` of that edition; in 2008-09 one row a
published row and sub-function), with ids whose texts are in departments, organisations, segments
and sub_functions. What a published label of a sub-function means is a row of
sub_function_labels.csv; where the segment's code names the sub-function too, the two must agree.

2008-09 stays on the edition of 2010, the nearest to the pilots. It gives councils no sub-function
by region: their rows are split by the edition of 2013, by its shares within region, function and
economic category alone, for its own amounts of 2008-09 are restated.

Limits: a negative amount beside others in such a pattern counts as nothing (three rows of 2013,
£3m); where 2013 has no pattern (councils' employment capital, £3m) England's pattern of 2010 stays.
"""

from collections.abc import Iterator
from pathlib import Path

import pandas as pd
from pandas import DataFrame, Series

from totalplace import reference
from totalplace.apportion import apportion
from totalplace.errors import InputError, first_few, refuse
from totalplace.reference_build import cra_editions, table_files
from totalplace.reference_build.tables import HOUSING_BENEFIT, slug
from totalplace.text_files import FIRST_ROW, read_strict_csv, write_whole

FOLDER = "national_spend"  # of the years' files, with a codebook of their own
PILOTS, PILOTS_EDITION, PATTERN_EDITION = "2008-09", "cra-2010-9", "cra-2013"
KEYS = ["source_row", "sub_function"]
PATTERN_KEY = ["region", "function", "economic"]
PATTERN_BASIS = "CRA 2013's sub-functions of the same region, function and economic category"
HOUSING = "SUB100600"
COUNCIL_PROGRAMMES = {
    "99999": "Local authorities: no programme is published",
    HOUSING_BENEFIT: "Local authorities: housing benefit (no programme is published)",
}


def read_year(year: str, folder: Path | None = None) -> DataFrame:
    """The lines of one year, typed and checked as national_spend/codebook.csv says.

    Raises InputError for a year that is not there, naming those that are, and for rows that break
    the codebook.
    """
    path = Path(folder or reference.folder()) / FOLDER / f"{year}.csv"
    if not path.is_file():
        known = reference.read("year_editions")["year"]
        raise InputError(f"no lines of the year {year!r}. There are {first_few(known, 30)}.")
    table = read_strict_csv(path)
    refuse(f"{path.name}: {fault}" for fault in _faults(table))
    return table.astype({"source_row": "int64", "pence": "int64"})


def columns() -> DataFrame:
    """What a year's file holds: column, key, kind, blank, meaning."""
    return read_strict_csv(reference.folder() / FOLDER / "codebook.csv")


def _faults(table: DataFrame) -> Iterator[str]:
    """Every way in which a year's file is not what its codebook says, with the file's rows."""
    described = columns()
    if list(table) != described["column"].tolist():
        yield f"its columns are {first_few(table, 20)}, not {first_few(described['column'], 20)}."
        return
    wrong = {"the same source_row and sub_function twice": table.duplicated(KEYS, keep=False)}
    for column in described.itertuples():
        cells = table[column.column]
        if column.blank != "yes":
            wrong[f"{column.column} is blank"] = cells == ""
        if column.kind in reference.LIKE:
            like = cells.str.fullmatch(reference.LIKE[column.kind])
            wrong[f"{column.column} is not a {column.kind}"] = ~like & (cells != "")
    for message, rows in wrong.items():
        if rows.any():
            yield f"rows {first_few(table.index[rows] + FIRST_ROW)}: {message}."


def named_lines(year: str) -> DataFrame:
    """The lines of one year with their texts.

    Adds source (the edition), department_name, organisation_name ("" where there is none),
    segment_name, sub_function_name, function and cofog to the columns of `read_year`.
    """
    edition = reference.read("year_editions").set_index("year")["source"][year]
    lines = read_year(year).assign(source=edition)
    for key in ("department", "organisation", "segment", "sub_function"):
        names = reference.read(f"{key}s").rename(columns={"name": f"{key}_name"})
        on = [key, *(["source"] if key in ("organisation", "segment") else [])]
        wanted = [*on, f"{key}_name", *(["function", "cofog"] if key == "sub_function" else [])]
        lines = lines.merge(names[wanted], on=on, how="left", validate="m:1")
    return lines.fillna({"organisation_name": ""})


def read_editions(files: dict[str, Path]) -> dict[str, DataFrame]:
    """The editions of 2013 and later that give a year: {source: rows}; files: {source: path}."""
    wanted = reference.read("year_editions")["source"].unique()
    return {
        source: cra_editions.read_edition(files[source])
        for source in wanted
        if source != PILOTS_EDITION
    }


def build(editions: dict[str, DataFrame], into: Path) -> dict[str, DataFrame]:
    """Write every year's file and the tables of ids; editions: {source: rows}.

    Returns what was written, by name. Raises InputError for a label that is not known.
    """
    labels = reference.read("sub_function_labels")
    lines = {
        row.year: edition_year(editions[row.source], row.year, row.source, labels)
        for row in reference.read("year_editions").itertuples()
        if row.source in editions
    }
    restated = cra_editions.year_lines(editions[PATTERN_EDITION], PILOTS)
    lines[PILOTS] = pilot_year(
        reference.read("national_spend", PILOTS),
        reference.read("programmes"),
        with_sub_function(restated, labels),
    )
    return write(lines, into)


def edition_year(edition: DataFrame, year: str, source: str, labels: DataFrame) -> DataFrame:
    """One year's lines of an edition with sub_function, source and a blank basis (as published)."""
    lines = with_sub_function(cra_editions.year_lines(edition, year), labels)
    return lines.assign(source=source, basis="")


def with_sub_function(lines: DataFrame, labels: DataFrame) -> DataFrame:
    """The lines with the id of their sub-function, found by label and function in any capitals.

    Raises InputError for a label that is not in `labels`, and for one that is not the sub-function
    of its segment's code (sub_code).
    """
    known = {
        (row.label.lower(), row.function.lower()): row.sub_function for row in labels.itertuples()
    }
    keys = zip(lines["label"].str.lower(), lines["function"].str.lower(), strict=True)
    found = Series([known.get(key, "") for key in keys], index=lines.index, dtype="str")
    unknown = lines[found == ""][["label", "function"]].drop_duplicates()
    differs = lines[(found != "") & (found.str[3:9] != lines["sub_code"])]
    refuse(
        f"sub_function_labels.csv has no {row.label!r} of {row.function!r}: add its row."
        for row in unknown.itertuples()
    )
    refuse(
        f"row {row.source_row}: {row.label!r} is not the {row.sub_code} of its segment's code."
        for row in differs.itertuples()
    )
    return lines.assign(sub_function=found)


def pilot_year(spend: DataFrame, programmes: DataFrame, pattern: DataFrame) -> DataFrame:
    """The lines of 2008-09: CRA 2010's, councils' split as in CRA 2013 in their own region.

    spend: national_spend of 2008-09. programmes: its titles. pattern: CRA 2013's lines of 2008-09.
    """
    lines = _as_lines(spend, programmes)
    functions = reference.read("sub_functions").set_index("sub_function")["function"]
    councils = lines["sector"].eq("LA") & lines["segment"].ne(HOUSING_BENEFIT)
    whole = lines[councils].assign(function=lines["sub_function"].map(functions))
    key = [column for column in whole if column not in ("sub_function", "basis", "pence")]
    rows = whole.groupby(key, as_index=False)["pence"].sum()
    shares = council_shares(pattern.assign(function=pattern["sub_function"].map(functions)), spend)
    known = rows.merge(shares[PATTERN_KEY].drop_duplicates(), on=PATTERN_KEY)["source_row"]
    split = apportion(rows[rows["source_row"].isin(known)], shares, "sub_function")
    split = split.rename(columns={"sub_function_basis": "basis"})
    kept = whole[~whole["source_row"].isin(known)]
    table = pd.concat([lines[~councils], split, kept], ignore_index=True)
    return table[table["pence"] != 0].assign(organisation="", source=PILOTS_EDITION)


def council_shares(pattern: DataFrame, spend: DataFrame) -> DataFrame:
    """Shares of sub-functions in councils' spending of a region, function and economic category.

    pattern: CRA 2013's lines of 2008-09. spend: CRA 2010's; its housing benefit, a row of its own
    there, is taken out of the pattern's housing (10.6).
    """
    councils = pattern[pattern["sector"] == "LA"]
    rows = councils.groupby([*PATTERN_KEY, "sub_function"], as_index=False)["pence"].sum()
    benefit = spend[spend["programme"] == HOUSING_BENEFIT].groupby("region")["pence"].sum()
    holds_it = rows["sub_function"].eq(HOUSING) & rows["economic"].eq("current")
    rest = rows["pence"] - rows["region"].map(benefit).where(holds_it, 0)
    alone = ~rows.duplicated(PATTERN_KEY, keep=False)
    weight = rest.clip(lower=0).mask(alone, 1)
    total = weight.groupby([rows[key] for key in PATTERN_KEY]).transform("sum")
    shares = rows.assign(share=weight / total, basis=PATTERN_BASIS)
    return shares[weight > 0].drop(columns="pence")


def _as_lines(spend: DataFrame, programmes: DataFrame) -> DataFrame:
    """CRA 2010's lines as those of later editions; source_row counts from below the heading."""
    labels = reference.read("sub_function_labels").set_index(["label", "function"])
    keys = pd.MultiIndex.from_frame(spend[["sub_function", "function"]])
    named = spend.merge(programmes, on=["department", "programme"], how="left", validate="m:1")
    kept = named[["region", "department", "economic", "sector", "pence"]]
    return kept.assign(
        source_row=named["source_row"].astype("int64") - 1,
        sub_function=labels["sub_function"].reindex(keys).array,
        segment=named["programme"],
        segment_name=named["programme"].map(COUNCIL_PROGRAMMES).fillna(named["name"]),
        basis=named["sub_function_basis"].replace("as published", ""),
    )


def write(lines: dict[str, DataFrame], into: Path) -> dict[str, DataFrame]:
    """Write the years' files and the tables of ids. lines: {year: lines with their texts}.

    Returns the tables by name, and the years' files by year.
    """
    table = pd.concat([rows.assign(year=year) for year, rows in lines.items()])
    table = table.assign(segment=segment_ids(table)).sort_values("year", kind="stable")
    made = {
        "departments": departments(table),
        "organisations": organisations(table),
        "segments": segments(table),
    }
    for name, ids in made.items():
        table_files.write(ids, name, into)
    table["department"] = department_ids(table["department"])
    table["organisation"] = table["organisation_code"].fillna("")
    for year, rows in table.groupby("year"):
        made[str(year)] = write_year(rows, str(year), into)
    return made


def write_year(lines: DataFrame, year: str, into: Path) -> DataFrame:
    """Write one year's file: the codebook's columns, by row. Returns it as it is read."""
    tidy = lines[columns()["column"].tolist()].sort_values(KEYS)
    write_whole(into / FOLDER / f"{year}.csv", tidy.to_csv(index=False, lineterminator="\n"))
    return read_year(year, into)


def department_ids(names: Series) -> Series:
    """The ids of departments: 'HM Revenue & Customs' -> 'hm-revenue-and-customs'."""
    return names.map({name: slug(name.replace("&", "and")) for name in names.unique()})


def departments(lines: DataFrame) -> DataFrame:
    """The ids of departments and their names, of several spellings the last: department, name."""
    ids = department_ids(lines["department"])
    table = DataFrame({"department": ids, "name": lines["department"]})
    return table.drop_duplicates("department", keep="last")


def organisations(lines: DataFrame) -> DataFrame:
    """The organisations of each edition: source, organisation (its code), name, department.

    Where an edition gives one code two names or departments, all are given, with ' / ' between.
    """
    known = lines[lines["organisation_code"].fillna("") != ""]
    known = known.assign(department=department_ids(known["department"]))
    by = known.groupby(["source", "organisation_code"])
    table = by.agg(name=("organisation", _all), department=("department", _all)).reset_index()
    return table.rename(columns={"organisation_code": "organisation"})


def segment_ids(lines: DataFrame) -> Series:
    """The ids of segments: HM Treasury's short code.

    Where an edition gives a code two names, its id has the sub-function too, in every edition.
    Raises InputError where two names are still one id.
    """
    names = lines.assign(name=lines["segment_name"].str.lower())
    several = names.groupby(["source", "segment"])["name"].nunique()
    double = lines["segment"].isin(several[several > 1].index.get_level_values("segment"))
    ids = lines["segment"].mask(double, lines["segment"] + "-" + lines["sub_function"])
    one = names.assign(segment=ids).groupby(["source", "segment"])["name"].nunique()
    if (one > 1).any():
        raise InputError(f"two names in one edition of {first_few(one[one > 1].index)}.")
    return ids


def segments(lines: DataFrame) -> DataFrame:
    """The segments of each edition: source, segment, name."""
    named = lines.drop_duplicates(["source", "segment"])[["source", "segment", "segment_name"]]
    return named.rename(columns={"segment_name": "name"})


def _all(names: Series) -> str:
    return " / ".join(sorted(names.unique()))
