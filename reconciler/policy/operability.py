"""Rules about what people need who live with a pipeline: owners, news, room to grow, short runs."""

from __future__ import annotations

from collections import defaultdict
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from reconciler.pipeline import canonical, variables
from reconciler.pipeline.unknown import Unknown
from reconciler.policy.rules import NOT_APPLICABLE, Parameter, PolicyRule, fail, levels

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reconciler.documents import Path
    from reconciler.pipeline.model import Action
    from reconciler.policy.rules import Subject, Verdict

_APART = frozenset({"Build", "Test"})
"""Categories whose actions change nothing outside, so that their order is nobody's intention."""

_VARIABLES, _TRIGGERS = 50, 50
"""Variables and triggers that a pipeline may have (reference C)."""


def _untagged(subject: Subject) -> Iterator[Verdict]:
    tags = subject.facts.stated.tags
    if tags is None:
        yield NOT_APPLICABLE
        return
    for wanted in subject.parameters["tags"]:
        names = str(wanted).split("|")
        if not any(tags.get(name) for name in names):
            yield fail(("tags",), f"no tag says the {' or '.join(names)} of {subject.facts.name}",
                       f"add `tags: {{{names[0]}: …}}` beside `pipeline:`")  # fmt: skip


def _silent(subject: Subject) -> Iterator[Verdict]:
    approvals = [(path, action) for path, action in subject.facts.subject if action.provider == "Manual"]
    if not approvals:
        yield NOT_APPLICABLE
    for path, action in approvals:
        if not action.configuration.get("NotificationArn"):
            yield fail(path, f"nobody is told that {action.name} waits for somebody",
                       "add `NotificationArn`, an SNS topic in the pipeline's Region")  # fmt: skip


def _nearly_full(subject: Subject) -> Iterator[Verdict]:
    share = int(subject.parameters["percent"])
    for path, what, used, quota in _used(subject):
        if used * 100 >= quota * share:
            yield fail(path, f"{used:,} of {quota:,} {what}", "split the pipeline, or ask AWS for more in good time")


def _used(subject: Subject) -> Iterator[tuple[Path, str, int, int]]:
    """Give path, what is counted, how many there are, and how many there may be (reference C)."""
    pipeline, quotas = subject.facts.subject.pipeline, subject.facts.subject.quotas
    yield ("stages",), "stages are used", len(pipeline.stages), quotas.stages
    yield ("stages",), "actions of a pipeline are used", len(pipeline.actions), quotas.actions
    for number, stage in enumerate(pipeline.stages):
        yield ("stages", number), f"actions of {stage.name} are used", len(stage.actions), quotas.actions_per_stage
    for member, quota in (("variables", _VARIABLES), ("triggers", _TRIGGERS)):
        if isinstance(value := pipeline.document.get(member), list):
            yield (member,), f"{member} are used", len(value), quota
    if triggers := pipeline.document.get("triggers"):
        size = len(canonical.text(triggers).encode())
        yield ("triggers",), "bytes of triggers are used", size, quotas.trigger_bytes


def _many_applications(subject: Subject) -> Iterator[Verdict]:
    """Give CodeDeploy actions of one stage that bring the same artifact to applications of their own."""
    by_artifact: dict[tuple[Any, ...], list[tuple[Path, Action]]] = defaultdict(list)
    for path, number, action in subject.facts.subject.places:
        if action.provider == "CodeDeploy":
            by_artifact[number, action.inputs, action.region, action.role_arn].append((path, action))
    if not by_artifact:
        yield NOT_APPLICABLE
    for found in by_artifact.values():
        names = [action.configuration.get("ApplicationName") for _, action in found]
        if any(isinstance(name, Unknown) for name in names) or len(set(names)) < len(names) or len(names) == 1:
            continue
        path, action = found[1]
        yield fail((*path, "configuration", "ApplicationName"),
                   f"{len(names)} applications get the same artifact: {', '.join(map(str, names))}",
                   "make them deployment groups of one application: they share revisions and settings")  # fmt: skip


def _serial(subject: Subject) -> Iterator[Verdict]:
    """Give actions that wait for others of their stage without needing anything of them."""
    for number, stage in enumerate(subject.facts.subject.pipeline.stages):
        groups: dict[int, list[tuple[int, Action]]] = defaultdict(list)
        for index, action in enumerate(stage.actions):
            groups[action.run_order].append((index, action))
        for before, after in pairwise(sorted(groups)):
            earlier, later = groups[before], groups[after]
            if len(earlier) == len(later) == 1 and _independent(earlier[0][1], later[0][1]):
                index, action = later[0]
                path: Path = ("stages", number, "actions", index)
                yield fail((*path, "runOrder"), f"{action.name} waits for {earlier[0][1].name} and takes nothing of it",
                           f"with `runOrder: {before}` they run side by side")  # fmt: skip


def _independent(earlier: Action, later: Action) -> bool:
    """Tell whether two actions could change places. Groups of several are left alone: they are a gate on purpose."""
    if earlier.category != later.category or later.category not in _APART:
        return False
    if earlier.configuration.get("ProjectName") == later.configuration.get("ProjectName"):
        return False  # the same project twice is meant to run twice, one after the other
    taken = {each.namespace for each in variables.references(later)}
    return not {*earlier.outputs}.intersection(later.inputs) and earlier.namespace not in taken


RULES = (
    PolicyRule(
        "tags",
        "a pipeline says by tags whose it is",
        "Who is asked when it fails, and who pays for it.",
        levels("off", "info", "warning"),
        _untagged,
        """
        dev:
          tags: {$replace: true, project: shop}  # finding
        """,
        """
        dev:
          tags: {owner: null}
        """,
        parameters={"tags": Parameter(["owner|team"], "tags that a pipeline has; `a|b` is one of them")},
    ),
    PolicyRule(
        "approval-notified",
        "somebody is told that an approval waits",
        "An approval without a topic is seen by whoever happens to look.",
        levels("off", "info", "warning"),
        _silent,
        """
        prod:
          stages:
            - name: Approve
              actions:
                - name: Second  # finding
                  actionTypeId: {category: Approval, owner: AWS, provider: Manual, version: "1"}
                  timeoutInMinutes: 720
                  configuration:
                    CustomData: "Deploy commit #{Source.CommitId}?"
        """,
        """
        prod:
          stages:
            - name: Approve
              actions:
                - name: Second
                  actionTypeId: {category: Approval, owner: AWS, provider: Manual, version: "1"}
                  timeoutInMinutes: 720
                  configuration:
                    NotificationArn: arn:aws:sns:eu-west-1:333333333333:shop-approvals
                    CustomData: "Deploy commit #{Source.CommitId}?"
        """,
    ),
    PolicyRule(
        "quota-near",
        "a pipeline stays well below AWS's quotas",
        "The change that passes the quota is refused on the day when it is needed.",
        levels("off", "info", "warning"),
        _nearly_full,
        """
        dev:
          variables:  # finding
            [{name: A, defaultValue: "1"}, {name: B, defaultValue: "1"}, {name: C, defaultValue: "1"},
             {name: D, defaultValue: "1"}, {name: E, defaultValue: "1"}, {name: F, defaultValue: "1"}]
        """,
        """
        dev:
          variables: [{name: A, defaultValue: "1"}]
        """,
        parameters={"percent": Parameter(80, "share of a quota, in percent, from which it is told")},
        settings="policy: {rules: {quota-near: {percent: 12}}}",
    ),
    PolicyRule(
        "deployment-groups",
        "one application with deployment groups gets an artifact, and not several applications",
        "Each application keeps revisions and settings of its own, and they drift apart.",
        levels("off", "info", "warning"),
        _many_applications,
        """
        dev:
          stages:
            - name: Hosts
              actions:
                - name: Web
                  actionTypeId: {category: Deploy, owner: AWS, provider: CodeDeploy, version: "1"}
                  configuration: {ApplicationName: shop-dev-web, DeploymentGroupName: all}
                  inputArtifacts: [{name: Built}]
                - name: Api
                  actionTypeId: {category: Deploy, owner: AWS, provider: CodeDeploy, version: "1"}
                  configuration:
                    ApplicationName: shop-dev-api  # finding
                    DeploymentGroupName: all
                  inputArtifacts: [{name: Built}]
        """,
        """
        dev:
          stages:
            - name: Hosts
              actions:
                - name: Web
                  actionTypeId: {category: Deploy, owner: AWS, provider: CodeDeploy, version: "1"}
                  configuration: {ApplicationName: shop-dev, DeploymentGroupName: web}
                  inputArtifacts: [{name: Built}]
                - name: Api
                  actionTypeId: {category: Deploy, owner: AWS, provider: CodeDeploy, version: "1"}
                  configuration: {ApplicationName: shop-dev, DeploymentGroupName: api}
                  inputArtifacts: [{name: Built}]
        """,
    ),
    PolicyRule(
        "serial-actions",
        "actions of a stage that need nothing of each other run side by side",
        "The run takes as long as all of them together instead of the longest.",
        levels("off", "off", "info"),
        _serial,
        """
        dev:
          stages:
            - name: Checks
              actions:
                - name: Style
                  actionTypeId: {category: Test, owner: AWS, provider: CodeBuild, version: "1"}
                  configuration: {ProjectName: shop-dev-style}
                  inputArtifacts: [{name: Code}]
                - name: Units
                  runOrder: 2  # finding
                  actionTypeId: {category: Test, owner: AWS, provider: CodeBuild, version: "1"}
                  configuration: {ProjectName: shop-dev-units}
                  inputArtifacts: [{name: Code}]
        """,
        """
        dev:
          stages:
            - name: Checks
              actions:
                - name: Style
                  actionTypeId: {category: Test, owner: AWS, provider: CodeBuild, version: "1"}
                  configuration: {ProjectName: shop-dev-style}
                  inputArtifacts: [{name: Code}]
                - name: Units
                  actionTypeId: {category: Test, owner: AWS, provider: CodeBuild, version: "1"}
                  configuration: {ProjectName: shop-dev-units}
                  inputArtifacts: [{name: Code}]
        """,
    ),
)
