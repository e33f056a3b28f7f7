"""Native files: the document of `aws codepipeline get-pipeline`, with a few words of ours beside it.

pipeline: {...}          the declaration in API shape; a bare declaration is accepted too
tags: {team: shop}       a mapping, or AWS's list of {key, value}
environment: prod        only where the name does not say it
region: eu-west-1        only where the environment has several
transitions: {Deploy: {inbound: disabled, reason: freeze}}
sync: {adopt: true, interrupt: drain, wave: 1}
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from reconciler.definitions import drafts, hints
from reconciler.definitions.basis import Basis
from reconciler.definitions.definition import as_it_is
from reconciler.definitions.drafts import Draft, Place
from reconciler.definitions.naming import Convention
from reconciler.documents import Fault
from reconciler.errors import Blocked
from reconciler.pipeline import canonical, validity
from reconciler.pipeline.arns import Target
from reconciler.pipeline.rules import Severity
from reconciler.pipeline.secrets import Sealer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from reconciler import settings
    from reconciler.definitions.declaration import Declaration
    from reconciler.definitions.definition import Definition
    from reconciler.documents import Path

Faults = tuple[Fault, ...]

VERSION = 4
"""Raised whenever a file is read differently, so that remembered readings are taken anew."""

MEMBERS = ("pipeline", "tags", "environment", "region", "transitions", "sync", "metadata")
SYNC_MEMBERS = drafts.SYNC_MEMBERS
BARE = frozenset({"name", "stages"})
NO_DEFINITION = Fault((), "this is not a pipeline definition", "a definition is a mapping with `pipeline:`")


@dataclass(frozen=True, slots=True)
class Context:
    """What a file is read against: the environments, the naming, and how secrets are sealed."""

    environments: Mapping[str, settings.Environment]
    naming: settings.Naming
    fingerprint: Callable[[str], str]
    severities: Mapping[str, str] = field(default_factory=dict)
    """`policy.rules`: what a team wants otherwise than shipped."""
    basis: Basis = field(default_factory=Basis)
    """The team's own action types; and values for templates, on which no definition depends."""

    @property
    def sealer(self) -> Sealer:
        """What seals a declaration."""
        return Sealer(self.fingerprint, self.basis.secrets)

    def key(self, sdk: str) -> str:
        """Give the digest of everything but the file that a reading depends on; `sdk` is botocore's version."""
        places = {name: [each.account, each.regions] for name, each in self.environments.items()}
        rules = [VERSION, canonical.VERSION, validity.VERSION, sdk, dict(self.severities), self.basis.types]
        return canonical.digest([rules, places, self.naming.model_dump(), self.fingerprint("")])


def read(value: Any, source: str, file: str, context: Context) -> tuple[Definition | None, Faults]:
    """Give the definition of a parsed file with what rules say of it, or every fault that keeps it from being one."""
    if (outer := outer_of(value)) is None:
        return None, (_foreign(value),)
    place, misplaced = _placed(outer, context)
    draft = _draft(outer)
    findings = drafts.check(draft, place.target.region if place else None, context.severities, context.basis.catalogue)
    faults = _as_written((*_unknown_members(outer), *findings, *misplaced), value)
    if place is None or any(fault.severity == Severity.ERROR for fault in faults):
        return None, faults
    line = drafts.name_line(source, draft.document["name"])
    found = drafts.definition(draft, place, file, line, context.sealer)
    return found if "pipeline" in value else replace(found, written=_bare), faults


def judge(value: Any, basis: Basis | None = None) -> Faults:
    """Give what is to be said about one parsed file where no environments are known."""
    catalogue = basis.catalogue if basis else None
    if (outer := outer_of(value)) is None:
        return (_foreign(value),)
    return _as_written((*_unknown_members(outer), *drafts.check(_draft(outer), None, {}, catalogue)), value)


def declarations(value: Any) -> Iterator[Declaration]:
    """Give the declaration of a parsed file in which `judge` found no error."""
    if outer := outer_of(value):
        yield drafts.declaration(_draft(outer), as_it_is if "pipeline" in value else _bare)


def outer_of(value: Any) -> dict[str, Any] | None:
    """Give the mapping that holds `pipeline:`, made for a bare declaration; None for a file that is neither."""
    if not isinstance(value, dict):
        return None
    if "pipeline" in value:
        return value
    return {"pipeline": value} if value.keys() >= BARE else None


class _Misplaced(Blocked):
    def __init__(self, path: tuple[str, ...], message: str) -> None:
        super().__init__(message)
        self.path = path


def _draft(outer: dict[str, Any]) -> Draft:
    return Draft(outer["pipeline"], outer.get("tags"), outer.get("transitions"), outer.get("sync"))


def _as_written(faults: Faults, value: dict[str, Any]) -> Faults:
    """Give the faults with the paths of the file: in a bare declaration nothing stands below `pipeline`."""
    return faults if "pipeline" in value else tuple(replace(each, path=each.path[1:]) for each in faults)


def _bare(path: Path) -> Path:
    return path[1:]


def _unknown_members(outer: dict[str, Any]) -> Iterator[Fault]:
    for key in (key for key in outer if key not in MEMBERS):
        yield Fault((key,), f"{key!r} is not known here", hints.nearest(key, MEMBERS))


def _foreign(value: Any) -> Fault:
    if not isinstance(value, dict):
        return NO_DEFINITION
    if "Resources" in value:
        message = "this is a CloudFormation template; a definition is what CodePipeline holds, under `pipeline:`"
        return Fault((), message, "take the answer of `aws codepipeline get-pipeline`, or move the file elsewhere")
    return Fault((), "this is not a pipeline definition; it has no `pipeline:` mapping", "move the file or wrap it")


def _placed(outer: dict[str, Any], context: Context) -> tuple[Place | None, Faults]:
    """Give environment and target, or the fault that keeps a pipeline from having them."""
    if not isinstance(outer["pipeline"], dict) or not isinstance(outer["pipeline"].get("name"), str):
        return None, ()
    try:
        return _place(outer, context), ()
    except _Misplaced as fault:
        return None, (Fault(fault.path, str(fault), "see the groups `environments` and `naming` of the settings"),)


def _place(outer: dict[str, Any], context: Context) -> Place:
    name = outer["pipeline"]["name"]
    if (environment := outer.get("environment")) is None:
        try:
            environment = Convention(context.naming, tuple(context.environments)).environment(name)
        except Blocked as error:
            raise _Misplaced(("pipeline", "name"), str(error)) from None
    if not isinstance(environment, str) or environment not in context.environments:
        there = ", ".join(context.environments) or "none"
        raise _Misplaced(("environment",), f"environment {environment!r} is not configured (configured: {there})")
    target = Target(context.environments[environment].account, _region(outer, environment, context))
    return Place(environment, target)


def _region(outer: dict[str, Any], environment: str, context: Context) -> str:
    regions = context.environments[environment].regions
    if (region := outer.get("region")) is None and len(regions) == 1:
        return regions[0]
    if region is None:
        choice = ", ".join(regions)
        raise _Misplaced(
            ("pipeline", "name"), f"{environment} has the Regions {choice}; write `region:` beside `pipeline:`"
        )
    if region not in regions:
        raise _Misplaced(
            ("region",), f"{environment} is not configured for {region!r} (configured: {', '.join(regions)})"
        )
    return str(region)
