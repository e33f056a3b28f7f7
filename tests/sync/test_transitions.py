"""Transitions through whole passes: read only where git names some, set once, read back, and never guessed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from reconciler.definitions.tags import OWNER
from reconciler.sync import passes
from workshop import ACCOUNT, REGION

if TYPE_CHECKING:
    from endpoint.request import Document
    from reconciler.sync.state import Ending, Pass
    from workshop import Workshop

NAME = "svc0001-prod-deploy"
FREEZE = {"Build": {"inbound": "disabled", "reason": "freeze"}}
QUIET = {"ListPipelines": 1, "GetResources": 1}


def frozen(workshop: Workshop) -> dict[str, str]:
    return workshop.endpoint.transitions(ACCOUNT, REGION, NAME)


def open_up(workshop: Workshop) -> None:
    workshop.endpoint.set_transition(ACCOUNT, REGION, NAME, "Build")


def writes(workshop: Workshop) -> list[str]:
    return [each.operation for each in workshop.endpoint.log if each.operation.startswith(("Dis", "En", "Up", "Cr"))]


def ending(done: Pass) -> tuple[Ending, str]:
    (result,) = done.results
    return result.ending, result.message


@pytest.fixture
def settled(workshop: Workshop, document: Document) -> Workshop:
    """Give a shop whose pipeline is live as git names it, with nothing shut."""
    workshop.define(document)
    workshop.apply()
    workshop.endpoint.clear_log()
    return workshop


@pytest.fixture
def wanted(settled: Workshop, document: Document) -> Workshop:
    """Give a shop in which git wants the way into Build shut."""
    settled.define(document, transitions=FREEZE)
    return settled


def test_a_freeze_is_set_by_one_call_that_ends_nothing(wanted: Workshop) -> None:
    running = {"pipelineExecutionId": "e1", "status": "InProgress"}
    wanted.endpoint.executions[ACCOUNT, REGION, NAME] = [running]
    (result,) = wanted.apply().results
    assert (result.ending, frozen(wanted)) == ("applied", {"Build": "freeze"})
    assert writes(wanted) == ["DisableStageTransition"]
    assert wanted.endpoint.executions[ACCOUNT, REGION, NAME] == [running]
    assert wanted.plan().known[2].changes == ()


def test_what_is_opened_by_hand_is_drift_and_shut_again(wanted: Workshop) -> None:
    wanted.apply()
    open_up(wanted)
    (change,) = wanted.plan().known[2].changes
    assert (change.kind, change.cause) == ("transition", "drift")
    wanted.apply()
    assert frozen(wanted) == {"Build": "freeze"}


def test_a_plan_that_nobody_applied_is_not_taken_for_what_was_in_force(wanted: Workshop) -> None:
    wanted.plan()
    assert wanted.plan().known[2].changes[0].cause == "git"


def test_what_git_drops_is_left_as_it_is(wanted: Workshop, document: Document) -> None:
    wanted.apply()
    wanted.define(document)
    wanted.endpoint.clear_log()
    assert (wanted.plan().known[2].changes, frozen(wanted)) == ((), {"Build": "freeze"})
    assert wanted.endpoint.counts() == QUIET


def test_what_git_wants_open_is_opened(settled: Workshop, document: Document) -> None:
    settled.endpoint.set_transition(ACCOUNT, REGION, NAME, "Build", "lunch")
    settled.define(document, transitions={"Source": {"outbound": "enabled"}})
    settled.apply()
    assert (frozen(settled), writes(settled)) == ({}, ["EnableStageTransition"])


def test_a_quiet_pass_asks_only_for_the_pipelines_whose_transitions_git_names(wanted: Workshop, documents: Any) -> None:
    wanted.define(*documents[1:])
    wanted.apply()
    wanted.endpoint.clear_log()
    assert wanted.apply().known[2].in_sync == 3
    assert wanted.endpoint.counts() == {**QUIET, "GetPipelineState": 1}


def test_a_state_that_cannot_be_read_is_unknown_and_nothing_is_written(wanted: Workshop) -> None:
    wanted.endpoint.fail("GetPipelineState", "AccessDeniedException")
    done = wanted.apply()
    (reason,) = done.known[2].unknown.values()
    assert "codepipeline:GetPipelineState" in reason
    assert (done.known[2].changes, done.known[2].blocked, writes(wanted)) == ((), True, [])


def test_a_state_that_aws_does_not_show_is_unknown(wanted: Workshop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("reconciler.aws.pipelines._transition", lambda _: None)
    (reason,) = wanted.plan().known[2].unknown.values()
    assert reason == f"GetPipelineState does not say whether executions may enter 'Build' of {NAME}"


def test_a_new_pipeline_is_shut_right_after_its_creation(workshop: Workshop, document: Document) -> None:
    workshop.define(document, transitions=FREEZE)
    workshop.apply()
    assert writes(workshop) == ["CreatePipeline", "DisableStageTransition"]
    assert workshop.plan().known[2].changes == ()


def test_a_creation_whose_freeze_fails_is_made_good_by_the_next_pass(workshop: Workshop, document: Document) -> None:
    workshop.define(document, transitions=FREEZE)
    workshop.endpoint.fail("DisableStageTransition", "AccessDeniedException", times=1)
    ended, message = ending(workshop.apply())
    assert (ended, "it was written, but its transitions were not" in message) == ("failed", True)
    assert ending(workshop.apply()) == ("applied", "")
    assert frozen(workshop) == {"Build": "freeze"}


def test_a_freeze_does_not_wait_for_the_update_that_waits(wanted: Workshop, document: Document) -> None:
    wanted.define(document | {"executionMode": "QUEUED"}, transitions=FREEZE)
    wanted.endpoint.executions[ACCOUNT, REGION, NAME] = [{"pipelineExecutionId": "e1", "status": "InProgress"}]
    endings = {result.change.kind.value: result.ending.value for result in wanted.apply().results}
    assert endings == {"transition": "applied", "update": "held"}
    wanted.endpoint.executions.clear()
    wanted.apply()
    assert wanted.plan().known[2].in_sync == 1


def test_the_worse_of_two_changes_is_the_state_of_the_pipeline(wanted: Workshop, document: Document) -> None:
    wanted.define(document | {"executionMode": "QUEUED"}, transitions=FREEZE)
    wanted.endpoint.fail("DisableStageTransition", "InternalFailure")
    wanted.apply()
    with wanted.world() as world:
        (status,) = world.memory.statuses()  # type: ignore[attr-defined]
    assert (status.state, "DisableStageTransition" in status.reason, status.version) == ("failed", True, 2)


def test_a_freeze_that_failed_is_still_wanted_by_git_after_the_update(wanted: Workshop, document: Document) -> None:
    wanted.settings(sync={"self_heal": False})
    wanted.define(document | {"executionMode": "QUEUED"}, transitions=FREEZE)
    wanted.endpoint.fail("DisableStageTransition", "AccessDeniedException", times=1)
    wanted.apply()
    wanted.apply()
    assert frozen(wanted) == {"Build": "freeze"}


def test_a_transition_that_somebody_sets_meanwhile_is_not_overwritten(wanted: Workshop) -> None:
    with wanted.world() as world:
        planned = passes.plan(world)
        wanted.endpoint.set_transition(ACCOUNT, REGION, NAME, "Build", "lunch")
        done = passes.apply(planned, world)
    ended, message = ending(done)
    assert (ended, message.partition(";")[0]) == ("failed", f"a transition of {NAME} was set by somebody else since")
    assert frozen(wanted) == {"Build": "lunch"}


def test_a_transition_of_a_pipeline_that_changed_hands_is_not_set(wanted: Workshop) -> None:
    with wanted.world() as world:
        planned = passes.plan(world)
        wanted.endpoint.tag(ACCOUNT, REGION, NAME, {OWNER: "them"})
        done = passes.apply(planned, world)
    assert (ending(done), frozen(wanted)) == (("held", "owned by 'them' now; nothing was written"), {})


def test_a_state_that_does_not_last_is_told_and_not_set_for_ever(wanted: Workshop) -> None:
    def undo(request: Any) -> None:
        if request.operation == "DisableStageTransition":
            open_up(wanted)

    wanted.endpoint.after(undo)
    assert ending(wanted.apply()) == ("failed", "AWS shows other inbound transitions after the write: Build")
    (change,) = wanted.apply().known[2].changes
    assert "AWS gave this definition back different" in change.held


def test_a_state_that_was_only_late_to_show_is_no_reason_to_hold_anything(wanted: Workshop) -> None:
    def undo(request: Any) -> None:
        if request.operation == "DisableStageTransition":
            open_up(wanted)

    wanted.endpoint.after(undo)
    wanted.apply()
    wanted.endpoint.clear_orders()
    wanted.endpoint.set_transition(ACCOUNT, REGION, NAME, "Build", "freeze")
    wanted.apply()
    open_up(wanted)
    assert ending(wanted.apply()) == ("applied", "")


def test_the_history_tells_a_transition_in_words(wanted: Workshop) -> None:
    wanted.apply()
    with wanted.world() as world:
        entry = world.memory.changes(NAME, 1)[0]  # type: ignore[attr-defined]
    assert (entry.kind, entry.outcome, entry.after) == ("transition", "applied", None)
    assert '"disabled (freeze)"' in entry.differences
