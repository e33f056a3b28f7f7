from __future__ import annotations

import json

import pytest

from reconciler import documents
from reconciler.definitions import cloudformation
from reconciler.errors import Invalid

SHORT = (
    "And", "Base64", "Cidr", "Equals", "FindInMap", "GetAZs", "GetAtt", "If", "ImportValue", "Join", "Length", "Not",
    "Or", "Select", "Split", "Sub", "ToJsonString", "Transform",
)  # fmt: skip

PIPELINE = """\
Resources:
  Shop:
    Type: AWS::CodePipeline::Pipeline
    Properties:
      Name: shop
      RoleArn: !If
        - Own
        - !GetAtt Role.Arn
        - {Fn::Sub: "${Given}"}
"""


def template_with(line: str) -> str:
    return f"{PIPELINE}\n  Bucket:\n    Type: AWS::S3::Bucket\n{line}"


@pytest.mark.parametrize("name", SHORT)
@pytest.mark.parametrize("argument", ["a.b", "[a, b]", "{a: b}"], ids=["text", "list", "mapping"])
def test_a_short_form_is_its_long_form(name, argument):
    short, long = (f"Resources: {{R: {{Type: T, P: {form}}}}}" for form in (
        f"!{name} {argument}", f"{{Fn::{name}: {argument}}}"))  # fmt: skip
    assert cloudformation.parse(short, "t.yaml") == cloudformation.parse(long, "t.yaml")


def test_ref_and_condition_have_no_prefix():
    value = cloudformation.parse("Resources: {R: {Type: T, A: !Ref X, B: !Condition Y}}", "t.yaml")
    assert value["Resources"]["R"] == {"Type": "T", "A": {"Ref": "X"}, "B": {"Condition": "Y"}}


def test_a_template_in_json_is_read_as_one_in_yaml():
    value = cloudformation.parse(PIPELINE, "t.yaml")
    assert cloudformation.parse(json.dumps(value), "t.json") == value


def test_an_anchor_with_a_short_form_may_be_used_again():
    value = cloudformation.parse("Resources: {R: {Type: T, A: &a [!Ref X], B: *a}}", "t.yaml")
    assert value["Resources"]["R"]["B"] == [{"Ref": "X"}]


def test_the_words_that_yaml_1_1_takes_for_booleans_are_booleans_unless_quoted():
    value = cloudformation.parse("Resources: {R: {Type: T, A: no, B: 'no', C: !Ref no, D: Yes, E: nope}}", "t.yaml")
    assert value["Resources"]["R"] == {"Type": "T", "A": False, "B": "no", "C": {"Ref": "no"}, "D": True, "E": "nope"}


@pytest.mark.parametrize(
    "source",
    [
        pytest.param("pipeline: {name: !Ref X}", id="native file"),
        pytest.param("# Resources\nname: !Sub x", id="native file that says Resources"),
        pytest.param("Resources: {R: {Type: T, P: !Foo x}}", id="tag that CloudFormation does not have"),
        pytest.param("Resources: {R: {Type: T, P: !!python/object x}}", id="tag that executes"),
        pytest.param("Resources: {R: {Type: T, !Ref a: x}}", id="tag on a key"),
    ],
)
def test_a_tag_in_the_wrong_place_is_refused(source):
    with pytest.raises(Invalid, match=r"the YAML tag .* is not read here"):
        cloudformation.parse(source, "t.yaml")


@pytest.mark.parametrize(
    ("line", "place"),
    [
        pytest.param("Parameters: {A: {Type: String, Type: Number}}", ("Parameters", "A", "Type"), id="parameter"),
        pytest.param("Outputs: {A: 1, A: 2}", ("Outputs", "A"), id="output"),
        pytest.param("    Tags: [1]\n    Tags: [2]", ("Resources", "Bucket", "Tags"), id="another resource"),
    ],
)
def test_of_two_equal_keys_elsewhere_the_last_one_counts_as_in_cloudformation(line, place):
    value = cloudformation.parse(template_with(line), "t.yaml")
    last = documents.parse(template_with(line), "t.yaml", cloudformation.DIALECT, [])
    assert value == last
    for part in place:
        value = value[part]
    assert value in ("Number", 2, [2])


@pytest.mark.parametrize(
    ("source", "message"),
    [
        pytest.param(
            PIPELINE + "      Name: other", "t.yaml:10:7: Resources.Shop.Properties.Name: the key 'Name'", id="in"
        ),
        pytest.param(
            PIPELINE + "  Shop: {Type: AWS::S3::Bucket}", "t.yaml:10:3: Resources.Shop: the key 'Shop'", id="resource"
        ),
        pytest.param(
            PIPELINE + "Resources: {R: {Type: T}}", "t.yaml:10:1: Resources: the key 'Resources'", id="section"
        ),
        pytest.param(
            json.dumps({"Resources": {"R": {"Type": "AWS::CodePipeline::Webhook", "A": 1, "B": 2}}}).replace("B", "A"),
            "t.yaml:1:68: Resources.R.A: the key 'A'",
            id="JSON",
        ),
    ],
)
def test_in_a_pipeline_and_for_a_whole_resource_a_key_stands_once(source, message):
    with pytest.raises(Invalid) as raised:
        cloudformation.parse(source, "t.yaml")
    assert [str(problem) for problem in raised.value.problems] == [f"{message} stands here twice (keep one of them)"]


def test_every_key_that_stands_twice_is_told():
    with pytest.raises(Invalid) as raised:
        cloudformation.parse(PIPELINE + "      Name: x\n      Name: y\n      Tags: []\n      Tags: []\n", "t.yaml")
    assert [problem.path for problem in raised.value.problems] == [
        "Resources.Shop.Properties.Name", "Resources.Shop.Properties.Tags"]  # fmt: skip


@pytest.mark.parametrize(
    ("path", "place"),
    [
        pytest.param(("RoleArn",), (6, 7), id="key of the value"),
        pytest.param(("RoleArn", "Fn::If"), (6, 16), id="short form"),
        pytest.param(("RoleArn", "Fn::If", 1), (8, 11), id="argument"),
        pytest.param(("RoleArn", "Fn::If", 1, "Fn::GetAtt"), (8, 11), id="short form in there"),
        pytest.param(("RoleArn", "Fn::If", 2, "Fn::Sub"), (9, 12), id="long form"),
    ],
)
def test_positions_know_the_long_form_of_a_short_one(path, place):
    positions = documents.positions(PIPELINE, cloudformation.DIALECT)
    assert positions["Resources", "Shop", "Properties", *path] == place


@pytest.mark.parametrize(
    ("value", "yes"),
    [
        pytest.param({"Resources": {"A": {"Type": "AWS::S3::Bucket"}}}, True, id="resources"),
        pytest.param({"AWSTemplateFormatVersion": "2010-09-09"}, True, id="version"),
        pytest.param({"Resources": {"A": {"Type": 1}}}, False, id="no types"),
        pytest.param({"Resources": []}, False, id="resources no mapping"),
        pytest.param({"pipeline": {"name": "x"}}, False, id="native"),
        pytest.param(["Resources"], False, id="list"),
        pytest.param(None, False, id="empty"),
    ],
)
def test_a_template_is_known_by_its_content(value, yes):
    assert cloudformation.is_template(value) is yes
