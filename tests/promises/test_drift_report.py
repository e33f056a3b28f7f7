"""What a report of drift says beside the drift itself: authors, the past, the costs; and the verb."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest

from builders import build, pipeline, sources, stage
from reconciler.plan import holds
from reconciler.plan.holds import Decision
from reconciler.report import driftdocument, drifts, notices
from reconciler.sync import passes
from scenes import ANA, LATER, WEB, project
from workshop import ACCOUNT, REGION

if TYPE_CHECKING:
    from reconciler.sync.state import World
    from scenes import Scene

pytestmark = pytest.mark.untraced

LATEST = datetime(2999, 1, 1, tzinfo=UTC)
"""When every letter is due."""


def test_without_permission_the_report_says_why_nobody_is_named(scene: Scene) -> None:
    scene.begin()
    scene.edit(project("hotfix"))
    scene.endpoint.say("faults", operation="LookupEvents", error="AccessDeniedException", times=None)
    found, text = scene.drift()
    assert (found["author"]["principal"], found["author"]["how"]) == ("", "unknown")
    assert "nobody can tell without CloudTrail" in text
    assert "cloudtrail:LookupEvents" in text


def test_what_is_older_than_90_days_says_so_and_asks_nobody(scene: Scene) -> None:
    scene.begin()
    scene.edit(project("hotfix"))
    scene.endpoint.say("advance", span="91d")
    found = scene.report(days=LATER).entries[0]
    assert found.author.note == "nobody can tell: CloudTrail remembers 90 days, and this is older"


def test_an_author_is_asked_for_once_for_each_version(scene: Scene) -> None:
    scene.begin()
    scene.edit(project("hotfix"))
    scene.report()
    scene.endpoint.say("faults", operation="LookupEvents", error="AccessDeniedException", times=None)
    assert scene.drift()[0]["author"]["principal"] == ANA


def test_drift_keeps_its_onset_and_counts_its_sightings(scene: Scene) -> None:
    scene.begin()
    scene.edit(project("hotfix"))
    first, _ = scene.drift()
    again, _ = scene.drift()
    assert (first["seen"], again["seen"]) == (1, 2)
    assert first["since"] == again["since"]


def test_what_was_healed_is_told_with_since(scene: Scene) -> None:
    scene.begin()
    scene.edit(project("hotfix"))
    scene.report()
    scene.heal()
    (past,) = scene.report(past=True).ended
    assert (past.kind, past.ending, past.author.principal) == ("definition", "healed", ANA)
    assert "healed" in scene.tell("--since", "7d", check=0).out


def test_what_ended_by_itself_is_not_said_to_be_healed(scene: Scene) -> None:
    scene.begin()
    scene.edit(project("hotfix"))
    scene.report()
    scene.edit(project("shop-web"))
    (past,) = scene.report(past=True).ended
    assert past.ending == "ended"


def test_an_edit_is_told_also_where_git_moved_on(scene: Scene) -> None:
    scene.begin()
    scene.edit(project("hotfix"))
    scene.define(pipeline(WEB, stages=[sources(), stage("Build", build(), build("More"))]))
    found, text = scene.drift()
    assert found["differences"] == [
        {"place": "Build/Compile configuration.ProjectName", "git": "shop-web", "live": "hotfix"}
    ]
    assert "git moved on as well" in text
    assert found["author"]["principal"] == ANA


def test_drift_counts_after_as_many_sightings_as_wanted_but_errors_at_once(scene: Scene) -> None:
    scene.begin()
    scene.edit(project("hotfix"))
    assert "does not count yet" in drifts.text(scene.report(after=3))
    assert len(scene.report(after=3, severity={"prod": "error"}).entries) == 1
    assert len(scene.report(after=3).entries) == 1


def test_one_pipeline_is_explained_with_its_declarations_and_its_past(scene: Scene) -> None:
    scene.begin(pipeline(WEB), pipeline("shop-prod-api"))
    scene.edit(project("hotfix"))
    scene.edit(project("hotfix"), name="shop-prod-api")
    text = scene.tell(WEB, "--explain", check=3).out
    assert "shop-prod-api" not in text
    assert f"definition {WEB} in {ACCOUNT}/{REGION}, in force before:" in text
    assert f"definition {WEB} in {ACCOUNT}/{REGION}, live now:" in text


def test_a_heal_names_the_execution_that_it_waits_for(scene: Scene) -> None:
    scene.begin()
    scene.edit(project("hotfix"))
    run = scene.client().start_pipeline_execution(name=WEB)["pipelineExecutionId"]
    found, text = scene.drift()
    assert "waits for execution" in text
    assert found["health"]["execution"] == run


def test_failed_executions_are_told_with_their_remedy(scene: Scene) -> None:
    scene.begin()
    given = {"Source/Checkout": "fails:ConfigurationError:No bucket with the name shop-sources was found"}
    scene.endpoint.say("outcomes", given=given)
    scene.client().start_pipeline_execution(name=WEB)
    scene.endpoint.say("settle")
    text = drifts.text(scene.report(executions=True))
    assert "Source/Checkout ConfigurationError: No bucket with the name shop-sources was found" in text
    assert "remedy: the bucket shop-sources is not there" in text
    (failure,) = driftdocument.document(scene.report())["failures"]
    assert failure["failures"][0]["stage"] == "Source"


def test_json_keeps_to_its_schema(scene: Scene) -> None:
    scene.begin(pipeline(WEB), pipeline("shop-prod-api"), tags={"team": "web"})
    scene.edit(project("hotfix"))
    scene.client().untag_resource(resourceArn=scene.arn("shop-prod-api"), tagKeys=["team"])
    document = driftdocument.document(scene.report(past=True, executions=True))
    jsonschema.validate(document, driftdocument.schema())
    assert (document["schema"], document["counts"]) == (1, {"definition": 1, "tags": 1})


@pytest.mark.parametrize(
    ("form", "holds"), [("markdown", "| `shop-prod-web` |"), ("junit", "<failure"), ("sarif", "drift-definition")]
)
def test_other_formats_tell_of_it(scene: Scene, form: str, holds: str) -> None:
    scene.begin()
    scene.edit(project("hotfix"))
    out = scene.tell("--format", form, "--set", "drift.severity={prod: error}", check=3).out
    assert holds in out
    assert "ProjectName" in out


def test_what_it_costs_grows_with_what_drifted_and_not_with_what_is_there(scene: Scene, monkeypatch: Any) -> None:
    monkeypatch.setattr("reconciler.aws.buckets.TRAIL", 1000)
    names = [f"shop{number:02}-prod-web" for number in range(20)]
    scene.begin(*map(pipeline, names))
    scene.report()
    for name in names[:3]:
        scene.edit(project("hotfix"), name=name)
    before = scene.here.cloud.calls
    assert len(scene.report().drifted) == 3
    spent = scene.here.cloud.calls - before
    asked = ("ListPipelines", "GetResources", "GetPipeline", "LookupEvents")
    assert [spent[each] for each in asked] == [1, 1, 3, 3]
    assert spent["ListPipelineExecutions"] == 3
    before = scene.here.cloud.calls
    scene.report()
    again = scene.here.cloud.calls - before
    assert (again["GetPipeline"], again["LookupEvents"]) == (0, 0)


def test_the_daemon_asks_for_authors_and_executions_after_a_pass_and_only_news_is_told(scene: Scene) -> None:
    scene.begin()
    scene.edit(project("hotfix"))
    done = passes.run(scene.here, approved=False)
    scene.endpoint.say("outcomes", given={"Build/Compile": "fails:JobFailed:out of memory"})
    scene.client().start_pipeline_execution(name=WEB)
    scene.endpoint.say("settle")
    (turned,) = passes.watch(done, scene.here)
    assert (turned.status, turned.failures[0].code) == ("Failed", "JobFailed")
    (past,) = scene.report(past=True).ended
    assert (past.ending, past.author.principal) == ("healed", ANA)
    assert passes.watch(done, scene.here) == ()


def told(world: World) -> str:
    """Give the one line about drift that a pass lays in, and take it."""
    (letter,) = world.memory.due(LATEST)
    world.memory.sent([letter.id])
    (line,) = (each for each in notices.unpack(letter.kind, letter.body).lines if each.startswith("drifted"))
    return line


@pytest.mark.parametrize("heals", [True, False])
def test_the_message_about_drift_says_who_did_it_and_nobody_is_asked_twice(scene: Scene, heals: bool) -> None:
    scene.begin()
    scene.settings(notify=[{"on": ["drift"], "url": "json://127.0.0.1"}], sync={"self_heal": heals})
    scene.edit(project("hotfix"))
    with scene.world() as world:
        before = world.cloud.calls
        done = passes.run(world, approved=False)
        passes.watch(done, world)
        assert f"by {ANA}" in told(world)
        assert (world.cloud.calls - before)["LookupEvents"] == 1
        passes.watch(passes.run(world, approved=False), world)
        assert world.memory.due(LATEST) == ()


def test_where_cloudtrail_may_not_be_asked_the_message_goes_without_an_author(scene: Scene) -> None:
    scene.begin()
    scene.settings(notify=[{"on": ["drift"], "url": "json://127.0.0.1"}])
    scene.edit(project("hotfix"))
    scene.endpoint.say("faults", operation="LookupEvents", error="AccessDeniedException", times=None)
    with scene.world() as world:
        passes.run(world, approved=False)
        assert " by " not in told(world)


def test_the_verb_writes_nothing_to_aws(scene: Scene) -> None:
    scene.begin()
    scene.edit(project("hotfix"))
    before = scene.client().get_pipeline(name=WEB)["pipeline"]
    scene.tell("--executions", check=3)
    assert scene.client().get_pipeline(name=WEB)["pipeline"] == before


def test_a_name_that_nobody_knows_is_an_error_and_never_without_drift(scene: Scene) -> None:
    scene.begin()
    assert "there is no pipeline shop-prod-wbe" in scene.tell("shop-prod-wbe", check=2).err


def test_explaining_needs_a_name_and_since_a_time(scene: Scene) -> None:
    assert "reconciler drift NAME --explain" in scene.tell("--explain", check=2).err
    assert "--since soon: write how long ago" in scene.tell("--since", "soon", check=2).err


def test_a_target_that_cannot_be_read_is_told_beside_the_drift_of_another_one(scene: Scene) -> None:
    scene.begin()
    scene.settings(environments={"prod": {"account": ACCOUNT, "regions": [REGION, "us-east-1"]}})
    scene.define(pipeline(WEB), region=REGION)
    scene.endpoint.client(region="us-east-1").create_pipeline(pipeline=pipeline("theirs"))
    scene.endpoint.say("faults", operation="ListPipelines", error="AccessDeniedException", region=REGION, times=None)
    assert "~ unreadable since" in scene.tell(check=2).out
    found = scene.tell("--set", "drift.unmanaged=list", "--format", "json", check=3).json["drifts"]
    assert [(each["kind"], each["region"]) for each in found] == [("unreadable", REGION), ("unmanaged", "us-east-1")]


def test_a_pass_says_what_it_healed(scene: Scene) -> None:
    scene.begin()
    scene.edit(project("hotfix"))
    done = passes.run(scene.here, approved=False)
    assert ([each.name for each in done.healed], done.drifted) == ([WEB], ())
    scene.endpoint.say("settle")
    done = passes.run(scene.here, approved=False)
    assert (done.healed, done.drifted) == ((), ())


def test_nothing_drifted_is_said_with_what_was_read(scene: Scene) -> None:
    scene.begin()
    assert scene.tell(check=0).out == "No drift; 1 pipeline read, 1 in sync.\n"


def test_nothing_read_is_an_error_and_never_without_drift(scene: Scene) -> None:
    scene.write("README.md", "nothing here")
    scene.commit()
    finished = scene.tell(check=2)
    assert finished.out == ""
    assert f"0 pipelines read in {ACCOUNT}/{REGION}, so nothing can be said about drift" in finished.err


def test_what_people_decided_holds_a_heal_and_is_told(scene: Scene) -> None:
    scene.begin()
    scene.edit(project("hotfix"))
    scene.here.memory.decide(
        Decision(kind=holds.Kind.SUSPENSION, name=WEB, by="ana", reason="audit", at=scene.here.now())
    )
    found, text = scene.drift()
    assert "of shop-prod-web by ana: audit; `reconciler resume shop-prod-web` ends it" in found["heal"]["held"]
    assert "heal: held: suspended" in text


def test_a_window_that_is_shut_holds_a_heal_and_is_told(scene: Scene) -> None:
    shut = {"kind": "deny", "cron": "0 0 * * *", "duration": "24h", "environments": ["prod"]}
    scene.begin()
    scene.edit(project("hotfix"))
    scene.settings(sync={"windows": [shut]})
    with scene.world() as scene.here:
        found, _ = scene.drift()
    assert "window" in found["heal"]["held"]


def test_a_pipeline_in_two_regions_is_told_of_both(scene: Scene) -> None:
    scene.settings(environments={"prod": {"account": ACCOUNT, "regions": [REGION, "us-east-1"]}})
    for region in (REGION, "us-east-1"):
        scene.write(f"{region}.json", {"pipeline": pipeline(WEB), "region": region})
    with scene.world() as scene.here:
        scene.define()
        scene.heal()
        scene.edit(project("hotfix"))
        scene.endpoint.client(region="us-east-1").delete_pipeline(name=WEB)
        report = scene.report(WEB)
    assert [(each.target.region, each.kind.value) for each in report.entries] == [
        (REGION, "definition"),
        ("us-east-1", "missing"),
    ]
    assert f"missing {WEB} in {ACCOUNT}/us-east-1, in force before:" in drifts.explained(report)


def test_who_created_unmanaged_pipelines_is_asked_within_the_limit_and_after_all_drift(scene: Scene) -> None:
    scene.begin()
    scene.edit(project("hotfix"))
    for name in ("one", "two", "three"):
        scene.client().create_pipeline(pipeline=pipeline(name))
    report = scene.report(unmanaged="list", attributions=1)
    assert [each.kind.value for each in report.entries if each.author and each.author.known] == [
        "definition",
        "unmanaged",
    ]
    assert report.notes == ("authors of 2 more are looked up later: drift.attributions is 1",)


def test_unmanaged_pipelines_of_long_ago_cost_no_question(scene: Scene) -> None:
    scene.begin()
    scene.client().create_pipeline(pipeline=pipeline("theirs"))
    before = scene.here.cloud.calls["LookupEvents"]
    found, _ = scene.drift(unmanaged="list", days=LATER, attributions=0)
    assert found["author"]["note"] == "nobody can tell: CloudTrail remembers 90 days, and this is older"
    assert scene.here.cloud.calls["LookupEvents"] == before
