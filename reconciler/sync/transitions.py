"""Step look: the transitions of the pipelines whose definitions name some, one question for each of these pipelines.

They stand beside the declaration, and no stamp says whether they moved (reference E.8): they are read in every pass.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from reconciler.errors import ReconcilerError, Retry
from reconciler.plan import doors, transitions
from reconciler.sync import turns

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconciler.definitions.definition import Definition
    from reconciler.plan.live import Transition
    from reconciler.sync.state import Pass, World


def look(state: Pass, world: World) -> Pass:
    """Read the transitions that git says something about; where that fails, the pipeline is unknown."""
    named = [
        definition
        for (target, name), definition in (state.reading.definitions if state.reading else {}).items()
        if definition.transitions and name in state.live.get(target, {}) and (target, name) not in state.unknown
    ]
    answers = list(turns.shared(world.executor, lambda each: _answer(each, world), named, lambda each: each.target))
    pairs = [(each.identity, answer) for each, answer in zip(named, answers, strict=True)]
    found = {identity: answer for identity, answer in pairs if not isinstance(answer, ReconcilerError)}
    unread = {identity: str(answer) for identity, answer in pairs if isinstance(answer, ReconcilerError)}
    return replace(state, transitions=found, unknown={**state.unknown, **unread})


def read(definition: Definition, world: World) -> dict[str, Transition]:
    """Give the live states that a definition names, of stages that are there; raises Retry if one is not shown.

    A way that our own drain has shut is left out: it is neither what git wants nor drift away from it.
    """
    access = world.accesses[definition.target]
    shown: Mapping[str, Transition | None] = world.cloud.transitions(access, definition.name)
    found = {}
    for stage in transitions.wanted(definition).keys() & shown.keys():
        if (state := shown[stage]) is None:
            raise Retry(f"GetPipelineState does not say whether executions may enter {stage!r} of {definition.name}")
        if not doors.ours(state, world.settings.sync.owner):
            found[stage] = state
    return found


def _answer(definition: Definition, world: World) -> dict[str, Transition] | ReconcilerError:
    try:
        return read(definition, world)
    except ReconcilerError as error:
        return error
