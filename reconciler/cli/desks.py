"""What the HTTP API is given of a running daemon."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, cast

from reconciler.cli import status
from reconciler.report import decisions, plans
from reconciler.sync.deciding import Desk
from reconciler.web.api import Api

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from reconciler.plan.changes import Plan
    from reconciler.store.store import Store
    from reconciler.sync.state import World

LOG = logging.getLogger("reconciler.run")


@dataclass(slots=True)
class Desks:
    """Where those who hold a token decide, and what they can read."""

    place: Callable[[], tuple[World, Path]]
    """Gives the world of passes, and the folder that relative paths in its settings start from."""
    wake: Callable[[], None]
    """Asks for a pass now."""
    plan: Plan | None = None
    """The plan of the last pass; None before there is one."""

    def api(self) -> Api:
        """Give what answers over HTTP."""
        return Api(partial(self.file, "token_file"), self._desk, self.wake, self._status, self._plan)

    def file(self, setting: str) -> bytes:
        """Give what is in the file that a setting of `web` names, as it is now; nothing if it cannot be read."""
        world, base = self.place()
        name = getattr(world.settings.web, setting)
        try:
            return (base / name).read_bytes().strip() if name else b""
        except OSError as error:
            LOG.warning("web.%s cannot be read, what needs it is refused: %s", setting, error)
            return b""

    def _desk(self, who: str) -> Desk:
        world = self.place()[0]
        return Desk(world.settings, cast("Store", world.memory), who, world.now())

    def _status(self) -> dict[str, Any]:
        world = self.place()[0]
        now, store = world.now(), cast("Store", world.memory)
        decided = [each for each in store.decisions() if each.counts(now)]
        pipelines = status.documents(store.statuses(), decided, store.healths())
        return {"pipelines": pipelines, "decisions": [decisions.document(each, now) for each in decided]}

    def _plan(self) -> dict[str, Any] | None:
        return plans.document(self.plan) if self.plan else None
