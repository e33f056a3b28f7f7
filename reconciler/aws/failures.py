"""What a failure of the SDK means for the caller: `Retry`, `Blocked` or `Broken`, with what to do about it.

Rules of this file:

* The class of an error decides, never its text (reference I22); the two texts that must be read have a function each.
* Throttling, a fault of the server or an answer that is not AWS's is never "absent".
* A new class of error is one row of the table.
"""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import TYPE_CHECKING

from reconciler.aws import refusals
from reconciler.errors import Blocked, Broken, ReconcilerError, Retry

if TYPE_CHECKING:
    from collections.abc import Iterable


class Absent(Broken):
    """AWS knows the operation and says that the pipeline is not there (reference I3)."""


class Denied(Blocked):
    """One operation is not open to these credentials, or not served by this endpoint; others may be."""


class NotServed(Denied):
    """The endpoint does not serve an operation: no permission would change that."""


class NameInUse(Blocked):
    """A pipeline of this name exists already (reference I2)."""


class RoleNotReady(Blocked):
    """CodePipeline cannot assume a role of the declaration, or cannot yet: IAM takes a while (reference B.2)."""


Rule = tuple[type[ReconcilerError], str]

_CREDENTIALS = "set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or give the process a role"
_LATER = "it is tried again"
_FOREIGN: Rule = (Retry, f"this is not an answer of AWS: look for a proxy on the way and at AWS_ENDPOINT_URL; {_LATER}")


def _rules(kind: type[ReconcilerError], advice: str, *names: str) -> dict[str, Rule]:
    return dict.fromkeys(names, (kind, advice))


_THROTTLES = frozenset(
    {
        *("Throttling", "ThrottlingException", "ThrottledException", "RequestThrottled", "RequestThrottledException"),
        *("TooManyRequestsException", "RequestLimitExceeded", "BandwidthLimitExceeded", "SlowDown"),
    }
)

_RULES: dict[str, Rule] = {
    # Error codes of AWS.
    **_rules(Denied, "allow {allow} to these credentials", "AccessDenied", "AccessDeniedException"),
    **_rules(Denied, "allow {allow} to these credentials", "UnauthorizedOperation", "NotAuthorized"),
    **_rules(NotServed, "this endpoint does not serve it, see AWS_ENDPOINT_URL", "UnknownOperationException"),
    **_rules(Blocked, f"AWS does not know these credentials: {_CREDENTIALS}", "InvalidClientTokenId"),
    **_rules(Blocked, "check the access key, and that the Region is enabled", "UnrecognizedClientException"),
    **_rules(Blocked, "enable the Region in the account", "OptInRequired", "RegionDisabledException"),
    **_rules(Blocked, "check the secret key and the clock", "SignatureDoesNotMatch", "InvalidSignatureException"),
    **_rules(Blocked, "check the clock", "RequestExpired", "RequestTimeTooSkewed", "RequestInTheFuture"),
    **_rules(Blocked, _CREDENTIALS, "MissingAuthenticationToken", "MissingAuthenticationTokenException"),
    # A role's credentials renew themselves; these were given to the process, and only somebody can give new ones.
    **_rules(Blocked, "renew the session (aws sso login) and restart", "ExpiredToken", "ExpiredTokenException"),
    **_rules(Blocked, "raise the quota in Service Quotas or delete pipelines", "LimitExceededException"),
    **_rules(Retry, f"something else is changing it; {_LATER}", "ConflictException", "ConcurrentModificationException"),
    **_rules(Retry, f"the listing ended half-way; {_LATER}", "InvalidNextTokenException"),
    **_rules(Retry, f"the listing ended half-way; {_LATER}", "PaginationTokenExpiredException"),
    **_rules(Retry, _LATER, "RequestTimeout", "RequestTimeoutException", "PriorRequestNotComplete"),
    **_rules(Absent, "check its name and account", "NoSuchEntity"),
    # Exceptions of the SDK, by the name of the class or of its nearest ancestor.
    **_rules(Broken, "correct the definition or the settings at the place named", "ParamValidationError"),
    **_rules(Blocked, _CREDENTIALS, "NoCredentialsError", "PartialCredentialsError", "ProfileNotFound"),
    **_rules(Blocked, "sign in again: aws sso login", "SSOError", "LoginError", "TokenRetrievalError"),
    **_rules(Retry, f"the credentials could not be fetched; {_LATER}", "CredentialRetrievalError"),
    **_rules(Retry, f"the credentials could not be fetched; {_LATER}", "MetadataRetrievalError"),
    **_rules(Retry, f"check AWS_CA_BUNDLE and proxies; {_LATER}", "SSLError"),
    **_rules(Retry, f"check HTTPS_PROXY; {_LATER}", "ProxyConnectionError"),
    **_rules(Retry, f"check the network and the name of the Region; {_LATER}", "ConnectionError"),
    **_rules(Retry, _LATER, "HTTPClientError", "IncompleteReadError"),
    **_rules(Blocked, "correct the AWS configuration of this process", "BotoCoreError"),
}


def causes() -> tuple[type[Exception], ...]:
    """Give the exceptions by which a call of the SDK fails.

    The last four are how botocore's parsers stumble over an answer of another shape; wrap nothing but the call.
    """
    from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415  the SDK is there once something failed
    from botocore.parsers import ResponseParserError  # noqa: PLC0415

    return BotoCoreError, ClientError, ResponseParserError, LookupError, AttributeError, TypeError, ValueError


def translate(error: Exception, what: str, *, allow: str = "", hidden: Iterable[str] = ()) -> ReconcilerError:
    """Give the error to raise for a failure of the SDK; raise it `from None`, since the cause may quote secrets.

    `what` names the call: `UpdatePipeline shop-prod-deploy in 111111111111/eu-west-1`. `allow` is the permission that
    it takes, `<action> on <ARN>`, for when AWS does not say. `hidden` are values that must not show.
    """
    kind, advice = _rule(error)
    advice = advice.format(allow=refusals.permission(error) or allow or "the operation")
    text = f"{what}: {refusals.clean(refusals.words(error), hidden).rstrip('.')}; {advice}"
    return Retry(text, after=refusals.wait(error)) if kind is Retry else kind(text)


def foreign(what: str) -> Retry:
    """Give the error for an answer that looks like a success and did not come from AWS."""
    return Retry(f"{what}: the answer says nothing; {_FOREIGN[1]}")


def throttled(error: Exception) -> bool:
    """Tell whether AWS refused a call because there were too many (reference F.4)."""
    return refusals.code(error) in _THROTTLES or refusals.status(error) == HTTPStatus.TOO_MANY_REQUESTS


def silent(error: Exception) -> bool:
    """Tell whether AWS did no work on a call: it was throttled, met a fault of the server, or had no answer of AWS."""
    status = refusals.status(error)
    if status:
        own = refusals.is_code(refusals.code(error))
        return throttled(error) or status >= HTTPStatus.INTERNAL_SERVER_ERROR or not own
    return _rule(error)[0] is Retry


def role_not_ready(error: Exception) -> bool:
    """Tell whether CodePipeline could not assume a role; true for a while after the role was made (reference B.2)."""
    said = "not authorized to perform AssumeRole on role"
    return refusals.code(error) == "InvalidStructureException" and said in refusals.message(error)


def name_in_use(error: Exception) -> bool:
    """Tell whether a pipeline of this name exists; the model has a class for it, moto sends another (reference I2)."""
    if refusals.code(error) == "InvalidStructureException":
        return bool(re.search(r"pipeline with the name .* already exists", refusals.message(error)))
    return refusals.code(error) == "PipelineNameInUseException"


def _rule(error: Exception) -> Rule:
    if not refusals.response(error):
        return next((_RULES[cls.__name__] for cls in type(error).__mro__ if cls.__name__ in _RULES), _FOREIGN)
    if throttled(error):
        return Retry, f"the calls are slowed down; {_LATER}"
    if role_not_ready(error):
        return RoleNotReady, "let the role exist and trust codepipeline.amazonaws.com; a new one takes some seconds"
    if name_in_use(error):
        return NameInUse, "choose another name, or let this reconciler own that pipeline"
    rule = _RULES.get(refusals.code(error)) or _unlisted(refusals.code(error), refusals.status(error))
    if rule[0] is Denied and getattr(error, "operation_name", "") == "AssumeRole":
        return Blocked, "let the role trust these credentials and its external_id, and allow them sts:AssumeRole on it"
    return rule


def _unlisted(code: str, status: int) -> Rule:
    if not refusals.is_code(code):
        return _FOREIGN
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return Retry, f"AWS has a fault; {_LATER}"
    if "NotFound" in code:
        return Absent, "check its name, account and Region"
    return Broken, "the same request is refused again: correct what the message names"
