"""What a push, a tag or a pull request means to a pipeline: the change in its repository, and why it starts nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reconciler.errors import Broken
from reconciler.pipeline.canonical import CONNECTION
from reconciler.pipeline.model import Pipeline
from reconciler.simulation import sources, triggers
from reconciler.simulation.changes import CodeCommitChange, PullRequest, Push

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from reconciler.pipeline.arns import Target
    from reconciler.pipeline.model import Action
    from reconciler.simulation.changes import Change
    from reconciler.simulation.scenarios import Step

GIT = (CONNECTION, "CodeCommit", "GitHub")
"""Providers of sources that a push is about."""


def change(step: Step, declaration: Mapping[str, Any]) -> Push | PullRequest | CodeCommitChange:
    """Give the change that a step `push`, `tag` or `pr` makes in the repository of a pipeline's first git source.

    Raises Broken for a pipeline without one, and for a pull request where the repository is one of CodeCommit.
    """
    source, repository = _source(step, declaration)
    commit, files = step.text("commit"), tuple(step.members.get("files", ()))
    if step.verb == "pr":
        if source.provider != CONNECTION:
            raise Broken(f"{source.name} reads {source.provider}: only connections start pipelines for pull requests")
        return PullRequest(
            repository=repository,
            event=step.text("event", "OPEN").upper(),
            number=step.text("number", "1"),
            source=step.subject,
            destination=step.text("into") or _branch(source),
            commit=commit,
            files=files,
            author=step.text("by"),
        )
    tag, branch = (step.subject, "") if step.verb == "tag" else ("", step.subject)
    new = bool(step.members.get("new"))
    if source.provider == "CodeCommit":
        event = "referenceCreated" if new or tag else "referenceUpdated"
        return CodeCommitChange(repository=repository, branch=branch, tag=tag, commit=commit, event=event)
    author = step.text("by")
    return Push(repository=repository, branch=branch, tag=tag, commit=commit, files=files, new=new, author=author)


def reasons(declaration: Mapping[str, Any], made: Change, where: Target) -> Iterator[str]:
    """Say for each source of a pipeline, which lives at `where`, why a change does not start it."""
    if far := sources.away(Pipeline(declaration), made, where):
        yield far
        return
    if isinstance(made, Push | PullRequest):
        yield from (each.reason for each in triggers.matches(declaration, made) if not each.starts)
    for source in _sources(declaration):
        if source.provider != CONNECTION:
            watched = " ".join(filter(None, (_repository(source), _branch(source)))) or source.provider
            yield f"{source.name} watches {watched}, and this is a {made}"


def _source(step: Step, declaration: Mapping[str, Any]) -> tuple[Action, str]:
    found = [each for each in _sources(declaration) if each.provider in GIT]
    wanted = step.text("repository")
    if not found:
        there = ", ".join(sorted({each.provider for each in _sources(declaration)}))
        raise Broken(f"{declaration.get('name')} has no git source, its sources are {there}; start it without a push")
    source = next((each for each in found if _repository(each) == wanted), found[0])
    return source, wanted or _repository(source)


def _sources(declaration: Mapping[str, Any]) -> list[Action]:
    return [action for action in Pipeline(declaration).actions if action.category == "Source"]


def _repository(source: Action) -> str:
    settings = source.configuration
    if source.provider == "GitHub":
        return f"{settings.get('Owner')}/{settings.get('Repo')}"
    return str(settings.get("FullRepositoryId") or settings.get("RepositoryName") or "")


def _branch(source: Action) -> str:
    return str(source.configuration.get("BranchName") or source.configuration.get("Branch") or "")
