"""Bad input: the message says where, the exit status says how bad, the rest is applied, and nothing is pruned."""

from __future__ import annotations

import json
from random import Random

import pytest

from endpoint import Drop, Refusal, Request
from workshop import ACCOUNT, REGION

pytestmark = pytest.mark.untraced

TARGET = f"{ACCOUNT}/{REGION}"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/pipeline"


@pytest.fixture
def busy(shop):
    """A shop with one pipeline to create, one to leave, and one that would be pruned; then comes bad input."""
    shop.workshop.settings(sync={"prune": True})
    shop.settle(shop.pipeline("shop-prod-same"), shop.pipeline("shop-prod-gone"))
    shop.drop("shop-prod-gone")
    shop.define(shop.pipeline("shop-prod-new"))
    return shop


@pytest.fixture
def many(shop):
    """Eight pipelines in git, none of them live."""
    shop.define(*(shop.pipeline(f"shop-prod-web{number}") for number in range(8)))
    return shop


def refused(busy) -> list[str]:
    """Apply with bad input in git, see that all else was done and nothing deleted, and give the problems' lines."""
    done = busy.cli("apply")
    assert done.status == 4
    assert busy.writes() == [("CreatePipeline", "shop-prod-new")]
    assert "held: nothing is deleted while" in done.out
    return [line.removeprefix("! ") for line in done.out.splitlines() if line.startswith("! ")]


# What git says.

BOMB = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"a{level}: &a{level} [{', '.join([f'*a{level - 1}'] * 10)}]\n" for level in range(1, 9)
)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        pytest.param("pipeline:\n  name: web\n stages: []\n", ":3:2: did not find expected key", id="broken YAML"),
        pytest.param("pipeline:\n\tname: web\n", ":2:1: found character that cannot start any token", id="tabs"),
        pytest.param('{"pipeline": {"name": "x",\n"name": "y"}}', ":2:1: pipeline.name: the key", id="key twice"),
        pytest.param(BOMB, ":6:5: aliases expand to too much", id="alias bomb"),
        pytest.param("a: &a [*a]\n", ":1:4: the anchor contains itself", id="self-reference"),
        pytest.param("[" * 5000, ":1:102: the document is nested too deeply", id="too deep"),
        pytest.param("---\na: 1\n---\nb: 2\n", ":3:1: more than one document in the file", id="two documents"),
        pytest.param("pipeline:\n  name: !GetAtt A.B\n", ":2:9: pipeline.name: the YAML tag !GetAtt", id="foreign tag"),
        pytest.param(b"pipeline:\n  name: caf\xe9\n", ":2: the file is not UTF-8", id="Latin-1"),
        pytest.param(b"\x7fELF\0\0\0\1\2\3", ": this is a binary file", id="binary"),
        pytest.param("", ": this is not a pipeline definition", id="empty"),
        pytest.param("- 1\n", ":1:1: this is not a pipeline definition", id="a list"),
        pytest.param("Resources: {}\n", ":1:1: this is a CloudFormation template", id="a template"),
        pytest.param(
            f"pipeline: {{name: shop-prod-web, roleArn: '{ROLE}'}}\n", ":1:1: pipeline.stages", id="no stages"
        ),
    ],
)
def test_a_bad_file_is_told_with_its_place_and_stops_nothing_but_itself(busy, content, told):
    busy.file("team/bad.yaml", content)
    (problem,) = refused(busy)
    assert problem.startswith(f"pipelines/team/bad.yaml{told}")


def test_a_file_of_50_megabytes_is_told_and_not_read(busy):
    busy.file("huge.json", b" " * 50_000_000)
    (problem,) = refused(busy)
    assert problem.startswith("pipelines/huge.json: the file has 50,000,000 bytes; the limit is 1,048,576")


def test_all_problems_of_all_files_are_told_at_once(busy):
    busy.workshop.write("one.yaml", "a: [")
    busy.file("two.json", {"pipeline": busy.pipeline("shop-prod-two", surprise=1, executionMode="SOMETIMES")})
    assert [line.split(":")[0] for line in refused(busy)] == ["pipelines/one.yaml", *["pipelines/two.json"] * 2]


def test_a_pipeline_in_two_files_is_told_in_both_and_written_from_neither(busy):
    busy.workshop.write("a.json", {"pipeline": busy.pipeline("shop-prod-twice")})
    busy.file("b.yaml", f"# second\npipeline: {json.dumps(busy.pipeline('shop-prod-twice', project='other'))}\n")
    one, other = refused(busy)
    twice = f"pipeline.name: shop-prod-twice in {TARGET} is defined in"
    assert one.startswith(f"pipelines/a.json:3: {twice} pipelines/b.yaml:2 too")
    assert other.startswith(f"pipelines/b.yaml:2: {twice} pipelines/a.json:3 too")


def test_a_second_definition_of_a_live_pipeline_leaves_it_as_it_is(busy):
    busy.file("copy.json", {"pipeline": busy.pipeline("shop-prod-same", project="other")})
    assert len(refused(busy)) == 2
    assert busy.versions()["shop-prod-same"] == 1


@pytest.mark.parametrize(
    ("name", "beside", "told"),
    [
        pytest.param("shop-qa-web", {}, "3:3: pipeline.name: environment 'qa' is not configured", id="by its name"),
        pytest.param("web", {}, "3:3: pipeline.name: the name 'web' does not follow", id="by no name"),
        pytest.param("web", {"environment": "qa"}, "environment: environment 'qa' is not configured", id="by a word"),
        pytest.param("shop-prod-web", {"region": "us-east-1"}, "region: prod is not configured for", id="Region"),
    ],
)
def test_a_definition_for_a_place_that_is_not_configured_is_told(busy, name, beside, told):
    busy.file("lost.json", {"pipeline": busy.pipeline(name), **beside})
    (problem,) = refused(busy)
    assert problem.startswith("pipelines/lost.json:")
    assert told in problem


# What AWS answers.


@pytest.mark.parametrize(
    ("error", "told"),
    [
        ("UnrecognizedClientException", "check the access key, and that the Region is enabled"),
        ("InvalidClientTokenId", "AWS does not know these credentials"),
        ("ExpiredTokenException", "renew the session"),
        ("SignatureDoesNotMatch", "check the secret key and the clock"),
        ("AccessDeniedException", "allow codepipeline:ListPipelines on * to these credentials"),
        ("ThrottlingException", "the calls are slowed down"),
        ("InternalFailure", "AWS has a fault"),
        ("html", "look for a proxy on the way and at AWS_ENDPOINT_URL"),
        ("drop", "it is tried again"),
    ],
)
def test_a_target_that_cannot_be_listed_is_named_with_the_way_out_and_left_alone(busy, error, told):
    busy.endpoint.fail("ListPipelines", error, times=None)
    done = busy.cli("apply")
    assert (done.status, busy.writes()) == (2, [])
    assert f"! {TARGET} could not be read: ListPipelines in {TARGET}: " in done.out
    assert told in done.out


def test_absent_credentials_are_told(busy, monkeypatch):
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    done = busy.cli("apply")
    assert (done.status, busy.writes()) == (2, [])
    assert f"! {TARGET} could not be read: " in done.out
    assert "set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY" in done.out


def test_credentials_of_another_account_hold_every_change_of_the_target(busy, monkeypatch):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "999999999999")
    done = busy.cli("apply")
    assert (done.status, busy.writes()) == (4, [])
    assert f"the credentials belong to account 999999999999, the settings say {ACCOUNT}" in done.out


@pytest.mark.parametrize("error", ["ThrottlingException", "InternalFailure", "UnrecognizedClientException", "drop"])
def test_a_target_that_fails_does_not_stop_another(busy, error):
    busy.workshop.settings(environments={"prod": {"account": ACCOUNT, "regions": [REGION, "us-east-1"]}})
    busy.define(busy.pipeline("shop-prod-same"), busy.pipeline("shop-prod-new"), region=REGION)
    busy.define(busy.pipeline("shop-prod-far"), region="us-east-1")
    busy.endpoint.fail(error=error, region=REGION, times=None)
    done = busy.cli("apply")
    assert (done.status, busy.writes()) == (4, [("CreatePipeline", "shop-prod-far")])
    assert f"! {TARGET} could not be read" in done.out


def test_a_pipeline_that_cannot_be_read_does_not_stop_another(busy):
    busy.edit("shop-prod-same", lambda document: document.update(executionMode="QUEUED"))
    busy.endpoint.fail("GetPipeline", "InternalFailure", name="shop-prod-same", times=None)
    done = busy.cli("apply")
    assert done.status == 4
    assert f"! shop-prod-same in {TARGET} could not be read: GetPipeline shop-prod-same in {TARGET}: " in done.out
    assert busy.writes() == [("CreatePipeline", "shop-prod-new"), ("DeletePipeline", "shop-prod-gone")]


def test_an_endpoint_that_throttles_is_asked_more_slowly_until_all_is_done(many):
    many.workshop.settings(aws={"attempts": 5})
    many.endpoint.throttle_above(10)
    assert many.cli("apply").status == 0
    assert list(many.versions().values()) == [1] * 8


FAULTS = [
    pytest.param(Refusal("InternalFailure", status=500), id="fault"),
    pytest.param(Drop(), id="drop"),
]


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("moment", ["before", "after"])
def test_an_endpoint_that_fails_now_and_then_is_worked_off_with_nothing_done_twice(many, fault, moment):
    many.workshop.settings(scale={"workers": 1})
    dice = Random(moment)

    def stumble(_: Request) -> None:
        if dice.random() < 0.25:
            raise fault

    getattr(many.endpoint, moment)(stumble)
    statuses = {many.cli("apply").status for _ in range(6)}
    assert statuses > {0}
    many.endpoint.clear_orders()
    many.cli("apply")
    assert many.cli("plan").status == 0
    assert list(many.versions().values()) == [1] * 8
