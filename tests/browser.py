"""A real browser for the tests of the page: Chromium through playwright, and axe-core.

Where one of them is missing a test fails in CI (CI set, or TOTALPLACE_BROWSER=required), and elsewhere is skipped saying why.
"""

import os
import shutil
from functools import partial
from importlib import resources
from pathlib import Path

import pytest

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


def _missing(what):
    if os.environ.get("CI") or os.environ.get("TOTALPLACE_BROWSER") == "required":
        pytest.fail(f"{what}; the pages must be tested in a browser here")
    pytest.skip(f"{what}: the page was NOT tested in a browser")


@pytest.fixture(scope="session")
def axe():
    """The source of axe-core: what TOTALPLACE_AXE names, else that of the package axe-playwright-python."""
    named = os.environ.get("TOTALPLACE_AXE")
    if named:
        return Path(named).read_text(encoding="utf-8")
    try:
        package = resources.files("axe_playwright_python")
    except ModuleNotFoundError:
        _missing("axe-playwright-python is not installed (make setup)")
    return (package / "axe.min.js").read_text(encoding="utf-8")


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


@pytest.fixture(scope="session")
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

    def resize(self, width):
        """The page at another width, as when a window is drawn smaller."""
        self.page.set_viewport_size({"width": width, "height": 900})

    def unfold(self, is_open=True):
        """Open or close everything that is folded."""
        every = "open => document.querySelectorAll('details').forEach(part => part.open = open)"
        self.page.evaluate(every, is_open)

    def is_too_wide(self):
        """True where the page scrolls sideways."""
        return self.page.evaluate("document.documentElement.scrollWidth > innerWidth")

    def _dialog(self, dialog):
        self.dialogs.append(dialog.message)
        dialog.dismiss()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.context.close()

    def violations(self, axe, contrast=True):
        """What axe finds wrong with the page as it is now: rule and first offender.

        contrast: False leaves out the contrast of colours, which takes nine tenths of the time.
        """
        if not self.page.evaluate("'axe' in window"):
            self.page.evaluate(axe)
        asked = {"runOnly": RULES, "resultTypes": ["violations"], "selectors": False}
        asked["rules"] = {"color-contrast": {"enabled": contrast}}
        found = self.page.evaluate("asked => axe.run(document, asked)", asked)
        return [(rule["id"], rule["nodes"][0]["html"][:200]) for rule in found["violations"]]
