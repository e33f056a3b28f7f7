"""One bad document and its good twin for every row of the tables on triggers, conditions, features and flow."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from builders import action, build, connection, pipeline, sources, stage, trigger
from reconciler.pipeline import conditions, features, flow, schema, triggers, validity
from reconciler.pipeline.model import Pipeline
from reconciler.pipeline.quotas import Quotas
from reconciler.pipeline.rules import found
from reconciler.pipeline.subject import Subject
from reconciler.pipeline.unknown import Unknown

if TYPE_CHECKING:
    from builders import Document
    from reconciler.documents import Path

TABLES = (*triggers.RULES, *conditions.RULES, *features.RULES, *flow.RULES)
CONNECTED = [sources(connection()), stage("Build", build())]
SMALL = Quotas(stages=3, actions_per_stage=2, actions=4, trigger_bytes=300)


class Row(NamedTuple):
    rule: str
    bad: Document
    path: Path
    good: Document


def connected(*filters: dict[str, Any], event: str = "push", **members: Any) -> Document:
    declared = trigger()
    declared["gitConfiguration"] = {"sourceActionName": "Checkout", event: list(filters)}
    return pipeline(stages=CONNECTED, triggers=[declared], **members)


def gated(kind: str, gate: dict[str, Any], **members: Any) -> Document:
    return pipeline(stages=[sources(), stage("Build", build(), **{kind: gate})], **members)


def condition(result: str, *providers: str) -> dict[str, Any]:
    rules = [
        {"name": each, "ruleTypeId": {"category": "Rule", "owner": "AWS", "provider": each, "version": "1"}}
        for each in providers or ("LambdaInvoke",)
    ]
    return {"conditions": [{"result": result, "rules": rules}]}


def reading(value: str, *, skip: bool = False, inside: str = "Deploy", order: int = 1, **outer: Any) -> Document:
    """A pipeline whose last action reads a variable in its configuration."""
    reader = build("Read", configuration={"ProjectName": "web", "BuildspecOverride": value}, runOrder=order)
    maker = build("Compile", namespace="Made")
    gate = {"beforeEntry": condition("SKIP")} if skip else {}
    last = (
        [stage("Build", maker, reader)] if inside == "Build" else [stage("Build", maker, **gate), stage(inside, reader)]
    )
    return pipeline(stages=[sources(connection(namespace="Source") | {"namespace": "Source"}), *last], **outer)


BRANCH, TAG, FILES = ({key: {"includes": ["main"]}} for key in ("branches", "tags", "filePaths"))
ALL = {"retryConfiguration": {"retryMode": "ALL_ACTIONS"}}
PUSH = ("triggers", 0, "gitConfiguration", "push")
GIT = ("triggers", 0, "gitConfiguration", "sourceActionName")
READ = ("stages", 2, "actions", 0, "configuration", "BuildspecOverride")
S3_DEPLOY = action("Put", "Deploy", "S3", inputs=("source",), configuration={"BucketName": "web", "Extract": "true"})
WIDE = stage("Build", build("A"), build("B"), build("C"))

ROWS = [
    Row("trigger-source-unknown", pipeline(stages=CONNECTED, triggers=[trigger("Nobody")]), GIT, connected(BRANCH)),
    Row("trigger-twice", pipeline(stages=CONNECTED, triggers=[trigger(), trigger()]), ("triggers", 1, *GIT[2:]),
        connected(BRANCH)),
    Row("trigger-filter-mixed", connected(TAG | BRANCH), (*PUSH, 0), connected(TAG, BRANCH)),
    Row("trigger-paths-alone", connected(FILES), (*PUSH, 0), connected(FILES | BRANCH)),
    Row("trigger-repeated", connected(BRANCH, BRANCH), (*PUSH, 1), connected(BRANCH, TAG)),
    Row("trigger-size", connected({"branches": {"includes": ["x" * 200]}}), ("triggers",), connected(BRANCH)),
    Row("condition-result", gated("beforeEntry", condition("ROLLBACK")),
        ("stages", 1, "beforeEntry", "conditions", 0, "result"), gated("beforeEntry", condition("FAIL"))),
    Row("condition-skip-rules", gated("beforeEntry", condition("SKIP", "CloudWatchAlarm")),
        ("stages", 1, "beforeEntry", "conditions", 0, "rules", 0), gated("beforeEntry", condition("SKIP"))),
    Row("parallel-rollback", gated("onFailure", {"result": "ROLLBACK"}, executionMode="PARALLEL"),
        ("stages", 1, "onFailure", "result"), gated("onFailure", {"result": "ROLLBACK"}, executionMode="QUEUED")),
    Row("retry-with-conditions", gated("onFailure", {"result": "RETRY", **condition("ROLLBACK")}),
        ("stages", 1, "onFailure"), gated("onFailure", {"result": "RETRY"})),
    Row("retry-mode-alone", gated("onFailure", {"result": "ROLLBACK", **ALL}),
        ("stages", 1, "onFailure", "retryConfiguration"), gated("onFailure", {"result": "RETRY", **ALL})),
    Row("needs-v2", pipeline(pipelineType="V1", executionMode="QUEUED"), ("executionMode",),
        pipeline(pipelineType="V2", executionMode="QUEUED")),
    Row("needs-v2", gated("onFailure", {"result": "ROLLBACK"}, pipelineType="V1"), ("stages", 1, "onFailure"),
        gated("onFailure", {"result": "ROLLBACK"})),
    Row("quota", pipeline(stages=[sources(), WIDE]), ("stages", 1, "actions"), pipeline()),
    Row("variable-malformed", reading("#{CommitId}"), READ, reading("#{Source.CommitId}")),
    Row("variable-unknown", reading("#{Sourse.CommitId}"), READ, reading("#{Source.CommitId}")),
    Row("variable-too-late", reading("#{Made.TAG}", inside="Build"),
        ("stages", 1, "actions", 1, "configuration", "BuildspecOverride"),
        reading("#{Made.TAG}", inside="Build", order=2)),
    Row("variable-in-source",
        pipeline(stages=[sources(connection(BranchName="#{variables.branch}")), stage("Build", build())],
                 variables=[{"name": "branch"}]),
        ("stages", 0, "actions", 0, "configuration", "BranchName"), pipeline(stages=CONNECTED)),
    Row("variable-undeclared", reading("#{variables.release}"), READ,
        reading("#{variables.release}", variables=[{"name": "release"}])),
    Row("variable-undeclared", reading("#{codepipeline.Id}"), READ, reading("#{codepipeline.PipelineExecutionId}")),
    Row("variable-may-be-missing", reading("#{Made.TAG}", skip=True), READ, reading("#{Made.TAG}")),
    Row("artifact-unused", pipeline(stages=[sources(), stage("Build", build(outputs=("app",)))]),
        ("stages", 1, "actions", 0, "outputArtifacts", 0), pipeline()),
    Row("clone-ref-consumer",
        pipeline(stages=[sources(connection(OutputArtifactFormat="CODEBUILD_CLONE_REF")), stage("Deploy", S3_DEPLOY)]),
        ("stages", 1, "actions", 0, "inputArtifacts", 0),
        pipeline(stages=[sources(connection()), stage("Deploy", S3_DEPLOY)])),
]  # fmt: skip


def faults(document: Document, rule: str) -> list[Path]:
    assert schema.check(document) == ()
    subject = Subject(Pipeline(document), quotas=SMALL)
    return [each.fault.path for each in found(TABLES, subject) if each.rule == rule]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.rule)
def test_a_rule_points_at_what_breaks_it_and_is_silent_about_the_twin(row):
    assert row.path in faults(row.bad, row.rule)
    assert faults(row.good, row.rule) == []


def test_every_rule_has_a_row():
    assert {rule.id for rule in TABLES} - {row.rule for row in ROWS} == {"variable-not-given"}


def test_rule_ids_are_unique_and_refused_ones_name_their_class():
    assert len({rule.id for rule in TABLES}) == len(TABLES)
    assert [rule.id for rule in TABLES if (rule.severity == "error") is not bool(rule.error)] == []


def test_an_unknown_namespace_may_be_the_one_that_is_read():
    document = reading("#{Other.TAG}")
    document["stages"][1]["actions"][0]["namespace"] = Unknown("${Namespace}")
    assert faults(document, "variable-unknown") == []


def test_an_unknown_source_is_not_a_wrong_one():
    document = connected(BRANCH)
    document["triggers"][0]["gitConfiguration"]["sourceActionName"] = Unknown("${Source}")
    assert faults(document, "trigger-source-unknown") == []


def test_no_two_tables_share_an_id():
    ids = [rule.id for rule in validity.RULES]
    assert len(set(ids)) == len(ids)
    assert set(ids) < validity.titles().keys()
