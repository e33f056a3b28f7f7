"""One stepped endpoint for the tests of a worker process; each test finds it empty."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from emulator.talk import Local

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="session")
def _running() -> Iterator[Local]:
    running = Local()
    yield running
    running.close()


@pytest.fixture
def local(_running: Local) -> Local:
    return _running.reset()


@pytest.fixture
def client(local: Local) -> Any:
    return local.client()
