"""Log lines: readable, one for each record, and without credentials."""

from __future__ import annotations

import json
import logging
import re
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from reconciler.daemon import logs

if TYPE_CHECKING:
    from collections.abc import Iterator

TOKEN = "ghp_" + "a1" * 18
URL = "https://ana:pa55word@example.com/repository.git"
SECRETS = (TOKEN, "pa55word")
FORMATS = [
    pytest.param(logs.Redacted("%(levelname)s %(message)s"), id="text"),
    pytest.param(logs.RedactedJson(), id="json"),
]


def record(message: str, *args: Any, error: BaseException | None = None) -> logging.LogRecord:
    info = (type(error), error, error.__traceback__) if error else None
    return logging.LogRecord("reconciler.run", logging.WARNING, __file__, 1, message, args, info)


def raised(message: str) -> BaseException:
    """Give an error with a traceback and a cause, with the message in both."""

    def fail() -> None:
        try:
            int(message)
        except ValueError as error:
            raise ValueError(message) from error

    with pytest.raises(ValueError, match=re.escape(message)) as failure:
        fail()
    return failure.value


@pytest.fixture
def _noisy() -> Iterator[None]:
    """Start from a root logger that speaks of everything, and leave it as it was."""
    root, ours = logging.getLogger(), logging.getLogger("reconciler")
    before = root.handlers[:], root.level, ours.level
    root.handlers = [logging.NullHandler()]
    root.setLevel(logging.DEBUG)
    yield
    root.handlers = before[0]
    root.setLevel(before[1])
    ours.setLevel(before[2])


@pytest.mark.parametrize("formatter", FORMATS)
def test_credentials_are_redacted_in_the_message(formatter: logging.Formatter) -> None:
    line = formatter.format(record(f"fetching {URL} with {TOKEN}"))
    assert "fetching https://****@example.com/repository.git with ****" in line
    assert not any(secret in line for secret in SECRETS)


@pytest.mark.parametrize("formatter", FORMATS)
def test_credentials_are_redacted_in_the_arguments(formatter: logging.Formatter) -> None:
    line = formatter.format(record("fetching %s with %s", URL, [TOKEN]))
    assert "fetching https://****@example.com/repository.git with ['****']" in line
    assert not any(secret in line for secret in SECRETS)


@pytest.mark.parametrize("formatter", FORMATS)
def test_credentials_are_redacted_in_the_traceback(formatter: logging.Formatter) -> None:
    line = formatter.format(record("failed", error=raised(f"{URL} {TOKEN}")))
    assert line.count("https://****@example.com/repository.git ****") == 2
    assert not any(secret in line for secret in SECRETS)


@pytest.mark.parametrize("formatter", FORMATS)
def test_a_private_key_over_several_lines_is_redacted(formatter: logging.Formatter) -> None:
    line = formatter.format(record("-----BEGIN RSA PRIVATE KEY-----\nMIIabc\n-----END RSA PRIVATE KEY-----\nafter"))
    assert "MIIabc" not in line
    assert line.count("****") == 1
    assert "after" in line


@pytest.mark.parametrize("formatter", FORMATS)
def test_a_message_is_one_line_whatever_stands_in_it(formatter: logging.Formatter) -> None:
    line = formatter.format(record("a\nINFO forged\r\x1b[2Jb"))
    assert len(line.splitlines()) == 1
    assert line.isprintable()


def test_the_text_keeps_the_lines_of_a_traceback() -> None:
    lines = logs.Redacted("%(levelname)s %(message)s").format(record("failed", error=raised("why"))).splitlines()
    assert lines[:2] == ["WARNING failed", "Traceback (most recent call last):"]
    assert lines[-1] == "ValueError: why"


def test_a_json_record_has_time_level_logger_and_message() -> None:
    line = logs.RedactedJson().format(record("größer than %d", 5))
    entry = json.loads(line)
    assert "größer" in line
    assert list(entry) == ["time", "level", "logger", "message"]
    assert (entry["level"], entry["logger"], entry["message"]) == ("warning", "reconciler.run", "größer than 5")


def test_the_time_of_a_json_record_says_its_offset() -> None:
    made = record("now")
    made.created = 0.0
    entry = json.loads(logs.RedactedJson().format(made))
    assert entry["time"][:4] in ("1969", "1970")
    assert entry["time"][-5] in "+-"


def test_a_json_record_carries_the_traceback() -> None:
    entry = json.loads(logs.RedactedJson().format(record("failed", error=raised("why"))))
    assert entry["exception"].splitlines()[-1] == "ValueError: why"


@pytest.mark.usefixtures("_noisy")
@pytest.mark.parametrize("as_json", [False, True])
def test_the_project_speaks_from_its_level_and_libraries_from_warnings(
    as_json: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    logs.configure(logging.DEBUG, as_json=as_json)
    logging.getLogger("reconciler.run").debug("ours")
    logging.getLogger("botocore").info("theirs")
    logging.getLogger("botocore").warning("their warning")
    written = capsys.readouterr()
    lines = written.err.splitlines()
    assert written.out == ""
    assert len(lines) == 2
    assert [line.startswith("{") for line in lines] == [as_json] * 2
    assert ("ours" in lines[0], "their warning" in lines[1]) == (True, True)


@pytest.mark.usefixtures("_noisy")
def test_configuring_twice_writes_once(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure(logging.INFO, as_json=False)
    logs.configure(logging.WARNING, as_json=False)
    logging.getLogger("reconciler").info("quiet")
    logging.getLogger("reconciler").warning("once with %s", TOKEN)
    (line,) = capsys.readouterr().err.splitlines()
    assert line.endswith("WARNING once with ****")


CAUGHT = """
import gc, logging, sys, threading, warnings
from reconciler.daemon import logs

logs.configure(logging.INFO, as_json=False)
logs.catch()
token = "ghp_" + "a1" * 18

class Dies:
    def __del__(self):
        raise RuntimeError(token)

def die(*_):
    raise RuntimeError(token)

thread = threading.Thread(target=die, name="worker")
thread.start()
thread.join()
del thread
Dies()
warnings.warn(token)
logging.getLogger("botocore").error("%d", token)
die()
"""


def test_what_goes_past_every_logger_is_logged_without_credentials() -> None:
    """Errors that end a thread, a finaliser or the process, warnings, and records that cannot be formatted."""
    done = subprocess.run([sys.executable, "-c", CAUGHT], capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 1
    assert TOKEN not in done.stderr
    said = "ended the thread worker", "ended a finaliser", "UserWarning", "the process ends", "a line of botocore"
    for each in said:
        assert each in done.stderr
