"""Which transitions between stages should be shut: a state that AWS keeps beside the declaration (reference E.8).

Deploy: {inbound: disabled, reason: freeze}      nothing enters the stage
Build: {outbound: disabled, reason: "as above"}  nothing leaves it
Test: {inbound: enabled}                         opened again where somebody shut it

The way out of a stage is the way into the next one, and AWS shows no other: both are one transition here.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from reconciler.definitions import hints
from reconciler.documents import Fault

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

Transitions = dict[str, dict[str, str]]

DIRECTIONS = ("inbound", "outbound")
STATES = ("enabled", "disabled")
REASON = "reason"
EXAMPLE = "transitions: {Deploy: {inbound: disabled, reason: freeze}}"

_NOWHERE = {
    "inbound": ("nothing leads into the first stage", "shut the way out of it: {outbound: disabled, reason: ...}"),
    "outbound": ("nothing leads out of the last stage", "shut the way into it: {inbound: disabled, reason: ...}"),
}
_REASON = re.compile(r"[a-zA-Z0-9!@ ().*?-]{1,300}")


def read(value: Any, document: Any) -> tuple[Transitions, tuple[Fault, ...]]:
    """Give the wanted states by stage, and the faults found (paths start at `transitions`)."""
    if value is None:
        return {}, ()
    if not isinstance(value, dict):
        return {}, (Fault(("transitions",), "transitions are a mapping by stage", EXAMPLE),)
    faults = tuple(_faults(value, _stages(document)))
    return ({} if faults else {stage: dict(state) for stage, state in value.items()}), faults


def inbound(wanted: Mapping[str, Mapping[str, str]], document: Mapping[str, Any]) -> Transitions:
    """Give wanted states without a fault by the stage that is entered: `inbound`, and `reason` if it is shut."""
    arrows = {_entered(stage, direction, _stages(document) or ()): (stage, direction)
              for stage, state in wanted.items() for direction in DIRECTIONS if direction in state}  # fmt: skip
    return {str(entered): _arrow(wanted[stage], direction) for entered, (stage, direction) in arrows.items()}


def _entered(stage: str, direction: str, stages: Sequence[str]) -> str | None:
    """Give the stage that a transition leads into; None for the way into the first or out of the last stage."""
    place = stages.index(stage) + (direction == "outbound")
    return stages[place] if 0 < place < len(stages) else None


def _arrow(state: Mapping[str, str], direction: str) -> dict[str, str]:
    shut = state[direction] == "disabled"
    return {"inbound": state[direction]} | ({REASON: state[REASON]} if shut else {})


def _stages(document: Any) -> list[str] | None:
    """Give the names of the stages; None where the declaration is not in shape, which is told elsewhere."""
    stages = document.get("stages") if isinstance(document, dict) else None
    if not isinstance(stages, list) or not all(isinstance(each, dict) for each in stages):
        return None
    return [str(each.get("name")) for each in stages]


def _faults(value: Mapping[str, Any], stages: list[str] | None) -> Iterator[Fault]:
    for stage, state in value.items():
        path = ("transitions", stage)
        if stages is not None and stage not in stages:
            yield Fault(path, f"there is no stage {stage!r}", hints.nearest(stage, stages, "stages: "))
        if isinstance(state, dict) and state.keys() & set(DIRECTIONS):
            yield from _state_faults(path, state)
        else:
            yield Fault(path, f"a transition of {stage!r} is inbound or outbound", EXAMPLE)
    if stages is not None:
        yield from _arrow_faults(value, stages)


def _arrow_faults(value: Mapping[str, Any], stages: Sequence[str]) -> Iterator[Fault]:
    """Tell of arrows that lead nowhere, and of two words for one arrow that do not say the same."""
    said: dict[str, tuple[str, dict[str, str]]] = {}
    for stage, state in ((stage, state) for stage, state in value.items() if stage in stages):
        for direction in (each for each in DIRECTIONS if isinstance(state, dict) and state.get(each) in STATES):
            if (entered := _entered(stage, direction, stages)) is None:
                yield Fault(("transitions", stage, direction), *_NOWHERE[direction])
            elif REASON in state or state[direction] == "enabled":
                here = (f"{stage} {direction}", _arrow(state, direction))
                other, before = said.setdefault(entered, here)
                if before != here[1]:
                    message = f"this is the same transition as {other}, which says otherwise"
                    yield Fault(("transitions", stage, direction), message, "keep one of them")


def _state_faults(path: tuple[str, ...], state: Mapping[str, Any]) -> Iterator[Fault]:
    for key, value in state.items():
        if key not in (*DIRECTIONS, REASON):
            hint = hints.nearest(key, (*DIRECTIONS, REASON), "known: ")
            yield Fault((*path, key), f"{key!r} is not known here", hint)
        elif key != REASON and value not in STATES:
            yield Fault((*path, key), f"{key} takes {' or '.join(STATES)}")
    shut = any(state.get(direction) == "disabled" for direction in DIRECTIONS)
    if shut and not (isinstance(state.get(REASON), str) and _REASON.fullmatch(state[REASON])):
        hint = "1 to 300 letters, digits, spaces and ! @ ( ) . * ? -, which is what AWS takes"
        yield Fault((*path, REASON) if REASON in state else path, "a disabled transition has a reason", hint)
    if not shut and REASON in state:
        yield Fault((*path, REASON), "a reason is for a disabled transition", "remove it, or write `disabled`")
