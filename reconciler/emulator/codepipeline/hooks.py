"""Webhooks of the first generation (reference E.16, F.1)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.emulator import pages, tags
from reconciler.emulator.faults import Fault
from reconciler.emulator.places import Tagged
from reconciler.pipeline import secrets

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from reconciler.emulator.places import Place
    from reconciler.emulator.request import Document, Request

PATH = "/_local/webhooks"
"""Where webhooks are called: below this come account, Region and name."""

PAGE = 100


def put_webhook(place: Place, request: Request) -> Document:
    """Take a webhook, new or changed; tags that are given are added."""
    definition, given = request.body["webhook"], tags.read(request.body.get("tags", ()))
    name, quota = definition["name"], place.rules.quotas.webhooks
    known = place.hooks.get(name)
    if known is None and len(place.hooks) >= quota:
        raise Fault("LimitExceededException", f"{place.target} has {quota} webhooks, which is its limit")
    old = known.tags if known else {}
    tags.check(tags.hook_arn(place.target, name), old, given)
    place.world.put_webhook(definition, by=request.caller.arn)
    place.hooks[name] = Tagged(dict(definition), {**old, **given}, registered=bool(known and known.registered))
    return {"webhook": _item(place, request, name)}


def delete_webhook(place: Place, request: Request) -> Document:
    """Forget a webhook; silent when there is none."""
    place.hooks.pop(request.body["name"], None)
    place.world.webhooks.pop(request.body["name"], None)
    return {}


def list_webhooks(place: Place, request: Request) -> Document:
    """Give webhooks sorted by name; this one operation writes its members with capitals (reference F.1)."""
    capitals = ("MaxResults", "NextToken")
    names, more = pages.page(sorted(place.hooks), request.body, PAGE, kind="webhooks", names=capitals)
    return {"webhooks": [_item(place, request, name) for name in names], **more}


def register_webhook(place: Place, request: Request) -> Document:
    """Tell the third party of a webhook; nothing but a note is made of it here."""
    _hook(place, request).registered = True
    return {}


def deregister_webhook(place: Place, request: Request) -> Document:
    """Take that back."""
    _hook(place, request).registered = False
    return {}


OPERATIONS: Mapping[str, Callable[[Place, Request], Document | None]] = {
    "PutWebhook": put_webhook,
    "DeleteWebhook": delete_webhook,
    "ListWebhooks": list_webhooks,
    "RegisterWebhookWithThirdParty": register_webhook,
    "DeregisterWebhookWithThirdParty": deregister_webhook,
}


def _hook(place: Place, request: Request) -> Tagged:
    name = request.body.get("webhookName", "")
    if name not in place.hooks:
        raise Fault("WebhookNotFoundException", f"There is no webhook '{name}'")
    return place.hooks[name]


def _item(place: Place, request: Request, name: str) -> Document:
    found = place.hooks[name]
    settings = found.definition.get("authenticationConfiguration", {})
    shown = {key: secrets.MASK if key == "SecretToken" else value for key, value in settings.items()}
    account, region = place.target
    return {
        "definition": {**found.definition, "authenticationConfiguration": shown},
        "url": f"{request.url}{PATH}/{account}/{region}/{name}",
        "arn": tags.hook_arn(place.target, name),
        "tags": tags.written(found.tags),
    }
