"""`@pytest.mark.explore`: a test, run for every combination of outcomes; its failure is that of a smallest one.

The fixtures `simulate` and `release` are fresh for each combination; others live as long as the test.
"""

from __future__ import annotations

import inspect
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from pytest_pipeline import combinations, covering, outcomes, simulating
from pytest_pipeline.assertions import COMPARED
from pytest_pipeline.combinations import LIMIT, SURPRISES, Combination, Menu
from pytest_pipeline.outcomes import Perhaps
from pytest_pipeline.plugin import RUNS, tell
from pytest_pipeline.release import Release
from pytest_pipeline.simulating import Simulate
from reconciler.errors import Broken
from reconciler.simulation.given import Given
from reconciler.simulation.outcomes import Calls

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pytest

    from pytest_pipeline.running import Run

MEMBERS = {"outcomes": (), "surprises": SURPRISES, "limit": LIMIT}
"""What the marker takes: outcomes in the words of `--given`, and the bounds."""


def call(item: pytest.Function) -> bool:
    """Run the test for each combination, smallest first; raises what it raised for the first that fails."""
    __tracebackhide__ = True
    asked = _asked(item)
    runs: list[Run] = item.stash.setdefault(RUNS, [])

    def play(combination: Combination) -> None:
        covering.note(item)  # what the last combination leaves is counted with the test
        runs.clear()
        item.obj(**_arguments(item, combination))

    menu = Menu.of(asked["outcomes"]) if asked["outcomes"] else Menu()
    found = combinations.explore(play, menu, surprises=asked["surprises"], limit=asked["limit"])
    tell(item, ("pipeline_combinations", str(found.tried)))
    if found.failure is None or found.combination is None:
        return True
    _explain(item, runs, found.combination)
    found.failure.add_note(f"smallest counterexample, after {found.tried} combinations: {found.combination.story}")
    raise found.failure


def _asked(item: pytest.Function) -> dict[str, Any]:
    marker = item.get_closest_marker("explore")
    told = marker.kwargs if marker else {}
    unknown = sorted(told.keys() - MEMBERS.keys())
    if unknown or (marker and marker.args):
        raise Broken(f"@pytest.mark.explore takes {', '.join(f'{key}=' for key in MEMBERS)}; it has "
                     f"{', '.join([*map(repr, marker.args if marker else ()), *unknown])}")  # fmt: skip
    if not {"simulate", "release"} & {*item.fixturenames}:
        raise Broken("a test that explores takes the fixture simulate or release; nothing else is explored")
    return {**MEMBERS, **told}


def _arguments(item: pytest.Function, combination: Combination) -> dict[str, Any]:
    """Give the arguments of the test, with simulations that go as the combination says."""
    wanted = inspect.signature(item.obj).parameters
    given = {name: value for name, value in item.funcargs.items() if name in wanted}
    return {name: _exploring(item, value, combination) for name, value in given.items()}


def _exploring(item: pytest.Function, value: Any, combination: Combination) -> Any:
    if not isinstance(value, Simulate | Release):
        return value
    explored = combination.given([value.pipeline.document])
    everything = {selector: Perhaps(Calls(each)) for selector, each in explored.items()}
    told: Mapping[Any, Any] = {**everything, **simulating.marked(item)}
    runs = item.stash[RUNS]
    if isinstance(value, Simulate):
        return Simulate(value.pipeline, told, value.folder, runs)
    made = Release(value.pipeline, told, handlers=item.config.rootpath)
    made.runs = runs
    return made


def _explain(item: pytest.Function, runs: list[Run], combination: Combination) -> None:
    """Say in the words of the command line what the runs were given, so that they can be repeated."""
    words = [f"{selector}={text}" for selector, text in combination.words.items()]
    plain = {entry.selector: list(entry.outcomes) for entry in Given.parse(words).entries}
    compared = item.config.stash.get(COMPARED, None)
    for at, run in enumerate(runs):
        own = {name: value for name, value in run.asked.given.items() if not _explores(value)}
        runs[at] = replace(run, asked=replace(run.asked, given={**plain, **own}))
        if run is compared:
            item.config.stash[COMPARED] = runs[at]


def _explores(value: Any) -> bool:
    listed = outcomes.unwrapped({"*": value})[0]["*"]
    return any(isinstance(each, Calls) and isinstance(each.function, Combination) for each in listed)
