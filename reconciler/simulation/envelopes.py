"""Source events in EventBridge's envelope, read and written (reference G.2).

An envelope comes from outside and may hold anything: what cannot be read is a value that says why.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from reconciler.documents import path_text
from reconciler.simulation.changes import CodeCommitChange, EcrImage, S3Object, Scheduled

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from reconciler.simulation.changes import Told

CODECOMMIT = ("aws.codecommit", "CodeCommit Repository State Change")
ECR = ("aws.ecr", "ECR Image Action")
S3 = ("aws.s3", "Object Created")
TRAIL = ("aws.s3", "AWS API Call via CloudTrail")
SCHEDULE = ("aws.events", "Scheduled Event")

WRITES = ("PutObject", "CopyObject", "CompleteMultipartUpload")
"""The ways in which an object gets a new version."""


@dataclass(frozen=True, slots=True)
class Unreadable:
    """An envelope that is no source event, and why not."""

    reason: str


class _Missing(Exception):
    """Something in the envelope is absent or of another type."""


def parse(envelope: object) -> Told | Unreadable:
    """Give the change that an EventBridge event tells of, or why it is none; raises nothing, whatever comes."""
    if not isinstance(envelope, dict):
        return Unreadable("an EventBridge event is a JSON object")
    kind = (envelope.get("source"), envelope.get("detail-type"))
    try:
        reader = next((read for known, read in _READERS.items() if known == kind), None)
        if reader is None:
            return Unreadable(
                f"no source event has {_shown('source', kind[0])} and {_shown('detail-type', kind[1])}; known are "
                + ", ".join(f"{source} {detail!r}" for source, detail in _READERS)
            )
        return reader(envelope)
    except _Missing as error:
        return Unreadable(f"{kind[1]}: {error}")


def _shown(member: str, value: object) -> str:
    return f"{member} {value[:80]!r}" if isinstance(value, str) else f"no text as {member}"


def envelope(change: Told, account: str = "", region: str = "") -> Mapping[str, Any]:
    """Give the event as EventBridge would send it: the one that came, or one made from the change's members.

    `account` and `region` stand in where the change names none. There is no id and no time: rules do not match them.
    """
    if change.envelope is not None:
        return change.envelope
    account, region = change.account or account, change.region or region
    (source, kind), resource, detail = _written(change)
    arn = resource.format(account=account, region=region) if resource else ""
    return {"version": "0", "source": source, "detail-type": kind, "account": account, "region": region,
            "resources": [arn] if arn else [], "detail": detail}  # fmt: skip


def _written(change: Told) -> tuple[tuple[str, str], str, dict[str, Any]]:
    if isinstance(change, CodeCommitChange):
        return CODECOMMIT, "arn:aws:codecommit:{region}:{account}:" + _plain(change.repository), _reference(change)
    if isinstance(change, EcrImage):
        return ECR, "", {"result": change.result, "repository-name": change.repository, "action-type": change.action,
                         "image-digest": change.digest, "image-tag": change.tag}  # fmt: skip
    if isinstance(change, Scheduled):
        return SCHEDULE, _plain(change.rule), {}
    if change.through_cloudtrail:
        return TRAIL, "", {"eventSource": "s3.amazonaws.com", "eventName": change.reason,
                           "requestParameters": {"bucketName": change.bucket, "key": change.key}}  # fmt: skip
    thing = {"key": change.key, "etag": change.etag, "version-id": change.version}
    return S3, "arn:aws:s3:::" + _plain(change.bucket), {
        "bucket": {"name": change.bucket}, "object": thing, "reason": change.reason}  # fmt: skip


def _plain(text: str) -> str:
    return text.replace("{", "{{").replace("}", "}}")


def _reference(change: CodeCommitChange) -> dict[str, Any]:
    kind, folder = ("tag", "tags") if change.tag else ("branch", "heads")
    name = change.tag or change.branch
    return {"event": change.event, "repositoryName": change.repository, "referenceType": kind, "referenceName": name,
            "referenceFullName": f"refs/{folder}/{name}", "commitId": change.commit}  # fmt: skip


def _text(envelope: Mapping[str, Any], *path: str, default: str | None = None) -> str:
    value: Any = envelope
    for number, key in enumerate(path, 1):
        if not isinstance(value, dict):
            raise _Missing(f"{path_text(path[: number - 1])} is no object")
        value = value.get(key)
    if isinstance(value, str) and (value or default is not None):
        return value
    if value is None and default is not None:
        return default
    raise _Missing(f"{path_text(path)} is no text")


def _place(envelope: dict[str, Any]) -> dict[str, Any]:
    where = {member: _text(envelope, member, default="") for member in ("account", "region")}
    return {**where, "envelope": envelope}


def _codecommit(envelope: dict[str, Any]) -> Told:
    event = _text(envelope, "detail", "event")
    merged = event == "unreferencedMergeCommitCreated"  # it names commits and no reference
    kind = "" if merged else _text(envelope, "detail", "referenceType")
    name = "" if merged else _text(envelope, "detail", "referenceName")
    if kind not in ("branch", "tag", ""):
        raise _Missing("detail.referenceType is neither branch nor tag")
    return CodeCommitChange(
        _text(envelope, "detail", "repositoryName"),
        branch=name if kind == "branch" else "",
        tag=name if kind == "tag" else "",
        commit=_text(envelope, "detail", "commitId", default=""),
        event=event,
        **_place(envelope),
    )


def _ecr(envelope: dict[str, Any]) -> Told:
    return EcrImage(
        _text(envelope, "detail", "repository-name"),
        tag=_text(envelope, "detail", "image-tag", default=""),
        digest=_text(envelope, "detail", "image-digest", default=""),
        action=_text(envelope, "detail", "action-type"),
        result=_text(envelope, "detail", "result"),
        **_place(envelope),
    )


def _s3(envelope: dict[str, Any]) -> Told:
    return S3Object(
        _text(envelope, "detail", "bucket", "name"),
        _text(envelope, "detail", "object", "key"),
        version=_text(envelope, "detail", "object", "version-id", default=""),
        etag=_text(envelope, "detail", "object", "etag", default=""),
        reason=_text(envelope, "detail", "reason", default=WRITES[0]),
        **_place(envelope),
    )


def _trail(envelope: dict[str, Any]) -> Told:
    source, name = (_text(envelope, "detail", member) for member in ("eventSource", "eventName"))
    if source != "s3.amazonaws.com" or name not in WRITES:
        raise _Missing(f"{source[:80]} {name[:80]} writes no object; {', '.join(WRITES)} of s3.amazonaws.com do")
    return S3Object(
        _text(envelope, "detail", "requestParameters", "bucketName"),
        _text(envelope, "detail", "requestParameters", "key"),
        reason=name,
        through_cloudtrail=True,
        **_place(envelope),
    )


def _schedule(envelope: dict[str, Any]) -> Told:
    resources = envelope.get("resources")
    if not isinstance(resources, list) or not resources or not isinstance(resources[0], str):
        raise _Missing("resources names no rule")
    return Scheduled(resources[0], **_place(envelope))


_READERS: dict[tuple[str, str], Callable[[dict[str, Any]], Told]] = {
    CODECOMMIT: _codecommit,
    ECR: _ecr,
    S3: _s3,
    TRAIL: _trail,
    SCHEDULE: _schedule,
}
