"""A local endpoint for tests: clients whose every answer is checked against the service model, and its commands."""

from __future__ import annotations

import json
import re
from functools import cache
from http.client import HTTPConnection
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from builders import ACCOUNT, REGION
from reconciler.emulator.clocks import Clock
from reconciler.emulator.server import Server
from reconciler.emulator.site import Site

_ONCE = Config(retries={"total_max_attempts": 1}, max_pool_connections=64)
_COUNTS = {"MinimumArtifactCount", "MaximumArtifactCount"}


class Local:
    """A running endpoint, stepped unless told otherwise."""

    def __init__(self, site: Site | None = None) -> None:
        self.site = site or Site(Clock(0))
        self.server = Server(self.site).start()
        self.url = self.server.url
        self._clients: dict[Any, Any] = {}

    def close(self) -> None:
        self.server.close()

    def client(self, service: str = "codepipeline", key: str = ACCOUNT, region: str = REGION, **more: Any) -> Any:
        which = (service, key, region, *sorted(more.items()))
        if which not in self._clients:
            made = boto3.client(service, endpoint_url=self.url, region_name=region, aws_access_key_id=key,
                                aws_secret_access_key="secret", config=_ONCE, **more)  # fmt: skip
            made.meta.events.register(f"after-call.{service}", check)
            self._clients[which] = made
        return self._clients[which]

    def say(self, command: str, **body: Any) -> Any:
        """Give a command and expect that it is taken."""
        status, answer = self.post(f"/_local/{command}", json.dumps(body).encode(), {})
        assert status == 200, answer
        return json.loads(answer)

    def post(self, path: str, body: bytes, headers: dict[str, str]) -> tuple[int, bytes]:
        connection = HTTPConnection("127.0.0.1", self.server.server_port, timeout=20)
        try:
            connection.request("POST", path, body, headers)
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def ask(self, operation: str, body: bytes | dict[str, Any], **headers: str) -> tuple[int, dict[str, Any]]:
        """Send a call as bytes, signed by nobody in particular."""
        sent = body if isinstance(body, bytes) else json.dumps(body).encode()
        usual = {"X-Amz-Target": f"CodePipeline_20150709.{operation}", "Content-Type": "application/x-amz-json-1.1",
                 "Authorization": f"AWS4-HMAC-SHA256 Credential={ACCOUNT}/20260105/{REGION}/codepipeline/aws4_request, "
                                  "SignedHeaders=host, Signature=0"}  # fmt: skip
        status, answer = self.post("/", sent, {**usual, **headers})
        return status, json.loads(answer) if answer else {}

    def to(self, seconds: float) -> None:
        """Let it be so many seconds after the last reset."""
        passed = self.say("time")["elapsed"]
        self.say("advance", span=round(self.origin + seconds * 1000) - passed)

    origin = 0

    def reset(self) -> Local:
        self.say("reset")
        self.origin = self.say("time")["elapsed"]
        return self


def code(call: Any, **arguments: Any) -> str:
    """Give the error class with which a call is refused; empty if it is not."""
    try:
        call(**arguments)
    except ClientError as error:
        return error.response["Error"]["Code"]
    return ""


def check(http_response: Any, model: Any, **_: Any) -> None:
    """Hold a successful answer against the shape of its output: nothing unknown, nothing missing."""
    if http_response.status_code == 200 and model.service_model.service_name != "sts":
        text = http_response.content
        if model.output_shape is None:
            assert text == b"", f"{model.name} answers with nothing"
        else:
            hold(model.output_shape, json.loads(text), model.name)


def hold(shape: Any, value: Any, path: str) -> None:
    """Raise AssertionError if a JSON value is not of a shape of botocore's."""
    _KINDS[shape.type_name](shape, value, path)


def _structure(shape: Any, value: Any, path: str) -> None:
    assert isinstance(value, dict), path
    assert value.keys() <= shape.members.keys(), f"{path}: {value.keys() - shape.members.keys()} is not in the model"
    assert set(shape.required_members) <= value.keys(), f"{path} lacks {set(shape.required_members) - value.keys()}"
    for name, item in value.items():
        hold(shape.members[name], item, f"{path}.{name}")


def _list(shape: Any, value: Any, path: str) -> None:
    assert isinstance(value, list), path
    for number, item in enumerate(value):
        hold(shape.member, item, f"{path}[{number}]")


def _map(shape: Any, value: Any, path: str) -> None:
    assert isinstance(value, dict), path
    for name, item in value.items():
        hold(shape.key, name, f"{path} key {name}")
        hold(shape.value, item, f"{path}.{name}")


def _string(shape: Any, value: Any, path: str) -> None:
    assert isinstance(value, str), path
    assert not shape.enum or value in shape.enum, f"{path}: {value!r} is not in {shape.enum}"
    pattern = _pattern(shape.metadata.get("pattern"))
    assert not pattern or pattern.fullmatch(value), f"{path}: {value!r} does not match {pattern.pattern}"
    assert len(value) >= shape.metadata.get("min", 0), f"{path}: {value!r} is too short"


@cache
def _pattern(text: str | None) -> re.Pattern[str] | None:
    return re.compile(text, re.ASCII) if text else None


def _kind(*types: type) -> Any:
    def hold_kind(shape: Any, value: Any, path: str) -> None:
        assert type(value) in types, f"{path}: {value!r} is no {shape.type_name}"

    return hold_kind


_KINDS: dict[str, Any] = {
    "structure": _structure, "list": _list, "map": _map, "string": _string, "integer": _kind(int), "long": _kind(int),
    "boolean": _kind(bool), "timestamp": _kind(int, float),
}  # fmt: skip
