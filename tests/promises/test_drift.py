"""Drift of every kind, made through boto3 at the local endpoint: what is said of it in text, JSON and as a page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from builders import build, pipeline, sources, stage
from reconciler.emulator import declarations
from reconciler.report import drifts
from reconciler.sync import passes
from scenes import ANA, LATER, WEB, project

if TYPE_CHECKING:
    import pytest

    from scenes import Scene


def test_a_changed_declaration_is_told_with_its_author_and_versions(scene: Scene) -> None:
    scene.begin()
    scene.edit(project("hotfix"))
    found, text = scene.drift()
    assert (found["kind"], found["severity"]) == ("definition", "warning")
    assert (found["versionBefore"], found["versionAfter"]) == (1, 2)
    assert found["differences"] == [
        {"place": "Build/Compile configuration.ProjectName", "git": "shop-web", "live": "hotfix"}
    ]
    assert (found["author"]["how"], found["author"]["event"]) == ("console", "UpdatePipeline")
    assert "Build/Compile configuration.ProjectName: shop-web → hotfix" in text
    assert f"by {ANA} in the console at" in text


def test_a_field_that_git_does_not_say_is_told_as_such(scene: Scene) -> None:
    scene.begin()
    scene.edit(
        lambda document: document.update(variables=[{"name": "COLOUR", "defaultValue": "red"}], pipelineType="V2")
    )
    found, text = scene.drift()
    assert found["kind"] == "extra"
    assert all(each["git"] is None for each in found["differences"])
    assert "live has fields that git does not say" in text


def test_tags_of_others_are_told_with_their_author(scene: Scene) -> None:
    scene.begin(pipeline(WEB), tags={"team": "web"})
    scene.client("aws-cli/2.15.0").tag_resource(resourceArn=scene.arn(), tags=[{"key": "team", "value": "ops"}])
    found, text = scene.drift()
    assert (found["kind"], found["differences"]) == ("tags", [{"place": "tags.team", "git": "web", "live": "ops"}])
    assert (found["author"]["principal"], found["author"]["how"]) == (ANA, "cli")
    assert f"by {ANA} with the AWS CLI at" in text


def test_a_transition_names_who_shut_it_and_why(scene: Scene) -> None:
    scene.begin(pipeline(WEB), transitions={"Build": {"inbound": "enabled"}})
    scene.client().disable_stage_transition(
        pipelineName=WEB, stageName="Build", transitionType="Inbound", reason="broken on Friday"
    )
    found, text = scene.drift()
    assert (found["kind"], found["author"]["principal"]) == ("transitions", ANA)
    assert found["author"]["reason"] == "broken on Friday"
    assert "Build inbound transition: enabled → disabled (broken on Friday)" in text
    assert "heal: opens the way into Build" in text


def test_a_deleted_pipeline_is_missing_and_names_who_deleted_it(scene: Scene) -> None:
    scene.begin()
    scene.client("APN/1.0 HashiCorp/1.0 Terraform/1.5.7 aws-sdk-go-v2/1.2").delete_pipeline(name=WEB)
    found, text = scene.drift()
    assert (found["kind"], found["after"], found["before"]["name"]) == ("missing", None, WEB)
    assert (found["author"]["how"], found["author"]["tool"]) == ("tool", "terraform")
    assert "creates it again" in text
    assert f"by {ANA} with terraform at" in text


def test_a_foreign_owner_is_told_by_name(scene: Scene) -> None:
    scene.begin()
    tags = [{"key": "reconciler:owner", "value": "the other team"}]
    scene.client().tag_resource(resourceArn=scene.arn(), tags=tags)
    found, text = scene.drift()
    assert (found["kind"], found["author"]["event"]) == ("owner", "TagResource")
    assert "owned by 'the other team', this is 'codepipeline-reconciler'" in text
    assert "heal: held: owned by 'the other team'" in text


def test_a_removed_owner_is_told(scene: Scene) -> None:
    scene.begin()
    scene.client().untag_resource(resourceArn=scene.arn(), tagKeys=["reconciler:owner"])
    found, text = scene.drift()
    assert (found["kind"], found["author"]["event"]) == ("owner", "UntagResource")
    assert "nobody owns it any more" in text


def test_unmanaged_pipelines_are_counted_and_listed_only_if_that_is_wanted(scene: Scene) -> None:
    scene.begin()
    scene.client().create_pipeline(pipeline=pipeline("theirs"))
    assert drifts.text(scene.report()) == "No drift; 2 pipelines read, 1 in sync, 1 unmanaged."
    found, text = scene.drift(unmanaged="list")
    assert (found["kind"], found["severity"], found["name"]) == ("unmanaged", "info", "theirs")
    assert (found["author"]["principal"], found["author"]["event"]) == (ANA, "CreatePipeline")
    assert "reconciler import theirs" in text


def test_a_pipeline_that_we_created_and_nobody_owns_any_more_is_not_blamed_on_others(scene: Scene) -> None:
    scene.begin(pipeline(WEB), pipeline("shop-prod-api"))
    scene.client().untag_resource(resourceArn=scene.arn(), tagKeys=["reconciler:owner"])
    scene.git("rm", "--quiet", f"pipelines/{WEB}.json")
    scene.commit()
    found, text = scene.drift(unmanaged="list")
    assert (found["kind"], found["author"]["how"]) == ("unmanaged", "self")
    assert "created by this reconciler; its owner was taken away since" in text


def test_polling_that_aws_switched_off_is_told(scene: Scene) -> None:
    scene.begin()
    scene.endpoint.say("advance", span="31d")
    assert scene.report().drifted == ()
    found, text = scene.drift(executions=True, days=LATER)
    assert found["kind"] == "polling"
    assert "AWS switched polling off, because it had no execution for 30 days" in text


def test_polling_that_is_off_is_told_without_a_look_at_executions_where_a_declaration_was_read(scene: Scene) -> None:
    scene.begin()
    scene.endpoint.say("advance", span="31d")
    scene.edit(project("hotfix"))
    assert [each.kind.value for each in scene.report(days=LATER).entries] == ["definition", "polling"]
    scene.client().start_pipeline_execution(name=WEB)
    scene.edit(project("another"))
    assert [each.kind.value for each in scene.report(days=LATER).entries] == ["definition"]


def test_our_own_write_that_came_back_different_is_not_blamed_on_others(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene.begin()
    monkeypatch.setattr(declarations, "_EMPTY", {**declarations._EMPTY, "timeoutInMinutes": 60})
    scene.define(pipeline(WEB, stages=[sources(), stage("Build", build(configuration={"ProjectName": "new"}))]))
    (result,) = passes.run(scene.here, approved=True).results
    assert str(result.ending) == "failed"
    found, text = scene.drift()
    assert (found["kind"], found["author"]["how"]) == ("normalised", "self")
    assert {"place": "Build/Compile timeoutInMinutes", "git": None, "live": 60} in found["differences"]
    assert "our own write came back different" in text
    assert "heal: held: AWS gave this definition back different" in text


def test_what_it_was_before_comes_from_aws_where_nobody_remembers_it(scene: Scene) -> None:
    scene.settings(sync={"adopt": True})
    with scene.world() as scene.here:
        scene.client().create_pipeline(pipeline=pipeline(WEB))
        scene.begin()
        scene.edit(project("hotfix"))
        scene.define(pipeline(WEB, stages=[sources(), stage("Build", build(), build("More"))]))
        before = scene.here.cloud.calls["GetPipeline"]
        found, _ = scene.drift()
    assert found["before"]["stages"][1]["actions"][0]["configuration"]["ProjectName"] == "shop-web"
    assert len(found["before"]["stages"][1]["actions"]) == 1
    assert (found["versionBefore"], found["versionAfter"]) == (1, 2)
    assert scene.here.cloud.calls["GetPipeline"] - before == 3


def test_a_pipeline_that_cannot_be_read_is_not_without_drift(scene: Scene) -> None:
    scene.begin(pipeline(WEB), pipeline("shop-prod-api"))
    scene.edit(project("hotfix"))
    scene.endpoint.say("faults", operation="GetPipeline", error="AccessDeniedException", name=WEB, times=None)
    found, text = scene.drift(status=2)
    assert (found["kind"], found["name"], found["author"]) == ("unreadable", WEB, None)
    assert "codepipeline:GetPipeline" in text
    assert "1 place unreadable" in text


def test_an_unreadable_target_is_an_error_that_says_why(scene: Scene) -> None:
    scene.begin()
    scene.endpoint.say("faults", operation="ListPipelines", error="AccessDeniedException", times=None)
    assert "codepipeline:ListPipelines" in scene.tell(check=2).err
