"""Cases of `*.pipeline-test.yaml` as items: one for each, played by the simulator, judged by the matchers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from pytest_pipeline import cases, choosing, running, triggers, verdicts
from pytest_pipeline.plugin import RUNS
from pytest_pipeline.running import Run, Seen
from pytest_pipeline.selectors import nearest
from reconciler import documents
from reconciler.errors import Broken, Invalid, ReconcilerError
from reconciler.pipeline.arns import Target
from reconciler.simulation import acts, playing
from reconciler.simulation.given import Given
from reconciler.simulation.world import World

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pytest_pipeline.cases import Case, Expected
    from pytest_pipeline.structure import Pipeline
    from reconciler.simulation.playing import Played


class CaseFile(pytest.File):
    """One file of cases."""

    def collect(self) -> Iterator[CaseItem]:
        """Give an item for each case; a file with faults is an error of collection that tells all of them."""
        try:
            shown = choosing.loader(self.config).shown(self.path)
            source = documents.text(self.path.read_bytes(), shown)
            found, faults = cases.read(documents.parse(source, shown))
            if faults:
                raise Invalid(documents.locate(source, shown, faults))
        except ReconcilerError as error:
            raise self.CollectError(str(error)) from None
        lines = documents.positions(source)
        for case in found:
            line, _ = lines.get(("cases", case.name), (1, 1))
            yield CaseItem.from_parent(self, name=case.name, case=case, line=line)


class CaseItem(pytest.Item):
    """One case."""

    def __init__(self, *, case: Case, line: int, **named: Any) -> None:
        super().__init__(**named)
        self.case, self.line = case, line

    def runtest(self) -> None:
        """Play the case; fail for every expectation that did not come true, the verdict first."""
        pipelines = self._pipelines()
        world, played = _played(self.case, pipelines, self.path.parent)
        runs = [_run(run, played, pipelines) for run in played.runs]
        unmet = [*played.unmet, *(line for each in self.case.expected for line in _missed(each, played, pipelines))]
        if not self.case.scenario.expect and not self.case.expected:
            unmet += [each.verdict for each in runs if each.status != "Succeeded"] or ([] if runs else played.notes)
        unmet += [f"given and never used: {name}" for name in world.unused()]
        self.stash[RUNS] = runs
        if unmet:
            raise AssertionError("\n".join([*unmet, *played.notes]))

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """Give what was found, without a traceback."""
        if excinfo.errisinstance((AssertionError, ReconcilerError)):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int | None, str]:
        """Give file, line (from 0) and name."""
        return self.path, self.line - 1, f"case: {self.name}"

    def _pipelines(self) -> dict[str, Pipeline]:
        known = choosing.pipelines(self.config)
        names = self.case.scenario.pipelines or (tuple(known) if len(known) == 1 else ())
        if not names:
            raise Broken(f"which pipeline? write `pipeline: NAME`; there are: {', '.join(known) or 'none'}")
        for name in names:
            if name not in known:
                raise Broken(f"there is no pipeline {name!r}; near are {nearest(name, known)}{choosing.broken(known)}")
        found = [known[name] for name in names]
        if len({each.target for each in found}) > 1:
            where = ", ".join(f"{each.name} in {each.target}" for each in found)
            raise Broken(f"one case, one account and Region; these are apart: {where}")
        return {each.name: each for each in found}


def _played(case: Case, pipelines: dict[str, Pipeline], folder: Path) -> tuple[World, Played]:
    scenario = case.scenario
    first = next(iter(pipelines.values()))
    target = Target(*first.target)
    given = Given.parse(f"{selector}={','.join(texts)}" for selector, texts in scenario.given.items())
    world = World(target.account, target.region, begins=scenario.begins or running.BEGINS, given=given,
                  catalogue=first.place.catalogue, handlers=running.handlers(first, folder))  # fmt: skip
    for each in pipelines.values():
        world.create(each.document, by=acts.OPERATOR, run=False)
    files = {name: _parsed(folder / name) for name in scenario.files}
    return world, playing.play(world, scenario, {each.name: each.document for each in pipelines.values()}, files)


def _parsed(file: Path) -> Any:
    try:
        data = file.read_bytes()
    except OSError as error:
        raise Broken(f"{file}: {error.strerror}") from None
    return documents.parse(documents.text(data, str(file)), str(file))


def _run(run: Any, played: Played, pipelines: dict[str, Pipeline]) -> Run:
    asked = running.Asked(triggers.start(), alone=False)
    return Run(pipelines[run.pipeline], asked, lambda: Seen(run, played.runs))


def _missed(expected: Expected, played: Played, pipelines: dict[str, Pipeline]) -> Iterator[str]:
    """Give the lines that say why a run is not as expected; none if it is."""
    record = playing.find(expected.run, played)
    if record is None:
        if expected.word != "never_ran" or expected.selectors:
            yield f"{expected.run} was not started: {'; '.join(played.notes) or 'its step did not start it'}"
        return
    run = _run(record, played, pipelines)
    matcher = getattr(verdicts, expected.word)(*expected.selectors, **expected.details)
    if not run == matcher:  # noqa: SIM201 - matchers answer ==
        yield f"{expected.run}: expected {matcher!r}"
        yield from verdicts.explained(matcher, run)
