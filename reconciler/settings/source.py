"""Where definitions come from, and what is known about them beforehand."""

from __future__ import annotations

from pydantic import Field

from reconciler import documents
from reconciler.scalars import Account, Parameter, Region, Seconds
from reconciler.settings.group import Group


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
    timeout: Seconds = 60
    """Seconds that one git command may take before the pass gives up and tries again later."""
    max_file_bytes: int = Field(default=documents.MAX_BYTES, ge=1)
    """Bytes of the largest file that is read. A definition of 1,000 actions stays below 1 MiB."""


class Templates(Group):
    """What is known about the CloudFormation templates that `reconciler validate` judges."""

    parameters: dict[str, Parameter] = {}
    """Values of parameters by name, for all templates; `--parameters FILE` is laid over them. Without a value a
    parameter is unknown, and what depends on it is not judged."""
    region: Region | None = None
    """The Region that the templates are deployed to: `AWS::Region`. Unknown unless given: templates go anywhere."""
    account: Account | None = None
    """The 12-digit account id that the templates are deployed to: `AWS::AccountId`. Unknown unless given."""
