"""What happens outside that may start a pipeline: changes in repositories, buckets and registries, as values."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

PULL_REQUEST_EVENTS = ("OPEN", "UPDATED", "CLOSED")
"""What happens to a pull request, as trigger filters name it (reference A.7)."""


@dataclass(frozen=True, slots=True)
class Push:
    """A push of one branch or one tag to a repository behind a connection, or to GitHub."""

    repository: str
    """`owner/name`, case-sensitive."""
    branch: str = ""
    tag: str = ""
    commit: str = ""
    files: tuple[str, ...] = ()
    """Paths that changed; only trigger filters on file paths look at them."""
    new: bool = False
    """Whether the push made the branch."""
    author: str = ""
    email: str = ""
    message: str = ""
    """First line of the commit's message."""
    provider: str = "GitHub"
    """What is behind the connection: `GitHub`, `GitLab`, `Bitbucket` and so on; only events tell it."""

    def __str__(self) -> str:
        what = f"tag {self.tag}" if self.tag else f"branch {self.branch}"
        return f"push of {what} to {self.repository}"


@dataclass(frozen=True, slots=True)
class PullRequest:
    """A pull request that was opened, got a new revision, or was closed."""

    repository: str
    event: str
    """`OPEN`, `UPDATED` or `CLOSED`."""
    number: str
    source: str
    """The branch that is to be merged; its head is what is built (reference E.15.5)."""
    destination: str
    """The branch that it is to be merged into; filters look at this one."""
    commit: str = ""
    files: tuple[str, ...] = ()
    author: str = ""
    email: str = ""
    message: str = ""
    provider: str = "GitHub"

    def __str__(self) -> str:
        return f"pull request {self.number} ({self.event}) into {self.destination} of {self.repository}"


@dataclass(frozen=True, slots=True)
class _Seen:
    """A change that EventBridge tells of."""

    account: str = field(default="", kw_only=True)
    region: str = field(default="", kw_only=True)
    envelope: Mapping[str, Any] | None = field(default=None, kw_only=True, compare=False, repr=False)
    """The event as it came; None for a change that a person wrote down."""


@dataclass(frozen=True, slots=True)
class CodeCommitChange(_Seen):
    """A reference of a CodeCommit repository was made, moved or deleted."""

    repository: str
    branch: str = ""
    commit: str = ""
    tag: str = ""
    event: str = "referenceUpdated"
    """`referenceCreated`, `referenceUpdated`, `referenceDeleted` or `unreferencedMergeCommitCreated`."""

    def __str__(self) -> str:
        return f"{self.event} of {self.branch or self.tag} in {self.repository}"


@dataclass(frozen=True, slots=True)
class S3Object(_Seen):
    """A new version of an object."""

    bucket: str
    key: str
    version: str = ""
    etag: str = ""
    reason: str = "PutObject"
    """`PutObject`, `CopyObject` or `CompleteMultipartUpload`."""
    through_cloudtrail: bool = False
    """Told by a trail's data event instead of the bucket's own notification."""

    def __str__(self) -> str:
        return f"{self.reason} of s3://{self.bucket}/{self.key}"


@dataclass(frozen=True, slots=True)
class EcrImage(_Seen):
    """An image was pushed to, or deleted from, a registry."""

    repository: str
    tag: str = "latest"
    digest: str = ""
    action: str = "PUSH"
    result: str = "SUCCESS"

    def __str__(self) -> str:
        return f"{self.action} of {self.repository}:{self.tag} ({self.result})"


@dataclass(frozen=True, slots=True)
class Scheduled(_Seen):
    """A schedule of EventBridge came due."""

    rule: str
    """ARN of the schedule's rule."""

    def __str__(self) -> str:
        return f"schedule {self.rule}"


@dataclass(frozen=True, slots=True)
class Polled:
    """A periodic check of source actions that poll found this change; no event tells of it."""

    change: Push | CodeCommitChange | S3Object

    def __str__(self) -> str:
        return f"{self.change}, found by polling"


Connected = Push | PullRequest
"""What triggers judge."""

Told = CodeCommitChange | S3Object | EcrImage | Scheduled
"""What EventBridge tells of."""

Change = Connected | Told | Polled
