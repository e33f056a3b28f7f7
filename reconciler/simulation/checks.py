"""What the rules of a stage's condition say: pure verdicts from a rule and what is known (reference D.6, E.9)."""

from __future__ import annotations

import re
import zoneinfo
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from reconciler.errors import Broken
from reconciler.simulation import regexes, windows
from reconciler.simulation.durations import MINUTE
from reconciler.simulation.trace import nothing

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from reconciler.simulation.assumptions import Assumptions
    from reconciler.simulation.zones import Resolver

ALARM_STATES = ("ALARM", "OK", "INSUFFICIENT_DATA")

_REFERENCE = re.compile(r"#\{([^{}]*)\}")


@dataclass(frozen=True, slots=True)
class Check:
    """What a rule says now."""

    status: str
    """`Succeeded`, `Failed` or `InProgress`."""
    summary: str
    until: int | None = None
    """While in progress: when to ask again, in milliseconds of virtual time; None means when it is told more."""


class AlarmState(NamedTuple):
    """An alarm went to a state, at milliseconds of virtual time."""

    at: int
    state: str


@dataclass(frozen=True, slots=True)
class Choices:
    """What the service does not say, with a default each; all are switches."""

    outside_window: Literal["wait", "fail"] = "wait"
    """What DeploymentWindow does outside (D.6). AWS's page speaks of an alarm that is checked before a window opens,
    so rules wait."""
    alarm_states: Literal["awaited", "watched"] = "awaited"
    """`awaited`: the rule succeeds once the alarm is in one of AlarmStates (default OK), and fails when WaitTime is
    over. `watched`: it fails once the alarm is in one of them (default ALARM), and succeeds when WaitTime is over."""
    alarm_unknown: str = "OK"
    """State of an alarm that nobody gave."""
    matches_whole: bool = True
    """Whether MATCHES means the whole value, as Java's `String.matches` does."""

    @classmethod
    def of(cls, assumptions: Assumptions) -> Choices:
        """Give the choices of a world."""
        return cls(assumptions.outside_window, assumptions.alarm_states, assumptions.alarm_unknown,
                   assumptions.matches_whole)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Facts:
    """What a rule may look at."""

    now: datetime
    """The moment of `clock`, with a time zone."""
    clock: int = 0
    """Milliseconds of virtual time."""
    started: int = 0
    """When the rule started, on the same clock."""
    variables: Mapping[str, str] = field(default_factory=nothing)
    """Resolved values by `namespace.key`."""
    alarms: Mapping[str, tuple[AlarmState, ...]] = field(default_factory=nothing)
    """What became of alarms, by name, in order of time."""
    outcome: Check | None = None
    """What LambdaInvoke, CodeBuild and Commands come to; None as long as nobody said."""
    zones: Resolver = zoneinfo.ZoneInfo
    """Where time zones are looked up."""


def verdict(
    rule: Mapping[str, Any],
    facts: Facts,
    choices: Choices = Choices(),
) -> Check:
    """Give what a rule declaration says under the facts.

    A rule that cannot be judged (a wrong cron expression, a variable without a value) fails and says why; what it
    means that a rule errs is the world's choice (I33). Raises `Broken` for a provider that is not known.
    """
    provider = rule["ruleTypeId"]["provider"]
    if provider in GIVEN:
        return facts.outcome or Check("InProgress", f"{provider} runs; nobody has said how it ends")
    if provider not in _JUDGES:
        raise Broken(f"the rule provider {provider} is not known; known are {', '.join((*_JUDGES, *GIVEN))}")
    try:
        settings = {key: _resolved(str(value), facts) for key, value in (rule.get("configuration") or {}).items()}
        return _JUDGES[provider](settings, facts, choices)
    except KeyError as error:
        return Check("Failed", f"{provider}: {error.args[0]} has no value")
    except (Broken, regexes.Unreadable) as error:
        return Check("Failed", f"{provider}: {error}")


def _resolved(text: str, facts: Facts) -> str:
    return _REFERENCE.sub(lambda match: facts.variables[match[1].strip()], text)


def _window(settings: Mapping[str, str], facts: Facts, choices: Choices) -> Check:
    cron, zone = settings["Cron"], settings.get("TimeZone", "")
    named = f"the window {cron} ({zone or 'UTC'})"
    if windows.inside(cron, zone, facts.now, resolver=facts.zones):
        return Check("Succeeded", f"{named} is open")
    if choices.outside_window == "fail":
        return Check("Failed", f"{named} is closed")
    opening = windows.opens(cron, zone, facts.now, resolver=facts.zones)
    if opening is None:
        return Check("InProgress", f"{named} never opens again")
    wait = -((facts.now - opening) // timedelta(milliseconds=1))
    return Check("InProgress", f"{named} opens at {opening.isoformat()}", facts.clock + wait)


def _variable(settings: Mapping[str, str], _: Facts, choices: Choices) -> Check:
    value, wanted, sign = settings["Variable"], settings["Value"], settings["Operator"]
    if sign not in _OPERATORS:
        raise Broken(f"the operator {sign} is not known; choose {', '.join(_OPERATORS)}")
    holds = _OPERATORS[sign](value, wanted, choices.matches_whole)
    return Check("Succeeded" if holds else "Failed", f"{value!r} {sign} {wanted!r} is {str(holds).lower()}")


def _alarm(settings: Mapping[str, str], facts: Facts, choices: Choices) -> Check:
    name = settings["AlarmName"]
    end = facts.started + _minutes(settings.get("WaitTime", "0"))
    history = (AlarmState(-1, choices.alarm_unknown), *facts.alarms.get(name, ()))
    first = [each.state for each in history if each.at <= facts.started][-1]
    since = [first, *(each.state for each in history if facts.started < each.at <= min(facts.clock, end))]
    awaited = choices.alarm_states == "awaited"
    wanted = _states(settings.get("AlarmStates", "OK" if awaited else "ALARM"))
    if awaited and first == "OK":
        return Check("Succeeded", f"the alarm {name} is OK at the first check")
    if seen := next((state for state in since if state in wanted), ""):
        return Check("Succeeded" if awaited else "Failed", f"the alarm {name} is in {seen}")
    if facts.clock >= end:
        over = f"the alarm {name} was not in {', '.join(wanted)} until WaitTime was over; it is in {since[-1]}"
        return Check("Failed" if awaited else "Succeeded", over)
    following = min((each.at for each in history if each.at > facts.clock), default=end)
    return Check("InProgress", f"the alarm {name} is in {since[-1]}; WaitTime goes on", min(following, end))


def _minutes(text: str) -> int:
    if not re.fullmatch(r"[0-9]{1,6}", text):
        raise Broken(f"WaitTime {text[:40]!r} is no number of minutes")
    return int(text) * MINUTE


def _states(text: str) -> tuple[str, ...]:
    states = tuple(part.strip() for part in text.split(","))
    if wrong := [state for state in states if state not in ALARM_STATES]:
        raise Broken(f"{', '.join(wrong)} is no alarm state; choose from {', '.join(ALARM_STATES)}")
    return states


_OPERATORS: dict[str, Callable[[str, str, bool], bool]] = {
    "EQ": lambda value, wanted, _: value == wanted,
    "NE": lambda value, wanted, _: value != wanted,
    "CONTAINS": lambda value, wanted, _: wanted in value,
    "MATCHES": lambda value, wanted, whole: regexes.compiled(wanted, whole=whole).matches(value),
}

_JUDGES: dict[str, Callable[[Mapping[str, str], Facts, Choices], Check]] = {
    "VariableCheck": _variable,
    "CloudWatchAlarm": _alarm,
    "DeploymentWindow": _window,
}

GIVEN = ("LambdaInvoke", "CodeBuild", "Commands")
"""Providers whose verdict comes from outside."""
