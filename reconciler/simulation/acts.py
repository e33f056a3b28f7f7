"""What each step of a scenario asks of the world."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from reconciler.errors import Broken
from reconciler.simulation import changing, sources
from reconciler.simulation.given import Given

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from reconciler.simulation.scenarios import Scenario, Step
    from reconciler.simulation.trace import Run
    from reconciler.simulation.world import World

OPERATOR = "operator"
"""Who acts where a step does not say."""


class Scene:
    """A world in which a scenario is played, and the names that the scenario has for what is in it."""

    def __init__(
        self, world: World, scenario: Scenario, pipelines: Mapping[str, Mapping[str, Any]], files: Mapping[str, Any]
    ) -> None:
        self.world, self.scenario, self.files = world, scenario, files
        self.declarations = dict(pipelines)
        self.named: dict[str, str] = {}
        self.notes: list[str] = []

    def pipeline(self, step: Step) -> str:
        """Give the pipeline that a step is about: the only one, or the first, where it does not say."""
        return self.known(step.pipeline) if step.pipeline else next(iter(self.declarations))

    def known(self, name: str) -> str:
        """Give the name of a pipeline that is there."""
        if name not in self.declarations:
            near = get_close_matches(name, self.declarations, n=1) or list(self.declarations)
            raise Broken(f"the scenario has no pipeline {name!r}; there is {', '.join(near)}; add it to `pipelines:`")
        return name

    def run(self, name: str, pipeline: str) -> Run:
        """Give a run by its name or by `pipeline#number`; without a name the latest one of the pipeline."""
        if name in self.named:
            return self.world.run_of(self.named[name])
        runs = [self.world.run_of(each) for each in self.world.executions(pipeline)]
        if "#" in name:
            runs = [run for run in runs if f"{run.pipeline}#{run.number}" == name]
        elif name:
            raise Broken(f"the run {name!r} was not started: {'; '.join(self.notes) or 'its step comes later'}")
        if not runs:
            raise Broken(f"{pipeline} has no run {name}".rstrip() + " yet; start one before this step")
        return max(runs, key=lambda run: run.number)

    def arrived(self, place: str) -> bool:
        """Whether any run came to `Stage` or `Stage/Action`."""
        for name in self.declarations:
            for execution in self.world.executions(name):
                run = self.world.run_of(execution)
                if run.attempts(place) or any(each.stage == place and each.entered is not None for each in run.stages):
                    return True
        return False


def _start(scene: Scene, step: Step) -> list[str]:
    name = scene.known(step.pipeline or step.subject)
    variables = {**scene.scenario.variables, **step.members.get("variables", {})}
    execution = scene.world.start(
        name,
        by=step.text("by", OPERATOR),
        variables=variables,
        revisions=step.members.get("revisions", {}),
        token=step.text("token"),
    )
    return [execution]


def _push(scene: Scene, step: Step) -> list[str]:
    made = changing.change(step, scene.declarations[scene.pipeline(step)])
    return _delivered(scene, made)


def _delivered(scene: Scene, change: sources.Change) -> list[str]:
    """Deliver a change; variables of the scenario go with each start, whichever way it comes."""
    found = scene.world.deliver(change, variables=scene.scenario.variables, by_any_way=True)
    told = scene.world.log[-1]
    if not found and told.state == "IGNORED":
        scene.notes.append(f"{change} starts nothing: {told.detail['reason']}")
    return list(found)


def _event(scene: Scene, step: Step) -> list[str]:
    change = sources.parse(scene.files[step.subject])
    if isinstance(change, sources.Unreadable):
        raise Broken(f"{step.subject}: {change.reason}")
    return _delivered(scene, change)


def _give(scene: Scene, step: Step) -> None:
    scene.world.give(Given.parse([step.subject]))


def _answer(scene: Scene, step: Step) -> None:
    stage, _, action = step.subject.partition("/")
    token = None
    if step.text("run"):
        run = scene.run(step.text("run"), scene.pipeline(step))
        token = run.attempts(step.subject)[-1].token if run.attempts(step.subject) else ""
    status = {"approve": "Approved", "reject": "Rejected"}[step.verb]
    by, summary = step.text("by", OPERATOR), step.text("summary")
    scene.world.approve(scene.pipeline(step), stage, action, token, status, summary, by=by)


def _stop(scene: Scene, step: Step) -> None:
    run = scene.run(step.subject, scene.pipeline(step))
    scene.world.stop(run.pipeline, run.id, abandon=bool(step.members.get("abandon")), reason=step.text("reason"))


def _retry(scene: Scene, step: Step) -> None:
    run = scene.run(step.text("run"), scene.pipeline(step))
    scene.world.retry(run.pipeline, step.subject, run.id, step.text("mode", "FAILED_ACTIONS"))


def _rollback(scene: Scene, step: Step) -> list[str]:
    run = scene.run(step.text("to"), scene.pipeline(step))
    return [scene.world.rollback(run.pipeline, step.subject, run.id)]


def _override(scene: Scene, step: Step) -> None:
    run = scene.run(step.text("run"), scene.pipeline(step))
    scene.world.override(run.pipeline, step.subject, run.id, step.text("condition", "BEFORE_ENTRY"))


def _disable(scene: Scene, step: Step) -> None:
    reason, by = step.text("reason", "disabled by the scenario"), step.text("by", OPERATOR)
    scene.world.disable(scene.pipeline(step), step.subject, step.text("direction", "Inbound"), reason, by=by)


def _enable(scene: Scene, step: Step) -> None:
    by = step.text("by", OPERATOR)
    scene.world.enable(scene.pipeline(step), step.subject, step.text("direction", "Inbound"), by=by)


def _update(scene: Scene, step: Step) -> None:
    document = scene.files[step.subject]
    document = document.get("pipeline", document)
    scene.world.update(document, by=step.text("by", OPERATOR))
    scene.declarations[document["name"]] = document


ACTS: dict[str, Callable[[Scene, Step], list[str] | None]] = {
    "start": _start,
    "push": _push,
    "tag": _push,
    "pr": _push,
    "event": _event,
    "give": _give,
    "approve": _answer,
    "reject": _answer,
    "stop": _stop,
    "retry": _retry,
    "rollback": _rollback,
    "override": _override,
    "disable": _disable,
    "enable": _enable,
    "update": _update,
}
"""What each verb does; the executions that it started, if it can start any."""
