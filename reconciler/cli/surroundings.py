"""What files are judged by: settings, a team's own action types, and values for templates, each from where it is."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from reconciler import documents
from reconciler.cli import build, values
from reconciler.definitions import actiontypes, native, templates
from reconciler.definitions.basis import Basis
from reconciler.errors import Broken
from reconciler.pipeline import secrets

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from reconciler.cli.values import Source
    from reconciler.definitions.actiontypes import Declared
    from reconciler.definitions.templates import Announced
    from reconciler.errors import Problem
    from reconciler.settings import Settings

SUFFIXES = frozenset({".yaml", ".yml", ".json"})

_Problems = list["Problem"]


@dataclass(frozen=True, slots=True)
class Asked:
    """What the command line asked to be judged; without paths it is the folder of the settings, or this one."""

    paths: tuple[Path, ...] = ()
    config: Path | None = None
    overrides: tuple[str, ...] = ()
    parameters: tuple[Path, ...] = ()

    @property
    def settings_file(self) -> Path | None:
        """The file with the settings; None if there is none, and then only declarations are judged."""
        return self.config or next((place for place in build.PLACES if place.is_file()), None)


@dataclass(frozen=True, slots=True)
class Surroundings:
    """All that is known before the first definition is looked at."""

    settings: Settings | None
    basis: Basis
    data: Mapping[str, bytes]
    """The content of every file that may define a pipeline, by name."""
    types: Mapping[str, bytes]
    """Likewise, of the files that declare action types."""
    rules: Mapping[str, bytes]
    """Likewise, of the files with rules of policy."""
    problems: tuple[Problem, ...]
    """What is to be said about types and values."""

    @property
    def key(self) -> object:
        """What a judgement depends on, beside the content of its file."""
        return self.settings, self.basis.types, dict(self.basis.given)

    @property
    def context(self) -> native.Context | None:
        """What definitions are read against; secrets are not compared here, so they need no key."""
        if (known := self.settings) is None:
            return None
        wanted = known.policy.severities
        return native.Context(known.environments, known.naming, secrets.no_fingerprint, wanted, self.basis)


def look(asked: Asked) -> Surroundings:
    """Read all of it; raises Broken where nothing can be judged."""
    loaded, folder, text = _settings(asked)
    content = {str(file): _data(file) for file in _chosen(asked, folder, loaded)}
    data = {name: each for name, each in content.items() if not actiontypes.is_file(name)}
    rules = {name: data.pop(name) for name in list(data) if _holds_rules(name, folder, loaded)}
    types = {name: each for name, each in content.items() if actiontypes.is_file(name)}
    problems: _Problems = []
    sources = list(_sources(asked, loaded, text, problems))
    given = values.together(sources)
    announced = _announced(data, given)
    if announced:
        problems += values.strange(sources, (name for each in announced for name in each.parameters))
    declared = [*_of_settings(asked, loaded, text, problems), *_of_files(types, problems)]
    catalogue, doubles = actiontypes.catalogue(declared)
    basis = Basis(actiontypes.added(catalogue, templates.agreed(announced)), given)
    return Surroundings(loaded, basis, data, types, rules, (*problems, *doubles))


def watched(asked: Asked) -> tuple[Path, ...]:
    """Give the files and folders on which a judgement depends."""
    _, folder, _ = _settings(asked)
    return (*_roots(asked, folder), *(path for path in (folder, asked.settings_file) if path), *asked.parameters)


def _data(file: Path) -> bytes:
    """Give the bytes of a file, one more than are read at most; raises Broken where it cannot be opened."""
    try:
        with file.open("rb") as stream:
            return stream.read(documents.MAX_BYTES + 1)
    except OSError as error:
        raise Broken(f"{file}: {error.strerror}") from None


def _settings(asked: Asked) -> tuple[Settings | None, Path | None, str]:
    """Give the settings, the folder of their definitions if it is here, and the text of the settings."""
    if (file := asked.settings_file) is None:
        return None, None, ""
    loaded, base = build.settings(file, asked.overrides)
    folder = Path(build.repository(loaded, base)) / loaded.source.path
    return loaded, _near(folder) if folder.is_dir() else None, file.read_text(encoding="utf-8")


def _near(folder: Path) -> Path:
    """Give a path as short as people and annotations want it: from the present folder, if that holds it."""
    folder, here = folder.resolve(), Path.cwd().resolve()
    return folder.relative_to(here) if folder.is_relative_to(here) else folder


def _chosen(asked: Asked, folder: Path | None, loaded: Settings | None) -> list[Path]:
    """Give the files to read, each once: those that are named, and the action types and rules among all definitions.

    Settings and files of values define nothing, wherever they lie.
    """
    named = [file for path in _roots(asked, folder) for file in _files(path)]
    shared = (file for file in _files(folder) if _is_shared(file, folder, loaded)) if folder else ()
    beside = {file.resolve() for file in (asked.settings_file, *asked.parameters) if file}
    once = {real: file for file in (*shared, *named) if (real := file.resolve()) not in beside}
    if not named or not once:
        raise Broken("no *.yaml, *.yml or *.json file there; name files or folders: reconciler validate pipelines")
    return sorted(once.values())


def _is_shared(file: Path, folder: Path, loaded: Settings | None) -> bool:
    return actiontypes.is_file(file.name) or _holds_rules(str(file), folder, loaded)


def _holds_rules(name: str, folder: Path | None, loaded: Settings | None) -> bool:
    if folder is None or loaded is None or not loaded.policy.own:
        return False
    from reconciler.sync import ruling

    return ruling.is_rules(name, str(folder), loaded)


def _roots(asked: Asked, folder: Path | None) -> tuple[Path, ...]:
    return asked.paths or (folder or (asked.settings_file or Path()).parent,)


def _files(path: Path) -> Iterator[Path]:
    if not path.exists():
        raise Broken(f"{path} does not exist; name files or folders that do")
    if path.is_file():
        yield path
        return
    for file in path.rglob("*"):
        hidden = any(part.startswith(".") for part in file.relative_to(path).parts)
        if file.suffix in SUFFIXES and file.is_file() and not hidden:
            yield file


def _sources(asked: Asked, loaded: Settings | None, text: str, problems: _Problems) -> Iterator[Source]:
    """Give where values come from, the strongest last.

    Names in the settings are for all templates, so they are checked only where all of them are judged.
    """
    if loaded:
        yield values.of_settings(loaded.templates, str(asked.settings_file), text, checked=not asked.paths)
    for file in asked.parameters:
        source, found = values.of_file(_data(file), str(file))
        problems += found
        yield source


def _announced(data: Mapping[str, bytes], given: Mapping[str, str]) -> list[Announced]:
    """Give what templates announce; only where it matters, because each of them is read once more for it."""
    wanted = (name for name, each in data.items() if b"Resources" in each and (given or templates.TYPE in each))
    return [found for name in wanted if (found := templates.announced(data[name], name, given))]


def _of_settings(asked: Asked, loaded: Settings | None, text: str, problems: _Problems) -> tuple[Declared, ...]:
    if not loaded:
        return ()
    declared, faults = actiontypes.listed(loaded.action_types, str(asked.settings_file), ("action_types",))
    problems += documents.locate(text, str(asked.settings_file), faults)
    return declared


def _of_files(types: Mapping[str, bytes], problems: _Problems) -> Iterator[Declared]:
    for name, data in types.items():
        declared, found = actiontypes.read(data, name)
        problems += found
        if declared:
            yield declared
