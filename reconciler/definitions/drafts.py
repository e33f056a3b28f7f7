"""A pipeline as a file says it, before it is a definition: judged and finished alike, whatever kind of file it is."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, NamedTuple

from reconciler.definitions import suspension, tags, transitions
from reconciler.definitions.declaration import Declaration
from reconciler.definitions.definition import Definition, packed
from reconciler.documents import Fault
from reconciler.pipeline import canonical, validity

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from reconciler.documents import Path
    from reconciler.pipeline.arns import Target
    from reconciler.pipeline.providers import Catalogue
    from reconciler.pipeline.secrets import Sealer

Faults = tuple[Fault, ...]

BESIDE = ("tags", "transitions", "sync")
"""What may stand beside every declaration, whatever kind of file it stands in."""

SYNC_MEMBERS = {
    "adopt": (True, False),
    "interrupt": ("wait", "drain", "always", "never"),
    "restart": ("none", "same", "latest"),
    "wave": range(100),
}


class Place(NamedTuple):
    """Where a pipeline belongs."""

    environment: str
    target: Target


@dataclass(frozen=True, slots=True)
class Draft:
    """What is written about one pipeline; nothing of it has been looked at."""

    document: Any
    tags: Any = None
    transitions: Any = None
    sync: Any = None


def check(
    draft: Draft, region: str | None, severities: Mapping[str, str], catalogue: Catalogue | None = None
) -> Faults:
    """Give every fault; paths start at `pipeline`, `tags`, `transitions` or `sync`.

    `region` is where the pipeline lives, if that is known; `severities` and `catalogue` are those of `validity.check`.
    """
    found = validity.check(draft.document, region, severities, catalogue, resolved=True)
    return (
        *_sync_faults(draft.sync),
        *(
            replace(each.fault, path=("pipeline", *each.fault.path), rule=each.rule, severity=str(each.severity))
            for each in found
        ),
        *tags.read(draft.tags)[1],
        *transitions.read(draft.transitions, draft.document)[1],
    )


def declaration(draft: Draft, written: Callable[[Path], Path]) -> Declaration:
    """Give the declaration of a draft in which `check` found no error, where nobody knows its place."""
    shut = transitions.inbound(transitions.read(draft.transitions, draft.document)[0], draft.document)
    return Declaration(draft.document, tags.read(draft.tags)[0], shut, written=written)


def definition(draft: Draft, place: Place, file: str, line: int, sealer: Sealer) -> Definition:
    """Give the definition of a draft in which `check` found no error; `sealer` hides its secrets.

    With a sealer that compares nothing, the definition is judged and has no digests.
    """
    document, region = draft.document, place.target.region
    form = canonical.digest(canonical.form(sealer.seal(document), region)) if sealer.compares else ""
    tagged = tags.read(draft.tags)[0]
    shut = transitions.inbound(transitions.read(draft.transitions, document)[0], document)
    sync = draft.sync or {}
    return Definition(
        name=document["name"],
        environment=place.environment,
        target=place.target,
        file=file,
        line=line,
        digest=canonical.digest([form, tagged, shut] if shut else [form, tagged]) if form else "",
        form=sealer.signed(form) if form else "",
        tags=tagged,
        transitions=shut,
        adopt=sync.get("adopt"),
        interrupt=sync.get("interrupt"),
        restart=sync.get("restart"),
        wave=sync.get("wave"),
        suspend=suspension.read(sync.get("suspend")),
        body=packed(document),
    )


def name_line(source: str, name: str) -> int:
    """Give the line, from 1, on which a pipeline's name stands as it is written there; 1 if it is not to be found."""
    before = r"""^[ \t{]*(?:["']?pipeline["']?[ \t]*:[ \t{]*)?["']?name["']?[ \t]*:[ \t]*["']?"""
    match = re.search(rf"{before}{re.escape(name)}(?![\w.@-])", source, re.MULTILINE)
    return source.count("\n", 0, match.start()) + 1 if match else 1


def _sync_faults(sync: Any) -> Iterator[Fault]:
    if sync is None:
        return
    if not isinstance(sync, dict):
        yield Fault(("sync",), "sync is a mapping", "sync: {adopt: true}")
        return
    yield from suspension.faults(sync.get("suspend"))
    for key, value in ((key, value) for key, value in sync.items() if key != "suspend"):
        if key not in SYNC_MEMBERS:
            yield Fault(("sync", key), f"{key!r} is not known here", "known: " + ", ".join((*SYNC_MEMBERS, "suspend")))
        elif json.dumps(value) not in (choices := [json.dumps(choice) for choice in SYNC_MEMBERS[key]]):
            many = isinstance(SYNC_MEMBERS[key], range)
            listed = f"a number from {choices[0]} to {choices[-1]}" if many else " or ".join(choices)
            yield Fault(("sync", key), f"{key} takes {listed}")
