from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from reconciler import documents
from reconciler.definitions import cloudformation
from reconciler.definitions.cloudformation.resolver import Resolver
from reconciler.pipeline.arns import Target

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

TARGET = Target("111122223333", "eu-west-1")


class Resolved(NamedTuple):
    """A value, what CloudFormation would refuse in it, and what is not known."""

    value: Any
    faults: list[str]
    notes: list[str]


@pytest.fixture
def resolve() -> Callable[..., Resolved]:
    """Resolve one value, written in YAML, beside the sections of a template."""

    def run(text: str, given: Mapping[str, object] | None = None, target: Target | None = TARGET, **sections: Any):
        resolver = Resolver(sections, given or {}, target)
        value = resolver.value(documents.parse(text, "value.yaml", cloudformation.DIALECT), ("Value",))
        faults = [f"{documents.path_text(fault.path)}: {fault.message}" for fault in dict.fromkeys(resolver.faults)]
        return Resolved(value, faults, [note.message for note in resolver.notes])

    return run


@pytest.fixture
def read() -> Callable[..., cloudformation.Template]:
    """Read a template, written in YAML."""

    def run(text: str, given: Mapping[str, object] | None = None, target: Target | None = TARGET):
        return cloudformation.read(cloudformation.parse(textwrap.dedent(text), "template.yaml"), given or {}, target)

    return run


@pytest.fixture
def read_pipeline(read: Callable[..., cloudformation.Template]) -> Callable[..., Any]:
    """Read the one pipeline of a template out of its properties, written in YAML; it must be without faults."""

    def run(properties: str, before: str = "", **options: Any) -> cloudformation.TemplatePipeline:
        head = (
            f"{textwrap.dedent(before)}\nResources:\n  Shop:\n    Type: AWS::CodePipeline::Pipeline\n    Properties:\n"
        )
        template = read(head + textwrap.indent(textwrap.dedent(properties), " " * 6), **options)
        assert template.faults == ()
        return template.pipelines[0]

    return run
