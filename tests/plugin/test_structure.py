"""Questions about the structure of a pipeline, and the answers."""

from __future__ import annotations

import pytest

from plugin.projects import shop
from pytest_pipeline.structure import Pipeline
from reconciler.errors import Broken

PIPELINE = shop()


def places(actions):
    return [action.place for action in actions]


def test_stages_and_actions_are_found_by_name():
    assert [stage.name for stage in PIPELINE] == ["Source", "Build", "Integration", "Prod"]
    assert PIPELINE["Prod/Deploy"].provider == "S3"
    assert PIPELINE.stages[3]["Approve"].is_approval


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        pytest.param({"provider": "CodeBuild"}, ["Build/Compile", "Integration/Smoke"], id="provider"),
        pytest.param({"category": "Approval"}, ["Prod/Approve"], id="category"),
        pytest.param({"category": "Deploy", "region": "eu-west-1"}, ["Prod/Deploy"], id="both"),
        pytest.param({"account": "333333333333", "selector": "Prod"}, ["Prod/Approve", "Prod/Deploy"], id="stage"),
        pytest.param({"selector": "*/S*"}, ["Integration/Smoke"], id="glob"),
        pytest.param({"selector": lambda action: action.run_order == 2}, ["Prod/Deploy"], id="predicate"),
    ],
)
def test_actions_are_chosen(asked, found):
    assert places(PIPELINE.actions(**asked)) == found


@pytest.mark.parametrize("asked", [{"selector": "Pord"}, {"env": "staging"}, {"selector": lambda _: False}])
def test_choosing_nothing_is_an_error(asked):
    with pytest.raises(Broken, match=r"selects nothing; near are Prod|env='staging'; near are prod|selects none of"):
        PIPELINE.actions(**asked)


def test_an_action_without_role_and_region_has_those_of_the_pipeline():
    compile_ = PIPELINE["Build/Compile"]
    assert (compile_.role_arn, compile_.region, compile_.account) == (PIPELINE.role_arn, "eu-west-1", "333333333333")
    assert PIPELINE["Prod/Deploy"].role_arn == "arn:aws:iam::333333333333:role/prod-deploy"


def test_the_environment_of_an_action_is_that_of_its_pipeline_unless_something_says_another():
    assert {action.env for action in PIPELINE.actions()} == {"prod"}
    assert {action.env for action in Pipeline(PIPELINE.document).actions()} == {""}


def test_gates_are_what_every_path_passes():
    assert places(PIPELINE.gates("Prod/Deploy")) == ["Source/App", "Build/Compile", "Integration/Smoke", "Prod/Approve"]


def test_gates_of_several_are_those_of_all_of_them():
    assert places(PIPELINE.gates("Prod")) == ["Source/App", "Build/Compile", "Integration/Smoke"]


def test_upstream_follows_artifacts_and_not_order():
    assert places(PIPELINE.upstream("Prod/Deploy")) == ["Source/App", "Build/Compile"]


def test_order_is_asked_for_by_selector():
    assert PIPELINE.precedes("Build", "Prod")
    assert not PIPELINE.precedes("Prod/Approve", "Prod")
    assert not PIPELINE.overlaps("Prod/Approve", "Prod/Deploy")


def test_an_artifact_knows_its_maker_and_its_users():
    site = PIPELINE.artifact("Site")
    assert site.producer.place == "Build/Compile"
    assert places(site.consumers) == ["Integration/Smoke", "Prod/Deploy"]
    assert [each.name for each in PIPELINE.artifacts] == ["App", "Site"]


@pytest.mark.parametrize(
    ("ask", "told"),
    [
        pytest.param(lambda: PIPELINE["Prod/Deploi"], "near are Prod/Deploy", id="action"),
        pytest.param(lambda: PIPELINE.artifact("site"), "near are Site", id="artifact"),
        pytest.param(lambda: PIPELINE.stages[3]["Deplo"], "near are Deploy", id="action of a stage"),
    ],
)
def test_what_is_not_there_is_told_with_what_is_near(ask, told):
    with pytest.raises(KeyError, match=told):
        ask()


def test_variables_know_their_default_and_who_uses_them():
    variables = [{"name": "VERSION", "defaultValue": "1.2"}]
    stages = [dict(stage) for stage in PIPELINE.document["stages"]]
    action = stages[1]["actions"][0]
    stages[1]["actions"] = [{**action, "configuration": {"ProjectName": "shop-#{variables.VERSION}"}}]
    version = shop(variables=variables, stages=stages).variables["VERSION"]
    assert (version.default, places(version.consumers)) == ("1.2", ["Build/Compile"])


def test_regions_and_roles_are_listed_once_the_pipelines_own_first():
    assert PIPELINE.regions == ("eu-west-1",)
    assert [each.rpartition("/")[2] for each in PIPELINE.roles] == ["prod-pipeline", "prod-deploy"]


def test_equal_pipelines_have_no_difference_whatever_order_and_defaults_are_written():
    stages = [{**stage, "actions": list(reversed(stage["actions"]))} for stage in PIPELINE.document["stages"]]
    assert PIPELINE.diff(shop(stages=stages, executionMode="SUPERSEDED")) == ()


def test_a_difference_is_told_by_place():
    stages = [dict(stage) for stage in PIPELINE.document["stages"]]
    approve, deploy = stages[3]["actions"]
    stages[3]["actions"] = [approve, {**deploy, "roleArn": "arn:aws:iam::333333333333:role/other"}]
    (told,) = PIPELINE.diff(shop(stages=stages))
    assert str(told) == ("Prod/Deploy.roleArn: 'arn:aws:iam::333333333333:role/prod-deploy' / "
                         "'arn:aws:iam::333333333333:role/other'")  # fmt: skip


def test_a_missing_action_is_a_difference():
    stages = [*PIPELINE.document["stages"][:2], *PIPELINE.document["stages"][3:]]
    assert shop(stages=stages).diff(PIPELINE)[0].path == "Integration"


def test_the_tree_is_stable_text():
    assert (
        PIPELINE.tree
        == """\
shop-prod-deploy  V2 SUPERSEDED
  Source
    1  App      Source/CodeStarSourceConnection  → App
  Build
    1  Compile  Build/CodeBuild  App → Site
  Integration
    1  Smoke    Test/CodeBuild  Site
  Prod
    1  Approve  Approval/Manual
    2  Deploy   Deploy/S3  Site"""
    )
