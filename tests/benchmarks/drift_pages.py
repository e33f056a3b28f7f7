"""What a drift report costs: its making; and as a page processor time, size, and time until a browser has opened it."""

from __future__ import annotations

import shutil
import tempfile
import time
from dataclasses import replace
from importlib import util
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks import drift_reports
from benchmarks.table import Row, Series
from reports import SPANS, report

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.asked import Asked
    from reconciler.plan.drift import DriftReport

DRIFTED = 50


def rows(asked: Asked) -> Iterator[Row]:
    """The targets: under 2 s of CPU for 50 drifts, opened in under 1 s; of 10,000 under 10 MB, opened in under 2 s."""
    from reconciler.report.html import drift

    yield from drift_reports.rows(asked)
    few, many = _drifted(DRIFTED, 1_000), _drifted(10_000, 10_000)
    costs, pages = [], []
    for _ in asked.runs(5):
        began = time.process_time()
        pages.append(drift.page(few, SPANS))
        costs.append(time.process_time() - began)
    yield Row(f"drift page of {DRIFTED} drifts", Series("s CPU", tuple(costs)), most=2)
    size = Series("MB", (len(drift.page(many, SPANS).encode()) / 1e6,))
    yield Row("drift page of 10,000 drifts", size, most=10)
    yield _opened("drift page opened in Chromium", pages[-1], asked)
    yield _opened("drift page of 10,000 opened in Chromium", drift.page(many, SPANS), asked, most=2)


def _drifted(number: int, pipelines: int) -> DriftReport:
    sample = report()
    entry = next(each for each in sample.entries if each.after)
    entries = tuple(replace(entry, name=f"shop{at:05}-prod-deploy") for at in range(number))
    looked = (replace(sample.targets[1], pipelines=pipelines),)
    return replace(sample, entries=entries, targets=looked, in_sync=pipelines - number)


def _opened(what: str, text: str, asked: Asked, most: float | None = 1) -> Row:
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    if not program or not util.find_spec("playwright"):
        return Row(what, skipped="no Chromium, or no Playwright")
    from playwright.sync_api import sync_playwright

    took = []
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as started:
        file = Path(folder, "drift.html")
        file.write_text(text, encoding="utf-8")
        browser = started.chromium.launch(executable_path=program, args=["--no-sandbox", "--disable-gpu"])
        for _ in asked.runs(5):
            page = browser.new_page()
            began = time.perf_counter()
            page.goto(file.as_uri())
            took.append(time.perf_counter() - began)
            page.close()
        browser.close()
    return Row(what, Series("s", tuple(took)), most=most)
