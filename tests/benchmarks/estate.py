"""A site of many accounts and Regions, each account with a role to assume: where scale is measured.

`python -m benchmarks.estate FOLDER TARGETS EACH` writes its definitions, in a process of its own.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from benchmarks import site as sites
from benchmarks.site import Site

if TYPE_CHECKING:
    from collections.abc import Iterator

REGIONS = ("eu-west-1", "eu-central-1")
_FIRST = 200_000_000_000
"""Number of the first account."""
_GIT = {
    "GIT_AUTHOR_NAME": "Ana", "GIT_AUTHOR_EMAIL": "ana@example.com",
    "GIT_COMMITTER_NAME": "Ana", "GIT_COMMITTER_EMAIL": "ana@example.com",
    "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1",
}  # fmt: skip


class Place(NamedTuple):
    """One target and the environment that it belongs to."""

    account: str
    region: str
    environment: str


def places(targets: int) -> list[Place]:
    """Give so many targets, two Regions in each account."""
    return [Place(str(_FIRST + each // 2), REGIONS[each % 2], f"e{each // 2:03}") for each in range(targets)]


def environments(targets: int) -> dict[str, Any]:
    """Give the settings of the environments: each has a role of its own."""
    found: dict[str, Any] = {}
    for account, region, name in places(targets):
        role = f"arn:aws:iam::{account}:role/reconciler"
        found.setdefault(name, {"account": account, "regions": [], "assume_role": role})["regions"].append(region)
    return found


def write(repository: Path, targets: int, each: int) -> None:
    """Commit `each` native definitions for every target."""
    from endpoint import sample

    for account, region, environment in places(targets):
        folder = repository / "pipelines" / environment / region
        folder.mkdir(parents=True)
        for document in sample(each, account=account, region=region, environment=environment):
            text = json.dumps({"pipeline": document, "region": region})
            (folder / f"{document['name']}.json").write_text(text)
    for command in ("init --quiet --initial-branch=main", "add --all", "commit --quiet --message Definitions"):
        subprocess.run(["git", *command.split()], cwd=repository, env=os.environ | _GIT, check=True)


@contextmanager
def opened(targets: int, each: int, *, latency: float = 0.0, live: int | None = None, **groups: Any) -> Iterator[Site]:
    """Give a site of `targets` times `each` pipelines, of which `live` in each target stand on the endpoint.

    `groups` are merged over the settings of a site.
    """
    with tempfile.TemporaryDirectory(prefix="benchmark-") as name:
        folder = Path(name)
        write_ = [sys.executable, "-m", "benchmarks.estate", str(folder / "repository"), str(targets), str(each)]
        subprocess.run(write_, cwd=sites.TESTS, check=True)
        own = {"environments": environments(targets)} | groups
        (folder / "reconciler.yaml").write_text(json.dumps(sites.SETTINGS | own))
        count = each if live is None else live
        options = ["--pipelines", str(count), "--latency", str(latency), "--tag", sites.OWNER]
        for place in places(targets):
            options += ["--target", "/".join(place)]
        with sites.endpoint(*options) as url:
            yield Site(folder, url, targets * each)


if __name__ == "__main__":
    write(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
