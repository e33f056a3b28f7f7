"""Processes of the command line that start at once: forked from one that has imported everything."""

from __future__ import annotations

import multiprocessing
import os
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from multiprocessing.context import ForkServerProcess

_NURSERY = multiprocessing.get_context("forkserver")
_NURSERY.set_forkserver_preload(["reconciler.cli.app", "reconciler.cli.build", "reconciler.sync.passes", "boto3"])


def start(
    arguments: tuple[str, ...],
    folder: Path,
    environment: Mapping[str, str],
    out: str = os.devnull,
    err: str = os.devnull,
) -> ForkServerProcess:
    """Start the command line in a folder; it writes to the files named. The process is real, and so is its death."""
    process = _NURSERY.Process(target=_live, args=(arguments, str(folder), dict(environment), (out, err)))
    process.start()
    return process


def run(arguments: tuple[str, ...], folder: Path, environment: Mapping[str, str]) -> tuple[int, str, str]:
    """Let the command line run to its end, and give its exit status and what it wrote to each stream."""
    with tempfile.TemporaryDirectory() as kept:
        out, err = Path(kept, "out"), Path(kept, "err")
        process = start(arguments, folder, environment, str(out), str(err))
        process.join()
        status = process.exitcode or 0
        process.close()
        return status, out.read_text(encoding="utf-8"), err.read_text(encoding="utf-8")


def _live(arguments: tuple[str, ...], folder: str, environment: dict[str, str], streams: tuple[str, str]) -> None:
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    for stream, name in enumerate((os.devnull, *streams)):
        os.dup2(os.open(name, os.O_RDWR | os.O_CREAT, 0o600), stream)
    sys.argv = ["reconciler", *arguments]
    from reconciler.__main__ import main

    main()
