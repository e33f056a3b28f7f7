"""Rules about owners, news and room to grow: each broken, and what is close to it and fine."""

from __future__ import annotations

import pytest

from verdicts import action, paths, pipeline

TEST = action("Test/CodeBuild", "Units", configuration={"ProjectName": "units"}, runOrder=2)
BEFORE = action("Test/CodeBuild", "Style", configuration={"ProjectName": "style"}, namespace="Style")


@pytest.mark.parametrize(
    ("tags", "broken"),
    [({}, True), ({"owner": "web"}, False), ({"team": "web"}, False), ({"team": ""}, True), ({"project": "x"}, True)],
)
def test_a_tag_says_whose_a_pipeline_is(tags, broken):
    assert bool(paths("tags", pipeline(), tags=tags)) is broken


@pytest.mark.parametrize(("said", "broken"), [({}, True), ({"NotificationArn": "arn:aws:sns:eu-west-1:1:t"}, False)])
def test_an_approval_tells_somebody(said, broken):
    assert bool(paths("approval-notified", pipeline(action("Approval/Manual", configuration=said)))) is broken


@pytest.mark.parametrize(("count", "expected"), [(39, []), (40, [("stages", 1)]), (50, [("stages", 1)])])
def test_a_quota_is_told_before_it_is_full(count, expected):
    builds = [action("Build/CodeBuild", f"B{number}", configuration={"ProjectName": "b"}) for number in range(count)]
    assert paths("quota-near", pipeline(*builds)) == expected


@pytest.mark.parametrize(
    ("more", "broken"),
    [
        pytest.param({}, True, id="two applications"),
        pytest.param({"configuration": {"ApplicationName": "a", "DeploymentGroupName": "y"}}, False, id="two groups"),
        pytest.param({"inputArtifacts": [{"name": "Other"}]}, False, id="two artifacts"),
        pytest.param({"roleArn": "arn:aws:iam::222222222222:role/x"}, False, id="two accounts"),
    ],
)
def test_one_artifact_goes_to_one_application(more, broken):
    one = action("Deploy/CodeDeploy", "A", configuration={"ApplicationName": "a", "DeploymentGroupName": "x"})
    two = {**action("Deploy/CodeDeploy", "B", configuration={"ApplicationName": "b"}), **more}
    assert bool(paths("deployment-groups", pipeline(one, two))) is broken


@pytest.mark.parametrize(
    ("actions", "broken"),
    [
        pytest.param([BEFORE, TEST], True, id="independent"),
        pytest.param([BEFORE, {**TEST, "runOrder": 1}], False, id="side by side already"),
        pytest.param([{**BEFORE, "outputArtifacts": [{"name": "R"}]}, {**TEST, "inputArtifacts": [{"name": "R"}]}],
                     False, id="artifact between"),
        pytest.param([BEFORE, {**TEST, "configuration": {"ProjectName": "units", "BuildspecOverride": "#{Style.X}"}}],
                     False, id="variable between"),
        pytest.param([BEFORE, {**TEST, "configuration": BEFORE["configuration"]}], False, id="same project"),
        pytest.param([action("Approval/Manual"), TEST], False, id="approval"),
        pytest.param([BEFORE, {**BEFORE, "name": "Tidy"}, TEST], False, id="a gate of several"),
        pytest.param([action("Deploy/ECS"), action("Deploy/EKS", runOrder=2)], False, id="order of deployments"),
    ],
)  # fmt: skip
def test_actions_that_need_nothing_of_each_other_run_side_by_side(actions, broken):
    assert bool(paths("serial-actions", pipeline(*actions))) is broken
