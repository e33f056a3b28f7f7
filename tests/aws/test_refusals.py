"""What a failed call says, and what it must not say."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError, ParamValidationError
from botocore.session import Session
from botocore.validate import ParamValidator
from hypothesis import given
from hypothesis import strategies as st

from reconciler.aws import refusals

if TYPE_CHECKING:
    from botocore.model import Shape

SHAPE = cast("Shape", Session().get_service_model("codepipeline").operation_model("UpdatePipeline").input_shape)


def refused(code: str, message: str) -> ClientError:
    answer = {"Error": {"Code": code, "Message": message}, "ResponseMetadata": {"HTTPStatusCode": 400}}
    return ClientError(answer, "UpdatePipeline")  # type: ignore[arg-type]


def invalid(action: dict[str, object]) -> ParamValidationError:
    pipeline = {"name": "shop", "roleArn": "arn", "stages": [{"name": "Deploy", "actions": [action]}]}
    return ParamValidationError(report=ParamValidator().validate({"pipeline": pipeline}, SHAPE).generate_report())


def test_a_parameter_of_the_wrong_type_is_named_by_place_and_type_without_its_value() -> None:
    words = refusals.words(invalid({"name": "Deploy", "actionTypeId": {}, "configuration": {"Token": ["s3cr3t\nx"]}}))
    assert "Missing required parameter in pipeline.stages[0].actions[0].actionTypeId" in words
    assert "actions[0].configuration.Token (type: <class 'list'>, valid types: <class 'str'>)" in words
    assert "s3cr3t" not in words


@given(st.text(min_size=1).map(lambda text: f"s3cr3t{text}s3cr3t"))
def test_no_value_of_a_wrong_type_shows(value: str) -> None:
    words = refusals.words(invalid({"name": "Deploy", "actionTypeId": {}, "configuration": {"Token": [value]}}))
    assert "configuration.Token" in words
    assert "s3cr3t" not in words


@pytest.mark.parametrize(
    ("message", "words"),
    [
        pytest.param(
            "1 validation error detected: Value 's3cr3t's' at 'pipeline.stages.1.member.name' failed to satisfy "
            "constraint: Member must have length less than or equal to 100",
            "1 validation error detected: value at 'pipeline.stages.1.member.name' failed to satisfy "
            "constraint: Member must have length less than or equal to 100",
            id="one-constraint",
        ),
        pytest.param(
            "2 validation errors detected: Value 's3cr3t\n' at 'a' failed to satisfy constraint: x; "
            "Value '{Token=s3cr3t}' at 'b' failed to satisfy constraint: y",
            "2 validation errors detected: value at 'a' failed to satisfy constraint: x; "
            "value at 'b' failed to satisfy constraint: y",
            id="two-constraints",
        ),
        pytest.param("Value 's3cr3t' is odd", "a value was refused", id="another-sentence"),
        pytest.param("The region xx is not valid", "The region xx is not valid", id="nothing-quoted"),
    ],
)
def test_a_value_that_aws_quotes_is_left_out(message: str, words: str) -> None:
    assert refusals.words(refused("ValidationException", message)) == f"ValidationException: {words}"


def test_hidden_values_and_passwords_in_urls_are_masked() -> None:
    error = EndpointConnectionError(endpoint_url="https://me:pass@proxy/x")
    assert refusals.clean(f"{error} and tail", ["tail", ""]) == (
        'Could not connect to the endpoint URL: "https://****@proxy/x" and ****'
    )


def test_a_long_text_is_cut_only_after_its_secrets_were_masked() -> None:
    secret = "s3cr3t" * 10
    assert "s3cr3t" not in refusals.clean("word " * 138 + secret, [secret])
    assert len(refusals.clean("word " * 1000)) <= refusals.LONGEST
