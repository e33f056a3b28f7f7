"""What is live, judged as definitions are: validity and policy, whoever manages it. Reads, and never writes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from reconciler import documents
from reconciler.definitions import writing
from reconciler.definitions.definition import Definition, packed
from reconciler.definitions.naming import Convention
from reconciler.errors import Blocked, Problem
from reconciler.pipeline import providers, secrets, validity
from reconciler.policy import judge, plaintext
from reconciler.policy.sightings import UNREAD
from reconciler.sync import importing, sighting

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from reconciler.definitions.native import Context
    from reconciler.documents import Fault, Path
    from reconciler.pipeline.arns import Target
    from reconciler.policy.facts import Stated
    from reconciler.policy.judge import Policy
    from reconciler.policy.sightings import Seen
    from reconciler.sync.importing import Found, Live, Selection
    from reconciler.sync.state import World


@dataclass(frozen=True, slots=True)
class Inspected:
    """What is to be said about live pipelines."""

    places: tuple[str, ...]
    """Where they are: `live:ACCOUNT/REGION/NAME`, sorted."""
    problems: tuple[Problem, ...]
    """Sorted; what could not be read is an error."""


def inspect(world: World, selection: Selection, context: Context, policy: Policy, *, roles: bool = False) -> Inspected:
    """Read and judge every live pipeline that is wanted, with `roles` theirs, too.

    Raises Blocked if there is no such environment.
    """
    found = importing.find(world, replace(selection, seek=partial(plaintext.find, own=context.basis.secrets)), context)
    problems = [*_unread(found)]
    everything: list[Definition] = []
    valid: list[Live] = []
    for live in found.pipelines:
        faults = _validity(live, context)
        problems += faults
        if all(each.severity != "error" for each in faults):
            valid.append(live)
    seen = sighting.look(world, valid, roles=roles)
    for live in valid:
        definition = _definition(live, context)
        judged = judge.file((definition,), "", policy, partial(_stated, live=live))
        everything += (*judged.definitions, *judged.blocked)
        problems += (*judged.problems, *_sighted(live, definition, seen[live.identity], policy))
    for said in judge.commit(everything, policy).said:
        problems += documents.locate("", everything[said.number].file, [said.fault])
    problems = [replace(each, line=0, column=0) for each in problems]
    return Inspected(tuple(place(each.target, each.name) for each in found.pipelines), tuple(sorted(set(problems))))


def judged(live: Live, context: Context, policy: Policy) -> tuple[Problem, ...]:
    """Judge one live pipeline that was read already, by itself: its validity, and policy if it is valid."""
    faults = _validity(live, context)
    if any(each.severity == "error" for each in faults):
        return faults
    said = judge.file((_definition(live, context),), "", policy).problems
    return tuple(sorted({replace(each, line=0, column=0) for each in (*faults, *said)}))


def place(target: Target, name: str = "") -> str:
    """Give what stands in the place of a file."""
    return f"live:{target}/{name}".removesuffix("/")


def environment(live: Live, context: Context) -> str:
    """Give the environment of a live pipeline: the one of its target, or of several there the one that its name says.

    Empty if nobody can tell; then rules about environments do not apply.
    """
    there = [
        key
        for key, each in context.environments.items()
        if each.account == live.target.account and live.target.region in each.regions
    ]
    if len(there) == 1:
        return there[0]
    try:
        said = Convention(context.naming, tuple(context.environments)).environment(live.name)
    except Blocked:
        return ""
    return said if said in there else ""


def _unread(found: Found) -> Iterator[Problem]:
    for target, reason in found.unreadable.items():
        yield Problem(place(target), 0, 0, "", reason, _READ, judge.UNREAD)
    for (target, name), reason in found.unread.items():
        yield Problem(place(target, name), 0, 0, "", reason, _READ, judge.UNREAD)


_READ = "let the role of the settings read it: codepipeline:ListPipelines, GetPipeline, ListTagsForResource"


def _sighted(live: Live, definition: Definition, seen: Seen, policy: Policy) -> Iterator[Problem]:
    """Give what is said of what stands beside a declaration; what could not be read is never taken for fine."""
    found = judge.live(policy.gather(_stated(definition, live)), seen, policy)
    _, left = judge.waived(live.name, found, (), policy)
    yield from _located(live, (judge.placed(each, _inside) for each in left if judge.is_told(each)))
    for what, reason in _blind(live, seen):
        yield Problem(place(live.target, live.name), 0, 0, what, reason, _LOOK, judge.UNREAD, "warning")


def _blind(live: Live, seen: Seen) -> Iterator[tuple[str, str]]:
    if UNREAD in seen.stages:
        yield "stages", seen.stages[UNREAD]
    for arn in sighting.of(live) if seen.roles is not None else ():
        if reason := seen.roles[arn].get(UNREAD) if seen.roles else "":
            yield "roles", f"{arn}: {reason}"


_LOOK = (
    "let the role of the settings read it: codepipeline:GetPipelineState, and for --with-iam iam:GetRole, "
    "ListAttachedRolePolicies, ListRolePolicies, GetRolePolicy, GetPolicy, GetPolicyVersion"
)


def _validity(live: Live, context: Context) -> tuple[Problem, ...]:
    document, region = secrets.reveal_nothing(live.document), live.target.region
    found = validity.check(document, region, context.severities, context.basis.catalogue or providers.catalogue())
    faults = (replace(each.fault, rule=each.rule, severity=str(each.severity)) for each in found)
    return _located(live, faults)


def _located(live: Live, faults: Iterable[Fault]) -> tuple[Problem, ...]:
    return documents.locate("", place(live.target, live.name), faults)


def _definition(live: Live, context: Context) -> Definition:
    """Give a live pipeline as if a file said it; nothing of it is secret."""
    return Definition(
        name=live.name,
        environment=environment(live, context),
        target=live.target,
        file=place(live.target, live.name),
        line=0,
        digest="",
        tags=writing.writable(live.tags),
        body=packed(secrets.reveal_nothing(live.document)),
        written=_inside,
    )


def _stated(definition: Definition, live: Live) -> Stated:
    return replace(judge.stated(definition), leaks=live.leaks)


def _inside(path: Path) -> Path:
    """Give the path in the declaration itself, which stands in no file."""
    return path[1:] if path[:1] == ("pipeline",) else path
