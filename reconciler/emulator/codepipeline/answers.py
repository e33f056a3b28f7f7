"""What people tell a pipeline from outside: transitions, approvals, revisions (reference E.8, E.10, F.1)."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from reconciler.emulator.places import Place
    from reconciler.emulator.request import Document, Request


def disable_stage_transition(place: Place, request: Request) -> None:
    """Shut the way into a stage, or out of it."""
    body = request.body
    place.world.disable(body["pipelineName"], body["stageName"], body["transitionType"], body["reason"],
                        by=request.caller.arn)  # fmt: skip


def enable_stage_transition(place: Place, request: Request) -> None:
    """Open it again."""
    body = request.body
    place.world.enable(body["pipelineName"], body["stageName"], body["transitionType"], by=request.caller.arn)


def put_approval_result(place: Place, request: Request) -> Document:
    """Approve or reject; the time is that of the answer."""
    body = request.body
    at = place.world.approve(
        body["pipelineName"], body["stageName"], body["actionName"], body["token"], body["result"]["status"],
        body["result"]["summary"], by=request.caller.arn,
    )  # fmt: skip
    return {"approvedAt": place.moment(at)}


def put_action_revision(place: Place, request: Request) -> Document:
    """Tell a source action of a new revision."""
    body = request.body
    revision = body["actionRevision"]
    new, execution = place.world.put_action_revision(
        body["pipelineName"], body["stageName"], body["actionName"], revision["revisionId"],
        revision["revisionChangeId"], by=request.caller.arn,
    )  # fmt: skip
    return {"newRevision": new, "pipelineExecutionId": execution}


OPERATIONS: Mapping[str, Callable[[Place, Request], Document | None]] = {
    "DisableStageTransition": disable_stage_transition,
    "EnableStageTransition": enable_stage_transition,
    "PutApprovalResult": put_approval_result,
    "PutActionRevision": put_action_revision,
}
