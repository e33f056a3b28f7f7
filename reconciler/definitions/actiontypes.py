"""A team's own action types: documents in the shape of CreateCustomActionType's request (reference D.5).

They stand in `*.actiontype.yaml` or `.json` files among the definitions, in the settings, and in templates. They are
read so that actions of these types can be judged; nobody creates them from here.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING, Any

from reconciler import documents
from reconciler.documents import Fault
from reconciler.errors import Invalid, Problem
from reconciler.pipeline import providers, schema, validity
from reconciler.pipeline.rules import Severity
from reconciler.pipeline.unknown import Unknown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from reconciler.pipeline.providers import Catalogue, Provider

SUFFIXES = (".actiontype.yaml", ".actiontype.yml", ".actiontype.json")

_REQUEST = "CreateCustomActionTypeInput"
_PLACEHOLDER = re.compile(r"\{Config:([^{}]*)\}")


@dataclass(frozen=True, slots=True)
class Declared:
    """A type, and the file that declares it."""

    provider: Provider
    file: str


def is_file(name: str) -> bool:
    """Tell whether a file of this name declares an action type, and so no pipeline."""
    return name.endswith(SUFFIXES)


def read(data: bytes, file: str, limit: int = documents.MAX_BYTES) -> tuple[Declared | None, tuple[Problem, ...]]:
    """Give the type that a file declares, unless something in it is wrong; and everything to be said about the file."""
    try:
        source = documents.text(data, file, limit)
        document = documents.parse(source, file)
    except Invalid as error:
        return None, error.problems
    faults = check(document)
    made = None if _refused(faults) else Declared(providers.custom(document), file)
    return made, documents.locate(source, file, faults)


def listed(found: Iterable[Any], file: str, path: documents.Path) -> tuple[tuple[Declared, ...], tuple[Fault, ...]]:
    """Give the types of a list that stands at `path` of a file, such as the settings; and the faults of the others."""
    made: list[Declared] = []
    faults: list[Fault] = []
    for index, document in enumerate(found):
        own = check(document)
        faults += (replace(fault, path=(*path, index, *fault.path)) for fault in own)
        made += () if _refused(own) else [Declared(providers.custom(document), file)]
    return tuple(made), tuple(faults)


def check(document: Any) -> tuple[Fault, ...]:
    """Give all faults of one declaration; what is `Unknown` in it is fine."""
    if shape := _checker()(document):
        return tuple(replace(fault, rule=validity.SHAPE) for fault in shape)
    return tuple(replace(fault, rule=validity.ACTION_TYPE) for rule in _RULES for fault in rule(document))


def known(document: Mapping[str, Any]) -> bool:
    """Tell whether a declaration without errors says which type it makes, which a template may leave to AWS."""
    name = (document[member] for member in ("category", "provider", "version"))
    return not any(isinstance(part, Unknown) for part in name)


def catalogue(declared: Iterable[Declared]) -> tuple[Catalogue | None, tuple[Problem, ...]]:
    """Give the catalogue with these types, None without any; a type that is declared in two ways has neither."""
    by_type: dict[tuple[str, ...], list[Declared]] = {}
    for one in declared:
        by_type.setdefault(one.provider.type, []).append(one)
    alike = {kind: all(one.provider == found[0].provider for one in found) for kind, found in by_type.items()}
    problems = [problem for kind, found in by_type.items() if not alike[kind] for problem in _doubles(found)]
    return added(None, [found[0].provider for kind, found in by_type.items() if alike[kind]]), tuple(problems)


def added(before: Catalogue | None, own: Iterable[Provider]) -> Catalogue | None:
    """Give a catalogue that knows these types, too; those that it knows already as the team's own stay."""
    there = {each.type for each in before.own} if before else set()
    new = sorted((each for each in own if each.type not in there), key=lambda each: each.type)
    return (before or providers.catalogue()).with_custom(*new) if new else before


@cache
def _checker() -> Callable[[object], tuple[Fault, ...]]:
    return schema.checker(schema.shapes(), _REQUEST, f"botocore {schema.sdk()}")


def _refused(faults: Iterable[Fault]) -> bool:
    return any(fault.severity == Severity.ERROR for fault in faults)


def _doubles(found: list[Declared]) -> Iterator[Problem]:
    for one in found:
        others = ", ".join(sorted({other.file for other in found if other is not one}))
        message = f"{one.provider} is declared in {others} too, and differently"
        yield Problem(one.file, 0, 0, "", message, "keep one of them", validity.ACTION_TYPE)


# What the shape does not say -----------------------------------------------------------------------------------------


def _properties(document: Mapping[str, Any]) -> list[tuple[documents.Path, Mapping[str, Any]]]:
    found = document.get("configurationProperties")
    entries = enumerate(found) if isinstance(found, list) else ()
    return [(("configurationProperties", index), entry) for index, entry in entries if isinstance(entry, dict)]


def _counts(document: Mapping[str, Any]) -> Iterator[Fault]:
    for side in ("inputArtifactDetails", "outputArtifactDetails"):
        least, most = providers.span(document[side])
        if least > most:
            fact = f"at least {least} and at most {most} artifacts cannot be"
            yield Fault((side, "minimumCount"), fact, "lower minimumCount, or raise maximumCount")


def _names(document: Mapping[str, Any]) -> Iterator[Fault]:
    entries = [(path, entry["name"]) for path, entry in _properties(document) if not isinstance(entry["name"], Unknown)]
    counted = Counter(name for _, name in entries)
    for path, name in entries:
        if counted[name] > 1:
            yield Fault((*path, "name"), f"there are {counted[name]} properties {name}", "rename or remove the others")


def _queryable(document: Mapping[str, Any]) -> Iterator[Fault]:
    """One property at most may be asked for by PollForJobs, and it is required and no secret (botocore's model)."""
    asked = [(path, entry) for path, entry in _properties(document) if entry.get("queryable") is True]
    for path, entry in asked:
        if len(asked) > 1:
            yield Fault((*path, "queryable"), f"{len(asked)} properties are queryable; one may be", "keep one of them")
        if entry["required"] is False or entry["secret"] is True:
            fact = f"{entry['name']} is queryable, so it is required and no secret"
            yield Fault((*path, "queryable"), fact, "write `required: true` and `secret: false`, or remove `queryable`")


def _placeholders(document: Mapping[str, Any]) -> Iterator[Fault]:
    """Give names in URLs that are no properties which are required and no secrets (botocore's model)."""
    settings, found = document.get("settings"), document.get("configurationProperties")
    if not isinstance(settings, dict) or isinstance(found, Unknown):
        return
    entries = [entry for _, entry in _properties(document)]
    if len(entries) < len(found or ()) or any(isinstance(entry["name"], Unknown) for entry in entries):
        return
    usable = {entry["name"] for entry in entries if entry["required"] is not False and entry["secret"] is not True}
    for member, url in settings.items():
        for name in _PLACEHOLDER.findall("" if isinstance(url, Unknown) else url):
            if name not in usable:
                fact = f"{member} names {{Config:{name}}}, which is no property that is required and no secret"
                usual = ", ".join(sorted(usable)) or "none"
                yield Fault(("settings", member), fact, f"properties for URLs here: {usual}", severity="warning")


_RULES: tuple[Callable[[Mapping[str, Any]], Iterator[Fault]], ...] = (_counts, _names, _queryable, _placeholders)
