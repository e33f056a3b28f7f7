"""How the executions of a pipeline go: the last one, and what failed in it with the way out. Values only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from reconciler.pipeline.arns import Target

FAILED = "Failed"


@dataclass(frozen=True, slots=True)
class Failure:
    """An action that failed (reference E.18). Texts come from AWS and from builds: scrubbed of secrets, not escaped."""

    stage: str
    action: str
    code: str
    """Such as `JobFailed`, `ConfigurationError`, `PermissionError` (reference B.3); empty if AWS gives none."""
    message: str
    url: str = ""
    """Where the build or the deployment itself tells more; empty if AWS gives none, or one that is not https."""
    remedy: str = ""
    """What is known to help, a sentence or two; empty if nothing is known."""
    statement: str = ""
    """The IAM statement to add, as JSON text; empty where no permission is missing."""


@dataclass(frozen=True, slots=True)
class Health:
    """The last execution of one pipeline, as it was when it was looked at."""

    target: Target
    name: str
    execution: str = ""
    """Id of the last execution; empty if there has been none in 12 months."""
    status: str = ""
    """As AWS spells it: `InProgress`, `Succeeded`, `Failed`, `Stopped`, …; empty without an execution."""
    summary: str = ""
    began: datetime | None = None
    changed: datetime | None = None
    """When AWS last noted a change of this execution; of one that ended, its end."""
    failures: tuple[Failure, ...] = ()
    """What failed in it, in the order of the stages."""
    polling_disabled: str = ""
    """ISO 8601, when AWS switched polling off because nothing ran for 30 days (reference A.9); empty if it did not."""
    read: datetime | None = None
    """When we looked."""

    @property
    def failed(self) -> bool:
        """Whether the last execution failed."""
        return self.status == FAILED
