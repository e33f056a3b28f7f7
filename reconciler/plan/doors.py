"""The transition that a drain shuts, and how its reason says whose it is (reference E.8).

The reason is all that AWS keeps of it: whoever finds it reads who shut the way and why, and a pass recognises its own.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from reconciler.pipeline import canonical
from reconciler.plan.live import Transition

if TYPE_CHECKING:
    from reconciler.plan.changes import Change

_STRANGE = re.compile(r"[^a-zA-Z0-9!@ ().*?-]")
_LONGEST = 100
_SHOWN = 8


def shut(owner: str, change: Change) -> Transition:
    """Give the state of a way that is shut for a change."""
    what = f"update to definition {change.digest[:_SHOWN]}" if change.digest else "deletion"
    text = f"{_sign(owner)} keeps new executions out until the {what} is done. It is opened again without you."
    return Transition(enabled=False, reason=text)


def ours(state: Transition, owner: str) -> bool:
    """Tell whether we shut a way for a drain, and nobody else did."""
    return not state.enabled and state.reason.startswith(_sign(owner))


def _sign(owner: str) -> str:
    """Name an owner in the characters that AWS takes; the digest keeps apart whom they would make look alike."""
    return f"Drain by {_STRANGE.sub('-', owner)[:_LONGEST]} ({canonical.digest(owner)[:_SHOWN]})"
