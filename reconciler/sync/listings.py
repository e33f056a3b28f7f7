"""What every target is asked first, in the background: the names and stamps of its pipelines, and their tags.

A thousand pipelines are ten pages of tags, one after the other. They are on their way while the store opens and git is
read.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from concurrent.futures import Executor, Future

    from reconciler.aws.pipelines import Row
    from reconciler.aws.sessions import Access
    from reconciler.pipeline.arns import Target
    from reconciler.sync.ports import Cloud

Tags = dict[str, dict[str, str]]


class Answers(NamedTuple):
    """The answers of one target, as they come."""

    tags: Future[Tags | None]
    rows: Future[tuple[Row, ...]]


@dataclass(slots=True)
class Listings:
    """Asks all targets side by side. What was asked is taken once, by the pass that it was asked for."""

    cloud: Cloud
    executor: Executor
    accesses: tuple[Access, ...]
    _asked: Mapping[Access, Answers] = field(default_factory=dict)

    def begin(self, resting: Collection[Target] = ()) -> None:
        """Ask, unless it has been done and nobody has taken the answers yet; targets that rest are left alone."""
        if self._asked:
            return
        asked = [each for each in self.accesses if each.target not in resting]
        # All tags before any list: they take the longest, and clients are made one after the other.
        tags = {each: self.executor.submit(self.cloud.bulk_tags, each) for each in asked}
        self._asked = {each: Answers(tags[each], self.executor.submit(self.cloud.rows, each)) for each in asked}

    def take(self, resting: Collection[Target] = ()) -> Mapping[Access, Answers]:
        """Give the answers by target, asking first if nobody has."""
        self.begin(resting)
        asked, self._asked = self._asked, {}
        return asked

    def drop(self) -> None:
        """Forget what was asked and not taken: a later pass must not find what is old by then."""
        asked, self._asked = self._asked, {}
        for answers in asked.values():
            answers.tags.cancel()
            answers.rows.cancel()
