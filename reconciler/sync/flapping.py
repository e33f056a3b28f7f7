"""How often the fields of a pipeline were healed lately, as the journal tells it."""

from __future__ import annotations

import json
from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING

from reconciler.plan.changes import Cause
from reconciler.plan.guards import WHOLE

if TYPE_CHECKING:
    from reconciler.plan.build import Identity
    from reconciler.sync.state import World


def healed(identity: Identity, world: World) -> Counter[str]:
    """Give how often each field, by place, was brought back to git within the span of `sync.flap`."""
    since = world.now() - timedelta(seconds=world.settings.sync.flap.within)
    entries = world.memory.written(identity[1], since, identity[0])
    drifted = (each for each in entries if each.reason.startswith(f"{Cause.DRIFT}:"))
    return Counter(place for each in drifted for place in _places(each.differences))


def _places(differences: str) -> set[str]:
    return {str(each["place"]) for each in json.loads(differences)} or {WHOLE}
