"""Variables, artifacts, timeouts, jobs and messages, reference C, D, E.14 to E.18, F.1, G."""

from __future__ import annotations

import pytest

from builders import action, build, stage
from reconciler.errors import Broken
from reconciler.simulation.durations import DAY, HOUR, MINUTE
from reconciler.simulation.outcomes import (
    Calls,
    Fails,
    Hangs,
    Runs,
    Succeeds,
    Worker,
)
from simulation.worlds import (
    JENKINS,
    NAME,
    asked,
    at,
    code,
    conditioned,
    document,
    fails,
    gate,
    once,
    ran,
    rule,
    shop,
    starts,
    status,
    takes,
    worked,
    world,
)


def _reading(value: str, **given):
    made = build("Make", namespace="Made", outputs=("app",))
    use = build("Use", runOrder=2, inputs=("app",), configuration={"ProjectName": value})
    return shop(stage("W", made, use), given=given)


def test_e14_variables_are_resolved_when_the_action_starts():
    made = _reading("#{Made.TAG}-#{codepipeline.PipelineExecutionId}", **{"W/Make": Succeeds(variables={"TAG": "1.2"})})
    run = ran(made)
    assert run.action("W/Use").configuration == {"ProjectName": f"1.2-{run.id}"}


def test_e14_a_variable_that_nobody_gave_fails_the_action():
    run = ran(_reading("#{variables.NOBODY}"))
    failure = run.action("W/Use").failure
    assert (failure.type, "#{variables.NOBODY}" in failure.message) == ("ConfigurationError", True)


def test_e14_a_resolved_configuration_has_a_limit():
    made = _reading("#{Made.TAG}", **{"W/Make": Succeeds(variables={"TAG": "x" * 110_000})})
    assert "102400" in ran(made).action("W/Use").failure.message


def test_e14_an_unstated_producer_gives_what_is_read_from_it():
    assert ran(_reading("#{Made.TAG}")).action("W/Use").configuration == {"ProjectName": "<TAG>"}


def test_e17_inputs_are_copied_to_another_region():
    made = world(given={"*/*": takes(1)})
    built = document(
        stage("B", build("X", region="us-east-1")),
        artifactStores={each: {"type": "S3", "location": f"artifacts-{each}"} for each in ("eu-west-1", "us-east-1")},
    )
    made.create(built, run=False)
    run = ran(made)
    copied = next(each for each in made.log if each.kind == "copy")
    assert (copied.detail["region"], copied.time <= run.action("B/X").started) == ("us-east-1", True)


def test_e18_an_input_that_a_skipped_stage_did_not_make():
    made = shop(stage("B", build("X", outputs=("app",)), beforeEntry=gate("SKIP")),
                stage("D", build("Y", inputs=("app",))), given={"B.beforeEntry/*": fails()})  # fmt: skip
    run = ran(made)
    assert (run.action("D/Y").failure.code, run.status) == ("ConfigurationError", "Failed")


TIMEOUTS = {
    "CodeBuild build": (build("X"), 36 * HOUR),
    "CodeBuild test": (action("X", "Test", "CodeBuild", inputs=("source",), configuration={"ProjectName": "p"}),
                       8 * HOUR),
    "Lambda": (action("X", "Invoke", "Lambda", configuration={"FunctionName": "f"}), 20 * MINUTE),
    "S3 deploy": (action("X", "Deploy", "S3", inputs=("source",), configuration={"BucketName": "b", "Extract": "true"}),
                  90 * MINUTE),
    "ECS": (action("X", "Deploy", "ECS", inputs=("source",), configuration={
        "ClusterName": "c", "ServiceName": "s", "DeploymentTimeout": "15"}), 15 * MINUTE),
    "StepFunctions": (action("X", "Invoke", "StepFunctions", configuration={"StateMachineArn": "a"}), 7 * DAY),
}  # fmt: skip


@pytest.mark.parametrize(("step", "after"), TIMEOUTS.values(), ids=TIMEOUTS)
def test_c_what_hangs_fails_at_its_timeout(step, after):
    found = ran(shop(stage("B", step), given={"B/X": Hangs()})).action("B/X")
    assert (found.status, found.ended - found.started, "timed out" in found.summary) == ("Failed", after, True)


def test_c_an_outcome_after_the_timeout_is_the_timeout():
    step = action("X", "Deploy", "ECS", inputs=("source",), configuration={"ClusterName": "c", "ServiceName": "s"})
    found = ran(shop(stage("B", step), given={"B/X": Succeeds(after="2h")})).action("B/X")
    assert (found.status, found.ended - found.started) == ("Failed", HOUR)


def test_f1_a_worker_polls_acknowledges_and_reports():
    made, e1 = worked()
    assert made.run_of(e1).waiting.kind == "job"
    (job,) = made.poll_jobs(JENKINS, 5, {"ProjectName": "p"})
    assert made.poll_jobs(JENKINS) == ()
    assert code(made.job_succeeded, job.id) == "InvalidJobStateException"
    assert code(made.acknowledge, job.id, "?") == "InvalidNonceException"
    assert made.acknowledge(job.id, job.nonce) == "InProgress"
    made.job_succeeded(job.id, Succeeds(variables={"BUILD": "7"}))
    assert (status(made, e1), made.run_of(e1).action("B/X").variables) == (["Succeeded"], {"BUILD": "7"})


def test_f1_a_job_can_fail_go_on_and_time_out():
    made, e1 = worked()
    (job,) = made.poll_jobs(JENKINS)
    made.acknowledge(job.id, job.nonce)
    made.job_succeeded(job.id, continuation="more")
    (again,) = made.poll_jobs(JENKINS)
    assert (again.id, again.continuation) == (job.id, "more")
    made.acknowledge(job.id, again.nonce)
    made.advance("24h")
    assert (made.jobs[job.id].status, status(made, e1)) == ("TimedOut", ["Failed"])
    assert code(made.job_failed, job.id) == "InvalidJobStateException"
    assert code(made.job_failed, "nobody") == "JobNotFoundException"


def test_i8_one_token_one_execution():
    made = shop()
    assert made.start(NAME, token="a") == made.start(NAME, token="a") != made.start(NAME, token="b")


def test_g3_intents_stand_in_the_log_with_their_refusals():
    made = shop()
    made.start(NAME, by="ana")
    code(made.stop, NAME, "nobody", by="bob")
    said = [(each.state, each.detail["by"], each.detail.get("code", "")) for each in made.log if each.kind == "intent"]
    assert said[-2:] == [
        ("StartPipelineExecution", "ana", ""),
        ("StopPipelineExecution", "bob", "PipelineExecutionNotStoppableException"),
    ]


def test_g1_events_at_a_start_go_inwards_and_at_an_end_outwards():
    run = ran(shop(stage("B", build("X"))))
    told = [(each["detail-type"].split()[1], each["detail"]["state"]) for each in run.events]
    assert told == [
        ("Pipeline", "STARTED"), ("Stage", "STARTED"), ("Action", "STARTED"), ("Action", "SUCCEEDED"),
        ("Stage", "SUCCEEDED"), ("Stage", "STARTED"), ("Action", "STARTED"), ("Action", "SUCCEEDED"),
        ("Stage", "SUCCEEDED"), ("Pipeline", "SUCCEEDED")]  # fmt: skip


@pytest.mark.parametrize(
    ("outcome", "wanted"),
    [(Calls(lambda about: Fails(message=about.configuration["FunctionName"])), "check"),
     (Runs("jobs:check"), "handled")],
    ids=["function", "handler"],
)  # fmt: skip
def test_d6_a_function_or_a_handler_decides_a_rule(outcome, wanted):
    made = shop(stage("B", build("X"), beforeEntry=gate("FAIL")), given={"B.beforeEntry/Gate": outcome},
                handlers=lambda _, about: Fails(message="handled" if about.stage == "B" else ""))  # fmt: skip
    assert ran(made).stage("B").conditions[0].rules[0].summary == wanted


def test_d6_a_function_that_decides_nothing_is_an_error():
    made = shop(stage("B", build("X"), beforeEntry=gate("FAIL")), given={"B.beforeEntry/Gate": Calls(lambda _: None)})
    with pytest.raises(Broken, match="is a rule and was given None"):
        once(made)


@pytest.mark.parametrize("seconds", [0, 1200], ids=["never opens in time", "too slow"])
def test_e9_a_rule_has_a_timeout(seconds):
    window = rule("DeploymentWindow", Cron="0 0 12 * * ? *") if not seconds else rule()
    entry = gate("FAIL", {**window, "timeoutInMinutes": 10})
    made = shop(stage("B", build("X"), beforeEntry=entry), given={"B.beforeEntry/*": takes(seconds)} if seconds else {})
    condition = ran(made).stage("B").conditions[0]
    assert (condition.status, condition.ended - condition.started) == ("Errored", 10 * MINUTE)


def test_e9_override_of_a_success_condition_under_way():
    made = conditioned({"B.onSuccess/Gate": takes(600)}, onSuccess=gate("FAIL"))
    e1 = starts(made, 0)[0]
    at(made, 20).override(NAME, "B", e1, "ON_SUCCESS")
    made.settle()
    assert (status(made, e1), made.run_of(e1).stage("D").entered) == (["Succeeded"], 20_000)


REFUSALS = {
    "stop with a long reason": (lambda made: made.stop(NAME, 1, reason="x" * 201), "ValidationException"),
    "retry in another mode": (lambda made: made.retry(NAME, "B", 1, "SOME"), "ValidationException"),
    "disable sideways": (lambda made: made.disable(NAME, "B", "Sideways"), "ValidationException"),
    "override in an unknown stage": (lambda made: made.override(NAME, "Z", 1, "ON_SUCCESS"), "StageNotFoundException"),
    "poll nothing": (lambda made: made.poll_jobs(JENKINS, 0), "ValidationException"),
    "poll an unknown type": (lambda made: made.poll_jobs(("Build", "Custom", "Mine", "9")),
                             "ActionTypeNotFoundException"),
    "sixty tags": (lambda made: made.create(document(name="b"), {str(each): "" for each in range(60)}),
                   "TooManyTagsException"),
}  # fmt: skip


@pytest.mark.parametrize(("intent", "wanted"), REFUSALS.values(), ids=REFUSALS)
def test_f1_refusals(intent, wanted):
    made = shop()
    starts(made, 0)
    assert code(intent, made) == wanted


def test_f1_an_approval_takes_a_short_summary():
    made, _ = asked()
    assert code(made.approve, NAME, "Prod", "Approve", summary="x" * 513) == "ValidationException"


@pytest.mark.parametrize(
    ("variables", "continuation", "wanted"),
    [({"A": "x" * 122_880}, "", "OutputVariablesSizeExceededException"), ({"A": "1"}, "more", "ValidationException")],
    ids=["too large", "with a token"],
)
def test_f1_output_variables_of_a_job(variables, continuation, wanted):
    made, _ = worked()
    (job,) = made.poll_jobs(JENKINS)
    made.acknowledge(job.id, job.nonce)
    assert code(made.job_succeeded, job.id, Succeeds(variables=variables), continuation=continuation) == wanted


def test_f1_an_invoked_function_has_its_job_at_once():
    invoke = action("X", "Invoke", "Lambda", configuration={"FunctionName": "f"})
    made = shop(stage("B", invoke), given={"B/X": Worker()})
    e1 = once(made)
    made.job_failed(made.run_of(e1).action("B/X").id, Fails("PermissionError", "no"))
    assert made.run_of(e1).action("B/X").failure.type == "PermissionError"


def test_e11_a_retry_counts_as_a_running_execution():
    made = shop(mode="QUEUED", given={"B/X": [fails(), takes(1)]})
    e1 = once(made)
    made.disable(NAME, "Source", reason="freeze")
    for _ in range(50):
        made.start(NAME)
    assert code(made.retry, NAME, "B", e1) == "ConcurrentPipelineExecutionsLimitExceededException"


def test_e8_enabling_what_is_enabled_changes_nothing():
    made = shop()
    before = len(made.log)
    made.enable(NAME, "B")
    assert [each.kind for each in made.log[before:]] == ["intent"]


def test_e7_a_gate_of_a_pipeline_that_is_gone_says_nothing():
    made = shop()
    made.disable(NAME, "B", reason="freeze")
    e1 = once(made)
    made.delete(NAME)
    assert (made.run_of(e1).status, made.run_of(e1).waiting) == ("Cancelled", None)
