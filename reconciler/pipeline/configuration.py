"""The checks of configuration keys and values; their rows stand in the table of `actions`."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from reconciler.documents import Fault
from reconciler.pipeline import secrets
from reconciler.pipeline.cases import text
from reconciler.pipeline.providers import INPUTS, nearest
from reconciler.pipeline.unknown import Unknown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from reconciler.documents import Path
    from reconciler.pipeline.cases import Case
    from reconciler.pipeline.providers import Clause, Condition, Key, Provider

LONG = 1_000
"""Characters of a value of an action that botocore's model allows; the service takes 50,000 (reference L)."""

ENVIRONMENT_TYPES = ("PLAINTEXT", "PARAMETER_STORE", "SECRETS_MANAGER")

_DECODER = json.JSONDecoder()
_INTEGER = re.compile(r"-?[0-9]{1,18}")
_SHOWN = 60


def required(case: Case) -> Iterable[Fault]:
    """Give keys that every configuration of this type needs, and this one has under no name alike."""
    if not case.provider or case.configuration is None or case.configuration.keys() >= case.provider.required:
        return ()
    return _missing(case.configuration, case.provider, case)


def unknown(case: Case) -> Iterable[Fault]:
    """Give keys that this type does not have."""
    if not case.provider or not case.configuration or case.configuration.keys() <= case.provider.keys.keys():
        return ()
    return () if case.provider.open else _strange(case.configuration, case.provider, case)


def conditional(case: Case) -> Iterator[Fault]:
    """Give what this configuration needs because of something else in it."""
    yield from _unmet(case, case.provider.demanded if case.provider else ())
    if case.provider and case.provider.variants and case.configuration is not None:
        variants = case.provider.variants
        if not any(case.configuration.keys() >= set(variant) for variant in variants):
            either = "; or ".join(" and ".join(variant) for variant in variants)
            yield Fault(_path(case), f"the configuration of {case.name} is not complete", f"write {either}")


def missing_at_run(case: Case) -> Iterator[Fault]:
    """Give what the service does not ask for, although the action fails without it."""
    yield from _unmet(case, case.provider.doubted if case.provider else ())


def values(case: Case) -> Iterator[Fault]:
    """Give values that are wrong whatever stands beside them."""
    if not case.provider or not case.configuration:
        return
    restricted = case.provider.restricted
    for name, value in case.configuration.items():
        key = restricted.get(name)
        if key and (not key.only or _holds(key.only, case)) and (wrong := _wrong(key, value)):
            yield Fault(_path(case, name), wrong, _remedy(key, value, case.provider))


def artifacts(case: Case) -> Iterator[Fault]:
    """Give names of artifacts that are no inputs of the action, where the service refuses that."""
    yield from _foreign(case, doubtful=False)


def doubtful_artifacts(case: Case) -> Iterator[Fault]:
    """Give names of artifacts that are no inputs of the action, where it may show at run time only (reference L)."""
    yield from _foreign(case, doubtful=True)


def long(case: Case) -> Iterable[Fault]:
    """Give values that the service takes, and that the older limit refuses; longer ones fail `schema.check`."""
    if not case.is_action or not case.configuration:
        return ()
    return [
        Fault(
            _path(case, name),
            f"{name} has {len(value):,} characters; the limit is {LONG:,}",
            "move it to a file or a parameter that the action reads",
        )
        for name, value in case.configuration.items()
        if type(value) is str and len(value) > LONG
    ]


def _path(case: Case, *parts: str) -> Path:
    return case.at("configuration", *parts)


def _read(key: Key, case: Case) -> bool:
    """Tell whether a key stands there, and is not ignored because of something else."""
    return bool(case.configuration and key.name in case.configuration and (not key.only or _holds(key.only, case)))


def _missing(configuration: Mapping[str, Any], kind: Provider, case: Case) -> Iterator[Fault]:
    strange = () if kind.open else configuration.keys() - kind.keys.keys()
    meant = {nearest(name, kind.keys) for name in strange}
    for name in kind.keys:
        if name in kind.required and name not in configuration and name not in meant:
            yield Fault(_path(case, name), f"{name} is missing", f"{kind} needs it")


def _strange(configuration: Mapping[str, Any], kind: Provider, case: Case) -> Iterator[Fault]:
    for name in configuration:
        if name not in kind.keys and not isinstance(name, Unknown):
            near = nearest(name, kind.keys)
            own = "; what a custom type takes is said where the type is made" if kind.owner == "Custom" else ""
            known = f"known: {', '.join(kind.keys) or 'none'}{own}"
            yield Fault(_path(case, name), f"{kind} has no key {name}", f"did you mean {near}?" if near else known)


# What one key needs of another ---------------------------------------------------------------------------------------


def _unmet(case: Case, conditions: tuple[Condition, ...]) -> Iterator[Fault]:
    if case.configuration is None:
        return
    for condition in conditions:
        if _holds(condition.given, case) and _holds(condition.needs, case) is False:
            yield _unmet_fault(condition, case)


def _holds(clause: Clause, case: Case) -> bool | None:
    """Tell whether a clause is true of an action; None where that cannot be known."""
    if clause.key == INPUTS:
        least, most = clause.span
        return None if case.inputs is None else least <= len(case.inputs) <= most
    if not case.configuration or clause.key not in case.configuration:
        return False
    if not clause.values:
        return True
    value = text(case.configuration[clause.key])
    return None if value is None else value in clause.values or value.lower() in clause.values


def _unmet_fault(condition: Condition, case: Case) -> Fault:
    given, needs = condition.given, condition.needs
    if given.key == INPUTS:
        cause = f"{case.name} has {len(case.inputs or ())} input artifacts"
    else:
        value = (case.configuration or {})[given.key]
        cause = f"{given.key} is {text(value)}" if given.values else f"there is {given.key}"
    if needs.key == INPUTS:
        return Fault(case.at("inputArtifacts"), f"{case.name} has no input artifact, and {cause}", "add one")
    if needs.values:
        return Fault(_path(case, needs.key), f"{needs.key} is not {needs.values[0]}, and {cause}",
                     f'write `{needs.key}: "{needs.values[0]}"`')  # fmt: skip
    return Fault(_path(case, needs.key), f"{needs.key} is missing, and {cause}", f"write `{needs.key}`")


def _foreign(case: Case, *, doubtful: bool) -> Iterator[Fault]:
    if not case.provider or not case.configuration or case.inputs is None:
        return
    for key in case.provider.naming:
        if key.doubtful != doubtful or not _read(key, case):
            continue
        if (value := text(case.configuration[key.name])) is None:
            continue
        artifact, separator, _ = value.partition("::")
        if artifact in case.inputs or Unknown in map(type, case.inputs):
            continue
        if separator or key.names == "input":
            yield Fault(_path(case, key.name), f"{key.name} names {_clip(artifact)}, which is no input of {case.name}",
                        "its inputs: " + (", ".join(case.inputs) or "none"))  # fmt: skip


# What one value may be -----------------------------------------------------------------------------------------------


def _wrong(key: Key, value: Any) -> str:
    """Say what is wrong with a value; empty if nothing is, or if nobody can know."""
    if key.json:
        return f"{key.name} {fault}" if isinstance(value, str) and (fault := _bad_json(key.json, value)) else ""
    if (written := text(value)) is None:
        return ""
    for test in _TESTS:
        if fault := test(key, written):
            break
    else:
        return ""
    shown = "the value" if key.secret else _clip(repr(secrets.scrub(written)))
    return f"{key.name}: {shown} {fault}"


def _bad_choice(key: Key, value: str) -> str:
    if key.boolean and value.lower() not in ("true", "false"):
        return 'is neither "true" nor "false"'
    if not key.values or (value in key.values and not key.listed):
        return ""
    wrong = [part for part in (value.split(",") if key.listed else (value,)) if part not in key.values]
    if key.listed and wrong and all(part.strip() in key.values for part in wrong):
        return "has spaces between its parts: part them with commas alone"
    return f"is not {'a list of' if key.listed else 'one of'} {', '.join(key.values)}" if wrong else ""


def _bad_number(key: Key, value: str) -> str:
    if not key.range:
        return ""
    least, most = key.range
    if not _INTEGER.fullmatch(value):
        return "is no integer"
    if int(value) < least or (most is not None and int(value) > most):
        return f"is not {least} to {most}" if most is not None else f"is less than {least}"
    return ""


def _bad_form(key: Key, value: str) -> str:
    if key.names == "file" and not all(value.partition("::")):
        return "does not have the form Artifact::path"
    return f"does not match {key.pattern}" if key.pattern and not re.fullmatch(key.pattern, value) else ""


_TESTS: tuple[Callable[[Key, str], str], ...] = (_bad_choice, _bad_number, _bad_form)


def _remedy(key: Key, value: Any, provider: Provider) -> str:
    if key.json == "environment":
        return """write [{"name": "LEVEL", "value": "high", "type": "PLAINTEXT"}] in one string"""
    if key.json:
        files = [each.name for each in provider.naming if each.names == "file"]
        wanted = """write {"Key": "value"} in one string"""
        return f"{wanted}; a file is named by {' or '.join(files)}" if files and "::" in value else wanted
    near = None if key.secret else nearest(str(value), key.values)
    return f"did you mean {near}?" if near else ""


def _bad_json(kind: str, value: str) -> str:
    if isinstance(value, Unknown):
        return ""
    try:
        # Public templates have a brace too many behind their JSON; whether the service minds is not known.
        parsed, _ = _DECODER.raw_decode(value.lstrip())
    except (ValueError, RecursionError):
        return "" if text(value) is None else "is not JSON"
    if kind == "value":
        return "" if isinstance(parsed, dict | list) else "is neither a JSON object nor a list"
    if kind == "object":
        return "" if isinstance(parsed, dict) else "is not a JSON object"
    return _bad_entries(parsed) if isinstance(parsed, list) else "is not a JSON list"


def _bad_entries(entries: list[Any]) -> str:
    """Say what is wrong with the first wrong variable for a build."""
    for at, entry in enumerate(entries, 1):
        if fault := _bad_entry(entry):
            return f"is wrong in entry {at}: {fault}"
    return ""


def _bad_entry(entry: Any) -> str:
    """Say what is wrong with one variable for a build, without its value (reference D.2)."""
    if not (isinstance(entry, dict) and isinstance(entry.get("name"), str) and isinstance(entry.get("value"), str)):
        return "it needs a name and a value, both strings"
    kind = entry.get("type", ENVIRONMENT_TYPES[0])
    fine = kind in ENVIRONMENT_TYPES or text(kind) in (None, *ENVIRONMENT_TYPES)
    return "" if fine else f"its type is not one of {', '.join(ENVIRONMENT_TYPES)}"


def _clip(shown: str) -> str:
    return shown if len(shown) <= _SHOWN else f"{shown[: _SHOWN - 1]}…"
