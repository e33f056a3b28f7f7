"""A pipeline drawn as its stages and actions, with what differs marked in its place."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Any, NamedTuple

from reconciler.report.html.elements import add

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
    from xml.etree import ElementTree as ET


class Words(NamedTuple):
    """What it is called that something is in the one declaration, in the other, or in both and different."""

    added: str
    gone: str
    changed: str = "changed"


DRIFT = Words("only live", "gone")
PLAN = Words("created", "removed")


def draw(
    parent: ET.Element,
    before: Mapping[str, Any] | None,
    after: Mapping[str, Any] | None,
    places: Iterable[str],
    words: Words,
) -> None:
    """Draw the stages of two declarations as one; `places` name what differs, as `Build/Compile region` does."""
    touched = {_node(place) for place in places}
    one, other = _stages(before), _stages(after)
    add(parent, "h4", "Stages and actions")
    drawn = add(parent, "ol", kind="stages", tabindex="0", role="list", aria_label="Stages, in their order")
    for name in _merged(list(one), list(other)):
        _stage(drawn, name, (one.get(name), other.get(name)), touched, words)


def _node(place: str) -> str:
    """Give the stage, or stage and action, that a place is in; both have names without spaces (reference B)."""
    return place.removeprefix("stage ").split(" ", 1)[0]


def _stages(document: Mapping[str, Any] | None) -> dict[str, Mapping[str, Any]]:
    return {each["name"]: each for each in (document or {}).get("stages", ())}


def _actions(stage: Mapping[str, Any] | None) -> dict[str, Mapping[str, Any]]:
    return {each["name"]: each for each in (stage or {}).get("actions", ())}


def _merged(before: list[str], after: list[str]) -> list[str]:
    """Give all names in the second's order; one that only the first has stands behind what it stood behind."""
    names = list(after)
    for index, name in enumerate(before):
        if name not in after:
            names.insert(names.index(before[index - 1]) + 1 if index else 0, name)
    return names


def _mark(one: object, other: object, *, touched: bool, words: Words) -> tuple[str, str]:
    """Give the class and the word of a mark; empty where nothing differs."""
    if one is None:
        return "added", words.added
    if other is None:
        return "gone", words.gone
    return ("changed", words.changed) if touched else ("", "")


def _stage(
    parent: ET.Element,
    name: str,
    pair: Sequence[Mapping[str, Any] | None],
    touched: Collection[str],
    words: Words,
) -> None:
    one, other = pair
    kind, word = _mark(one, other, touched=name in touched, words=words)
    box = add(parent, "li", kind=f"moved {kind}" if kind else "")
    add(box, "strong", name)
    if word:
        add(box, "span", f" {word}", kind="mark")
    if kind in {"added", "gone"}:
        words = Words("", "", "")
    found = _actions(one), _actions(other)
    names = _merged(list(found[0]), list(found[1]))
    groups = add(box, "ol")
    order = _order(*found)
    for _, group in groupby(sorted(names, key=order), key=order):
        side = add(add(groups, "li"), "ul", kind="actions")
        for action in group:
            both = found[0].get(action), found[1].get(action)
            _action(side, action, both, _mark(*both, touched=f"{name}/{action}" in touched, words=words))


def _order(before: Mapping[str, Any], after: Mapping[str, Any]) -> Callable[[str], int]:
    return lambda name: int((after.get(name) or before[name]).get("runOrder") or 1)


def _action(parent: ET.Element, name: str, pair: tuple[Mapping[str, Any] | None, ...], mark: tuple[str, str]) -> None:
    kind, word = mark
    box = add(parent, "li", kind=f"moved {kind}" if word else "")
    add(box, "span", name)
    shown = pair[1] or pair[0] or {}
    type_ = shown.get("actionTypeId", {})
    where = f" in {region}" if (region := shown.get("region")) else ""
    add(box, "span", f"{type_.get('category', '')} {type_.get('provider', '')}{where}".strip(), kind="faint")
    if word:
        add(box, "span", word, kind="mark")
