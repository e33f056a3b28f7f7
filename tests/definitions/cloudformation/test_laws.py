from __future__ import annotations

from typing import Any

from hypothesis import assume, given
from hypothesis import strategies as st

from reconciler.definitions import cloudformation
from reconciler.definitions.cloudformation.conditions import _OPERATORS
from reconciler.definitions.cloudformation.functions import FUNCTIONS
from reconciler.pipeline.unknown import Unknown

NAMES = ("A", "B", "Shop", "AWS::Region", "AWS::NoValue", "a.b", "${A}", "${B.Arn}-{{resolve:x}}", "", "1")
KEYS = (*FUNCTIONS, *_OPERATORS, "Fn::If", "Fn::ForEach::X", "Fn::Else", "Name", "name", "Tags", "Type", "Default")
SCALARS = st.none() | st.booleans() | st.integers(-3, 3) | st.sampled_from(NAMES)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=2),
    max_leaves=30,
)
PROPERTIES = st.dictionaries(
    st.sampled_from(("Name", "Stages", "ArtifactStores", "Tags", "RestartExecutionOnUpdate")), VALUES
)
SECTIONS = st.fixed_dictionaries(
    {},
    optional={
        "Parameters": st.dictionaries(st.sampled_from("AB"), VALUES) | VALUES,
        "Conditions": st.dictionaries(st.sampled_from("AB"), VALUES) | VALUES,
        "Mappings": st.dictionaries(st.sampled_from("AB"), VALUES) | VALUES,
        "Transform": VALUES,
    },
)


def unknowns(value: Any) -> bool:
    if isinstance(value, dict):
        return any(map(unknowns, [*value, *value.values()]))
    return any(map(unknowns, value)) if isinstance(value, list) else isinstance(value, Unknown)


@given(properties=PROPERTIES | VALUES, bucket=VALUES, sections=SECTIONS)
def test_whatever_stands_there_nothing_raises_and_what_is_unknown_has_a_reason(properties, bucket, sections):
    shop = {"Type": "AWS::CodePipeline::Pipeline", "Properties": properties}
    resources = {"Shop": shop, "B": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": bucket}}}
    read = cloudformation.read({"Resources": resources, **sections}, {}, None)
    for pipeline in read.pipelines:
        assert not unknowns(pipeline.document) or pipeline.unresolved or read.faults
        assert () in pipeline.origins


TEXTS = st.sampled_from(("a", "b", "${Open}-${!x}", "${Bucket}", "0", ""))


def calls(inner: Any) -> Any:
    lists = st.lists(inner, max_size=3)
    return st.one_of(
        lists,
        st.builds(lambda name: {"Ref": name}, st.sampled_from(("Open", "List", "Bucket", "AWS::NoValue"))),
        st.builds(lambda name, yes, no: {"Fn::If": [name, yes, no]}, st.sampled_from("CD"), inner, inner),
        st.builds(lambda delimiter, items: {"Fn::Join": [delimiter, items]}, TEXTS, lists),
        st.builds(lambda text: {"Fn::Sub": text}, TEXTS),
        st.builds(lambda index, items: {"Fn::Select": [index, items]}, st.integers(0, 1), lists),
        st.builds(lambda items: {"Fn::Length": items}, lists),
        st.dictionaries(st.sampled_from(("Name", "RunOrder")), inner),
    )


CALLS = st.recursive(TEXTS, calls, max_leaves=12)
EQUALS = st.builds(lambda left, right: {"Fn::Equals": [left, right]}, CALLS, CALLS)
CONDITIONS = st.recursive(
    EQUALS,
    lambda inner: st.builds(
        lambda name, operands: {name: operands if name != "Fn::Not" else operands[:1]},
        st.sampled_from(("Fn::And", "Fn::Or", "Fn::Not")),
        st.lists(inner, min_size=2, max_size=3),
    ),
    max_leaves=4,
)


def agrees(before: Any, after: Any) -> bool:
    """Whether what was known stayed as it was; an unknown entry or member may have turned out to be none at all."""
    if isinstance(before, Unknown) or (isinstance(before, list) and any(isinstance(item, Unknown) for item in before)):
        return True
    if isinstance(before, dict):
        return after.keys() <= before.keys() and all(agrees(item, after.get(key)) for key, item in before.items())
    if isinstance(before, list):
        return len(before) == len(after) and all(map(agrees, before, after))
    return before == after and not isinstance(after, Unknown)


@given(stages=st.lists(CALLS, max_size=3), first=CONDITIONS, second=CONDITIONS, bucket=CALLS, value=TEXTS)
def test_what_was_known_without_a_value_is_the_same_with_any_value(stages, first, second, bucket, value):
    shop = {"Type": "AWS::CodePipeline::Pipeline", "Properties": {"Name": "shop", "Stages": stages}}
    template = {
        "Parameters": {"Open": {"Type": "String"}, "List": {"Type": "CommaDelimitedList", "Default": "a,b"}},
        "Conditions": {"C": first, "D": second},
        "Resources": {"Shop": shop, "Bucket": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": bucket}}},
    }
    before, after = (cloudformation.read(template, values, None) for values in ({}, {"Open": value}))
    assume(not before.faults and not after.faults)
    assert agrees(before.pipelines[0].document, after.pipelines[0].document)
