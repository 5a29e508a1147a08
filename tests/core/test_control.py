import pandas as pd
import pytest

from totalplace import control, disclosure, estimate, ledger, places, reference


@pytest.fixture(scope="module")
def croydon():
    return control.with_control_flags(estimate.first_count(places.place("croydon"), "2008-09"))


def test_every_definition_of_local_control_shares_the_whole_count(croydon):
    definitions = control.local_control(croydon).set_index("definition")
    counted = definitions.drop(index="Influenced by council members")
    assert (counted["pence"] > 0).all()
    assert (counted["pence"] < croydon["pence"].sum()).all()
    assert (counted["share"] * croydon["pence"].sum() - counted["pence"]).abs().max() < 1
    assert definitions.loc["Influenced by council members", "pence"] is pd.NA


def test_published_shares_of_local_control_are_a_span_a_figure_or_a_limit(croydon):
    published = control.local_control(croydon).set_index("definition")["published"]
    assert published["All council spending"] == "37 to 49%"
    assert published["Under local control"] == "15%"
    name = "Council spending, with schools (Worcestershire's definition)"
    assert published[name] == "under 25%"


def test_every_definition_that_is_shown_has_its_reading(croydon):
    readings = control.readings()
    assert readings["definition"].tolist() == control.local_control(croydon)["definition"].tolist()
    assert (readings[["our_reading", "source"]] != "").all(axis=None)


def test_services_and_benefits_are_the_count_but_for_what_is_withheld(croydon):
    definitions = control.local_control(croydon)
    facts = control.headlines(croydon, definitions)
    assert facts["services"] + facts["benefits"] == croydon["pence"].sum()
    assert facts["local_low"][0] == definitions["pence"].min()
    hidden = croydon.assign(body=croydon["body"].where(croydon.index > 0, ledger.WITHHELD))
    less = control.headlines(hidden, definitions)
    left = croydon["pence"].sum() - croydon["pence"][0]
    assert less["services"] + less["benefits"] == left


def test_what_is_withheld_has_no_funder_that_could_be_read():
    hidden = pd.DataFrame(
        {
            "body": ["withheld"],
            "cofog": ["98"],
            "programme": ["withheld"],
            "economic": ["withheld"],
            "pence": [1],
        }
    )
    flags = control.with_control_flags(hidden)[control.FLAGS]
    assert set(flags.to_numpy().ravel()) == {"withheld"}


def test_flags_handed_in_take_the_place_of_the_shared_table(croydon):
    rules = reference.read("controls").assign(discretion="none")
    flagged = control.with_control_flags(croydon.drop(columns=control.FLAGS), rules=rules)
    assert set(flagged["discretion"]) == {"none"}
    assert set(control.with_base(flagged)["base"]) == {"Services"}


def test_a_count_for_themes_is_the_count_with_returns_split_by_programme():
    here = places.place("croydon")
    spent = control.count_by_programme(here, "2008-09", "identifiable", "board")
    counted, _ = disclosure.count_for_audience(here, "2008-09")
    assert spent["pence"].sum() == counted.ledger["pence"].sum()
    assert (counted.ledger["programme"] == ledger.RETURNED_PROGRAMME).any()
    assert not (spent["programme"] == ledger.RETURNED_PROGRAMME).any()
    assert {"spender", *control.FLAGS} <= set(spent)
