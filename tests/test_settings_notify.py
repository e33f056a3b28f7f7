"""Settings of notifications: what cannot be is refused where it is read, and no secret is quoted."""

from __future__ import annotations

import pytest

from reconciler import settings
from reconciler.errors import Invalid

SECRET = "s3cr3t-t0k3n"


def said(text: str) -> str:
    with pytest.raises(Invalid) as refused:
        settings.load(text, "reconciler.yaml", {})
    return "\n".join(map(str, refused.value.problems))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        pytest.param("notify: [{on: [drift]}]", "name one of url, url_file and topic", id="nowhere"),
        pytest.param(f"notify: [{{url: 'slack://{SECRET}', url_file: f}}]", "name one of", id="twice"),
        pytest.param("notify: [{topic: 'arn:aws:sns:eu-west-1:1:a'}]", "not the ARN of a standard topic", id="topic"),
        pytest.param("notify: [{url: a, on: [news]}]", "'drift'", id="event"),
        pytest.param("notify: [{url: a, environments: [prdo]}]", "there is no environment 'prdo'", id="environment"),
        pytest.param("drift: {schedule: at noon}", "five fields", id="schedule"),
        pytest.param("drift: {timezone: Europe/Berlln}", "Europe/Berlin", id="zone"),
        pytest.param(f"drift: {{to: ['slack://{SECRET}']}}", "a folder or s3://BUCKET/PREFIX", id="place"),
        pytest.param("drift: {to: ['s3://B']}", "not the name of a bucket", id="bucket"),
        pytest.param("drift: {to: ['']}", "a folder or", id="no place"),
        pytest.param("drift: {keep: 0}", "greater than or equal to 1", id="keep"),
        pytest.param("forge: {kind: github}", "needs forge.repository and forge.token_file", id="forge"),
        pytest.param("forge: {repository: ../../user}", "is not owner/name", id="up"),
        pytest.param("forge: {repository: 'a/b?c'}", "is not owner/name", id="query"),
        pytest.param("forge: {api: 'http://ghe.example.com'}", "this takes https://", id="in clear"),
        pytest.param("forge: {api: 'http://localhost.example.com'}", "this takes https://", id="looks like loopback"),
        pytest.param(f"forge: {{api: 'https://me:{SECRET}@ghe.example.com'}}", "this takes https://", id="with a user"),
    ],
)
def test_what_cannot_be_is_refused(text, words):
    told = said(text)
    assert words in told
    assert SECRET not in told


@pytest.mark.parametrize("api", ["https://ghe.example.com/api/v3", "http://127.0.0.1:8080", "http://[::1]:1/x", ""])
def test_a_token_goes_over_tls_or_stays_on_this_machine(api):
    assert settings.Forge(api=api).api == api


def test_by_default_nobody_is_told_and_what_one_hears_of_is_what_asks_for_somebody():
    assert (settings.Settings().notify, settings.Settings().forge.kind) == ((), "")
    assert settings.Notice(url="json://x").on == ("drift", "recovered", "failed", "blocked")
