"""What an update would interrupt (reference E.7)."""

from __future__ import annotations

import pytest

from builders import build, pipeline, sources, stage
from reconciler.simulation.interruption import Effect, Running, interruptions

MODES = ("SUPERSEDED", "QUEUED", "PARALLEL")


def fate(old, new, run, **members):
    (found,) = interruptions(pipeline(executionMode=old), pipeline(executionMode=new, **members), [run])
    return found


@pytest.mark.parametrize("new", MODES)
@pytest.mark.parametrize("old", ["SUPERSEDED", "QUEUED"])
def test_e7_a_running_execution_ends_after_its_actions(old, new):
    assert fate(old, new, Running("e1", "Build")).effect == Effect.FINISHING


@pytest.mark.parametrize("new", MODES)
@pytest.mark.parametrize("old", ["SUPERSEDED", "QUEUED"])
def test_e7_a_waiting_execution_is_cancelled_at_once(old, new):
    assert fate(old, new, Running("e2", "Build", waiting=True)).effect == Effect.CANCELLED


@pytest.mark.parametrize("new", MODES)
def test_e7_parallel_executions_go_on_with_the_old_definition(new):
    found = fate("PARALLEL", new, Running("e1", "Build"))
    assert (found.effect, f"as {new}" in found.sentence) == (Effect.CONTINUING, new != "PARALLEL")


def test_e7_a_parallel_execution_goes_on_after_the_mode_has_changed():
    assert fate("QUEUED", "QUEUED", Running("e1", "Build", mode="PARALLEL")).effect == Effect.CONTINUING


def test_e7_the_example():
    before, after = pipeline(version=3), pipeline(version=4)
    runs = [Running("e1", "Build"), Running("e2", "Deploy", waiting=True)]
    assert [each.effect for each in interruptions(before, after, runs)] == [Effect.FINISHING, Effect.CANCELLED]


def test_i4_an_identical_update_interrupts_too():
    (found,) = interruptions(pipeline(), pipeline(), [Running("e1", "Build")])
    assert found.effect == Effect.FINISHING


@pytest.mark.parametrize("status", ["Succeeded", "Failed", "Stopped", "Superseded", "Cancelled"])
def test_an_execution_that_has_ended_stays_as_it_is(status):
    assert fate("QUEUED", "QUEUED", Running("e1", "Build", status)).effect == Effect.UNTOUCHED


def test_a_stopping_execution_is_still_running():
    assert fate("QUEUED", "QUEUED", Running("e1", "Build", "Stopping")).effect == Effect.FINISHING


@pytest.mark.parametrize(
    ("mode", "status", "lost"),
    [
        pytest.param("SUPERSEDED", "Failed", True, id="K5-failed"),
        pytest.param("SUPERSEDED", "Stopped", True, id="K7-stopped"),
        pytest.param("SUPERSEDED", "InProgress", True, id="E7-running"),
        pytest.param("SUPERSEDED", "Succeeded", False, id="nothing-to-retry"),
        pytest.param("PARALLEL", "InProgress", False, id="E7-parallel-goes-on"),
    ],
)
def test_k5_what_cannot_be_retried_afterwards(mode, status, lost):
    losses = fate(mode, mode, Running("e1", "Build", status)).losses
    assert any("StageNotRetryable" in each for each in losses) is lost


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        pytest.param("QUEUED", "QUEUED", "UnableToRollbackStage", id="K9-other-version"),
        pytest.param("QUEUED", "PARALLEL", "do not roll back", id="E6-parallel"),
    ],
)
def test_k9_nothing_can_be_rolled_back_to_afterwards(old, new, words):
    assert any(words in each for each in fate(old, new, Running("e1", "Build", "Succeeded")).losses)


def test_e6_a_parallel_execution_loses_no_rollback():
    assert fate("PARALLEL", "PARALLEL", Running("e1", "Build")).losses == ()


def test_i29_a_stage_that_is_gone_is_named():
    renamed = [sources(), stage("Compile", build())]
    losses = fate("QUEUED", "QUEUED", Running("e1", "Build"), stages=renamed).losses
    assert "the stage Build is gone, with the state of its transition" in losses


def test_a_sentence_names_the_execution_and_its_place():
    found = fate("SUPERSEDED", "SUPERSEDED", Running("e2", "Build", waiting=True))
    assert found.sentence == "e2 waits before Build and is cancelled at once"
