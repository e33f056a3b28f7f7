"""What systemd is told: datagrams to the socket that it names, as sd_notify(3) describes them; silence without one."""

from __future__ import annotations

import logging
import socket
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from reconciler.pipeline import secrets
from reconciler.report import wording

if TYPE_CHECKING:
    from collections.abc import Mapping

LOG = logging.getLogger(__name__)

LONGEST = 500
"""Characters of a status; `systemctl status` shows it in one line."""

_SEND_SECONDS = 1.0
"""Seconds that a message may take: telling must not hold up what is told about."""


@dataclass(frozen=True, slots=True)
class Notices:
    """The way to the service manager. Safe to use from a signal handler: every message has a socket of its own."""

    address: str = ""
    """Path of the socket, or `@name` in the abstract namespace; empty: nobody listens."""
    watchdog: float = 0.0
    """Seconds without a sign of life after which the manager ends the process; 0: it does not ask for any."""

    @classmethod
    def of(cls, environ: Mapping[str, str], pid: int) -> Self:
        """Give what the variables of a process say; a watchdog that is meant for another process is none."""
        wanted = environ.get("WATCHDOG_USEC", "")
        ours = environ.get("WATCHDOG_PID", str(pid)) == str(pid)
        return cls(environ.get("NOTIFY_SOCKET", ""), int(wanted) / 1e6 if wanted.isdecimal() and ours else 0.0)

    def ready(self) -> None:
        """Tell that it is up, or has taken its new settings."""
        self._send("READY=1")

    def reloading(self) -> None:
        """Tell that settings are being read; `ready` ends it."""
        self._send("RELOADING=1", f"MONOTONIC_USEC={time.monotonic_ns() // 1000}")

    def stopping(self) -> None:
        """Tell that the write in hand is being finished, and then it ends."""
        self._send("STOPPING=1")

    def alive(self) -> None:
        """Tell that every thread has reported."""
        self._send("WATCHDOG=1")

    def status(self, sentence: str) -> None:
        """Tell one sentence for `systemctl status`; in one line, without secrets."""
        line = wording.printable(secrets.scrub(" ".join(sentence.split())))
        self._send("STATUS=" + (line if len(line) <= LONGEST else line[: LONGEST - 1] + "…"))

    def _send(self, *lines: str) -> None:
        if not self.address:
            return
        place = f"\0{self.address[1:]}" if self.address.startswith("@") else self.address
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as channel:
                channel.settimeout(_SEND_SECONDS)
                channel.sendto("\n".join(lines).encode(), place)
        except OSError as error:
            LOG.debug("systemd was not told %s: %s", lines[0], error)
