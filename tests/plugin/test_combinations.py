"""Exploration finds a smallest combination of outcomes, tries none twice, and says what it tried."""

from __future__ import annotations

import pytest

from builders import build, stage
from pytest_pipeline.combinations import Combination, Menu, explore
from reconciler.errors import Broken
from reconciler.simulation.outcomes import Fails, Hangs, Ignored, Rejected
from simulation.worlds import NAME, approval, document, gate, rule, world

SKIPPED = (
    stage("Build", build("X")),
    stage("Consent", approval(), beforeEntry=gate("SKIP", rule(name="Hours"))),
    stage("Prod", build("Y")),
)
"""The consent is asked for within hours only: beyond them, prod is reached without it."""


def played(combination, *stages, **members):
    made = world()
    declared = document(*stages, **members)
    made.create(declared, run=False)
    made.give(combination.given([declared]))
    execution = made.start(NAME)
    made.settle()
    return made.run_of(execution)


def unapproved(*stages):
    def play(combination):
        run = played(combination, *stages)
        assert not run.attempts("Prod/Y") or run.attempts("Consent/Approve")

    return play


def test_the_way_around_the_approval_is_found_with_one_surprise():
    found = explore(unapproved(*SKIPPED))
    assert isinstance(found.failure, AssertionError)
    assert found.combination.story == "Consent.beforeEntry/Hours fails"
    assert found.combination.words == {"Consent.beforeEntry/Hours": "fails"}


def test_without_the_way_around_everything_is_tried_and_holds():
    found = explore(unapproved(stage("Build", build("X")), stage("Consent", approval()), stage("Prod", build("Y"))))
    assert (found.failure, found.complete, found.tried) == (None, True, 6)


def test_no_combination_is_tried_twice_and_fewer_surprises_come_first():
    tried = []
    explore(lambda one: (played(one, *SKIPPED), tried.append(one.surprises)), surprises=9)
    assert len(tried) == len(set(tried))
    assert [len(each) for each in tried] == sorted(len(each) for each in tried)


def test_a_retry_is_a_question_of_its_own():
    seen = []
    stages = (stage("Build", build("X"), onFailure={"result": "RETRY"}),)
    explore(lambda one: (played(one, *stages), seen.append(one.words.get("Build/X"))))
    assert {"fails,succeeds", "fails"} <= {*seen}


def test_the_words_are_those_that_the_command_line_takes():
    combination = Combination(Menu())
    played(combination, stage("Prod", approval(), build("Y", runOrder=2)))
    assert combination.words == {"Prod/Approve": "approved"}
    assert combination.story == "everything goes as planned"


def test_bounds_are_kept_and_told():
    stages = (stage("Build", *(build(f"X{number}") for number in range(5))),)
    assert explore(lambda one: played(one, *stages), limit=4).tried == 4
    few = explore(lambda one: played(one, *stages), surprises=1)
    assert (few.tried, few.complete) == (7, False)


def test_parallel_siblings_fail_together_too():
    stages = (stage("Build", build("One"), build("Two")),)

    def play(one):
        failed = [each for each in played(one, *stages).actions if each.status == "Failed"]
        assert len(failed) < 2

    assert explore(play).combination.story == "Build/One fails, then Build/Two fails"


def test_a_menu_takes_the_words_of_the_command_line():
    menu = Menu.of(["hangs", "fails", "rejected", "ignored", "approved"])
    assert menu == Menu((Rejected(), Ignored()), (Hangs(), Fails()), (Hangs(), Fails()))


@pytest.mark.parametrize("bounds", [{"surprises": -1}, {"limit": 0}])
def test_impossible_bounds_are_broken(bounds):
    with pytest.raises(Broken):
        explore(lambda _: None, **bounds)
