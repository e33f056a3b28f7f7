"""What holds for every pipeline, whatever the outside world does and whoever intervenes."""

from __future__ import annotations

from collections import defaultdict

import pytest
from hypothesis import given

from reconciler.simulation.endings import EVENTS
from reconciler.simulation.trace import TERMINAL
from simulation.strategies import Scenario, carry_out, engine_law, play, scenarios
from simulation.worlds import NAME

pytestmark = pytest.mark.untraced

LOCKED = ("SUPERSEDED", "QUEUED")


def _runs(made):
    return [made.run_of(each) for each in made.executions(NAME)]


@engine_law
@given(scenarios(LOCKED))
def test_at_most_one_execution_is_inside_a_stage(scenario: Scenario):
    def look(made):
        inside = defaultdict(list)
        for execution in made.runs.values():
            if execution.place == "stage":
                inside[execution.blueprint.floors[execution.stage].name].append(execution.id)
        holders = {name: [gate.holder] for name, gate in made.tracks[NAME].gates.items() if gate.holder}
        assert dict(inside) == holders

    play(scenario, look)


@engine_law
@given(scenarios(("QUEUED",)))
def test_in_queued_mode_nobody_overtakes(scenario: Scenario):
    made = play(scenario)
    entered = defaultdict(list)
    for record in made.log:
        if (record.kind, record.state) == ("stage", "STARTED") and made.runs[record.execution].kind == "STANDARD":
            entered[record.stage].append(made.runs[record.execution].number)
    assert all(numbers == sorted(numbers) for numbers in entered.values())


@engine_law
@given(scenarios(LOCKED))
def test_nobody_enters_behind_a_disabled_transition(scenario: Scenario):
    made = play(scenario)
    disabled = set()
    for record in made.log:
        if record.kind == "transition":
            (disabled.add if record.state == "DISABLED" else disabled.discard)(record.stage)
        elif (record.kind, record.state) == ("stage", "STARTED") and made.runs[record.execution].kind == "STANDARD":
            assert record.stage not in disabled


@engine_law
@given(scenarios())
def test_no_action_starts_before_its_inputs_exist(scenario: Scenario):
    made = play(scenario)
    for run in (run for run in _runs(made) if run.kind == "STANDARD"):
        for action in run.actions:
            if action.failure and action.failure.type == "ConfigurationError":
                continue
            for name, revision in action.inputs.items():
                sources = [each.outputs[name] for each in run.actions if each.status == "Succeeded"
                           and name in each.outputs and each.ended <= action.started]  # fmt: skip
                assert revision in sources


@engine_law
@given(scenarios())
def test_terminal_statuses_change_only_by_a_retry_or_an_override(scenario: Scenario):
    before: dict[str, tuple[str, int]] = {}

    def look(made):
        for execution in made.runs.values():
            status, resumed = before.get(execution.id, ("InProgress", 1))
            if status in TERMINAL and execution.status != status:
                assert status in ("Failed", "Stopped")
                assert execution.attempt > resumed
            before[execution.id] = (execution.status, execution.attempt)

    play(scenario, look)


@engine_law
@given(scenarios(("SUPERSEDED",)))
def test_superseded_is_always_by_a_newer_execution(scenario: Scenario):
    made = play(scenario)
    for run in _runs(made):
        assert bool(run.superseded_by) is (run.status == "Superseded")
        assert not run.superseded_by or made.run_of(run.superseded_by).number > run.number


_WORDS = {**{event: status for status, event in EVENTS.items()}, "STARTED": "InProgress", "RESUMED": "InProgress",
          "STOPPING": "Stopping"}  # fmt: skip


@engine_law
@given(scenarios())
def test_the_log_tells_the_same_story_as_the_states(scenario: Scenario):
    made = play(scenario)
    for run in _runs(made):
        told = {}
        for record in made.runs[run.id].records:
            place = record.detail["id"] if record.kind == "action" else record.stage
            if record.kind in ("pipeline", "stage", "action"):
                told[record.kind, place] = _WORDS[record.state]
        seen = {("pipeline", ""): run.status} | {("stage", each.stage): each.status for each in run.stages}
        assert told == seen | {("action", each.id): each.status for each in run.actions}
        assert made.runs[run.id].records == [record for record in made.log if record.execution == run.id]


@engine_law
@given(scenarios())
def test_the_same_inputs_give_the_same_trace_byte_for_byte(scenario: Scenario):
    one, other = play(scenario), play(scenario)
    assert repr(list(one.log)) == repr(list(other.log))
    assert repr(_runs(one)) == repr(_runs(other))


@engine_law
@given(scenarios())
def test_every_run_ends_or_is_parked_with_a_reason(scenario: Scenario):
    made = play(scenario)
    for run in _runs(made):
        assert (run.status in TERMINAL) is (run.waiting is None)
        assert run.waiting is None or run.waiting.reason
        assert (run.ended is not None) is (run.status in TERMINAL)


@engine_law
@given(scenarios())
def test_a_fork_goes_the_same_way_and_leaves_the_other_alone(scenario: Scenario):
    made = scenario.world()
    half = len(scenario.intents) // 2
    for minute, intent, arguments in scenario.intents[:half]:
        made.run(minute * 60_000)
        carry_out(made, intent, arguments)
    before = repr(_runs(made))
    twin = made.fork()
    for each in (twin, made):
        if each is made:
            assert repr(_runs(made)) == before
        for minute, intent, arguments in scenario.intents[half:]:
            each.run(minute * 60_000)
            carry_out(each, intent, arguments)
        each.settle()
    assert repr(list(made.log)) == repr(list(twin.log))
    assert repr(_runs(made)) == repr(_runs(twin))
