"""What keeps a plan from being carried out as a whole, a sentence each, for the log of a daemon."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reconciler.plan.changes import Plan

_TOLD = frozenset({"setback"})
"""Guards whose reasons were told when they arose, with each failure."""


def sentences(plan: Plan) -> Iterator[str]:
    """Give problems of files, pipelines that could not be read, and what holds changes back."""
    yield from map(str, plan.problems)
    for (target, name), reason in plan.unknown.items():
        yield f"{name} in {target} could not be read: {reason}"
    for each in plan.held:
        if each.guard not in _TOLD:
            yield f"held: {each.kind} {each.name} in {each.target}: {each.held}"
