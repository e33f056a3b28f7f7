"""Safety limits: how much of a target one plan may change before somebody has to look."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING

from reconciler.plan.changes import Change, Kind

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from reconciler.pipeline.arns import Target
    from reconciler.settings import Limits

LIMITED = {
    "changes": frozenset({Kind.UPDATE, Kind.TAG, Kind.ADOPT}),
    "deletions": frozenset({Kind.DELETE}),
}
"""Kinds that count against each limit.

Creations do not: they take nothing away. Transitions do not: what opens or shuts is written stage by stage, and a
freeze of everything must not be held because it is one of everything.
"""


def hold(changes: Iterable[Change], owned: Mapping[Target, int], limits: Limits) -> tuple[Change, ...]:
    """Give the changes with those held that exceed a limit of their target; `owned` counts its pipelines.

    A limit that is passed holds all its changes of that target: which of them is the mistake cannot be known.
    """
    by_target: dict[Target, list[Change]] = defaultdict(list)
    for change in changes:
        by_target[change.target].append(change)
    return tuple(change for target, found in by_target.items() for change in _held(found, owned.get(target, 0), limits))


def allowed(share: str, owned: int, at_least: int) -> int:
    """Give how many changes a share allows: `30%` of the owned pipelines or a plain number, never below `at_least`."""
    most = owned * int(share[:-1]) // 100 if share.endswith("%") else int(share)
    return max(most, at_least)


def _held(changes: list[Change], owned: int, limits: Limits) -> Iterable[Change]:
    reasons: dict[Kind, str] = {}
    for name, kinds in LIMITED.items():
        share = getattr(limits, name)
        count = sum(change.kind in kinds and not change.held for change in changes)
        if count > (most := allowed(share, owned, limits.at_least)):
            reason = (
                f"{count} {name} in {changes[0].target}, the limit is {most} (sync.limits.{name} {share} of {owned} "
                f"owned, at_least {limits.at_least}); after a look, pass --set sync.limits.{name}={count}"
            )
            reasons |= dict.fromkeys(kinds, reason)
    for change in changes:
        yield replace(change, held=reasons[change.kind]) if change.kind in reasons and not change.held else change
