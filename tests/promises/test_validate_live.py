"""What is live is judged as definitions are, managed or not; no secret of it is ever shown."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import pytest

from workshop import ACCOUNT, REGION

if TYPE_CHECKING:
    from conftest import Shop

PROD = "333333333333"
ENVIRONMENTS = {
    "dev": {"account": ACCOUNT, "regions": [REGION]},
    "prod": {
        "account": PROD,
        "regions": [REGION],
        "protected": True,
        "assume_role": f"arn:aws:iam::{PROD}:role/reconciler",
    },
}
WHERE = f"live:{ACCOUNT}/{REGION}"
FOREIGN = f"arn:aws:iam::{PROD}:role/shop-deploy"
PASSWORD = "Zq8w-Lp3v9Rt"


@pytest.fixture
def accounts(shop: Shop) -> Shop:
    shop.workshop.settings(environments=ENVIRONMENTS, policy={"rules": {"plaintext-secret": "error"}})
    return shop


def leaking(shop: Shop, name: str) -> dict[str, Any]:
    """Give a pipeline of dev whose build works with a role of production, and holds a password."""
    document = shop.pipeline(name)
    action = document["stages"][1]["actions"][0]
    action["roleArn"] = FOREIGN
    action["configuration"]["EnvironmentVariables"] = json.dumps([{"name": "DB_PASSWORD", "value": PASSWORD}])
    return document


def findings(shop: Shop, *arguments: str) -> list[tuple[str, str, str]]:
    done = shop.cli("validate", "--live", "--format", "json", "--quiet", *arguments)
    return [(each["file"], each["rule"], each["path"]) for each in json.loads(done.out)["findings"]]


def test_a_pipeline_that_nobody_manages_is_judged_and_its_place_stands_for_a_file(accounts: Shop) -> None:
    accounts.put(leaking(accounts, "theirs-dev"), {"team": "them"})
    action = "stages[1].actions[0]"
    assert findings(accounts) == [
        (f"{WHERE}/theirs-dev", "plaintext-secret", f"{action}.configuration.EnvironmentVariables"),
        (f"{WHERE}/theirs-dev", "environment-role", f"{action}.roleArn"),
    ]


@pytest.mark.parametrize("form", ["text", "json", "sarif", "junit", "github"])
def test_every_form_names_the_place_and_none_shows_the_secret(accounts: Shop, form: str) -> None:
    accounts.put(leaking(accounts, "shop-dev-web"))
    done = accounts.cli("validate", "--live", "--format", form)
    assert done.status == 1
    assert PASSWORD not in done.out + done.err
    assert "plaintext-secret" in done.out
    assert f"{ACCOUNT}/{REGION}/shop-dev-web" in done.out.replace("%2F", "/")


def test_what_is_fine_ends_with_0_and_is_counted(accounts: Shop) -> None:
    accounts.put(accounts.pipeline("shop-dev-web"))
    done = accounts.cli("validate", "--live")
    assert (done.status, done.out) == (0, "")
    assert done.err.endswith("1 live pipeline: nothing to say\n")


def test_junit_has_a_case_for_what_is_fine_too(accounts: Shop) -> None:
    accounts.put(accounts.pipeline("shop-dev-web"))
    root = ET.fromstring(accounts.cli("validate", "--live", "--format", "junit", "--quiet").out)
    assert [case.get("name") for case in root.iter("testcase")] == [f"{WHERE}/shop-dev-web"]


def test_only_one_environment_is_read_where_one_is_named(accounts: Shop) -> None:
    accounts.put(leaking(accounts, "shop-dev-web"))
    assert findings(accounts, "--environment", "prod") == []
    assert {file for file, _, _ in findings(accounts, "--environment", "dev")} == {f"{WHERE}/shop-dev-web"}


def test_what_aws_would_refuse_is_an_error_in_what_is_live_too(accounts: Shop) -> None:
    document = accounts.pipeline("shop-dev-web")
    document["stages"][1]["actions"][0]["inputArtifacts"] = [{"name": "Other"}]
    accounts.put(document)
    assert (f"{WHERE}/shop-dev-web", "artifact-unknown") in {each[:2] for each in findings(accounts)}


def test_live_pipelines_are_judged_together(accounts: Shop) -> None:
    shared = {"artifactStore": {"type": "S3", "location": "shared"}}
    environments = {**ENVIRONMENTS, "prod": {**ENVIRONMENTS["dev"], "protected": True}}
    accounts.workshop.settings(environments=environments)
    for name in ("shop-dev-web", "shop-prod-web", "nobody"):
        accounts.put(accounts.pipeline(name, **shared))
    told = [each for each in findings(accounts) if each[1] == "shared-artifact-bucket"]
    assert told == [(f"{WHERE}/shop-dev-web", "shared-artifact-bucket", "artifactStore.location")]


def test_a_waiver_of_the_settings_counts_unless_an_audit_leaves_it_out(accounts: Shop) -> None:
    waiver = {"rule": "environment-role", "pipeline": "shop-*", "reason": "it moves next week"}
    accounts.workshop.settings(environments=ENVIRONMENTS, policy={"waivers": [waiver]})
    accounts.put(leaking(accounts, "shop-dev-web"))
    assert findings(accounts) == []
    assert [rule for _, rule, _ in findings(accounts, "--no-waivers")] == ["environment-role"]


def test_a_rule_of_the_team_is_asked_too(accounts: Shop) -> None:
    accounts.workshop.settings(environments=ENVIRONMENTS, policy={"own": "rules"})
    rule = {"id": "no-s3", "title": "no S3", "expression": "stages[0].actions[?actionTypeId.provider == 'S3'][]"}
    accounts.file("rules/own.yaml", {"rules": [rule]})
    accounts.put(accounts.pipeline("shop-dev-web"))
    assert findings(accounts) == [(f"{WHERE}/shop-dev-web", "no-s3", "stages[0].actions[0]")]


def test_what_cannot_be_read_is_an_error_beside_what_can(accounts: Shop) -> None:
    accounts.put(accounts.pipeline("shop-dev-web"))
    accounts.put(accounts.pipeline("shop-dev-api"))
    accounts.endpoint.fail("GetPipeline", "AccessDeniedException", name="shop-dev-api")
    told = findings(accounts)
    assert [rule for _, rule, _ in told] == ["live-unread"]


def test_nothing_is_written(accounts: Shop) -> None:
    accounts.put(leaking(accounts, "shop-dev-web"))
    findings(accounts)
    assert accounts.writes() == []


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        pytest.param(("--live", "a.yaml"), "name no files", id="files"),
        pytest.param(("--live", "--watch"), "leave --live out", id="watch"),
        pytest.param(("--environment", "dev"), "--live reads", id="an environment of nothing"),
        pytest.param(("--live", "--environment", "qa"), "there is no environment 'qa'", id="no such environment"),
    ],
)
def test_what_makes_no_sense_is_refused_with_the_way_out(accounts: Shop, arguments: tuple[str, ...], message) -> None:
    done = accounts.cli("validate", *arguments)
    assert (done.status, message in done.err) == (2, True), done.err
