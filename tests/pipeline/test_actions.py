from __future__ import annotations

import copy
import json
from pathlib import Path as File
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builders import REGION, action, build, pipeline, sources, stage
from reconciler import documents
from reconciler.pipeline import actions, providers, schema
from reconciler.pipeline.model import Pipeline
from reconciler.pipeline.rules import Severity
from reconciler.pipeline.unknown import Unknown
from strategies import declarations, law

if TYPE_CHECKING:
    from collections.abc import Iterator

    from builders import Document
    from reconciler.documents import Path

SHIPPED = providers.catalogue()
ROOT = File(__file__).parents[2] / "config" / "pipelines"
OTHER_REGION = "us-east-1"
CUSTOM = {
    "category": "Build",
    "provider": "Foundry",
    "version": "1",
    "configurationProperties": [
        {"name": "Job", "required": True, "key": True, "secret": False},
        {"name": "Pin", "required": False, "key": False, "secret": True, "type": "Number"},
        {"name": "Quick", "required": False, "key": False, "secret": False, "type": "Boolean"},
    ],
    "inputArtifactDetails": {"minimumCount": 1, "maximumCount": 1},
    "outputArtifactDetails": {"minimumCount": 0, "maximumCount": 1},
}


class Row(NamedTuple):
    """An action or a rule that breaks one rule, where it does, and its twin that is fine."""

    rule: str
    broken: Document
    path: Path
    fine: Document


def configured(
    category: str, provider: str, *, inputs: tuple[str, ...] = ("source",), **configuration: Any
) -> Document:
    return action("Do", category, provider, inputs=inputs, configuration=configuration)


def typed(**members: str) -> Document:
    """Give a build whose type differs in one member from CodeBuild's."""
    made = build("Do")
    return made | {"actionTypeId": made["actionTypeId"] | members}


def rule(provider: str, **configuration: str) -> Document:
    kind = {"category": "Rule", "owner": "AWS", "provider": provider, "version": "1"}
    return {"name": "Check", "ruleTypeId": kind, "configuration": configuration}


def codebuild(**configuration: str) -> Document:
    return build("Do", configuration={"ProjectName": "web", **configuration})


def stack(mode: str, **configuration: str) -> Document:
    whole = {"RoleArn": "arn", "TemplatePath": "source::t.yaml", "ChangeSetName": "next", **configuration}
    return configured("Deploy", "CloudFormation", ActionMode=mode, StackName="web", **whole)


def without(document: Document, *keys: str) -> Document:
    return document | {"configuration": {k: v for k, v in document["configuration"].items() if k not in keys}}


def to_s3(**configuration: Any) -> Document:
    return configured("Deploy", "S3", **{"BucketName": "web", "Extract": "true", **configuration})


def blue_green(**configuration: str) -> Document:
    artifacts = {"TaskDefinitionTemplateArtifact": "source", "AppSpecTemplateArtifact": "source"}
    names = {"ApplicationName": "web", "DeploymentGroupName": "web"}
    return configured("Deploy", "CodeDeployToECS", **{**names, **artifacts, **configuration})


def product(**configuration: str) -> Document:
    return configured("Deploy", "ServiceCatalog", ProductId="prod-1", **configuration)


def eks(**configuration: str) -> Document:
    return configured("Deploy", "EKS", ClusterName="web", **configuration)


def ec2(**configuration: str) -> Document:
    return configured("Deploy", "EC2", InstanceTagKey="Name", **{"InstanceType": "EC2", **configuration})


def lambda_deploy(**configuration: str) -> Document:
    return configured("Deploy", "Lambda", FunctionName="web", **configuration)


def inspector(mode: str, inputs: tuple[str, ...], **configuration: str) -> Document:
    made = configured("Invoke", "InspectorScan", inputs=inputs, InspectorRunMode=mode, **configuration)
    return made | {"outputArtifacts": [{"name": "bill"}]}


def commands(**members: Any) -> Document:
    return action("Do", "Compute", "Commands", inputs=("source",), **{"commands": ["make"], **members})


def environment(*entries: Any) -> Document:
    return codebuild(EnvironmentVariables=json.dumps(entries))


KIND: Path = ("actionTypeId",)
GITHUB = {"Owner": "shop", "Repo": "web", "Branch": "main", "OAuthToken": "****"}
VARIABLE = {"name": "LEVEL", "value": "debug"}


def key(name: str) -> Path:
    return ("configuration", name)


ROWS = {
    # The type
    "another owner": Row("provider-unknown", typed(owner="ThirdParty"), KIND, typed(owner="AWS")),
    "another version": Row("provider-unknown", typed(version="2"), KIND, typed(version="1")),
    "another category": Row("provider-unknown", typed(category="Deploy"), KIND, typed(category="Test")),
    "a provider that is not": Row("provider-unknown", typed(provider="CodeBuilder"), KIND, build("Do")),
    "a rule that is not": Row(
        "provider-unknown",
        rule("CloudWatchAlarms", AlarmName="errors"),
        ("ruleTypeId",),
        rule("CloudWatchAlarm", AlarmName="errors"),
    ),
    "a custom type": Row("custom-undeclared", typed(owner="Custom", provider="Forge"), KIND, build("Do")),
    "a custom type of which only the name is known": Row(
        "custom-undeclared", typed(owner="Custom", provider="TeamCity"), KIND, typed(owner="Custom", provider="Jenkins")
    ),
    "a partner": Row(
        "partner-unchecked", typed(category="Test", owner="ThirdParty", provider="BlazeMeter"), KIND, build("Do")
    ),
    "a partner that is new": Row(
        "partner-unchecked", typed(category="Test", owner="ThirdParty", provider="Newcomer"), KIND, build("Do")
    ),
    # Artifacts
    "no input": Row("artifact-count", build("Do", inputs=()), ("inputArtifacts",), build("Do")),
    "too many inputs": Row(
        "artifact-count",
        to_s3() | {"inputArtifacts": [{"name": "source"}, {"name": "more"}]},
        ("inputArtifacts",),
        to_s3(),
    ),
    "too many outputs": Row(
        "artifact-count", to_s3() | {"outputArtifacts": [{"name": "a"}]}, ("outputArtifacts",), to_s3()
    ),
    "no output of a scan": Row(
        "artifact-count",
        inspector("SourceCodeScan", ("source",)) | {"outputArtifacts": []},
        ("outputArtifacts",),
        inspector("SourceCodeScan", ("source",)),
    ),
    "a hyphen in one of two outputs": Row(
        "output-identifiers",
        build("Do", outputs=("a", "b-c")),
        ("outputArtifacts", 1, "name"),
        build("Do", outputs=("b-c",)),
    ),
    # Members beside the configuration
    "commands of a build": Row("member-not-taken", build("Do", commands=["make"]), ("commands",), commands()),
    "variables of a build": Row(
        "member-not-taken",
        build("Do", outputVariables=["TAG"]),
        ("outputVariables",),
        commands(outputVariables=["TAG"]),
    ),
    "files of a build": Row(
        "member-not-taken",
        build("Do", outputArtifacts=[{"name": "a", "files": ["out/**"]}]),
        ("outputArtifacts", 0, "files"),
        commands(outputArtifacts=[{"name": "a", "files": ["out/**"]}]),
    ),
    "an environment of a build": Row(
        "environment-not-taken",
        build("Do", environmentVariables=[VARIABLE]),
        ("environmentVariables",),
        eks(ManifestFiles="web.yaml") | {"environmentVariables": [VARIABLE]},
    ),
    "a timeout of a build": Row(
        "timeout-only-approval",
        build("Do", timeoutInMinutes=30),
        ("timeoutInMinutes",),
        action("Do", "Approval", "Manual", timeoutInMinutes=30),
    ),
    "no commands": Row(
        "commands-missing", action("Do", "Compute", "Commands", inputs=("source",)), ("commands",), commands()
    ),
    "a rule without commands": Row(
        "commands-missing", rule("Commands"), ("commands",), rule("Commands") | {"commands": ["make check"]}
    ),
    # Keys
    "no project": Row("config-required-key", build("Do", configuration={}), key("ProjectName"), build("Do")),
    "no operator": Row(
        "config-required-key",
        rule("VariableCheck", Variable="#{A.b}", Value="1"),
        key("Operator"),
        rule("VariableCheck", Variable="#{A.b}", Value="1", Operator="EQ"),
    ),
    "a key in small letters": Row("config-unknown-key", codebuild(projectname="web"), key("projectname"), codebuild()),
    "a key of another provider": Row("config-unknown-key", to_s3(S3Bucket="web"), key("S3Bucket"), to_s3()),
    "two inputs without a primary source": Row(
        "config-conditional-key",
        build("Do", inputs=("source", "more")),
        key("PrimarySource"),
        codebuild(PrimarySource="source") | {"inputArtifacts": [{"name": "source"}, {"name": "more"}]},
    ),
    "combined artifacts without a batch": Row(
        "config-conditional-key",
        codebuild(CombineArtifacts="true"),
        key("BatchEnabled"),
        codebuild(CombineArtifacts="true", BatchEnabled="true"),
    ),
    "combined artifacts with a batch that is off": Row(
        "config-conditional-key",
        codebuild(CombineArtifacts="true", BatchEnabled="false"),
        key("BatchEnabled"),
        codebuild(CombineArtifacts="false", BatchEnabled="false"),
    ),
    "a file in a bucket without its key": Row(
        "config-conditional-key", to_s3(Extract="false"), key("ObjectKey"), to_s3(Extract="false", ObjectKey="web.zip")
    ),
    "a condition on a boolean with capitals": Row(
        "config-conditional-key", to_s3(Extract="False"), key("ObjectKey"), to_s3(Extract="True")
    ),
    "an image without its container": Row(
        "config-conditional-key",
        blue_green(Image1ArtifactName="source"),
        key("Image1ContainerName"),
        blue_green(Image1ArtifactName="source", Image1ContainerName="IMAGE"),
    ),
    "a container without its image": Row(
        "config-conditional-key", blue_green(Image4ContainerName="IMAGE"), key("Image4ArtifactName"), blue_green()
    ),
    "a product without a template or a file": Row(
        "config-conditional-key",
        product(TemplateFilePath="t.json", ProductVersionName="1"),
        ("configuration",),
        product(TemplateFilePath="t.json", ProductVersionName="1", ProductType="CLOUD_FORMATION_TEMPLATE"),
    ),
    "a product described by a file": Row(
        "config-conditional-key", product(), ("configuration",), product(ConfigurationFilePath="product.json")
    ),
    "a chart without a release": Row(
        "config-conditional-key",
        eks(HelmChartLocation="chart"),
        ("configuration",),
        eks(HelmChartLocation="chart", HelmReleaseName="web"),
    ),
    "a cluster that gets nothing": Row(
        "config-conditional-key", eks(), ("configuration",), eks(ManifestFiles="web.yaml")
    ),
    "a script without a folder": Row(
        "config-conditional-key",
        ec2(PostScript="start.sh"),
        ("configuration",),
        ec2(PostScript="start.sh", TargetDirectory="/srv"),
    ),
    "instances without scripts or a specification": Row(
        "config-conditional-key", ec2(), ("configuration",), ec2(DeploySpec="deploy.yaml")
    ),
    "a function that gets nothing": Row(
        "config-conditional-key",
        lambda_deploy() | {"inputArtifacts": []},
        key("PublishedTargetVersion"),
        lambda_deploy(PublishedTargetVersion="7") | {"inputArtifacts": []},
    ),
    "a change set without a name": Row(
        "config-missing-at-run",
        without(stack("CHANGE_SET_EXECUTE"), "ChangeSetName"),
        key("ChangeSetName"),
        without(stack("CHANGE_SET_EXECUTE"), "TemplatePath", "RoleArn"),
    ),
    "a stack without a template": Row(
        "config-missing-at-run",
        without(stack("CREATE_UPDATE"), "TemplatePath"),
        key("TemplatePath"),
        without(stack("CREATE_UPDATE"), "ChangeSetName"),
    ),
    "a stack without a role": Row(
        "config-missing-at-run",
        without(stack("DELETE_ONLY"), "RoleArn"),
        key("RoleArn"),
        without(stack("DELETE_ONLY"), "TemplatePath", "ChangeSetName"),
    ),
    "a scan of no source": Row(
        "config-missing-at-run",
        inspector("SourceCodeScan", ()),
        ("inputArtifacts",),
        inspector("SourceCodeScan", ("source",)),
    ),
    "a scan of no image": Row(
        "config-missing-at-run",
        inspector("ECRImageScan", ()),
        key("ECRRepositoryName"),
        inspector("ECRImageScan", (), ECRRepositoryName="web"),
    ),
    "a state machine that reads no input": Row(
        "config-missing-at-run",
        configured("Invoke", "StepFunctions", inputs=(), StateMachineArn="arn", InputType="FilePath", Input="a.json"),
        ("inputArtifacts",),
        configured("Invoke", "StepFunctions", StateMachineArn="arn", InputType="FilePath", Input="a.json"),
    ),
    # Values
    "a mode that is not": Row("config-bad-value", stack("CREATE"), key("ActionMode"), stack("CREATE_UPDATE")),
    "neither true nor false": Row("config-bad-value", to_s3(Extract="yes"), key("Extract"), to_s3(Extract=True)),
    "capabilities with a space": Row(
        "config-bad-value",
        stack("CREATE_UPDATE", Capabilities="CAPABILITY_IAM, CAPABILITY_NAMED_IAM"),
        key("Capabilities"),
        stack("CREATE_UPDATE", Capabilities="CAPABILITY_IAM,CAPABILITY_NAMED_IAM"),
    ),
    "a capability that is not": Row(
        "config-bad-value",
        stack("CREATE_UPDATE", Capabilities="CAPABILITY_IAM,CAPABILITY_ALL"),
        key("Capabilities"),
        stack("CREATE_UPDATE", Capabilities="CAPABILITY_IAM"),
    ),
    "more minutes than there are": Row(
        "config-bad-value",
        configured("Deploy", "ECS", ClusterName="web", ServiceName="web", DeploymentTimeout="61"),
        key("DeploymentTimeout"),
        configured("Deploy", "ECS", ClusterName="web", ServiceName="web", DeploymentTimeout=60),
    ),
    "a threshold in words": Row(
        "config-bad-value",
        inspector("SourceCodeScan", ("source",), HighThreshold="none"),
        key("HighThreshold"),
        inspector("SourceCodeScan", ("source",), HighThreshold="0"),
    ),
    "fewer than none": Row(
        "config-bad-value",
        rule("CloudWatchAlarm", AlarmName="errors", WaitTime="-1"),
        key("WaitTime"),
        rule("CloudWatchAlarm", AlarmName="errors", WaitTime="15"),
    ),
    "a strategy that is not": Row(
        "config-bad-value",
        lambda_deploy(DeployStrategy="Canary10"),
        key("DeployStrategy"),
        lambda_deploy(DeployStrategy="Linear10PercentEvery1Minute"),
    ),
    "five fields of time": Row(
        "config-bad-value",
        rule("DeploymentWindow", Cron="0 9 ? * MON"),
        key("Cron"),
        rule("DeploymentWindow", Cron="0 0 9-17 ? * MON-FRI *"),
    ),
    "a template without its artifact": Row(
        "config-bad-value",
        stack("CREATE_UPDATE", TemplatePath="t.yaml"),
        key("TemplatePath"),
        stack("CHANGE_SET_EXECUTE", TemplatePath="t.yaml"),
    ),
    "overrides that are no JSON": Row(
        "config-bad-value",
        stack("CREATE_UPDATE", ParameterOverrides="{Level: debug}"),
        key("ParameterOverrides"),
        stack("CREATE_UPDATE", ParameterOverrides='{"Level": "debug"}}'),
    ),
    "overrides in a list": Row(
        "config-bad-value",
        stack("CREATE_UPDATE", ParameterOverrides='["debug"]'),
        key("ParameterOverrides"),
        stack("CREATE_UPDATE", ParameterOverrides='{"Level": #{Build.LEVEL}}'),
    ),
    "variables in a string": Row(
        "config-bad-value",
        configured("Invoke", "CodePipeline", inputs=(), PipelineName="next", Variables='"debug"'),
        key("Variables"),
        configured("Invoke", "CodePipeline", inputs=(), PipelineName="next", Variables=json.dumps([VARIABLE])),
    ),
    "an environment in a mapping": Row(
        "config-bad-value",
        codebuild(EnvironmentVariables='{"LEVEL": "debug"}'),
        key("EnvironmentVariables"),
        environment(VARIABLE),
    ),
    "a variable with a number": Row(
        "config-bad-value",
        environment(VARIABLE, {"name": "COUNT", "value": 3}),
        key("EnvironmentVariables"),
        environment(VARIABLE, {"name": "COUNT", "value": "3"}),
    ),
    "a variable of another type": Row(
        "config-bad-value",
        environment(VARIABLE | {"type": "SECRET"}),
        key("EnvironmentVariables"),
        environment(VARIABLE | {"type": "SECRETS_MANAGER"}),
    ),
    "a primary source from elsewhere": Row(
        "artifact-path-unknown",
        codebuild(PrimarySource="other") | {"inputArtifacts": [{"name": "source"}, {"name": "more"}]},
        key("PrimarySource"),
        codebuild(PrimarySource="other"),
    ),
    "a template from elsewhere": Row(
        "artifact-path-doubtful",
        stack("CREATE_UPDATE", TemplatePath="other::t.yaml"),
        key("TemplatePath"),
        stack("CHANGE_SET_EXECUTE", TemplatePath="other::t.yaml"),
    ),
    "a task definition from elsewhere": Row(
        "artifact-path-doubtful",
        blue_green(TaskDefinitionTemplateArtifact="other"),
        key("TaskDefinitionTemplateArtifact"),
        blue_green(),
    ),
    "a long value": Row(
        "config-value-long", codebuild(BuildspecOverride="x" * 1001), key("BuildspecOverride"),
        codebuild(BuildspecOverride="x" * 1000),
    ),
}  # fmt: skip


def whole(case: Document) -> tuple[Document, Path]:
    """Give a pipeline around an action or a rule, and the place of it."""
    if "ruleTypeId" in case:
        gate = {"conditions": [{"result": "FAIL", "rules": [case]}]}
        made = stage("Build", build(), beforeEntry=gate)
        return pipeline(stages=[sources(), made]), ("stages", 1, "beforeEntry", "conditions", 0, "rules", 0)
    return pipeline(stages=[sources(), stage("Build", case)]), ("stages", 1, "actions", 0)


def found(
    document: Document, region: str | None = REGION, catalogue: providers.Catalogue = SHIPPED
) -> list[tuple[str, Path]]:
    return [(each.id, fault.path) for each, fault in actions.check(Pipeline(document), region, catalogue)]


def messages(case: Document, catalogue: providers.Catalogue = SHIPPED) -> list[str]:
    document, _ = whole(case)
    return [f"{each.message} ({each.hint})" for _, each in actions.check(Pipeline(document), REGION, catalogue)]


# The table -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS)
def test_a_broken_action_is_found_at_the_very_place_and_nothing_else_is(row):
    document, path = whole(row.broken)
    assert found(document) == [(row.rule, (*path, *row.path))]


@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS)
def test_its_twin_is_fine(row):
    assert found(whole(row.fine)[0]) == []


@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS)
def test_the_shape_of_both_is_fine_so_that_nothing_else_would_have_said_it(row):
    assert [*schema.check(whole(row.broken)[0]), *schema.check(whole(row.fine)[0])] == []


def test_every_rule_has_a_row_and_says_where_it_comes_from():
    beside = {"provider-needs-v2", "not-cross-region"}
    assert {each.id for each in actions.RULES} == {row.rule for row in ROWS.values()} | beside
    assert len({each.id for each in actions.RULES}) == len(actions.RULES)
    assert all(each.reference and each.title for each in actions.RULES)


def test_an_error_names_the_class_of_the_services_answer():
    errors = [each for each in actions.RULES if each.severity is Severity.ERROR]
    assert errors
    assert all(each.error.endswith("Exception") for each in errors)
    assert all(not each.error for each in actions.RULES if each.severity is Severity.INFO)


@pytest.mark.parametrize(
    ("size", "expected"),
    [(1_000, []), (1_001, ["config-value-long"]), (50_000, ["config-value-long"])],
)
def test_the_length_of_a_value_has_a_limit(size, expected):
    assert [name for name, _ in found(whole(codebuild(BuildspecOverride="x" * size))[0])] == expected


def test_a_value_of_a_rule_may_be_longer():
    assert found(whole(rule("LambdaInvoke", FunctionName="check", UserParameters="x" * 1_001))[0]) == []


# Rules about the pipeline around an action ---------------------------------------------------------------------------

NEW = commands()


@pytest.mark.parametrize(
    ("members", "expected"),
    [
        pytest.param({"pipelineType": "V1"}, [("provider-needs-v2", ("stages", 1, "actions", 0, *KIND))], id="V1"),
        pytest.param({"pipelineType": "V2"}, [], id="V2"),
        pytest.param({}, [], id="undeclared, so the service makes it V2"),
    ],
)
def test_commands_need_a_pipeline_that_does_not_say_v1(members, expected):
    assert found(pipeline(stages=[sources(), stage("Build", NEW)], **members)) == expected


ABROAD = ("stages", 0, "actions", 0, "region")
SOURCE = sources()["actions"][0]


def github(**members: Any) -> Document:
    return action("Do", "Source", "GitHub", owner="ThirdParty", outputs=("a",), configuration=GITHUB, **members)


@pytest.mark.parametrize(
    ("abroad", "region", "expected"),
    [
        pytest.param(SOURCE | {"region": OTHER_REGION}, REGION, [("not-cross-region", ABROAD)], id="a source"),
        pytest.param(github(region=OTHER_REGION), REGION, [("not-cross-region", ABROAD)], id="a partner"),
        pytest.param(SOURCE | {"region": REGION}, REGION, [], id="the Region of the pipeline"),
        pytest.param(SOURCE | {"region": OTHER_REGION}, None, [], id="a pipeline whose Region is not known"),
        pytest.param(SOURCE | {"region": Unknown("${R}")}, REGION, [], id="a Region that is not known"),
        pytest.param(build("Do", region=OTHER_REGION), REGION, [], id="a build"),
    ],
)
def test_sources_and_partners_stay_where_the_pipeline_is(abroad, region, expected):
    assert found(pipeline(stages=[stage("First", abroad)]), region) == expected


def test_an_undeclared_custom_action_stays_where_the_pipeline_is_too():
    abroad = typed(owner="Custom", provider="Forge") | {"region": OTHER_REGION}
    assert "not-cross-region" in dict(found(whole(abroad)[0]))


@pytest.mark.parametrize(
    "said",
    [
        pytest.param(SOURCE | {"inputArtifacts": [{"name": "a"}]}, id="a source with an input"),
        pytest.param(
            action("Do", "Approval", "Manual", inputs=("a",), outputs=("b",)), id="an approval with artifacts"
        ),
    ],
)
def test_what_the_rules_of_structure_say_is_not_said_twice(said):
    assert found(whole(said)[0]) == []


def test_findings_stand_in_the_order_of_the_document():
    first, second = build("A", configuration={}), build("B", commands=["make"])
    paths = [path for _, path in found(pipeline(stages=[sources(), stage("Build", first, second)]))]
    assert paths == sorted(paths, key=str)
    assert len(paths) == 2


def test_a_rule_may_leave_out_its_owner_and_its_version():
    bare = rule("LambdaInvoke", FunctionName="check")
    bare["ruleTypeId"] = {"category": "Rule", "provider": "LambdaInvoke"}
    assert found(whole(bare)[0]) == []


# Types of a team -----------------------------------------------------------------------------------------------------

OWN = SHIPPED.with_custom(providers.custom(CUSTOM))


def foundry(**configuration: Any) -> Document:
    return typed(owner="Custom", provider="Foundry") | {"configuration": {"Job": "web", **configuration}}


@pytest.mark.parametrize(
    ("case", "expected"),
    [
        pytest.param(foundry(), [], id="as declared"),
        pytest.param(without(foundry(), "Job"), ["config-required-key"], id="a required property is missing"),
        pytest.param(foundry(Jobs="web"), ["config-unknown-key"], id="a property that was not declared"),
        pytest.param(foundry(Quick="maybe"), ["config-bad-value"], id="no boolean"),
        pytest.param(foundry(Pin="4 4"), ["config-bad-value"], id="no number"),
        pytest.param(foundry(Quick=True, Pin=44), [], id="of the types that were declared"),
        pytest.param(foundry() | {"inputArtifacts": []}, ["artifact-count"], id="too few inputs"),
    ],
)
def test_a_declared_custom_type_is_checked_against_its_declaration(case, expected):
    assert [name for name, _ in found(whole(case)[0], catalogue=OWN)] == expected


# What is said, and what never is -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("case", "expected"),
    [
        pytest.param(typed(version="2"), "did you mean Build/AWS/CodeBuild/1?", id="a type"),
        pytest.param(codebuild(projectname="web"), "did you mean ProjectName?", id="a key"),
        pytest.param(stack("CREATE-UPDATE"), "did you mean CREATE_UPDATE?", id="a value"),
        pytest.param(codebuild(Zeppelin="x"), "known: ProjectName, PrimarySource", id="a key like no other"),
        pytest.param(to_s3(Extract="false"), "ObjectKey is missing, and Extract is false", id="a condition"),
        pytest.param(build("Do", inputs=("a", "b")), "Do has 2 input artifacts", id="a number of inputs"),
        pytest.param(product(), "ProductType; or ConfigurationFilePath", id="a choice"),
        pytest.param(SOURCE | {"region": OTHER_REGION}, "a Source action and cannot run in us-east-1", id="a Region"),
        pytest.param(
            build("Do", inputs=()), "Do has 0 input artifacts; Build/AWS/CodeBuild/1 takes 1 to 5", id="a count"
        ),
    ],
)
def test_a_message_says_what_to_do(case, expected):
    assert expected in messages(case)[0]


@pytest.mark.parametrize(
    "case",
    [
        pytest.param(foundry(Pin="hunter2"), id="a secret property"),
        pytest.param(environment({"name": "A", "value": "hunter2", "type": "SECRET"}), id="an environment"),
        pytest.param(stack("CREATE_UPDATE", ParameterOverrides="hunter2"), id="JSON that does not parse"),
        pytest.param(to_s3(Extract="https://ana:hunter2@example.com"), id="a password in a URL"),
    ],
)
def test_no_secret_stands_in_a_message(case):
    said = messages(case, OWN)
    assert said
    assert "hunter2" not in " ".join(said)


# What cannot be known ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "value", [Unknown("${Mode}"), "#{variables.mode}", "{{resolve:ssm:mode}}"], ids=["unknown", "variable", "resolved"]
)
def test_a_value_that_only_the_service_knows_is_never_wrong(value):
    assert found(whole(stack(value))[0]) == []


@pytest.mark.parametrize(
    "document",
    [
        pytest.param(pipeline(stages=Unknown("${Stages}")), id="all stages"),
        pytest.param(pipeline(stages=[Unknown("${Stage}")]), id="a stage"),
        pytest.param(pipeline(stages=[{"name": "A", "actions": Unknown("${Actions}")}]), id="all actions"),
        pytest.param(pipeline(stages=[stage("A", Unknown("${Action}"))]), id="an action"),
        pytest.param(pipeline(stages=[stage("A", beforeEntry=Unknown("${Gate}"))]), id="a gate"),
        pytest.param(whole(build("Do") | {"actionTypeId": Unknown("${Kind}")})[0], id="a type"),
        pytest.param(whole(build("Do", configuration=Unknown("${All}"), inputs=("a", "b")))[0], id="a configuration"),
        pytest.param(whole(build("Do") | {"inputArtifacts": Unknown("${All}")})[0], id="all inputs"),
        pytest.param(whole(build("Do") | {"inputArtifacts": [Unknown("${One}")] * 9})[0], id="how many inputs"),
        pytest.param(whole(stack("CREATE_UPDATE") | {"inputArtifacts": [{"name": Unknown("${A}")}]})[0], id="an input"),
        pytest.param(whole(build("Do", outputs=(Unknown("${A-b}"), "c")))[0], id="an output"),
        pytest.param(whole(codebuild(**{Unknown("${Key}"): "x"}))[0], id="a key"),
        pytest.param(whole(codebuild(EnvironmentVariables=Unknown("{}")))[0], id="JSON"),
        pytest.param(whole(build("Do", commands=Unknown("${All}")))[0], id="a member beside the configuration"),
        pytest.param(whole(build("Do", timeoutInMinutes=Unknown("${T}")))[0], id="a timeout"),
        pytest.param(whole(codebuild(BuildspecOverride=Unknown("x" * 1001)))[0], id="how long a value is"),
    ],
)
def test_what_is_not_there_yet_is_left_alone(document):
    assert found(document) == []


def nodes(value: Any, path: Path = ()) -> Iterator[Path]:
    for name, item in value.items() if isinstance(value, dict) else enumerate(value):
        yield (*path, name)
        if isinstance(item, dict | list):
            yield from nodes(item, (*path, name))


def forget(document: Document, path: Path) -> None:
    """Put an unknown in the place of what stands at a path, unless something above is unknown already."""
    at: Any = document
    for part in path[:-1]:
        at = at[part]
        if isinstance(at, Unknown):
            return
    at[path[-1]] = Unknown("${Forgotten}")


@law
@given(st.data())
def test_forgetting_a_part_of_a_pipeline_never_adds_a_finding(data):
    row = data.draw(st.sampled_from(list(ROWS.values())))
    document = copy.deepcopy(whole(data.draw(st.sampled_from([row.broken, row.fine])))[0])
    before = found(document)
    inside = [path for path in nodes(document) if path[0] == "stages"]
    for path in data.draw(st.lists(st.sampled_from(inside), min_size=1, max_size=3)):
        forget(document, path)
    assert set(found(document)) <= set(before)


@law
@given(declarations)
def test_whatever_has_a_good_shape_can_be_checked(document):
    assert all(fault.path[0] == "stages" for _, fault in actions.check(Pipeline(document), REGION, SHIPPED))


# The sample repository -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("file", sorted(ROOT.rglob("*-*-*.yaml")), ids=lambda file: file.stem)
def test_the_sample_pipelines_break_no_rule(file):
    document = documents.parse(file.read_text(encoding="utf-8"), file.name)["pipeline"]
    assert found(document) == []
