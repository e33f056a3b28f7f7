"""Daemons as processes: what they say, and how they end."""

from __future__ import annotations

import queue
import signal
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import subprocess

PATIENCE = 30.0
"""Seconds after which something that should have happened is taken not to happen."""


@dataclass
class Daemon:
    """A running `reconciler run`, and the lines that it wrote to standard error."""

    process: subprocess.Popen[str]
    lines: list[str] = field(default_factory=list)
    _said: queue.Queue[str | None] = field(default_factory=queue.Queue)

    def __post_init__(self) -> None:
        self._reader = threading.Thread(target=self._listen)
        self._reader.start()

    def hear(self, words: str) -> str:
        """Wait for a line that holds these words, and give it."""
        while (line := self._said.get(timeout=PATIENCE)) is not None:
            if words in line:
                return line
        raise AssertionError(f"it ended without saying {words!r}: {self.lines}")

    def stop(self, number: int = signal.SIGTERM) -> int:
        """Send a signal, and give the exit status."""
        self.process.send_signal(number)
        return self.end()

    def end(self) -> int:
        """Wait for the end, and give the exit status."""
        status = self.process.wait(PATIENCE)
        self._reader.join(PATIENCE)
        return status

    def close(self) -> None:
        self.process.kill()
        self.end()
        for stream in (self.process.stdout, self.process.stderr):
            if stream:
                stream.close()

    def _listen(self) -> None:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            self.lines.append(line)
            self._said.put(line)
        self._said.put(None)
