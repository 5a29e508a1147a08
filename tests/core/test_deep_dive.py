import pandas as pd
import pytest

from tests.tables import table
from totalplace import control, count, deep_dive, estimate, findings, flows, places, reference
from totalplace.apportion import RULE_KEYS, match
from totalplace.errors import InputError

YEAR = "2008-09"
THEMES = reference.read("theme_names")["theme"].tolist()
OTHERS = ["isles-of-scilly", "cumbria", "westminster"]
KEYS = [key for key in RULE_KEYS if key in reference.read("themes")]


def ledger_of(name):
    return control.with_control_flags(
        count.with_body_names(estimate.first_count(places.place(name), YEAR))
    )


@pytest.fixture(scope="module")
def croydon():
    return ledger_of("croydon")


@pytest.mark.parametrize("name", [*places.pilots(), *OTHERS])
def test_theme_and_out_of_theme_are_the_count_to_the_penny(name):
    ledger = ledger_of(name)
    theme = deep_dive.theme(places.place(name))["theme"]
    split = deep_dive.apportion_to_theme(ledger, deep_dive.theme_rules(theme))
    key = ["source_row", "sub_function", "area"]
    assert split.groupby(key)["pence"].sum().equals(ledger.groupby(key)["pence"].sum())


@pytest.mark.parametrize("theme", THEMES)
def test_every_national_line_is_in_a_theme_table_or_listed_as_out(theme):
    rules = deep_dive.theme_rules(theme)
    first = rules.drop_duplicates("rule")
    used = match(first[KEYS], reference.read("national_spend", YEAR))
    assert set(used) == set(first.index[first["body"] != "withheld"]), "a rule that no line needs"


def test_a_theme_says_whom_its_drivers_count_unless_they_count_everybody():
    themes = reference.read("theme_names")
    assert ((themes["counted"] == "") == (themes["driver"] == "population")).all()
    assert ((themes["counted"] != "") == (themes["sentence"] == "theme-per-person")).all()


def test_no_theme_for_children_takes_in_lines_by_default():
    rules = reference.read("themes").query(
        "theme in ['children-0-7', 'children-0-5'] and tier != 'out'"
    )
    assert (rules[["body", "cofog", "programme"]] != "").any(axis=1).all()


@pytest.mark.parametrize("theme", THEMES)
def test_low_central_and_high_are_in_order_and_words_are_those_known(
    theme,
):
    rules = deep_dive.theme_rules(theme)
    assert ((rules["low"] <= rules["share"]) & (rules["share"] <= rules["high"])).all()
    assert set(rules.loc[rules["body"] != "withheld", "basis"]) <= {
        "published",
        "worked out",
        "assumption",
    }
    assert set(rules["tier"]) <= {"universal", "targeted", "out"}
    inside = rules[rules["tier"] != "out"]
    assert set(inside["recipient"]) <= {"organisation", "family"}
    assert set(inside["stage"]) <= {"prevention", "early help", "crisis or statutory"}


def test_tiers_recipients_and_stages_add_to_the_theme(croydon):
    dive = deep_dive.in_theme(
        deep_dive.apportion_to_theme(croydon, deep_dive.theme_rules("children-0-7"))
    )
    for column in ("tier", "recipient", "stage", "theme_basis"):
        assert count.total_by(dive, column)["pence"].sum() == dive["pence"].sum()
    assert (dive[["tier", "recipient", "stage"]] != "").all().all()


RULES = table("""
    rule  body  tier       recipient     stage       share  low  high  basis
    0     nhs   universal  organisation  prevention  0.5    0.4  0.8   assumption
    0     nhs   targeted   organisation  prevention  0.25   0.2  0.6   assumption
    1     dwp   out        -             -           0      0    0     assumption
""").astype({"rule": "int64", "low": "float64", "high": "float64"})
LEDGER = table("body pence\nnhs 101\ndwp 50")


def test_a_line_is_split_by_its_shares_and_the_rest_is_out():
    split = deep_dive.apportion_to_theme(LEDGER, RULES.assign(reason="r"))
    assert split[["body", "tier", "pence"]].to_numpy().tolist() == [
        ["nhs", "out", 25],
        ["nhs", "targeted", 25],
        ["nhs", "universal", 51],
        ["dwp", "out", 50],
    ]


def test_shares_at_their_bounds_that_exceed_the_line_are_scaled_to_it():
    high = findings.at_bounds(RULES, RULES["tier"].isin(["universal", "targeted"]))
    split = deep_dive.apportion_to_theme(LEDGER, RULES.assign(share=high))
    nhs = split[split["body"] == "nhs"].set_index("tier")["pence"]
    assert nhs.to_dict() == {"out": 0, "targeted": 43, "universal": 58}


def test_shares_that_add_to_more_than_the_line_are_refused(spoil):
    spoil("themes", "0.08,0.04,0.15", "1.08,0.04,1.15")
    with pytest.raises(InputError, match=r"themes.csv: row 11: share is not a share from 0 to 1"):
        deep_dive.theme_rules("children-0-7")


def test_rules_handed_in_are_refused_by_row_where_shares_exceed_the_line(house):
    rules = reference.read("themes").query("theme == 'children-0-7'").assign(share=0.4)
    row = rules["programme"].eq("P04 S110101") & rules["economic"].eq("current")
    wrong = ", ".join(map(str, rules.index[row]))
    with pytest.raises(InputError, match=f"the shares of rows {wrong}.* add to more than one"):
        deep_dive.theme_rules("children-0-7", rules[row])


def test_a_line_with_no_rule_in_the_theme_is_refused(croydon):
    rules = deep_dive.theme_rules("children-0-7")
    with pytest.raises(InputError, match=r"no rule for .*'body': 'hmrc'"):
        deep_dive.apportion_to_theme(croydon, rules[rules["body"] != "hmrc"])


def test_a_theme_with_no_rules_names_the_one_row_that_would_do(house, croydon):
    with pytest.raises(InputError, match=r"themes.csv has no row for the theme 'my-theme'") as told:
        deep_dive.theme_rules("my-theme")
    row = str(told.value).rpartition(": ")[2]
    path = house / "data" / "raw" / "reference" / "themes.csv"
    path.write_text(path.read_text(encoding="utf-8") + row + "\n", encoding="utf-8")
    split = deep_dive.apportion_to_theme(croydon, deep_dive.theme_rules("my-theme"))
    assert set(split["tier"]) == {"out"}
    assert split["pence"].sum() == croydon["pence"].sum()


def test_rules_handed_in_make_a_theme_without_a_shared_table(croydon):
    out = reference.read("themes").query("tier == 'out'").head(1)
    keys = dict.fromkeys(["body", "sector", "cofog", "programme", "economic"], "")
    schools = {"cofog": "09", "tier": "universal", "recipient": "organisation", "share": 1.0}
    rows = [out.assign(**keys), out.assign(**keys | schools, stage="prevention", basis="published")]
    rules = deep_dive.theme_rules("mine", rules=pd.concat(rows).assign(theme="mine"))
    dive = deep_dive.in_theme(deep_dive.apportion_to_theme(croydon, rules))
    assert dive["pence"].sum() == croydon.loc[croydon["division"] == "09", "pence"].sum()


def test_the_facts_of_a_dive_are_those_of_its_tables(croydon):
    here, chosen = places.place("croydon"), deep_dive.theme(places.place("croydon"))
    split = deep_dive.apportion_to_theme(croydon, deep_dive.theme_rules(chosen["theme"]))
    dive = deep_dive.in_theme(split)
    facts = deep_dive.headlines(dive, croydon, chosen, here)
    part = int(dive["pence"].sum())
    assert (facts["in_theme"], facts["out_of_theme"]) == (part, croydon["pence"].sum() - part)
    assert facts["universal_share"][0] + facts["targeted_share"][0] == part
    assert facts["bodies"].to_dict() == dive.groupby("spender")["pence"].sum().to_dict()
    assert facts["service_count"] == len(deep_dive.services(dive))
    basis = deep_dive.by_basis(dive).set_index("basis")["pence"]
    assert facts["assumed_share"] == (basis["assumption"], part)
    assert facts["each_served"] == (part, deep_dive.people_served(here, chosen))


@pytest.mark.parametrize(
    ("place", "theme"),
    [
        ("croydon", "children-0-7"),
        ("kent", "access-assets"),
        ("manchester-warrington", "children-0-5"),
        ("cumbria", "children-0-7"),
    ],
)
def test_the_theme_is_the_pilots_own_and_elsewhere_children(place, theme):
    assert deep_dive.theme(places.place(place))["theme"] == theme


def test_an_unknown_theme_names_the_themes_there_are():
    with pytest.raises(InputError, match=r"no theme called 'children'. Name one of children-0-7"):
        deep_dive.theme(places.place("croydon"), "children")


def test_overlap_is_one_function_and_tier_paid_by_several_bodies():
    dive = pd.DataFrame(
        {
            "cofog": ["10.4", "10.4", "10.4", "09.1"],
            "tier": ["targeted", "targeted", "universal", "universal"],
            "spender": ["Councils", "DWP", "HMRC", "Councils"],
            "programme": ["a", "b", "c", "d"],
            "pence": [10, 20, 40, 80],
        }
    )
    found = deep_dive.overlap(dive)
    assert found.to_dict("records") == [
        {
            "function": "Family and children",
            "tier": "targeted",
            "bodies": 2,
            "programmes": 2,
            "who": "Councils, DWP",
            "pence": 30,
        }
    ]


@pytest.mark.parametrize("name", [*places.pilots(), *OTHERS])
def test_the_same_rules_serve_every_place_down_to_the_ages(name):
    dive = deep_dive.in_theme(
        deep_dive.apportion_to_theme(ledger_of(name), deep_dive.theme_rules("children-0-7"))
    )
    assert flows.by_age(dive, places.place(name))["pence"].sum() == dive["pence"].sum()
