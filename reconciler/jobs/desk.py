"""CodePipeline as a job's worker sees it: it takes one result for one job, and keeps it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from reconciler.jobs.clients import Client, Parameters

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconciler.jobs.job import Job

VARIABLES_BYTES = 122_880
"""All output variables of one action together (reference C)."""


@dataclass(frozen=True, slots=True)
class Report:
    """What a worker said of a job, once: parameters of PutJobSuccessResult or of PutJobFailureResult."""

    success: bool
    parameters: Mapping[str, Any] = field(default_factory=dict)

    @property
    def token(self) -> str:
        """The continuation token: the job is not done, the function wants to be called again."""
        return str(self.parameters.get("continuationToken", ""))


class Desk:
    """Takes results for the job that is open now; the client outlives jobs, as one in a warm function does."""

    def __init__(self, region: str) -> None:
        self.job: Job | None = None
        self.report: Report | None = None
        answers = {"PutJobSuccessResult": self._succeeded, "PutJobFailureResult": self._failed}
        self.codepipeline = Client("codepipeline", region, answers)

    def open(self, job: Job) -> None:
        """Expect one result, for this job."""
        self.job, self.report = job, None

    def close(self) -> Report | None:
        """Give the result, or None for silence; whatever comes later is refused."""
        report, self.job, self.report = self.report, None, None
        return report

    def _succeeded(self, parameters: Parameters) -> Parameters:
        variables = parameters.get("outputVariables", {})
        size = sum(len(f"{name}{value}".encode()) for name, value in variables.items())
        if size > VARIABLES_BYTES:
            message = f"The output variables have {size:,} bytes; the limit is {VARIABLES_BYTES:,}"
            raise self._error("OutputVariablesSizeExceededException", message, "PutJobSuccessResult")
        if variables and parameters.get("continuationToken"):
            message = "outputVariables cannot go with a continuationToken"
            raise self._error("ValidationException", message, "PutJobSuccessResult")
        return self._take(Report(success=True, parameters=parameters), "PutJobSuccessResult")

    def _failed(self, parameters: Parameters) -> Parameters:
        return self._take(Report(success=False, parameters=parameters), "PutJobFailureResult")

    def _take(self, report: Report, operation: str) -> Parameters:
        name = report.parameters["jobId"]
        if self.job is None or name != self.job.id:
            raise self._error("JobNotFoundException", f"There is no job {name} for this function", operation)
        if self.report is not None:
            raise self._error("InvalidJobStateException", f"The job {name} has its result already", operation)
        self.report = report
        return {}

    def _error(self, code: str, message: str, operation: str) -> Exception:
        return self.codepipeline.error(code, message, operation)
