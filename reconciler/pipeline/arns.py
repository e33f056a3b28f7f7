"""Targets and the Amazon Resource Names of pipelines."""

from __future__ import annotations

from typing import NamedTuple

_PARTITIONS = {
    "cn": "aws-cn",
    "eu-isoe": "aws-iso-e",
    "eusc-de": "aws-eusc",
    "us-gov": "aws-us-gov",
    "us-iso": "aws-iso",
    "us-isob": "aws-iso-b",
    "us-isof": "aws-iso-f",
}
"""By what stands before the last two words of a Region's name."""


class Target(NamedTuple):
    """An account and a Region: where a pipeline lives; its name is unique in there (reference A.1)."""

    account: str
    region: str

    def __str__(self) -> str:
        return f"{self.account}/{self.region}"


def partition(region: str) -> str:
    """Give the partition of a Region, such as `aws`, `aws-cn` or `aws-us-gov`."""
    prefix = region.rsplit("-", 2)[0]
    return _PARTITIONS.get(prefix, "aws")


def pipeline(target: Target, name: str) -> str:
    """Give the ARN of a pipeline (reference F.4)."""
    return f"arn:{partition(target.region)}:codepipeline:{target.region}:{target.account}:{name}"


def pipeline_name(arn: str) -> str:
    """Give the pipeline's name out of its ARN; names contain no colon."""
    return arn.rsplit(":", 1)[-1]
