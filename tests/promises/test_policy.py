"""A pipeline that breaks the team's rules is not applied; the others are, and everybody is told why."""

from __future__ import annotations

import copy
import json
from typing import TYPE_CHECKING, Any

import pytest

from reconciler.sync.state import Ending
from workshop import ACCOUNT

if TYPE_CHECKING:
    from conftest import Shop

PROD = "333333333333"
ENVIRONMENTS = {
    "dev": {"account": ACCOUNT, "regions": ["eu-west-1"]},
    "prod": {"account": PROD, "regions": ["eu-west-1"], "protected": True},
}
FOREIGN = f"arn:aws:iam::{PROD}:role/shop-deploy"


@pytest.fixture
def guarded(shop: Shop) -> Shop:
    """Give the shop with a protected environment, and the rules as shipped; its pipelines live in dev."""
    shop.workshop.settings(environments=ENVIRONMENTS, policy={"profile": "recommended"}, sync={"prune": True})
    return shop


def leaking(document: dict[str, Any]) -> dict[str, Any]:
    """Give a pipeline whose build works with a role of production."""
    changed = copy.deepcopy(document)
    changed["stages"][1]["actions"][0]["roleArn"] = FOREIGN
    return changed


def test_of_a_commit_with_a_leak_only_the_leaking_pipeline_is_held_back(guarded: Shop) -> None:
    web, api = guarded.pipeline("shop-dev-web"), guarded.pipeline("shop-dev-api")
    guarded.settle(web, api)
    guarded.define(leaking(guarded.pipeline("shop-dev-web", "package")), guarded.pipeline("shop-dev-api", "package"))
    done = guarded.apply()
    assert [(result.change.name, result.ending) for result in done.results if result.change.kind.value == "update"] == [
        ("shop-dev-api", Ending.APPLIED)
    ]
    assert (guarded.project("shop-dev-web"), guarded.project("shop-dev-api")) == ("compile", "package")
    assert guarded.writes() == [("UpdatePipeline", "shop-dev-api")]


def test_a_pipeline_that_is_held_back_is_not_absent_and_so_is_not_deleted(guarded: Shop) -> None:
    guarded.settle(guarded.pipeline("shop-dev-web"))
    guarded.define(leaking(guarded.pipeline("shop-dev-web")))
    for _ in range(2):
        guarded.apply()
    assert guarded.writes() == []


def test_plan_status_and_history_say_the_rule_the_place_and_the_reason(guarded: Shop) -> None:
    guarded.settle(guarded.pipeline("shop-dev-web"))
    guarded.define(leaking(guarded.pipeline("shop-dev-web")))
    plan = guarded.cli("plan", "--format", "json")
    (problem,) = json.loads(plan.out)["problems"]
    assert (problem["file"], plan.status) == ("pipelines/shop-dev-web.json", 4)
    guarded.apply()
    rows = json.loads(guarded.cli("status", "--format", "json").out)
    row = next(each for each in rows if each["account"] == ACCOUNT)
    latest = json.loads(guarded.cli("history", "--format", "json").out)[0]
    assert (row["state"], latest["outcome"]) == ("held", "held")
    for told in (row["reason"], latest["message"]):
        assert "pipelines/shop-dev-web.json:" in told
        assert f"{FOREIGN} belongs to prod" in told


def test_the_mended_pipeline_goes_through_in_the_next_commit(guarded: Shop) -> None:
    guarded.settle(guarded.pipeline("shop-dev-web"))
    guarded.define(leaking(guarded.pipeline("shop-dev-web", "package")))
    guarded.apply()
    guarded.define(guarded.pipeline("shop-dev-web", "package"))
    done = guarded.apply()
    assert [result.ending for result in done.results] == [Ending.APPLIED]
    assert guarded.project("shop-dev-web") == "package"


def test_a_waiver_in_the_settings_lets_it_pass(guarded: Shop) -> None:
    waiver = {"rule": "environment-role", "pipeline": "shop-dev-*", "reason": "the role moves next week"}
    guarded.workshop.settings(environments=ENVIRONMENTS, policy={"profile": "recommended", "waivers": [waiver]})
    guarded.define(leaking(guarded.pipeline("shop-dev-web")))
    assert [result.ending for result in guarded.apply().results] == [Ending.APPLIED]


def test_a_set_whose_one_pipeline_is_held_back_loses_no_other_and_is_read_again(guarded: Shop) -> None:
    document = guarded.pipeline("${project}-${environment}-${purpose}")
    member = {"project": "shop", "purpose": "web", "environments": ["dev"], "pipeline": document}
    guarded.file("shop-web.json", member)
    assert [result.ending for result in guarded.apply().results] == [Ending.APPLIED]
    action = {"name": "Compile", "roleArn": FOREIGN}
    guarded.file(
        "shop-web.json", {**member, "overrides": {"dev": {"stages": [{"name": "Build", "actions": [action]}]}}}
    )
    for _ in range(2):
        assert len(guarded.plan().known[2].problems) == 1


def test_two_pipelines_are_judged_together_although_only_one_of_them_was_read_now(guarded: Shop) -> None:
    shared = {"artifactStore": {"type": "S3", "location": "shared"}}
    environments = {**ENVIRONMENTS, "prod": {**ENVIRONMENTS["prod"], "account": ACCOUNT}}
    guarded.workshop.settings(environments=environments, policy={"profile": "minimal"})
    guarded.settle(guarded.pipeline("shop-prod-web", **shared))
    guarded.define(guarded.pipeline("shop-dev-web", **shared))
    (problem,) = guarded.apply().known[2].problems
    assert (problem.rule, problem.file) == ("shared-artifact-bucket", "pipelines/shop-dev-web.json")
    assert guarded.writes() == []


OWN = {"id": "no-s3", "title": "no S3", "expression": "stages[0].actions[?actionTypeId.provider == 'S3'][]"}


def test_a_rule_that_the_settings_name_and_nobody_wrote_is_a_problem_with_a_near_name(guarded: Shop) -> None:
    guarded.workshop.settings(environments=ENVIRONMENTS, policy={"own": "rules", "rules": {"no-s4": "off"}})
    guarded.file("rules/own.yaml", {"rules": [OWN | {"severity": "warning"}]})
    guarded.define(guarded.pipeline("shop-dev-web"))
    done = guarded.apply()
    (problem,) = done.known[2].problems
    assert (problem.message, problem.hint) == ("there is no rule 'no-s4'", "did you mean 'no-s3'?")
    assert [result.ending for result in done.results] == [Ending.APPLIED]


def test_validate_tells_it_at_its_line_of_the_settings_and_so_for_a_waiver(guarded: Shop) -> None:
    policy = {"own": "rules", "waivers": [{"rule": "no-s4", "reason": "none"}], "rules": {"no-s3": "warning"}}
    guarded.workshop.settings(environments=ENVIRONMENTS, policy=policy)
    guarded.file("rules/own.yaml", {"rules": [OWN]})
    guarded.file("web.json", {"pipeline": guarded.pipeline("shop-dev-web")})
    done = guarded.cli("validate", "--format", "json", "repository/pipelines/web.json")
    told = [each for each in json.loads(done.out)["findings"] if each["file"] == "reconciler.yaml"]
    assert [(each["path"], each["message"], each["line"] > 0) for each in told] == [
        ("policy.waivers[0].rule", "there is no rule 'no-s4' of policy", True)
    ]
    assert done.status == 1


def test_while_an_own_rule_is_broken_nobody_says_that_it_does_not_exist(guarded: Shop) -> None:
    guarded.workshop.settings(environments=ENVIRONMENTS, policy={"own": "rules", "rules": {"no-s3": "off"}})
    guarded.file("rules/own.yaml", {"rules": [OWN | {"expression": "stages["}]})
    guarded.define(guarded.pipeline("shop-dev-web"))
    assert [each.rule for each in guarded.apply().known[2].problems] == ["own-rule"]
