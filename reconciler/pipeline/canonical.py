"""The one form in which a definition and a live declaration are compared.

Rules of this file:

* One small rule each, in a table, with the service's fact beside it. `form` applies them to a copy, so what would be
  written never changes.
* Applying the form twice gives the same as applying it once.
* A rule that needs to see both sides at once stands in `PAIR_RULES`; `pair` applies them.
* Equal forms mean that a write would change nothing but the version.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any, NamedTuple

from reconciler.pipeline import secrets
from reconciler.pipeline.model import GATES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

VERSION = 1
"""Raised whenever a rule changes, so that remembered digests are taken anew."""

CONNECTION = "CodeStarSourceConnection"

Form = dict[str, Any]


class Rule(NamedTuple):
    """One step towards the canonical form, and the fact that makes it right."""

    name: str
    fact: str
    apply: Callable[[Form, str], None]


class PairRule(NamedTuple):
    """One step that looks at both sides: (definition, live)."""

    name: str
    fact: str
    apply: Callable[[Form, Form], None]


def form(document: Mapping[str, Any], region: str) -> Form:
    """Give the canonical form of a declaration that lives in `region`; the document itself stays as it is."""
    result: Form = _copy(document)
    for rule in RULES:
        rule.apply(result, region)
    return result


def pair(definition: Form, live: Form) -> tuple[Form, Form]:
    """Give both forms after the rules that need to see both; they are equal when nothing would change."""
    wanted, found = _copy(definition), _copy(live)
    for rule in PAIR_RULES:
        rule.apply(wanted, found)
    return wanted, found


def digest(value: Any) -> str:
    """Give the SHA-256 (hex) of a JSON value, whatever the order of its keys."""
    return hashlib.sha256(text(value).encode()).hexdigest()


def text(value: Any) -> str:
    """Write a JSON value in the one way that digests are taken of: sorted keys, no spaces."""
    return _WRITER.encode(value)


_WRITER = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def _copy(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _copy(item) for key, item in value.items()}
    return [_copy(item) for item in value] if isinstance(value, list) else value


def _named(items: object) -> Any:
    """Key a list by `name`; a list in which names repeat cannot be told apart and stays a list."""
    if not isinstance(items, list):
        return items
    named = {item["name"]: {key: value for key, value in item.items() if key != "name"} for item in items}
    return named if len(named) == len(items) else items


def _stages(pipeline: Form) -> Iterator[Form]:
    stages = pipeline.get("stages") or ()
    yield from stages.values() if isinstance(stages, dict) else stages


def _actions(pipeline: Form) -> Iterator[Form]:
    for stage in _stages(pipeline):
        actions = stage.get("actions") or ()
        yield from actions.values() if isinstance(actions, dict) else actions


def _rules(pipeline: Form) -> Iterator[Form]:
    for stage in _stages(pipeline):
        for gate in GATES:
            for condition in (stage.get(gate) or {}).get("conditions") or ():
                yield from condition.get("rules") or ()


def _drop_service_members(pipeline: Form, _: str) -> None:
    pipeline.pop("version", None)
    pipeline.pop("metadata", None)


def _one_store_map(pipeline: Form, region: str) -> None:
    if (store := pipeline.pop("artifactStore", None)) is not None:
        pipeline["artifactStores"] = (pipeline.get("artifactStores") or {}) | {region: store}


def _default_execution_mode(pipeline: Form, _: str) -> None:
    pipeline.setdefault("executionMode", "SUPERSEDED")


def _default_run_order(pipeline: Form, _: str) -> None:
    for action in _actions(pipeline):
        action.setdefault("runOrder", 1)


def _drop_own_region(pipeline: Form, region: str) -> None:
    for item in (*_actions(pipeline), *_rules(pipeline)):
        if item.get("region") == region:
            del item["region"]


def _configuration_strings(pipeline: Form, _: str) -> None:
    for item in (*_actions(pipeline), *_rules(pipeline)):
        for key, value in (item.get("configuration") or {}).items():
            item["configuration"][key] = scalar_text(value)


def _configuration_json(pipeline: Form, _: str) -> None:
    for item in (*_actions(pipeline), *_rules(pipeline)):
        for key, value in (item.get("configuration") or {}).items():
            if isinstance(value, str) and value.lstrip()[:1] in ("{", "["):
                item["configuration"][key] = secrets.parse_json(value)


def _plaintext_variables(pipeline: Form, _: str) -> None:
    for action in _actions(pipeline):
        for variable in action.get("environmentVariables") or ():
            if variable.get("type") == "PLAINTEXT":
                del variable["type"]


def _triggers_by_source(pipeline: Form, _: str) -> None:
    triggers = pipeline.get("triggers")
    if isinstance(triggers, list):
        by_source = {trigger["gitConfiguration"]["sourceActionName"]: trigger for trigger in triggers}
        if len(by_source) == len(triggers):
            pipeline["triggers"] = by_source


def _empty_is_absent(pipeline: Form, _: str) -> None:
    _prune(pipeline, keep=frozenset({"triggers"}))


def _prune(value: Form, keep: frozenset[str] = frozenset()) -> None:
    for key, item in list(value.items()):
        if key == "configuration":
            if not item:
                del value[key]
        elif isinstance(item, dict):
            _prune(item)
        elif isinstance(item, list):
            for entry in item:
                if isinstance(entry, dict):
                    _prune(entry)
        if key not in keep and (item is None or item in ({}, [])):
            value.pop(key, None)


def _name_stages(pipeline: Form, _: str) -> None:
    for stage in _stages(pipeline):
        stage["actions"] = _named(stage.get("actions") or [])
    if isinstance(pipeline.get("stages"), list):
        order = [stage["name"] for stage in pipeline["stages"]]
        pipeline["stages"] = _named(pipeline["stages"])
        pipeline["stageOrder"] = order


RULES: tuple[Rule, ...] = (
    Rule("service members", "the service assigns `version`; `metadata` is an answer, never sent (A.1, A.9)",
         _drop_service_members),
    Rule("run order", "an absent runOrder is 1 (A.4)", _default_run_order),
    Rule("execution mode", "an absent executionMode is SUPERSEDED (A.1)", _default_execution_mode),
    Rule("configuration strings", 'configuration values are strings: true is "true", 8 is "8" (A.9)',
         _configuration_strings),
    Rule("configuration JSON", "JSON inside a value means the same however it is spaced or ordered (D.2, D.4)",
         _configuration_json),
    Rule("own Region", "an action without a Region runs in the pipeline's (A.4)", _drop_own_region),
    Rule("artifact stores", "one store is a map with the pipeline's own Region (A.1)", _one_store_map),
    Rule("plain variables", "the type of an environment variable is PLAINTEXT unless given (A.4)",
         _plaintext_variables),
    Rule("triggers by source", "a source action has at most one trigger, so their order means nothing (A.7)",
         _triggers_by_source),
    Rule("empty is absent", "the service gives empty lists and maps for absent ones (A.9); triggers are the exception",
         _empty_is_absent),
    Rule("names", "actions are told apart by name inside their stage, not by place; stages are ordered (B.1)",
         _name_stages),
)  # fmt: skip


def scalar_text(value: Any) -> Any:
    """Write a scalar of a configuration as the string that AWS wants; everything else stays."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, int) else value


def _pipeline_type(definition: Form, live: Form) -> None:
    if "pipelineType" in definition:
        live.setdefault("pipelineType", "V1")
    else:
        live.pop("pipelineType", None)


def _triggers(definition: Form, live: Form) -> None:
    declared = definition.get("triggers")
    if declared is None:
        defaults = default_triggers(live)
        kept = {key: value for key, value in _as_items(live.get("triggers")) if value != defaults.get(key)}
        live["triggers"] = kept
        definition["triggers"] = {}
    else:
        definition["triggers"] = declared or {}
        live["triggers"] = live.get("triggers") or {}


def _as_items(triggers: Any) -> Any:
    return enumerate(triggers) if isinstance(triggers, list) else (triggers or {}).items()


def _masks(definition: Form, live: Form) -> None:
    _level_masks(definition, live)


def _level_masks(one: Any, other: Any) -> None:
    if isinstance(one, dict) and isinstance(other, dict):
        for key in one.keys() & other.keys():
            if other[key] == secrets.MASK or (one[key] == secrets.MASK and secrets.is_mask(other[key])):
                one[key] = other[key] = secrets.MASK
            else:
                _level_masks(one[key], other[key])
    elif isinstance(one, list) and isinstance(other, list):
        for mine, theirs in zip(one, other, strict=False):
            _level_masks(mine, theirs)


PAIR_RULES: tuple[PairRule, ...] = (
    PairRule("pipeline type", "an undeclared type keeps what is live; where AWS says none, it is V1 (A.1, A.9)",
             _pipeline_type),
    PairRule("triggers", "undeclared triggers allow the service's default one; [] and a list mean themselves (A.9)",
             _triggers),
    PairRule("masks", "AWS shows every secret as ****, so a mask equals whatever stands on the other side (F.4)",
             _masks),
)  # fmt: skip


def default_triggers(pipeline: Form) -> dict[str, Any]:
    """Give the triggers that the service adds by itself, by source action (A.9).

    It does so for a connection source with change detection on, when no trigger was declared: a push to its branch.
    """
    found: dict[str, Any] = {}
    for stage in _stages(pipeline):
        actions = stage.get("actions")
        for name, action in actions.items() if isinstance(actions, dict) else ():
            configuration = action.get("configuration") or {}
            watched = str(configuration.get("DetectChanges")).lower() != "false"
            if action["actionTypeId"].get("provider") == CONNECTION and watched:
                found[name] = _push_trigger(name, configuration.get("BranchName", ""))
    return found


def _push_trigger(source: str, branch: str) -> Form:
    push = [{"branches": {"includes": [branch]}}]
    return {"providerType": CONNECTION, "gitConfiguration": {"sourceActionName": source, "push": push}}
