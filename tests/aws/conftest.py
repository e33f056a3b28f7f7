"""An AWS endpoint on the loopback interface that answers from a script and remembers what it was asked."""

from __future__ import annotations

import json
import os
import threading
from collections import defaultdict, deque
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

import pytest

from reconciler import settings
from reconciler.aws.buckets import Buckets
from reconciler.aws.pipelines import Pipelines
from reconciler.aws.sessions import Access, Sessions
from reconciler.pipeline.arns import Target

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

JSON = "application/x-amz-json-1.1"


@dataclass(frozen=True)
class Request:
    operation: str
    body: dict[str, Any]
    headers: dict[str, str]


@dataclass(frozen=True)
class Answer:
    status: int
    body: bytes
    headers: dict[str, str]


@dataclass
class Endpoint:
    """Each operation has a queue of answers; an operation without one is an error of the test."""

    url: str = ""
    requests: list[Request] = field(default_factory=list)
    queues: dict[str, deque[Answer]] = field(default_factory=lambda: defaultdict(deque))

    def answers(self, operation: str, *bodies: object) -> None:
        for body in bodies:
            self.sends(operation, json.dumps(body), JSON)

    def refuses(self, operation: str, code: str, message: str = "", status: int = 400, **headers: str) -> None:
        body = json.dumps({"__type": code, "message": message})
        self.sends(operation, body, JSON, status, **headers)

    def sends(self, operation: str, body: str, kind: str, status: int = 200, **headers: str) -> None:
        shown = {"content-type": kind} | {name.replace("_", "-"): value for name, value in headers.items()}
        self.queues[operation].append(Answer(status, body.encode(), shown))

    def bodies(self, operation: str) -> list[dict[str, Any]]:
        return [request.body for request in self.requests if request.operation == operation]

    def handle(self, headers: dict[str, str], raw: bytes) -> Answer:
        if target := headers.get("x-amz-target"):
            operation, body = target.rpartition(".")[2], json.loads(raw)
        else:
            body = {name: values[0] for name, values in parse_qs(raw.decode()).items()}
            operation = body["Action"]
        self.requests.append(Request(operation, body, headers))
        return self.queues[operation].popleft() if self.queues[operation] else Answer(500, b"no answer scripted", {})


def _handler(endpoint: Endpoint) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            headers = {name.lower(): value for name, value in self.headers.items()}
            answer = endpoint.handle(headers, self.rfile.read(int(headers.get("content-length", 0))))
            self.send_response(answer.status)
            for name, value in ({"content-length": str(len(answer.body))} | answer.headers).items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(answer.body)

        def log_message(self, *_: object) -> None:
            """Keep the output of the tests clean."""

    return Handler


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    script = Endpoint()
    with ThreadingHTTPServer(("127.0.0.1", 0), _handler(script)) as server:
        script.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield script
        server.shutdown()
        thread.join()


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, endpoint: Endpoint) -> None:
    """Nothing of the machine's own AWS configuration reaches a test."""
    for name in [name for name in os.environ if name.startswith("AWS_") or name.lower().endswith("_proxy")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_ENDPOINT_URL", endpoint.url)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "OWNKEY")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "own-secret")


@pytest.fixture
def aws() -> settings.Aws:
    return settings.Aws(attempts=1, read_timeout=5, connect_timeout=5, role_propagation=30)


@pytest.fixture
def access() -> Access:
    return Access(Target("111111111111", "eu-west-1"))


@pytest.fixture
def sessions(aws: settings.Aws) -> Iterator[Sessions]:
    made = Sessions(aws, workers=4)
    yield made
    made.close()


@dataclass
class Time:
    """A clock that moves only when somebody sleeps or a test says so."""

    now: float = 1000.0
    slept: list[float] = field(default_factory=list)

    def clock(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def buckets(aws: settings.Aws, time: Time) -> Buckets:
    return Buckets(aws, clock=time.clock, sleep=time.sleep)


@pytest.fixture
def pipelines(sessions: Sessions, buckets: Buckets, aws: settings.Aws, time: Time) -> Pipelines:
    return Pipelines(sessions, buckets, aws, sleep=time.sleep, clock=time.clock)
