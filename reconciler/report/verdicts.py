"""What became of a run, in one sentence; the reason stands in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.report import wording
from reconciler.simulation.durations import spell

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from reconciler.simulation.trace import Failure, Run, StageRun

_UNMET = ("Failed", "Errored", "Cancelled", "Abandoned")


def verdict(run: Run, others: Sequence[Run] = ()) -> str:
    """Say what became of a run; `others` are the runs beside it, to name those it has to do with."""
    noun = "rollback" if run.kind == "ROLLBACK" else "run"
    if run.parked and run.status not in _SAID:
        what = f"is parked at {run.parked_at}: {reason(run)}"
    else:
        what = _SAID.get(run.status, _in_progress)(run, others)
    return wording.printable("; ".join([f"{noun} {what}", *_asides(run)]))


def latest(run: Run) -> int:
    """Give the last moment that is known of a run, in milliseconds since the world began."""
    return run.started + run.elapsed


def reason(run: Run) -> str:
    """Say why nothing moves in a run, without the place, which stands beside it; empty if something does."""
    return run.waiting.reason.removeprefix(f"{run.waiting.at} ") if run.waiting else ""


def failure(failed: Failure) -> str:
    """Say why an action failed: `JobFailed: no compiler`."""
    return ": ".join(filter(None, (failed.type or failed.code, failed.message))) or "failed"


def number(execution: str, others: Sequence[Run]) -> str:
    """Name an execution by its number if it is among the runs, else by its id."""
    return next((f"#{run.number}" for run in others if run.id == execution), execution)


def _succeeded(run: Run, _: Sequence[Run]) -> str:
    return f"succeeded after {spell(run.elapsed)}"


def _failed(run: Run, others: Sequence[Run]) -> str:
    stage = next((each for each in reversed(run.stages) if each.status == "Failed"), None)
    place, why = _cause(stage) if stage else ("", run.summary)
    at = f" at {place}" if place else ""
    rolled = next((other for other in others if _rolls_back(other, run)), None)
    back = f"; #{rolled.number} rolled back" if rolled else ""
    return f"failed{at} after {spell(run.elapsed)}" + (f": {why}" if why else "") + back


def _cause(stage: StageRun) -> tuple[str, str]:
    for action in reversed(stage.actions):
        if action.status == "Failed":
            if action.category == "Approval" and action.by:
                said = action.summary or (action.failure.message if action.failure else "")
                return action.place, f"rejected by {action.by}" + (f": {said}" if said else "")
            return action.place, failure(action.failure) if action.failure else action.summary
    for condition in reversed(stage.conditions):
        if condition.status in _UNMET and condition.kind != "onFailure":
            rules = ", ".join(
                f"{rule.name}: {rule.summary or rule.status}" for rule in condition.rules if rule.status in _UNMET
            )
            return stage.stage, f"its {condition.kind} condition was not met" + (f": {rules}" if rules else "")
    return stage.stage, ""


def _rolls_back(other: Run, run: Run) -> bool:
    return other.trigger.type == "AutomatedRollback" and run.id in other.trigger.detail


def _superseded(run: Run, others: Sequence[Run]) -> str:
    outside = run.stages[-1].stage if run.stages and run.stages[-1].entered is None else ""
    at = run.waited_before or outside
    by = number(run.superseded_by, others)
    return f"was superseded by {by} after {spell(run.elapsed)}" + (f", while it waited at {at}" if at else "")


def _stopped(run: Run, _: Sequence[Run]) -> str:
    return f"was stopped after {spell(run.elapsed)}" + (f": {run.stop_reason}" if run.stop_reason else "")


def _cancelled(run: Run, _: Sequence[Run]) -> str:
    return f"was cancelled after {spell(run.elapsed)}: {run.summary or 'the pipeline was changed'}"


def _in_progress(run: Run, _: Sequence[Run]) -> str:
    under_way = [action.place for action in run.actions if action.status == "InProgress"]
    at = ", ".join(under_way) or (run.stages[-1].stage if run.stages else "")
    state = "is stopping" if run.status == "Stopping" else "is in progress"
    return f"{state} after {spell(run.elapsed)}" + (f", at {at}" if at else "")


def _asides(run: Run) -> Iterator[str]:
    for action in run.actions:
        if action.category == "Approval" and action.by and action.status == "Succeeded" and action.ended is not None:
            yield f"{action.place} was approved by {action.by} at +{spell(action.ended - run.started)}"
    for place in dict.fromkeys(action.place for action in run.actions):
        if (attempts := len(run.attempts(place))) > 1:
            yield f"{place} took {attempts} attempts"
    yield from (f"{stage.stage} was skipped" for stage in run.stages if stage.status == "Skipped")


_SAID: dict[str, Callable[[Run, Sequence[Run]], str]] = {
    "Succeeded": _succeeded,
    "Failed": _failed,
    "Superseded": _superseded,
    "Stopped": _stopped,
    "Cancelled": _cancelled,
}
