"""Keeps tests away from AWS: a name that is Amazon's is not looked up, and botocore sends nothing there.

Loopback and every host that is not Amazon's are let through. The names are the domains of AWS's partitions,
and the addresses at which machines and containers find credentials.
"""

from __future__ import annotations

import socket
import sys
from contextlib import contextmanager
from functools import wraps
from typing import TYPE_CHECKING, Any
from unittest import mock
from urllib.parse import urlsplit

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

DOMAINS = ("amazonaws.com", "amazonaws.com.cn", "api.aws", "aws.dev", "amazonwebservices.com.cn", "c2s.ic.gov",
           "sc2s.sgov.gov", "amazonaws.eu", "api.amazonwebservices.eu")  # fmt: skip
METADATA = frozenset({"169.254.169.254", "169.254.170.2", "169.254.170.23", "fd00:ec2::254", "fd00:ec2::23"})


class Touched(list[str]):
    """The hosts of Amazon's that a test asked for."""


def is_aws(host: str) -> bool:
    """Tell whether a host name or address is AWS's own."""
    name = host.rstrip(".").lower().strip("[]")
    return name in METADATA or any(name == each or name.endswith(f".{each}") for each in DOMAINS)


def said(host: str) -> str:
    """Say what a test did, and what to do about it."""
    return (f"this test calls AWS ({host}); simulate it, set endpoint_url to a local endpoint, or mark it "
            "@pytest.mark.live and run pytest --pipeline-live")  # fmt: skip


@contextmanager
def raised() -> Iterator[Touched]:
    """Guard for as long as the context lasts; a call fails the test at once, and is remembered."""
    touched = Touched()

    def refuse(host: object) -> None:
        if isinstance(host, bytes):
            host = host.decode("ascii", "replace")
        if isinstance(host, str) and is_aws(host):
            touched.append(host)
            pytest.fail(said(host), pytrace=False)

    with mock.patch.object(socket, "getaddrinfo", _first(refuse, socket.getaddrinfo)), _botocore(refuse):
        yield touched


def _first(refuse: Callable[[object], None], function: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(function)
    def guarded(host: object, *arguments: Any, **named: Any) -> Any:
        refuse(host)
        return function(host, *arguments, **named)

    return guarded


@contextmanager
def _botocore(refuse: Callable[[object], None]) -> Iterator[None]:
    """Guard botocore's own sessions, where it is in use: behind a proxy nothing but the proxy is looked up."""
    sessions = sys.modules.get("botocore.httpsession")
    if sessions is None:
        yield
        return
    session: Any = sessions.URLLib3Session
    send = session.send

    @wraps(send)
    def guarded(self: Any, request: Any) -> Any:
        refuse(urlsplit(request.url).hostname)
        return send(self, request)

    with mock.patch.object(session, "send", guarded):
        yield
