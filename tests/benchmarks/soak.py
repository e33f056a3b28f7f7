"""Many clients for long, with faults: the local endpoint makes no error of its own, and its memory stays flat."""

from __future__ import annotations

import itertools
import json
import tempfile
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
SERVER = ("-m", "reconciler", "local", "--quiet", "--speed", "60", "--port")
SERVERS = ("InternalFailure", "ServiceUnavailable", "dropped", "broken")
"""What a server may not answer with, but on order."""
SEEN_AS = {"drop": "dropped", "ServiceUnavailable": "ServiceUnavailable"}
"""What clients see of an order."""
FLAT = 0.85
"""Memory of the first tenth, as a part of that of the last, from which on it counts as flat."""
EVERY = 100
"""Requests of one client between two faults."""
OWN = 3
"""Pipelines of each client."""
PARTS = 10
"""How often memory is looked at."""


@dataclass
class Heard:
    """What clients were answered with."""

    codes: Counter[str] = field(default_factory=Counter)
    """Error classes; empty for a success, `dropped` where there was no answer, `broken` for one that is no JSON."""
    ordered: Counter[str] = field(default_factory=Counter)
    """How often each of these was ordered at most."""

    @property
    def ours(self) -> dict[str, int]:
        """Give errors that nobody ordered and that are no refusals, with how many of them there were too many."""
        return {code: times for code in SERVERS if (times := self.codes[code] - self.ordered[code]) > 0}


@dataclass(frozen=True)
class Soaked:
    """What came of it."""

    heard: Heard
    memory: tuple[float, ...]
    """MiB after each tenth."""
    seconds: float
    log: str
    """What the server wrote to its standard error: nothing, if all went well."""


def rows(asked: Asked) -> Iterator[Row]:
    """Soak an endpoint; its memory is looked at after each tenth."""
    requests, clients = (2_000, 16) if asked.quick else (100_000, 32)
    done = soaked(requests, clients)
    if done.heard.ours or done.log:
        raise AssertionError(f"errors of the endpoint's own: {done.heard.ours}; {done.log[:2000]}")
    what = f"soak, {requests:,} requests of {clients} clients with faults"
    first, last = Series("MiB", done.memory[:1]), Series("MiB", done.memory[-1:])
    yield Row(f"{what}, each", Series("ms", (done.seconds / requests * 1e3,)))
    yield Row(f"{what}, memory after the last / the first tenth", last, first, least=FLAT)


def soaked(requests: int, clients: int) -> Soaked:
    """Let clients ask for so many things in all."""
    from endpoint import sample

    document = sample(1, account=local.ACCOUNT, region=local.REGION)[0]
    heard, memory, began = Heard(), [], time.perf_counter()
    calls = [_calls(number, document) for number in range(clients)]
    with tempfile.TemporaryFile() as log, local.running(SERVER, log.fileno()) as server:
        for _ in range(PARTS):
            with ThreadPoolExecutor(clients) as pool:
                each = requests // clients // PARTS
                told = [pool.submit(_client, server.port, number, calls[number], each) for number in range(clients)]
            for turn in told:
                heard.codes += turn.result().codes
                heard.ordered += turn.result().ordered
            memory.append(server.memory)
        assert server.process.poll() is None
        spent = time.perf_counter() - began
        log.seek(0)
        return Soaked(heard, tuple(memory), spent, log.read().decode())


def _client(port: int, number: int, calls: Iterator[tuple[str, dict[str, Any]]], requests: int) -> Heard:
    heard, connection = Heard(), HTTPConnection("127.0.0.1", port, timeout=60)
    for turn, (operation, body) in zip(range(requests), calls, strict=False):
        if turn % EVERY == number % EVERY:
            fault = FAULTS[(turn // EVERY + number) % len(FAULTS)]
            connection.request("POST", "/_local/faults", json.dumps(fault))
            connection.getresponse().read()
            heard.ordered[SEEN_AS.get(fault.get("error"), "")] += fault.get("times", 1)
        try:
            status, answer = local.ask(connection, operation, body)
            heard.codes["" if status == 200 else answer.get("__type", "broken")] += 1
        except (OSError, HTTPException):
            heard.codes["dropped"] += 1
        except ValueError:
            heard.codes["broken"] += 1
    connection.close()
    return heard


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
