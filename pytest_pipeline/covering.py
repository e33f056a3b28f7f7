"""Coverage of pipelines in a test session: collects the runs, adds up workers, reports, and fails below a threshold."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from pytest_pipeline.coverage import Tally
from pytest_pipeline.plugin import RUNS, setting

NAME = "pipeline-coverage"


def register(config: pytest.Config) -> None:
    """Count runs from now on."""
    config.pluginmanager.register(Covering(config), NAME)


def note(item: pytest.Item) -> None:
    """Count the runs of a test, if somebody wants to know; rollbacks that nobody asked for are among them."""
    covering = item.config.pluginmanager.get_plugin(NAME)
    runs = [run for run in item.stash.get(RUNS, ()) if run.started]
    if covering is None or not runs:
        return
    ids = {run.record.id for run in runs}
    for run in runs:
        undone = (each for each in run.seen.beside if each.kind == "ROLLBACK" and each.id not in ids)
        covering.tally.add(run.pipeline.document, [run.record, *undone])


class Covering:
    """The tally of one process; that of the controller has all of them."""

    def __init__(self, config: pytest.Config) -> None:
        self.config, self.tally = config, Tally()
        self.least = _least(config)
        self.too_little = False

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_teardown(self, item: pytest.Item) -> None:
        """Count what a test has simulated."""
        note(item)

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Hand over what a worker counted; the controller counts in what nobody ran, and judges."""
        output = getattr(self.config, "workeroutput", None)
        if output is not None:
            output[NAME] = json.dumps(self.tally.rows)
            return
        if self.config.option.collectonly:
            return
        self._declare()
        self.too_little = self.least is not None and self.tally.percent < self.least
        if self.too_little and session.exitstatus in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED):
            session.exitstatus = pytest.ExitCode.TESTS_FAILED
        if file := setting(self.config, "cov_json"):
            text = json.dumps(self.tally.document, indent=2, ensure_ascii=False)
            (Path(self.config.rootpath) / file).write_text(text + "\n", encoding="utf-8")

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        """Take what a worker counted (pytest-xdist)."""
        self.tally.merge(json.loads(getattr(node, "workeroutput", {}).get(NAME, "[]")))

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        """Write the table, and whether it is enough."""
        if self.config.option.collectonly:
            return
        terminalreporter.section("pipeline coverage")
        for line in self.tally.table:
            terminalreporter.write_line(line)
        if self.least is not None:
            verdict = "is less than" if self.too_little else "is at least"
            terminalreporter.write_line(f"{self.tally.percent:.2f} % {verdict} the {self.least:g} % that are wanted")

    def _declare(self) -> None:
        """Count in every pipeline there is, so that what no test runs is seen."""
        from pytest_pipeline import choosing

        try:
            found = choosing.pipelines(self.config)
        except pytest.fail.Exception:
            return  # no files: what the tests ran is all there is
        for each in found.values():
            self.tally.declare(each.document)


def _least(config: pytest.Config) -> float | None:
    text = setting(config, "cov_fail_under")
    if text in (None, ""):
        return None
    try:
        return float(text)
    except ValueError:
        raise pytest.UsageError(f"--pipeline-cov-fail-under takes a percentage such as 80, not {text!r}") from None
