"""Messages through apprise, to a receiver on loopback."""

from __future__ import annotations

import io
import logging

import pytest

from receivers import Receiver
from reconciler.errors import Blocked, Broken
from reconciler.notify.chat import Chat
from reconciler.report.notices import File, Message

SECRET = "s3cr3t-t0k3n"
SAID = Message("CodePipeline: 1 drifted", ("drifted: web", "<b>& \\u202e"), 3, "warning")


@pytest.fixture
def receiver():
    with Receiver() as made:
        yield made


@pytest.fixture
def log():
    """Give what a program logs that listens to all loggers, down to the lowest level."""
    heard, root = io.StringIO(), logging.getLogger()
    handler, level = logging.StreamHandler(heard), root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield heard
    root.removeHandler(handler)
    root.setLevel(level)


def chat(url: str) -> Chat:
    return Chat("notify[0]", lambda: url)


def test_a_webhook_gets_title_lines_and_tone(receiver):
    chat(f"json://{receiver.address}/hook/{SECRET}").send(SAID)
    (taken,) = receiver.taken
    assert taken.path == f"/hook/{SECRET}"
    assert taken.json["title"] == "CodePipeline: 1 drifted"
    assert taken.json["message"].splitlines() == ["drifted: web", "<b>& \\u202e", "… and 3 more"]
    assert taken.json["type"] == "warning"


@pytest.mark.parametrize("more", ["", "?redirect=yes"])
def test_no_redirect_is_followed_whatever_the_url_says(receiver, more):
    with Receiver() as private:
        receiver.status, receiver.headers = 307, {"Location": f"http://{private.address}/metadata"}
        with pytest.raises(Blocked, match=r"notify\[0\] \(json\) did not take it"):
            chat(f"json://{receiver.address}/hook{more}").send(SAID)
        assert (len(receiver.taken), private.taken) == (1, [])


@pytest.mark.parametrize("status", [400, 404, 500, 503])
def test_an_answer_that_is_an_error_is_told_without_the_token(receiver, status, log):
    receiver.status, receiver.answer = status, f"no {SECRET}".encode()
    with pytest.raises(Blocked) as refused:
        chat(f"json://user:{SECRET}@{receiver.address}/hook/{SECRET}?+X-Key={SECRET}").send(SAID)
    assert SECRET not in str(refused.value) + log.getvalue()
    assert str(status) in str(refused.value)
    assert refused.value.__cause__ is None


def test_a_place_where_nobody_listens_is_told_without_the_token():
    with Receiver() as gone:
        url = f"json://{gone.address}/{SECRET}"
    with pytest.raises(Blocked) as refused:
        chat(url).send(SAID)
    assert SECRET not in str(refused.value)


def test_what_is_no_url_is_told_without_it():
    with pytest.raises(Blocked, match=r"notify\[0\] is not a URL that apprise knows") as refused:
        chat(f"slak://{SECRET}").send(SAID)
    assert SECRET not in str(refused.value)


def test_text_from_outside_calls_nobody(receiver):
    line = "pipeline @everyone and <!channel> by ana@example.com"
    chat(f"json://{receiver.address}/").send(Message("it", (line,)))
    said = receiver.taken[0].json["message"]
    assert "@everyone" not in said
    assert "<!" not in said
    assert "ana@example.com" in said


def test_markup_from_outside_is_text_where_the_place_takes_html(receiver):
    chat(f"json://{receiver.address}/?format=html").send(Message("it", ("<b>web</b> & co",)))
    assert "&lt;b&gt;web&lt;/b&gt;" in receiver.taken[0].json["message"].replace("&nbsp;", " ")


def test_files_are_no_messages():
    with pytest.raises(Broken, match="messages only"):
        chat("json://127.0.0.1").send(File("a", "", ""))
