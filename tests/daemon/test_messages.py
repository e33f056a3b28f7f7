"""Messages ask for a look, or for nothing, whatever they carry."""

from __future__ import annotations

import json
import logging

import pytest

from reconciler.daemon import messages
from reconciler.errors import Blocked, Retry

OURS = "codepipeline-reconciler"
ANA = {"userAgent": "aws-cli/2", "userIdentity": {"arn": "arn:aws:sts::1:assumed-role/Admin/ana"}}


def pushed(**detail: object) -> str:
    said = {"event": "referenceUpdated", "referenceType": "branch", "referenceName": "main"}
    return json.dumps({"detail-type": messages.PUSHED, "detail": said | detail})


def called(**detail: object) -> str:
    said = {"eventSource": "codepipeline.amazonaws.com", "eventName": "UpdatePipeline", **ANA}
    return json.dumps({"detail-type": messages.CALLED, "detail": said | detail})


@pytest.mark.parametrize(
    ("body", "told"),
    [
        pytest.param(pushed(), "the branch moved", id="a push"),
        pytest.param(pushed(event="referenceCreated"), "the branch moved", id="a new branch"),
        pytest.param(pushed(referenceName="topic"), "", id="another branch"),
        pytest.param(pushed(referenceType="tag"), "", id="a tag of that name"),
        pytest.param(pushed(event="unreferencedMergeCommitCreated"), "", id="nothing moved"),
        pytest.param(called(), "somebody called UpdatePipeline", id="an update"),
        pytest.param(called(eventName="TagResource"), "somebody called TagResource", id="tags"),
        pytest.param(called(eventName="GetPipeline"), "", id="a read"),
        pytest.param(called(eventSource="s3.amazonaws.com"), "", id="another service"),
        pytest.param(called(userAgent=f"Botocore/1.40 {OURS}/0.1.0"), "", id="our own client"),
        pytest.param(
            called(userIdentity={"arn": f"arn:aws:sts::1:assumed-role/Deploy/{OURS}"}), "", id="our own session"
        ),
    ],
)
def test_a_message_asks_for_a_look_where_something_moved_that_is_not_our_own_doing(body, told):
    assert messages.news(body, "main", OURS) == told


@pytest.mark.parametrize(
    "body",
    [
        "", "no JSON", "null", "[]", "7", '"text"', "{}", "[" * 100_000,
        json.dumps({"detail-type": messages.PUSHED}),
        json.dumps({"detail-type": messages.PUSHED, "detail": None}), called(userIdentity=None),
        called(userIdentity=[]),
        json.dumps({"detail-type": ["a list"], "detail": {}}), pushed(event=[]), pushed(event={}),
        json.dumps({"Type": "Notification", "Message": pushed()}),
    ],
)  # fmt: skip
def test_garbage_asks_for_nothing(body):
    assert messages.news(body, "main", OURS) == ""


class Scene:
    """A listener whose queue gives what is laid into it."""

    def __init__(self, *answers: object) -> None:
        self.answers, self.woken, self.beats, self.left = list(answers), 0, [], 0
        self.listener = messages.Listener(
            self.receive, lambda body: body, self.wake, self.beats.append, lambda: setattr(self, "left", 1)
        )

    def receive(self):
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    def wake(self):
        self.woken += 1


def test_several_messages_ask_for_one_pass():
    scene = Scene(("moved", "moved", "called", ""))
    assert (scene.listener.look(), scene.woken) == (0, 1)


def test_messages_without_news_ask_for_none():
    scene = Scene(("", ""), ())
    assert (scene.listener.look(), scene.listener.look(), scene.woken) == (0, 0, 0)


def test_a_queue_that_cannot_be_read_is_told_once_and_asked_less_and_less_often(caplog):
    scene = Scene(Retry("no answer"), Blocked("no permission"), Retry("no answer"), *[Retry("no")] * 20)
    assert [scene.listener.look() for _ in range(3)] == [5, 10, 20]
    assert [scene.listener.look() for _ in range(20)][-1] == 300
    assert [each.getMessage() for each in caplog.records] == [
        "source.queue cannot be read, changes are seen at the next poll: no answer"
    ]


def test_a_queue_that_is_read_again_is_told(caplog):
    caplog.set_level(logging.INFO)
    scene = Scene(Retry("no answer"), ())
    scene.listener.look()
    assert (scene.listener.look(), caplog.records[-1].getMessage()) == (0, "source.queue is read again")


def test_an_error_that_nobody_foresaw_is_outlived(caplog):
    scene = Scene(ZeroDivisionError(), ("moved",))
    assert (scene.listener.look(), scene.listener.look(), scene.woken) == (300, 0, 1)
    assert "ZeroDivisionError" in caplog.text


def test_a_thread_that_ends_takes_its_promise_back():
    scene = Scene()
    scene.listener._receive = lambda: scene.listener.__exit__(None, None, None) or ()
    with scene.listener:
        scene.listener._thread.join(10)
    assert (scene.left, len(scene.beats)) == (1, 2)


def test_a_daemon_that_stands_by_leaves_messages_to_the_one_that_leads():
    asked: list[str] = []
    listener = messages.Listener(lambda: tuple(asked.append("once") or ()), str, lambda: asked.append("woken"))
    listener.leads = lambda: False
    assert (listener.look(), asked) == (messages.STANDBY_PAUSE, [])
    listener.leads = lambda: True
    assert (listener.look(), asked) == (0, ["once"])
