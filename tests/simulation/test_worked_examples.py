"""The worked examples of reference K, literally; times are seconds where the reference has bare numbers."""

from __future__ import annotations

import pytest

from builders import build, connection, sources, stage
from reconciler.simulation.changes import Push
from reconciler.simulation.durations import MINUTE
from reconciler.simulation.refusals import Refused
from simulation.worlds import NAME, approval, at, code, document, fails, gate, shop, spans, starts, status, takes, world

FOUR = (0, 2, 4, 6)


def test_k1_superseded_replaces_who_waits():
    made = shop()
    e1, e2, e3, e4 = starts(made, *FOUR)
    made.settle()
    assert status(made, e1, e2, e3, e4) == ["Succeeded", "Superseded", "Superseded", "Succeeded"]
    assert [made.run_of(each).ended for each in (e1, e2, e3, e4)] == [21_000, 5_000, 7_000, 31_000]
    assert [spans(made, e1, "B"), spans(made, e4, "B"), spans(made, e4, "D")] == [(1, 11), (11, 21), (21, 31)]
    assert [made.run_of(e2).superseded_by, made.run_of(e3).superseded_by] == [e3, e4]


def test_k2_queued_lets_everybody_through_in_order():
    made = shop(mode="QUEUED")
    runs = starts(made, *FOUR)
    assert made.state(NAME).stage("B").inbound == (runs[1], runs[2])
    made.settle()
    assert [spans(made, each, "B") for each in runs] == [(1, 11), (11, 21), (21, 31), (31, 41)]
    assert [spans(made, each, "D") for each in runs] == [(11, 21), (21, 31), (31, 41), (41, 51)]
    assert set(status(made, *runs)) == {"Succeeded"}


def test_k3_parallel_runs_do_not_know_each_other():
    made = shop(mode="PARALLEL")
    runs = starts(made, *FOUR)
    made.settle()
    assert [made.run_of(each).ended for each in runs] == [21_000, 23_000, 25_000, 27_000]


def _siblings():
    work = stage("Work", build("A"), build("B"), build("C", runOrder=2))
    given = {"Work/A": [fails(3), takes(3)], "Work/B": takes(10), "Work/C": takes(1), "Source/*": takes(0)}
    made = shop(work, given=given)
    return made, starts(made, 0)[0]


def test_k4_a_failure_waits_for_its_sibling():
    made, e1 = _siblings()
    at(made, 3)
    assert made.run_of(e1).action("Work/A").status == "Failed"
    assert made.run_of(e1).stage("Work").status == "InProgress"
    at(made, 10)
    run = made.run_of(e1)
    assert (run.status, run.stage("Work").status, run.stage("Work").ended) == ("Failed", "Failed", 10_000)
    assert run.attempts("Work/C") == ()
    assert made.state(NAME).stage("Work").holder == ""


def test_k4_failed_actions_are_retried_while_a_sibling_goes_on():
    made, e1 = _siblings()
    at(made, 5).retry(NAME, "Work", e1, "FAILED_ACTIONS")
    made.settle()
    run = made.run_of(e1)
    assert [each.ended for each in run.attempts("Work/A")] == [3_000, 8_000]
    assert (len(run.attempts("Work/B")), run.action("Work/C").started, run.status) == (1, 10_000, "Succeeded")


def test_k4_all_actions_are_not_retried_while_one_is_in_progress():
    made, e1 = _siblings()
    assert code(at(made, 5).retry, NAME, "Work", e1, "ALL_ACTIONS") == "StageNotRetryableException"


def test_k4_all_actions_run_again_after_the_failure():
    made, e1 = _siblings()
    at(made, 12).retry(NAME, "Work", e1, "ALL_ACTIONS")
    made.settle()
    assert [len(made.run_of(e1).attempts(f"Work/{name}")) for name in "ABC"] == [2, 2, 1]


def test_k5_a_retry_is_lost_when_another_execution_enters():
    made = shop(given={"D/Y": fails(10)})
    e1, _ = starts(made, 0, 2)
    made.settle()
    assert code(made.retry, NAME, "D", e1) == "NotLatestPipelineExecutionException"


def test_k5_a_retry_is_lost_with_an_update():
    made = shop(given={"D/Y": fails(10)})
    e1 = starts(made, 0)[0]
    made.settle()
    made.update(document())
    assert code(made.retry, NAME, "D", e1) == "StageNotRetryableException"


def test_k6_a_disabled_transition_batches():
    made = shop()
    made.disable(NAME, "D", reason="freeze")
    e1, e2 = starts(made, 0, 2)
    at(made, 21)
    assert status(made, e1, e2) == ["Superseded", "InProgress"]
    at(made, 30).enable(NAME, "D")
    made.settle()
    assert (spans(made, e2, "D"), status(made, e2)) == ((30, 40), ["Succeeded"])


def test_k6_a_stopped_inbound_execution_does_not_enter_and_is_not_retried():
    made = shop()
    made.disable(NAME, "D", reason="freeze")
    _, e2 = starts(made, 0, 2)
    at(made, 25).stop(NAME, e2)
    at(made, 30).enable(NAME, "D")
    made.settle()
    assert status(made, e2) == ["Stopped"]
    assert code(made.retry, NAME, "D", e2) == "StageNotRetryableException"


def _stopped_at(seconds: int, **named):
    made = shop(stage("Build", build("X")), stage("D", build("Y")), given={"Source/*": takes(0)})
    e1 = starts(made, 0)[0]
    at(made, seconds).stop(NAME, e1, **named)
    return made, e1


def test_k7_stop_and_wait_lets_the_action_end():
    made, e1 = _stopped_at(5)
    assert status(made, e1) == ["Stopping"]
    made.settle()
    run = made.run_of(e1)
    assert (run.status, run.ended, run.action("Build/X").status) == ("Stopped", 10_000, "Succeeded")
    assert run.attempts("D/Y") == ()
    made.retry(NAME, "Build", e1)
    made.settle()
    assert (status(made, e1), len(made.run_of(e1).attempts("Build/X"))) == (["Succeeded"], 1)


def test_k7_stopping_twice_is_refused_and_abandoning_is_not():
    made, e1 = _stopped_at(5)
    at(made, 6)
    assert code(made.stop, NAME, e1) == "DuplicatedStopRequestException"
    made.stop(NAME, e1, abandon=True)
    run = made.run_of(e1)
    assert (run.status, run.action("Build/X").status, run.ended) == ("Stopped", "Abandoned", 6_000)


def test_k7_what_has_stopped_cannot_be_stopped():
    made, e1 = _stopped_at(5)
    assert code(at(made, 12).stop, NAME, e1) == "PipelineExecutionNotStoppableException"


def test_k8_an_approval_times_out_and_is_asked_anew():
    made = shop(stage("Prod", approval(timeoutInMinutes=60)), given={"Source/*": takes(0)})
    e1 = starts(made, 0)[0]
    made.advance("60m")
    run = made.run_of(e1)
    assert (run.action("Prod/Approve").status, run.stage("Prod").status, run.ended) == ("Failed", "Failed", 60 * MINUTE)
    made.retry(NAME, "Prod", e1)
    old, new = (each.token for each in made.run_of(e1).attempts("Prod/Approve"))
    assert old != new
    assert code(made.approve, NAME, "Prod", "Approve", old) == "InvalidApprovalTokenException"
    made.approve(NAME, "Prod", "Approve", new)
    assert status(made, e1) == ["Succeeded"]


def test_k9_an_update_ends_what_runs_and_starts_nothing():
    made = shop(stage("Build", build("X")), stage("Deploy", build("Y")), given={"Source/*": takes(0)})
    made.disable(NAME, "Deploy", reason="freeze")
    e2 = starts(made, 0)[0]
    at(made, 12)
    e1 = made.start(NAME)
    at(made, 15).update(document(stage("Build", build("X")), stage("Deploy", build("Z"))))
    assert status(made, e2, e1) == ["Cancelled", "InProgress"]
    made.settle()
    run = made.run_of(e1)
    assert (run.status, run.stage("Build").status, run.action("Build/X").ended) == ("Cancelled", "Cancelled", 22_000)
    assert len(made.executions(NAME)) == 2
    later = made.start(NAME)
    assert made.run_of(later).version == 2


def test_k9_nothing_is_rolled_back_into_another_version():
    made = shop(stage("Build", build("X")), given={})
    e1 = starts(made, 0)[0]
    made.settle()
    made.update(document(stage("Build", build("X"))))
    assert code(made.rollback, NAME, "Build", e1) == "UnableToRollbackStageException"


def test_k9_automatic_rollback_needs_a_success_in_the_new_version():
    undo = stage("Build", build("X"), onFailure={"result": "ROLLBACK"})
    made = shop(undo, given={"Build/X": takes(1)})
    starts(made, 0)
    made.settle()
    made.update(document(undo))
    made.give({"Build/X": fails(1)})
    e2 = made.start(NAME)
    made.settle()
    assert (made.run_of(e2).status, made.executions(NAME)[0]) == ("Failed", e2)
    made.give({"Build/X": takes(1)})
    e3 = made.start(NAME)
    made.settle()
    made.give({"Build/X": [fails(1)]})
    made.start(NAME)
    made.settle()
    assert made.run_of(made.executions(NAME)[0]).rollback_of == e3


WIRING = {
    "parallel sibling": (stage("Build", build("X", outputs=("a",)), build("Y", inputs=("a",))), False),
    "later group": (stage("Build", build("X", outputs=("a",)), build("Y", inputs=("a",), runOrder=2)), True),
    "made twice": (stage("Build", build("X", outputs=("a",)), build("Y", outputs=("a",))), False),
    "never made": (stage("Build", build("X", inputs=("b",))), False),
}


@pytest.mark.parametrize(("built", "fine"), WIRING.values(), ids=WIRING)
def test_k10_wiring(built, fine):
    refused = code(world().create, document(built))
    assert (refused == "") is fine
    assert refused in ("", "InvalidActionDeclarationException", "InvalidStructureException")


def test_k10_a_later_stage_takes_what_an_earlier_one_made():
    made = shop(stage("Build", build("X", outputs=("a",))), stage("Next", build("Z", inputs=("a",))))
    e1 = starts(made, 0)[0]
    made.settle()
    run = made.run_of(e1)
    assert run.action("Next/Z").inputs == run.action("Build/X").outputs


def test_k10_a_refusal_carries_the_findings():
    with pytest.raises(Refused) as refusal:
        world().create(document(stage("Build", build("X", inputs=("b",)))))
    assert [each.rule for each in refusal.value.findings] == ["artifact-unknown"]


def test_k9_conditions_under_way_are_cancelled_with_their_execution():
    made = shop(stage("Build", build("X"), beforeEntry=gate("FAIL")), given={"Build.beforeEntry/*": takes(60)})
    e1 = starts(made, 0)[0]
    at(made, 5).update(document(stage("Build", build("X"))))
    run = made.run_of(e1)
    assert (run.status, run.stage("Build").conditions[0].status) == ("Cancelled", "Cancelled")


FEATURE = {"branches": {"includes": ["feature/**"], "excludes": ["feature/wip*"]}}
SOURCES = {"branches": {"includes": ["main"]}, "filePaths": {"includes": ["src/**"], "excludes": ["**/*.md"]}}


def _pushed(push, branch="main", *files):
    git = {"sourceActionName": "Checkout", "push": [push]}
    trigger = {"providerType": "CodeStarSourceConnection", "gitConfiguration": git}
    made = world()
    made.create(document(sources(connection()), stage("B", build("X")), triggers=[trigger]), run=False)
    return bool(made.deliver(Push("shop/web", branch=branch, commit="c1", files=files)))


@pytest.mark.parametrize(("branch", "starts"), [("feature/a/b", True), ("feature/wip-1", False), ("main", False)])
def test_k11_branches_that_start(branch, starts):
    assert _pushed(FEATURE, branch) is starts


@pytest.mark.parametrize(("branch", "starts"), [("feature/a", True), ("feature/a/b", False)])
def test_k11_one_star_stays_in_its_segment(branch, starts):
    assert _pushed({"branches": {"includes": ["feature/*"]}}, branch) is starts


@pytest.mark.parametrize(
    ("files", "starts"), [(("README.md", "src/x.py"), True), (("src/y.md",), False), (("docs/a.txt",), False)]
)
def test_k11_files_that_start(files, starts):
    assert _pushed(SOURCES, "main", *files) is starts


NAMES = {"a.b@c-d_e": True, "x" * 100: True, "x" * 101: False, "": False}


@pytest.mark.parametrize(("name", "fine"), NAMES.items(), ids=["odd", "100", "101", "empty"])
@pytest.mark.parametrize("level", ["pipeline", "stage", "action"])
def test_k12_names(level, name, fine):
    named = {"pipeline": NAME, "stage": "Build", "action": "X", level: name}
    built = document(stage(named["stage"], build(named["action"])), name=named["pipeline"])
    assert (code(world().create, built) == "") is fine


@pytest.mark.parametrize(("name", "fine"), [("a.b@c-d_e", False), ("a-b_c", True)])
def test_k12_names_of_artifacts(name, fine):
    assert (code(world().create, document(stage("Build", build("X", outputs=(name,))))) == "") is fine


@pytest.mark.parametrize(("name", "fine"), [("a@c-d_e", True), ("a.b", False)])
def test_k12_names_of_namespaces(name, fine):
    assert (code(world().create, document(stage("Build", build("X", namespace=name)))) == "") is fine
