"""Clients in boto3's shape that answer from memory: parameters are checked by the service's own model.

A wrong type, a missing or an unknown parameter raises botocore's `ParamValidationError`, as on a real client; a value
that only the service would refuse (too long, not in the enumeration) raises the client's `ValidationException`.
"""

from __future__ import annotations

import re
from functools import cache, partial
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from botocore import xform_name
from botocore.errorfactory import ClientExceptionsFactory
from botocore.exceptions import ClientError, ParamValidationError
from botocore.loaders import Loader
from botocore.model import ServiceModel
from botocore.validate import ParamValidator

from reconciler.errors import Broken

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

Parameters = dict[str, Any]


class NotGiven(Broken):
    """A handler wants something of the outside world that the simulation does not give."""


@cache
def model(service: str) -> ServiceModel:
    """Give the description of a service's API that ships with botocore."""
    return ServiceModel(Loader().load_service_model(service, "service-2"), service)


@cache
def _operations(service: str) -> Mapping[str, str]:
    return {xform_name(name): name for name in model(service).operation_names}


class Client:
    """One service: each operation that has an answer is a method that takes keywords only."""

    def __init__(self, service: str, region: str, answers: Mapping[str, Callable[[Parameters], Parameters]]) -> None:
        self._service = service
        self._answers = answers
        self.meta = SimpleNamespace(region_name=region, service_model=model(service))
        self.exceptions = ClientExceptionsFactory().create_client_exceptions(model(service))

    def __getattr__(self, name: str) -> Callable[..., Parameters]:
        """Give the operation of that name; raises AttributeError, or `NotGiven` for one without an answer."""
        operation = _operations(self._service).get(name)
        if operation is None:
            raise AttributeError(f"{self._service} has no operation {name!r}")
        if operation not in self._answers:
            there = ", ".join(sorted(map(xform_name, self._answers)))
            raise NotGiven(
                f"a handler calls {self._service}.{name}, which the simulation does not give; it gives {there}"
            )
        return partial(self._call, name, operation)

    def error(self, code: str, message: str, operation: str) -> ClientError:
        """Build the exception that a real client raises for an error code of the service."""
        kind: Any = self.exceptions.from_code(code)
        error: ClientError = kind({"Error": {"Code": code, "Message": message}}, operation)
        return error

    def _call(self, method: str, operation: str, *positional: object, **parameters: Any) -> Parameters:
        if positional:
            raise TypeError(f"{method}() only accepts keyword arguments.")
        shape: Any = model(self._service).operation_model(operation).input_shape
        report = ParamValidator().validate(parameters, shape)
        if report.has_errors():
            raise ParamValidationError(report=report.generate_report())
        if found := list(refusals(parameters, shape, "")):
            count = f"{len(found)} validation error{'s' if len(found) > 1 else ''} detected: "
            raise self.error("ValidationException", count + "; ".join(found), operation)
        return {"ResponseMetadata": {"HTTPStatusCode": 200}, **self._answers[operation](parameters)}


def refusals(value: Any, shape: Any, path: str) -> Iterator[str]:
    """Give what the service says of values whose types are right: lengths, patterns, enumerations."""
    if shape.type_name == "structure":
        for key, item in value.items():
            yield from refusals(item, shape.members[key], f"{path}.{key}".strip("."))
    elif shape.type_name == "string":
        yield from (f"Value at '{path}' failed to satisfy constraint: {each}" for each in _string(value, shape))
    elif "max" in shape.metadata and shape.type_name in ("integer", "long") and value > shape.metadata["max"]:
        most = shape.metadata["max"]
        yield f"Value at '{path}' failed to satisfy constraint: Member must have value less than or equal to {most}"


def _string(value: str, shape: Any) -> Iterator[str]:
    limits = shape.metadata
    if len(value) > limits.get("max", len(value)):
        yield f"Member must have length less than or equal to {limits['max']}"
    if shape.enum and value not in shape.enum:
        yield f"Member must satisfy enum value set: [{', '.join(shape.enum)}]"
    if "pattern" in limits and not re.fullmatch(limits["pattern"], value):
        yield f"Member must satisfy regular expression pattern: {limits['pattern']}"
