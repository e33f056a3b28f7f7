"""A daemon that gets SIGHUP, SIGTERM and SIGKILL at random moments, under change and with faults."""

from __future__ import annotations

import sys
import tempfile
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.table import Row, Series

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.asked import Asked

ROUNDS = 200


def rows(asked: Asked) -> Iterator[Row]:
    """Disturb a daemon; a write that is made twice, a change that is lost and a foreign pipeline touched are errors."""
    import endurance
    from endpoint import Endpoint, sample
    from workshop import ACCOUNT, REGION, Workshop

    with tempfile.TemporaryDirectory() as folder, Endpoint() as endpoint:
        workshop = Workshop(Path(folder), endpoint)
        with closing(endurance.Trial(workshop, sample(4, account=ACCOUNT, region=REGION))) as trial:
            for number, way in enumerate(trial.rounds(6 if asked.quick else ROUNDS), 1):
                if not number % 20:
                    sys.stderr.write(f"  round {number}: {way}, converged in {trial.spent[-1]:.1f} s\n")
            done, told = dict(sorted(trial.done.items())), dict(sorted(trial.manager.told.items()))
    what = ", ".join(f"{times} {name}" for name, times in done.items())
    heard = ", ".join(f"{times} {word}" for word, times in told.items())
    yield Row(f"converged after a signal ({what}; {trial.commits} commits, {trial.edits} edits by hand)",
              Series("s", tuple(trial.spent)))  # fmt: skip
    yield Row(f"told to the service manager: {heard}")
