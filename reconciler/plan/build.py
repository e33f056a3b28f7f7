"""Definitions and live pipelines in, a plan out."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from reconciler.definitions.tags import OWNER
from reconciler.errors import Blocked
from reconciler.pipeline import canonical, secrets
from reconciler.pipeline.model import Pipeline
from reconciler.plan import differences, guards, limits, transitions, wire
from reconciler.plan import order as ordering
from reconciler.plan.changes import Cause, Change, Kind, Plan, order
from reconciler.plan.holds import Holds

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from reconciler.definitions.definition import Definition
    from reconciler.definitions.reading import Reading
    from reconciler.pipeline.arns import Target
    from reconciler.pipeline.secrets import Keys
    from reconciler.plan.changes import Difference
    from reconciler.plan.live import Observation, Transition
    from reconciler.plan.setbacks import Key, Setback
    from reconciler.settings import Sync

Identity = tuple["Target", str]
Document = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Request:
    """Everything a plan is made of."""

    commit: str
    reading: Reading
    live: Mapping[Target, Mapping[str, Observation]]
    """Live pipelines of each target that was read completely."""
    unreadable: Mapping[Target, str]
    sync: Sync
    sealed_definition: Callable[[Definition], Document]
    """Gives the sealed declaration of a definition; asked only where a side is known to differ."""
    sealed_live: Callable[[Identity], Document | None]
    """Gives the sealed declaration of a live pipeline, None if it was never read; asked only where needed."""
    unknown: Mapping[Identity, str] = field(default_factory=dict)
    """Pipelines that could not be read, with the reason."""
    transitions: Mapping[Identity, Mapping[str, Transition]] = field(default_factory=dict)
    """Live states by stage, of the pipelines whose definitions name transitions."""
    vanished: frozenset[Identity] = field(default_factory=frozenset)
    """Pipelines that were in force when last seen and are not live any more."""
    own: Keys = field(default_factory=dict)
    """What is secret in a team's own action types."""
    approved: bool = True
    holds: Holds = field(default_factory=Holds)
    """What people decided, and the time of the plan."""
    rollout: Callable[[Definition], tuple[str, int]] = lambda _: ("", 0)
    """Gives the project and the wave of a definition."""
    missed: Mapping[Identity, int] | None = None
    """How many complete passes in a row have missed each pipeline in git; None where a person asked for it at once."""
    setbacks: Mapping[Key, Setback] = field(default_factory=dict)
    """What failed before and has not succeeded since."""
    healed: Callable[[Identity], Mapping[str, int]] = lambda _: {}
    """Gives how often each field of a pipeline was healed lately; asked only where live drifted away."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """A plan, and which pairs turned out equal: worth remembering, so that they are not compared again."""

    plan: Plan
    agreed: tuple[Identity, ...]


def build(request: Request) -> Outcome:
    """Give the plan: every pipeline that is not as git says, in the order of application, with reasons where held."""
    observed = {(target, name): each for target, found in request.live.items() for name, each in found.items()}
    readable = request.live.keys()
    wanted = [
        each
        for identity, each in request.reading.definitions.items()
        if each.target in readable and identity not in request.unknown
    ]
    compared = {each.identity: _compared(each, observed.get(each.identity), request) for each in wanted}
    moved = {each.identity: change for each in wanted if (change := _transition(each, observed, request))}
    changes = [*moved.values(), *filter(None, compared.values()), *_deletions(observed, request)]
    situation = guards.Situation(request.sync, request.reading, observed, request.approved, request.holds)
    situation = replace(situation, missed=request.missed, healed=request.healed, setbacks=request.setbacks)
    pending = guards.pending(changes, situation)
    situation = guards.approving(pending, situation)
    guarded = [change if change.held else guards.judge(change, situation) for change in changes]
    owned = Counter(each.target for each in observed.values() if each.tags.get(OWNER) == request.sync.owner)
    limited = limits.hold(_renames_noted(guarded, request), owned, request.sync.limits)
    ordered = ordering.noted(ordering.hold(_leaving(limited, request)))
    spoken_of = (request.reading.definitions, request.reading.held, request.unknown)
    plan = Plan(
        commit=request.commit,
        changes=tuple(sorted(ordered, key=order)),
        problems=request.reading.problems,
        unreadable=request.unreadable,
        unknown=request.unknown,
        pending=pending,
        in_sync=sum(change is None and identity not in moved for identity, change in compared.items()),
        unmanaged=sum(
            OWNER not in each.tags and not any(key in named for named in spoken_of) for key, each in observed.items()
        ),
    )
    agreed = (key for key, change in compared.items() if _declaration_agrees(change))
    return Outcome(plan, tuple(agreed))


def desired_tags(definition: Definition, owner: str) -> dict[str, str]:
    """Give the tags that a managed pipeline carries: its own and the ownership tag."""
    return {**definition.tags, OWNER: owner}


def _declaration_agrees(change: Change | None) -> bool:
    return change is None or not change.digest


def _compared(definition: Definition, live: Observation | None, request: Request) -> Change | None:
    tags = desired_tags(definition, request.sync.owner)
    if live and _known_equal(definition, live) and tags == _ours(live, tags):
        return None  # as almost all are in almost every pass
    project, wave = request.rollout(definition)
    base = Change(
        target=definition.target,
        name=definition.name,
        kind=Kind.CREATE,
        cause=Cause.GIT,
        environment=definition.environment,
        file=definition.file,
        tags=tags,
        project=project,
        wave=wave,
    )
    if live is None:
        cause = Cause.DRIFT if definition.identity in request.vanished else Cause.GIT
        return _with_stages(_with_document(replace(base, cause=cause), definition, None, request), definition, {})
    return _updated(replace(base, version=live.stamp.version), definition, live, request)


def _transition(definition: Definition, observed: Mapping[Identity, Observation], request: Request) -> Change | None:
    """Give the change of the transitions into stages that are live, if their states were read."""
    states, live = request.transitions.get(definition.identity), observed.get(definition.identity)
    if states is None or live is None or not (due := transitions.due(definition, states)):
        return None
    return Change(
        target=definition.target,
        name=definition.name,
        kind=Kind.TRANSITION,
        cause=_cause(definition, live),
        environment=definition.environment,
        file=definition.file,
        version=live.stamp.version,
        differences=transitions.differences(due, states),
        transitions=due,
    )


def _with_stages(change: Change, definition: Definition, states: Mapping[str, Transition]) -> Change:
    """Add what is to be shut in stages that this change makes."""
    shut = transitions.with_stages(definition, states)
    return replace(change, differences=(*change.differences, *transitions.differences(shut, {})), transitions=shut)


def _cause(definition: Definition, live: Observation) -> Cause:
    return Cause.DRIFT if live.applied == definition.digest else Cause.GIT


def _updated(base: Change, definition: Definition, live: Observation, request: Request) -> Change | None:
    ours = _ours(live, base.tags)
    tag_changes = differences.of_tags(base.tags, ours)
    base = replace(base, cause=_cause(definition, live))
    declared = () if _known_equal(definition, live) else _declared(definition, request)
    if not declared and not tag_changes:
        return None
    kind = Kind.UPDATE if declared else Kind.TAG
    if OWNER not in live.tags:
        kind = Kind.ADOPT
    tags = {key: value for key, value in base.tags.items() if ours.get(key) != value}
    untag = tuple(sorted(ours.keys() - base.tags.keys()))
    change = replace(base, kind=kind, differences=(*declared, *tag_changes), tags=tags, untag=untag)
    if not declared:
        return change
    change = _with_document(change, definition, live, request)
    states = request.transitions.get(definition.identity)
    return change if states is None else _with_stages(change, definition, states)


def _ours(live: Observation, tags: Mapping[str, str]) -> dict[str, str]:
    """Give the live tags that are not somebody else's: those that git names, or named once."""
    return {key: value for key, value in live.tags.items() if key in tags or key in live.managed_tags}


def _known_equal(definition: Definition, live: Observation) -> bool:
    return live.agreed == definition.digest or live.digest == definition.form != ""


def _declared(definition: Definition, request: Request) -> tuple[Difference, ...]:
    wanted, found = request.sealed_definition(definition), request.sealed_live(definition.identity)
    return differences.between(wanted, found or {}, definition.target.region)


def _with_document(change: Change, definition: Definition, live: Observation | None, request: Request) -> Change:
    """Add what only the whole declaration says: its portable digest, and whether a mask stands where it must not."""
    sealed = request.sealed_definition(definition)
    digest = canonical.digest(secrets.reveal_nothing(canonical.form(sealed, definition.target.region)))
    found = request.sealed_live(definition.identity) if live else None
    needs = ordering.references(sealed)
    leaves = tuple(name for name in ordering.references(found or {}) if name not in needs)
    change = replace(change, digest=digest, needs=needs, leaves=leaves)
    try:
        wire.check_masks(sealed, found, request.own)
    except Blocked as error:
        return replace(change, held=str(error))
    return change


def _leaving(changes: Iterable[Change], request: Request) -> Iterable[Change]:
    """Add to deletions that would be made, where there are several, what their pipelines refer to."""
    given = tuple(changes)
    gone = Counter(each.target for each in given if each.kind is Kind.DELETE and not each.held)
    for each in given:
        asked = each.kind is Kind.DELETE and not each.held and gone[each.target] > 1
        leaves = ordering.references(request.sealed_live(each.identity) or {}) if asked else each.leaves
        yield replace(each, leaves=leaves) if asked else each


def _deletions(observed: Mapping[Identity, Observation], request: Request) -> Iterable[Change]:
    for identity, live in observed.items():
        if identity in request.reading.definitions or identity in request.reading.held or identity in request.unknown:
            continue
        if live.tags.get(OWNER) == request.sync.owner:
            yield Change(live.target, live.name, Kind.DELETE, Cause.GIT, version=live.stamp.version)


def _renames_noted(changes: list[Change], request: Request) -> list[Change]:
    """Say so where a creation and a deletion look like a rename: secrets and history stay behind (F.4)."""
    targets = {change.target for change in changes if change.kind is Kind.CREATE}
    gone = {
        (change.target, _shape(document)): change.name
        for change in changes
        if change.kind is Kind.DELETE
        and change.target in targets
        and (document := request.sealed_live(change.identity))
    }
    if not gone:
        return changes
    return [_rename_noted(change, gone, request) if change.kind is Kind.CREATE else change for change in changes]


def _rename_noted(change: Change, gone: Mapping[tuple[Target, tuple[str, ...]], str], request: Request) -> Change:
    document = request.sealed_definition(request.reading.definitions[change.identity])
    if (former := gone.get((change.target, _shape(document)))) is None:
        return change
    note = (
        f"looks like a rename of {former}: a new pipeline has no history and none of the secrets stored in the old one"
    )
    return replace(change, note=note)


def _shape(document: Document) -> tuple[str, ...]:
    return tuple(sorted(action.place for action in Pipeline(document).actions))
