"""What every path to a protected deployment passes, proven over the graph: approvals and tests.

A gate counts if the deployment cannot begin before it has succeeded: one that runs side by side with it, after it, or
in a stage that may be skipped, is none (`graph.Graph.gates`).
"""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from reconciler.policy.rules import NOT_APPLICABLE, Parameter, PolicyRule, fail, levels

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from reconciler.pipeline.model import Action
    from reconciler.policy.facts import Facts, Work
    from reconciler.policy.rules import Subject, Verdict

_SEVERITY = levels("error/off", "error/warning", "error")
APPROVAL = "Approval"


def gates(work: Work, facts: Facts) -> tuple[Action, ...]:
    """Give the actions that every path to a deployment passes with success."""
    return facts.subject.graph.gates(work.place)


def _unapproved(facts: Facts) -> Iterator[Work]:
    """Give the deployments to protected environments that no approval guards."""
    for work in facts.guarded:
        if not any(gate.category == APPROVAL for gate in gates(work, facts)):
            yield work


def first_of_stages(works: Sequence[Work]) -> Iterator[Work]:
    """Give one of each stage: the others there have the same remedy."""
    yield from {work.number: work for work in reversed(works)}.values()


def _misplaced(facts: Facts, work: Work) -> Work | None:
    """Give the first approval that stands beside or behind a deployment."""
    moments = facts.subject.graph.moments
    later = [
        each for each in facts.works if each.action.category == APPROVAL and moments[each.place] >= moments[work.place]
    ]
    return min(later, key=lambda each: moments[each.place], default=None)


def _approval(subject: Subject) -> Iterator[Verdict]:
    facts = subject.facts
    if not facts.guarded:
        yield NOT_APPLICABLE
        return
    for work in first_of_stages([each for each in _unapproved(facts) if not _misplaced(facts, each)]):
        skipped = [
            each.place
            for each in facts.works
            if each.action.category == APPROVAL and facts.subject.graph.may_be_skipped(each.place)
        ]
        reason = f": the stage of {skipped[0]} may be skipped" if skipped else ""
        message = f"{work.place} deploys to {work.environment} and no approval is on every path to it{reason}"
        hint = "put an approval into an earlier stage that is never skipped, or before it by a smaller runOrder"
        yield fail(work.at, message, hint, (work.environment,))


def _late(subject: Subject, *, parallel: bool) -> Iterator[Verdict]:
    facts = subject.facts
    if not facts.guarded:
        yield NOT_APPLICABLE
        return
    found: dict[str, tuple[Work, Work]] = {}
    for work in _unapproved(facts):
        if approval := _misplaced(facts, work):
            beside = facts.subject.graph.overlaps(approval.place, work.place)
            if beside == parallel:
                found.setdefault(approval.place, (approval, work))
    for approval, work in found.values():
        where = "runs side by side with" if parallel else "comes after"
        message = f"the approval {approval.place} {where} the deployment {work.place}, so it guards nothing"
        hint = "give it a smaller runOrder, or a stage before" if parallel else f"move it before {work.place}"
        yield fail(approval.at, message, hint, (work.environment,))


def _behind(subject: Subject) -> Iterator[Verdict]:
    return _late(subject, parallel=False)


def _beside(subject: Subject) -> Iterator[Verdict]:
    return _late(subject, parallel=True)


def _tests(subject: Subject) -> Iterator[Verdict]:
    facts, names = subject.facts, subject.parameters["names"]
    if not facts.guarded:
        yield NOT_APPLICABLE
        return
    untested = [
        work
        for work in facts.guarded
        if not any(_is_test(gate, names) for gate in gates(work, facts)) and not _has_rule(work, facts)
    ]
    for work in first_of_stages(untested):
        message = f"{work.place} deploys to {work.environment} and no test is on every path to it"
        yield fail(work.at, message, "put a test action, or a stage with a condition that fails, before it",
                   (work.environment,))  # fmt: skip


def _is_test(action: Action, names: Sequence[str]) -> bool:
    if action.category in ("Source", APPROVAL, "Deploy"):
        return False
    if action.category == "Test" or action.provider == "InspectorScan":
        return True
    return any(fnmatchcase(name, glob) for glob in names for name in (action.name, action.stage))


def _has_rule(work: Work, facts: Facts) -> bool:
    """Tell whether a condition that can fail stands on every path: at the entry of a stage, or at its end."""
    graph = facts.subject.graph
    for number, stage in enumerate(facts.subject.pipeline.stages[: work.number + 1]):
        if number in graph.skippable and number != work.number:
            continue
        entry = _results(stage.document, "beforeEntry")
        end = _results(stage.document, "onSuccess") if number < work.number else ()
        if "FAIL" in entry or end:
            return True
    return False


def _results(stage: Mapping[str, object], gate: str) -> tuple[object, ...]:
    found = stage.get(gate)
    conditions = found.get("conditions") if isinstance(found, dict) else None
    return tuple(each.get("result") for each in conditions or () if each.get("rules"))


def _context(subject: Subject) -> Iterator[Verdict]:
    facts = subject.facts
    approvals = [work for work in facts.works if work.action.category == APPROVAL]
    if not approvals:
        yield NOT_APPLICABLE
        return
    for work in approvals:
        if not any(work.action.configuration.get(key) for key in subject.parameters["keys"]):
            message = f"{work.place} does not say what is approved"
            yield fail(work.at, message, "write CustomData with the revision, or a link in ExternalEntityLink")


_PERSON = 'actionTypeId: {category: Approval, owner: AWS, provider: Manual, version: "1"}'

RULES: tuple[PolicyRule, ...] = (
    PolicyRule(
        "protected-needs-approval",
        "every path to a protected deployment passes an approval",
        "Without it, a push is all that it takes to change production.",
        _SEVERITY,
        _approval,
        """
        prod:
          stages:
            - name: Approve
              $delete: true
            - name: Deploy
              actions:
                - name: Stack  # finding
        """,
        """
        prod:
          stages:
            - name: Approve
              $after: Test
        """,
    ),
    PolicyRule(
        "approval-after-deploy",
        "an approval comes before what it guards",
        "Behind the deployment it only asks for forgiveness.",
        _SEVERITY,
        _behind,
        """
        prod:
          stages:
            - name: Approve
              $after: Deploy
              actions:
                - name: Person  # finding
        """,
        """
        prod:
          stages:
            - name: Approve
              $before: Deploy
        """,
    ),
    PolicyRule(
        "approval-in-parallel",
        "an approval does not run side by side with what it guards",
        "Actions of equal runOrder start together, so the deployment does not wait for the answer.",
        _SEVERITY,
        _beside,
        f"""
        prod:
          stages:
            - name: Approve
              $delete: true
            - name: Deploy
              actions:
                - name: Person  # finding
                  runOrder: 1
                  {_PERSON}
                  timeoutInMinutes: 1440
                  configuration:
                    CustomData: "Deploy #{{Source.CommitId}}?"
                    NotificationArn: arn:aws:sns:eu-west-1:333333333333:shop-approvals
        """,
        f"""
        prod:
          stages:
            - name: Approve
              $delete: true
            - name: Deploy
              actions:
                - name: Person
                  runOrder: 1
                  {_PERSON}
                  timeoutInMinutes: 1440
                  configuration:
                    CustomData: "Deploy #{{Source.CommitId}}?"
                    NotificationArn: arn:aws:sns:eu-west-1:333333333333:shop-approvals
                - {{name: Stack, runOrder: 2}}
        """,
    ),
    PolicyRule(
        "protected-needs-test",
        "every path to a protected deployment passes a test or a condition",
        "A person who approves cannot see what a test would have found.",
        levels("off", "warning/off", "error/off"),
        _tests,
        """
        prod:
          stages:
            - name: Test
              $delete: true
            - name: Deploy
              actions:
                - name: Stack  # finding
        """,
        """
        prod:
          stages:
            - name: Test
              $delete: true
            - name: Build
              onSuccess:
                conditions:
                  - result: FAIL
                    rules:
                      - name: NoAlarm
                        ruleTypeId: {category: Rule, owner: AWS, provider: CloudWatchAlarm, version: "1"}
                        configuration: {AlarmName: shop-prod-errors}
        """,
        parameters={
            "names": Parameter(
                ["*Test*", "*Check*", "*Scan*", "*Validate*", "*Verify*", "*Lint*", "*DryRun*"],
                "globs of actions and stages that test although their category is another",
            )
        },
    ),
    PolicyRule(
        "approval-context",
        "an approval says what is approved",
        "Nobody can judge `Approve?` at three in the morning.",
        levels("off", "warning/info", "error/warning"),
        _context,
        """
        prod:
          stages:
            - name: Approve
              actions:
                - name: Person  # finding
                  configuration: {CustomData: null}
        """,
        """
        prod:
          stages:
            - name: Approve
              actions: [{name: Person, configuration: {CustomData: "Deploy #{Source.CommitId}?"}}]
        """,
        parameters={"keys": Parameter(["CustomData", "ExternalEntityLink"], "configuration keys of which one says it")},
    ),
)
