"""What AWS does not document, or documents twice: one switch for each open question that touches behaviour.

The numbers are those of reference section I, and each default is what is suggested there; D.6 and E.15 leave the others
open. Not here, because no run can
tell the difference: I19 throttling (nothing is published), I22 texts, I24 partners (their rules stand in the
catalogue), I30 page sizes, I34 accounts of buckets.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from reconciler.simulation.durations import HOUR, SECOND


@dataclass(frozen=True, slots=True)
class Assumptions:
    """One choice for each open question."""

    updated_status: Literal["Cancelled", "Failed"] = "Cancelled"
    """I1: status of runs that an update ends."""
    duplicate_name: str = "PipelineNameInUseException"
    """I2: error class for a second pipeline of one name; moto says `InvalidStructureException`."""
    update_missing: str = "PipelineNotFoundException"
    """I3: error class for the update of a missing pipeline; moto says `ResourceNotFoundException`."""
    identical_update_counts: bool = True
    """I4: an update with nothing new raises the version and ends runs."""
    input_version_checked: bool = False
    """I5: an update whose `version` is not the present one is refused."""
    history_survives_deletion: bool = False
    """I6: a pipeline that is created again goes on with the versions and runs of its namesake."""
    deletion: Literal["abandons", "runs on"] = "abandons"
    """I7: what happens to runs of a deleted pipeline; abandoning is silent, without events."""
    same_token_same_run: bool = True
    """I8: a start with a known client token gives the execution of then; else each start is a new one."""
    first_stage_slot: bool = True
    """I9: SUPERSEDED has one waiting slot before the first stage too; else runs queue there."""
    queue_resumes_whole: bool = True
    """I10: QUEUED, transition enabled again: all go on in order; else only the latest, older ones are superseded."""
    full_queue_fails_events: bool = True
    """I11: beyond 50 runs, a start by an event makes a failed run; else it is refused as one by the API is."""
    success_checks_hold_stage: bool = True
    """I12: the stage is InProgress and locked while onSuccess rules run; else it is Succeeded and unlocked already."""
    failure_result_when_met: bool = True
    """I13: the result of an onFailure condition applies when its rules pass; else when they fail."""
    retry_with_conditions_refused: bool = True
    """I14: automatic retry together with onFailure conditions is refused; else the conditions decide on the retry."""
    retry_mode: Literal["FAILED_ACTIONS", "ALL_ACTIONS"] = "FAILED_ACTIONS"
    """I15: mode of an automatic retry that declares none."""
    rollback_continues: bool = False
    """I16: a rollback goes on to later stages; else it ends after its stage."""
    rolled_back_status: Literal["Failed", "Superseded"] = "Failed"
    """I17: status of the execution whose failure started an automatic rollback."""
    polling_interval: int = 60 * SECOND
    """I18: milliseconds between two looks at a source that is polled."""
    transition_delay: int = 0
    """I19: milliseconds until an enabled transition lets the waiting one in; AWS says "a few seconds" (E.8)."""
    newest_first: bool = True
    """I20: executions are listed newest first."""
    actions_per_stage: Literal[50, 100] = 50
    """I21: quota of actions in one stage."""
    test_build_timeout: int = 8 * HOUR
    """I21: milliseconds after which a CodeBuild test fails; the other page says 36 hours."""
    wiring_error: str = "InvalidActionDeclarationException"
    """I23: error class for an input that nobody makes."""
    approval_code: str = "JobFailed"
    """I25: error code of a rejected or expired approval."""
    outermost_event_first: bool = False
    """I26: at an end the events of one moment come from the pipeline inwards; else action, stage, pipeline."""
    parallel_state_shown: bool = False
    """I27: the state of a PARALLEL pipeline shows latest executions; else its stages have none."""
    second_answer: str = "ApprovalAlreadyCompletedException"
    """I28: error class for a second answer with the same token; the other candidate is `InvalidApprovalToken…`."""
    transitions_survive_update: bool = True
    """I29: a disabled transition stays disabled, by name of the stage; else an update enables all."""
    throttled_siblings_start: bool = False
    """I31: PARALLEL: actions that wait for one of the five places still start after a sibling failed."""
    unknown_keys_refused: bool = True
    """I32: unknown configuration keys are refused at once; else they are carried along."""
    errored_rule_meets: bool = False
    """I33: a rule that errs or times out counts as passed."""
    outside_window: Literal["wait", "fail"] = "wait"
    """D.6: what a DeploymentWindow rule does outside of its window."""
    alarm_states: Literal["awaited", "watched"] = "awaited"
    """D.6: a CloudWatchAlarm rule succeeds once the alarm is in one of AlarmStates; else it fails then."""
    alarm_unknown: str = "OK"
    """D.6: state of an alarm of which nobody said anything."""
    matches_whole: bool = True
    """D.6: MATCHES of a VariableCheck means the whole value; else a part suffices."""
    files_looked_at: int = 100
    """E.15.6: changed files that a filter on file paths looks at."""
    failed_create_leaves_nothing: bool = True
    """I35: a create that is refused for its tags leaves no pipeline; else the pipeline is there, without tags."""
