"""A store in a file of its own, and values to put into it."""

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


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state.db"


@pytest.fixture
def url(path: Path) -> str:
    return f"sqlite:///{path}"


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
