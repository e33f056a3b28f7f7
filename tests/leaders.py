"""Two daemons on one database: killed, stopped and continued under change, and what their endpoint saw of it."""

from __future__ import annotations

import copy
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from daemons import PATIENCE, Daemon
from reconciler.store.lease import Lease

if TYPE_CHECKING:
    from collections.abc import Iterator

    from endpoint import Request
    from workshop import Workshop

LEASE = 4.0
"""Seconds; short, so that many rounds take little time, and long enough that a busy endpoint sees a write in time."""
READING = ("Get", "List", "Describe")
SETTINGS: dict[str, Any] = {
    "source": {"repository": "repository", "poll": "1s"},
    "scale": {"workers": 1},
    "aws": {"rate": 500, "ceiling": 1000, "burst": 200, "attempts": 2, "role_propagation": 0, "connect_timeout": 3},
}


@dataclass(frozen=True)
class Write:
    """A writing request, as the endpoint saw it: whose it was, and who had the lease at that moment."""

    operation: str
    name: str
    writer: str
    holder: str

    @property
    def is_allowed(self) -> bool:
        return self.writer == self.holder


@dataclass
class Leaders:
    """Daemons of one workshop, told apart by their access keys; the lease is asked for whenever one of them writes."""

    workshop: Workshop
    url: str
    documents: list[dict[str, Any]]
    writes: list[Write] = field(default_factory=list)
    created: Counter[str] = field(default_factory=Counter)
    spent: list[tuple[str, float]] = field(default_factory=list)
    """How each leader was disturbed, and the seconds from then to the lease of its successor."""
    running: dict[str, Daemon] = field(default_factory=dict)
    """By HOST:PID."""
    keys: dict[str, str] = field(default_factory=dict)
    """HOST:PID by access key."""
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _wrote: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self.lease = Lease(self.url, LEASE)
        self.workshop.settings(**SETTINGS, store={"url": self.url, "lease": LEASE})
        self.workshop.endpoint.latency = 0.01
        self.workshop.endpoint.before(self._watch)
        self.workshop.endpoint.after(self._count)
        self.workshop.define(*self.documents)

    @property
    def takeovers(self) -> list[float]:
        return [seconds for _, seconds in self.spent]

    def by_way(self) -> dict[str, tuple[float, ...]]:
        ways = dict.fromkeys(way for way, _ in self.spent)
        return {way: tuple(seconds for each, seconds in self.spent if each == way) for way in ways}

    def begin(self) -> None:
        """Start two daemons, and wait until one of them leads and the other one stands by."""
        each = [self.start(), self.start()]
        name = self.leader()
        (standby,) = (daemon for daemon in each if daemon is not self.running[name])
        standby.hear("standby; ")

    def start(self) -> Daemon:
        """Start one more daemon."""
        key = f"AKIA{len(self.keys):016}"
        process = subprocess.Popen(
            [sys.executable, "-m", "reconciler", "run"],
            cwd=self.workshop.folder,
            env={k: v for k, v in self.workshop.environment.items() if not k.startswith("COV")}
            | {"AWS_ACCESS_KEY_ID": key},
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        name = f"{os.uname().nodename}:{process.pid}"
        self.keys[key], self.running[name] = name, Daemon(process)
        return self.running[name]

    def leader(self, other_than: str = "") -> str:
        """Wait until a daemon leads, and give its name."""
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            standing = self.lease.standing()
            if standing and standing.is_held and standing.holder not in ("", other_than):
                return standing.holder
            threading.Event().wait(0.01)
        raise AssertionError(f"nobody took over: {[each.lines[-3:] for each in self.running.values()]}")

    def change(self, number: int) -> None:
        """Commit another version of some pipelines, and a new one; ends with the first write that follows."""
        for document in self.documents[:4]:  # fewer than `sync.limits` allows at once
            document["stages"][1]["actions"][0]["configuration"]["ProjectName"] = f"build-{number}"
        fresh = copy.deepcopy(self.documents[0]) | {"name": f"new{number:04}-prod-deploy"}
        self.documents.append(fresh)
        self._wrote.clear()
        self.workshop.define(*self.documents)
        assert self._wrote.wait(PATIENCE), f"nobody writes: {[each.lines[-3:] for each in self.running.values()]}"

    def kill(self) -> None:
        """Kill the leader and start another daemon in its place."""
        name = self.leader()
        ended = time.monotonic()
        self.running.pop(name).close()
        self.leader(other_than=name)
        self.spent.append(("kill", time.monotonic() - ended))
        self.start().hear("standby; ")

    def pause(self) -> None:
        """Stop the leader for longer than its lease, and let it go on when another one leads.

        It is stopped while it waits for the answer to a read. Its one worker is then not between the look at its lease
        and the sending of a write, which no lease can guard.
        """
        name = self.leader()
        process, stopped = self.running[name].process, threading.Event()

        def stop(request: Request) -> None:
            if not stopped.is_set() and self.keys.get(request.access_key) == name and _reads(request):
                process.send_signal(signal.SIGSTOP)
                stopped.set()

        self.workshop.endpoint.after(stop)
        assert stopped.wait(PATIENCE), "the leader asks nothing"
        ended = time.monotonic()
        self.leader(other_than=name)
        self.spent.append(("pause", time.monotonic() - ended))
        process.send_signal(signal.SIGCONT)

    def leave(self) -> None:
        """Ask the leader to end; it gives the lease back, so that nobody waits for its end."""
        name = self.leader()
        ended = time.monotonic()
        daemon = self.running.pop(name)
        assert daemon.stop() == 0, daemon.lines
        self.leader(other_than=name)
        self.spent.append(("leave", time.monotonic() - ended))
        daemon.close()
        self.start().hear("standby; ")

    def converge(self) -> None:
        """Wait until what is live is what git says."""
        until = time.monotonic() + PATIENCE
        while self._differs():
            assert time.monotonic() < until, f"not converged: {[each.lines[-5:] for each in self.running.values()]}"
            threading.Event().wait(0.05)

    def close(self) -> None:
        for daemon in self.running.values():
            daemon.process.send_signal(signal.SIGCONT)
            daemon.close()
        self.lease.close()

    def _differs(self) -> bool:
        live = self.workshop.endpoint.pipelines("111111111111", "eu-west-1")
        return {name: _project(each) for name, each in live.items()} != {
            each["name"]: _project(each) for each in self.documents
        }

    def _watch(self, request: Request) -> None:
        if not _reads(request):
            with self._lock:
                self._wrote.set()
                standing = self.lease.standing()
                holder = standing.holder if standing and standing.is_held else ""
                writer = self.keys.get(request.access_key, request.access_key)
                self.writes.append(Write(request.operation, request.name, writer, holder))

    def _count(self, request: Request) -> None:
        if request.operation == "CreatePipeline":
            with self._lock:
                self.created[request.name] += 1


def rounds(leaders: Leaders, count: int, seed: int = 0) -> Iterator[str]:
    """Disturb the leader so many times, each after a commit and at another moment; give what was done."""
    chance = random.Random(seed)
    for number in range(count):
        leaders.change(number)
        threading.Event().wait(chance.uniform(0, 0.1))
        way = (leaders.kill, leaders.pause, leaders.leave)[number % 3]
        way()
        yield way.__name__


def _reads(request: Request) -> bool:
    return request.operation.startswith(READING)


def _project(document: Any) -> str:
    return str(document["stages"][1]["actions"][0]["configuration"].get("ProjectName"))
