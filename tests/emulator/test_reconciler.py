"""This tool's own passes against the local endpoint: create, hold back, heal, and see who edited."""

from __future__ import annotations

import copy

import pytest

from builders import build, pipeline, sources, stage
from workshop import Workshop

CHANGED = pipeline("shop-prod-web", [sources(), stage("Build", build("Compile")), stage("Next", build("More"))])


@pytest.fixture
def shop(local, tmp_path, monkeypatch):
    made = Workshop(tmp_path, local)
    for name, value in made.environment.items():
        if name.startswith("AWS_") or name == "NO_PROXY":
            monkeypatch.setenv(name, value)
    made.define(pipeline("shop-prod-web"))
    return made


def kinds(done):
    return [change.kind for change in done.known[2].changes]


def test_a_pass_creates_and_the_next_one_is_quiet(shop, client):
    assert [each.ending for each in shop.apply().results] == ["applied"]
    assert kinds(shop.plan()) == []
    arn = client.get_pipeline(name="shop-prod-web")["metadata"]["pipelineArn"]
    assert client.list_tags_for_resource(resourceArn=arn)["tags"] != []


def test_an_execution_in_flight_holds_an_update_back(shop, client, local):
    shop.apply()
    shop.define(CHANGED)
    shop.apply()
    assert client.get_pipeline(name="shop-prod-web")["pipeline"]["version"] == 1
    local.say("settle")
    shop.apply()
    assert client.get_pipeline(name="shop-prod-web")["pipeline"]["version"] == 2


def test_an_edit_in_the_console_is_healed(shop, client, local):
    shop.apply()
    local.say("settle")
    edited = copy.deepcopy(client.get_pipeline(name="shop-prod-web")["pipeline"])
    edited["stages"][1]["actions"][0]["configuration"]["ProjectName"] = "hotfix"
    client.update_pipeline(pipeline=edited)
    shop.apply()
    found = client.get_pipeline(name="shop-prod-web")["pipeline"]["stages"][1]["actions"][0]["configuration"]
    assert found["ProjectName"] == "shop-web"
    events = local.client("cloudtrail").lookup_events(
        LookupAttributes=[{"AttributeKey": "EventName", "AttributeValue": "UpdatePipeline"}]
    )
    assert len(events["Events"]) == 2
