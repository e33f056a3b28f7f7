"""Tests that nobody has to write: for every definition its structure, each rule of policy, and a nominal run.

Rules of this file:

* A definition that cannot be read is one failing item that says where; it has no others.
* An item says why it was skipped. What is only a warning passes, and stands in a section.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from pytest_pipeline import choosing, loading, zerocode
from pytest_pipeline.plugin import RUNS, tell
from reconciler.errors import ReconcilerError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from pytest_pipeline.loading import Read
    from pytest_pipeline.structure import Pipeline
    from reconciler.errors import Problem

FILES = pytest.StashKey[frozenset["Path"]]()
"""The files of the session that may define pipelines."""
FIRST = pytest.StashKey["Path"]()
"""The file that tells why none can be judged."""


def collect(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Give the collector of a file with cases or definitions; None for any other.

    Where settings or the names of files are unusable, the first file tells it, once.
    """
    if file_path.name.endswith(loading.CASES):
        from pytest_pipeline import scripted

        return scripted.CaseFile.from_parent(parent, path=file_path)
    try:
        known = _files(parent.config)
        if known and (settings := choosing.loader(parent.config).settings):
            zerocode.rules(parent.config, settings)
    except ReconcilerError as error:
        return Unusable.from_parent(parent, path=file_path, message=str(error))
    return DefinitionFile.from_parent(parent, path=file_path) if file_path in known else None


def _files(config: pytest.Config) -> frozenset[Path]:
    if FILES not in config.stash:
        config.stash[FILES] = frozenset(choosing.files(config))
    return config.stash[FILES]


class Unusable(pytest.File):
    """Stands in for all files where none can be judged."""

    def __init__(self, *, message: str, **named: Any) -> None:
        super().__init__(**named)
        self.message = message

    def collect(self) -> list[pytest.Item]:
        """Raise an error of collection that says why; only the first file does."""
        if self.config.stash.setdefault(FIRST, self.path) == self.path:
            raise self.CollectError(self.message)
        return []


class DefinitionFile(pytest.File):
    """One file that defines pipelines."""

    def collect(self) -> Iterator[Definition]:
        """Give a node for each pipeline of the file; one that only fails for a file that defines none."""
        read = choosing.loader(self.config).read(self.path)
        if not read.pipelines and (read.errors or zerocode.claims(read)):
            yield Definition.from_parent(self, name=zerocode.name(read), read=read)
        for name, pipeline in loading.named(read.pipelines).items():
            yield Definition.from_parent(self, name=name, read=read, pipeline=pipeline)


class Definition(pytest.Collector):
    """One pipeline of a file."""

    def __init__(self, *, read: Read, pipeline: Pipeline | None = None, **named: Any) -> None:
        super().__init__(**named)
        self.read, self.pipeline = read, pipeline

    def collect(self) -> Iterator[Check]:
        """Give its items: structure, policy by rule, and the nominal run, where it can be read."""
        yield Structure.from_parent(self, name="structure")
        if self.pipeline is None or self.read.errors:
            return
        if self.pipeline.place.settings is not None:
            for rule in zerocode.rules(self.config, self.pipeline.place.settings):
                yield Policy.from_parent(self, name=f"policy[{rule}]", rule=rule)
        yield NominalRun.from_parent(self, name="nominal run")


class Check(pytest.Item):
    """One item about one definition."""

    parent: Definition

    @property
    def pipeline(self) -> Pipeline:
        """The pipeline that it is about."""
        assert self.parent.pipeline is not None  # noqa: S101 - without one there is only the structure, which asks not
        return self.parent.pipeline

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """Give what was found, without a traceback."""
        if excinfo.errisinstance((AssertionError, ReconcilerError)):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int | None, str]:
        """Give file, line (from 0) and name."""
        pipeline = self.parent.pipeline
        return self.path, pipeline.place.line - 1 if pipeline else 0, f"{self.parent.name}: {self.name}"


class Structure(Check):
    """What AWS would say of the definition."""

    def runtest(self) -> None:
        """Fail for every error, with file and line; note warnings, and what is said of waivers."""
        shown = choosing.loader(self.config).shown(self.path)
        read = self.parent.read
        waived = [] if read.errors else zerocode.remarks(self.config, read)
        problems = [*read.problems, *zerocode.problems(self.config).get(shown, ()), *waived]
        _judge(self, [each for each in dict.fromkeys(problems) if each.severity != "info"])
        if not self.parent.read.pipelines:
            raise AssertionError(f"{shown}: it defines no pipeline; leave it out of pipeline_files")


class Policy(Check):
    """What one rule of policy says of the pipeline."""

    def __init__(self, *, rule: str, **named: Any) -> None:
        super().__init__(**named)
        self.rule = rule

    def runtest(self) -> None:
        """Fail if the rule is broken; skip with the reason where it does not apply or cannot be judged."""
        said = zerocode.judged(self.config, self.parent.read, self.pipeline).said(self.rule)
        if said.skipped:
            pytest.skip(said.skipped)
        _judge(self, said.problems)


class NominalRun(Check):
    """A run in which everything succeeds and everybody approves."""

    def runtest(self) -> None:
        """Fail unless such a run succeeds."""
        run = zerocode.nominal(self.pipeline)
        self.stash[RUNS] = [run]
        tell(self, ("pipeline", self.parent.name), ("status", run.status))
        if run.status != "Succeeded":
            raise AssertionError(f"although everything succeeds and is approved, the {run.verdict}")


def _judge(item: Check, problems: Iterable[Problem]) -> None:
    tell(item, ("pipeline", item.parent.name))
    problems = list(problems)
    errors = [str(each) for each in problems if each.severity == "error"]
    others = [f"{each.severity}: {each}" for each in problems if each.severity != "error"]
    if others:
        item.add_report_section("call", "findings", "\n".join(others))
    if errors:
        raise AssertionError("\n".join(errors))
