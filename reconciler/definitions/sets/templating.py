"""Texts of one place to texts of a set: facts become `${name}`, and what looks like a spot already becomes `${!...}`.

It is `substitution` the other way round. Nothing is lost: filled in again, a template gives the text that it came from.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from reconciler.definitions.sets.substitution import Substitution
from reconciler.definitions.sets.tree import grow, plain
from reconciler.errors import Blocked

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

_CLOSED = re.compile(r"(\$\{[^{}]*\})")


def spellings(environment: str) -> dict[str, str]:
    """Give the ways in which names hold an environment, as facts: `shop-prod`, `SHOP_PROD`, `DeployProd`."""
    titled = environment[:1].upper() + environment[1:]
    return {"environment": environment, "ENVIRONMENT": environment.upper(), "Environment": titled}


def literal(value: Any) -> Any:
    """Give a value as a set writes it where nothing is filled in; raises Blocked for a text without such a form."""
    return _each_text(value, lambda text: _written(text, lambda part: part))


def template(value: Any, facts: Mapping[str, str]) -> Any:
    """Give a value in which every fact that stands in a text as a word of its own is a spot; raises Blocked."""
    words = sorted(((name, fact) for name, fact in facts.items() if fact), key=lambda one: -len(one[1]))
    expression = re.compile("|".join(f"({_word(name, fact)})" for name, fact in words))

    def spotted(part: str) -> str:
        return expression.sub(lambda match: f"${{{words[(match.lastindex or 1) - 1][0]}}}", part)

    return _each_text(value, lambda text: _written(text, spotted))


def filled(value: Any, facts: Mapping[str, str]) -> Any:
    """Give what a set's value is in one place; raises Blocked where that is not to be said."""
    substitution = Substitution(facts)
    result = plain(substitution.fill(grow(value)))
    if substitution.faults:
        raise Blocked(substitution.faults[0].message)
    return result


def spots(value: Any) -> Iterator[str]:
    """Give the names that a set's value has filled in."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield from spots(key)
            yield from spots(item)
    elif isinstance(value, list):
        for item in value:
            yield from spots(item)
    elif isinstance(value, str):
        yield from (spot[2:-1] for spot in _CLOSED.findall(value) if not spot.startswith("${!"))


def _written(text: str, outside: Callable[[str], str]) -> str:
    """Escape spots, and give what stands between them to `outside`."""
    parts = _CLOSED.split(text)
    if any("${" in part for part in parts[::2]):
        raise Blocked("a text holds `${` without its end, which a set has no way to write")
    parts = [f"${{!{part[2:]}" if number % 2 else outside(part) for number, part in enumerate(parts)]
    return "".join(parts)


def _word(name: str, fact: str) -> str:
    if name == "Environment":  # inside of a word too: DeployProd
        return rf"(?<![A-Z]){re.escape(fact)}(?![a-z0-9])"
    return rf"(?<![A-Za-z0-9]){re.escape(fact)}(?![A-Za-z0-9])"


def _each_text(value: Any, change: Callable[[str], str]) -> Any:
    match value:
        case str():
            return change(value)
        case dict():
            return {change(key): _each_text(item, change) for key, item in value.items()}
        case list():
            return [_each_text(item, change) for item in value]
    return value
