"""The leader's side of a step: shared out over the workers, and joined again.

Rules of this file:

* A request belongs to one worker while that lives. Once it is gone, the request goes to another one; what the lost one
  had journalled there is not written again (`sync.resuming`).
* What no worker could do in `ATTEMPTS` is told of its target; the other targets go on.
* The lease is kept while workers write, and what waits is given up as soon as it is lost.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING

from reconciler.errors import Retry
from reconciler.scale import cluster as clusters
from reconciler.scale.requests import Answer, Request, packed
from reconciler.sync import applying, parts
from reconciler.sync.state import Event

if TYPE_CHECKING:
    from distributed import Future

    from reconciler.pipeline.arns import Target
    from reconciler.scale.cluster import Cluster
    from reconciler.sync.state import Pass, Result, Step, World

ATTEMPTS = 3
"""Workers that may be lost over one request before it counts as failed: it may be what ends them."""
POLL = 1.0
"""Seconds between two looks at which workers are alive."""


@dataclass(slots=True)
class Sent:
    """A request on its way."""

    request: Request
    address: str
    attempt: int


@dataclass(slots=True)
class Crew:
    """Shares steps out."""

    cluster: Cluster

    def spread(self, step: Step, state: Pass, world: World) -> Pass:
        """Do a step on workers, if it is one that is shared out; raises `Retry` without a cluster."""
        name = parts.NAMES.get(step)
        if name is None:
            return step(state, world)
        pieces = parts.pieces(name, state, world)
        if not pieces:
            return state
        packet, lease = packed(world.settings), world.lease.number if parts.SHARES[name].writes else None
        requests = [Request(name, target, piece, packet, lease) for target, piece in pieces.items()]
        answers = _Turn(self.cluster, world, name, len(requests)).answers(requests)
        efforts = dict(state.efforts)
        for target, answer in answers.items():
            efforts[target] = efforts[target] + answer.effort if target in efforts else answer.effort
        found = {each.target: answers[each.target].part or _lost(each, answers[each.target]) for each in requests}
        done = parts.joined(state, found)
        return replace(done, efforts=efforts, results=_own(done.results, state))


def _own(results: tuple[Result, ...], state: Pass) -> tuple[Result, ...]:
    """Give results with the leader's own changes in place of their copies, which would be held twice."""
    own = {(each.identity, each.kind): each for each in state.batch}
    return tuple(
        replace(each, change=own.get((each.change.identity, each.change.kind), each.change)) for each in results
    )


def _lost(request: Request, answer: Answer) -> parts.Part:
    return parts.SHARES[request.step].lost(request.state, request.target, answer.fault)


@dataclass(slots=True)
class _Turn:
    """One step while it is with the workers."""

    cluster: Cluster
    world: World
    step: str
    total: int
    waiting: dict[Future, Sent] = field(default_factory=dict)
    arrived: SimpleQueue[Future] = field(default_factory=SimpleQueue)
    done: dict[Target, Answer] = field(default_factory=dict)

    def answers(self, requests: list[Request]) -> dict[Target, Answer]:
        """Give the answer of each target; raises `Retry` if the scheduler is lost, or the lease is."""
        workers = self.cluster.some_workers()
        try:
            for request in requests:
                self._send(request, workers, 1)
            looked = time.monotonic()
            while self.waiting:
                self._take()
                if time.monotonic() - looked >= POLL:
                    self._look()
                    looked = time.monotonic()
        finally:
            self.cluster.drop(self.waiting)
        return self.done

    def _send(self, request: Request, workers: dict[str, clusters.Worker], attempt: int) -> None:
        worker = clusters.home(request.target, workers.values())
        future = self.cluster.submit(request, worker, self.arrived.put)
        self.waiting[future] = Sent(request, worker.address, attempt)

    def _take(self) -> None:
        try:
            future = self.arrived.get(timeout=POLL)
        except Empty:
            return
        if (sent := self.waiting.pop(future, None)) is None:
            return
        if future.status == "finished":
            self._keep(sent, future.result())
        elif future.status == "cancelled":
            self._again(sent, "the scheduler forgot it")
        else:
            self._again(sent, type(future.exception()).__name__)

    def _keep(self, sent: Sent, answer: Answer) -> None:
        target = sent.request.target
        self.done[target] = answer
        by = f"{target}, worker {answer.effort.worker or sent.address}"
        for result in answer.part.get("results", ()):
            self.world.tell(Event("apply", applying.sentence(result)))
        self.world.tell(Event(self.step, answer.fault or by, len(self.done), self.total))

    def _look(self) -> None:
        """Find requests whose worker is gone, and keep the lease; told, so that nobody takes the wait for a hang."""
        if parts.SHARES[self.step].writes:
            self.world.lease.assure(self.world.settings.aws.connect_timeout)
        workers = self.cluster.workers()
        for future, sent in list(self.waiting.items()):
            if sent.address not in workers and future.status == "pending":
                del self.waiting[future]
                self.cluster.drop([future])
                self._again(sent, "its worker was lost")
        self.world.tell(Event(self.step, f"{len(self.waiting)} targets to go", len(self.done), self.total))

    def _again(self, sent: Sent, why: str) -> None:
        request = sent.request
        if sent.attempt >= ATTEMPTS:
            reason = f"no worker could do this in {ATTEMPTS} attempts, the last one at {sent.address}: {why}"
            self.done[request.target] = Answer(fault=reason)
            return
        self.world.tell(Event(self.step, f"{request.target}: {why} ({sent.address}); it is done elsewhere"))
        self._send(request, self._some(), sent.attempt + 1)

    def _some(self) -> dict[str, clusters.Worker]:
        if not (workers := self.cluster.some_workers()):
            raise Retry(f"{self.cluster.place} has no worker left")
        return workers
