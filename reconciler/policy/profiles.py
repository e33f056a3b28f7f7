"""Which rules hold where: the profile, and what the settings say otherwise."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from reconciler.definitions import hints
from reconciler.documents import Fault
from reconciler.policy.rules import LEVELS, OFF

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from reconciler.policy.rules import PolicyRule
    from reconciler.settings import Settings

_RESERVED = ("severity", "environments")


@dataclass(frozen=True)
class Standing:
    """One rule as a team has it."""

    rule: PolicyRule
    settings: Settings
    _levels: dict[str, str] = field(default_factory=dict, repr=False)

    def level(self, environments: Collection[str]) -> str:
        """Give how bad it is to break the rule where these environments are in danger; `off` is not asked for."""
        return max((self._level(name) for name in environments), key=_RANK.__getitem__, default=OFF)

    @cached_property
    def parameters(self) -> Mapping[str, Any]:
        """Give every parameter by name."""
        own = {name: value for name, value in self._said.items() if name not in _RESERVED}
        return {**self.rule.defaults(), **own}

    @cached_property
    def active(self) -> bool:
        """Whether it is asked for anywhere."""
        return self.level(("", *self.settings.environments)) != OFF

    @cached_property
    def _said(self) -> Mapping[str, Any]:
        said = self.settings.policy.rules.get(self.rule.id, {})
        return {"severity": said} if isinstance(said, str) else said

    def _level(self, name: str) -> str:
        if name not in self._levels:
            known = self.settings.environments.get(name)
            shipped = self.rule.severity[self.settings.policy.profile]
            default = shipped.protected if known and known.protected else shipped.elsewhere
            said = self._said.get("severity", default)
            self._levels[name] = self._said.get("environments", {}).get(name, said)
        return self._levels[name]


_RANK = {level: rank for rank, level in enumerate((OFF, "info", "warning", "error"))}


def worst(one: str, other: str) -> str:
    """Give the worse of two severities."""
    return max(one, other, key=_RANK.__getitem__)


def faults(
    settings: Settings, rules: Mapping[str, PolicyRule], validity: Collection[str], *, own: bool = False
) -> Iterator[Fault]:
    """Give what is wrong with `policy` in the settings; paths start at `policy`.

    `rules` are those of policy by id, `validity` the ids of the others, which take a severity and nothing else. With
    `own` there are more rules than these, so an unknown id is let pass.
    """
    for name, said in settings.policy.rules.items():
        path = ("policy", "rules", name)
        if name not in rules and name not in validity:
            if own:
                continue
            yield Fault(path, f"there is no rule {name!r}", hints.nearest(name, (*rules, *validity), _KNOWN))
        elif isinstance(said, Mapping):
            known = {*rules[name].parameters, *_RESERVED} if name in rules else {"severity"}
            yield from _strange(path, said, known, settings)
    for index, waiver in enumerate(settings.policy.waivers):
        if waiver.rule not in rules and not own:
            near = hints.nearest(waiver.rule, rules, _KNOWN)
            yield Fault(("policy", "waivers", index, "rule"), f"there is no rule {waiver.rule!r} of policy", near)
    for index, name in enumerate(settings.policy.parity.environments):
        if name not in settings.environments:
            yield _no_environment(("policy", "parity", "environments", index), name, settings)


_KNOWN = "`reconciler validate --explain all` tells them: "


def _strange(
    path: tuple[str | int, ...], said: Mapping[str, Any], known: Collection[str], settings: Settings
) -> Iterator[Fault]:
    for name in said:
        if name not in known:
            yield Fault((*path, name), f"{path[-1]} has no parameter {name!r}", hints.nearest(name, sorted(known)))
    if "severity" in said and said["severity"] not in LEVELS:
        yield _no_level((*path, "severity"), said["severity"])
    places = said.get("environments", {})
    if not isinstance(places, Mapping):
        yield Fault((*path, "environments"), "this takes a mapping", "environments: {prod: error}")
        return
    for name, level in places.items():
        if name not in settings.environments:
            yield _no_environment((*path, "environments", name), name, settings)
        if level not in LEVELS:
            yield _no_level((*path, "environments", name), level)


def _no_environment(path: tuple[str | int, ...], name: str, settings: Settings) -> Fault:
    return Fault(path, f"there is no environment {name!r}", hints.nearest(name, settings.environments))


def _no_level(path: tuple[str | int, ...], level: object) -> Fault:
    return Fault(path, f"{level!r} is no severity", f"write {', '.join(LEVELS)}")
