"""What docs/guards.md shows is what plan and status say; each section has its scene."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import pytest

from builders import pipeline, stage
from emulator.talk import Local
from reconciler import settings
from reconciler.plan import guards
from releases import NAME, OLD, STAGES, START, Release
from workshop import Workshop

PAGE = Path(__file__).parents[2].joinpath("docs", "guards.md").read_text(encoding="utf-8")
SECTIONS = dict(re.findall(r"^##+ (.*?)\n(.*?)(?=^##+ |\Z)", PAGE, re.MULTILINE | re.DOTALL))
SHOWN = {name: re.findall(r"^```text\n(.*?)^```", text, re.MULTILINE | re.DOTALL) for name, text in SECTIONS.items()}
SETTINGS = {name: re.findall(r"^```yaml\n(.*?)^```", text, re.MULTILINE | re.DOTALL) for name, text in SECTIONS.items()}
ELSEWHERE = {"_suspended": "suspend", "_mode": "manual", "_window": "windows"}


@pytest.fixture(scope="module")
def running():
    local = Local()
    yield local
    local.close()


@pytest.fixture
def shop(running, tmp_path, monkeypatch):
    made = Workshop(tmp_path, running.reset())
    for name, value in made.environment.items():
        if name.startswith("AWS_") or name == "NO_PROXY":
            monkeypatch.setenv(name, value)
    return made


@pytest.fixture
def release(shop, running):
    return Release(shop, running)


def said(release, *, interrupts=True):
    """Give what plan says of executions and of what it holds, and then what status says after a pass."""
    plan = [f"plan    {text}" for text in release.preview()] if interrupts else []
    release.apply()
    return [*plan, *(f"status  {each.state}: {each.reason}" for each in release.statuses.values() if each.reason)]


def edit(release, number):
    document = release.client.get_pipeline(name=NAME)["pipeline"]
    document["stages"][1]["actions"][0]["configuration"]["ProjectName"] = f"hotfix-{number}"
    release.client.update_pipeline(pipeline=document)


def live(release, **tags):
    """Put a pipeline there that nobody here made."""
    release.client.create_pipeline(pipeline=OLD, tags=[{"key": key, "value": value} for key, value in tags.items()])
    release.local.say("settle")
    release.shop.define(OLD)


def ownership(release):
    release.client.create_pipeline(pipeline=OLD, tags=[{"key": "reconciler:owner", "value": "team-b"}])
    release.shop.define(pipeline(NAME, [*STAGES[:2], stage("Next", STAGES[1]["actions"][0] | {"name": "Other"})]))
    return said(release, interrupts=False)


def adoption(release):
    live(release)
    return said(release, interrupts=False)


def in_flight(release, **sync):
    begun = Release.begun(release.shop, release.local)
    begun.sync(**sync)
    return begun


def wait(release):
    begun = in_flight(release)
    first = said(begun)
    begun.now += timedelta(hours=3)
    return [*first, *said(begun)[1:]]


def drain(release):
    return said(in_flight(release, interrupt="drain"))


def always(release):
    begun = in_flight(release, interrupt="always", restart="latest")
    plan = begun.preview()
    ((_, ending, message),) = begun.apply()
    return [*(f"plan    {text}" for text in plan), f"apply   {ending}: {message}"]


def never(release):
    return said(in_flight(release, interrupt="never"))


def settled(release, **sync):
    """Give a pipeline that is as git says, with nothing in progress."""
    release.sync(**sync)
    release.shop.define(OLD, pipeline("shop-prod-api", STAGES))
    release.apply()
    release.local.say("settle")
    return release


def heal(release):
    edit(settled(release, self_heal=False), 1)
    return said(release, interrupts=False)


def advance(release):
    settled(release, advance=True).sync(advance=False)
    release.shop.define(pipeline(NAME, [*STAGES[:2], stage("Next", STAGES[1]["actions"][0] | {"name": "Other"})]))
    return said(release, interrupts=False)


def deleting(release):
    settled(release, prune=True, prune_after=2)
    release.shop.git("rm", "--quiet", f"pipelines/{NAME}.json")
    release.shop.commit()
    return said(release, interrupts=False)


def flapping(release):
    settled(release, flap={"times": 3, "within": "1h"})
    for number in range(3):
        edit(release, number)
        release.apply()
    edit(release, 3)
    return said(release, interrupts=False)


def waves(release):
    release.sync()
    release.shop.define(OLD, sync={"interrupt": "wait"})
    release.apply()
    changed = pipeline(NAME, [*STAGES[:2], stage("Next", STAGES[1]["actions"][0] | {"name": "Other"})])
    release.shop.define(changed)
    release.shop.define(pipeline("shop-prod-api", STAGES), sync={"wave": 1})
    return said(release, interrupts=False)


SCENES = {
    "Ownership": ownership, "Adoption": adoption, "wait": wait, "drain": drain, "always": always, "never": never,
    "Healing": heal, "Advancing": advance, "Deleting": deleting, "Flapping": flapping, "Waves and references": waves,
}  # fmt: skip


def masked(text):
    """Give a text without what is another at each run: ids of executions."""
    return re.sub(r"[0-9a-f]{8}(…|(-[0-9a-f]{4}){3}-[0-9a-f]{12})", "0f5c21a7…", text)


@pytest.mark.parametrize("name", SCENES)
def test_a_section_shows_what_is_said(name, release):
    assert START.year == 2026
    assert "".join(f"{masked(line)}\n" for line in SCENES[name](release)) == "".join(SHOWN[name])


def test_every_text_that_is_shown_has_a_scene():
    assert {name for name, blocks in SHOWN.items() if blocks} == SCENES.keys()


@pytest.mark.parametrize("shown", [each for blocks in SETTINGS.values() for each in blocks])
def test_settings_that_are_shown_are_valid(shown):
    assert settings.load(shown, "reconciler.yaml", {})


@pytest.mark.parametrize("guard", [each.__name__ for each in guards.GUARDS])
def test_every_guard_has_a_section(guard):
    assert f"`{ELSEWHERE.get(guard, guard.removeprefix('_'))}`" in PAGE


@pytest.mark.parametrize("link", re.findall(r"\]\((?!http)([^)#]+)", PAGE))
def test_a_link_leads_somewhere(link):
    assert (Path(__file__).parents[2] / "docs" / link).exists()
