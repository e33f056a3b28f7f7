"""What differs between a definition and a live declaration, in words of the domain.

DeepDiff explains pairs that are known to differ, and nothing else: it costs about a thousand times as much as finding
out that two forms are equal.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reconciler.pipeline import canonical, secrets
from reconciler.plan.changes import Difference

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

SECRET_CHANGED = "(secret changed)"  # noqa: S105  a text for people
JSON_NULL = "(null)"


def between(definition: Mapping[str, Any], live: Mapping[str, Any], region: str) -> tuple[Difference, ...]:
    """Give every difference between two sealed declarations that live in `region`, sorted by place; () when equal."""
    wanted, found = canonical.pair(canonical.form(definition, region), canonical.form(live, region))
    if canonical.text(wanted) == canonical.text(found):  # Python holds 1, 1.0 and true for equal; JSON does not
        return ()
    return tuple(sorted(_explained(_ordered(found), _ordered(wanted)), key=lambda each: each.place))


def of_tags(wanted: Mapping[str, str], found: Mapping[str, str]) -> tuple[Difference, ...]:
    """Give the differences between two sets of tags; what is secret in them is masked."""
    keys = sorted(wanted.keys() | found.keys())
    return tuple(
        Difference(f"tags.{key}", *_masked_tags(key, found.get(key), wanted.get(key)))
        for key in keys
        if wanted.get(key) != found.get(key)
    )


def _masked_tags(key: str, *values: str | None) -> tuple[str | None, str | None]:
    """Give what is live and what git says of one tag without its secrets; two that differ still do."""
    sealed = [secrets.seal({key: each}, secrets.fingerprinter(b"")) for each in values]
    before, after = (secrets.reveal_nothing(each)[key] for each in sealed)
    return before, SECRET_CHANGED if before == after else after


def _explained(found: canonical.Form, wanted: canonical.Form) -> Iterator[Difference]:
    from deepdiff import DeepDiff  # noqa: PLC0415  150 ms that only a pass with differences pays

    one, other = _differing(found, wanted)
    tree = DeepDiff(one, other, view="tree", threshold_to_diff_deeper=0, ignore_private_variables=False)
    for levels in tree.values():
        for level in levels:
            path = level.path(output_format="list")
            yield _difference(path, _present(level.t1), _present(level.t2))


def _differing(one: canonical.Form, other: canonical.Form) -> tuple[canonical.Form, canonical.Form]:
    """Give both forms without the members that are the same: most are, and explaining that takes longest."""
    kept = {key: one[key] for key in one if key not in other}, {key: other[key] for key in other if key not in one}
    for key in one.keys() & other.keys():
        pair = one[key], other[key]
        if all(isinstance(each, dict) and each for each in pair):
            pair = _differing(*pair)
        if canonical.text(pair[0]) != canonical.text(pair[1]):
            kept[0][key], kept[1][key] = pair
    return kept


def _ordered(form: canonical.Form) -> canonical.Form:
    """Give the order of the stages as one value: position by position it would say nothing."""
    return form | {"stageOrder": ", ".join(form["stageOrder"])} if "stageOrder" in form else form


def _present(value: Any) -> Any:
    """Give what stands in the form; None is kept for what does not stand there."""
    if value is None:
        return JSON_NULL
    return value if isinstance(value, str | int | float | dict | list) else None


def _difference(path: list[Any], before: Any, after: Any) -> Difference:
    masked_before, masked_after = secrets.reveal_nothing(before), secrets.reveal_nothing(after)
    if canonical.text(masked_before) == canonical.text(masked_after):
        masked_after = SECRET_CHANGED
    return Difference(place(path), masked_before, masked_after)


def place(path: list[Any]) -> str:
    """Write a path of the canonical form as people do: `Build/Compile configuration.ProjectName`."""
    match path:
        case ["stageOrder", *_]:
            return "stages (order)"
        case ["stages", stage]:
            return f"stage {stage}"
        case ["stages", stage, "actions", action, *rest]:
            return f"{stage}/{action}" + (f" {_joined(rest)}" if rest else "")
        case ["stages", stage, *rest]:
            return f"{stage} {_joined(rest)}"
    return _joined(path)


def _joined(parts: list[Any]) -> str:
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in parts)
    return text.removeprefix(".")
