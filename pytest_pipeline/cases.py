"""Test cases as documents: scenarios in the words of `reconciler simulate`, expectations in those of the matchers.

pipeline: shop-prod-deploy           or `pipelines: [...]`; the only one there is, if both are left out
cases:
  silence is not consent:
    push: main                       short for `steps: [{push: main, as: run}]`; also tag, pr and start
    given: {Prod/Approve: ignored}
    expect:
      - failed: {at: Prod/Approve, because: timed out, after: 7d}
      - never_ran: Prod/Deploy
  the newest one wins:
    steps:
      - {at: 0s, push: main, as: first}
      - {at: 1m, push: main, as: second}
    expect: {first: Succeeded, second: parked at Prod/Approve}
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from reconciler.documents import Fault
from reconciler.errors import Broken
from reconciler.simulation import scenarios, scripts, wording
from reconciler.simulation.durations import duration

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from reconciler.documents import Path
    from reconciler.simulation.scenarios import Scenario

RUN = "run"
"""The name of the run in a case that says only what starts it."""
MEMBERS = ("pipeline", "pipelines", "cases")
SHORT = ("push", "tag", "pr", "start")
"""Verbs that may stand in a case itself."""
MATCHERS: Mapping[str, tuple[str, ...]] = {
    "succeeded": ("after",), "failed": ("at", "because", "after"), "parked": ("at", "because"), "superseded": (),
    "rolled_back": ("at",), "never_ran": (),
}  # fmt: skip
"""The matchers of runs, and what they take."""


_NOTHING = "nothing is expected here", "a status, or a matcher of a run; leave `expect:` out for Succeeded"


@dataclass(frozen=True, slots=True)
class Expected:
    """One matcher for one run: the word and its arguments."""

    run: str
    word: str
    selectors: tuple[str, ...] = ()
    """Of `never_ran`."""
    details: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Case:
    """One case: what happens, with what is expected as statuses, and what is expected as matchers."""

    name: str
    scenario: Scenario
    expected: tuple[Expected, ...]


def read(value: Any) -> tuple[tuple[Case, ...], tuple[Fault, ...]]:
    """Give the cases in a parsed document, and every fault with its path; with faults no case counts."""
    if not isinstance(value, dict) or not isinstance(value.get("cases"), dict) or not value["cases"]:
        path: Path = ("cases",) if isinstance(value, dict) and "cases" in value else ()
        hint = "cases: {it works: {push: main}}"
        return (), (Fault(path, "a file of cases is a mapping with `cases:`, by name", hint),)
    faults = list(_unknown(value, MEMBERS, ()))
    pipelines, found = _pipelines(value)
    faults += found
    cases = []
    for name, each in value["cases"].items():
        case, wrong = _case(str(name), each, pipelines)
        if "::" in str(name):
            wrong = (*wrong, Fault((), "pytest could not find a case with :: in its name", "write : or a dash"))
        faults += [replace(fault, path=("cases", name, *fault.path)) for fault in wrong]
        cases += [case] if case else []
    return tuple(cases), tuple(faults)


def _pipelines(value: Mapping[str, Any]) -> tuple[tuple[str, ...], tuple[Fault, ...]]:
    one, several = value.get("pipeline"), value.get("pipelines", [])
    if one is not None and not isinstance(one, str):
        return (), (Fault(("pipeline",), "pipeline is a name", "pipeline: shop-prod-deploy"),)
    if not isinstance(several, list) or not all(isinstance(each, str) for each in several):
        return (), (Fault(("pipelines",), "pipelines is a list of names", "pipelines: [shop-prod-deploy]"),)
    return (*([one] if one else []), *several), ()


def _case(name: str, value: Any, pipelines: tuple[str, ...]) -> tuple[Case | None, tuple[Fault, ...]]:
    if not isinstance(value, dict):
        return None, (Fault((), "a case is a mapping", "push: main"),)
    short = [verb for verb in SHORT if verb in value]
    if len(short) + ("steps" in value) != 1:
        return None, (Fault((), f"a case has `steps:`, or one of {', '.join(SHORT)}", "push: main"),)
    whole = _long(value, short[0]) if short else value
    statuses, expected, faults = _expectations(whole)
    scenario, wrong = scripts.read({**whole, "expect": statuses})
    faults += tuple(_given_faults(whole)) if not wrong else ()
    wrong = tuple(replace(fault, path=_shortened(fault.path)) if short else fault for fault in wrong)
    if scenario is None or wrong or faults:
        return None, (*wrong, *faults)
    named = {step.name for step in scenario.steps} - {""}
    unknown = [each.run for each in expected if each.run not in named and "#" not in each.run]
    strange = [
        Fault(("expect",), f"no run is called {run!r}{scenarios.near(run, named)}", "name it with `as:`")
        for run in unknown
    ]
    return Case(name, replace(scenario, pipelines=scenario.pipelines or pipelines), expected), tuple(strange)


def _long(value: Mapping[str, Any], verb: str) -> dict[str, Any]:
    """Give the case with its one step written out."""
    beside = [key for key in scenarios.VERBS[verb] if key in value and key not in scenarios.MEMBERS]
    step = {"as": RUN, verb: value[verb], **{key: value[key] for key in beside}}
    return {**{key: each for key, each in value.items() if key != verb and key not in beside}, "steps": [step]}


def _shortened(path: Path) -> Path:
    return path[2:] if path[:2] == ("steps", 0) else path


def _given_faults(value: Mapping[str, Any]) -> Iterator[Fault]:
    """Give the outcomes that cannot be read."""
    for selector, outcomes in (value.get("given") or {}).items():
        for each in outcomes if isinstance(outcomes, list) else [outcomes]:
            try:
                wording.entry(f"{selector}={each}")
            except Broken as error:
                yield Fault(("given", selector), str(error))


def _expectations(value: Mapping[str, Any]) -> tuple[dict[str, str], tuple[Expected, ...], tuple[Fault, ...]]:
    """Give expected statuses by run, and matchers, and what is wrong with them."""
    told = value.get("expect")
    if told is None:
        return {}, (), ()
    runs = told if isinstance(told, dict) and not told.keys() <= MATCHERS.keys() else {_only(value): told}
    statuses: dict[str, str] = {}
    expected: list[Expected] = []
    faults: list[Fault] = []
    for run, wanted in runs.items():
        path: Path = ("expect", run) if runs is told else ("expect",)
        for each in wanted if isinstance(wanted, list) and wanted else [wanted]:
            if each in ([], {}):
                message, hint = _NOTHING
                faults.append(Fault(path, f"{message}{scenarios.near(str(run), MATCHERS)}", hint))
            elif isinstance(each, str):
                _add_status(statuses, run, each, path, faults)
            elif isinstance(each, dict):
                expected += _matchers(run, each, path, faults)
            else:
                faults.append(Fault(path, "a status, or a matcher of a run", "Succeeded, or failed: {at: Build}"))
    return statuses, tuple(expected), tuple(faults)


def _add_status(statuses: dict[str, str], run: str, text: str, path: Path, faults: list[Fault]) -> None:
    try:
        scenarios.expectation(text)
    except Broken as error:
        faults.append(Fault(path, str(error), "known: " + ", ".join((*scenarios.EXPECTED, *MATCHERS))))
    if run in statuses:
        faults.append(Fault(path, f"{run} is to be both {statuses[run]!r} and {text!r}", "a run has one status"))
    statuses[run] = text


def _only(value: Mapping[str, Any]) -> str:
    """Give the name of the only run that is named; `run` where it is not clear, which is then a fault."""
    steps = value.get("steps")
    names = [each["as"] for each in steps if isinstance(each, dict) and "as" in each] if isinstance(steps, list) else []
    return str(names[0]) if len(names) == 1 else RUN


def _matchers(run: str, told: Mapping[str, Any], path: Path, faults: list[Fault]) -> Iterator[Expected]:
    for word, arguments in told.items():
        at = (*path, word)
        if word not in MATCHERS:
            faults.append(Fault(at, f"{word!r} is no matcher of a run{scenarios.near(word, MATCHERS)}",
                                "known: " + ", ".join(MATCHERS)))  # fmt: skip
        elif word == "never_ran":
            chosen = arguments if isinstance(arguments, list) else [arguments]
            if not all(isinstance(each, str) for each in chosen):
                faults.append(Fault(at, "never_ran takes places", "never_ran: Prod/Deploy"))
            yield Expected(run, word, tuple(map(str, chosen)))
        elif arguments is not None and not isinstance(arguments, dict):
            faults.append(Fault(at, f"{word} takes a mapping", f"{word}: {{at: Prod/Approve}}"))
        else:
            details = dict(arguments or {})
            faults += [replace(fault, path=(*at, *fault.path)) for fault in _wrong(word, details)]
            yield Expected(run, word, (), {key: str(each) for key, each in details.items()})


def _wrong(word: str, details: Mapping[str, Any]) -> Iterator[Fault]:
    yield from _unknown(details, MATCHERS[word], ())
    for key, each in details.items():
        if not isinstance(each, str):
            yield Fault((key,), f"{key} is a text", f'{key}: "..."')
        elif key == "after":
            try:
                duration(each)
            except Broken as error:
                yield Fault((key,), str(error))


def _unknown(value: Mapping[str, Any], known: tuple[str, ...], path: Path) -> Iterator[Fault]:
    for key in value:
        if key not in known:
            yield Fault((*path, key), f"{key!r} is not known here{scenarios.near(str(key), known)}",
                        "known: " + (", ".join(known) or "nothing"))  # fmt: skip
