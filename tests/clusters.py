"""A Dask scheduler and workers as processes of their own, on loopback."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

QUIET = {
    "DASK_DISTRIBUTED__LOGGING__DISTRIBUTED": "error",
    "DASK_DISTRIBUTED__WORKER__MEMORY__TERMINATE": "false",
    "PYTHONWARNINGS": "ignore",
}


@dataclass
class Cluster:
    """Processes that a test may kill."""

    folder: Path
    environment: Mapping[str, str]
    port: int = 0
    scheduler: subprocess.Popen[bytes] | None = None
    workers: list[subprocess.Popen[bytes]] = field(default_factory=list)

    @property
    def executor(self) -> str:
        """What `scale.executor` is for this cluster."""
        return f"dask://127.0.0.1:{self.port}"

    def start_scheduler(self) -> None:
        """Start the scheduler, on the same port as before if there was one."""
        self.port = self.port or _free()
        self.scheduler = self._run("scheduler", "--port", str(self.port), "--no-dashboard")

    def start_worker(self, threads: int = 4, preload: str = "reconciler.cli.worker") -> subprocess.Popen[bytes]:
        """Start one more worker, without a nanny: what is killed stays dead."""
        name = f"worker-{len(self.workers) + 1}"
        options = ["--nthreads", str(threads), "--no-nanny", "--no-dashboard", "--memory-limit", "0"]
        address = f"tcp://127.0.0.1:{self.port}"
        worker = self._run("worker", address, "--name", name, "--preload", preload, *options)
        self.workers.append(worker)
        return worker

    def kill(self, number: int) -> None:
        """Kill a worker with SIGKILL; the first one is 0."""
        self.workers[number].kill()
        self.workers[number].wait()

    def close(self) -> None:
        """End all processes."""
        for each in (*self.workers, self.scheduler):
            if each is not None and each.poll() is None:
                each.send_signal(signal.SIGKILL)
        for each in (*self.workers, self.scheduler):
            if each is not None:
                each.wait()

    def _run(self, *arguments: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "dask", *arguments, "--host", "127.0.0.1"]
        log = (self.folder / f"{arguments[0]}-{len(self.workers)}.log").open("wb")
        with log:
            return subprocess.Popen(
                command, cwd=self.folder, env=dict(os.environ) | dict(self.environment) | QUIET,
                stdout=log, stderr=subprocess.STDOUT,
            )  # fmt: skip


@contextmanager
def running(folder: Path, environment: Mapping[str, str], workers: int, threads: int = 4) -> Iterator[Cluster]:
    """Run a scheduler and workers that work with the settings in a folder."""
    with ExitStack() as stack:
        made = Cluster(folder, environment)
        stack.callback(made.close)
        made.start_scheduler()
        for _ in range(workers):
            made.start_worker(threads)
        yield made


def _free() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
