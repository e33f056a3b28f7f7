"""From definitions and live pipelines to a plan: what is changed, what is left alone, and what is held."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, NoReturn

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plan.shop import (
    ELSEWHERE,
    OURS,
    OWNED,
    ROLE,
    TARGET,
    Shop,
    declaration,
    with_action,
    with_configuration,
    with_stage,
    with_token,
)
from reconciler.definitions.tags import OWNER
from reconciler.errors import Problem
from reconciler.plan.changes import Cause, Difference, Kind
from reconciler.settings import Limits, Sync
from strategies import law

if TYPE_CHECKING:
    from reconciler.pipeline.arns import Target

API, WEB = declaration("shop-dev-api"), declaration("shop-dev-web")
MOVED = with_configuration(API, ProjectName="other")
PROBLEM = Problem("b.yaml", 3, 1, "", "broken")
GENEROUS = Sync(prune=True, adopt=True, limits=Limits(changes="100%", deletions="100%"))


# What a change is


def test_a_definition_that_is_not_live_is_created_with_its_tags_and_the_owner(shop: Shop) -> None:
    shop.define(API, {"team": "shop"})
    change = shop.only()
    assert (change.kind, change.cause, change.version, change.differences) == (Kind.CREATE, Cause.GIT, 0, ())
    assert (change.tags, change.held) == ({"team": "shop", OWNER: OURS}, "")
    assert (change.environment, change.file, len(change.digest)) == ("dev", "pipelines/shop-dev-api.yaml", 64)


def test_a_live_pipeline_that_differs_is_updated_with_the_differences_and_the_version_seen(shop: Shop) -> None:
    shop.define(API)
    shop.observe(MOVED, version=4)
    change = shop.only()
    assert (change.kind, change.version, change.tags, change.untag) == (Kind.UPDATE, 4, {}, ())
    assert change.differences == (Difference("Build/Compile configuration.ProjectName", "other", "api"),)
    assert len(change.digest) == 64


def test_equal_pipelines_are_in_sync_and_agreed(shop: Shop) -> None:
    definition = shop.both(API)
    outcome = shop.outcome()
    assert (outcome.plan.changes, outcome.plan.in_sync, outcome.agreed) == ((), 1, (definition.identity,))


def test_tags_alone_are_set_without_touching_the_declaration(shop: Shop) -> None:
    definition = shop.define(API, {"team": "shop", "cost": "1"})
    shop.observe(API, OWNED | {"cost": "2"})
    outcome = shop.outcome()
    (change,) = outcome.plan.changes
    assert (change.kind, change.tags, change.digest) == (Kind.TAG, {"team": "shop", "cost": "1"}, "")
    assert [each.place for each in change.differences] == ["tags.cost", "tags.team"]
    assert outcome.agreed == (definition.identity,)


def test_an_update_sets_only_the_tags_that_differ(shop: Shop) -> None:
    shop.define(API, {"team": "shop", "cost": "1"})
    shop.observe(MOVED, OWNED | {"cost": "1"})
    change = shop.only()
    assert (change.kind, change.tags) == (Kind.UPDATE, {"team": "shop"})
    assert [each.place for each in change.differences] == ["Build/Compile configuration.ProjectName", "tags.team"]


def test_only_our_own_and_formerly_managed_tags_are_removed(shop: Shop) -> None:
    shop.define(API, {"team": "shop"})
    live = OWNED | {"team": "shop", "was-ours": "1", "somebody": "else", "aws:stack": "x"}
    shop.observe(API, live, managed_tags=("team", "was-ours", "gone-already"))
    change = shop.only()
    assert (change.kind, change.tags, change.untag) == (Kind.TAG, {}, ("was-ours",))
    assert change.differences == (Difference("tags.was-ours", "1", None),)


def test_foreign_tags_are_no_difference(shop: Shop) -> None:
    shop.define(API)
    shop.observe(API, OWNED | {"somebody": "else"})
    assert shop.plan().changes == ()


def test_an_owned_pipeline_that_git_no_longer_names_is_deleted(shop: Shop) -> None:
    shop.sync = Sync(prune=True)
    shop.both(API)
    shop.observe(WEB, version=9)
    change = shop.only()
    assert (change.kind, change.name, change.version, change.held) == (Kind.DELETE, "shop-dev-web", 9, "")
    assert (change.digest, change.tags, change.differences) == ("", {}, ())


def test_changes_come_by_target_then_kind_then_name(shop: Shop) -> None:
    shop.sync = GENEROUS
    for name in ("b", "a"):
        shop.define(declaration(f"shop-dev-new-{name}"), target=ELSEWHERE)
        shop.define(declaration(f"shop-dev-new-{name}"))
        shop.define(declaration(f"shop-dev-update-{name}"))
        shop.observe(declaration(f"shop-dev-update-{name}", roleArn="arn:old"))
        shop.both(declaration(f"shop-dev-adopt-{name}"), {})
        shop.define(declaration(f"shop-dev-tag-{name}"), {"team": "shop"})
        shop.observe(declaration(f"shop-dev-tag-{name}"))
        shop.observe(declaration(f"shop-dev-delete-{name}"))
    order = [f"{change.target.account[0]} {change.name.removeprefix('shop-dev-')}" for change in shop.plan().changes]
    kinds = ("new", "adopt", "update", "tag", "delete")
    assert order == [f"1 {kind}-{name}" for kind in kinds for name in "ab"] + ["2 new-a", "2 new-b"]


# Ownership


def test_a_pipeline_without_an_owner_is_adopted_when_it_equals_git(shop: Shop) -> None:
    definition = shop.define(API, adopt=True)
    shop.observe(API, {})
    outcome = shop.outcome()
    (change,) = outcome.plan.open
    assert (change.kind, change.tags) == (Kind.ADOPT, OWNED)
    assert change.differences == (Difference(f"tags.{OWNER}", None, OURS),)
    assert (outcome.agreed, outcome.plan.unmanaged) == ((definition.identity,), 0)


def test_a_pipeline_that_differs_is_not_adopted(shop: Shop) -> None:
    shop.define(API, adopt=True)
    shop.observe(MOVED, {})
    outcome = shop.outcome()
    (change,) = outcome.plan.held
    assert change.kind is Kind.ADOPT
    assert "only with a zero difference" in change.held
    assert outcome.agreed == ()


def test_a_stage_named_like_a_tag_does_not_pass_for_one(shop: Shop) -> None:
    document = with_stage(API, "tags.x", actions=API["stages"][1]["actions"][:0])
    shop.define(document, adopt=True)
    shop.observe(with_stage(document, "tags.x", blockers=[{"name": "b", "type": "Schedule"}]), {})
    outcome = shop.outcome()
    assert "only with a zero difference" in outcome.plan.changes[0].held
    assert outcome.agreed == ()


def test_adoption_is_asked_for(shop: Shop) -> None:
    shop.both(API, {})
    assert "set `sync: {adopt: true}`" in shop.only().held


@pytest.mark.parametrize("owner", ["somebody", ""])
def test_a_pipeline_of_another_owner_is_held(shop: Shop, owner: str) -> None:
    shop.define(API)
    shop.observe(MOVED, {OWNER: owner})
    assert f"owned by {owner!r}" in shop.only().held


@pytest.mark.parametrize("tags", [{}, {OWNER: "somebody"}, {OWNER: ""}])
def test_what_git_does_not_name_and_we_do_not_own_is_never_touched(shop: Shop, tags: dict[str, str]) -> None:
    shop.sync = GENEROUS
    shop.both(API)
    shop.observe(WEB, tags)
    plan = shop.plan()
    assert (plan.changes, plan.unmanaged) == ((), int(not tags))


# What could not be read


def test_nothing_is_planned_for_an_unreadable_target(shop: Shop) -> None:
    shop.sync = GENEROUS
    shop.define(API)
    shop.define(WEB, target=ELSEWHERE)
    shop.observe(declaration("shop-dev-gone"), target=ELSEWHERE)
    plan = shop.plan(live={TARGET: {}}, unreadable={ELSEWHERE: "access denied"})
    assert [(change.kind, change.target) for change in plan.changes] == [(Kind.CREATE, TARGET)]
    assert (plan.unreadable, plan.blocked, plan.in_sync) == ({ELSEWHERE: "access denied"}, True, 0)


def test_nothing_is_planned_for_a_pipeline_that_could_not_be_read(shop: Shop) -> None:
    shop.sync = GENEROUS
    for document in (API, WEB):
        shop.define(document)
        shop.observe(with_action(document, "Build/Compile", runOrder=2))
    shop.observe(declaration("shop-dev-gone"))
    unknown = {(TARGET, name): "throttled" for name in ("shop-dev-api", "shop-dev-gone", "shop-dev-lost")}
    plan = shop.plan(unknown=unknown)
    assert [change.name for change in plan.changes] == ["shop-dev-web"]
    assert plan.unknown == unknown


def test_a_pipeline_whose_tags_could_not_be_read_does_not_count_as_unmanaged(shop: Shop) -> None:
    shop.both(API)
    shop.observe(WEB, {})
    assert shop.plan(unknown={(TARGET, "shop-dev-web"): "throttled"}).unmanaged == 0
    assert shop.plan().unmanaged == 1


def test_an_incomplete_reading_deletes_nothing_and_updates_the_rest(shop: Shop) -> None:
    shop.sync = GENEROUS
    shop.define(API)
    shop.observe(MOVED)
    shop.observe(WEB)
    plan = shop.plan(problems=(PROBLEM,))
    assert [change.kind for change in plan.open] == [Kind.UPDATE]
    assert ["1 problem(s)" in change.held for change in plan.held] == [True]
    assert plan.problems == (PROBLEM,)


def test_an_empty_reading_deletes_nothing(shop: Shop) -> None:
    shop.sync = GENEROUS
    shop.observe(API)
    plan = shop.plan()
    assert [(change.kind, change.held != "") for change in plan.changes] == [(Kind.DELETE, True)]


def test_in_manual_mode_only_a_pass_that_a_person_asked_for_writes(shop: Shop) -> None:
    shop.sync = Sync(mode="manual")
    shop.define(API)
    assert len(shop.plan().open) == 1
    assert "apply it with `reconciler apply`" in shop.plan(approved=False).held[0].held


# Which side moved


@pytest.mark.parametrize(
    ("applied", "cause"),
    [
        pytest.param("same", Cause.DRIFT, id="the definition was in force, so live moved"),
        pytest.param("another", Cause.GIT, id="another definition was in force, so git moved"),
        pytest.param("", Cause.GIT, id="nothing is known"),
    ],
)
def test_the_cause_is_drift_where_the_definition_was_in_force(shop: Shop, applied: str, cause: Cause) -> None:
    definition = shop.define(API)
    shop.observe(MOVED, applied=definition.digest if applied == "same" else applied)
    assert shop.only().cause is cause


def test_a_tag_that_was_changed_by_hand_is_drift(shop: Shop) -> None:
    definition = shop.define(API, {"team": "shop"})
    shop.observe(API, OWNED | {"team": "other"}, applied=definition.digest)
    change = shop.only()
    assert (change.kind, change.cause) == (Kind.TAG, Cause.DRIFT)


def test_a_pipeline_that_vanished_is_drift(shop: Shop) -> None:
    shop.define(API)
    shop.define(WEB)
    plan = shop.plan(vanished=frozenset({(TARGET, "shop-dev-api")}))
    assert {change.name: change.cause for change in plan.changes} == {
        "shop-dev-api": Cause.DRIFT,
        "shop-dev-web": Cause.GIT,
    }


# What is asked for


def refuse(_: object) -> NoReturn:
    raise AssertionError("nobody may ask for this document")


def test_agreed_pairs_are_not_asked_for_their_documents(shop: Shop) -> None:
    definition = shop.define(API, {"team": "shop"})
    tagged = shop.define(WEB, {"team": "shop"})
    shop.observe(API, OWNED | {"team": "shop"}, agreed=definition.digest)
    shop.observe(WEB, OWNED, agreed=tagged.digest)
    outcome = shop.outcome(sealed_definition=refuse, sealed_live=refuse)
    assert [change.kind for change in outcome.plan.changes] == [Kind.TAG]
    assert set(outcome.agreed) == {definition.identity, tagged.identity}


def test_an_agreement_with_an_older_definition_counts_for_nothing(shop: Shop) -> None:
    shop.define(API)
    shop.observe(MOVED, agreed="an older digest")
    assert shop.only().kind is Kind.UPDATE


def test_only_the_documents_of_pairs_that_may_differ_are_asked_for(shop: Shop) -> None:
    shop.sync = GENEROUS
    agreed = shop.define(API)
    shop.observe(API, agreed=agreed.digest)
    shop.both(WEB)
    shop.observe(declaration("shop-dev-gone"))
    shop.plan()
    assert set(shop.asked) == {"shop-dev-web"}


def test_a_pipeline_that_was_never_read_differs_in_everything(shop: Shop) -> None:
    shop.define(API)
    shop.observe(API)
    change = shop.only(sealed_live=lambda _: None)
    assert change.kind is Kind.UPDATE
    assert {"name", "roleArn", "stages"} <= {each.place for each in change.differences}


# Secrets


def test_a_mask_that_would_be_stored_holds_a_creation(shop: Shop) -> None:
    shop.define(with_token(API, "****"))
    assert "Source/Get configuration.OAuthToken holds the mask ****" in shop.only().held


def test_a_secret_that_git_names_is_created_and_never_shown(shop: Shop) -> None:
    shop.define(with_token(API, "s3cr3t-token"))
    plan = shop.plan()
    assert len(plan.open) == 1
    assert "s3cr3t-token" not in repr(plan)


def test_a_mask_whose_secret_aws_keeps_holds_no_update(shop: Shop) -> None:
    shop.define(with_token(API, "****"))
    shop.observe(with_token(MOVED, "kept"))
    assert shop.only().held == ""


def test_a_mask_of_a_renamed_action_holds_the_update(shop: Shop) -> None:
    masked = with_token(API, "****")
    renamed = [masked["stages"][0]["actions"][0] | {"name": "Fetch"}]
    shop.define(with_stage(masked, "Source", actions=renamed))
    shop.observe(with_token(API, "kept"))
    outcome = shop.outcome()
    (change,) = outcome.plan.held
    assert "Source/Fetch configuration.OAuthToken holds the mask" in change.held
    assert (len(change.digest), outcome.agreed) == (64, ())


# Renames


def test_a_creation_beside_a_deletion_of_the_same_shape_looks_like_a_rename(shop: Shop) -> None:
    shop.sync = GENEROUS
    shop.define(WEB)
    shop.observe(MOVED)
    created, deleted = shop.plan().changes
    assert created.note.startswith("looks like a rename of shop-dev-api: a new pipeline has no history and none of")
    assert (created.kind, deleted.kind, deleted.note) == (Kind.CREATE, Kind.DELETE, "")


def test_a_rename_is_noted_even_where_the_deletion_is_held(shop: Shop) -> None:
    shop.define(WEB)
    shop.observe(API)
    assert "rename of shop-dev-api" in shop.plan().open[0].note


@pytest.mark.parametrize(
    ("live", "target"),
    [
        pytest.param(with_action(API, "Build/Lint"), TARGET, id="another shape"),
        pytest.param(API, ELSEWHERE, id="another target"),
    ],
)
def test_no_rename_is_noted_for(shop: Shop, live: dict[str, Any], target: Target) -> None:
    shop.define(WEB)
    shop.observe(live, target=target)
    assert [change.note for change in shop.plan().changes] == ["", ""]


def test_a_deletion_that_was_never_read_is_no_rename(shop: Shop) -> None:
    shop.define(WEB)
    shop.observe(API)
    assert [change.note for change in shop.plan(sealed_live=lambda _: None).changes] == ["", ""]


# Limits


def test_limits_count_the_owned_pipelines_of_their_target(shop: Shop) -> None:
    shop.sync = Sync(limits=Limits(changes="50%", at_least=0))
    for number, role in enumerate([ROLE, "arn:old", "arn:old", "arn:old"]):
        shop.define(declaration(f"shop-dev-svc{number}"))
        shop.observe(declaration(f"shop-dev-svc{number}", roleArn=role))
        shop.observe(declaration(f"shop-dev-foreign{number}"), {OWNER: "somebody"})
        shop.observe(declaration(f"shop-dev-unowned{number}"), {})
        shop.observe(declaration(f"shop-dev-far{number}"), target=ELSEWHERE)
    held = [change.held for change in shop.plan().changes if change.kind is Kind.UPDATE]
    reason = "3 changes in 111111111111/eu-west-1, the limit is 2 (sync.limits.changes 50% of 4 owned"
    assert [text.startswith(reason) for text in held] == [True] * 3


def test_held_changes_do_not_use_up_the_limit(shop: Shop) -> None:
    shop.sync = Sync(limits=Limits(changes="1", at_least=0))
    shop.define(API)
    shop.define(WEB)
    shop.observe(MOVED)
    shop.observe(with_action(WEB, "Build/Compile", runOrder=2), {OWNER: "somebody"})
    assert [change.name for change in shop.plan().open] == ["shop-dev-api"]


# The digest


def varied(shop: Shop) -> Shop:
    shop.sync = replaced(GENEROUS, mode="automatic")
    shop.define(API, {"team": "shop", "cost": "1"})
    shop.observe(MOVED, OWNED | {"cost": "2"})
    shop.define(with_token(declaration("shop-dev-new"), "token"))
    shop.observe(WEB)
    return shop


def replaced(sync: Sync, **members: Any) -> Sync:
    return sync.model_copy(update=members)


def test_the_digest_does_not_depend_on_the_commit_or_the_order_in_which_things_are_found(shop: Shop) -> None:
    plan = varied(shop).plan()
    shop.definitions = dict(reversed(shop.definitions.items()))
    shop.live = {target: dict(reversed(found.items())) for target, found in reversed(shop.live.items())}
    again = shop.plan(commit="another")
    assert (again.digest, again.changes) == (plan.digest, plan.changes)
    assert len(plan.open) == 3


def test_the_digest_does_not_depend_on_the_machine_that_plans(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    varied(shop)
    found = shop.live[TARGET]["shop-dev-api"]
    shop.live[TARGET]["shop-dev-api"] = replace(found, applied=shop.definitions[TARGET, "shop-dev-api"].digest)
    remembering = shop.plan(vanished=frozenset({(TARGET, "shop-dev-new")}))
    monkeypatch.setattr("plan.shop.fingerprint", lambda value: f"{len(value):012x}")
    other = varied(Shop())
    del other.documents[TARGET, "shop-dev-web"]
    fresh = other.plan()
    assert [change.cause for change in remembering.changes] != [change.cause for change in fresh.changes]
    assert remembering.digest == fresh.digest


def test_the_digest_changes_when_a_definition_changes(shop: Shop) -> None:
    before = varied(shop).plan().digest
    shop.define(with_action(with_token(declaration("shop-dev-new"), "token"), "Build/Compile", runOrder=3))
    assert shop.plan().digest != before


def test_the_digest_changes_when_a_change_is_held(shop: Shop) -> None:
    before = varied(shop).plan()
    shop.sync = replaced(shop.sync, prune=False)
    after = shop.plan()
    assert len(after.changes) == len(before.changes)
    assert after.digest != before.digest


# Laws

STATES = st.sampled_from(["absent", "equal", "different", "unowned", "foreign", "undeclared tags"])
WANTED = st.sampled_from(["absent", "plain", "tagged", "token"])


@st.composite
def shops(draw: st.DrawFn) -> Shop:
    """Draw a shop in which each pipeline is defined or not, and live in some state or not."""
    shop = Shop(replaced(GENEROUS, prune=draw(st.booleans()), adopt=draw(st.booleans())))
    for number, (wanted, state) in enumerate(draw(st.lists(st.tuples(WANTED, STATES), max_size=5))):
        target = draw(st.sampled_from([TARGET, ELSEWHERE]))
        plain = declaration(f"shop-dev-svc{number}")
        document = with_token(plain, "token") if wanted == "token" else plain
        if wanted != "absent":
            shop.define(document, {"team": "shop"} if wanted == "tagged" else {}, target)
        tags = {"unowned": {}, "foreign": {OWNER: "somebody"}, "undeclared tags": OWNED | {"old": "1", "theirs": "2"}}
        live = with_configuration(document, ProjectName="other") if state == "different" else document
        if state != "absent":
            shop.observe(live, tags.get(state, OWNED), target, managed_tags=("old",) * (state == "undeclared tags"))
    return shop


@law
@given(shops())
def test_applying_a_plan_leaves_an_empty_plan(shop: Shop) -> None:
    plan = shop.plan()
    shop.apply(plan)
    after = shop.outcome()
    assert after.plan.open == ()
    assert {change.identity for change in after.plan.held} == {change.identity for change in plan.held}
    assert after.plan.in_sync == len(shop.definitions) - sum(each.kind is not Kind.DELETE for each in after.plan.held)


@law
@given(shops())
def test_every_pipeline_is_changed_once_or_in_sync_or_left_alone(shop: Shop) -> None:
    outcome = shop.outcome()
    plan = outcome.plan
    changed = [change.identity for change in plan.changes]
    assert len(changed) == len(set(changed))
    assert plan.in_sync + sum(change.kind is not Kind.DELETE for change in plan.changes) == len(shop.definitions)
    live = {(target, name) for target, found in shop.live.items() for name in found}
    assert set(changed) <= shop.definitions.keys() | live
    assert sum(plan.counts.values()) == len(plan.changes)


@law
@given(shops())
def test_only_what_is_ours_or_nobodys_is_written(shop: Shop) -> None:
    for change in shop.plan().open:
        owner = shop.live[change.target][change.name].tags.get(OWNER) if change.kind is not Kind.CREATE else None
        assert owner in (None, OURS)
        assert owner == OURS or change.kind in (Kind.CREATE, Kind.ADOPT)
        assert change.kind is not Kind.DELETE or change.identity not in shop.definitions


@law
@given(shops())
def test_a_remembered_agreement_changes_nothing_but_what_is_read(shop: Shop) -> None:
    first = shop.outcome()
    for target, name in first.agreed:
        found = shop.live[target][name]
        shop.live[target][name] = replace(found, agreed=shop.definitions[target, name].digest)
    shop.asked.clear()
    again = shop.outcome()
    assert again == first
    assert not {name for _, name in first.agreed} & set(shop.asked)
