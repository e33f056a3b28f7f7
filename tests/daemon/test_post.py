"""Sending: retried, joined, given up, and never in anybody's way. Time is the test's."""

from __future__ import annotations

import logging
import threading
from datetime import UTC, datetime, timedelta

import pytest

from reconciler.daemon import post
from reconciler.errors import Blocked, Retry
from reconciler.plan.news import News
from reconciler.report.notices import File, Message
from reconciler.store.store import Store
from reconciler.sync.telling import letter

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
CHAT, FOLDER = "notify a", "drift.to b"


class Way:
    """A channel that remembers, and fails as it is told."""

    def __init__(self, label="notify[0]") -> None:
        self.label, self.sent, self.fault = label, [], None

    def send(self, item) -> None:
        if self.fault:
            raise self.fault
        self.sent.append(item)


class Scene:
    def __init__(self, url: str) -> None:
        self.store, self.now = Store(url), NOW
        self.chat, self.folder = Way(), Way("drift.to b")
        self.leads, self.results, self.beats = True, [], []
        around = post.Around(lambda: self.leads, self.beats.append, lambda: self.beats.append("left"),
                             lambda *result: self.results.append(result), lambda: self.now, limit=5)  # fmt: skip
        self.post = post.Post(self.store, {CHAT: self.chat, FOLDER: self.folder}, around)

    def lay(self, *items, channel: str = CHAT) -> None:
        self.store.tell(News(), [letter(channel, each) for each in items], self.now)

    def later(self, **span: float) -> float:
        self.now += timedelta(**span)
        return self.post.look()


@pytest.fixture
def scene(tmp_path):
    made = Scene(f"sqlite:///{tmp_path / 'state.db'}")
    yield made
    made.store.close()


def test_a_letter_is_sent_once(scene):
    scene.lay(Message("one"))
    assert [scene.post.look(), scene.later(minutes=5)] == [post.PAUSE, post.PAUSE]
    assert (scene.chat.sent, scene.results, scene.post.waiting) == ([Message("one")], [("ok", 1)], 0)


def test_a_place_hears_one_message_a_minute_and_what_piles_up_is_joined(scene):
    scene.lay(Message("one"))
    scene.post.look()
    scene.lay(Message("two"), Message("three"))
    scene.later(seconds=30)
    assert len(scene.chat.sent) == 1
    scene.later(seconds=30)
    assert [each.title for each in scene.chat.sent] == ["one", "CodePipeline: 2 messages"]


def test_files_are_neither_joined_nor_held_back(scene):
    files = [File(f"{name}.json", "application/json", "{}") for name in "ab"]
    scene.lay(*files, channel=FOLDER)
    scene.post.look()
    assert scene.folder.sent == files


def test_a_place_that_fails_for_an_hour_is_asked_less_and_less_often_and_gets_it_then(scene, caplog):
    caplog.set_level(logging.INFO)
    scene.chat.fault, asked = Retry("answered 500"), []
    scene.lay(Message("one"))
    for _ in range(360):
        before = len(scene.results)
        scene.later(seconds=10)
        asked += [(scene.now - NOW).total_seconds()] * (len(scene.results) - before)
    assert asked == [10, 40, 100, 220, 460, 940, 1900]
    scene.chat.fault = None
    scene.later(hours=1)
    assert scene.chat.sent == [Message("one")]
    assert [each.getMessage() for each in caplog.records] == [
        "not delivered, tried again for a day: answered 500",
        "notify[0] takes messages again",
    ]


def test_after_a_day_a_letter_is_given_up_and_told(scene, caplog):
    scene.chat.fault = Blocked("no such channel")
    scene.lay(Message("one"))
    for _ in range(30):
        scene.later(hours=1)
    assert (scene.results[-1], scene.post.waiting) == (("given up", 1), 0)
    (lost,) = scene.store.troubled()
    assert (lost.fault, lost.ended is not None) == ("no such channel", True)
    assert [each.getMessage() for each in caplog.records][-1] == "given up: no such channel"


def test_a_place_that_hangs_keeps_no_other_waiting_and_is_not_asked_twice_at_a_time(scene):
    goes_on, begun = threading.Event(), []
    scene.post._around = post.Around(now=lambda: scene.now, limit=0.05)
    scene.chat.send = lambda _: (begun.append(1), goes_on.wait(30))
    scene.lay(Message("one"))
    scene.lay(File("a", "text/plain", ""), channel=FOLDER)
    scene.post.look()
    assert (len(scene.folder.sent), scene.store.troubled()[0].fault) == (1, "notify[0]: no end within 0.05 seconds")
    scene.later(hours=1)
    assert (len(begun), scene.store.troubled()[0].fault) == (1, "notify[0]: the attempt before has not ended yet")
    goes_on.set()
    scene.post._busy[CHAT].join(30)


def test_of_an_error_that_nobody_foresaw_only_the_class_is_told(scene, caplog):
    scene.chat.fault = ZeroDivisionError("https://hooks.example.com/s3cr3t-t0k3n")
    scene.lay(Message("one"))
    scene.post.look()
    assert scene.store.troubled()[0].fault == "notify[0]: ZeroDivisionError"
    assert "t0k3n" not in caplog.text


def test_what_is_not_in_the_settings_any_more_is_given_up(scene):
    scene.lay(Message("one"), channel="notify gone")
    scene.post.look()
    assert (scene.results, "not in the settings" in scene.store.troubled()[0].fault) == ([("given up", 1)], True)


def test_a_letter_that_nobody_can_read_keeps_no_other_waiting(scene):
    scene.lay(Message("one"), Message("two"))
    with scene.store._database.writing() as connection:
        connection.exec_driver_sql("UPDATE outbox SET kind = 'telegram' WHERE id = 1")
    scene.post.look()
    assert [each.title for each in scene.chat.sent] == ["two"]


def test_a_daemon_that_stands_by_leaves_all_to_the_one_that_leads(scene):
    scene.leads = False
    scene.lay(Message("one"))
    assert (scene.post.look(), scene.chat.sent) == (post.STANDBY_PAUSE, [])


def test_a_store_that_does_not_answer_is_outlived(scene, caplog):
    scene.store.due = lambda _: (_ for _ in ()).throw(Retry("locked"))
    assert (scene.post.look(), "messages wait: locked" in caplog.text) == (post.LONGEST_PAUSE, True)


def test_the_thread_reports_sends_when_it_is_rung_and_takes_its_promise_back(scene):
    sent = threading.Event()
    scene.chat.send = lambda _: sent.set()
    with scene.post:
        scene.lay(Message("one"))
        scene.post.ring()
        assert sent.wait(30)
    assert (scene.beats[0], scene.beats[-1]) == (post.PATIENCE, "left")
