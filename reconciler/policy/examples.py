"""The sound pipelines that the examples of rules are laid over: one set for dev, staging and prod, and its settings.

An example is what stands below `overrides:` of the set. With several documents, divided by `---`, it is laid over one
set each, with another purpose.
"""

from __future__ import annotations

from textwrap import dedent, indent
from typing import TYPE_CHECKING, Any

from reconciler import documents

if TYPE_CHECKING:
    from reconciler.policy.rules import PolicyRule

SETTINGS = """\
environments:
  dev: {account: "111111111111", regions: [eu-west-1]}
  staging: {account: "222222222222", regions: [eu-west-1], after: dev}
  prod:
    account: "333333333333"
    regions: [eu-west-1]
    after: staging
    protected: true
    branches: [main, "release/*"]
    tags: ["v*"]
policy: {profile: strict, rules: {environment-parity: off}}
"""

SET = """\
project: shop
purpose: PURPOSE
environments: [dev, staging, prod]
tags: {project: shop, environment: "${environment}", team: web, owner: web}
pipeline:
  name: ${project}-${environment}-${purpose}
  pipelineType: V2
  executionMode: QUEUED
  roleArn: arn:aws:iam::${account}:role/shop-pipeline
  artifactStore:
    type: S3
    location: ${environment}-artifacts-${account}
    encryptionKey: {type: KMS, id: "arn:aws:kms:${region}:${account}:key/1f0c7a52-3d84-4b6e-9a1d-6c2e8f507b91"}
  stages:
    - name: Source
      actions:
        - name: Code
          actionTypeId: {category: Source, owner: AWS, provider: CodeStarSourceConnection, version: "1"}
          namespace: Source
          configuration:
            ConnectionArn: arn:aws:codeconnections:${region}:${account}:connection/4a7e2c91-0b5d-43f8-9c66-d1e8375fa204
            FullRepositoryId: example-org/shop
            BranchName: main
          outputArtifacts: [{name: Code}]
    - name: Build
      actions:
        - name: Package
          actionTypeId: {category: Build, owner: AWS, provider: CodeBuild, version: "1"}
          configuration: {ProjectName: "shop-${environment}-build"}
          inputArtifacts: [{name: Code}]
          outputArtifacts: [{name: Built}]
    - name: Test
      actions:
        - name: Integration
          actionTypeId: {category: Test, owner: AWS, provider: CodeBuild, version: "1"}
          configuration: {ProjectName: "shop-${environment}-integration"}
          inputArtifacts: [{name: Built}]
    - name: Approve
      actions:
        - name: Person
          actionTypeId: {category: Approval, owner: AWS, provider: Manual, version: "1"}
          timeoutInMinutes: 1440
          configuration:
            NotificationArn: arn:aws:sns:${region}:${account}:shop-approvals
            CustomData: "Deploy commit #{Source.CommitId}?"
    - name: Deploy
      onFailure: {result: ROLLBACK}
      actions:
        - name: Stack
          actionTypeId: {category: Deploy, owner: AWS, provider: CloudFormation, version: "1"}
          configuration:
            ActionMode: CREATE_UPDATE
            StackName: shop-${environment}-PURPOSE
            TemplatePath: Built::template.yaml
            RoleArn: arn:aws:iam::${account}:role/shop-stack
          inputArtifacts: [{name: Built}]
"""
_PURPOSES = ("web", "api")


def files(example: str) -> dict[str, str]:
    """Give the files of an example, by name."""
    parts = dedent(example).strip("\n").split("\n---\n")
    return {f"{purpose}.yaml": _laid_over(part, purpose) for part, purpose in zip(parts, _PURPOSES, strict=False)}


def settings(rule: PolicyRule) -> dict[str, Any]:
    """Give the settings of a rule's examples, as they stand in a file."""
    base: dict[str, Any] = documents.parse(SETTINGS, "settings")
    return _merged(base, documents.parse(rule.settings, rule.id) or {}) if rule.settings else base


def shown(example: str) -> str:
    """Give an example as it is shown to people."""
    return dedent(example).strip("\n")


def _laid_over(example: str, purpose: str) -> str:
    return SET.replace("PURPOSE", purpose) + "overrides:\n" + indent(example, "  ") + "\n"


def _merged(base: dict[str, Any], more: dict[str, Any]) -> dict[str, Any]:
    merged = dict(base)
    for key, value in more.items():
        known = merged.get(key)
        merged[key] = _merged(known, value) if isinstance(known, dict) and isinstance(value, dict) else value
    return merged
