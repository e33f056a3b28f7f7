"""Which pipelines a change starts, and by which way (reference D.7).

Three ways lead from a change to a pipeline: its connection's webhook, which triggers judge; an EventBridge rule that
targets the pipeline; and the periodic check of sources that poll. A source that polls *and* has a rule starts its
pipeline twice, as the service does (reference D.5).
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, TypeGuard

from reconciler.pipeline import arns
from reconciler.pipeline.canonical import CONNECTION
from reconciler.pipeline.model import Pipeline
from reconciler.simulation import artifacts, envelopes, patterns, triggers
from reconciler.simulation.changes import (
    Change,
    CodeCommitChange,
    EcrImage,
    Polled,
    PullRequest,
    Push,
    S3Object,
    Scheduled,
    Told,
)
from reconciler.simulation.envelopes import Unreadable, parse
from reconciler.simulation.trace import Start, nothing

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from reconciler.pipeline.model import Action

__all__ = [
    "Change", "CodeCommitChange", "EcrImage", "Polled", "PullRequest", "Push", "Rule", "S3Object", "Scheduled",
    "Unreadable", "parse", "starts",
]  # fmt: skip

EVENTS = "events.amazonaws.com"
SERVICE = "codepipeline.amazonaws.com"
POLLING = frozenset({"CodeCommit", "S3", "GitHub"})
"""Source providers that can poll; they do unless PollForSourceChanges is false (reference D.1)."""

_MOVED = ("referenceCreated", "referenceUpdated")


@dataclass(frozen=True, slots=True)
class Rule:
    """An EventBridge rule whose target is a pipeline."""

    target: str
    """ARN of the pipeline."""
    pattern: Mapping[str, Any] | None = None
    """Event pattern; None for a schedule, which is known by its `arn`."""
    arn: str = ""
    revisions: Mapping[str, str] = field(default_factory=nothing)
    """What an input transformer passes as source revisions, by source action (reference E.2.7)."""
    variables: Mapping[str, str] = field(default_factory=nothing)


def starts(
    declarations: Iterable[Mapping[str, Any]],
    change: Change,
    rules: Iterable[Rule] | None = None,
    *,
    target: arns.Target | None = None,
    files_looked_at: int = triggers.FILES_LOOKED_AT,
) -> list[tuple[str, Start]]:
    """Give the name of each pipeline that the change starts, and how; a name stands there once per way.

    `rules` are the EventBridge rules there are. None assumes the usual ones, as the console makes them: one for each
    source that does not poll, and the webhook of each GitHub source that does not. `target` is where the pipelines
    live; it stands in where a change names no account and Region, and what comes from elsewhere starts nothing.
    Raises `Broken` for a pattern that cannot be read.
    """
    pipelines = [Pipeline(declaration) for declaration in declarations]
    where = target or arns.Target("", "")
    given = None if rules is None else list(rules)
    found: list[tuple[str, Start]] = []
    for pipeline in pipelines:
        if away(pipeline, change, where):
            continue
        if isinstance(change, Push | PullRequest):
            found += _connected(pipeline, change, files_looked_at)
        if not isinstance(change, PullRequest | EcrImage | Scheduled):
            found += _polled(pipeline, change.change if isinstance(change, Polled) else change)
        if given is None and not isinstance(change, Polled):
            found += _usual(pipeline, change)
        if given and _is_told(change):
            found += _ruled(pipeline, change, given, where)
    return found


def away(pipeline: Pipeline, change: Change, where: arns.Target) -> str:
    """Say that an event belongs to another account or Region than a pipeline; empty if it does not, or is silent.

    An event of another account comes through only where a source action works with a role of that account, for then
    people forward it (reference G.2, H.3). Events do not cross Regions.
    """
    if not _is_told(change) or not where.account:
        return ""
    if change.region and change.region != where.region:
        return f"the {change} comes from {change.region}, and {pipeline.name} lives in {where.region}"
    known = {where.account, *(artifacts.account(action.role_arn) for action in _sources(pipeline))}
    if change.account and change.account not in known:
        return f"the {change} comes from account {change.account}, and {pipeline.name} lives in {where.account}"
    return ""


def _is_told(change: Change) -> TypeGuard[Told]:
    return isinstance(change, CodeCommitChange | S3Object | EcrImage | Scheduled)


def _sources(pipeline: Pipeline) -> Iterator[Action]:
    return (action for action in pipeline.actions if action.category == "Source")


def _connected(pipeline: Pipeline, change: Push | PullRequest, looked_at: int) -> Iterator[tuple[str, Start]]:
    """Give one start at most: a pipeline runs all its sources anyway (reference E.2.3)."""
    for match in triggers.matches(pipeline.document, change, files_looked_at=looked_at):
        if match.starts:
            action = next(each for each in _sources(pipeline) if each.name == match.source)
            start = Start(
                type="WebhookV2",
                detail=str(action.configuration.get("ConnectionArn", "")),
                by=change.author or SERVICE,
                revisions=_revisions(action, match.commit),
                branch=match.branch,
                tag=match.tag,
                pull_request=match.pull_request,
                commit=match.commit,
                message=change.message,
                email=change.email,
                provider=change.provider,
                files=change.files,
            )
            yield pipeline.name, start
            return


def _polled(pipeline: Pipeline, change: Push | CodeCommitChange | S3Object) -> Iterator[tuple[str, Start]]:
    for action in _sources(pipeline):
        if polls(action) and _reads(action, change):
            yield pipeline.name, _start("PollForSourceChanges", SERVICE, action, change)
            return


def _usual(pipeline: Pipeline, change: Push | PullRequest | Told) -> Iterator[tuple[str, Start]]:
    for action in _sources(pipeline):
        if not polls(action) and action.provider != CONNECTION and _reads(action, change):
            hook = action.provider == "GitHub"
            yield pipeline.name, _start("Webhook" if hook else "CloudWatchEvent", EVENTS, action, change)
            return


def _ruled(pipeline: Pipeline, change: Told, rules: list[Rule], where: arns.Target) -> Iterator[tuple[str, Start]]:
    event = envelopes.envelope(change, where.account, where.region)
    for rule in rules:
        if _is_aimed(rule, pipeline.name, where) and _fires(rule, change, event):
            action = next((each for each in _sources(pipeline) if _reads(each, change)), None)
            start = _start("CloudWatchEvent", EVENTS, action, change, rule.arn)
            revisions = {**start.revisions, **rule.revisions}
            yield pipeline.name, replace(start, revisions=revisions, variables=rule.variables)


def _is_aimed(rule: Rule, name: str, where: arns.Target) -> bool:
    return rule.target == arns.pipeline(where, name) if where.account else arns.pipeline_name(rule.target) == name


def _fires(rule: Rule, change: Told, event: Mapping[str, Any]) -> bool:
    if rule.pattern is None:
        return isinstance(change, Scheduled) and bool(rule.arn) and rule.arn == change.rule
    return patterns.matches(rule.pattern, event)


def polls(action: Action) -> bool:
    """Say whether a source action polls: it can, and PollForSourceChanges is not false (reference D.1)."""
    wish = str(action.configuration.get("PollForSourceChanges", "true"))
    return action.provider in POLLING and wish.lower() != "false"


def _reads(action: Action, change: Change) -> bool:
    """Say whether a change gives a source action, one that is no connection, something new to read."""
    settings = action.configuration
    if isinstance(change, CodeCommitChange):
        place = (settings.get("RepositoryName"), settings.get("BranchName"))
        return action.provider == "CodeCommit" and change.event in _MOVED and place == (
            change.repository, change.branch)  # fmt: skip
    if isinstance(change, S3Object):
        place = (settings.get("S3Bucket"), settings.get("S3ObjectKey"))
        return action.provider == "S3" and place == (change.bucket, change.key)
    if isinstance(change, EcrImage):
        place = (settings.get("RepositoryName"), settings.get("ImageTag", "latest"))
        pushed = (change.action, change.result) == ("PUSH", "SUCCESS")
        return action.provider == "ECR" and pushed and place == (change.repository, change.tag)
    if isinstance(change, Push):
        place = (f"{settings.get('Owner')}/{settings.get('Repo')}", settings.get("Branch"))
        return action.provider == "GitHub" and not change.tag and place == (change.repository, change.branch)
    return False


def _start(kind: str, by: str, action: Action | None, change: Change, detail: str = "") -> Start:
    revision = _revision(change)
    branch = change.branch if isinstance(change, Push | CodeCommitChange) else ""
    commit = revision if branch else ""
    return Start(type=kind, detail=detail, by=by, revisions=_revisions(action, revision), branch=branch, commit=commit)


def _revision(change: Change) -> str:
    if isinstance(change, S3Object):
        return change.version
    if isinstance(change, EcrImage):
        return change.digest
    return change.commit if isinstance(change, Push | CodeCommitChange) else ""


def _revisions(action: Action | None, revision: str) -> Mapping[str, str]:
    return {action.name: revision} if action and revision else {}
