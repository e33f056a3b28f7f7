"""What a set itself says around its pipeline: which words there are, and what may stand behind each.

project, purpose        texts for ${project} and ${purpose}
environments            names of configured environments
regions                 of environments with several Regions those that are meant, by environment
facts                   more names for ${...}, by environment; a fact is a text, or one text for each Region
pipeline                the declaration in API shape, in which ${...} is filled in
overrides               by environment what is otherwise there
tags, transitions, sync as in a native file; an override may hold them too
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from reconciler.definitions import hints
from reconciler.definitions.drafts import BESIDE
from reconciler.definitions.sets import places
from reconciler.documents import Fault

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

MEMBERS = ("project", "purpose", "environments", "regions", "facts", "pipeline", "overrides", *BESIDE)
GIVEN = ("project", "purpose", "environment", "account", "region")
"""Names that every set can fill in."""

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")


def check(value: Mapping[str, Any]) -> Iterator[Fault]:
    """Give the faults of everything but the pipeline, what is merged over it and what stands beside it."""
    for key in (key for key in value if key not in MEMBERS):
        yield Fault((key,), f"{key!r} is not known here", hints.nearest(key, MEMBERS))
    for key in ("project", "purpose"):
        if key in value and not isinstance(value[key], str):
            yield Fault((key,), f"{key} is a text", "put it in quotes")
    yield from _environments(value["environments"])
    for key in ("regions", "facts", "overrides"):
        yield from _by_environment(value, key)
    for environment, regions in _mapping(value.get("regions")).items():
        yield from _regions(("regions", environment), regions)
    for environment, facts in _mapping(value.get("facts")).items():
        for name, fact in _mapping(facts).items():
            yield from _fact(("facts", environment, name), fact)


def _environments(value: Any) -> Iterator[Fault]:
    if not isinstance(value, list) or not value:
        yield Fault(("environments",), "environments is a list of at least one name", "environments: [dev, prod]")
        return
    for index, each in enumerate(value):
        if not isinstance(each, str):
            yield Fault(("environments", index), "an environment is named by a text", "put it in quotes")
        elif each in value[:index]:
            yield Fault(("environments", index), f"{each!r} stands here twice", "keep one of them")


def _by_environment(value: Mapping[str, Any], key: str) -> Iterator[Fault]:
    """Check a member that is a mapping by environment."""
    if not isinstance(value.get(key, {}), dict | None):
        yield Fault((key,), f"{key} is a mapping by environment", f"{key}: {{prod: ...}}")
        return
    known = places.listed(value)
    for environment, inside in _mapping(value.get(key)).items():
        if known and environment not in known:
            hint = hints.nearest(environment, known, "environments: ")
            yield Fault((key, environment), f"{environment!r} is not one of the set's environments", hint)
        if inside is not None and not isinstance(inside, list if key == "regions" else dict):
            what = "a list" if key == "regions" else "a mapping"
            yield Fault((key, environment), f"{key} of an environment are {what}")


def _regions(path: tuple[str, str], regions: Any) -> Iterator[Fault]:
    for index, region in enumerate(regions if isinstance(regions, list) else ()):
        if not isinstance(region, str):
            yield Fault((*path, index), "a Region is named by a text", "such as eu-west-1")
        elif region in regions[:index]:
            yield Fault((*path, index), f"{region!r} stands here twice", "keep one of them")
    if regions == []:
        yield Fault(path, "no Region is left", "name one, or take the environment out of `environments`")


def _fact(path: tuple[str, str, str], fact: Any) -> Iterator[Fault]:
    name = path[-1]
    if name in GIVEN:
        yield Fault(path, f"${{{name}}} is there already", "choose another name")
    elif not _NAME.fullmatch(name):
        yield Fault(path, f"{name!r} is no name for a fact", "letters, digits, - and _, a letter first")
    for inside in fact.values() if isinstance(fact, dict) else (fact,):
        if isinstance(inside, bool) or not isinstance(inside, str | int):
            yield Fault(path, "a fact is a text, or one text for each Region", "put it in quotes")


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}
