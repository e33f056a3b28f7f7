"""What became of a run, in one sentence."""

from __future__ import annotations

import pytest

from reconciler.report import verdicts
from reconciler.simulation.trace import Failure, Start
from traces import action, approval, broken, condition, parked, released, run, source, stage

REJECTED = run(
    source(),
    stage("Prod", approval(started=1, ended=3, summary="not today", failure=Failure("JobFailed", "JobFailed", ""))),
    ended=3,
    status="Failed",
)
UNMET = stage("Prod", status="Failed", conditions=(condition("beforeEntry", "FAIL", "Failed", "closed"),))
ROLLBACK = run(
    id="e2",
    number=2,
    kind="ROLLBACK",
    ended=2,
    trigger=Start("AutomatedRollback", '{"FailedPipelineExecutionId":"e1"}'),
)


HALF = run(stage("Build", action("Build/Unit", 0, None)), now=2)
AGAIN = stage("Build", action("Build/Unit"), action("Build/Unit", attempt=2))
WAITED = run(source(), stage("Build"), ended=4, status="Superseded", superseded_by="e2")
SENTENCES = {
    "approved": (released(), "run succeeded after 2h06m; Prod/Approve was approved by ana at +2h05m"),
    "parked": (parked(), "run is parked at Prod/Approve: waits for an approval"),
    "failed": (broken(), "run failed at Build/Unit after 4m: JobFailed: 2 tests failed; #2 rolled back"),
    "rejected": (REJECTED, "run failed at Prod/Approve after 3m: rejected by ana: not today; #2 rolled back"),
    "condition": (
        run(source(), UNMET, ended=1, status="Failed", id="e9"),
        "run failed at Prod after 1m: its beforeEntry condition was not met: Window: closed",
    ),
    "no stage": (
        run(ended=0, status="Failed", summary="variable V has no value", id="e9"),
        "run failed after 0s: variable V has no value",
    ),
    "superseded": (WAITED, "run was superseded by #2 after 4m, while it waited at Build"),
    "stopped": (run(ended=2, status="Stopped", stop_reason="freeze"), "run was stopped after 2m: freeze"),
    "updated": (run(ended=2, status="Cancelled"), "run was cancelled after 2m: the pipeline was changed"),
    "in progress": (HALF, "run is in progress after 2m, at Build/Unit"),
    "stopping": (run(now=1, status="Stopping"), "run is stopping after 1m"),
    "rollback": (ROLLBACK, "rollback succeeded after 2m"),
    "asides": (
        run(AGAIN, stage("Beta", status="Skipped"), ended=2),
        "run succeeded after 2m; Build/Unit took 2 attempts; Beta was skipped",
    ),
}


@pytest.mark.parametrize("name", SENTENCES)
def test_the_verdict_is_a_sentence_with_the_reason(name):
    made, sentence = SENTENCES[name]
    assert verdicts.verdict(made, (ROLLBACK,)) == sentence


def test_a_superseding_run_that_is_not_known_is_named_by_its_id():
    assert "superseded by e7" in verdicts.verdict(run(ended=1, status="Superseded", superseded_by="e7"))
