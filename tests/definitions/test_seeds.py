"""What tutorials get wrong, in definitions of our own (reference J): refused with words that teach, or taken."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from reconciler.definitions import native, reading
from reconciler.settings import Environment, Naming

if TYPE_CHECKING:
    from reconciler.errors import Problem

FOLDER = Path(__file__).parent / "seeds"
CONTEXT = native.Context({"dev": Environment(account="111111111111", regions=("eu-west-1",))}, Naming(), lambda _: "")

REFUSED = {
    "000-build-without-project": ("config-required-key", "ProjectName is missing", "Build/AWS/CodeBuild/1 needs it"),
    "000-deployment-without-input": ("artifact-count", "0 input artifacts", "takes 1", "add to `inputArtifacts`"),
    "000-input-that-nobody-makes": ("artifact-unknown", "no action gives the artifact built", "outputs here: source"),
    "000-log-switch-in-an-action": ("shape", "'cloudWatchLogsEnabled' is not known", "remove it", "CodeBuild project"),
    "000-template-with-a-word-for-the-account": ("shape", "account-id", "arn:aws:iam::<12 digits of the account>:role"),
    "000-template-without-store": ("store-one-kind", "neither of artifactStore", "artifactStore: {type: S3, location"),
    "000-two-regions-with-one-store": ("store-per-region", "declare artifactStores with an entry for both"),
    "000-version-as-a-number": ("shape", "version is an integer", 'write it as a string: "1"'),
    "001-approval-in-the-source-stage": ("source-first", "Approval", "the first stage holds Source actions only"),
    "002-logo-that-is-no-provider": ("provider-unknown", "no Build/AWS/TravisCI/1", "list-action-types"),
    "003-account-of-ten-digits": ("shape", "arn:aws:iam::1111111111:role", "<12 digits of the account>"),
    "003-artifact-named-like-a-file": ("shape", "'web.zip' does not match", "not allowed: '.'"),
    "003-input-of-another-name": ("artifact-unknown", "no action gives the artifact sources", "outputs here: source"),
    "003-one-stage": ("stages-two", "a pipeline has at least 2", "add a stage"),
    "004-connection-in-plain-words": ("shape", "'CodeStar Source Connection'", "one word", "CodeStarSourceConnection"),
    "004-github-of-aws": ("provider-unknown", "no Source/AWS/GitHub/1", "did you mean Source/ThirdParty/GitHub/1?"),
    "004-jenkins-with-its-server": ("config-unknown-key", "ServerURL", "known: ProjectName", "where the type is made"),
    "004-overrides-in-a-file": ("config-bad-value", "ParameterOverrides is not JSON", '{"Key": "value"}',
                                "a file is named by TemplatePath or TemplateConfiguration"),
}  # fmt: skip
"""By file: the rule that refuses it, and words of the message and the hint."""

TAKEN = [
    "000-approval",
    "000-question-to-a-function",
    "000-template-with-version-as-a-number",
    "000-two-regions-by-name-alone",
    "000-two-regions-with-two-stores",
    "001-change-set-with-approval",
    "001-more-than-was-allowed-in-2018",
    "001-sources-of-today",
    "002-inspector",
    "002-source-that-polls",
    "004-configuration-in-a-file",
    "004-jenkins",
    "004-overrides-as-json",
]


def judged(name: str) -> tuple[Problem, ...]:
    return reading.judge((FOLDER / f"{name}.yaml").read_bytes(), f"{name}.yaml", CONTEXT)[1]


def test_every_file_stands_in_the_table():
    assert sorted(file.stem for file in FOLDER.glob("*.yaml")) == sorted([*REFUSED, *TAKEN])


@pytest.mark.parametrize("name", REFUSED)
def test_what_a_tutorial_gets_wrong_is_refused_in_words_that_teach(name):
    rule, *words = REFUSED[name]
    found = judged(name)
    assert {(each.rule, each.severity) for each in found} == {(rule, "error")}
    assert [word for word in words if word not in f"{found[0].message} ({found[0].hint})"] == []
    assert found[0].line > 0


@pytest.mark.parametrize("name", TAKEN)
def test_what_a_tutorial_gets_right_or_aws_allows_by_now_is_taken(name):
    assert judged(name) == ()
