"""The rules of policy as a team has them: those that are shipped, its own, and its settings."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cache
from importlib import metadata
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from reconciler import documents
from reconciler.pipeline import providers, validity
from reconciler.policy import judge, own, profiles, table

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator, Mapping

    from reconciler.documents import Fault
    from reconciler.errors import Problem
    from reconciler.pipeline.providers import Catalogue
    from reconciler.policy.judge import Policy
    from reconciler.settings import Settings


@dataclass(frozen=True, slots=True)
class Ruling:
    """Rules to judge by, and what is wrong with those that a team wrote; such a rule is left out."""

    policy: Policy
    problems: tuple[Problem, ...]
    faults: tuple[Fault, ...] = ()
    """What is wrong with `policy` in the settings, which only shows once the team's own rules are known."""

    def wrong(self, text: str = "", file: str = "settings") -> tuple[Problem, ...]:
        """Give everything that is wrong; `text` and `file` are those of the settings, where they are at hand."""
        return (*self.problems, *documents.locate(text, file, self.faults))


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
    brought = plugged()
    digest = hashlib.sha256(repr([(name, files[name]) for name in sorted(files)]).encode()).hexdigest() if files else ""
    known = catalogue or providers.catalogue()
    policy = judge.Policy(settings, today, (*written.rules, *brought.rules), waive, known, digest)
    problems = (*written.problems, *brought.problems)
    return Ruling(policy, problems, () if problems else tuple(_unknown(policy)))


def _unknown(policy: Policy) -> Iterator[Fault]:
    """Give what the settings say of rules that do not exist; a rule that could not be read may be the one meant."""
    said = policy.settings.policy
    if said.rules or said.waivers:
        yield from profiles.faults(policy.settings, policy.rules, {**validity.titles(), **judge.TITLES})


def is_rules(path: str, folder: str, settings: Settings) -> bool:
    """Tell whether a file below the folder of the definitions holds rules, and so no definition."""
    place = settings.policy.own
    return bool(place) and PurePosixPath(path).is_relative_to(PurePosixPath(folder) / place)


@cache
def plugged() -> own.Own:
    """Give the rules that installed packages bring."""
    entries = metadata.entry_points(group=own.ENTRY_POINTS)
    return own.plugged(((entry.name, entry.load) for entry in entries), table.by_id())
