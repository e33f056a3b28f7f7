"""Scenarios from daily life, played by the engine: the trees are what people see.

A folder below `examples` has pipelines and scenarios; beside each scenario stands the text that it gives.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from reconciler.cli import simulations
from reconciler.cli.questions import Answer, Question

EXAMPLES = Path(__file__).parent / "examples"
SCENARIOS = sorted(EXAMPLES.glob("*/*.yaml"))


def played(scenario: Path) -> Answer:
    question = Question(paths=(scenario.parent / "pipelines",), scenario=scenario)
    return simulations.answer(question)


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_a_scenario_goes_as_it_expects_and_looks_as_it_did(scenario):
    answer = played(scenario)
    lines = [answer.text(80, summary=False), "", *answer.verdicts, *answer.played.notes, *answer.calls]
    assert answer.played.unmet == []
    assert answer.unused == ()
    assert "\n".join(lines) + "\n" == scenario.with_suffix(".txt").read_text(encoding="utf-8")


def test_each_scenario_has_its_text_and_each_text_its_scenario():
    assert [path.with_suffix("") for path in SCENARIOS] == sorted(
        path.with_suffix("") for path in EXAMPLES.glob("*/*.txt")
    )


def test_the_same_scenario_gives_the_same_bytes():
    scenario = EXAMPLES / "superseding" / "three_pushes.yaml"
    first, second = (played(scenario).document for _ in range(2))
    assert first == second
