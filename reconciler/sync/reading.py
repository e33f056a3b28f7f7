"""Steps fetch and read: the branch head, and every definition in it, parsed once per content."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

from reconciler import documents
from reconciler.definitions import actiontypes, native, reading
from reconciler.definitions import definition as definitions
from reconciler.definitions.basis import Basis
from reconciler.errors import Invalid
from reconciler.pipeline import canonical, schema, secrets
from reconciler.pipeline.rules import Severity
from reconciler.policy import judge
from reconciler.source import address
from reconciler.sync import ruling
from reconciler.sync.state import Event

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Any

    from reconciler.definitions.definition import Definition
    from reconciler.errors import Problem
    from reconciler.pipeline.arns import Target
    from reconciler.pipeline.providers import Catalogue
    from reconciler.policy.judge import Judged, Policy
    from reconciler.source.repository import File, Snapshot
    from reconciler.sync.ruling import Ruling
    from reconciler.sync.state import Pass, World


def fetch(state: Pass, world: World) -> Pass:
    """Fetch the branch head; raises Retry or Blocked when there is none to be had."""
    source = world.settings.source
    world.tell(Event("fetch", f"{address.redact(source.repository)} {source.branch}"))
    snapshot = world.repository.fetch()
    if snapshot.rewritten:
        world.tell(
            Event("fetch", f"{source.branch} was rewritten; {snapshot.rewritten[:12]} is not part of it any more")
        )
    return replace(state, snapshot=snapshot, files={file.path: file for file in snapshot.files})


def read(state: Pass, world: World) -> Pass:
    """Read every definition; a broken file is a problem of its own and never stops the others."""
    if state.snapshot is None:
        return state
    catalogue, problems = _own_types(state.snapshot, world)
    rules = ruled(state.snapshot, world, catalogue)
    plain = (file for file in state.snapshot.files if not actiontypes.is_file(file.path))
    files = [file for file in plain if not _is_rules(file, world)]
    against, memory = context(world, catalogue), world.memory
    key = canonical.digest([against.key(schema.sdk()), rules.policy.key])
    known = memory.readings(key, [file.blob for file in files])
    found: list[Definition] = []
    held: list[Definition] = []
    reasons: dict[tuple[Target, str], str] = {}
    fresh: dict[str, str] = {}
    problems += [*state.snapshot.problems, *rules.wrong()]
    for done, file in enumerate(files, 1):
        if file.blob in known:
            found += (definitions.remembered(header, file.path) for header in json.loads(known[file.blob]))
            continue
        world.tell(Event("read", file.path, done, len(files)))
        try:
            judged = _judged(file, world, against, rules.policy)
            found += judged.definitions
            held += judged.blocked
            reasons |= {each.identity: _reason(judged.problems) for each in judged.blocked}
            problems += errors(judged.problems)
            if judged.lasting and not judged.blocked:
                fresh[file.blob] = json.dumps([definitions.header(each) for each in judged.definitions])
        except Invalid as error:
            problems += error.problems
    if fresh or len(known) < len(files):
        memory.remember_readings(key, fresh)
        memory.trim_readings(key, {file.blob for file in files})
    crossing = _together([*found, *held], state, world, rules.policy)
    reasons |= {identity: _reason(found) for identity, found in crossing.items() if identity not in reasons}
    problems += [problem for found in crossing.values() for problem in found]
    free = reading.collect([each for each in found if each.identity not in reasons], problems)
    return replace(state, catalogue=catalogue, reading=replace(free, held=reasons))


def ruled(snapshot: Snapshot, world: World, catalogue: Catalogue | None) -> Ruling:
    """Give the rules of policy that hold today, the team's own among them."""
    files = {file.path: world.repository.read(file) for file in snapshot.files if _is_rules(file, world)}
    return ruling.ruling(world.settings, files, world.now().date(), catalogue)


def errors(problems: Iterable[Problem]) -> Iterator[Problem]:
    """Give the problems that keep something from being applied."""
    return (each for each in problems if each.severity == Severity.ERROR)


def with_body(definition: Definition, state: Pass, world: World) -> Definition:
    """Give a definition together with its declaration, which is read again if only its header was remembered."""
    if definition.body:
        return definition
    parsed = _parsed(state.files[definition.file], world, context(world, state.catalogue))
    return next(each for each in parsed if each.identity == definition.identity)


def sealed(definition: Definition, state: Pass, world: World) -> dict[str, Any]:
    """Give the declaration of a definition without its secrets."""
    return context(world, state.catalogue).sealer.seal(with_body(definition, state, world).document)


def context(world: World, catalogue: Catalogue | None) -> native.Context:
    """Give what definitions are read against, and what seals them and what is live; None: the types that ship."""
    fingerprint = secrets.fingerprinter(world.memory.fingerprint_key)
    known, basis = world.settings, Basis(catalogue)
    return native.Context(known.environments, known.naming, fingerprint, known.policy.severities, basis)


def _own_types(snapshot: Snapshot, world: World) -> tuple[Catalogue | None, list[Problem]]:
    """Give the catalogue with the team's own action types, and what is wrong with those in the repository.

    They are read anew in every pass, since every definition depends on them. Raises Invalid for those of the settings.
    """
    declared, faults = actiontypes.listed(world.settings.action_types, "settings", ("action_types",))
    if wrong := [fault for fault in faults if fault.severity == Severity.ERROR]:
        raise Invalid(documents.locate("", "settings", wrong))
    limit = world.settings.source.max_file_bytes
    problems: list[Problem] = []
    for file in (file for file in snapshot.files if actiontypes.is_file(file.path)):
        one, found = actiontypes.read(world.repository.read(file), file.path, limit)
        declared = (*declared, one) if one else declared
        problems += (problem for problem in found if problem.severity == Severity.ERROR)
    catalogue, doubles = actiontypes.catalogue(declared)
    return catalogue, [*problems, *doubles]


def _is_rules(file: File, world: World) -> bool:
    return ruling.is_rules(file.path, world.settings.source.path, world.settings)


def _judged(file: File, world: World, context: native.Context, policy: Policy) -> Judged:
    """Read one file and judge what it defines; raises Invalid if it cannot be read."""
    data, limit = world.repository.read(file), world.settings.source.max_file_bytes
    return judge.file(reading.read(data, file.path, context, limit), documents.text(data, file.path, limit), policy)


def _together(
    everything: list[Definition], state: Pass, world: World, policy: Policy
) -> dict[tuple[Target, str], list[Problem]]:
    """Give the errors that show when all pipelines of the commit are judged together, by the pipeline at fault."""
    found: dict[tuple[Target, str], list[Problem]] = {}
    for each in judge.commit(everything, policy).said:
        definition = everything[each.number]
        if each.fault.severity == Severity.ERROR:
            name, limit = definition.file, world.settings.source.max_file_bytes
            source = documents.text(world.repository.read(state.files[name]), name, limit)
            found.setdefault(definition.identity, []).extend(documents.locate(source, name, [each.fault]))
    return found


def _reason(problems: Iterable[Problem]) -> str:
    return "; ".join(map(str, errors(problems)))


def _parsed(file: File, world: World, context: native.Context) -> tuple[Definition, ...]:
    return reading.read(world.repository.read(file), file.path, context, world.settings.source.max_file_bytes)
