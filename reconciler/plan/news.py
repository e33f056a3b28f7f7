"""News: what is told once when it begins and once when it is over, and never in between.

Rules of this file:

* A fact has a key that no text and no count changes: told once, it is not told again while it lasts.
* A fact that is told is over only when somebody looked and it was not there; what was not read goes on.
* A fact whose mark changed is another one of its kind, such as the next execution that failed: told again, over once.
* What happened, as against what is so, is told and not remembered.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal

from reconciler.pipeline.arns import Target

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from datetime import datetime

    from reconciler.plan.drift import Severity

Sort = Literal["drift", "failed", "blocked", "applied", "status"]
NOWHERE = Target("", "")
"""The target of what is about no account: a file, a pass."""


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing that is so, or that happened. Texts hold no secret, and are not escaped."""

    sort: Sort
    topic: str
    """What of the place is meant: a kind of drift or change, `execution`, `file`, `pass`."""
    subject: str
    """What it is about, in words that fit its beginning and its end: `definition of shop-prod-web in …`."""
    text: str = ""
    """What else is to be said while it is so."""
    target: Target = NOWHERE
    name: str = ""
    environments: tuple[str, ...] = ()
    """Where it matters; empty where nobody can tell, and then it may matter anywhere."""
    severity: Severity = "warning"
    mark: str = ""
    """What tells one of a kind from the next, such as the id of an execution."""
    event: bool = False
    """Whether it happened, as against what is so: it has no end, and is not remembered."""

    @property
    def key(self) -> str:
        """What tells it from other facts, from pass to pass."""
        return json.dumps([self.sort, *self.target, self.name, self.topic])

    @property
    def identity(self) -> tuple[Target, str]:
        """Account, Region and name."""
        return self.target, self.name


@dataclass(frozen=True, slots=True)
class Told:
    """A fact that was told, and since when it is so."""

    fact: Fact
    since: datetime


@dataclass(frozen=True, slots=True)
class News:
    """What is to be told now."""

    new: tuple[Fact, ...] = ()
    over: tuple[Told, ...] = ()
    dropped: tuple[Told, ...] = ()
    """What can be forgotten without a word."""

    def __bool__(self) -> bool:
        """Whether anything is to be remembered or told."""
        return bool(self.new or self.over or self.dropped)


def turn(facts: Iterable[Fact], told: Mapping[str, Told], ended: Callable[[Fact], bool]) -> News:
    """Give what is new in these facts, and what is over of those that were told.

    `ended` says of a fact that is not among them whether somebody looked where it was, so that it is over.
    """
    now = {each.key: each for each in facts}
    new = [each for key, each in now.items() if key not in told or told[key].fact.mark != each.mark]
    over = [each for key, each in told.items() if key not in now and ended(each.fact)]
    return News(tuple(new), tuple(over))


def document(fact: Fact) -> str:
    """Give a fact as JSON text."""
    return json.dumps(asdict(fact))


def fact(text: str) -> Fact:
    """Give the fact of a JSON text that `document` made."""
    read: dict[str, Any] = json.loads(text)
    return Fact(**read | {"target": Target(*read["target"]), "environments": tuple(read["environments"])})
