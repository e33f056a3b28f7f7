"""The fixtures `simulate` and `release`: outcomes of markers, runs for the report, and what was never used."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pytest

from pytest_pipeline import outcomes, running
from pytest_pipeline.mistakes import at_caller
from pytest_pipeline.outcomes import Perhaps
from pytest_pipeline.plugin import FAILED, RUNS, setting
from pytest_pipeline.release import Release
from reconciler.errors import Broken

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from pytest_pipeline.running import Run
    from pytest_pipeline.structure import Pipeline
    from pytest_pipeline.triggers import Trigger
    from reconciler.simulation.given import Selector

MARKER = "pipeline_given"


class Simulate:
    """Simulates runs of the pipeline of one test."""

    def __init__(self, pipeline: Pipeline, given: Mapping[Selector, Any], folder: Path, runs: list[Run]) -> None:
        self.pipeline, self.given, self.folder, self.runs = pipeline, dict(given), folder, runs

    @at_caller
    def __call__(  # noqa: PLR0913 - the words of a simulation
        self,
        trigger: Trigger | None = None,
        *,
        given: Mapping[Selector, Any] | None = None,
        variables: Mapping[str, str] | None = None,
        until: int | str | None = None,
        at: str = "",
        seed: int = 0,
    ) -> Run:
        """Simulate one run; see `running.simulate`. Outcomes of the marker stand where `given` has no such selector."""
        run = running.simulate(
            self.pipeline, trigger, given={**self.given, **(given or {})}, variables=variables, until=until, at=at,
            seed=seed, handlers=self.folder,
        )  # fmt: skip
        self.runs.append(run)
        return run

    def __repr__(self) -> str:
        return f"<simulate {self.pipeline.name}>"


def simulate(request: pytest.FixtureRequest, pipeline: Pipeline) -> Iterator[Simulate]:
    """Give the fixture; afterwards fail a test that gave what was never used."""
    runs = request.node.stash.setdefault(RUNS, [])
    made = Simulate(pipeline, marked(request.node), request.config.rootpath, runs)
    yield made
    _check(request, [(run.asked.trigger, run.unused) for run in runs])


def release(request: pytest.FixtureRequest, pipeline: Pipeline) -> Iterator[Release]:
    """Give the fixture; afterwards fail a test that gave what was never used."""
    made = Release(pipeline, marked(request.node), handlers=request.config.rootpath)
    made.runs = request.node.stash.setdefault(RUNS, [])
    yield made
    _check(request, [("release", made.unused)])


def marked(item: pytest.Item) -> dict[Selector, Any]:
    """Give the outcomes of the markers, the nearest marker's where several have a selector; they may stay unused."""
    found: dict[Selector, Any] = {}
    for marker in reversed(list(item.iter_markers(MARKER))):
        if len(marker.args) != 1 or marker.kwargs or not isinstance(marker.args[0], Mapping):
            raise Broken(f'@pytest.mark.{MARKER} takes one mapping: {MARKER}({{"Prod/Approve": approved()}})')
        found |= marker.args[0]
    return {selector: _perhaps(value) for selector, value in found.items()}


def _perhaps(value: Any) -> Any:
    listed = value if isinstance(value, list | tuple) else [value]
    return [each if isinstance(each, Perhaps) or callable(each) else Perhaps(each) for each in listed]


def _check(request: pytest.FixtureRequest, told: Iterable[tuple[object, tuple[str, ...]]]) -> None:
    if request.node.stash.get(FAILED, False) or not setting(request.config, "strict"):
        return
    mine = {outcomes.name_of(selector) for selector in marked(request.node)}
    left = [f"{name} ({what!r})" if what != "release" else name
            for what, unused in told for name in unused if name not in mine]  # fmt: skip
    if left:
        names = ", ".join(dict.fromkeys(left))
        pytest.fail(f"given and never used: {names}; take it away, see why nothing came there, or write optional=True",
                    pytrace=False)  # fmt: skip
