"""Drift as it is remembered."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from reconciler.pipeline.arns import Target
from reconciler.plan.drift import Author, Drifted, Edit, Kind
from reconciler.plan.health import Failure, Health

if TYPE_CHECKING:
    from reconciler.store.store import Store

TARGET = Target("111111111111", "eu-west-1")
NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
EDIT = Edit("Build/Compile configuration.ProjectName", "shop", "hotfix")
DRIFT = Drifted(TARGET, "web", Kind.DEFINITION, "error", NOW, "prod", version_after=2, edits=(EDIT,))
SLOT = (TARGET, "web", "definition")


def later(hours: int) -> datetime:
    return NOW + timedelta(hours=hours)


def test_drift_that_is_seen_again_keeps_its_onset_and_counts(store: Store) -> None:
    store.sighted([DRIFT], {}, NOW)
    store.sighted([DRIFT], {}, later(1))
    found = store.drifts()[SLOT]
    assert (found.since, found.last, found.seen, found.edits) == (NOW, later(1), 2, (EDIT,))


def test_an_author_is_kept_until_the_pipeline_differs_in_another_way(store: Store) -> None:
    store.sighted([DRIFT], {}, NOW)
    author = Author("ana", "cli", "aws-cli", NOW, "UpdatePipeline", "e1")
    store.attributed(store.drifts()[SLOT].id, author, NOW)
    store.sighted([DRIFT], {}, later(1))
    assert store.drifts()[SLOT].author == author
    store.sighted([replace(DRIFT, version_after=3)], {}, later(2))
    assert (store.drifts()[SLOT].author, store.drifts()[SLOT].since) == (None, NOW)


def test_kinds_of_one_declaration_turn_into_each_other(store: Store) -> None:
    store.sighted([DRIFT], {}, NOW)
    store.sighted([replace(DRIFT, kind=Kind.EXTRA)], {}, later(1))
    (found,) = store.drifts().values()
    assert (found.kind, found.seen) == (Kind.EXTRA, 2)


def test_what_is_over_is_past_and_may_begin_anew(store: Store) -> None:
    store.sighted([DRIFT], {}, NOW)
    store.sighted([], {SLOT: "ended"}, later(1))
    assert store.drifts() == {}
    (past,) = store.past_drifts(NOW)
    assert (past.since, past.resolved, past.ending) == (NOW, later(1), "ended")
    assert store.past_drifts(later(2)) == store.past_drifts(NOW, "other") == ()
    store.sighted([DRIFT], {}, later(3))
    assert store.drifts()[SLOT].since == later(3)


def test_drift_seen_and_healed_in_one_pass_is_remembered(store: Store) -> None:
    store.sighted([DRIFT], {SLOT: "healed"}, NOW)
    assert [each.ending for each in store.past_drifts(NOW)] == ["healed"]
    assert store.drifts() == {}


def test_it_happened_after_the_last_pass_that_did_not_see_it(store: Store) -> None:
    store.begin("c1", NOW, "automatic")
    own = store.begin("c1", later(1), "automatic")
    store.sighted([DRIFT], {}, later(2), own)
    assert store.drifts()[SLOT].sound == NOW


def test_those_without_an_author_are_asked_for_newest_first(store: Store) -> None:
    store.sighted([DRIFT], {}, NOW)
    store.sighted([replace(DRIFT, name="api")], {}, later(1))
    assert [each.name for each in store.unattributed([Kind.DEFINITION], NOW)] == ["api", "web"]
    assert [each.name for each in store.unattributed([Kind.DEFINITION], later(1))] == ["api"]
    assert store.unattributed([Kind.TAGS], NOW) == ()


def test_a_year_of_past_drift_is_kept_and_no_more(store: Store) -> None:
    store.sighted([DRIFT], {}, NOW)
    store.sighted([], {SLOT: "ended"}, later(1))
    store.sighted([], {}, NOW + timedelta(399))
    assert len(store.past_drifts(NOW)) == 1
    store.sighted([], {}, NOW + timedelta(402))
    assert store.past_drifts(NOW) == ()


def test_executions_are_remembered_with_what_failed(store: Store) -> None:
    failed = Health(TARGET, "web", "e1", "Failed", failures=(Failure("Build", "Compile", "JobFailed", "no"),), read=NOW)
    idle = Health(TARGET, "api", polling_disabled="2026-05-01T00:00:00+00:00", read=NOW)
    store.examined([failed, idle])
    assert store.healths() == {(TARGET, "web"): failed, (TARGET, "api"): idle}
    assert store.healths(idle=True) == {(TARGET, "api"): idle}
    store.forget_healths(TARGET, ["web"])
    assert list(store.healths()) == [(TARGET, "api")]
