"""One language for choosing actions: `Stage`, `Stage/Action`, globs and predicates, as outcomes are given by.

A selector that matches nothing is an error that names what is near: a typing error must not pass a test.
"""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, TypeVar, cast

from reconciler.errors import Broken
from reconciler.simulation.given import Entry, Given

if TYPE_CHECKING:
    from collections.abc import Iterable

    from reconciler.pipeline.model import Action
    from reconciler.simulation.given import Selector

Chosen = TypeVar("Chosen", bound="Action")


def matches(selector: Selector, action: Action) -> bool:
    """Tell whether a selector chooses an action, by the rules for outcomes; a stage chooses all of its actions."""
    one = Given((Entry(selector, ()),))
    return one.choose(action.place, cast("Any", action)) is not None


def select(selector: Selector, actions: Iterable[Chosen]) -> tuple[Chosen, ...]:
    """Give the actions that a selector chooses, at least one; raises Broken that names what is near."""
    there = tuple(actions)
    if found := tuple(action for action in there if matches(selector, action)):
        return found
    raise Broken(_nothing(selector, there))


def nearest(name: str, known: Iterable[str], most: int = 3) -> str:
    """Name what is near to a name, for the end of a sentence; everything, up to eight, where nothing is."""
    there = sorted(dict.fromkeys(known))
    return ", ".join(get_close_matches(name, there, most, 0.4) or there[:8]) or "none"


def _nothing(selector: Selector, actions: tuple[Action, ...]) -> str:
    places = dict.fromkeys([*(action.place for action in actions), *(action.stage for action in actions)])
    if isinstance(selector, str):
        near = get_close_matches(selector, places, 3, 0.4) or [action.place for action in actions][:8]
        return f"{selector!r} selects nothing; near are {', '.join(near) or 'no actions at all'}"
    name = getattr(selector, "__name__", "predicate")
    return f"the predicate {name} selects none of {', '.join(action.place for action in actions) or 'no actions'}"
