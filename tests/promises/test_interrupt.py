"""What becomes of executions that are in flight when an update is due, on the full local endpoint."""

from __future__ import annotations

from datetime import timedelta

import pytest

from builders import build, pipeline, stage
from emulator.talk import Local
from releases import NAME, NEW, OLD, STAGES, Release
from workshop import Workshop

pytestmark = pytest.mark.untraced


@pytest.fixture(scope="module")
def running():
    local = Local()
    yield local
    local.close()


@pytest.fixture
def release(running, tmp_path, monkeypatch):
    """Give a pipeline that is live, with its first execution in the stage Build, and an update of it in git."""
    made = Workshop(tmp_path, running.reset())
    for name, value in made.environment.items():
        if name.startswith("AWS_") or name == "NO_PROXY":
            monkeypatch.setenv(name, value)
    return Release.begun(made, running)


# --- wait


def test_an_update_waits_for_the_execution_in_flight_then_applies_and_nothing_was_ended(release):
    ((_, ending, why),) = release.apply()
    assert (ending, release.version) == ("held", 1)
    assert "in stage Build is in progress and would be ended; waits since 2026-05-04 09:02" in why
    release.later("30m")
    assert (release.runs, [each[1] for each in release.apply()], release.version) == (["Succeeded"], ["applied"], 2)
    assert release.apply() == []
    assert release.runs == ["Succeeded"]


def test_the_plan_names_the_execution_and_its_stage(release):
    (found,) = release.preview()
    assert found.startswith("waits for execution ")
    assert found.endswith("in stage Build")


def test_after_the_limit_the_change_is_blocked_and_status_says_since_when_and_for_what(release):
    release.sync(wait_limit="5m")
    release.apply()
    release.now += timedelta(minutes=6)
    release.apply()
    status = release.statuses[NAME]
    assert status.state == "held"
    assert status.reason.startswith("blocked: execution ")
    assert "in stage Build is in progress" in status.reason
    assert "has waited since 2026-05-04 09:02" in status.reason
    release.later("30m")
    assert [each[1] for each in release.apply()] == ["applied"]


def test_another_definition_waits_anew(release):
    release.sync(wait_limit="5m")
    release.apply()
    release.now += timedelta(minutes=6)
    release.shop.define(pipeline(NAME, [*STAGES[:2], stage("Next", build("Third"))]))
    assert "waits since 2026-05-04 09:08" in release.apply()[0][2]


def test_what_waited_and_is_wanted_no_more_is_forgotten(release):
    release.apply()
    release.shop.define(OLD)
    assert release.apply() == []
    with release.world() as world:
        assert world.memory.waits() == {}


# --- never


def test_never_holds_an_update_without_a_limit_and_says_so(release):
    release.sync(interrupt="never", wait_limit="5m")
    release.apply()
    release.now += timedelta(days=3)
    ((_, ending, why),) = release.apply()
    assert (ending, release.doors) == ("held", {})
    assert "held since 2026-05-04 09:02" in why
    assert "sync.interrupt is never, which has no limit" in why
    assert release.preview()[0].startswith("is held for as long as execution ")
    release.later("30m")
    assert ([each[1] for each in release.apply()], release.runs) == (["applied"], ["Succeeded"])


# --- always


@pytest.mark.parametrize(("restart", "runs"), [("none", 1), ("latest", 2), ("same", 2)])
def test_always_updates_at_once_and_starts_again_what_it_was_told_to(release, restart, runs):
    release.sync(interrupt="always", restart=restart)
    assert release.preview()[0].startswith("would end execution ")
    assert [each[1] for each in release.apply()] == ["applied"]
    release.later("60m")
    assert (release.version, release.runs[0], len(release.runs)) == (2, "Cancelled", runs)
    assert release.runs[1:] == ["Succeeded"] * (runs - 1)


def test_the_same_revisions_are_started_again_with_a_pipeline_that_takes_them(release):
    release.shop.define(OLD | {"pipelineType": "V2"})
    release.later("30m")
    release.apply()
    release.sync(interrupt="always", restart="same")
    release.begin()
    release.later("2m")
    before = _revisions(release)
    release.shop.define(NEW | {"pipelineType": "V2"})
    assert "started again with its source revisions: " in release.apply()[0][2]
    release.later("60m")
    assert (_revisions(release), bool(before)) == (before, True)


def _revisions(release):
    newest = release.client.list_pipeline_executions(pipelineName=NAME)["pipelineExecutionSummaries"][0]
    return {each["actionName"]: each["revisionId"] for each in newest["sourceRevisions"]}


def test_the_word_of_the_file_stands_above_the_setting(release):
    release.sync(interrupt="always")
    release.shop.define(NEW, sync={"interrupt": "never"})
    assert "sync.interrupt is never" in release.apply()[0][2]


# --- drain


@pytest.fixture
def draining(release):
    """Give a release that drains: one execution in Build, and one that came later and waits before it."""
    release.sync(interrupt="drain")
    release.apply()
    release.begin()
    release.later("2m")
    return release


def test_a_drain_shuts_the_way_waits_updates_opens_it_and_starts_again_what_it_kept(draining):
    assert draining.version == 1
    assert "Drain by codepipeline-reconciler" in draining.doors["Build"]
    ((_, ending, why),) = draining.apply()
    assert (ending, "in stage Build is in progress" in why) == ("held", True)
    draining.later("60m")
    ((_, ending, said),) = draining.apply()
    assert (ending, draining.version, draining.doors) == ("applied", 2, {})
    assert said.startswith("started again ")
    draining.later("60m")
    assert draining.runs == ["Succeeded", "Cancelled", "Succeeded"]


def test_the_plan_of_a_drain_names_what_it_waits_for_and_what_it_would_start_again(draining):
    assert sorted(text.split(" execution ")[0] for text in draining.preview()) == [
        "shuts the way behind the first stage and waits for", "would end"]  # fmt: skip


def test_a_drain_that_is_wanted_no_more_opens_the_way(draining):
    draining.shop.define(OLD)
    draining.apply()
    assert (draining.doors, draining.version) == ({}, 1)
    draining.later("60m")
    assert draining.runs == ["Succeeded", "Succeeded"]


@pytest.mark.parametrize("sync", [{"interrupt": "wait"}, {"advance": False}])
def test_a_drain_that_the_settings_stop_opens_the_way(draining, sync):
    draining.sync(**{"interrupt": "drain", **sync})
    draining.apply()
    assert (draining.doors, draining.version) == ({}, 1)


def test_a_drain_is_given_up_after_the_limit_and_does_not_begin_again(draining):
    draining.now += timedelta(hours=3)
    for _ in range(2):
        assert draining.apply()[0][2].startswith("blocked: ")
        assert draining.doors == {}
    draining.later("90m")
    assert [each[1] for each in draining.apply()] == ["applied"]
    assert draining.runs == ["Succeeded", "Succeeded"]


def test_a_way_that_a_person_shut_stays_shut(release):
    place = {"pipelineName": NAME, "stageName": "Build", "transitionType": "Inbound"}
    release.client.disable_stage_transition(**place, reason="freeze")
    release.sync(interrupt="drain")
    release.apply()
    release.later("60m")
    release.apply()
    assert (release.doors, release.version) == ({"Build": "freeze"}, 2)


def test_a_freeze_of_git_follows_upon_the_drain_without_a_gap(draining):
    draining.shop.define(NEW, transitions={"Build": {"inbound": "disabled", "reason": "freeze"}})
    draining.apply()
    assert "Drain by" in draining.doors["Build"]
    draining.later("60m")
    draining.apply()
    assert (draining.version, draining.doors) == (2, {"Build": "freeze"})


def test_a_drain_is_found_again_although_the_store_was_lost(draining):
    for file in (draining.shop.folder / ".reconciler").glob("state.db*"):
        file.unlink()
    draining.apply()
    assert "Drain by" in draining.doors["Build"]
    draining.later("60m")
    draining.apply()
    assert (draining.version, draining.doors) == (2, {})


def test_what_drained_for_a_pipeline_that_goes_goes_with_it(draining):
    draining.sync(interrupt="drain", prune=True)
    draining.shop.define(OLD | {"name": "shop-prod-other"})
    draining.shop.git("rm", "--quiet", f"pipelines/{NAME}.json")
    draining.shop.commit()
    draining.apply()
    draining.later("60m")
    assert ("delete", "applied", "") in draining.apply()
    assert [each["name"] for each in draining.client.list_pipelines()["pipelines"]] == ["shop-prod-other"]


class Died(BaseException):
    """A process that ended."""


@pytest.mark.parametrize(
    ("method", "when"),
    [
        pytest.param("set_transition", "before", id="before the way is shut"),
        pytest.param("set_transition", "after", id="after the way was shut"),
        pytest.param("update", "before", id="before the update"),
        pytest.param("update", "after", id="after the update"),
        pytest.param("start", "before", id="before the start"),
        pytest.param("start", "after", id="after the start"),
    ],
)
def test_a_drain_that_dies_at_any_call_is_carried_through_by_the_next_pass(release, monkeypatch, method, when):
    from reconciler.aws.pipelines import Pipelines

    release.sync(interrupt="drain")
    if method != "set_transition":
        release.apply()
        release.begin()
        release.later("60m")
    call = getattr(Pipelines, method)

    def dies(self, *arguments, **more):
        if when == "after":
            call(self, *arguments, **more)
        raise Died

    with monkeypatch.context() as patch:
        patch.setattr(Pipelines, method, dies)
        with pytest.raises(Died):
            release.apply()
    for _ in range(3):
        release.apply()
        release.later("60m")
    assert (release.version, release.doors) == (2, {})
    assert release.runs[0] == "Succeeded"
    if method != "set_transition":
        assert release.runs == ["Succeeded", "Cancelled", "Succeeded"]


# --- what goes wrong


def test_an_update_that_aws_refuses_leaves_no_way_shut(draining):
    draining.later("60m")
    draining.local.say("faults", operation="UpdatePipeline", error="InvalidStructureException")
    assert draining.apply()[0][1] == "failed"
    assert (draining.doors, draining.version) == ({}, 1)


def test_what_could_not_be_started_again_is_started_by_the_next_pass(draining):
    draining.later("60m")
    draining.local.say("faults", operation="StartPipelineExecution", error="AccessDeniedException")
    ((_, ending, why),) = draining.apply()
    assert (ending, "it was written, but what it interrupted is not made good" in why) == ("failed", True)
    assert (draining.apply(), draining.doors) == ([], {})
    draining.later("60m")
    assert draining.runs == ["Succeeded", "Cancelled", "Succeeded"]


def test_a_way_that_could_not_be_opened_is_told_until_it_is(draining):
    draining.shop.define(OLD)
    draining.local.say("faults", operation="EnableStageTransition", error="AccessDeniedException")
    draining.apply()
    assert draining.statuses[NAME].state == "held"
    assert "is not made good yet, the next pass tries again: EnableStageTransition" in draining.statuses[NAME].reason
    draining.apply()
    assert (draining.doors, draining.statuses[NAME].state) == ({}, "synced")


def test_mode_report_writes_nothing_and_says_what_is_shut(draining):
    draining.sync(interrupt="drain", mode="report")
    draining.apply()
    assert "Drain by" in draining.doors["Build"]
    assert "the way into stage Build is shut, and mode report never writes" in draining.statuses[NAME].reason


def test_a_drain_of_a_plan_that_wants_an_approval_goes_on(draining):
    draining.sync(interrupt="drain", mode="manual")
    draining.apply()
    assert "Drain by" in draining.doors["Build"]


def test_a_pipeline_that_somebody_deleted_while_it_drained_is_made_anew(draining):
    draining.client.delete_pipeline(name=NAME)
    assert [each[:2] for each in draining.apply()] == [("create", "applied")]
    with draining.world() as world:
        assert world.memory.waits() == {}


def test_the_history_tells_what_was_shut_opened_and_started(draining):
    draining.later("60m")
    draining.apply()
    with draining.world() as world:
        told = [(each.kind, each.outcome) for each in world.memory.changes(NAME, 4)]
    assert told == [("start", "applied"), ("transition", "applied"), ("update", "applied"), ("transition", "applied")]
