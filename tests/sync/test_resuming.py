"""What a lost worker had begun is not written again."""

from __future__ import annotations

from dataclasses import replace

import pytest

from reconciler.store.history import Intent
from reconciler.sync import applying, passes, recording


@pytest.mark.parametrize(
    ("outcome", "ending", "words"),
    [
        pytest.param("applied", "applied", "", id="applied"),
        pytest.param("held", "held", "the pipeline is held", id="held"),
        pytest.param("", "failed", "the worker was lost before the answer came", id="unheard"),
    ],
)
def test_the_word_of_a_lost_worker_counts_and_nothing_is_written_again(
    workshop, documents, target, *, outcome, ending, words
):
    workshop.define(*documents[:2])
    with workshop.world() as world, world.lease.held():
        state = recording.begin(passes.plan(world), world)
        name = documents[0]["name"]
        intent = Intent(
            pass_id=state.number, at=world.now(), target=target, name=name, kind="create", version_before=None,
            before=None, after=None, reason="", differences="[]",
        )  # fmt: skip
        entry = world.memory.intend(intent, world.lease.number)
        if outcome:
            world.memory.settle(entry, world.now(), outcome, words, None)
        batch = replace(state, batch=state.known[2].open)
        done = applying.write(batch, replace(world, only=target))
    results = {each.change.name: each for each in done.results}
    assert (results[name].ending.value, results[documents[1]["name"]].ending.value) == (ending, "applied")
    assert words in results[name].message
    assert [each.name for each in workshop.endpoint.log if each.operation == "CreatePipeline"] == [documents[1]["name"]]
