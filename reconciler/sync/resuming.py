"""What a worker that was lost had written of a batch: its word counts, and nothing of it is written again.

A write whose answer was never heard is left to the next pass, which sees what became of it (`recording`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.errors import Retry
from reconciler.sync.state import Ending, Result

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reconciler.store.history import Change as JournalEntry
    from reconciler.sync.state import Pass, World

_UNHEARD = "the worker was lost before the answer came; the next pass finds out what became of it"


def begun(state: Pass, world: World) -> Iterator[Result]:
    """Give what is known of the changes of a batch that were begun in this pass already; only a worker need ask."""
    if world.only is None:
        return
    journal = {(each.name, each.kind): each for each in world.memory.begun(state.number, world.only)}
    for change in state.batch:
        if (entry := journal.get((change.name, change.kind.value))) is not None:
            ending, message = _ending(entry)
            failure = Retry(message) if ending is Ending.FAILED else None
            yield Result(change, ending, message, entry.version_after or 0, failure)


def _ending(entry: JournalEntry) -> tuple[Ending, str]:
    known = {each.value: each for each in Ending}
    return (known[entry.outcome], entry.message) if entry.outcome in known else (Ending.FAILED, _UNHEARD)
