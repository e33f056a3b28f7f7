"""One contract for every way in which targets are worked on."""

from __future__ import annotations

import json
import threading
from typing import TYPE_CHECKING, Any

import pytest

import estates
from workshop import ACCOUNT, REGION

if TYPE_CHECKING:
    from reconciler.sync.state import Pass
    from workshop import Workshop

pytestmark = pytest.mark.untraced


def define(workshop: Workshop) -> list[str]:
    """Define one pipeline in each of three targets, and give their names."""
    documents = [estates.documents(number, 1)[0] for number in range(3)]
    workshop.define(*documents)
    return [each["name"] for each in documents]


def said(workshop: Workshop, **groups: Any) -> None:
    """Set groups of settings, and keep the others."""
    known = json.loads((workshop.folder / "reconciler.yaml").read_text())
    workshop.settings(**{"environments": known["environments"], "scale": known["scale"], **groups})


def endings(done: Pass) -> dict[str, tuple[str, str]]:
    return {each.change.name: (each.change.kind.value, each.ending.value) for each in done.results}


def test_what_is_missing_is_created_in_every_target_and_a_second_pass_is_quiet(several):
    names = define(several)
    assert endings(several.apply()) == dict.fromkeys(names, ("create", "applied"))
    again = several.apply()
    assert (again.results, again.known[2].in_sync) == ((), 3)


def test_drift_is_healed_and_a_change_of_git_is_applied(several):
    (edited, *_) = names = define(several)
    several.apply()
    several.endpoint.edit(ACCOUNT, REGION, edited, lambda document: document["stages"].__delitem__(-1))
    changed = estates.documents(1, 1)[0] | {"roleArn": f"arn:aws:iam::{estates.account(1)}:role/other"}
    several.define(changed)
    assert endings(several.apply()) == dict.fromkeys(names[:2], ("update", "applied"))
    assert several.endpoint.get(estates.account(1), REGION, names[1])["roleArn"].endswith("role/other")


def test_what_git_drops_is_deleted_where_that_is_allowed(several):
    said(several, sync={"prune": True, "prune_after": 1})
    names = define(several)
    several.apply()
    (several.repository / "pipelines" / f"{names[2]}.json").unlink()
    several.commit()
    assert endings(several.apply()) == {names[2]: ("delete", "applied")}


def test_a_target_that_cannot_be_read_is_told_and_the_others_go_on(several):
    names = define(several)
    several.endpoint.fail("AssumeRole", "AccessDenied", status=403, account=ACCOUNT, times=None)
    done = several.apply()
    assert endings(done) == {names[0]: ("create", "applied")}
    assert {each.account for each in done.unreadable} == {estates.account(1), estates.account(2)}
    assert all("AssumeRole" in why for why in done.unreadable.values())


def test_a_write_that_is_refused_is_told_with_its_reason_and_the_others_go_on(several):
    names = define(several)
    several.endpoint.fail("CreatePipeline", "LimitExceededException", name=names[1])
    done = several.apply()
    assert endings(done)[names[1]][1] != "applied"
    assert [each[1] for name, each in endings(done).items() if name != names[1]] == ["applied", "applied"]


def test_a_stage_that_git_shuts_is_shut(several):
    document = estates.documents(1, 1)[0]
    stage = document["stages"][-1]["name"]
    several.define(document)
    several.apply()
    several.define(document, transitions={stage: {"inbound": "disabled", "reason": "freeze"}})
    assert endings(several.apply()) == {document["name"]: ("transition", "applied")}
    assert several.endpoint.transitions(estates.account(1), REGION, document["name"]) == {stage: "freeze"}


def test_a_role_of_another_account_than_the_configured_one_writes_nothing(several):
    environments = estates.environments(3)
    environments["e01"]["assume_role"] = "arn:aws:iam::999999999999:role/reconciler"
    said(several, environments=environments)
    names = define(several)
    done = several.apply()
    assert names[1] not in endings(done)
    assert "the credentials belong to account 999999999999" in next(each.held for each in done.known[2].held)


def test_a_later_wave_waits_for_one_in_another_target(several):
    environments = estates.environments(3)
    environments["prod"]["wave"] = 1
    said(several, environments=environments)
    names = define(several)
    several.endpoint.fail("CreatePipeline", "ConflictException", name=names[1])
    done = {each.change.name: each for each in several.apply().results}
    assert done[names[0]].message.startswith("wave 1 waits for wave 0")


@pytest.mark.parametrize("error", ["ThrottlingException", "drop", "InternalFailure", "html"])
def test_a_target_that_never_gives_an_answer_is_named_and_keeps_no_other_waiting(several, error):
    names = define(several)
    several.endpoint.fail("ListPipelines", error, account=estates.account(1), times=None)
    done = several.apply()
    assert endings(done) == dict.fromkeys((names[0], names[2]), ("create", "applied"))
    assert [(each.account, "ListPipelines" in why) for each, why in done.unreadable.items()] == [
        (estates.account(1), True)
    ]


@pytest.mark.parametrize("several", ["threads", "dask://local"], indirect=True)
def test_a_daemon_goes_on_without_a_target_that_says_nothing(several):
    said(several, aws={"patience": 0.5, "attempts": 1})
    names, over = define(several), threading.Event()
    several.endpoint.before(lambda request: request.account == estates.account(1) and over.wait(60))
    try:
        done = several.apply(approved=False)
    finally:
        over.set()
    assert endings(done) == dict.fromkeys((names[0], names[2]), ("create", "applied"))
    assert [(each.account, "aws.patience" in why) for each, why in done.unreadable.items()] == [
        (estates.account(1), True)
    ]


def test_where_calls_fail_now_and_then_nothing_is_written_twice_and_it_converges(several):
    said(several, sync={"retry": {"first": 0.001}})
    names = define(several)
    for operation in ("ListPipelines", "CreatePipeline", "GetPipeline"):
        several.endpoint.fail(operation, "InternalFailure", times=1)
    for _ in range(4):
        done = several.apply()
    created = [each.name for each in several.endpoint.log if each.operation == "CreatePipeline"]
    assert done.known[2].in_sync == 3
    assert all(len(several.endpoint.pipelines(estates.account(number), REGION)) == 1 for number in range(3))
    assert set(created) == set(names)
    assert len(created) <= 4
