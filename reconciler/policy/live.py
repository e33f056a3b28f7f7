"""Rules about what only a live pipeline shows: whose it is, whether AWS gave up polling, what is frozen."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from reconciler.definitions.tags import OWNER
from reconciler.policy import starts
from reconciler.policy.rules import NOT_APPLICABLE, Parameter, PolicyRule, fail, levels, unknown
from reconciler.policy.sightings import UNREAD

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reconciler.policy.rules import Verdict
    from reconciler.policy.sightings import Sighting

_LOST_AFTER = 30
"""Days after which an execution that waits before a disabled transition is not resumed (reference E.8)."""


def _foreign(sighting: Sighting) -> Iterator[Verdict]:
    owner, own = sighting.seen.tags.get(OWNER, ""), sighting.settings.sync.owner
    if not owner:
        yield NOT_APPLICABLE
    elif owner not in (own, *sighting.parameters["known"]):
        message = f"{sighting.facts.name} belongs to {owner!r}, and this is {own!r}"
        yield fail(("tags", OWNER), message, f"find out who writes as {owner!r}; name it in `known` if that is right")


def _unowned(sighting: Sighting) -> Iterator[Verdict]:
    if not sighting.seen.tags.get(OWNER):
        name = sighting.facts.name
        yield fail(("tags",), f"nobody keeps {name} as git says", f"reconciler import {name}, or delete it")


def _unpolled(sighting: Sighting) -> Iterator[Verdict]:
    if since := sighting.seen.metadata.get("pollingDisabledAt"):
        message = f"AWS stopped polling for {sighting.facts.name} on {_day(since)}: commits start nothing"
        hint = "start it by hand or update it, and let events start it instead: PollForSourceChanges: false"
        yield fail(("metadata", "pollingDisabledAt"), message, hint)
    elif not any(starts.polls(work.action) for work in sighting.facts.works):
        yield NOT_APPLICABLE


def _frozen(sighting: Sighting) -> Iterator[Verdict]:
    if UNREAD in sighting.seen.stages:
        yield unknown(("stages",), f"whether stages are frozen is not known: {sighting.seen.stages[UNREAD]}")
        return
    days = int(sighting.parameters["days"])
    closed = {name: state for name, state in sighting.seen.stages.items() if state and state.get("enabled") is False}
    if not closed:
        yield NOT_APPLICABLE
    for name, state in closed.items():
        yield from _closed(name, state, sighting.seen.now, days)


def _closed(name: str, state: dict[str, Any], now: dt.datetime, days: int) -> Iterator[Verdict]:
    path = ("stages", name)
    if not isinstance(since := _moment(state.get("lastChangedAt")), dt.datetime):
        yield unknown(path, f"nobody tells since when {name} is frozen")
    elif (passed := (now - since).days) > days:
        lost = "; what waits there is not resumed when it opens" if passed > _LOST_AFTER else ""
        message = f"nothing enters {name} for {passed} days now{lost}"
        yield fail(path, message, f"reconcile it with `transitions: {{{name}: {{inbound: enabled}}}}`, then start it")


def _moment(value: Any) -> Any:
    """Give a time with its zone; text is read as ISO 8601, and what has no zone as UTC."""
    try:
        moment = dt.datetime.fromisoformat(value) if isinstance(value, str) else value
    except ValueError:
        return None
    return moment.replace(tzinfo=dt.UTC) if isinstance(moment, dt.datetime) and moment.tzinfo is None else moment


def _day(value: Any) -> str:
    moment = _moment(value)
    return moment.date().isoformat() if isinstance(moment, dt.datetime) else str(value)


RULES: tuple[PolicyRule, ...] = (
    PolicyRule(
        "live-owner",
        "a live pipeline belongs to this reconciler, or to one that is known",
        "Two reconcilers that want the same pipeline undo each other's work; one that nobody knows does so unseen.",
        levels("off", "warning", "warning"),
        _foreign,
        """
        tags: {"reconciler:owner": somebody}  # finding
        """,
        """
        tags: {"reconciler:owner": codepipeline-reconciler}
        """,
        scope="live",
        parameters={"known": Parameter((), "values of the tag `reconciler:owner` that are fine, too")},
    ),
    PolicyRule(
        "live-unowned",
        "a live pipeline is kept by somebody",
        "What is not in git is changed in the console, and nobody sees it.",
        levels("off", "info", "warning"),
        _unowned,
        """
        tags: {team: web}  # finding
        """,
        """
        tags: {"reconciler:owner": codepipeline-reconciler, team: web}
        """,
        scope="live",
    ),
    PolicyRule(
        "live-polling-stopped",
        "AWS still polls the sources of a pipeline that polls",
        "Polling ends after 30 days without an execution. The pipeline looks fine, and no commit starts it.",
        levels("warning", "warning", "error/warning"),
        _unpolled,
        """
        metadata:
          pollingDisabledAt: "2026-05-01T08:00:00Z"  # finding
        """,
        """
        metadata: {created: "2026-05-01T08:00:00Z"}
        """,
        scope="live",
    ),
    PolicyRule(
        "live-transition-frozen",
        "no stage of a live pipeline stays frozen",
        "What waits before a frozen stage is lost after 30 days: opening it starts nothing. A freeze that was "
        "forgotten is found when a fix is due.",
        levels("off", "warning", "error/warning"),
        _frozen,
        """
        stages:
          Deploy: {enabled: false, lastChangedAt: "2026-04-20T08:00:00Z", disabledReason: freeze}  # finding
        """,
        """
        stages:
          Deploy: {enabled: false, lastChangedAt: "2026-05-30T08:00:00Z", disabledReason: freeze}
        """,
        scope="live",
        parameters={"days": Parameter(_LOST_AFTER, "days that a stage may be frozen")},
    ),
)
