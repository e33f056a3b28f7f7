"""Which news a pass has, and where it lies then."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from reconciler.errors import Blocked, Retry
from reconciler.plan.health import Failure, Health
from reconciler.report import notices
from reconciler.report.notices import Comment, File, Message, Status
from reconciler.sync import passes, reporting, telling
from workshop import ACCOUNT, REGION

if TYPE_CHECKING:
    from reconciler.pipeline.arns import Target
    from reconciler.sync.state import World
    from workshop import Workshop

WEB = "svc0001-prod-deploy"
ALL = ["drift", "recovered", "failed", "blocked", "applied"]


@dataclass
class Scene:
    """A workshop with somebody who hears of everything."""

    workshop: Workshop
    document: dict[str, Any]
    world: World | None = None
    heard: list[Any] = field(default_factory=list)

    def settings(self, **groups: Any) -> None:
        self.workshop.settings(**{"notify": [{"on": ALL, "url": "json://127.0.0.1/t0k3n"}]} | groups)

    @contextmanager
    def open(self):
        with self.workshop.world() as world:
            yield world
            self.heard = self.told(world)

    def told(self, world: World) -> list[Any]:
        """Take what lies in the outbox."""
        letters = world.memory.due(datetime.now(UTC) + timedelta(days=9))
        world.memory.sent([each.id for each in letters])
        return [notices.unpack(each.kind, each.body) for each in letters]

    def apply(self, **changed: Any) -> list[Any]:
        with self.open() as world:
            passes.run(replace(world, **changed), approved=True)
        return self.heard

    def begin(self, **beside: Any) -> None:
        self.workshop.define(self.document, **beside)
        self.apply()

    def edit(self) -> None:
        self.workshop.endpoint.edit(ACCOUNT, REGION, WEB, lambda each: each | {"executionMode": "QUEUED"})

    def run(self) -> None:
        running = {"pipelineExecutionId": "e1", "status": "InProgress"}
        self.workshop.endpoint.executions[ACCOUNT, REGION, WEB] = [running]

    def report(self, **drift: Any) -> str:
        with self.open() as world:
            said = replace(world, settings=world.settings.model_copy(
                update={"drift": world.settings.drift.model_copy(update=drift)}))  # fmt: skip
            return reporting.report(passes.run(said, approved=True), said)


@pytest.fixture
def scene(workshop: Workshop, document: dict[str, Any]) -> Scene:
    made = Scene(workshop, document)
    made.settings(sync={"self_heal": False})
    return made


def lines(heard: list[Any]) -> list[str]:
    return [line for each in heard for line in each.lines]


def test_drift_is_told_once_and_its_end_once(scene: Scene) -> None:
    scene.begin()
    scene.edit()
    (told,) = scene.apply()
    assert told.title == "CodePipeline: 1 drifted"
    assert told.lines[0].startswith(
        f"drifted: definition {WEB} in {ACCOUNT}/{REGION} (prod): executionMode: SUPERSEDED"
    )
    assert scene.apply() == []
    scene.settings()
    assert [line.partition(";")[0] for line in lines(scene.apply())] == [
        f"applied: update {WEB} in {ACCOUNT}/{REGION} (prod): version 3",
        f"over: definition {WEB} in {ACCOUNT}/{REGION} (prod) is as git says again",
    ]
    assert scene.apply() == []


def test_drift_that_is_healed_at_once_is_told_in_one_line_and_is_not_over_later(scene: Scene) -> None:
    scene.settings(notify=[{"on": ["drift", "recovered"], "url": "json://127.0.0.1"}])
    scene.begin()
    scene.edit()
    (line,) = lines(scene.apply())
    assert line.endswith("; healed at once")
    assert scene.apply() == []


def test_drift_is_told_when_it_counts(scene: Scene) -> None:
    scene.settings(drift={"after": 2}, sync={"self_heal": False})
    scene.begin()
    scene.edit()
    assert [len(scene.apply()) for _ in range(3)] == [0, 1, 0]


def test_a_target_that_cannot_be_read_is_told_and_what_is_in_it_is_not_over(scene: Scene) -> None:
    scene.begin()
    scene.edit()
    scene.apply()
    scene.workshop.endpoint.fail("ListPipelines", "AccessDeniedException", times=None)
    (line,) = lines(scene.apply())
    assert line.startswith(f"held: reading all pipelines in {ACCOUNT}/{REGION} (prod)")
    scene.workshop.endpoint.clear_orders()
    (line,) = _later(scene)
    assert line.startswith(f"over: reading all pipelines in {ACCOUNT}/{REGION} (prod) is held no more")


def _later(scene: Scene) -> list[str]:
    return lines(scene.apply(now=lambda: datetime.now(UTC) + timedelta(hours=1)))


def test_a_broken_file_is_told_until_it_is_mended(scene: Scene) -> None:
    scene.workshop.write("broken.yaml", "pipeline: [")
    scene.begin()
    (line,) = [line for line in lines(scene.heard) if line.startswith("held")]
    assert line.startswith("held: what pipelines/broken.yaml defines: pipelines/broken.yaml:")
    (scene.workshop.repository / "pipelines" / "broken.yaml").unlink()
    scene.workshop.commit()
    assert [line.partition(";")[0] for line in lines(scene.apply())] == [
        "over: what pipelines/broken.yaml defines is held no more"
    ]


def test_a_change_that_is_held_is_told_once_and_its_end_once(scene: Scene) -> None:
    scene.workshop.endpoint.put(ACCOUNT, REGION, scene.document)
    scene.begin()
    assert lines(scene.heard)[0].startswith(f"held: adopt {WEB} in {ACCOUNT}/{REGION} (prod): exists already")
    assert scene.apply() == []
    scene.settings(sync={"adopt": True})
    assert [line.split(":")[0] for line in lines(scene.apply())] == ["applied", "over"]


def test_a_change_that_waits_for_an_execution_is_no_news_until_it_waits_too_long(scene: Scene) -> None:
    scene.begin()
    scene.run()
    scene.workshop.define(scene.document | {"executionMode": "QUEUED"})
    assert scene.apply() == []
    (line,) = lines(scene.apply(now=lambda: datetime.now(UTC) + timedelta(hours=3)))
    assert line.startswith(f"held: update {WEB} in {ACCOUNT}/{REGION} (prod): blocked: ")


def test_a_write_that_failed_is_told(scene: Scene) -> None:
    scene.workshop.endpoint.fail("CreatePipeline", "InvalidStageDeclarationException", times=1)
    scene.begin()
    assert lines(scene.heard)[0].startswith(f"failed: create {WEB} in {ACCOUNT}/{REGION} (prod): ")


def test_only_who_named_an_environment_hears_of_it(scene: Scene) -> None:
    dev = {"account": "222222222222", "regions": [REGION]}
    notify = [{"on": ["applied"], "topic": "arn:aws:sns:eu-west-1:111111111111:a", "environments": [each]}
              for each in ("prod", "dev")]  # fmt: skip
    prod = {"account": ACCOUNT, "regions": [REGION]}
    scene.settings(notify=notify, environments={"prod": prod, "dev": dev})
    scene.begin()
    assert len(scene.heard) == 1


def test_where_nobody_is_named_nothing_is_laid_in(scene: Scene) -> None:
    scene.workshop.settings()
    scene.begin()
    with scene.open() as world:
        telling.lost(Blocked("no"), 9, world)
        telling.executions(world)
        assert (world.memory.told(), scene.told(world)) == ({}, [])


def test_no_secret_and_no_url_is_in_the_outbox(scene: Scene) -> None:
    scene.settings(sync={"self_heal": False})
    scene.begin()
    token = "ghp_" + "k" * 30
    scene.workshop.endpoint.edit(ACCOUNT, REGION, WEB, lambda each: each | {"variables": [
        {"name": "PASSWORD", "defaultValue": "hunter2"}, {"name": "X", "defaultValue": token}]})  # fmt: skip
    with scene.open() as world:
        passes.run(world, approved=True)
        (letter,) = world.memory.due(datetime.now(UTC))
    assert not any(each in letter.body + letter.channel for each in ("hunter2", token, "t0k3n"))


# --- executions, and passes that do not run


def health(target: Target, execution: str, status: str) -> Health:
    failures = (Failure("Build", "Compile", "JobFailed", "no", remedy="look into the log"),) * (status == "Failed")
    return Health(target, WEB, execution, status, failures=failures, read=datetime.now(UTC))


def test_each_execution_that_fails_is_told_once_and_the_first_that_succeeds(scene: Scene, target: Target) -> None:
    told = []
    with scene.open() as world:
        for execution, status in (("e1", "Failed"), ("e1", "Failed"), ("e2", "InProgress"), ("e2", "Failed"),
                                  ("e3", "Succeeded"), ("e4", "Succeeded")):  # fmt: skip
            world.memory.examined([health(target, execution, status)])
            telling.executions(world)
            told.append([line.split(":")[0] for line in lines(scene.told(world))])
    assert told == [["failed"], [], [], ["failed"], ["over"], []]


def test_an_execution_that_failed_is_told_with_what_helps(scene: Scene, target: Target) -> None:
    with scene.open() as world:
        world.memory.examined([health(target, "e1", "Failed")])
        telling.executions(world)
    (line,) = lines(scene.heard)
    assert line.startswith(f"failed: execution of {WEB} in {target} (prod): Build/Compile JobFailed: no; remedy: look")


def test_of_a_pipeline_that_is_gone_nothing_more_is_said(scene: Scene, target: Target) -> None:
    with scene.open() as world:
        world.memory.examined([health(target, "e1", "Failed")])
        telling.executions(world)
        scene.told(world)
        world.memory.forget_healths(target, [WEB])
        telling.executions(world)
        assert (world.memory.told(), scene.told(world)) == ({}, [])


@pytest.mark.parametrize(
    ("error", "failures", "told"),
    [(Blocked("no branch"), 1, 1), (Retry("no answer"), 2, 0), (Retry("no answer"), 3, 1), (ZeroDivisionError(), 1, 1)],
)
def test_passes_that_do_not_run_are_told_once(scene: Scene, error: Exception, failures: int, told: int) -> None:
    with scene.open() as world:
        telling.lost(error, failures, world)
        telling.lost(error, failures + 1, world) if told else None
    assert len(lines(scene.heard)) == told


def test_that_passes_run_again_is_told(scene: Scene) -> None:
    with scene.open() as world:
        telling.lost(Blocked("no branch"), 1, world)
    scene.begin()
    assert "the reconciler's pass works again" in lines(scene.heard)[-1]


# --- what a commit came to

FORGE = {"kind": "github", "repository": "shop/web", "token_file": "token", "comments": True}


def test_a_commit_is_told_once_and_again_when_it_comes_to_something_else(scene: Scene) -> None:
    scene.workshop.settings(forge=FORGE)
    scene.begin()
    (status,) = scene.heard
    assert (status.success, status.description) == (True, "changed: 1 change applied")
    assert scene.apply() == []
    scene.workshop.write("broken.yaml", "pipeline: [")
    commit = scene.workshop.commit()
    status, comment = scene.apply()
    assert (status, comment.commit) == (Status(commit, False, "held: 1 problem; 1 pipeline in sync."), commit)
    assert "pipelines/broken.yaml" in comment.text
    assert scene.apply() == []


def test_a_commit_whose_change_waits_for_an_execution_is_told_when_that_is_over(scene: Scene) -> None:
    scene.workshop.settings(forge=FORGE | {"comments": False})
    scene.begin()
    scene.run()
    scene.workshop.define(scene.document | {"executionMode": "QUEUED"})
    assert scene.apply() == []
    (status,) = scene.apply(now=lambda: datetime.now(UTC) + timedelta(hours=3))
    assert (status.success, isinstance(status, Comment)) == (False, False)


# --- reports

HEARS = [{"on": ["report"], "url": "json://127.0.0.1"}]


def test_a_report_goes_to_each_place_in_each_format_with_a_summary(scene: Scene) -> None:
    scene.settings(notify=HEARS, sync={"self_heal": False})
    scene.begin()
    scene.edit()
    formats = ("html", "json", "text", "markdown", "junit", "sarif")
    scene.report(to=("reports", "s3://bucket"), formats=formats)
    files = [each for each in scene.heard if isinstance(each, File)]
    assert [each.name.rpartition(".")[2] for each in files[::2]] == ["html", "json", "txt", "md", "xml", "sarif"]
    assert [one == other for one, other in zip(files[::2], files[1::2], strict=True)] == [True] * 6
    assert all(WEB in each.text for each in files)
    (summary,) = [each for each in scene.heard if isinstance(each, Message)]
    assert (summary.title, summary.tone) == ("CodePipeline drift report: drift", "warning")
    assert summary.lines[1].startswith(f"warning: definition {WEB} version 1 → 2 since ")


def test_that_nothing_drifted_is_told(scene: Scene) -> None:
    scene.settings(notify=HEARS)
    scene.begin()
    assert scene.report().startswith("No drift; 1 pipeline read")
    assert scene.heard[0].title == "CodePipeline drift report: no drift"


def test_that_nothing_was_read_is_told_as_an_error(scene: Scene) -> None:
    scene.settings(notify=HEARS, sync={"mode": "report"})
    scene.workshop.define(scene.document)
    assert "0 pipelines read" in scene.report(to=("reports",))
    (told,) = scene.heard
    assert (told.title, told.tone) == ("CodePipeline: no drift report", "failure")
