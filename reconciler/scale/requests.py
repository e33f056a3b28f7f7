"""What travels between the leader and a worker: values without credentials, and without plaintext secrets.

Rules of this file:

* What a pass means travels with it: environments, naming, what `sync` and `policy` say. What is a worker's own does
  not: where its store and its git are, how it reaches AWS, how it answers and tells.
* Definitions travel as headers; a worker that needs a declaration reads it from git itself.
"""

from __future__ import annotations

import json
import zlib
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from reconciler.plan.efforts import Effort

if TYPE_CHECKING:
    from reconciler.pipeline.arns import Target
    from reconciler.settings import Settings
    from reconciler.sync.parts import Part
    from reconciler.sync.state import Pass

TRAVELLING = {"environments", "naming", "policy", "action_types", "sync", "drift"}
"""Groups of settings that say what a pass means."""


@dataclass(frozen=True, slots=True)
class Request:
    """One step of a pass, to be done for one target."""

    step: str
    """Its name in `sync.parts`."""
    target: Target
    state: Pass
    settings: bytes
    """As `packed` gives it."""
    lease: int | None
    """The number under which the leader writes; None for a step that writes nothing."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of a request."""

    part: Part = field(default_factory=dict)
    fault: str = ""
    """Why it could not be done; empty if it was."""
    effort: Effort = field(default_factory=Effort)


@dataclass(frozen=True, slots=True)
class Description:
    """What a worker says of itself."""

    name: str
    version: str
    python: str
    mark: str
    """Tells stores apart; see `seats.mark`."""


def packed(settings: Settings) -> bytes:
    """Give the settings that travel, small: they go with every request."""
    return zlib.compress(settings.model_dump_json(include=TRAVELLING, exclude_unset=True).encode())


def unpacked(own: Settings, packet: bytes) -> Settings:
    """Give a worker's own settings, with those that travelled in place of its own."""
    found: Settings = own.model_copy(update=_groups(type(own), packet))
    return found


@lru_cache(maxsize=4)
def _groups(model: type[Settings], packet: bytes) -> dict[str, Any]:
    loaded = model.model_validate(json.loads(zlib.decompress(packet)))
    return {name: getattr(loaded, name) for name in TRAVELLING}
