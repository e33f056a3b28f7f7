"""Steps fetch and read: the branch head, and every definition in it, parsed once per content."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

from reconciler.definitions import definition as definitions
from reconciler.definitions import native, reading
from reconciler.errors import Invalid
from reconciler.pipeline import schema, secrets
from reconciler.source import address
from reconciler.sync.state import Event

if TYPE_CHECKING:
    from typing import Any

    from reconciler.definitions.definition import Definition
    from reconciler.errors import Problem
    from reconciler.source.repository import File
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
    context, memory = _context(world), world.memory
    key = context.key(schema.sdk())
    known = memory.readings(key, [file.blob for file in state.snapshot.files])
    found: list[Definition] = []
    fresh: dict[str, str] = {}
    problems: list[Problem] = list(state.snapshot.problems)
    for done, file in enumerate(state.snapshot.files, 1):
        if file.blob in known:
            found.append(definitions.remembered(json.loads(known[file.blob]), file.path))
            continue
        world.tell(Event("read", file.path, done, len(state.snapshot.files)))
        try:
            found.append(one := _parsed(file, world, context))
            fresh[file.blob] = json.dumps(definitions.header(one))
        except Invalid as error:
            problems += error.problems
    if fresh or len(known) < len(state.snapshot.files):
        memory.remember_readings(key, fresh)
        memory.trim_readings(key, {file.blob for file in state.snapshot.files})
    return replace(state, reading=reading.collect(found, problems))


def with_body(definition: Definition, state: Pass, world: World) -> Definition:
    """Give a definition together with its declaration, which is read again if only its header was remembered."""
    return definition if definition.body else _parsed(state.files[definition.file], world, _context(world))


def sealed(definition: Definition, state: Pass, world: World) -> dict[str, Any]:
    """Give the declaration of a definition without its secrets."""
    document = with_body(definition, state, world).document
    return secrets.seal(document, secrets.fingerprinter(world.memory.fingerprint_key))


def _context(world: World) -> native.Context:
    fingerprint = secrets.fingerprinter(world.memory.fingerprint_key)
    settings = world.settings
    return native.Context(settings.environments, settings.naming, fingerprint, settings.policy.rules)


def _parsed(file: File, world: World, context: native.Context) -> Definition:
    return reading.read(world.repository.read(file), file.path, context, world.settings.source.max_file_bytes)
