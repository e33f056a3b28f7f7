"""Who signed: read out of Signature Version 4, which is parsed and never verified.

Rules of this file:

* The Region is that of the credential scope.
* The account is the access key if that has 12 digits, what the key is mapped to, that of the role whose credentials
  `AssumeRole` gave out, and otherwise the endpoint's own account.
* Credentials of a role say all of that themselves, so nothing has to be remembered of them.
"""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from reconciler.emulator.faults import Fault
from reconciler.emulator.request import Caller
from reconciler.pipeline import arns

if TYPE_CHECKING:
    from collections.abc import Mapping

_SCOPE = re.compile(r"AWS4-\S+ Credential=([^/,\s]{1,128})/([0-9]{8})/([a-z0-9-]{1,64})/([a-z0-9-]+)/aws4_request")
_ACCOUNT = re.compile(r"[0-9]{12}")
_ARN = re.compile(r"arn:aws[a-z-]*:(?:iam|sts)::([0-9]{12}):.+")
_MARK = "local-"


@dataclass(frozen=True, slots=True)
class Accounts:
    """What access keys stand for."""

    default: str = "111111111111"
    keys: Mapping[str, str] = field(default_factory=dict)
    """Account, or ARN of a user or role, by access key."""

    def caller(self, key: str, token: str, region: str) -> Caller:
        """Give who a key with its session token is."""
        arn = session(token) or self.keys.get(key, "")
        if match := _ARN.fullmatch(arn):
            return Caller(arn, match[1], key)
        account = arn or (key if _ACCOUNT.fullmatch(key) else self.default)
        return Caller(f"arn:{arns.partition(region)}:iam::{account}:user/{key}", account, key)


def read(headers: Mapping[str, str], accounts: Accounts) -> tuple[Caller, str]:
    """Give the caller and the Region of a request; raises `Fault` if it is not signed."""
    header = headers.get("authorization", "")
    if not header:
        raise Fault("MissingAuthenticationTokenException", "Request is missing Authentication Token")
    scope = _SCOPE.match(header)
    if scope is None:
        raise Fault("IncompleteSignatureException", "Authorization header requires 'Credential' with its scope: "
                    "Credential=<key>/<date>/<region>/<service>/aws4_request")  # fmt: skip
    region = scope[3]
    return accounts.caller(scope[1], headers.get("x-amz-security-token", ""), region), region


def token(arn: str) -> str:
    """Give the session token of an assumed role's session."""
    return _MARK + base64.urlsafe_b64encode(arn.encode()).decode()


def session(text: str) -> str:
    """Give the ARN in a session token; empty for a token that comes from elsewhere."""
    if not text.startswith(_MARK):
        return ""
    try:
        return base64.urlsafe_b64decode(text[len(_MARK) :]).decode()
    except ValueError:
        return ""
