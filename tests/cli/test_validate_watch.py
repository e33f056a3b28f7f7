"""Rounds, one after another, each after a change; the watch itself is replaced by the test's own beats."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner

from builders import pipeline
from reconciler.cli.app import app
from reconciler.cli.rounds import Rounds
from reconciler.cli.surroundings import Asked
from reconciler.definitions import reading

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from click.testing import Result

GOOD, BAD = json.dumps(pipeline("shop-dev-web")), json.dumps(pipeline("shop-dev-web", pipelineType="V9"))
SETTINGS = 'environments: {dev: {account: "111111111111", regions: [eu-west-1]}}\npolicy: {profile: minimal}\n'


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "reconciler.yaml").write_text(SETTINGS)
    (tmp_path / "a.json").write_text(GOOD)
    (tmp_path / "b.json").write_text(GOOD.replace("web", "api"))
    return tmp_path


@pytest.fixture
def watch(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """Run `validate --watch` with one step after each round, and an interrupt after the last."""

    def run(*steps: Callable[[], object], arguments: tuple[str, ...] = ()) -> Result:
        def bursts(_: object) -> Iterator[None]:
            yield
            for step in steps:
                step()
                yield
            raise KeyboardInterrupt

        monkeypatch.setattr("reconciler.source.watch.bursts", bursts)
        return CliRunner().invoke(app, ["validate", "--watch", *arguments])

    return run


def summaries(done: Result) -> list[str]:
    clocks = [re.fullmatch(r"\d\d:\d\d:\d\d (.*)", line) for line in done.stderr.splitlines()]
    return [clock[1] for clock in clocks if clock]


def test_it_ends_with_0_when_it_is_interrupted(watch):
    done = watch()
    assert (done.exit_code, done.stdout, summaries(done)) == (0, "", ["2 files: nothing to say"])


def test_each_round_tells_what_is_new_and_sums_everything_up(watch, folder):
    done = watch(lambda: (folder / "a.json").write_text(BAD), lambda: (folder / "b.json").write_text(BAD))
    assert summaries(done) == ["2 files: nothing to say", "2 files: 1 error", "2 files: 2 errors"]
    assert [line.partition(":")[0] for line in done.stdout.splitlines() if "error [shape]" in line] == [
        "a.json",
        "b.json",
    ]


def test_a_beat_without_a_change_is_silent(watch, folder):
    assert len(summaries(watch(lambda: (folder / "a.json").write_text(GOOD)))) == 1


def test_a_file_that_is_gone_and_a_new_one_count(watch, folder):
    done = watch((folder / "a.json").unlink, lambda: (folder / "c.json").write_text(BAD))
    assert summaries(done) == ["2 files: nothing to say", "1 file: nothing to say", "2 files: 1 error"]


def test_what_cannot_be_read_now_is_told_and_outlived(watch, folder):
    (folder / "reconciler.yaml").write_text(SETTINGS)
    steps = (lambda: (folder / "reconciler.yaml").write_text("zzz: 1"), (folder / "reconciler.yaml").unlink)
    done = watch(*steps, arguments=("a.json",))
    assert summaries(done)[0] == "1 file: nothing to say"
    assert "there is no setting 'zzz'" in summaries(done)[1]


def test_only_text_can_be_watched(watch):
    done = watch(arguments=("--format", "json"))
    assert (done.exit_code, "leave --format out" in done.stderr) == (2, True)


def test_without_the_extra_the_message_says_what_to_install(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "watchdog.events", None)
    monkeypatch.delitem(__import__("sys").modules, "reconciler.source.watch", raising=False)
    done = CliRunner().invoke(app, ["validate", "--watch"])
    assert done.exit_code == 2
    assert "pip install 'codepipeline-reconciler[daemon]'" in done.stderr


@pytest.fixture
def judged(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Give the names of the files that are judged, in order."""
    names: list[str] = []
    judge = reading.judge

    def counting(data: bytes, file: str, *more: Any) -> Any:
        names.append(file)
        return judge(data, file, *more)

    monkeypatch.setattr(reading, "judge", counting)
    return names


def test_only_what_changed_is_judged_again(folder, judged):
    rounds = Rounds(Asked())
    rounds.next()
    (folder / "b.json").write_text(BAD)
    assert rounds.next().judged == ("b.json",)
    assert judged == ["a.json", "b.json", "b.json"]


def test_all_are_judged_again_when_what_they_are_judged_by_changes(folder, judged):
    (folder / "reconciler.yaml").write_text(SETTINGS)
    rounds = Rounds(Asked())
    rounds.next()
    (folder / "reconciler.yaml").write_text(SETTINGS.replace("minimal", "minimal, rules: {artifact-unused: off}"))
    assert rounds.next().judged == ("a.json", "b.json")
    assert len(judged) == 4
