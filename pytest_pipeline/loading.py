"""Files to pipelines, by the daemon's own loader; what did not change is not read again in the same process.

Without settings the declarations of native files are taken as they are: no environment, no account.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pytest_pipeline.mistakes import at_caller
from pytest_pipeline.parts import NOWHERE, Place
from pytest_pipeline.selectors import nearest
from pytest_pipeline.structure import Pipeline
from reconciler import documents
from reconciler.definitions import actiontypes, native, reading
from reconciler.definitions.basis import Basis
from reconciler.errors import Broken, Invalid, Problem
from reconciler.pipeline import secrets
from reconciler.pipeline.arns import Target

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from reconciler.definitions.definition import Definition
    from reconciler.settings import Settings

SUFFIXES = frozenset({".yaml", ".yml", ".json"})
CASES = (".pipeline-test.yaml", ".pipeline-test.yml", ".pipeline-test.json")
"""Ends of the names of files that hold test cases, and so no definition."""
SETTINGS = "reconciler.yaml"


@dataclass(frozen=True, slots=True)
class Read:
    """What one file says."""

    file: Path
    text: str
    pipelines: tuple[Pipeline, ...]
    problems: tuple[Problem, ...]
    definitions: tuple[Definition, ...] = ()
    """The same pipelines as the daemon has them; empty without settings."""

    @property
    def errors(self) -> tuple[Problem, ...]:
        """What keeps the file, or some of it, from being applied."""
        return tuple(problem for problem in self.problems if problem.severity == "error")


class Pipelines(Mapping[str, Pipeline]):
    """All pipelines by name; where a name stands in several places, by `NAME@ENVIRONMENT/REGION`."""

    def __init__(self, found: Iterable[Pipeline], problems: Sequence[Problem] = ()) -> None:
        self._found = named(found)
        self.problems = tuple(problems)

    @at_caller
    def __getitem__(self, name: str) -> Pipeline:
        """Give a pipeline; raises KeyError that names what is near and which files are broken."""
        if name in self._found:
            return self._found[name]
        broken = sorted({problem.file for problem in self.problems if problem.severity == "error"})
        more = f"; files with errors define nothing: {', '.join(broken)}" if broken else ""
        raise KeyError(f"there is no pipeline {name!r}; near are {nearest(name, self._found)}{more}")

    def __iter__(self) -> Iterator[str]:
        return iter(self._found)

    def __len__(self) -> int:
        return len(self._found)

    def __repr__(self) -> str:
        return f"<pipelines {', '.join(self)}>"


@dataclass(frozen=True)
class Loader:
    """Reads definitions against one set of settings."""

    root: Path
    """Files are told relative to it."""
    settings: Settings | None = None
    config: str = ""
    """The file of the settings, where it is not `reconciler.yaml` at the root."""
    types: tuple[Path, ...] = ()
    """Files that declare a team's own action types."""
    _known: dict[Path, tuple[bytes, Read]] = field(default_factory=dict, repr=False, compare=False)

    def read(self, file: Path) -> Read:
        """Give what one file says; raises Broken for one that cannot be opened."""
        data = _data(file)
        known = self._known.get(file)
        if known is None or known[0] != data:
            known = self._known[file] = data, self._judged(file, data)
        return known[1]

    def all(self, files: Iterable[Path]) -> Pipelines:
        """Give the pipelines of many files; one that two files define is defined by neither, and a problem."""
        read = [self.read(file) for file in files]
        found = [pipeline for each in read for pipeline in each.pipelines]
        problems = [*self.basis[1], *(problem for each in read for problem in each.problems)]
        sites: dict[tuple[object, ...], list[Pipeline]] = {}
        for each in found:
            sites.setdefault((each.target, each.name), []).append(each)
        problems += [_double(each, same) for same in sites.values() if len(same) > 1 for each in same]
        return Pipelines([same[0] for same in sites.values() if len(same) == 1], sorted(problems))

    @cached_property
    def basis(self) -> tuple[Basis, tuple[Problem, ...]]:
        """Give what files are judged by, and what is wrong with it."""
        read = [actiontypes.read(_data(file), self.shown(file)) for file in self.types]
        listed = self.settings.action_types if self.settings else ()
        declared, _ = actiontypes.listed(listed, SETTINGS, ("action_types",))
        catalogue, doubles = actiontypes.catalogue([*declared, *(each for each, _ in read if each)])
        given = _given(self.settings)
        return Basis(catalogue, given), (*(problem for _, problems in read for problem in problems), *doubles)

    @cached_property
    def context(self) -> native.Context | None:
        """Give what definitions are read against; secrets are not compared here, so they need no key."""
        if (known := self.settings) is None:
            return None
        severities = known.policy.severities
        return native.Context(known.environments, known.naming, secrets.no_fingerprint, severities, self.basis[0])

    def shown(self, file: Path) -> str:
        """Give a file's name as people want it: from the root, if that holds it."""
        return str(file.relative_to(self.root)) if file.is_relative_to(self.root) else str(file)

    def _judged(self, file: Path, data: bytes) -> Read:
        name = self.shown(file)
        definitions, problems = reading.judge(data, name, self.context, self.basis[0])
        if self.settings:
            found = tuple(self._pipeline(each) for each in definitions)
        else:
            found = tuple(self._bare(data, name)) if not _errors(problems) else ()
        return Read(file, data.decode("utf-8", "replace"), found, problems, definitions)

    def _pipeline(self, one: Definition) -> Pipeline:
        known = self.settings
        folder = self.root / self.config
        home = (folder.parent if self.config else self.root) / (known.source.path if known else "")
        apart = not (self.root / one.file).is_relative_to(home)
        catalogue = self.basis[0].catalogue
        place = Place(one.target, one.environment, one.file, one.line, one.tags, catalogue, known, self.config, apart)
        return Pipeline(one.document, place)

    def _bare(self, data: bytes, name: str) -> Iterator[Pipeline]:
        value = documents.parse(documents.text(data, name), name)
        outer = native.outer_of(value)
        if outer is not None and "environments" not in outer:
            document = outer["pipeline"]
            tags = outer.get("tags")
            yield Pipeline(
                document,
                Place(_target(document), "", name, 1, tags if isinstance(tags, dict) else {}, self.basis[0].catalogue),
            )


def settings(file: Path, profile: str = "") -> Settings:
    """Give the settings of a file, with another policy profile if one is named; raises Broken or Invalid."""
    from reconciler import settings as model

    environ = {f"{model.PREFIX}POLICY__PROFILE": profile} if profile else {}
    try:
        return model.load(documents.text(_data(file), str(file)), str(file), environ)
    except Invalid as error:
        raise Invalid(error.problems) from None


def files(root: Path, named: Iterable[str]) -> tuple[Path, ...]:
    """Give the files that may define pipelines, each once: files, folders and globs below a root.

    Raises Broken for a name that matches nothing.
    """
    found: dict[Path, None] = {}
    for name in named:
        chosen = [file for path in _meant(root, name) for file in _below(path)]
        if not chosen:
            raise Broken(f"pipeline_files: {name!r} matches no *.yaml, *.yml or *.json file below {root}")
        found.update(dict.fromkeys(chosen))
    return tuple(found)


def _meant(root: Path, name: str) -> list[Path]:
    """Give the file or folder of a name, else what it matches as a glob."""
    if (root / name).exists():
        return [root / name]
    found = [] if Path(name).is_absolute() else sorted(root.glob(name))
    return [each for each in found if not each.name.startswith(".") and (each.is_dir() or is_definition(each))]


def is_definition(file: Path) -> bool:
    """Tell whether a file may define pipelines, by its name."""
    return file.suffix in SUFFIXES and not file.name.endswith(CASES) and file.name != SETTINGS


def _below(path: Path) -> Iterator[Path]:
    if path.is_file():
        yield path
        return
    for file in sorted(path.rglob("*")):
        hidden = any(part.startswith(".") for part in file.relative_to(path).parts)
        if is_definition(file) and file.is_file() and not hidden:
            yield file


def named(found: Iterable[Pipeline]) -> dict[str, Pipeline]:
    """Give pipelines, each by the shortest name that no other has; without settings that may take the account."""
    known = list(found)
    counted = Counter(way(each) for way in _WAYS for each in known)
    return {next((way(each) for way in _WAYS if counted[way(each)] == 1), _WAYS[-1](each)): each for each in known}


_WAYS: tuple[Callable[[Pipeline], str], ...] = (
    lambda one: one.name,
    lambda one: f"{one.name}@{one.environment}/{one.target.region}",
    lambda one: f"{one.name}@{one.target.account}/{one.target.region}",
)
"""What a pipeline is called, the shortest name first; the command line knows the first two."""


def _double(one: Pipeline, same: list[Pipeline]) -> Problem:
    others = ", ".join(f"{each.place.file}:{each.place.line}" for each in same if each is not one)
    message = f"{one.name} in {one.target} is defined in {others} too"
    return Problem(one.place.file, one.place.line, 0, "pipeline.name", message, "keep one of the files")


def _errors(problems: Iterable[Problem]) -> bool:
    return any(problem.severity == "error" for problem in problems)


def _target(document: Mapping[str, Any]) -> Target:
    account = str(document.get("roleArn", "")).split(":")[4:5]
    region = next(iter(document.get("artifactStores") or {}), NOWHERE.region)
    return Target(account[0] if account else NOWHERE.account, region)


def _given(known: Settings | None) -> dict[str, str]:
    """Give the values that templates are judged by (settings `templates`)."""
    if known is None:
        return {}
    pseudo = {"AWS::Region": known.templates.region, "AWS::AccountId": known.templates.account}
    return {**known.templates.parameters, **{name: value for name, value in pseudo.items() if value}}


def _data(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise Broken(f"{file}: {error.strerror}") from None
