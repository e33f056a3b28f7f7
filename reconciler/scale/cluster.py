"""The leader's way to a Dask cluster: the scheduler, the workers that fit, and which of them a target belongs to.

Rules of this file:

* A cluster that is not there is waited for by the next pass; the targets are never done here in its place.
* A worker of another version of this program or of Python, or with another store, gets nothing, and is named.
* Whoever reaches a scheduler runs code on its workers with their roles: off this machine it takes TLS.
"""

from __future__ import annotations

import hashlib
import logging
import platform
from typing import TYPE_CHECKING, Any, NamedTuple

from reconciler import __version__
from reconciler.errors import Broken, Retry
from reconciler.scale import seats

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from distributed import Client, Future

    from reconciler.pipeline.arns import Target
    from reconciler.scale.requests import Request
    from reconciler.settings import Scale

LOG = logging.getLogger("reconciler.scale")

LOCAL = "dask://local"
PATIENCE = 10
"""Seconds until a scheduler, and a first worker, is given up for this pass."""
_HERE = ("127.0.0.1", "localhost", "[::1]")


class Worker(NamedTuple):
    """One that fits."""

    address: str
    name: str


class Cluster:
    """A connection to a scheduler, made with the first use and again once it is lost. One pass uses it at a time."""

    def __init__(self, scale: Scale, mark: str, seat: seats.Seat | None = None) -> None:
        """`mark` is that of the leader's store; with a `seat` workers are started here, each with a copy of it.

        Raises `Broken` for an address that must not be used as it is.
        """
        self._scale, self._mark, self._seat = scale, mark, seat
        self._address = _address(scale)
        self._client: Client | None = None
        self._cluster: Any = None
        self._fitting: dict[str, Worker] = {}
        self._refused: dict[str, str] = {}

    @property
    def place(self) -> str:
        """Where the scheduler is, for people."""
        return self._address or "the scheduler of dask://local"

    def close(self) -> None:
        """End the connection, and the workers that were started here."""
        client, self._client = self._client, None
        cluster, self._cluster = self._cluster, None
        self._fitting, self._refused = {}, {}
        for each in (client, cluster):
            if each is not None:
                each.close()

    def workers(self) -> dict[str, Worker]:
        """Give the workers that fit and are alive, by address; raises `Retry` without a scheduler."""
        try:
            client = self._connected()
            alive = client.nthreads()
            self._look_at(alive.keys() - self._fitting.keys() - self._refused.keys(), client)
        except (OSError, TimeoutError, RuntimeError, ValueError) as error:
            self.close()
            raise self.lost(error) from None
        self._fitting = {address: each for address, each in self._fitting.items() if address in alive}
        self._refused = {address: why for address, why in self._refused.items() if address in alive}
        return dict(self._fitting)

    def some_workers(self) -> dict[str, Worker]:
        """Give the workers that fit and are alive, at least one; raises `Retry` if none comes."""
        if found := self.workers():
            return found
        try:
            self._connected().wait_for_workers(len(self._refused) + 1, timeout=PATIENCE)
        except (OSError, TimeoutError):
            LOG.debug("no further worker at %s", self.place)
        if found := self.workers():
            return found
        why = "; ".join(self._refused.values()) or "none is connected"
        raise Retry(f"{self.place} has no worker for this pass: {why}; start some: dask worker "
                    f"{self._address} --preload reconciler.cli.worker")  # fmt: skip

    def submit(self, request: Request, worker: Worker, arrived: Callable[[Future], None]) -> Future:
        """Have a request done by one worker and by no other; `arrived` hears of its end from another thread."""
        client = self._connected()
        future = client.submit(
            seats.serve, request, workers=[worker.address], allow_other_workers=False, pure=False, retries=0,
            key=f"{request.step}-{request.target}-{client.id}-{next(_SERIAL)}",
        )  # fmt: skip
        future.add_done_callback(arrived)
        return future

    def drop(self, futures: Collection[Future]) -> None:
        """Have what has not begun not done, as far as somebody still listens."""
        if futures and self._client is not None and self._client.status == "running":
            self._client.cancel(list(futures), force=True)

    def lost(self, error: object) -> Retry:
        """Give the word for a scheduler that does not answer."""
        return Retry(
            f"{self.place} cannot be reached: {error}; the pass ends here and the next one tries again. "
            "Is the scheduler running (systemctl status reconciler-scheduler), and scale.executor its address?"
        )

    def _connected(self) -> Client:
        from distributed import Client  # noqa: PLC0415

        if self._client is not None and self._client.status != "running":
            self.close()
        if self._client is None:
            self._cluster = self._cluster or (_here(self._scale, self._seat) if self._seat else None)
            given = self._cluster or self._address
            self._client = Client(given, timeout=PATIENCE, security=_security(self._scale), set_as_default=False)
        return self._client

    def _look_at(self, new: Collection[str], client: Client) -> None:
        if not new:
            return
        said = client.run(seats.describe, workers=list(new), on_error="return")
        for address, each in said.items():
            if why := self._fault(address, each):
                LOG.warning("%s; it gets no work", why)
                self._refused[address] = why
            else:
                self._fitting[address] = Worker(address, each.name)

    def _fault(self, address: str, said: Any) -> str:
        """Give why a worker does not fit; empty if it does."""
        if not hasattr(said, "mark"):
            what = type(said).__name__
            return f"worker {address} is not one of ours ({what}): start it with --preload reconciler.cli.worker"
        ours = (__version__, platform.python_version())
        if (said.version, said.python) != ours:
            return (
                f"worker {said.name} ({address}) has version {said.version} on Python {said.python}, "
                f"this is {ours[0]} on Python {ours[1]}: install the same"
            )
        if said.mark != self._mark:
            return f"worker {said.name} ({address}) has another store: give it the same store.url"
        return ""


def home(target: Target, workers: Collection[Worker]) -> Worker:
    """Give the worker that a target belongs to: the same one as long as it lives, and few move when one is gone."""
    return max(workers, key=lambda each: (_weight(target, each), each))


def _weight(target: Target, worker: Worker) -> bytes:
    return hashlib.sha256(f"{worker.name} {target}".encode()).digest()


def _serial() -> Any:
    from itertools import count  # noqa: PLC0415

    return count(1)


_SERIAL = _serial()


def _address(scale: Scale) -> str:
    """Give Dask's word for the address; raises `Broken` for one that strangers could reach."""
    if scale.executor == LOCAL:
        return ""
    host = scale.executor.removeprefix("dask://")
    if not scale.tls.ca_file and host.rpartition(":")[0] not in _HERE:
        raise Broken(
            f"scale.executor: {scale.executor} is not on this machine, and whoever reaches a scheduler runs code on "
            "its workers with their roles: set scale.tls (ca_file, cert_file, key_file)"
        )
    return f"{'tls' if scale.tls.ca_file else 'tcp'}://{host}"


def _security(scale: Scale) -> Any:
    from distributed.security import Security  # noqa: PLC0415

    tls = scale.tls
    if not tls.ca_file:
        return None
    return Security(
        tls_ca_file=tls.ca_file, tls_client_cert=tls.cert_file, tls_client_key=tls.key_file, require_encryption=True
    )


def _here(scale: Scale, seat: seats.Seat | None) -> Any:
    """Start a scheduler in this process and workers beside it."""
    from distributed import LocalCluster  # noqa: PLC0415

    return LocalCluster(
        n_workers=scale.processes, threads_per_worker=scale.workers, host="127.0.0.1", dashboard_address="127.0.0.1:0",
        worker_dashboard_address="127.0.0.1:0", silence_logs=logging.ERROR, plugins=(seat,), memory_limit=0,
    )  # fmt: skip
