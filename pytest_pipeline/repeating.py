"""The command that repeats a simulation: `reconciler simulate …`, or the test itself where no command can say it."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Any

from pytest_pipeline import outcomes
from reconciler.errors import Broken
from reconciler.simulation import wording
from reconciler.simulation.durations import spell
from reconciler.simulation.outcomes import (
    Alarm,
    Approved,
    Errs,
    Fails,
    Hangs,
    Ignored,
    Outcome,
    Rejected,
    Runs,
    Succeeds,
    Worker,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pytest_pipeline.running import Asked, Run

_OPTIONS = {"commit": "--commit", "files": "--files", "into": "--into"}
_ARGUMENTS: dict[type, Callable[[Any], list[str]]] = {
    Succeeds: lambda one: ["succeeds", one.summary],
    Fails: lambda one: ["fails", one.type if one.message or one.type != "JobFailed" else "", one.message],
    Errs: lambda one: ["errs", one.message],
    Hangs: lambda _: ["hangs"],
    Worker: lambda _: ["worker"],
    Approved: lambda one: ["approved", one.by if one.summary or one.by != "approver" else "", one.summary],
    Rejected: lambda one: ["rejected", one.by if one.reason or one.by != "approver" else "", one.reason],
    Ignored: lambda _: ["ignored"],
    Alarm: lambda one: ["alarm", one.name, one.state],
    Runs: lambda one: ["runs", one.handler],
}
"""The words of each outcome."""


class Unsayable(Exception):
    """The command line has no words for something."""


def command(run: Run, test: str = "", called: str | None = None) -> str:
    """Give the command for a run.

    `test` is the id of the test, which stands in where no command can say it; `called` the name that no other pipeline
    has, its own if left out, and empty where it has none.
    """
    try:
        return shlex.join(_words(run, run.pipeline.name if called is None else called))
    except Unsayable:
        return shlex.join(["pytest", test]) if test else ""


def outcome(selector: str, value: Any) -> str:
    """Give `selector=outcome,…` as `--given` takes it; raises Unsayable for what it would read otherwise."""
    text = f"{selector}={','.join(_spelled(each) for each in value)}"
    try:
        name, read = wording.entry(text)
    except Broken:
        raise Unsayable(text) from None
    if (name, list(read)) != (selector, list(value)):
        raise Unsayable(text)
    return text


def _words(run: Run, called: str) -> list[str]:
    asked, place = run.asked, run.pipeline.place
    if not asked.alone or not called:
        raise Unsayable(run.pipeline.name)
    # Without settings the file is named, too, and holds one pipeline.
    words = ["reconciler", "simulate", called if place.settings else run.pipeline.name]
    words += [place.file] if place.file and place.apart else []
    words += ["--config", place.config] if place.config else []
    return [*words, *_trigger(asked), *_world(asked)]


def _trigger(asked: Asked) -> Iterator[str]:
    trigger = asked.trigger
    if unsaid := trigger.members.keys() - _OPTIONS.keys():
        raise Unsayable(", ".join(unsaid))
    if trigger.verb != "start":
        yield from (f"--{trigger.verb}", trigger.subject)
    for name, value in trigger.members.items():
        yield from (_OPTIONS[name], value if isinstance(value, str) else ",".join(value))


def _world(asked: Asked) -> Iterator[str]:
    for selector, value in outcomes.unwrapped(asked.given)[0].items():
        if not isinstance(selector, str):
            raise Unsayable(outcomes.name_of(selector))
        yield from ("--given", outcome(selector, value))
    for name, value in asked.variables.items():
        yield from ("--var", f"{name}={value}")
    yield from ("--start-at", asked.at) if asked.at else ()
    if asked.until is not None:
        yield from ("--until", spell(asked.until) if isinstance(asked.until, int) else asked.until)
    yield from ("--seed", str(asked.seed)) if asked.seed else ()


def _spelled(value: Any) -> str:
    if not isinstance(value, Outcome) or type(value) not in _ARGUMENTS:
        raise Unsayable(repr(value))
    words = _ARGUMENTS[type(value)](value)
    while not words[-1]:
        words.pop()
    after = getattr(value, "after", None)
    return ":".join(words) + ("" if after is None else f"@{spell(after)}")
