"""What hypothesis draws for the laws: valid pipelines, what the outside world does, and who intervenes when."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from builders import build, connection, sources, stage
from reconciler.simulation.outcomes import Approved, Errs, Fails, Hangs, Ignored, Outcome, Rejected, Succeeds
from reconciler.simulation.refusals import Refused
from simulation.worlds import NAME, approval, document, gate, rule, world
from strategies import law, optional

if TYPE_CHECKING:
    from reconciler.simulation.world import World

MINUTE = 60_000
TOPIC = "arn:aws:sns:eu-west-1:111111111111:approvals"

engine_law = settings(law, max_examples=520, suppress_health_check=list(HealthCheck))


@dataclass(frozen=True)
class Scenario:
    """One pipeline, what is given, and the intents at their minutes, in order."""

    declared: dict[str, Any]
    given: dict[str, list[Outcome]]
    intents: tuple[tuple[int, str, tuple[Any, ...]], ...]

    def world(self) -> World:
        """A world in which nothing has happened yet."""
        made = world()
        made.create(self.declared, run=False)
        known = {step.place for step in made.tracks[NAME].blueprint.steps()}
        known |= {each.place for each in made.tracks[NAME].blueprint.rules()}
        made.give({place: outcomes for place, outcomes in self.given.items() if place in known})
        return made


_spans = st.integers(0, 5).map(lambda minutes: minutes * MINUTE)
_good = st.builds(lambda after: Succeeds(after=after), _spans)
_works = st.one_of(
    _good,
    _good,
    _good,
    _good,
    st.builds(lambda after: Fails(after=after), _spans),
    st.just(Hangs()),
)
_answers = st.one_of(
    st.builds(lambda after: Approved(after=after), _spans),
    st.builds(lambda after: Rejected(after=after), _spans),
    st.just(Ignored()),
)
_verdicts = st.one_of(
    st.builds(lambda after: Succeeds(after=after), _spans),
    st.builds(lambda after: Fails(after=after), _spans),
    st.just(Errs("unknown")),
)


_attempts = {asked: st.lists(_answers if asked else _works, min_size=1, max_size=2) for asked in (False, True)}
_said = st.lists(_verdicts, min_size=1, max_size=2)


def _kinds(*, parallel: bool) -> st.SearchStrategy[dict[str, Any]]:
    results = ["FAIL"] if parallel else ["FAIL", "ROLLBACK"]
    failing = [{"result": "RETRY"}] if parallel else [{"result": "RETRY"}, {"result": "ROLLBACK"}, gate("ROLLBACK")]
    return optional(
        beforeEntry=st.sampled_from([gate("FAIL"), gate("SKIP")]),
        onSuccess=st.sampled_from([gate(each, rule(), rule(name="Two")) for each in results]),
        onFailure=st.sampled_from(failing),
    )


_gates = {parallel: _kinds(parallel=parallel) for parallel in (False, True)}


@st.composite
def _stages(draw: st.DrawFn, number: int, made: list[str], *, parallel: bool) -> dict[str, Any]:
    steps = []
    ready = list(made)
    for index in range(draw(st.integers(1, 3))):
        order = draw(st.integers(1, 2))
        if draw(st.integers(0, 4)) == 0:
            steps.append(approval(f"A{index}", runOrder=order))
            continue
        artifact = f"art{number}{index}"
        steps.append(build(f"A{index}", runOrder=order, inputs=(draw(st.sampled_from(ready)),), outputs=(artifact,)))
        made.append(artifact)
    gates = draw(_gates[parallel]) if draw(st.booleans()) else {}
    return stage(f"S{number}", *steps, **gates)


@st.composite
def scenarios(draw: st.DrawFn, modes: tuple[str, ...] = ("SUPERSEDED", "QUEUED", "PARALLEL")) -> Scenario:
    """Draw a scenario."""
    mode = draw(st.sampled_from(modes))
    made = ["source"]
    stages = [draw(_stages(number, made, parallel=mode == "PARALLEL")) for number in range(draw(st.integers(1, 3)))]
    first = sources(connection()) if draw(st.booleans()) else sources()
    declared = document(first, *stages, mode=mode)
    given = {}
    for each in (first, *stages):
        for step in each["actions"]:
            if draw(st.integers(0, 3)) > (2 if each is first else 1):
                asked = step["actionTypeId"]["category"] == "Approval"
                given[f"{each['name']}/{step['name']}"] = draw(_attempts[asked])
        for kind in ("beforeEntry", "onSuccess", "onFailure"):
            if kind in each and draw(st.booleans()):
                given[f"{each['name']}.{kind}/Gate"] = draw(_said)
    return Scenario(declared, given, _plan(draw(_drawn)))


_INTENTS: tuple[Any, ...] = (
    lambda name, run, flag: ("start", ()),
    lambda name, run, flag: ("start", ()),
    lambda name, run, flag: ("approve", (name, f"A{run % 3}") if flag else ("", "")),
    lambda name, run, flag: ("disable", (name,)),
    lambda name, run, flag: ("enable", (name,)),
    lambda name, run, flag: ("abandon" if flag else "stop", (run,)),
    lambda name, run, flag: ("retry", ("" if flag else name, run, "ALL_ACTIONS" if run % 2 else "FAILED_ACTIONS")),
    lambda name, run, flag: ("retry", ("", run, "FAILED_ACTIONS")),
    lambda name, run, flag: ("rollback", ("" if flag else name, run)),
    lambda name, run, flag: ("override", ("", run, "ON_SUCCESS" if flag else "BEFORE_ENTRY")),
    lambda name, run, flag: ("update", ()),
)
"""An intent and its arguments, for a stage, the number of a run, and a flag."""

_drawn = st.lists(st.integers(0, 7 * len(_INTENTS) * 3 * 4 * 2 - 1), min_size=4, max_size=12)


def _plan(numbers: list[int]) -> tuple[tuple[int, str, tuple[Any, ...]], ...]:
    """Read each number as the minutes since the intent before, which intent it is, and about what."""
    plan, minute = [(0, "start", ())], 0
    for drawn in numbers:
        number, which = divmod(drawn, len(_INTENTS))
        number, waited = divmod(number, 7)
        number, at = divmod(number, 3)
        run, flag = divmod(number, 2)
        minute += waited
        plan.append((minute, *_INTENTS[which](f"S{at}", run + 1, bool(flag))))
    return tuple(plan)


def carry_out(made: World, intent: str, arguments: tuple[Any, ...]) -> None:
    """Carry an intent about the one pipeline out; a refusal is an answer too."""
    try:
        if intent == "abandon":
            made.stop(NAME, *arguments, abandon=True)
        elif intent == "update":
            made.update(made.tracks[NAME].blueprint.document)
        else:
            getattr(made, intent)(NAME, *_meant(made, arguments))
    except Refused:
        return


def _meant(made: World, arguments: tuple[Any, ...]) -> tuple[Any, ...]:
    """Fill an empty stage in with the one in which a run is, and an empty approval with one that is pending."""
    if arguments == ("", ""):
        runs = [made.run_of(each) for each in made.executions(NAME)]
        asked = [run.parked_at for run in runs if run.waiting and run.waiting.kind == "approval"]
        return tuple(asked[0].split("/")) if asked else ("S0", "A0")
    if not arguments or arguments[0]:
        return arguments
    found = [each for each in made.runs.values() if each.number == arguments[1]]
    visits = list(found[0].visits.values()) if found else []
    passed = [each.floor.name for each in visits if each.status == "Succeeded" and each.floor.index]
    if len(arguments) == 2 and passed:
        return (passed[-1], *arguments[1:])
    return (visits[-1].floor.name if visits else "S0", *arguments[1:])


def play(scenario: Scenario, look: Any = None) -> World:
    """Let a scenario happen to its end; `look` is called with the world after every event."""
    made = scenario.world()
    for minute, intent, arguments in scenario.intents:
        _pass_until(made, minute * MINUTE, look)
        carry_out(made, intent, arguments)
        if look:
            look(made)
    while made.kernel.busy:
        made.step()
        if look:
            look(made)
    return made


def _pass_until(made: World, moment: int, look: Any) -> None:
    while look and (due := made.peek()) is not None and due <= moment:
        made.step()
        look(made)
    made.run(moment)
