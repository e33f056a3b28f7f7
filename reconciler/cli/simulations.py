"""The world that a question of the command line is about, and what comes of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reconciler import documents
from reconciler.cli.declared import Tree
from reconciler.cli.questions import Answer, Question
from reconciler.cli.surroundings import Asked
from reconciler.errors import Broken, Invalid
from reconciler.simulation import acts, playing, scenarios, scripts
from reconciler.simulation.given import Given
from reconciler.simulation.scenarios import Scenario, Step
from reconciler.simulation.world import World

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconciler.cli.declared import Declared
    from reconciler.jobs.handlers import Handlers
    from reconciler.simulation.outcomes import ActionContext, Runs, Verdict

BEGINS = datetime(2026, 1, 5, 8, tzinfo=UTC)
"""When a world begins unless something is said: a Monday morning."""


class _Handlers:
    """Lambda handlers of a folder; botocore is imported when the first one runs."""

    def __init__(self, folder: Path, declarations: Mapping[str, Mapping[str, Any]]) -> None:
        self._place = folder, declarations
        self._made: Handlers | None = None

    def __call__(self, runs: Runs, context: ActionContext) -> Verdict:
        if self._made is None:
            from reconciler.jobs.handlers import Handlers

            self._made = Handlers(*self._place)
        return self._made(runs, context)

    @property
    def silent(self) -> tuple[str, ...]:
        """What is to be said of calls that reported nothing."""
        return tuple(str(call) for call in self._made.calls if not call.reported) if self._made else ()


def answer(question: Question) -> Answer:
    """Simulate what is asked; raises Broken or Invalid where it cannot be."""
    scenario = _scenario(question)
    tree = Tree(Asked(question.paths, question.config, question.overrides, question.parameters))
    names = list(dict.fromkeys(filter(None, (question.name, *scenario.pipelines))))
    if not names:
        raise Broken("which pipeline? reconciler simulate NAME, or `pipelines:` in the scenario")
    asked = {name: tree.named(name) for name in names}
    declared = {one.name: one for one in asked.values()}
    if len({one.target for one in declared.values()}) > 1:
        where = ", ".join(f"{one.name} in {one.target}" for one in declared.values())
        raise Broken(f"one scenario, one account and Region; these are apart: {where}")
    scenario = replace(scenario, steps=tuple(_aimed(step, asked) for step in scenario.steps))
    folder = question.handlers or (question.scenario.parent if question.scenario else Path())
    handlers = _Handlers(folder, {name: one.document for name, one in declared.items()})
    world = _world(question, scenario, declared, tree, handlers)
    files = {name: _parsed(_beside(question, name)) for name in scenario.files}
    played = playing.play(world, scenario, {name: one.document for name, one in declared.items()}, files)
    return Answer(question, scenario, played, world.unused(), handlers.silent)


def _world(
    question: Question,
    scenario: Scenario,
    declared: Mapping[str, Declared],
    tree: Tree,
    handlers: _Handlers,
) -> World:
    target = next(iter(declared.values())).target
    world = World(
        target.account,
        target.region,
        begins=scenario.begins or BEGINS,
        given=Given.parse(f"{selector}={','.join(texts)}" for selector, texts in scenario.given.items()),
        catalogue=tree.catalogue,
        handlers=handlers,
        seed=question.seed,
    )
    for one in declared.values():
        world.create(one.document, by=acts.OPERATOR, run=False)
    return world


def _scenario(question: Question) -> Scenario:
    """Give the scenario of the file, or the one that the options describe; options add to what a file gives."""
    spelled = dict(_pair(each, "--var", "VERSION=1.2") for each in question.variables)
    begins = scenarios.instant(question.start_at) if question.start_at else None
    until = scenarios.moment(question.until) if question.until else None
    told: dict[str, tuple[str, ...]] = {}
    for each in question.given:
        selector, outcome = _pair(each, "--given", "Prod/Approve=approved:ana@2h")
        told[selector] = (*told.get(selector, ()), outcome)
    if question.scenario is None:
        return Scenario((_first(question),), (), begins, told, spelled, until)
    if question.push or question.tag or question.pr:
        raise Broken("a scenario says itself what starts; leave --push, --tag and --pr out")
    read = _read(question.scenario)
    return replace(
        read,
        begins=begins or read.begins,
        given={**read.given, **told},
        variables={**read.variables, **spelled},
        until=read.until if until is None else until,
    )


def _read(file: Path) -> Scenario:
    read, faults = scripts.read(_parsed(file))
    if read is None:
        raise Invalid(documents.locate(file.read_text(encoding="utf-8"), str(file), faults))
    return read


def _first(question: Question) -> Step:
    said = {verb: name for verb in ("push", "tag", "pr") if (name := getattr(question, verb))}
    if len(said) > 1:
        raise Broken(f"one thing starts a run, not {' and '.join(f'--{verb}' for verb in said)}")
    if not said:
        return Step(0, "start", question.name)
    members = {"commit": question.commit, "files": question.files, "into": question.into}
    ((verb, name),) = said.items()
    return Step(0, verb, name, {key: value for key, value in members.items() if value})


def _aimed(step: Step, asked: Mapping[str, Declared]) -> Step:
    """Give a step with plain names of pipelines, where people wrote NAME@ENVIRONMENT or a template's logical id."""
    plain = {f"{one.name}@{one.environment}": one.name for one in asked.values()}
    plain |= {name: one.name for name, one in asked.items()}
    subject = plain.get(step.subject, step.subject) if step.verb == "start" else step.subject
    return replace(step, subject=subject, pipeline=plain.get(step.pipeline, step.pipeline))


def _beside(question: Question, name: str) -> Path:
    return (question.scenario.parent if question.scenario else Path()) / name


def _parsed(file: Path) -> Any:
    try:
        data = file.read_bytes()
    except OSError as error:
        raise Broken(f"{file}: {error.strerror}") from None
    return documents.parse(documents.text(data, str(file)), str(file))


def _pair(text: str, option: str, example: str) -> tuple[str, str]:
    name, separator, value = text.partition("=")
    if not separator or not name:
        raise Broken(f"{option} {text}: write {option} {example}")
    return name.strip(), value
