"""Guards that remember: deletions need two looks, healing stops where somebody fights it, and nothing loops."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from reconciler.sync import passes
from workshop import ACCOUNT, REGION

FIRST, SECOND = "svc0001-prod-deploy", "svc0002-prod-deploy"
NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)


def queued(document):
    return document | {"executionMode": "QUEUED"}


def edit(workshop, name=FIRST, change=queued):
    workshop.endpoint.edit(ACCOUNT, REGION, name, change)


def applied(workshop, at=NOON):
    """Run a pass of the daemon at a time, and give what it wrote and what it held."""
    with workshop.world() as world:
        done = passes.run(replace(world, now=lambda: at), approved=False)
        workshop.statuses = {each.name: each for each in world.memory.statuses()}
    ended = {each.change.name: (each.ending.value, each.message) for each in done.results}
    return ended | {each.name: ("held", each.held) for each in done.known[2].held}


def drop(workshop, name):
    workshop.git("rm", "--quiet", f"pipelines/{name}.json")
    workshop.commit()


# --- two-pass prune


@pytest.fixture
def dropped(workshop, documents):
    """Give a workshop in which git has just stopped to name the first pipeline."""
    workshop.settings(sync={"prune": True, "prune_after": 2})
    workshop.define(*documents)
    applied(workshop)
    drop(workshop, FIRST)
    return workshop


def test_a_pipeline_is_deleted_by_the_second_pass_that_misses_it(dropped):
    assert "for 1 of 2 complete passes" in applied(dropped)[FIRST][1]
    assert applied(dropped)[FIRST] == ("applied", "")


def test_a_pipeline_that_git_names_again_in_between_is_missed_from_the_start(dropped, documents):
    applied(dropped)
    dropped.define(documents[0])
    assert applied(dropped) == {}
    drop(dropped, FIRST)
    assert "for 1 of 2 complete passes" in applied(dropped)[FIRST][1]


def test_a_pass_that_could_not_read_a_file_does_not_count(dropped):
    dropped.write("broken.yaml", "pipeline: [")
    dropped.commit()
    assert "nothing is deleted while 1 problem(s)" in applied(dropped)[FIRST][1]
    (dropped.repository / "pipelines" / "broken.yaml").unlink()
    dropped.commit()
    assert "for 1 of 2 complete passes" in applied(dropped)[FIRST][1]


def test_a_rewritten_history_is_looked_at_from_the_start(dropped):
    applied(dropped)
    dropped.git("commit", "--quiet", "--amend", "--message", "Another history")
    applied(dropped)
    with dropped.world() as world:
        assert list(world.memory.missing().values()) == [1]


def test_a_plan_counts_nothing(dropped):
    dropped.plan()
    assert "for 1 of 2 complete passes" in applied(dropped)[FIRST][1]


def test_a_person_with_a_plan_file_deletes_at_once(dropped):
    dropped.run("plan", "--out", "plan.json", check=3)
    planned = json.loads((dropped.folder / "plan.json").read_text())
    assert planned["counts"] == {"delete": 1}
    assert "applied: delete" in dropped.run("apply", "plan.json", check=0).out


# --- advance and heal


def test_without_advance_drift_is_healed_and_git_has_to_wait(workshop, documents):
    workshop.define(*documents[:2])
    applied(workshop)
    workshop.settings(sync={"advance": False})
    edit(workshop, FIRST)
    workshop.define(queued(documents[1]))
    found = applied(workshop)
    assert found[FIRST] == ("applied", "")
    assert "sync.advance is off" in found[SECOND][1]


# --- flap hysteresis


def test_a_field_that_somebody_keeps_changing_is_left_alone_and_reported_until_the_span_has_passed(workshop, document):
    workshop.settings(sync={"flap": {"times": 2, "within": "1h"}})
    workshop.define(document)
    applied(workshop)
    for minute in (1, 2):
        edit(workshop)
        assert applied(workshop, NOON + timedelta(minutes=minute)) == {FIRST: ("applied", "")}
    edit(workshop)
    ending, why = applied(workshop, NOON + timedelta(minutes=3))[FIRST]
    assert (ending, why.startswith("flapping: executionMode was healed 2 times within 60 minutes")) == ("held", True)
    assert "by an author unknown here" in workshop.statuses[FIRST].reason
    assert workshop.statuses[FIRST].state == "drifted"
    assert applied(workshop, NOON + timedelta(hours=2)) == {FIRST: ("applied", "")}


def test_a_pipeline_that_is_deleted_again_and_again_is_left_alone(workshop, document):
    workshop.settings(sync={"flap": {"times": 1, "within": "1h"}})
    workshop.define(document)
    applied(workshop)
    for expected in ("applied", "held"):
        workshop.endpoint.remove(ACCOUNT, REGION, FIRST)
        found = applied(workshop)[FIRST]
        assert found[0] == expected
    assert found[1].startswith("flapping: the pipeline was healed 1 times")


# --- the loop breaker


def test_tags_that_do_not_last_are_not_written_again(workshop, document):
    workshop.define(document)
    applied(workshop)
    workshop.define(document, tags={"team": "shop"})

    @workshop.endpoint.after
    def _taken_away(request):
        if request.operation == "TagResource":
            workshop.endpoint.tag(ACCOUNT, REGION, FIRST, {"reconciler:owner": "codepipeline-reconciler"})

    assert applied(workshop)[FIRST] == ("failed", "AWS shows other tags after the write: team")
    assert "AWS gave this definition back different" in applied(workshop)[FIRST][1]
    assert workshop.statuses[FIRST].state == "held"
    assert workshop.endpoint.counts()["TagResource"] == 1
    with workshop.world() as world:
        assert world.memory.changes(FIRST, 1)[0].message == "AWS shows other tags after the write: team"


# --- the order


def test_a_wave_that_did_not_go_well_holds_the_later_ones(workshop, documents):
    workshop.settings(naming={"pattern": "{project}-{environment}-{purpose}", "words": {"project": "svc[0-9]+"}})
    first, second, _ = documents
    later = second | {"name": "svc0001-prod-later"}
    other = second | {"name": "svc0002-prod-later"}
    workshop.define(first)
    workshop.define(later, other, sync={"wave": 1})
    workshop.endpoint.fail("CreatePipeline", "ConflictException", name=first["name"])
    found = applied(workshop)
    assert found[first["name"]][0] == "failed"
    assert found["svc0001-prod-later"][1].startswith("wave 1 waits for wave 0: create svc0001-prod-deploy")
    assert found["svc0002-prod-later"] == ("applied", "")
    assert {ending for ending, _ in applied(workshop, NOON + timedelta(minutes=1)).values()} == {"applied"}


def test_the_wave_of_an_environment_counts_for_definitions_that_say_none(workshop, document):
    prod = {"account": ACCOUNT, "regions": [REGION], "wave": 2}
    workshop.settings(environments={"prod": prod})
    workshop.define(document)
    workshop.define(document | {"name": "svc0001-prod-early"}, sync={"wave": 0})
    assert {each.name: each.wave for each in workshop.plan().known[2].changes} == {FIRST: 2, "svc0001-prod-early": 0}
