"""The local CodePipeline beside moto's server: requests per second, memory, and from start to ready."""

from __future__ import annotations

import contextlib
import importlib.util
import json
import os
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks import site as sites
from benchmarks.table import Row, Series

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.asked import Asked

ACCOUNT, REGION = "111111111111", "eu-west-1"
OURS = ("-m", "reconciler", "local", "--quiet", "--port")
MOTO = ("-c", "from moto.server import main; main()", "-p")
GETS, LISTS = 500, 40
_SCOPE = "AWS4-HMAC-SHA256 Credential={key}/20260105/{region}/{service}/aws4_request, SignedHeaders=host, Signature=0"
_TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Principal": {"Service": "codepipeline.amazonaws.com"}, "Action": "sts:AssumeRole"}
        ],
    }
)


@dataclass
class Server:
    """A running server and one connection to it."""

    process: subprocess.Popen[bytes]
    port: int
    ready: float
    """Seconds from its start to its first answer."""

    def __post_init__(self) -> None:
        self.connection = HTTPConnection("127.0.0.1", self.port, timeout=60)

    def ask(self, operation: str, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        """Call an operation of CodePipeline's: gives the status and the answer."""
        return ask(self.connection, operation, body)

    @property
    def memory(self) -> float:
        """MiB that it holds now."""
        lines = Path(f"/proc/{self.process.pid}/status").read_text(encoding="ascii").splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS")) / 1024


def ask(connection: HTTPConnection, operation: str, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
    """Call an operation of CodePipeline's over a connection: gives the status and the answer."""
    headers = {"X-Amz-Target": f"CodePipeline_20150709.{operation}", "Content-Type": "application/x-amz-json-1.1",
               "Authorization": _SCOPE.format(key=ACCOUNT, region=REGION, service="codepipeline")}  # fmt: skip
    connection.request("POST", "/", json.dumps(body), headers)
    answer = connection.getresponse()
    text = answer.read()
    return answer.status, json.loads(text) if text else {}


@contextlib.contextmanager
def running(words: tuple[str, ...], log: int = subprocess.DEVNULL) -> Iterator[Server]:
    """Run a server in a process of its own, and end it afterwards; `log` is a file for its standard error."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    began = time.perf_counter()
    process = subprocess.Popen([sys.executable, *words, str(port)], cwd=sites.TESTS.parent,
                               env={**os.environ, "MOTO_ACCOUNT_ID": ACCOUNT},
                               stdout=subprocess.DEVNULL, stderr=log)  # fmt: skip
    try:
        while not _answers(port):
            if process.poll() is not None or time.perf_counter() - began > 60:
                raise RuntimeError(f"{' '.join(words)} does not start")
            time.sleep(0.005)
        server = Server(process, port, time.perf_counter() - began)
        with contextlib.closing(server.connection):
            yield server
    finally:
        process.kill()
        process.wait()


def _answers(port: int) -> bool:
    with contextlib.closing(HTTPConnection("127.0.0.1", port, timeout=60)) as connection:
        try:
            return ask(connection, "ListPipelines", {})[0] == 200
        except OSError:
            return False


def rows(asked: Asked) -> Iterator[Row]:
    """Measure both servers, one after the other, holding the same pipelines."""
    ours = measured(OURS, asked.pipelines)
    moto = not asked.quick and importlib.util.find_spec("moto") and importlib.util.find_spec("flask")
    theirs = measured(MOTO, asked.pipelines) if moto else {}
    skipped = "" if moto else "moto's server is not installed, or --quick"

    def row(what: str, name: str, unit: str, least: float | None) -> Row:
        peer = Series(unit, (theirs[name],)) if theirs else None
        return Row(what, Series(unit, (ours[name],)), peer, least=least if theirs else None, skipped=skipped)

    count = f"of {asked.pipelines:,} pipelines"
    yield row(f"local endpoint / moto, a GetPipeline {count}", "get", "ms", 4)
    yield row(f"local endpoint / moto, a ListPipelines {count}", "list", "ms", 4)
    yield row(f"local endpoint / moto, memory {count}", "memory", "MiB", 1)
    yield Row("local endpoint, start to ready", Series("s", (ours["ready"],)), most=1)


def measured(words: tuple[str, ...], pipelines: int) -> dict[str, float]:
    """Give milliseconds for a request, MiB, and seconds from start to ready."""
    from endpoint import sample

    with running(words) as server:
        documents = sample(pipelines, account=ACCOUNT, region=REGION)
        for role in {each["roleArn"] for each in documents} if words is MOTO else ():
            _role(server, role.rpartition("/")[2])
        for each in documents:
            status, answer = server.ask("CreatePipeline", {"pipeline": each})
            assert status == 200, answer
        names = [each["name"] for each in documents]
        return {
            "get": _each(server, "GetPipeline", [{"name": names[turn % len(names)]} for turn in range(GETS)]),
            "list": _each(server, "ListPipelines", [{"maxResults": 1000}] * LISTS),
            "memory": server.memory,
            "ready": server.ready,
        }


def _each(server: Server, operation: str, bodies: list[dict[str, Any]]) -> float:
    server.ask(operation, bodies[0])
    began = time.perf_counter()
    for body in bodies:
        status, _ = server.ask(operation, body)
        assert status == 200
    return (time.perf_counter() - began) / len(bodies) * 1e3


def _role(server: Server, name: str) -> None:
    from urllib.parse import urlencode

    form = {"Action": "CreateRole", "Version": "2010-05-08", "RoleName": name, "AssumeRolePolicyDocument": _TRUST}
    headers = {"Content-Type": "application/x-www-form-urlencoded",
               "Authorization": _SCOPE.format(key=ACCOUNT, region="us-east-1", service="iam")}  # fmt: skip
    server.connection.request("POST", "/", urlencode(form), headers)
    server.connection.getresponse().read()
