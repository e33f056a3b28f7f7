"""Which environment a name or an ARN belongs to, by what the settings say."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from reconciler import settings

ARN = re.compile(r"arn:[a-z-]+:([a-z0-9-]+):([a-z0-9-]*):([0-9]{12})?:([^\s\"'`\\,;)\]}]+)")
"""Service, Region, account and resource of an ARN inside any text."""

_ACCOUNT = re.compile(r"(?<![0-9a-zA-Z])[0-9]{12}(?![0-9a-zA-Z])")
_TOKEN = re.compile(r"[a-z0-9]+")
NOBODY: frozenset[str] = frozenset()


def account_of(text: str) -> str | None:
    """Give the account that an ARN, or a bucket such as `artifacts-111111111111`, names; None if it names none."""
    found = ARN.search(text)
    if found and found[3]:
        return found[3]
    number = _ACCOUNT.search(text)
    return number[0] if number else None


@dataclass(frozen=True)
class Ownership:
    """The environments there are, and what is theirs."""

    environments: Mapping[str, settings.Environment]

    def owners(self, text: str, ignore: Iterable[str] = ()) -> frozenset[str]:
        """Give the environments that something may belong to: one if that is clear, none if nothing says it.

        A glob of `owns` decides, then the account, then a word; words in `ignore` are part of a project's own name.
        """
        if claimed := [name for name, globs in self._globs for glob in globs if fnmatchcase(text, glob)]:
            return frozenset(claimed)
        account = account_of(text)
        holders = self.accounts.get(account, NOBODY) if account else NOBODY
        if len(holders) == 1 or (account and not holders):
            return holders
        spoken = self._spoken(text, frozenset(ignore))
        return spoken & holders or holders if holders else spoken

    def stranger(self, text: str) -> str | None:
        """Give the account that a text names and no environment has; None if there is no such account."""
        account = account_of(text)
        unknown = account and self.environments and account not in self.accounts
        claimed = unknown and any(fnmatchcase(text, glob) for _, globs in self._globs for glob in globs)
        return account if unknown and not claimed else None

    @cached_property
    def accounts(self) -> dict[str, frozenset[str]]:
        """Give the environments of each account: whose own it is, else those that deploy to it."""
        own: dict[str, frozenset[str]] = {}
        for name, each in self.environments.items():
            own[each.account] = own.get(each.account, NOBODY) | {name}
        shared: dict[str, frozenset[str]] = {}
        for name, each in self.environments.items():
            for account in each.deploys_to:
                shared[account] = shared.get(account, NOBODY) | {name}
        return shared | own

    def allowed(self, name: str) -> frozenset[str]:
        """Give the environments in which the pipelines of one may work: itself, and those it `deploys_to`."""
        reached = self.environments[name].deploys_to
        others = {other for other, each in self.environments.items() if each.account in reached}
        return frozenset({name, *others})

    @cached_property
    def _globs(self) -> list[tuple[str, tuple[str, ...]]]:
        return [(name, each.owns) for name, each in self.environments.items() if each.owns]

    @cached_property
    def _words(self) -> dict[str, str]:
        words = {word.lower(): name for name, each in self.environments.items() for word in each.words}
        return words | {name.lower(): name for name in self.environments}

    @cached_property
    def _expression(self) -> re.Pattern[str]:
        longest = sorted(self._words, key=len, reverse=True)
        return re.compile(rf"(?<![a-z0-9])(?:{'|'.join(map(re.escape, longest))})(?![a-z0-9])")

    def _spoken(self, text: str, ignore: frozenset[str]) -> frozenset[str]:
        if not self._words:
            return NOBODY
        found = ARN.search(text)
        said = self._expression.findall((found[4] if found else text).lower())
        return frozenset(self._words[word] for word in said if word not in ignore)


def tokens(*texts: str) -> frozenset[str]:
    """Give the words of names."""
    return frozenset(word for text in texts for word in _TOKEN.findall(text.lower()))
