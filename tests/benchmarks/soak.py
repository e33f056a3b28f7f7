"""Many clients for long, with faults: the local endpoint makes no error of its own, and its memory stays flat."""

from __future__ import annotations

import itertools
import json
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from typing import TYPE_CHECKING, Any

from benchmarks import local
from benchmarks.table import Row, Series

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from benchmarks.asked import Asked

FAULTS = (
    {"error": "ThrottlingException", "times": 3},
    {"error": "ServiceUnavailable", "times": 2},
    {"error": "drop", "times": 1},
    {"error": "drop", "after": True, "operation": "UpdatePipeline"},
    {"latency": 0.01, "times": 2},
)
EVERY = 100
"""Requests of one client between two faults."""
OWN = 3
"""Pipelines of each client."""


@dataclass
class Heard:
    """What clients were answered with."""

    codes: Counter[str] = field(default_factory=Counter)
    """Error classes; empty for a success, `dropped` where there was no answer."""
    ordered: int = 0
    """Dropped connections that were ordered at most."""

    @property
    def ours(self) -> dict[str, int]:
        """Give errors that nobody ordered and that are no refusals."""
        found = {code: times for code, times in self.codes.items() if code in ("InternalFailure", "broken")}
        return found | ({"dropped": self.codes["dropped"]} if self.codes["dropped"] > self.ordered else {})


def rows(asked: Asked) -> Iterator[Row]:
    """Soak an endpoint; its memory is looked at when a half is done, and at the end."""
    requests, clients = (2_000, 16) if asked.quick else (100_000, 32)
    heard, half, end, spent = soaked(requests, clients)
    if heard.ours:
        raise AssertionError(f"errors of the endpoint's own: {heard.ours}")
    what = f"soak, {requests:,} requests of {clients} clients with faults"
    yield Row(f"{what}, each", Series("ms", (spent / requests * 1e3,)))
    yield Row(f"{what}, memory at the end / at the half", Series("MiB", (end,)), Series("MiB", (half,)), least=0.9)


def soaked(requests: int, clients: int) -> tuple[Heard, float, float, float]:
    """Give what was heard, MiB at the half and at the end, and seconds."""
    from endpoint import sample

    document = sample(1, account=local.ACCOUNT, region=local.REGION)[0]
    heard, began = Heard(), time.perf_counter()
    with local.running(("-m", "reconciler", "local", "--quiet", "--speed", "60", "--port")) as server:
        memory = []
        for _ in range(2):
            with ThreadPoolExecutor(clients) as pool:
                turns = [pool.submit(_client, server.port, number, document, requests // clients // 2)
                         for number in range(clients)]  # fmt: skip
            for turn in turns:
                codes, ordered = turn.result()
                heard.codes += codes
                heard.ordered += ordered
            memory.append(server.memory)
        assert server.process.poll() is None
    return heard, *memory, time.perf_counter() - began


def _client(port: int, number: int, document: Mapping[str, Any], requests: int) -> tuple[Counter[str], int]:
    codes: Counter[str] = Counter()
    connection, ordered = HTTPConnection("127.0.0.1", port, timeout=60), 0
    for turn, (operation, body) in zip(range(requests), _calls(number, document), strict=False):
        if turn % EVERY == number % EVERY:
            fault = FAULTS[(turn // EVERY + number) % len(FAULTS)]
            connection.request("POST", "/_local/faults", json.dumps(fault))
            connection.getresponse().read()
            ordered += fault.get("error") == "drop"
        try:
            status, answer = local.ask(connection, operation, body)
            codes["" if status == 200 else answer.get("__type", "broken")] += 1
        except (OSError, HTTPException):
            codes["dropped"] += 1
        except ValueError:
            codes["broken"] += 1
    connection.close()
    return codes, ordered


def _calls(number: int, document: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Give what one client asks for, over and over: the life of a few pipelines, with mistakes."""
    for turn in itertools.count():
        name = f"soak-{number}-{turn % OWN}"
        declared = {"pipeline": {**document, "name": name}}
        stage = {"pipelineName": name, "stageName": document["stages"][1]["name"], "transitionType": "Inbound"}
        arn = f"arn:aws:codepipeline:{local.REGION}:{local.ACCOUNT}:{name}"
        yield "CreatePipeline", declared
        yield "TagResource", {"resourceArn": arn, "tags": [{"key": "turn", "value": str(turn)}]}
        yield "GetPipelineState", {"name": name}
        yield "UpdatePipeline", declared
        yield "StartPipelineExecution", {"name": name}
        yield "GetPipeline", {"name": name}
        yield "DisableStageTransition", {**stage, "reason": "soak"}
        yield "EnableStageTransition", stage
        yield "ListPipelineExecutions", {"pipelineName": name}
        yield "ListActionExecutions", {"pipelineName": name}
        yield "GetPipeline", {"name": "nobody"}
        yield "ListPipelines", {}
        if turn % 2:
            yield "DeletePipeline", {"name": name}
