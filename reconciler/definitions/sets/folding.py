"""Pipelines of several places to one set: what they have in common once, and what is otherwise there laid over it.

Rules of this file:

* What is equal as it stands is left as it is; a fact is filled in only where that says the text of more places.
* What most places have is common; among equals the first place counts.
* Expanded again, the set gives every pipeline as it came.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from reconciler.definitions.sets import patching, templating
from reconciler.definitions.sets.overlay import BY_NAME
from reconciler.definitions.sets.patching import same
from reconciler.errors import Blocked

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    Content = Mapping[str, Any]

SPELLINGS = ("ENVIRONMENT", "Environment")
"""Facts that a set has to give itself; the others are always there."""


@dataclass(frozen=True, slots=True)
class Member:
    """One pipeline of a family: the facts of its place, and its content by `pipeline`, `tags` and the like."""

    facts: Mapping[str, str]
    """`environment`, `account` and `region`."""
    content: Content

    @property
    def environment(self) -> str:
        """The environment that it belongs to."""
        return self.facts["environment"]


@dataclass(frozen=True, slots=True)
class Fold:
    """A family as a set says it."""

    common: dict[str, Any]
    """`pipeline`, `tags` and the like."""
    environments: tuple[str, ...]
    overrides: dict[str, dict[str, Any]]
    facts: dict[str, dict[str, str]]


def fold(members: Sequence[Member], name: str) -> Fold:
    """Give a family as a set; `name` is the template of its pipelines' names, in which all may be filled in.

    Raises Blocked, with a reason for people, if a set cannot say these pipelines.
    """
    known = [{**each.facts, **templating.spellings(each.environment)} for each in members]
    common = _common([_Held(facts, _nameless(each.content)) for facts, each in zip(known, members, strict=True)], "")
    overrides: dict[str, dict[str, Any]] = {}
    for facts, each in zip(known, members, strict=True):
        own = _override(templating.filled(common, facts), _nameless(each.content))
        if not same(overrides.setdefault(each.environment, own), own):
            raise Blocked(f"the Regions of {each.environment} differ in more than facts")
    overrides = {environment: own for environment, own in overrides.items() if own}
    used = set(templating.spots(common))
    given = {each.environment: {key: facts[key] for key in SPELLINGS if key in used}
             for facts, each in zip(known, members, strict=True)}  # fmt: skip
    common["pipeline"] = {"name": name} | common["pipeline"]
    order = tuple(dict.fromkeys(each.environment for each in members))
    return Fold(common, order, overrides, given if used & set(SPELLINGS) else {})


def written(fold: Fold, words: Mapping[str, str], regions: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    """Give the content of a set's file: `words` are `project` and `purpose`, `regions` stand where some are left out.

    The environments are those of the fold, in its order.
    """
    beside = {key: item for key, item in fold.common.items() if key != "pipeline"}
    return {
        **{key: word for key, word in words.items() if key in ("project", "purpose")},
        "environments": list(fold.environments),
        **({"regions": {environment: list(names) for environment, names in regions.items()}} if regions else {}),
        **({"facts": fold.facts} if fold.facts else {}),
        **beside,
        "pipeline": fold.common["pipeline"],
        **({"overrides": fold.overrides} if fold.overrides else {}),
    }


def size(value: Any) -> int:
    """Give the number of values that a person reads."""
    if isinstance(value, dict):
        return sum(map(size, value.values()))
    return sum(map(size, value)) if isinstance(value, list) else 1


def _nameless(content: Content) -> dict[str, Any]:
    return {**content, "pipeline": {key: item for key, item in content["pipeline"].items() if key != "name"}}


def _override(found: Content, wanted: Content) -> dict[str, Any]:
    """Give what stands below an environment: members of the pipeline, and what stands beside the pipeline."""
    if same(found, wanted):
        return {}
    changed = patching.patch(found, wanted)
    inside = changed.pop("pipeline", {})
    if clash := inside.keys() & wanted.keys():
        raise Blocked(f"the pipelines have a member {min(clash)!r}, which has another meaning in an override")
    return {**inside, **changed}


@dataclass(frozen=True, slots=True)
class _Held:
    """A value as it is in one place."""

    facts: Mapping[str, str]
    value: Any


def _common(held: Sequence[_Held], key: str) -> Any:
    """Give what stands for a value in all places; where none says all of them, what says most."""
    values = [each.value for each in held]
    if all(isinstance(value, dict) for value in values):
        return _mapping(held)
    if all(isinstance(value, list) for value in values):
        if key in BY_NAME:
            return _by_name(held)
        if len({len(value) for value in values}) == 1:
            columns = [[_Held(each.facts, each.value[place]) for each in held] for place in range(len(values[0]))]
            return [_common(column, "") for column in columns]
    candidates = [form for each in held for form in _forms(each.value, each.facts)]
    return _best(candidates, lambda form: sum(same(templating.filled(form, each.facts), each.value) for each in held))


def _mapping(held: Sequence[_Held]) -> dict[str, Any]:
    names = _shared_names([(each.facts, tuple(each.value)) for each in held])
    found = {name: [_Held(each.facts, each.value[own]) for each in held
                    if (own := templating.filled(name, each.facts)) in each.value] for name in names}  # fmt: skip
    return {name: _common(inside, templating.filled(name, held[0].facts)) for name, inside in found.items()}


def _by_name(held: Sequence[_Held]) -> list[Any]:
    """Give the items that most places have, in an order that as many places as possible agree with."""
    items = [patching.named(each.value) for each in held]
    names = _shared_names([(each.facts, tuple(own)) for each, own in zip(held, items, strict=True)])
    orders = [_order(own, names, each.facts) for each, own in zip(held, items, strict=True)]
    order: list[str] = []
    for each in sorted(orders, key=len, reverse=True):
        for place, name in enumerate(each):
            if name not in order:
                order.insert(order.index(each[place - 1]) + 1 if place else 0, name)
    return [_item(name, [(each.facts, own) for each, own in zip(held, items, strict=True)]) for name in order]


def _order(items: Mapping[str, Any], names: Iterable[str], facts: Mapping[str, str]) -> list[str]:
    spelt = {templating.filled(name, facts): name for name in names}
    return [spelt[own] for own in items if own in spelt]


def _item(name: str, places: Iterable[tuple[Mapping[str, str], Mapping[str, Any]]]) -> dict[str, Any]:
    found = [_Held(facts, items[own]) for facts, items in places if (own := templating.filled(name, facts)) in items]
    return {**_mapping(found), "name": name}


def _shared_names(places: Sequence[tuple[Mapping[str, str], tuple[str, ...]]]) -> list[str]:
    """Give the names that more than half of the places have, filled in; no two of them are the same in any place."""
    left = [dict.fromkeys(names) for _, names in places]
    taken: list[set[str]] = [set() for _ in places]
    shared: dict[str, int] = {}
    candidates = dict.fromkeys(form for facts, names in places for name in names for form in _forms(name, facts))

    def spelt(form: str) -> list[str]:
        return [templating.filled(form, facts) for facts, _ in places]

    def count(form: str) -> int:
        own = spelt(form)
        free = not any(name in names for name, names in zip(own, taken, strict=True))
        return sum(name in names for name, names in zip(own, left, strict=True)) if free else 0

    while candidates and (most := count(best := _best(list(candidates), count))) * 2 > len(places):
        del candidates[best]
        shared[best] = most
        for name, names, known in zip(spelt(best), left, taken, strict=True):
            names.pop(name, None)
            known.add(name)
    return sorted(shared, key=lambda form: _first(form, places))


def _first(form: str, places: Sequence[tuple[Mapping[str, str], tuple[str, ...]]]) -> tuple[int, int]:
    """Give where a name comes: in the first place that has it, in the order of that place."""
    for number, (facts, names) in enumerate(places):
        if (own := templating.filled(form, facts)) in names:
            return number, names.index(own)
    return len(places), 0


def _forms(value: Any, facts: Mapping[str, str]) -> tuple[Any, Any]:
    return templating.literal(value), templating.template(value, facts)


def _best(candidates: Sequence[Any], worth: Callable[[Any], int]) -> Any:
    """Give the candidate that is worth most; the first of equals."""
    return max(candidates, key=worth)
