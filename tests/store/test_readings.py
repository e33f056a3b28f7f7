"""What definition files said."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from reconciler.store.store import Store


def test_a_reading_is_found_by_blob_and_context_only(store: Store) -> None:
    store.remember_readings("context", {"blob": '{"pipelines":[]}'})
    assert store.readings("context", ["blob", "absent"]) == {"blob": '{"pipelines":[]}'}
    assert store.readings("other", ["blob"]) == {}


def test_a_reading_given_again_replaces_the_old_one(store: Store) -> None:
    store.remember_readings("context", {"blob": "1"})
    store.remember_readings("context", {"blob": "2"})
    assert store.readings("context", ["blob"]) == {"blob": "2"}


def test_trimming_drops_other_contexts_and_blobs_that_left_the_tree(store: Store) -> None:
    store.remember_readings("old", {"kept": "0"})
    store.remember_readings("new", {"kept": "1", **{f"gone-{number}": "2" for number in range(600)}})
    store.trim_readings("new", {"kept"})
    assert store.readings("old", ["kept"]) == {}
    assert store.readings("new", ["kept", "gone-0", "gone-599"]) == {"kept": "1"}
