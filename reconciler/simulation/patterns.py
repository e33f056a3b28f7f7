"""The event patterns of EventBridge's rules (reference G.2).

Read are exact values, `prefix`, `suffix`, `equals-ignore-case`, `wildcard`, `anything-but`, `exists`, `numeric` and
`$or`. Anything else is refused by name: a rule that is misread would start the wrong pipelines.
"""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING, Any

from reconciler.errors import Broken
from reconciler.simulation.automaton import Automaton, Repeat, Sequence

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_NUMERIC: dict[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq, "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge,
}  # fmt: skip
_ABSENT = object()


def matches(pattern: Mapping[str, Any], event: Mapping[str, Any]) -> bool:
    """Say whether every member of the pattern fits; raises `Broken` for a pattern that cannot be read."""
    if not isinstance(pattern, dict) or not pattern:
        raise Broken("an event pattern is a JSON object with at least one member")
    return all(_member(key, wanted, event) for key, wanted in pattern.items())


def _member(key: str, wanted: Any, event: Any) -> bool:
    if key == "$or" and isinstance(wanted, list):
        fitting = [matches(each, event) for each in wanted]
        return any(fitting)
    value = event.get(key, _ABSENT) if isinstance(event, dict) else _ABSENT
    if isinstance(wanted, dict):
        return matches(wanted, value if isinstance(value, dict) else {})
    if not isinstance(wanted, list) or not wanted:
        raise Broken(f"the member {key!r} of an event pattern needs a list of values, or an object")
    values = value if isinstance(value, list) else [value]
    fitting = [_fits(each, values) for each in wanted]  # all of them are read, so that a wrong one is found
    return any(fitting)


def _fits(wanted: Any, values: list[Any]) -> bool:
    if not isinstance(wanted, dict):
        return any(type(value) is type(wanted) and value == wanted for value in values)
    if len(wanted) != 1:
        raise Broken(f"a matcher of an event pattern has one operator, not {sorted(wanted)}")
    ((name, operand),) = wanted.items()
    if name == "exists" and isinstance(operand, bool):
        return operand is (values != [_ABSENT])
    test = _test(name, operand)
    return any(value is not _ABSENT and test(value) for value in values)


def _test(name: str, operand: Any) -> Callable[[Any], bool]:
    if name == "anything-but":
        return _other(operand)
    if name == "numeric" and isinstance(operand, list) and operand and len(operand) % 2 == 0:
        return _numeric(operand)
    if isinstance(operand, str) and name in _TEXTS:
        fits = _TEXTS[name]
        return lambda value: isinstance(value, str) and fits(value, operand)
    raise Broken(f"the matcher {name!r} with {str(operand)[:80]!r} is not read here; write the values out")


def _other(operand: Any) -> Callable[[Any], bool]:
    if isinstance(operand, dict):
        ((name, inside),) = operand.items() if len(operand) == 1 else (("anything-but", None),)
        wanted = inside if isinstance(inside, list) else [inside]
        tests = [_test(name, each) for each in wanted] if name in _TEXTS else []
        if not tests:
            raise Broken(f"anything-but with {sorted(operand)} is not read here; write the values out")
        return lambda value: not any(test(value) for test in tests)
    unwanted = operand if isinstance(operand, list) else [operand]
    return lambda value: value not in unwanted


def _numeric(operand: list[Any]) -> Callable[[Any], bool]:
    pairs = list(zip(operand[::2], operand[1::2], strict=True))
    if any(not isinstance(sign, str) or sign not in _NUMERIC or not _is_number(bound) for sign, bound in pairs):
        raise Broken('numeric takes pairs such as [">", 0, "<=", 5]')
    return lambda value: _is_number(value) and all(_NUMERIC[sign](value, bound) for sign, bound in pairs)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _wildcard(value: str, operand: str) -> bool:
    anything = Repeat(lambda _: True, 0, None)
    return Automaton(Sequence(tuple(anything if each == "*" else each.__eq__ for each in operand))).matches(value)


_TEXTS: dict[str, Callable[[str, str], bool]] = {
    "prefix": str.startswith,
    "suffix": str.endswith,
    "equals-ignore-case": lambda value, operand: value.casefold() == operand.casefold(),
    "wildcard": _wildcard,
}
