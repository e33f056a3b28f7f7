"""What starts a run: `push("main")`, `tag("v1.2")`, `pull_request("feature", into="main")`, `start()`."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from reconciler.simulation.scenarios import Step
from reconciler.simulation.trace import nothing

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

BRANCHES = ("BranchName", "Branch")
"""Configuration keys of source actions under which a branch stands (reference D.1)."""


@dataclass(frozen=True, slots=True)
class Trigger:
    """One thing that happens, in the words of scenario files and of the command line."""

    verb: str
    """`push`, `tag`, `pr` or `start`."""
    subject: str = ""
    members: Mapping[str, Any] = field(default_factory=nothing)

    def __repr__(self) -> str:
        word = {"pr": "pull_request"}.get(self.verb, self.verb)
        said = [repr(self.subject)] if self.subject else []
        return f"{word}({', '.join([*said, *(f'{name}={value!r}' for name, value in self.members.items())])})"

    def step(self, document: Mapping[str, Any], at: int = 0, name: str = "") -> Step:
        """Give the step of a scenario about one pipeline; a push of no branch is one of its source's branch."""
        subject = self.subject or (document["name"] if self.verb == "start" else _branch(document))
        return Step(at, self.verb, subject, self.members, name, document["name"])


def push(  # noqa: PLR0913 - what filters look at
    branch: str = "", *, repository: str = "", commit: str = "", files: Iterable[str] = (), new: bool = False,
    by: str = "",
) -> Trigger:  # fmt: skip
    """Push a branch, that of the first source if none is named; `files` are the paths that changed."""
    return _trigger("push", branch, repository=repository, commit=commit, files=tuple(files), new=new, by=by)


def tag(name: str, *, repository: str = "", commit: str = "", by: str = "") -> Trigger:
    """Push a tag."""
    return _trigger("tag", name, repository=repository, commit=commit, by=by)


def pull_request(  # noqa: PLR0913 - what filters look at
    branch: str, *, into: str = "", event: str = "OPEN", number: str = "", repository: str = "", commit: str = "",
    files: Iterable[str] = (), by: str = "",
) -> Trigger:  # fmt: skip
    """Open a pull request from a branch; `event` is `OPEN`, `UPDATED` or `CLOSED` (reference A.7)."""
    return _trigger(
        "pr", branch, into=into, event="" if event == "OPEN" else event, number=number, repository=repository,
        commit=commit, files=tuple(files), by=by,
    )  # fmt: skip


def start(*, by: str = "", revisions: Mapping[str, str] | None = None, token: str = "") -> Trigger:
    """Start by hand, as StartPipelineExecution does; `revisions` are by source action."""
    return _trigger("start", "", by=by, revisions=dict(revisions or {}), token=token)


def _trigger(verb: str, subject: str, **members: Any) -> Trigger:
    return Trigger(verb, subject, {name: value for name, value in members.items() if value})


def _branch(document: Mapping[str, Any]) -> str:
    actions = (action for stage in document["stages"] for action in stage["actions"])
    found = (action.get("configuration", {}).get(key) for action in actions for key in BRANCHES)
    return next(filter(None, found), "main")
