"""Import as sets: live pipelines that differ by environment as one file, and the proof that it says all of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from reconciler.definitions import naming, reading, writing
from reconciler.definitions.sets import folding
from reconciler.errors import Blocked
from reconciler.report import wording
from reconciler.sync import importing
from reconciler.sync.importing import Draft, Proof

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from reconciler.definitions.native import Context
    from reconciler.sync.importing import Live

_ENVIRONMENT = "environment"


@dataclass(frozen=True, slots=True)
class Family:
    """Pipelines whose names differ by nothing but the environment, in the order of the settings."""

    words: Mapping[str, str]
    """What the names say beside the environment, by part of the naming pattern."""
    members: tuple[Live, ...]
    stem: str
    """Name of the file without its ending; empty if none is safe."""


def find(pipelines: Iterable[Live], context: Context) -> tuple[Family, ...]:
    """Give the families of at least two environments; pipelines with names of their own belong to none."""
    there = list(pipelines)
    groups: dict[tuple[tuple[str, str], ...], list[Live]] = {}
    for live in there:
        words = naming.Convention(context.naming, tuple(context.environments)).read(live.name, live.environment)
        if words.pop(_ENVIRONMENT, None) is not None:
            groups.setdefault(tuple(words.items()), []).append(live)
    order = list(context.environments)
    chosen = {key: sorted(found, key=lambda each: (order.index(each.environment), each.target))
              for key, found in groups.items() if len({each.environment for each in found}) > 1}  # fmt: skip
    taken = {writing.stem(live.name).casefold() for live in there}
    return tuple(Family(dict(key), tuple(found), _stem(dict(key), taken)) for key, found in chosen.items())


def draft(family: Family, context: Context, *, adopt: bool = False) -> Draft:
    """Give the set of a family; raises Blocked with the reason for which its pipelines are better told one by one."""
    if not family.stem:
        raise Blocked("no file name is safe for them")
    contents = [_content(live, context, adopt=adopt) for live in family.members]
    members = [folding.Member(_facts(live), content) for live, content in zip(family.members, contents, strict=True)]
    fold = folding.fold(members, _template(family, context))
    if folding.size(fold.overrides) > folding.size(fold.common["pipeline"]):
        raise Blocked("they differ in more than they have in common")
    fold.common["pipeline"] = writing.ordered(fold.common["pipeline"])
    notes = [f"{live.name}: {note}" for live, content in zip(family.members, contents, strict=True)
             for note in importing.notes(live, content["pipeline"], context)]  # fmt: skip
    shown = tuple(map(wording.printable, notes))
    places = ", ".join(f"{live.environment} {live.target}" for live in family.members)
    value = folding.written(fold, family.words, _regions(family, context))
    return Draft(writing.text(value, (f"Imported from {places}.", *shown)), shown)


def prove(data: bytes, file: str, family: Family, context: Context) -> Proof:
    """Read a file back, and compare all that it defines with what is live, as a plan does."""
    proofs = [(live, importing.proof(data, file, live, context)) for live in family.members]
    definitions, _ = reading.judge(data, file, context)
    more = {each.identity for each in definitions} - {live.identity for live in family.members}
    return Proof(
        tuple(f"{live.name} {place}" for live, proof in proofs for place in proof.differences),
        (
            *dict.fromkeys(problem for _, proof in proofs for problem in proof.problems),
            *(f"{file} defines {name} in {target} too" for target, name in sorted(more)),
        ),
    )


def _content(live: Live, context: Context, *, adopt: bool) -> dict[str, Any]:
    content = writing.native(live.document, live.tags, live.target, context)
    content |= {"sync": {"adopt": True}} if adopt and not live.owner else {}
    return {key: content[key] for key in ("tags", "sync", "pipeline") if key in content}


def _facts(live: Live) -> dict[str, str]:
    return {_ENVIRONMENT: live.environment, "account": live.target.account, "region": live.target.region}


def _template(family: Family, context: Context) -> str:
    """Give the naming pattern as a set fills it in: `${project}-${environment}-${purpose}`."""
    template: str = context.naming.pattern
    for part in naming.parts(template):
        known = part in ("project", "purpose", _ENVIRONMENT)
        template = template.replace(f"{{{part}}}", f"$<{part}>" if known else family.words[part])
    return template.replace("$<", "${").replace(">", "}")


def _regions(family: Family, context: Context) -> dict[str, list[str]]:
    """Give the Regions of the environments in which only some of them are meant."""
    found: dict[str, list[str]] = {}
    for live in family.members:
        found.setdefault(live.environment, []).append(live.target.region)
    return {key: regions for key, regions in found.items() if set(regions) != set(context.environments[key].regions)}


def _stem(words: Mapping[str, str], taken: set[str]) -> str:
    """Give a name that no other file of the import has, whatever the case of its letters; it is taken then."""
    names = (writing.stem("-".join(words.values())), writing.stem(".".join(words.values())))
    free = next((name for name in (*names, f"{names[1]}.set") if name and name.casefold() not in taken), "")
    taken.add(free.casefold())
    return free
