"""What editors are told of definition files is what the readers say of them."""

from __future__ import annotations

import copy
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from botocore.loaders import Loader
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from builders import action, build, pipeline, sources, stage
from reconciler import documents
from reconciler.definitions import jsonschema, native, reading, sets
from reconciler.definitions.basis import Basis
from reconciler.definitions.jsonschema import shapes
from reconciler.definitions.sets import outline
from reconciler.pipeline import schema
from strategies import declarations, law

if TYPE_CHECKING:
    from collections.abc import Iterator

CONFIG = Path(__file__).parents[2] / "config"
SAMPLES = sorted((CONFIG / "pipelines").rglob("*.yaml"))
MODEL: dict[str, Any] = Loader().load_service_model("codepipeline", "service-2")["shapes"]

SET = """
project: shop
purpose: deploy
environments: [dev, prod]
regions: {prod: [eu-west-1, us-east-1]}
facts: {prod: {bucket: {eu-west-1: one, us-east-1: two}, approvers: 2}}
pipeline:
  name: ${project}-${environment}-${purpose}
  roleArn: arn:aws:iam::${account}:role/pipeline
  artifactStore: {type: S3, location: "${bucket}"}
  stages:
    - name: Source
      actions:
        - name: Checkout
          actionTypeId: {category: Source, owner: AWS, provider: S3, version: "1"}
          configuration: {S3Bucket: "${bucket}", S3ObjectKey: web.zip}
          outputArtifacts: [{name: source}]
    - name: Deploy
      actions:
        - name: Site
          actionTypeId: {category: Deploy, owner: AWS, provider: S3, version: "1"}
          configuration: {BucketName: "${bucket}", Extract: true}
          inputArtifacts: [{name: source}]
overrides:
  dev:
  prod:
    executionMode: QUEUED
    artifactStore: null
    tags: {cost: prod}
    transitions: {Deploy: {inbound: disabled, reason: freeze}}
    stages:
      - name: Approve
        $before: Deploy
        actions:
          - name: Person
            actionTypeId: {category: Approval, owner: AWS, provider: Manual, version: "1"}
      - name: Deploy
        actions:
          - {name: Site, $replace: true, runOrder: 2}
          - {name: Old, $delete: true}
tags: {team: "${project}"}
sync: {adopt: true, interrupt: wait}
"""


@cache
def validator() -> Draft202012Validator:
    return Draft202012Validator(jsonschema.definitions())


def wrong(value: Any) -> list[str]:
    """Give the places of a document that an editor marks."""
    return [error.json_path for error in validator().iter_errors(value)]


def wrapped(**members: Any) -> dict[str, Any]:
    return {"pipeline": pipeline(), **members}


def a_set(*path: str | int, value: object = None) -> dict[str, Any]:
    """Give the set with one place changed."""
    document = place = yaml.safe_load(SET)
    for part in path[:-1]:
        place = place[part]
    if path:
        place[path[-1]] = value
    return document


def below(root: str) -> Iterator[str]:
    """Give the names of the shapes that one is made of."""
    seen, pending = set[str](), [root]
    while pending:
        if (name := pending.pop()) not in seen:
            seen.add(name)
            shape = MODEL[name]
            parts = [*shape.get("members", {}).values(), *(shape.get(key) for key in ("member", "key", "value"))]
            pending += [part["shape"] for part in parts if part]
    yield from sorted(seen)


STRUCTURES = [name for name in below("PipelineDeclaration") if MODEL[name]["type"] == "structure"]


# The schema itself


def test_the_schema_is_one_of_draft_2020_12():
    Draft202012Validator.check_schema(jsonschema.definitions())


def test_every_reference_leads_somewhere():
    document = jsonschema.definitions()
    used = {each["$ref"] for each in nodes(document) if "$ref" in each}
    assert {reference.removeprefix("#/$defs/") for reference in used} == set(document["$defs"]) - {
        "patch." + shapes.ROOT
    }


def nodes(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
    for each in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from nodes(each)


@pytest.mark.parametrize("name", STRUCTURES)
def test_every_member_of_the_service_model_is_there_and_described(name):
    found = jsonschema.definitions()["$defs"][name]
    assert set(found["properties"]) == set(MODEL[name]["members"])
    assert found.get("required", []) == MODEL[name].get("required", [])
    assert [member for member, value in found["properties"].items() if not value.get("description")] == []


def test_nothing_is_described_that_is_not_there():
    ours = {"Native", "Set", "Patch", "Suspend", "Sync", "Transition"}
    named = {name: set(MODEL[name]["members"]) for name in shapes.descriptions().keys() - ours}
    assert {name: set(told) - named[name] for name, told in shapes.descriptions().items() if name in named} == {
        name: set() for name in named
    }


def test_descriptions_are_our_own_words():
    theirs = " ".join(part.get("documentation", "") for shape in MODEL.values() for part in nodes(shape))
    told = [text for members in shapes.descriptions().values() for text in members.values()]
    assert [text for text in told if len(text) > 20 and text.rstrip(".") in theirs] == []


@pytest.mark.parametrize(
    ("form", "members"),
    [pytest.param("native", native.MEMBERS, id="native"), pytest.param("set", outline.MEMBERS, id="set")],
)
def test_a_form_has_the_members_that_its_reader_knows(form, members):
    properties = jsonschema.definitions()["$defs"][form]["properties"]
    assert set(properties) == set(members)
    assert all(value.get("description") for value in properties.values())


# What is right


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_a_sample_is_right_in_an_editor(path):
    assert wrong(documents.parse(path.read_text(encoding="utf-8"), path.name)) == []


@pytest.mark.parametrize(
    "value",
    [
        pytest.param(pipeline(), id="bare"),
        pytest.param(wrapped(metadata={"created": "2026-01-01"}), id="what get-pipeline prints"),
        pytest.param(wrapped(tags=None, sync=None, region=None, environment=None), id="nothing behind a key"),
        pytest.param(wrapped(tags=[{"key": "team", "value": "shop"}]), id="tags as a list"),
        pytest.param(wrapped(transitions={"Build": {"inbound": "disabled", "reason": "freeze"}}), id="a transition"),
        pytest.param({"Resources": {"A": {"Type": "AWS::S3::Bucket"}}}, id="a template"),
        pytest.param(a_set(), id="a set"),
    ],
)
def test_a_form_is_right_for_the_editor_and_for_its_reader(value):
    assert wrong(value) == []
    if not {"Resources", "environments"} & value.keys():
        assert native.judge(value, Basis()) == ()


def test_the_set_is_one_for_its_reader():
    assert sets.is_set(a_set())
    assert [fault for fault in sets.judge(a_set(), Basis()) if "not known here" in fault.message] == []


def test_an_action_type_is_right():
    counts = {"minimumCount": 0, "maximumCount": 1}
    kind = {"category": "Build", "provider": "Mine", "version": "1"}
    assert wrong({**kind, "inputArtifactDetails": counts, "outputArtifactDetails": counts}) == []


# What is wrong


@pytest.mark.parametrize(
    ("value", "place"),
    [
        pytest.param([], "$", id="no mapping"),
        pytest.param({}, "$", id="nothing in it"),
        pytest.param(wrapped(tag={}), "$", id="a member that there is not"),
        pytest.param({"pipeline": {**pipeline(), "stage": []}}, "$.pipeline", id="a misspelt member"),
        pytest.param({"pipeline": {**pipeline(), "roleArn": "role"}}, "$.pipeline.roleArn", id="a pattern"),
        pytest.param({"pipeline": {**pipeline(), "name": "n" * 101}}, "$.pipeline.name", id="too long"),
        pytest.param({**pipeline(), "name": ""}, "$.name", id="too short"),
        pytest.param({**pipeline(), "pipelineType": "V3"}, "$.pipelineType", id="no such value"),
        pytest.param({**pipeline(), "version": 0}, "$.version", id="too small"),
        pytest.param({**pipeline(), "version": "1"}, "$.version", id="a number in quotes"),
        pytest.param({**pipeline(), "triggers": [{}] * 51}, "$.triggers", id="too many"),
        pytest.param({**pipeline(), "variables": [{"name": "a b"}]}, "$.variables[0].name", id="deep inside"),
        pytest.param({"name": "shop-dev-deploy"}, "$", id="a bare one that is not finished"),
        pytest.param({**pipeline(), "artifactStores": {"eu": {}}}, "$.artifactStores", id="a key of a mapping"),
        pytest.param({**pipeline(), "name": "${project}"}, "$.name", id="a spot to fill in outside a set"),
        pytest.param(wrapped(tags={"aws:x": "1"}), "$.tags", id="a reserved tag"),
        pytest.param(wrapped(tags={f"t{number}": "" for number in range(50)}), "$.tags", id="too many tags"),
        pytest.param(wrapped(sync={"adopt": "yes"}), "$.sync", id="no choice of sync"),
        pytest.param(wrapped(transitions={"Build": {"reason": "x"}}), "$.transitions", id="no direction"),
        pytest.param(wrapped(region="eu"), "$.region", id="no Region"),
        pytest.param(a_set("environments", value=[]), "$.environments", id="a set for nowhere"),
        pytest.param(a_set("enviroments", value=[]), "$", id="a set with a misspelt member"),
        pytest.param(a_set("pipeline", "roleArn", value="role"), "$.pipeline.roleArn", id="a pattern in a set"),
        pytest.param(a_set("facts", "prod", "account", value="1"), "$.facts", id="a fact that is there already"),
        pytest.param(a_set("overrides", "prod", "stages", 0, "$befor", value="x"), "$.overrides", id="a misspelt word"),
        pytest.param(a_set("overrides", "prod", "stages", 0, "name", value=None), "$.overrides", id="an item unnamed"),
        pytest.param(a_set("overrides", "prod", "stagez", value=[]), "$.overrides", id="a misspelt member laid over"),
        pytest.param({"category": "Build", "inputArtifactDetails": {}}, "$", id="half an action type"),
    ],
)
def test_a_mistake_is_marked_where_it_stands(value, place):
    assert place in wrong(value)


def test_a_configuration_value_may_stand_without_quotes():
    document = pipeline(
        stages=[sources(), stage("Build", build(configuration={"ProjectName": "web", "N": 1, "B": True}))]
    )
    assert wrong(document) == []
    document["stages"][1]["actions"][0]["configuration"]["B"] = None
    assert wrong(document) == ["$.stages[1].actions[0].configuration.B"]


def test_the_keys_of_a_provider_are_offered_and_others_not_refused():
    (offered,) = [
        each["then"]["properties"]["configuration"]["properties"]
        for each in jsonschema.definitions()["$defs"]["offers.ActionDeclaration"]["allOf"]
        if each["if"]["properties"]["actionTypeId"]["properties"]
        == {"category": {"const": "Source"}, "provider": {"const": "CodeCommit"}}
    ]
    assert offered["OutputArtifactFormat"]["examples"] == ["CODE_ZIP", "CODEBUILD_CLONE_REF"]
    other = action("Checkout", "Source", "CodeCommit", outputs=("source",), configuration={"Unheard": "of"})
    assert wrong(pipeline(stages=[sources(other), stage("Build", build())])) == []


# The law


ODD: tuple[Any, ...] = (None, True, 0, -1, 10**6, "x", "V2", " ", "a.b", "é", "x" * 2000, [], [{}], {}, {"name": "x"})


def spots(value: Any, path: documents.Path = ()) -> Iterator[documents.Path]:
    if path:
        yield path
    for key, item in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield from spots(item, (*path, key))


@law
@given(declarations, st.data())
def test_an_editor_marks_a_declaration_exactly_where_its_shape_has_a_fault(declaration, data):
    document = copy.deepcopy(declaration)
    place: Any = document
    path = data.draw(st.sampled_from(list(spots(document))))
    for part in path[:-1]:
        place = place[part]
    place[path[-1]] = data.draw(st.sampled_from(ODD))
    assert (wrong({"pipeline": document}) == []) == (schema.check(document) == ())


@pytest.mark.parametrize("path", SAMPLES[:3], ids=lambda path: path.stem)
def test_whatever_is_marked_is_an_error_for_the_reader_too(path):
    source = path.read_text(encoding="utf-8").replace("stages:", "stagez:", 1)
    assert wrong(documents.parse(source, path.name))
    assert any(problem.severity == "error" for problem in reading.judge(source.encode(), path.name, None)[-1])
