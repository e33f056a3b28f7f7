from __future__ import annotations

import pytest

from reconciler.definitions import cloudformation
from reconciler.documents import path_text
from reconciler.pipeline.unknown import Unknown


def told(faults):
    return [f"{path_text(fault.path)}: {fault.message}" for fault in faults]


def test_all_pipelines_of_a_template_are_read_and_nothing_else(read):
    template = read("""
        Resources:
          A: {Type: AWS::CodePipeline::Pipeline, Description: tolerated, DependsOn: B, Properties: {Name: a}}
          B: {Type: AWS::S3::Bucket, Properties: {BucketName: !Ref Nowhere}}
          C: {Type: AWS::CodePipeline::Pipeline, Properties: {Name: !Ref A}}
    """)
    assert [(each.logical_id, each.document) for each in template.pipelines] == [
        ("A", {"name": "a"}),
        ("C", {"name": "a"}),
    ]
    assert (template.faults, template.unresolved) == ((), ())


def test_a_pipeline_without_a_name_has_an_unknown_one(read_pipeline):
    pipeline = read_pipeline("PipelineType: V2")
    assert isinstance(pipeline.document["name"], Unknown)
    assert pipeline.document["name"] == "${Shop}"
    assert told(pipeline.unresolved) == ["Resources.Shop.Properties: CloudFormation makes up a name for Shop"]


@pytest.mark.parametrize(
    ("condition", "given", "names"),
    [
        pytest.param("IsProd", {"Env": "prod"}, ["shop"], id="true"),
        pytest.param("IsProd", {"Env": "dev"}, [], id="false"),
        pytest.param("IsProd", {}, ["shop"], id="unknown"),
    ],
)
def test_a_pipeline_is_there_unless_its_condition_is_false(read, condition, given, names):
    template = read(
        f"""
        Parameters: {{Env: {{Type: String}}}}
        Conditions: {{IsProd: !Equals [!Ref Env, prod]}}
        Resources: {{Shop: {{Type: AWS::CodePipeline::Pipeline, Condition: {condition}, Properties: {{Name: shop}}}}}}
        """,
        given,
    )
    assert [pipeline.document["name"] for pipeline in template.pipelines] == names
    notes = [note for pipeline in template.pipelines for note in pipeline.unresolved]
    assert len(notes) == (0 if given else 1)


def test_the_same_condition_is_noted_for_every_pipeline_that_hangs_on_it(read):
    template = read("""
        Parameters: {Env: {Type: String}}
        Conditions: {C: !Equals [!Ref Env, prod]}
        Resources:
          A: {Type: AWS::CodePipeline::Pipeline, Properties: {Name: !If [C, a, b]}}
          B: {Type: AWS::CodePipeline::Pipeline, Properties: {Name: !If [C, c, d]}}
    """)
    assert [len(pipeline.unresolved) for pipeline in template.pipelines] == [1, 1]


def test_webhooks_and_custom_action_types_come_along(read):
    template = read("""
        Resources:
          Hook:
            Type: AWS::CodePipeline::Webhook
            Properties:
              AuthenticationConfiguration: {SecretToken: x, AllowedIPRange: 10.0.0.0/8}
              Filters: [{JsonPath: $.ref, MatchEquals: "refs/heads/{Branch}"}]
              TargetPipelineVersion: "1"
              RegisterWithThirdParty: "true"
          Type:
            Type: AWS::CodePipeline::CustomActionType
            Properties:
              Category: Build
              Version: 1
              InputArtifactDetails: {MaximumCount: "5", MinimumCount: 0}
              ConfigurationProperties: [{Name: Host, Required: "true", Key: yes, Secret: false}]
    """)
    assert template.webhooks[0].document == {
        "authenticationConfiguration": {"secretToken": "x", "allowedIPRange": "10.0.0.0/8"},
        "filters": [{"jsonPath": "$.ref", "matchEquals": "refs/heads/{Branch}"}],
        "targetPipelineVersion": 1,
        "registerWithThirdParty": True,
        "name": "${Hook}",
    }
    assert template.action_types[0].document == {
        "category": "Build",
        "version": "1",
        "inputArtifactDetails": {"maximumCount": 5, "minimumCount": 0},
        "configurationProperties": [{"name": "Host", "required": True, "key": True, "secret": False}],
    }


@pytest.mark.parametrize(
    ("value", "fault"),
    [
        pytest.param(None, ": the template has no Resources", id="nothing"),
        pytest.param([], ": the template has no Resources", id="list"),
        pytest.param({"AWSTemplateFormatVersion": "x"}, ": the template has no Resources", id="no resources"),
        pytest.param({"Resources": []}, "Resources: Resources is not a mapping", id="resources no mapping"),
        pytest.param({"Resources": {}, "Parameters": "x"}, "Parameters: Parameters is not a mapping", id="parameters"),
        pytest.param(
            {"Resources": {"P": {"Type": "AWS::CodePipeline::Pipeline", "Properties": []}}},
            "Resources.P.Properties: the Properties of P are not a mapping",
            id="properties no mapping",
        ),
        pytest.param(
            {"Resources": {"P": {"Type": "AWS::CodePipeline::Pipeline", "Properties": {"Ref": "AWS::NoValue"}}}},
            "Resources.P.Properties: the Properties of P are not a mapping",
            id="no properties",
        ),
    ],
)
def test_a_template_that_is_none_is_a_fault(value, fault):
    template = cloudformation.read(value, {}, None)
    assert (template.pipelines, told(template.faults)) == ((), [fault])


@pytest.mark.parametrize("condition", ["Nowhere", ["C"], {"Fn::Equals": ["a", "a"]}], ids=["absent", "list", "mapping"])
def test_a_condition_of_a_resource_is_a_name(condition):
    resource = {"Type": "AWS::CodePipeline::Pipeline", "Condition": condition, "Properties": {"Name": "a"}}
    template = cloudformation.read({"Resources": {"P": resource}}, {}, None)
    assert [fault.path for fault in template.faults] == [("Resources", "P", "Condition")]


def test_properties_that_a_macro_makes_leave_no_pipeline_but_a_note(read):
    template = read("""
        Resources: {P: {Type: AWS::CodePipeline::Pipeline, Properties: {Fn::Transform: {Name: AWS::Include}}}}
    """)
    assert (template.pipelines, template.faults, len(template.unresolved)) == ((), (), 1)


@pytest.mark.parametrize(
    ("text", "notes"),
    [
        pytest.param("Transform: AWS::Serverless-2016-10-31", 0, id="harmless"),
        pytest.param("Transform: [AWS::LanguageExtensions, {Name: AWS::Include}, Own]", 2, id="macros"),
        pytest.param("Transform: []", 0, id="none"),
    ],
)
def test_macros_that_may_change_a_pipeline_are_told(read, text, notes):
    template = read(f"{text}\nResources: {{P: {{Type: AWS::CodePipeline::Pipeline, Properties: {{Name: a}}}}}}")
    assert [note.path for note in template.unresolved] == [("Transform",)] * notes


@pytest.mark.parametrize(
    ("kind", "notes"), [("AWS::CodePipeline::Pipeline", 1), ("AWS::S3::Bucket", 0)], ids=["pipelines", "others"]
)
def test_a_loop_that_makes_pipelines_is_told(kind, notes):
    body = {"P${Name}": {"Type": kind, "Properties": {"Name": {"Ref": "Name"}}}}
    template = cloudformation.read({"Resources": {"Fn::ForEach::Shops": ["Name", ["a", "b"], body]}}, {}, None)
    assert len(template.unresolved) == notes
    assert (template.pipelines, template.faults) == ((), ())


def test_faults_and_notes_are_placed_at_lines():
    source = """\
Resources:
  Shop:
    Type: AWS::CodePipeline::Pipeline
    Properties:
      Name: shop
      RoleArn: !Sub
        - arn:${Role}
        - Role: !GetAtt Nowhere.Arn
"""
    template = cloudformation.read(cloudformation.parse(source, "t.yaml"), {}, None)
    (problem,) = cloudformation.locate(source, "t.yaml", template.faults)
    assert (problem.line, problem.column) == (8, 17)
    (problem,) = cloudformation.locate(source, "t.yaml", template.pipelines[0].unresolved or template.faults)
    assert problem.path == "Resources.Shop.Properties.RoleArn.Fn::Sub[1].Role.Fn::GetAtt"


def test_no_message_shows_the_value_of_a_parameter(read):
    template = read(
        """
        Parameters: {Token: {Type: String, NoEcho: true}}
        Mappings: {M: {a: {b: c}}}
        Conditions: {C: !Equals [!Ref Token, !Ref AWS::StackId]}
        Resources:
          Shop:
            Type: AWS::CodePipeline::Pipeline
            Properties:
              Name: !FindInMap [M, !Ref Token, b]
              RoleArn: !Select [!Ref Token, [a]]
              A: !If [C, !Ref Token, b]
              B: !Split ['', !Ref Token]
              RestartExecutionOnUpdate: !Ref Token
        """,
        {"Token": "hunter2"},
    )
    assert "NoEcho" in str(template.pipelines[0].unresolved)
    assert "hunter2" not in str(template)
