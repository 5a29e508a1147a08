import pytest

from totalplace import control, count, deep_dive, estimate, findings, places, reference

EARLY = [-1, 0, 1, 2]


@pytest.fixture(scope="module")
def here():
    return places.place("croydon")


@pytest.fixture(scope="module")
def spent(here):
    return control.with_control_flags(count.with_body_names(estimate.first_count(here, "2008-09")))


@pytest.fixture(scope="module")
def rules():
    return deep_dive.theme_rules("children-0-7")


@pytest.mark.parametrize(
    ("low", "high", "verdict"),
    [(0.5, 0.9, "agrees"), (0.2, 0.4, "differs"), (0.4, 0.9, "cannot tell")],
)
def test_a_finding_agrees_only_where_it_does_at_every_value_of_the_range(low, high, verdict):
    assert findings._verdict(low, high, 0.5, 1.0) == verdict


def test_the_central_value_is_between_assumptions_for_and_against(here, spent, rules):
    lines = findings.theme_lines(spent, rules)
    for measured in (
        findings.share_range(lines, rules, "tier", "universal"),
        findings.payer_share_range(lines, rules, here, "Health", EARLY),
    ):
        assert (measured["low"] <= measured["central"]).all()
        assert (measured["central"] <= measured["high"]).all()
        assert measured["base"].tolist() == ["services", "services and benefits"]


def test_the_central_share_of_a_finding_is_that_of_the_theme(spent, rules):
    dive = deep_dive.in_theme(deep_dive.apportion_to_theme(spent, rules))
    measured = findings.share_range(findings.theme_lines(spent, rules), rules, "tier", "universal")
    part, whole = count.share_of(dive, "tier", "universal")
    assert measured["central"].iloc[1] == pytest.approx(part / whole, abs=1e-6)


def test_a_finding_is_tested_as_its_row_says(here, spent, rules):
    names = reference.read("findings")["finding"].tolist()
    verdicts = findings.verdicts(spent, rules, here, names)
    lines = findings.theme_lines(spent, rules)
    health = findings.payer_share_range(lines, rules, here, "Health", EARLY)
    early = verdicts[verdicts["published_finding"].str.contains("conception to age 3")]
    assert early["central"].tolist() == health["central"].tolist()
    assert len(verdicts) == 2 * len(names)
    agree = verdicts["verdict"] == "agrees"
    assert findings.tally(verdicts) == {"tests": len(verdicts), "agree": agree.sum()}


def test_what_a_finding_needs_is_shown_in_the_order_asked_for():
    shown = findings.tests(["universal", "organisations"])
    assert shown["published_finding"].str[:3].tolist() == ["75%", "The"]
    assert (shown != "").all(axis=None)
