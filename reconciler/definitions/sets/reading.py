"""A set to one definition for every place where it lives, or to every fault of it."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from reconciler.definitions import drafts
from reconciler.definitions.sets import agreement, outline, places, tree
from reconciler.definitions.sets.expansion import PIPELINE, Expansion, expand
from reconciler.definitions.sets.places import Site
from reconciler.documents import Fault
from reconciler.pipeline.rules import Severity

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from reconciler.definitions.basis import Basis
    from reconciler.definitions.declaration import Declaration
    from reconciler.definitions.definition import Definition
    from reconciler.definitions.native import Context
    from reconciler.pipeline.arns import Target

Faults = tuple[Fault, ...]


def is_set(value: Any) -> bool:
    """Whether a parsed file is a set: it names environments beside a pipeline."""
    return isinstance(value, dict) and "environments" in value and PIPELINE in value


def read(value: dict[str, Any], source: str, file: str, context: Context) -> tuple[tuple[Definition, ...], Faults]:
    """Give the definitions of a parsed set, in its order, with what rules say of them.

    With an error in any place there are none: half-read is not read.
    """
    expansions, lost = _expanded(value, context)
    faults = (*outline.check(value), *lost, *_judged(expansions, context, context.basis))
    if not _broken(faults):
        faults = (*faults, *_shared(expansions))
    if _broken(faults):
        return (), faults
    return tuple(_definition(each, value, source, file, context) for each in expansions), faults


def judge(value: dict[str, Any], basis: Basis) -> Faults:
    """Give what is to be said about a parsed set where no environments are known: any may be named."""
    expansions, lost = _expanded(value, None)
    return (*outline.check(value), *lost, *_judged(expansions, None, basis))


def declarations(value: dict[str, Any]) -> Iterator[Declaration]:
    """Give the declarations of a parsed set in which `judge` found no error."""
    for each in _expanded(value, None)[0]:
        yield drafts.declaration(each.draft, partial(tree.written, each.origins))


def _expanded(value: dict[str, Any], context: Context | None) -> tuple[list[Expansion], list[Fault]]:
    found = list(places.find(value, context.environments if context else None))
    root = tree.grow(value)
    sites = {each.place: each for each in found if isinstance(each, Site)}
    return [expand(root, site) for site in sites.values()], [each for each in found if isinstance(each, Fault)]


def _judged(expansions: list[Expansion], context: Context | None, basis: Basis) -> Iterator[Fault]:
    """Give what keeps places from being expanded, then what is to be said about the others."""
    yield from agreement.told_once([(each.site, each.faults) for each in expansions])
    whole, severities = [each for each in expansions if not each.faults], context.severities if context else {}
    regions = [each.site.place.target.region if context else None for each in whole]
    yield from agreement.told_once([
        (each.site, each.check(region, severities, basis.catalogue))
        for each, region in zip(whole, regions, strict=True)
    ])  # fmt: skip


def _broken(faults: Iterable[Fault]) -> bool:
    return any(fault.severity == Severity.ERROR for fault in faults)


def _shared(expansions: list[Expansion]) -> Iterator[Fault]:
    """Tell of environments that share a target, and in it a name."""
    known: dict[tuple[Target, str], str] = {}
    for each in expansions:
        (environment, target), name = each.site.place, each.draft.document["name"]
        other = known.setdefault((target, name), environment)
        if other != environment:
            message = f"{other} and {environment} are both {name} in {target}"
            yield Fault(each.origins[PIPELINE, "name"], message, "put ${environment} into the name")


def _definition(each: Expansion, value: dict[str, Any], source: str, file: str, context: Context) -> Definition:
    name: Any = value
    for part in each.origins[PIPELINE, "name"]:
        name = name[part]
    line = drafts.name_line(source, name)
    found = drafts.definition(each.draft, each.site.place, file, line, context.sealer)
    return replace(found, written=partial(tree.written, each.origins))
