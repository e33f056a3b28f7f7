"""Pages in a real browser: no error, no request, and nothing that axe finds wrong; light, dark, wide and narrow."""

from __future__ import annotations

import shutil
from dataclasses import replace

import pytest

from reconciler.report.html import drift, elements
from reports import SPANS, report

sync_api = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe is not installed")
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
pytestmark = pytest.mark.skipif(not CHROMIUM, reason="there is no Chromium")

VISIBLE = """[...document.querySelectorAll(".part td:first-child > *")]
    .filter(each => each.checkVisibility({contentVisibilityAuto: true})).length"""

CUT = """[...document.querySelectorAll(".part")]
    .filter(each => each.firstChild.getBoundingClientRect().width > each.getBoundingClientRect().width).length"""


@pytest.fixture(scope="module")
def browser():
    quiet = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
    with sync_api.sync_playwright() as started:
        running = started.chromium.launch(executable_path=CHROMIUM, args=quiet)
        yield running
        running.close()


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    file = tmp_path_factory.mktemp("page") / "drift.html"
    file.write_text(drift.page(report(), SPANS), encoding="utf-8")
    return file.as_uri()


def test_of_a_long_table_only_what_is_looked_at_is_laid_out_and_all_of_it_is_printed(browser, tmp_path, monkeypatch):
    monkeypatch.setattr(elements, "ROWS", 10)
    made = report(*(replace(report().entries[0], name=f"shop{number}") for number in range(120)))
    file = tmp_path / "long.html"
    file.write_text(drift.page(made), encoding="utf-8")
    page = browser.new_page(viewport={"width": 390, "height": 900})
    page.goto(file.as_uri())
    on_screen, cut = page.evaluate(VISIBLE), page.evaluate(CUT)
    wide = page.evaluate("document.documentElement.scrollWidth")
    violations = axe.Axe().run(page, ".part:first-child")
    page.emulate_media(media="print")
    on_paper = page.evaluate(VISIBLE)
    page.close()
    assert (on_screen < on_paper, on_paper, cut, wide) == (True, len(made.entries), 0, 390)
    assert violations.violations_count == 0, violations.generate_report()


@pytest.mark.parametrize("width", [1200, 390], ids=["wide", "phone"])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_page_opens_without_error_or_request_and_everybody_can_read_it(browser, address, theme, width):
    page = browser.new_page(color_scheme=theme, viewport={"width": width, "height": 900})
    said, asked = [], []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))
    page.goto(address)
    asked_first, said_first = list(asked), list(said)
    found = axe.Axe().run(page)
    wide = page.evaluate("document.documentElement.scrollWidth")
    page.close()
    assert (said_first, asked_first) == ([], [address])
    assert found.violations_count == 0, found.generate_report()
    assert wide <= width
