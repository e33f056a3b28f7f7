"""What people and tests tell the endpoint itself, outside the AWS namespace: `/_local/…`, JSON in and out.

Rules of this file:

* A command is a row of `COMMANDS`: a function of the site and a JSON object, which gives a JSON value.
* A command that changes a world stands in the journal like an intent. Faults that are ordered are not remembered.
* `account` and `region` in a command name the place; `outcomes` without them are for all places.
"""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from reconciler.emulator import outcomes, protocols, services
from reconciler.emulator.codepipeline import hooks
from reconciler.emulator.faults import Fault
from reconciler.emulator.protocols import Answer
from reconciler.errors import Broken, ReconcilerError
from reconciler.pipeline.arns import Target
from reconciler.simulation import changes, playing, scripts
from reconciler.simulation.durations import duration
from reconciler.simulation.outcomes import ALARM_STATES
from reconciler.simulation.refusals import Refused
from reconciler.simulation.webhooks import Delivery

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from reconciler.emulator.places import Place
    from reconciler.emulator.protocols import Message
    from reconciler.emulator.site import Site

    Command = Callable[[Site, Mapping[str, Any]], Any]

PREFIX = "/_local/"
WRONG_INPUT = (ReconcilerError, Fault, AttributeError, KeyError, TypeError, ValueError)
"""What a command raises that a person wrote wrongly."""
_FOUND, _WRONG, _REFUSED, _MISSING = 200, 400, 403, 404


def advance(site: Site, body: Mapping[str, Any]) -> Any:
    """Let a span of time pass, such as `5m`."""
    site.clock.set(site.clock.now() + duration(body.get("span", "")))
    for target in list(site.places):
        site.present(target)
    return now(site, body)


def settle(site: Site, _body: Mapping[str, Any]) -> Any:
    """Let time pass everywhere until nothing moves any more by itself."""
    for target in list(site.places):
        site.present(target).world.settle()
    site.clock.set(max((place.world.now for place in site.places.values()), default=0))
    return advance(site, {"span": 0})


def now(site: Site, _body: Mapping[str, Any]) -> Any:
    """Say what time it is in the world."""
    at = site.clock.now()
    moment = round(site.begins.timestamp() * 1000) + at
    return {"now": services.iso(moment), "elapsed": at, "speed": site.clock.speed}


def give(site: Site, body: Mapping[str, Any]) -> Any:
    """Say what actions and rules do from now on: `{"given": {"Build/Compile": ["fails@1m", "succeeds"]}}`."""
    given = outcomes.told(_texts(body.get("given")))
    if "account" in body or "region" in body:
        _place(site, body).world.give(given)
    else:
        site.given.append(given)
        for place in site.places.values():
            place.world.give(given)
    return {"given": len(given.entries)}


def scenario(site: Site, body: Mapping[str, Any]) -> Any:
    """Play a scenario from now on, in a place whose pipelines are there; time has to be stepped."""
    if not site.clock.stepped:
        raise Broken("a scenario moves time itself; start the endpoint with --stepped")
    read, faults = scripts.read(body.get("scenario"))
    if read is None:
        raise Broken("; ".join(f"{'.'.join(map(str, each.path))}: {each.message}" for each in faults))
    world = _place(site, body).world
    world.give(outcomes.told(f"{selector}={','.join(texts)}" for selector, texts in read.given.items()))
    steps = tuple(replace(step, at=step.at + world.now) for step in read.steps)
    until = read.until + world.now if isinstance(read.until, int) else read.until
    names = read.pipelines or tuple(world.tracks)
    documents = {name: world.track(name).blueprint.document for name in names}
    try:
        played = playing.play(world, replace(read, steps=steps, until=until), documents, {})
    finally:
        site.clock.set(world.now)
    return {"runs": {name: world.run_of(each).status for name, each in played.named.items()},
            "ids": played.named, "notes": played.notes, "unmet": played.unmet}  # fmt: skip


def deliver(site: Site, body: Mapping[str, Any]) -> Any:
    """Let something happen at a source: an EventBridge `event`, a `push`, or a `pullRequest`."""
    kinds = {"push": changes.Push, "pullRequest": changes.PullRequest}
    kind = next((each for each in (*kinds, "event") if each in body), "")
    if not kind or not isinstance(body[kind], dict):
        raise Broken('say what happened: {"push": {"repository": "shop/web", "branch": "main", "commit": "…"}}')
    try:
        what = body[kind] if kind == "event" else kinds[kind](**_tuples(body[kind]))
    except TypeError as error:
        raise Broken(f"{kind}: {str(error).rpartition('()')[2].strip()}") from None
    return {"started": list(_place(site, body).world.deliver(what))}


def alarm(site: Site, body: Mapping[str, Any]) -> Any:
    """Let a CloudWatch alarm go to a state."""
    if body.get("state") not in ALARM_STATES or not isinstance(body.get("name"), str):
        raise Broken("an alarm has a `name`, and a `state` out of " + ", ".join(ALARM_STATES))
    _place(site, body).world.alarm(body["name"], body["state"])
    return {}


def reset(site: Site, _body: Mapping[str, Any]) -> Any:
    """Forget every pipeline, outcome and fault; time goes on."""
    site.places.clear()
    site.given.clear()
    site.orders.waiting.clear()
    return {}


def fault(site: Site, body: Mapping[str, Any]) -> Any:
    """Order something to go wrong: `{"operation": "UpdatePipeline", "error": "ThrottlingException", "times": 2}`."""
    site.orders.add(body)
    return {"waiting": len(site.orders.waiting)}


def mend(site: Site, _body: Mapping[str, Any]) -> Any:
    """Forget the faults that were ordered."""
    site.orders.waiting.clear()
    return {}


def events(site: Site, body: Mapping[str, Any]) -> Any:
    """Give the EventBridge events of one `execution`, oldest first."""
    place = _place(site, body)
    if body.get("execution") not in place.world.runs:
        raise Broken(f"there is no execution {body.get('execution')!r} in {place.target}")
    return {"events": list(place.world.run_of(body["execution"]).events)}


def webhook(site: Site, body: Mapping[str, Any]) -> Any:
    """Call a webhook: `name`, `body`, `headers` and `address` of the caller."""
    delivery = Delivery(body.get("body", "").encode("latin-1"), body.get("headers", {}), body.get("address", ""))
    answer, started = _place(site, body).world.deliver_webhook(body.get("name", ""), delivery)
    return {"status": answer.status, "reason": answer.reason, "started": started}


COMMANDS: Mapping[str, Command] = {
    "advance": advance,
    "settle": settle,
    "outcomes": give,
    "scenario": scenario,
    "deliver": deliver,
    "alarm": alarm,
    "webhook": webhook,
    "reset": reset,
}
"""Commands that change a world, and so are remembered."""

PASSING: Mapping[str, Command] = {"time": now, "faults": fault, "mend": mend, "events": events,
                                  "health": lambda *_: {"status": "ok"}}  # fmt: skip
"""Commands that change none."""


def answer(site: Site, message: Message) -> Answer:
    """Answer a request below `/_local/`; a page in a browser may not send any."""
    if "origin" in message.headers:
        return _answer(_REFUSED, {"error": "requests of web pages are refused"})
    if message.path.startswith(hooks.PATH + "/"):
        return _hooked(site, message)
    name = message.path[len(PREFIX) :].partition("?")[0]
    if name not in COMMANDS and name not in PASSING:
        return _answer(_MISSING, {"error": f"there is no {name[:100]!r}; there are " + ", ".join(known())})
    try:
        return _answer(_FOUND, obeyed(site, name, protocols.parse(message.body)))
    except WRONG_INPUT as error:
        return _answer(_WRONG, {"error": error.message if isinstance(error, Fault | Refused) else str(error)})


def known() -> list[str]:
    """Give the names of all commands."""
    return sorted({*COMMANDS, *PASSING})


def obeyed(site: Site, name: str, body: Mapping[str, Any]) -> Any:
    """Carry a command out; raises `ReconcilerError` for one that cannot be."""
    with site.lock, site.clock.held() as at:
        if name in PASSING:
            return PASSING[name](site, body)
        try:
            return COMMANDS[name](site, body)
        finally:  # one that fails half-way has changed something too
            site.remember(f"local/{name}", {"from": at, "body": body})


def repeat(site: Site, name: str, entry: Mapping[str, Any]) -> None:
    """Carry a remembered command out again, at the time at which it was begun."""
    with suppress(*WRONG_INPUT):
        COMMANDS[name](site, entry["body"])


def _hooked(site: Site, message: Message) -> Answer:
    parts = message.path.partition("?")[0][len(hooks.PATH) + 1 :].split("/")
    if len(parts) != 3:  # noqa: PLR2004 - account, Region, name
        return _answer(_MISSING, {"error": "a webhook's address ends with account, Region and name"})
    signed = {key: value for key, value in message.headers.items() if key.startswith("x-hub-")}
    body = {"account": parts[0], "region": parts[1], "name": parts[2], "headers": signed,
            "body": message.body.decode("latin-1"), "address": message.address}  # fmt: skip
    found = obeyed(site, "webhook", body)
    return _answer(found["status"], found)


def _answer(status: int, value: Any) -> Answer:
    return Answer(status, protocols.PLAIN, json.dumps(value).encode())


def _place(site: Site, body: Mapping[str, Any]) -> Place:
    account, region = body.get("account", site.accounts.default), body.get("region", "eu-west-1")
    if not isinstance(account, str) or not isinstance(region, str):
        raise Broken("account and region are texts")
    return site.present(Target(account, region))


def _texts(given: Any) -> list[str]:
    if isinstance(given, dict):
        listed = {key: value if isinstance(value, list) else [value] for key, value in given.items()}
        return [f"{key}={','.join(map(str, value))}" for key, value in listed.items()]
    if not isinstance(given, list) or not all(isinstance(each, str) for each in given):
        raise Broken('say what happens where: {"given": {"Build/Compile": "fails"}}')
    return given


def _tuples(value: Mapping[str, Any]) -> dict[str, Any]:
    return {key: tuple(item) if isinstance(item, list) else item for key, item in value.items()}
