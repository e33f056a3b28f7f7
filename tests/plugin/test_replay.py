"""A recorded execution is replayed; what the simulator does otherwise shows in the lines."""

from __future__ import annotations

import pytest

from builders import build, stage
from pytest_pipeline.replay import recorded, replay
from reconciler.errors import Broken
from simulation.worlds import approval, document

DOCUMENT = document(stage("Build", build("X")), stage("Prod", approval(), build("Y", runOrder=2)))
KINDS = {"Checkout": "Source", "Approve": "Approval"}


def detail(place, status, start, end, execution="e1", **members):
    stage_, _, action = place.partition("/")
    kind = {"category": KINDS.get(action, "Build"), "owner": "AWS", "provider": "CodeBuild", "version": "1"}
    return {
        "pipelineExecutionId": execution, "stageName": stage_, "actionName": action, "status": status,
        "startTime": f"2026-01-05T09:{start}+00:00", "lastUpdateTime": f"2026-01-05T09:{end}+00:00",
        "input": {"actionTypeId": kind}, **members,
    }  # fmt: skip


GOOD = [
    detail("Source/Checkout", "Succeeded", "00:00.100000", "00:05.100000"),
    detail("Build/X", "Succeeded", "00:06", "04:00"),
    detail("Prod/Approve", "Succeeded", "04:01", "30:00", updatedBy="arn:aws:sts::111111111111:assumed-role/dev/ana"),
    detail("Prod/Y", "Succeeded", "30:01", "33:00"),
]


def lines(*details):
    (found,) = replay(DOCUMENT, {"actionExecutionDetails": list(reversed(details))})
    return found


def test_a_good_execution_replays_line_by_line():
    found = lines(*GOOD)
    assert found.simulated == found.recorded
    assert found.recorded[-2:] == ("Prod/Approve Succeeded", "Prod/Y Succeeded")
    assert found.run.action("Prod/Approve").by == "ana"


def test_a_failure_replays_with_its_code():
    error = {"code": "JobFailed", "message": "exit 1"}
    output = {"executionResult": {"errorDetails": error}}
    failed = detail("Build/X", "Failed", "00:06", "04:00", output=output)
    found = lines(GOOD[0], failed)
    assert found.simulated == found.recorded
    assert found.run.action("Build/X").failure.message == "exit 1"


def test_a_retry_by_hand_replays_as_one():
    first, second = detail("Build/X", "Failed", "00:06", "01:00"), detail("Build/X", "Succeeded", "02:00", "03:00")
    found = lines(GOOD[0], first, second, detail("Prod/Approve", "Failed", "03:01", "04:00", updatedBy="ana"))
    assert found.simulated == found.recorded
    assert len(found.run.attempts("Build/X")) == 2


def test_an_action_that_ran_although_its_gate_failed_is_a_difference():
    found = lines(GOOD[0], GOOD[1], detail("Prod/Approve", "Failed", "04:01", "05:00"), GOOD[3])
    assert found.simulated != found.recorded


def test_executions_are_replayed_each_for_itself_oldest_first():
    other = [{**each, "pipelineExecutionId": "e0", "startTime": each["startTime"].replace("05T09", "04T09"),
              "lastUpdateTime": each["lastUpdateTime"].replace("05T09", "04T09")} for each in GOOD]  # fmt: skip
    found = replay(DOCUMENT, [*GOOD, *other])
    assert [each.execution for each in found] == ["e0", "e1"]
    assert all(each.simulated == each.recorded for each in found)


def test_seconds_since_1970_are_times_too():
    (attempts,) = recorded([{**GOOD[0], "startTime": 1767603600.25, "lastUpdateTime": 1767603605.25}]).values()
    assert attempts[0].ended == 5000


def test_an_action_that_still_runs_is_one():
    found = lines(GOOD[0], detail("Build/X", "InProgress", "00:06", "04:00"))
    assert found.simulated == found.recorded == ("Source/Checkout Succeeded", "Build/X InProgress")


@pytest.mark.parametrize(
    ("recording", "message"),
    [
        pytest.param({}, "is the output of aws codepipeline list-action-executions", id="empty"),
        pytest.param([{"stageName": "Build"}], "cannot be read", id="members missing"),
        pytest.param([detail("Other/X", "Succeeded", "00:00", "00:01")], "no such action", id="another pipeline"),
    ],
)
def test_what_is_no_recording_is_broken(recording, message):
    with pytest.raises(Broken, match=message):
        replay(DOCUMENT, recording)
