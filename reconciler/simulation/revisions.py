"""Revisions: which one a source takes (reference E.2.4, E.2.5), and what flows from action to action."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.simulation.ids import identity

if TYPE_CHECKING:
    from reconciler.simulation.blueprint import Blueprint, Step
    from reconciler.simulation.engine import Engine
    from reconciler.simulation.state import Attempt, Execution
    from reconciler.simulation.trace import Start

_FORMS = {"ECR": ("sha256:", 64), "S3": ("", 32)}
_COMMIT = ("", 40)


def head(engine: Engine, step: Step) -> str:
    """Give the newest revision of what a source looks at; one that nobody named is made up, the same each time."""
    if step.source not in engine.heads:
        serial = int.from_bytes(step.source.encode()[-7:] or b"\0") ^ len(step.source)
        prefix, length = _FORMS.get(step.provider, _COMMIT)
        text = "".join(identity(engine.seed, serial + number).replace("-", "") for number in range(2))
        engine.heads[step.source] = prefix + text[:length]
    return engine.heads[step.source]


def told(step: Step, start: Start) -> dict[str, str]:
    """Give the variables of a source that depend on what started the run: branch, tag or pull request (D.1)."""
    configured = step.configuration.get("BranchName", "")
    if start.pull_request:
        found = {"PullRequestId": start.pull_request, "PullRequestTitle": "<PullRequestTitle>",
                 "SourceBranchName": start.branch, "DestinationBranchName": configured}  # fmt: skip
    else:
        found = {"TagName": start.tag} if start.tag else {"BranchName": start.branch or configured}
    return {name: value for name, value in found.items() if name in step.sometimes}


def seen(engine: Engine, blueprint: Blueprint) -> dict[str, str]:
    """Give the revisions that stand at the moment of a start; PARALLEL looks some up later (reference E.2.4)."""
    late = blueprint.parallel
    return {step.name: head(engine, step) for step in blueprint.sources if not (late and step.late)}


def made(engine: Engine, execution: Execution, attempt: Attempt) -> str:
    """Give the revision that an action's outputs have if nobody says otherwise: that of its first input."""
    step = attempt.step
    if not step.source:
        return attempt.inputs[0] if attempt.inputs else attempt.id[:8]
    if step.name in execution.start.revisions:
        return execution.start.revisions[step.name]
    return head(engine, step) if attempt.number > 1 else execution.heads.get(step.name) or head(engine, step)
