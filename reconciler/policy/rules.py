"""What a rule of policy is, what it looks at, and what it says.

Rules of this package:

* One small function and one row each. A row tells all there is to know about its rule: documentation, `--explain` and
  one test with a bad and one with a good file come from it.
* A check yields a verdict for each place that breaks its rule. Yielding nothing means that the rule holds;
  `NOT_APPLICABLE` that it has nothing to look at. What cannot be known offline is `unknown`, never a failure.
* Paths in verdicts start inside the declaration: `("stages", 0, "name")`; those of rules about live pipelines inside
  what was seen, see `sightings.Seen`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from reconciler.pipeline.rules import Severity

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from reconciler.documents import Path
    from reconciler.policy.facts import Facts
    from reconciler.settings import Settings

OFF = "off"
PROFILES = ("minimal", "recommended", "strict")
LEVELS = (OFF, *Severity)
Scope = Literal["pipeline", "all", "live"]


class Outcome(StrEnum):
    """What a rule says about a pipeline."""

    PASS = "pass"  # noqa: S105  an outcome, not a password
    FAIL = "fail"
    NOT_APPLICABLE = "not applicable"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a check says about one place."""

    outcome: Outcome
    path: Path = ()
    message: str = ""
    hint: str = ""
    concerns: tuple[str, ...] = ()
    """Environments that are in danger beside the pipeline's own; the strictest severity of them all counts."""
    pipeline: int = 0
    """For rules over all pipelines: the number, in `Estate.outlines`, of the one that the verdict is about."""


NOT_APPLICABLE = Verdict(Outcome.NOT_APPLICABLE)


def fail(path: Path, message: str, hint: str = "", concerns: Iterable[str] = (), pipeline: int = 0) -> Verdict:
    """Give the verdict that a rule is broken at a place; `hint` says what to write instead."""
    return Verdict(Outcome.FAIL, path, message, hint, tuple(concerns), pipeline)


def unknown(path: Path, message: str, hint: str = "") -> Verdict:
    """Give the verdict that nobody can tell offline."""
    return Verdict(Outcome.UNKNOWN, path, message, hint)


class Level(NamedTuple):
    """How bad it is to break a rule: `off`, `info`, `warning` or `error`."""

    protected: str
    elsewhere: str
    """Likewise, in environments that are not protected, or not known."""

    def __str__(self) -> str:
        return self.protected if self.protected == self.elsewhere else f"{self.protected}, else {self.elsewhere}"


def levels(minimal: str, recommended: str, strict: str) -> Mapping[str, Level]:
    """Give the level of each profile; `error/warning` is an error where protected and a warning elsewhere."""
    return {name: _level(text) for name, text in zip(PROFILES, (minimal, recommended, strict), strict=True)}


def _level(text: str) -> Level:
    protected, _, elsewhere = text.partition("/")
    level = Level(protected, elsewhere or protected)
    if not {*level} <= {*LEVELS}:
        message = f"{text!r} is no level"
        raise ValueError(message)
    return level


class Parameter(NamedTuple):
    """What a team may set about a rule, under its id in `policy.rules`."""

    default: Any
    meaning: str


@dataclass(frozen=True, slots=True)
class Subject:
    """What a rule about one pipeline looks at."""

    facts: Facts
    parameters: Mapping[str, Any]
    """By name; those that nobody set have their defaults."""
    settings: Settings


@dataclass(frozen=True, slots=True)
class PolicyRule:
    """One rule: a row of a table.

    Examples are `overrides` of the set that `examples` holds: what they say of dev, staging and prod is laid over a
    sound pipeline. The bad one breaks this rule in one place and no other rule. Those of a rule about live pipelines
    are laid over what is seen of that pipeline in prod.
    """

    id: str
    title: str
    """What the rule asks for: "a protected deployment waits for an approval"."""
    why: str
    severity: Mapping[str, Level]
    """By profile, see `levels`."""
    check: Callable[[Any], Iterable[Verdict]]
    """Takes a `Subject`; an `Estate` where the scope is `all`, and a `Sighting` where it is `live`."""
    bad: str
    good: str
    scope: Scope = "pipeline"
    parameters: Mapping[str, Parameter] = field(default_factory=dict)
    structural: bool = True
    """Whether it looks at more than single values; it is not asked where parts of the structure are not known."""
    settings: str = ""
    """Settings of the examples, laid over those of `examples`; YAML."""

    def defaults(self) -> dict[str, Any]:
        """Give the default of every parameter."""
        return {name: each.default for name, each in self.parameters.items()}
