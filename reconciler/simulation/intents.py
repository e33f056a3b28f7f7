"""What the API can be asked for about pipelines and executions, one method per operation (reference F.1).

Rules of this file:

* An intent raises `Refused` or nothing, and stands in the log with its caller (reference G.3).
* When a method returns, everything that is due at this moment has happened.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from reconciler.simulation import approvals, overrides, retries, rollbacks, starts, stops, transitions, updates
from reconciler.simulation.engine import Engine
from reconciler.simulation.outcomes import Approved, Rejected
from reconciler.simulation.refusals import VALIDATION, Refused
from reconciler.simulation.trace import NOTHING, Start

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


class Intents(Engine):
    """A world that can be asked to do something; executions are named by id or by number."""

    # Definitions ----------------------------------------------------------------------------------------------------

    def create(self, document: Mapping[str, Any], tags: Mapping[str, str] | None = None, *, by: str = "",
               run: bool = True) -> int:  # fmt: skip
        """CreatePipeline: gives version 1 and, as the service does, starts a first execution unless `run` is False.

        Raises `Refused` with the class and the findings of the first rule that is broken.
        """
        with self._intent("CreatePipeline", document.get("name", ""), by, {"tags": tags}):
            version = updates.create(self, document, tags)
            if run:
                starts.start(self, document["name"], Start("CreatePipeline", by, by))
        return version

    def update(self, document: Mapping[str, Any], *, by: str = "") -> int:
        """UpdatePipeline: gives the new version; runs end as reference E.7 says. Raises `Refused`."""
        with self._intent("UpdatePipeline", document.get("name", ""), by):
            return updates.update(self, document)

    def delete(self, name: str, *, by: str = "") -> None:
        """DeletePipeline; no error if there is none."""
        with self._intent("DeletePipeline", name, by):
            updates.delete(self, name)

    # Executions -----------------------------------------------------------------------------------------------------

    def start(  # noqa: PLR0913 - what the API takes, and who
        self, pipeline: str, *, by: str = "", variables: Mapping[str, str] = NOTHING, revisions: Any = NOTHING,
        token: str = "", trigger: Start | None = None,
    ) -> str:  # fmt: skip
        """StartPipelineExecution: gives the execution's id.

        `revisions` are by source action, or a list in the API's shape. `trigger` says what else started it; then a
        start that cannot be becomes a failed execution instead of a refusal (reference E.5).
        """
        asked = {"variables": dict(variables), "revisions": revisions} if variables or revisions else None
        with self._intent("StartPipelineExecution", pipeline, by, asked):
            self._check_given(pipeline)
            wanted = trigger or Start(starts.BY_API, by, by)
            if variables:
                wanted = replace(wanted, variables={**wanted.variables, **variables})
            if revisions:
                wanted = starts.overridden(self.track(pipeline).blueprint, wanted, revisions)
            return starts.start(self, pipeline, wanted, token)

    def _check_given(self, pipeline: str) -> None:
        """Check what is given against every version of every pipeline, once for each change of either."""
        self.track(pipeline)
        tracks = (*self.tracks.values(), *self.deleted.values())
        state = (self.given, sum(len(track.versions) for track in tracks))
        if self.given.entries and self.checked != state:
            self.given.check([version for track in tracks for version in track.versions.values()])
            self.checked = state

    def stop(self, pipeline: str, execution: str | int, *, abandon: bool = False, reason: str = "", by: str = "",
             ) -> None:  # fmt: skip
        """StopPipelineExecution."""
        with self._intent("StopPipelineExecution", pipeline, by, {"abandon": abandon, "reason": reason}):
            stops.stop(self, pipeline, self.id_of(pipeline, execution), abandon=abandon, reason=reason)

    def retry(self, pipeline: str, stage: str, execution: str | int, mode: str = retries.FAILED, *, by: str = "",
              ) -> None:  # fmt: skip
        """RetryStageExecution with `FAILED_ACTIONS` or `ALL_ACTIONS`."""
        with self._intent("RetryStageExecution", pipeline, by, {"stage": stage, "mode": mode}):
            retries.retry(self, pipeline, stage, self.id_of(pipeline, execution), mode)

    def rollback(self, pipeline: str, stage: str, target: str | int, *, by: str = "") -> str:
        """RollbackStage: gives the id of the new execution."""
        with self._intent("RollbackStage", pipeline, by, {"stage": stage}):
            return rollbacks.roll_back(self, pipeline, stage, self.id_of(pipeline, target), by)

    def override(self, pipeline: str, stage: str, execution: str | int, condition: str, *, by: str = "") -> None:
        """OverrideStageCondition with `BEFORE_ENTRY` or `ON_SUCCESS`."""
        with self._intent("OverrideStageCondition", pipeline, by, {"stage": stage, "condition": condition}):
            overrides.override(self, pipeline, stage, self.id_of(pipeline, execution), condition)

    def disable(self, pipeline: str, stage: str, direction: str = "Inbound", reason: str = "disabled", *, by: str = "",
                ) -> None:  # fmt: skip
        """DisableStageTransition."""
        with self._intent("DisableStageTransition", pipeline, by, {"stage": stage, "reason": reason}):
            transitions.disable(self, pipeline, stage, direction, reason, by)

    def enable(self, pipeline: str, stage: str, direction: str = "Inbound", *, by: str = "") -> None:
        """EnableStageTransition."""
        with self._intent("EnableStageTransition", pipeline, by, {"stage": stage}):
            transitions.enable(self, pipeline, stage, direction, by)

    def approve(  # noqa: PLR0913, PLR0917 - what the API takes, and who
        self, pipeline: str, stage: str, action: str, token: str | None = None, status: str = "Approved",
        summary: str = "", *, by: str = "approver",
    ) -> int:  # fmt: skip
        """PutApprovalResult with `Approved` or `Rejected`; without a token the pending one is meant. Gives the time."""
        with self._intent("PutApprovalResult", pipeline, by, {"stage": stage, "action": action, "status": status}):
            if status not in ("Approved", "Rejected"):
                raise Refused(VALIDATION, f"status is Approved or Rejected, not {status!r}")
            outcome = Approved(by, None, summary) if status == "Approved" else Rejected(by, summary)
            approvals.answer(self, pipeline, (stage, action), token, outcome)
        return self.now

    def id_of(self, pipeline: str, execution: str | int) -> str:
        """Give the id of an execution by id or by number; an unknown number gives a text that is no id."""
        if isinstance(execution, str):
            return execution
        known = (each for each in self.track(pipeline).executions if self.runs[each].number == execution)
        return next(known, f"#{execution}")

    @contextmanager
    def _intent(self, name: str, pipeline: str, by: str, asked: Mapping[str, Any] | None = None) -> Iterator[None]:
        """Write an intent into the log, with its refusal if it is refused; then let happen what is due."""
        try:
            yield
        except Refused as refusal:
            detail = {"by": by, "parameters": asked, "code": refusal.code, "message": refusal.message}
            self.write("intent", pipeline, name, detail=detail)
            raise
        self.write("intent", pipeline, name, detail={"by": by, "parameters": asked} if asked else {"by": by})
        self.drain()
