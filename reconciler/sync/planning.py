"""Steps plan and verify: from what is known to a plan, and the check that the credentials belong to the account."""

from __future__ import annotations

import json
from collections import OrderedDict
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from reconciler.definitions.tags import OWNER
from reconciler.errors import ReconcilerError
from reconciler.pipeline import canonical, secrets
from reconciler.plan import build
from reconciler.sync import flapping, ordering, reading
from reconciler.sync.state import Event

if TYPE_CHECKING:
    from collections.abc import Iterable

    from reconciler.aws.sessions import Access
    from reconciler.definitions.definition import Definition
    from reconciler.plan.build import Identity
    from reconciler.plan.changes import Change
    from reconciler.plan.live import Observation
    from reconciler.sync.state import Pass, World


def plan(state: Pass, world: World) -> Pass:
    """Build the plan, and remember which pairs turned out equal."""
    if state.snapshot is None or state.reading is None:
        return state
    outcome = build.build(
        build.Request(
            commit=state.snapshot.commit,
            reading=state.reading,
            live=state.live,
            unreadable=state.unreadable,
            unknown=state.unknown,
            transitions=state.transitions,
            vanished=state.vanished,
            own=reading.context(world, state.catalogue).basis.secrets,
            sync=world.settings.sync,
            sealed_definition=_latest(lambda definition: reading.sealed(definition, state, world)),
            sealed_live=lambda identity: sealed_live(identity, world),
            approved=state.approved,
            holds=state.holds,
            rollout=lambda definition: ordering.rollout(definition, world.settings),
            missed=None if state.at_once else missed(state, world),
            setbacks=state.setbacks,
            healed=lambda identity: flapping.healed(identity, world),
        )
    )
    world.tell(Event("plan", f"{len(outcome.plan.changes)} changes"))
    planned = replace(state, plan=outcome.plan)
    wanted, agreements = state.reading.definitions, _agreements(outcome.agreed, planned, world.settings.sync.owner)
    world.memory.observed(_with_secrets(each, wanted[each.target, each.name], state, world) for each in agreements)
    return planned


def missed(state: Pass, world: World) -> dict[Identity, int]:
    """Give how often each pipeline was missed in a row; where history was rewritten, nothing that was seen counts."""
    return {} if state.snapshot is None or state.snapshot.rewritten else world.memory.missing()


def verify(state: Pass, world: World) -> Pass:
    """Hold every change of a target whose credentials belong to another account than the configured one.

    A quiet pass writes nothing and asks nothing.
    """
    if state.plan is None:
        return state
    targets = {change.target for change in state.plan.open}
    asked = {target: world.executor.submit(_mismatch, world.accesses[target], world) for target in sorted(targets)}
    reasons = {target: reason for target, answer in asked.items() if (reason := answer.result())}
    changes = tuple(_held(change, reasons.get(change.target, "")) for change in state.plan.changes)
    return replace(state, plan=replace(state.plan, changes=changes))


def sealed_live(identity: Identity, world: World) -> dict[str, Any] | None:
    """Give the sealed declaration that was last read of a pipeline."""
    target, name = identity
    text = world.memory.documents(target, [name]).get(name)
    return json.loads(text) if text else None


def _latest(sealed: Any) -> Any:
    """Remember the last answer: a plan asks for one definition several times in a row."""
    last: OrderedDict[Identity, dict[str, Any]] = OrderedDict()

    def asked(definition: Definition) -> dict[str, Any]:
        if definition.identity not in last:
            last.clear()
            last[definition.identity] = sealed(definition)
        return last[definition.identity]

    return asked


def _agreements(agreed: Iterable[Identity], state: Pass, owner: str) -> Iterable[Observation]:
    _, wanted, plan = state.known
    differing = {change.identity for change in plan.changes}  # in tags or transitions: not yet in force as a whole
    for target, name in agreed:
        found, definition = state.live[target][name], wanted.definitions[target, name]
        known: dict[str, Any] = {"agreed": definition.digest, "agreed_version": found.stamp.version}
        if definition.identity not in differing:
            known |= {"applied": definition.digest, "bounced": ""}
        if found.tags.get(OWNER) == owner:  # a pass that died may have set tags and not remembered it
            known["managed_tags"] = tuple(sorted({*found.managed_tags, *definition.tags}))
        if any(getattr(found, name) != value for name, value in known.items()):
            yield replace(found, **known)


def _with_secrets(
    found: Observation, definition: Definition, state: Pass, world: World
) -> tuple[Observation, str | None]:
    """Give git's fingerprints to the masks of a declaration that agrees with it, so that a later change shows.

    AWS shows every secret as the same mask: what was adopted, or created by a pass that died, has no others.
    """
    live = sealed_live(definition.identity, world)
    if live is None or f'"{secrets.MASK}"' not in canonical.text(live):
        return found, None
    known = secrets.carry(live, reading.sealed(definition, state, world))
    digest = canonical.digest(canonical.form(known, found.target.region))
    signed = reading.context(world, state.catalogue).sealer.signed(digest)
    return replace(found, digest=signed), canonical.text(known)


def _mismatch(access: Access, world: World) -> str:
    try:
        account = world.cloud.account(access)
    except ReconcilerError as error:
        return f"the account could not be checked: {error}"
    if account == access.target.account:
        return ""
    return (
        f"the credentials belong to account {account}, the settings say {access.target.account}; "
        "mend `assume_role` of the environment, or the credentials of this process"
    )


def _held(change: Change, reason: str) -> Change:
    return replace(change, held=change.held or reason)
