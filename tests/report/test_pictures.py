"""Pictures and numbers agree: every figure of the three notebooks, its drawing read back and held against its table."""

import json

import matplotlib.patches
import pytest

from tests.conftest import ROOT
from totalplace import report
from totalplace.report.words import MIME

NOTEBOOKS = ("high_level_count", "deep_dive", "funding_flows")
KINDS = {"bars", "heat", "shares", "stack", "sankey"}


def figures_of(notebook, place):
    """The figures that a notebook draws for a place, its cells run here one after another."""
    drawn, made = [], report.Page._chart

    def noted(self, *args, **kwargs):
        drawn.append(made(self, *args, **kwargs))
        return drawn[-1]

    cells = json.loads((ROOT / "notebooks" / f"{notebook}.ipynb").read_text(encoding="utf-8"))[
        "cells"
    ]
    code = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
    report.Page._chart = noted
    try:
        exec("\n".join(code).replace('place: str = "croydon"', f'place: str = "{place}"'), {})
    finally:
        report.Page._chart = made
    return drawn


@pytest.fixture(scope="module", params=["croydon", "manchester-warrington"])
def figures(request, tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TOTALPLACE_PROCESSED", str(tmp_path_factory.mktemp("processed")))
        return {notebook: figures_of(notebook, request.param) for notebook in NOTEBOOKS}


def facts(shown):
    return shown._repr_mimebundle_()[MIME]


def numbers(shown):
    """The figures of the table under a drawing: rows of raw values without their names."""
    told = facts(shown)
    money = [column for column, name in enumerate(told["columns"]) if name in told["units"]]
    return [[row[column] for column in money] for row in told["rows"]]


def patches(shown):
    return shown.figure.axes[0].patches


def words(shown):
    return {text.get_text() for text in shown.figure.axes[0].texts}


def printed(shown):
    """Every figure as the table prints it."""
    told = facts(shown)["printed"]
    return {cell for row in [*told["rows"], told["foot"] or []] for cell in row[1:]}


def test_every_notebook_draws_and_together_they_use_figures_of_five_kinds(figures):
    assert all(figures[notebook] for notebook in NOTEBOOKS)
    assert {shown.kind for drawn in figures.values() for shown in drawn} == {
        "bars",
        "heat",
        "shares",
        "stack",
        "sankey",
    }


def of_kind(figures, kind):
    return [shown for drawn in figures.values() for shown in drawn if shown.kind == kind]


def test_bars_are_as_long_as_the_money_of_their_row(figures):
    for shown in of_kind(figures, "bars"):
        assert [bar.get_width() for bar in patches(shown)] == [row[0] for row in numbers(shown)]


def test_heat_maps_are_shaded_by_the_money_and_print_the_tables_figures(figures):
    for shown in of_kind(figures, "heat"):
        mesh = shown.figure.axes[0].collections[0].get_array()
        assert mesh.filled(0).tolist() == numbers(shown)
        assert printed(shown) - {"0.0", "−0.0"} <= words(shown) | {"0.0"}


def test_shares_are_as_wide_as_their_part_of_the_row(figures):
    for shown in of_kind(figures, "shares"):
        widths = [bar.get_width() for bar in patches(shown)]
        expected = [pence / sum(row) for row in numbers(shown) for pence in row]
        assert widths == pytest.approx(expected)


def test_steps_are_as_high_as_the_money_of_their_age_and_payer(figures):
    for shown in of_kind(figures, "stack"):
        steps = [patch.get_data() for patch in patches(shown) if patch.get_fill()]
        heights = [(step.values - step.baseline).tolist() for step in steps]
        assert heights == [list(payer) for payer in zip(*numbers(shown), strict=True)]


def test_flow_charts_have_nodes_and_ribbons_as_high_as_their_money(figures):
    for shown in of_kind(figures, "sankey"):
        rows = [row[-1] for row in facts(shown)["rows"]]
        ribbons = [
            patch for patch in patches(shown) if not isinstance(patch, matplotlib.patches.Rectangle)
        ]
        nodes = [
            patch.get_height()
            for patch in patches(shown)
            if isinstance(patch, matplotlib.patches.Rectangle)
        ]
        heights = sorted(
            path[7][1] - path[0][1] for path in (patch.get_path().vertices for patch in ribbons)
        )
        unit = sum(heights) / sum(rows)
        assert [height / unit for height in heights] == pytest.approx(sorted(rows), rel=1e-6, abs=1)
        steps = len({row[0] for row in facts(shown)["rows"]})
        assert sum(nodes) / unit == pytest.approx((steps + 1) * sum(rows) / steps)


def test_no_kind_of_figure_is_left_unread(figures):
    assert {shown.kind for drawn in figures.values() for shown in drawn} <= KINDS
