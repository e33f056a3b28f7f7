"""Log lines for people and for the journal; nothing that looks like a credential leaves through them."""

from __future__ import annotations

import json
import logging

from reconciler.pipeline import secrets
from reconciler.report import wording


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


def configure(level: int, *, as_json: bool) -> None:
    """Send the project's records to standard error; libraries only from warnings on."""
    handler = logging.StreamHandler()
    handler.setFormatter(RedactedJson() if as_json else Redacted("%(asctime)s %(levelname)s %(message)s"))
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    logging.getLogger("reconciler").setLevel(level)
