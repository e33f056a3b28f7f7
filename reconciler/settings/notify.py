"""Who hears of what, and where the host of the repository is told."""

from __future__ import annotations

import re
from typing import Literal, Self

from pydantic import Field, field_validator, model_validator

from reconciler.scalars import Api, Topic
from reconciler.settings.group import Group

_REPOSITORY = re.compile(r"[\w.-]+(?:/[\w.-]+)+")


class Notice(Group):
    """One who hears: of what, of which environments, and where."""

    on: tuple[Literal["drift", "recovered", "failed", "blocked", "applied", "report"], ...] = (
        "drift", "recovered", "failed", "blocked",
    )  # fmt: skip
    """Of what: what begins, and `recovered` when it is over; each once. Changes that were applied and reports are left
    out unless named: git and `drift.to` tell them."""
    url: str = ""
    """Where to, as apprise writes it, such as `slack://…`, `mailtos://…` or `jsons://HOST/PATH`. It often holds a
    token, so there is `url_file` beside it."""
    url_file: str = ""
    """File with such a URL, read for each message; a relative path starts here."""
    topic: Topic = ""
    """ARN of a topic of SNS, which is reached with the process's own credentials."""
    environments: tuple[str, ...] = ()
    """Only of these; empty: of all. What belongs to no environment for sure, such as a broken file, is heard by all."""

    @model_validator(mode="after")
    def _goes_to_one_place(self) -> Self:
        if sum(map(bool, (self.url, self.url_file, self.topic))) != 1:
            message = "name one of url, url_file and topic: that is where it goes"
            raise ValueError(message)
        return self


class Forge(Group):
    """The host of the repository, which is told what its commits came to."""

    kind: Literal["", "github", "gitlab", "bitbucket"] = ""
    """Which one; empty: none is told. Bitbucket means its cloud."""
    api: Api = ""
    """Address of its API where that is not the public one: `https://HOST/api/v3` of a GitHub of your own, or
    `https://HOST/api/v4` of a GitLab. HTTPS, because a token is sent there."""
    repository: str = ""
    """`owner/name`, or the whole path in GitLab."""
    token_file: str = ""
    """File with a token that may set commit statuses, read each time; a relative path starts here."""
    context: str = Field(default="codepipeline-reconciler", min_length=1, max_length=40)
    """Name of the status, by which rules of branches know it. Forty characters: the most that Bitbucket takes."""
    comments: bool = False
    """Whether a commit that is held or failed also gets a comment with the findings. Off: the status says that much,
    and comments send mail."""

    @field_validator("repository")
    @classmethod
    def _is_a_path(cls, value: str) -> str:
        if value and (not _REPOSITORY.fullmatch(value) or ".." in value.split("/")):
            message = f"{value!r} is not owner/name"
            raise ValueError(message)
        return value

    @model_validator(mode="after")
    def _is_complete(self) -> Self:
        if self.kind and not (self.repository and self.token_file):
            message = "forge.kind needs forge.repository and forge.token_file"
            raise ValueError(message)
        return self
