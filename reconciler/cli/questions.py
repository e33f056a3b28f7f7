"""A question to the simulator as the command line asks it, and the answer as people and programs read it."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from reconciler.report import runs, timelines, verdicts

if TYPE_CHECKING:
    from pathlib import Path

    from reconciler.simulation.playing import Played
    from reconciler.simulation.scenarios import Scenario

SCENARIO_SCHEMA = "codepipeline-reconciler/scenario/1"


@dataclass(frozen=True, slots=True)
class Question:
    """What the command line asks, word by word, so that `repeat` can ask it again."""

    name: str = ""
    paths: tuple[Path, ...] = ()
    config: Path | None = None
    overrides: tuple[str, ...] = ()
    parameters: tuple[Path, ...] = ()
    push: str = ""
    tag: str = ""
    pr: str = ""
    into: str = ""
    commit: str = ""
    files: tuple[str, ...] = ()
    given: tuple[str, ...] = ()
    variables: tuple[str, ...] = ()
    start_at: str = ""
    until: str = ""
    scenario: Path | None = None
    handlers: Path | None = None
    seed: int = 0

    @property
    def repeat(self) -> str:
        """The command that asks the same again, quoted for a shell."""
        words = ["reconciler", "simulate", *filter(None, [self.name]), *map(str, self.paths)]
        for option, value in (
            ("--config", self.config), *(("--set", each) for each in self.overrides),
            *(("--parameters", each) for each in self.parameters), ("--push", self.push),
            ("--tag", self.tag), ("--pr", self.pr), ("--into", self.into), ("--commit", self.commit),
            ("--files", ",".join(self.files)), *(("--given", each) for each in self.given),
            *(("--var", each) for each in self.variables), ("--start-at", self.start_at), ("--until", self.until),
            ("--scenario", self.scenario), ("--handlers", self.handlers), ("--seed", self.seed or ""),
        ):  # fmt: skip
            words += [option, str(value)] if value else []
        return shlex.join(words)


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of it."""

    question: Question
    scenario: Scenario
    played: Played
    unused: tuple[str, ...]
    calls: tuple[str, ...]
    """What Lambda handlers did, one line each."""

    @property
    def fine(self) -> bool:
        """Whether everything went as expected; where nothing was expected, whether every run succeeded."""
        if self.scenario.expect or self.played.unmet:
            return not self.played.unmet
        return bool(self.played.runs) and all(run.status == "Succeeded" for run in self.played.runs)

    @property
    def notes(self) -> tuple[str, ...]:
        """What a person should know besides."""
        return (*self.played.notes, *self.calls, *(f"not as expected: {each}" for each in self.played.unmet))

    @property
    def verdicts(self) -> list[str]:
        """One sentence for each run, named where there are several."""
        several = self.played.runs
        heads = [f"{run.pipeline} #{run.number}: " if len(several) > 1 else "" for run in several]
        said = [head + verdicts.verdict(run, several) for head, run in zip(heads, several, strict=True)]
        return said or ["nothing was started"]

    def text(self, width: int, *, summary: bool = True) -> str:
        """Give trees, timelines, verdicts, and the command that repeats it; without `summary` the trees alone."""
        trees = [runs.tree(run, self.played.runs) for run in self.played.runs]
        if not summary:
            return "\n\n".join(trees)
        timeline = timelines.text(self.played.runs, width)
        return "\n\n".join(
            [*trees, *([timeline] if timeline else []), "\n".join([*self.verdicts, f"repeat: {self.question.repeat}"])]
        )

    @property
    def document(self) -> dict[str, Any]:
        """Give one run as its document; a scenario, and what started nothing, as a list of runs."""
        beside = {"repeat": self.question.repeat, "notes": list(self.notes)}
        if self.question.scenario is None and len(self.played.runs) == 1:
            return {**runs.document(self.played.runs[0]), **beside}
        return {
            "schema": SCENARIO_SCHEMA,
            "runs": [runs.document(run) for run in self.played.runs],
            "named": dict(self.played.named),
            "unmet": list(self.played.unmet),
            "verdicts": self.verdicts,
            **beside,
        }
