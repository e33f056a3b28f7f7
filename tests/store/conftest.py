"""A store in a database of its own, and values to put into it.

Whatever asks for `url` or `store` is tried with SQLite and with PostgreSQL; what asks for `path` too, with SQLite only.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from reconciler.pipeline.arns import Target
from reconciler.store.history import Intent
from reconciler.store.store import Store

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from postgres import Server


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Try a test with every database that its fixtures allow."""
    if "backend" in metafunc.fixturenames:
        kinds = ("sqlite",) if "path" in metafunc.fixturenames else ("sqlite", "postgresql")
        metafunc.parametrize("backend", kinds, scope="session")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state.db"


@pytest.fixture
def url(backend: str, tmp_path: Path, request: pytest.FixtureRequest) -> str:
    """Give the URL of a database that is empty, and not made yet where it is a file."""
    if backend == "postgresql":
        server: Server = request.getfixturevalue("server")
        return server.url()
    return f"sqlite:///{tmp_path / 'state.db'}"


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    opened = Store(url)
    yield opened
    opened.close()


@pytest.fixture
def target() -> Target:
    return Target("111111111111", "eu-west-1")


@pytest.fixture
def clock() -> Callable[[int], datetime]:
    """Give a time so many minutes after the beginning."""
    return lambda minutes: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)


@pytest.fixture
def intent(store: Store, target: Target, clock: Callable[[int], datetime]) -> Callable[..., Intent]:
    """Give an intent of one pass, an update of `shop` unless told otherwise."""
    pass_id = store.begin("c0ffee", clock(0), "automatic")

    def build(**given: Any) -> Intent:
        usual: dict[str, Any] = {"at": clock(0), "target": target, "name": "shop"}
        usual |= {"kind": "update", "version_before": 1}
        texts = {"before": '{"a":1}', "after": '{"a":2}', "reason": "git changed", "differences": "[]"}
        return Intent(**({"pass_id": pass_id} | usual | texts | given))

    return build
