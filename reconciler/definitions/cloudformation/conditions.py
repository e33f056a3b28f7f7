"""Conditions of a template: true, false, or unknown because something that they compare is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reconciler.definitions.cloudformation import nodes
from reconciler.definitions.cloudformation.calls import Call, Malformed
from reconciler.pipeline.unknown import Unknown

if TYPE_CHECKING:
    from collections.abc import Callable

    from reconciler.definitions.cloudformation.resolver import Resolver
    from reconciler.documents import Path

Truth = bool | Unknown
"""An unknown truth names what is missing; it must not be used as a boolean."""


def holds(resolver: Resolver, name: Any, path: Path) -> Truth:
    """Give the truth of a condition by its name, which stands at `path`; decided once.

    Raises `Malformed` for a name that the template does not have.
    """
    if not isinstance(name, str):
        raise Malformed(path, "the name of a condition stands here", "define it in the section Conditions")
    if name not in resolver.decided:
        resolver.decided[name] = _decided(resolver, name, path)
    return resolver.decided[name]


def _decided(resolver: Resolver, name: str, path: Path) -> Truth:
    expressions, place = resolver.section("Conditions"), ("Conditions", name)
    if name not in expressions:
        return resolver.absent(name, path, f"the template has no condition {name}", expressions)
    try:
        with resolver.inside(place, f"the condition {name}"):
            return _truth(resolver, expressions[name], place)
    except Malformed as error:
        return resolver.refused(error, name)


def _truth(resolver: Resolver, expression: Any, path: Path) -> Truth:
    name = next(iter(expression)) if isinstance(expression, dict) and len(expression) == 1 else ""
    if name not in _OPERATORS:
        raise Malformed(path, "this is not a condition", f"use one of {', '.join(_OPERATORS)}")
    operator, usage = _OPERATORS[name]
    with resolver.deeper(path):
        return operator(Call(resolver, name, expression[name], (*path, name), usage))


def _equals(call: Call) -> Truth:
    call.arguments(2)
    sides = [call.value(0), call.value(1)]
    if (missing := nodes.missing(sides)) is not None:
        return missing
    return bool(_comparable(sides[0]) == _comparable(sides[1]))


def _comparable(value: Any) -> Any:
    """Give what is compared: every scalar is text to CloudFormation."""
    if isinstance(value, list):
        return [_comparable(item) for item in value]
    return value if isinstance(value, dict) else nodes.text(value)


def _and(call: Call) -> Truth:
    return _joined(_truths(call, 2, 10), decisive=False)


def _or(call: Call) -> Truth:
    return _joined(_truths(call, 2, 10), decisive=True)


def _joined(truths: list[Truth], *, decisive: bool) -> Truth:
    """Give the decisive truth if any operand has it, whatever the unknown ones are."""
    unknown = [truth for truth in truths if isinstance(truth, Unknown)]
    if any(truth is decisive for truth in truths):
        return decisive
    return unknown[0] if unknown else not decisive


def _not(call: Call) -> Truth:
    (truth,) = _truths(call, 1, 1)
    return truth if isinstance(truth, Unknown) else not truth


def _truths(call: Call, least: int, most: int) -> list[Truth]:
    return [_truth(call.resolver, *call.at(index)) for index, _ in enumerate(call.arguments(least, most))]


def _condition(call: Call) -> Truth:
    return holds(call.resolver, call.argument, call.path)


_OPERATORS: dict[str, tuple[Callable[[Call], Truth], str]] = {
    "Fn::Equals": (_equals, "Fn::Equals: [value, value]"),
    "Fn::And": (_and, "Fn::And: [condition, condition, ...], 2 to 10 of them"),
    "Fn::Or": (_or, "Fn::Or: [condition, condition, ...], 2 to 10 of them"),
    "Fn::Not": (_not, "Fn::Not: [condition]"),
    "Condition": (_condition, "Condition: name"),
}
