"""Three days in virtual time, over a change to daylight saving: what each report says, and what is told when."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from builders import pipeline
from emulator.talk import Local
from reconciler.daemon.schedules import Cron
from reconciler.emulator.clocks import Clock
from reconciler.emulator.site import Site
from reconciler.plan import holds, news
from reconciler.plan.drift import Kind
from reconciler.plan.holds import Decision
from reconciler.plan.news import Told
from reconciler.sync import facts, passes
from reconciler.sync.drifting import Wish
from scenes import CONSOLE, Scene, project
from workshop import ACCOUNT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from reconciler.plan.drift import DriftReport
    from reconciler.plan.news import Fact

FRIDAY = datetime(2026, 3, 27, 12, tzinfo=UTC)
"""In Berlin the clocks are put forward in the night to Sunday, over 02:30."""
TERRAFORM = "APN/1.0 HashiCorp/1.0 Terraform/1.5.7 aws-sdk-go-v2/1.2"
API, JOBS, MAIL, WEB = (f"shop-prod-{each}" for each in ("api", "jobs", "mail", "web"))
EVERY = timedelta(hours=6)
"""How often a pass is made."""


class Days(Scene):
    """A scene in which time passes only from one event to the next."""

    told: dict[str, Told]
    """What was told and is still so, by key."""
    news: list[tuple[str, str, str]]
    """What was told in turn: `drift` or `over`, the name, and what of it."""

    @property
    def now(self) -> datetime:
        return datetime.fromisoformat(self.endpoint.say("time")["now"])

    def to(self, moment: datetime) -> None:
        self.endpoint.say("advance", span=round((moment - self.now).total_seconds() * 1000))

    def look(self) -> None:
        """Make a pass as the daemon does, and note what is news of it."""
        done = passes.run(self.here, approved=False)
        passes.watch(done, self.here)
        found = news.turn(facts.of_pass(done, self.here, self.told), self.told, facts.ended(done))
        for fact in found.new:
            self._tell(fact.sort, fact)
            if not fact.event:
                self.told[fact.key] = Told(fact, self.now)
        for told in found.over:
            self._tell("over", told.fact)
            del self.told[told.fact.key]

    def _tell(self, what: str, fact: Fact) -> None:
        if fact.sort == "drift":
            self.news.append((what, fact.name, fact.topic))


@pytest.fixture
def days(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Days]:
    """Give the pipelines in force on Friday at noon, and a world that lives by the endpoint's clock."""
    monkeypatch.setattr("reconciler.aws.buckets.TRAIL", 1000)
    local = Local(Site(Clock(0, wall=(FRIDAY - EVERY).timestamp)))
    made = Days(tmp_path, local)
    made.enter(monkeypatch)
    made.told, made.news = {}, []
    with made.world() as world:
        made.here = replace(world, now=lambda: made.now)
        definitions = [pipeline(each) for each in (API, JOBS, MAIL)]
        made.write(f"{WEB}.json", {"pipeline": pipeline(WEB), "transitions": {"Build": {"inbound": "enabled"}}})
        made.begin(*definitions)
        yield made
    local.close()


def suspend(scene: Days, *names: str) -> None:
    for name in names:
        decision = Decision(kind=holds.Kind.SUSPENSION, name=name, by="ben", reason="audit", at=scene.now)
        scene.here.memory.decide(decision)


def resume(scene: Days, name: str) -> None:
    (number,) = [each.id for each in scene.here.memory.decisions() if each.name == name]
    assert scene.here.memory.close_decision(number, scene.now, "ben", holds.Ending.WITHDRAWN)


def events(scene: Days) -> list[tuple[datetime, Callable[[], Any]]]:
    """Give what people do, and when."""

    def shut() -> None:
        place = {"pipelineName": WEB, "stageName": "Build", "transitionType": "Inbound"}
        scene.client(CONSOLE, "carla").disable_stage_transition(**place, reason="broken on Saturday")

    def edit(name: str, to: str, agent: str, user: str) -> Callable[[], None]:
        return lambda: scene.edit(project(to), agent, name, user)

    hour = timedelta(hours=1)
    return [
        (FRIDAY, lambda: suspend(scene, API, JOBS, MAIL, WEB)),
        (FRIDAY + 3 * hour, edit(API, "hotfix", CONSOLE, "ana")),
        (FRIDAY + 4 * hour, edit(MAIL, "other", TERRAFORM, "ben")),
        (FRIDAY + 22 * hour, shut),
        (FRIDAY + 25 * hour, lambda: scene.client("aws-cli/2.15.0", "carla").delete_pipeline(name=JOBS)),
        (FRIDAY + 45 * hour, lambda: resume(scene, API)),
    ]


def appointments(scene: Days) -> Iterator[tuple[datetime, Callable[[], Any]]]:
    """Give the passes of three days."""
    moment = FRIDAY + timedelta(minutes=30)
    while moment < FRIDAY + timedelta(days=3):
        yield moment, scene.look
        moment += EVERY


def fires(count: int) -> list[datetime]:
    """Give when a daily schedule fires."""
    trigger, found = Cron("30 2 * * *", "Europe/Berlin"), [FRIDAY]
    for _ in range(count):
        found.append(trigger.get_next_fire_time(found[-1], FRIDAY).astimezone(UTC))
    return found[1:]


def said(report: DriftReport) -> dict[str, tuple[Kind, datetime, str, str]]:
    """Give by name what drifted, since when, by whom and how."""
    return {
        each.name: (each.kind, each.onset, each.author.principal.rpartition("/")[2], each.author.how)
        for each in report.entries
        if each.author
    }


def test_three_days_are_told_when_they_should_with_onsets_and_authors_and_once_each(days: Days) -> None:
    reports: list[DriftReport] = []

    def report() -> None:
        reports.append(passes.drift(days.here, Wish(past=reports[-1].at if reports else FRIDAY)))

    daily = fires(3)
    assert [f"{each:%d %H:%M}" for each in daily] == ["28 01:30", "29 01:00", "30 00:30"]
    plan = [*events(days), *appointments(days), *((each, report) for each in daily)]
    for moment, what in sorted(plan, key=lambda pair: pair[0]):
        days.to(moment)
        what()

    def at(hours: int) -> datetime:
        return FRIDAY + timedelta(hours=hours)

    assert [each.at for each in reports] == daily
    api = (Kind.DEFINITION, at(3), "ana", "console")
    mail = (Kind.DEFINITION, at(4), "ben", "tool")
    web = (Kind.TRANSITIONS, at(22), "carla", "unknown")
    jobs = (Kind.MISSING, at(25), "carla", "cli")
    first, second, third = map(said, reports)
    assert first == {API: api, MAIL: mail}
    assert second == {API: api, MAIL: mail, WEB: web, JOBS: jobs}
    assert third == {MAIL: mail, WEB: web, JOBS: jobs}
    assert [len(each.ended) for each in reports] == [0, 0, 1]
    (healed,) = reports[2].ended
    assert (healed.name, healed.ending, healed.author and healed.author.principal) == (
        API, "healed", f"arn:aws:iam::{ACCOUNT}:user/ana",
    )  # fmt: skip
    assert all(each.heal and "audit" in each.heal.held for each in reports[1].entries)
    assert days.news == [
        ("drift", API, "definition"),
        ("drift", MAIL, "definition"),
        ("drift", WEB, "transitions"),
        ("drift", JOBS, "missing"),
        ("over", API, "definition"),
    ]
