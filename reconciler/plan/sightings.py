"""What of a plan is drift: every kind from what was read, in one look, without asking anybody.

Rules of this file:

* Drift is what moved live. What git wants and nobody has written yet is a change, and no drift.
* A change may be drift of several kinds: its declaration, its tags and its owner are entries of their own.
* What was not read is an entry that says so, never "no drift".
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING

from reconciler.definitions.tags import OWNER
from reconciler.pipeline import secrets
from reconciler.plan.changes import Cause
from reconciler.plan.changes import Kind as Does
from reconciler.plan.drift import SEVERITIES, Drifted, Edit, Heal, Kind, ordered

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from reconciler.definitions.definition import Definition
    from reconciler.pipeline.arns import Target
    from reconciler.plan.changes import Change, Difference, Plan
    from reconciler.plan.drift import Severity
    from reconciler.plan.health import Health
    from reconciler.plan.live import Observation
    from reconciler.settings import Settings

    Identity = tuple[Target, str]

_OWNER_PLACE = f"tags.{OWNER}"


@dataclass(frozen=True, slots=True)
class Look:
    """Everything that drift is told from."""

    plan: Plan
    live: Mapping[Target, Mapping[str, Observation]]
    definitions: Mapping[Identity, Definition]
    held: Mapping[Identity, str]
    """Pipelines that git names in a definition that may not be applied: nothing is compared with it."""
    settings: Settings
    now: datetime
    moved: Mapping[Identity, tuple[Difference, ...]] = field(default_factory=dict)
    """Where git moved on and live did too: what live has against the declaration that was last in force."""
    healths: Mapping[Identity, Health] = field(default_factory=dict)

    def observed(self, identity: Identity) -> Observation | None:
        """Give a live pipeline, None if there is none or it was not read."""
        return self.live.get(identity[0], {}).get(identity[1])

    def environments(self, target: Target) -> tuple[str, ...]:
        """Give the environments that live in a target, in the order of the settings."""
        known = self.settings.environments.items()
        return tuple(key for key, each in known if each.account == target.account and target.region in each.regions)

    def environment(self, identity: Identity) -> str:
        """Give the environment of a pipeline: as git says, or the only one of its target; empty if nobody can tell."""
        if definition := self.definitions.get(identity):
            return definition.environment
        there = self.environments(identity[0])
        return there[0] if len(there) == 1 else ""

    def severity(self, *environments: str) -> Severity:
        """Give the severity of drift in an environment, in several the worst; a warning if there is none."""
        known, said = self.settings.environments, self.settings.drift.severity
        found: set[Severity] = {
            said.get(each, "error" if known[each].protected else "warning") for each in environments if each in known
        }
        return next((each for each in SEVERITIES if each in found), "warning")


def find(look: Look) -> tuple[Drifted, ...]:
    """Give all that drifted, as if it were seen for the first time, in the order of a report."""
    found = [*_changed(look), *_polling(look), *_unreadable(look)]
    if look.settings.drift.unmanaged == "list":
        found += _unmanaged(look)
    return ordered(found)


def unmanaged(look: Look) -> Iterator[Observation]:
    """Iterate over live pipelines that nobody owns and git does not name."""
    named = look.definitions.keys() | look.held.keys() | look.plan.unknown.keys()
    for target, found in look.live.items():
        yield from (each for name, each in found.items() if OWNER not in each.tags and (target, name) not in named)


def _changed(look: Look) -> Iterator[Drifted]:
    for change in look.plan.changes:
        for kind, edits in _kinds(change, look):
            yield _entry(kind, edits, change, look)


def _kinds(change: Change, look: Look) -> Iterator[tuple[Kind, tuple[Difference, ...]]]:
    """Iterate over the kinds of drift that a change would heal, each with its differences."""
    drift = change.cause is Cause.DRIFT
    if change.kind is Does.CREATE and drift:
        yield Kind.MISSING, ()
    elif change.kind is Does.TRANSITION and drift:
        yield Kind.TRANSITIONS, change.differences
    elif change.kind in (Does.UPDATE, Does.TAG, Does.ADOPT):
        parts = _parts(change)
        declared = parts[Kind.DEFINITION] if drift else list(look.moved.get(change.identity, ()))
        bounced = _is_bounced(change, look)
        if declared or (bounced and parts[Kind.DEFINITION]):
            edits = tuple(declared or parts[Kind.DEFINITION])
            yield (Kind.NORMALISED if bounced else _declared(edits)), edits
        if parts[Kind.TAGS] and drift:
            yield Kind.TAGS, tuple(parts[Kind.TAGS])
        if parts[Kind.OWNER] and (drift or parts[Kind.OWNER][0].before is not None):
            yield Kind.OWNER, tuple(parts[Kind.OWNER])


def _parts(change: Change) -> dict[Kind, list[Difference]]:
    """Sort the differences of a change into those of the declaration, of tags and of the owner."""
    tags = {f"tags.{key}" for key in (*change.tags, *change.untag)}
    parts: dict[Kind, list[Difference]] = defaultdict(list)
    for each in change.differences:
        kind = Kind.OWNER if each.place == _OWNER_PLACE else Kind.TAGS if each.place in tags else Kind.DEFINITION
        parts[kind].append(each)
    return parts


def _declared(edits: Iterable[Difference]) -> Kind:
    return Kind.EXTRA if all(each.after is None for each in edits) else Kind.DEFINITION


def _is_bounced(change: Change, look: Look) -> bool:
    observed, definition = look.observed(change.identity), look.definitions.get(change.identity)
    return bool(observed and definition and observed.bounced == definition.digest)


def _entry(kind: Kind, edits: tuple[Difference, ...], change: Change, look: Look) -> Drifted:
    observed = look.observed(change.identity)
    declaration = kind in (Kind.DEFINITION, Kind.EXTRA, Kind.NORMALISED)
    entry = Drifted(
        target=change.target,
        name=change.name,
        kind=kind,
        severity=look.severity(change.environment),
        since=look.now,
        environment=change.environment,
        updated=moment(observed.stamp.updated) if observed and declaration else None,
        version_before=observed.agreed_version if observed else 0,
        version_after=observed.stamp.version if observed else 0,
        edits=tuple(Edit(each.place, each.after, each.before) for each in edits),
        file=change.file,
        heal=Heal(_healing(kind, change, look), change.held, change.interrupts),
    )
    return replace(entry, reason=_reason(entry, look))


def _healing(kind: Kind, change: Change, look: Look) -> str:
    commit = look.plan.commit[:12]
    match kind:
        case Kind.MISSING:
            return f"creates it again as git says in {commit}, with version 1 and no history"
        case Kind.TRANSITIONS:
            states = sorted(change.transitions.items())
            return ", ".join(f"{'opens' if state.enabled else 'shuts'} the way into {stage}" for stage, state in states)
        case Kind.TAGS:
            keys = sorted({*change.tags, *change.untag} - {OWNER})
            return f"sets or removes the tags {', '.join(keys)}"
        case Kind.OWNER:
            return f"sets the tag {OWNER} to {look.settings.sync.owner}"
    return f"writes the declaration of {commit} as version {change.version + 1}"


def _reason(entry: Drifted, look: Look) -> str:
    """Say what the differences do not."""
    observed = look.observed((entry.target, entry.name))
    match entry.kind:
        case Kind.MISSING:
            return "it was in force and is not live any more"
        case Kind.NORMALISED:
            return "our own write came back different: AWS made something else of it; change the definition accordingly"
        case Kind.EXTRA:
            return "live has fields that git does not say"
        case Kind.OWNER:
            owner = observed.tags.get(OWNER) if observed else None
            ours = look.settings.sync.owner
            return f"owned by {secrets.scrub(owner)!r}, this is {ours!r}" if owner else "nobody owns it any more"
        case Kind.DEFINITION if (entry.target, entry.name) in look.moved:
            return "git moved on as well; this is what live had beside what was last in force"
    return ""


def _polling(look: Look) -> Iterator[Drifted]:
    for identity, health in look.healths.items():
        if health.polling_disabled and identity in look.definitions and look.observed(identity):
            environment, at = look.environment(identity), moment(health.polling_disabled)
            reason = "AWS switched polling off, because it had no execution for 30 days; changes start nothing any more"
            hint = "no write is known to switch it on again: let events start it, with PollForSourceChanges false"
            yield Drifted(
                target=identity[0],
                name=identity[1],
                kind=Kind.POLLING,
                severity=look.severity(environment),
                since=look.now,
                environment=environment,
                updated=at,
                reason=reason,
                heal=Heal("writes nothing", hint),
                file=look.definitions[identity].file,
            )


def _unreadable(look: Look) -> Iterator[Drifted]:
    for target, reason in look.plan.unreadable.items():
        there = look.environments(target)
        environment = there[0] if len(there) == 1 else ""
        severity = look.severity(*there)
        yield Drifted(target, "", Kind.UNREADABLE, severity, look.now, environment, reason=secrets.scrub(reason))
    for (target, name), reason in look.plan.unknown.items():
        environment = look.environment((target, name))
        severity = look.severity(environment)
        yield Drifted(target, name, Kind.UNREADABLE, severity, look.now, environment, reason=secrets.scrub(reason))


def _unmanaged(look: Look) -> Iterator[Drifted]:
    for each in unmanaged(look):
        environment = look.environment((each.target, each.name))
        yield Drifted(
            target=each.target,
            name=each.name,
            kind=Kind.UNMANAGED,
            severity="info",
            since=look.now,
            environment=environment,
            updated=moment(each.stamp.created),
            version_after=each.stamp.version,
            reason=f"nobody owns it: `reconciler import {each.name}` makes a definition of it",
        )


def moment(text: str) -> datetime | None:
    """Give the time of a stamp; None if AWS did not say it."""
    return datetime.fromisoformat(text) if text else None
