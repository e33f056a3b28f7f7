"""What is known to help when an action fails."""

from __future__ import annotations

import json

import pytest

from reconciler.plan import remedies
from reconciler.plan.health import Failure

BUILD = {"provider": "CodeBuild", "roleArn": "arn:aws:iam::111111111111:role/pipeline"}


def told(code, message, action=BUILD):
    return remedies.told(Failure("Build", "Compile", code, message), action)


@pytest.mark.parametrize(
    ("code", "message", "words"),
    [
        ("ConfigurationError", "No bucket with the name shop-src was found", "the bucket shop-src is not there"),
        ("JobFailed", "Error calling startBuild: Project cannot be found: arn:aws:codebuild:x (Service: AWSCodeBuild)",
         "the build project arn:aws:codebuild:x is not there"),
        ("ConfigurationError", "The connection arn:x is not available", "complete or renew the connection"),
        ("JobFailed", "Bad credentials", "complete or renew the connection"),
        ("RevisionUnavailable", "", "release a newer change"),
        ("SystemUnavailable", "", "retry the stage"),
        ("JobFailed", "exit status 1", "look into the log"),
        ("ConfigurationError", "no such stack", "compare it with AWS"),
    ],
)  # fmt: skip
def test_a_known_failure_names_its_remedy(code, message, words):
    assert words in told(code, message).remedy


def test_a_permission_that_is_named_is_the_statement_to_add():
    found = told(
        "PermissionError", "User: arn:x is not authorized to perform: codebuild:StartBuild on resource: arn:aws:y"
    )
    assert json.loads(found.statement) == {
        "Effect": "Allow",
        "Action": ["codebuild:StartBuild"],
        "Resource": "arn:aws:y",
    }
    assert "role/pipeline may not codebuild:StartBuild" in found.remedy


def test_a_permission_that_is_not_named_is_what_the_provider_takes():
    found = json.loads(told("PermissionError", "Access Denied").statement)
    assert found["Action"] == ["codebuild:BatchGetBuilds", "codebuild:StartBuild"]


def test_of_an_unknown_provider_no_statement_is_made_up():
    found = told("PermissionError", "Access Denied", {})
    assert (found.statement, "the pipeline's role" in found.remedy) == ("", True)


def test_a_role_that_cannot_be_assumed_is_told_apart():
    assert (
        "let it trust codepipeline.amazonaws.com"
        in told("PermissionError", "not authorized to perform AssumeRole").remedy
    )


def test_what_is_not_known_stays_as_it_is():
    assert told("Strange", "something").remedy == ""
