"""What an update of a pipeline would interrupt (reference E.7), and what can no longer be done afterwards."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

PARALLEL = "PARALLEL"
_ALIVE = frozenset({"InProgress", "Stopping"})


class Effect(StrEnum):
    """What becomes of an execution."""

    FINISHING = "ends after the running actions"
    CANCELLED = "is cancelled at once"
    CONTINUING = "goes on with the old definition"
    UNTOUCHED = "has ended already"


@dataclass(frozen=True, slots=True)
class Running:
    """An execution as it stands before the update."""

    id: str
    stage: str
    """The stage it is in, or waits before; of an ended one, the stage where it ended."""
    status: str = "InProgress"
    mode: str = ""
    """Execution mode it was started in; empty means the mode of the definition before."""
    waiting: bool = False
    """Whether it waits between stages, inside none."""


@dataclass(frozen=True, slots=True)
class Fate:
    """What the update means for one execution."""

    id: str
    effect: Effect
    sentence: str
    losses: tuple[str, ...] = ()
    """What cannot be done with it afterwards, a sentence each."""


def interruptions(
    before: Mapping[str, Any], after: Mapping[str, Any], executions: Iterable[Running]
) -> tuple[Fate, ...]:
    """Give the fate of each execution when the declaration `before` is replaced by `after`, in the order given.

    An identical update interrupts too: the service counts the version up all the same (I4). Whether an interrupted
    run ends as Cancelled or Failed is told differently by AWS's own pages (I1); here it is Cancelled.
    """
    old, new = _mode(before), _mode(after)
    kept = _stages(after)
    return tuple(_fate(each, each.mode or old, new, kept) for each in executions)


def _mode(declaration: Mapping[str, Any]) -> str:
    return str(declaration.get("executionMode") or "SUPERSEDED")


def _stages(declaration: Mapping[str, Any]) -> set[str]:
    return {str(stage["name"]) for stage in declaration.get("stages") or ()}


def _fate(run: Running, old: str, new: str, kept: set[str]) -> Fate:
    losses = _losses(run, old, new, kept)
    if run.status not in _ALIVE:
        return Fate(run.id, Effect.UNTOUCHED, f"{run.id} has ended as {run.status}; the update leaves it so", losses)
    if old == PARALLEL:
        modes = "" if new == PARALLEL else f"; new executions run as {new}"
        sentence = f"{run.id} goes on in {run.stage} with the old definition{modes}"
        return Fate(run.id, Effect.CONTINUING, sentence, losses)
    if run.waiting:
        return Fate(run.id, Effect.CANCELLED, f"{run.id} waits before {run.stage} and is cancelled at once", losses)
    sentence = f"{run.id} finishes the actions that run in {run.stage}, starts no other, and is then cancelled"
    return Fate(run.id, Effect.FINISHING, sentence, losses)


def _losses(run: Running, old: str, new: str, kept: set[str]) -> tuple[str, ...]:
    found = []
    parallel = old == PARALLEL
    if run.status in ("Failed", "Stopped") or (run.status in _ALIVE and not parallel):
        found.append(
            f"{run.stage} of {run.id} cannot be retried: the definition is another (StageNotRetryableException)"
        )
    if not parallel and new == PARALLEL:
        found.append(f"nothing can be rolled back to {run.id}: PARALLEL pipelines do not roll back")
    elif not parallel:
        found.append(f"nothing can be rolled back to {run.id}: its version is another (UnableToRollbackStageException)")
    if run.stage and run.stage not in kept:
        found.append(f"the stage {run.stage} is gone, with the state of its transition")
    return tuple(found)
