from __future__ import annotations

import json
from typing import Any

import pytest

from builders import action, build, pipeline, sources, stage
from reconciler.definitions.definition import Definition, packed
from reconciler.pipeline import providers
from reconciler.pipeline.arns import Target
from reconciler.report import declarations

TYPE = {
    "category": "Build",
    "provider": "Foundry",
    "version": "1",
    "configurationProperties": [
        {"name": "Job", "required": True, "key": True, "secret": False},
        {"name": "Pin", "required": True, "key": False, "secret": True},
    ],
    "inputArtifactDetails": {"minimumCount": 0, "maximumCount": 1},
    "outputArtifactDetails": {"minimumCount": 0, "maximumCount": 1},
}
OWN = providers.catalogue().with_custom(providers.custom(TYPE))


def definition(document: dict[str, Any], **members: Any) -> Definition:
    target = Target("111111111111", "eu-west-1")
    return Definition("shop-dev-deploy", "dev", target, "a.yaml", 1, "digest", body=packed(document), **members)


def configured(**configuration: Any) -> dict[str, Any]:
    own = action("Do", "Build", "Foundry", owner="Custom", inputs=("source",), configuration=configuration)
    return pipeline(stages=[sources(), stage("Build", own)])


def test_a_declaration_is_shown_as_it_is_sent():
    document = pipeline(version=7, stages=[sources(), stage("Build", build(configuration={"Number": 8, "On": True}))])
    shown = declarations.shown(definition(document))
    assert shown.keys() == {"pipeline"}
    assert "version" not in shown["pipeline"]
    assert shown["pipeline"]["stages"][1]["actions"][0]["configuration"] == {"Number": "8", "On": "true"}


def test_tags_and_transitions_stand_beside_it():
    beside = {"tags": {"team": "shop"}, "transitions": {"Build": {"inbound": "disabled"}}}
    shown = declarations.shown(definition(pipeline(), **beside))
    assert {name: shown[name] for name in beside} == beside


@pytest.mark.parametrize(
    "configuration",
    [{"Pin": "hunter2"}, {"Token": "hunter2"}, {"Pin": "****"}, {"Job": '[{"name": "PASSWORD", "value": "hunter2"}]'}],
)
def test_no_secret_is_shown_and_no_fingerprint(configuration):
    shown = json.dumps(declarations.shown(definition(configured(**configuration)), OWN))
    assert "hunter2" not in shown
    assert "****" in shown
    assert "****#" not in shown


def test_what_is_no_secret_is_shown():
    shown = declarations.shown(definition(configured(Job="web", Pin="1")), OWN)
    assert shown["pipeline"]["stages"][1]["actions"][0]["configuration"] == {"Job": "web", "Pin": "****"}
