"""What a message of EventBridge says: whether a look is worth while. What it carries is never applied (reference G)."""

from __future__ import annotations

import json
import logging
import threading
from typing import TYPE_CHECKING, Any, Self

from reconciler.errors import ReconcilerError

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

LOG = logging.getLogger(__name__)

PATIENCE = 180.0
"""Seconds within which the listening thread reports again: a wait for messages, and an answer that does not come."""

FIRST_PAUSE, LONGEST_PAUSE = 5.0, 300.0
"""Seconds without a question after the first failure, doubled with each, and at most."""
STANDBY_PAUSE = 1.0
"""Seconds after which a daemon that stands by looks whether it leads."""

PUSHED = "CodeCommit Repository State Change"
CALLED = "AWS API Call via CloudTrail"
MOVES = frozenset({"referenceCreated", "referenceUpdated", "referenceDeleted"})
WRITES = frozenset({
    "CreatePipeline", "UpdatePipeline", "DeletePipeline", "TagResource", "UntagResource", "EnableStageTransition",
    "DisableStageTransition",
})  # fmt: skip


def news(body: str, branch: str, ours: str) -> str:
    """Give in words what a message tells of, if it asks for a look; empty if it does not, whatever it is.

    `ours` is the name under which this daemon calls AWS: what it did itself is no news.
    """
    try:
        message = json.loads(body)
        kind, detail = message["detail-type"], message["detail"]
        return {PUSHED: _pushed, CALLED: _called}[kind](detail, branch, ours)
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return ""


def _pushed(detail: dict[str, Any], branch: str, _: str) -> str:
    moved = detail["event"] in MOVES and detail["referenceType"] == "branch" and detail["referenceName"] == branch
    return "the branch moved" if moved else ""


def _called(detail: dict[str, Any], _: str, ours: str) -> str:
    wrote = detail["eventSource"] == "codepipeline.amazonaws.com" and detail["eventName"] in WRITES
    own = f"{ours}/" in str(detail.get("userAgent")) or str(detail["userIdentity"].get("arn")).endswith(f"/{ours}")
    return f"somebody called {detail['eventName']}" if wrote and not own else ""


class Listener:
    """Asks for messages in a thread of its own, and calls `wake` when one asks for a look."""

    def __init__(
        self,
        receive: Callable[[], tuple[str, ...]],
        told: Callable[[str], str],
        wake: Callable[[], None],
        beat: Callable[[float], None] = lambda _: None,
        leave: Callable[[], None] = lambda: None,
    ) -> None:
        """`receive` waits for messages and takes them off, `told` is `news`.

        `beat` is told when it reports again, and `leave` called when it never will.
        """
        self._receive, self._told, self._wake, self._beat, self._leave = receive, told, wake, beat, leave
        self.leads: Callable[[], bool] = lambda: True
        """While it denies it, messages are left to the daemon that leads."""
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._run, name="queue", daemon=True)
        self._failures = 0

    def look(self) -> float:
        """Ask once; give the seconds until it makes sense to ask again. Errors are told and outlived."""
        self._beat(PATIENCE)
        if not self.leads():
            return STANDBY_PAUSE
        try:
            bodies = self._receive()
        except ReconcilerError as error:
            self._failures += 1
            if self._failures == 1:
                LOG.warning("source.queue cannot be read, changes are seen at the next poll: %s", error)
            return float(min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** min(self._failures - 1, 16)))
        except Exception:
            self._failures += 1
            LOG.exception("source.queue cannot be read")
            return LONGEST_PAUSE
        if self._failures:
            LOG.info("source.queue is read again")
        self._failures = 0
        if found := sorted({said for body in bodies if (said := self._told(body))}):
            LOG.info("%s", "; ".join(found))
            self._wake()
        return 0

    def _run(self) -> None:
        while not self._end.is_set():
            pause = self.look()
            self._beat(pause + PATIENCE)
            self._end.wait(pause)
        self._leave()

    def __enter__(self) -> Self:
        """Begin to listen."""
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """End; a question that is under way ends with the process."""
        self._end.set()
