"""Messages: what they say, how long they get, and what they never hold."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from reconciler.pipeline.arns import Target
from reconciler.plan.changes import Cause, Change, Kind, Plan
from reconciler.plan.news import Fact, News, Told
from reconciler.report import commits, notices
from reconciler.report.notices import Comment, File, Message, Status

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
HERE = Target("111111111111", "eu-west-1")
DRIFT = Fact("drift", "definition", "definition web in 1/eu", "a: b → c", HERE, "web", ("prod",))
FAILED = Fact("failed", "update", "update web in 1/eu", "no", HERE, "web", ("dev",), "error")
FILE = Fact("blocked", "file f", "what f.yaml defines", "f.yaml:1: no", severity="error")
TOKEN = "ghp_" + "a" * 24


def test_a_message_says_the_worst_first_and_what_is_over_last():
    told = notices.message([DRIFT, FAILED], [Told(FILE, NOW)])
    assert told.title == "CodePipeline: 1 drifted, 1 failed, 1 over"
    assert told.lines == (
        "failed: update web in 1/eu (dev): no",
        "drifted: definition web in 1/eu (prod): a: b → c",
        "over: what f.yaml defines is held no more; it began 2026-05-01 12:00:00Z",
    )
    assert told.tone == "failure"


def test_only_an_end_is_good_news():
    assert notices.message([], [Told(DRIFT, NOW)]).tone == "success"


def test_a_long_message_counts_what_it_leaves_out():
    told = notices.message([replace(DRIFT, name=str(number)) for number in range(50)], [])
    assert (len(told.lines), told.more, told.body.splitlines()[-1]) == (20, 30, "… and 30 more")


@pytest.mark.parametrize("text", [f"token {TOKEN}", "https://me:hunter2hunter2@host/x", "PASSWORD=hunter2hunter2"])
def test_a_line_holds_no_secret(text):
    told = notices.message([replace(DRIFT, text=text, subject=text)], [])
    assert not any(each in told.body for each in (TOKEN, "hunter2"))


def test_a_line_holds_nothing_that_disturbs_whoever_shows_it():
    (line,) = notices.message([replace(DRIFT, subject="a\n\x1b[31m\u202eb", text="x" * 9999)], []).lines
    assert line.isprintable()
    assert (len(line), line[-1]) == (notices.WIDTH, "…")


def test_messages_that_piled_up_become_one():
    whole = notices.joined([notices.message([DRIFT], []), notices.message([], [Told(DRIFT, NOW)])])
    assert (whole.title, whole.tone, len(whole.lines)) == ("CodePipeline: 2 messages", "warning", 4)
    assert notices.joined([Message("one")]) == Message("one")


def test_many_messages_that_piled_up_are_no_longer_than_one():
    whole = notices.joined([notices.message([DRIFT] * 30, [])] * 5)
    assert (len(whole.lines), whole.more) == (20, 5 * 21 - 20 + 5 * 10)


@pytest.mark.parametrize(
    ("on", "environments", "begun", "over"),
    [
        pytest.param(["drift", "recovered"], [], [DRIFT], [DRIFT], id="ends of what one hears of"),
        pytest.param(["drift"], [], [DRIFT], [], id="no ends unless wanted"),
        pytest.param(["failed", "recovered"], [], [FAILED], [], id="no ends of what one does not hear of"),
        pytest.param(["recovered"], [], [], [DRIFT], id="nothing but ends"),
        pytest.param(["drift", "failed"], ["prod"], [DRIFT], [], id="one environment"),
        pytest.param(["blocked"], ["prod"], [FILE], [], id="what belongs to none for sure"),
        pytest.param(["report"], [], [], [], id="reports"),
    ],
)
def test_one_hears_what_one_asked_for(on, environments, begun, over):
    said = News((DRIFT, FAILED, FILE), (Told(DRIFT, NOW),))
    assert notices.heard(said, on, environments) == (begun, [Told(each, NOW) for each in over])


@pytest.mark.parametrize(
    "item",
    [notices.message([DRIFT], []), File("a.html", "text/html", "<p>\udc80"), Status("c", True, "d"), Comment("c", "t")],
)
def test_an_item_comes_out_of_the_outbox_as_it_went_in(item):
    assert notices.unpack(*notices.pack(item)) == item


def held(number: int = 1) -> tuple[Plan, list[Fact]]:
    change = Change(HERE, "web", Kind.UPDATE, Cause.GIT, held="<b>window</b> " + TOKEN)
    plan = Plan("c0ffee", (change,) * number, in_sync=3)
    return plan, [Fact("blocked", "update", f"update web{at}", change.held) for at in range(number)]


def test_the_word_about_a_commit_is_short_enough_for_every_host():
    plan, _ = held()
    assert commits.status(plan, "c0ffee", "held", 0) == Status(
        "c0ffee", False, "held: 1 change held; 3 pipelines in sync."
    )
    assert commits.status(Plan("c", in_sync=2), "c", "changed", 2).description == "changed: 2 changes applied"
    long = replace(plan, unreadable={Target(str(at), "x"): "no" for at in range(10**5)}, in_sync=10**99)
    assert len(commits.status(long, "c", "held", 0).description) == notices.SHORT


def test_a_comment_lists_what_is_held_as_text_and_without_secrets():
    said = commits.comment(*_ordered(held(60)))
    assert said is not None
    assert "\\[" not in said.text.splitlines()[0]
    assert "&lt;b>window" in said.text
    assert TOKEN not in said.text
    assert said.text.splitlines()[-1] == "* … and 10 more"


def test_where_nothing_is_held_nothing_is_said():
    assert commits.comment(Plan("c"), "c", [DRIFT]) is None


def _ordered(made):
    return made[0], "c0ffee", made[1]
