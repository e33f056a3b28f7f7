"""The JSON Schema of the settings, made from their models; descriptions are the docstrings of the fields.

It admits what `settings.load` admits where people write that way: durations with a unit, account ids without quotes, a
number for a text, and a key with nothing behind it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, get_args

from pydantic import BeforeValidator
from pydantic.json_schema import GenerateJsonSchema

from reconciler import scalars
from reconciler import settings as models
from reconciler.definitions.jsonschema.files import DRAFT

if TYPE_CHECKING:
    from pydantic_core import core_schema

Schema = dict[str, Any]

_DURATION = {"type": "string", "pattern": r"^[0-9]+(\.[0-9]+)?\s*[smhd]?$"}
_SCALAR: Schema = {"type": ["string", "number", "boolean"]}
_WRITTEN: tuple[tuple[Any, Schema], ...] = (
    (scalars.Seconds, {"anyOf": [{"type": "number", "minimum": 0}, _DURATION]}),
    (scalars.Account, {"anyOf": [{"type": "string", "pattern": "^[0-9]{12}$"}, {"type": "integer"}]}),
    (scalars.Region, {"type": "string", "pattern": "^[a-z]{2,4}(-[a-z]+)+-[0-9]{1,2}$"}),
    (scalars.Parameter, {"anyOf": [_SCALAR, {"type": "array", "items": _SCALAR}]}),
)
"""How values are written that a validator makes something else of."""


def settings() -> Schema:
    """Give the schema of `reconciler.yaml`."""
    generated = models.Settings.model_json_schema(schema_generator=_Generator)
    for group in (generated, *generated.get("$defs", {}).values()):
        _admit_nothing(group)
    return {"$schema": DRAFT, **generated, "title": "Settings", "type": ["object", "null"]}


def written() -> dict[Any, Schema]:
    """Give how a value is written, by the validator that reads it."""
    return {validator(alias): value for alias, value in _WRITTEN}


def validator(alias: Any) -> Any:
    """Give the function that reads what is written for an annotated type; None if there is none."""
    return next((each.func for each in get_args(alias) if isinstance(each, BeforeValidator)), None)


class _Generator(GenerateJsonSchema):
    """Writes what people write where pydantic writes what comes out; and no titles, which say the key once more."""

    def function_before_schema(self, schema: core_schema.BeforeValidatorFunctionSchema) -> Schema:
        known = written().get(schema["function"]["function"])
        return dict(known) if known else super().function_before_schema(schema)

    def str_schema(self, schema: core_schema.StringSchema) -> Schema:
        """Admit a number for a text, as `coerce_numbers_to_str` does."""
        found = super().str_schema(schema)
        return found | {"type": ["string", "number"]}

    def field_title_should_be_set(self, schema: Any) -> bool:  # noqa: ARG002  pydantic's signature
        return False


def _admit_nothing(group: Schema) -> None:
    """Let every key that has a default stand there with nothing behind it."""
    group.pop("title", None)
    for name, field in group.get("properties", {}).items():
        field.pop("ge", None)  # pydantic's word for a bound that it cannot place behind a validator
        if name not in group.get("required", ()):
            group["properties"][name] = _or_null(field)


def _or_null(field: Schema) -> Schema:
    null = {"type": "null"}
    if "anyOf" in field:
        return field if null in field["anyOf"] else field | {"anyOf": [*field["anyOf"], null]}
    rules = {key: value for key, value in field.items() if key not in {"default", "description"}}
    told = {key: value for key, value in field.items() if key in {"default", "description"}}
    return {"anyOf": [rules, null], **told} if rules else field
