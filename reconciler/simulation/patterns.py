"""The event patterns of EventBridge's rules (reference G.2).

Rules of this file:

* Every member of a pattern has to fit, and one of the values that it lists.
* What a list of an event holds is tried one by one, objects as a whole: their members belong together.
* All of a pattern is read, so that a fault in it is found whatever the event.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reconciler.errors import Broken
from reconciler.simulation import operators

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


def matches(pattern: Mapping[str, Any], event: Mapping[str, Any]) -> bool:
    """Say whether every member of the pattern fits; raises `Broken` for a pattern that cannot be read."""
    if not isinstance(pattern, dict) or not pattern:
        raise Broken("an event pattern is a JSON object with at least one member")
    fitting = [_member(key, wanted, event) for key, wanted in pattern.items()]
    return all(fitting)


def _member(key: str, wanted: Any, event: Mapping[str, Any]) -> bool:
    if key == "$or":
        fitting = [matches(each, event) for each in _branches(wanted)]
        return any(fitting)
    held = list(_flat(event[key])) if key in event else []
    if isinstance(wanted, dict):
        fitting = [matches(wanted, each) for each in held if isinstance(each, dict)]
        return any(fitting) if fitting else matches(wanted, {})
    if not isinstance(wanted, list) or not wanted:
        raise Broken(f"the member {key!r} of an event pattern needs a list of values, or an object")
    values = [each for each in held if not isinstance(each, dict)]
    fitting = [_fits(each, values) for each in wanted]
    return any(fitting)


def _branches(wanted: Any) -> list[Any]:
    if not isinstance(wanted, list) or len(wanted) < 2:  # noqa: PLR2004 - of one there is nothing to choose
        raise Broken("$or of an event pattern takes a list of two patterns or more")
    if named := [key for each in wanted if isinstance(each, dict) for key in each if key in operators.NAMES]:
        raise Broken(f"$or takes patterns, and {named[0]} is an operator; write the member's name around it")
    return wanted


def _flat(value: Any) -> Iterator[Any]:
    if not isinstance(value, list):
        yield value
        return
    for each in value:
        yield from _flat(each)


def _fits(wanted: Any, values: list[Any]) -> bool:
    """Say whether one of the values is wanted; no values mean that the member is not there."""
    if isinstance(wanted, list):
        raise Broken("the values of an event pattern stand in one list, not in lists of lists")
    if not isinstance(wanted, dict):
        return any(type(value) is type(wanted) and value == wanted for value in values)
    if len(wanted) != 1:
        raise Broken(f"a matcher of an event pattern has one operator, not {sorted(wanted)}")
    ((name, operand),) = wanted.items()
    if name == "exists":
        if not isinstance(operand, bool):
            raise Broken("exists takes true or false")
        return operand is bool(values)
    test = operators.read(name, operand)
    return any(test(value) for value in values)
