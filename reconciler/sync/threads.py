"""Threads that know on whose behalf they work: what a trace, or any other context variable, says at the caller's."""

from __future__ import annotations

import contextvars
import threading
from collections import deque
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

_Given = ParamSpec("_Given")
_Result = TypeVar("_Result")


class Threads(ThreadPoolExecutor):
    """A pool of threads; each piece of work runs in a copy of the context in which it was submitted."""

    def submit(self, work: Callable[_Given, _Result], /, *args: _Given.args, **named: _Given.kwargs) -> Future[_Result]:
        """Have work done."""
        return super().submit(contextvars.copy_context().run, partial(work, *args, **named))


class Aside(Executor):
    """The same, with threads for which nothing waits: they end with their work, or with the process."""

    def __init__(self, most: int) -> None:
        """`most` threads work at the same time, unless they hang and are relieved."""
        self._most, self._running = most, 0
        self._lock = threading.Lock()
        self._waiting: deque[tuple[Future[Any], Callable[[], Any]]] = deque()

    def submit(self, work: Callable[_Given, _Result], /, *args: _Given.args, **named: _Given.kwargs) -> Future[_Result]:
        """Have work done."""
        future: Future[_Result] = Future()
        with self._lock:
            self._waiting.append((future, partial(contextvars.copy_context().run, partial(work, *args, **named))))
            if self._running >= self._most:
                return future
            self._running += 1
        self._start(1)
        return future

    @property
    def is_behind(self) -> bool:
        """Whether some work has not begun."""
        return bool(self._waiting)

    def relieve(self) -> None:
        """Let others begin what has not begun: as many threads again as are at work."""
        with self._lock:
            more = min(self._running, len(self._waiting))
            self._running += more
        self._start(more)

    def _start(self, count: int) -> None:
        for _ in range(count):
            threading.Thread(target=self._work, name="aside", daemon=True).start()

    def _work(self) -> None:
        while (taken := self._next()) is not None:
            future, work = taken
            if not future.set_running_or_notify_cancel():
                continue
            try:
                future.set_result(work())
            except BaseException as error:  # noqa: BLE001  whoever asks for the result gets it
                future.set_exception(error)

    def _next(self) -> tuple[Future[Any], Callable[[], Any]] | None:
        with self._lock:
            if self._waiting:
                return self._waiting.popleft()
            self._running -= 1
            return None
