"""The sample project of `config/testing` passes; each planted mistake makes exactly the expected item fail."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from plugin.shops import run

pytest_plugins = ["pytester"]

SAMPLE = Path(__file__).parents[2] / "config" / "testing"
PROD, DEV = "shop-prod-deploy", "shop-dev-deploy"


@pytest.fixture
def sample(pytester):
    shutil.copytree(
        SAMPLE, pytester.path, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__", ".pytest_*")
    )
    return pytester


def plant(sample, name, old, new):
    file = sample.path / "pipelines" / f"{name}.yaml"
    text = file.read_text(encoding="utf-8")
    assert text.count(old) == 1
    file.write_text(text.replace(old, new), encoding="utf-8")


def failing(result):
    lines = [line for line in result.outlines if line.startswith(("FAILED ", "ERROR "))]
    return [line.partition(" ")[2].split(" - ")[0] for line in lines]


def named(ids):
    return {each.rpartition("::")[2].partition("[")[0] for each in ids}


def test_everything_passes(sample):
    result = run(sample, "-W", "error")
    assert result.ret == 0
    assert result.parseoutcomes()["passed"] > 50


def test_everything_passes_with_workers(sample):
    assert run(sample, "-n", "2", "-W", "error").ret == 0


SMOKE = "ProjectName: shop-prod-smoke}\n          inputArtifacts: [{name: App}]"
LINT = "ProjectName: shop-prod-lint}\n          inputArtifacts: [{name: Code}]"
FOREIGN = "333333333333:role/prod-deploy"
ABOUT_PROD = {
    "a release waits for a person", "a rejected release is not deployed",
    "a failed deployment goes back to the last good one", "test_prod_is_gated", "test_silence_is_not_consent",
    "test_a_newer_change_supersedes_the_waiting_one", "test_nobody_gets_to_prod_without_consent",
    "test_a_release_looks_as_it_always_did",
}  # fmt: skip
"""The sample's own tests that name prod: without its approval they fail, too, and where it is no definition at all."""
APPROVAL = re.compile(r"        - name: Approve\n(?:          .*\n)+")


def test_an_approval_that_is_removed_is_missed_by_the_policy(sample):
    text = (sample.path / "pipelines" / f"{PROD}.yaml").read_text(encoding="utf-8")
    (found,) = APPROVAL.findall(text)
    plant(sample, PROD, found, "")
    first, *others = failing(run(sample))
    assert first == f"pipelines/{PROD}.yaml::{PROD}::policy[protected-needs-approval]"
    assert named(others) == ABOUT_PROD


@pytest.mark.parametrize(
    ("name", "old", "new", "item"),
    [
        pytest.param(PROD, SMOKE, SMOKE.replace("App", "Ap"), "structure", id="misnamed"),
        pytest.param(DEV, "111111111111:role/dev-deploy", FOREIGN, "policy[environment-role]", id="prod role in dev"),
        pytest.param(PROD, "{includes: [main]}", '{includes: ["*"]}', "policy[trigger-not-allowed]", id="too wide"),
        pytest.param(PROD, LINT, LINT.replace("Code", "App"), "structure", id="sibling"),
    ],
)  # fmt: skip
def test_a_planted_mistake_makes_exactly_the_expected_item_fail(sample, name, old, new, item):
    plant(sample, name, old, new)
    first, *others = failing(run(sample))
    assert first == f"pipelines/{name}.yaml::{name}::{item}"
    assert named(others) == (ABOUT_PROD if item == "structure" else set())
