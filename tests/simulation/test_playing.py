"""A scenario, step by step: what each step asks of the world, and what is told where it cannot be."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builders import action, build, connection, pipeline, sources, stage, trigger
from reconciler import documents
from reconciler.errors import Broken
from reconciler.report import drawings, runs, timelines, verdicts
from reconciler.simulation import playing, scripts
from reconciler.simulation.durations import MINUTE
from reconciler.simulation.given import Given
from reconciler.simulation.world import World
from strategies import law

PROD = stage("Prod", action("Approve", "Approval", "Manual"))
RELEASE = pipeline("release", [sources(connection()), stage("Build", build()), PROD], pipelineType="V2")
COMMIT = pipeline(
    "committed",
    [
        sources(
            action(
                "Checkout",
                "Source",
                "CodeCommit",
                outputs=("source",),
                configuration={"RepositoryName": "shop", "BranchName": "main", "PollForSourceChanges": "false"},
            )
        ),
        stage("Build", build()),
    ],
)
OBJECT = pipeline("object")
RULE = {"name": "Never", "ruleTypeId": {"category": "Rule", "owner": "AWS", "provider": "LambdaInvoke", "version": "1"},
        "configuration": {"FunctionName": "never"}}  # fmt: skip
GATED = pipeline(
    "gated",
    [
        sources(connection()),
        stage("Build", build(), beforeEntry={"conditions": [{"result": "FAIL", "rules": [RULE]}]}),
    ],
    pipelineType="V2",
)


def play(text, *declarations, files=None):
    scenario, faults = scripts.read(documents.parse(text, "scenario.yaml"))
    assert faults == ()
    given = Given.parse(f"{name}={','.join(texts)}" for name, texts in scenario.given.items())
    world = World("111111111111", "eu-west-1", begins=datetime(2026, 1, 5, tzinfo=UTC), given=given)
    for each in declarations or (RELEASE,):
        world.create(each, run=False)
    named = {each["name"]: each for each in declarations or (RELEASE,)}
    return playing.play(world, scenario, named, files or {})


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("steps: [{start: release, as: a}]\nexpect: {a: parked at Prod/Approve}", id="start"),
        pytest.param("steps: [{push: main, as: a}]\nexpect: {a: parked}", id="push"),
        pytest.param(
            "steps: [{push: main, as: a}, {at: 1h, approve: Prod/Approve, run: a}]\nexpect: {a: Succeeded}",
            id="approve",
        ),
        pytest.param(
            "steps: [{push: main}, {at: 1h, reject: Prod/Approve}]\nexpect: {release#1: Failed at Prod/Approve}",
            id="reject",
        ),
        pytest.param("steps: [{push: main, as: a}, {at: 1m, stop: a}]\nexpect: {a: Stopped}", id="stop"),
        pytest.param(
            "steps: [{push: main, as: a}, {at: 1m, stop: a, abandon: true}]\nexpect: {a: Stopped at Build/Compile}",
            id="abandon",
        ),
        pytest.param(
            "given: {Build/Compile: [fails, succeeds]}\n"
            "steps: [{push: main, as: a}, {at: 1h, retry: Build}]\nexpect: {a: parked at Prod/Approve}",
            id="retry",
        ),
        pytest.param(
            "steps: [{push: main, as: a}, {at: 1h, rollback: Build, to: a, as: b}]\nexpect: {b: Succeeded, a: parked}",
            id="rollback",
        ),
        pytest.param(
            "steps: [{disable: Prod, reason: freeze}, {at: 1m, push: main, as: a}]\nexpect: {a: parked at Prod}",
            id="disable",
        ),
        pytest.param(
            "steps: [{disable: Prod}, {at: 1m, push: main, as: a}, {at: 1h, enable: Prod}]\n"
            "expect: {a: parked at Prod/Approve}",
            id="enable",
        ),
        pytest.param(
            "steps: [{give: Build/Compile=fails}, {push: main, as: a}]\nexpect: {a: Failed at Build/Compile}", id="give"
        ),
        pytest.param(
            "steps: [{push: main, as: a}, {push: main, as: b}]\nexpect: {b: InProgress}\nuntil: 1s", id="until"
        ),
        pytest.param("steps: [{push: main, as: a}]\nuntil: Build/Compile\nexpect: {a: InProgress}", id="until a place"),
        pytest.param("steps: [{push: main, as: a}]\nuntil: Build\nexpect: {a: InProgress}", id="until a stage"),
        pytest.param("steps: [{tag: v1, as: a}]\nexpect: {a: nothing}", id="tag"),
        pytest.param("steps: [{pr: feature, as: a}]\nexpect: {a: nothing}", id="pull request"),
        pytest.param(
            "steps: [{push: main, as: a}, {at: 1h, retry: Build, refused: StageNotRetryableException}]\n"
            "expect: {a: parked}",
            id="refused",
        ),
    ],
)
def test_a_step_does_what_it_says(text):
    assert play(text).unmet == []


def test_an_update_ends_what_runs_and_is_what_later_pushes_meet():
    text = (
        "steps: [{push: main, as: a}, {at: 1m, update: new.yaml}, {at: 1h, push: next, as: b},\n"
        "        {at: 2h, push: main, as: c}]\n"
        "expect: {a: Cancelled, b: Succeeded, c: nothing}"
    )
    changed = pipeline("release", [sources(connection(branch="next")), stage("Build", build())], pipelineType="V2")
    played = play(text, files={"new.yaml": {"pipeline": changed}})
    assert played.unmet == []
    assert "watches the branch next, not main" in played.notes[0]


def test_an_overridden_condition_lets_the_stage_go_on():
    text = (
        "given: {Build.beforeEntry/Never: fails}\n"
        "steps: [{push: main, as: a}, {at: 1h, override: Build, condition: BEFORE_ENTRY, run: a}]\n"
        "expect: {a: Succeeded}"
    )
    assert play(text, GATED).unmet == []


def test_a_pull_request_starts_a_pipeline_whose_trigger_asks_for_it():
    git = {"sourceActionName": "Checkout", "pullRequest": [{"events": ["OPEN"], "branches": {"includes": ["main"]}}]}
    asked = {**RELEASE, "triggers": [{"providerType": "CodeStarSourceConnection", "gitConfiguration": git}]}
    (run,) = play("steps: [{pr: feature/basket, number: 7, by: ana}]", asked).runs
    assert (run.trigger.pull_request, run.trigger.branch) == ("7", "feature/basket")


def test_a_push_to_codecommit_is_its_event():
    played = play("steps: [{push: main, commit: 3f2a, as: a}, {push: other}]\nexpect: {a: Succeeded}", COMMIT)
    assert played.unmet == []
    assert [run.trigger.type for run in played.runs] == ["CloudWatchEvent"]
    assert played.notes[0].endswith("Checkout watches shop main, and this is a referenceUpdated of other in shop")


def test_files_decide_where_a_trigger_asks_for_them():
    paths = {
        "sourceActionName": "Checkout",
        "push": [{"branches": {"includes": ["main"]}, "filePaths": {"includes": ["src/**"]}}],
    }
    filtered = {**RELEASE, "triggers": [{"providerType": "CodeStarSourceConnection", "gitConfiguration": paths}]}
    steps = "steps: [{push: main, files: [src/a.py], as: a}, {push: main, files: [a.md], as: b}]"
    text = f"{steps}\nexpect: {{a: parked, b: nothing}}"
    assert play(text, filtered).unmet == []


def test_variables_of_the_scenario_go_with_every_start():
    declared = {**RELEASE, "variables": [{"name": "VERSION", "defaultValue": "1"}], "triggers": [trigger()]}
    text = "variables: {VERSION: 2}\nsteps: [{push: main}, {at: 1h, start: release, variables: {VERSION: 3}}]"
    assert [run.variables["VERSION"] for run in play(text, declared).runs] == ["2", "3"]


def test_what_was_expected_and_what_was_got_stand_side_by_side():
    played = play(
        "steps: [{push: main, as: a}, {at: 1h, retry: Build, run: a}]\nexpect: {a: Succeeded, release#2: Failed}"
    )
    assert played.unmet[0].startswith("retry Build at +1h: StageNotRetryableException: ")
    assert played.unmet[1:] == [
        "a: expected Succeeded, got InProgress at Prod/Approve",
        "release#2: expected Failed, got nothing",
    ]


def test_a_refusal_that_does_not_come_is_unmet():
    played = play("steps: [{disable: Prod, refused: StageNotFoundException}, {push: main}]")
    assert played.unmet == ["disable Prod at +0s: expected StageNotFoundException, got no refusal"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param("steps: [{start: relase}]", "no pipeline 'relase'; there is release", id="pipeline"),
        pytest.param("steps: [{push: main, pipeline: x}]", "no pipeline 'x'", id="other pipeline"),
        pytest.param("steps: [{retry: Build}]", "release has no run yet", id="no run yet"),
        pytest.param("steps: [{stop: release#4}, {push: main}]", "release has no run release#4 yet", id="number"),
        pytest.param(
            "steps: [{tag: v1, as: a}, {stop: a}]", "the run 'a' was not started: .* tags do not start it", id="never"
        ),
    ],
)
def test_a_name_that_is_not_there_is_told(text, message):
    with pytest.raises(Broken, match=message):
        play(text)


@pytest.mark.parametrize(
    ("text", "declaration", "message"),
    [
        ("steps: [{push: main}]", OBJECT, "object has no git source, its sources are S3"),
        ("steps: [{pr: x}]", COMMIT, "only connections start pipelines for pull requests"),
    ],
)
def test_a_push_needs_a_source_that_it_can_reach(text, declaration, message):
    with pytest.raises(Broken, match=message):
        play(text, declaration)


def test_an_event_that_is_none_is_told_with_its_file():
    with pytest.raises(Broken, match=r"event\.json: "):
        play("steps: [{event: event.json}]", COMMIT, files={"event.json": {"source": "mine"}})


def test_the_run_of_an_approval_is_the_pending_one():
    played = play("steps: [{push: main, as: a}, {at: 1h, approve: Prod/Approve, by: ana}]")
    assert played.runs[0].action("Prod/Approve").by == "ana"
    assert played.runs[0].elapsed == 60 * MINUTE


HAPPENINGS = st.sampled_from([
    "push: main", "retry: Build", "stop: release#1", "approve: Prod/Approve", "reject: Prod/Approve", "disable: Prod",
    "enable: Prod", "start: release", "give: Build/Compile=fails", "give: Build/Compile=hangs", "stop: release#2",
    "give: Prod/Approve=approved:ana@1h",
])  # fmt: skip
BEGINNINGS = {
    "Succeeded": "run succeeded", "Failed": "run failed", "Stopped": "run was stopped", "Stopping": "run is ",
    "Superseded": "run was superseded", "InProgress": "run is ",
}  # fmt: skip


@law
@given(st.lists(st.tuples(st.integers(0, 600), HAPPENINGS), max_size=10))
def test_whatever_happens_it_can_be_told(happenings):
    steps = "".join(f"  - {{at: {minute}m, {what}}}\n" for minute, what in happenings)
    played = play(f"steps:\n  - {{push: main}}\n  - {{push: main}}\n{steps}")
    drawings.svg(played.runs)
    assert timelines.text(played.runs)
    for run in played.runs:
        assert verdicts.verdict(run, played.runs).startswith(BEGINNINGS[run.status])
        document = json.loads(json.dumps(runs.document(run)))
        assert (document["status"], document["parkedAt"] is not None) == (run.status, run.parked)
        assert runs.tree(run, played.runs).startswith(f"release #{run.number}  ")
