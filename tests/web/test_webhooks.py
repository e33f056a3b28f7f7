"""Who may say *look*."""

from __future__ import annotations

import hashlib
import hmac
from http import HTTPStatus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.web import webhooks
from reconciler.web.webhooks import PROVIDERS, Webhooks
from strategies import law

SECRET = b"open sesame"
BODY = b'{"ref": "refs/heads/main"}'
EVERY = pytest.mark.parametrize("provider", PROVIDERS)


def headers(provider, body=BODY, secret=SECRET, event=None, **more):
    host = PROVIDERS[provider]
    proof = "sha256=" + hmac.new(secret, body, hashlib.sha256).hexdigest() if host.signed else secret.decode()
    return {host.proof: proof, host.event: event or min(host.moves), **more}


@pytest.fixture
def looks():
    return []


@pytest.fixture
def hooks(looks):
    return Webhooks(lambda: SECRET, lambda: looks.append(1))


def test_the_signature_is_the_one_that_github_documents():
    looks = []
    hooks = Webhooks(lambda: b"It's a Secret to Everybody", lambda: looks.append(1))
    proof = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"
    sent = {"x-hub-signature-256": proof, "x-github-event": "push"}
    assert hooks.take("github", sent, b"Hello, World!")[0] == HTTPStatus.ACCEPTED


@EVERY
def test_a_push_with_proof_is_a_look(hooks, looks, provider):
    assert hooks.take(provider, headers(provider), BODY) == (HTTPStatus.ACCEPTED, "looking")
    assert looks == [1]


@EVERY
def test_without_proof_there_is_no_look(hooks, looks, provider):
    event = {PROVIDERS[provider].event: min(PROVIDERS[provider].moves)}
    for sent in (event, headers(provider, secret=b"guess"), headers(provider, secret=b"")):
        assert hooks.take(provider, sent, BODY)[0] == HTTPStatus.UNAUTHORIZED
    assert looks == []


@pytest.mark.parametrize("provider", [name for name, host in PROVIDERS.items() if host.signed])
def test_a_signature_is_good_for_one_body_only(hooks, looks, provider):
    assert hooks.take(provider, headers(provider, b"another body"), BODY)[0] == HTTPStatus.UNAUTHORIZED
    assert looks == []


@EVERY
def test_a_replay_is_refused(hooks, looks, provider):
    sent = headers(provider)
    hooks.take(provider, sent, BODY)
    assert hooks.take(provider, sent | {"x-github-delivery": "made up"}, BODY)[0] == HTTPStatus.CONFLICT
    assert looks == [1]


def test_a_signed_delivery_is_new_only_if_its_body_is(hooks):
    assert hooks.take("github", headers("github"), BODY)[0] == HTTPStatus.ACCEPTED
    assert hooks.take("github", headers("github", b"{}"), b"{}")[0] == HTTPStatus.ACCEPTED


def test_a_delivery_of_gitlab_is_known_by_its_number(hooks, looks):
    for number in ("1", "2", "1"):
        hooks.take("gitlab", headers("gitlab", **{"x-gitlab-event-uuid": number}), BODY)
    assert looks == [1, 1]


def test_only_so_many_deliveries_are_remembered(hooks, looks, monkeypatch):
    monkeypatch.setattr(webhooks, "REMEMBERED", 2)
    for body in (b"1", b"2", b"3", b"1"):
        hooks.take("github", headers("github", body), body)
    assert (len(looks), len(hooks._seen)) == (4, 2)


@EVERY
def test_what_moves_nothing_is_taken_and_passed_over(hooks, looks, provider):
    assert hooks.take(provider, headers(provider, event="ping"), BODY) == (HTTPStatus.OK, "nothing to look at")
    assert looks == []


@EVERY
def test_without_a_secret_all_are_refused_even_with_an_empty_proof(looks, provider):
    hooks = Webhooks(lambda: b"", lambda: looks.append(1))
    status, word = hooks.take(provider, headers(provider, secret=b""), BODY)
    assert (status, "web.webhook_secret_file" in word, looks) == (HTTPStatus.FORBIDDEN, True, [])


def test_a_host_that_is_not_known_is_told_which_are(hooks):
    assert hooks.take("gitea", {}, b"") == (
        HTTPStatus.NOT_FOUND,
        "send it to /webhook/ and one of github, gitlab, bitbucket",
    )


@law
@given(st.sampled_from(sorted(PROVIDERS)), st.text(), st.binary())
def test_no_guess_is_a_proof(provider, guess, body):
    looks = []
    sent = headers(provider, body) | {PROVIDERS[provider].proof: guess}
    Webhooks(lambda: SECRET, lambda: looks.append(1)).take(provider, sent, body)
    assert looks == ([1] if guess == headers(provider, body)[PROVIDERS[provider].proof] else [])
