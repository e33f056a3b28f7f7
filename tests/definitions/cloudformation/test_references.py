from __future__ import annotations

import pytest

from reconciler.definitions.cloudformation.references import KINDS
from reconciler.pipeline.unknown import Unknown


def resource(kind, **properties):
    return {"R": {"Type": kind, "Properties": properties}}


@pytest.mark.parametrize(
    ("resources", "text", "value"),
    [
        pytest.param(resource("AWS::S3::Bucket", BucketName="shop"), "!Ref R", "shop", id="bucket"),
        pytest.param(
            resource("AWS::S3::Bucket", BucketName="shop"), "!GetAtt R.Arn", "arn:aws:s3:::shop", id="its ARN"
        ),
        pytest.param(
            resource("AWS::IAM::Role", RoleName="p"), "!GetAtt R.Arn", "arn:aws:iam::111122223333:role/p", id="role"
        ),
        pytest.param(
            resource("AWS::IAM::Role", RoleName="p", Path="/ci/"),
            "!GetAtt [R, Arn]",
            "arn:aws:iam::111122223333:role/ci/p",
            id="role with a path",
        ),
        pytest.param(
            resource("AWS::IAM::Role", RoleName="p", Path={"Ref": "AWS::NoValue"}),
            "!GetAtt R.Arn",
            "arn:aws:iam::111122223333:role/p",
            id="role with a path without value",
        ),
        pytest.param(
            resource("AWS::CodeBuild::Project", Name={"Fn::Sub": "web-${AWS::Region}"}),
            "!Ref R",
            "web-eu-west-1",
            id="project named by a function",
        ),
        pytest.param(
            resource("AWS::CodeBuild::Project", Name="web"),
            "!Sub '${R}|${R.Arn}'",
            "web|arn:aws:codebuild:eu-west-1:111122223333:project/web",
            id="Sub",
        ),
        pytest.param(
            resource("AWS::CodeCommit::Repository", RepositoryName="r"), "!GetAtt R.Name", "r", id="repository"
        ),
        pytest.param(
            resource("AWS::SNS::Topic", TopicName="t"), "!Ref R", "arn:aws:sns:eu-west-1:111122223333:t", id="topic"
        ),
        pytest.param(resource("AWS::CodePipeline::Pipeline", Name="shop-dev"), "!Ref R", "shop-dev", id="pipeline"),
    ],
)
def test_a_resource_with_a_name_in_the_template_is_known(resolve, resources, text, value):
    assert resolve(text, Resources=resources) == (value, [], [])


@pytest.mark.parametrize(
    ("resources", "text", "name"),
    [
        pytest.param(resource("AWS::S3::Bucket"), "!Ref R", "R", id="no name"),
        pytest.param(resource("AWS::S3::Bucket", BucketName=""), "!Ref R", "R", id="empty name"),
        pytest.param(resource("AWS::S3::Bucket", BucketName=["a"]), "!Ref R", "R", id="a list for a name"),
        pytest.param(
            resource("AWS::S3::Bucket", BucketName={"Ref": "AWS::NoValue"}), "!Ref R", "R", id="a name without value"
        ),
        pytest.param({"R": {"Type": "AWS::S3::Bucket"}}, "!Ref R", "R", id="no properties"),
        pytest.param({"R": {"Type": "AWS::S3::Bucket", "Properties": []}}, "!Ref R", "R", id="properties no mapping"),
        pytest.param({"R": "bucket"}, "!Ref R", "R", id="resource no mapping"),
        pytest.param(resource("AWS::S3::Bucket", BucketName={"Ref": "Open"}), "!Ref R", "R", id="unknown name"),
        pytest.param(resource("AWS::CodeCommit::Repository", RepositoryName="r"), "!Ref R", "R", id="an id for a name"),
        pytest.param(resource("AWS::CodePipeline::Pipeline", Name="p"), "!GetAtt R.Version", "R.Version", id="version"),
        pytest.param(resource("AWS::CloudFormation::Stack"), "!GetAtt R.Outputs.X", "R.Outputs.X", id="nested output"),
        pytest.param(resource("Custom::Thing", Name="a"), "!Ref R", "R", id="custom resource"),
    ],
)
def test_what_aws_alone_knows_is_unknown_by_its_name(resolve, resources, text, name):
    resolved = resolve(text, Resources=resources, Parameters={"Open": {"Type": "String"}})
    assert (resolved.value, type(resolved.value)) == (f"${{{name}}}", Unknown)
    assert (resolved.faults, resolved.notes) == ([], [f"AWS alone knows {name}"])


def test_the_note_says_which_property_would_make_it_known(read):
    template = read("""
        Resources:
          Role: {Type: AWS::IAM::Role}
          Shop: {Type: AWS::CodePipeline::Pipeline, Properties: {Name: shop, RoleArn: !GetAtt Role.Arn}}
    """)
    assert [note.hint for note in template.pipelines[0].unresolved] == ["give Role a known RoleName"]


def test_an_arn_in_an_unknown_account_is_unknown(resolve):
    resources = resource("AWS::IAM::Role", RoleName="p")
    assert isinstance(resolve("!GetAtt R.Arn", target=None, Resources=resources).value, Unknown)
    assert resolve("!Ref R", target=None, Resources=resources).value == "p"


def test_names_that_lead_to_each_other_are_a_fault(resolve):
    resources = {
        "A": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": {"Ref": "B"}}},
        "B": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": {"Fn::Sub": "${A}-b"}}},
    }
    assert resolve("!Ref A", Resources=resources).faults == ["Resources.A: the name of A depends on itself"]


def test_an_attribute_may_be_computed(resolve):
    resources = resource("AWS::S3::Bucket", BucketName="shop")
    assert resolve("Fn::GetAtt: [R, !Sub 'Arn']", Resources=resources).value == "arn:aws:s3:::shop"


@pytest.mark.parametrize("kind", KINDS)
def test_every_row_of_the_table_gives_known_text(resolve, kind):
    properties = ("Name", "RepositoryName", "ApplicationName", "DeploymentGroupName", "ClusterName", "RoleName")
    more = ("AliasName", "FunctionName", "BucketName", "TopicName")
    resources = resource(kind, **dict.fromkeys((*properties, *more), "given"))
    for attribute in KINDS[kind]:
        text = "!Ref R" if attribute == "Ref" else f"!GetAtt R.{attribute}"
        value, faults, notes = resolve(text, Resources=resources)
        assert (faults, notes, "$" in value, "given" in value) == ([], [], False, True)
