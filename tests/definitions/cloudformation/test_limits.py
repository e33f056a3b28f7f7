from __future__ import annotations

from time import process_time
from typing import Any

import pytest

from reconciler.definitions import cloudformation
from reconciler.definitions.cloudformation.resolver import MAX_CHARACTERS
from reconciler.pipeline.unknown import Unknown

TRUE = {"Fn::Equals": ["a", "a"]}


def nested(levels: int, wrap: Any) -> Any:
    value: Any = "x"
    for _ in range(levels):
        value = wrap(value)
    return value


def template(name: Any, **sections: Any) -> dict[str, Any]:
    pipeline = {"Type": "AWS::CodePipeline::Pipeline", "Properties": {"Name": name}}
    return {"Resources": {"Shop": pipeline} | sections.pop("resources", {}), **sections}


@pytest.mark.parametrize(
    "wrap",
    [
        pytest.param(lambda value: [value], id="lists"),
        pytest.param(lambda value: {"Plain": value}, id="mappings"),
        pytest.param(lambda value: {"Fn::If": ["C", value, "y"]}, id="If"),
        pytest.param(lambda value: {"Fn::Join": ["", [value, "y"]]}, id="Join"),
        pytest.param(lambda value: {"Fn::Sub": ["${a}", {"a": value}]}, id="Sub"),
        pytest.param(lambda value: {"Fn::Select": [0, [value]]}, id="Select"),
        pytest.param(lambda value: {"Fn::FindInMap": ["M", "a", "b", {"DefaultValue": value}]}, id="FindInMap"),
    ],
)
def test_what_is_nested_too_deeply_is_one_fault(wrap):
    read = cloudformation.read(template(nested(200, wrap), Conditions={"C": TRUE}), {}, None)
    assert [fault.message for fault in read.faults] == ["values are nested too deeply"]


@pytest.mark.parametrize("operator", ["Condition", "Fn::Not", "Fn::And"])
def test_a_long_chain_of_conditions_is_a_fault(operator):
    operands = {
        "Condition": lambda name: {"Condition": name},
        "Fn::Not": lambda name: {"Fn::Not": [{"Condition": name}]},
        "Fn::And": lambda name: {"Fn::And": [{"Condition": name}, TRUE]},
    }
    chain = {f"C{index}": operands[operator](f"C{index + 1}") for index in range(300)} | {"C300": TRUE}
    read = cloudformation.read(template({"Fn::If": ["C0", "a", "b"]}, Conditions=chain), {}, None)
    assert [fault.message for fault in read.faults] == ["values are nested too deeply"]
    assert isinstance(read.pipelines[0].document["name"], Unknown)


def test_a_long_chain_of_names_is_a_fault():
    buckets = {
        f"B{index}": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": {"Fn::Sub": f"${{B{index + 1}}}"}}}
        for index in range(300)
    }
    read = cloudformation.read(template({"Ref": "B0"}, resources=buckets), {}, None)
    assert [fault.message for fault in read.faults] == ["values are nested too deeply"]


@pytest.mark.parametrize(
    "wrap",
    [
        pytest.param(lambda value: {"Fn::Sub": ["${a}${a}${a}", {"a": value}]}, id="Sub"),
        pytest.param(lambda value: {"Fn::Base64": {"Fn::Sub": ["${a}${a}", {"a": value}]}}, id="Base64"),
        pytest.param(lambda value: {"Fn::Join": [value, ["", "", "", ""]]}, id="Join"),
    ],
)
def test_a_small_text_cannot_ask_for_a_huge_value(wrap):
    read = cloudformation.read(template(nested(20, wrap)), {}, None)
    assert [fault.path for fault in read.faults] == [()]
    assert f"{MAX_CHARACTERS:,}" in read.faults[0].message


def test_many_references_to_a_long_value_are_bounded_too():
    stages = [{"Ref": "Long"}] * 100
    read = cloudformation.read(template(stages, Parameters={"Long": {"Default": "x" * 100_000}}), {}, None)
    assert [fault.path for fault in read.faults] == [()]


def test_thirty_times_as_many_actions_take_nowhere_near_nine_hundred_times_as_long():
    action = {"Name": {"Fn::Sub": "${AWS::Region}-x"}, "Configuration": {"A": {"Fn::Join": ["", ["a", "b"]]}}}
    small, large = (template([action] * size) for size in (100, 3_000))
    assert seconds(large) < 150 * max(seconds(small), 0.001)


def seconds(value: dict[str, Any]) -> float:
    start = process_time()
    cloudformation.read(value, {}, None)
    return process_time() - start
