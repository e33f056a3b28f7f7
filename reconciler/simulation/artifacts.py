"""Where artifacts lie, and who may read them: buckets and keys (reference A.2), other accounts (reference E.17)."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from reconciler.pipeline.model import Action
    from reconciler.simulation.state import Execution

JENKINS = "Jenkins"
"""Provider whose actions cannot work in another account (reference E.17)."""


def store(document: Mapping[str, Any], region: str) -> Mapping[str, Any]:
    """Give the artifact store of a declaration for a Region."""
    stores = document.get("artifactStores") or {}
    found: Mapping[str, Any] = stores.get(region) or document.get("artifactStore") or next(iter(stores.values()), {})
    return found


def location(execution: Execution, region: str, name: str) -> dict[str, str]:
    """Give bucket and key of an artifact for an action in a Region; that Region's bucket has a copy (E.17).

    The last part of the key is random in the service, and here the same for one execution. A rollback reads what its
    target made, and overwrites none of it.
    """
    blueprint = execution.blueprint
    made_by = execution.id if not execution.rollback_of or _makes(execution, name) else execution.rollback_of
    mark = zlib.crc32(f"{made_by}/{name}".encode())
    bucket = str(store(blueprint.document, region).get("location", ""))
    return {"bucket": bucket, "key": f"{blueprint.name[:20]}/{name[:10]}/{mark:08x}"[:1024]}


def _makes(execution: Execution, name: str) -> bool:
    return any(name in each.step.outputs for visit in execution.visits.values() for each in visit.attempts)


def account(role: str | None) -> str:
    """Give the account of a role's ARN; empty for what is no such ARN."""
    parts = (role or "").split(":")
    return parts[4] if len(parts) > 5 and parts[4].isdigit() else ""  # noqa: PLR2004 - arn:aws:iam::ACCOUNT:role


def refusal(action: Action, home: str, makers: Mapping[str, Action], document: Mapping[str, Any], region: str) -> str:
    """Say why an action cannot have its artifacts for the account that it works in; empty if it can.

    `home` is the account of the pipeline, `makers` are the actions by the artifact that they make. An artifact made in
    the pipeline's account goes everywhere, one made in another account goes home and stays in that account.
    """
    own = account(action.role_arn) or home
    if own == home:
        return ""
    if action.provider == JENKINS:
        return f"{action.place} is a {JENKINS} action, and those do not work in another account ({own})"
    for name, maker in ((name, makers[name]) for name in action.inputs if name in makers):
        if (made_in := account(maker.role_arn) or home) not in (home, own):
            return (f"{action.place} works in account {own} and may not read {name}: {maker.place} made it in account "
                    f"{made_in}; let one of them work in the pipeline's account {home}")  # fmt: skip
    if (action.inputs or action.outputs) and "encryptionKey" not in store(document, region):
        return (f"{action.place} works in account {own}, and the artifact store of {region} is encrypted with the "
                "default key, which other accounts cannot use; give it an encryptionKey")  # fmt: skip
    return ""


def makers(actions: Iterable[Action]) -> dict[str, Action]:
    """Give the action that makes each artifact."""
    return {name: action for action in actions for name in action.outputs}
