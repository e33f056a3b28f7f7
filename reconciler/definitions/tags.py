"""Tags as people write them (a mapping, or AWS's list) to one mapping, checked against the service's limits."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from reconciler import documents
from reconciler.documents import Fault

if TYPE_CHECKING:
    from collections.abc import Iterator

OWNER = "reconciler:owner"
"""Key of the ownership tag: who keeps this pipeline equal to git."""

MOST = 50
"""Tags of one resource (reference C); one of them is the ownership tag."""

Pairs = list[tuple[documents.Path, Any, Any]]
"""Path inside the file, key and value of each tag."""

_ALLOWED = re.compile(r"[\w +\-=.:/@]*")


def read(value: Any) -> tuple[dict[str, str], tuple[Fault, ...]]:
    """Give tags by key, and the faults found (paths start at `tags`)."""
    if value is None:
        return {}, ()
    if isinstance(value, dict):
        pairs: Pairs = [(("tags", key), key, item) for key, item in value.items()]
    elif isinstance(value, list) and all(isinstance(item, dict) and item.keys() == {"key", "value"} for item in value):
        pairs = [(("tags", index), item["key"], item["value"]) for index, item in enumerate(value)]
    else:
        return {}, (Fault(("tags",), "tags are a mapping, or a list of {key, value}", "tags: {team: shop}"),)
    tags = {str(key): str(item) for _, key, item in pairs}
    return tags, tuple(_faults(pairs, tags))


def _faults(pairs: Pairs, tags: dict[str, str]) -> Iterator[Fault]:
    if len(tags) != len(pairs):
        yield Fault(("tags",), "a tag key stands here twice", "keys are case-sensitive; keep one of them")
    if len(tags) >= MOST:
        yield Fault(("tags",), f"{len(tags)} tags; with the ownership tag a pipeline takes {MOST}", "remove some")
    for path, key, value in pairs:
        if not isinstance(key, str) or not isinstance(value, str):
            yield Fault(path, "a tag's key and value are strings", "put them in quotes")
        elif key == OWNER or key.lower().startswith("aws:"):
            yield Fault(path, f"the tag {key!r} is reserved", "choose another key")
        elif not 1 <= len(key) <= 128 or len(value) > 256:  # noqa: PLR2004  reference C
            yield Fault(path, "a key has 1 to 128 characters, a value at most 256", "shorten it")
        elif not _ALLOWED.fullmatch(key) or not _ALLOWED.fullmatch(value):
            yield Fault(path, "tags hold letters, digits, spaces and + - = . _ : / @", "remove the other characters")
