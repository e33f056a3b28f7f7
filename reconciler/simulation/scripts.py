"""Reads a scenario out of a parsed document, and tells everything that is wrong with it at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reconciler.documents import Fault
from reconciler.errors import Broken
from reconciler.simulation import scenarios
from reconciler.simulation.durations import duration
from reconciler.simulation.scenarios import Scenario, Step

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from reconciler.documents import Path


def read(value: Any) -> tuple[Scenario | None, tuple[Fault, ...]]:
    """Give the scenario in a parsed document, or every fault with its path."""
    if not isinstance(value, dict):
        return None, (Fault((), "a scenario is a mapping with `steps:`", "steps: [{at: 0s, push: main}]"),)
    reader = _Reader()
    scenario = reader.scenario(value)
    return (None if reader.faults else scenario), tuple(reader.faults)


_EXAMPLES = {
    "start": "shop-prod-deploy", "push": "main", "tag": "v1.2", "pr": "feature/basket", "event": "event.json",
    "give": "Prod/Smoke=fails", "approve": "Prod/Approve", "reject": "Prod/Approve", "stop": "first",
    "update": "shop.yaml",
}  # fmt: skip


class _Reader:
    """Reads and remembers what is wrong, so that all of it is told at once."""

    def __init__(self) -> None:
        self.faults: list[Fault] = []

    def scenario(self, value: Mapping[str, Any]) -> Scenario:
        self._known(value, (), scenarios.MEMBERS)
        steps = [
            step
            for index, each in enumerate(self._list(value, "steps"))
            if (step := self._step(each, ("steps", index)))
        ]
        if not steps and not self.faults:
            self._fault(("steps",), "a scenario needs at least one step", "steps: [{at: 0s, push: main}]")
        scenario = Scenario(
            steps=tuple(sorted(steps, key=lambda step: step.at)),
            pipelines=tuple(map(str, self._list(value, "pipelines"))),
            begins=self._try(("begins",), scenarios.instant, value.get("begins")),
            given=dict(self._given(value)),
            variables=self._texts(value, "variables", ()),
            until=self._try(("until",), scenarios.moment, value.get("until")),
            expect=self._texts(value, "expect", ()),
        )
        self._check_expected(scenario)
        self._check_runs(scenario)
        return scenario

    def _step(self, value: Any, path: Path) -> Step | None:
        verbs = [key for key in value if key in scenarios.VERBS] if isinstance(value, dict) else []
        if len(verbs) != 1:
            near = (
                ""
                if not isinstance(value, dict)
                else scenarios.near(" ".join(map(str, value.keys() - set(scenarios.COMMON))), scenarios.VERBS)
            )
            self._fault(path, f"a step says one thing that happens{near}", "one of " + ", ".join(scenarios.VERBS))
            return None
        (verb,) = verbs
        self._known(value, path, (*scenarios.COMMON, verb, *scenarios.VERBS[verb]))
        if not isinstance(value[verb], str | int) or isinstance(value[verb], bool) or value[verb] == "":
            self._fault((*path, verb), f"{verb} takes a text", f"{verb}: {_EXAMPLES.get(verb, 'Stage')}")
        members = {
            key: self._member(value, key, path)
            for key in scenarios.VERBS[verb]
            if key in value and (key not in scenarios.COMMON)
        }
        return Step(
            at=self._try((*path, "at"), duration, value.get("at", 0)) or 0,
            verb=verb,
            subject=str(value[verb]),
            members=members,
            name=str(value.get("as", "")),
            pipeline=str(value.get("pipeline", "")),
            refused=str(value.get("refused", "")),
        )

    def _member(self, value: Mapping[str, Any], key: str, path: Path) -> Any:
        if key in scenarios.MAPPINGS:
            return self._texts(value, key, path)
        if key in scenarios.LISTS:
            return tuple(map(str, self._list(value, key, path)))
        if key in scenarios.FLAGS and not isinstance(value[key], bool):
            self._fault((*path, key), f"{key} is true or false", f"{key}: true")
        elif key not in scenarios.FLAGS and not isinstance(value[key], str | int):
            self._fault((*path, key), f"{key} is a text", f'{key}: "..."')
        return value[key]

    def _given(self, value: Mapping[str, Any]) -> Iterator[tuple[str, tuple[str, ...]]]:
        given = value.get("given") or {}
        if not isinstance(given, dict):
            self._fault(("given",), "given is a mapping from places to outcomes", "given: {Build/Unit: fails}")
            return
        for selector, outcomes in given.items():
            each = outcomes if isinstance(outcomes, list) else [outcomes]
            if not each or not all(isinstance(outcome, str) for outcome in each):
                self._fault(("given", selector), "an outcome is a text, or a list with one for each attempt",
                            f"{selector}: [fails, succeeds]")  # fmt: skip
            yield selector, tuple(map(str, each))

    def _check_expected(self, scenario: Scenario) -> None:
        for name, text in scenario.expect.items():
            self._try(("expect", name), scenarios.expectation, text)

    def _check_runs(self, scenario: Scenario) -> None:
        """Names of runs stand for one run each, and are used only where one is started under them."""
        names = [step.name for step in scenario.steps if step.name]
        for index, step in enumerate(scenario.steps):
            if step.name and step.verb not in scenarios.STARTING:
                self._fault(("steps", index, "as"), f"{step.verb} starts no run that could be named")
            if names.count(step.name) > 1:
                self._fault(("steps", index, "as"), f"two runs are called {step.name!r}", "give each its own name")
            for key in ("run", "to", "stop"):
                name = step.subject if key == step.verb else step.text(key)
                if name and "#" not in name and name not in names:
                    self._fault(("steps", index, key), f"no run is called {name!r}{scenarios.near(name, names)}",
                                "name a run with `as:`, or write pipeline#1")  # fmt: skip

    def _known(self, value: Mapping[str, Any], path: Path, known: tuple[str, ...]) -> None:
        for key in value:
            if key not in known:
                self._fault(
                    (*path, key), f"{key!r} is not known here{scenarios.near(key, known)}", "known: " + ", ".join(known)
                )

    def _list(self, value: Mapping[str, Any], key: str, path: Path = ()) -> list[Any]:
        found = value.get(key)
        if found is not None and not isinstance(found, list):
            self._fault((*path, key), f"{key} is a list", f"{key}: [...]")
        return found if isinstance(found, list) else []

    def _texts(self, value: Mapping[str, Any], key: str, path: Path) -> dict[str, str]:
        found = value.get(key) or {}
        if not isinstance(found, dict) or not all(type(each) in (str, int) for each in found.values()):
            self._fault((*path, key), f"{key} is a mapping of texts", f"{key}: {{NAME: value}}")
            return {}
        return {name: str(each) for name, each in found.items()}

    def _try(self, path: Path, function: Callable[[Any], Any], value: Any) -> Any:
        if value is None:
            return None
        try:
            return function(value)
        except (Broken, TypeError) as error:
            self._fault(path, str(error))
            return None

    def _fault(self, path: Path, message: str, hint: str = "") -> None:
        self.faults.append(Fault(path, message, hint))
