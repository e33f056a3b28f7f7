"""Pipelines as somebody names them on the command line, and where they are taken from."""

from __future__ import annotations

import difflib
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from reconciler.cli import build, worktree
from reconciler.errors import Broken, Invalid

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from reconciler.definitions.definition import Definition
    from reconciler.definitions.native import Context
    from reconciler.errors import Problem
    from reconciler.pipeline.secrets import Keys
    from reconciler.plan.comparison import Side
    from reconciler.sync.importing import Live
    from reconciler.sync.state import Event, World

_Named = TypeVar("_Named", "Definition", "Live")

_GIT, _LIVE = "git", "live"


@dataclass(frozen=True, slots=True)
class Operand:
    """A pipeline as somebody named it."""

    text: str
    live: bool
    file: Path | None
    name: str
    """Name, perhaps with `@ENVIRONMENT` or `@ENVIRONMENT/REGION`; empty for the only pipeline of a file."""


@dataclass(frozen=True, slots=True)
class Sources:
    """Where pipelines are taken from; without a world nothing is live."""

    config: Path | None
    overrides: tuple[str, ...]
    fingerprint: Callable[[str], str]
    world: World | None = None
    context: Context | None = None
    """What the world is read against; there is one if there is a world."""


class _Place(NamedTuple):
    """What an operand says of a pipeline; what is empty says nothing."""

    name: str
    environment: str = ""
    region: str = ""

    def means(self, one: Definition | Live) -> bool:
        """Tell whether it means this one."""
        said = (one.name, one.environment, one.target.region)
        return all(wanted in ("", there) for wanted, there in zip(self, said, strict=True))


def operand(text: str, *, live: bool) -> Operand:
    """Read `NAME`, `NAME@ENVIRONMENT`, `FILE`, `FILE#NAME`, `git:…` or `live:…`; with `live`, a bare name is live."""
    prefix, separator, rest = text.partition(":")
    if separator and prefix in (_GIT, _LIVE):
        return Operand(text, prefix == _LIVE, None, rest)
    path, _, name = text.partition("#")
    if Path(path).is_file():
        return Operand(text, live=False, file=Path(path), name=name)
    if "#" in text or "/" in path.partition("@")[0] or path.endswith((".yaml", ".yml", ".json")):
        raise Broken(f"there is no file {path}; name a file, FILE#NAME, or a pipeline")
    return Operand(text, live, None, text)


@contextmanager
def sources(
    config: Path | None, overrides: tuple[str, ...], tell: Callable[[Event], None], *, live: bool
) -> Iterator[Sources]:
    """Give what operands are read from; the world of a pass is built only where something is `live`."""
    import secrets as randomness

    from reconciler.pipeline import secrets

    if not live:
        yield Sources(config, overrides, secrets.fingerprinter(randomness.token_bytes(32)))
        return
    loaded, base = build.settings(config, overrides)
    with build.world(loaded, base, tell) as world:
        from reconciler.sync import reading

        context = reading.context(world, worktree.catalogue(loaded, base))
        yield Sources(config, overrides, context.fingerprint, world, context)


def side(one: Operand, sources: Sources) -> Side:
    """Give one side of a comparison; raises Broken or Invalid if there is no such pipeline, or more than one."""
    return _live(one, sources) if one.live else _defined(one, sources)


def _defined(one: Operand, sources: Sources) -> Side:
    from reconciler.cli.rounds import Rounds
    from reconciler.cli.surroundings import Asked
    from reconciler.pipeline import secrets
    from reconciler.plan.comparison import Facts, Side

    paths = () if one.file is None else (one.file,)
    done = Rounds(Asked(paths, sources.config, sources.overrides)).next()
    if one.file is not None and not done.definitions and (errors := _errors(done.problems)):
        raise errors
    if done.around.settings is None:
        return _bare(one, sources, done.around.basis.secrets)
    place = _place(one.name, done.around.settings.environments)
    found = [each for each in done.definitions if place.means(each)]
    names = [each.name for each in done.definitions]
    chosen = _only(one, found, names, "`reconciler validate` tells what the files hold")
    facts, own = Facts(chosen.environment, *chosen.target), done.around.basis.secrets
    return Side(one.text, secrets.seal(chosen.document, sources.fingerprint, own), facts, chosen.tags)


def _bare(one: Operand, sources: Sources, own: Keys) -> Side:
    """Read a file where no settings say what an environment is: nothing can be folded."""
    from reconciler import documents
    from reconciler.pipeline import secrets
    from reconciler.plan.comparison import Side

    if one.file is None:
        raise Broken(f"{one.text}: no settings say where definitions are; pass --config FILE, or name a file")
    value = documents.parse(documents.text(one.file.read_bytes(), str(one.file)), str(one.file))
    document = value.get("pipeline", value)
    if "environments" in value or "stages" not in document or one.name not in ("", document["name"]):
        raise Broken(f"{one.text}: without settings, a file is one native definition; pass --config FILE")
    return Side(one.text, secrets.seal(document, sources.fingerprint, own))


def _live(one: Operand, sources: Sources) -> Side:
    from reconciler.plan.comparison import Facts, Side
    from reconciler.sync import importing

    if sources.world is None or sources.context is None:
        message = "live pipelines need a world"
        raise RuntimeError(message)
    place = _place(one.name, sources.world.settings.environments)
    selection = importing.Selection((place.name,), *place[1:], of_others=True)
    found = importing.find(sources.world, selection, sources.context)
    reasons = "; ".join([*found.unread.values(), *found.unreadable.values()])
    chosen = _only(one, found.pipelines, (), reasons or "`reconciler status` lists what is known")
    facts = Facts(chosen.environment, *chosen.target)
    return Side(one.text, chosen.document, facts, chosen.tags, live=True)


def _place(text: str, environments: Mapping[str, object]) -> _Place:
    """Give what a text says; a name may hold an @ itself."""
    name, separator, where = text.rpartition("@")
    environment, _, region = where.partition("/")
    return _Place(name, environment, region) if separator and environment in environments else _Place(text)


def _only(one: Operand, found: Iterable[_Named], names: Iterable[str], hint: str) -> _Named:
    matches = list(found)
    if len(matches) == 1:
        return matches[0]
    if matches:
        choice = ", ".join(sorted(f"{each.name}@{each.environment}/{each.target.region}" for each in matches))
        raise Broken(f"{one.text} can mean {choice}; write one of them")
    close = difflib.get_close_matches(one.name, sorted(set(names)), n=3)
    raise Broken(f"there is no pipeline {one.text}; " + (f"did you mean {' or '.join(close)}?" if close else hint))


def _errors(problems: Iterable[Problem]) -> Invalid | None:
    errors = tuple(each for each in problems if each.severity == "error")
    return Invalid(errors) if errors else None
