"""All rules of policy in one table, and what is told about each of them."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from reconciler.policy import (
    accounts,
    crossing,
    flow,
    live,
    naming,
    operability,
    promotion,
    reliability,
    roles,
    security,
    separation,
    sources,
    starts,
)

if TYPE_CHECKING:
    from reconciler.policy.rules import PolicyRule

RULES: tuple[PolicyRule, ...] = (
    *naming.RULES,
    *separation.RULES,
    *accounts.RULES,
    *sources.RULES,
    *flow.RULES,
    *promotion.RULES,
    *crossing.RULES,
    *security.RULES,
    *reliability.RULES,
    *starts.RULES,
    *operability.RULES,
    *live.RULES,
    *roles.RULES,
)


@cache
def by_id() -> dict[str, PolicyRule]:
    """Give every shipped rule by its id."""
    return {rule.id: rule for rule in RULES}


def titles() -> dict[str, str]:
    """Give what each rule asks for, by its id."""
    return {rule.id: rule.title for rule in RULES}
