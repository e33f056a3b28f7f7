"""Events as they really arrive: twice, or in another order; and the events that a deployed rule lets through.

EventBridge delivers at least once and keeps no order (reference G.1), so a consumer has to stand both.
"""

from __future__ import annotations

import json
import random
from collections.abc import Mapping, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any

from reconciler.errors import Broken
from reconciler.simulation import patterns

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

Event = Mapping[str, Any]
Delivery = tuple[Event, ...]


def matching(events: Iterable[Event], pattern: Mapping[str, Any] | str) -> Delivery:
    """Give the events that a rule's pattern lets through, in order.

    The pattern is a mapping or its JSON text; a whole rule (with `EventPattern` or `event-pattern`) will do. Raises
    `Broken` for a pattern that cannot be read.
    """
    wanted = _pattern(pattern)
    return tuple(event for event in events if patterns.matches(wanted, event))


def deliveries(events: Sequence[Event], count: int = 100, seed: int = 0) -> Iterator[Delivery]:
    """Give up to `count` ways in which events may arrive, the least disturbed first; the same for the same seed.

    First as they were sent, then each event twice, then each pair of neighbours exchanged, then shuffled with copies.
    """
    sent = tuple(events)
    return islice(_disturbed(sent, random.Random(seed)), count)  # noqa: S311 - a shuffle, not a secret


def _disturbed(sent: Delivery, chance: random.Random) -> Iterator[Delivery]:
    yield sent
    yield from ((*sent[:at], sent[at], *sent[at:]) for at in range(len(sent)))
    yield from ((*sent[:at], sent[at + 1], sent[at], *sent[at + 2 :]) for at in range(len(sent) - 1))
    while len(sent) > 1:
        mixed = [*sent, *chance.sample(sent, chance.randint(0, len(sent)))]
        chance.shuffle(mixed)
        yield tuple(mixed)


def _pattern(given: Mapping[str, Any] | str) -> dict[str, Any]:
    value: Any = given
    if isinstance(given, str):
        try:
            value = json.loads(given)
        except ValueError as error:
            raise Broken(f"the event pattern is no JSON: {error}") from None
    for key in ("EventPattern", "event-pattern", "eventPattern"):
        if isinstance(value, Mapping) and key in value:
            return _pattern(value[key])
    if not isinstance(value, Mapping):
        raise Broken("an event pattern is a mapping, or its JSON text")
    return dict(value)
