"""A local CodePipeline for integration tests: a process of its own, started when the first test asks for it.

Time stands still there until a test lets it pass; every test finds it empty.
"""

from __future__ import annotations

import importlib
import json
import os
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NoReturn
from urllib.error import HTTPError
from urllib.request import ProxyHandler, Request, build_opener

import pytest

from reconciler.errors import Broken

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import IO

ACCOUNT, REGION = "111111111111", "eu-west-1"
PATIENCE = 10
"""Seconds until a process that was asked to end is ended."""
ANSWER = 60
"""Seconds that a command may take."""


class Endpoint:
    """A running local endpoint: where it is, clients for it, and what it can be told beside the AWS operations."""

    def __init__(self, url: str) -> None:
        self.url = url
        """Where it listens, such as `http://127.0.0.1:40123`; for `AWS_ENDPOINT_URL`."""
        self._opener = build_opener(ProxyHandler({}))

    def client(
        self, service: str = "codepipeline", *, account: str = ACCOUNT, region: str = REGION, **more: Any
    ) -> Any:
        """Give a boto3 client; `more` goes to boto3. Served: codepipeline, sts, cloudtrail, resourcegroupstaggingapi.

        Fails the test where boto3 is not installed.
        """
        keys = {"aws_access_key_id": account, "aws_secret_access_key": "local", **more}
        return _boto3().client(service, endpoint_url=self.url, region_name=region, **keys)

    def advance(self, span: str) -> None:
        """Let time pass, such as `5m`."""
        self.say("advance", span=span)

    def settle(self) -> None:
        """Let time pass until nothing moves any more by itself; approvals stay pending."""
        self.say("settle")

    def give(self, given: dict[str, Any]) -> None:
        """Say what actions do from now on, by selector: `{"Build/Compile": "fails"}`."""
        self.say("outcomes", given=given)

    def fault(self, error: str, **order: Any) -> None:
        """Let the next request that fits fail: `fault("ThrottlingException", operation="ListPipelines", times=2)`."""
        self.say("faults", error=error, **order)

    def say(self, command: str, **body: Any) -> Any:
        """Give a command as `docs/local.md` lists them, and its answer; raises `Broken` for one that is refused."""
        request = Request(f"{self.url}/_local/{command}", json.dumps(body).encode(), method="POST")  # noqa: S310 - http
        try:
            with self._opener.open(request, timeout=ANSWER) as answer:
                return json.load(answer)
        except HTTPError as refused:
            with refused:
                raise Broken(f"{command}: {json.load(refused)['error']}") from None


@contextmanager
def running() -> Iterator[Endpoint]:
    """Run an endpoint on a free loopback port; fails the test with what the process said if it does not start."""
    words = [sys.executable, "-m", "reconciler", "local", "--port", "0", "--stepped", "--quiet"]
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "RECONCILER_"))}
    with (
        tempfile.TemporaryFile() as said,
        subprocess.Popen(words, stdout=subprocess.PIPE, stderr=said, env=clean, text=True) as process,  # noqa: S603
    ):
        try:
            url = process.stdout.readline().strip() if process.stdout else ""
            if not url:
                _fail(said)
            yield Endpoint(url)
        finally:
            _end(process)


def _end(process: subprocess.Popen[str]) -> None:
    process.terminate()
    try:
        process.wait(PATIENCE)
    except subprocess.TimeoutExpired:
        process.kill()


def _fail(said: IO[bytes]) -> NoReturn:
    said.seek(0)
    lines = said.read().decode(errors="replace").strip().splitlines() or ["it said nothing"]
    pytest.fail(f"the local endpoint does not start: {lines[-1]}; "
                "pip install 'codepipeline-reconciler[daemon]', and try `reconciler local`", pytrace=False)  # fmt: skip


def _boto3() -> Any:
    try:
        return importlib.import_module("boto3")
    except ModuleNotFoundError:
        pytest.fail("codepipeline_endpoint.client needs boto3: pip install boto3", pytrace=False)
