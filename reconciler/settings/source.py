"""Where definitions come from, and what is known about them beforehand."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from reconciler import documents
from reconciler.scalars import Account, Cron, Parameter, Queue, Region, Seconds, Zone
from reconciler.settings.group import Group


class Schedule(Group):
    """Times that come again and again."""

    cron: Cron
    """Five fields of cron, such as `0 6 * * mon-fri`."""
    timezone: Zone = "UTC"
    """Time zone of `cron`, such as `Europe/Berlin`. UTC knows no daylight saving, so nothing is lost or comes twice."""


class Verify(Group):
    """Whose commits are taken."""

    signatures: Literal["none", "head", "tag"] = "none"
    """What must be signed: the `head` of the branch, or a `tag` on it. None: only you know whose keys to trust."""
    signers: str = ""
    """File of SSH keys that may sign, in the form of `allowed_signers` of ssh-keygen; a relative path starts here."""
    keys: str = ""
    """File of OpenPGP public keys that may sign, as `gpg --armor --export` writes it; a relative path starts here."""

    @model_validator(mode="after")
    def _somebody_may_sign(self) -> Self:
        if self.signatures != "none" and not (self.signers or self.keys):
            message = "signatures are asked for, and nobody may sign: set source.verify.signers, or .keys"
            raise ValueError(message)
        return self


class Source(Group):
    """The git repository that says what should be."""

    repository: str = "."
    """Path or URL (file, https, ssh) of the repository. The present folder, so that a clone can be tried at once."""
    branch: str = "main"
    """The branch whose head is wanted. One branch: environments are told apart by definitions, not by branches."""
    path: str = "pipelines"
    """Folder inside the repository below which every `*.yaml`, `*.yml` and `*.json` is a definition."""
    poll: Seconds = 60
    """Seconds between two looks at the branch. A minute: pushes to a local repository are seen at once anyway."""
    jitter: float = Field(default=0.1, ge=0, le=1)
    """Share of `poll` by which each wait is varied, so that many daemons do not look at the same moment."""
    schedule: tuple[Schedule, ...] = ()
    """Times at which a pass begins whatever `poll` says: `{cron: "0 6 * * mon-fri", timezone: Europe/Berlin}`."""
    queue: Queue = ""
    """ARN of an SQS queue that EventBridge fills: a push, or a change that somebody made, is then seen in seconds.
    Without one they are seen at the next `poll`."""
    timeout: Seconds = 60
    """Seconds that one git command may take before the pass gives up and tries again later."""
    max_file_bytes: int = Field(default=documents.MAX_BYTES, ge=1)
    """Bytes of the largest file that is read. A definition of 1,000 actions stays below 1 MiB."""
    verify: Verify = Verify()


class Templates(Group):
    """What is known about the CloudFormation templates that `reconciler validate` judges."""

    parameters: dict[str, Parameter] = {}
    """Values of parameters by name, for all templates; `--parameters FILE` is laid over them. Without a value a
    parameter is unknown, and what depends on it is not judged."""
    region: Region | None = None
    """The Region that the templates are deployed to: `AWS::Region`. Unknown unless given: templates go anywhere."""
    account: Account | None = None
    """The 12-digit account id that the templates are deployed to: `AWS::AccountId`. Unknown unless given."""
