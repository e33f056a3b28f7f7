"""What an execution had, and how it is started again."""

from __future__ import annotations

from typing import Any

from reconciler.aws.sessions import Access
from reconciler.aws.starts import Run, Start, Starts
from reconciler.pipeline.arns import Target

ACCESS = Access(Target("111111111111", "eu-west-1"))
FIRST = {"pipelineExecutionId": "e1", "status": "Cancelled", "startTime": "2026-05-04T09:00:00Z",
         "sourceRevisions": [{"actionName": "Get", "revisionId": "r1"}, {"actionName": "Other"}]}  # fmt: skip
SECOND = {"pipelineExecutionId": "e2", "status": "InProgress", "startTime": "2026-05-04T10:00:00Z"}


class Answers:
    """Calls that are answered from a table, and what was asked."""

    def __init__(self, **answers: Any) -> None:
        self.answers, self.asked = answers, []

    def send(self, call: Any) -> Any:
        self.asked.append(call.parameters)
        return self.answers[call.operation]


def starts(**answers: Any) -> Any:
    made: Any = Starts()
    made._calls = Answers(**answers)
    return made


def test_executions_come_oldest_first_with_the_revisions_that_are_known():
    found = starts(ListPipelineExecutions={"pipelineExecutionSummaries": [SECOND, FIRST]}).runs(ACCESS, "shop")
    assert found == (Run("e1", "Cancelled", {"Get": "r1"}), Run("e2", "InProgress", {}))


def test_variables_have_the_values_that_they_had():
    answer = {"pipelineExecution": {"variables": [{"name": "Color", "resolvedValue": "red"}]}}
    assert starts(GetPipelineExecution=answer).variables(ACCESS, "shop", "e1") == {"Color": "red"}


def test_an_execution_without_variables_has_none():
    assert starts(GetPipelineExecution={"pipelineExecution": {}}).variables(ACCESS, "shop", "e1") == {}


def test_a_start_says_only_what_it_was_given():
    made = starts(StartPipelineExecution={"pipelineExecutionId": "e9"})
    assert made.start(ACCESS, "shop", Start("t")) == "e9"
    made.start(ACCESS, "shop", Start("t", ({"actionName": "Get"},), {"Color": "red"}))
    assert made._calls.asked == [
        {"name": "shop", "clientRequestToken": "t"},
        {"name": "shop", "clientRequestToken": "t", "variables": [{"name": "Color", "value": "red"}],
         "sourceRevisions": [{"actionName": "Get"}]},
    ]  # fmt: skip
