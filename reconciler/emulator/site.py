"""The whole endpoint without its network: every place, one clock, one lock, and what was ordered to go wrong.

Rules of this file:

* Time passes when somebody looks: before a call, its world is run up to the present. So an idle endpoint costs nothing.
* A call that changes something stands in the journal before it is answered, refused or not.
* What reaches a caller is an answer of the service; a defect of ours is logged, and told as `InternalFailure`.
"""

from __future__ import annotations

import itertools
import logging
import threading
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from reconciler.emulator import credentials, protocols, services
from reconciler.emulator.clocks import Clock
from reconciler.emulator.codepipeline import operations
from reconciler.emulator.faults import Fault
from reconciler.emulator.neighbours import cloudtrail, sts, tagging
from reconciler.emulator.orders import Dropped, Orders
from reconciler.emulator.places import Place, Rules
from reconciler.emulator.request import Caller, Request
from reconciler.errors import Broken
from reconciler.simulation.refusals import Refused

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconciler.emulator.codepipeline.operations import Operation
    from reconciler.emulator.journal import Journal
    from reconciler.emulator.protocols import Answer, Call, Message
    from reconciler.pipeline.arns import Target
    from reconciler.simulation.given import Given

LOG = logging.getLogger("reconciler.emulator")
AGENT = 512
"""Characters of a caller's user agent that are kept."""

SERVICES: Mapping[str, Mapping[str, Operation]] = {
    "codepipeline": operations.OPERATIONS,
    "resourcegroupstaggingapi": tagging.OPERATIONS,
    "cloudtrail": cloudtrail.OPERATIONS,
    "sts": sts.OPERATIONS,
}
_REFUSED = "The local endpoint failed; what it wrote to its log says why."


class Site:
    """Everything behind the address. `control` changes it from outside the AWS namespace."""

    def __init__(self, clock: Clock, rules: Rules | None = None, accounts: credentials.Accounts | None = None,
                 journal: Journal | None = None) -> None:  # fmt: skip
        """Take up where the journal ends, if there is one; raises `Broken` for one that cannot be read."""
        self.clock, self.rules = clock, rules or Rules()
        self.accounts = accounts or credentials.Accounts()
        self.lock = threading.RLock()
        self.orders = Orders()
        self.places: dict[Target, Place] = {}
        self.given: list[Given] = []
        """What was given to every place, those to come included."""
        self.begins = datetime.fromtimestamp(clock.wall() / 1000, UTC)
        self._serial = itertools.count(1)
        self._journal: Journal | None = None
        if journal:
            self._resume(journal)

    # Answering ------------------------------------------------------------------------------------------------------

    def answer(self, message: Message) -> Answer:
        """Answer one HTTP request as AWS would; raises `Dropped` where the connection is to be cut."""
        identity = f"local-{next(self._serial):012d}"
        try:
            caller, region = credentials.read(message.headers, self.accounts)
            call = protocols.read(message)
            body = call.service.parse(call.operation, call.value)
            agent = message.headers.get("user-agent", "")[:AGENT]
            request = Request(call.service.name, call.operation, caller, region, body, message.url, agent)
            return protocols.accept(call, self._served(call, request), identity)
        except Fault as fault:
            return protocols.refuse(message, fault, identity)
        except Dropped:
            raise
        except Exception:
            LOG.exception("a request could not be answered")
            return protocols.refuse(message, Fault("InternalFailure", _REFUSED), identity)

    def _served(self, call: Call, request: Request) -> Any:
        with self.lock:
            order = self.orders.take(request)
        if order is None:
            return self._done(call, request)
        if order.latency:
            time.sleep(order.latency)
        if not order.after:
            order.carry_out(request)
        try:
            return self._done(call, request)
        finally:
            if order.after:
                order.carry_out(request)

    def _done(self, call: Call, request: Request) -> Any:
        with self.lock, self.clock.held():
            place = self.present(request.target)
            result, fault = carried_out(place, request)
            if changes(request, result):
                who = [request.caller.arn, request.caller.account, request.caller.key]
                more = {"who": who, "region": request.region, "agent": request.agent, "body": call.value}
                self.remember(f"{request.service}/{request.operation}", more)
        if fault:
            raise fault
        return result

    # Places and time ------------------------------------------------------------------------------------------------

    def place(self, target: Target) -> Place:
        """Give an account and Region, made when first asked for."""
        if target not in self.places:
            self.places[target] = place = Place(target, self.begins, self.rules)
            for given in self.given:
                place.world.give(given)
        return self.places[target]

    def present(self, target: Target) -> Place:
        """Give an account and Region as it is now."""
        place, now = self.place(target), self.clock.now()
        if now >= place.world.now:  # at this very moment something may be due that takes no time
            place.world.run(until=now)
        return place

    # Remembering ----------------------------------------------------------------------------------------------------

    def remember(self, what: str, more: Mapping[str, Any]) -> None:
        """Write down what was done now; without a journal nothing is kept."""
        if self._journal:
            self._journal.append({"do": what, "at": self.clock.now(), "wall": self.clock.wall(), **more})

    def _resume(self, journal: Journal) -> None:
        head, entries = journal.read()
        if head is None:
            journal.append({"format": 1, "begins": self.begins.isoformat()})
        else:
            self.begins = datetime.fromisoformat(head["begins"])
            self._repeat(entries)
        self._journal = journal

    def _repeat(self, entries: Any) -> None:
        from reconciler.emulator import control  # noqa: PLC0415 - it stands on this module

        entry: dict[str, Any] = {}
        clock, self.clock = self.clock, Clock(0)
        for entry in entries:
            self.clock.set(entry.get("from", entry["at"]))
            service, _, operation = entry["do"].partition("/")
            if service == "local":
                control.repeat(self, operation, entry)
            else:
                request = _remembered(service, operation, entry)
                carried_out(self.present(request.target), request)
        if entry:  # time went on while nobody was there, unless it only goes on by word
            clock.set(self.clock.now(), None if clock.stepped else entry["wall"])
        self.clock = clock


def _remembered(service: str, operation: str, entry: Mapping[str, Any]) -> Request:
    """Give the request in a line of a journal; raises `Broken` for one that this version does not take."""
    try:
        body = services.load(service).parse(operation, entry["body"])
        return Request(service, operation, Caller(*entry["who"]), entry["region"], body, agent=entry.get("agent", ""))
    except (Fault, KeyError, TypeError) as error:
        raise Broken(f"the state file holds a {operation} that this version does not take: {error}") from None


def carried_out(place: Place, request: Request) -> tuple[Any, Fault | None]:
    """Carry a request out at a place: gives the result and the fault, one of them None."""
    operation = SERVICES[request.service].get(request.operation)
    if operation is None:
        return None, Fault("UnknownOperationException", f"{request.service} {request.operation} is not served here")
    result, fault = None, None
    try:
        result = operation(place, request)
    except Refused as refused:
        fault = Fault(refused.code, refused.message)
    except Fault as found:
        fault = found
    if changes(request, result):
        cloudtrail.record(place, request, result, fault)  # type: ignore[arg-type]  # a change is never answered so
    return result, fault


def changes(request: Request, result: Any) -> bool:
    """Tell whether a request may have changed something; a poll that found no job has not."""
    if request.service != "codepipeline" or request.operation.startswith(operations.READING):
        return False
    return not request.operation.startswith("Poll") or bool(result and result["jobs"])
