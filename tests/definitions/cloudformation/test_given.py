from __future__ import annotations

import pytest

from reconciler.definitions.cloudformation import given


@pytest.mark.parametrize(
    "document",
    [
        pytest.param([{"ParameterKey": "Project", "ParameterValue": "shop"}], id="list of the AWS CLI"),
        pytest.param({"Parameters": {"Project": "shop"}, "Tags": {"team": "shop"}}, id="template configuration"),
        pytest.param({"Project": "shop"}, id="plain mapping"),
        pytest.param(
            {"StackName": "s", "Parameters": [{"ParameterKey": "Project", "ParameterValue": "shop"}]}, id="CLI input"
        ),
    ],
)
def test_values_come_in_the_shapes_that_people_have(document):
    values, faults = given.read(document)
    assert ({name: value.text for name, value in values.items()}, faults) == ({"Project": "shop"}, ())


def test_a_value_knows_its_place():
    values, _ = given.read([{"ParameterKey": "A", "ParameterValue": "a"}])
    assert values["A"].path == (0, "ParameterValue")
    assert given.read({"Parameters": {"A": "a"}})[0]["A"].path == ("Parameters", "A")


@pytest.mark.parametrize(
    ("value", "written"),
    [(True, "true"), (8, "8"), ("", ""), (["a", 1], "a,1"), (None, None), ({}, None), ([{}], None)],
)
def test_a_value_is_written_as_cloudformation_takes_it(value, written):
    assert given.text(value) == written


def test_a_previous_value_is_not_known_and_no_fault():
    assert given.read([{"ParameterKey": "A", "UsePreviousValue": True}]) == ({}, ())


def test_an_empty_file_gives_nothing():
    assert given.read(None) == ({}, ())


@pytest.mark.parametrize(
    ("document", "path", "message"),
    [
        pytest.param("hunter2", (), "this holds no parameters", id="text"),
        pytest.param(["hunter2"], (0,), "an entry has ParameterKey and ParameterValue", id="entry"),
        pytest.param({"A": {"hunter2": "hunter2"}}, ("A",), "the value of the parameter A is not text", id="mapping"),
    ],
)
def test_a_fault_names_its_place_and_never_the_value(document, path, message):
    values, (fault,) = given.read(document)
    assert (values, fault.path, fault.message) == ({}, path, message)
    assert "hunter2" not in fault.hint


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("Projekt", "did you mean Project?"),
        ("Zzz", "correct the name, or remove it"),
        ("AWS::Regoin", "did you mean AWS::Region?"),
    ],
)
def test_a_name_that_no_template_has_is_a_fault_with_the_nearest_one(name, hint):
    (fault,) = given.strange({name: (name,), "Project": ("Project",), "AWS::StackName": ()}, ["Project"])
    assert (fault.path, fault.hint) == ((name,), hint)
