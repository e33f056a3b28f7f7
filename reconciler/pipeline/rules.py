"""What a rule about a pipeline is, and what it finds. The tables themselves stand beside what they judge."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Generic, NamedTuple, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from reconciler.documents import Fault
    from reconciler.pipeline.providers import Provider
    from reconciler.pipeline.subject import Subject


class Severity(StrEnum):
    """How bad a finding is: an error blocks the pipeline, a warning and an info do not."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


T = TypeVar("T")


class Rule(NamedTuple, Generic[T]):
    """One rule: a row of a table. `T` is what it looks at: a whole pipeline, or one action."""

    id: str
    severity: Severity
    error: str
    """Class of the service's answer, or code of the failed run (reference B.2, B.3); empty if neither comes."""
    reference: str
    title: str
    check: Callable[[T], Iterable[Fault]]
    about: Callable[[Provider | None], bool] | None = None
    """For rules about actions: whether those of a type, or of no known one, can break it at all; None: all can."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What one rule says about one place."""

    rule: str
    severity: Severity
    error: str
    reference: str
    fault: Fault


def found(rules: tuple[Rule[Subject], ...], subject: Subject) -> Iterator[Finding]:
    """Give what the rules of a table find, in its order."""
    for rule in rules:
        for fault in rule.check(subject):
            yield Finding(rule.id, rule.severity, rule.error, rule.reference, fault)
