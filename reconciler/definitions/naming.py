"""Pipeline names and their parts: `ecommerce-prod-deploy` is project, environment and purpose."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from reconciler.errors import Blocked

if TYPE_CHECKING:
    from collections.abc import Iterable

    from reconciler import settings

WORD = r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*"


@dataclass(frozen=True, slots=True)
class Convention:
    """A naming pattern together with the environments there are."""

    naming: settings.Naming
    environments: tuple[str, ...]

    def environment(self, name: str) -> str:
        """Give the environment that a name says; raises `Blocked` when it says none, two or an unknown one."""
        found = [each for each in self._within(name) if self._matches(name, re.escape(each))]
        if len(found) == 1:
            return found[0]
        if found:
            raise Blocked(f"the name {name!r} can be read as {' and as '.join(found)}; write `environment:` beside it")
        match = self._matches(name, r"[a-z0-9]+")
        if match and "environment" in match.re.groupindex:
            there = ", ".join(self.environments) or "none"
            raise Blocked(f"environment {match['environment']!r} is not configured (configured: {there})")
        raise Blocked(f"the name {name!r} does not follow {self.naming.pattern!r}; rename it or write `environment:`")

    def read(self, name: str, environment: str) -> dict[str, str]:
        """Give the parts of a name of one environment; empty if it does not follow the pattern."""
        match = self._matches(name, re.escape(environment) or r"[a-z0-9]+")
        return match.groupdict() if match else {}

    def _within(self, name: str) -> Iterable[str]:
        """Give the environments that the name may say: an organisation has hundreds, and matching each is dear."""
        if "environment" not in parts(self.naming.pattern):
            return self.environments
        return (each for each in self.environments if each in name)

    def _matches(self, name: str, environment: str) -> re.Match[str] | None:
        words = {part: self.naming.words.get(part, WORD) for part in parts(self.naming.pattern)}
        return re.fullmatch(_regex(self.naming.pattern, words | {"environment": environment}), name)


def parts(pattern: str) -> tuple[str, ...]:
    """Give the names of the parts of a pattern, in order."""
    return tuple(_part().findall(pattern))


def _part() -> re.Pattern[str]:
    from reconciler.settings import PART  # noqa: PLC0415  60 ms that only naming with settings pays

    return PART


def _regex(pattern: str, words: dict[str, str]) -> str:
    pieces: Iterable[str] = _part().split(pattern)
    return "".join(
        f"(?P<{piece}>{words[piece]})" if index % 2 else re.escape(piece) for index, piece in enumerate(pieces)
    )
