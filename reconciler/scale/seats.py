"""A worker's side: it does a step for one target with its own roles, its own mirror of git and the shared store."""

from __future__ import annotations

import hashlib
import hmac
import logging
import platform
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from threading import Lock
from typing import TYPE_CHECKING, Any

from distributed import get_worker
from distributed.diagnostics.plugin import WorkerPlugin

from reconciler import __version__
from reconciler.errors import ReconcilerError
from reconciler.scale import requests
from reconciler.scale.requests import Answer, Description, Request
from reconciler.sync import parts
from reconciler.sync.listings import Listings
from reconciler.sync.state import accesses
from reconciler.sync.threads import Aside

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Executor
    from contextlib import AbstractContextManager

    from reconciler.scale.rights import Rights
    from reconciler.sync.state import World

LOG = logging.getLogger("reconciler.worker")
NAME = "reconciler"
_QUESTIONS = 2
"""What a target is asked for at the same time: its list and its tags."""


class Seat(WorkerPlugin):  # type: ignore[misc]  # Dask is Any here
    """What a worker keeps from one request to the next: clients, their pace, connections, the mirror of git."""

    name = NAME

    def __init__(self, opened: Callable[[], AbstractContextManager[tuple[World, Rights]]]) -> None:
        """Take what builds the world of a worker; it travels where workers are started from here."""
        self._opened = opened

    def setup(self, worker: Any) -> None:
        """Begin; what it raises ends the worker before it has begun."""
        self._worker, self._turn, self._commits = worker, Lock(), set[str]()
        self._stack = ExitStack()
        self.world, self._rights = self._stack.enter_context(self._opened())

    def teardown(self, worker: Any) -> None:  # noqa: ARG002  the signature is Dask's
        """Close what was opened."""
        self._stack.close()

    def __getstate__(self) -> dict[str, Any]:
        """Travel as it was before it began."""
        return {"_opened": self._opened}

    def serve(self, request: Request) -> Answer:
        """Do a step for one target; a failure is told as a value, without what it was about."""
        try:
            part = self._done(request)
        except ReconcilerError as error:
            return Answer(fault=str(error), effort=self._effort(request))
        except Exception as error:  # one target must not end a worker, and a traceback may quote what is secret
            LOG.exception("%s of %s", request.step, request.target)
            return Answer(fault=f"{type(error).__name__}: see the log of worker {self._worker.name}")
        return Answer(part, effort=self._effort(request))

    def describe(self) -> Description:
        """Say what this worker is."""
        return Description(str(self._worker.name), __version__, platform.python_version(), mark(self.world))

    def _done(self, request: Request) -> parts.Part:
        share = parts.SHARES[request.step]
        if share.reads_git and request.state.snapshot:
            self._bring(request.state.snapshot.commit)
        workers = self.world.settings.scale.workers
        begin = self._rights.begin
        with (
            self._rights.under(request.lease),
            ThreadPoolExecutor(workers, initializer=begin, initargs=(request.lease,)) as executor,
        ):
            world = self._world(request, executor)
            holds = replace(request.state.holds, environments=world.settings.environments)
            return parts.filled(request.step, replace(request.state, holds=holds), world)

    def _world(self, request: Request, executor: Executor) -> World:
        settings = requests.unpacked(self.world.settings, request.settings)
        listings = Listings(self.world.cloud, partial(Aside, _QUESTIONS), (accesses(settings)[request.target],))
        return replace(
            self.world,
            settings=settings,
            executor=executor,
            listings=listings,
            only=request.target,
            stopping=self._is_stopping,
        )

    def _bring(self, commit: str) -> None:
        """Have the blobs of a commit at hand; a branch that has moved since still leads to them."""
        with self._turn:
            if commit not in self._commits:
                self.world.repository.fetch()
                self._commits.add(commit)

    def _is_stopping(self) -> bool:
        return not self._worker.status.name.startswith("running")

    def _effort(self, request: Request) -> Any:
        return replace(self.world.cloud.spent(request.target), worker=str(self._worker.name))


def serve(request: Request) -> Answer:
    """Do a request on the worker on which this is called."""
    seat: Seat = get_worker().plugins[NAME]
    return seat.serve(request)


def describe(dask_worker: Any) -> Description:
    """Say what a worker is, which Dask gives by this name; raises KeyError on one that is not ours."""
    seat: Seat = dask_worker.plugins[NAME]
    return seat.describe()


def mark(world: World) -> str:
    """Give what is the same in every process that shares a store, and tells nothing else of it."""
    return hmac.new(world.memory.fingerprint_key, b"the mark of a store", hashlib.sha256).hexdigest()[:16]
