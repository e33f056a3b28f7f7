"""A Dask scheduler and workers as processes of their own, on loopback."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

QUIET = {
    "DASK_DISTRIBUTED__LOGGING__DISTRIBUTED": "error",
    "DASK_DISTRIBUTED__WORKER__MEMORY__TERMINATE": "false",
    "PYTHONWARNINGS": "ignore",
}


class Certificate(NamedTuple):
    """PEM files of a certificate that signed itself, and of its key."""

    file: Path
    key: Path


def certificate(folder: Path) -> Certificate:
    """Make a certificate for loopback."""
    now = datetime.now(UTC)
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    signed = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    made = Certificate(folder / "certificate.pem", folder / "key.pem")
    made.file.write_bytes(signed.public_bytes(Encoding.PEM))
    made.key.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return made


@dataclass
class Cluster:
    """Processes that a test may kill."""

    folder: Path
    environment: Mapping[str, str]
    certificate: Certificate | None = None
    """What everybody shows and trusts; None for no TLS."""
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
        address = f"{'tls' if self.certificate else 'tcp'}://127.0.0.1:{self.port}"
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
        if self.certificate:
            file, key = self.certificate
            command += ["--tls-ca-file", str(file), "--tls-cert", str(file), "--tls-key", str(key)]
            command += ["--protocol", "tls"]
        log = (self.folder / f"{arguments[0]}-{len(self.workers)}.log").open("wb")
        with log:
            return subprocess.Popen(
                command, cwd=self.folder, env=dict(os.environ) | dict(self.environment) | QUIET,
                stdout=log, stderr=subprocess.STDOUT,
            )  # fmt: skip


@contextmanager
def running(
    folder: Path, environment: Mapping[str, str], workers: int, threads: int = 4, certificate: Certificate | None = None
) -> Iterator[Cluster]:
    """Run a scheduler and workers that work with the settings in a folder."""
    with ExitStack() as stack:
        made = Cluster(folder, environment, certificate)
        stack.callback(made.close)
        made.start_scheduler()
        for _ in range(workers):
            made.start_worker(threads)
        yield made


def _free() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
