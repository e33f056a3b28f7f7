"""Twelve leaks between environments, planted one at a time: each is found once, at its line, and nothing else is."""

from __future__ import annotations

import json
from textwrap import indent
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from reconciler import documents
from reconciler.cli.app import app
from reconciler.policy import examples

if TYPE_CHECKING:
    from pathlib import Path

SHARED = "444444444444"
LEAKS = [
    pytest.param("environment-role", """
dev:
  stages:
    - name: Build
      actions:
        - name: Package
          roleArn: arn:aws:iam::333333333333:role/shop-build  # leak
""", id="role"),
    pytest.param("environment-bucket", """
dev:
  artifactStore:
    location: prod-artifacts-333333333333  # leak
""", id="bucket"),
    pytest.param("environment-key", """
staging:
  artifactStore:
    encryptionKey:
      id: arn:aws:kms:eu-west-1:333333333333:key/c27d9f48-6e15-4a3b-8f72-b5a0e41d3986  # leak
""", id="key"),
    pytest.param("environment-target", """
dev:
  stages:
    - name: Deploy
      actions:
        - name: Stack
          configuration:
            StackName: shop-prod-web  # leak
""", id="stack"),
    pytest.param("environment-connection", """
dev:
  stages:
    - name: Source
      actions:
        - name: Code
          configuration:
            ConnectionArn: arn:aws:codeconnections:eu-west-1:333333333333:connection/63b1d05e  # leak
""", id="connection"),
    pytest.param("branch-not-allowed", """
prod:
  stages:
    - name: Source
      actions:
        - name: Code
          configuration:
            BranchName: develop  # leak
""", id="branch"),
    pytest.param("trigger-not-allowed", """
prod:
  triggers:
    - providerType: CodeStarSourceConnection
      gitConfiguration:
        sourceActionName: Code
        push:
          - branches:
              includes:
                - main
                - hotfix/*  # leak
""", id="trigger"),
    pytest.param("approval-after-deploy", """
prod:
  stages:
    - name: Approve
      $after: Deploy
      actions:
        - name: Person  # leak
""", id="approval behind the deployment"),
    pytest.param("approval-in-parallel", """
prod:
  stages:
    - name: Approve
      $delete: true
    - name: Deploy
      actions:
        - name: Stack
          runOrder: 3
        - name: Person  # leak
          runOrder: 3
          actionTypeId: {category: Approval, owner: AWS, provider: Manual, version: "1"}
          timeoutInMinutes: 60
          configuration:
            NotificationArn: arn:aws:sns:eu-west-1:333333333333:shop-approvals
            CustomData: "Deploy commit #{Source.CommitId}?"
""", id="approval in a parallel branch"),
    pytest.param("same-artifact-promoted", """
prod:
  stages:
    - name: Rebuild
      $before: Deploy
      actions:
        - name: Package  # leak
          actionTypeId: {category: Build, owner: AWS, provider: CodeBuild, version: "1"}
          configuration: {ProjectName: shop-prod-build}
          inputArtifacts: [{name: Code}]
          outputArtifacts: [{name: Rebuilt}]
    - name: Deploy
      actions:
        - name: Stack
          inputArtifacts: [{name: Rebuilt}]
          configuration: {TemplatePath: "Rebuilt::template.yaml"}
""", id="rebuilt artifact"),
    pytest.param("shared-deploy-target", "".join(f"""
{environment}:
  stages:
    - name: Deploy
      actions:
        - name: Stack
          $replace: true
          roleArn: arn:aws:iam::{SHARED}:role/fleet
          actionTypeId: {{category: Deploy, owner: AWS, provider: CodeDeploy, version: "1"}}
          inputArtifacts: [{{name: Built}}]
          configuration:
            ApplicationName: shop{mark}
            DeploymentGroupName: {group}
""" for environment, group, mark in (("dev", "fleet", "  # leak"), ("staging", "other", ""), ("prod", "fleet", ""))),
        id="shared deployment group"),
    pytest.param("environment-secret", """
staging:
  stages:
    - name: Test
      actions:
        - name: Integration
          configuration:
            EnvironmentVariables: '[{"name": "DB", "value": "shop/prod/database", "type": "SECRETS_MANAGER"}]'  # leak
""", id="secret reference"),
]  # fmt: skip


@pytest.fixture
def validate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Give what `validate` says of the sound pipelines with something laid over them."""
    settings = documents.parse(examples.SETTINGS, "settings")
    for name in ("dev", "staging", "prod"):
        settings["environments"][name]["deploys_to"] = [SHARED]
    (tmp_path / "reconciler.yaml").write_text(json.dumps(settings))
    monkeypatch.chdir(tmp_path)

    def run(overrides: str, *arguments: str) -> list[tuple[int, str, str]]:
        text = examples.SET.replace("PURPOSE", "web") + "overrides:\n" + indent(overrides, "  ")
        (tmp_path / "web.yaml").write_text(text)
        done = CliRunner().invoke(app, ["validate", "web.yaml", "--format", "json", *arguments])
        return [(each["line"], each["rule"], each["severity"]) for each in json.loads(done.stdout)["findings"]]

    return run


def line_of(overrides: str) -> int:
    rows = (examples.SET + "overrides:\n" + overrides).splitlines()
    return next(number for number, row in enumerate(rows, 1) if row.endswith("# leak"))


@pytest.mark.parametrize(("rule", "overrides"), LEAKS)
def test_a_leak_is_found_once_at_its_line_and_nothing_else_is(validate, rule: str, overrides: str) -> None:
    assert validate(overrides) == [(line_of(overrides), rule, "error")]


@pytest.mark.parametrize(("rule", "overrides"), LEAKS)
def test_with_the_minimal_profile_too_what_endangers_production_is_an_error(validate, rule, overrides) -> None:
    assert validate(overrides, "--set", "policy.profile=minimal") == [(line_of(overrides), rule, "error")]


def test_there_are_twelve() -> None:
    assert len(LEAKS) == len({leak.id for leak in LEAKS}) == 12


def test_without_a_leak_nothing_is_said(validate) -> None:
    assert validate("dev: {}") == []
