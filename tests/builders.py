"""Minimal declarations in API shape, valid as they are; a test adds only what it is about."""

from __future__ import annotations

from typing import Any

ACCOUNT = "111111111111"
REGION = "eu-west-1"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/pipeline"

Document = dict[str, Any]


def pipeline(name: str = "shop-dev-deploy", stages: list[Document] | None = None, **members: Any) -> Document:
    """Give a declaration; without `stages` it has a source and a build stage."""
    if "artifactStores" not in members:
        members.setdefault("artifactStore", {"type": "S3", "location": "shop-artifacts"})
    return {"name": name, "roleArn": ROLE, "stages": stages or [sources(), stage("Build", build())], **members}


def stage(name: str, *actions: Document, **members: Any) -> Document:
    """Give a stage; `members` are for conditions."""
    return {"name": name, "actions": list(actions), **members}


def sources(*actions: Document) -> Document:
    """Give a first stage; without `actions` it reads an object from S3."""
    place = {"S3Bucket": "shop-sources", "S3ObjectKey": "web.zip"}
    s3 = action("Checkout", "Source", "S3", outputs=("source",), configuration=place)
    return stage("Source", *(actions or (s3,)))


def build(name: str = "Compile", **members: Any) -> Document:
    """Give a CodeBuild action that reads the artifact of `sources`."""
    standard = {"inputs": ("source",), "configuration": {"ProjectName": "shop-web"}}
    return action(name, "Build", "CodeBuild", **{**standard, **members})


def connection(name: str = "Checkout", branch: str = "main", **configuration: str) -> Document:
    """Give a source action on a connection, the only kind that triggers are for."""
    arn = f"arn:aws:codeconnections:{REGION}:{ACCOUNT}:connection/00000000-0000-4000-8000-000000000000"
    whole = {"ConnectionArn": arn, "FullRepositoryId": "shop/web", "BranchName": branch, **configuration}
    return action(name, "Source", "CodeStarSourceConnection", outputs=("source",), configuration=whole)


def action(
    name: str,
    category: str,
    provider: str,
    *,
    owner: str = "AWS",
    inputs: tuple[str, ...] = (),
    outputs: tuple[str, ...] = (),
    **members: Any,
) -> Document:
    """Give an action; `inputs` and `outputs` are artifact names, absent when empty."""
    artifacts = {"inputArtifacts": inputs, "outputArtifacts": outputs}
    named = {key: [{"name": each} for each in names] for key, names in artifacts.items() if names}
    kind = {"category": category, "owner": owner, "provider": provider, "version": "1"}
    return {"name": name, "actionTypeId": kind, **named, **members}


def trigger(source: str = "Checkout", *branches: str) -> Document:
    """Give a trigger on pushes to `branches`."""
    push = [{"branches": {"includes": list(branches) or ["main"]}}]
    return {
        "providerType": "CodeStarSourceConnection",
        "gitConfiguration": {"sourceActionName": source, "push": push},
    }
