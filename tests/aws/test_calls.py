"""One call: pace, count, answer, failure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from reconciler.aws.calls import OPERATIONS, Call, Calls
from reconciler.errors import Broken, Retry

if TYPE_CHECKING:
    from reconciler.aws.buckets import Buckets
    from reconciler.aws.sessions import Access, Sessions

HTML = "<html><body>Please sign in</body></html>"


@pytest.fixture
def calls(sessions: Sessions, buckets: Buckets) -> Calls:
    return Calls(sessions, buckets)


def listing(access: Access) -> Call:
    return Call(access, "ListPipelines")


def test_a_call_names_itself_and_the_permission_that_it_takes(access: Access) -> None:
    call = Call(access, "UpdatePipeline", "shop")
    assert str(call) == "UpdatePipeline shop in 111111111111/eu-west-1"
    assert call.permission == "codepipeline:UpdatePipeline on arn:aws:codepipeline:eu-west-1:111111111111:shop"
    assert Call(access, "GetResources").permission == "tag:GetResources on *"


@pytest.mark.parametrize("name", OPERATIONS)
def test_every_operation_exists_in_the_sdk(sessions: Sessions, access: Access, name: str) -> None:
    operation = OPERATIONS[name]
    client = sessions.client(access, operation.service)
    assert client.meta.method_to_api_mapping[operation.method] == name
    output = client.meta.service_model.operation_model(name).output_shape
    assert not operation.member or operation.member in output.members


def test_a_success_raises_the_rate_and_is_counted(
    calls: Calls, access: Access, endpoint: Any, buckets: Buckets
) -> None:
    endpoint.answers("ListPipelines", {"pipelines": []})
    calls.send(listing(access))
    assert calls.counts == {"ListPipelines": 1}
    assert calls.results == {("ListPipelines", "ok"): 1}
    assert buckets.of(access.target, "read").rate > 5


def test_a_throttle_halves_the_rate_of_its_family_only(
    calls: Calls, access: Access, endpoint: Any, buckets: Buckets
) -> None:
    endpoint.refuses("ListPipelines", "ThrottlingException", "Rate exceeded", retry_after="3")
    with pytest.raises(Retry, match="ListPipelines in 111111111111/eu-west-1: ThrottlingException") as got:
        calls.send(listing(access))
    assert got.value.after == 3
    assert calls.results == {("ListPipelines", "retry"): 1}
    assert buckets.of(access.target, "read").rate == 2.5
    assert buckets.of(access.target, "write").rate == 5


def test_a_refusal_is_no_reason_to_change_the_pace(
    calls: Calls, access: Access, endpoint: Any, buckets: Buckets
) -> None:
    endpoint.refuses("ListPipelines", "ValidationException")
    with pytest.raises(Broken):
        calls.send(listing(access))
    assert buckets.of(access.target, "read").rate == 5


@pytest.mark.parametrize(
    ("operation", "body", "kind", "status"),
    [
        pytest.param("ListPipelines", HTML, "text/html", 200, id="sign-in-page"),
        pytest.param("ListPipelines", HTML, "application/x-amz-json-1.1", 200, id="sign-in-page-with-a-false-type"),
        pytest.param("ListPipelines", "{}", "application/json", 200, id="an-empty-object"),
        pytest.param("ListPipelines", "[]", "application/json", 200, id="a-list"),
        pytest.param("ListPipelines", "", "text/plain", 200, id="nothing"),
        pytest.param("ListPipelines", HTML, "text/html", 404, id="not-found-page"),
        pytest.param("DeletePipeline", HTML, "text/html", 200, id="page-for-an-operation-without-an-answer"),
        pytest.param("GetCallerIdentity", HTML, "text/html", 200, id="page-that-happens-to-be-xml"),
        pytest.param("GetCallerIdentity", "<html><br>", "text/html", 200, id="page-that-is-not-xml"),
    ],
)
def test_an_answer_that_is_not_of_aws_is_tried_again_and_never_an_empty_list(  # noqa: PLR0917  a table
    calls: Calls, access: Access, endpoint: Any, operation: str, body: str, kind: str, status: int
) -> None:
    endpoint.sends(operation, body, kind, status)
    parameters = {"name": "shop"} if operation == "DeletePipeline" else {}
    with pytest.raises(Retry, match="not an answer of AWS: look for a proxy"):
        calls.send(Call(access, operation, parameters=parameters))


def test_an_answer_with_a_request_id_is_of_aws_whatever_its_type_says(
    calls: Calls, access: Access, endpoint: Any
) -> None:
    endpoint.sends("DeletePipeline", "", "text/html", x_amzn_requestid="1")
    calls.send(Call(access, "DeletePipeline", parameters={"name": "shop"}))
    assert calls.counts == {"DeletePipeline": 1}


def test_a_call_that_got_through_only_after_repeating_slows_the_next_ones_down(
    access: Access, endpoint: Any, buckets: Buckets, sessions: Sessions
) -> None:
    sessions.client(access, "codepipeline").meta.events.register(
        "after-call", lambda parsed, **_: parsed["ResponseMetadata"].update(RetryAttempts=1)
    )
    endpoint.answers("ListPipelines", {"pipelines": []})
    Calls(sessions, buckets).send(listing(access))
    assert buckets.of(access.target, "read").rate == 2.5


def test_a_listing_that_leads_back_is_an_error(calls: Calls, access: Access, endpoint: Any) -> None:
    page = {"pipelines": [], "nextToken": "again"}
    endpoint.answers("ListPipelines", page, page)
    with pytest.raises(Retry, match="leads back"):
        list(calls.pages(listing(access)))


def test_a_secret_of_the_declaration_does_not_come_back_in_a_message(
    calls: Calls, access: Access, endpoint: Any
) -> None:
    kind = {"category": "Source", "owner": "ThirdParty", "provider": "GitHub", "version": "1"}
    action = {"name": "Code", "actionTypeId": kind, "configuration": {"OAuthToken": "s3cr3t"}}
    document = {"name": "shop", "roleArn": "arn", "stages": [{"name": "Source", "actions": [action]}]}
    endpoint.refuses("UpdatePipeline", "InvalidActionDeclarationException", "Token s3cr3t is not valid.")
    with pytest.raises(Broken, match=r"Token \*{4} is not valid; ") as got:
        calls.send(Call(access, "UpdatePipeline", "shop", {"pipeline": document}))
    assert got.value.__suppress_context__
