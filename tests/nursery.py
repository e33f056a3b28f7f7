"""Processes of the command line that start at once: forked from one that has imported everything."""

from __future__ import annotations

import multiprocessing
import os
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from multiprocessing.context import ForkServerProcess
    from pathlib import Path

_NURSERY = multiprocessing.get_context("forkserver")
_NURSERY.set_forkserver_preload(["reconciler.cli.app", "reconciler.cli.build", "reconciler.sync.passes", "boto3"])


def start(arguments: tuple[str, ...], folder: Path, environment: Mapping[str, str]) -> ForkServerProcess:
    """Start the command line in a folder; it writes to nobody. The process is real, and so is its death."""
    process = _NURSERY.Process(target=_live, args=(arguments, str(folder), dict(environment)))
    process.start()
    return process


def _live(arguments: tuple[str, ...], folder: str, environment: dict[str, str]) -> None:
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in range(3):
        os.dup2(nowhere, stream)
    sys.argv = ["reconciler", *arguments]
    from reconciler.__main__ import main

    main()
