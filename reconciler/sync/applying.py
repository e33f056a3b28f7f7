"""Step apply: each open change is written once, journalled before and after, read back and compared.

One failure does not stop the others. Transitions come first: what freezes must not wait, and what opens lets executions
go on that an update waits for. Deletions come last, when everything that was wanted stands.
"""

from __future__ import annotations

import json
from collections import Counter
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from reconciler.definitions.tags import OWNER
from reconciler.errors import Blocked, ReconcilerError, Retry
from reconciler.pipeline import canonical, secrets
from reconciler.plan import differences, order, transitions, wire
from reconciler.plan.changes import Cause, Kind
from reconciler.sync import draining, observing, restarting, resuming, setbacks, turns, waiting
from reconciler.sync import transitions as looking
from reconciler.sync.state import Ending, Event, Result
from reconciler.sync.work import Work

if TYPE_CHECKING:
    from collections.abc import Callable

    from reconciler.aws.pipelines import Declaration
    from reconciler.sync.state import Pass, World


def apply(state: Pass, world: World) -> Pass:
    """Apply the open changes batch by batch, those of one batch side by side; see `plan.order`."""
    plan = state.known[2]
    unwell = order.Unwell()
    unwell.add(plan.held)
    for batch in order.batches(plan.open):
        known = len(state.results)
        judged = [(each, unwell.obstacle(each)) for each in batch]
        held = tuple(Result(each, Ending.HELD, why) for each, why in judged if why)
        free = tuple(each for each, why in judged if not why)
        for done, result in enumerate(held, known + 1):
            _tell(result, done, state, world)
        state = replace(state, results=(*state.results, *held), batch=free)
        state = world.spread(write, state, world) if free else state
        unwell.add(each.change for each in state.results[known:] if each.ending is not Ending.APPLIED)
    return replace(state, batch=())


def write(state: Pass, world: World) -> Pass:
    """Write one batch, its changes side by side."""
    count = Counter(change.identity for change in state.known[2].changes)
    results = [*state.results, *resuming.begun(state, world)]
    begun = {(each.change.identity, each.change.kind) for each in results[len(state.results) :]}
    batch = [each for each in state.batch if (each.identity, each.kind) not in begun]
    works = [Work(each, state, world, count[each.identity] == 1, state.waits.get(each.identity)) for each in batch]
    for result in turns.shared(world.executor, _applied, works, lambda each: each.change.target):
        results.append(result)
        _tell(result, len(results), state, world)
    return replace(state, results=tuple(results))


def _tell(result: Result, done: int, state: Pass, world: World) -> None:
    total, lasting = len(state.known[2].open), result.ending is Ending.HELD
    world.tell(Event("apply", sentence(result), done, total, lasting=lasting))


def sentence(result: Result) -> str:
    """Say how a change ended."""
    change = result.change
    return (
        f"{result.ending}: {change.kind} {change.name} in {change.target}"
        + (", which had drifted" if change.cause is Cause.DRIFT else "")
        + (f": {result.message}" if result.message else "")
        + (f" ({change.warrant})" if change.warrant else "")
    )


def _applied(work: Work) -> Result:
    try:
        work.go_on()
        return _WRITERS[work.change.kind](work)
    except Blocked as error:
        failure = setbacks.failure(error, begun=work.entry is not None)
        return replace(work.ended(Ending.HELD, str(error)), failure=failure)
    except ReconcilerError as error:
        return replace(work.ended(Ending.FAILED, str(error)), failure=error)


def _create(work: Work) -> Result:
    document = wire.outgoing(work.definition().document, None, work.sealer.own)
    work.intend(None, document)
    work.world.cloud.create(work.access, document, work.change.tags, work.sealer.own)
    _shut_new_stages(work)
    return _read_back(work, document, work.change.tags)


def _update(work: Work) -> Result:
    _still_ours(work)
    lost = waiting.clear(work)
    live = _unmoved(work)
    work.shown = live.document
    document = wire.outgoing(work.definition().document, live.document, work.sealer.own)
    restarting.remember(work, lost)
    try:
        work.intend(live.document, document)
        work.world.cloud.update(work.access, document, work.hiding.own)
    except ReconcilerError:
        with suppress(ReconcilerError):  # the next pass knows of it too
            draining.open_again(work)
        raise
    _shut_new_stages(work)
    _write_tags(work)
    return _made_good(work, document, _read_back(work, document, _tags_after(work)))


def _made_good(work: Work, document: dict[str, Any], result: Result) -> Result:
    """Open what was shut for the update and start again what it ended; what fails here the next pass makes good."""
    if work.wait is None:
        return result
    try:
        draining.open_again(work)
        said = restarting.start_again(work, document)
    except ReconcilerError as error:
        message = f"it was written, but what it interrupted is not made good; the next pass tries again: {error}"
        return replace(result, ending=Ending.FAILED, message=message)
    work.world.memory.waited(work.change.target, work.change.name)
    return replace(result, message="; ".join(filter(None, (result.message, said))))


def _tag(work: Work) -> Result:
    _still_ours(work)
    if work.change.kind is Kind.ADOPT:
        _unmoved(work)  # taken over is only what equals its definition, and that was seen in this very declaration
    work.intend(None, None)
    _write_tags(work)
    definition = work.state.definition(work.change.identity)
    known = replace(work.seen, tags=_tags_after(work), managed_tags=tuple(sorted(definition.tags)))
    if left := _tags_left(work):
        work.world.memory.observed([(replace(known, bounced=definition.digest), None)])
        return work.ended(Ending.FAILED, f"AWS shows other tags after the write: {', '.join(left)}")
    applied = work.in_force(work.seen.applied)
    version = work.seen.stamp.version  # only tags differed: this very declaration is what git says
    known = replace(known, agreed=definition.digest, agreed_version=version, applied=applied)
    work.world.memory.observed([(known, None)])
    return work.ended(Ending.APPLIED, version=version)


def _transition(work: Work) -> Result:
    """Set transitions that are as they were seen; no execution is ended by it, so none is waited for (E.8)."""
    _still_ours(work)
    definition = work.state.definition(work.change.identity)
    live, seen = looking.read(definition, work.world), work.state.transitions[work.change.identity]
    if any(live.get(stage) != seen.get(stage) for stage in work.change.transitions):
        raise Retry(f"a transition of {work.change.name} was set by somebody else since; the next pass looks again")
    work.intend(None, None)
    _set_transitions(work)
    due = transitions.due(definition, looking.read(definition, work.world))
    if left := due.keys() & work.change.transitions.keys():
        work.world.memory.observed([(replace(work.seen, bounced=definition.digest), None)])
        stages = ", ".join(sorted(left))
        return work.ended(Ending.FAILED, f"AWS shows other inbound transitions after the write: {stages}")
    work.world.memory.observed([(replace(work.seen, applied=work.in_force(work.seen.applied)), None)])
    return work.ended(Ending.APPLIED, version=work.seen.stamp.version)


def _shut_new_stages(work: Work) -> None:
    """Shut what has just been made, before anything else; what fails here is a transition to set in the next pass."""
    try:
        _set_transitions(work)
    except ReconcilerError as error:
        raise Retry(f"it was written, but its transitions were not; the next pass sets them: {error}") from None


def _set_transitions(work: Work) -> None:
    for stage, state in sorted(work.change.transitions.items()):
        work.world.cloud.set_transition(work.access, work.change.name, stage, state)


def _delete(work: Work) -> Result:
    _still_ours(work)
    waiting.clear(work)
    live = _unmoved(work)
    work.intend(live.document, None)
    work.world.cloud.delete(work.access, work.change.name)
    work.world.memory.waited(work.change.target, work.change.name)
    work.world.memory.forget(work.change.target, [work.change.name])
    return work.ended(Ending.APPLIED)


_WRITERS: dict[Kind, Callable[[Work], Result]] = {
    Kind.TRANSITION: _transition,
    Kind.CREATE: _create,
    Kind.ADOPT: _tag,
    Kind.UPDATE: _update,
    Kind.TAG: _tag,
    Kind.DELETE: _delete,
}


def _unmoved(work: Work) -> Declaration:
    """Read the declaration immediately before the write; the API has no condition on the version (reference F.4)."""
    live = work.world.cloud.read(work.access, work.change.name)
    if live.stamp != work.seen.stamp:
        raise Retry(f"{work.change.name} was changed by somebody else since it was compared; the next pass looks again")
    return live


def _still_ours(work: Work) -> None:
    """Ask CodePipeline itself for the owner: what the plan saw may lag behind."""
    owner = work.world.cloud.tags(work.access, work.change.name).get(OWNER)
    allowed = (
        (None, work.world.settings.sync.owner) if work.change.kind is Kind.ADOPT else (work.world.settings.sync.owner,)
    )
    if owner not in allowed:
        raise Blocked(f"owned by {secrets.scrub(owner or 'nobody')!r} now; nothing was written")


def _write_tags(work: Work) -> None:
    if work.change.tags:
        work.world.cloud.tag(work.access, work.change.name, work.change.tags)
    if work.change.untag:
        work.world.cloud.untag(work.access, work.change.name, work.change.untag)


def _tags_left(work: Work) -> list[str]:
    """Give the keys of tags that CodePipeline itself does not show as they were written."""
    found, change = work.world.cloud.tags(work.access, work.change.name), work.change
    wrong = {key for key, value in change.tags.items() if found.get(key) != value}
    return sorted(wrong | (found.keys() & set(change.untag)))


def _tags_after(work: Work) -> dict[str, str]:
    tags = {**work.seen.tags, **work.change.tags}
    return {key: value for key, value in tags.items() if key not in work.change.untag}


def _read_back(work: Work, sent: dict[str, Any], tags: Any) -> Result:
    """Read what the service made of it; if that differs, remember it, so that the same write is not tried for ever."""
    definition = work.state.definition(work.change.identity)
    live = work.world.cloud.read(work.access, work.change.name)
    sealed = canonical.text(work.hiding.seal(sent))
    found, text = observing.observation(work.change.target, work.change.name, live, sealed, work.sealer)
    region = work.change.target.region
    left = differences.between(json.loads(sealed), json.loads(text), region)
    known = replace(found, tags=dict(tags), managed_tags=tuple(sorted(definition.tags)))
    known = replace(known, applied=work.in_force(work.seen.applied if work.change.version else ""))
    if left:
        places = ", ".join(each.place for each in left)
        if live.stamp.version > work.change.version + 1:  # later than ours, so nothing is wrong with what we wrote
            work.world.memory.observed([(known, text)])
            message = f"it was written, and somebody else changed it right after: {places}; the next pass looks again"
            return work.ended(Ending.FAILED, message, live.stamp.version)
        work.world.memory.observed([(replace(known, bounced=definition.digest), text)])
        return work.ended(Ending.FAILED, f"AWS gave it back different after the write: {places}", live.stamp.version)
    known = replace(known, agreed=definition.digest, agreed_version=live.stamp.version)
    work.world.memory.observed([(known, text)])
    return work.ended(Ending.APPLIED, version=live.stamp.version)
