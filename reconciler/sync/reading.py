"""Steps fetch and read: the branch head, and every definition in it, parsed once per content."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from reconciler import documents
from reconciler.definitions import actiontypes, native, reading
from reconciler.definitions.basis import Basis
from reconciler.definitions.definition import as_it_is
from reconciler.errors import Invalid
from reconciler.pipeline import canonical, schema, secrets
from reconciler.pipeline.rules import Severity
from reconciler.policy import judge
from reconciler.source import address
from reconciler.sync import ruling
from reconciler.sync.remembering import Readings
from reconciler.sync.state import Event

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from typing import Any

    from reconciler.definitions.definition import Definition
    from reconciler.errors import Problem
    from reconciler.pipeline.providers import Catalogue
    from reconciler.plan.build import Identity
    from reconciler.policy.judge import Judged, Policy
    from reconciler.source.repository import File, Snapshot
    from reconciler.sync.remembering import Outcome
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
    against = context(world, catalogue)
    known = Readings(world.memory, canonical.digest([against.key(schema.sdk()), rules.policy.key]), files)
    found = _Found(problems=[*problems, *state.snapshot.problems, *rules.wrong()])
    for done, file in enumerate(files, 1):
        if (remembered := known.of(file)) is not None:
            found.free += remembered
            continue
        world.tell(Event("read", file.path, done, len(files)))
        _read(file, found, known, lambda file: _judged(file, world, against, rules.policy))
    if (crossing := known.outcome) is None:
        crossing = _together(known.outlined([*found.free, *found.held]), state, world, rules.policy)
        if found.lasting:
            known.settle(crossing)
    known.save()
    found.hold(crossing)
    kept = (each for each in found.free if each.identity not in found.reasons)
    free = reading.collect([_judged_once(each) for each in kept], found.problems)
    return replace(state, catalogue=catalogue, reading=replace(free, held=found.reasons))


def _judged_once(definition: Definition) -> Definition:
    """Drop what only judging asks for: of many definitions it is more than all else."""
    return replace(definition, outline={}, written=as_it_is) if definition.outline else definition


@dataclass(slots=True)
class _Found:
    """What was found so far in the files of a commit."""

    problems: list[Problem]
    free: list[Definition] = field(default_factory=list)
    held: list[Definition] = field(default_factory=list)
    reasons: dict[Identity, str] = field(default_factory=dict)
    lasting: bool = True
    """Whether the same files mean the same tomorrow."""

    def hold(self, crossing: Outcome) -> None:
        """Hold back what the rules over all pipelines find fault with."""
        self.reasons |= {identity: _reason(each) for identity, each in crossing.items() if identity not in self.reasons}
        self.problems += [problem for each in crossing.values() for problem in each]


def _read(file: File, found: _Found, known: Readings, judge: Callable[[File], Judged]) -> None:
    """Read one file, and remember what it defines unless something is wrong or may be tomorrow."""
    try:
        judged = judge(file)
    except Invalid as error:
        found.problems += error.problems
        return
    found.free += judged.definitions
    found.held += judged.blocked
    found.reasons |= {each.identity: _reason(judged.problems) for each in judged.blocked}
    found.problems += errors(judged.problems)
    found.lasting &= judged.lasting
    if judged.lasting and not judged.blocked:
        known.keep(file, judged.definitions)


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
    text = documents.text(data, file.path, limit)
    return judge.file(reading.read(data, file.path, context, limit), text, policy, errors_only=True)


def _together(everything: list[Definition], state: Pass, world: World, policy: Policy) -> Outcome:
    """Judge all pipelines of the commit together; each has its outline."""
    found: Outcome = {}
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
