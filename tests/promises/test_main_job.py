"""The main job from end to end: a git repository, the command line as a process, and AWS spoken over HTTP by boto3."""

from __future__ import annotations

import shutil
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
import pytest

from endpoint import sample
from workshop import ACCOUNT, REGION

if TYPE_CHECKING:
    from endpoint import Endpoint
    from workshop import Workshop

SAMPLE = Path(__file__).parents[2] / "config" / "pipelines"
ENVIRONMENTS = {
    "dev": ("111111111111", "eu-west-1"),
    "staging": ("222222222222", "eu-west-1"),
    "prod": ("333333333333", "eu-west-1", "us-east-1"),
}
EDITED = "svc0007-prod-deploy"
LISTS = {"ListPipelines": 1, "GetResources": 1}


@pytest.fixture
def thirty(workshop: Workshop) -> Workshop:
    """Thirty pipelines in git, none of them live."""
    workshop.define(*sample(30, account=ACCOUNT, region=REGION))
    return workshop


@pytest.fixture
def applied(thirty: Workshop) -> Workshop:
    """Thirty pipelines that are live as git names them."""
    thirty.run("apply", check=0)
    thirty.endpoint.clear_log()
    return thirty


@pytest.fixture
def edited(applied: Workshop) -> Workshop:
    """Thirty pipelines, and somebody has pointed a build of one at another project by a client of his own."""
    with closing(boto3.client("codepipeline", region_name=REGION)) as client:
        document = client.get_pipeline(name=EDITED)["pipeline"]
        document["stages"][1]["actions"][0]["configuration"]["ProjectName"] = "mine"
        client.update_pipeline(pipeline=document)
    applied.endpoint.clear_log()
    return applied


def test_thirty_definitions_are_planned_and_created_and_then_nothing_is_left_to_do(thirty):
    planned = thirty.run("plan", "--format", "json", check=3)
    assert planned.json["counts"] == {"create": 30}
    assert not thirty.endpoint.pipelines(ACCOUNT, REGION)
    thirty.run("apply", check=0)
    assert thirty.run("plan", check=0).out == "Nothing to do; 30 pipelines in sync.\n"


def test_what_is_live_is_what_git_names(applied):
    live = applied.endpoint.pipelines(ACCOUNT, REGION)
    wanted = {document["name"]: document for document in sample(30, account=ACCOUNT, region=REGION)}
    assert {name: without_defaults(document) for name, document in live.items()} == wanted
    assert {document["version"] for document in live.values()} == {1}


@pytest.mark.parametrize("verb", [["plan"], ["apply"], ["run", "--once"]], ids=" ".join)
def test_a_quiet_pass_costs_one_list_and_one_page_of_tags(applied, verb):
    applied.run(*verb, check=0)
    assert applied.endpoint.counts() == LISTS


def test_an_edit_in_the_console_is_shown_as_drift_in_words_of_the_domain(edited):
    shown = edited.run("plan", check=3).out.splitlines()
    assert shown == [
        f"{ACCOUNT}/{REGION}",
        f"  ~ update  {EDITED}  version 2  (drift)  pipelines/{EDITED}.json",
        "      Build/Compile configuration.ProjectName: mine → svc0007-compile",
        shown[-1],
    ]
    assert shown[-1].startswith("1 to update; 29 pipelines in sync.")


def test_an_edit_in_the_console_is_healed_by_one_write(edited):
    edited.run("apply", check=0)
    live = edited.endpoint.get(ACCOUNT, REGION, EDITED)
    assert without_defaults(live) == sample(7, account=ACCOUNT, region=REGION)[-1]
    assert edited.endpoint.counts()["UpdatePipeline"] == 1
    edited.endpoint.clear_log()
    edited.run("plan", check=0)
    assert edited.endpoint.counts() == LISTS


def test_the_sample_repository_is_applied_to_three_accounts_and_the_second_plan_is_quiet(workshop):
    shutil.copytree(SAMPLE, workshop.repository / "pipelines")
    workshop.commit()
    workshop.settings(environments={name: environment(*each) for name, each in ENVIRONMENTS.items()})
    workshop.run("apply", check=0)
    assert places(workshop.endpoint) == {
        "111111111111/eu-west-1": 9, "222222222222/eu-west-1": 9,
        "333333333333/eu-west-1": 9, "333333333333/us-east-1": 1,
    }  # fmt: skip
    workshop.endpoint.clear_log()
    assert workshop.run("plan", check=0).out == "Nothing to do; 28 pipelines in sync.\n"
    counts = workshop.endpoint.counts()
    assert (counts["ListPipelines"], counts["GetResources"], counts["GetPipeline"]) == (4, 4, 0)


def environment(account: str, *regions: str) -> dict[str, Any]:
    role = f"arn:aws:iam::{account}:role/reconciler"
    return {"account": account, "regions": regions, "assume_role": role}


def places(endpoint: Endpoint) -> dict[str, int]:
    found = {
        f"{account}/{region}": len(endpoint.pipelines(account, region))
        for account, *regions in ENVIRONMENTS.values()
        for region in regions
    }
    return {place: count for place, count in found.items() if count}


def without_defaults(document: dict[str, Any]) -> dict[str, Any]:
    """Give a stored declaration without the members that the service adds."""
    return {key: value for key, value in document.items() if key != "version"}
