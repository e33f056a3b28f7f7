"""What every target is asked first, in the background: the names and stamps of its pipelines, and their tags.

A thousand pipelines are ten pages of tags, one after the other. They are on their way while the store opens and git is
read.

A target that says nothing holds the others up for moments only: a pass goes on without it, and it stays asked. What it
says later is too old to plan by; it tells that the target can be waited for again. However many hang, there are threads
to ask the others.
"""

from __future__ import annotations

import math
import time
from concurrent.futures import wait
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping
    from concurrent.futures import Future

    from reconciler.aws.pipelines import Row
    from reconciler.aws.sessions import Access
    from reconciler.pipeline.arns import Target
    from reconciler.sync.ports import Cloud
    from reconciler.sync.threads import Aside

Tags = dict[str, dict[str, str]]

HANG = 1.0
"""Seconds without any answer after which what has not been asked yet gets threads of its own."""
GRACE, LEAST = 0.1, 0.25
"""How much longer than the others a target may take that failed before: a part of their time, or seconds."""


class Answers(NamedTuple):
    """The answers of one target, as they come."""

    tags: Future[Tags | None]
    rows: Future[tuple[Row, ...]]

    @property
    def came(self) -> bool:
        """Whether both came to an end."""
        return self.tags.done() and self.rows.done()

    @property
    def fault(self) -> str:
        """What kept them from coming; empty if nothing did."""
        ended = [each for each in self if each.done() and not each.cancelled()]
        return next((str(error) for each in ended if (error := each.exception())), "")


@dataclass(slots=True)
class Listings:
    """Asks all targets side by side. What was asked is taken once, by the pass that it was asked for."""

    cloud: Cloud
    threads: Callable[[], Aside]
    """Gives what one round of questions is asked with: what hangs in it must not hold up the next round."""
    accesses: tuple[Access, ...]
    _round: Aside = field(init=False)
    _asked: Mapping[Access, Answers] = field(default_factory=dict)
    _began: float = 0.0
    _is_seasoned: bool = False
    _late: dict[Access, Answers] = field(default_factory=dict)
    """What nobody waits for any more, by what was asked last."""
    _faults: dict[Access, str] = field(default_factory=dict)
    """What became of late answers, as long as no others came."""

    def begin(self, resting: Collection[Target] = (), doubted: Collection[Target] = (), *, again: bool = False) -> None:
        """Ask, unless it has been done and nobody has taken the answers yet; those who are `doubted` come last.

        Targets that rest are left alone, and unless they are asked `again` those that still owe an earlier answer.
        """
        if self._asked:
            return
        owing = set() if again else {access for access, answers in self._late.items() if not answers.came}
        asked = [each for each in self.accesses if each.target not in resting and each not in owing]
        asked.sort(key=lambda each: each.target in doubted)
        self._round, self._began = self.threads(), time.monotonic()
        # All tags before any list: they take the longest, and clients are made one after the other.
        tags = {each: self._round.submit(self.cloud.bulk_tags, each) for each in asked}
        self._asked = {each: Answers(tags[each], self._round.submit(self.cloud.rows, each)) for each in asked}

    def take(
        self, resting: Collection[Target] = (), doubted: Collection[Target] = (), patience: float = math.inf
    ) -> Mapping[Access, Answers]:
        """Give the answers by target, asking first if nobody has.

        Those are missing that were awaited in vain when nobody had said anything for `patience` seconds. With an end to
        it, the `doubted` are not waited for once all others have answered; but in its first round a process has no
        doubts, since it takes everybody some time to begin.
        """
        self.begin(resting, doubted)
        asked, self._asked = self._asked, {}
        doubts = set(doubted) - self.back if self._is_seasoned and patience < math.inf else set()
        self._is_seasoned = True
        self._wait(asked, doubts, patience)
        late = {access: answers for access, answers in asked.items() if not answers.came}
        self._leave(late)
        came = {access: answers for access, answers in asked.items() if access not in late}
        for access in came:
            self._late.pop(access, None)
            self._faults.pop(access, None)
        return came

    @property
    def back(self) -> frozenset[Target]:
        """The targets whose late answers have come: they can be waited for again."""
        return frozenset(each.target for each, answers in self._late.items() if answers.came and not answers.fault)

    def fault(self, access: Access) -> str:
        """Give what a target that owes its answers failed with before; empty if nobody knows."""
        return self._faults.get(access, "")

    def drop(self) -> None:
        """Forget what was asked and not taken: a later pass must not find what is old by then."""
        asked, self._asked = self._asked, {}
        for answers in asked.values():
            for each in answers:
                each.cancel()
        self._leave({access: answers for access, answers in asked.items() if not answers.came})

    def _wait(self, asked: Mapping[Access, Answers], doubted: Collection[Target], patience: float) -> None:
        trusted = [answers for access, answers in asked.items() if access.target not in doubted]
        pending: set[Future[Any]] = {each for answers in trusted or asked.values() for each in answers}
        relieved = self._began
        while pending:
            now = time.monotonic()
            quiet = min(self.cloud.silence(), now - self._began)
            if quiet >= patience and not self._round.is_behind:
                break
            if min(quiet, now - relieved) >= HANG:
                self._round.relieve()
                relieved = now
            pending = wait(pending, timeout=min(HANG, max(patience - quiet, 0.01))).not_done
        everything: set[Future[Any]] = {each for answers in asked.values() for each in answers}
        wait(everything, timeout=max(LEAST, GRACE * (time.monotonic() - self._began)))

    def _leave(self, late: Mapping[Access, Answers]) -> None:
        for access in late:
            if access in self._late:
                self._faults[access] = self._late[access].fault or self._faults.get(access, "")
        self._late.update(late)
