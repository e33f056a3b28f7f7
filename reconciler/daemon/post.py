"""Sends what lies in the outbox, in a thread of its own: retried with back-off, joined, and never in anybody's way.

Rules of this file:

* A place that hangs costs one attempt of bounded time; what it still does is waited for by nobody.
* A place hears at most one message in `QUIET`; those that pile up become one. Files and statuses come as they are.
* That a place takes nothing is told once, and that it takes something again.
"""

from __future__ import annotations

import logging
import threading
from collections import defaultdict
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Protocol, Self

from reconciler.errors import ReconcilerError
from reconciler.pipeline import secrets
from reconciler.report import notices
from reconciler.report.notices import Message

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
    from types import TracebackType

    from reconciler.report.notices import Item
    from reconciler.store.outbox import Posted

LOG = logging.getLogger(__name__)

LIMIT = 60.0
"""Seconds that one attempt may take."""
PATIENCE = LIMIT + 60
"""Seconds within which the thread reports again."""
PAUSE, STANDBY_PAUSE, LONGEST_PAUSE = 10.0, 1.0, 300.0
"""Seconds between two looks; while another daemon leads, which knows better; and where the store does not answer."""
QUIET = timedelta(minutes=1)
"""How long a place is left alone after a message."""
FIRST, LONGEST = timedelta(seconds=30), timedelta(hours=1)
"""Time until a letter is tried again, doubled with each attempt, and at most."""
GIVEN_UP = timedelta(days=1)
"""Age at which a letter that does not arrive is given up: then it is news no more."""
_DOUBLINGS = 16
_LEAVE = 2.0
"""Seconds that the end waits for an attempt."""
_UNKNOWN = "this place is not in the settings any more"


class Channel(Protocol):
    """A way to a place."""

    @property
    def label(self) -> str:
        """What people call it: the setting; no secret."""

    def send(self, item: Item) -> None:
        """Send an item; raises where it did not arrive."""


class Outbox(Protocol):
    """Where letters wait."""

    def due(self, now: datetime) -> tuple[Posted, ...]:
        """Give the letters that may be sent now, oldest first."""

    def take(self, letters: Iterable[Posted], until: datetime) -> tuple[Posted, ...]:
        """Take letters until then; gives those that nobody else took."""

    def sent(self, ids: Collection[int]) -> None:
        """Forget letters that have arrived."""

    def unsent(self, letter: Posted, fault: str, due: datetime, ended: datetime | None) -> None:
        """Write down why a letter did not arrive, and when it is tried again, or that it is given up."""

    def waiting(self) -> int:
        """Give how many letters have not arrived yet."""


@dataclass(frozen=True, slots=True)
class Parcel:
    """What goes out at once, and the letters that it is made of."""

    item: Item
    letters: tuple[Posted, ...]


@dataclass(frozen=True, slots=True)
class Around:
    """What the sending thread has around it."""

    leads: Callable[[], bool] = lambda: True
    """While it denies it, everything is left to the daemon that leads."""
    beat: Callable[[float], None] = lambda _: None
    """Told the seconds until the thread reports again."""
    leave: Callable[[], None] = lambda: None
    """Called when it never will."""
    counted: Callable[[str, int], None] = lambda _, __: None
    """Hears the result of an attempt (ok, retry, given up), and of how many letters."""
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    limit: float = LIMIT
    """Seconds that one attempt may take."""


class Post:
    """Sends until its end; `look` does it once."""

    def __init__(self, outbox: Outbox, channels: Mapping[str, Channel], around: Around | None = None) -> None:
        """Take where letters wait and the ways by the names that stand on them; nothing is sent yet."""
        self._outbox, self._channels, self._around = outbox, channels, around or Around()
        self._quiet: dict[str, datetime] = {}
        self._failing: set[str] = set()
        self._busy: dict[str, threading.Thread] = {}
        self.waiting = 0
        """How many letters have not arrived yet, as last seen."""
        self._bell, self._end = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._run, name="post", daemon=True)

    def ring(self) -> None:
        """Ask for a look now: something was laid in."""
        self._bell.set()

    def look(self) -> float:
        """Send what is due; give the seconds until it makes sense to look again. Errors are told and outlived."""
        self._around.beat(PATIENCE)
        try:
            if not self._around.leads():
                self.waiting = 0
                return STANDBY_PAUSE
            for channel, letters in self._due().items():
                for parcel in self._parcels(channel, letters):
                    self._deliver(channel, parcel)
            self.waiting = self._outbox.waiting()
        except ReconcilerError as error:
            LOG.warning("messages wait: %s", error)
            return LONGEST_PAUSE
        except Exception:
            LOG.exception("messages wait")
            return LONGEST_PAUSE
        return PAUSE

    def _due(self) -> dict[str, list[Posted]]:
        found: dict[str, list[Posted]] = defaultdict(list)
        for each in self._outbox.due(self._around.now()):
            found[each.channel].append(each)
        return found

    def _parcels(self, channel: str, letters: list[Posted]) -> Iterator[Parcel]:
        items = [parcel for each in letters if (parcel := self._opened(each))]
        said = [each for each in items if isinstance(each.item, Message)]
        if said and self._around.now() >= self._quiet.get(channel, datetime.min.replace(tzinfo=UTC)):
            whole = notices.joined([each.item for each in said if isinstance(each.item, Message)])
            yield Parcel(whole, tuple(letter for each in said for letter in each.letters))
        yield from (each for each in items if not isinstance(each.item, Message))

    def _opened(self, letter: Posted) -> Parcel | None:
        """Give what a letter holds; one that another version wrote, and nobody can read, is given up."""
        try:
            return Parcel(notices.unpack(letter.kind, letter.body), (letter,))
        except (ValueError, LookupError, TypeError):
            self._outbox.unsent(letter, "this version cannot read it", letter.due, self._around.now())
            self._around.counted("given up", 1)
            return None

    def _deliver(self, channel: str, parcel: Parcel) -> None:
        if self._end.is_set() or not self._around.leads():
            return
        self._around.beat(PATIENCE)
        taken = self._outbox.take(parcel.letters, self._around.now() + timedelta(seconds=2 * LIMIT))
        if len(taken) < len(parcel.letters):  # somebody else sends some of it: what is left comes with the next look
            return
        way = self._channels.get(channel)
        if why := self._attempt(channel, way, parcel.item) if way else _UNKNOWN:
            self._failed(channel, parcel, why, final=way is None)
        else:
            self._arrived(channel, parcel)

    def _attempt(self, channel: str, way: Channel, item: Item) -> str:
        """Give why an item did not arrive; empty if it did."""
        if (before := self._busy.get(channel)) and before.is_alive():
            return f"{way.label}: the attempt before has not ended yet"
        said: list[str] = []
        thread = threading.Thread(target=lambda: said.append(fault(way, item)), name="delivery", daemon=True)
        self._busy[channel] = thread
        thread.start()
        thread.join(self._around.limit)
        return said[0] if said else f"{way.label}: no end within {self._around.limit:g} seconds"

    def _arrived(self, channel: str, parcel: Parcel) -> None:
        if isinstance(parcel.item, Message):
            self._quiet[channel] = self._around.now() + QUIET
        self._outbox.sent([each.id for each in parcel.letters])
        self._around.counted("ok", len(parcel.letters))
        if channel in self._failing:
            LOG.info("%s takes messages again", self._channels[channel].label)
        self._failing.discard(channel)

    def _failed(self, channel: str, parcel: Parcel, why: str, *, final: bool) -> None:
        now, lost = self._around.now(), 0
        for each in parcel.letters:
            due = now + pause(each.attempts)
            over = final or due - each.at >= GIVEN_UP
            self._outbox.unsent(each, why, due, now if over else None)
            lost += over
        for result, number in (("given up", lost), ("retry", len(parcel.letters) - lost)):
            if number:
                self._around.counted(result, number)
        if channel not in self._failing:
            LOG.warning("not delivered, %s: %s", "given up" if lost else "tried again for a day", why)
        elif lost:
            LOG.warning("given up: %s", why)
        self._failing.add(channel)

    def _run(self) -> None:
        while not self._end.is_set():
            pause = self.look()
            self._around.beat(pause + PATIENCE)
            self._bell.wait(pause)
            self._bell.clear()
        self._around.leave()

    def __enter__(self) -> Self:
        """Begin to send."""
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """End; an attempt that is under way is given a moment."""
        self._end.set()
        self._bell.set()
        with suppress(RuntimeError):  # it never began
            self._thread.join(_LEAVE)


def pause(attempts: int) -> timedelta:
    """Give the time until a letter is tried again that failed once more after so many attempts."""
    return min(LONGEST, FIRST * (1 << min(attempts, _DOUBLINGS)))


def fault(way: Channel, item: Item) -> str:
    """Send an item, and give why it did not arrive; empty if it did."""
    try:
        way.send(item)
    except ReconcilerError as error:
        return secrets.scrub(str(error)) or "no reason given"
    except Exception as error:  # noqa: BLE001  whatever a library raises may quote a URL: only its class is told
        return f"{way.label}: {type(error).__name__}"
    return ""
