"""Two pipelines side by side: what each environment calls its own is folded away, and what really differs is left.

Rules of this file:

* Folding never makes a difference: what is equal as it stands is left alone, and so is what stands on one side only.
* A fact is folded only where the two sides have different ones: pipelines of one environment are compared as they are.
* The comparison is symmetric but for one thing: what a definition leaves to AWS equals whatever is live.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from reconciler.definitions.tags import OWNER
from reconciler.pipeline import canonical
from reconciler.plan import differences
from reconciler.plan.changes import Difference

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from reconciler.pipeline.canonical import Form

    Fold = Callable[[str], str]

_UUID = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
_OWN_ID = re.compile(rf"(arn:[a-z-]+:[a-z0-9-]+:[^:\s]*:\{{account\}}:[a-z-]+[/:]){_UUID}")
"""Keys and connections have ids that mean nothing outside the account that they stand in."""

_NOT_COMPARED = ("name", "stageOrder")
"""Two pipelines have two names, and the order of stages counts only for those that both have."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What an environment calls its own; what is not known is empty."""

    environment: str = ""
    account: str = ""
    region: str = ""


@dataclass(frozen=True, slots=True)
class Side:
    """One of two pipelines: a sealed declaration, and where it lives."""

    title: str
    document: Mapping[str, Any]
    facts: Facts = field(default_factory=Facts)
    tags: Mapping[str, str] = field(default_factory=dict)
    live: bool = False


@dataclass(frozen=True, slots=True)
class Comparison:
    """What differs between two pipelines: in each difference `before` is the left side, `after` the right one."""

    left: str
    right: str
    differences: tuple[Difference, ...]
    folded: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    """What each side calls its own, by the placeholder that stands for both."""

    @property
    def same(self) -> bool:
        """Whether nothing differs but what was folded."""
        return not self.differences


def compare(left: Side, right: Side, *, fold: bool = True) -> Comparison:
    """Give what differs between two pipelines, sorted by place; with `fold`, environments' own facts do not."""
    folded = _distinct(left.facts, right.facts) if fold else {}
    mine = _folding({fact: one for fact, (one, _) in folded.items()})
    theirs = _folding({fact: other for fact, (_, other) in folded.items()})
    forms = [canonical.form(side.document, side.facts.region) for side in (left, right)]
    one, other = ({key: value for key, value in form.items() if key not in _NOT_COMPARED} for form in forms)
    one, other = _mappings(one, other, mine, theirs)
    first, second = _orders(forms[0], forms[1], mine, theirs)
    if first != second:
        one["stageOrder"], other["stageOrder"] = first, second
    found = [_placed(each, forms[0], forms[1]) for each in _between(one, other, left, right)]
    tags = _mappings(_own_tags(left), _own_tags(right), mine, theirs)
    placeholders = {f"{{{fact}}}": values for fact, values in folded.items()}
    return Comparison(left.title, right.title, (*found, *differences.of_tags(tags[1], tags[0])), placeholders)


def _distinct(left: Facts, right: Facts) -> dict[str, tuple[str, str]]:
    facts = ((fact, (getattr(left, fact), getattr(right, fact))) for fact in ("account", "region", "environment"))
    return {fact: pair for fact, pair in facts if all(pair) and pair[0] != pair[1]}


def _folding(facts: Mapping[str, str]) -> Fold:
    """Give the function that puts placeholders where a text holds one of the facts as a word of its own."""
    words = [_word(f"{{{fact}}}", re.escape(value)) for fact, value in facts.items() if fact != "environment"]
    words += list(_environment_words(facts["environment"])) if "environment" in facts else []
    if not words:
        return lambda text: text
    placeholders = [placeholder for placeholder, _ in words]
    expression = re.compile("|".join(f"({word})" for _, word in words))

    def folded(text: str) -> str:
        text = expression.sub(lambda match: placeholders[(match.lastindex or 1) - 1], text)
        return _OWN_ID.sub(r"\g<1>{id}", text)

    return folded


def _word(placeholder: str, expression: str) -> tuple[str, str]:
    return placeholder, rf"(?<![A-Za-z0-9]){expression}(?![A-Za-z0-9])"


def _environment_words(name: str) -> Iterator[tuple[str, str]]:
    """Give the ways in which names hold an environment: `shop-prod`, `SHOP_PROD`, `DeployProd`."""
    yield "{environment}", rf"(?<![A-Za-z0-9]){re.escape(name)}(?![a-z0-9])"
    yield _word("{ENVIRONMENT}", re.escape(name.upper()))
    yield "{Environment}", rf"(?<![A-Z]){re.escape(name[:1].upper() + name[1:])}(?![a-z0-9])"


def _pair(one: Any, other: Any, mine: Fold, theirs: Fold) -> tuple[Any, Any]:
    match one, other:
        case dict(), dict():
            return _mappings(one, other, mine, theirs)
        case list(), list():
            shared = [_pair(*both, mine, theirs) for both in zip(one, other, strict=False)]
            size = len(shared)
            return [each for each, _ in shared] + one[size:], [each for _, each in shared] + other[size:]
        case str(), str() if one != other:
            return mine(one), theirs(other)
    return one, other


def _mappings(one: Form, other: Form, mine: Fold, theirs: Fold) -> tuple[Form, Form]:
    left, right = _common_keys(one, other, mine, theirs)
    first: Form = {left.get(key, key): value for key, value in one.items()}
    second: Form = {right.get(key, key): value for key, value in other.items()}
    for key in first.keys() & second.keys():
        first[key], second[key] = _pair(first[key], second[key], mine, theirs)
    return first, second


def _common_keys(one: Form, other: Form, mine: Fold, theirs: Fold) -> tuple[dict[str, str], dict[str, str]]:
    """Give new names for keys that stand on one side each and are the same once folded."""
    left = _folded_keys(one.keys() - other.keys(), mine)
    right = _folded_keys(other.keys() - one.keys(), theirs)
    shared = (left.keys() & right.keys()) - one.keys() - other.keys()
    return {left[key]: key for key in shared}, {right[key]: key for key in shared}


def _folded_keys(keys: set[str], fold: Fold) -> dict[str, str]:
    """Give keys by what they fold to, but for those that fold to the same."""
    folded: dict[str, list[str]] = {}
    for key in keys:
        folded.setdefault(fold(key), []).append(key)
    return {name: found[0] for name, found in folded.items() if len(found) == 1}


def _orders(one: Form, other: Form, mine: Fold, theirs: Fold) -> tuple[list[str], list[str]]:
    """Give the order of the stages that both sides have, under the same names."""
    left, right = _common_keys(one["stages"], other["stages"], mine, theirs)
    first = [left.get(name, name) for name in one["stageOrder"]]
    second = [right.get(name, name) for name in other["stageOrder"]]
    return [name for name in first if name in second], [name for name in second if name in first]


def _between(one: Form, other: Form, left: Side, right: Side) -> tuple[Difference, ...]:
    """Explain two forms; the side that leaves more to AWS is taken for the definition, the other for what is live."""
    if "pipelineType" not in one or "pipelineType" not in other:
        one, other = ({key: value for key, value in form.items() if key != "pipelineType"} for form in (one, other))
    silent = "triggers" not in one and "triggers" in other
    swapped = right.live if left.live != right.live else silent
    if not swapped:
        return differences.between(other, one, "")
    return tuple(Difference(each.place, each.after, each.before) for each in differences.between(one, other, ""))


def _placed(difference: Difference, one: Form, other: Form) -> Difference:
    """Say of a stage that stands on one side only what it comes after."""
    if not difference.place.startswith("stage ") or (difference.before is None) == (difference.after is None):
        return difference
    order = (one if difference.after is None else other)["stageOrder"]
    number = order.index(difference.place.removeprefix("stage "))
    where = f"after {order[number - 1]}" if number else "first"
    return Difference(f"{difference.place} ({where})", difference.before, difference.after)


def _own_tags(side: Side) -> dict[str, str]:
    return {key: value for key, value in side.tags.items() if key != OWNER and not key.lower().startswith("aws:")}
