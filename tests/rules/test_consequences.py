"""One mistake is told once: what follows from it alone is not said beside it."""

from __future__ import annotations

import pytest

from builders import REGION, action, build, connection, pipeline, sources, stage, trigger
from reconciler.pipeline import validity

MADE = build("Make", outputs=("app",), namespace="Made")
ELSEWHERE = sources(connection() | {"region": "us-east-1"})
KIND = {"category": "Rule", "owner": "AWS", "provider": "LambdaInvoke", "version": "1"}
RULE = {"name": "Ask", "ruleTypeId": KIND, "configuration": {"FunctionName": "ask"}}


def reading(text: str):
    reader = build("Read", configuration={"ProjectName": "web", "BuildspecOverride": text})
    return pipeline(stages=[sources(), stage("Build", build(namespace="Made")), stage("Test", reader)])


@pytest.mark.parametrize(
    ("document", "rules"),
    [
        pytest.param(reading("#{variables}"), ["variable-malformed"], id="pipeline variables without a key"),
        pytest.param(reading("#{Made}"), ["variable-malformed"], id="a namespace without a key"),
        pytest.param(reading("#{.TAG}"), ["variable-malformed"], id="a key without a namespace"),
        pytest.param(
            pipeline(stages=[sources(), stage("Build", MADE), stage("Test", build(inputs=("ap",)))]),
            ["artifact-unknown"],
            id="an input with a typing error leaves its artifact unused",
        ),
        pytest.param(
            pipeline(stages=[sources(), stage("Build", build()), stage("Build", build())]),
            ["stage-name-twice"],
            id="stages of one name may have actions of one name",
        ),
        pytest.param(
            pipeline(stages=[ELSEWHERE, stage("Build", build())]),
            ["not-cross-region"],
            id="a store does not help a source in another Region",
        ),
        pytest.param(
            pipeline(stages=[sources(), stage("Build", build(configuration={"ProjektName": "web"}))]),
            ["config-unknown-key"],
            id="a key with a typing error is not missing",
        ),
        pytest.param(
            pipeline(
                stages=[
                    sources(action("Checkout", "Source", "CodeStarConnection", outputs=("source",))),
                    stage("Build", build()),
                ],
                triggers=[trigger()],
            ),
            ["provider-unknown"],
            id="a connection with a typing error keeps its trigger",
        ),
        pytest.param(
            pipeline(
                stages=[
                    sources(),
                    stage("Build", build(), beforeEntry={"conditions": [{"result": "ROLLBACK", "rules": [RULE]}]}),
                ],
                executionMode="PARALLEL",
            ),
            ["condition-result"],
            id="a rollback that is never legal is no matter of the mode",
        ),
    ],
)
def test_a_consequence_is_not_told_beside_its_cause(document, rules):
    assert [each.rule for each in validity.check(document, REGION)] == rules


@pytest.mark.parametrize(
    ("document", "rules"),
    [
        pytest.param(
            pipeline(stages=[sources(), stage("Build", build(configuration={"Project": "web", "Spec": "a"}))]),
            ["config-unknown-key", "config-unknown-key"],
            id="two wrong keys",
        ),
        pytest.param(
            pipeline(stages=[sources(), stage("Build", build(configuration={"Spec": "a"}))]),
            ["config-required-key", "config-unknown-key"],
            id="a wrong key that is nothing like the one that is missing",
        ),
        pytest.param(
            pipeline(stages=[sources(connection()), stage("Build", build())], triggers=[trigger("Chekout")]),
            ["trigger-source-unknown"],
            id="a trigger of nothing beside a source of a known provider",
        ),
    ],
)
def test_what_does_not_follow_is_told(document, rules):
    assert [each.rule for each in validity.check(document, REGION)] == rules
