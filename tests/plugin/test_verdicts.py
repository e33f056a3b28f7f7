"""What may be said of a run, and what is told where it is not so."""

from __future__ import annotations

import pytest

from plugin.projects import shop
from pytest_pipeline import (
    approved,
    failed,
    fails,
    hangs,
    ignored,
    never_ran,
    parked,
    push,
    rejected,
    rolled_back,
    simulate,
    start,
    succeeded,
    superseded,
)
from pytest_pipeline.release import Release
from pytest_pipeline.verdicts import explained
from reconciler.errors import Broken

PIPELINE = shop()
APPROVED = {"Prod/Approve": approved("ana", after="2h")}


def run(trigger=None, **given):
    return simulate(PIPELINE, trigger, given={name.replace("_", "/"): each for name, each in given.items()})


WAITS = "run is parked at Prod/Approve: waits for an approval; it times out after 7d"
DONE = "run succeeded after 2h07m30s; Prod/Approve was approved by ana at +2h07m10s"
GOOD = simulate(PIPELINE, given=APPROVED)


@pytest.mark.parametrize(
    ("got", "matcher"),
    [
        pytest.param(GOOD, succeeded(), id="succeeded"),
        pytest.param(GOOD, succeeded(after="2h07m30s"), id="succeeded after"),
        pytest.param(run(Build=fails(message="no compiler")), failed(), id="failed"),
        pytest.param(run(Build=fails(message="no compiler")), failed("Build", because="No Compiler"), id="because"),
        pytest.param(run(Build=fails("ConfigurationError")), failed(because="ConfigurationError"), id="type"),
        pytest.param(run(Prod_Approve=rejected("no", by="ana")), failed("Prod/*", because="no"), id="rejected"),
        pytest.param(run(Prod_Approve=ignored()), failed("Prod", because="timed out", after="7d"), id="ignored"),
        pytest.param(run(Build=hangs()), failed("Build/Compile", because="timed out"), id="hangs"),
        pytest.param(run(), parked(), id="parked"),
        pytest.param(run(), parked("Prod/Approve", because="waits for an approval"), id="parked at"),
        pytest.param(run(), never_ran("Prod/Deploy"), id="never ran"),
        pytest.param(run(Build=fails()), never_ran("Prod", "Integration/*"), id="never ran, several"),
        pytest.param(run(push("other")), never_ran(), id="nothing started"),
    ],
)
def test_a_run_equals_what_it_became(got, matcher):
    assert got == matcher
    assert matcher == got


@pytest.mark.parametrize(
    ("got", "matcher", "told"),
    [
        pytest.param(run(), succeeded(), [WAITS],
                     id="parked"),
        pytest.param(GOOD, parked(), [DONE],
                     id="succeeded"),
        pytest.param(GOOD, superseded(), [DONE],
                     id="not superseded"),
        pytest.param(run(Build=fails(message="x")), failed("Prod", after="1h"),
                     ["run failed at Build/Compile after 4m10s: JobFailed: x", 'at: "Prod" / "Build/Compile"',
                      "after: 1h / 4m"], id="another place and time"),
        pytest.param(run(), parked("Build"),
                     [WAITS,
                      'at: "Build" / "Prod/Approve"'], id="parked elsewhere"),
        pytest.param(run(), never_ran("Build"),
                     [WAITS,
                      "Build/Compile ran at +10s: Succeeded"], id="it ran"),
        pytest.param(run(), never_ran(), [WAITS],
                     id="it started"),
    ],
)  # fmt: skip
def test_what_became_of_it_is_told_first(got, matcher, told):
    assert got != matcher
    assert list(explained(matcher, got)) == told


@pytest.mark.parametrize(
    ("matcher", "text"),
    [
        (failed(at="Prod/Approve", because="timed out", after="7d"),
         'failed(at="Prod/Approve", because="timed out", after="7d")'),
        (succeeded(), "succeeded()"),
        (never_ran("Prod/Deploy", "Build"), 'never_ran("Prod/Deploy", "Build")'),
        (parked("Prod"), 'parked(at="Prod")'),
    ],
    ids=repr,
)  # fmt: skip
def test_a_matcher_writes_itself_as_code_does(matcher, text):
    assert repr(matcher) == text


@pytest.mark.parametrize("matcher", [failed("Pord"), parked("Prod/Aprove"), never_ran("Deploy")])
def test_a_place_that_is_not_there_is_a_mistake(matcher):
    with pytest.raises(Broken, match="selects nothing; near are"):
        assert run() == matcher


@pytest.mark.parametrize("matcher", [succeeded(), never_ran("Prod")])
def test_what_is_no_run_is_told(matcher):
    assert [str(miss) for miss in matcher.misses(1)] == [f"{matcher!r} / 1, which is no run"]


def test_a_superseded_run_says_by_which():
    release = Release(PIPELINE, APPROVED)
    first, second, third = (release.start() for _ in range(3))
    release.settle()
    assert second == superseded(by=third)
    assert list(explained(superseded(by=first), second))[-1] == "by: #1 / #3"


def test_a_rollback_is_told_with_what_it_went_back_to():
    release = Release(rolling(), {"Prod/Approve": approved(), "Prod/Deploy": [*[_good()] * 1, fails()]})
    good = release.start()
    release.settle()
    release.give({"Prod/Deploy": fails()})
    bad = release.start()
    release.settle()
    assert bad == failed("Prod/Deploy")
    assert bad == rolled_back(to=good)
    assert good != rolled_back()
    assert list(explained(rolled_back(to=bad), bad))[-1] == "to: #2 / #1"


def test_a_failure_without_a_rollback_is_not_rolled_back():
    assert run(Build=fails()) != rolled_back()
    assert run(push("other")) != rolled_back()


def _good():
    from pytest_pipeline import succeeds

    return succeeds()


def rolling():
    *others, prod = PIPELINE.document["stages"]
    return shop(stages=[*others, {**prod, "onFailure": {"result": "ROLLBACK"}}])


def test_a_start_by_hand_needs_no_source():
    assert run(start(by="ana")).record.trigger.by == "ana"
