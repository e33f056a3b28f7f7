"""What a handler finds around it: boto3 without network, variables of the Lambda runtime, a context."""

from __future__ import annotations

import os
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any
from unittest import mock

from reconciler.jobs.clients import NotGiven

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from reconciler.jobs.job import Job

REMAINING = 900_000
"""Milliseconds that a function may believe to have left: Lambda's longest; virtual time stands still in a call."""


@dataclass(frozen=True, slots=True)
class LambdaContext:
    """The second argument of a handler."""

    function_name: str
    invoked_function_arn: str
    aws_request_id: str
    log_group_name: str
    log_stream_name: str = "simulated"
    function_version: str = "$LATEST"
    memory_limit_in_mb: str = "128"
    identity: None = None
    client_context: None = None

    def get_remaining_time_in_millis(self) -> int:
        """Give always the same time."""
        return REMAINING


def context(job: Job) -> LambdaContext:
    """Give the context of one call."""
    arn = f"arn:aws:lambda:{job.region}:{job.account}:function:{job.function}"
    return LambdaContext(job.function, arn, job.id, f"/aws/lambda/{job.function}")


@contextmanager
def surroundings(clients: Mapping[str, Any], region: str, function: str) -> Iterator[None]:
    """Give these clients to whoever asks boto3 for one, for the time of the block; everything else is refused.

    The whole process sees it: one handler at a time.
    """
    variables = {"AWS_REGION": region, "AWS_DEFAULT_REGION": region, "AWS_LAMBDA_FUNCTION_NAME": function}
    with ExitStack() as stack:
        stack.enter_context(mock.patch.dict(os.environ, variables))
        stack.enter_context(mock.patch("botocore.client.BaseClient._make_api_call", _no_network))
        if find_spec("boto3"):
            for place in ("boto3.client", "boto3.session.Session.client"):
                give = partial(_client, clients) if place == "boto3.client" else _method(clients)
                stack.enter_context(mock.patch(place, give))
            for place in ("boto3.resource", "boto3.session.Session.resource"):
                stack.enter_context(mock.patch(place, _no_resource))
        yield


def _client(clients: Mapping[str, Any], service_name: str, *_: Any, **__: Any) -> Any:
    if service_name not in clients:
        there = ", ".join(sorted(clients))
        raise NotGiven(f"a handler asks boto3 for {service_name!r}; the simulation gives {there}")
    return clients[service_name]


def _method(clients: Mapping[str, Any]) -> Any:
    def client(_: object, service_name: str, *positional: Any, **named: Any) -> Any:
        return _client(clients, service_name, *positional, **named)

    return client


def _no_resource(*_: Any, **__: Any) -> Any:
    raise NotGiven("a handler asks boto3 for a resource; the simulation gives clients: boto3.client('s3')")


def _no_network(_: object, operation_name: str, __: object) -> Any:
    raise NotGiven(f"a handler calls {operation_name} on a client made outside the call; make it with boto3.client(…)")
