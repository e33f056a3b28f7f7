"""Webhooks of the first generation (reference E.16, F.1)."""

from __future__ import annotations

import hashlib
import hmac
import json

import pytest

from builders import action, build, pipeline, sources, stage
from reconciler.simulation import webhooks

BODY = json.dumps({"ref": "refs/heads/main", "deleted": False, "size": 3}).encode()
REF = {"jsonPath": "$.ref", "matchEquals": "refs/heads/{Branch}"}


def declaration():
    place = {"Owner": "shop", "Repo": "web", "Branch": "main", "OAuthToken": "****"}
    github = action("Checkout", "Source", "GitHub", owner="ThirdParty", outputs=("source",), configuration=place)
    return pipeline("shop", [sources(github), stage("Build", build())])


def hook(*filters, authentication="UNAUTHENTICATED", target="Checkout", **settings):
    return {
        "name": "hook",
        "targetPipeline": "shop",
        "targetAction": target,
        "filters": list(filters or (REF,)),
        "authentication": authentication,
        "authenticationConfiguration": settings,
    }


def signed(secret="secret", digest="sha256", header="X-Hub-Signature-256"):
    return {header: f"{digest}=" + hmac.new(secret.encode(), BODY, getattr(hashlib, digest)).hexdigest()}


def answered(definition, body=BODY, **delivery):
    return webhooks.answer(definition, declaration(), webhooks.Delivery(body, **delivery))


@pytest.mark.parametrize(
    ("filters", "starts"),
    [
        pytest.param([REF], True, id="E16-placeholder"),
        pytest.param([{"jsonPath": "$.ref", "matchEquals": "refs/heads/next"}], False, id="E16-other-branch"),
        pytest.param([REF, {"jsonPath": "$.deleted", "matchEquals": "false"}], True, id="E16-both"),
        pytest.param([REF, {"jsonPath": "$.deleted", "matchEquals": "true"}], False, id="E16-all-must-match"),
        pytest.param([{"jsonPath": "$.size", "matchEquals": "3"}], True, id="E16-a-number-as-text"),
        pytest.param([{"jsonPath": "$.ref", "matchEquals": "{Other}"}], False, id="E16-a-placeholder-without-value"),
        pytest.param([{"jsonPath": "$.ref"}], False, id="E16-nothing-to-equal"),
        pytest.param([{"jsonPath": "$..ref", "matchEquals": "x"}], False, id="E16-a-path-not-read"),
    ],
)
def test_e16_all_filters_must_match(filters, starts):
    assert answered(hook(*filters)).starts is starts


def test_e16_the_answer_says_what_was_seen():
    reason = answered(hook({"jsonPath": "$.ref", "matchEquals": "x"})).reason
    assert reason == "$.ref is refs/heads/main, not x"


@pytest.mark.parametrize(
    ("headers", "starts"),
    [
        pytest.param(signed(), True, id="E16-sha256"),
        pytest.param(signed(digest="sha1", header="x-hub-signature"), True, id="E16-sha1"),
        pytest.param(signed("other"), False, id="E16-other-secret"),
        pytest.param(
            signed("other") | signed(digest="sha1", header="X-Hub-Signature"), False, id="sha256-counts-first"
        ),
        pytest.param({"X-Hub-Signature-256": "sha256=\u00e9"}, False, id="no-hexadecimal"),
        pytest.param({}, False, id="E16-unsigned"),
    ],
)
def test_e16_github_signs_the_body(headers, starts):
    definition = hook(authentication="GITHUB_HMAC", SecretToken="secret")
    found = answered(definition, headers=headers)
    assert (found.starts, found.status) == (starts, 200 if starts else 403)


def test_the_secret_is_in_no_reason():
    assert "hunter2" not in answered(hook(authentication="GITHUB_HMAC", SecretToken="hunter2")).reason


@pytest.mark.parametrize(
    ("address", "starts"),
    [
        pytest.param("192.0.2.7", True, id="E16-inside"),
        pytest.param("198.51.100.1", False, id="E16-outside"),
        pytest.param("2001:db8::1", False, id="other-family"),
        pytest.param("nowhere", False, id="no-address"),
    ],
)
def test_e16_only_a_range_of_addresses_may_call(address, starts):
    assert answered(hook(authentication="IP", AllowedIPRange="192.0.2.0/24"), address=address).starts is starts


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b"[" * 100_000])
def test_a_body_that_is_no_json_is_refused(body):
    assert answered(hook(), body=body).status == 400


def test_a_target_that_is_gone_starts_nothing():
    assert answered(hook(target="Gone")).status == 404


@pytest.mark.parametrize(
    ("definition", "code"),
    [
        pytest.param(hook(*[REF] * 6), "InvalidWebhookFilterPattern", id="E16-six-filters"),
        pytest.param(hook() | {"filters": []}, "InvalidWebhookFilterPattern", id="no-filter"),
        pytest.param(hook({"jsonPath": "$." + "a" * 149}), "InvalidWebhookFilterPattern", id="E16-151-characters"),
        pytest.param(
            hook({"jsonPath": "$.a", "matchEquals": "a" * 151}), "InvalidWebhookFilterPattern", id="E16-equals-151"
        ),
        pytest.param(hook({"jsonPath": "a"}), "InvalidWebhookFilterPattern", id="no-path"),
        pytest.param(
            hook({"jsonPath": "$.a", "matchEquals": "{No}"}), "InvalidWebhookFilterPattern", id="E16-no-such-key"
        ),
        pytest.param(hook(target="Compile"), "ValidationException", id="E16-not-in-the-first-stage"),
        pytest.param(hook(authentication="GITHUB_HMAC"), "InvalidWebhookAuthenticationParameters", id="no-secret"),
        pytest.param(
            hook(authentication="IP", AllowedIPRange="x"), "InvalidWebhookAuthenticationParameters", id="no-range"
        ),
        pytest.param(hook(SecretToken="x"), "InvalidWebhookAuthenticationParameters", id="a-secret-nobody-asks-for"),
        pytest.param(hook(authentication="BASIC"), "InvalidWebhookAuthenticationParameters", id="unknown-kind"),
    ],
)
def test_f1_put_webhook_refuses(definition, code):
    (refusal,) = webhooks.refusals(definition, declaration())
    assert refusal.code.removesuffix("Exception") == code.removesuffix("Exception")


def test_f1_put_webhook_wants_its_pipeline():
    (refusal,) = webhooks.refusals(hook(), None)
    assert refusal.code == "PipelineNotFoundException"


def test_f1_put_webhook_takes_150_characters_and_five_filters():
    longest = {"jsonPath": "$." + "a" * 148, "matchEquals": "a" * 150}
    assert list(webhooks.refusals(hook(*[longest] * 5), declaration())) == []
