"""Values of settings that are more than text: durations, accounts, Regions, shares."""

from __future__ import annotations

import difflib
import re
import zoneinfo
from datetime import UTC, datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field

_CRON_FIELDS = 5
_DURATION = re.compile(r"([0-9]+(?:\.[0-9]+)?)\s*([smhd]?)")
_LAST_PORT = 65535
_UNITS = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86400}
_ACCOUNT = re.compile(r"[0-9]{12}")
_LISTEN = re.compile(r"(?:\[[0-9a-fA-F:.]+\]|[A-Za-z0-9.-]+):([0-9]{1,5})")
_QUEUE = re.compile(r"arn:[a-z-]+:sqs:[a-z0-9-]+:[0-9]{12}:[A-Za-z0-9_-]{1,80}|")
_TOPIC = re.compile(r"arn:[a-z-]+:sns:[a-z0-9-]+:[0-9]{12}:[A-Za-z0-9_-]{1,256}")
_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_API = re.compile(
    r"(?:https://[A-Za-z0-9.-]+|http://(?:127\.0\.0\.1|localhost|\[::1\]))(?::[0-9]{1,5})?(?:/[\w./~-]*)?"
)
_REGION = re.compile(r"[a-z]{2,4}(?:-[a-z]+)+-[0-9]{1,2}")


def _seconds(value: object) -> object:
    if isinstance(value, float):
        return value
    if not (match := _DURATION.fullmatch(str(value))):
        message = f"a duration is a number of seconds, or such as 90s, 15m, 2h or 1d; this is {value!r}"
        raise ValueError(message)
    return float(match[1]) * _UNITS[match[2]]


def _account(value: object) -> str:
    account = str(value)
    if not _ACCOUNT.fullmatch(account):
        message = f"an account id has 12 digits, this is {account!r}"
        raise ValueError(message)
    return account


def _region(value: object) -> str:
    if not _REGION.fullmatch(str(value)):
        message = f"{value!r} is not a Region name such as eu-west-1"
        raise ValueError(message)
    return str(value)


def _queue(value: str) -> str:
    if not _QUEUE.fullmatch(value):
        message = f"{value!r} is not the ARN of a standard queue: arn:aws:sqs:eu-west-1:111111111111:pipelines"
        raise ValueError(message)
    return value


def _some(value: tuple[str, ...]) -> tuple[str, ...]:
    if not value:
        message = "name at least one Region"
        raise ValueError(message)
    return value


def _expression(value: str) -> str:
    try:
        named = re.compile(value).groupindex
    except re.error as error:
        message = f"{value!r} is not a regular expression: {error}"
        raise ValueError(message) from None
    if named:
        message = f"the parts of a name are named already; write {value!r} without (?P<…>)"
        raise ValueError(message)
    return value


def _parameter(value: object) -> str:
    parts = value if isinstance(value, list | tuple) else [value]
    if not all(isinstance(part, str | int) for part in parts):  # the value itself may be a secret
        message = "the value of a parameter is text, a number, true or false, or a list of them"
        raise ValueError(message)
    return ",".join(str(part).lower() if isinstance(part, bool) else str(part) for part in parts)


def _listen(value: str) -> str:
    match = _LISTEN.fullmatch(value)
    if value and not (match and int(match[1]) <= _LAST_PORT):
        message = f"this takes an address and a port such as 127.0.0.1:8480 or [::1]:8480, not {value!r}"
        raise ValueError(message)
    return value


def _cron(value: str) -> str:
    from cronsim import CronSim, CronSimError  # noqa: PLC0415  few settings have one

    example = "five fields such as `0 9 * * mon-fri`: minute, hour, day of month, month, day of week"
    if len(value.split()) != _CRON_FIELDS:
        message = f"cron has {example}; {value!r} has {len(value.split())}"
        raise ValueError(message)
    try:
        next(CronSim(value, datetime(2000, 1, 1, tzinfo=UTC)))
    except (CronSimError, AssertionError, ValueError, TypeError) as error:
        said = str(error).lower() if isinstance(error, CronSimError) else "it cannot be read"
        message = f"{value!r} is not cron: {said}; write {example}"
        raise ValueError(message) from None
    except StopIteration:
        message = f"{value!r} never comes"
        raise ValueError(message) from None
    return value


def _cron_if_any(value: str) -> str:
    return value and _cron(value)


def _place(value: str) -> str:
    """Check where files go: a folder, or a prefix in a bucket. What is wrong is not quoted: it may hold a password."""
    scheme, separator, rest = value.partition("://")
    if not value or (separator and scheme != "s3"):
        message = "a place is a folder or s3://BUCKET/PREFIX; people and programs are named in `notify`"
        raise ValueError(message)
    if separator and not _BUCKET.fullmatch(rest.partition("/")[0]):
        message = "this is not the name of a bucket: write s3://BUCKET/PREFIX"
        raise ValueError(message)
    return value


def _topic(value: str) -> str:
    if value and not _TOPIC.fullmatch(value):
        message = f"{value!r} is not the ARN of a standard topic: arn:aws:sns:eu-west-1:111111111111:pipelines"
        raise ValueError(message)
    return value


def _api(value: str) -> str:
    """Check an address that a token is sent to: encrypted, or on this machine."""
    if value and not _API.fullmatch(value):
        message = "this takes https://HOST/PATH without a user, or http:// on this machine: a token is sent there"
        raise ValueError(message)
    return value


def _zone(value: str) -> str:
    try:
        zoneinfo.ZoneInfo(value)
    except (KeyError, ValueError, OSError):
        close = difflib.get_close_matches(value, zoneinfo.available_timezones(), n=3, cutoff=0.5)
        hint = f"did you mean {' or '.join(close)}?" if close else "write Region/City such as Europe/Berlin, or UTC"
        message = f"there is no time zone {value!r}; {hint}"
        raise ValueError(message) from None
    return value


def seconds(text: str) -> float:
    """Read a duration such as 90s or 2h as seconds; raises ValueError."""
    return float(str(_seconds(text)))


def moment(text: str) -> datetime:
    """Read a time in ISO 8601, UTC unless it says otherwise; raises ValueError."""
    try:
        time = datetime.fromisoformat(text)
        return (time if time.tzinfo else time.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        message = "write a time such as 2026-05-01T12:00 (UTC unless it says otherwise)"
        raise ValueError(message) from None


Seconds = Annotated[float, BeforeValidator(_seconds), Field(ge=0)]
Account = Annotated[str, BeforeValidator(_account)]
Region = Annotated[str, BeforeValidator(_region)]
Regions = Annotated[tuple[Region, ...], AfterValidator(_some)]
Listen = Annotated[str, AfterValidator(_listen)]
Queue = Annotated[str, AfterValidator(_queue)]
Cron = Annotated[str, AfterValidator(_cron)]
CronIfAny = Annotated[str, AfterValidator(_cron_if_any)]
Place = Annotated[str, AfterValidator(_place)]
Topic = Annotated[str, AfterValidator(_topic)]
Api = Annotated[str, AfterValidator(_api)]
Zone = Annotated[str, AfterValidator(_zone)]
Expression = Annotated[str, AfterValidator(_expression)]
Parameter = Annotated[str, BeforeValidator(_parameter)]
Severity = Literal["off", "info", "warning", "error"]
Share = Annotated[str, Field(pattern=r"^(?:[0-9]+|[0-9]{1,3}%)$")]
