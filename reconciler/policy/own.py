"""A team's own rules: files with JMESPath expressions, and rows that Python packages bring.

rules:
  - id: lambda-has-alias            small letters, digits, hyphens; no id that is taken
    title: a Lambda deployment names an alias
    why: traffic can only be shifted between versions of an alias
    severity: warning               off, info, warning, error; `error/warning` is an error where protected only;
                                    or by profile: {minimal: off, recommended: warning, strict: error}
    expression: stages[].actions[?actionTypeId.provider == 'Lambda' && !(configuration.FunctionAlias)][]
    message: "{name} deploys {configuration.FunctionName} without an alias"
    hint: "add `FunctionAlias: live`"
    scope: pipeline                 or all: the expression is asked once, over the list of all pipelines

Whatever the expression gives is a finding, one for each element, at the place of that element; nothing, null, false
and what is empty mean that the rule holds.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from reconciler import documents
from reconciler.documents import Fault
from reconciler.errors import Invalid, Problem
from reconciler.pipeline import validity
from reconciler.policy import expressions, overall, rules, views
from reconciler.policy.rules import PolicyRule, Subject, fail, levels

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping

    from reconciler.documents import Path
    from reconciler.policy.expressions import Expression, Message
    from reconciler.policy.rules import Verdict

ENTRY_POINTS = "reconciler.rules"
"""Group of the entry points that bring rules: each gives a `PolicyRule`, or several."""

_EXPRESSIONS = ("expression", "message", "hint")
REQUIRED = ("id", "title", "expression")
MEMBERS = (*REQUIRED, "why", "severity", "scope", "message", "hint", "bad", "good")
RULE = "own-rule"
"""Id of the findings about rules themselves."""

_ID = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_SEVERITY = "warning"


@dataclass(frozen=True, slots=True)
class Own:
    """The rules of a team, and what is wrong with some; those are left out."""

    rules: tuple[PolicyRule, ...] = ()
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class Check:
    """The check of a rule that a file says."""

    expression: Expression
    message: Message
    hint: Message

    def __call__(self, subject: Subject) -> Iterator[Verdict]:
        """Give a verdict for each thing that the expression finds; raises `expressions.Failed`."""
        seen, graph = views.view(subject.facts), subject.facts.graph
        known = expressions.places({key: value for key, value in seen.items() if key != views.FACTS})
        for result in expressions.results(self.expression(seen, graph)):
            context = {**seen, "value": result, **(result if isinstance(result, dict) else {})}
            path = expressions.place(result, known) or _of_deployment(result, subject)
            yield fail(path, self.message(context, graph), self.hint(context, graph))


def _of_deployment(result: Any, subject: Subject) -> Path:
    """Give the path of the action that a result names as `place`, as the deployments of the facts do."""
    place = result.get("place") if isinstance(result, dict) else None
    work = subject.facts.by_place.get(place) if isinstance(place, str) else None
    return work.path if work else ()


def read(files: Mapping[str, bytes], taken: Collection[str] = ()) -> Own:
    """Give the rules of files by their names; an id that is `taken`, or said twice, is a problem.

    No id of a rule about validity is free either: one namespace holds them all.
    """
    found: dict[str, PolicyRule] = {}
    problems: list[Problem] = []
    for name, data in sorted(files.items()):
        try:
            source = documents.text(data, name)
            rows, faults = _rows(documents.parse(source, name))
        except Invalid as error:
            problems += error.problems
            continue
        for index, row in rows:
            if row.id in found or row.id in taken or row.id in validity.titles():
                faults.append(_at(index, "id", f"there is a rule {row.id} already", "call it otherwise"))
            else:
                found[row.id] = row
        problems += documents.locate(source, name, (replace(fault, rule=RULE) for fault in faults))
    return Own(tuple(found.values()), tuple(problems))


def plugged(entries: Iterable[tuple[str, Callable[[], Any]]], taken: Collection[str] = ()) -> Own:
    """Give the rules of entry points, each as its name and what loads it; one that fails is a problem of its own."""
    found: dict[str, PolicyRule] = {}
    problems: list[Problem] = []
    for name, load in entries:
        try:
            loaded = load()
            rows = [loaded] if isinstance(loaded, PolicyRule) else list(loaded)
        except Exception as error:  # noqa: BLE001  it is somebody else's code
            problems.append(_broken(name, f"it cannot be loaded: {type(error).__name__}: {error}"))
            continue
        for row in rows:
            if not isinstance(row, PolicyRule):
                problems.append(_broken(name, f"{row!r:.80} is no reconciler.policy.rules.PolicyRule"))
            elif row.id in found or row.id in taken or row.id in validity.titles():
                problems.append(_broken(name, f"there is a rule {row.id} already; call it otherwise"))
            else:
                found[row.id] = row
    return Own(tuple(found.values()), tuple(problems))


def is_file(value: Any) -> bool:
    """Tell whether a parsed file holds rules."""
    return isinstance(value, dict) and "rules" in value and "pipeline" not in value


def _rows(value: Any) -> tuple[list[tuple[int, PolicyRule]], list[Fault]]:
    if not is_file(value) or not isinstance(value["rules"], list):
        return [], [Fault((), "this holds no rules", "a file of rules is a mapping with a list `rules:`")]
    faults = [Fault((key,), f"{key} is not known here", "known: rules") for key in value if key != "rules"]
    rows: list[tuple[int, PolicyRule]] = []
    for index, entry in enumerate(value["rules"]):
        wrong = list(_wrong(entry, index))
        faults += wrong
        if not wrong:
            rows.append((index, _row(entry)))
    return rows, faults


def _wrong(entry: Any, index: int) -> Iterator[Fault]:
    """Give what is wrong with one rule as it is written."""
    if not isinstance(entry, dict):
        yield Fault(("rules", index), "a rule is a mapping", f"it has: {', '.join(MEMBERS)}")
        return
    for key in (each for each in REQUIRED if each not in entry):
        yield _at(index, key, f"{key} is missing", f"write `{key}:`")
    for key, value in entry.items():
        if key not in MEMBERS:
            near = get_close_matches(key, MEMBERS, 1)
            hint = f"did you mean {near[0]}?" if near else f"known: {', '.join(MEMBERS)}"
            yield _at(index, key, f"{key} is not known here", hint)
        elif key != "severity" and not isinstance(value, str):
            yield _at(index, key, f"{key} is a text", "put it in quotes")
        elif wrong := _TESTS.get(key, _nothing)(value):
            yield _at(index, key, *wrong)
        elif entry.get("scope") == "all" and key in _EXPRESSIONS and "gates(" in value:
            yield _at(index, key, "gates() asks one pipeline, and this rule looks at all", "leave `scope:` out")


def _nothing(_: Any) -> tuple[str, str] | None:
    return None


def _wrong_id(value: str) -> tuple[str, str] | None:
    return None if _ID.fullmatch(value) else (f"{value!r} is no id", "small letters, digits and hyphens")


def _wrong_severity(value: Any) -> tuple[str, str] | None:
    try:
        _levels(value)
    except (ValueError, TypeError, AttributeError):
        shown = "off, info, warning or error; error/warning; or by profile {minimal: …, recommended: …, strict: …}"
        return f"{value!r} is no severity", shown
    return None


def _wrong_scope(value: str) -> tuple[str, str] | None:
    remedy = (
        "pipeline or all; a rule about live pipelines is written in Python, by the entry point group " + ENTRY_POINTS
    )
    return None if value in _CHECKS else (f"an expression cannot have the scope {value}", remedy)


def _wrong_expression(value: str) -> tuple[str, str] | None:
    try:
        expressions.expression(value)
    except expressions.Wrong as error:
        return str(error), "see jmespath.org, and docs/policy.md for what is beside it"
    return None


def _wrong_message(value: str) -> tuple[str, str] | None:
    try:
        expressions.message(value)
    except expressions.Wrong as error:
        return str(error), "a placeholder is an expression over what was found: {name}"
    return None


_TESTS: Mapping[str, Callable[[Any], tuple[str, str] | None]] = {
    "id": _wrong_id,
    "severity": _wrong_severity,
    "scope": _wrong_scope,
    "expression": _wrong_expression,
    "message": _wrong_message,
    "hint": _wrong_message,
}


_CHECKS: Mapping[Any, Callable[..., Any]] = {"pipeline": Check, "all": overall.Check}
"""What checks, by scope."""


def _row(entry: Mapping[str, Any]) -> PolicyRule:
    scope = entry.get("scope", "pipeline")
    check = _CHECKS[scope](
        expressions.expression(entry["expression"]),
        expressions.message(entry.get("message", entry["title"])),
        expressions.message(entry.get("hint", "")),
    )
    texts = {key: entry.get(key, "") for key in ("why", "bad", "good")}
    severity = _levels(entry.get("severity", _SEVERITY))
    return PolicyRule(id=entry["id"], title=entry["title"], severity=severity, check=check, scope=scope, **texts)


def _levels(value: Any) -> Any:
    by_profile = value if isinstance(value, dict) else dict.fromkeys(rules.PROFILES, value)
    if by_profile.keys() != set(rules.PROFILES):
        raise ValueError
    return levels(*(by_profile[name] for name in rules.PROFILES))


def _at(index: int, key: str, message: str, hint: str) -> Fault:
    return Fault(("rules", index, key), message, hint)


def _broken(name: str, message: str) -> Problem:
    """Give a problem of an entry point, which has no file and no line."""
    return Problem(f"{ENTRY_POINTS}:{name}", 0, 0, "", message, "mend the package, or uninstall it", RULE)
