"""One definition as it would be applied, for people: the declaration and what stands beside it, secrets masked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reconciler.pipeline import secrets
from reconciler.plan import wire

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconciler.definitions.definition import Definition
    from reconciler.pipeline.providers import Catalogue

_NO_FINGERPRINT = "0" * 12


def shown(definition: Definition, catalogue: Catalogue | None = None) -> dict[str, Any]:
    """Give `pipeline`, and `tags` and `transitions` if there are any: the members of a native file.

    `catalogue` says which keys of which actions are secret, a team's own types among them; None: what is shipped.
    """
    sent = wire.completed(definition.document, None)
    beside = {"tags": dict(definition.tags), "transitions": {key: dict(item) for key, item in _shut(definition)}}
    whole = {"pipeline": sent, **{key: value for key, value in beside.items() if value}}
    sealer = secrets.Sealer(lambda _: _NO_FINGERPRINT, catalogue.secrets if catalogue else secrets.NO_KEYS)
    masked: dict[str, Any] = secrets.reveal_nothing(sealer.seal(whole))
    return masked


def _shut(definition: Definition) -> list[tuple[str, Mapping[str, str]]]:
    return sorted(definition.transitions.items())
