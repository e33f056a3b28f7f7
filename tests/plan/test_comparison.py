"""What really differs between two environments is told; what each calls its own is not."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from hypothesis import given

from builders import build, connection, pipeline, sources, stage, trigger
from reconciler.pipeline import secrets
from reconciler.plan import comparison
from reconciler.plan.comparison import Facts, Side
from strategies import declarations, law

STAGING = Facts("staging", "222222222222", "eu-west-1")
PROD = Facts("prod", "333333333333", "us-east-1")
seal = secrets.fingerprinter(b"a key for tests")
KEY = "arn:aws:kms:{0.region}:{0.account}:key/"


def side(document: dict[str, Any], facts: Facts = STAGING, **members: Any) -> Side:
    return Side(document["name"], secrets.seal(document, seal), facts, **members)


def differences(one: Side, other: Side, *, fold: bool = True) -> list[tuple[str, Any, Any]]:
    found = comparison.compare(one, other, fold=fold)
    return [(each.place, each.before, each.after) for each in found.differences]


def note(text: str) -> dict[str, Any]:
    return pipeline(stages=[sources(), stage("Build", build(configuration={"ProjectName": "p", "Note": text}))])


def notes(one: str, other: str) -> list[tuple[str, Any, Any]]:
    return differences(side(note(one)), side(note(other), PROD))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param("shop-staging-web", "shop-prod-web", id="a word in a name"),
        pytest.param("SHOP_STAGING", "SHOP_PROD", id="capitals"),
        pytest.param("DeployStaging", "DeployProd", id="camel case"),
        pytest.param("bucket-222222222222-eu-west-1", "bucket-333333333333-us-east-1", id="account and Region"),
        pytest.param('{"stage": "staging"}', '{"stage":"prod"}', id="inside JSON"),
        pytest.param('{"staging": {"a": 1}}', '{"prod": {"a": 1}}', id="a key"),
        pytest.param(
            KEY.format(STAGING) + "8b64e1d3-52f7-4c09-b8ae-0d9573c1f624",
            KEY.format(PROD) + "c27d9f48-6e15-4a3b-8f72-b5a0e41d3986",
            id="an id of the account's own",
        ),
        pytest.param("staging", "staging", id="equal as it stands, whatever it means"),
    ],
)
def test_what_an_environment_calls_its_own_is_no_difference(one, other):
    assert notes(one, other) == []


@pytest.mark.parametrize(
    ("one", "other", "shown"),
    [
        pytest.param("shop-staging-a", "shop-prod-b", ("shop-{environment}-a", "shop-{environment}-b"), id="the rest"),
        pytest.param("reproduce", "restaging", ("reproduce", "restaging"), id="part of a word"),
        pytest.param("staging", "PROD", ("{environment}", "{ENVIRONMENT}"), id="case"),
        pytest.param("222222222222", "444444444444", ("{account}", "444444444444"), id="a third account"),
        pytest.param("prod", "prod-2", ("prod", "{environment}-2"), id="the other side's word"),
        pytest.param(
            "arn:aws:kms:eu-west-1:444444444444:key/8b64e1d3-52f7-4c09-b8ae-0d9573c1f624",
            "arn:aws:kms:us-east-1:444444444444:key/c27d9f48-6e15-4a3b-8f72-b5a0e41d3986",
            (
                "arn:aws:kms:{region}:444444444444:key/8b64e1d3-52f7-4c09-b8ae-0d9573c1f624",
                "arn:aws:kms:{region}:444444444444:key/c27d9f48-6e15-4a3b-8f72-b5a0e41d3986",
            ),
            id="an id of a shared account",
        ),
    ],
)
def test_what_really_differs_is_told(one, other, shown):
    assert notes(one, other) == [("Build/Compile configuration.Note", *shown)]


def test_without_folding_everything_shows():
    found = differences(side(note("staging")), side(note("prod"), PROD), fold=False)
    assert ("Build/Compile configuration.Note", "staging", "prod") in found


def test_two_pipelines_of_one_environment_are_compared_as_they_are():
    found = comparison.compare(side(note("staging-a")), side(note("staging-b")))
    assert [(each.before, each.after) for each in found.differences] == [("staging-a", "staging-b")]
    assert found.folded == {}


def test_what_was_folded_is_told():
    assert comparison.compare(side(note("x")), side(note("x"), PROD)).folded == {
        "{account}": ("222222222222", "333333333333"),
        "{region}": ("eu-west-1", "us-east-1"),
        "{environment}": ("staging", "prod"),
    }


def test_a_stage_of_one_side_is_told_with_its_place_and_shifts_no_other():
    more = note("x")
    more["stages"].insert(1, stage("Approve", build("Ask")))
    assert [each[:2] for each in differences(side(note("x")), side(more, PROD))] == [
        ("stage Approve (after Source)", None)
    ]


def test_an_action_of_one_side_is_told():
    more = note("x")
    more["stages"][1]["actions"].append(build("Scan"))
    found = differences(side(more), side(note("x"), PROD))
    assert [(place, after) for place, _, after in found] == [("Build/Scan", None)]


def test_another_order_of_the_same_stages_is_told_under_folded_names():
    one, other = (
        pipeline(stages=[sources(), stage("A", build("X")), stage(last, build("Y"))]) for last in ("Staging", "Prod")
    )
    other["stages"][1:] = reversed(other["stages"][1:])
    assert differences(side(one), side(other, PROD)) == [
        ("stages (order)", "Source, A, {Environment}", "Source, {Environment}, A")
    ]


def test_names_that_fold_to_the_same_stay_apart():
    one = note('{"staging": 1, "prod": 2}')
    assert differences(side(one), side(copy.deepcopy(one), PROD)) == []


def test_secrets_are_compared_and_never_shown():
    def secretive(value: str) -> dict[str, Any]:
        variables = json.dumps([{"name": "DB_PASSWORD", "value": value}])
        configuration = {"ProjectName": "p", "EnvironmentVariables": variables}
        return pipeline(stages=[sources(), stage("Build", build(configuration=configuration))])

    assert differences(side(secretive("one")), side(secretive("one"), PROD)) == []
    found = differences(side(secretive("one")), side(secretive("other"), PROD))
    assert [each[1:] for each in found] == [("****", "(secret changed)")]


@pytest.mark.parametrize("live", ["left", "right"])
def test_what_a_definition_leaves_to_aws_equals_what_is_live(live):
    plain = pipeline(stages=[sources(connection()), stage("Build", build())])
    given_back = plain | {"pipelineType": "V2", "triggers": [trigger()], "executionMode": "SUPERSEDED", "version": 7}
    pair = [side(plain), side(given_back, live=True)]
    assert differences(*(pair if live == "right" else reversed(pair))) == []


def test_tags_are_compared_without_those_that_nobody_writes():
    one = side(note("x"), tags={"environment": "staging", "team": "a", "reconciler:owner": "us", "aws:x": "y"})
    other = side(note("x"), PROD, tags={"environment": "prod", "team": "b"})
    assert differences(one, other) == [("tags.team", "a", "b")]


@law
@given(declarations)
def test_a_pipeline_is_the_same_as_itself_in_another_environment(document):
    elsewhere = Facts("prod", "333333333333", STAGING.region)
    assert differences(side(document), side(copy.deepcopy(document), elsewhere)) == []


@law
@given(declarations, declarations)
def test_the_other_way_round_the_sides_change_places(one, other):
    there = differences(side(one, PROD), side(other, PROD))
    back = differences(side(other, PROD), side(one, PROD))
    assert [(place, before, after) for place, after, before in back] == there
