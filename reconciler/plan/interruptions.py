"""What a change would do to executions that are under way, in words for a plan (reference E.7)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from reconciler.plan.changes import Kind
from reconciler.simulation.interruption import Effect, interruptions

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from reconciler.plan.changes import Change
    from reconciler.simulation.interruption import Running

SHOWN = 8
"""Characters of an execution's id that people need to find it."""

ENDING = frozenset({Kind.UPDATE, Kind.DELETE})
"""Changes that replace or remove a declaration."""

AGAIN = {
    "none": "",
    "same": ", and start it again with its source revisions",
    "latest": ", and start it again afresh",
}
"""What becomes of an execution that was ended, by `sync.restart`."""


@dataclass(frozen=True, slots=True)
class Handling:
    """How executions are treated that a change would end."""

    interrupt: str
    """`wait`, `drain`, `always` or `never`."""
    restart: str = "none"
    """`none`, `same` or `latest`; of use to `always`."""


def endangered(
    change: Change, before: Mapping[str, Any], after: Mapping[str, Any], running: Iterable[Running]
) -> tuple[Running, ...]:
    """Give the executions that a change would end; a deletion ends them all (I7).

    PARALLEL executions go on with the definition that they were started with: an update ends none of them.
    """
    runs = tuple(running)
    if change.kind is Kind.DELETE:
        return runs
    fates = interruptions(before, after, runs)
    return tuple(
        run for run, fate in zip(runs, fates, strict=True) if fate.effect not in (Effect.CONTINUING, Effect.UNTOUCHED)
    )


def beyond(before: Mapping[str, Any], runs: Iterable[Running]) -> tuple[Running, ...]:
    """Give the executions that are past the first stage, where a drain does not keep them; one without a place is."""
    stages = [str(stage["name"]) for stage in before.get("stages") or ()]
    return tuple(run for run in runs if not _kept(run, stages))


def door(before: Mapping[str, Any]) -> str:
    """Give the stage whose inbound transition a drain shuts: the second one; empty where there is none."""
    stages = [str(stage["name"]) for stage in before.get("stages") or ()]
    return stages[1] if len(stages) > 1 else ""


def sentences(
    change: Change, before: Mapping[str, Any], after: Mapping[str, Any], running: Iterable[Running], how: Handling
) -> Iterator[str]:
    """Give one sentence for each execution; `before` and `after` are the declarations."""
    runs = tuple(running)
    lost = endangered(change, before, after, runs)
    passing = beyond(before, lost)
    for run in runs:
        if run not in lost:
            yield f"leaves {place(run)} to its old definition"
        else:
            yield _SENTENCES[how.interrupt](run, run in passing, change, how)


def places(runs: Sequence[Running]) -> str:
    """Name executions with their stages."""
    return ", ".join(place(run) for run in runs)


def place(run: Running) -> str:
    """Name an execution with the stage it is in, or waits before."""
    shown = run.id if len(run.id) <= SHOWN else f"{run.id[:SHOWN]}…"
    where = f" {'before' if run.waiting else 'in'} stage {run.stage}" if run.stage else ""
    return f"execution {shown}{where}"


def _kept(run: Running, stages: Sequence[str]) -> bool:
    return run.stage in stages[:1] or (run.waiting and run.stage in stages[1:2])


def _drained(run: Running, passing: bool, change: Change, _: Handling) -> str:
    if passing:
        return f"shuts the way behind the first stage and waits for {place(run)}"
    return f"would end {place(run)}" + (AGAIN["same"] if change.kind is Kind.UPDATE else "")


def _ended(run: Running, _: bool, change: Change, how: Handling) -> str:
    return f"would end {place(run)}" + (AGAIN[how.restart] if change.kind is Kind.UPDATE else "")


_SENTENCES: Mapping[str, Callable[[Running, bool, Change, Handling], str]] = {
    "wait": lambda run, *_: f"waits for {place(run)}",
    "never": lambda run, *_: f"is held for as long as {place(run)} runs",
    "drain": _drained,
    "always": _ended,
}
