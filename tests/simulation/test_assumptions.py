"""Every open question of reference section I that touches behaviour: the default, and the other way."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

import pytest

from builders import build, connection, sources, stage
from reconciler.simulation import assumptions
from reconciler.simulation.assumptions import Assumptions
from reconciler.simulation.changes import Push
from reconciler.simulation.durations import HOUR
from reconciler.simulation.outcomes import Errs, Hangs
from reconciler.simulation.trace import Start
from simulation.worlds import (
    NAME,
    approval,
    at,
    code,
    document,
    fails,
    gate,
    rule,
    shop,
    starts,
    status,
    takes,
    world,
)


def _shop(*stages, **named):
    choices = {key: named.pop(key) for key in [each.name for each in fields(Assumptions)] if key in named}
    return shop(*stages, assumptions=Assumptions(**choices), **named)


@pytest.mark.parametrize("wanted", ["Cancelled", "Failed"])
def test_i1_status_after_an_update(wanted):
    made = _shop(updated_status=wanted)
    runs = starts(made, 0, 2)
    at(made, 5).update(document())
    made.settle()
    assert status(made, *runs) == [wanted, wanted]


@pytest.mark.parametrize("wanted", ["PipelineNameInUseException", "InvalidStructureException"])
def test_i2_duplicate_name(wanted):
    assert code(_shop(duplicate_name=wanted).create, document()) == wanted


@pytest.mark.parametrize("wanted", ["PipelineNotFoundException", "ResourceNotFoundException"])
def test_i3_update_of_a_missing_pipeline(wanted):
    assert code(_shop(update_missing=wanted).update, document(name="other")) == wanted


@pytest.mark.parametrize(("counts", "wanted"), [(True, (2, "Cancelled")), (False, (1, "Succeeded"))])
def test_i4_identical_update(counts, wanted):
    made = _shop(identical_update_counts=counts)
    e1 = starts(made, 0)[0]
    version = at(made, 5).update(document())
    made.settle()
    assert (version, *status(made, e1)) == wanted


@pytest.mark.parametrize(("checked", "wanted"), [(False, ""), (True, "ValidationException")])
def test_i5_input_version(checked, wanted):
    assert code(_shop(input_version_checked=checked).update, document(version=9)) == wanted


@pytest.mark.parametrize(("survives", "wanted"), [(False, (1, 0)), (True, (2, 1))])
def test_i6_history_after_deletion(survives, wanted):
    made = _shop(history_survives_deletion=survives)
    starts(made, 0)
    made.settle()
    made.delete(NAME)
    assert (made.create(document(), run=False), len(made.executions(NAME))) == wanted


@pytest.mark.parametrize(("deletion", "wanted"), [("abandons", "Cancelled"), ("runs on", "Succeeded")])
def test_i7_runs_of_a_deleted_pipeline(deletion, wanted):
    made = _shop(deletion=deletion)
    e1 = starts(made, 0)[0]
    at(made, 5).delete(NAME)
    lines = len(made.run_of(e1).events)
    made.settle()
    assert status(made, e1) == [wanted]
    assert (len(made.run_of(e1).events) == lines) is (deletion == "abandons")


@pytest.mark.parametrize("same", [True, False])
def test_i8_client_token(same):
    made = _shop(same_token_same_run=same)
    assert (made.start(NAME, token="a") == made.start(NAME, token="a")) is same


@pytest.mark.parametrize(("slot", "wanted"), [(True, "Superseded"), (False, "InProgress")])
def test_i9_slot_before_the_first_stage(slot, wanted):
    made = _shop(first_stage_slot=slot, given={"Source/*": takes(30)})
    runs = starts(made, 0, 1, 2)
    assert status(made, runs[1]) == [wanted]


@pytest.mark.parametrize(("whole", "wanted"), [(True, "Succeeded"), (False, "Superseded")])
def test_i10_queue_after_a_disabled_transition(whole, wanted):
    made = _shop(queue_resumes_whole=whole, mode="QUEUED")
    made.disable(NAME, "B", reason="freeze")
    runs = starts(made, 0, 2)
    at(made, 9).enable(NAME, "B")
    made.settle()
    assert status(made, *runs) == [wanted, "Succeeded"]


@pytest.mark.parametrize(("fails_events", "wanted"), [
    (True, ""), (False, "ConcurrentPipelineExecutionsLimitExceededException")])  # fmt: skip
def test_i11_an_event_beyond_fifty(fails_events, wanted):
    made = _shop(full_queue_fails_events=fails_events, mode="QUEUED")
    starts(made, *[0] * 50)
    assert code(made.start, NAME, trigger=Start("CloudWatchEvent")) == wanted
    if not wanted:
        run = made.run_of(made.executions(NAME)[0])
        assert (run.status, run.summary) == ("Failed", "")


@pytest.mark.parametrize("holds", [True, False])
def test_i12_the_stage_while_success_rules_run(holds):
    made = _shop(stage("B", build("X"), onSuccess=gate("FAIL")), success_checks_hold_stage=holds,
                 given={"B.onSuccess/*": takes(60)})  # fmt: skip
    e1 = starts(made, 0)[0]
    at(made, 20)
    state = made.state(NAME).stage("B")
    assert (state.run.status, bool(state.holder)) == (("InProgress", True) if holds else ("Succeeded", False))
    made.settle()
    assert status(made, e1) == ["Succeeded"]


@pytest.mark.parametrize("rules", [takes(1), fails()], ids=["pass", "fail"])
@pytest.mark.parametrize("when_met", [True, False])
def test_i13_polarity_of_failure_conditions(when_met, rules):
    made = _shop(stage("B", build("X"), onFailure=gate("ROLLBACK")), failure_result_when_met=when_met,
                 given={"B.onFailure/*": rules})  # fmt: skip
    starts(made, 0)
    made.settle()
    made.give({"B/X": [fails()]})
    made.start(NAME)
    made.settle()
    assert (len(made.executions(NAME)) == 3) is (when_met == (rules == takes(1)))


@pytest.mark.parametrize(("refused", "wanted"), [(True, "InvalidStageDeclarationException"), (False, "")])
def test_i14_retry_with_conditions(refused, wanted):
    both = stage("B", build("X"), onFailure={"result": "RETRY", **gate("RETRY")})
    made = world(assumptions=Assumptions(retry_with_conditions_refused=refused), given={"B/X": [fails(), takes(1)]})
    assert code(made.create, document(both)) == wanted
    made.settle()
    assert refused or len(made.run_of(made.executions(NAME)[0]).attempts("B/X")) == 2


@pytest.mark.parametrize(("mode", "wanted"), [("FAILED_ACTIONS", 1), ("ALL_ACTIONS", 2)])
def test_i15_mode_of_an_automatic_retry(mode, wanted):
    made = _shop(stage("B", build("X"), build("Y"), onFailure={"result": "RETRY"}), retry_mode=mode,
                 given={"B/X": [fails(), takes(1)]})  # fmt: skip
    e1 = starts(made, 0)[0]
    made.settle()
    assert len(made.run_of(e1).attempts("B/Y")) == wanted


@pytest.mark.parametrize(("on", "wanted"), [(False, ["B"]), (True, ["B", "D"])])
def test_i16_where_a_rollback_ends(on, wanted):
    made = _shop(rollback_continues=on)
    e1 = starts(made, 0)[0]
    made.settle()
    back = made.rollback(NAME, "B", e1)
    made.settle()
    assert [each.stage for each in made.run_of(back).stages] == wanted


@pytest.mark.parametrize("wanted", ["Failed", "Superseded"])
def test_i17_status_of_the_execution_that_is_rolled_back(wanted):
    made = _shop(stage("B", build("X"), onFailure={"result": "ROLLBACK"}), rolled_back_status=wanted)
    starts(made, 0)
    made.settle()
    made.give({"B/X": [fails()]})
    e2 = made.start(NAME)
    made.settle()
    assert status(made, e2) == [wanted]


@pytest.mark.parametrize("interval", [60_000, 5_000])
def test_i18_a_polled_change_is_seen_within_the_interval(interval):
    made = _shop(polling_interval=interval)
    made.run(1)
    made.deliver(_object())
    made.settle()
    run = made.run_of(made.executions(NAME)[0])
    assert (run.trigger.type, run.started) == ("PollForSourceChanges", interval)


def _object():
    from reconciler.simulation.sources import S3Object

    return S3Object("shop-sources", "web.zip", "v2")


@pytest.mark.parametrize("delay", [0, 5_000])
def test_i19_an_enabled_transition_takes_effect_after_a_while(delay):
    made = _shop(transition_delay=delay)
    made.disable(NAME, "B", reason="freeze")
    e1 = starts(made, 0)[0]
    at(made, 9).enable(NAME, "B")
    made.settle()
    assert made.run_of(e1).stage("B").entered == 9_000 + delay


@pytest.mark.parametrize("newest", [True, False])
def test_i20_order_of_executions(newest):
    made = _shop(newest_first=newest)
    runs = starts(made, 0, 1)
    assert list(made.executions(NAME)) == (runs[::-1] if newest else runs)


@pytest.mark.parametrize(("most", "wanted"), [(50, "LimitExceededException"), (100, "")])
def test_i21_actions_of_a_stage(most, wanted):
    many = stage("B", *(build(f"A{each}") for each in range(51)))
    assert code(world(assumptions=Assumptions(actions_per_stage=most)).create, document(many)) == wanted


@pytest.mark.parametrize("hours", [8, 36])
def test_i21_timeout_of_a_build_that_tests(hours):
    test = build("X")
    test["actionTypeId"]["category"] = "Test"
    made = _shop(stage("B", test), test_build_timeout=hours * HOUR, given={"B/X": Hangs()})
    e1 = starts(made, 0)[0]
    made.settle()
    found = made.run_of(e1).action("B/X")
    assert found.ended - found.started == hours * HOUR


@pytest.mark.parametrize("wanted", ["InvalidActionDeclarationException", "InvalidStructureException"])
def test_i23_class_of_wiring_errors(wanted):
    wrong = document(stage("B", build("X", inputs=("nobody",))))
    assert code(world(assumptions=Assumptions(wiring_error=wanted)).create, wrong) == wanted


@pytest.mark.parametrize("wanted", ["JobFailed", "ApprovalRejected"])
def test_i25_code_of_a_rejection(wanted):
    made = _shop(stage("B", approval()), approval_code=wanted)
    e1 = made.start(NAME)
    made.settle()
    made.approve(NAME, "B", "Approve", status="Rejected")
    assert made.run_of(e1).action("B/Approve").failure.code == wanted


@pytest.mark.parametrize(("outermost", "wanted"), [
    (False, ["Action", "Stage", "Pipeline"]), (True, ["Pipeline", "Stage", "Action"])])  # fmt: skip
def test_i26_order_of_events_at_the_end(outermost, wanted):
    made = _shop(outermost_event_first=outermost)
    e1 = starts(made, 0)[0]
    made.settle()
    assert [each["detail-type"].split()[1] for each in made.run_of(e1).events[-3:]] == wanted


@pytest.mark.parametrize("shown", [False, True])
def test_i27_state_of_a_parallel_pipeline(shown):
    made = _shop(mode="PARALLEL", parallel_state_shown=shown)
    starts(made, 0)
    made.settle()
    assert [bool(each.run) for each in made.state(NAME).stages] == [shown] * 3


@pytest.mark.parametrize("wanted", ["ApprovalAlreadyCompletedException", "InvalidApprovalTokenException"])
def test_i28_a_second_answer(wanted):
    made = _shop(stage("B", approval()), second_answer=wanted)
    e1 = made.start(NAME)
    made.settle()
    token = made.run_of(e1).action("B/Approve").token
    made.approve(NAME, "B", "Approve", token)
    assert code(made.approve, NAME, "B", "Approve", token) == wanted


@pytest.mark.parametrize("survive", [True, False])
def test_i29_transitions_after_an_update(survive):
    made = _shop(transitions_survive_update=survive)
    made.disable(NAME, "D", reason="freeze")
    made.update(document(stage("New", build("X")), stage("D", build("Y"))))
    assert [each.transition.enabled for each in made.state(NAME).stages] == [True, True, not survive]


@pytest.mark.parametrize("start", [False, True])
def test_i31_throttled_siblings_of_a_failure(start):
    made = _shop(stage("W", *(build(f"A{each}") for each in range(6))), mode="PARALLEL",
                 throttled_siblings_start=start, given={"W/A0": fails(1)})  # fmt: skip
    e1 = made.start(NAME)
    made.settle()
    assert bool(made.run_of(e1).attempts("W/A5")) is start


@pytest.mark.parametrize(("refused", "wanted"), [(True, "InvalidActionDeclarationException"), (False, "")])
def test_i32_unknown_configuration_keys(refused, wanted):
    odd = document(stage("B", build("X", configuration={"ProjectName": "p", "Colour": "red"})))
    assert code(world(assumptions=Assumptions(unknown_keys_refused=refused)).create, odd) == wanted


@pytest.mark.parametrize("outcome", [Errs("no permission"), Hangs()], ids=["errs", "times out"])
@pytest.mark.parametrize(("meets", "wanted"), [(False, ("Failed", "Errored")), (True, ("Succeeded", "Succeeded"))])
def test_i33_a_rule_that_errs(meets, wanted, outcome):
    entry = gate("FAIL")
    entry["conditions"][0]["rules"][0]["timeoutInMinutes"] = 5
    made = _shop(stage("B", build("X"), beforeEntry=entry), errored_rule_meets=meets,
                 given={"B.beforeEntry/*": outcome})  # fmt: skip
    e1 = made.start(NAME)
    made.settle()
    assert (status(made, e1)[0], made.run_of(e1).stage("B").conditions[0].status) == wanted


@pytest.mark.parametrize("nothing", [True, False])
def test_i35_a_create_that_is_refused_for_its_tags(nothing):
    made = world(assumptions=Assumptions(failed_create_leaves_nothing=nothing))
    assert code(made.create, document(), {"aws:owner": "x"}) == "InvalidTagsException"
    assert (code(made.state, NAME) == "PipelineNotFoundException") is nothing


def _checked(given_rule, **choices):
    members = {"variables": [{"name": "LEVEL", "defaultValue": "higher"}]}
    made = _shop(stage("B", build("X"), beforeEntry=gate("FAIL", given_rule)), members=members, **choices)
    starts(made, 0)
    return made


@pytest.mark.parametrize(("outside", "wanted"), [("wait", (3 * HOUR, "Succeeded")), ("fail", (1_000, "Failed"))])
def test_d6_outside_of_a_window(outside, wanted):
    made = _checked(rule("DeploymentWindow", Cron="0 0 12 * * ? *"), outside_window=outside)
    made.settle()
    found = made.run_of(made.executions(NAME)[0]).stage("B")
    assert (found.conditions[0].ended, found.status) == wanted


@pytest.mark.parametrize(("polarity", "wanted"), [("awaited", "Succeeded"), ("watched", "Failed")])
def test_d6_polarity_of_an_alarm(polarity, wanted):
    watch = rule("CloudWatchAlarm", AlarmName="errors", AlarmStates="ALARM", WaitTime="10")
    made = _checked(watch, alarm_states=polarity, alarm_unknown="INSUFFICIENT_DATA")
    at(made, 60).alarm("errors", "ALARM")
    made.settle()
    assert made.run_of(made.executions(NAME)[0]).stage("B").status == wanted


@pytest.mark.parametrize(("state", "wanted"), [("OK", "Succeeded"), ("ALARM", "Failed")])
def test_d6_an_alarm_of_which_nobody_spoke(state, wanted):
    made = _checked(rule("CloudWatchAlarm", AlarmName="errors"), alarm_unknown=state)
    made.settle()
    assert made.run_of(made.executions(NAME)[0]).stage("B").status == wanted


@pytest.mark.parametrize(("whole", "wanted"), [(True, "Failed"), (False, "Succeeded")])
def test_d6_matches_means_the_whole_or_a_part(whole, wanted):
    check = rule("VariableCheck", Variable="#{variables.LEVEL}", Value="high", Operator="MATCHES")
    made = _checked(check, matches_whole=whole)
    made.settle()
    assert made.run_of(made.executions(NAME)[0]).stage("B").status == wanted


@pytest.mark.parametrize(("looked_at", "starting"), [(100, 0), (101, 1)])
def test_e15_6_how_many_files_are_looked_at(looked_at, starting):
    filters = [{"branches": {"includes": ["main"]}, "filePaths": {"includes": ["src/**"]}}]
    git = {"sourceActionName": "Checkout", "push": filters}
    triggers = [{"providerType": "CodeStarSourceConnection", "gitConfiguration": git}]
    made = world(assumptions=Assumptions(files_looked_at=looked_at))
    made.create(document(sources(connection()), stage("B", build("X")), triggers=triggers), run=False)
    files = (*(f"docs/{number}" for number in range(100)), "src/a.py")
    assert len(made.deliver(Push("shop/web", branch="main", files=files))) == starting


def test_every_assumption_has_a_test_and_a_number():
    tests, source = (Path(module).read_text() for module in (__file__, assumptions.__file__))
    assert [each.name for each in fields(Assumptions) if f"{each.name}=" not in tests] == []
    assert len(re.findall(r'"""[DEI]\.?[\d.]+: ', source)) == len(fields(Assumptions))
