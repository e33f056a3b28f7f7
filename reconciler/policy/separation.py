"""Environments stay apart: what a pipeline mentions is its own, and a protected environment is nobody else's."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from reconciler.pipeline.unknown import Unknown
from reconciler.policy.rules import NOT_APPLICABLE, PolicyRule, fail, levels, unknown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from reconciler.policy.facts import Facts, Work
    from reconciler.policy.mentions import Mention
    from reconciler.policy.rules import Subject, Verdict

_SEVERITY = levels("error/off", "error/warning", "error")
_KINDS = ("role", "bucket", "key", "secret", "connection")


def _belongs(subject: Subject, kind: str) -> Iterator[Verdict]:
    """Yield what belongs to another environment; the kind `""` stands for all that have no rule of their own."""
    facts = subject.facts
    if not facts.environment:
        yield NOT_APPLICABLE
        return
    for mention in facts.mentions:
        if mention.kind == kind or (not kind and mention.kind not in _KINDS):
            if isinstance(mention.text, Unknown):
                yield unknown(mention.path, f"{mention.text} is not known", "give the parameter a value")
            elif foreign := _foreign(mention, facts):
                yield _told(mention, foreign, facts)


def _foreign(mention: Mention, facts: Facts) -> frozenset[str]:
    """Give the environments that a mention belongs to, if none of them is one that it may belong to."""
    owners = facts.owners(mention)
    if not owners or facts.environment in owners:
        return frozenset()
    if mention.own_only:
        return owners
    work = _work_of(mention, facts)
    fitting = {work.environment} if work and mention.kind == "secret" else facts.allowed
    return frozenset() if owners & fitting else owners


def _work_of(mention: Mention, facts: Facts) -> Work | None:
    return next((each for each in facts.works if each.path == mention.path[:4]), None)


def _told(mention: Mention, owners: frozenset[str], facts: Facts) -> Verdict:
    whose = " and ".join(sorted(owners))
    what = f"{_noun(mention.kind)} {mention.text}"
    message = f"the {what} belongs to {whose}; this pipeline belongs to {facts.environment}"
    hint = f"name what {facts.environment} has; to let it work there, add the account to deploys_to in the settings"
    return fail(mention.path, message, hint, concerns=owners)


def _noun(kind: str) -> str:
    return kind.replace("-", " ")


def _accounts(subject: Subject) -> Iterator[Verdict]:
    facts = subject.facts
    if not facts.environment:
        yield NOT_APPLICABLE
        return
    for mention in facts.mentions:
        if not isinstance(mention.text, Unknown) and (account := facts.ownership.stranger(mention.text)):
            what = f"{_noun(mention.kind)} {mention.text}"
            message = f"the {what} lies in the account {account}, which no environment has"
            hint = f"correct it, or add the account to environments.{facts.environment}.deploys_to in the settings"
            yield fail(mention.path, message, hint)


def _reached(subject: Subject) -> Iterator[Verdict]:
    """Yield deployments to protected environments out of pipelines of others, be they allowed to or not."""
    facts = subject.facts
    if not facts.environment or not facts.guarded:
        yield NOT_APPLICABLE
        return
    if facts.is_protected(facts.environment):
        return
    for work in facts.guarded:
        message = f"{work.place} deploys to the protected {work.environment} out of a pipeline of {facts.environment}"
        yield fail(work.at, message, f"put it into a pipeline of {work.environment}", concerns=(work.environment,))


def _mixed(subject: Subject) -> Iterator[Verdict]:
    facts = subject.facts
    for number, stage in enumerate(facts.subject.pipeline.stages):
        here = {work.environment: work for work in facts.works if work.number == number and (work.said or work.deploys)}
        if len(here) > 1:
            message = f"the stage {stage.name} works in {' and in '.join(here)}"
            hint = "give each environment a stage of its own, so that one can be held while the other goes on"
            yield fail(("stages", number, "name"), message, hint, concerns=here)


def _of(kind: str) -> Callable[[Subject], Iterator[Verdict]]:
    return partial(_belongs, kind=kind)


RULES: tuple[PolicyRule, ...] = (
    PolicyRule(
        "environment-role",
        "a pipeline uses the roles of its own environment",
        "A role of another environment is all that is needed to change that environment.",
        _SEVERITY,
        _of("role"),
        """
        dev:
          stages:
            - name: Deploy
              actions: [{name: Stack, roleArn: "arn:aws:iam::333333333333:role/shop-deploy"}]  # finding
        """,
        """
        dev:
          stages:
            - name: Deploy
              actions: [{name: Stack, roleArn: "arn:aws:iam::111111111111:role/shop-deploy"}]
        """,
    ),
    PolicyRule(
        "environment-bucket",
        "a pipeline uses the buckets of its own environment",
        "Whoever can write artifacts of another environment decides what is deployed there.",
        _SEVERITY,
        _of("bucket"),
        """
        dev:
          artifactStore: {location: prod-artifacts-333333333333}  # finding
        """,
        """
        dev:
          artifactStore: {location: dev-artifacts-111111111111}
        """,
    ),
    PolicyRule(
        "environment-key",
        "a pipeline uses the keys of its own environment",
        "With a key that two environments share, one reads what the other keeps.",
        _SEVERITY,
        _of("key"),
        """
        dev:
          artifactStore:
            encryptionKey: {type: KMS, id: "arn:aws:kms:eu-west-1:333333333333:key/aaaa-3333"}  # finding
        """,
        """
        dev:
          artifactStore:
            encryptionKey: {type: KMS, id: "arn:aws:kms:eu-west-1:111111111111:key/aaaa-1111"}
        """,
    ),
    PolicyRule(
        "environment-secret",
        "a pipeline reads the secrets and parameters of its own environment",
        "A build of dev runs code that nobody has reviewed, and would run it with the secrets of production.",
        _SEVERITY,
        _of("secret"),
        """
        dev:
          stages:
            - name: Build
              actions:
                - name: Package
                  configuration:
                    EnvironmentVariables: '[{"name": "D", "value": "shop/prod", "type": "SECRETS_MANAGER"}]'  # finding
        """,
        """
        dev:
          stages:
            - name: Build
              actions:
                - name: Package
                  configuration:
                    EnvironmentVariables: '[{"name": "DB", "value": "shop/dev/db", "type": "SECRETS_MANAGER"}]'
        """,
    ),
    PolicyRule(
        "environment-connection",
        "a pipeline reads its source through a connection of its own environment",
        "A connection carries the rights to repositories; one for all environments opens all of them.",
        _SEVERITY,
        _of("connection"),
        """
        dev:
          stages:
            - name: Source
              actions:
                - name: Code
                  configuration:
                    ConnectionArn: arn:aws:codeconnections:eu-west-1:333333333333:connection/c-3333  # finding
        """,
        """
        dev:
          stages:
            - name: Source
              actions:
                - name: Code
                  configuration:
                    ConnectionArn: arn:aws:codeconnections:eu-west-1:111111111111:connection/c-1111
        """,
    ),
    PolicyRule(
        "environment-target",
        "a pipeline works on stacks, services, projects and functions of its own environment",
        "A pipeline of dev that names a stack of production deploys untested changes to it.",
        _SEVERITY,
        _of(""),
        """
        dev:
          stages:
            - name: Deploy
              actions: [{name: Stack, configuration: {StackName: shop-prod-web}}]  # finding
        """,
        """
        dev:
          stages:
            - name: Deploy
              actions: [{name: Stack, configuration: {StackName: shop-dev-web}}]
        """,
    ),
    PolicyRule(
        "environment-account",
        "every account that a pipeline mentions belongs to an environment",
        "An account that nobody listed is an account that nobody watches.",
        _SEVERITY,
        _accounts,
        """
        prod:
          stages:
            - name: Deploy
              actions:
                - name: Stack
                  configuration:
                    RoleArn: arn:aws:iam::999999999999:role/shop-prod-stack  # finding
        """,
        """
        prod:
          stages:
            - name: Deploy
              actions: [{name: Stack, configuration: {RoleArn: "arn:aws:iam::333333333333:role/shop-prod-stack"}}]
        """,
    ),
    PolicyRule(
        "protected-own-pipeline",
        "a protected environment is reached only by its own pipelines, or by those of another protected one",
        "What guards a pipeline of dev is made for dev.",
        _SEVERITY,
        _reached,
        """
        dev:
          stages:
            - name: Approve
              $before: Deploy
              actions:
                - name: Person
                  actionTypeId: {category: Approval, owner: AWS, provider: Manual, version: "1"}
                  configuration: {CustomData: "Deploy #{Source.CommitId}?"}
            - name: Staging
              $after: Deploy
              actions:
                - name: Stack
                  roleArn: arn:aws:iam::222222222222:role/shop-deploy
                  actionTypeId: {category: Deploy, owner: AWS, provider: CloudFormation, version: "1"}
                  configuration: {ActionMode: CREATE_UPDATE, StackName: shop-web, TemplatePath: "Built::t.yaml",
                                  RoleArn: "arn:aws:iam::222222222222:role/shop-stack"}
                  inputArtifacts: [{name: Built}]
            - name: Production
              $after: Staging
              actions:
                - name: Stack  # finding
                  roleArn: arn:aws:iam::333333333333:role/shop-deploy
                  actionTypeId: {category: Deploy, owner: AWS, provider: CloudFormation, version: "1"}
                  configuration: {ActionMode: CREATE_UPDATE, StackName: shop-web, TemplatePath: "Built::t.yaml",
                                  RoleArn: "arn:aws:iam::333333333333:role/shop-stack"}
                  inputArtifacts: [{name: Built}]
        """,
        """
        dev:
          stages:
            - name: Staging
              $after: Deploy
              actions:
                - name: Stack
                  roleArn: arn:aws:iam::222222222222:role/shop-deploy
                  actionTypeId: {category: Deploy, owner: AWS, provider: CloudFormation, version: "1"}
                  configuration: {ActionMode: CREATE_UPDATE, StackName: shop-web, TemplatePath: "Built::t.yaml",
                                  RoleArn: "arn:aws:iam::222222222222:role/shop-stack"}
                  inputArtifacts: [{name: Built}]
        """,
        settings='environments: {dev: {deploys_to: ["222222222222", "333333333333"]}}',
    ),
    PolicyRule(
        "environment-mixed-stage",
        "a stage works in one environment",
        "A stage is held, retried and rolled back as a whole: two environments in it cannot be told apart.",
        levels("off", "warning", "error/warning"),
        _mixed,
        """
        staging:
          stages:
            - name: Deploy  # finding
              actions:
                - {name: Stack, runOrder: 2}
                - name: Other
                  runOrder: 1
                  roleArn: arn:aws:iam::111111111111:role/shop-deploy
                  actionTypeId: {category: Deploy, owner: AWS, provider: CloudFormation, version: "1"}
                  configuration: {ActionMode: CREATE_UPDATE, StackName: shop-web, TemplatePath: "Built::t.yaml",
                                  RoleArn: "arn:aws:iam::111111111111:role/shop-stack"}
                  inputArtifacts: [{name: Built}]
        """,
        """
        staging:
          stages:
            - name: Development
              $before: Deploy
              actions:
                - name: Other
                  roleArn: arn:aws:iam::111111111111:role/shop-deploy
                  actionTypeId: {category: Deploy, owner: AWS, provider: CloudFormation, version: "1"}
                  configuration: {ActionMode: CREATE_UPDATE, StackName: shop-web, TemplatePath: "Built::t.yaml",
                                  RoleArn: "arn:aws:iam::111111111111:role/shop-stack"}
                  inputArtifacts: [{name: Built}]
        """,
        settings='environments: {staging: {deploys_to: ["111111111111"]}}',
    ),
)
