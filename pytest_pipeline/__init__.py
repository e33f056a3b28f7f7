"""Assertions on the structure of pipelines and on simulated executions of them, as ordinary tests.

Names are imported when they are first used, so that a session without such tests pays nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pytest_pipeline.matchers import (
        absent,
        action,
        anything,
        approval,
        each,
        event,
        exactly,
        has,
        in_order,
        includes,
        json,
        like,
        none,
        regex,
        secret_ref,
        some,
    )
    from pytest_pipeline.outcomes import alarm, approved, fails, hangs, ignored, rejected, runs, succeeds
    from pytest_pipeline.running import Run, simulate
    from pytest_pipeline.structure import Pipeline
    from pytest_pipeline.triggers import pull_request, push, start, tag
    from pytest_pipeline.verdicts import failed, never_ran, parked, rolled_back, succeeded, superseded

_HOMES = {
    "matchers": (
        "absent", "action", "anything", "approval", "each", "event", "exactly", "has", "in_order", "includes", "json",
        "like", "none", "regex", "secret_ref", "some",
    ),
    "outcomes": ("alarm", "approved", "fails", "hangs", "ignored", "rejected", "runs", "succeeds"),
    "running": ("Run", "simulate"),
    "structure": ("Pipeline",),
    "triggers": ("pull_request", "push", "start", "tag"),
    "verdicts": ("failed", "never_ran", "parked", "rolled_back", "succeeded", "superseded"),
}  # fmt: skip
"""The public names, by the module that has them."""

_HOME = {name: home for home, names in _HOMES.items() for name in names}

__all__ = [  # noqa: PLE0604 - the table above is what there is
    *_HOME
]


def __getattr__(name: str) -> Any:
    """Import a public name; raises AttributeError for what is none."""
    if name not in _HOME:
        message = f"module 'pytest_pipeline' has no attribute {name!r}"
        raise AttributeError(message)
    value = getattr(import_module(f"pytest_pipeline.{_HOME[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOME})
