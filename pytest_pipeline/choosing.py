"""Which pipelines a session knows, and which one a test is about."""

from __future__ import annotations

import os
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

import pytest

from pytest_pipeline import loading
from pytest_pipeline.plugin import setting
from pytest_pipeline.selectors import nearest
from reconciler.definitions import actiontypes
from reconciler.errors import Broken, ReconcilerError

if TYPE_CHECKING:
    from pathlib import Path

    from pytest_pipeline.loading import Loader, Pipelines
    from pytest_pipeline.structure import Pipeline
    from reconciler.settings import Settings

LOADER = pytest.StashKey["Loader"]()
ALL = pytest.StashKey["Pipelines"]()
NOTHING = (
    'no definitions are known: write `pipeline_files = ["pipelines"]` below [tool.pytest.ini_options] in '
    "pyproject.toml, or pass --pipeline-files pipelines"
)


def loader(config: pytest.Config) -> Loader:
    """Give the loader of the session; raises Broken or Invalid for unusable settings."""
    if LOADER not in config.stash:
        known = _settings(config)
        types = tuple(file for file in _named(config, known) if actiontypes.is_file(file.name))
        named = setting(config, "settings") if known else ""
        config.stash[LOADER] = loading.Loader(config.rootpath, known, "" if named == loading.SETTINGS else named, types)
    return config.stash[LOADER]


def files(config: pytest.Config) -> tuple[Path, ...]:
    """Give the files that may define pipelines: those of `pipeline_files`, else those of the settings' folder."""
    known = loader(config).settings
    own = _own(config, known)
    named = (file for file in _named(config, known) if not actiontypes.is_file(file.name))
    return tuple(file for file in named if own is None or not file.is_relative_to(own))


def rules(config: pytest.Config) -> tuple[Path, ...]:
    """Give the files with a team's own rules of policy."""
    own = _own(config, loader(config).settings)
    return tuple(file for file in loading.files(config.rootpath, [str(own)])) if own and own.is_dir() else ()


def pipelines(config: pytest.Config) -> Pipelines:
    """Give all pipelines of the session; fails the test where there are no files."""
    __tracebackhide__ = True
    if ALL not in config.stash:
        try:
            found = files(config)
            if not found:
                raise Broken(NOTHING)
            config.stash[ALL] = loader(config).all(found)
        except ReconcilerError as error:
            pytest.fail(str(error), pytrace=False)
    return config.stash[ALL]


def pipeline(request: pytest.FixtureRequest) -> Pipeline:
    """Give the pipeline of one test: the chosen one, else the only one; fails the test where that is not clear."""
    __tracebackhide__ = True
    known = pipelines(request.config)
    if hasattr(request, "param"):
        if isinstance(request.param, Fault):
            pytest.fail(str(request.param), pytrace=False)
        return known[request.param]
    if len(known) == 1:
        return next(iter(known.values()))
    if not known:
        pytest.fail("no file defines a pipeline" + broken(known), pytrace=False)
    names = ", ".join(known)
    pytest.fail(f'which pipeline? Mark the test with @pytest.mark.pipeline("NAME"); there are: {names}', pytrace=False)


def called(config: pytest.Config, pipeline: Pipeline) -> str:
    """Give the name by which the session knows a pipeline; empty for one that it does not know."""
    return next((name for name, each in pipelines(config).items() if each is pipeline), "")


def node(item: pytest.Item) -> str:
    """Give what selects an item, and no other, in the folder where pytest was started."""
    config = item.config
    _, separator, inside = item.nodeid.partition("::")
    return os.path.relpath(item.path, config.invocation_params.dir) + separator + inside


class Fault(str):
    """Why a marker chooses nothing; it fails the test that is marked, and no other."""

    __slots__ = ()


def parametrize(metafunc: pytest.Metafunc) -> None:
    """Give one test for each pipeline that the marker chooses; ids are names."""
    marker = metafunc.definition.get_closest_marker("pipeline")
    if marker is None:
        return
    try:
        names = _chosen(marker, pipelines(metafunc.config))
    except (Broken, pytest.fail.Exception) as error:
        metafunc.parametrize("pipeline", [Fault(error)], indirect=True, ids=["nothing"])
        return
    metafunc.parametrize("pipeline", names, indirect=True, ids=names)


def _chosen(marker: pytest.Mark, known: Pipelines) -> list[str]:
    wanted = marker.args
    shown = '@pytest.mark.pipeline("NAME or glob", …)'
    if marker.kwargs or not wanted or not all(isinstance(each, str) for each in wanted):
        said = ", ".join([*map(repr, wanted), *(f"{name}={value!r}" for name, value in marker.kwargs.items())])
        raise Broken(f"the marker takes names and globs, {shown}; it has ({said})")
    for each in wanted:
        if not any(name == each or fnmatchcase(name, each) for name in known):
            raise Broken(f"pipeline({each!r}) chooses nothing; near are {nearest(each, known)}{broken(known)}")
    return [name for name in known if any(name == each or fnmatchcase(name, each) for each in wanted)]


def broken(known: Pipelines) -> str:
    """Give the errors that keep files from defining anything, after a message; empty without any."""
    errors = [str(problem) for problem in known.problems if problem.severity == "error"]
    return "; files with errors define nothing:\n" + "\n".join(errors) if errors else ""


def _settings(config: pytest.Config) -> Settings | None:
    named = setting(config, "settings")
    file = config.rootpath / (named or loading.SETTINGS)
    if not file.is_file():
        if named:
            raise Broken(f"pipeline_settings: {named} is not there; it is looked for below {config.rootpath}")
        return None
    return loading.settings(file, setting(config, "profile"))


def _own(config: pytest.Config, known: Settings | None) -> Path | None:
    return config.rootpath / known.source.path / known.policy.own if known and known.policy.own else None


def _named(config: pytest.Config, known: Settings | None) -> tuple[Path, ...]:
    named = setting(config, "files")
    if named:
        return loading.files(config.rootpath, named)
    folder = config.rootpath / known.source.path if known else None
    return loading.files(config.rootpath, [str(folder)]) if folder and folder.is_dir() else ()
