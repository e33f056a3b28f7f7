"""Why a change is held: one small function and one row each, asked in order; the first reason counts.

A reason says what holds the change and what would let it through.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from reconciler import scalars
from reconciler.definitions.tags import OWNER
from reconciler.pipeline import secrets
from reconciler.plan import holds, setbacks, windows
from reconciler.plan.changes import Cause, Change, Kind, digest, order
from reconciler.plan.holds import SHORTEST, Decision, Holds

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from reconciler.definitions.reading import Reading
    from reconciler.pipeline.arns import Target
    from reconciler.plan.live import Observation
    from reconciler.plan.setbacks import Key, Setback
    from reconciler.settings import Sync


WHOLE = "the pipeline"
"""The place of a healing without differences: the pipeline itself was gone."""


@dataclass(frozen=True, slots=True)
class Situation:
    """What the guards look at, beside the change itself."""

    sync: Sync
    reading: Reading
    live: Mapping[tuple[Target, str], Observation]
    approved: bool
    """Whether a person asked for this pass (`plan`, `apply`), as against the daemon by itself."""

    holds: Holds = field(default_factory=Holds)
    """What people decided, and the time at which all of this is looked at."""
    missed: Mapping[tuple[Target, str], int] | None = None
    """How many complete passes in a row have missed each pipeline in git; None where a person asked for it at once."""
    healed: Callable[[tuple[Target, str]], Mapping[str, int]] = lambda _: {}
    """Gives how often each field of a pipeline was healed within the span of `sync.flap`."""
    setbacks: Mapping[Key, Setback] = field(default_factory=dict)
    """What failed before and has not succeeded since."""
    digests: Mapping[str, str] = field(default_factory=dict)
    """By environment, the digest of what waits for an approval there."""

    def override(self, change: Change) -> Decision | None:
        """Give the override that lets a change pass what people set."""
        return self.holds.override(change, self.sync)

    def approval(self, change: Change) -> Decision | None:
        """Give the approval of the plan that a change is of; where it is of several, the first of all that it needs."""
        manual = [name for name, mode in self.holds.modes(change, self.sync).items() if mode == "manual"]
        found = [self.holds.approval(self.digests.get(name, "")) for name in manual]
        return found[0] if found and all(found) else None

    def setback(self, change: Change) -> Setback | None:
        """Give what keeps a change from being tried again, if it failed before with the inputs that it has now."""
        known = self.setbacks.get((*change.identity, change.kind.value))
        if known is None or not known.rests(self.holds.now, self.sync.retry):
            return None
        definition = self.reading.definitions.get(change.identity)
        now = setbacks.inputs(change, definition, self.sync, self.holds)
        return known if known.digest in ("", now) else None

    def observed(self, change: Change) -> Observation | None:
        """Give the live side of a change, if there is one."""
        return self.live.get(change.identity)


def reason(change: Change, situation: Situation) -> str:
    """Give why a change is held, or an empty string."""
    return _first(change, situation)[1]


def _first(change: Change, situation: Situation) -> tuple[str, str]:
    """Give the name of the first guard that holds a change, and why it does; empty texts if none does."""
    found = ((guard.__name__.lstrip("_"), why) for guard in GUARDS if (why := guard(change, situation)))
    return next(found, ("", ""))


def judge(change: Change, situation: Situation) -> Change:
    """Give a change with why it is held, or with whose word lets it pass."""
    guard, why = _first(change, situation)
    if why:
        return replace(change, held=why, guard=guard)
    note = change.note or _over(change, situation) or _resting(change, situation)
    return replace(change, warrant=_warrant(change, situation), note=note)


def pending(changes: Iterable[Change], situation: Situation) -> dict[str, tuple[Change, ...]]:
    """Give by environment in manual mode what nothing holds but the want of an approval, or a window; in order."""
    found: dict[str, list[Change]] = {}
    for change in sorted(changes, key=order):
        for name, mode in situation.holds.modes(change, situation.sync).items():
            if mode == "manual" and not change.held and not any(guard(change, situation) for guard in _OTHERS):
                found.setdefault(name, []).append(change)
    return {name: tuple(found[name]) for name in sorted(found)}


def approving(pending: Mapping[str, tuple[Change, ...]], situation: Situation) -> Situation:
    """Give a situation that knows what waits for an approval."""
    return replace(situation, digests={name: digest(changes) for name, changes in pending.items()})


def _warrant(change: Change, situation: Situation) -> str:
    decisions = situation.override(change), situation.approval(change)
    for each in filter(None, decisions):
        if reason(change, replace(situation, holds=situation.holds.without(each.kind))):
            return each.sentence
    return ""


def _over(change: Change, situation: Situation) -> str:
    """Tell of a suspension in a file that has no effect any more."""
    until = _suspended_in_file(change, situation).get("until")
    over = until is not None and scalars.moment(until) <= situation.holds.now
    return f"sync.suspend of its file ended at {until}; remove it" if over else ""


def _resting(change: Change, situation: Situation) -> str:
    """Tell a person who asks for a change that the daemon leaves it alone."""
    found = situation.setback(change) if situation.approved else None
    return f"the daemon leaves it alone: {found.sentence}" if found else ""


def _suspended_in_file(change: Change, situation: Situation) -> Mapping[str, str]:
    definition = situation.reading.definitions.get(change.identity)
    return definition.suspend if definition else {}


def _ownership(change: Change, situation: Situation) -> str:
    observed = situation.observed(change)
    owner = observed.tags.get(OWNER) if observed else None
    if owner is not None and owner != situation.sync.owner:
        theirs, ours = secrets.scrub(owner), situation.sync.owner
        return f"owned by {theirs!r}, this is {ours!r} (tag {OWNER}); remove it from git or change the tag"
    return ""


def _adoption(change: Change, situation: Situation) -> str:
    if change.kind is not Kind.ADOPT:
        return ""
    definition = situation.reading.definitions[change.identity]
    allowed = situation.sync.adopt if definition.adopt is None else definition.adopt
    if not allowed:
        return "exists already and has no owner; set `sync: {adopt: true}` in its file to take it over"
    if change.digest:
        return "is taken over only with a zero difference; make git say what is live first, then change it"
    return ""


def _transition(change: Change, situation: Situation) -> str:
    observed = situation.observed(change)
    if change.kind is Kind.TRANSITION and observed and OWNER not in observed.tags:
        return "has no owner yet, and only transitions of owned pipelines are set; it follows once this one is adopted"
    return ""


def _prune(change: Change, situation: Situation) -> str:
    if change.kind is not Kind.DELETE:
        return ""
    if problems := len(situation.reading.problems):
        return f"nothing is deleted while {problems} problem(s) keep definitions from being read; mend them first"
    if not situation.reading.definitions:
        return "nothing is deleted while git defines no pipeline at all; see source.branch and source.path"
    return "" if situation.sync.prune else "git no longer names it; deleting is off, allow it with `sync.prune: true`"


def _missed(change: Change, situation: Situation) -> str:
    if change.kind is not Kind.DELETE or situation.missed is None:
        return ""
    seen, after = situation.missed.get(change.identity, 0) + 1, situation.sync.prune_after
    if seen >= after:
        return ""
    return (
        f"git has not named it for {seen} of {after} complete passes (sync.prune_after); one of the next deletes it, "
        "or do it at once: `reconciler plan --out plan.json`, then `reconciler apply plan.json`"
    )


def _suspended(change: Change, situation: Situation) -> str:
    if situation.override(change):
        return ""
    if (decision := situation.holds.suspension(change)) is not None:
        return f"suspended, {decision.sentence}; `reconciler resume {change.name}` ends it"
    told = _suspended_in_file(change, situation)
    until = scalars.moment(told["until"]) if "until" in told else None
    if told and (until is None or situation.holds.now < until):
        end = f" until {holds.clock(until)}" if until else ""
        return f"suspended by its file{end}: {told['reason']}; remove `sync.suspend` there to end it"
    return ""


def _mode(change: Change, situation: Situation) -> str:
    modes = situation.holds.modes(change, situation.sync)
    for name, mode in modes.items():
        if mode == "report":
            return f"{_setting(name, situation)} is report, which never writes; set it to manual or automatic"
    manual = [name for name, mode in modes.items() if mode == "manual"]
    if not manual or situation.approved or situation.override(change) or situation.approval(change):
        return ""
    name = next((each for each in manual if not situation.holds.approval(situation.digests.get(each, ""))), manual[0])
    short = situation.digests.get(name, "")[:SHORTEST]
    ask = f"approve it with `reconciler approve {short}`, or " if short else ""
    return f"{_setting(name, situation)} is manual; {ask}apply it with `reconciler apply`"


def _setting(environment: str, situation: Situation) -> str:
    """Name the setting that says the mode of an environment."""
    own = situation.holds.environments[environment].mode if environment else None
    return f"environments.{environment}.mode" if own else "sync.mode"


def _window(change: Change, situation: Situation) -> str:
    if not situation.sync.windows or situation.override(change):
        return ""
    shut = (windows.hold(situation.sync.windows, each, situation.holds.now) for each in situation.holds.places(change))
    return next(filter(None, shut), "")


def _heal(change: Change, situation: Situation) -> str:
    if change.cause is Cause.DRIFT and change.kind is not Kind.DELETE and not situation.sync.self_heal:
        return "live drifted away from git and sync.self_heal is off; set it to true, or put the change into git"
    return ""


def _advance(change: Change, situation: Situation) -> str:
    if change.cause is Cause.GIT and not situation.sync.advance:
        return (
            "git changed it and sync.advance is off; set it to true, or take this commit alone with "
            "`reconciler apply --set sync.advance=true`"
        )
    return ""


def _flapping(change: Change, situation: Situation) -> str:
    if change.cause is not Cause.DRIFT or change.kind is Kind.DELETE:
        return ""
    flap, healed = situation.sync.flap, situation.healed(change.identity)
    places = [each.place for each in change.differences] or [WHOLE]
    fought = sorted(place for place in places if healed.get(place, 0) >= flap.times)
    if not fought:
        return ""
    return (
        f"flapping: {', '.join(fought)} was healed {max(healed[place] for place in fought)} times within "
        f"{flap.within / 60:g} minutes and came back each time, by an author unknown here; find out who sets it "
        "(CloudTrail), or put it into git; it is healed again when the span of sync.flap has passed"
    )


def _bounced(change: Change, situation: Situation) -> str:
    observed = situation.observed(change)
    definition = situation.reading.definitions.get(change.identity)
    written = change.kind in (Kind.UPDATE, Kind.TAG, Kind.ADOPT, Kind.TRANSITION)
    if written and observed and definition and observed.bounced == definition.digest:
        return "AWS gave this definition back different after it was written; change it as the differences show"
    return ""


def _setback(change: Change, situation: Situation) -> str:
    found = None if situation.approved else situation.setback(change)
    return found.sentence if found else ""


GUARDS: tuple[Callable[[Change, Situation], str], ...] = (
    _ownership, _adoption, _transition, _prune, _missed, _bounced, _advance, _heal, _flapping, _suspended, _mode,
    _window, _setback,
)  # fmt: skip
_OTHERS = tuple(guard for guard in GUARDS if guard not in (_mode, _window, _setback))
