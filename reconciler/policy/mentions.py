"""What a declaration mentions that an environment may have: ARNs, buckets, keys, roles, secrets and targets."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from reconciler.pipeline import cases, secrets
from reconciler.pipeline.unknown import Unknown
from reconciler.policy.attribution import ARN

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from reconciler.documents import Path
    from reconciler.pipeline.cases import Case
    from reconciler.pipeline.subject import Subject

SHARED = frozenset({"branch", "alias", "configuration", "namespace", "release"})
"""Kinds whose names say nothing on their own."""

_BY_SERVICE = {
    "iam": "role", "kms": "key", "s3": "bucket", "secretsmanager": "secret", "ssm": "secret", "lambda": "function",
    "codestar-connections": "connection", "codeconnections": "connection", "states": "state-machine", "sns": "topic",
    "codebuild": "project", "codepipeline": "pipeline", "cloudformation": "stack", "ecr": "repository",
}  # fmt: skip
_REFERENCE_TYPES = ("SECRETS_MANAGER", "PARAMETER_STORE")
_DYNAMIC = re.compile(r"\{\{resolve:(?:secretsmanager|ssm-secure|ssm):([^{}]+?)\}\}")


@dataclass(frozen=True, slots=True)
class Mention:
    """One thing that a declaration mentions."""

    kind: str
    """`role`, `bucket`, `key`, `secret`, `connection`, or another of `providers.RESOURCES`; else the AWS service."""
    text: str
    """The name or the ARN; an `Unknown` where it cannot be known offline."""
    path: Path
    action: tuple[int, int] | None = None
    """Number of the stage and of the action in it; None for the pipeline itself and for rules of conditions."""
    own_only: bool = False
    """Whether it is about the pipeline itself or its source, and not about what an action works on."""


def find(subject: Subject) -> Iterator[Mention]:
    """Give every mention, in the order of the document."""
    document = subject.pipeline.document
    yield Mention("role", document["roleArn"], ("roleArn",), own_only=True)
    for path, store in stores(document):
        yield from _of_store(path, store)
    if subject.catalogue is not None:
        for case in cases.each(subject.pipeline, subject.region, subject.catalogue):
            yield from _of_case(case)


def stores(document: Mapping[str, Any]) -> Iterator[tuple[Path, Mapping[str, Any]]]:
    """Give each artifact store with its path; what is unknown as a whole is left out."""
    if isinstance(store := document.get("artifactStore"), dict):
        yield ("artifactStore",), store
    several = document.get("artifactStores")
    for region, store in several.items() if isinstance(several, dict) else ():
        if isinstance(store, dict):
            yield ("artifactStores", region), store


def _of_store(path: Path, store: Mapping[str, Any]) -> Iterator[Mention]:
    yield Mention("bucket", store["location"], (*path, "location"), own_only=True)
    if isinstance(key := store.get("encryptionKey"), dict):
        yield Mention("key", key["id"], (*path, "encryptionKey", "id"), own_only=True)


def _of_case(case: Case) -> Iterator[Mention]:
    place = (int(case.path[1]), int(case.path[3])) if case.is_action else None
    source = case.kind[0] == "Source"
    for kind, text, path in _named(case):
        yield Mention(kind, text, path, place, source)


def _named(case: Case) -> Iterator[tuple[str, str, Path]]:
    if role := case.document.get("roleArn"):
        yield "role", role, case.at("roleArn")
    resources = case.provider.resources if case.provider else {}
    for key, value in (case.configuration or {}).items():
        if not isinstance(value, str):
            continue
        path = case.at("configuration", key)
        if kind := resources.get(key):
            yield kind, value, path
        elif not isinstance(value, Unknown):
            yield from ((kind, text, path) for kind, text in inside(value))
    for member in ("environmentVariables", "commands"):
        yield from _beside(case, member)


def _beside(case: Case, member: str) -> Iterator[tuple[str, str, Path]]:
    entries = case.document.get(member)
    for index, entry in enumerate(entries if isinstance(entries, list) else ()):
        path = case.at(member, index)
        if isinstance(entry, dict):
            for kind, text in _of_value(entry):
                yield kind, text, (*path, "value")
        elif isinstance(entry, str) and not isinstance(entry, Unknown):
            yield from ((kind, text, path) for kind, text in inside(entry))


def inside(text: str) -> Iterator[tuple[str, str]]:
    """Give kind and name of all that a text mentions, JSON in it included: ARNs, and references to secrets."""
    if text.lstrip()[:1] in ("{", "["):
        value = secrets.parse_json(text)
        if value is not text:
            yield from dict.fromkeys(_of_value(value))
            return
    for match in ARN.finditer(text):
        yield _BY_SERVICE.get(match[1], match[1]), match[0]
    if "{{resolve:" in text:
        for match in _DYNAMIC.finditer(text):
            if not ARN.search(match[1]):
                yield "secret", match[1]


def _of_value(value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        if value.get("type") in _REFERENCE_TYPES and isinstance(value.get("value"), str):
            yield "secret", value["value"]
            return
        for item in value.values():
            yield from _of_value(item)
    elif isinstance(value, list):
        for item in value:
            yield from _of_value(item)
    elif isinstance(value, str) and not isinstance(value, Unknown):
        yield from inside(value)
