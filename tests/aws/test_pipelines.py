"""What is asked of CodePipeline, and what its answers become."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from reconciler.aws import failures
from reconciler.aws.pipelines import Row
from reconciler.errors import Blocked, Broken, Retry
from reconciler.plan.live import Stamp, Transition
from reconciler.simulation.interruption import Running

if TYPE_CHECKING:
    from reconciler.aws.pipelines import Pipelines
    from reconciler.aws.sessions import Access

ARN = "arn:aws:codepipeline:eu-west-1:111111111111:"
KIND = {"category": "Source", "owner": "AWS", "provider": "S3", "version": "1"}
DOCUMENT = {
    "name": "shop",
    "roleArn": "arn:aws:iam::111111111111:role/new",
    "stages": [{"name": "Source", "actions": [{"name": "Code", "actionTypeId": KIND}]}],
}
TAGS = {"reconciler:owner": "me", "team": "shop"}
PAIRS = [{"key": "reconciler:owner", "value": "me"}, {"key": "team", "value": "shop"}]
ROLE = "CodePipeline is not authorized to perform AssumeRole on role arn:aws:iam::111111111111:role/new"
STAMP = Stamp("2026-01-31T11:00:00.250Z", 3, "2026-01-31T12:00:00.000Z")


def entry(name: str) -> dict[str, Any]:
    return {"name": name, "version": 3, "created": 1769857200.25, "updated": 1769860800}


def test_the_account_of_the_credentials_is_asked_of_sts(pipelines: Pipelines, access: Access, endpoint: Any) -> None:
    result = "<GetCallerIdentityResult><Account>111111111111</Account></GetCallerIdentityResult>"
    body = f"<GetCallerIdentityResponse>{result}</GetCallerIdentityResponse>"
    endpoint.sends("GetCallerIdentity", body, "text/xml")
    assert pipelines.account(access) == "111111111111"


def test_all_pages_of_pipelines_are_read_in_the_order_of_names(
    pipelines: Pipelines, access: Access, endpoint: Any
) -> None:
    endpoint.answers("ListPipelines", {"pipelines": [entry("b"), entry("c")], "nextToken": "2"})
    endpoint.answers("ListPipelines", {"pipelines": [entry("c"), entry("a")]})
    assert pipelines.rows(access) == (Row("a", STAMP), Row("b", STAMP), Row("c", STAMP))
    assert endpoint.bodies("ListPipelines") == [{"maxResults": 1000}, {"maxResults": 1000, "nextToken": "2"}]
    assert pipelines.calls == {"ListPipelines": 2}


def test_the_way_into_each_stage_is_read_and_what_is_not_shown_is_unknown(
    pipelines: Pipelines, access: Access, endpoint: Any
) -> None:
    shut = {"enabled": False, "disabledReason": "freeze", "lastChangedBy": "ana"}
    stages = {"Build": {"enabled": True}, "Deploy": shut, "Odd": {"lastChangedBy": "ana"}}
    shown = [{"stageName": name, "inboundTransitionState": state} for name, state in stages.items()]
    endpoint.answers("GetPipelineState", {"stageStates": [{"stageName": "Source"}, *shown]})
    found = pipelines.transitions(access, "shop")
    assert found == {"Source": None, "Build": Transition(), "Deploy": Transition(enabled=False, reason="freeze"),
                     "Odd": None}  # fmt: skip


@pytest.mark.parametrize(
    ("state", "operation"),
    [
        pytest.param(Transition(), "EnableStageTransition", id="opened"),
        pytest.param(Transition(enabled=False, reason="x"), "DisableStageTransition", id="shut"),
    ],
)
def test_a_transition_is_set_on_the_way_into_a_stage(
    pipelines: Pipelines, access: Access, endpoint: Any, state: Transition, operation: str
) -> None:
    endpoint.answers(operation, {})
    pipelines.set_transition(access, "shop", "Deploy", state)
    place = {"pipelineName": "shop", "stageName": "Deploy", "transitionType": "Inbound"}
    assert endpoint.bodies(operation) == [place | ({} if state.enabled else {"reason": "x"})]


def test_the_permission_for_a_transition_is_one_on_the_stage(
    pipelines: Pipelines, access: Access, endpoint: Any
) -> None:
    endpoint.refuses("EnableStageTransition", "AccessDeniedException")
    with pytest.raises(Blocked, match=f"codepipeline:EnableStageTransition on {ARN}shop/Deploy"):
        pipelines.set_transition(access, "shop", "Deploy", Transition())


def test_a_page_that_fails_is_an_error_and_never_a_part_of_the_list(
    pipelines: Pipelines, access: Access, endpoint: Any
) -> None:
    endpoint.answers("ListPipelines", {"pipelines": [entry("a")], "nextToken": "2"})
    endpoint.refuses("ListPipelines", "InternalFailure", status=500)
    with pytest.raises(Retry):
        pipelines.rows(access)


def test_an_empty_target_has_no_rows(pipelines: Pipelines, access: Access, endpoint: Any) -> None:
    endpoint.answers("ListPipelines", {"pipelines": []})
    assert pipelines.rows(access) == ()


def test_bulk_tags_are_read_from_all_pages_and_only_of_pipelines(
    pipelines: Pipelines, access: Access, endpoint: Any
) -> None:
    first = [{"ResourceARN": f"{ARN}a", "Tags": [{"Key": "team", "Value": "shop"}]}, {"ResourceARN": f"{ARN}b"}]
    second = [{"ResourceARN": f"{ARN}webhook:a", "Tags": [{"Key": "not", "Value": "this"}]}]
    endpoint.answers("GetResources", {"ResourceTagMappingList": first, "PaginationToken": "2"})
    endpoint.answers("GetResources", {"ResourceTagMappingList": second, "PaginationToken": ""})
    assert pipelines.bulk_tags(access) == {"a": {"team": "shop"}, "b": {}}
    asked = {"ResourceTypeFilters": ["codepipeline"], "ResourcesPerPage": 100}
    assert endpoint.bodies("GetResources") == [asked, asked | {"PaginationToken": "2"}]


def test_bulk_tags_that_are_denied_are_unknown_and_not_empty(
    pipelines: Pipelines, access: Access, endpoint: Any
) -> None:
    endpoint.refuses("GetResources", "AccessDeniedException")
    assert pipelines.bulk_tags(access) is None


def test_bulk_tags_that_are_throttled_are_an_error(pipelines: Pipelines, access: Access, endpoint: Any) -> None:
    endpoint.refuses("GetResources", "ThrottledException")
    with pytest.raises(Retry):
        pipelines.bulk_tags(access)


def test_the_tags_of_one_pipeline_are_read_from_all_pages(pipelines: Pipelines, access: Access, endpoint: Any) -> None:
    endpoint.answers("ListTagsForResource", {"tags": PAIRS[:1], "nextToken": "2"}, {"tags": PAIRS[1:]})
    assert pipelines.tags(access, "shop") == TAGS
    assert endpoint.bodies("ListTagsForResource")[0] == {"resourceArn": f"{ARN}shop"}


def test_a_declaration_comes_whole_with_the_stamp_of_its_row(
    pipelines: Pipelines, access: Access, endpoint: Any
) -> None:
    document = DOCUMENT | {"version": 3}
    endpoint.answers("GetPipeline", {"pipeline": document, "metadata": {"pipelineArn": "arn"} | entry("shop")})
    declaration = pipelines.read(access, "shop")
    assert declaration.document == document
    assert declaration.stamp == STAMP


def test_a_pipeline_that_aws_does_not_know_is_absent(pipelines: Pipelines, access: Access, endpoint: Any) -> None:
    endpoint.refuses("GetPipeline", "PipelineNotFoundException", "Account '1' does not have a pipeline")
    with pytest.raises(failures.Absent, match="GetPipeline shop in 111111111111/eu-west-1"):
        pipelines.read(access, "shop")


def test_a_throttled_read_is_not_absent(pipelines: Pipelines, access: Access, endpoint: Any) -> None:
    endpoint.refuses("GetPipeline", "ThrottlingException", "Rate exceeded")
    with pytest.raises(Retry):
        pipelines.read(access, "shop")


def test_executions_that_an_update_would_end_are_running(pipelines: Pipelines, access: Access, endpoint: Any) -> None:
    statuses = ["InProgress", "Stopping", "Succeeded", "Failed", "Stopped", "Superseded", "Cancelled"]
    entries = [{"pipelineExecutionId": status, "status": status} for status in statuses]
    endpoint.answers("ListPipelineExecutions", {"pipelineExecutionSummaries": entries, "nextToken": "older"})
    assert pipelines.running(access, "shop") == ("InProgress", "Stopping")
    assert endpoint.bodies("ListPipelineExecutions") == [{"pipelineName": "shop", "maxResults": 100}]


def test_a_pipeline_is_created_with_its_tags(pipelines: Pipelines, access: Access, endpoint: Any) -> None:
    endpoint.answers("CreatePipeline", {"pipeline": DOCUMENT})
    pipelines.create(access, DOCUMENT, TAGS)
    assert endpoint.bodies("CreatePipeline") == [{"pipeline": DOCUMENT, "tags": PAIRS}]


def test_a_creation_waits_for_a_new_role(pipelines: Pipelines, access: Access, endpoint: Any, time: Any) -> None:
    for _ in range(3):
        endpoint.refuses("CreatePipeline", "InvalidStructureException", ROLE)
    endpoint.answers("CreatePipeline", {"pipeline": DOCUMENT})
    pipelines.create(access, DOCUMENT, TAGS)
    assert time.slept == [1, 2, 4]


def test_a_role_that_stays_away_blocks_after_the_time_allowed(
    pipelines: Pipelines, access: Access, endpoint: Any, time: Any
) -> None:
    for _ in range(9):
        endpoint.refuses("CreatePipeline", "InvalidStructureException", ROLE)
    with pytest.raises(failures.RoleNotReady, match=r"trust codepipeline\.amazonaws\.com"):
        pipelines.create(access, DOCUMENT, TAGS)
    assert time.slept == [1, 2, 4, 8]


def test_another_structure_error_is_not_waited_for(
    pipelines: Pipelines, access: Access, endpoint: Any, time: Any
) -> None:
    endpoint.refuses("CreatePipeline", "InvalidStructureException", "Pipeline has only 1 stage(s).")
    with pytest.raises(Broken, match="only 1 stage"):
        pipelines.create(access, DOCUMENT, TAGS)
    assert time.slept == []


@pytest.mark.parametrize(
    ("code", "message"),
    [
        pytest.param("PipelineNameInUseException", "", id="the-model"),
        pytest.param("InvalidStructureException", "A pipeline with the name 'shop' already exists in", id="moto"),
    ],
)
def test_a_creation_whose_answer_was_lost_is_known_by_its_tags(
    pipelines: Pipelines, access: Access, endpoint: Any, code: str, message: str
) -> None:
    endpoint.refuses("CreatePipeline", code, message)
    endpoint.answers("ListTagsForResource", {"tags": PAIRS})
    pipelines.create(access, DOCUMENT, TAGS)
    assert pipelines.calls == {"CreatePipeline": 1, "ListTagsForResource": 1}


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        pytest.param(TAGS, PAIRS[:1], id="fewer-tags"),
        pytest.param(TAGS, [], id="no-tags"),
        pytest.param({}, [], id="nothing-to-know-it-by"),
    ],
)
def test_a_pipeline_of_somebody_else_in_the_way_blocks(
    pipelines: Pipelines, access: Access, endpoint: Any, wanted: dict[str, str], found: list[dict[str, str]]
) -> None:
    endpoint.refuses("CreatePipeline", "PipelineNameInUseException")
    endpoint.answers("ListTagsForResource", {"tags": found})
    with pytest.raises(Blocked, match="CreatePipeline shop in 111111111111/eu-west-1"):
        pipelines.create(access, DOCUMENT, wanted)


def test_an_update_sends_the_whole_declaration(pipelines: Pipelines, access: Access, endpoint: Any) -> None:
    endpoint.answers("UpdatePipeline", {"pipeline": DOCUMENT})
    pipelines.update(access, DOCUMENT)
    assert endpoint.bodies("UpdatePipeline") == [{"pipeline": DOCUMENT}]


def test_an_update_of_a_missing_pipeline_is_absent(pipelines: Pipelines, access: Access, endpoint: Any) -> None:
    endpoint.refuses("UpdatePipeline", "ResourceNotFoundException")
    with pytest.raises(failures.Absent):
        pipelines.update(access, DOCUMENT)


def test_deleting_what_is_gone_is_no_error(pipelines: Pipelines, access: Access, endpoint: Any) -> None:
    endpoint.refuses("DeletePipeline", "PipelineNotFoundException")
    pipelines.delete(access, "shop")
    assert endpoint.bodies("DeletePipeline") == [{"name": "shop"}]


def test_tags_are_set_and_taken_away_by_arn(pipelines: Pipelines, access: Access, endpoint: Any) -> None:
    endpoint.answers("TagResource", {})
    endpoint.answers("UntagResource", {})
    pipelines.tag(access, "shop", TAGS)
    pipelines.untag(access, "shop", {"b", "a"})
    assert endpoint.bodies("TagResource") == [{"resourceArn": f"{ARN}shop", "tags": PAIRS}]
    assert endpoint.bodies("UntagResource") == [{"resourceArn": f"{ARN}shop", "tagKeys": ["a", "b"]}]


@pytest.mark.parametrize("operation", ["CreatePipeline", "UpdatePipeline"])
def test_a_secret_of_a_type_of_a_team_does_not_come_back_in_a_message(
    pipelines: Pipelines, access: Access, endpoint: Any, operation: str
) -> None:
    kind = {"category": "Build", "owner": "Custom", "provider": "Foundry", "version": "1"}
    cast = {"name": "Cast", "actionTypeId": kind, "configuration": {"Phrase": "lantern"}}
    document = DOCUMENT | {"stages": [{"name": "Build", "actions": [cast]}]}
    own = {("Build", "Custom", "Foundry", "1"): frozenset({"Phrase"})}
    write = partial(pipelines.create, tags=TAGS) if operation == "CreatePipeline" else pipelines.update
    endpoint.refuses(operation, "InvalidActionDeclarationException", "Phrase lantern is not valid.")
    with pytest.raises(Broken, match=r"Phrase \*{4} is not valid"):
        write(access, document, own=own)


def test_executions_are_told_with_their_stages(pipelines: Pipelines, access: Access, endpoint: Any) -> None:
    entries = [{"pipelineExecutionId": each, "status": "InProgress"} for each in ("e1", "e2", "e3")]
    inside, waiting = ({"pipelineExecutionId": each, "status": "InProgress"} for each in ("e1", "e2"))
    states = [{"stageName": "Build", "latestExecution": inside, "inboundExecutions": [waiting]}]
    endpoint.answers("ListPipelineExecutions", {"pipelineExecutionSummaries": entries})
    endpoint.answers("GetPipelineState", {"stageStates": states})
    assert pipelines.executions(access, "shop") == (
        Running("e1", "Build"), Running("e2", "Build", waiting=True), Running("e3", ""))  # fmt: skip


def test_a_pipeline_in_which_nothing_runs_is_not_asked_for_its_state(
    pipelines: Pipelines, access: Access, endpoint: Any
) -> None:
    endpoint.answers("ListPipelineExecutions", {"pipelineExecutionSummaries": []})
    assert pipelines.executions(access, "shop") == ()
    assert endpoint.bodies("GetPipelineState") == []


def test_a_glance_gives_the_last_execution_and_an_older_one_in_progress_of_one_answer(pipelines, access, endpoint):
    entries = [{"pipelineExecutionId": "e2", "status": "Failed"}, {"pipelineExecutionId": "e1", "status": "InProgress"}]
    endpoint.answers("ListPipelineExecutions", {"pipelineExecutionSummaries": entries})
    endpoint.answers("GetPipelineState", {"stageStates": []})
    last, running = pipelines.glance(access, "shop")
    assert (last.execution, last.failed, running) == ("e2", True, (Running("e1", ""),))
    assert len(endpoint.bodies("ListPipelineExecutions")) == 1
