"""A command as a whole process: how long it took, and the most memory it held.

As a program it reads what `run` takes as JSON, and prints what came of it.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Finished:
    """A process that ended with exit status 0."""

    wall: float
    """Seconds, from before the start to after the end."""
    cpu: float
    """Seconds of processor time, children included."""
    peak: float
    """MiB held at the most by the largest single process: the command or one of the children it waited for.

    The kernel counts the parent at the moment of the start too, so the process that calls `run` must be small, without
    SDK and definitions; one that is not calls `apart`.
    """
    out: str


class Failed(Exception):
    """A process that ended with another exit status than 0."""


def run(command: Sequence[str], folder: Path, environment: Mapping[str, str], fine: Sequence[int] = (0,)) -> Finished:
    """Run a command to its end; raises `Failed` where it ends with a status that is not `fine`."""
    with tempfile.TemporaryFile("w+") as out:
        began = time.perf_counter()
        process = subprocess.Popen(command, cwd=folder, env=environment, stdout=out, stderr=subprocess.STDOUT)
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        text = out.read()
    if process.returncode not in fine:
        raise Failed(f"{' '.join(command)} ended with {process.returncode}:\n{text[-2000:]}")
    return Finished(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, text)


def apart(command: Sequence[str], folder: Path, environment: Mapping[str, str], fine: Sequence[int] = (0,)) -> Finished:
    """Run a command as `run` does, from a small process: this one is large."""
    given = {"command": list(command), "folder": str(folder), "environment": dict(environment), "fine": list(fine)}
    done = subprocess.run(
        [sys.executable, __file__], input=json.dumps(given), stdout=subprocess.PIPE, text=True, check=False
    )
    if done.returncode:
        raise Failed(f"{' '.join(command)}: see above")
    return Finished(**json.loads(done.stdout))


if __name__ == "__main__":
    sys.stdout.write(json.dumps(asdict(run(**json.load(sys.stdin)))))
