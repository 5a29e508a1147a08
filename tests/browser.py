"""A real browser for the tests of the page: Chromium through playwright, and axe-core from npm.

Where one of them is missing a test fails in CI (CI set, or TOTALPLACE_BROWSER=required), and elsewhere is skipped saying why.
"""

import os
import shutil
from functools import partial
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


def _missing(what):
    if os.environ.get("CI") or os.environ.get("TOTALPLACE_BROWSER") == "required":
        pytest.fail(f"{what}; the pages must be tested in a browser here")
    pytest.skip(f"{what}: the page was NOT tested in a browser")


@pytest.fixture(scope="session")
def axe():
    """The source of axe-core: TOTALPLACE_AXE, or node_modules under the project (npm install --no-save axe-core)."""
    named = os.environ.get("TOTALPLACE_AXE")
    path = Path(named) if named else ROOT / "node_modules" / "axe-core" / "axe.min.js"
    if not path.is_file():
        _missing(
            "axe-core was not found (npm install --no-save axe-core, or name axe.min.js in TOTALPLACE_AXE)"
        )
    return path.read_text(encoding="utf-8")


@pytest.fixture(scope="session")
def chromium():
    """A running Chromium: one installed on the machine, or playwright's own."""
    try:
        from playwright.sync_api import Error, sync_playwright
    except ImportError:
        _missing("playwright is not installed")
    installed = (
        shutil.which("chromium")
        or shutil.which("chromium-browser")
        or shutil.which("google-chrome")
    )
    with sync_playwright() as playwright:
        try:
            browser = playwright.chromium.launch(executable_path=installed)
        except Error as error:
            _missing(f"Chromium did not start ({str(error).splitlines()[0]})")
        yield browser
        browser.close()


@pytest.fixture
def opened(chromium):
    """Opens a file in the browser: `with opened(path, width=320) as visit`."""
    return partial(Visit, chromium)


class Visit:
    """A page opened in the browser, with what it asked for, said and ran."""

    def __init__(self, browser, path, width=1280, bypass_csp=False):
        self.context = browser.new_context(
            viewport={"width": width, "height": 900}, bypass_csp=bypass_csp
        )
        self.page = self.context.new_page()
        self.requests, self.dialogs, self.messages = [], [], []
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.on("console", lambda message: self.messages.append(message.text))
        self.page.on("pageerror", lambda error: self.messages.append(str(error)))
        self.page.on("dialog", self._dialog)
        self.page.goto(path.as_uri())

    def _dialog(self, dialog):
        self.dialogs.append(dialog.message)
        dialog.dismiss()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.context.close()

    def violations(self, axe):
        """What axe finds wrong with the page as it is now: rule and first offender."""
        self.page.evaluate(axe)
        found = self.page.evaluate("rules => axe.run(document, {runOnly: rules})", RULES)
        return [(rule["id"], rule["nodes"][0]["html"][:200]) for rule in found["violations"]]
