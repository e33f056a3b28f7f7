"""Log lines for people and for the journal; nothing that looks like a credential leaves through them."""

from __future__ import annotations

import json
import logging
import sys
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, TextIO

from reconciler.pipeline import secrets
from reconciler.report import wording

if TYPE_CHECKING:
    from types import TracebackType

LOG = logging.getLogger(__name__)


class Redacted(logging.Formatter):
    """One line per record, scrubbed; a traceback keeps its lines, scrubbed too."""

    def format(self, record: logging.LogRecord) -> str:
        """Give the line."""
        return secrets.scrub(super().format(record))

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802  the library's name
        """Give the message as one line, in which nothing disturbs a terminal."""
        return wording.printable(super().formatMessage(record))


class RedactedJson(logging.Formatter):
    """One JSON object per record: time, level, logger, message."""

    def format(self, record: logging.LogRecord) -> str:
        """Give the object as one line."""
        entry = {
            "time": self.formatTime(record, "%Y-%m-%dT%H:%M:%S%z"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": secrets.scrub(record.getMessage()),
        }
        if record.exc_info:
            entry["exception"] = secrets.scrub(self.formatException(record.exc_info))
        return json.dumps(entry, ensure_ascii=False)


class Handler(logging.StreamHandler[TextIO]):
    """Writes to standard error; a record that cannot be written is told without what is in it."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802  the library's name
        """Say so, where the library would print the record with its arguments as they are."""
        with suppress(OSError, ValueError):
            sys.stderr.write(f"a line of {record.name} could not be logged: {record.pathname}:{record.lineno}\n")


def configure(level: int, *, as_json: bool) -> None:
    """Send the project's records to standard error; libraries only from warnings on."""
    handler = Handler()
    handler.setFormatter(RedactedJson() if as_json else Redacted("%(asctime)s %(levelname)s %(message)s"))
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    logging.getLogger("reconciler").setLevel(level)


def catch() -> None:
    """Log what would go to standard error past every formatter: warnings, and what ends the process or a thread."""
    logging.captureWarnings(capture=True)
    sys.excepthook = _ended
    threading.excepthook = lambda told: _lost(told.exc_value, f"the thread {told.thread.name if told.thread else ''}")
    sys.unraisablehook = lambda told: _lost(told.exc_value, "a finaliser")


def _ended(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    LOG.critical("the process ends, nobody foresaw this", exc_info=(kind, error, trace))


def _lost(error: BaseException | None, where: str) -> None:
    LOG.error("an error ended %s, and nobody foresaw it", where, exc_info=error)
