"""STS: who somebody is, and credentials for a role in another account."""

from __future__ import annotations

import re
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from endpoint.request import Document, Refusal, Request

if TYPE_CHECKING:
    from collections.abc import Callable

    from endpoint.world import World

_ROLE = re.compile(r"arn:(aws(?:-\w+)*):iam::([0-9]{12}):role/(?:.*/)?([^/]+)")
_HOUR = 3600


def get_caller_identity(world: World, request: Request) -> Document:
    """Give the account and the ARN of the caller: an assumed role's session or the user `test`."""
    arn = world.sessions.get(request.access_key, f"arn:aws:iam::{request.account}:user/test")
    return {"Arn": arn, "UserId": "AIDATESTTESTTESTTEST", "Account": request.account}


def assume_role(world: World, request: Request) -> Document:
    """Give credentials whose access key means the role's account from now on."""
    role, session = request.body.get("RoleArn", ""), request.body.get("RoleSessionName", "")
    match = _ROLE.fullmatch(role)
    if match is None or not session:
        raise Refusal("ValidationError", f"RoleArn {role!r} and RoleSessionName {session!r} are both needed")
    key = f"ASIA{len(world.sessions) + 1:016}"
    arn = f"arn:{match[1]}:sts::{match[2]}:assumed-role/{match[3]}/{session}"
    world.sessions[key] = arn
    # The client compares the expiry with its own clock, so a test's clock would make credentials look stale.
    expiry = datetime.fromtimestamp(time.time() + int(request.body.get("DurationSeconds", _HOUR)), UTC)
    credentials = {
        "AccessKeyId": key,
        "SecretAccessKey": f"secret-of-{key}",
        "SessionToken": f"token-of-{key}",
        "Expiration": expiry.strftime("%Y-%m-%dT%H:%M:%SZ"),
    }
    return {"Credentials": credentials, "AssumedRoleUser": {"AssumedRoleId": f"AROA:{session}", "Arn": arn}}


OPERATIONS: dict[str, Callable[[World, Request], Document]] = {
    "GetCallerIdentity": get_caller_identity,
    "AssumeRole": assume_role,
}
