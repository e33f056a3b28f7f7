"""The check of the roles of live pipelines: what `validate --live --with-iam` says of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.cli import live
from reconciler.cli.checks.examination import Answer, Result, ok
from reconciler.policy import judge, roles
from reconciler.report import wording

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reconciler.cli.checks.examination import Patient
    from reconciler.errors import Problem

_RULES = frozenset({*(rule.id for rule in roles.RULES), judge.UNREAD})
_RESULTS = {"error": Result.ERROR, "warning": Result.WARNING, "info": Result.UNKNOWN}


def judged(patient: Patient) -> Iterator[Answer]:
    """Read the roles of every live pipeline, and judge them by the rules of policy."""
    done = live.inspected(patient.asked, live.Reading(roles=True, quiet=True))
    found = [each for each in done.problems if each.rule in _RULES]
    yield from map(_answer, found)
    if not found:
        yield ok(f"nothing is to be said of the roles of {wording.count(len(done.places), 'live pipeline')}")


def _answer(problem: Problem) -> Answer:
    place = problem.file.removeprefix("live:")
    return Answer(_RESULTS[problem.severity], f"{problem.message} [{problem.rule}]", problem.hint, place)
