"""A plan counts and hashes itself."""

from __future__ import annotations

import json
from dataclasses import FrozenInstanceError, fields, replace
from typing import Any

import pytest

from plan.shop import ELSEWHERE, TARGET
from reconciler.errors import Problem
from reconciler.plan.changes import Cause, Change, Difference, Kind, Plan, change_document

UPDATE = Change(
    target=TARGET,
    name="shop-dev-api",
    kind=Kind.UPDATE,
    cause=Cause.GIT,
    environment="dev",
    file="pipelines/api.yaml",
    version=3,
    digest="d1",
    differences=(Difference("roleArn", "arn:a", "arn:b"),),
    tags={"team": "shop", "cost": "1"},
    untag=("old",),
)
DELETE = Change(TARGET, "shop-dev-old", Kind.DELETE, Cause.GIT, version=7)
HELD = replace(DELETE, held="deleting is off")


def plan(*changes: Change, **members: Any) -> Plan:
    return Plan("c0ffee", changes, **members)


def test_open_and_held_changes_are_told_apart() -> None:
    both = plan(UPDATE, HELD)
    assert (both.open, both.held) == ((UPDATE,), (HELD,))


def test_counts_leave_out_kinds_without_a_change_and_end_with_held() -> None:
    changes = plan(HELD, DELETE, UPDATE, replace(UPDATE, name="other"))
    assert list(changes.counts.items()) == [("update", 2), ("delete", 1), ("held", 1)]
    assert plan().counts == {}


def test_an_empty_plan_counts_nothing_and_blocks_nothing() -> None:
    empty = plan()
    assert (empty.in_sync, empty.unmanaged, empty.open, empty.blocked) == (0, 0, (), False)
    assert Change(TARGET, "shop-dev-new", Kind.CREATE, Cause.GIT).version == 0


@pytest.mark.parametrize("value", [UPDATE, UPDATE.differences[0], plan(UPDATE)])
def test_what_was_planned_cannot_be_changed_afterwards(value: object) -> None:
    name = next(iter(fields(value)))  # type: ignore[arg-type]
    with pytest.raises(FrozenInstanceError):
        setattr(value, name.name, None)


@pytest.mark.parametrize(
    ("members", "blocked"),
    [
        pytest.param({}, False, id="nothing"),
        pytest.param({"changes": (UPDATE,)}, False, id="an open change"),
        pytest.param({"changes": (UPDATE, HELD)}, True, id="a held change"),
        pytest.param({"problems": (Problem("a.yaml", 1, 1, "", "broken"),)}, True, id="a broken file"),
        pytest.param({"unreadable": {TARGET: "denied"}}, True, id="an unreadable target"),
        pytest.param({"unknown": {(TARGET, "api"): "denied"}}, True, id="an unreadable pipeline"),
    ],
)
def test_a_plan_is_blocked_when_anything_is_kept_from_being_as_git_says(members: dict[str, Any], blocked: bool) -> None:
    assert Plan("c0ffee", **members).blocked is blocked


@pytest.mark.parametrize(
    "members",
    [
        pytest.param({"target": ELSEWHERE}, id="target"),
        pytest.param({"name": "shop-dev-web"}, id="name"),
        pytest.param({"kind": Kind.TAG}, id="kind"),
        pytest.param({"version": 4}, id="version"),
        pytest.param({"digest": "d2"}, id="definition"),
        pytest.param({"differences": ()}, id="differences"),
        pytest.param({"differences": (Difference("roleArn", "arn:a", "arn:c"),)}, id="value"),
        pytest.param({"tags": {"team": "shop", "cost": "2"}}, id="tags"),
        pytest.param({"untag": ()}, id="untag"),
    ],
)
def test_the_digest_changes_with_everything_that_would_be_written(members: dict[str, Any]) -> None:
    assert plan(replace(UPDATE, **members), DELETE).digest != plan(UPDATE, DELETE).digest


@pytest.mark.parametrize(
    "members",
    [
        pytest.param({"cause": Cause.DRIFT}, id="what one store remembers of the cause"),
        pytest.param({"note": "looks like a rename"}, id="a note"),
        pytest.param({"file": "pipelines/moved.yaml"}, id="the place of the file"),
        pytest.param({"tags": {"cost": "1", "team": "shop"}}, id="order of keys"),
    ],
)
def test_the_digest_leaves_out_what_is_not_written(members: dict[str, Any]) -> None:
    assert plan(replace(UPDATE, **members)).digest == plan(UPDATE).digest


def test_the_digest_leaves_out_the_commit_and_held_changes() -> None:
    assert Plan("beef", (UPDATE, HELD), in_sync=5, unmanaged=1).digest == plan(UPDATE).digest


def test_the_digest_is_the_same_on_every_machine_and_day() -> None:
    assert plan(UPDATE).digest == "c0533f998c1d299da717fa43e9ad51a515c3686b9117d70ce05c70b0ac277938"
    assert plan().digest == plan(HELD).digest == "4f53cda18c2baa0c0354bb5f9a3ecbe5ed12ab4d8e11ba873c2f11161202b945"


def test_a_change_as_json_has_every_member_and_no_empty_reason() -> None:
    document = change_document(UPDATE)
    assert json.loads(json.dumps(document)) == {
        "account": "111111111111",
        "region": "eu-west-1",
        "name": "shop-dev-api",
        "kind": "update",
        "cause": "git",
        "environment": "dev",
        "file": "pipelines/api.yaml",
        "version": 3,
        "definition": "d1",
        "differences": [{"place": "roleArn", "before": "arn:a", "after": "arn:b"}],
        "tags": {"cost": "1", "team": "shop"},
        "untag": ["old"],
    }
    assert list(document["tags"]) == ["cost", "team"]


def test_a_reason_and_a_note_stand_in_the_json_where_there_are_any() -> None:
    document = change_document(replace(UPDATE, held="report mode", note="a rename"))
    assert (document["held"], document["note"]) == ("report mode", "a rename")
