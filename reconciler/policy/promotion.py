"""The way of a release through environments: their order, and that what arrives is what was tried and approved."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.policy import flow
from reconciler.policy.rules import NOT_APPLICABLE, PolicyRule, fail, levels

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reconciler.pipeline.model import Action
    from reconciler.policy.facts import Facts, Work
    from reconciler.policy.rules import Subject, Verdict

_SEVERITY = levels("error/off", "error/warning", "error")
_MAKERS = frozenset({"Build", "Test", "Compute", "Invoke"})


def _before(environment: str, facts: Facts) -> str | None:
    known = facts.ownership.environments.get(environment)
    return known.after if known else None


def _all_before(environment: str, facts: Facts) -> set[str]:
    found: set[str] = set()
    before = _before(environment, facts)
    while before is not None:
        found.add(before)
        before = _before(before, facts)
    return found


def _order(subject: Subject) -> Iterator[Verdict]:
    facts = subject.facts
    here = {work.environment for work in facts.deployments}
    if len(here) <= 1:
        yield NOT_APPLICABLE
        return
    for work in flow.first_of_stages(facts.deployments):
        first = _before(work.environment, facts)
        passed = {facts.by_place[gate.place].environment for gate in flow.gates(work, facts) if _deploys(gate, facts)}
        if first is not None and first not in passed and here & _all_before(work.environment, facts):
            message = f"{work.place} deploys to {work.environment} before every path has deployed to {first}"
            yield fail(work.at, message, f"deploy to {first} in a stage before, one that is never skipped",
                       (work.environment,))  # fmt: skip


def _deploys(action: Action, facts: Facts) -> bool:
    return facts.by_place[action.place].deploys


def _rebuilt(subject: Subject) -> Iterator[Verdict]:
    """Yield what is made after it was approved, or after it was deployed to an earlier environment."""
    facts = subject.facts
    if not facts.guarded:
        yield NOT_APPLICABLE
        return
    told: set[str] = set()
    for work in facts.guarded:
        late = [each for each in facts.subject.graph.upstream(work.place) if _passed(each, work, facts)]
        for action in late[:1]:
            if action.place not in told:
                told.add(action.place)
                gate = _passed(action, work, facts)
                message = f"{action.place} makes what {work.place} deploys, after {gate} has passed something else"
                hint = f"build once, before {gate}, and deploy that artifact everywhere"
                yield fail(facts.by_place[action.place].at, message, hint, (work.environment,))
        if not late:
            yield from _other_bytes(work, facts)


def _passed(action: Action, work: Work, facts: Facts) -> str:
    """Give the approval or the earlier deployment that ended before an action made its artifact; empty if none did."""
    graph = facts.subject.graph
    if action.category not in _MAKERS:
        return ""
    for gate in flow.gates(work, facts):
        other = facts.by_place[gate.place]
        earlier = other.deploys and other.environment != work.environment
        if (earlier or gate.category == flow.APPROVAL) and graph.precedes(gate.place, action.place):
            return gate.place
    return ""


def _other_bytes(work: Work, facts: Facts) -> Iterator[Verdict]:
    first = _before(work.environment, facts)
    taken = {name for each in facts.deployments if each.environment == first for name in each.action.inputs}
    if taken and work.action.inputs and not taken & set(work.action.inputs):
        ours = ", ".join(work.action.inputs)
        message = f"{work.place} deploys {ours}, and {first} was given {', '.join(sorted(taken))}"
        hint = "deploy the artifact that was tried there"
        yield fail((*work.path, "inputArtifacts"), message, hint, (work.environment,))


RULES: tuple[PolicyRule, ...] = (
    PolicyRule(
        "environment-order",
        "a pipeline that deploys to several environments keeps their order, without a shortcut",
        "What was not tried in staging is tried in production.",
        _SEVERITY,
        _order,
        """
        prod:
          stages:
            - name: Development
              $before: Approve
              actions:
                - name: Stack
                  roleArn: arn:aws:iam::111111111111:role/shop-deploy
                  actionTypeId: {category: Deploy, owner: AWS, provider: CloudFormation, version: "1"}
                  configuration: {ActionMode: CREATE_UPDATE, StackName: shop-web, TemplatePath: "Built::t.yaml",
                                  RoleArn: "arn:aws:iam::111111111111:role/shop-stack"}
                  inputArtifacts: [{name: Built}]
            - name: Deploy
              actions:
                - name: Stack  # finding
        """,
        """
        prod:
          stages:
            - name: Staging
              $before: Approve
              actions:
                - name: Stack
                  roleArn: arn:aws:iam::222222222222:role/shop-deploy
                  actionTypeId: {category: Deploy, owner: AWS, provider: CloudFormation, version: "1"}
                  configuration: {ActionMode: CREATE_UPDATE, StackName: shop-web, TemplatePath: "Built::t.yaml",
                                  RoleArn: "arn:aws:iam::222222222222:role/shop-stack"}
                  inputArtifacts: [{name: Built}]
        """,
        settings='environments: {prod: {deploys_to: ["111111111111", "222222222222"]}}',
    ),
    PolicyRule(
        "same-artifact-promoted",
        "what is deployed is what was approved and tried, nothing is built in between",
        "A second build may take another base image, another dependency, another commit.",
        _SEVERITY,
        _rebuilt,
        """
        prod:
          stages:
            - name: Rebuild
              $before: Deploy
              actions:
                - name: Package  # finding
                  actionTypeId: {category: Build, owner: AWS, provider: CodeBuild, version: "1"}
                  configuration: {ProjectName: shop-prod-rebuild}
                  inputArtifacts: [{name: Code}]
                  outputArtifacts: [{name: Again}]
            - name: Deploy
              actions:
                - name: Stack
                  configuration: {TemplatePath: "Again::t.yaml"}
                  inputArtifacts: [{name: Again}]
        """,
        """
        prod:
          stages:
            - name: Rebuild
              $before: Approve
              actions:
                - name: Package
                  actionTypeId: {category: Build, owner: AWS, provider: CodeBuild, version: "1"}
                  configuration: {ProjectName: shop-prod-rebuild}
                  inputArtifacts: [{name: Code}]
                  outputArtifacts: [{name: Again}]
            - name: Deploy
              actions:
                - name: Stack
                  configuration: {TemplatePath: "Again::t.yaml"}
                  inputArtifacts: [{name: Again}]
        """,
    ),
)
