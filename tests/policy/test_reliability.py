"""Rules about releases that stop, overtake each other or start in vain: each broken, and what is close and fine."""

from __future__ import annotations

import pytest

from reconciler.pipeline.unknown import Unknown
from reconciler.policy.rules import Outcome
from verdicts import action, paths, pipeline, said

ECS = {"ClusterName": "shop", "ServiceName": "web"}
SERVICE = action("Deploy/ECS", configuration=ECS)
PERSON = action("Approval/Manual", timeoutInMinutes=60)
ALARM = {"conditions": [{"result": "FAIL", "rules": []}]}


def stack(name: str, mode: str, **more) -> dict:
    configuration = {"ActionMode": mode, "StackName": "shop", "ChangeSetName": "release", **more.pop("said", {})}
    return action("Deploy/CloudFormation", name, configuration=configuration, **more)


@pytest.mark.parametrize(
    ("stage", "broken"),
    [
        pytest.param({}, True, id="nothing"),
        pytest.param({"onFailure": {"result": "FAIL"}}, True, id="fails in so many words"),
        pytest.param({"onFailure": {"result": "ROLLBACK"}}, False, id="rollback"),
        pytest.param({"onFailure": {"result": "RETRY"}}, False, id="retry"),
        pytest.param({"onFailure": ALARM}, False, id="conditions on failure"),
        pytest.param({"onSuccess": ALARM}, False, id="alarm"),
        pytest.param({"beforeEntry": ALARM}, True, id="entry only"),
    ],
)
def test_a_protected_deployment_has_a_way_back(stage, broken):
    assert bool(paths("deploy-without-rollback", pipeline(SERVICE, environment="prod", stage=stage))) is broken


@pytest.mark.parametrize(
    "document",
    [
        pytest.param(pipeline(SERVICE), id="not protected"),
        pytest.param(pipeline(SERVICE, environment="prod", pipelineType="V1"), id="V1 has none"),
        pytest.param(pipeline(stack("Stack", "CREATE_UPDATE"), environment="prod"), id="a stack goes back itself"),
        pytest.param(pipeline(action("Deploy/CodeDeploy"), environment="prod"), id="a deployment group may"),
        pytest.param(pipeline(action("Deploy/Lambda", configuration={"Alarms": "a"}), environment="prod"), id="alarms"),
        pytest.param(pipeline(action("Invoke/Lambda"), environment="prod"), id="no deployment by type"),
    ],
)
def test_no_other_way_back_is_asked_for(document):
    assert said("deploy-without-rollback", document) == []


def test_what_a_template_does_on_a_failure_is_unknown():
    document = pipeline(SERVICE, environment="prod", stage={"onFailure": Unknown("${OnFailure}")})
    assert [each.outcome for each in said("deploy-without-rollback", document)] == [Outcome.UNKNOWN]


def test_an_approval_without_a_timeout_waits_too_long():
    document = pipeline(action("Approval/Manual", "A"), action("Approval/Manual", "B", timeoutInMinutes=60))
    assert paths("approval-timeout", document) == [("stages", 1, "actions", 0)]


@pytest.mark.parametrize(
    ("more", "broken"),
    [
        pytest.param({}, True, id="nothing said"),
        pytest.param({"executionMode": "SUPERSEDED"}, False, id="on purpose"),
        pytest.param({"executionMode": "QUEUED"}, False, id="queued"),
        pytest.param({"pipelineType": "V1"}, False, id="V1 has no choice"),
        pytest.param({"environment": "dev"}, False, id="not protected"),
    ],
)
def test_a_gated_release_says_whether_it_may_be_overtaken(more, broken):
    document = pipeline(PERSON, {**SERVICE, "runOrder": 2}, **{"environment": "prod", **more})
    assert bool(paths("superseded-release", document)) is broken


def test_without_an_approval_nothing_is_overtaken_that_somebody_approved():
    assert paths("superseded-release", pipeline(SERVICE, environment="prod")) == []


@pytest.mark.parametrize(
    ("deployment", "broken"),
    [
        pytest.param(SERVICE, True, id="service"),
        pytest.param(
            action("Deploy/ECS", configuration={**ECS, "ServiceName": "web-#{variables.PR}"}), False, id="own"
        ),
        pytest.param(
            action("Deploy/S3", configuration={"BucketName": "b", "ObjectKey": "{uuid}"}), False, id="own key"
        ),
        pytest.param(action("Build/CodeBuild", configuration={"ProjectName": "p"}), False, id="no deployment"),
    ],
)
def test_parallel_runs_share_no_target(deployment, broken):
    document = pipeline(deployment, stage={"name": "Release"}, executionMode="PARALLEL")
    assert (("executionMode",) in paths("target-at-once", document)) is broken


@pytest.mark.parametrize(
    ("more", "broken"),
    [
        pytest.param({}, True, id="same moment"),
        pytest.param({"runOrder": 2}, False, id="later"),
        pytest.param({"region": "us-east-1"}, False, id="elsewhere"),
        pytest.param({"roleArn": "arn:aws:iam::222222222222:role/x"}, False, id="another account"),
        pytest.param({"configuration": {**ECS, "ServiceName": "api"}}, False, id="another service"),
    ],
)
def test_actions_side_by_side_share_no_target(more, broken):
    assert bool(paths("target-at-once", pipeline(SERVICE, {**SERVICE, "name": "Other", **more}))) is broken


@pytest.mark.parametrize(
    ("kind", "mode", "broken"),
    [
        pytest.param("Approval/Manual", "ALL_ACTIONS", True, id="approval"),
        pytest.param("Invoke/StepFunctions", "ALL_ACTIONS", True, id="state machine"),
        pytest.param("Invoke/Lambda", "FAILED_ACTIONS", False, id="failed ones only"),
        pytest.param("Invoke/InspectorScan", "ALL_ACTIONS", False, id="scan"),
        pytest.param("Build/CodeBuild", "ALL_ACTIONS", False, id="build"),
    ],
)
def test_a_retry_repeats_nothing_that_happens_once(kind, mode, broken):
    again = {"onFailure": {"result": "RETRY", "retryConfiguration": {"retryMode": mode}}}
    assert bool(paths("retry-one-shot", pipeline(action(kind), stage=again))) is broken


@pytest.mark.parametrize(
    ("kind", "configuration", "outcomes"),
    [
        pytest.param("Source/CodeCommit", {}, [Outcome.FAIL], id="by default"),
        pytest.param("Source/S3", {"PollForSourceChanges": "true"}, [Outcome.FAIL], id="said so"),
        pytest.param("Source/ThirdParty/GitHub", {"PollForSourceChanges": True}, [Outcome.FAIL], id="as a boolean"),
        pytest.param("Source/S3", {"PollForSourceChanges": False}, [], id="off as a boolean"),
        pytest.param("Source/CodeCommit", {"PollForSourceChanges": "false"}, [], id="off"),
        pytest.param(
            "Source/CodeCommit", {"PollForSourceChanges": Unknown("${Poll}")}, [Outcome.UNKNOWN], id="unknown"
        ),
        pytest.param("Source/ECR", {}, [], id="never polls"),
    ],
)
def test_polling_is_told(kind, configuration, outcomes):
    document = pipeline(action(kind, configuration=configuration))
    assert [each.outcome for each in said("source-polling", document)] == outcomes


REPLACE, EXECUTE = stack("Make", "CHANGE_SET_REPLACE"), stack("Use", "CHANGE_SET_EXECUTE", runOrder=2)


@pytest.mark.parametrize(
    ("actions", "count"),
    [
        pytest.param([REPLACE, EXECUTE], 0, id="pair"),
        pytest.param([REPLACE], 1, id="made only"),
        pytest.param([EXECUTE], 1, id="executed only"),
        pytest.param([REPLACE, {**EXECUTE, "runOrder": 1}], 2, id="at once"),
        pytest.param([REPLACE, stack("Use", "CHANGE_SET_EXECUTE", runOrder=2, said={"StackName": "x"})], 2, id="other"),
        pytest.param([{**REPLACE, "region": "us-east-1"}, EXECUTE], 2, id="elsewhere"),
        pytest.param([stack("Stack", "CREATE_UPDATE")], 0, id="no change set"),
    ],
)
def test_change_sets_come_in_pairs(actions, count):
    assert len(paths("change-set-pair", pipeline(*actions))) == count


def test_a_change_set_whose_name_is_unknown_pairs_with_the_same_unknown_one():
    name = {"StackName": Unknown("${Stack}")}
    pair = [stack("Make", "CHANGE_SET_REPLACE", said=name), stack("Use", "CHANGE_SET_EXECUTE", runOrder=2, said=name)]
    assert said("change-set-pair", pipeline(*pair)) == []
    assert [each.outcome for each in said("change-set-pair", pipeline(pair[0]))] == [Outcome.UNKNOWN]


@pytest.mark.parametrize(
    ("variable", "operator", "value", "broken"),
    [
        pytest.param("Source.BranchName", "EQ", "main", True, id="forgot the braces"),
        pytest.param("main", "EQ", "main", False, id="always true"),
        pytest.param("main", "NE", "main", True, id="never different"),
        pytest.param("#{Source.BranchName}", "EQ", "main", False, id="variable"),
        pytest.param("main", "MATCHES", "x", False, id="Java's expressions are not judged"),
        pytest.param(Unknown("${X}"), "EQ", "main", False, id="unknown"),
    ],
)
def test_a_condition_over_fixed_texts_closes_a_stage(variable, operator, value, broken):
    rule = {"name": "R", "ruleTypeId": {"category": "Rule", "provider": "VariableCheck"},
            "configuration": {"Variable": variable, "Operator": operator, "Value": value}}  # fmt: skip
    entry = {"beforeEntry": {"conditions": [{"result": "FAIL", "rules": [rule]}]}}
    assert bool(paths("stage-unreachable", pipeline(SERVICE, stage=entry))) is broken


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        ({"inbound": "disabled"}, [("transitions", "Deploy", "inbound")]),
        ({"inbound": "enabled"}, []),
        ({"outbound": "disabled"}, [("transitions", "Deploy", "outbound")]),
    ],
)
def test_a_committed_closed_transition_is_told(state, expected):
    assert paths("transition-closed", pipeline(SERVICE), transitions={"Deploy": state}) == expected
