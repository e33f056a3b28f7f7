"""In which order changes are applied, and which of them wait for others: by kind, by wave, by reference.

Rules of this file:

* Transitions come first and deletions last. They have no wave, and neither has the healing of drift: waves are about
  what git brings, and a freeze or a repair waits for nobody.
* A wave begins when the waves below it are through. One change of a project that did not go well, or is held, holds the
  later waves of that project; other projects go on.
* A pipeline is created and updated after those that it refers to, and deleted after those that referred to it. A change
  that did not go well, or is held, holds those that need it, and no other.
* Waves stand above references: one that leads into a later wave is overlooked. So is one that closes a circle.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace
from graphlib import CycleError, TopologicalSorter
from itertools import groupby
from typing import TYPE_CHECKING, Any

from reconciler.pipeline.model import Pipeline
from reconciler.plan.changes import Cause, Change, Kind

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from reconciler.pipeline.arns import Target

ROLLED_OUT = frozenset({Kind.CREATE, Kind.ADOPT, Kind.UPDATE, Kind.TAG})
"""Kinds that belong to a wave, where git is their cause."""
_TURNS = {Kind.TRANSITION: 0, Kind.DELETE: 2}


def references(document: Mapping[str, Any]) -> tuple[str, ...]:
    """Give the names of the pipelines that a declaration names in its actions, sorted (reference D.5)."""
    actions = Pipeline(dict(document)).actions if document else ()
    invoking = (each for each in actions if (each.category, each.provider) == ("Invoke", "CodePipeline"))
    found = {str(each.configuration.get("PipelineName") or "") for each in invoking}
    return tuple(sorted(found - {"", str(document.get("name", ""))}))


def batches(changes: Iterable[Change]) -> tuple[tuple[Change, ...], ...]:
    """Give changes in order; those of one batch need nothing of each other."""
    given = tuple(changes)
    depths, _ = _depths(given)
    ranked = sorted(given, key=lambda each: (_rank(each), depths[_key(each)], each.target, each.name))
    return tuple(tuple(found) for _, found in groupby(ranked, lambda each: (_rank(each), depths[_key(each)])))


def noted(changes: Iterable[Change]) -> tuple[Change, ...]:
    """Give the changes in the order given, with a note on those that refer to each other in a circle."""
    given = tuple(changes)
    _, circles = _depths(given)
    notes = {key: f"refers to itself in a circle, which has no order: {' → '.join(name for _, name in circle)}"
             for circle in circles for key in circle}  # fmt: skip
    return tuple(
        replace(each, note=each.note or notes[_key(each)]) if each.kind in ROLLED_OUT and _key(each) in notes else each
        for each in given
    )


def hold(changes: Iterable[Change]) -> tuple[Change, ...]:
    """Give the changes in the order given, with those held that need one that is held."""
    given, unwell = tuple(changes), Unwell()
    held: dict[int, Change] = {}
    for batch in batches(given):
        judged = [replace(each, held=each.held or unwell.obstacle(each)) for each in batch]
        unwell.add(each for each in judged if each.held)
        held |= {id(old): new for old, new in zip(batch, judged, strict=True)}
    return tuple(held[id(each)] for each in given)


@dataclass(slots=True)
class Unwell:
    """What did not go well, or is held; it tells which changes have to wait for it."""

    _waves: dict[str, Change] = field(default_factory=dict)
    """The lowest of each project."""
    _made: dict[tuple[Target, str], Change] = field(default_factory=dict)
    _left: dict[tuple[Target, str], Change] = field(default_factory=dict)

    def add(self, changes: Iterable[Change]) -> None:
        """Take changes that did not go well."""
        for change in changes:
            if _is_rollout(change):
                lowest = self._waves.setdefault(change.project, change)
                self._waves[change.project] = min(lowest, change, key=lambda each: each.wave)
            if change.kind in (Kind.CREATE, Kind.UPDATE):
                self._made[_key(change)] = change
            for name in change.leaves:
                self._left[change.target, name] = change

    def obstacle(self, change: Change) -> str:
        """Give what a change has to wait for; an empty string if for nothing."""
        if _is_rollout(change) and (first := self._waves.get(change.project)) and first.wave < change.wave:
            return f"wave {change.wave} waits for wave {first.wave}: {_unwell(first)}"
        if change.kind is Kind.DELETE:
            if user := self._left.get(_key(change)):
                return f"is still in use: {_unwell(user)}"
            return ""
        for name in change.needs:
            if (used := self._made.get((change.target, name))) and used.wave <= change.wave:
                return f"refers to {name}: {_unwell(used)}"
        return ""


def _unwell(change: Change) -> str:
    return f"{change.kind} {change.name} in {change.target} has to go well first"


def _is_rollout(change: Change) -> bool:
    return change.kind in ROLLED_OUT and change.cause is Cause.GIT


def _key(change: Change) -> tuple[Target, str]:
    return change.identity


def _rank(change: Change) -> tuple[int, int]:
    """Sort turns, and waves in them; what has no wave comes with the first."""
    return _TURNS.get(change.kind, 1), change.wave if _is_rollout(change) else 0


def _depths(changes: Sequence[Change]) -> tuple[dict[tuple[Target, str], int], list[list[tuple[Target, str]]]]:
    """Give how many others a change comes after, by pipeline, and the circles that were cut open."""
    graph = _graph(changes)
    circles: list[list[tuple[Target, str]]] = []
    while True:
        try:
            order = list(TopologicalSorter(graph).static_order())
        except CycleError as error:
            circle: list[tuple[Target, str]] = error.args[1]
            for after, before in zip(circle[1:], circle, strict=False):
                graph[after].discard(before)
            circles.append(circle[::-1])
        else:
            break
    depths: dict[tuple[Target, str], int] = {}
    for key in order:
        depths[key] = 1 + max((depths[each] for each in graph[key]), default=-1)
    return depths, circles


def _graph(changes: Sequence[Change]) -> dict[tuple[Target, str], set[tuple[Target, str]]]:
    """Give for each pipeline those whose changes come before; only among changes of one turn."""
    graph: dict[tuple[Target, str], set[tuple[Target, str]]] = {_key(each): set() for each in changes}
    turns: dict[bool, set[tuple[Target, str]]] = defaultdict(set)
    for each in changes:
        if each.kind is not Kind.TRANSITION:
            turns[each.kind is Kind.DELETE].add(_key(each))
    for each in changes:
        for name in each.needs if each.kind is not Kind.DELETE else ():
            if (each.target, name) in turns[False]:
                graph[_key(each)].add((each.target, name))
        for name in each.leaves if each.kind is Kind.DELETE else ():
            if (each.target, name) in turns[True]:
                graph[each.target, name].add(_key(each))
    return graph
