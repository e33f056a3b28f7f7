"""The peer with threads: `python -m benchmarks.threaded COUNT THREADS` gets and compares every pipeline of an estate.

ListPipelines of each account and Region, then for each pipeline GetPipeline, ListTagsForResource, and a comparison with
its file. It does less than a pass: no owner, no history, no report.
"""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

from benchmarks.sequential import _equal
from reconciler import settings


def main(count: int, threads: int) -> None:
    """Compare all pipelines with their files; exits with a message unless `count` are equal."""
    file = Path("reconciler.yaml")
    targets = [
        (name, each.assume_role, region)
        for name, each in settings.load(file.read_text(), str(file), {}).environments.items()
        for region in each.regions
    ]
    with ThreadPoolExecutor(threads) as pool:
        equal = sum(sum(pool.map(lambda one: _equal(*one), _work(target, threads))) for target in targets)
    if equal != count:
        sys.exit(f"{equal} of {count} pipelines are equal")


def _work(target: tuple[str, str, str], threads: int) -> list[tuple[Any, str, Path]]:
    name, role, region = target
    client = _client(role, region, threads)
    folder = Path("repository/pipelines") / name / region
    pages = client.get_paginator("list_pipelines").paginate()
    return [(client, each["name"], folder / f"{each['name']}.json") for page in pages for each in page["pipelines"]]


def _client(role: str, region: str, threads: int) -> Any:
    given = boto3.client("sts", region_name=region).assume_role(RoleArn=role, RoleSessionName="peer")["Credentials"]
    session = boto3.Session(given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"], region)
    return session.client("codepipeline", config=Config(max_pool_connections=threads))


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
