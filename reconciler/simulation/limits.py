"""How long an action may be silent (reference C)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.simulation.blueprint import LAMBDA_WINDOW

if TYPE_CHECKING:
    from reconciler.simulation.engine import Engine
    from reconciler.simulation.state import Attempt


def limited(engine: Engine, attempt: Attempt) -> int | None:
    """Give the milliseconds of silence after which an action fails, and set its deadline; None if there is none."""
    step = attempt.step
    if step.timeout is None:
        return None
    left = max(0, attempt.started + step.timeout - engine.now)
    if step.invokes_function:
        left = min(left, LAMBDA_WINDOW)
    attempt.deadline = engine.now + left
    return left
