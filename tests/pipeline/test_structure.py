from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import pytest
from hypothesis import given

from builders import REGION, action, build, connection, pipeline, sources, stage
from reconciler.pipeline import schema, structure
from reconciler.pipeline.model import Pipeline
from reconciler.pipeline.rules import found
from reconciler.pipeline.subject import Subject
from strategies import declarations, law

if TYPE_CHECKING:
    from builders import Document
    from reconciler.documents import Fault, Path

STORE = {"type": "S3", "location": "shop-artifacts"}
BUILD = stage("Build", build())
X = action("X", "Build", "CodeBuild", inputs=("source",), outputs=("a",))


def y(**members: object) -> Document:
    return action("Y", "Test", "CodeBuild", inputs=("a",), **members)


def approval(**members: object) -> Document:
    return action("Ask", "Approval", "Manual", **members)


class Row(NamedTuple):
    """A broken pipeline, where it is broken, and its twin that differs in nothing else and is fine."""

    rule: str
    broken: Document
    paths: list[Path]
    fine: Document


ROWS = {
    "a stage without actions": Row(
        "stage-empty",
        pipeline(stages=[sources(), stage("Build")]),
        [("stages", 1, "actions")],
        pipeline(stages=[sources(), BUILD]),
    ),
    "a first stage without actions": Row(
        "stage-empty",
        pipeline(stages=[stage("Source"), stage("Ask", approval())]),
        [("stages", 0, "actions")],
        pipeline(stages=[sources(), stage("Ask", approval())]),
    ),
    "one stage": Row("stages-two", pipeline(stages=[sources()]), [("stages",)], pipeline(stages=[sources(), BUILD])),
    "a build in the first stage": Row(
        "source-first",
        pipeline(stages=[sources(connection(), build("Early", inputs=())), BUILD]),
        [("stages", 0, "actions", 1)],
        pipeline(stages=[sources(connection()), stage("Build", build("Early", inputs=()))]),
    ),
    "an approval in the first stage": Row(
        "source-first",
        pipeline(stages=[sources(connection(), approval()), BUILD]),
        [("stages", 0, "actions", 1)],
        pipeline(stages=[sources(connection()), stage("Build", approval(), build())]),
    ),
    "a source in a later stage": Row(
        "source-only-first",
        pipeline(stages=[sources(), stage("Build", build(), action("Late", "Source", "ECR"))]),
        [("stages", 1, "actions", 1)],
        pipeline(stages=[sources(connection(), action("Late", "Source", "ECR")), BUILD]),
    ),
    "two stages of one name": Row(
        "stage-name-twice",
        pipeline(stages=[sources(), BUILD, BUILD]),
        [("stages", 2, "name")],
        pipeline(stages=[sources(), BUILD, BUILD | {"name": "build"}]),
    ),
    "two actions of one name": Row(
        "action-name-twice",
        pipeline(stages=[sources(), stage("Build", build(), build("Other"), build())]),
        [("stages", 1, "actions", 2, "name")],
        pipeline(stages=[sources(), stage("Build", build(), build("Other")), stage("Again", build())]),
    ),
    "two producers of one artifact": Row(
        "artifact-twice",
        pipeline(stages=[sources(), stage("Build", X), stage("Again", X)]),
        [("stages", 2, "actions", 0, "outputArtifacts", 0)],
        pipeline(stages=[sources(), stage("Build", X), stage("Again", y())]),
    ),
    "one producer that names an artifact twice": Row(
        "artifact-twice",
        pipeline(stages=[sources(), stage("Build", build(outputs=("a", "b", "a")))]),
        [("stages", 1, "actions", 0, "outputArtifacts", 2)],
        pipeline(stages=[sources(), stage("Build", build(outputs=("a", "b")))]),
    ),
    "K10: an input of a parallel action": Row(
        "artifact-unknown",
        pipeline(stages=[sources(), stage("Build", X, y())]),
        [("stages", 1, "actions", 1, "inputArtifacts", 0)],
        pipeline(stages=[sources(), stage("Build", X, y(runOrder=2))]),
    ),
    "K10: an input of a later stage": Row(
        "artifact-unknown",
        pipeline(stages=[sources(), stage("Test", y()), stage("Build", X)]),
        [("stages", 1, "actions", 0, "inputArtifacts", 0)],
        pipeline(stages=[sources(), stage("Build", X), stage("Test", y())]),
    ),
    "K10: an input that nobody gives": Row(
        "artifact-unknown",
        pipeline(stages=[sources(), stage("Build", build(inputs=("source", "b")))]),
        [("stages", 1, "actions", 0, "inputArtifacts", 1)],
        pipeline(stages=[sources(), stage("Build", build(inputs=("source", "source")))]),
    ),
    "an input of one's own output": Row(
        "artifact-unknown",
        pipeline(stages=[sources(), stage("Build", build(inputs=("a",), outputs=("a",)))]),
        [("stages", 1, "actions", 0, "inputArtifacts", 0)],
        pipeline(stages=[sources(), stage("Build", build(outputs=("a",)))]),
    ),
    "a source with an input": Row(
        "artifact-not-taken",
        pipeline(stages=[sources(connection(), connection("Other") | {"inputArtifacts": [{"name": "x"}]}), BUILD]),
        [("stages", 0, "actions", 1, "inputArtifacts")],
        pipeline(stages=[sources(connection(), action("Other", "Source", "S3", outputs=("x",))), BUILD]),
    ),
    "an approval with an input": Row(
        "artifact-not-taken",
        pipeline(stages=[sources(), stage("Ask", approval(inputs=("source",)))]),
        [("stages", 1, "actions", 0, "inputArtifacts")],
        pipeline(stages=[sources(), stage("Ask", approval(inputArtifacts=[]))]),
    ),
    "an approval with an output": Row(
        "artifact-not-taken",
        pipeline(stages=[sources(), stage("Ask", approval(outputs=("answer",)))]),
        [("stages", 1, "actions", 0, "outputArtifacts")],
        pipeline(stages=[sources(), stage("Ask", approval(outputArtifacts=[]))]),
    ),
    "a reserved namespace": Row(
        "namespace-twice",
        pipeline(stages=[sources(), stage("Build", build(namespace="codepipeline"))]),
        [("stages", 1, "actions", 0, "namespace")],
        pipeline(stages=[sources(), stage("Build", build(namespace="CodePipeline"))]),
    ),
    "the namespace of pipeline variables": Row(
        "namespace-twice",
        pipeline(stages=[sources(), stage("Build", build(namespace="variables"))]),
        [("stages", 1, "actions", 0, "namespace")],
        pipeline(stages=[sources(), stage("Build", build(namespace="Variables"))]),
    ),
    "a namespace of two actions": Row(
        "namespace-twice",
        pipeline(stages=[sources(), stage("Build", build(namespace="N")), stage("Test", build(namespace="N"))]),
        [("stages", 2, "actions", 0, "namespace")],
        pipeline(stages=[sources(), stage("Build", build(namespace="N")), stage("Test", build(namespace="n"))]),
    ),
    "a namespace that is an artifact": Row(
        "namespace-twice",
        pipeline(stages=[sources(), stage("Build", build(namespace="source"))]),
        [("stages", 1, "actions", 0, "namespace")],
        pipeline(stages=[sources(), stage("Build", build(namespace="Source"))]),
    ),
    "no store": Row("store-one-kind", pipeline(artifactStores={}), [()], pipeline(artifactStores={REGION: STORE})),
    "both kinds of store": Row(
        "store-one-kind",
        pipeline(artifactStores={REGION: STORE}, artifactStore=STORE),
        [("artifactStore",)],
        pipeline(artifactStores={REGION: STORE}),
    ),
    "a Region without a store": Row(
        "store-per-region",
        pipeline(stages=[sources(), stage("Build", build(region="us-east-1"))], artifactStores={REGION: STORE}),
        [("stages", 1, "actions", 0, "region")],
        pipeline(stages=[sources(), stage("Build", build(region=REGION))], artifactStores={REGION: STORE}),
    ),
}
CASES = [pytest.param(row, id=f"{row.rule}: {name}") for name, row in ROWS.items()]


def check(document: Document, region: str | None = None) -> tuple[Fault, ...]:
    return tuple(each.fault for each in found(structure.RULES, Subject(Pipeline(document), region)))


def broken_rules(document: Document) -> list[str]:
    return list(dict.fromkeys(each.rule for each in found(structure.RULES, Subject(Pipeline(document)))))


def test_every_rule_has_a_row():
    assert {row.rule for row in ROWS.values()} == {rule.id for rule in structure.RULES}


def test_every_rule_has_its_own_id():
    assert len({rule.id for rule in structure.RULES}) == len(structure.RULES)


@pytest.mark.parametrize("row", CASES)
def test_a_broken_rule_is_told_at_each_place_that_breaks_it(row):
    (rule,) = (rule for rule in structure.RULES if rule.id == row.rule)
    faults = list(rule.check(Subject(Pipeline(row.broken))))
    assert [fault.path for fault in faults] == row.paths
    assert all(fault.message and fault.hint for fault in faults)


@pytest.mark.parametrize("row", CASES)
def test_the_twin_of_a_broken_pipeline_is_fine(row):
    assert broken_rules(row.fine) == []


@pytest.mark.parametrize("row", CASES)
def test_these_faults_are_not_the_schema_s_business(row):
    assert schema.check(row.fine) == ()


def test_all_faults_are_told_at_once_in_the_order_of_the_table():
    broken = pipeline(stages=[sources(build("Early", inputs=("nothing",)))], artifactStores={})
    assert broken_rules(broken) == ["stages-two", "source-first", "artifact-unknown", "store-one-kind"]
    assert len(check(broken)) == 4


@pytest.mark.parametrize(
    ("document", "message"),
    [
        (pipeline(stages=[sources()]), "1 stage(s); a pipeline has at least 2"),
        (pipeline(stages=[sources(), stage("Build", y())]), "no action gives the artifact a"),
        (pipeline(stages=[sources(), BUILD, BUILD]), "two stages are named Build"),
        (pipeline(artifactStores={}), "neither of artifactStore and artifactStores"),
    ],
)
def test_a_fault_says_what_is_wrong_in_the_words_of_the_document(document, message):
    assert message in {fault.message for fault in check(document)}


def test_a_name_that_stands_again_is_told_once_with_the_place_of_the_first():
    (fault,) = check(pipeline(stages=[sources(), BUILD, BUILD]))
    assert fault.hint == "stage names are unique; the first stands at stages[1].name"


def test_an_unknown_artifact_is_told_with_the_artifacts_there_are():
    (fault,) = check(pipeline(stages=[sources(), stage("Build", build(inputs=("sauce",)))]))
    assert fault.hint == "outputs here: source"


@law
@given(declarations)
def test_what_the_strategy_draws_is_what_codepipeline_takes(document):
    assert schema.check(document) == ()
    assert check(document) == ()


def test_the_pipelines_own_region_has_a_store_too():
    document = pipeline(stages=[sources(), BUILD], artifactStores={"us-east-1": STORE})
    assert [fault.path for fault in check(document, REGION)] == [("artifactStores",)]
    assert check(document, "us-east-1") == ()


def test_another_region_wants_a_store_of_its_own():
    document = pipeline(stages=[sources(), stage("Build", build(region="us-east-1"))])
    assert [fault.path for fault in check(document, REGION)] == [("stages", 1, "actions", 0, "region")]
    assert check(document, "us-east-1") == ()
