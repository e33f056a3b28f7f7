"""Twelve leaks between environments, each to be laid over a sound set of pipelines for dev, staging and prod."""

from __future__ import annotations

from textwrap import indent
from typing import Any, NamedTuple

from reconciler import documents
from reconciler.policy import examples


class Leak(NamedTuple):
    """One leak: the rule that finds it, what is laid over the set (its line ends in `# leak`), and what it is."""

    rule: str
    overrides: str
    what: str

    @property
    def line(self) -> int:
        """Line of the leak in `text(self.overrides)`."""
        return next(number for number, row in enumerate(text(self.overrides).splitlines(), 1) if row.endswith("# leak"))


def settings() -> dict[str, Any]:
    """Give the settings: all environments may deploy to one shared account."""
    found: dict[str, Any] = documents.parse(examples.SETTINGS, "settings")
    for name in found["environments"]:
        found["environments"][name]["deploys_to"] = [SHARED]
    return found


def text(overrides: str) -> str:
    """Give the file of the set with something laid over it."""
    return examples.SET.replace("PURPOSE", "web") + "overrides:\n" + indent(overrides, "  ")


SHARED = "444444444444"
LEAKS = (
    Leak("environment-role", """
dev:
  stages:
    - name: Build
      actions:
        - name: Package
          roleArn: arn:aws:iam::333333333333:role/shop-build  # leak
""", "role"),
    Leak("environment-bucket", """
dev:
  artifactStore:
    location: prod-artifacts-333333333333  # leak
""", "bucket"),
    Leak("environment-key", """
staging:
  artifactStore:
    encryptionKey:
      id: arn:aws:kms:eu-west-1:333333333333:key/c27d9f48-6e15-4a3b-8f72-b5a0e41d3986  # leak
""", "key"),
    Leak("environment-target", """
dev:
  stages:
    - name: Deploy
      actions:
        - name: Stack
          configuration:
            StackName: shop-prod-web  # leak
""", "stack"),
    Leak("environment-connection", """
dev:
  stages:
    - name: Source
      actions:
        - name: Code
          configuration:
            ConnectionArn: arn:aws:codeconnections:eu-west-1:333333333333:connection/63b1d05e  # leak
""", "connection"),
    Leak("branch-not-allowed", """
prod:
  stages:
    - name: Source
      actions:
        - name: Code
          configuration:
            BranchName: develop  # leak
""", "branch"),
    Leak("trigger-not-allowed", """
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
""", "trigger"),
    Leak("approval-after-deploy", """
prod:
  stages:
    - name: Approve
      $after: Deploy
      actions:
        - name: Person  # leak
""", "approval behind the deployment"),
    Leak("approval-in-parallel", """
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
""", "approval in a parallel branch"),
    Leak("same-artifact-promoted", """
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
""", "rebuilt artifact"),
    Leak("shared-deploy-target", "".join(f"""
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
        "shared deployment group"),
    Leak("environment-secret", """
staging:
  stages:
    - name: Test
      actions:
        - name: Integration
          configuration:
            EnvironmentVariables: '[{"name": "DB", "value": "shop/prod/database", "type": "SECRETS_MANAGER"}]'  # leak
""", "secret reference"),
)  # fmt: skip
