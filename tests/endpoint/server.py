"""The endpoint: a world, the services over it, and what a test may order or watch."""

from __future__ import annotations

import json
import threading
from collections import Counter
from typing import TYPE_CHECKING, Any, Self

from endpoint import codepipeline, protocols, sts, tagging, wire
from endpoint.faults import Drop, Fault, Faults, ProxyPage, Throttle
from endpoint.request import Document, Refusal, Request, pipeline_name
from endpoint.world import World

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    Hook = Callable[[Request], object]

_SERVICES = {
    "CodePipeline_20150709": codepipeline.OPERATIONS,
    "ResourceGroupsTaggingAPI_20170126": tagging.OPERATIONS,
    "STS": sts.OPERATIONS,
}


class Endpoint(World):
    """Serves from the moment it is made until `close`; a defect inside it or inside a hook is raised by `with`."""

    def __init__(self, *, port: int = 0, latency: float = 0.0, record: bool = True, **world: Any) -> None:
        """`latency` is in seconds per request; without `record` requests are only counted; `world`: see World."""
        super().__init__(**world)
        self.latency = latency
        self.log: list[Request] = []
        """Requests in order of arrival, those that met a fault included."""
        self.crashes: list[Exception] = []
        """Defects of the endpoint or of hooks; their requests were answered with status 500."""
        self._record, self._serial, self._counts = record, 0, Counter[str]()
        self._faults = Faults()
        self._throttle: Throttle | None = None
        self._before: list[Hook] = []
        self._after: list[Hook] = []
        self._closed = threading.Event()
        self._listener = wire.Listener(self._respond, port)
        self.url = f"http://127.0.0.1:{self._listener.port}"

    def __enter__(self) -> Self:
        """Give the endpoint, which serves already."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Close; raise the first defect unless something else is being raised."""
        self.close()
        if error is None and self.crashes:
            raise self.crashes[0]

    def close(self) -> None:
        """Cut all connections and stop."""
        self._closed.set()
        self._listener.close()

    def counts(self) -> Counter[str]:
        """Give how many requests of each operation came since the log was cleared."""
        with self.lock:
            return self._counts.copy()

    def clear_log(self) -> None:
        """Forget the requests so far; serials go on."""
        with self.lock:
            self.log.clear()
            self._counts.clear()

    def fail(
        self,
        operation: str = "",
        error: str = "ThrottlingException",
        *,
        status: int | None = None,
        message: str = "",
        times: int | None = 1,
        after_effect: bool = False,
        name: str = "",
        account: str = "",
        region: str = "",
    ) -> None:
        """Queue a fault for the next `times` requests that fit (`None`: for all); empty texts fit everything.

        `error` is an AWS error code, `drop` (no answer, connection closed) or `html` (a proxy's page). `status` is 400
        unless given, 500 for InternalFailure, 503 for ServiceUnavailable and 502 for `html`. With `after_effect` the
        request does its work first and only the answer is lost.
        """
        self._faults.add(Fault(operation, error, status, message, times, after_effect, name, account, region))

    def throttle_above(self, rate: float | None) -> None:
        """Throttle each kind of call, account and Region above `rate` requests per second; `None` stops it."""
        self._throttle = None if rate is None else Throttle(rate, self.clock)

    def before(self, hook: Hook) -> Hook:
        """Call `hook` with every request before it takes effect; it may block, change the world or raise Drop."""
        self._before.append(hook)
        return hook

    def after(self, hook: Hook) -> Hook:
        """Call `hook` with every request after its effect and before its answer; it may block or raise Drop."""
        self._after.append(hook)
        return hook

    def clear_orders(self) -> None:
        """Forget queued faults, hooks and throttling; latency stays."""
        self._faults.clear()
        self._before.clear()
        self._after.clear()
        self._throttle = None

    def _respond(self, message: wire.Message) -> bytes | None:
        if message.method == "GET":
            return wire.answer(200, "application/json", json.dumps(self.counts()).encode())
        dialect = protocols.dialect(message)
        try:
            call = protocols.read(message)
            request = self._admit(call)
            result = self._serve(_operation(call), request)
            return dialect.accept(request.operation, result, f"request-{request.serial}")
        except Refusal as refusal:
            return dialect.refuse(refusal, "refused")
        except ProxyPage as page:
            return wire.answer(page.status, "text/html", page.body)
        except Drop:
            return None
        except Exception as crash:  # noqa: BLE001  kept, and raised again where the test sees it
            self.crashes.append(crash)
            return dialect.refuse(Refusal("InternalFailure", repr(crash), 500), "crashed")

    def _admit(self, call: protocols.Call) -> Request:
        body = call.read()
        with self.lock:
            self._serial += 1
            account = self.owner(call.access_key)
            name = pipeline_name(body)
            request = Request(self._serial, call.operation, account, call.region, name, body, call.access_key)
            self._counts[call.operation] += 1
            if self._record:
                self.log.append(request)
        return request

    def _serve(self, operation: Callable[[World, Request], Document], request: Request) -> Document:
        for hook in tuple(self._before):
            hook(request)
        if self.latency:
            self._closed.wait(self.latency)
        fault = self._faults.take(request)
        if fault and not fault.after_effect:
            raise fault.exception()
        if self._throttle and self._throttle.refuses(request):
            raise Refusal("ThrottlingException", "Rate exceeded")
        try:
            with self.lock:
                return operation(self, request)
        finally:
            for hook in tuple(self._after):
                hook(request)
            if fault:
                raise fault.exception()


def _operation(call: protocols.Call) -> Callable[[World, Request], Document]:
    try:
        return _SERVICES[call.service][call.operation]
    except KeyError:
        raise Refusal("UnknownOperationException", f"{call.service} {call.operation} is not served here") from None
