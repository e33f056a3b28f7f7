"""A place to measure in: definitions in a git repository, equal pipelines on an endpoint, the reconciler between."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import urllib.request
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks import process

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.process import Finished

TESTS = Path(__file__).resolve().parent.parent
OWNER = "reconciler:owner=codepipeline-reconciler"
SETTINGS: dict[str, Any] = {
    "source": {"repository": "repository"},
    "environments": {"prod": {"account": "111111111111", "regions": ["eu-west-1"]}},
    "aws": {"rate": 1000, "ceiling": 2000, "burst": 1000},  # the endpoint does not throttle
    "scale": {"workers": 16},
}


@dataclass(frozen=True, slots=True)
class Site:
    """A folder and the URL of an endpoint that holds `count` pipelines."""

    folder: Path
    url: str
    count: int

    @property
    def environment(self) -> dict[str, str]:
        """Variables for a child process: the endpoint, credentials, and compiled modules as users have them."""
        left_out = ("AWS_", "RECONCILER_", "PYTHONDONTWRITEBYTECODE")
        clean = {name: value for name, value in os.environ.items() if not name.startswith(left_out)}
        return clean | {
            "AWS_ENDPOINT_URL": self.url,
            "AWS_REGION": "eu-west-1",
            "AWS_DEFAULT_REGION": "eu-west-1",
            "AWS_ACCESS_KEY_ID": "111111111111",
            "AWS_SECRET_ACCESS_KEY": "secret",
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "AWS_EC2_METADATA_DISABLED": "true",
            "NO_PROXY": "127.0.0.1",
        }

    def counts(self) -> Counter[str]:
        """Give how many requests of each operation came so far."""
        with urllib.request.urlopen(f"{self.url}/counts") as answer:
            return Counter(json.load(answer))

    def reconciler(self, verb: str, *options: str) -> Finished:
        """Run a verb of the command line; everything is in sync, and it must say so."""
        done = self.python("-m", "reconciler", verb, *options)
        assert f"{self.count:,} pipelines in sync" in done.out, done.out
        return done

    def sequential(self) -> Finished:
        """Run the script that asks about one pipeline after the other."""
        return self.python("-m", "benchmarks.sequential", "repository/pipelines", str(self.count))

    def python(self, *arguments: str) -> Finished:
        """Run this interpreter in the folder."""
        environment = self.environment | {"PYTHONPATH": str(TESTS)}
        return process.run([sys.executable, *arguments], self.folder, environment)

    def forget(self) -> None:
        """Remove what the reconciler remembers, its mirror of the repository included."""
        shutil.rmtree(self.folder / ".reconciler", ignore_errors=True)


@contextmanager
def opened(count: int, *, latency: float = 0.0, form: str = "json") -> Iterator[Site]:
    """Give a site whose endpoint takes `latency` seconds for each call; `form` is json or yaml."""
    with tempfile.TemporaryDirectory(prefix="benchmark-") as name:
        folder = Path(name)
        write = [sys.executable, "-m", "benchmarks.definitions", str(folder / "repository"), str(count), form]
        subprocess.run(write, cwd=TESTS, check=True)
        (folder / "reconciler.yaml").write_text(json.dumps(SETTINGS))
        with endpoint("--pipelines", str(count), "--latency", str(latency), "--tag", OWNER) as url:
            yield Site(folder, url, count)


@contextmanager
def endpoint(*options: str) -> Iterator[str]:
    """Run an endpoint as a process and give its URL."""
    server = subprocess.Popen([sys.executable, str(TESTS / "endpoint"), *options], stdout=subprocess.PIPE, text=True)
    with server:  # closes the pipe and waits
        try:
            assert server.stdout is not None
            yield server.stdout.readline().strip()
        finally:
            server.terminate()
