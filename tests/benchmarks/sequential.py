"""The peer that most people write first: boto3, one pipeline after the other.

`python -m benchmarks.sequential FOLDER COUNT`: ListPipelines, then for each pipeline GetPipeline, ListTagsForResource,
and a comparison with the file of its name. It does less than a pass: no owner, no history, no report.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import boto3


def main(folder: Path, count: int) -> None:
    """Compare all pipelines with their files; exits with a message unless `count` are equal."""
    client = boto3.client("codepipeline")
    names = [each["name"] for page in client.get_paginator("list_pipelines").paginate() for each in page["pipelines"]]
    equal = sum(_equal(client, name, folder / f"{name}.json") for name in names)
    if equal != count:
        sys.exit(f"{equal} of {count} pipelines are equal")


def _equal(client: Any, name: str, file: Path) -> bool:
    answer = client.get_pipeline(name=name)
    tags = client.list_tags_for_resource(resourceArn=answer["metadata"]["pipelineArn"])["tags"]
    live = {key: value for key, value in answer["pipeline"].items() if key != "version"}
    return bool(tags) and live == json.loads(file.read_text())["pipeline"]


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
