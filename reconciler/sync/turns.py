"""Work of many targets on one pool: whose turn it is, so that a slow target has few threads while others need some."""

from __future__ import annotations

import threading
from collections import Counter, deque
from concurrent.futures import Future
from heapq import heappop, heappush
from typing import TYPE_CHECKING, Any, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterator, Sequence
    from concurrent.futures import Executor

_Item = TypeVar("_Item")


def shared(
    executor: Executor, work: Callable[[_Item], Any], items: Sequence[_Item], whose: Callable[[_Item], Hashable]
) -> Iterator[Any]:
    """Give what comes of each item, in their order; a free thread takes one of whoever has the fewest under way."""
    turns = _Turns(items, whose)
    places = [executor.submit(turns.take, work) for _ in items]
    try:
        for outcome in turns.outcomes:
            yield outcome.result()
    finally:
        for each in places:
            each.cancel()


class _Turns(Generic[_Item]):
    """Items that wait, and how many of each owner are under way."""

    def __init__(self, items: Sequence[_Item], whose: Callable[[_Item], Hashable]) -> None:
        self.outcomes: list[Future[Any]] = [Future() for _ in items]
        self._items = items
        self._lock = threading.Lock()
        self._running: Counter[Hashable] = Counter()
        self._waiting: dict[Hashable, deque[int]] = {}
        for number, item in enumerate(items):
            self._waiting.setdefault(whose(item), deque()).append(number)
        self._next: list[tuple[int, int, Hashable]] = []
        """A heap: how many are under way, the number of the next item, and whose; some of it is out of date."""
        for owner in self._waiting:
            self._queue(owner)

    def take(self, work: Callable[[_Item], Any]) -> None:
        """Do the item whose turn it is; as many calls as there are items do all of them."""
        owner, number = self._begin()
        try:
            self.outcomes[number].set_result(work(self._items[number]))
        except BaseException as error:  # noqa: BLE001  whoever asks for the result gets it
            self.outcomes[number].set_exception(error)
        finally:
            self._end(owner)

    def _begin(self) -> tuple[Hashable, int]:
        with self._lock:
            while True:
                running, number, owner = heappop(self._next)
                waiting = self._waiting[owner]
                if waiting and waiting[0] == number and self._running[owner] == running:
                    break
            waiting.popleft()
            self._running[owner] += 1
            self._queue(owner)
            return owner, number

    def _end(self, owner: Hashable) -> None:
        with self._lock:
            self._running[owner] -= 1
            self._queue(owner)

    def _queue(self, owner: Hashable) -> None:
        if waiting := self._waiting[owner]:
            heappush(self._next, (self._running[owner], waiting[0], owner))
