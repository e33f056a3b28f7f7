"""Outcomes that are decided when an action starts: functions, and Lambda handlers that report (reference D.5)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reconciler.errors import Broken
from reconciler.simulation import given
from reconciler.simulation.outcomes import ActionContext, Calls, Continues, Outcome, Runs

if TYPE_CHECKING:
    from reconciler.simulation.engine import Engine
    from reconciler.simulation.outcomes import Verdict
    from reconciler.simulation.state import Attempt, Execution

CALLS = 8
"""How many functions may hand a decision on to another one."""


def decided(engine: Engine, execution: Execution, attempt: Attempt, outcome: Calls | Runs, token: str = "") -> Verdict:
    """Ask functions until one gives an outcome that is none; raises `Broken` if they never do."""
    made: Any = outcome
    for _ in range(CALLS):
        if isinstance(made, Calls):
            made = made.function(context(engine, execution, attempt, token))
        elif isinstance(made, Runs):
            made = _handled(engine, made, context(engine, execution, attempt, token))
        else:
            break
    if isinstance(made, Calls | Runs) or not isinstance(made, Outcome | Continues):
        raise Broken(f"the function given for {attempt.step.place} gave {made!r}; it must give an outcome")
    if not isinstance(made, Continues):
        given.fits(made, attempt.step)
    return made


def _handled(engine: Engine, runs: Runs, about: ActionContext) -> Verdict:
    if engine.handlers is None:
        raise Broken(f"{about.stage}/{about.action} runs {runs.handler}, but this world was given no `handlers`")
    return engine.handlers(runs, about)


def context(engine: Engine, execution: Execution, attempt: Attempt, continuation: str = "") -> ActionContext:
    """Give what an outcome may look at."""
    step = attempt.step
    return ActionContext(
        pipeline=execution.blueprint.name, execution=execution.id, stage=step.stage, action=step.name,
        attempt=attempt.number, now=engine.now, account=engine.target.account, region=step.region,
        provider=step.provider, configuration=attempt.configuration,
        inputs=dict(zip(step.inputs, attempt.inputs, strict=True)), outputs=step.outputs,
        variables=execution.variables, job=attempt.id, continuation=continuation,
    )  # fmt: skip
