"""What holds a change, in which order, and what each reason tells the reader to do."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from plan.shop import OURS, OWNED, TARGET, Shop, declaration
from reconciler.definitions.reading import Reading
from reconciler.definitions.tags import OWNER
from reconciler.errors import Problem
from reconciler.plan import guards, holds
from reconciler.plan.changes import Cause, Change, Difference, Kind
from reconciler.plan.holds import Decision, Holds
from reconciler.plan.setbacks import Setback
from reconciler.settings import Sync, Window

if TYPE_CHECKING:
    from collections.abc import Callable

NAME = "shop-dev-api"
PROBLEM = Problem("b.yaml", 3, 1, "", "broken")


def change(kind: Kind = Kind.UPDATE, cause: Cause = Cause.GIT, **members: Any) -> Change:
    return Change(TARGET, NAME, kind, cause, **members)


def situation(
    tags: dict[str, str] = OWNED, *, defined: bool = True, problems: int = 0, bounced: str = "", approved: bool = True,
    adopt: bool | None = None, holds: Holds | None = None, **sync: Any,
) -> guards.Situation:  # fmt: skip
    """Give a situation in which one pipeline is live and, unless told otherwise, defined."""
    shop = Shop()
    definition = shop.define(declaration(NAME), adopt=adopt)
    shop.define(declaration("shop-dev-other"))
    if not defined:
        del shop.definitions[definition.identity]
    bounce = definition.digest if bounced == "same" else bounced
    found = shop.observe(declaration(NAME), tags, bounced=bounce)
    reading = Reading(shop.definitions, (PROBLEM,) * problems)
    return guards.Situation(Sync(**sync), reading, {(TARGET, NAME): found}, approved, holds=holds or Holds())


def without_definitions() -> guards.Situation:
    return replace(situation(prune=True), reading=Reading({}, ()))


def set_back(*, approved: bool = True, **members: Any) -> guards.Situation:
    """Give a situation in which an update failed before; without members, it rests for another minute."""
    told = {"count": 2, "since": NOON, "next": NOON + timedelta(minutes=1), "message": "throttled", "kind": "update"}
    found = Setback(target=TARGET, name=NAME, **(told | members))
    return replace(situation(approved=approved, holds=Holds(NOON)), setbacks={found.key: found})


NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
TAGGED = change(Kind.ADOPT, differences=(Difference(f"tags.{OWNER}", None, OURS),))
DIFFERING = replace(TAGGED, digest="d1", differences=(Difference("tags.x/Build runOrder", 1, 2),))
DELETE = change(Kind.DELETE)
TRANSITION = change(Kind.TRANSITION)
SUSPENSION = Decision(kind=holds.Kind.SUSPENSION, name=NAME, by="ana", reason="vendor", at=NOON)
SUSPENDED = Holds(NOON, decisions=(SUSPENSION,))
IN_DEV = change(environment="dev")
NIGHT = (Window(kind="allow", cron="0 22 * * *", duration=3600),)
DRIFT = change(cause=Cause.DRIFT)
FOUGHT = change(cause=Cause.DRIFT, differences=(Difference("Build runOrder", 1, 2),))

CASES = [
    pytest.param("_ownership", change(), situation({OWNER: "somebody"}), situation(),
                 "remove it from git or change the tag", id="foreign owner"),
    pytest.param("_ownership", change(), situation({OWNER: ""}), situation(),
                 f"owned by '', this is '{OURS}' (tag {OWNER})", id="an owner without a name"),
    pytest.param("_ownership", DELETE, situation({OWNER: "somebody"}), situation(prune=True),
                 "owned by 'somebody'", id="deletion of a foreign pipeline"),
    pytest.param("_adoption", TAGGED, situation({}), situation({}, adopt=True),
                 "set `sync: {adopt: true}` in its file", id="adoption not asked for"),
    pytest.param("_adoption", TAGGED, situation({}, adopt=False), situation({}, adopt=True),
                 "has no owner", id="adoption forbidden by the file"),
    pytest.param("_adoption", DIFFERING, situation({}, adopt=True), situation(),
                 "only with a zero difference; make git say what", id="adoption with a difference"),
    pytest.param("_transition", TRANSITION, situation({}), situation(),
                 "has no owner yet", id="a transition before the adoption"),
    pytest.param("_bounced", TRANSITION, situation(bounced="same"), situation(),
                 "change it as the differences show", id="a transition that did not last"),
    pytest.param("_bounced", change(Kind.TAG), situation(bounced="same"), situation(),
                 "change it as the differences show", id="a tag that did not last"),
    pytest.param("_bounced", TAGGED, situation(bounced="same"), situation(),
                 "change it as the differences show", id="an owner that did not last"),
    pytest.param("_prune", DELETE, situation(), situation(prune=True),
                 "deleting is off, allow it with `sync.prune: true`", id="deleting is off"),
    pytest.param("_prune", DELETE, situation(prune=True, problems=2), situation(prune=True),
                 "while 2 problem(s) keep definitions from being read; mend", id="deletion, half read"),
    pytest.param("_prune", DELETE, without_definitions(), situation(prune=True),
                 "no pipeline at all; see source.branch and source.path", id="deletion, nothing read"),
    pytest.param("_bounced", change(), situation(bounced="same"), situation(bounced="an older one"),
                 "change it as the differences show", id="came back different"),
    pytest.param("_heal", DRIFT, situation(self_heal=False), situation(),
                 "sync.self_heal is off; set it to true, or put the change", id="healing is off"),
    pytest.param("_mode", change(), situation(mode="report"), situation(),
                 "sync.mode is report, which never writes; set it to manual or automatic", id="report mode"),
    pytest.param("_mode", change(), situation(mode="manual", approved=False), situation(mode="manual"),
                 "apply it with `reconciler apply`", id="manual"),
    pytest.param("_missed", DELETE, replace(situation(prune=True), missed={}),
                 replace(situation(prune=True), missed={(TARGET, NAME): 1}),
                 "for 1 of 2 complete passes (sync.prune_after)", id="a first look"),
    pytest.param("_advance", change(), situation(advance=False), situation(),
                 "`reconciler apply --set sync.advance=true`", id="advance is off"),
    pytest.param("_flapping", FOUGHT, replace(situation(), healed=lambda _: {"Build runOrder": 3}),
                 replace(situation(), healed=lambda _: {"Build runOrder": 2, "Build other": 9}),
                 "flapping: Build runOrder was healed 3 times within 60 minutes", id="flapping"),
    pytest.param("_suspended", change(), situation(holds=SUSPENDED), situation(),
                 f"by ana: vendor; `reconciler resume {NAME}` ends it", id="suspended"),
    pytest.param("_window", IN_DEV, situation(holds=Holds(NOON), windows=NIGHT),
                 situation(holds=Holds(NOON + timedelta(hours=10)), windows=NIGHT),
                 "writing is allowed next at 2026-05-04 22:00 UTC", id="outside of a window"),
    pytest.param("_setback", change(), set_back(approved=False), set_back(approved=True),
                 "failed 2 times, tried again at 2026-05-04 12:01:00Z: throttled", id="failed before"),
]  # fmt: skip
GUARDS: dict[str, Callable[[Change, guards.Situation], str]] = {guard.__name__: guard for guard in guards.GUARDS}


def test_every_guard_of_the_table_has_a_case() -> None:
    assert GUARDS.keys() == {case.values[0] for case in CASES}


@pytest.mark.parametrize(("name", "held", "bad", "good", "words"), CASES)
def test_a_guard_holds_a_change_and_says_what_lets_it_through(
    name: str, held: Change, bad: guards.Situation, good: guards.Situation, words: str
) -> None:
    assert words in GUARDS[name](held, bad)
    passed = change() if held is DIFFERING else held
    assert GUARDS[name](passed, good) == ""


@pytest.mark.parametrize(
    ("name", "passed", "where"),
    [
        pytest.param(
            "_ownership", change(Kind.CREATE), replace(situation(), live={}), id="a creation has no owner yet"
        ),
        pytest.param("_ownership", TAGGED, situation({}), id="nobody's is no foreign owner"),
        pytest.param("_adoption", change(), situation({OWNER: OURS}), id="an owned pipeline is not adopted"),
        pytest.param(
            "_adoption", TAGGED, situation({}, adopt=True), id="the file's word counts more than the settings'"
        ),
        pytest.param("_prune", change(), situation(problems=1), id="a problem elsewhere holds no update"),
        pytest.param("_missed", DELETE, situation(prune=True), id="a person asked for it at once"),
        pytest.param("_missed", change(), replace(situation(), missed={}), id="an update is no deletion"),
        pytest.param("_advance", DRIFT, situation(advance=False), id="healing goes on without advance"),
        pytest.param(
            "_flapping",
            replace(FOUGHT, cause=Cause.GIT),
            replace(situation(), healed=lambda _: {"Build runOrder": 3}),
            id="git may always change it",
        ),
        pytest.param("_bounced", change(Kind.CREATE), situation(bounced="same"), id="a creation begins anew"),
        pytest.param("_bounced", DELETE, situation(defined=False, bounced="same"), id="a deletion does not bounce"),
        pytest.param("_bounced", change(), replace(situation(), live={}), id="what is not live has not bounced"),
        pytest.param("_bounced", change(), situation(defined=False), id="what git does not name has not bounced"),
        pytest.param("_heal", change(), situation(self_heal=False), id="a change of git is no healing"),
        pytest.param(
            "_heal", change(Kind.DELETE, Cause.DRIFT), situation(self_heal=False), id="a deletion is no healing"
        ),
        pytest.param("_mode", change(), situation(approved=False), id="automatic asks nobody"),
    ],
)
def test_a_guard_lets_pass_what_is_not_its_business(name: str, passed: Change, where: guards.Situation) -> None:
    assert GUARDS[name](passed, where) == ""


def test_a_drifted_pipeline_that_was_deleted_by_hand_is_not_recreated_without_healing() -> None:
    gone = replace(situation(self_heal=False), live={})
    assert "sync.self_heal is off" in guards.reason(change(Kind.CREATE, Cause.DRIFT), gone)


def test_the_file_may_forbid_what_the_settings_allow() -> None:
    shop = Shop(Sync(adopt=True))
    shop.define(declaration(), adopt=False)
    shop.observe(declaration(), {})
    assert "has no owner" in shop.only().held


@pytest.mark.parametrize(
    ("kind", "tags", "sync", "first"),
    [
        pytest.param(Kind.DELETE, {OWNER: "x"}, {"mode": "report"}, "owned by 'x'", id="owner before prune"),
        pytest.param(
            Kind.ADOPT, {}, {"mode": "report", "self_heal": False}, "has no owner", id="adoption before healing"
        ),
        pytest.param(Kind.DELETE, OWNED, {"mode": "report"}, "deleting is off", id="prune before mode"),
        pytest.param(
            Kind.UPDATE, OWNED, {"mode": "report", "self_heal": False}, "came back", id="bounced before healing"
        ),
        pytest.param(
            Kind.CREATE, OWNED, {"mode": "report", "self_heal": False}, "self_heal is off", id="healing before mode"
        ),
        pytest.param(Kind.CREATE, OWNED, {"mode": "report"}, "sync.mode is report", id="mode comes last"),
    ],
)
def test_the_first_reason_counts(kind: Kind, tags: dict[str, str], sync: dict[str, Any], first: str) -> None:
    bounced = situation(tags, bounced="same", **sync)
    told = guards.reason(change(kind, Cause.DRIFT if sync.get("self_heal") is False else Cause.GIT), bounced)
    assert first.replace("came back", "gave this definition back different") in told


def test_nothing_holds_a_plain_update_of_an_owned_pipeline() -> None:
    assert guards.reason(change(), situation()) == ""
