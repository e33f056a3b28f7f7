"""The JSON Schema of `*.pipeline-test.yaml`, for editors: `python -m pytest_pipeline.schema > .schemas/cases.json`."""

from __future__ import annotations

import json
import sys
from typing import Any

from pytest_pipeline import cases
from reconciler.simulation import scenarios

DRAFT = "https://json-schema.org/draft/2020-12/schema"
_TEXT = {"type": "string"}
_WORD = {"type": ["string", "integer"]}
_TEXTS = {"type": "array", "items": _TEXT}
_DURATION = {
    "type": ["string", "integer"], "pattern": r"^(\d+(ms|[wdhms]))+$",
    "description": "a span such as 90s, 5m, 3h04m, 2d or 1w, or milliseconds",
}  # fmt: skip
_ABOUT = {
    "begins": "when the world begins, such as 2026-01-05T08:00Z", "until": "when to stop looking: a time, or a place",
    "given": "outcomes by place: fails:JobFailed:why@5m, approved:ana@2h, rejected, ignored, hangs, …",
    "steps": "what happens, each at a time", "expect": "a status, or matchers, of the run; or of each run by name",
}  # fmt: skip


def schema() -> dict[str, Any]:
    """Give the schema (draft 2020-12) of a file of cases."""
    return {
        "$schema": DRAFT,
        "title": "Tests of pipelines",
        "type": "object",
        "additionalProperties": False,
        "required": ["cases"],
        "properties": {
            "pipeline": {**_TEXT, "description": "the pipeline of all cases"},
            "pipelines": {**_TEXTS, "description": "the pipelines of all cases"},
            "cases": {
                "type": "object",
                "minProperties": 1,
                "propertyNames": {"not": {"pattern": "::"}},
                "additionalProperties": {"$ref": "#/$defs/case"},
            },
        },
        "$defs": {"case": _case(), "step": _step(), "expected": _expected(), "matchers": _matchers()},
    }


def _case() -> dict[str, Any]:
    short = dict.fromkeys(cases.SHORT, _WORD)
    beside = {key: _member(key) for verb in cases.SHORT for key in scenarios.VERBS[verb]}
    several = {"type": "array", "items": {"$ref": "#/$defs/expected"}, "minItems": 1}
    one = {"anyOf": [{"$ref": "#/$defs/expected"}, several]}
    own: dict[str, Any] = {
        "pipelines": _TEXTS,
        "begins": _TEXT,
        "given": _map({"anyOf": [_TEXT, {**_TEXTS, "minItems": 1}]}),
        "variables": _map(_WORD),
        "steps": {"type": "array", "items": {"$ref": "#/$defs/step"}, "minItems": 1},
        "until": _WORD,
        "expect": {"anyOf": [*one["anyOf"], {**_map(one), "minProperties": 1}]},
    }
    told = {key: {**each, "description": _ABOUT[key]} if key in _ABOUT else each for key, each in own.items()}
    return {
        "type": "object",
        "additionalProperties": False,
        "oneOf": [{"required": [key]} for key in ("steps", *cases.SHORT)],
        "properties": {**beside, **short, **told},
    }


def _step() -> dict[str, Any]:
    common = {"at": _DURATION, "as": _TEXT, "pipeline": _TEXT, "refused": _TEXT}
    return {
        "type": "object",
        "oneOf": [
            {
                "additionalProperties": False,
                "required": [verb],
                "properties": {**common, **{key: _member(key) for key in members}, verb: _WORD},
            }
            for verb, members in scenarios.VERBS.items()
        ],
    }


def _expected() -> dict[str, Any]:
    words = "|".join(scenarios.EXPECTED)
    status = {"type": "string", "pattern": f"^({words})( at .+)?$", "description": "Failed at Stage/Action, parked, …"}
    return {"anyOf": [status, {"$ref": "#/$defs/matchers"}]}


def _matchers() -> dict[str, Any]:
    known = {word: _matcher(members) for word, members in cases.MATCHERS.items()}
    places = {"anyOf": [_TEXT, {**_TEXTS, "minItems": 1}], "description": "places that no attempt was made at"}
    words = {**known, "never_ran": places}
    return {"type": "object", "additionalProperties": False, "minProperties": 1, "properties": words}


def _matcher(members: tuple[str, ...]) -> dict[str, Any]:
    known = {key: _DURATION if key == "after" else _TEXT for key in members}
    return {"type": ["object", "null"], "additionalProperties": False, "properties": known}


def _member(key: str) -> dict[str, Any]:
    if key in scenarios.MAPPINGS:
        return _map(_WORD)
    return _TEXTS if key in scenarios.LISTS else {"type": "boolean"} if key in scenarios.FLAGS else _WORD


def _map(value: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "additionalProperties": value}


if __name__ == "__main__":
    sys.stdout.write(json.dumps(schema(), indent=2, ensure_ascii=False) + "\n")
