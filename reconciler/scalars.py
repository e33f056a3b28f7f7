"""Values of settings that are more than text: durations, accounts, Regions, shares."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field

_DURATION = re.compile(r"([0-9]+(?:\.[0-9]+)?)\s*([smhd]?)")
_LAST_PORT = 65535
_UNITS = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86400}
_ACCOUNT = re.compile(r"[0-9]{12}")
_LISTEN = re.compile(r"(?:\[[0-9a-fA-F:.]+\]|[A-Za-z0-9.-]+):([0-9]{1,5})")
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


Seconds = Annotated[float, BeforeValidator(_seconds), Field(ge=0)]
Account = Annotated[str, BeforeValidator(_account)]
Region = Annotated[str, BeforeValidator(_region)]
Regions = Annotated[tuple[Region, ...], AfterValidator(_some)]
Listen = Annotated[str, AfterValidator(_listen)]
Expression = Annotated[str, AfterValidator(_expression)]
Parameter = Annotated[str, BeforeValidator(_parameter)]
Severity = Literal["off", "info", "warning", "error"]
Share = Annotated[str, Field(pattern=r"^(?:[0-9]+|[0-9]{1,3}%)$")]
