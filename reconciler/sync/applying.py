"""Step apply: each open change is written once, journalled before and after, read back and compared.

One failure does not stop the others. Transitions come first: what freezes must not wait, and what opens lets executions
go on that an update waits for. Deletions come last, when everything that was wanted stands.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from reconciler.definitions.tags import OWNER
from reconciler.errors import Blocked, ReconcilerError, Retry
from reconciler.pipeline import canonical, secrets
from reconciler.plan import differences, transitions, wire
from reconciler.plan.changes import Kind, change_document
from reconciler.store.history import Intent
from reconciler.sync import interrupting, observing, reading
from reconciler.sync import transitions as looking
from reconciler.sync.state import Ending, Event, Result

if TYPE_CHECKING:
    from collections.abc import Callable

    from reconciler.aws.pipelines import Declaration
    from reconciler.aws.sessions import Access
    from reconciler.definitions.definition import Definition
    from reconciler.pipeline.secrets import Sealer
    from reconciler.plan.changes import Change
    from reconciler.plan.live import Observation
    from reconciler.sync.state import Pass, World


def apply(state: Pass, world: World) -> Pass:
    """Apply the open changes: transitions, then all others, then deletions, each of these side by side."""
    plan = state.known[2]
    count = Counter(change.identity for change in plan.changes)
    results: list[Result] = []
    for turn in range(3):
        works = [_Work(each, state, world, count[each.identity] == 1) for each in plan.open if _turn(each) == turn]
        for result in world.executor.map(_applied, works):
            results.append(result)
            world.tell(Event("apply", _sentence(result), len(results), len(plan.open)))
    return replace(state, results=tuple(results))


def _turn(change: Change) -> int:
    return {Kind.TRANSITION: 0, Kind.DELETE: 2}.get(change.kind, 1)


def _sentence(result: Result) -> str:
    change = result.change
    return f"{result.ending}: {change.kind} {change.name} in {change.target}" + (
        f": {result.message}" if result.message else ""
    )


def _applied(work: _Work) -> Result:
    try:
        work.go_on()
        return _WRITERS[work.change.kind](work)
    except Blocked as error:
        return work.ended(Ending.HELD, str(error))
    except ReconcilerError as error:
        return work.ended(Ending.FAILED, str(error))


@dataclass(slots=True)
class _Work:
    """One change being applied, and its open journal entry."""

    change: Change
    state: Pass
    world: World
    alone: bool
    """Whether this is the only change of its pipeline."""
    entry: int | None = None
    shown: dict[str, Any] | None = None
    """The declaration as AWS showed it before an update."""

    @property
    def access(self) -> Access:
        return self.world.accesses[self.change.target]

    @property
    def sealer(self) -> Sealer:
        return reading.context(self.world, self.state.catalogue).sealer

    @property
    def hiding(self) -> Sealer:
        """What seals a declaration that is sent: also what only AWS knows to be secret, as nobody declared its type."""
        return self.sealer.knowing(self.shown) if self.shown else self.sealer

    @property
    def seen(self) -> Observation:
        return self.state.live[self.change.target][self.change.name]

    def definition(self) -> Definition:
        return reading.with_body(self.state.definition(self.change.identity), self.state, self.world)

    def in_force(self, before: str) -> str:
        """Give the digest of the definition in force after this change, if nothing else of it is missing."""
        return self.state.definition(self.change.identity).digest if self.alone else before

    def go_on(self) -> None:
        """Raise Blocked if the pass was asked to stop."""
        if self.world.stopping():
            raise Blocked("the pass was asked to stop before this change")

    def intend(self, before: dict[str, Any] | None, after: dict[str, Any] | None) -> None:
        """Journal the write that comes next; what was read before it took time, in which a stop may have been asked."""
        self.go_on()
        change = self.change
        intent = Intent(
            pass_id=self.state.number,
            at=self.world.now(),
            target=change.target,
            name=change.name,
            kind=change.kind.value,
            version_before=change.version or None,
            before=self._masked(before),
            after=self._masked(after),
            reason=f"{change.cause}: commit {self.state.known[0].commit[:12]}",
            differences=json.dumps(change_document(change)["differences"]),
        )
        self.entry = self.world.memory.intend(intent)

    def ended(self, ending: Ending, message: str = "", version: int = 0) -> Result:
        """Journal the outcome, if a write was begun."""
        if self.entry is not None:
            self.world.memory.settle(self.entry, self.world.now(), ending.value, message, version or None)
        return Result(self.change, ending, message, version)

    def _masked(self, document: dict[str, Any] | None) -> str | None:
        if document is None:
            return None
        return canonical.text(secrets.reveal_nothing(self.hiding.seal(document)))


def _create(work: _Work) -> Result:
    document = wire.outgoing(work.definition().document, None, work.sealer.own)
    work.intend(None, document)
    work.world.cloud.create(work.access, document, work.change.tags, work.sealer.own)
    _shut_new_stages(work)
    return _read_back(work, document, work.change.tags)


def _update(work: _Work) -> Result:
    _still_ours(work)
    _wait_for_executions(work)
    live = _unmoved(work)
    work.shown = live.document
    document = wire.outgoing(work.definition().document, live.document, work.sealer.own)
    work.intend(live.document, document)
    work.world.cloud.update(work.access, document, work.hiding.own)
    _shut_new_stages(work)
    _write_tags(work)
    return _read_back(work, document, _tags_after(work))


def _tag(work: _Work) -> Result:
    _still_ours(work)
    if work.change.kind is Kind.ADOPT:
        _unmoved(work)  # taken over is only what equals its definition, and that was seen in this very declaration
    work.intend(None, None)
    _write_tags(work)
    definition = work.state.definition(work.change.identity)
    known = replace(work.seen, tags=_tags_after(work), managed_tags=tuple(sorted(definition.tags)))
    applied = work.in_force(work.seen.applied)
    work.world.memory.observed([(replace(known, agreed=definition.digest, applied=applied), None)])
    return work.ended(Ending.APPLIED, version=work.seen.stamp.version)


def _transition(work: _Work) -> Result:
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


def _shut_new_stages(work: _Work) -> None:
    """Shut what has just been made, before anything else; what fails here is a transition to set in the next pass."""
    try:
        _set_transitions(work)
    except ReconcilerError as error:
        raise Retry(f"it was written, but its transitions were not; the next pass sets them: {error}") from None


def _set_transitions(work: _Work) -> None:
    for stage, state in sorted(work.change.transitions.items()):
        work.world.cloud.set_transition(work.access, work.change.name, stage, state)


def _delete(work: _Work) -> Result:
    _still_ours(work)
    _wait_for_executions(work)
    live = _unmoved(work)
    work.intend(live.document, None)
    work.world.cloud.delete(work.access, work.change.name)
    work.world.memory.forget(work.change.target, [work.change.name])
    return work.ended(Ending.APPLIED)


_WRITERS: dict[Kind, Callable[[_Work], Result]] = {
    Kind.TRANSITION: _transition,
    Kind.CREATE: _create,
    Kind.ADOPT: _tag,
    Kind.UPDATE: _update,
    Kind.TAG: _tag,
    Kind.DELETE: _delete,
}


def _wait_for_executions(work: _Work) -> None:
    """Raise Blocked while an execution is in progress: the write would end it (reference E.7)."""
    if not interrupting.waits(work.change, work.state, work.world):
        return
    if running := work.world.cloud.running(work.access, work.change.name):
        raise Blocked(
            f"execution {', '.join(running)} is in progress and would be ended; the next pass tries again "
            "(sync.interrupt is wait; `always` would end it)"
        )


def _unmoved(work: _Work) -> Declaration:
    """Read the declaration immediately before the write; the API has no condition on the version (reference F.4)."""
    live = work.world.cloud.read(work.access, work.change.name)
    if live.stamp != work.seen.stamp:
        raise Retry(f"{work.change.name} was changed by somebody else since it was compared; the next pass looks again")
    return live


def _still_ours(work: _Work) -> None:
    """Ask CodePipeline itself for the owner: what the plan saw may lag behind."""
    owner = work.world.cloud.tags(work.access, work.change.name).get(OWNER)
    allowed = (
        (None, work.world.settings.sync.owner) if work.change.kind is Kind.ADOPT else (work.world.settings.sync.owner,)
    )
    if owner not in allowed:
        raise Blocked(f"owned by {owner or 'nobody'!r} now; nothing was written")


def _write_tags(work: _Work) -> None:
    if work.change.tags:
        work.world.cloud.tag(work.access, work.change.name, work.change.tags)
    if work.change.untag:
        work.world.cloud.untag(work.access, work.change.name, work.change.untag)


def _tags_after(work: _Work) -> dict[str, str]:
    tags = {**work.seen.tags, **work.change.tags}
    return {key: value for key, value in tags.items() if key not in work.change.untag}


def _read_back(work: _Work, sent: dict[str, Any], tags: Any) -> Result:
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
        work.world.memory.observed([(replace(known, bounced=definition.digest), text)])
        places = ", ".join(each.place for each in left)
        return work.ended(Ending.FAILED, f"AWS gave it back different after the write: {places}", live.stamp.version)
    work.world.memory.observed([(replace(known, agreed=definition.digest), text)])
    return work.ended(Ending.APPLIED, version=live.stamp.version)
