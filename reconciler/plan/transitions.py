"""Transitions between stages: what git wants shut or open against what is live, a state beside the declaration.

Rules of this file (reference E.8):

* Only the stages that a definition names are looked at; the way out of a stage is the way into the next one.
* What was not read is not planned: a state that nobody has seen is neither open nor shut.
* A transition is set by its own change, which neither waits for executions nor ends any. Only a stage that is not live
  yet gets its state with the change that makes it, so that nothing slips in between.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.pipeline import secrets
from reconciler.plan.changes import Difference
from reconciler.plan.live import Transition

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconciler.definitions.definition import Definition

    States = Mapping[str, Transition]

_PLACE = "{} inbound transition"
_OPEN = Transition()


def wanted(definition: Definition) -> dict[str, Transition]:
    """Give the wanted state of the way into each stage that a definition names."""
    states = definition.transitions.items()
    return {stage: Transition(state["inbound"] == "enabled", state.get("reason", "")) for stage, state in states}


def due(definition: Definition, live: States) -> dict[str, Transition]:
    """Give the states to set in stages that are live."""
    return {stage: state for stage, state in wanted(definition).items() if live.get(stage, state) != state}


def with_stages(definition: Definition, live: States) -> dict[str, Transition]:
    """Give the states to set as soon as their stages are made; AWS makes every transition open."""
    return {stage: state for stage, state in wanted(definition).items() if stage not in live and state != _OPEN}


def differences(states: States, live: States) -> tuple[Difference, ...]:
    """Give what setting these states would change, in words; a stage that is not live yet will be open at first."""
    return tuple(
        Difference(_PLACE.format(stage), words(live.get(stage, _OPEN)), words(state))
        for stage, state in sorted(states.items())
    )


def done(told: Mapping[str, str], live: States) -> bool:
    """Tell whether transitions are as differences told: by place, the words of what was wanted."""
    shown = {_PLACE.format(stage): words(state) for stage, state in live.items()}
    return all(shown.get(place) == after for place, after in told.items())


def words(state: Transition) -> str:
    """Give `enabled`, or `disabled (freeze)`: a reason comes from a person, who may have put anything there."""
    return "enabled" if state.enabled else f"disabled ({secrets.scrub(state.reason)})"
