"""Outcomes by selector: `Stage/Action`, `Stage`, globs, predicates, and `Stage.beforeEntry/Rule` for rules.

Rules of this file:

* A list holds one outcome per attempt; the last one repeats.
* The more specific selector wins: first whole names over globs, then the longer one. A tie is an error.
* A selector that matches nothing, an outcome for the wrong kind of action, artifacts and variables that nobody
  declares: all are errors that name what is near.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

from reconciler.errors import Broken
from reconciler.pipeline.model import GATES, Action
from reconciler.simulation import outcomes, wording
from reconciler.simulation.outcomes import Outcome

if TYPE_CHECKING:
    from collections.abc import Iterable

    from reconciler.simulation.blueprint import Blueprint, Step

Selector = str | Callable[[Action], bool]
Outcomes = Outcome | Callable[[outcomes.ActionContext], Outcome] | Sequence[Outcome]

_RULE = re.compile(rf"(.+)\.({'|'.join(GATES)}|\*)(?:/(.+))?")
_GLOB = frozenset("*?[")


@dataclass(frozen=True)
class Entry:
    """One selector with its outcomes, one per attempt."""

    selector: Selector
    outcomes: tuple[Outcome, ...]

    @property
    def name(self) -> str:
        """The selector as people wrote it."""
        return self.selector if isinstance(self.selector, str) else getattr(self.selector, "__name__", "predicate")


@dataclass(frozen=True)
class Given:
    """Everything that the outside world does, by selector."""

    entries: tuple[Entry, ...] = ()

    @classmethod
    def of(cls, given: Mapping[Selector, Outcomes] | Given | None) -> Given:
        """Read a mapping; a function as an outcome is `Calls` of it. Raises `Broken` for anything else."""
        if given is None or isinstance(given, Given):
            return given or cls()
        return cls(tuple(Entry(selector, _outcomes(selector, value)) for selector, value in given.items()))

    @classmethod
    def parse(cls, texts: Iterable[str]) -> Given:
        """Read the command line's form, `Prod/Approve=approved:ana@2h`; raises `Broken` that names the position."""
        return cls(tuple(Entry(*wording.entry(text)) for text in texts))

    def __or__(self, other: Given) -> Given:
        """Give both; where both have a selector, the other one's outcomes."""
        merged = {entry.selector: entry for entry in (*self.entries, *other.entries)}
        return Given(tuple(merged.values()))

    def check(self, blueprints: Sequence[Blueprint]) -> None:
        """Raise `Broken` if a selector matches nothing in any pipeline, or an outcome does not fit what it meets."""
        for entry in self.entries:
            steps = [step for each in blueprints for step in each.steps() if _rank(entry, step.place, step)]
            rules = [rule for each in blueprints for rule in each.rules() if _rank(entry, rule.place, None)]
            if not steps and not rules:
                raise Broken(_nothing(entry, blueprints))
            for outcome in entry.outcomes:
                for step in steps:
                    fits(outcome, step)
                for rule in rules:
                    if not isinstance(outcome, outcomes.FOR_RULES):
                        raise Broken(f"{rule.place} is a rule: {_word(outcome)} is not for it; give succeeds or fails")

    def choose(self, place: str, step: Step | None) -> Entry | None:
        """Give the entry that counts for an action or a rule (`step` is None); raises `Broken` on a tie."""
        found = [(rank, entry) for entry in self.entries if (rank := _rank(entry, place, step))]
        if not found:
            return None
        best = max(rank for rank, _ in found)
        entries = [entry for rank, entry in found if rank == best]
        if len(entries) > 1:
            names = " and ".join(entry.name for entry in entries)
            raise Broken(f"{place} is selected equally well by {names}; write one of them out as {place}")
        return entries[0]

    def unused(self, asked: Iterable[str]) -> tuple[str, ...]:
        """Give the selectors that are not among those asked for, in order; `World.unused()` knows which were."""
        known = set(asked)
        return tuple(entry.name for entry in self.entries if entry.name not in known)


def fits(outcome: Outcome, step: Step) -> None:
    """Raise `Broken` if an outcome cannot be one of this action."""
    wanted = outcomes.FOR_APPROVALS if step.approval else outcomes.FOR_ACTIONS
    if not isinstance(outcome, wanted):
        choice = "approved, rejected or ignored" if step.approval else "succeeds, fails or hangs"
        kind = "an approval" if step.approval else f"no approval but {step.category} by {step.provider}"
        raise Broken(f"{step.place} is {kind}: {_word(outcome)} is not for it; give {choice}")
    if isinstance(outcome, outcomes.Succeeds):
        _declared(step.place, "artifact", outcome.artifacts, step.outputs)
        if step.known is not None:
            _declared(step.place, "variable", outcome.variables, sorted(step.known))


def _declared(place: str, what: str, given: Iterable[str], known: Sequence[str]) -> None:
    for name in given:
        if name not in known:
            near = get_close_matches(name, known, 1) or known
            raise Broken(f"{place} gives no {what} {name!r}; it gives " + (", ".join(near) or "none"))


def _outcomes(selector: Selector, value: Any) -> tuple[Outcome, ...]:
    listed = value if isinstance(value, list | tuple) else (value,)
    made = tuple(outcomes.Calls(each) if callable(each) and not isinstance(each, type) else each for each in listed)
    for each in made:
        if not isinstance(each, Outcome):
            raise Broken(f"{each!r}, given for {selector!r}, is no outcome; write Succeeds(), Fails(), Approved(), …")
    if not made:
        raise Broken(f"no outcome is given for {selector!r}; remove it, or give at least one")
    return made


def _rank(entry: Entry, place: str, step: Step | None) -> tuple[int, int] | None:
    """Give how specific a match is: whole names, then length of what is not a glob; None if it is none."""
    selector = entry.selector
    if not isinstance(selector, str):
        matches = step is not None and selector(Action(step.document, step.stage))
        return (0, 0) if matches else None
    if step is None:
        stage, kind, rule = _rule_parts(selector)
        wanted = _rule_parts(place)
        parts = [(stage, wanted[0]), (kind, wanted[1]), (rule, wanted[2])] if kind else []
    else:
        stage, _, name = selector.partition("/")
        parts = [(stage, step.stage), (name or "*", step.name)]
    if not parts or not all(fnmatchcase(own, pattern) or own == pattern for pattern, own in parts):
        return None
    return (
        sum(pattern == own for pattern, own in parts) + 1,
        sum(character not in _GLOB for pattern, _ in parts for character in pattern),
    )


def _rule_parts(text: str) -> tuple[str, str, str]:
    match = _RULE.fullmatch(text)
    return (match[1], match[2], match[3] or "*") if match else (text, "", "")


def _nothing(entry: Entry, blueprints: Sequence[Blueprint]) -> str:
    places = [step.place for each in blueprints for step in each.steps()]
    places += [rule.place for each in blueprints for rule in each.rules()]
    places += [floor.name for each in blueprints for floor in each.floors]
    near = get_close_matches(entry.name, places, 3, 0.4) or places[:8]
    return f"{entry.name!r} selects nothing; near are " + (", ".join(near) or "no pipelines at all")


def _word(outcome: Outcome) -> str:
    return type(outcome).__name__.lower()
