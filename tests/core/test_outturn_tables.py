"""Revenue and capital outturn of every year as kept: control totals, sums, gaps, authorities."""

import pytest

from tests.core.conftest import named_lines, original
from totalplace import reference
from totalplace.errors import InputError
from totalplace.reference_build import authority_tables, outturn_tables, year_files
from totalplace.reference_build.outturn_tables import OUTTURN, RETURNS, TABLES, figures

THOUSAND = 100_000
FILES = reference.read("outturn_files")
REVENUE, CAPITAL = (
    FILES.loc[FILES["account"] == account, "year"].tolist() for account in ("revenue", "capital")
)
EXACT = [y for y in REVENUE if y <= "2015-16"] + ["2018-19", "2019-20", "2020-21"]
CONTROLS = [  # £000, of 2008-09 as revised in November 2011
    ("net_current", 113_018_448),
    ("education", 42_147_870),
    ("social_care", 19_604_093),
    ("police", 11_555_422),
    ("rent_allowances", 10_273_502),
    ("rent_rebates_not_hra", 766_384),
    ("rent_rebates_hra", 3_621_933),
    ("council_tax_benefit", 3_544_134),
    ("area_based_grant", -3_049_655),
    ("police_grant", -4_136_051),
]
TREASURY = [  # HM Treasury's council lines that are the returns themselves: division, service, years
    ("03.1", "police", "2010-11 2011-12 2013-14 2015-16 2018-19 2019-20 2020-21 2022-23 2023-24"),
    ("03.2", "fire", "2009-10 2010-11 2011-12 2013-14 2015-16 2018-19 2019-20 2020-21 2022-23"),
    ("07", "public_health", "2013-14 2016-17 2018-19 2019-20"),
    ("09", "education", "2018-19 2019-20"),
]
ABSENT = {  # Birmingham from 2022-23, Westmorland and Furness in its first year, ...
    "2016-17": {"E4001", "E7012"},
    "2017-18": {"E0934"},
    "2022-23": {"E1037", "E2437", "E3641", "E4601"},
    "2023-24": {"E0531", "E0902", "E1533", "E1534", "E1536", "E2338", "E2437", "E3431", "E3436"}
    | {"E3531", "E3534", "E3641", "E4601", "E6358"},
}


def counted(year, service):
    return int(figures(year, service)["pence"].sum())


@pytest.fixture(scope="module")
def wide():
    """Each year's revenue outturn: a row an authority, a column a service, in £000."""
    return {
        year: year_files.read(OUTTURN, year)
        .pivot(index="authority", columns="service", values="pence")
        .fillna(0)
        / THOUSAND
        for year in sorted({*REVENUE, *CAPITAL})
    }


@pytest.fixture(scope="module")
def rebuilt(tmp_path_factory):
    """The folder that everything is built into again, from the originals."""
    folder = tmp_path_factory.mktemp("outturn")
    made = outturn_tables.build({name: original(name) for name in FILES["source"]}, folder)
    return folder, made


def test_every_year_but_those_held_back_has_its_outturn():
    assert [f"{y}-{(y + 1) % 100:02}" for y in range(2007, 2024) if y != 2014] == REVENUE
    assert [f"{y}-{(y + 1) % 100:02}" for y in range(2008, 2017) if y != 2012] == CAPITAL
    assert year_files.years(OUTTURN) == year_files.years(RETURNS)
    assert year_files.years(OUTTURN) == sorted({*REVENUE, *CAPITAL})


@pytest.mark.parametrize(("service", "thousands"), CONTROLS)
def test_the_control_totals_of_2008_09_hold_to_the_pound(service, thousands):
    assert counted("2008-09", service) == thousands * THOUSAND


def test_croydon_spent_748_million_net_in_2008_09():
    croydon = figures("2008-09", "net_current").set_index("authority")["pence"]["E5035"]
    assert croydon == 748_022 * THOUSAND


def test_capital_of_2016_17_is_23654_million_of_444_authorities():
    table = figures("2016-17", "capital_total")
    assert len(table) == 443  # and the Isles of Scilly without figures
    assert round(table["pence"].sum() / 1e8) == 23_654
    assert len(year_files.read(RETURNS, "2016-17").query("account == 'capital'")) == 444


def test_croydons_capital_of_2008_09_is_the_published_total():
    assert counted("2008-09", "capital_total") == 19_807_857 * THOUSAND
    croydon = figures("2008-09", "capital_total").set_index("authority")["pence"]["E5035"]
    assert round(croydon / 1e7) / 10 == 70.6


@pytest.mark.parametrize("year", EXACT)
def test_authorities_add_to_england_in_every_service(year):
    table = reference.read("outturn_totals").query("year == @year and account == 'revenue'")
    total = table.set_index("service")["difference"]
    assert abs(total["net_current"]) <= 10  # tenths of pounds, from shares of a thousand
    assert (total.abs() <= THOUSAND).all()  # a levy of 2009-10 is a thousand pounds off


@pytest.mark.parametrize("year", [year for year in CAPITAL if year != "2016-17"])
def test_capital_of_authorities_adds_to_england_in_every_service(year):
    table = reference.read("outturn_totals").query("year == @year and account == 'capital'")
    assert (table["difference"].abs() <= 10).all()


def test_the_totals_are_those_of_the_files():
    table = reference.read("outturn_totals")
    for row in table[
        table["service"].isin(["net_current", "capital_total", "police"])
    ].itertuples():
        found = figures(row.year, row.service)
        assert (len(found), found["pence"].sum()) == (row.authorities, row.pence)


@pytest.mark.parametrize("year", sorted({*REVENUE, *CAPITAL}))
def test_services_add_to_their_totals_in_every_authority(wide, year):
    services = reference.read("outturn_services")
    services = services[services["adds_from"] <= year]
    parts = {
        part: [name for name in rows["service"] if name in wide[year]]
        for part, rows in services.groupby(["account", "part"])
    }
    table = wide[year]
    if year in REVENUE:
        off = table[parts["revenue", "service"]].sum(axis=1) - table["total_services"]
        assert off.abs().max() < 3  # £000: each cell is rounded
        off = table["total_services"] + table[parts["revenue", "current"]].sum(axis=1)
        assert (off - table["net_current"]).abs().max() < 3
    if year in CAPITAL:
        off = table[parts["capital", "service"]].sum(axis=1) - table["capital_total"]
        assert off.abs().max() < 3


def test_who_gave_no_return_is_listed_with_its_reason_and_has_no_figures():
    table = reference.read("outturn_missing")
    revenue = table[table["account"] == "revenue"]
    assert {y: set(rows["authority"]) for y, rows in revenue.groupby("year")} == ABSENT
    assert table[table["account"] == "capital"]["authority"].tolist() == ["E0934", "E4001"]
    for year, codes in ABSENT.items():
        there = year_files.read(OUTTURN, year)
        services = reference.read("outturn_services").query("account == 'revenue'")["service"]
        there = there[there["service"].isin(services)]
        assert not codes & set(there["authority"])
        assert not codes & set(figures(year, "police")["authority"])


def test_what_is_not_given_is_not_nothing():
    counties = set(reference.read("authorities").query("kind == 'county'")["authority"])
    support = figures("2013-14", "council_tax_support_pensioners")
    assert not counties & set(support["authority"])
    assert counties & set(figures("2013-14", "education")["authority"])
    police = figures("2013-14", "police").set_index("authority")["pence"]
    assert police["E5035"] == 0  # a borough runs no police: nothing, and known to be


def test_greater_london_authority_is_counted_once_in_every_year():
    for year in REVENUE:
        standing = year_files.read(RETURNS, year).query("account == 'revenue'")
        assert (standing["authority"] == "E5100").sum() == 1
    police = figures("2022-23", "police").set_index("authority")["pence"]
    assert police["E5100"] == 3_821_864 * THOUSAND


@pytest.mark.parametrize(
    ("cofog", "service", "year"),
    [(c, s, year) for c, s, years in TREASURY for year in years.split()],
)
def test_the_treasurys_lines_of_a_region_are_its_authorities(cofog, service, year):
    lines = named_lines(year).query("sector == 'LA' and economic == 'current'")
    lines = lines[lines["cofog"].str.startswith(cofog)].groupby("region")["pence"].sum()
    table = figures(year, service)
    ours = table.groupby(table["authority"].map(authority_tables.regions()))["pence"].sum()
    assert (ours / lines - 1).abs().max() < 0.0005


def test_what_a_region_lacks_in_a_year_is_what_its_missing_authority_spent():
    lines = named_lines("2022-23").query("sector == 'LA' and region == 'West Midlands'")
    lines = lines[lines["cofog"].str.startswith("09") & (lines["economic"] == "current")]
    table = figures("2022-23", "education")
    ours = table["authority"].map(authority_tables.regions()) == "West Midlands"
    birmingham = lines["pence"].sum() - table.loc[ours, "pence"].sum()
    before = figures("2021-22", "education").set_index("authority")["pence"]["E4601"]
    assert 1.0 < birmingham / before < 1.1


def test_a_year_or_service_that_is_not_there_names_those_that_are():
    with pytest.raises(
        InputError, match=r"authority_outturn: no year '2006-07'. There are 2007-08"
    ):
        year_files.read(OUTTURN, "2006-07")
    with pytest.raises(InputError, match=r"2014-15: no outturn of 'police'. It has capital_"):
        figures("2014-15", "police")


def test_services_can_be_added_for_those_that_gave_all():
    benefit = outturn_tables.added("2008-09", ["rent_allowances", "rent_rebates_hra"])
    assert benefit["pence"].sum() == (10_273_502 + 3_621_933) * THOUSAND


def test_the_files_and_tables_are_what_the_originals_give(rebuilt):
    folder, _ = rebuilt
    for path in [*folder.glob("*/*.csv"), *(folder / f"{name}.csv" for name in TABLES)]:
        kept = reference.folder() / path.relative_to(folder)
        assert path.read_bytes() == kept.read_bytes(), kept.name


def test_every_label_and_mark_of_the_tables_is_used(rebuilt):
    _, made = rebuilt
    returns = made["returns"]
    services = reference.read("outturn_services")["service"]
    assert (
        set(services) == set(returns["service"]) == set(reference.read("outturn_labels")["service"])
    )
    marks = set(returns.loc[returns["code"] != "", "mark"]) - {""}
    assert marks | {outturn_tables.NO_ROW} == set(reference.read("outturn_marks")["mark"])


def test_authorities_and_their_areas_are_what_the_returns_give(tmp_path):
    authority_tables.build(tmp_path)
    for name in ("authorities", "authority_areas"):
        kept = reference.folder() / f"{name}.csv"
        assert (tmp_path / f"{name}.csv").read_bytes() == kept.read_bytes()


def test_every_figure_is_of_an_authority_of_its_year():
    known = reference.read("authorities")
    for year in year_files.years(OUTTURN):
        there = known[(known["first"] <= year) & (year <= known["last"])]
        assert set(year_files.read(OUTTURN, year)["authority"]) <= set(there["authority"])
        assert there["authority"].is_unique


def covering(year, kinds):
    """The authorities of some kinds in a year, by the areas that they cover whole."""
    known = reference.read("authorities")
    there = known[known["kind"].isin(kinds) & (known["first"] <= year) & (year <= known["last"])]
    return reference.read("authority_areas").merge(there, on="authority")


@pytest.mark.parametrize("year", REVENUE)
def test_every_area_has_one_education_authority_in_every_year(year):
    table = covering(year, ["london-borough", "metropolitan", "unitary", "county"])
    assert sorted(table["area"]) == sorted(reference.read("areas")["area"])


@pytest.mark.parametrize("year", REVENUE)
def test_every_area_has_one_police_authority_in_every_year(year):
    table = covering(year, ["police", "gla"])
    areas = set(reference.read("areas")["area"])
    assert table["area"].is_unique
    assert areas - set(table["area"]) == set()


def test_districts_of_before_2009_are_parts_of_their_areas():
    table = reference.read("authority_areas").query("authority in ['E0831', 'E0231', 'E0820']")
    found = table.set_index("authority")[["area", "part"]].to_dict("index")
    assert found["E0831"] == {"area": "E06000052", "part": "part"}  # Caradon, of Cornwall's six
    assert found["E0231"]["part"] == "whole"  # Bedford became Bedford
    assert found["E0820"]["part"] == "whole"  # the county


def test_each_kind_of_body_has_its_part_of_a_regions_service():
    table = authority_tables.by_kind("2008-09", "transport").set_index(["region", "kind"])["pence"]
    assert table["London", "gla"] == 1_739_971 * THOUSAND  # Transport for London
    assert table["London", "london-borough"] == 345_531 * THOUSAND
    assert table.sum() == counted("2008-09", "transport")
    newer = authority_tables.by_kind("2023-24", "transport")
    assert {"combined", "gla", "county", "unitary"} <= set(newer["kind"])
    assert "transport" not in set(newer["kind"])  # combined authorities took over


def test_codes_that_a_year_gives_to_another_are_put_right():
    gss = {"E6354": "E47000009", "E6355": "E47000006"}  # West of England, Tees Valley
    for year in [year for year in REVENUE if year >= "2016-17"]:
        standing = year_files.read(RETURNS, year).query("account == 'revenue'")
        assert standing.set_index("authority")["gss"][list(gss)].to_dict() == gss
    known = reference.read("authorities").drop_duplicates("authority").set_index("authority")["gss"]
    assert known["E2721"] == "E10000023"  # North Yorkshire is E10000022 in three returns


def test_who_takes_over_is_there_when_the_other_ends():
    table = reference.read("authority_successors")
    known = reference.read("authorities")
    span = known.groupby("authority").agg(first=("first", "min"), last=("last", "max"))
    ends = table[table["service"] == ""]
    assert (ends["authority"].map(span["last"]) < ends["year"]).all()
    assert (table["successor"].map(span["last"]) >= table["year"]).all()
    ended = set(span.index[span["last"] < max(REVENUE)])
    assert ended == set(ends["authority"])
    new = set(span.index[span["first"] > min(REVENUE)])
    assert new - set(table["successor"]) == {"E6354", "E6355", "E6356", "E6410"}  # took over none
