"""Everything that can be said about one declaration offline: shape first, then every table of rules."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any

from reconciler.pipeline import actions, conditions, features, flow, providers, schema, structure, triggers
from reconciler.pipeline.model import Pipeline
from reconciler.pipeline.rules import Finding, Rule, Severity, found
from reconciler.pipeline.subject import Subject
from reconciler.pipeline.unknown import Unknown

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from reconciler.pipeline.providers import Catalogue

VERSION = 2
"""Raised whenever a rule is added or changed, so that remembered readings are taken anew."""

SHAPE, DEFINITION, UNRESOLVED, ACTION_TYPE, PARAMETER = "shape", "definition", "unresolved", "action-type", "parameter"
OFF = "off"
TABLES = (*structure.RULES, *triggers.RULES, *conditions.RULES, *features.RULES, *flow.RULES)
RULES: tuple[Rule[Any], ...] = (*TABLES, *actions.RULES)


_OUTSIDE = frozenset({"name", "roleArn", "artifactStore"})
"""Members of a pipeline that may be unknown without its structure being so."""

_CONTENT = frozenset({"configuration", "commands", "environmentVariables"})
"""Members of an action whose content may be unknown."""

_WHOLE = {
    SHAPE: "members, types, sizes and values are those of the API",
    UNRESOLVED: "what a template leaves to AWS cannot be judged offline",
    DEFINITION: "a file is readable and says one pipeline of one configured environment",
    ACTION_TYPE: "a custom action type is declared as CreateCustomActionType takes it, and once",
    PARAMETER: "a value that is given belongs to a parameter of a template",
}


@cache
def titles() -> dict[str, str]:
    """Give what each rule asks for, by its id."""
    return {**_WHOLE, **{rule.id: rule.title for rule in RULES}}


def explanation(rule: str) -> str:
    """Say what a rule asks for, how bad it is to break it, how AWS answers, and where that is known from."""
    if rule in _WHOLE:
        severity = Severity.INFO if rule == UNRESOLVED else Severity.ERROR
        return f"{rule} ({severity}): {_WHOLE[rule]}"
    row = next(each for each in RULES if each.id == rule)
    answer = f"AWS answers with {row.error}" if row.error else "AWS accepts it"
    return f"{row.id} ({row.severity}): {row.title}\n{answer} (reference {row.reference})"


def check(
    document: Any,
    region: str | None = None,
    severities: Mapping[str, str] | None = None,
    catalogue: Catalogue | None = None,
    *,
    resolved: bool = False,
) -> tuple[Finding, ...]:
    """Give every finding about a declaration that lives in `region`, if that is known.

    A declaration whose shape is wrong is not looked at further. `severities` says `off`, `info`, `warning` or `error`
    for rules that a team wants otherwise than shipped; `catalogue` knows the action types, if others than the shipped.
    `resolved` says that nothing in the declaration is an `Unknown`, which need not be looked for then.
    """
    if faults := schema.check(document):
        return tuple(Finding(SHAPE, Severity.ERROR, "ValidationException", "A", fault) for fault in faults)
    if not resolved and is_vague(document):
        return ()
    subject = Subject(Pipeline(document), region, catalogue or providers.catalogue())
    return tuple(_settled((*found(TABLES, subject), *_of_actions(subject)), severities or {}))


def is_vague(document: Mapping[str, Any]) -> bool:
    """Tell whether the structure itself is partly unknown, so that rules about it could only guess.

    Values of configurations, roles and buckets may be unknown: rules about them know how to be silent.
    """
    waiting = [(key, item) for key, item in document.items() if key not in _OUTSIDE]
    for key, value in waiting:  # grows while it is read
        kind = type(value)
        if kind is dict:
            if key not in _CONTENT:
                waiting += value.items()
        elif kind is list:
            waiting += [(key, item) for item in value]
        elif kind is Unknown and key != "roleArn":
            return True
        if type(key) is Unknown:
            return True
    return False


def _of_actions(subject: Subject) -> Iterator[Finding]:
    if subject.catalogue is not None:
        for rule, fault in actions.check(subject.pipeline, subject.region, subject.catalogue):
            yield Finding(rule.id, rule.severity, rule.error, rule.reference, fault)


def _settled(findings: tuple[Finding, ...], severities: Mapping[str, str]) -> Iterator[Finding]:
    for finding in findings:
        severity = severities.get(finding.rule, finding.severity)
        if severity != OFF:
            yield replace(finding, severity=Severity(severity))
