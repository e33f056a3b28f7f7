"""What the outside world might do, tried out: every combination of outcomes that a test comes to, smallest first.

Rules of this file:

* As planned, actions and rules succeed and approvals are given. A surprise is one outcome at one attempt that is not.
* A surprise is only tried where a run with fewer of them came to. So no combination is tried that nobody would notice,
  and none is tried twice.
* The order is that of the number of surprises, then that in which the run asked. The first failure is a smallest one.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from reconciler.errors import Broken
from reconciler.pipeline.model import GATES, Pipeline
from reconciler.simulation import wording
from reconciler.simulation.outcomes import (
    FOR_ACTIONS,
    FOR_APPROVALS,
    FOR_RULES,
    ActionContext,
    Approved,
    Fails,
    Ignored,
    Outcome,
    Rejected,
    Succeeds,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

SURPRISES, LIMIT = 3, 1000
"""Most surprises of one combination, and most combinations of one test, unless the marker says otherwise."""
_FIT = {"approval": FOR_APPROVALS, "action": FOR_ACTIONS, "rule": FOR_RULES}
_WORDS: dict[type[Any], str] = {type(outcome): word for word, outcome in (
    ("succeeds", Succeeds()), ("fails", Fails()), ("approved", Approved()), ("rejected", Rejected()),
    ("ignored", Ignored()),
)}  # fmt: skip


class Place(NamedTuple):
    """One question of a run to the outside world."""

    execution: str
    selector: str
    """`Stage/Action`, or `Stage.beforeEntry/Rule`."""
    attempt: int


Surprises = tuple[tuple[Place, Outcome], ...]


@dataclass(frozen=True, slots=True)
class Menu:
    """What may happen instead of what is planned, by kind of question."""

    approval: tuple[Outcome, ...] = (Rejected(), Ignored())
    action: tuple[Outcome, ...] = (Fails(),)
    rule: tuple[Outcome, ...] = (Fails(),)

    @classmethod
    def of(cls, words: Sequence[str]) -> Menu:
        """Read outcomes as the command line has them, each for whatever it fits; raises `Broken` for an unknown one."""
        made = [wording.entry(f"*={word}")[1][0] for word in words]
        planned = (Succeeds, Approved)
        fitting = {kind: tuple(each for each in made if isinstance(each, _FIT[kind]) and not isinstance(each, planned))
                   for kind in _FIT}  # fmt: skip
        return cls(**fitting)


@dataclass(slots=True)
class Combination:
    """One way in which things go; answers what the world asks, and remembers what was asked."""

    menu: Menu = field(default_factory=Menu)
    surprises: Surprises = ()
    asked: dict[Place, Outcome] = field(default_factory=dict)
    """Outcome by question, in the order in which the runs asked."""
    kinds: dict[Place, str] = field(default_factory=dict)

    def __call__(self, context: ActionContext) -> Outcome:
        """Give the outcome of an action, an approval or a rule."""
        is_rule = "/" in context.action
        kind = "rule" if is_rule else "approval" if context.provider == "Manual" else "action"
        selector = f"{context.stage}.{context.action}" if is_rule else f"{context.stage}/{context.action}"
        place = Place(context.execution, selector, context.attempt)
        outcome = dict(self.surprises).get(place) or (Approved() if kind == "approval" else Succeeds())
        self.asked[place], self.kinds[place] = outcome, kind
        return outcome

    def given(self, documents: Iterable[Mapping[str, Any]]) -> dict[str, Combination]:
        """Give this as outcomes for everything that declarations ask; whatever is more specific goes before it."""
        return {"*/*": self, "*.*/*": self} if any(map(_has_rules, documents)) else {"*/*": self}

    def grown(self) -> list[Surprises]:
        """Give the combinations with one surprise more, at questions that came after the last one."""
        places = list(self.asked)
        known = [place for place, _ in self.surprises]
        first = places.index(known[-1]) + 1 if known and known[-1] in self.asked else len(known)
        return [
            (*self.surprises, (place, outcome))
            for place in places[first:]
            for outcome in getattr(self.menu, self.kinds[place])
        ]

    @property
    def words(self) -> dict[str, str]:
        """The outcomes as `--given` takes them: whatever surprises, and every approval; the rest needs no word."""
        told = {place.selector for place, _ in self.surprises}
        told |= {place.selector for place, kind in self.kinds.items() if kind == "approval"}
        asked = dict.fromkeys(place.selector for place in self.asked)
        return {each: ",".join(self._attempts(each)) for each in asked if each in told}

    def _attempts(self, selector: str) -> list[str]:
        words = [_word(outcome) for place, outcome in self.asked.items() if place.selector == selector]
        while len(words) > 1 and words[-1] == words[-2]:
            words.pop()
        return words

    @property
    def story(self) -> str:
        """The surprises in order, as a sentence."""
        told = [_told(place, outcome) for place, outcome in self.surprises]
        return ", then ".join(told) or "everything goes as planned"


@dataclass(frozen=True, slots=True)
class Found:
    """The end of an exploration."""

    tried: int
    complete: bool
    """Whether nothing was left to try within the bounds."""
    combination: Combination | None = None
    failure: BaseException | None = None


def explore(
    play: Callable[[Combination], object], menu: Menu | None = None, *, surprises: int = SURPRISES, limit: int = LIMIT
) -> Found:
    """Play combinations, smallest first, until one raises or the bounds are reached.

    `play` is called with a combination that the world has to be given. `surprises` and `limit` are at least 0 and 1;
    raises `Broken` otherwise.
    """
    if surprises < 0 or limit < 1:
        raise Broken("explore takes surprises=0 or more, and limit=1 or more")
    waiting: deque[Surprises] = deque([()])
    tried, cut = 0, False
    while waiting and tried < limit:
        combination = Combination(menu or Menu(), waiting.popleft())
        tried += 1
        try:
            play(combination)
        except Exception as error:  # noqa: BLE001 - whatever a test raises is the finding
            return Found(tried, complete=False, combination=combination, failure=error)
        grown = combination.grown()
        if len(combination.surprises) < surprises:
            waiting.extend(grown)
        else:
            cut = cut or bool(grown)
    return Found(tried, complete=not waiting and not cut)


def _has_rules(document: Mapping[str, Any]) -> bool:
    gates = [stage.document.get(gate) or {} for stage in Pipeline(document).stages for gate in GATES]
    return any(condition.get("rules") for gate in gates for condition in gate.get("conditions") or ())


def _word(outcome: Outcome) -> str:
    return _WORDS.get(type(outcome), type(outcome).__name__.lower())


def _told(place: Place, outcome: Outcome) -> str:
    verb = {"Rejected": "is rejected", "Ignored": "is ignored"}.get(type(outcome).__name__, _word(outcome))
    again = f" at attempt {place.attempt}" if place.attempt > 1 else ""
    return f"{place.selector} {verb}{again}"
