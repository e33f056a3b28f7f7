"""What the outside world does, in the words of tests: `succeeds()`, `fails()`, `approved(after="2h")`.

They give the simulation's own values. A function may stand in for any of them; it takes the simulation's
`ActionContext`. With `optional=True` nothing is said if the run never asks for the outcome.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pytest_pipeline.mistakes import at_caller
from reconciler.simulation.outcomes import Alarm, Approved, Fails, Hangs, Ignored, Outcome, Rejected, Runs, Succeeds

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconciler.simulation.durations import Span
    from reconciler.simulation.given import Selector


@dataclass(frozen=True, slots=True)
class Perhaps:
    """An outcome that may stay unused."""

    outcome: Outcome


Stated = Outcome | Perhaps


@at_caller
def succeeds(
    *,
    artifacts: Mapping[str, str] | None = None,
    variables: Mapping[str, str] | None = None,
    after: Span | None = None,
    summary: str = "",
    optional: bool = False,
) -> Stated:
    """Let an action or a rule succeed, with revisions by output artifact, and values by output variable."""
    return _stated(Succeeds(dict(artifacts or {}), dict(variables or {}), after, summary), optional=optional)


@at_caller
def fails(
    type: str = "JobFailed",  # noqa: A002 - as AWS calls it
    message: str = "",
    *,
    after: Span | None = None,
    optional: bool = False,
) -> Stated:
    """Let an action or a rule fail; `type` is one of AWS's (reference B.3), else Broken is raised."""
    return _stated(Fails(type, message, after), optional=optional)


@at_caller
def hangs(*, optional: bool = False) -> Stated:
    """Let nothing be heard of an action, which then ends at its timeout."""
    return _stated(Hangs(), optional=optional)


@at_caller
def approved(by: str = "approver", *, after: Span | None = None, summary: str = "", optional: bool = False) -> Stated:
    """Let somebody approve."""
    return _stated(Approved(by, after, summary), optional=optional)


@at_caller
def rejected(reason: str = "", *, by: str = "approver", after: Span | None = None, optional: bool = False) -> Stated:
    """Let somebody reject."""
    return _stated(Rejected(by, reason, after), optional=optional)


@at_caller
def ignored(*, optional: bool = False) -> Stated:
    """Let nobody answer: the approval fails at its timeout."""
    return _stated(Ignored(), optional=optional)


@at_caller
def alarm(
    name: str, state: str = "ALARM", *, at: Span | None = None, after: Span | None = None, optional: bool = False
) -> Stated:
    """Let a CloudWatch alarm go to a state: `at` a time of the run, or `after` its rule started."""
    return _stated(Alarm(name, state, at, after), optional=optional)


@at_caller
def runs(handler: str, *, optional: bool = False) -> Stated:
    """Let a real Lambda handler decide, `module:function`, under CodePipeline's job contract (reference D.5)."""
    return _stated(Runs(handler), optional=optional)


def unwrapped(given: Mapping[Selector, Any] | None) -> tuple[dict[Selector, Any], frozenset[str]]:
    """Give what the simulation takes, and the selectors whose outcomes may stay unused."""
    plain: dict[Selector, Any] = {}
    optional = set()
    for selector, value in (given or {}).items():
        listed = list(value) if isinstance(value, list | tuple) else [value]
        if any(isinstance(each, Perhaps) for each in listed):
            optional.add(name_of(selector))
        plain[selector] = [each.outcome if isinstance(each, Perhaps) else each for each in listed]
    return plain, frozenset(optional)


def name_of(selector: Selector) -> str:
    """Give the name of a selector as the simulation tells it."""
    return selector if isinstance(selector, str) else getattr(selector, "__name__", "predicate")


def _stated(outcome: Outcome, *, optional: bool) -> Stated:
    return Perhaps(outcome) if optional else outcome
