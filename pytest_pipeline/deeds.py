"""Matchers for what happens: actions of pipelines and of runs, and events."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pytest_pipeline import matching, selectors
from pytest_pipeline.matching import Matcher, Miss, call, quoted
from reconciler.pipeline.model import Action


@dataclass(frozen=True, eq=False, repr=False)
class Acts(Matcher):
    """An action, of a pipeline or of a run: by selector and by its attributes."""

    word: str
    selector: Any = None
    members: Mapping[str, Any] = field(default_factory=dict)

    def misses(self, got: Any, path: str = "") -> list[Miss]:
        """Give the misses of place, kind and attributes."""
        place = str(getattr(got, "place", ""))
        if not place:
            return [Miss(path, repr(self), quoted(got))]
        told = []
        if self.selector is not None and not selectors.matches(self.selector, _action(got)):
            told.append(Miss(f"{place}.place", _selector(self.selector), quoted(place)))
        if self.word == "approval" and got.category != "Approval":
            told.append(Miss(f"{place}.category", '"Approval"', quoted(got.category)))
        return [*told, *matching.members(self.members, got, place)]

    def __repr__(self) -> str:
        return call(self.word, *([] if self.selector is None else [_Bare(_selector(self.selector))]), **self.members)


@dataclass(frozen=True, eq=False, repr=False)
class Happens(Matcher):
    """An event: by EventBridge's pattern, and by members of its detail."""

    pattern: Mapping[str, Any] | None
    detail: Mapping[str, Any]

    def misses(self, got: Any, path: str = "") -> list[Miss]:
        """Give the misses of the detail, or the pattern if that does not match."""
        from reconciler.simulation import patterns

        if not isinstance(got, Mapping) or "detail" not in got:
            return [Miss(path, repr(self), quoted(got))]
        shown = str(got.get("detail-type", path))
        if self.pattern is not None and not patterns.matches(self.pattern, got):
            return [Miss(shown, f"pattern {quoted(self.pattern)}", quoted(got["detail"]))]
        return matching.members(self.detail, got["detail"], f"{shown}.detail")

    def __repr__(self) -> str:
        return call("event", *([] if self.pattern is None else [self.pattern]), **self.detail)


class _Bare:
    """Writes itself as it is."""

    def __init__(self, text: str) -> None:
        self.text = text

    def __repr__(self) -> str:
        return self.text


def _selector(selector: Any) -> str:
    return quoted(selector) if isinstance(selector, str) else getattr(selector, "__name__", "predicate")


def _action(got: Any) -> Action:
    """Give what selectors look at; of a run's action, only its place is known."""
    if isinstance(got, Action):
        return got
    kind = {"category": got.category, "owner": "AWS", "provider": got.provider, "version": "1"}
    return Action({"name": got.action, "actionTypeId": kind, "configuration": got.configuration}, got.stage)
