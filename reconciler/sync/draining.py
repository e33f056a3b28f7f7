"""The way behind the first stage, shut while an update waits for what is beyond it, and opened again (reference E.8).

Rules of this file:

* The store is told first that a way will be shut, then AWS: whoever dies in between leaves nothing shut unknown.
* A way that a person shut is theirs: it is neither shut again nor opened. Ours is told by its reason alone, so that it
  is found although the store was lost.
* Where git wants the way shut, it is left as git wants it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from reconciler.errors import Retry
from reconciler.plan import doors, interruptions, transitions
from reconciler.plan.live import Transition

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconciler.sync.work import Work


def shut(work: Work, before: Mapping[str, Any]) -> str:
    """Shut the way behind the first stage unless it is shut, and give the stage that it leads into."""
    stage = interruptions.door(before)
    state = work.world.cloud.transitions(work.access, work.change.name).get(stage)
    if state is None:
        raise Retry(f"GetPipelineState does not say whether executions may enter {stage!r} of {work.change.name}")
    owner = work.world.settings.sync.owner
    _note(work, stage if state.enabled or doors.ours(state, owner) else "")
    if state.enabled:
        _set(work, stage, state, doors.shut(owner, work.change))
    return stage


def open_again(work: Work) -> None:
    """Open the way that we shut, if it still is as we left it, or leave it as git wants it."""
    if work.wait is None or not (stage := work.wait.stage):
        return
    state = work.world.cloud.transitions(work.access, work.change.name).get(stage)
    if state is not None and doors.ours(state, work.world.settings.sync.owner):
        definition = work.state.known[1].definitions.get(work.change.identity)
        wanted = transitions.wanted(definition).get(stage) if definition else None
        _set(work, stage, state, wanted or Transition())
    _note(work, "")


def _note(work: Work, stage: str) -> None:
    if work.wait is not None and work.wait.stage != stage:
        work.wait = replace(work.wait, stage=stage)
        work.world.memory.wait(work.wait)


def _set(work: Work, stage: str, before: Transition, after: Transition) -> None:
    (told,) = transitions.differences({stage: after}, {stage: before})
    difference = {"place": told.place, "before": told.before, "after": told.after}
    begins = doors.ours(after, work.world.settings.sync.owner)
    with work.journalled("transition", "drain: the way behind the first stage", difference, begins=begins):
        work.world.cloud.set_transition(work.access, work.change.name, stage, after)
