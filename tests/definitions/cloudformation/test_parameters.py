from __future__ import annotations

import pytest

from reconciler.pipeline.arns import Target
from reconciler.pipeline.unknown import Unknown


@pytest.mark.parametrize(
    ("declaration", "given", "value"),
    [
        pytest.param({"Type": "String", "Default": "a"}, {}, "a", id="default"),
        pytest.param({"Type": "String", "Default": "a"}, {"P": "b"}, "b", id="given"),
        pytest.param({"Type": "String"}, {"P": ""}, "", id="given and empty"),
        pytest.param({"Type": "String", "Default": False}, {}, "false", id="boolean"),
        pytest.param({"Type": "Number", "Default": 8}, {}, "8", id="number"),
        pytest.param({"Default": 8}, {}, "8", id="without a type"),
        pytest.param({"Type": "CommaDelimitedList", "Default": "a, b"}, {}, ["a", "b"], id="list"),
        pytest.param({"Type": "List<Number>", "Default": 1}, {"P": [1, 2]}, ["1", "2"], id="list, given as one"),
    ],
)
def test_a_parameter_has_the_given_value_or_its_default_as_text(resolve, declaration, given, value):
    assert resolve("!Ref P", given, Parameters={"P": declaration}) == (value, [], [])


@pytest.mark.parametrize(
    ("declaration", "given", "note"),
    [
        pytest.param({"Type": "String"}, {"Q": "b"}, "the parameter P has no value", id="no value"),
        pytest.param(
            {"Type": "AWS::SSM::Parameter::Value<String>", "Default": "/key"},
            {"P": "/other"},
            "the parameter P is read from SSM when the stack is made",
            id="SSM",
        ),
    ],
)
def test_a_parameter_without_a_value_of_its_own_is_unknown(resolve, declaration, given, note):
    resolved = resolve("!Ref P", given, Parameters={"P": declaration})
    assert (resolved.value, resolved.faults, resolved.notes) == ("${P}", [], [note])
    assert isinstance(resolved.value, Unknown)


@pytest.mark.parametrize(
    ("declaration", "given", "fault"),
    [
        pytest.param("String", {}, "Parameters.P: the parameter P is not a mapping", id="no mapping"),
        pytest.param(
            {"Type": "String", "Default": {"Ref": "P"}},
            {},
            "Parameters.P.Default: the value of the parameter P is not plain text",
            id="default that refers to itself",
        ),
        pytest.param(
            {"Type": "String"}, {"P": None}, "Parameters.P: the value of the parameter P is not plain text", id="null"
        ),
        pytest.param(
            {"Type": "String"}, {"P": ["a"]}, "Parameters.P: the value of the parameter P is not plain text", id="list"
        ),
    ],
)
def test_a_parameter_that_is_no_text_is_a_fault_at_the_parameter(resolve, declaration, given, fault):
    assert resolve("!Ref P", given, Parameters={"P": declaration}).faults == [fault]


@pytest.mark.parametrize(
    ("name", "region", "value"),
    [
        pytest.param("AccountId", "eu-west-1", "111122223333", id="account"),
        pytest.param("Region", "eu-west-1", "eu-west-1", id="Region"),
        pytest.param("Partition", "eu-west-1", "aws", id="partition"),
        pytest.param("Partition", "us-gov-west-1", "aws-us-gov", id="partition of the government"),
        pytest.param("URLSuffix", "eu-west-1", "amazonaws.com", id="domain"),
        pytest.param("URLSuffix", "cn-north-1", "amazonaws.com.cn", id="domain in China"),
    ],
)
def test_pseudo_parameters_come_from_the_target(resolve, name, region, value):
    target = Target("111122223333", region)
    assert resolve(f"!Ref AWS::{name}", target=target) == (value, [], [])
    assert resolve(f"!Sub '${{AWS::{name}}}'", target=target).value == value


@pytest.mark.parametrize(
    "name", ["AWS::AccountId", "AWS::Partition", "AWS::Region", "AWS::StackName", "AWS::URLSuffix"]
)
def test_without_a_target_pseudo_parameters_are_unknown(resolve, name):
    resolved = resolve(f"!Ref {name}", target=None)
    assert (resolved.value, resolved.notes) == (f"${{{name}}}", [f"{name} is not known here"])
    assert isinstance(resolved.value, Unknown)


def test_the_name_of_the_stack_can_be_given(resolve):
    assert resolve("!Sub '${AWS::StackName}-x'", {"AWS::StackName": "shop"}).value == "shop-x"


def test_the_target_wins_over_what_is_given_for_its_region(resolve):
    assert resolve("!Ref AWS::Region", {"AWS::Region": "us-east-1"}).value == "eu-west-1"


def test_the_domain_of_a_partition_that_is_not_in_the_table_is_unknown(resolve):
    assert isinstance(resolve("!Ref AWS::URLSuffix", target=Target("111122223333", "us-iso-east-1")).value, Unknown)


def test_a_region_that_is_given_says_its_partition_and_domain(resolve):
    given = {"AWS::Region": "cn-north-1"}
    assert resolve("!Sub '${AWS::Partition} ${AWS::URLSuffix}'", given, target=None).value == "aws-cn amazonaws.com.cn"


def test_a_partition_that_is_given_stands_beside_a_given_region(resolve):
    given = {"AWS::Region": "eu-west-1", "AWS::Partition": "aws-iso"}
    assert resolve("!Ref AWS::Partition", given, target=None).value == "aws-iso"


@pytest.mark.parametrize(
    "declaration", [{"NoEcho": True, "Default": "x"}, {"NoEcho": "true"}], ids=["default", "given"]
)
def test_the_value_of_a_parameter_with_noecho_is_not_looked_at(resolve, declaration):
    resolved = resolve("!Sub 'a${P}'", {"P": "hunter2"}, Parameters={"P": declaration})
    assert isinstance(resolved.value, Unknown)
    assert resolved.value == "a${P}"
    assert resolved.notes == ["the parameter P has NoEcho, so its value is not looked at"]


def test_a_parameter_with_noecho_and_without_a_value_has_none(resolve):
    notes = resolve("!Ref P", {}, Parameters={"P": {"NoEcho": True}}).notes
    assert notes == ["the parameter P has no value"]


@pytest.mark.parametrize(("value", "chosen"), [("", "without"), ("hunter2", "with")])
def test_a_condition_may_compare_a_parameter_with_noecho(resolve, value, chosen):
    sections = {
        "Parameters": {"P": {"NoEcho": True}},
        "Conditions": {"HasP": {"Fn::Not": [{"Fn::Equals": [{"Ref": "P"}, ""]}]}},
    }
    assert resolve("!If [HasP, with, without]", {"P": value}, **sections) == (chosen, [], [])


def test_a_condition_may_not_show_a_parameter_with_noecho_by_looking_it_up(resolve):
    sections = {
        "Parameters": {"P": {"NoEcho": True}},
        "Mappings": {"M": {"a": {"b": "c"}}},
        "Conditions": {"C": {"Fn::Equals": [{"Fn::FindInMap": ["M", {"Ref": "P"}, "b"]}, "c"]}},
    }
    resolved = resolve("!If [C, x, y]", {"P": "hunter2"}, **sections)
    assert isinstance(resolved.value, Unknown)
    assert resolved.faults == []
