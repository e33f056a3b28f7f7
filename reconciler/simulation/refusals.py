"""The one way in which the world says no: AWS's error class and a message (reference B.2, F.1)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.errors import Blocked

if TYPE_CHECKING:
    from reconciler.pipeline.rules import Finding

ACTION_NOT_FOUND = "ActionNotFoundException"
ACTION_TYPE_NOT_FOUND = "ActionTypeNotFoundException"
ANSWERED = "ApprovalAlreadyCompletedException"
CONFLICT = "ConflictException"
DUPLICATED_STOP = "DuplicatedStopRequestException"
EXECUTION_NOT_FOUND = "PipelineExecutionNotFoundException"
INVALID_ACTION = "InvalidActionDeclarationException"
INVALID_JOB_STATE = "InvalidJobStateException"
INVALID_NONCE = "InvalidNonceException"
INVALID_STAGE = "InvalidStageDeclarationException"
INVALID_STRUCTURE = "InvalidStructureException"
INVALID_TAGS = "InvalidTagsException"
INVALID_TOKEN = "InvalidApprovalTokenException"  # noqa: S105 - the name of an error class
JOB_NOT_FOUND = "JobNotFoundException"
LIMIT = "ConcurrentPipelineExecutionsLimitExceededException"
NAME_IN_USE = "PipelineNameInUseException"
NOT_LATEST = "NotLatestPipelineExecutionException"
NOT_OVERRIDABLE = "ConditionNotOverridableException"
NOT_RETRYABLE = "StageNotRetryableException"
NOT_STOPPABLE = "PipelineExecutionNotStoppableException"
OUTDATED = "PipelineExecutionOutdatedException"
OUTPUT_TOO_LARGE = "OutputVariablesSizeExceededException"
PIPELINE_NOT_FOUND = "PipelineNotFoundException"
STAGE_NOT_FOUND = "StageNotFoundException"
TOO_MANY_TAGS = "TooManyTagsException"
UNABLE_TO_ROLL_BACK = "UnableToRollbackStageException"
VALIDATION = "ValidationException"


class Refused(Blocked):
    """An intent that CodePipeline would answer with an error; `code` is AWS's class name.

    `findings` are what the rules say of a declaration, where one was refused; else ().
    """

    def __init__(self, code: str, message: str, findings: tuple[Finding, ...] = ()) -> None:
        super().__init__(f"{code}: {message}")
        self.code, self.message, self.findings = code, message, findings
