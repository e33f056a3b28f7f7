"""A workshop for whole passes: a git repository, an AWS endpoint on loopback, and the command line that joins them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import nursery
import ready
from reconciler.cli import build
from reconciler.sync import passes

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from endpoint import Endpoint
    from reconciler.sync.state import Event, Pass, World

ACCOUNT, REGION = "111111111111", "eu-west-1"
SETTINGS: dict[str, Any] = {
    "source": {"repository": "repository"},
    "environments": {"prod": {"account": ACCOUNT, "regions": [REGION]}},
    "policy": {"profile": "minimal", "rules": {"plaintext-secret": "off"}},
    "aws": {"rate": 500, "ceiling": 1000, "burst": 200, "attempts": 1, "role_propagation": 0},
    "sync": {"prune_after": 1},  # most tests look at one pass
    "scale": {"workers": 4},
    "web": {"listen": "127.0.0.1:0"},
}
_GIT = {
    "GIT_AUTHOR_NAME": "Ana", "GIT_AUTHOR_EMAIL": "ana@example.com",
    "GIT_COMMITTER_NAME": "Ana", "GIT_COMMITTER_EMAIL": "ana@example.com",
    "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1",
}  # fmt: skip


@dataclass
class Finished:
    """A command that ended: its exit status and what it wrote."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@dataclass
class Workshop:
    """A folder with `reconciler.yaml` and `repository/`, and an endpoint that its commands talk to."""

    folder: Path
    endpoint: Endpoint
    events: list[Event] = field(default_factory=list)

    def __post_init__(self) -> None:
        ready.repository(self.repository)
        self.settings()

    @property
    def repository(self) -> Path:
        return self.folder / "repository"

    @property
    def environment(self) -> dict[str, str]:
        """Variables for a child process: the endpoint, and credentials of the account."""
        clean = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "RECONCILER_"))}
        return clean | {
            "AWS_ENDPOINT_URL": self.endpoint.url,
            "AWS_ACCESS_KEY_ID": ACCOUNT,
            "AWS_SECRET_ACCESS_KEY": "secret",
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "AWS_EC2_METADATA_DISABLED": "true",
            "NO_PROXY": "127.0.0.1",
        }

    def settings(self, **groups: Any) -> None:
        """Write the settings: the defaults of the workshop with groups merged over them."""
        lists = {name: group for name, group in groups.items() if isinstance(group, list)}
        names = (SETTINGS.keys() | groups.keys()) - lists.keys()
        merged = lists | {name: {**SETTINGS.get(name, {}), **groups.get(name, {})} for name in names}
        (self.folder / "reconciler.yaml").write_text(json.dumps(merged))

    def write(self, path: str, content: object) -> Path:
        """Write a file below `pipelines/`: a document as JSON, bytes and text as they are."""
        file = self.repository / "pipelines" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        data = content if isinstance(content, str | bytes) else json.dumps(content, indent=1)
        file.write_bytes(data if isinstance(data, bytes) else data.encode())
        return file

    def define(self, *documents: dict[str, Any], **beside: Any) -> None:
        """Write each declaration as a native file named after its pipeline, and commit."""
        for document in documents:
            self.write(f"{document['name']}.json", {"pipeline": document, **beside})
        self.commit()

    def commit(self, subject: str = "Change the pipelines") -> str:
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "--message", subject)
        return self.head()

    def head(self) -> str:
        """Give the hash of the commit that is checked out: read as git keeps it, which is quicker than git."""
        store = self.repository / ".git"
        word, _, name = (store / "HEAD").read_text().strip().partition(" ")
        file = store / name
        return (file.read_text().strip() if file.is_file() else self.git("rev-parse", "HEAD").strip()) if name else word

    def git(self, *arguments: str) -> str:
        done = subprocess.run(
            ["git", *arguments], cwd=self.repository, env=os.environ | _GIT, check=True, capture_output=True, text=True
        )
        return done.stdout

    def run(self, *arguments: str, check: int | None = None, **variables: str) -> Finished:
        """Run the command line as a process in the folder: a forked one, unless variables are for the interpreter."""
        start = _interpreter if any(name.startswith("PYTHON") for name in variables) else nursery.run
        finished = Finished(*start(arguments, self.folder, self.environment | variables))
        assert check is None or finished.status == check, f"{arguments}: {finished}"
        return finished

    @contextmanager
    def world(self) -> Iterator[World]:
        """Give what a pass works with, in this process."""
        loaded, base = build.settings(self.folder / "reconciler.yaml")
        with build.world(loaded, base, self.events.append) as world:
            yield world

    def plan(self) -> Pass:
        with self.world() as world:
            return passes.plan(world)

    def apply(self, *, approved: bool = True) -> Pass:
        with self.world() as world:
            return passes.run(world, approved=approved)


def _interpreter(arguments: tuple[str, ...], folder: Path, environment: dict[str, str]) -> tuple[int, str, str]:
    command = [sys.executable, "-m", "reconciler", *arguments]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout, done.stderr
