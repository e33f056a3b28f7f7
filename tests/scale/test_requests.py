"""What travels to a worker, and what does not."""

from __future__ import annotations

import pickle

import estates
from reconciler.definitions.reading import Reading
from reconciler.errors import Retry
from reconciler.scale import requests
from reconciler.sync import parts, passes
from reconciler.sync.state import Pass
from workshop import ACCOUNT, REGION


def test_what_a_pass_means_travels_and_what_is_the_workers_own_stays(workshop):
    workshop.settings(sync={"prune": True}, store={"url": "sqlite:///leader.db"})
    with workshop.world() as world:
        leader = world.settings
    own = leader.model_copy(
        update={
            "store": leader.store.model_copy(update={"url": "sqlite:///own.db"}),
            "sync": leader.sync.model_copy(update={"prune": False}),
        }
    )
    found = requests.unpacked(own, requests.packed(leader))
    assert (found.sync, found.environments, found.policy) == (leader.sync, leader.environments, leader.policy)
    assert found.store.url == "sqlite:///own.db"
    assert b"leader.db" not in requests.zlib.decompress(requests.packed(leader))


def test_no_declaration_and_no_secret_travels(workshop):
    document = estates.documents(0, 1)[0]
    action = document["stages"][1]["actions"][0]
    action["configuration"]["EnvironmentVariables"] = '[{"name": "PASSWORD", "value": "hunter2"}]'
    workshop.define(document)
    with workshop.world() as world:
        state = passes.plan(world)
        (piece,) = parts.pieces("write", _batch(state), world).values()
    assert [each.name for each in piece.batch] == [document["name"]]
    (known,), (sent,) = (each.reading.definitions.values() for each in (state, piece))
    assert "hunter2" in str(known.document)
    assert (sent.body, sent.outline) == (b"", {})
    packet = pickle.dumps(piece)
    assert not any(each in packet for each in (b"hunter2", known.body))


def test_the_failures_of_a_target_arrive_as_they_were(workshop):
    failure = pickle.loads(pickle.dumps(Retry("throttled", after=3)))
    assert (str(failure), failure.after) == ("throttled", 3)


def test_what_nobody_could_do_is_told_as_the_step_tells_its_own_failures(workshop):
    workshop.define(estates.documents(0, 1)[0])
    with workshop.world() as world:
        state = passes.plan(world)
        told = {name: _lost(name, state, world) for name in ("observe", "verify", "write")}
    (target,) = state.live
    assert told["observe"].unreadable == {target: "gone"}
    assert [each.held for each in told["verify"].known[2].changes] == ["gone"]
    assert [(each.ending.value, each.message) for each in told["write"].results] == [("failed", "gone")]


def test_a_part_knows_one_target_only():
    state = Pass(approved=True, reading=Reading({}, ()))
    assert parts.joined(state, {}) == state
    assert (ACCOUNT, REGION) not in state.live


def _batch(state):
    from dataclasses import replace

    return replace(state, batch=state.known[2].open)


def _lost(name, state, world):
    state = _batch(state)
    pieces = parts.pieces(name, state, world)
    return parts.joined(
        state, {target: parts.SHARES[name].lost(piece, target, "gone") for target, piece in pieces.items()}
    )
