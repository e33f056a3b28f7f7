"""`python tests/pictures.py`: take the pictures of docs/pictures anew, with Chromium."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

from reconciler.report.html import drift
from reports import SPANS, report

FOLDER = Path(__file__).parents[1] / "docs" / "pictures"
PICTURES = {
    "drift-light": ("light", 1100, 2050),
    "drift-dark": ("dark", 1100, 2050),
    "drift-phone": ("light", 390, 1200),
}


def main() -> None:
    """Open the sample report in each theme and size, and keep what is seen."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as started:
        file = Path(folder, "drift.html")
        file.write_text(drift.page(report(), SPANS), encoding="utf-8")
        browser = started.chromium.launch(executable_path=program, args=["--no-sandbox", "--disable-gpu"])
        for name, (theme, width, height) in PICTURES.items():
            page = browser.new_page(color_scheme=theme, viewport={"width": width, "height": height})
            page.goto(file.as_uri())
            page.screenshot(path=FOLDER / f"{name}.png")
        browser.close()


if __name__ == "__main__":
    main()
