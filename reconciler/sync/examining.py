"""How executions go: a look at the last one of each managed pipeline, now and then; only what changed is read further.

It costs one call for each pipeline that is due, none where the same report has seen its last execution already, and
two more for one whose last execution failed since.
"""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from reconciler.definitions.tags import OWNER
from reconciler.errors import ReconcilerError
from reconciler.pipeline.model import Pipeline
from reconciler.plan import remedies
from reconciler.plan.health import Health
from reconciler.sync import turns
from reconciler.sync.state import Event

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from reconciler.plan.build import Identity
    from reconciler.plan.drift import Drifted
    from reconciler.sync.state import Pass, World

MOST = 200
"""Pipelines that one look takes at most, those that wait longest first: a pass must not take minutes for it."""
NEVER = datetime(1970, 1, 1, tzinfo=UTC)
"""When executions were read that nobody has looked at."""
IDLE = timedelta(days=30)
"""How long without an execution AWS goes on polling (reference A.9)."""
POLLING = frozenset({"CodeCommit", "GitHub", "S3"})
"""Providers of sources that AWS polls, unless they are told otherwise (reference D.1)."""


def examine(state: Pass, world: World, *, everything: bool = False) -> tuple[Health, ...]:
    """Look at the executions of the managed pipelines that are due, or of all; gives those that failed or recovered.

    What cannot be read now is read at another time.
    """
    every, known = world.settings.drift.executions, world.memory.healths()
    managed = _managed(state, world.settings.sync.owner)
    for target in state.live:
        gone = [name for place, name in known if place == target and (place, name) not in managed]
        if gone:
            world.memory.forget_healths(target, gone)
    if not every and not everything:
        return ()
    waits = timedelta(0) if everything else timedelta(seconds=every)
    due = [each for each in managed if world.now() - _read(known.get(each)) >= waits]
    due.sort(key=lambda each: (_read(known.get(each)), each))
    return _examined(due if everything else due[:MOST], known, state.lasts, world)


def of(state: Pass, world: World, entries: Iterable[Drifted]) -> dict[Identity, Health]:
    """Look at the executions of pipelines that drifted and are live; gives what is known of them then."""
    identities = sorted({(each.target, each.name) for each in entries if each.name in state.live.get(each.target, {})})
    managed = [each for each in identities if each in state.known[1].definitions]
    _examined(managed, world.memory.healths(), state.lasts, world)
    found = world.memory.healths()
    return {each: found[each] for each in managed if each in found}


def noticed(told: Mapping[Identity, str], world: World) -> None:
    """Remember whether AWS polls for declarations that were read anyway; `told` are times since when it does not.

    A text that is empty says that it does. What else is known of executions stays, and is due when it was due.
    """
    known = world.memory.healths() if any(told.values()) else world.memory.healths(idle=True)
    fresh = [
        replace(known.get(each) or Health(*each, read=NEVER), polling_disabled=since)
        for each, since in told.items()
        if since or each in known
    ]
    if fresh:
        world.memory.examined(fresh)


def _examined(
    due: list[Identity], known: Mapping[Identity, Health], lasts: Mapping[Identity, Health], world: World
) -> tuple[Health, ...]:
    answers = turns.shared(
        world.executor, lambda each: _health(each, known.get(each), lasts.get(each), world), due, lambda each: each[0]
    )
    found = []
    for done, (identity, answer) in enumerate(zip(due, answers, strict=True), 1):
        world.tell(Event("executions", f"{identity[1]} in {identity[0]}", done, len(due)))
        if answer is not None:
            found.append(answer)
    if found:
        world.memory.examined(found)
    return tuple(each for each in found if _is_news(each, known.get((each.target, each.name))))


def _is_news(now: Health, before: Health | None) -> bool:
    """Whether it failed in another execution than the one that is known, or recovered."""
    if now.failed:
        return before is None or not before.failed or before.execution != now.execution
    return now.status == "Succeeded" and before is not None and before.failed


def _managed(state: Pass, owner: str) -> list[Identity]:
    live = state.live.items()
    owned = ((target, name) for target, found in live for name, each in found.items() if each.tags.get(OWNER) == owner)
    return [each for each in owned if each in state.known[1].definitions]


def _read(health: Health | None) -> datetime:
    return health.read if health and health.read else NEVER


def _health(identity: Identity, before: Health | None, last: Health | None, world: World) -> Health | None:
    """Give how a pipeline's executions go; `last` is the last one where this pass has seen it already."""
    access, name = world.accesses[identity[0]], identity[1]
    if world.stopping():
        return None
    try:
        now = world.now()
        last = last or replace(world.cloud.last(access, name), read=now)
        if before and _same(before, last):
            last = replace(last, failures=before.failures)
        elif last.failed:
            last = replace(last, failures=_failures(identity, last, world))
        if (last.began is None or now - last.began >= IDLE) and _polls(_document(identity, world)):
            return replace(last, polling_disabled=world.cloud.read(access, name).polling_stopped)
    except ReconcilerError:
        return None
    return last


def _same(one: Health, other: Health) -> bool:
    return (one.execution, one.status, one.changed) == (other.execution, other.status, other.changed)


def _failures(identity: Identity, last: Health, world: World) -> tuple[Any, ...]:
    found = world.cloud.failures(world.accesses[identity[0]], identity[1], last.execution)
    document = _document(identity, world)
    actions = {(each.stage, each.name): each for each in Pipeline(document).actions} if document else {}
    role = str(document.get("roleArn", ""))
    told = []
    for each in found:
        action = actions.get((each.stage, each.action))
        about = {"provider": action.provider, "roleArn": action.document.get("roleArn") or role} if action else {}
        told.append(remedies.told(each, about))
    return tuple(told)


def _document(identity: Identity, world: World) -> dict[str, Any]:
    target, name = identity
    text = world.memory.documents(target, [name]).get(name)
    return json.loads(text) if text else {}


def _polls(document: Mapping[str, Any]) -> bool:
    return any(
        each.provider in POLLING and str(each.configuration.get("PollForSourceChanges", "true")).lower() != "false"
        for each in (Pipeline(document).actions if document else ())
    )
