"""From the text of `reconciler.yaml` and the environment to settings, or to every problem at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, get_args, get_origin

from pydantic import BaseModel, ValidationError

from reconciler import documents
from reconciler.errors import Invalid, Problem
from reconciler.settings.environments import Environment
from reconciler.settings.tree import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

PREFIX = "RECONCILER_"


def load(text: str, file: str, environ: Mapping[str, str]) -> Settings:
    """Give the settings of one YAML text with `environ` laid over it; raises `Invalid` with every problem at once."""
    value = documents.parse(text, file)
    if value is None:
        value = {}
    if not isinstance(value, dict):
        raise Invalid((Problem(file, 1, 1, "", "settings are a mapping of groups", "see config/reconciler.yaml"),))
    try:
        return Settings.model_validate(overlay(value, environ))
    except ValidationError as error:
        faults = tuple(_fault(entry) for entry in error.errors(include_url=False, include_input=False))
        raise Invalid(tuple(_problems(text, file, faults, environ))) from None


def overlay(value: dict[str, Any], environ: Mapping[str, str]) -> dict[str, Any]:
    """Lay `RECONCILER_<GROUP>__<FIELD>` variables over a tree of settings; deeper fields take more double underscores.

    The value of a variable is read as YAML, so `true`, `5` and `[a, b]` mean what they mean in the file.
    """
    result = dict(value)
    for name, keys in _variables(environ):
        result = _set(result, keys, documents.parse(environ[name], name) if environ[name] else "")
    return result


def _variables(environ: Mapping[str, str]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Give the variables that hold settings, each with the path of its setting."""
    for name in sorted(environ):
        if name.startswith(PREFIX) and "__" in name:
            yield name, tuple(name.removeprefix(PREFIX).lower().split("__"))


def _problems(
    text: str, file: str, faults: tuple[documents.Fault, ...], environ: Mapping[str, str]
) -> Iterator[Problem]:
    """Place each fault in the file, or at the variable that says otherwise than the file."""
    variables: dict[documents.Path, str] = {keys: name for name, keys in _variables(environ)}
    for fault, problem in zip(faults, documents.locate(text, file, faults), strict=True):
        starts = (fault.path[:size] for size in range(len(fault.path), 0, -1))
        name = next((variables[start] for start in starts if start in variables), "")
        yield Problem(name, 0, 0, problem.path, fault.message, fault.hint) if name else problem


def _set(tree: dict[str, Any], keys: tuple[str, ...], value: object) -> dict[str, Any]:
    head, *rest = keys
    if not rest:
        return tree | {head: value}
    below = tree.get(head)
    return tree | {head: _set(below if isinstance(below, dict) else {}, tuple(rest), value)}


def _fault(entry: Any) -> documents.Fault:
    path = tuple(entry["loc"])
    match entry["type"]:
        case "extra_forbidden":
            return documents.Fault(path, f"there is no setting {path[-1]!r}", _near(path))
        case "missing":
            return documents.Fault(path, f"{path[-1]} is missing", f"add `{path[-1]}:`")
        case "model_type" | "dict_type":
            return documents.Fault(path, "this takes a mapping of settings", "see config/reconciler.yaml")
        case "tuple_type":
            return documents.Fault(path, "this takes a list", f"{path[-1]}: [eu-west-1]")
    return documents.Fault(path, entry["msg"].removeprefix("Value error, "), "see config/reconciler.yaml")


def _near(path: documents.Path) -> str:
    import difflib  # noqa: PLC0415  only an unknown key pays for it

    group: Any = Settings
    for part in (each for each in path[:-1] if isinstance(each, str)):
        field = group.model_fields.get(str(part)) if isinstance(group, type) and issubclass(group, BaseModel) else None
        listed = get_args(field.annotation)[:1] if field and get_origin(field.annotation) is tuple else ()
        group = listed[0] if listed else field.annotation if field else Environment if group is not Settings else None
    names = list(getattr(group, "model_fields", {}))
    close = difflib.get_close_matches(str(path[-1]), names, n=1)
    return f"did you mean {close[0]!r}?" if close else "known here: " + ", ".join(names)
