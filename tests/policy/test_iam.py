"""The policies that a pipeline's roles need, from its actions alone."""

from __future__ import annotations

import json
import re
from importlib import resources
from pathlib import Path

import pytest

from reconciler import documents
from reconciler.pipeline import providers
from reconciler.pipeline.arns import Target
from reconciler.pipeline.model import Pipeline
from reconciler.policy import iam

HERE = Target("111111111111", "eu-west-1")
SERVICE = "arn:aws:iam::111111111111:role/pipeline"
OTHER = "arn:aws:iam::222222222222:role/deploy"
OWN_KEY = "arn:aws:kms:eu-west-1:999999999999:key/9"
SAMPLES = Path(__file__).parents[2] / "config" / "pipelines"


def action(category: str, provider: str, configuration: dict | None = None, **more) -> dict:
    kind = {"category": category, "owner": more.pop("owner", "AWS"), "provider": provider, "version": "1"}
    return {"name": provider, "actionTypeId": kind, "configuration": configuration or {}, **more}


def roles(*actions: dict, **more) -> tuple[iam.Role, ...]:
    stores = {"artifactStore": {"type": "S3", "location": "artifacts"}}
    stages = [{"name": "One", "actions": list(actions), **more.pop("stage", {})}]
    document = {"name": "shop-dev-web", "roleArn": SERVICE, "stages": stages, **(more or stores)}
    return iam.roles(Pipeline(document), HERE, providers.catalogue())


def allowed(role: iam.Role) -> dict[str, list[str]]:
    """Give the resources by call."""
    found: dict[str, list[str]] = {}
    for statement in role.permissions["Statement"]:
        for call in statement["Action"]:
            found.setdefault(call, []).extend(statement["Resource"])
    return found


def conditions(role: iam.Role, call: str) -> list[dict]:
    return [each.get("Condition", {}) for each in role.permissions["Statement"] if call in each["Action"]]


def test_only_codepipeline_takes_the_service_role():
    (role,) = roles()
    assert role.trust["Statement"] == [
        {"Effect": "Allow", "Principal": {"Service": "codepipeline.amazonaws.com"}, "Action": "sts:AssumeRole"}
    ]


def test_only_the_service_role_takes_the_role_of_an_action_and_may_take_no_other():
    service, own = roles(action("Deploy", "ECS", roleArn=OTHER))
    assert allowed(service)["sts:AssumeRole"] == [OTHER]
    assert own.trust["Statement"][0]["Principal"] == {"AWS": SERVICE}


def test_an_action_with_a_role_needs_nothing_of_the_service_role():
    service, own = roles(action("Invoke", "Lambda", {"FunctionName": "check"}, roleArn=OTHER))
    assert "lambda:InvokeFunction" not in allowed(service)
    assert allowed(own)["lambda:InvokeFunction"] == ["arn:aws:lambda:eu-west-1:222222222222:function:check"]


def test_an_action_elsewhere_is_allowed_in_its_own_region():
    (role,) = roles(action("Build", "CodeBuild", {"ProjectName": "web"}, region="us-gov-west-1"))
    assert allowed(role)["codebuild:StartBuild"] == ["arn:aws-us-gov:codebuild:us-gov-west-1:111111111111:project/web"]


def test_equal_needs_become_one_statement():
    (role,) = roles(*(action("Build", "CodeBuild", {"ProjectName": name}) for name in ("web", "api", "web")))
    assert [each[-3:] for each in allowed(role)["codebuild:StartBuild"]] == ["web", "api"]


@pytest.mark.parametrize(
    ("configuration", "there"),
    [pytest.param({"BatchEnabled": "true"}, True, id="on"), pytest.param({"BatchEnabled": "false"}, False, id="off"),
     pytest.param({}, False, id="absent")],
)  # fmt: skip
def test_batches_are_allowed_where_they_are_used(configuration, there):
    (role,) = roles(action("Build", "CodeBuild", {"ProjectName": "web", **configuration}))
    assert ("codebuild:StartBuildBatch" in allowed(role)) is there


def test_passing_a_role_is_narrowed_to_that_role_and_its_service():
    stack = {"ActionMode": "CREATE_UPDATE", "StackName": "web", "RoleArn": "arn:aws:iam::111111111111:role/cfn"}
    (role,) = roles(action("Deploy", "CloudFormation", stack))
    assert allowed(role)["iam:PassRole"] == ["arn:aws:iam::111111111111:role/cfn"]
    assert conditions(role, "iam:PassRole") == [
        {"StringEquals": {"iam:PassedToService": "cloudformation.amazonaws.com"}}
    ]


@pytest.mark.parametrize(
    ("mode", "calls"),
    [
        ("CREATE_UPDATE", {"CreateStack", "GetTemplate", "UpdateStack"}),
        ("REPLACE_ON_FAILURE", {"CreateStack", "DeleteStack", "GetTemplate", "UpdateStack"}),
        ("DELETE_ONLY", {"DeleteStack"}),
        ("CHANGE_SET_REPLACE", {"CreateChangeSet", "DeleteChangeSet", "DescribeChangeSet"}),
        ("CHANGE_SET_EXECUTE", {"DescribeChangeSet", "ExecuteChangeSet"}),
    ],
)
def test_a_stack_is_allowed_what_its_mode_does(mode, calls):
    (role,) = roles(action("Deploy", "CloudFormation", {"ActionMode": mode, "StackName": "web"}))
    looks = {"DescribeStacks", "DescribeStackEvents", "DescribeStackResources"}
    found = {call.partition(":")[2] for call in allowed(role) if call.startswith("cloudformation:")}
    assert found - looks == calls


def test_a_name_that_only_a_run_knows_is_any_name_and_told():
    (role,) = roles(action("Invoke", "Lambda", {"FunctionName": "check-#{variables.COLOUR}"}))
    assert allowed(role)["lambda:InvokeFunction"] == ["arn:aws:lambda:eu-west-1:111111111111:function:check-*"]
    assert role.notes == ("Lambda: FunctionName is known to a run only; * stands for it",)


def test_both_spellings_of_a_connection_are_allowed():
    arn = "arn:aws:codestar-connections:eu-west-1:111111111111:connection/1"
    (role,) = roles(action("Source", "CodeStarSourceConnection", {"ConnectionArn": arn}))
    assert sorted(allowed(role)["codeconnections:UseConnection"]) == [arn.replace("codestar-", "code"), arn]


def test_a_type_that_nobody_knows_is_told_and_a_custom_one_needs_nothing():
    (role,) = roles(action("Deploy", "Novelty"), action("Build", "Jenkins", owner="Custom"))
    assert role.notes == ("Novelty: what Novelty needs is not known; add it by hand",)


def test_rules_of_conditions_count_too():
    rule = {"name": "Quiet", "ruleTypeId": {"category": "Rule", "provider": "CloudWatchAlarm"},
            "configuration": {"AlarmName": "errors"}}  # fmt: skip
    gate = {"onSuccess": {"conditions": [{"result": "FAIL", "rules": [rule]}]}}
    (role,) = roles(action("Approval", "Manual"), stage=gate)
    assert allowed(role)["cloudwatch:DescribeAlarms"] == ["arn:aws:cloudwatch:eu-west-1:111111111111:alarm:errors"]
    assert role.places == ("One/Manual", "One/onSuccess/Quiet")


@pytest.mark.parametrize(
    ("key", "resource", "condition"),
    [
        pytest.param("1a-2b", "arn:aws:kms:eu-west-1:111111111111:key/1a-2b", {}, id="id"),
        pytest.param(OWN_KEY, OWN_KEY, {}, id="arn"),
        pytest.param("alias/own", "arn:aws:kms:eu-west-1:111111111111:key/*",
                     {"ForAnyValue:StringEquals": {"kms:ResourceAliases": "alias/own"}}, id="alias"),
    ],
)  # fmt: skip
def test_a_customer_key_is_narrowed_to_itself(key, resource, condition):
    store = {"type": "S3", "location": "artifacts", "encryptionKey": {"type": "KMS", "id": key}}
    (role,) = roles(artifactStore=store)
    assert allowed(role)["kms:Decrypt"] == [resource]
    assert conditions(role, "kms:Decrypt") == [condition]


def test_a_role_that_only_reads_artifacts_writes_none():
    service, own = roles(action("Deploy", "ECS", inputArtifacts=[{"name": "Image"}], roleArn=OTHER))
    assert "s3:PutObject" in allowed(service)
    assert "s3:GetObject" in allowed(own)
    assert "s3:PutObject" not in allowed(own)


def test_every_region_has_its_own_artifact_bucket():
    stores = {"eu-west-1": {"type": "S3", "location": "here"}, "us-east-1": {"type": "S3", "location": "there"}}
    (role,) = roles(artifactStores=stores)
    assert allowed(role)["s3:GetObject"] == ["arn:aws:s3:::here/*", "arn:aws:s3:::there/*"]


def test_a_secret_in_the_environment_of_commands_may_be_read():
    secret = [{"name": "TOKEN", "value": "shop/token:key", "type": "SECRETS_MANAGER"}, {"name": "A", "value": "b"}]
    (role,) = roles(action("Compute", "Commands", environmentVariables=secret))
    assert allowed(role)["secretsmanager:GetSecretValue"] == [
        "arn:aws:secretsmanager:eu-west-1:111111111111:secret:shop/token-??????"
    ]


def test_the_needs_of_every_type_of_aws_in_the_catalogue_are_known():
    catalogued = {each.type[:3] for each in providers.catalogue() if each.owner == "AWS"}
    assert catalogued - iam.known() == set()
    assert iam.known() - catalogued == set()


@pytest.mark.parametrize("file", sorted(SAMPLES.rglob("*.yaml")), ids=lambda file: file.stem)
def test_no_sample_needs_every_call_of_a_service_or_passes_any_role(file):
    document = documents.parse(file.read_text(encoding="utf-8"), file.name)["pipeline"]
    for role in iam.roles(Pipeline(document), HERE, providers.catalogue()):
        assert not any("*" in call for call in allowed(role))
        assert "*" not in allowed(role).get("iam:PassRole", [])
        assert len(json.dumps(role.permissions)) < 6_144  # characters of a managed policy


def test_every_entry_says_where_it_comes_from_and_what_is_only_assumed():
    text = resources.files("reconciler.policy").joinpath(iam.FILE).read_text(encoding="utf-8")
    for entry in documents.parse(text, iam.FILE):
        assert entry.get("fact") or entry.get("assumed"), entry["provider"]
        assert re.match(r"H\.2", entry.get("fact", "H.2"))
    assert "user guide" not in text
