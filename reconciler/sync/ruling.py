"""The rules of policy as a team has them: those that are shipped, its own, and its settings."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cache
from importlib import metadata
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from reconciler.pipeline import providers
from reconciler.policy import judge, own, table

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping

    from reconciler.errors import Problem
    from reconciler.pipeline.providers import Catalogue
    from reconciler.policy.judge import Policy
    from reconciler.settings import Settings


@dataclass(frozen=True, slots=True)
class Ruling:
    """Rules to judge by, and what is wrong with those that a team wrote; such a rule is left out."""

    policy: Policy
    problems: tuple[Problem, ...]


def ruling(
    settings: Settings,
    files: Mapping[str, bytes],
    today: dt.date,
    catalogue: Catalogue | None = None,
    *,
    waive: bool = True,
) -> Ruling:
    """Give the rules in force on a day; `files` are those with rules of the team's own, by name."""
    written = own.read(files, table.by_id())
    brought = _plugged()
    digest = hashlib.sha256(repr([(name, files[name]) for name in sorted(files)]).encode()).hexdigest() if files else ""
    known = catalogue or providers.catalogue()
    policy = judge.Policy(settings, today, (*written.rules, *brought.rules), waive, known, digest)
    return Ruling(policy, (*written.problems, *brought.problems))


def is_rules(path: str, folder: str, settings: Settings) -> bool:
    """Tell whether a file below the folder of the definitions holds rules, and so no definition."""
    place = settings.policy.own
    return bool(place) and PurePosixPath(path).is_relative_to(PurePosixPath(folder) / place)


@cache
def _plugged() -> own.Own:
    entries = metadata.entry_points(group=own.ENTRY_POINTS)
    return own.plugged(((entry.name, entry.load) for entry in entries), table.by_id())
