"""What docs/several-daemons.md shows is valid, and what it names is there."""

from __future__ import annotations

import re
from pathlib import Path

from reconciler import settings
from reconciler.daemon import leading
from reconciler.store import engines, files

PAGE = Path(__file__).parents[2].joinpath("docs", "several-daemons.md").read_text(encoding="utf-8")
(SHOWN,) = re.findall(r"^```yaml\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


def test_the_settings_that_are_shown_are_valid():
    store = settings.load(SHOWN, "reconciler.yaml", {}).store
    assert (store.url.partition(":")[0], store.lease) == ("postgresql+psycopg", settings.Store().lease)


def test_the_figures_are_those_of_the_program():
    assert (leading._RENEWED, leading._LOOKED) == (3, 15)
    assert "idle_in_transaction_session_timeout = 5000" in engines._SESSION
    assert files.LockFile(Path("state.db"))._path.name in PAGE
