"""What is so after a pass, and what happened in it: facts for those who hear of them.

Rules of this file:

* Drift is told as drift, and not once more as a change that is held.
* A change that waits for an execution is no news until it has waited too long.
* What a pass did not look at goes on as it was told.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from reconciler.plan import drift
from reconciler.plan.changes import Cause
from reconciler.plan.drift import Kind
from reconciler.plan.news import Fact
from reconciler.report import drifts
from reconciler.sync.recording import outcome
from reconciler.sync.state import Ending

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from reconciler.pipeline.arns import Target
    from reconciler.plan.changes import Change
    from reconciler.plan.drift import Drifted
    from reconciler.plan.health import Health
    from reconciler.plan.news import Sort, Told
    from reconciler.sync.state import Pass, Result, World

EXECUTION, FILE, PASS, COMMIT, WITH_COMMENTS = "execution", "file", "pass", "commit", "commit with comments"
"""Topics of facts that are no kind of drift or change."""

_SHOWN = 3
"""Differences that one line shows."""


def of_pass(state: Pass, world: World, told: Mapping[str, Told]) -> Iterator[Fact]:
    """Iterate over everything that is so after a pass, and that happened in it."""
    waits = _waiting(state, world)
    yield from _drifted(state, world, told)
    for change in state.known[2].held:
        if change.cause is not Cause.DRIFT and change.guard != "setback":  # that it failed was told
            yield _about(change, "blocked", change.held)
    for result in state.results:
        if result.ending is Ending.FAILED:
            yield _about(result.change, "failed", result.message)
        elif result.ending is Ending.APPLIED:
            version = f"version {result.version}" if result.version else ""
            yield replace(_about(result.change, "applied", version), event=True)
        elif not (result.change.cause is Cause.DRIFT or _is_open(result, world, waits)):
            yield _about(result.change, "blocked", result.message)
    for problem in state.known[2].problems:
        if problem.severity == "error":
            topic = f"{FILE} {problem.file} {problem.rule} {problem.path}"
            yield Fact("blocked", topic, f"what {problem.file} defines", str(problem), severity="error")
    yield from _commit(state, world, waits)


def _drifted(state: Pass, world: World, told: Mapping[str, Told]) -> Iterator[Fact]:
    after = world.settings.drift.after
    for each in state.drifted:
        if each.seen >= after or each.severity == "error":
            yield _drift(each, world)
    for each in state.healed:
        fact = _drift(each, world)
        if fact.key not in told and (each.seen >= after or each.severity == "error"):
            yield replace(fact, text="; ".join(filter(None, (fact.text, "healed at once"))), event=True)


def _drift(entry: Drifted, world: World) -> Fact:
    unread = entry.kind is Kind.UNREADABLE
    edits = [drifts.difference(each) for each in entry.edits[:_SHOWN]]
    edits += [f"{len(entry.edits) - _SHOWN} more differences"] if len(entry.edits) > _SHOWN else []
    who = drifts.by(entry.author) if entry.author else ""
    held = f"not healed: {entry.heal.held}" if entry.heal and entry.heal.held else ""
    text = "; ".join(filter(None, (*edits, entry.reason, who, held)))
    return Fact(
        "blocked" if unread else "drift",
        drift.slot(entry.kind),
        f"{'reading' if unread else entry.kind} {entry.name or 'all pipelines'} in {entry.target}",
        text,
        entry.target,
        entry.name,
        (entry.environment,) if entry.environment else _environments(entry.target, world),
        entry.severity,
    )


def _about(change: Change, sort: Sort, text: str) -> Fact:
    places = (change.environment,) if change.environment else ()
    subject = f"{change.kind} {change.name} in {change.target}"
    severity: drift.Severity = "error" if sort == "failed" else "warning"
    return Fact(sort, change.kind.value, subject, text, change.target, change.name, places, severity)


def _waiting(state: Pass, world: World) -> frozenset[tuple[Target, str]]:
    """Give the pipelines whose changes wait for executions, and have not done so for too long yet."""
    if all(each.ending is not Ending.HELD for each in state.results):
        return frozenset()
    limit, now = timedelta(seconds=world.settings.sync.wait_limit), world.now()
    return frozenset(identity for identity, each in world.memory.waits().items() if now - each.since < limit)


def _commit(state: Pass, world: World, waits: frozenset[tuple[Target, str]]) -> Iterator[Fact]:
    """Give what the commit came to; nothing while that is open, because its changes wait for executions."""
    commit, ended = state.known[0].commit, outcome(state)
    open_ = [each for each in state.results if each.ending is Ending.HELD and _is_open(each, world, waits)]
    if not world.settings.forge.kind or world.stopping() or (ended == "held" and open_ and not state.known[2].blocked):
        return
    topic = WITH_COMMENTS if world.settings.forge.comments else COMMIT
    success = ended in ("synced", "changed")
    yield Fact("status", topic, commit, mark=f"{commit} {'success' if success else 'failure'}")


def _is_open(result: Result, world: World, waits: frozenset[tuple[Target, str]]) -> bool:
    return world.stopping() or result.change.identity in waits


def of_execution(health: Health, world: World) -> Fact:
    """Give the fact that the last execution of a pipeline failed."""
    _, *lines = drifts.failed(health)
    text = "; ".join([*lines, drifts.execution(health)])
    places = _environments(health.target, world)
    subject = f"execution of {health.name} in {health.target}"
    return Fact("failed", EXECUTION, subject, text, health.target, health.name, places, "error", health.execution)


def _environments(target: Target, world: World) -> tuple[str, ...]:
    known = world.settings.environments.items()
    return tuple(name for name, each in known if each.account == target.account and target.region in each.regions)


def ended(state: Pass) -> Callable[[Fact], bool]:
    """Give what tells whether a pass looked where a fact was, and it was not there any more."""
    _, read, plan = state.known
    applied = {(each.change.identity, each.change.kind) for each in state.results if each.ending is Ending.APPLIED}
    left = {(*each.identity, each.kind.value) for each in plan.changes if (each.identity, each.kind) not in applied}
    drifted = {(each.target, each.name, drift.slot(each.kind)) for each in state.drifted}

    def is_over(fact: Fact) -> bool:
        if fact.topic == EXECUTION or fact.sort == "status":
            return False
        if not fact.target.account:  # a file, or the pass itself: every pass that runs looks there
            return True
        if fact.target not in state.live or fact.identity in plan.unknown or fact.identity in read.held:
            return False
        if fact.name and fact.identity not in read.definitions and not read.complete:
            return False
        return (*fact.identity, fact.topic) not in (drifted if fact.sort == "drift" else left)

    return is_over
