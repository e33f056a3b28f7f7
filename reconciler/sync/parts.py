"""A pass in parts: what a step has to know of one target, and what comes back of it.

Rules of this file:

* A part is a pass in which only one target, and only the pipelines that the step is about, are known. The step itself
  cannot tell: done on all parts and joined, it gives what it gives on the whole.
* A part holds headers and digests. Bodies stay behind: they may hold plaintext secrets, and are read from git again.
* A target for which a step has nothing to do has no part.
* A part that nobody could do is told as the step tells its own failures: nothing in it is taken for absent or written.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

from reconciler.definitions.definition import as_it_is
from reconciler.definitions.reading import Reading
from reconciler.errors import Retry
from reconciler.sync import applying, interrupting, observing, planning, settling, transitions
from reconciler.sync.state import Ending, Result

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from reconciler.definitions.definition import Definition
    from reconciler.pipeline.arns import Target
    from reconciler.plan.build import Identity
    from reconciler.plan.changes import Change, Plan
    from reconciler.source.repository import Snapshot
    from reconciler.sync.state import Pass, Step, World

Part = dict[str, Any]
"""The fields of a pass that a step fills, as it filled them for one target."""


class Share(NamedTuple):
    """How a step is shared out."""

    step: Step
    about: Callable[[Pass, World], Iterable[Identity]]
    """The pipelines that it is about."""
    fields: tuple[str, ...]
    """What it fills."""
    lost: Callable[[Pass, Target, str], Part]
    """What it fills where a part could not be done, for a reason."""
    everywhere: bool = False
    """Whether it is about targets without a pipeline in git too."""
    reads_git: bool = False
    """Whether it needs declarations, and not headers alone."""
    writes: bool = False
    """Whether it writes to AWS, and so needs the right to."""


def pieces(step: str, state: Pass, world: World) -> dict[Target, Pass]:
    """Give the parts of a pass that a step is done on, by target."""
    share = SHARES[step]
    names: dict[Target, set[str]] = {target: set() for target in world.accesses} if share.everywhere else {}
    for target, name in share.about(state, world):
        names.setdefault(target, set()).add(name)
    by_target = _Grouped(state)
    return {target: _piece(state, target, found, by_target) for target, found in names.items()}


def filled(step: str, state: Pass, world: World) -> Part:
    """Do a step on a part, and give what it filled."""
    share = SHARES[step]
    done = share.step(state, world)
    return {name: getattr(done, name) for name in share.fields}


def joined(state: Pass, parts: Mapping[Target, Part]) -> Pass:
    """Give the pass with what was filled in its parts."""
    fields: dict[str, dict[Target, Any]] = {}
    for target, part in parts.items():
        for name, value in part.items():
            fields.setdefault(name, {})[target] = value
    return replace(state, **{name: _JOINING[name](getattr(state, name), found) for name, found in fields.items()})


class _Grouped:
    """Changes by target, sorted out once: there may be as many as pipelines."""

    def __init__(self, state: Pass) -> None:
        self.batch = _grouped(state.batch)
        self.changes = _grouped(state.plan.changes if state.plan else ())
        pending = state.plan.pending if state.plan else {}
        self.pending = {name: _grouped(found) for name, found in pending.items()}


def _grouped(changes: Iterable[Change]) -> defaultdict[Target, list[Change]]:
    found = defaultdict(list)
    for each in changes:
        found[each.target].append(each)
    return found


def _piece(state: Pass, target: Target, names: set[str], grouped: _Grouped) -> Pass:
    known = state.reading.definitions if state.reading else {}
    wanted = {(target, name): _bare(known[target, name]) for name in names if (target, name) in known}
    files = {each.file: state.files[each.file] for each in wanted.values() if each.file in state.files}
    here = state.live.get(target)
    return replace(
        state,
        snapshot=_headline(state.snapshot),
        files=files,
        reading=Reading(wanted, ()),
        live={} if here is None else {target: {name: here[name] for name in names if name in here}},
        unreadable={},
        refused={},
        setbacks={},
        resting={target: state.resting[target]} if target in state.resting else {},
        unknown=_of(state.unknown, target, names),
        transitions=_of(state.transitions, target, names),
        vanished=frozenset(),
        plan=_plan(state.plan, target, names, grouped),
        lasts={},
        agreed=(),
        batch=tuple(grouped.batch[target]),
        results=(),
        waits=_of(state.waits, target, names),
        owed={},
        drifted=(),
        healed=(),
        holds=replace(state.holds, environments={}),
        said=(),
    )


def _bare(definition: Definition) -> Definition:
    """Give a definition as a header: itself, if it was remembered as one."""
    if not (definition.body or definition.outline) and definition.written is as_it_is:
        return definition
    return replace(definition, body=b"", outline={}, written=as_it_is)


def _headline(snapshot: Snapshot | None) -> Snapshot | None:
    return replace(snapshot, files=(), problems=()) if snapshot else None


def _plan(plan: Plan | None, target: Target, names: set[str], grouped: _Grouped) -> Plan | None:
    if plan is None:
        return None
    pending = {name: _about(found[target], names) for name, found in grouped.pending.items()}
    return replace(
        plan,
        changes=_about(grouped.changes[target], names),
        problems=(),
        unreadable={},
        unknown=_of(plan.unknown, target, names),
        pending=pending,
    )


def _about(changes: Iterable[Change], names: set[str]) -> tuple[Change, ...]:
    return tuple(each for each in changes if each.name in names)


def _of(mapping: Mapping[Identity, Any], target: Target, names: Iterable[str]) -> dict[Identity, Any]:
    return {(target, name): mapping[target, name] for name in names if (target, name) in mapping}


def _merged(before: Mapping[Any, Any], parts: Mapping[Target, Mapping[Any, Any]]) -> dict[Any, Any]:
    return {**before, **{key: value for part in parts.values() for key, value in part.items()}}


def _replaced(before: Mapping[Identity, Any], parts: Mapping[Target, Mapping[Identity, Any]]) -> dict[Identity, Any]:
    """Give what was known of other targets, and of these what their parts say."""
    kept = {key: value for key, value in before.items() if key[0] not in parts}
    return kept | {key: value for target, part in parts.items() for key, value in part.items() if key[0] == target}


def _changed(before: Plan | None, parts: Mapping[Target, Plan]) -> Plan | None:
    """Give the plan with the changes as the parts have them."""
    if before is None:
        return None
    found = {(each.identity, each.kind): each for part in parts.values() for each in part.changes}
    return replace(before, changes=tuple(found.get((each.identity, each.kind), each) for each in before.changes))


_JOINING: dict[str, Callable[[Any, Any], Any]] = {
    "live": _merged,
    "unreadable": _merged,
    "refused": _merged,
    "unknown": _merged,
    "transitions": _merged,
    "vanished": lambda before, parts: before.union(*parts.values()),
    "plan": _changed,
    "lasts": _merged,
    "results": lambda before, parts: (*before, *(each for part in parts.values() for each in part)),
    "waits": _replaced,
    "owed": _merged,
}


def _all_defined(state: Pass, _: World | None = None) -> Iterable[Identity]:
    return state.reading.definitions if state.reading else ()


def _with_transitions(state: Pass, _: World) -> Iterable[Identity]:
    known = state.reading.definitions if state.reading else {}
    return (
        each.identity for each in known.values() if each.transitions and each.name in state.live.get(each.target, ())
    )


def _open(state: Pass, _: World) -> Iterable[Identity]:
    return (each.identity for each in state.plan.open) if state.plan else ()


def _batch(state: Pass, _: World) -> Iterable[Identity]:
    return (each.identity for each in state.batch)


def _waiting(_: Pass, world: World) -> Iterable[Identity]:
    return world.memory.waits()


def _unreadable(_: Pass, target: Target, why: str) -> Part:
    return {"unreadable": {target: why}, "refused": {target: Retry(why)}}


def _unknown(state: Pass, _: Target, why: str) -> Part:
    return {"unknown": dict.fromkeys(_all_defined(state), why)}


def _held(state: Pass, _: Target, why: str) -> Part:
    plan = state.known[2]
    return {"plan": replace(plan, changes=tuple(replace(each, held=each.held or why) for each in plan.changes))}


def _as_it_was(state: Pass, _: Target, __: str) -> Part:
    return {"plan": state.plan}


def _failed(state: Pass, _: Target, why: str) -> Part:
    return {"results": tuple(Result(each, Ending.FAILED, why, failure=Retry(why)) for each in state.batch)}


def _owed(state: Pass, _: Target, why: str) -> Part:
    return {"owed": dict.fromkeys(state.waits, why)}


SHARES = {
    "observe": Share(
        observing.observe, _all_defined, ("live", "unreadable", "refused", "unknown", "vanished"), _unreadable,
        everywhere=True,
    ),
    "transitions": Share(transitions.look, _with_transitions, ("transitions", "unknown"), _unknown),
    "verify": Share(planning.verify, _open, ("plan",), _held),
    "foresee": Share(interrupting.foresee, _open, ("plan", "lasts"), _as_it_was, reads_git=True),
    "settle": Share(settling.settle, _waiting, ("waits", "owed"), _owed, reads_git=True, writes=True),
    "write": Share(applying.write, _batch, ("results",), _failed, reads_git=True, writes=True),
}  # fmt: skip
"""Every step that is shared out."""
NAMES = {share.step: name for name, share in SHARES.items()}
