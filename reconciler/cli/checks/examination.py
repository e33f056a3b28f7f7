"""Checks and their rows: what a check is, what it says, and how all of them are made.

Rules of this package:

* A check is one function and one row of `table.CHECKS`. It yields an answer for each thing that it looked at.
* What could not be found out is `unknown`, never fine. A check that raises is an error of its own, and stops no other.
* Nothing is changed by a check, and nothing secret stands in an answer.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from enum import StrEnum
from itertools import chain
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from reconciler.errors import ReconcilerError
from reconciler.pipeline import secrets
from reconciler.sync.state import Event

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from concurrent.futures import Executor
    from datetime import datetime
    from pathlib import Path

    from reconciler.aws.probing import Probe
    from reconciler.aws.sessions import Access
    from reconciler.cli.surroundings import Asked
    from reconciler.settings import Settings


class Result(StrEnum):
    """How something is."""

    OK = "ok"
    WARNING = "warning"
    ERROR = "error"
    UNKNOWN = "unknown"


class Answer(NamedTuple):
    """What a check says of one thing."""

    result: Result
    sentence: str
    remedy: str = ""
    """What to do about it: an exact setting, command or IAM statement."""
    where: str = ""
    """Of what it is said, where that is not the target of the check."""


def ok(sentence: str) -> Answer:
    """Say that all is well."""
    return Answer(Result.OK, sentence)


def warning(sentence: str, remedy: str) -> Answer:
    """Say that something works and should not stay as it is."""
    return Answer(Result.WARNING, sentence, remedy)


def error(sentence: str, remedy: str = "") -> Answer:
    """Say that something does not work; without a remedy the sentence tells it."""
    return Answer(Result.ERROR, sentence, remedy)


def unknown(sentence: str, remedy: str = "") -> Answer:
    """Say that nobody could find out."""
    return Answer(Result.UNKNOWN, sentence, remedy)


@dataclass(frozen=True, slots=True)
class Patient:
    """What is looked at, and what it is looked at with."""

    settings: Settings
    base: Path
    """The folder that relative paths in the settings start from."""
    probe: Probe
    now: Callable[[], datetime]
    environment: Mapping[str, str]
    """Variables of this process."""
    root: Path
    """Root of the file system below which systemd's files are."""
    asked: Asked
    """Where the settings come from."""
    accesses: tuple[Access, ...] = ()
    """How each target is reached."""


@dataclass(frozen=True, slots=True)
class Check:
    """One row of the table."""

    id: str
    title: str
    """What has to be so: "the branch can be fetched"."""
    run: Callable[..., Iterable[Answer]]
    """Takes a `Patient`, and an `Access` where it is made for each target."""
    scope: Literal["machine", "target"] = "machine"
    needs: str = ""
    """Id of a check of the same target without which this one can find out nothing."""
    roles: bool = False
    """Whether it is made with --with-iam only."""


@dataclass(frozen=True, slots=True)
class Row:
    """What became of one check at one place."""

    id: str
    what: str
    where: str
    result: Result
    sentence: str
    remedy: str = ""

    def document(self) -> dict[str, Any]:
        """Give it as JSON."""
        return asdict(self)


def examine(
    patient: Patient, checks: Sequence[Check], executor: Executor, tell: Callable[[Event], None]
) -> tuple[Row, ...]:
    """Make all checks, those of different targets side by side, and give their rows in the order of the table."""
    jobs: list[tuple[Sequence[Check], Access | None]] = [
        ((check,), None) for check in checks if check.scope == "machine"
    ]
    jobs += [([check for check in checks if check.scope == "target"], access) for access in patient.accesses]
    done: list[Row] = []
    answers = executor.map(lambda job: tuple(_made(patient, *job)), jobs)
    for number, rows in enumerate(answers, 1):
        done += rows
        tell(Event("check", rows[-1].what if rows else "", number, len(jobs)))
    order = {check.id: number for number, check in enumerate(checks)}
    return tuple(sorted(done, key=lambda row: order[row.id]))


def _made(patient: Patient, checks: Sequence[Check], access: Access | None) -> Iterator[Row]:
    """Make checks one after another; one whose need is not met is not made."""
    failed: set[str] = set()
    for check in checks:
        given = (patient,) if access is None else (patient, access)
        missing = check.needs in failed
        answers = [unknown(f"not checked: {check.needs} failed")] if missing else tuple(_answers(check, given))
        if any(each.result is Result.ERROR for each in answers) or missing:
            failed.add(check.id)
        place = "" if access is None else str(access.target)
        for each in answers:
            yield Row(check.id, check.title, each.where or place, each.result, _safe(each.sentence), _safe(each.remedy))


def _answers(check: Check, given: Sequence[Any]) -> Iterator[Answer]:
    """Give the answers of a check; what it raises is the last one."""
    try:
        yield from check.run(*given)
    except ReconcilerError as raised:
        yield error(str(raised))
    except Exception as raised:  # noqa: BLE001  a defect of one check says nothing about the others
        yield error(f"the check itself failed: {type(raised).__name__}: {raised}", "report it, with this line")


def _safe(text: str) -> str:
    return secrets.scrub(" ".join(text.split()))


def counts(rows: Iterable[Row]) -> dict[str, int]:
    """Give how many rows there are of each result."""
    found = [row.result for row in rows]
    return {str(result): found.count(result) for result in chain(Result)}
