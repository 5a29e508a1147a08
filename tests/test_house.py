"""The house itself: what is installed, how the notebooks read, which way the imports go."""

import ast
import itertools
import json
import re
import subprocess
import sys
import tomllib

import pytest

from tests.conftest import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
ORDER = [
    "lean", "faults", "cofog", "money", "apportion", "originals", "retabulate", "reference", "places", "estimate", "returns",
    "ledger", "withhold", "count", "keep", "deep_dive", "flows", "findings", "show", "board", "scratch", "kernels", "engine", "apart",
    "manifest", "tablefiles", "sheets", "summary", "index", "report", "whole", "runs", "cluster", "verify", "origin", "trace", "chain",
    "pdf", "progress", "cli",
]  # fmt: skip
RETURNS = [
    "verdicts", "package", "workbook", "cells", "intake", "layout", "naming", "columns", "checks", "decisions", "classify",
    "doubles", "compare", "reading", "localise", "template", "read", "marked", "checking",
]  # fmt: skip
SHOW = ["rounding", "words", "tables", "arrange", "figures", "flowchart", "svg", "page"]
MODULES = sorted(
    path
    for path in (ROOT / "totalplace").rglob("*.py")
    if path.stem not in ("__init__", "__main__")
)


def names(requirements):
    return {
        re.match(r"[A-Za-z0-9._-]+", text)[0].lower().replace("_", "-"): text
        for text in requirements
    }


def lock():
    lines = (ROOT / "requirements.lock").read_text(encoding="utf-8").split("\n")
    return [line for line in lines if line and not line.startswith("#")]


def test_the_lock_holds_exact_versions_and_no_address():
    assert all(re.match(r"^[a-z0-9._-]+==[^\s;]+( ;.*)?$", line) for line in lock())
    assert "://" not in "\n".join(lock())


def test_every_requirement_of_the_project_is_locked():
    wanted = names(PROJECT["dependencies"] + PROJECT["optional-dependencies"]["test"])
    assert set(wanted) <= set(names(lock()))


def test_each_locked_version_is_within_the_range_of_the_project():
    from packaging.requirements import Requirement

    locked = [Requirement(line) for line in lock()]
    for wanted in map(
        Requirement, PROJECT["dependencies"] + PROJECT["optional-dependencies"]["test"]
    ):
        versions = [
            next(iter(one.specifier)).version for one in locked if one.name == wanted.name.lower()
        ]
        assert versions, wanted.name
        assert all(wanted.specifier.contains(version) for version in versions), (
            wanted.name,
            versions,
        )


def test_the_conda_environment_is_the_lock_and_the_projects_own_python():
    text = (ROOT / "environment.yml").read_text(encoding="utf-8")
    assert "- -r requirements.lock" in text
    assert "- -e ." in text
    (python,) = re.findall(r"- python (.*)", text)
    assert python == PROJECT["requires-python"]


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_is_an_essay(notebook):
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    code = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
    prose = "".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown")
    assert len(code) <= 25
    assert not re.search(r"^\s*(def|for|if|try|while|class|with)\b", "\n".join(code), re.M)
    assert not re.search(r"£\d", prose), "a figure typed in prose goes stale"
    assert sum(cell["metadata"].get("tags") == ["parameters"] for cell in cells) == 1
    assert not any(cell.get("outputs") for cell in cells)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_no_heading_stands_over_nothing(path):
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    texts = [
        "".join(cell["source"]) if cell["cell_type"] == "markdown" else "code" for cell in cells
    ]
    followed = itertools.pairwise([*texts, "## The end"])
    assert [
        here for here, then in followed if re.fullmatch("#+ .*", here) and re.match("##? ", then)
    ] == []


@pytest.mark.parametrize("module", MODULES, ids=lambda path: path.stem)
def test_a_module_is_short_and_imports_only_from_those_above_it(module):
    text = module.read_text(encoding="utf-8")
    assert len(text.split("\n")) <= 401
    parts = [part.removesuffix(".py") for part in module.relative_to(ROOT / "totalplace").parts]
    imported = re.findall(r"^from totalplace(?:\.(\w+)(?:\.(\w+))?)? import ([\w, ]+)", text, re.M)
    names = [
        [outer, inner, name.strip()]
        for outer, inner, names in imported
        for name in names.split(",")
    ]
    modules = {outer or name for outer, _, name in names} - {parts[0]}
    assert all(ORDER.index(name) < ORDER.index(parts[0]) for name in modules), modules
    inner_order = {"returns": RETURNS, "show": SHOW}.get(parts[0])
    if inner_order:
        beside = {inner or name for outer, inner, name in names if outer == parts[0]}
        assert all(inner_order.index(name) < inner_order.index(parts[1]) for name in beside), beside


def test_public_functions_say_what_they_are():
    bare = [
        f"{path.stem}.{node.name}"
        for path in MODULES
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef)
        and not node.name.startswith("_")
        and not ast.get_docstring(node)
    ]
    assert bare == []


@pytest.mark.parametrize("module", ["board", "engine", "report", "runs", "cluster", "cli"])
def test_no_module_brings_in_the_grammar_of_web_addresses_which_takes_a_second(module):
    look = (
        f"import sys, totalplace.{module}; sys.exit('rfc3987_syntax.syntax_helpers' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", look], cwd=ROOT, check=False).returncode == 0
