"""Native files: the document of `aws codepipeline get-pipeline`, with a few words of ours beside it.

pipeline: {...}          the declaration in API shape; a bare declaration is accepted too
tags: {team: shop}       a mapping, or AWS's list of {key, value}
environment: prod        only where the name does not say it
region: eu-west-1        only where the environment has several
sync: {adopt: true, interrupt: always}
"""

from __future__ import annotations

import difflib
import json
import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from reconciler.definitions import tags
from reconciler.definitions.definition import Definition
from reconciler.definitions.naming import Convention
from reconciler.documents import Fault
from reconciler.errors import Blocked
from reconciler.pipeline import canonical, secrets, validity
from reconciler.pipeline.arns import Target
from reconciler.pipeline.rules import Severity

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from reconciler import settings

Faults = tuple[Fault, ...]

VERSION = 1
"""Raised whenever a file is read differently, so that remembered readings are taken anew."""

MEMBERS = ("pipeline", "tags", "environment", "region", "sync", "metadata")
SYNC_MEMBERS = {"adopt": (True, False), "interrupt": ("wait", "always")}
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

    def key(self, sdk: str) -> str:
        """Give the digest of everything but the file that a reading depends on; `sdk` is botocore's version."""
        places = {name: [each.account, each.regions] for name, each in self.environments.items()}
        rules = [VERSION, canonical.VERSION, validity.VERSION, sdk, dict(self.severities)]
        return canonical.digest([rules, places, self.naming.model_dump(), self.fingerprint("")])


def read(value: Any, source: str, file: str, context: Context) -> tuple[Definition | None, Faults]:
    """Give the definition of a parsed file with what rules say of it, or every fault that keeps it from being one."""
    if not isinstance(value, dict):
        return None, (NO_DEFINITION,)
    bare = "pipeline" not in value and value.keys() >= BARE
    outer: dict[str, Any] = {"pipeline": value} if bare else value
    if "pipeline" not in outer:
        return None, (_foreign(outer),)
    place, misplaced = _placed(outer, context, bare=bare)
    tagged, tag_faults = tags.read(outer.get("tags"))
    findings = _findings(outer, place[1].region if place else None, context.severities, bare=bare)
    faults = (*_unknown_members(outer), *_sync_faults(outer.get("sync")), *findings, *tag_faults, *misplaced)
    if place is None or any(fault.severity == Severity.ERROR for fault in faults):
        return None, faults
    environment, target = place
    document = outer["pipeline"]
    form = canonical.digest(canonical.form(secrets.seal(document, context.fingerprint), target.region))
    sync = outer.get("sync") or {}
    return Definition(
        name=document["name"],
        environment=environment,
        target=target,
        file=file,
        line=_name_line(source, document["name"]),
        digest=canonical.digest([form, tagged]),
        form=form,
        tags=tagged,
        adopt=sync.get("adopt"),
        interrupt=sync.get("interrupt"),
        body=json.dumps(document, separators=(",", ":"), ensure_ascii=False).encode(),
    ), faults


def judge(value: Any) -> Faults:
    """Give what is to be said about one parsed file where no environments are known."""
    if not isinstance(value, dict):
        return (NO_DEFINITION,)
    bare = "pipeline" not in value and value.keys() >= BARE
    outer: dict[str, Any] = {"pipeline": value} if bare else value
    if "pipeline" not in outer:
        return (_foreign(outer),)
    tag_faults = tags.read(outer.get("tags"))[1]
    findings = _findings(outer, None, {}, bare=bare)
    return (*_unknown_members(outer), *_sync_faults(outer.get("sync")), *findings, *tag_faults)


class _Misplaced(Blocked):
    def __init__(self, path: tuple[str, ...], message: str) -> None:
        super().__init__(message)
        self.path = path


def _unknown_members(outer: dict[str, Any]) -> Iterator[Fault]:
    for key in (key for key in outer if key not in MEMBERS):
        close = difflib.get_close_matches(key, MEMBERS, n=1)
        yield Fault(
            (key,), f"{key!r} is not known here", f"did you mean {close[0]!r}?" if close else ", ".join(MEMBERS)
        )


def _foreign(outer: dict[str, Any]) -> Fault:
    if "Resources" in outer:
        message = "this is a CloudFormation template; a definition is what CodePipeline holds, under `pipeline:`"
        return Fault((), message, "take the answer of `aws codepipeline get-pipeline`, or move the file elsewhere")
    return Fault((), "this is not a pipeline definition; it has no `pipeline:` mapping", "move the file or wrap it")


def _sync_faults(sync: Any) -> Iterator[Fault]:
    if sync is None:
        return
    if not isinstance(sync, dict):
        yield Fault(("sync",), "sync is a mapping", "sync: {adopt: true}")
        return
    for key, value in sync.items():
        if key not in SYNC_MEMBERS:
            yield Fault(("sync", key), f"{key!r} is not known here", "known: " + ", ".join(SYNC_MEMBERS))
        elif json.dumps(value) not in (choices := [json.dumps(choice) for choice in SYNC_MEMBERS[key]]):
            yield Fault(("sync", key), f"{key} takes {' or '.join(choices)}")


def _findings(outer: dict[str, Any], region: str | None, severities: Mapping[str, str], *, bare: bool) -> Faults:
    """Give what the shape and the rules say of a declaration."""
    found = validity.check(outer["pipeline"], region, severities)
    return tuple(_inside(each.fault, each.rule, each.severity, bare=bare) for each in found)


def _inside(fault: Fault, rule: str, severity: str = Severity.ERROR, *, bare: bool) -> Fault:
    path = fault.path if bare else ("pipeline", *fault.path)
    return replace(fault, path=path, rule=rule, severity=str(severity))


def _placed(outer: dict[str, Any], context: Context, *, bare: bool) -> tuple[tuple[str, Target] | None, Faults]:
    """Give environment and target, or the fault that keeps a pipeline from having them."""
    if not isinstance(outer["pipeline"], dict) or not isinstance(outer["pipeline"].get("name"), str):
        return None, ()
    try:
        return _place(outer, context), ()
    except _Misplaced as fault:
        path = fault.path[1:] if bare else fault.path
        return None, (Fault(path, str(fault), "see the groups `environments` and `naming` of the settings"),)


def _place(outer: dict[str, Any], context: Context) -> tuple[str, Target]:
    name = outer["pipeline"]["name"]
    if (environment := outer.get("environment")) is None:
        try:
            environment = Convention(context.naming, tuple(context.environments)).environment(name)
        except Blocked as error:
            raise _Misplaced(("pipeline", "name"), str(error)) from None
    if not isinstance(environment, str) or environment not in context.environments:
        there = ", ".join(context.environments) or "none"
        raise _Misplaced(("environment",), f"environment {environment!r} is not configured (configured: {there})")
    return environment, Target(context.environments[environment].account, _region(outer, environment, context))


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


def _name_line(source: str, name: str) -> int:
    before = r"""^[ \t{]*(?:["']?pipeline["']?[ \t]*:[ \t{]*)?["']?name["']?[ \t]*:[ \t]*["']?"""
    match = re.search(rf"{before}{re.escape(name)}(?![\w.@-])", source, re.MULTILINE)
    return source.count("\n", 0, match.start()) + 1 if match else 1
