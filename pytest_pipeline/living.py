"""What is live, read by the daemon in a process of its own: tests of pipelines import nothing that reaches AWS."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pytest_pipeline import choosing, loading
from pytest_pipeline.plugin import setting
from reconciler.errors import Broken

if TYPE_CHECKING:
    from pytest_pipeline.loading import Pipelines

LIMIT = 600
"""Seconds that reading may take."""


def pipelines(config: pytest.Config) -> Pipelines:
    """Give all live pipelines by name, imported into a folder that is gone afterwards; fails the test otherwise."""
    if not setting(config, "live"):
        pytest.fail("live_pipelines reads AWS; run pytest --pipeline-live, and mark the test @pytest.mark.live",
                    pytrace=False)  # fmt: skip
    loader = choosing.loader(config)
    if loader.settings is None:
        pytest.fail("live_pipelines needs settings, which say where to look: write pipeline_settings", pytrace=False)
    with tempfile.TemporaryDirectory() as folder:
        _import(config, Path(folder))
        own = loading.Loader(Path(folder), loader.settings, loader.config, loader.types)
        return own.all(loading.files(Path(folder), ["."]))


def _import(config: pytest.Config, folder: Path) -> None:
    file = setting(config, "settings") or loading.SETTINGS
    words = [sys.executable, "-m", "reconciler", "import", "--out", str(folder), "--format", "json",
             "--config", str(config.rootpath / file)]  # fmt: skip
    done = subprocess.run(words, cwd=config.rootpath, capture_output=True, text=True, timeout=LIMIT, check=False)  # noqa: S603
    try:
        told = json.loads(done.stdout)
    except ValueError:
        pytest.fail(f"live pipelines could not be read: {done.stderr.strip()}", pytrace=False)
    unread = [f"{each.get('name', '')} {each['account']}/{each['region']}: {each['reason']}".strip()
              for each in (*told["unreadable"], *told["unread"])]  # fmt: skip
    if unread:
        raise Broken("live pipelines could not be read: " + "; ".join(unread))
