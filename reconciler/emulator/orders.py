"""What was ordered to go wrong: throttling, latency, server errors, lost answers, roles that are not there yet."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

from reconciler.emulator.faults import Fault
from reconciler.errors import Broken

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconciler.emulator.request import Request

DROP, ROLE = "drop", "role"
_TEXTS = {"ThrottlingException": "Rate exceeded", "ServiceUnavailable": "Service is unable to handle request."}
_SERVER = {"InternalFailure": 500, "ServiceUnavailable": 503}


class Dropped(Exception):
    """The connection is to be cut without an answer."""


@dataclass(slots=True)
class Order:
    """One order; empty texts fit every request."""

    operation: str = ""
    error: str = ""
    """An error class of AWS; `drop`: no answer; `role`: the service role is not assumable yet; empty: only latency."""
    message: str = ""
    status: int | None = None
    times: int | None = 1
    """For how many requests that fit; None: for all."""
    after: bool = False
    """The request does its work first, and only the answer is lost."""
    latency: float = 0.0
    """Seconds that the request takes at least."""
    name: str = ""
    """Of the pipeline."""
    account: str = ""
    region: str = ""

    def fits(self, request: Request) -> bool:
        """Tell whether a request is meant."""
        wanted = (self.operation, self.name, self.account, self.region)
        given = (request.operation, subject(request), request.caller.account, request.region)
        return self.times != 0 and all(want in ("", have) for want, have in zip(wanted, given, strict=True))

    def carry_out(self, request: Request) -> None:
        """Raise what the order says, if it is more than latency."""
        if self.error == DROP:
            raise Dropped
        if self.error == ROLE:
            role = (request.body.get("pipeline") or {}).get("roleArn", "")
            text = f"CodePipeline is not authorized to perform AssumeRole on role {role}"
            raise Fault("InvalidStructureException", text)
        if self.error:
            text = self.message or _TEXTS.get(self.error, f"ordered: {self.error}")
            raise Fault(self.error, text, self.status or _SERVER.get(self.error))


class Orders:
    """All orders, the oldest first; each request meets at most one. The caller holds a lock."""

    def __init__(self) -> None:
        self.waiting: list[Order] = []

    def add(self, value: Mapping[str, Any]) -> None:
        """Take an order as a JSON object; raises `Broken` that names what is wrong."""
        known = {each.name for each in fields(Order)}
        if unknown := value.keys() - known:
            raise Broken(f"{', '.join(sorted(unknown))} is not known in a fault; known: {', '.join(sorted(known))}")
        order = Order(**value)
        _check_types(order)
        if not isinstance(order.latency, int | float) or not 0 <= order.latency <= 60:  # noqa: PLR2004
            raise Broken("latency is a number of seconds from 0 to 60")
        if not (order.error or order.latency):
            raise Broken("a fault has an `error` or a `latency`; write {error: ThrottlingException, times: 2}")
        self.waiting.append(order)

    def take(self, request: Request) -> Order | None:
        """Give the first order that fits, and count it down."""
        found = next((order for order in self.waiting if order.fits(request)), None)
        if found and found.times is not None:
            found.times -= 1
            if found.times <= 0:
                self.waiting.remove(found)
        return found


def _check_types(order: Order) -> None:
    texts = (order.operation, order.error, order.message, order.name, order.account, order.region)
    if not all(isinstance(each, str) for each in texts) or type(order.after) is not bool:
        raise Broken("in a fault, `times` and `status` are numbers, `after` is true or false, and the rest are texts")
    if not (order.times is None or (type(order.times) is int and order.times > 0)):
        raise Broken("times is a number from 1, or null for every request")
    if not (order.status is None or (type(order.status) is int and 400 <= order.status < 600)):  # noqa: PLR2004
        raise Broken("status is an HTTP status from 400 to 599")


def subject(request: Request) -> str:
    """Give the name of the pipeline that a request is about; empty if it is about none."""
    body = request.body
    named = body.get("pipelineName") or body.get("name") or (body.get("pipeline") or {}).get("name")
    return str(named or str(body.get("resourceArn", "")).rpartition(":")[2])
