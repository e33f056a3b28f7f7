"""One wanted pipeline in one target, as git says it."""

from __future__ import annotations

import json
import zlib
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from reconciler.pipeline.arns import Target

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from reconciler.documents import Path


def as_it_is(path: Path) -> Path:
    """Give a path as it is: in a native file a declaration stands below `pipeline`."""
    return path


@dataclass(frozen=True, slots=True)
class Definition:
    """A header that is small enough to keep for every pipeline, and a body that is at hand when it was read now.

    The body may hold plaintext secrets: it is never shown, stored or compared.
    """

    name: str
    environment: str
    target: Target
    file: str
    line: int
    digest: str
    """SHA-256 of the canonical form of the sealed declaration, with the tags and transitions."""
    form: str = ""
    """SHA-256 of the canonical form alone, signed by its sealer: a live declaration with the same digest is equal."""
    tags: Mapping[str, str] = field(default_factory=dict)
    transitions: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """By stage: `inbound`, `enabled` or `disabled`, and then a `reason`. What is not said is left alone."""
    adopt: bool | None = None
    """Whether an unowned pipeline may be taken over; None leaves it to `sync.adopt`."""
    interrupt: str | None = None
    """`wait`, `drain`, `always` or `never`; None leaves it to `sync.interrupt`."""
    restart: str | None = None
    """`none`, `same` or `latest`; None leaves it to `sync.restart`."""
    wave: int | None = None
    """When it is changed, lower first; None leaves it to the wave of its environment."""
    suspend: Mapping[str, str] = field(default_factory=dict)
    """Why it is left alone: `reason`, and `until` in ISO 8601 if it has an end; empty if it is not."""
    body: bytes = field(default=b"", repr=False, compare=False)
    """The declaration, as `packed` gives it; empty when the header was remembered."""
    outline: Mapping[str, Any] = field(default_factory=dict, repr=False, compare=False)
    """What rules over all pipelines ask of this one, as JSON; whoever judges it says so, and remembers it beside."""
    written: Callable[[Path], Path] = field(default=as_it_is, repr=False, compare=False)
    """Gives the place in the file for a place such as `("pipeline", "name")`; of use together with the body."""

    @property
    def identity(self) -> tuple[Target, str]:
        """What makes a pipeline one and the same: account, Region and name."""
        return self.target, self.name

    @property
    def document(self) -> dict[str, Any]:
        """The declaration in API shape, secrets included; only for what is about to be sealed or sent."""
        document: dict[str, Any] = json.loads(zlib.decompress(self.body))
        return document


def packed(document: Mapping[str, Any]) -> bytes:
    """Give the body for a declaration: JSON, compressed, since a first pass has one for every pipeline."""
    return zlib.compress(json.dumps(document, separators=(",", ":"), ensure_ascii=False).encode(), level=1)


def header(definition: Definition) -> dict[str, Any]:
    """Give what can be remembered of a definition: JSON without the body and the outline."""
    return {
        "name": definition.name,
        "environment": definition.environment,
        "target": list(definition.target),
        "line": definition.line,
        "digest": definition.digest,
        "form": definition.form,
        "tags": dict(definition.tags),
        "transitions": {stage: dict(state) for stage, state in definition.transitions.items()},
        "adopt": definition.adopt,
        "interrupt": definition.interrupt,
        "restart": definition.restart,
        "wave": definition.wave,
        "suspend": dict(definition.suspend),
    }


def remembered(value: Mapping[str, Any], file: str) -> Definition:
    """Give the definition behind a remembered header; the file may have moved since, its content has not.

    There may be a hundred thousand, so they share what many of them have.
    """
    shared = {name: value.get(name) or _NOTHING for name in ("tags", "transitions", "suspend")}
    environment, target = _place(value["environment"], *value["target"])
    return Definition(**{**value, **shared, "environment": environment, "target": target, "file": file})


_NOTHING: Mapping[str, Any] = {}
"""Nobody changes a mapping of a definition."""


@lru_cache(maxsize=4096)
def _place(environment: str, account: str, region: str) -> tuple[str, Target]:
    """Give what is asked for, as it was given the first time."""
    return environment, Target(account, region)
