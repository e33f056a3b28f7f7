"""Whether a write may end executions that are in progress, and since when a change waits for them (reference E.7).

`wait` and `never` hold it, `drain` clears the way for it, `always` lets it through; a row for each. After `wait_limit`
whatever waits counts as blocked: a drain is given up, and the change goes through only once nothing is in its way.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from reconciler.errors import Blocked
from reconciler.plan import interruptions
from reconciler.plan.changes import Kind
from reconciler.plan.holds import clock
from reconciler.store.waits import Wait
from reconciler.sync import draining, interrupting, planning

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from reconciler.simulation.interruption import Running
    from reconciler.sync.work import Work

    Runs = tuple[Running, ...]


def clear(work: Work) -> Runs:
    """Give the executions that the write may end; raises Blocked while it must not be made."""
    if not (lost := endangered(work)):
        return ()
    how = interrupting.handling(work.change, work.state, work.world)
    return _WAYS[how.interrupt](work, lost)


def endangered(work: Work) -> Runs:
    """Ask which executions the write would end now."""
    running = work.world.cloud.executions(work.access, work.change.name)
    return interruptions.endangered(work.change, before(work), {}, running) if running else ()


def before(work: Work) -> Mapping[str, object]:
    """Give the declaration that is live."""
    return planning.sealed_live(work.change.identity, work.world) or {}


def noted(work: Work) -> Wait:
    """Give since when a change waits; what another definition waited for is another matter."""
    known, change = work.wait, work.change
    digest = "" if change.kind is Kind.DELETE else work.state.definition(change.identity).digest
    if known is None or known.digest != digest:
        fresh = Wait(target=change.target, name=change.name, digest=digest, since=work.world.now())
        work.wait = replace(fresh, stage=known.stage if known else "")
        work.world.memory.wait(work.wait)
        return work.wait
    return known


def limit(work: Work, wait: Wait) -> datetime:
    """Give when a change that waits counts as blocked."""
    return wait.since + timedelta(seconds=work.world.settings.sync.wait_limit)


def blocked(wait: Wait, lost: Runs) -> Blocked:
    """Give the reason of a change that has waited too long."""
    return Blocked(
        f"blocked: {interruptions.places(lost)} is in progress and would be ended; it has waited since "
        f"{clock(wait.since)}, longer than sync.wait_limit, and goes through once nothing is in progress: end what "
        "runs, or set `sync: {interrupt: drain}` or `always` in its file"
    )


def _always(_: Work, lost: Runs) -> Runs:
    return lost


def _wait(work: Work, lost: Runs) -> Runs:
    wait = noted(work)
    if work.world.now() >= (end := limit(work, wait)):
        raise blocked(wait, lost)
    raise Blocked(
        f"{interruptions.places(lost)} is in progress and would be ended; waits since {clock(wait.since)}, and the "
        f"next pass tries again; from {clock(end)} it counts as blocked (sync.interrupt is wait; `drain` would clear "
        "the way, `always` would end it)"
    )


def _never(work: Work, lost: Runs) -> Runs:
    wait = noted(work)
    raise Blocked(
        f"{interruptions.places(lost)} is in progress and would be ended; held since {clock(wait.since)} for as long "
        "as one is (sync.interrupt is never, which has no limit and clears no way)"
    )


def _drain(work: Work, lost: Runs) -> Runs:
    wait = noted(work)
    if work.world.now() >= limit(work, wait):
        draining.open_again(work)
        raise blocked(wait, lost)
    stage = draining.shut(work, before(work))
    lost = endangered(work)  # once more: something may have slipped through before the way was shut
    if passing := interruptions.beyond(before(work), lost):
        raise Blocked(
            f"{interruptions.places(passing)} is in progress and would be ended; drains since {clock(wait.since)}: "
            f"the way into stage {stage} is shut until it has left, at most until {clock(limit(work, wait))}"
        )
    return lost


_WAYS: dict[str, Callable[[Work, Runs], Runs]] = {
    "wait": _wait, "drain": _drain, "always": _always, "never": _never,
}  # fmt: skip
