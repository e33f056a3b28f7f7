"""The command beside a failure says the same simulation again, or it is not a command of ours."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from plugin.projects import PIPELINE, SETTINGS, shop
from pytest_pipeline import (
    approved,
    fails,
    hangs,
    ignored,
    pull_request,
    push,
    rejected,
    simulate,
    start,
    succeeds,
    tag,
)
from pytest_pipeline.repeating import Unsayable, command, outcome
from reconciler.cli.app import app
from reconciler.simulation import wording
from reconciler.simulation.outcomes import Approved, Fails, Hangs, Ignored, Rejected, Succeeds
from strategies import law

SAYABLE = {
    "given": {"Prod/Approve": approved("ana", after="2h"), "Build/*": [fails(message="no disk"), succeeds()]},
    "variables": {"VERSION": "1.2"},
    "at": "2026-03-07T12:00Z",
    "seed": 3,
}
PLACES = shop(variables=[{"name": "VERSION", "defaultValue": "1"}])


def test_everything_that_can_be_said_is_said():
    run = simulate(PLACES, push("main", commit="3f2a", files=["a", "b"]), **SAYABLE)
    assert command(run) == (
        "reconciler simulate shop-prod-deploy --push main --commit 3f2a --files a,b "
        "--given Prod/Approve=approved:ana@2h --given 'Build/*=fails:JobFailed:no disk,succeeds' --var VERSION=1.2 "
        "--start-at 2026-03-07T12:00Z --seed 3"
    )


@pytest.mark.parametrize(
    ("trigger", "asked"),
    [
        pytest.param(push("main", commit="3f2a"), SAYABLE, id="push"),
        pytest.param(start(), {"until": "Integration/Smoke"}, id="until a place"),
        pytest.param(None, {"until": "5m"}, id="until a time"),
        pytest.param(push("other"), {}, id="nothing starts"),
        pytest.param(tag("v1"), {}, id="tag"),
        pytest.param(pull_request("f", into="main"), {}, id="pull request"),
        pytest.param(start(), {"given": {"Prod/Approve": ignored(), "Integration": hangs()}}, id="silence"),
    ],
)
def test_the_command_gives_the_same_run(tmp_path, monkeypatch, trigger, asked):
    (tmp_path / "pipelines").mkdir()
    text = PIPELINE.replace("  stages:", "  variables: [{name: VERSION, defaultValue: '1'}]\n  stages:", 1)
    (tmp_path / "pipelines/shop.yaml").write_text(text)
    (tmp_path / "reconciler.yaml").write_text(SETTINGS)
    monkeypatch.chdir(tmp_path)
    run = simulate(PLACES, trigger, **asked)
    told = CliRunner().invoke(app, shlex.split(command(run))[1:])
    assert (run.tree if run.started else run.seen.why) in told.output


@pytest.mark.parametrize(
    ("trigger", "asked"),
    [
        pytest.param(start(by="ana"), {}, id="who"),
        pytest.param(None, {"given": {"Build": lambda _: Succeeds()}}, id="function"),
        pytest.param(None, {"given": {lambda action: action.stage == "Build": fails()}}, id="predicate"),
        pytest.param(None, {"given": {"Build": succeeds(artifacts={"Site": "r1"})}}, id="artifacts"),
        pytest.param(None, {"given": {"Prod/Approve": approved("a:b")}}, id="a colon in a name"),
    ],
)
def test_what_no_command_can_say_is_repeated_by_its_test(trigger, asked):
    assert command(simulate(PLACES, trigger, **asked), "tests/a.py::test_b") == "pytest tests/a.py::test_b"


def test_without_a_test_there_is_then_no_command():
    assert command(simulate(PLACES, start(by="ana"))) == ""


def test_settings_and_files_that_lie_elsewhere_are_named():
    from dataclasses import replace

    place = replace(PLACES.place, config="conf/reconciler.yaml", apart=True)
    told = command(simulate(replace(PLACES, place=place)))
    assert told == ("reconciler simulate shop-prod-deploy pipelines/shop.yaml --config conf/reconciler.yaml")
    assert Path(PLACES.place.file).suffix == ".yaml"


spans = st.none() | st.integers(0, 10**9)
words = st.text(max_size=6)
outcomes = st.one_of(
    st.builds(Succeeds, after=spans, summary=words),
    st.builds(Fails, type=st.sampled_from(["JobFailed", "SystemUnavailable"]), message=words, after=spans),
    st.builds(Approved, by=words, after=spans, summary=words),
    st.builds(Rejected, by=words, reason=words, after=spans),
    st.sampled_from([Hangs(), Ignored()]),
)


@law
@given(st.text(min_size=1, max_size=6), st.lists(outcomes, min_size=1, max_size=3))
def test_what_is_said_is_read_back_as_it_was(selector, found):
    try:
        text = outcome(selector, found)
    except Unsayable:
        return
    assert wording.entry(text) == (selector, tuple(found))


def test_rejections_keep_their_reason():
    assert outcome("Prod/Approve", [Rejected("ana", "not now")]) == "Prod/Approve=rejected:ana:not now"
    assert rejected("not now", by="ana") == Rejected("ana", "not now")
