"""Rows of the tables of reference E that no other file is about; the names begin with the number of the table."""

from __future__ import annotations

import pytest

from builders import build, connection, sources, stage
from reconciler.simulation.changes import Polled, Push, S3Object
from reconciler.simulation.outcomes import Errs, Hangs
from reconciler.simulation.webhooks import Delivery
from simulation.worlds import (
    NAME,
    RETRY,
    UNDO,
    approval,
    at,
    code,
    conditioned,
    document,
    fails,
    gate,
    grouped,
    once,
    ran,
    shop,
    starts,
    status,
    takes,
    world,
)

OBJECT = S3Object("shop-sources", "web.zip", "v2")
HOOK = {
    "name": "hook", "targetPipeline": NAME, "targetAction": "Checkout", "authentication": "UNAUTHENTICATED",
    "authenticationConfiguration": {}, "filters": [{"jsonPath": "$.ref", "matchEquals": "main"}],
}  # fmt: skip


def _created():
    made = world()
    made.create(document())
    return made


def _connected():
    made = world()
    made.create(document(sources(connection()), stage("B", build("X"))), run=False)
    made.deliver(Push("shop/web", branch="main"))
    return made


def _after(act, *stages, **given):
    made = shop(*stages, given=given)
    act(made)
    made.settle()
    return made


def _rolled_back(made):
    made.rollback(NAME, "B", once(made))


def _undone(made):
    once(made)
    made.give({"B/X": fails()})
    once(made)


def _hooked(made):
    made.put_webhook(HOOK)
    made.deliver_webhook("hook", Delivery(b'{"ref": "main"}'))


TRIGGERS = {
    "CreatePipeline": _created,
    "StartPipelineExecution": lambda: _after(lambda made: made.start(NAME)),
    "PollForSourceChanges": lambda: _after(lambda made: made.deliver(Polled(OBJECT))),
    "Webhook": lambda: _after(_hooked),
    "CloudWatchEvent": lambda: _after(lambda made: made.deliver(OBJECT, [_rule()])),
    "PutActionRevision": lambda: _after(lambda made: made.put_action_revision(NAME, "Source", "Checkout", "v1")),
    "WebhookV2": _connected,
    "ManualRollback": lambda: _after(_rolled_back),
    "AutomatedRollback": lambda: _after(_undone, stage("B", build("X"), onFailure=UNDO)),
}


def _rule():
    from builders import ACCOUNT, REGION
    from reconciler.pipeline import arns
    from reconciler.simulation.sources import Rule

    return Rule(arns.pipeline(arns.Target(ACCOUNT, REGION), NAME), {"source": ["aws.s3"]})


@pytest.mark.parametrize(("kind", "made"), TRIGGERS.items(), ids=TRIGGERS)
def test_e1_trigger_type(kind, made):
    found = made()
    assert kind in {found.run_of(each).trigger.type for each in found.executions(NAME)}


def test_e1_a_condition_can_be_overridden():
    made = conditioned({"B.beforeEntry/Gate": takes(60)}, beforeEntry=gate("FAIL"))
    e1 = starts(made, 0)[0]
    at(made, 5).override(NAME, "B", e1, "BEFORE_ENTRY")
    assert made.run_of(e1).stage("B").conditions[0].status == "Overridden"


def test_e1_a_condition_can_be_cancelled():
    made = conditioned({"B.beforeEntry/Gate": takes(60)}, beforeEntry=gate("FAIL"))
    e1 = starts(made, 0)[0]
    at(made, 5).update(document())
    assert made.run_of(e1).stage("B").conditions[0].status == "Cancelled"


def test_e1_an_action_can_be_abandoned():
    made = shop()
    e1 = starts(made, 0)[0]
    at(made, 5).stop(NAME, e1, abandon=True)
    assert made.run_of(e1).action("B/X").status == "Abandoned"


def test_e4_an_execution_enters_a_free_stage_at_once():
    assert ran(shop()).stage("B").entered == 1_000


def test_e4_the_older_one_never_overtakes_the_newer():
    made = shop()
    runs = starts(made, 0, 2, 4)
    made.settle()
    entered = [run.stage("D").entered for each in runs if (run := made.run_of(each)).attempts("D/Y")]
    assert entered == sorted(entered)


def test_e4_a_superseded_run_tells_the_stage_before_which_it_waited():
    made = shop()
    _, e2, _ = starts(made, 0, 2, 4)
    made.settle()
    assert (made.run_of(e2).status, made.run_of(e2).waited_before) == ("Superseded", "B")


@pytest.mark.parametrize(
    ("act", "wanted"),
    [
        pytest.param(lambda made, run: made.stop(NAME, run), ("Stopped", "B"), id="E13-stopped"),
        pytest.param(lambda made, _: made.update(document()), ("Cancelled", "B"), id="E7-cancelled"),
        pytest.param(lambda made, _: made.enable(NAME, "B"), ("Succeeded", ""), id="E8-let-in"),
    ],
)
def test_e8_a_run_that_ends_while_it_waits_tells_where(act, wanted):
    made = shop()
    made.disable(NAME, "B", reason="freeze")
    e1 = starts(made, 0)[0]
    act(at(made, 5), e1)
    made.settle()
    assert (made.run_of(e1).status, made.run_of(e1).waited_before) == wanted


def test_e5_several_queues_exist_at_once():
    made = shop(mode="QUEUED", given={"D/Y": takes(60)})
    starts(made, 0, 1, 2, 3, 4)
    at(made, 25)
    assert [len(made.state(NAME).stage(name).inbound) for name in ("B", "D")] == [2, 1]


def test_e6_nothing_waits_at_a_disabled_transition():
    made = shop(mode="PARALLEL")
    made.disable(NAME, "B", reason="freeze")
    assert ran(made).status == "Succeeded"


def test_e6_no_state_is_shown():
    made = shop(mode="PARALLEL")
    once(made)
    assert {each.latest for each in made.state(NAME).stages} == {""}


@pytest.mark.parametrize("new", ["SUPERSEDED", "QUEUED"])
def test_e7_after_parallel_the_state_is_that_of_the_new_mode(new):
    made = shop(mode="PARALLEL")
    starts(made, 0)
    at(made, 5).update(document(mode=new))
    assert {each.latest for each in made.state(NAME).stages} == {""}
    e2 = once(made)
    assert made.state(NAME).stage("B").latest == e2


def test_e8_a_renamed_stage_is_a_new_stage():
    made = shop()
    made.disable(NAME, "B", reason="freeze")
    made.update(document(stage("Compile", build("X"))))
    assert made.state(NAME).stage("Compile").transition.enabled


@pytest.mark.parametrize(("result", "attempts"), [(RETRY, 2), (UNDO, 1), ({"result": "FAIL"}, 1)])
def test_e9_results_of_a_failure_without_conditions(result, attempts):
    run = ran(shop(stage("B", build("X"), onFailure=result), given={"B/X": fails()}))
    assert (len(run.attempts("B/X")), run.status) == (attempts, "Failed")


def test_e9_a_rule_that_errs_does_not_meet_the_condition():
    run = ran(conditioned({"B.beforeEntry/Gate": Errs("?")}, beforeEntry=gate("FAIL")))
    assert (run.stage("B").conditions[0].status, run.status) == ("Errored", "Failed")


def test_e10_a_second_answer_is_refused():
    made = shop(stage("Prod", approval()), given={"Source/*": takes(0)})
    token = made.run_of(once(made)).action("Prod/Approve").token
    made.approve(NAME, "Prod", "Approve", token)
    assert code(made.approve, NAME, "Prod", "Approve", token) == "ApprovalAlreadyCompletedException"


def test_e10_a_retry_asks_with_a_new_token():
    made = shop(stage("Prod", approval()), given={"Source/*": takes(0)})
    e1 = once(made)
    made.approve(NAME, "Prod", "Approve", status="Rejected")
    made.retry(NAME, "Prod", e1)
    assert len({each.token for each in made.run_of(e1).attempts("Prod/Approve")}) == 2


@pytest.mark.parametrize(("mode", "again"), [("FAILED_ACTIONS", ["A"]), ("ALL_ACTIONS", ["A", "B"])])
def test_e11_outputs_of_what_runs_again_are_made_anew(mode, again):
    work = stage("W", build("A", outputs=("a",)), build("B", outputs=("b",)))
    made = shop(work, given={"W/A": [fails(), takes(1)]})
    e1 = once(made)
    made.retry(NAME, "W", e1, mode)
    made.settle()
    run = made.run_of(e1)
    assert [name for name in "AB" if run.attempts(f"W/{name}")[-1].attempt == 2] == again


def test_e11_after_a_stop_the_retry_begins_where_the_stage_stopped():
    made = grouped()
    e1 = starts(made, 0)[0]
    at(made, 5).stop(NAME, e1)
    at(made, 20).retry(NAME, "W", e1)
    made.settle()
    assert [len(made.run_of(e1).attempts(f"W/{name}")) for name in "ABC"] == [1, 1, 1]


def test_e11_an_unknown_execution_is_not_retried():
    assert code(shop().retry, NAME, "B", "nobody") == "StageNotRetryableException"


def test_e12_a_rollback_shows_as_the_latest_of_its_stage():
    made = shop()
    back = made.rollback(NAME, "D", once(made))
    assert (made.state(NAME).stage("D").latest, made.run_of(back).kind) == (back, "ROLLBACK")


@pytest.mark.parametrize(
    ("abandon", "during"), [(False, ("Stopping", "Stopping")), (True, ("Stopped", "Stopped"))], ids=["wait", "abandon"]
)
def test_e13_pipeline_and_stage_status(abandon, during):
    made = shop()
    e1 = starts(made, 0)[0]
    at(made, 5).stop(NAME, e1, abandon=abandon)
    run = made.run_of(e1)
    assert (run.status, run.stage("B").status) == during
    made.settle()
    assert (status(made, e1), made.run_of(e1).stage("B").status) == (["Stopped"], "Stopped")


def test_e13_after_abandoning_nothing_is_left_to_stop():
    made = shop()
    e1 = starts(made, 0)[0]
    at(made, 5).stop(NAME, e1, abandon=True)
    assert code(made.stop, NAME, e1, abandon=True) == "PipelineExecutionNotStoppableException"


def test_e13_waiting_is_escalated_to_abandoning():
    made = shop(given={"B/X": Hangs()})
    e1 = starts(made, 0)[0]
    at(made, 5).stop(NAME, e1)
    at(made, 9).stop(NAME, e1, abandon=True)
    assert (status(made, e1), made.run_of(e1).ended) == (["Stopped"], 9_000)


def test_e14_variables_are_there_once_their_action_has_succeeded():
    use = build("Use", runOrder=2, configuration={"ProjectName": "#{Made.TAG}"})
    run = ran(shop(stage("W", build("Make", namespace="Made"), use)))
    assert run.action("W/Use").configuration == {"ProjectName": "<TAG>"}


def test_e18_a_failure_of_the_configuration_shows_at_the_start_of_the_action():
    use = build("Use", configuration={"ProjectName": "#{variables.NOBODY}"})
    found = ran(shop(stage("W", use))).action("W/Use")
    assert (found.failure.code, found.ended) == ("ConfigurationError", found.started)
