"""What passes work in, built anew when somebody asks: if that fails, what there was is kept."""

from __future__ import annotations

import logging
from contextlib import ExitStack
from typing import TYPE_CHECKING, Generic, Self, TypeVar

from reconciler.errors import ReconcilerError

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager
    from types import TracebackType

    from reconciler.daemon.notices import Notices

LOG = logging.getLogger(__name__)

Made = TypeVar("Made")


class Surroundings(Generic[Made]):
    """Holds what `build` gives, from settings that may change while the daemon runs."""

    def __init__(self, build: Callable[[], AbstractContextManager[Made]], notices: Notices) -> None:
        """`build` reads the settings each time; its errors are told, and after the first time outlived."""
        self._build, self._notices = build, notices
        self._asked = False
        self.fault = ""
        """Why the settings that are in force are older than the file; empty if they are not."""

    def ask(self) -> None:
        """Ask for new ones before the next pass; safe to call from a signal handler."""
        self._asked = True

    def current(self) -> Made:
        """Give what the next pass works in; for the thread that runs passes, since it may close what was in force."""
        if self._asked:
            self._asked = False
            self._notices.reloading()
            self._renew()
            self._notices.ready()
        return self._made

    @property
    def in_force(self) -> Made:
        """What there is now, for other threads than the one that runs passes."""
        return self._made

    def told(self, sentence: str) -> str:
        """Give a sentence for people, with the fault of the settings beside it as long as there is one."""
        return f"{sentence}; {self.fault}" if self.fault else sentence

    def _renew(self) -> None:
        old = self._stack
        try:
            self._open()
        except (ReconcilerError, OSError) as error:
            self.fault = f"the settings are kept as they were: {error}"
            LOG.error("%s", self.fault)  # noqa: TRY400  the sentence is made for people
        except Exception as error:
            self.fault = f"the settings are kept as they were: {type(error).__name__}"
            LOG.exception("%s", self.fault)
        else:
            self.fault = ""
            LOG.info("the settings were read again")
            old.close()

    def _open(self) -> None:
        with ExitStack() as stack:
            self._made = stack.enter_context(self._build())
            self._stack = stack.pop_all()

    def __enter__(self) -> Self:
        """Build for the first time; errors are raised."""
        self._open()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Close what is there."""
        self._stack.close()
