from __future__ import annotations

import pytest

from builders import ROLE, action, build, pipeline, sources, stage
from reconciler.pipeline.model import Pipeline

WHOLE = action(
    "Deploy",
    "Deploy",
    "ECS",
    owner="Custom",
    inputs=("image", "files"),
    outputs=("report",),
    runOrder=3,
    configuration={"ClusterName": "shop"},
    region="us-east-1",
    roleArn=ROLE,
    namespace="Deployed",
)
SHOP = Pipeline(pipeline(stages=[sources(), stage("Build", build(), WHOLE), stage("Test", build("Deploy"))]))


def test_stages_and_actions_come_in_the_order_of_the_document():
    assert [each.name for each in SHOP] == ["Source", "Build", "Test"]
    assert [each.place for each in SHOP.actions] == ["Source/Checkout", "Build/Compile", "Build/Deploy", "Test/Deploy"]


def test_a_pipeline_has_a_name_and_a_role():
    assert (SHOP.name, SHOP.role_arn) == ("shop-dev-deploy", ROLE)


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("name", "Deploy"),
        ("stage", "Build"),
        ("category", "Deploy"),
        ("owner", "Custom"),
        ("provider", "ECS"),
        ("run_order", 3),
        ("configuration", {"ClusterName": "shop"}),
        ("inputs", ("image", "files")),
        ("outputs", ("report",)),
        ("region", "us-east-1"),
        ("role_arn", ROLE),
        ("namespace", "Deployed"),
    ],
)
def test_an_action_shows_what_its_document_says(member, value):
    assert getattr(SHOP["Build/Deploy"], member) == value


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("run_order", 1),
        ("configuration", {}),
        ("inputs", ()),
        ("outputs", ()),
        ("region", None),
        ("role_arn", None),
        ("namespace", None),
    ],
)
def test_an_undeclared_member_has_its_default(member, value):
    (bare,) = Pipeline(pipeline(stages=[stage("Only", action("Bare", "Invoke", "Lambda"))])).actions
    assert getattr(bare, member) == value


def test_a_place_that_is_absent_is_told_with_the_places_there_are():
    with pytest.raises(KeyError, match="shop-dev-deploy has no action 'Build/Nothing'; it has Source/Checkout, Build/"):
        SHOP["Build/Nothing"]


def test_a_member_that_aws_adds_tomorrow_is_carried_along():
    newer = pipeline(stages=[sources(), stage("Build", build(tomorrow={"a": 1}))], tomorrow=2)
    assert Pipeline(newer)["Build/Compile"].document["tomorrow"] == {"a": 1}
    assert Pipeline(newer).document["tomorrow"] == 2
