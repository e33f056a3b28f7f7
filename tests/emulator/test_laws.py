"""Laws of pages, shapes, clocks and declarations."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as some

from builders import build, connection, sources, stage
from reconciler.emulator import declarations, pages, services
from reconciler.emulator.clocks import Clock
from reconciler.emulator.faults import Fault

JSON = some.recursive(
    some.none() | some.booleans() | some.integers() | some.floats() | some.text(max_size=8),
    lambda inner: (
        some.lists(inner, max_size=4)
        | some.dictionaries(
            some.sampled_from(["pipeline", "name", "stages", "actions", "version", "x"]), inner, max_size=5
        )
    ),
    max_leaves=20,
)


@given(some.lists(some.text(max_size=5), unique=True, max_size=30), some.integers(1, 7))
def test_pages_give_every_key_once_and_in_order(keys, size):
    found, more = [], {}
    while True:
        page, more = pages.page(keys, {"maxResults": size, **more}, 100)
        found += page
        if not more:
            break
    assert found == keys


@given(some.lists(some.text(max_size=5), unique=True, min_size=3, max_size=30), some.data())
def test_what_is_gone_between_two_pages_hides_nothing_else(keys, data):
    size = data.draw(some.integers(1, len(keys) - 1))
    found, more = pages.page(keys, {}, size)
    gone = data.draw(some.sampled_from(found))
    rest, _ = pages.page([key for key in keys if key != gone], more, 100)
    assert set(keys) - set(found) <= set(rest)


@given(some.sampled_from(sorted(services.load("codepipeline").operations)), JSON)
def test_whatever_is_sent_is_parsed_or_refused(operation, value):
    service, code = services.load("codepipeline"), ""
    try:
        parsed = service.parse(operation, value)
        assert service.parse(operation, json.loads(json.dumps(parsed))) == parsed
    except Fault as fault:
        code = fault.code
    assert code in ("", "SerializationException", "ValidationException")


@given(some.lists(some.floats(0, 1e6), max_size=20), some.sampled_from([0, 0.5, 1, 600]))
def test_time_never_goes_backwards(walls, speed):
    wall = [0.0]
    clock = Clock(speed, lambda: wall[0])
    seen = []
    for wall[0] in walls:
        seen.append(clock.now())
    assert seen == sorted(seen)


def test_completing_twice_is_completing_once():
    document = {
        "name": "x",
        "roleArn": "r",
        "pipelineType": "V2",
        "stages": [sources(connection()), stage("B", build())],
    }
    once = declarations.completed(document)
    assert declarations.completed(once) == once
