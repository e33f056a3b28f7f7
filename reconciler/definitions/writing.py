"""A live pipeline to the text of a native file that a person likes to read and that reads back as the same.

Rules of this file:

* Block style, members in the order in which the API gives them, long strings in one line, several lines as lines.
* Whatever some YAML reader could take for more than a string (`012`, `yes`, `1.10`, an account id) is in quotes.
* What comes in is sealed: a secret is a mask before it gets here, and no fingerprint leaves.
"""

from __future__ import annotations

import re
import textwrap
from typing import TYPE_CHECKING, Any

import yaml

from reconciler.definitions import tags as rules
from reconciler.definitions.naming import Convention
from reconciler.errors import Blocked
from reconciler.pipeline import canonical, schema, secrets

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from reconciler.definitions.native import Context
    from reconciler.pipeline.arns import Target

WIDTH = 110
"""Characters of a line of comment."""

_SAFE_NAME = re.compile(r"[A-Za-z0-9@_-][A-Za-z0-9.@_-]*")
"""What a pipeline's name holds (reference B.1), but for a dot in front: hidden files are not read."""

_LINE_ENDS = frozenset("\r\x85\u2028\u2029\ufeff")
"""Signs that YAML readers take for the end of a line, or drop."""


class _Dumper(yaml.SafeDumper):
    """Writes lists indented below their key, and no anchors."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:  # noqa: ARG002
        """Indent every list."""
        super().increase_indent(flow, False)

    def ignore_aliases(self, _: Any) -> bool:
        """Write everything out."""
        return True


def _string(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    lines = text.splitlines()
    style = None
    if _LINE_ENDS.intersection(text):
        style = '"'
    elif len(lines) > 1 and lines[0] and not lines[0][0].isspace():
        style = "|"
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _string)


def text(value: Mapping[str, Any], comment: Iterable[str] = ()) -> str:
    """Give the YAML text of a JSON value without fractions, below lines of comment."""
    lines = [line for paragraph in comment for line in textwrap.wrap(paragraph, WIDTH, subsequent_indent="  ")]
    head = "".join(f"# {line}\n" for line in lines)
    body: str = yaml.dump(dict(value), Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=float("inf"))
    return head + body


def native(sealed: Mapping[str, Any], tags: Mapping[str, str], target: Target, context: Context) -> dict[str, Any]:
    """Give a native file's content for a live pipeline; raises Blocked if no environment has such a target.

    `environment:` and `region:` stand beside the declaration only where its name does not say them.
    """
    outer: dict[str, Any] = dict(_place(str(sealed["name"]), target, context))
    outer |= {"tags": kept} if (kept := writable(tags)) else {}
    short = _short(secrets.reveal_nothing(sealed), target.region)
    return outer | {"pipeline": ordered(short)}


def ordered(declaration: Mapping[str, Any]) -> dict[str, Any]:
    """Give a declaration with its members in the order of the service model, those that it does not know last."""
    return dict(_ordered(dict(declaration), "PipelineDeclaration", schema.shapes()))


def writable(tags: Mapping[str, str]) -> dict[str, str]:
    """Give the tags that a file may hold: not the owner's, not AWS's own, and none that is a credential."""
    return {
        key: value
        for key, value in sorted(tags.items())
        if key != rules.OWNER and not key.lower().startswith("aws:") and secrets.scrub(value) == value
    }


def file_names(pipelines: Mapping[tuple[Target, str], str]) -> dict[tuple[Target, str], str]:
    """Give a file name for each pipeline, by its environment; where one name stands for several, the place is added.

    An empty name means that none is safe: it would leave the folder. Case does not tell files apart everywhere.
    """
    stems = {identity: stem(identity[1]) for identity in pipelines}
    for suffix in (lambda one: pipelines[one], lambda one: one[0].region, lambda one: one[0].account):
        seen: dict[str, int] = {}
        for base in stems.values():
            seen[base.casefold()] = seen.get(base.casefold(), 0) + 1
        stems = {
            one: f"{base}.{suffix(one)}" if base and seen[base.casefold()] > 1 else base for one, base in stems.items()
        }
    return {identity: base and f"{base}.yaml" for identity, base in stems.items()}


def stem(name: str) -> str:
    """Give the name of a file for a pipeline, without its ending; empty if none is safe."""
    seen = f"_{name}" if name.startswith(".") else name
    return seen if _SAFE_NAME.fullmatch(seen) else ""


def environment(name: str, target: Target, context: Context) -> str:
    """Give the environment of a live pipeline: the one that its name says, else the first that has its target."""
    there = [
        key
        for key, each in context.environments.items()
        if each.account == target.account and target.region in each.regions
    ]
    if not there:
        raise Blocked(f"no environment of the settings has {target}; name it in the group `environments`")
    said = _said(name, context)
    return said if said in there else there[0]


def _said(name: str, context: Context) -> str:
    try:
        return Convention(context.naming, tuple(context.environments)).environment(name)
    except Blocked:
        return ""


def _place(name: str, target: Target, context: Context) -> Iterator[tuple[str, str]]:
    home = environment(name, target, context)
    if _said(name, context) != home:
        yield "environment", home
    if len(context.environments[home].regions) > 1:
        yield "region", target.region


def _short(document: dict[str, Any], region: str) -> dict[str, Any]:
    """Leave out what the service has added, as long as the declaration stays equal without it."""
    bare = {key: value for key, value in document.items() if key not in ("version", "metadata")}
    short = bare | {"stages": [_short_stage(stage, region) for stage in bare["stages"]]}
    return short if canonical.form(short, region) == canonical.form(bare, region) else bare


def _short_stage(stage: Mapping[str, Any], region: str) -> dict[str, Any]:
    ordered = any(action.get("runOrder", 1) != 1 for action in stage["actions"])
    return _filled(stage) | {"actions": [_short_action(each, region, ordered=ordered) for each in stage["actions"]]}


def _short_action(action: Mapping[str, Any], region: str, *, ordered: bool) -> dict[str, Any]:
    short = _filled(action)
    if not ordered:
        short.pop("runOrder", None)
    if short.get("region") == region:
        del short["region"]
    return short


def _filled(mapping: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in mapping.items() if value not in ({}, [], None)}


def _ordered(value: Any, shape: str, shapes: Mapping[str, Mapping[str, Any]]) -> Any:
    """Give members in the order of the service model; those that it does not know come last, as they stood."""
    known = shapes[shape]
    match known["type"], value:
        case "structure", dict():
            names = [name for name in known["members"] if name in value]
            inside = {name: _ordered(value[name], known["members"][name]["shape"], shapes) for name in names}
            return inside | {name: item for name, item in value.items() if name not in inside}
        case "list", list():
            return [_ordered(item, known["member"]["shape"], shapes) for item in value]
        case "map", dict():
            return {key: _ordered(item, known["value"]["shape"], shapes) for key, item in value.items()}
    return value
