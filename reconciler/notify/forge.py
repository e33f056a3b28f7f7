"""The hosts of repositories: what a commit came to, as a status and as a comment. A row for each host."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import quote, urlsplit

import requests
from requests.auth import AuthBase

from reconciler.errors import Blocked, Broken, Retry
from reconciler.pipeline import secrets
from reconciler.report import notices
from reconciler.report.notices import Comment, Status

if TYPE_CHECKING:
    from collections.abc import Callable

    from reconciler.report.notices import Item

CONNECT, READ = 10.0, 20.0
"""Seconds until a connection is given up, and until an answer is."""
MOST = 65_536
"""Bytes of an answer that are read: it only matters where something went wrong."""
_SAID = 200
"""Characters of an answer that are told."""
_LONGEST = 30_000
"""Characters of a comment; Bitbucket takes 32,768."""


class Post(NamedTuple):
    """One request: the path below the API, and the JSON body."""

    path: str
    body: dict[str, Any]


class Host(NamedTuple):
    """How one host is told."""

    api: str
    """The public address of its API."""
    header: str
    """The header that carries the token."""
    token: str
    """How the token stands in it."""
    status: Callable[[str, str, Status], Post]
    """Takes the repository, the name of the status and the status."""
    comment: Callable[[str, Comment], Post]
    headers: tuple[tuple[str, str], ...] = ()


def _github(repository: str, context: str, status: Status) -> Post:
    state = "success" if status.success else "failure"
    body = {"state": state, "context": context, "description": status.description}
    return Post(f"repos/{repository}/statuses/{status.commit}", body)


def _gitlab(repository: str, context: str, status: Status) -> Post:
    state = "success" if status.success else "failed"
    body = {"state": state, "name": context, "description": status.description}
    return Post(f"projects/{quote(repository, safe='')}/statuses/{status.commit}", body)


def _bitbucket(repository: str, context: str, status: Status) -> Post:
    state = "SUCCESSFUL" if status.success else "FAILED"
    link = f"https://bitbucket.org/{repository}/commits/{status.commit}"  # it takes no status without a link
    body = {"state": state, "key": context, "name": context, "description": status.description, "url": link}
    return Post(f"repositories/{repository}/commit/{status.commit}/statuses/build", body)


HOSTS = {
    # docs.github.com, REST, "Commit statuses" and "Commit comments"
    "github": Host(
        "https://api.github.com", "Authorization", "Bearer {}", _github,
        lambda repository, said: Post(f"repos/{repository}/commits/{said.commit}/comments", {"body": said.text}),
        (("Accept", "application/vnd.github+json"), ("X-GitHub-Api-Version", "2022-11-28")),
    ),
    # docs.gitlab.com, "Commits API"
    "gitlab": Host(
        "https://gitlab.com/api/v4", "PRIVATE-TOKEN", "{}", _gitlab,
        lambda repository, said: Post(
            f"projects/{quote(repository, safe='')}/repository/commits/{said.commit}/comments", {"note": said.text}
        ),
    ),
    # developer.atlassian.com, Bitbucket Cloud, "Commit statuses" and "Commits"
    "bitbucket": Host(
        "https://api.bitbucket.org/2.0", "Authorization", "Bearer {}", _bitbucket,
        lambda repository, said: Post(
            f"repositories/{repository}/commit/{said.commit}/comments", {"content": {"raw": said.text}}
        ),
    ),
}  # fmt: skip


class _Token(AuthBase):
    """Sets the header of a token; given as an authentication, so that no `.netrc` puts another in its place."""

    def __init__(self, header: str, value: str) -> None:
        self._header, self._value = header, value

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """Set it."""
        request.headers[self._header] = self._value
        return request


@dataclass(frozen=True, slots=True)
class Forge:
    """One repository at its host."""

    label: str
    kind: str
    api: str
    """Address of the API; empty: the public one."""
    repository: str
    context: str
    token: Callable[[], str]
    """Gives the token, read each time; raises Blocked."""

    def send(self, item: Item) -> None:
        """Send a status or a comment; raises `Retry` or `Blocked` with the reason, in which no token is."""
        host = HOSTS[self.kind]
        if isinstance(item, Status):
            post = host.status(self.repository, self.context, item)
        elif isinstance(item, Comment):
            post = host.comment(self.repository, Comment(item.commit, notices.cut(item.text, _LONGEST)))
        else:
            raise Broken(f"{self.label} takes statuses and comments only")
        self._post(host, post)

    def _post(self, host: Host, post: Post) -> None:
        token = _fit(self.token(), self.label)
        address = f"{(self.api or host.api).rstrip('/')}/{post.path}"
        try:
            with requests.post(
                address, json=post.body, headers=dict(host.headers), auth=_Token(host.header, host.token.format(token)),
                timeout=(CONNECT, READ), allow_redirects=False, stream=True,
            ) as answer:  # fmt: skip
                said = answer.raw.read(MOST, decode_content=True).decode(errors="replace")
                self._check(answer, said, token)
        except requests.RequestException as error:  # its text may quote a proxy with a password
            raise Retry(f"{self.label}: {urlsplit(address).hostname}: {type(error).__name__}") from None

    def _check(self, answer: requests.Response, said: str, token: str) -> None:
        if answer.ok and not answer.is_redirect and answer.status_code < HTTPStatus.MULTIPLE_CHOICES:
            return
        if self.kind == "gitlab" and "Cannot transition status" in said:  # it is so already
            return
        shown = notices.cut(notices.line(said.replace(token, secrets.MASK)), _SAID)
        where = f"{self.label}: {urlsplit(answer.url).hostname} answered {answer.status_code}"
        if HTTPStatus.MULTIPLE_CHOICES <= answer.status_code < HTTPStatus.BAD_REQUEST:
            raise Blocked(f"{where}, a redirect, which is not followed: correct forge.api")
        if answer.status_code in _DENIED:
            raise Blocked(
                f"{where}: let the token of forge.token_file set commit statuses of {self.repository}; {shown}"
            )
        raise Retry(f"{where}: {shown}")


_DENIED = {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND}
"""A repository that a token may not see is not there for it."""


def _fit(token: str, label: str) -> str:
    if not (token.isascii() and token.isprintable() and token and " " not in token):
        raise Blocked(f"{label}: the file of forge.token_file holds no token: one line, without spaces")
    return token
