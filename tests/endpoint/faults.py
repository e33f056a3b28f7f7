"""Faults that a test orders: queued errors, dropped connections, a proxy's page, throttling by rate."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

from endpoint.request import Refusal, Request

if TYPE_CHECKING:
    from collections.abc import Callable

_STATUS = {"InternalFailure": 500, "ServiceUnavailable": 503, "html": 502}
_TEXT = {"ThrottlingException": "Rate exceeded", "InternalFailure": "Internal Failure"}


class Drop(Exception):
    """The connection is closed without an answer; a hook may raise it too."""


class ProxyPage(Exception):
    """Something between client and service answers with a page of HTML."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status
        self.body = f"<html><body><h1>{status} proxy error</h1></body></html>".encode()


@dataclass(slots=True)
class Fault:
    """One order; an empty `operation`, `name`, `account` or `region` fits every request."""

    operation: str
    error: str
    status: int | None
    message: str
    left: int | None
    """How many requests it still meets; `None` means all that come."""
    after_effect: bool
    name: str
    account: str
    region: str

    def fits(self, request: Request) -> bool:
        """Say whether the order is meant for this request."""
        wanted = (self.operation, self.name, self.account, self.region)
        given = (request.operation, request.name, request.account, request.region)
        return self.left != 0 and all(not want or want == have for want, have in zip(wanted, given, strict=True))

    def exception(self) -> Exception:
        """Give what has to be raised in place of the answer."""
        status = self.status or _STATUS.get(self.error, 400)
        if self.error == "drop":
            return Drop()
        if self.error == "html":
            return ProxyPage(status)
        return Refusal(self.error, self.message or _TEXT.get(self.error, f"ordered: {self.error}"), status)


class Faults:
    """The orders in the order in which they were given; each request meets at most one."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._orders: list[Fault] = []

    def add(self, fault: Fault) -> None:
        """Queue an order."""
        with self._lock:
            self._orders.append(fault)

    def take(self, request: Request) -> Fault | None:
        """Give the first order that fits and count it down."""
        with self._lock:
            fault = next((order for order in self._orders if order.fits(request)), None)
            if fault and fault.left is not None:
                fault.left -= 1
            return fault

    def clear(self) -> None:
        """Forget all orders."""
        with self._lock:
            self._orders.clear()


class Throttle:
    """A token bucket for each account, Region and operation: it holds one second's worth and starts full."""

    def __init__(self, rate: float, clock: Callable[[], float]) -> None:
        """`rate` is in requests per second; `clock` gives seconds."""
        self._rate, self._clock, self._lock = rate, clock, threading.Lock()
        self._levels: dict[tuple[str, str, str], tuple[float, float]] = {}

    def refuses(self, request: Request) -> bool:
        """Say whether a request comes too early; one that does not takes a token."""
        key, now = (request.account, request.region, request.operation), self._clock()
        size = max(1.0, self._rate)
        with self._lock:
            level, at = self._levels.get(key, (size, now))
            level = min(size, level + (now - at) * self._rate)
            self._levels[key] = (level - 1 if level >= 1 else level, now)
        return level < 1
