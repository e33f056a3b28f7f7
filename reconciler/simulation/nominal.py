"""What an action does when nobody said anything: how long it takes and what it gives, by provider.

The spans are plausible, not measured; the names of output variables are those of the catalogue (reference D).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.simulation.durations import MINUTE, SECOND

if TYPE_CHECKING:
    from collections.abc import Mapping

SPANS: Mapping[tuple[str, str], int] = {
    ("Source", "S3"): 5 * SECOND,
    ("Source", "CodeCommit"): 5 * SECOND,
    ("Source", "CodeStarSourceConnection"): 10 * SECOND,
    ("Source", "GitHub"): 10 * SECOND,
    ("Source", "ECR"): 5 * SECOND,
    ("Build", "CodeBuild"): 4 * MINUTE,
    ("Test", "CodeBuild"): 3 * MINUTE,
    ("Test", "DeviceFarm"): 15 * MINUTE,
    ("Deploy", "S3"): 20 * SECOND,
    ("Deploy", "CloudFormation"): 3 * MINUTE,
    ("Deploy", "CodeDeploy"): 5 * MINUTE,
    ("Deploy", "CodeDeployToECS"): 10 * MINUTE,
    ("Deploy", "ECS"): 5 * MINUTE,
    ("Deploy", "ElasticBeanstalk"): 5 * MINUTE,
    ("Invoke", "Lambda"): 10 * SECOND,
    ("Invoke", "StepFunctions"): 1 * MINUTE,
    ("Compute", "Commands"): 1 * MINUTE,
    ("Rule", "CloudWatchAlarm"): 1 * SECOND,
}
"""Milliseconds by category and provider."""

_BY_CATEGORY = {
    "Source": 10 * SECOND, "Build": 4 * MINUTE, "Test": 3 * MINUTE, "Deploy": 3 * MINUTE, "Invoke": 30 * SECOND,
    "Compute": MINUTE, "Approval": 0, "Rule": SECOND,
}  # fmt: skip

_FROM_CONFIGURATION = {
    "BranchName": "BranchName",
    "RepositoryName": "RepositoryName",
    "BucketName": "S3Bucket",
    "ObjectKey": "S3ObjectKey",
    "ConnectionArn": "ConnectionArn",
    "FullRepositoryName": "FullRepositoryId",
    "ImageTag": "ImageTag",
    "StateMachineArn": "StateMachineArn",
    "EKSClusterName": "ClusterName",
    "ECRRepositoryName": "ECRRepositoryName",
}
"""Output variables that only repeat what was configured, by the key they repeat."""

_REVISION = frozenset({"CommitId", "ImageDigest", "VersionId", "ETag"})


def span(category: str, provider: str) -> int:
    """Give the nominal duration in milliseconds."""
    return SPANS.get((category, provider)) or _BY_CATEGORY.get(category, MINUTE)


def variables(names: tuple[str, ...], configuration: Mapping[str, str], revision: str) -> dict[str, str]:
    """Give plausible values of the output variables `names`: revision, configured value, or a word of their own."""
    return {name: _value(name, configuration, revision) for name in names}


def _value(name: str, configuration: Mapping[str, str], revision: str) -> str:
    if name in _REVISION:
        return revision
    key = _FROM_CONFIGURATION.get(name)
    if key and key in configuration:
        return configuration[key]
    return f"<{name}>"
