"""Rules about what starts a pipeline, and about what no start ever reaches."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any, NamedTuple

from reconciler.pipeline import cases
from reconciler.pipeline.unknown import Unknown
from reconciler.policy.rules import NOT_APPLICABLE, Parameter, PolicyRule, fail, levels, unknown

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from reconciler.documents import Path
    from reconciler.pipeline.model import Action, Stage
    from reconciler.policy.facts import Facts
    from reconciler.policy.outlines import Estate
    from reconciler.policy.rules import Subject, Verdict

_POLLS = frozenset({("AWS", "CodeCommit"), ("AWS", "S3"), ("ThirdParty", "GitHub")})
"""Sources that poll unless `PollForSourceChanges` is "false" (reference D.1)."""

_POLLING = "PollForSourceChanges"
_DECIDED = {"EQ": str.__eq__, "NE": str.__ne__, "CONTAINS": str.__contains__}
"""Operators of VariableCheck that two known texts decide; MATCHES takes Java's expressions (reference D.6)."""


def polls(action: Action) -> bool | None:
    """Tell whether a source polls; None if only AWS knows."""
    if action.category != "Source" or (action.owner, action.provider) not in _POLLS:
        return False
    value = action.configuration.get(_POLLING, "true")
    return None if isinstance(value, Unknown) else str(cases.text(value)).lower() != "false"


def _polling(subject: Subject) -> Iterator[Verdict]:
    for path, action in subject.facts.subject:
        if (answer := polls(action)) is None:
            yield unknown((*path, "configuration", _POLLING), f"whether {action.name} polls is not known offline")
        elif answer:
            told = f"{action.name} polls: changes are seen late, and twice with an event rule beside it"
            hint = f'write `{_POLLING}: "false"`, and let an event rule or a webhook start the pipeline'
            yield fail((*path, "configuration", _POLLING), told, hint)


def _polling_quota(estate: Estate) -> Iterator[Verdict]:
    limit = int(estate.parameters["limit"])
    by_target: dict[Any, list[int]] = defaultdict(list)
    for number, each in enumerate(estate.outlines):
        if each.data.get("polls"):
            by_target[each.target].append(number)
    for target, numbers in by_target.items():
        if len(numbers) > limit:
            path = tuple(estate.outlines[numbers[limit]].data["polls"])
            told = f"{len(numbers)} pipelines poll in {target}; {limit} may, and AWS does not raise its limit"
            hint = f'write `{_POLLING}: "false"` where events can start the pipeline'
            yield fail(path, told, hint, pipeline=numbers[limit])


# What never runs -----------------------------------------------------------------------------------------------------


class _Use(NamedTuple):
    """One use of a change set."""

    path: Path
    action: Action
    names: tuple[Any, ...]
    """Stack, change set, and Region where all are known: what tells change sets apart."""


def _change_sets(subject: Subject) -> Iterator[Verdict]:
    made, used = (list(_uses(subject.facts, mode)) for mode in ("CHANGE_SET_REPLACE", "CHANGE_SET_EXECUTE"))
    if not made and not used:
        yield NOT_APPLICABLE
    graph = subject.facts.subject.graph
    for one in made:
        if not any(one.names == each.names and graph.precedes(one.action.place, each.action.place) for each in used):
            yield _alone(one, "makes a change set that nothing here executes", "CHANGE_SET_EXECUTE", "behind")
    for one in used:
        if not any(one.names == each.names and graph.precedes(each.action.place, one.action.place) for each in made):
            yield _alone(one, "executes a change set that nothing here makes before", "CHANGE_SET_REPLACE", "before")


def _alone(one: _Use, what: str, mode: str, where: str) -> Verdict:
    if any(isinstance(name, Unknown) for name in one.names):
        return unknown(one.path, f"which change set {one.action.place} means is not known offline")
    hint = f"add an action with `ActionMode: {mode}` and the same names {where} it"
    return fail(one.path, f"{one.action.place} {what}", hint)


def _uses(facts: Facts, mode: str) -> Iterator[_Use]:
    regions = [action.region or facts.subject.region for _, action in facts.subject]
    apart = all(region is not None and not isinstance(region, Unknown) for region in regions)
    for (path, action), region in zip(facts.subject, regions, strict=True):
        said = action.configuration
        if action.provider == "CloudFormation" and said.get("ActionMode") == mode:
            names = (said.get("StackName"), said.get("ChangeSetName"), region if apart else None)
            yield _Use((*path, "configuration", "ActionMode"), action, names)


def _unreachable(subject: Subject) -> Iterator[Verdict]:
    """Give stages that no run enters, because an entry condition compares two texts that are known now."""
    for number, stage in enumerate(subject.facts.subject.pipeline.stages):
        for path, rule, result in _entry_rules(number, stage):
            said = rule.get("configuration") or {}
            variable, value = (cases.text(said.get(key)) for key in ("Variable", "Value"))
            decide = _DECIDED.get(str(said.get("Operator")))
            if variable is None or value is None or decide is None or decide(variable, value):
                continue
            what = f"{stage.name} is always skipped" if result == "SKIP" else f"no run gets into {stage.name}"
            yield fail((*path, "configuration"), f"{what}: {rule['name']} compares {variable!r} with {value!r}",
                       "compare a variable: #{namespace.key}")  # fmt: skip


def _entry_rules(number: int, stage: Stage) -> Iterator[tuple[Path, Mapping[str, Any], Any]]:
    gate = stage.document.get("beforeEntry")
    for index, condition in _mappings(gate.get("conditions") if isinstance(gate, dict) else None):
        for place, rule in _mappings(condition.get("rules")):
            kind = rule.get("ruleTypeId")
            if isinstance(kind, dict) and kind.get("provider") == "VariableCheck":
                path: Path = ("stages", number, "beforeEntry", "conditions", index, "rules", place)
                yield path, rule, condition.get("result")


def _mappings(value: Any) -> list[tuple[int, dict[str, Any]]]:
    entries = value if isinstance(value, list) else ()
    return [(index, each) for index, each in enumerate(entries) if isinstance(each, dict)]


def _closed(subject: Subject) -> Iterator[Verdict]:
    stages = [stage.name for stage in subject.facts.subject.pipeline.stages]
    for name, said in subject.facts.stated.transitions.items():
        for way in ("inbound", "outbound"):
            if said.get(way) == "disabled" and name in stages:
                behind = stages[stages.index(name) + (way == "outbound") :]
                told = f"as long as this is committed, no run gets to {' and '.join(behind) or 'what is behind'}"
                yield fail(("transitions", name, way), told, "take it out once the reason is gone")


_POLLING_SOURCE = """
        dev:
          stages:
            - name: Source
              actions:
                - name: Code
                  $replace: true
                  actionTypeId: {category: Source, owner: AWS, provider: CodeCommit, version: "1"}
                  namespace: Source
                  configuration:
                    RepositoryName: shop
                    BranchName: main
                    PollForSourceChanges: "true"  # finding
                  outputArtifacts: [{name: Code}]
        """
_TOLD_SOURCE = """
        dev:
          stages:
            - name: Source
              actions:
                - name: Code
                  $replace: true
                  actionTypeId: {category: Source, owner: AWS, provider: CodeCommit, version: "1"}
                  namespace: Source
                  configuration:
                    RepositoryName: shop
                    BranchName: main
                    PollForSourceChanges: "false"
                  outputArtifacts: [{name: Code}]
        """

RULES = (
    PolicyRule(
        "source-polling",
        "sources tell of changes by events and do not poll",
        "Polling is late, has a quota of 300 pipelines that AWS does not raise, is the default, and starts every "
        "change a second time where an event rule stands beside it.",
        levels("off", "warning", "error"),
        _polling,
        _POLLING_SOURCE,
        _TOLD_SOURCE,
    ),
    PolicyRule(
        "polling-quota",
        "no account and Region has more polling pipelines than AWS allows",
        "Beyond 300 nothing can be created that polls, and the limit is fixed.",
        levels("off", "warning", "error"),
        _polling_quota,
        _POLLING_SOURCE,
        _TOLD_SOURCE,
        scope="all",
        parameters={"limit": Parameter(300, "pipelines that may poll in one account and Region")},
        settings="policy: {rules: {polling-quota: {limit: 0}, source-polling: off}}",
    ),
    PolicyRule(
        "change-set-pair",
        "a change set that is made is executed, and one that is executed was made",
        "The half of a pair does nothing, or executes what an earlier run left behind.",
        levels("off", "warning", "error"),
        _change_sets,
        """
        dev:
          stages:
            - name: Release
              actions:
                - name: Prepare
                  actionTypeId: {category: Deploy, owner: AWS, provider: CloudFormation, version: "1"}
                  configuration:
                    ActionMode: CHANGE_SET_REPLACE  # finding
                    StackName: shop-dev-data
                    ChangeSetName: release
                    TemplatePath: "Built::data.yaml"
                    RoleArn: arn:aws:iam::111111111111:role/shop-stack
                  inputArtifacts: [{name: Built}]
        """,
        """
        dev:
          stages:
            - name: Release
              actions:
                - name: Prepare
                  actionTypeId: {category: Deploy, owner: AWS, provider: CloudFormation, version: "1"}
                  configuration:
                    ActionMode: CHANGE_SET_REPLACE
                    StackName: shop-dev-data
                    ChangeSetName: release
                    TemplatePath: "Built::data.yaml"
                    RoleArn: arn:aws:iam::111111111111:role/shop-stack
                  inputArtifacts: [{name: Built}]
                - name: Execute
                  runOrder: 2
                  actionTypeId: {category: Deploy, owner: AWS, provider: CloudFormation, version: "1"}
                  configuration: {ActionMode: CHANGE_SET_EXECUTE, StackName: shop-dev-data, ChangeSetName: release}
        """,
    ),
    PolicyRule(
        "stage-unreachable",
        "every stage can be entered",
        "A condition over two fixed texts is decided before the first run: the stage behind it is dead.",
        levels("off", "warning", "error"),
        _unreachable,
        """
        dev:
          stages:
            - name: Deploy
              beforeEntry:
                conditions:
                  - result: FAIL
                    rules:
                      - name: OnMain
                        ruleTypeId: {category: Rule, owner: AWS, provider: VariableCheck, version: "1"}
                        configuration:  # finding
                          {Variable: "Source.BranchName", Operator: EQ, Value: main}
        """,
        """
        dev:
          stages:
            - name: Deploy
              beforeEntry:
                conditions:
                  - result: FAIL
                    rules:
                      - name: OnMain
                        ruleTypeId: {category: Rule, owner: AWS, provider: VariableCheck, version: "1"}
                        configuration:
                          {Variable: "#{Source.BranchName}", Operator: EQ, Value: main}
        """,
    ),
    PolicyRule(
        "transition-closed",
        "no transition is closed for good",
        "A closed transition in git closes again whenever somebody opens it. That is right for a freeze, and easy to "
        "forget after it.",
        levels("off", "info", "warning"),
        _closed,
        """
        dev:
          transitions:
            Deploy:
              inbound: disabled  # finding
              reason: freeze
        """,
        """
        dev:
          transitions:
            Deploy: {inbound: enabled}
        """,
    ),
)
