from __future__ import annotations

import pytest

from builders import build, stage
from reconciler.errors import Broken
from reconciler.simulation.given import Given
from reconciler.simulation.outcomes import (
    Alarm,
    Approved,
    Calls,
    Errs,
    Fails,
    Hangs,
    Ignored,
    Rejected,
    Runs,
    Succeeds,
    Worker,
)
from simulation.worlds import NAME, approval, gate, shop


def _shop(given):
    made = shop(stage("Build", build("Compile"), build("Lint")), stage("Prod", approval(), beforeEntry=gate("FAIL")))
    made.give(given)
    return made


def _end(made, place):
    execution = made.start(NAME)
    made.settle()
    return made.run_of(execution).action(place).status


@pytest.mark.parametrize(
    "selector",
    ["Build/Compile", "Build", "Build/*", "*/Comp*", "*", lambda action: action.name == "Compile"],
    ids=["place", "stage", "stage glob", "action glob", "everything", "predicate"],
)
def test_a_selector_selects(selector):
    outcome = Calls(lambda about: {"Compile": Fails(), "Approve": Approved()}.get(about.action, Succeeds()))
    assert _end(_shop({selector: outcome}), "Build/Compile") == "Failed"


@pytest.mark.parametrize(
    ("wide", "narrow"),
    [("*/*", "Build/*"), ("Build/*", "Build/Compile"), ("*/C*", "*/Compile"), (lambda _: True, "*/*")],
    ids=["stage", "action", "name", "predicate"],
)
def test_the_more_specific_selector_wins(wide, narrow):
    step = _shop({}).tracks[NAME].blueprint.floors[1].steps["Compile"]
    given = Given.of({wide: Fails(), narrow: Succeeds()})
    assert given.choose(step.place, step).selector is narrow


def test_a_tie_is_an_error():
    with pytest.raises(Broken, match=r"equally well by Build/Compil\? and Build/\?ompile"):
        _end(_shop({"Build/Compil?": Fails(), "Build/?ompile": Succeeds()}), "Build/Compile")


def test_a_list_holds_one_outcome_per_attempt_and_the_last_repeats():
    made = _shop({"Build/Compile": [Fails(), Succeeds()]})
    execution = made.start(NAME)
    made.settle()
    made.retry(NAME, "Build", execution)
    made.settle()
    assert [each.status for each in made.run_of(execution).attempts("Build/Compile")] == ["Failed", "Succeeded"]


WRONG = {
    "nothing": ({"Biuld/Compile": Fails()}, "selects nothing; near are Build/Compile"),
    "approval on a build": ({"Build/Compile": Approved()}, "no approval but Build by CodeBuild: approved"),
    "success on an approval": ({"Prod/Approve": Succeeds()}, "is an approval: succeeds"),
    "artifact": ({"Build/Compile": Succeeds({"App": "1"})}, "gives no artifact 'App'"),
    "variable": ({"Source/Checkout": Succeeds(variables={"CommitID": "1"})}, "gives no variable 'CommitID'"),
    "rule": ({"Prod.beforeEntry/Gate": Approved()}, "is a rule: approved"),
    "no rule of that name": ({"Prod.onSuccess/Gate": Fails()}, "selects nothing"),
}


@pytest.mark.parametrize(("given", "message"), WRONG.values(), ids=WRONG)
def test_what_does_not_fit_is_an_error(given, message):
    with pytest.raises(Broken, match=message):
        _shop(given).start(NAME)


@pytest.mark.parametrize("wrong", [Fails, "fails", [], [Fails(), None]], ids=["class", "text", "nothing", "a hole"])
def test_what_is_no_outcome_is_an_error(wrong):
    with pytest.raises(Broken, match="outcome"):
        Given.of({"Build": wrong})


@pytest.mark.parametrize(
    "make",
    [lambda: Fails("Oops"), lambda: Alarm("a", "RED"), lambda: Succeeds(after=-1), lambda: Succeeds(after="soon")],
)
def test_an_outcome_checks_itself(make):
    with pytest.raises(Broken, match=r"choose|duration"):
        make()


def test_unused_outcomes_are_told():
    made = _shop({"Build/Compile": Fails(), "Prod/Approve": Ignored()})
    _end(made, "Build/Compile")
    assert made.unused() == ("Prod/Approve",)


TEXTS = {
    "succeeds": [Succeeds()],
    "succeeds@5m": [Succeeds(after="5m")],
    "fails": [Fails()],
    "fails:JobFailed:out of memory, again@5m,succeeds": [Fails("JobFailed", "out of memory, again", "5m"), Succeeds()],
    "fails:PermissionError:ask ana@example.org": [Fails("PermissionError", "ask ana@example.org")],
    "errs:no permission": [Errs("no permission")],
    "hangs": [Hangs()],
    "worker": [Worker()],
    "approved:ana@2h": [Approved("ana", "2h")],
    "approved": [Approved()],
    "rejected:bob:too late": [Rejected("bob", "too late")],
    "ignored": [Ignored()],
    "alarm:errors:OK@1m": [Alarm("errors", "OK", after="1m")],
    "runs:shop.jobs:handler": [Runs("shop.jobs:handler")],
}


@pytest.mark.parametrize(("text", "wanted"), TEXTS.items(), ids=TEXTS)
def test_the_form_of_the_command_line(text, wanted):
    (entry,) = Given.parse([f"Prod/Approve={text}"]).entries
    assert (entry.selector, list(entry.outcomes)) == ("Prod/Approve", wanted)


@pytest.mark.parametrize(
    ("text", "position"),
    [("Prod/Approve", 13), ("=fails", 1), ("A/B=", 4), ("A/B=explodes", 5), ("A/B=fails,hangs:x", 11),
     ("A/B=fails:Oops", 5), ("A/B=hangs@soon", 11), ("A/B=runs:module", 5), ("A/B=alarm", 5)],
)  # fmt: skip
def test_a_wrong_text_names_its_position(text, position):
    with pytest.raises(Broken, match=f"position {position}: "):
        Given.parse([text])
