"""What follows from a condition's verdict and from a failure: go on, skip, fail, retry, roll back (E.9, E.11, E.12)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.simulation import retries, rollbacks, stages

if TYPE_CHECKING:
    from collections.abc import Callable

    from reconciler.simulation.engine import Engine
    from reconciler.simulation.state import Execution, Visit


def judged(engine: Engine, identity: str, stage: int, kind: str, status: str) -> None:
    """Take a condition's verdict."""
    execution = engine.execution(identity)
    visit = execution.visits[stage]
    if execution.status == "Stopping":
        stages.stopped(engine, execution, visit)
    elif execution.cancelling:
        stages.cancelled(engine, execution, visit)
    elif execution.status == "InProgress":
        _RESULTS[kind](engine, execution, visit, status == "Succeeded")


def _before_entry(engine: Engine, execution: Execution, visit: Visit, met: bool) -> None:
    if met:
        stages.begin(engine, execution, visit, 0)
    elif visit.floor.conditions["beforeEntry"].result == "SKIP":
        stages.skip(engine, execution, visit)
    else:
        engine.soon("failing", execution.id, visit.floor.index)


def _on_success(engine: Engine, execution: Execution, visit: Visit, met: bool) -> None:
    if met:
        stages.succeeded(engine, execution, visit)
    elif visit.floor.conditions["onSuccess"].result == "ROLLBACK":
        stages.undone(engine, execution, visit)
        rollbacks.automatic(engine, execution, visit)
    else:
        engine.soon("failing", execution.id, visit.floor.index)


def _on_failure(engine: Engine, execution: Execution, visit: Visit, met: bool) -> None:
    applies = met == engine.assumptions.failure_result_when_met
    _apply(engine, execution, visit, visit.floor.conditions["onFailure"].result if applies else "")


def failing(engine: Engine, identity: str, stage: int) -> None:
    """Decide what becomes of a stage that has failed: condition, retry, rollback, or the failure stands."""
    execution = engine.execution(identity)
    visit = execution.visits[stage]
    if "onFailure" in visit.floor.conditions:
        engine.soon("evaluate", identity, stage, "onFailure")
    else:
        _apply(engine, execution, visit, visit.floor.failure_result)


def _apply(engine: Engine, execution: Execution, visit: Visit, result: str) -> None:
    if result == "RETRY" and retries.automatic(engine, execution, visit):
        return
    stages.failed(engine, execution, visit)
    if result == "ROLLBACK":
        rollbacks.automatic(engine, execution, visit)


_RESULTS = {"beforeEntry": _before_entry, "onSuccess": _on_success, "onFailure": _on_failure}

HANDLERS: dict[str, Callable[..., None]] = {"judged": judged, "failing": failing}
