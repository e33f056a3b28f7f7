"""Commit statuses and comments, at a fake host of each kind."""

from __future__ import annotations

import pytest
import requests

from receivers import Receiver
from reconciler.errors import Blocked, Broken, Retry
from reconciler.notify import forge
from reconciler.notify.forge import Forge
from reconciler.report.notices import Comment, File, Status

COMMIT, TOKEN = "c0ffee" * 6 + "abcd", "t0p-s3cr3t"
GOOD, BAD = Status(COMMIT, True, "changed: 1 change applied"), Status(COMMIT, False, "held: 1 change held")


@pytest.fixture
def receiver():
    with Receiver(status=201) as made:
        yield made


def host(kind: str, receiver: Receiver, token: str = TOKEN) -> Forge:
    return Forge("forge", kind, f"http://{receiver.address}/api/", "shop/web", "reconciler", lambda: token)


STATUSES = {
    "github": (f"/api/repos/shop/web/statuses/{COMMIT}", "success", "failure", "context", ("authorization", "Bearer ")),
    "gitlab": (f"/api/projects/shop%2Fweb/statuses/{COMMIT}", "success", "failed", "name", ("private-token", "")),
    "bitbucket": (f"/api/repositories/shop/web/commit/{COMMIT}/statuses/build", "SUCCESSFUL", "FAILED", "key",
                  ("authorization", "Bearer ")),
}  # fmt: skip


@pytest.mark.parametrize("kind", STATUSES)
def test_a_host_hears_both_outcomes_in_its_own_words(receiver, kind):
    path, success, failure, context, (header, prefix) = STATUSES[kind]
    for status, word in ((GOOD, success), (BAD, failure)):
        host(kind, receiver).send(status)
        taken = receiver.taken.pop()
        assert (taken.path, taken.json["state"], taken.json[context]) == (path, word, "reconciler")
        assert (taken.json["description"], taken.headers[header]) == (status.description, f"{prefix}{TOKEN}")


@pytest.mark.parametrize(
    ("kind", "path", "member"),
    [
        ("github", f"/api/repos/shop/web/commits/{COMMIT}/comments", ["body"]),
        ("gitlab", f"/api/projects/shop%2Fweb/repository/commits/{COMMIT}/comments", ["note"]),
        ("bitbucket", f"/api/repositories/shop/web/commit/{COMMIT}/comments", ["content", "raw"]),
    ],
)
def test_a_host_takes_a_comment_cut_to_what_it_takes(receiver, kind, path, member):
    host(kind, receiver).send(Comment(COMMIT, "x" * 99_999))
    taken, text = receiver.taken[0], receiver.taken[0].json
    for name in member:
        text = text[name]
    assert (taken.path, len(text)) == (path, 30_000)


def test_bitbucket_gets_the_link_that_it_takes_no_status_without(receiver):
    host("bitbucket", receiver).send(GOOD)
    assert receiver.taken[0].json["url"] == f"https://bitbucket.org/shop/web/commits/{COMMIT}"


@pytest.mark.parametrize(
    ("status", "kind", "words"),
    [
        (401, Blocked, "let the token"),
        (404, Blocked, "let the token"),
        (302, Blocked, "not followed"),
        (500, Retry, ""),
    ],
)
def test_a_refusal_says_what_to_do_and_not_the_token(receiver, status, kind, words):
    receiver.status, receiver.answer = status, f"no \x1b {TOKEN}".encode()
    receiver.headers = {"Location": f"http://{receiver.address}/elsewhere"}
    with pytest.raises(kind, match=f"forge: 127.0.0.1 answered {status}.*{words}") as refused:
        host("github", receiver).send(GOOD)
    assert TOKEN not in str(refused.value)
    assert str(refused.value).isprintable()
    assert len(receiver.taken) == 1


def test_gitlab_is_content_where_the_status_is_so_already(receiver):
    receiver.status, receiver.answer = 400, b'{"message": "Cannot transition status via :run from :running"}'
    host("gitlab", receiver).send(GOOD)


def test_a_host_that_does_not_answer_in_time_is_tried_again(receiver, monkeypatch):
    import threading

    monkeypatch.setattr(forge, "READ", 0.05)
    receiver.hold = threading.Event()
    with pytest.raises(Retry, match=r"127\.0\.0\.1: (ReadTimeout|ConnectionError)"):
        host("github", receiver).send(GOOD)


def test_no_netrc_takes_the_place_of_the_token(receiver, tmp_path, monkeypatch):
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login me password theirs\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    assert requests.utils.get_netrc_auth("http://127.0.0.1/") is not None
    host("github", receiver).send(GOOD)
    assert receiver.taken[0].headers["authorization"] == f"Bearer {TOKEN}"


@pytest.mark.parametrize("token", ["", "two words", "a\nX-Evil: 1", "ä"])
def test_a_file_without_a_token_is_told_by_the_setting(receiver, token):
    with pytest.raises(Blocked, match=r"forge\.token_file holds no token"):
        host("github", receiver, token).send(GOOD)
    assert receiver.taken == []


def test_files_are_for_others(receiver):
    with pytest.raises(Broken, match="statuses and comments only"):
        host("github", receiver).send(File("a", "", ""))
