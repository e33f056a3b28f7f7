"""What a failure of the SDK means for the caller."""

from __future__ import annotations

import botocore.exceptions
import pytest
from botocore.exceptions import ClientError
from botocore.parsers import ResponseParserError

from reconciler.aws import failures
from reconciler.errors import Blocked, Broken, ReconcilerError, Retry

WHAT = "UpdatePipeline shop-prod-deploy in 111111111111/eu-west-1"
ROLE = "CodePipeline is not authorized to perform AssumeRole on role arn:aws:iam::111111111111:role/new"
TAKEN = "A pipeline with the name 'shop' already exists in account '111111111111'"


def refused(
    code: str,
    message: str = "said",
    status: int = 400,
    operation: str = "UpdatePipeline",
    headers: dict[str, str] | None = None,
) -> ClientError:
    metadata = {"HTTPStatusCode": status, "HTTPHeaders": headers or {}}
    answer = {"Error": {"Code": code, "Message": message}, "ResponseMetadata": metadata}
    return ClientError(answer, operation)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("error", "kind", "advice"),
    [
        pytest.param(refused("ThrottlingException"), Retry, "slowed down", id="throttled"),
        pytest.param(refused("ThrottledException"), Retry, "slowed down", id="throttled-tagging-api"),
        pytest.param(refused("429", status=429), Retry, "slowed down", id="throttled-without-a-class"),
        pytest.param(refused("InternalFailure", status=500), Retry, "AWS has a fault", id="server-fault"),
        pytest.param(refused("TableNotFound", status=500), Retry, "AWS has a fault", id="server-fault-not-absent"),
        pytest.param(refused("404", "<html>", status=404), Retry, "proxy", id="not-found-of-a-proxy"),
        pytest.param(refused("Unknown", "", status=403), Retry, "proxy", id="xml-of-a-proxy"),
        pytest.param(refused("ConflictException"), Retry, "something else", id="busy"),
        pytest.param(refused("ConcurrentModificationException"), Retry, "something else", id="concurrent"),
        pytest.param(refused("InvalidNextTokenException"), Retry, "half-way", id="stale-token"),
        pytest.param(refused("AccessDeniedException"), failures.Denied, "allow iam:X on *", id="denied"),
        pytest.param(refused("AccessDenied"), failures.Denied, "allow iam:X on *", id="denied-sts"),
        pytest.param(refused("UnknownOperationException"), failures.NotServed, "AWS_ENDPOINT_URL", id="not-served"),
        pytest.param(refused("NoSuchEntity"), failures.Absent, "check its name", id="no-such-role"),
        pytest.param(refused("AccessDenied", operation="AssumeRole"), Blocked, "external_id", id="role-denied"),
        pytest.param(refused("UnrecognizedClientException"), Blocked, "Region is enabled", id="unknown-client"),
        pytest.param(refused("InvalidClientTokenId"), Blocked, "AWS_PROFILE", id="unknown-key"),
        pytest.param(refused("ExpiredTokenException"), Blocked, "aws sso login", id="expired"),
        pytest.param(refused("SignatureDoesNotMatch"), Blocked, "clock", id="signature"),
        pytest.param(refused("LimitExceededException"), Blocked, "quota", id="quota"),
        pytest.param(refused("PipelineNotFoundException"), failures.Absent, "check its name", id="no-pipeline"),
        pytest.param(refused("ResourceNotFoundException"), failures.Absent, "check its name", id="no-resource"),
        pytest.param(refused("PipelineNameInUseException"), failures.NameInUse, "another name", id="name-in-use"),
        pytest.param(refused("InvalidStructureException", TAKEN), failures.NameInUse, "name", id="name-in-use-moto"),
        pytest.param(refused("InvalidStructureException", ROLE), failures.RoleNotReady, "trust", id="role-not-ready"),
        pytest.param(refused("InvalidStructureException"), Broken, "correct", id="structure"),
        pytest.param(refused("InvalidActionDeclarationException"), Broken, "correct", id="action"),
        pytest.param(refused("ValidationException"), Broken, "correct", id="validation"),
        pytest.param(refused("TooManyTagsException"), Broken, "correct", id="tags"),
        pytest.param(ResponseParserError("<html>"), Retry, "proxy", id="unreadable"),
        pytest.param(KeyError("GetCallerIdentityResult"), Retry, "proxy", id="another-shape"),
        pytest.param(botocore.exceptions.ParamValidationError(report=""), Broken, "definition", id="parameters"),
        pytest.param(botocore.exceptions.NoCredentialsError(), Blocked, "AWS_ACCESS_KEY_ID", id="no-credentials"),
        pytest.param(botocore.exceptions.UnauthorizedSSOTokenError(), Blocked, "aws sso login", id="sso"),
        pytest.param(botocore.exceptions.ReadTimeoutError(endpoint_url="u"), Retry, "tried again", id="timeout"),
        pytest.param(botocore.exceptions.EndpointConnectionError(endpoint_url="u"), Retry, "network", id="no-network"),
        pytest.param(
            botocore.exceptions.SSLError(endpoint_url="u", error=OSError("e")), Retry, "AWS_CA_BUNDLE", id="tls"
        ),
        pytest.param(botocore.exceptions.NoRegionError(), Blocked, "configuration", id="anything-else-of-botocore"),
    ],
)
def test_each_failure_has_its_consequence_and_an_advice(
    error: Exception, kind: type[ReconcilerError], advice: str
) -> None:
    translated = failures.translate(error, WHAT, allow="iam:X on *")
    assert type(translated) is kind
    assert str(translated).startswith(f"{WHAT}: ")
    assert advice in str(translated)


@pytest.mark.parametrize(
    ("headers", "after"),
    [
        pytest.param({"retry-after": "7"}, 7, id="seconds"),
        pytest.param({"x-amz-retry-after": "1500"}, 1.5, id="milliseconds-of-aws"),
        pytest.param({"retry-after": "Fri, 31 Dec 1999 23:59:59 GMT"}, None, id="a-date-is-left-aside"),
        pytest.param({}, None, id="none"),
    ],
)
def test_a_wait_that_aws_names_is_kept(headers: dict[str, str], after: float | None) -> None:
    error = failures.translate(refused("ThrottlingException", headers=headers), WHAT)
    assert isinstance(error, Retry)
    assert error.after == after


def test_a_denial_names_the_action_and_resource_that_aws_names_before_the_call_itself() -> None:
    said = "User: arn:x is not authorized to perform: iam:PassRole on resource: arn:aws:iam::1:role/r because no policy"
    error = failures.translate(refused("AccessDeniedException", said), WHAT, allow="codepipeline:UpdatePipeline on arn")
    assert str(error).endswith("; allow iam:PassRole on arn:aws:iam::1:role/r to these credentials")


def test_the_text_of_an_answer_that_cannot_be_read_is_not_shown() -> None:
    assert "s3cr3t" not in str(failures.translate(ResponseParserError("b'<html>s3cr3t'"), WHAT))


def test_only_throttles_slow_the_calls_down() -> None:
    assert failures.throttled(refused("TooManyRequestsException"))
    assert not failures.throttled(refused("LimitExceededException"))
    assert not failures.throttled(botocore.exceptions.ReadTimeoutError(endpoint_url="u"))
