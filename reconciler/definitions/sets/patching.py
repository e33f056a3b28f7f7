"""What has to be laid over one value to get another: `overlay` the other way round."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reconciler.definitions.sets.overlay import BEFORE, BY_NAME, DELETE
from reconciler.definitions.sets.templating import literal
from reconciler.errors import Blocked
from reconciler.pipeline import canonical

if TYPE_CHECKING:
    from collections.abc import Sequence

    Item = dict[str, Any]


def same(one: Any, other: Any) -> bool:
    """Tell whether two JSON values are equal; to Python 1 and true are."""
    return bool(canonical.text(one) == canonical.text(other))


def patch(found: Any, wanted: Any, key: str = "") -> Any:
    """Give what makes `wanted` of `found` when it is laid over it, as a set writes it; `key` is the member of both.

    The two differ. Raises Blocked where no patch can say it.
    """
    if wanted is None:
        raise Blocked("an override cannot say null, which takes a member out")
    if isinstance(wanted, dict):
        return _members(found if isinstance(found, dict) else {}, wanted)
    if isinstance(wanted, list) and key in BY_NAME:
        return _by_name(found if isinstance(found, list) else [], wanted)
    return literal(wanted)


def _members(found: Item, wanted: Item) -> Item:
    if any(name.startswith("$") for name in (*found, *wanted) if not same(found.get(name), wanted.get(name))):
        raise Blocked("an override takes a member that begins with $ for an order")
    changed: Item = {}
    for name, item in wanted.items():
        if name not in found or not same(found[name], item):
            changed[literal(name)] = patch(found.get(name), item, name)
    return changed | {literal(name): None for name in found if name not in wanted}


def _by_name(found: Sequence[Any], wanted: Sequence[Any]) -> list[Item]:
    """Give items in the order in which they are laid: first those that go, then the others from first to last."""
    before, after = named(found), named(wanted)
    laid: list[Item] = [{"name": literal(name), DELETE: True} for name in before if name not in after]
    order = [name for name in before if name in after]
    for place, (name, item) in enumerate(after.items()):
        moved = _moved(order, place, name)
        inside = patch(before.get(name, {}), item) if not same(before.get(name), item) else {}
        if moved or inside or name not in before:
            laid.append({"name": literal(name)} | moved | {key: each for key, each in inside.items() if key != "name"})
    return laid


def _moved(order: list[str], place: int, name: str) -> Item:
    """Put a name where it belongs, and give the word that does it; all before `place` stand right already."""
    if place < len(order) and order[place] == name:
        return {}
    if name in order:
        order.remove(name)
    order.insert(place, name)
    return {BEFORE: literal(order[place + 1])} if place + 1 < len(order) else {}


def named(items: Sequence[Any]) -> dict[str, Any]:
    """Give items by name; raises Blocked if names do not tell them apart."""
    names = [item.get("name") if isinstance(item, dict) else None for item in items]
    if len({name for name in names if isinstance(name, str)}) < len(items):
        raise Blocked("stages, actions or variables are not told apart by name")
    return dict(zip(map(str, names), items, strict=True))
