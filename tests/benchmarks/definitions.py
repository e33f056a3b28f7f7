"""A repository of definitions, written by a process of its own: `python -m benchmarks.definitions FOLDER COUNT json`.

Ten thousand declarations in memory would count as memory of every process that is started afterwards.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import yaml

from endpoint import sample

ACCOUNT, REGION = "111111111111", "eu-west-1"
_GIT = {
    "GIT_AUTHOR_NAME": "Ana", "GIT_AUTHOR_EMAIL": "ana@example.com",
    "GIT_COMMITTER_NAME": "Ana", "GIT_COMMITTER_EMAIL": "ana@example.com",
    "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1",
}  # fmt: skip
_WRITERS = {
    "json": lambda document: json.dumps(document, indent=1),
    "yaml": lambda document: yaml.dump(document, Dumper=getattr(yaml, "CSafeDumper", yaml.SafeDumper), sort_keys=False),
}


def write(repository: Path, count: int, form: str) -> None:
    """Commit `count` native definitions, one file each, as JSON or as YAML."""
    folder = repository / "pipelines"
    folder.mkdir(parents=True)
    for document in sample(count, account=ACCOUNT, region=REGION):
        (folder / f"{document['name']}.{form}").write_text(_WRITERS[form]({"pipeline": document}))
    for command in ("init --quiet --initial-branch=main", "add --all", "commit --quiet --message Definitions"):
        subprocess.run(["git", *command.split()], cwd=repository, env=os.environ | _GIT, check=True)


if __name__ == "__main__":
    write(Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3])
