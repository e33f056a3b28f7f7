"""What a change would do to executions that are under way, in words for a plan (reference E.7)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reconciler.plan.changes import Kind
from reconciler.simulation.interruption import Effect, interruptions

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from reconciler.plan.changes import Change
    from reconciler.simulation.interruption import Running

SHOWN = 8
"""Characters of an execution's id that people need to find it."""

ENDING = frozenset({Kind.UPDATE, Kind.DELETE})
"""Changes that replace or remove a declaration."""


def sentences(
    change: Change, before: Mapping[str, Any], after: Mapping[str, Any], running: Iterable[Running], *, waits: bool
) -> Iterator[str]:
    """Give one sentence for each execution; `waits` is whether the change waits until they have ended.

    `before` and `after` are the declarations; after a deletion there is none, and what runs is abandoned (I7).
    """
    runs = tuple(running)
    fates = {each.id: each.effect for each in interruptions(before, after, runs)}
    for run in runs:
        goes_on = change.kind is not Kind.DELETE and fates[run.id] is Effect.CONTINUING
        if waits:
            yield f"waits for {_place(run)}"
        elif goes_on:
            yield f"leaves {_place(run)} to its old definition"
        else:
            yield f"would end {_place(run)}"


def _place(run: Running) -> str:
    shown = run.id if len(run.id) <= SHOWN else f"{run.id[:SHOWN]}…"
    where = f" {'before' if run.waiting else 'in'} stage {run.stage}" if run.stage else ""
    return f"execution {shown}{where}"
