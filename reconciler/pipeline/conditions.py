"""Rules about stage conditions, automatic retry and rollback (reference B24 to B26, E.9, E.11, E.12)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reconciler.documents import Fault
from reconciler.pipeline.rules import Rule, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reconciler.documents import Path
    from reconciler.pipeline.subject import Subject

LEGAL = {
    "beforeEntry": ("FAIL", "SKIP"),
    "onSuccess": ("ROLLBACK", "FAIL"),
    "onFailure": ("ROLLBACK", "RETRY", "FAIL"),
}
"""Results that mean something, by the kind of condition (reference E.9)."""

SKIPPING = frozenset({"LambdaInvoke", "VariableCheck"})
"""Rule providers that may decide on a skip (reference B26)."""


def _conditions(subject: Subject) -> Iterator[tuple[Path, str, dict[str, Any]]]:
    for path, kind, gate in subject.gates:
        conditions = gate.get("conditions")
        for index, condition in enumerate(conditions if isinstance(conditions, list) else ()):
            if isinstance(condition, dict):
                yield (*path, "conditions", index), kind, condition


def _result_legal(subject: Subject) -> Iterator[Fault]:
    for path, kind, condition in _conditions(subject):
        result = condition.get("result")
        if type(result) is str and result not in LEGAL[kind]:
            yield Fault((*path, "result"), f"{result} means nothing on {kind}", "legal: " + ", ".join(LEGAL[kind]))
    for path, kind, gate in subject.gates:
        result = gate.get("result")
        if type(result) is str and result not in LEGAL[kind]:
            yield Fault((*path, "result"), f"{result} means nothing on {kind}", "legal: " + ", ".join(LEGAL[kind]))


def _skip_rules(subject: Subject) -> Iterator[Fault]:
    for path, _, condition in _conditions(subject):
        rules = condition.get("rules")
        if condition.get("result") != "SKIP" or not isinstance(rules, list):
            continue
        for index, rule in enumerate(rules):
            provider = rule["ruleTypeId"]["provider"] if isinstance(rule, dict) else ""
            if type(provider) is str and provider and provider not in SKIPPING:
                yield Fault((*path, "rules", index), f"{provider} cannot decide on SKIP",
                            "use " + " or ".join(sorted(SKIPPING)))  # fmt: skip


def _parallel_rollback(subject: Subject) -> Iterator[Fault]:
    if subject.pipeline.document.get("executionMode") != "PARALLEL":
        return
    for path, kind, gate in (*subject.gates, *_conditions(subject)):
        if gate.get("result") == "ROLLBACK" and "ROLLBACK" in LEGAL[kind]:
            yield Fault((*path, "result"), "PARALLEL pipelines cannot roll back", "use FAIL, or another executionMode")


def _retry_alone(subject: Subject) -> Iterator[Fault]:
    for path, kind, gate in subject.gates:
        if kind == "onFailure" and gate.get("result") == "RETRY" and gate.get("conditions"):
            yield Fault(path, "automatic retry together with failure conditions", "keep one of them")


def _retry_mode(subject: Subject) -> Iterator[Fault]:
    for path, _, gate in subject.gates:
        result = gate.get("result")
        if "retryConfiguration" in gate and type(result) in (str, type(None)) and result != "RETRY":
            yield Fault((*path, "retryConfiguration"), "retryConfiguration without the result RETRY",
                        "add `result: RETRY`, or remove it")  # fmt: skip


RULES: tuple[Rule[Subject], ...] = (
    Rule("condition-result", Severity.ERROR, "InvalidStageDeclarationException", "E.9",
         "a condition has a result that is legal for its kind", _result_legal),
    Rule("condition-skip-rules", Severity.ERROR, "InvalidStageDeclarationException", "B26",
         "only LambdaInvoke and VariableCheck may decide on SKIP", _skip_rules),
    Rule("parallel-rollback", Severity.ERROR, "InvalidStructureException", "B24",
         "PARALLEL pipelines do not roll back", _parallel_rollback),
    Rule("retry-with-conditions", Severity.WARNING, "", "B25, I14",
         "automatic retry stands without failure conditions (two AWS pages disagree)", _retry_alone),
    Rule("retry-mode-alone", Severity.WARNING, "", "A.3", "a retry mode goes with the result RETRY", _retry_mode),
)  # fmt: skip
