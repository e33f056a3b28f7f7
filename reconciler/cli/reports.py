"""The drift report of the daemon: asked for at fixed times, made after the pass that follows."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from reconciler.errors import ReconcilerError

if TYPE_CHECKING:
    from collections.abc import Callable

    from reconciler.daemon.schedules import Appointment
    from reconciler.settings import Settings
    from reconciler.sync.state import Pass, World

LOG = logging.getLogger("reconciler.run")


class Reports:
    """Whether a report is due; `ask` may be called from any thread. A report never disturbs a pass."""

    def __init__(self, wake: Callable[[], None]) -> None:
        """`wake` asks for a pass."""
        self._wake = wake
        self._due = self._excused = False

    def ask(self) -> None:
        """Ask for a report after the next pass, which begins at once."""
        self._due = True
        self._wake()

    def appointments(self, settings: Settings) -> tuple[Appointment, ...]:
        """Give when reports are made."""
        said = settings.drift
        if not said.schedule:
            return ()
        from reconciler.daemon.schedules import Appointment

        return (Appointment("the drift report", said.schedule, said.timezone, self.ask),)

    def made(self, done: Pass, world: World) -> None:
        """Make the report of a pass, if one is due."""
        from reconciler.sync import reporting

        if self._due:
            self._due = self._excused = False
            self._outlived(lambda: LOG.info("%s", reporting.report(done, world)))

    def missed(self, error: Exception, world: World) -> None:
        """Tell once that a report which is due cannot be made yet; it is made after the first pass that runs."""
        from reconciler.sync import reporting

        if self._due and not self._excused:
            self._excused = True
            reason = str(error) if isinstance(error, ReconcilerError) else type(error).__name__
            self._outlived(lambda: LOG.info("%s", reporting.missing(reason, world)))

    def _outlived(self, work: Callable[[], None]) -> None:
        try:
            work()
        except ReconcilerError as error:
            LOG.warning("no drift report: %s", error)
        except Exception:
            LOG.exception("no drift report")
