"""Two daemons on one PostgreSQL, whose leader is killed, stopped and ended under change: who takes over when."""

from __future__ import annotations

import tempfile
from collections import Counter
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.table import Row, Series

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.asked import Asked

ROUNDS = 50


def rows(asked: Asked) -> Iterator[Row]:
    """Disturb leaders; a write of a daemon that does not lead, and a pipeline created twice, are errors."""
    import leaders
    import postgres
    from endpoint import Endpoint, sample
    from workshop import ACCOUNT, REGION, Workshop

    with tempfile.TemporaryDirectory() as folder, postgres.running() as server, Endpoint() as endpoint:
        made = leaders.Leaders(
            Workshop(Path(folder), endpoint), server.url(), sample(6, account=ACCOUNT, region=REGION)
        )
        with closing(made):
            made.begin()
            done = Counter(leaders.rounds(made, 3 if asked.quick else ROUNDS))
            made.converge()
    wrong = [write for write in made.writes if not write.is_allowed]
    twice = [name for name, times in made.created.items() if times > 1]
    if wrong or twice:
        raise AssertionError(f"writes without the lease: {wrong}; created twice: {twice}")
    what = ", ".join(f"{times} times {way}" for way, times in done.items())
    several = f"{len(made.writes)} writes by {len({write.writer for write in made.writes})} daemons"
    yield Row(f"takeover with a lease of {leaders.LEASE:g} s ({what}; {several})", Series("s", tuple(made.takeovers)))
    for way, spent in made.by_way().items():
        yield Row(f"takeover after {way}", Series("s", spent))
