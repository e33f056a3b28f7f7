"""The leader's right to write, as a worker has it: the number that came with a request, checked in the store."""

from __future__ import annotations

import threading
from contextlib import contextmanager, nullcontext
from typing import TYPE_CHECKING

from reconciler.errors import Blocked

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager

    from reconciler.store.lease import Lease


class Rights:
    """The numbers under which the threads of a worker write. A thread without one writes nothing."""

    def __init__(self, lease: Lease) -> None:
        """`lease` is used to look, never taken: the leader has it."""
        self._lease = lease
        self._own = threading.local()

    def begin(self, number: int | None) -> None:
        """Let this thread write under a number from now on; None for nothing."""
        self._own.number = number

    @contextmanager
    def under(self, number: int | None) -> Iterator[None]:
        """Let this thread write under a number meanwhile."""
        self.begin(number)
        try:
            yield
        finally:
            self.begin(None)

    @property
    def number(self) -> int | None:
        """The number of this thread; raises `Blocked` without one."""
        number: int | None = getattr(self._own, "number", None)
        if number is None:
            raise Blocked("this worker was not asked to write, so it writes nothing")
        return number

    def held(self) -> AbstractContextManager[None]:
        """Do nothing: it is held by the leader."""
        return nullcontext()

    def assure(self, seconds: float = 0) -> None:
        """Raise `Blocked` unless the leader that asked leads for so many seconds more; it renews while it waits."""
        number, standing = self.number, self._lease.standing()
        if standing is None or standing.number != number or standing.remaining <= seconds:
            leads = f"{standing} leads now" if standing and standing.number != number else "its lease has ended"
            raise Blocked(f"the leader that asked for this does not lead any more, {leads}; nothing more is written")

    def close(self) -> None:
        """Close every connection."""
        self._lease.close()
