"""The reference tables, rebuilt from the published originals where these are present."""

import pandas as pd
import pytest

from tests.conftest import ROOT
from totalplace import reference
from totalplace.errors import InputError
from totalplace.reference_build import driver_tables, tables
from totalplace.reference_build import published_files as published
from totalplace.run import notebook, worker_processes


@pytest.fixture(scope="module")
def rebuilt(tmp_path_factory):
    """The folder that notebooks/reference_data.ipynb fills when it is run."""
    from tests.conftest import ORIGINALS

    if not all(folder.is_dir() for folder in ORIGINALS):
        pytest.skip(
            "the published originals are not here (../shared/official, ../shared/figures): nothing to rebuild from"
        )
    folder = tmp_path_factory.mktemp("reference")
    parameters = {
        "official": str(ORIGINALS[0]),
        "figures": str(ORIGINALS[1]),
        "output": str(folder),
    }
    (task,) = worker_processes.run_tasks(
        [worker_processes.Task("reference_data", _rebuild, (parameters,))], 1
    )
    assert task.error is None, task.error
    return folder


def _rebuild(parameters, tell):
    """Run the notebook, in a process of its own: a kernel's client leaves threads in its process."""
    notebook.execute(ROOT / "notebooks" / "reference_data.ipynb", parameters, parameters["output"])


def test_every_table_is_rebuilt_byte_for_byte(rebuilt):
    kept = {path.name: path.read_bytes() for path in reference.folder().glob("*.csv")}
    made = {path.name: path.read_bytes() for path in rebuilt.glob("*.csv")}
    assert sorted(made) == sorted(kept)
    assert [name for name in kept if made[name] != kept[name]] == []


def test_an_original_that_is_absent_or_another_is_refused_with_where_to_get_it(tmp_path):
    sources = reference.sources(["cofog", "register"])
    (tmp_path / "cofog_english.csv").write_text(
        "Code,Description\n01,Something else\n", encoding="utf-8"
    )
    with pytest.raises(InputError) as fault:
        published.originals([tmp_path], sources)
    assert "cofog_english.csv of sources.csv (its sha256 differs)" in str(fault.value)
    assert "uk_local_authorities_current.csv is not in" in str(fault.value)
    assert "get it from https://github.com/mysociety" in str(fault.value)


def test_the_2017_groups_are_the_2017_districts(originals):
    groups = published.population_by_group(originals[0] / "population_la.csv").query(
        "year == '2017'"
    )
    ages = published.ages_2017(originals[1] / "lad_2017_population_single_year_from_lsoa11.csv")
    areas = reference.read("areas").merge(reference.read("population_groups"), on="area")
    districts = ages.merge(areas, on="name", validate="m:1").groupby("group")["population"].sum()
    assert districts.to_dict() == groups.set_index("group")["population"].to_dict()


def test_every_chapter_9_row_has_its_chapter_10_row(originals):
    lines = published.cra_regions(
        originals[0] / "pesa_2010_database_tables_chapter9.xlsx", "2008-09"
    )
    sub = published.cra_sub_functions(
        originals[0] / "pesa_2010_database_tables_chapter10.xlsx", "2008-09"
    )
    key = tables.CENTRAL_KEY
    central = lines[lines["sector"] != "LA"].groupby(key).size()
    assert central.equals(sub[sub["sector"] != "LA"].groupby(key).size())


def test_the_tables_agree_with_those_worked_out_before(originals):
    before = pd.read_csv(
        originals[1] / "cra2010_england_regions_2008_09.csv", dtype={"cofog1": "str"}
    )
    ours = reference.read("national_spend", "2008-09")
    for mine, theirs in (("region", "region"), ("economic", "cap_or_cur"), ("sector", "sector")):
        by_theirs = before.groupby(before[theirs].replace({"CUR": "current", "CAP": "capital"}))[
            "gbp_m_2008_09"
        ].sum()
        by_mine = ours.groupby(mine)["pence"].sum() / 1e8
        assert (by_theirs - by_mine).abs().max() < 0.001
    councils = pd.read_csv(originals[1] / "cra2010_england_LA_subfunction_2008_09.csv")
    pattern = councils.groupby("HMT Sub-functional Classification")["2008-09"].sum()
    mine = ours[ours["sector"] == "LA"].groupby("sub_function")["pence"].sum() / 1e8
    assert (pattern - mine).abs().max() < 0.001


def test_croydons_own_outturn_is_as_published(originals):
    capital = published.capital_outturn(originals[0] / "COR4_2008-09.xls")
    assert capital.loc[capital["ecode"] == "E5035", "pence"].sum() == 7_060_000_000
    revenue = published.revenue_outturn(next(originals[0].glob("Revenue_Outturn*")))
    croydon = revenue[revenue["ecode"] == "E5035"].set_index("service")["pence"]
    assert croydon["revenue_education"] == 29_097_100_000
    assert croydon["housing_benefit"] == (172_060 + 4_054 + 42_502) * 100_000


def test_spending_of_a_county_reaches_its_districts_by_population_to_the_penny():
    areas = pd.DataFrame(
        {"area": ["a", "b"], "ecode": ["E1", "E2"], "upper_tier": ["shire", "shire"]}
    )
    counties = pd.DataFrame({"upper_tier": ["shire"], "ecode": ["E9"]})
    outturn = pd.DataFrame(
        {
            "ecode": ["E1", "E9", "E8"],
            "name": ["a", "shire", "waste"],
            "kind": "x",
            "service": "revenue_culture",
            "pence": [100, 1001, 5],
        }
    )
    empty = pd.DataFrame(columns=["old_code", "area"])
    footprints = pd.DataFrame(columns=["body", "service", "area"])
    people = pd.DataFrame({"area": ["a", "b"], "population": [1, 2]})
    spent, unused = driver_tables.local_spending(
        outturn, areas, counties, empty, footprints, people
    )
    assert spent.set_index("area")["pence"].to_dict() == {"a": 100 + 334, "b": 667}
    assert unused["name"].tolist() == ["waste"]
