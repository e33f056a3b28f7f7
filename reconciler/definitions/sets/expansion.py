"""A set in one of its places: facts filled in, and what is otherwise there laid over."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from reconciler.definitions import drafts
from reconciler.definitions.drafts import BESIDE, Draft
from reconciler.definitions.sets import tree
from reconciler.definitions.sets.overlay import Overlay
from reconciler.definitions.sets.substitution import Substitution
from reconciler.definitions.sets.tree import Node

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconciler.definitions.sets.places import Site
    from reconciler.documents import Fault, Path
    from reconciler.pipeline.providers import Catalogue

Faults = tuple["Fault", ...]

PIPELINE = "pipeline"


@dataclass(frozen=True, slots=True)
class Expansion:
    """What a set says in one place; with faults it is only half of it."""

    site: Site
    draft: Draft
    origins: Mapping[Path, Path]
    """Path in the draft to path in the file."""
    faults: Faults

    def check(self, region: str | None, severities: Mapping[str, str], catalogue: Catalogue | None) -> Faults:
        """Give the faults of `drafts.check`, at the places in the file that they come from."""
        found = drafts.check(self.draft, region, severities, catalogue)
        return tuple(replace(each, path=tree.written(self.origins, each.path)) for each in found)


def expand(root: Node, site: Site) -> Expansion:
    """Give the expansion of a whole file in one place."""
    substitution, overlay = Substitution(site.facts), Overlay()
    parts = {key: node for key, node in tree.members(root).items() if key in (PIPELINE, *BESIDE)}
    base = substitution.fill(Node(parts, root.origin))
    own = tree.members(tree.members(root).get("overrides", root)).get(site.place.environment)
    in_base = len(substitution.faults)
    patch = _around(substitution.fill(own)) if own is not None else Node({}, ())
    merged = overlay.merge(base, patch)
    origins = tree.origins(merged)
    left = set(origins.values())
    faults = [fault for fault in substitution.faults[:in_base] if fault.path in left]
    values = tree.plain(merged)
    draft = Draft(values.get(PIPELINE), **{key: values.get(key) for key in BESIDE})
    return Expansion(site, draft, origins, (*faults, *substitution.faults[in_base:], *overlay.faults))


def _around(own: Node) -> Node:
    """Give an override as a patch of all that is merged: `tags` and the like stand beside the pipeline."""
    inside = {key: item for key, item in tree.members(own).items() if key not in BESIDE}
    beside = {key: item for key, item in tree.members(own).items() if key in BESIDE}
    return Node({PIPELINE: Node(inside, own.origin), **beside} if inside else beside, own.origin)
