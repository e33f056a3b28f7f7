"""STS: who somebody is, and credentials for a role in another account."""

from __future__ import annotations

import re
import time
import zlib
from typing import TYPE_CHECKING

from reconciler.emulator import credentials
from reconciler.emulator.faults import Fault

if TYPE_CHECKING:
    from collections.abc import Callable

    from reconciler.emulator.places import Place
    from reconciler.emulator.request import Document, Request

_ROLE = re.compile(r"arn:(aws[a-z-]*):iam::([0-9]{12}):role/(?:[!-~]*/)?([\w+=,.@-]+)", re.ASCII)
_HOUR = 3600


def get_caller_identity(_place: Place, request: Request) -> Document:
    """Give the account and the ARN of the caller."""
    user = f"AIDA{zlib.crc32(request.caller.arn.encode()):016d}"
    return {"UserId": user, "Account": request.caller.account, "Arn": request.caller.arn}


def assume_role(_place: Place, request: Request) -> Document:
    """Give credentials of a role's session; its account is that of the role. Every role may be assumed."""
    body = request.body
    role = _ROLE.fullmatch(body["RoleArn"])
    if role is None:
        raise Fault("ValidationError", f"{body['RoleArn'][:200]} is invalid")
    arn = f"arn:{role[1]}:sts::{role[2]}:assumed-role/{role[3]}/{body['RoleSessionName']}"
    mark = zlib.crc32(arn.encode())
    credential = {
        "AccessKeyId": f"ASIA{mark:016d}",
        "SecretAccessKey": f"secret-of-{mark:010d}",
        "SessionToken": credentials.token(arn),
        # The client compares this with its own clock, so the world's would make credentials look stale.
        "Expiration": round((time.time() + body.get("DurationSeconds", _HOUR)) * 1000),
    }
    user = {"AssumedRoleId": f"AROA{mark:016d}:{body['RoleSessionName']}", "Arn": arn}
    return {"Credentials": credential, "AssumedRoleUser": user}


OPERATIONS: dict[str, Callable[[Place, Request], Document]] = {
    "GetCallerIdentity": get_caller_identity,
    "AssumeRole": assume_role,
}
